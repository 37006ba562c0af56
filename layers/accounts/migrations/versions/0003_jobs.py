"""Jobs: what was asked of the service, how far it is, and what came of it."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, MetaData, Table

from layers.store.column_types import BigKey, Bytes, Json, PlainText, UtcDateTime
from layers.store.schema import NAMING

revision = "0003"
down_revision = "0002"

_METADATA = MetaData(naming_convention={**NAMING, "fk": "fk_%(table_name)s_%(column_0_N_name)s"})

# Only to be referred to.
Table("gga_account", _METADATA, Column("id", PlainText, primary_key=True))

_JOB = Table(
    "gga_job",
    _METADATA,
    # Also the order in which jobs are begun.
    Column("number", BigKey, primary_key=True, autoincrement=True),
    Column("id", PlainText, nullable=False, unique=True),
    Column("process", PlainText, nullable=False),
    # None: the machine's own user, before there are accounts.
    Column("account_id", PlainText, ForeignKey("gga_account.id", ondelete="CASCADE")),
    Column("read_only", Boolean(), nullable=False),
    Column("inputs", Json, nullable=False),
    Column("state", PlainText, nullable=False),
    Column("progress", BigInteger(), nullable=False),
    Column("step", Json),
    # From here on it can no longer be taken back.
    Column("is_committing", Boolean(), nullable=False),
    Column("worker", PlainText),
    Column("attempts", BigInteger(), nullable=False),
    Column("created_at", UtcDateTime(), nullable=False),
    Column("begun_at", UtcDateTime()),
    Column("seen_at", UtcDateTime()),
    Column("ended_at", UtcDateTime()),
    Column("run_id", PlainText),
    Column("result", Json),
    # What one must be allowed to read to be told the result.
    Column("told_of", Json),
    Column("problem", Json),
    sqlite_autoincrement=True,
)
Index(None, _JOB.c.state, _JOB.c.number)
Index(None, _JOB.c.account_id, _JOB.c.number)

_JOB_FILE = Table(
    "gga_job_file",
    _METADATA,
    Column("job", BigKey, ForeignKey("gga_job.number", ondelete="CASCADE"), primary_key=True),
    Column("name", PlainText, primary_key=True),
    Column("media_type", PlainText, nullable=False),
    Column("content", Bytes, nullable=False),
)


def upgrade() -> None:
    """Create the tables."""
    _METADATA.create_all(op.get_bind(), tables=[_JOB, _JOB_FILE], checkfirst=False)


def downgrade() -> None:
    """Drop them."""
    _METADATA.drop_all(op.get_bind(), tables=[_JOB, _JOB_FILE], checkfirst=False)
