"""The first tables, as they were then; what comes later is a migration of its own."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Boolean, Column, ForeignKey, Index, MetaData, Table

from layers.store.column_types import BigKey, Json, PlainText, UtcDateTime
from layers.store.schema import NAMING

revision = "0001"
down_revision = None

_METADATA = MetaData(naming_convention={**NAMING, "fk": "fk_%(table_name)s_%(column_0_N_name)s"})

_ACCOUNT = Table(
    "gga_account",
    _METADATA,
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


_GRANT = Table(
    "gga_grant",
    _METADATA,
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
Index(None, _GRANT.c.account_id)

_SESSION = Table(
    "gga_session",
    _METADATA,
    Column("secret_hash", PlainText, primary_key=True),
    _of_account(),
    Column("begun_at", UtcDateTime(), nullable=False),
    Column("seen_at", UtcDateTime(), nullable=False),
    Column("ends_at", UtcDateTime(), nullable=False),
    Column("origin", PlainText, nullable=False),
)
Index(None, _SESSION.c.account_id)

_TOKEN = Table(
    "gga_token",
    _METADATA,
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
Index(None, _TOKEN.c.account_id)

_OPENED = Table(
    "gga_opened",
    _METADATA,
    Column("kind", PlainText, primary_key=True),
    Column("opened_at", UtcDateTime(), nullable=False),
    Column("opened_by", PlainText, nullable=False),
)

_AUDIT = Table(
    "gga_audit",
    _METADATA,
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


def upgrade() -> None:
    """Create them."""
    _METADATA.create_all(op.get_bind(), checkfirst=False)


def downgrade() -> None:
    """Drop them."""
    _METADATA.drop_all(op.get_bind(), checkfirst=False)
