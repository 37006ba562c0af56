"""Imports name the job that wrote them: one that is repeated finds what it has written already."""

from alembic import op
from sqlalchemy import Column

from layers.store.column_types import PlainText

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the column; earlier imports name no job."""
    op.add_column("gg_import", Column("job", PlainText))


def downgrade() -> None:
    """Forget the jobs."""
    op.drop_column("gg_import", "job")
