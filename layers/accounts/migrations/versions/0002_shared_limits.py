"""What all processes of a service count and know together: attempts, and codes of a set-up."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from layers.store.column_types import BigKey, PlainText, UtcDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add their tables."""
    op.create_table(
        "gga_attempt",
        sa.Column("id", BigKey, primary_key=True, autoincrement=True),
        sa.Column("key", PlainText, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_gga_attempt_key", "gga_attempt", ["key"])
    op.create_table(
        "gga_setup_code",
        sa.Column("secret_hash", PlainText, primary_key=True),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("gga_setup_code")
    op.drop_table("gga_attempt")
