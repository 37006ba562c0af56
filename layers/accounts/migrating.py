"""Bring the accounts' tables to the version that this code knows, through Alembic.

They have a version of their own: in a PostgreSQL database they lie beside a store's tables.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.schema import SchemaItem

from layers.accounts.schema import METADATA, PREFIX

VERSION_TABLE = f"{PREFIX}alembic_version"


def migrate(connection: Connection) -> None:
    """Create the tables, or bring older ones up to date, within the caller's transaction."""
    command.upgrade(_config(connection), "head")


def migrate_down(connection: Connection, *, revision: str) -> None:
    """Bring the tables back to an older revision, `base` being none at all."""
    command.downgrade(_config(connection), revision)


@cache
def head() -> str:
    """Name the newest revision that this code knows."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    if revision is None:  # pragma: no cover - a package without migrations is broken
        raise RuntimeError("no migrations in the package")
    return revision


@cache
def known_revisions() -> frozenset[str]:
    """Name every revision that this code can start from."""
    script = ScriptDirectory.from_config(_config())
    return frozenset(revision.revision for revision in script.walk_revisions())


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


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", "layers.accounts:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _is_ours(candidate: SchemaItem, name: str | None, type_: str, *_: object) -> bool:
    del candidate
    return type_ != "table" or (name or "").startswith(PREFIX)
