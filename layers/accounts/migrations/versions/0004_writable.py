"""Kinds that may be written by other programs."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, MetaData, Table

from layers.store.column_types import PlainText, UtcDateTime
from layers.store.schema import NAMING

revision = "0004"
down_revision = "0003"

_METADATA = MetaData(naming_convention=NAMING)

_WRITABLE = Table(
    "gga_writable",
    _METADATA,
    Column("kind", PlainText, primary_key=True),
    Column("opened_at", UtcDateTime(), nullable=False),
    Column("opened_by", PlainText, nullable=False),
)


def upgrade() -> None:
    """Create the table."""
    _METADATA.create_all(op.get_bind())


def downgrade() -> None:
    """Forget what may be written."""
    _METADATA.drop_all(op.get_bind())
