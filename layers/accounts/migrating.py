"""Bring the accounts' tables to the version that this code knows, through Alembic.

They have a version of their own: in a PostgreSQL database they lie beside a store's tables.
"""

from __future__ import annotations

from typing import Any

from alembic import command
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.schema import SchemaItem

from layers.accounts.schema import METADATA, PREFIX
from layers.migration_scripts import config_for, head_of, revisions_of

VERSION_TABLE = f"{PREFIX}alembic_version"
_SCRIPTS = "layers.accounts:migrations"


def migrate(connection: Connection) -> None:
    """Create the tables, or bring older ones up to date, within the caller's transaction."""
    command.upgrade(config_for(_SCRIPTS, connection=connection), "head")


def migrate_down(connection: Connection, *, revision: str) -> None:
    """Bring the tables back to an older revision, `base` being none at all."""
    command.downgrade(config_for(_SCRIPTS, connection=connection), revision)


def head() -> str:
    """Name the newest revision that this code knows."""
    return head_of(_SCRIPTS)


def known_revisions() -> frozenset[str]:
    """Name every revision that this code can start from."""
    return revisions_of(_SCRIPTS)


def current_revision(connection: Connection) -> str | None:
    """Read the revision of the tables; None where there are none."""
    return MigrationContext.configure(connection, opts=options()).get_current_revision()


def options() -> dict[str, Any]:
    """Tell Alembic which tables are ours."""
    return {
        "target_metadata": METADATA,
        "version_table": VERSION_TABLE,
        "include_object": _is_ours,
    }


def _is_ours(candidate: SchemaItem, name: str | None, type_: str, *_: object) -> bool:
    del candidate
    return type_ != "table" or (name or "").startswith(PREFIX)
