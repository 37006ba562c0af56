"""The tables of accounts and of jobs, the same in a file beside the store and in its database.

No secret is kept: passwords as argon2 hashes; sessions and tokens, which are long and random, as
SHA-256 of what their holder shows.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, MetaData, Table

from layers.store.column_types import BigKey, Bytes, Json, PlainText, UtcDateTime
from layers.store.schema import NAMING

PREFIX = "gga_"
"""How the names of all these tables begin, so that they lie beside a store's without meeting."""

METADATA = MetaData(naming_convention={**NAMING, "fk": "fk_%(table_name)s_%(column_0_N_name)s"})

ACCOUNT = Table(
    "gga_account",
    METADATA,
    Column("id", PlainText, primary_key=True),
    Column("name", PlainText, nullable=False),
    # What `name` is compared by: letter cases and widths are one.
    Column("name_key", PlainText, nullable=False, unique=True),
    Column("password_hash", PlainText),
    Column("created_at", UtcDateTime(), nullable=False),
    Column("disabled_at", UtcDateTime()),
)


def _of_account() -> Column[str]:
    return Column(
        "account_id", PlainText, ForeignKey("gga_account.id", ondelete="CASCADE"), nullable=False
    )


GRANT = Table(
    "gga_grant",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    _of_account(),
    Column("role", PlainText, nullable=False),
    # None: no limit of that sort.
    Column("unit_uid", PlainText),
    Column("kinds", Json),
    Column("verbs", Json),
    Column("granted_at", UtcDateTime(), nullable=False),
    Column("granted_by", PlainText, nullable=False),
    sqlite_autoincrement=True,
)
Index(None, GRANT.c.account_id)

SESSION = Table(
    "gga_session",
    METADATA,
    Column("secret_hash", PlainText, primary_key=True),
    _of_account(),
    Column("begun_at", UtcDateTime(), nullable=False),
    Column("seen_at", UtcDateTime(), nullable=False),
    Column("ends_at", UtcDateTime(), nullable=False),
    Column("origin", PlainText, nullable=False),
)
Index(None, SESSION.c.account_id)

TOKEN = Table(
    "gga_token",
    METADATA,
    Column("prefix", PlainText, primary_key=True),
    Column("secret_hash", PlainText, nullable=False),
    _of_account(),
    Column("label", PlainText, nullable=False),
    Column("read_only", Boolean(), nullable=False),
    Column("made_at", UtcDateTime(), nullable=False),
    Column("ends_at", UtcDateTime()),
    Column("used_at", UtcDateTime()),
    Column("revoked_at", UtcDateTime()),
)
Index(None, TOKEN.c.account_id)

OPENED = Table(
    "gga_opened",
    METADATA,
    Column("kind", PlainText, primary_key=True),
    Column("opened_at", UtcDateTime(), nullable=False),
    Column("opened_by", PlainText, nullable=False),
)

# Kinds that whoever may change them may change by other programs, too.
WRITABLE = Table(
    "gga_writable",
    METADATA,
    Column("kind", PlainText, primary_key=True),
    Column("opened_at", UtcDateTime(), nullable=False),
    Column("opened_by", PlainText, nullable=False),
)

AUDIT = Table(
    "gga_audit",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime(), nullable=False),
    Column("who", PlainText, nullable=False),
    Column("deed", PlainText, nullable=False),
    Column("subject", PlainText, nullable=False),
    Column("origin", PlainText, nullable=False),
    Column("result", PlainText, nullable=False),
    Column("request_id", PlainText, nullable=False),
    sqlite_autoincrement=True,
)

ATTEMPT = Table(
    "gga_attempt",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    # A hash of who tried.
    Column("key", PlainText, nullable=False),
    Column("at", UtcDateTime(), nullable=False),
    sqlite_autoincrement=True,
)
Index(None, ATTEMPT.c.key)

SETUP_CODE = Table(
    "gga_setup_code",
    METADATA,
    Column("secret_hash", PlainText, primary_key=True),
    Column("ends_at", UtcDateTime(), nullable=False),
)

JOB = Table(
    "gga_job",
    METADATA,
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
Index(None, JOB.c.state, JOB.c.number)
Index(None, JOB.c.account_id, JOB.c.number)

JOB_FILE = Table(
    "gga_job_file",
    METADATA,
    Column("job", BigKey, ForeignKey("gga_job.number", ondelete="CASCADE"), primary_key=True),
    Column("name", PlainText, primary_key=True),
    Column("media_type", PlainText, nullable=False),
    Column("content", Bytes, nullable=False),
)
