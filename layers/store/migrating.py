"""Bring a store's schema to the version that this code knows, through Alembic.

The first migration reads its tables from a snapshot beside it, frozen when it was written: a
migration must do tomorrow what it did today, whatever the declarations say by then. A test holds
the sum of the migrations against the declarations.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Index, MetaData
from sqlalchemy.schema import SchemaItem

from layers.migration_scripts import config_for, head_of, revisions_of
from layers.store.backend import Backend
from layers.store.column_types import GpkgGeometry

_SCRIPTS = "layers.store:migrations"
# Tables of the backends themselves, and of accounts (`layers.accounts`): no store's.
_THEIR_TABLES = ("gpkg_", "rtree_", "sqlite_", "spatial_ref_sys", "gga_")


def migrate(connection: Connection, backend: Backend, metadata: MetaData, *, srid: int) -> None:
    """Create the schema, or bring an older one up to date, within the caller's transaction."""
    command.upgrade(_config_for(connection, backend, metadata, srid), "head")


def migrate_down(
    connection: Connection, backend: Backend, metadata: MetaData, *, srid: int, revision: str
) -> None:
    """Bring the schema back to an older revision, `base` being none at all."""
    command.downgrade(_config_for(connection, backend, metadata, srid), revision)


def head() -> str:
    """Name the newest revision that this code knows."""
    return head_of(_SCRIPTS)


def known_revisions() -> frozenset[str]:
    """Name every revision that this code can start from."""
    return revisions_of(_SCRIPTS)


def current_revision(connection: Connection) -> str | None:
    """Read the revision of the store; None where Alembic never ran."""
    return MigrationContext.configure(connection).get_current_revision()


def compare_options(dialect: str) -> dict[str, Any]:
    """Tell Alembic which tables and indexes are ours on a backend, and which types to pass over."""
    return {"include_object": partial(_include_object, dialect), "compare_type": _compare_type}


def _config_for(connection: Connection, backend: Backend, metadata: MetaData, srid: int) -> Config:
    return config_for(
        _SCRIPTS, connection=connection, backend=backend, metadata=metadata, srid=srid
    )


def _include_object(
    dialect: str, candidate: SchemaItem, name: str | None, type_: str, *_: object
) -> bool:
    if isinstance(candidate, Index):
        # Alembic does not ask for which backend an index is declared.
        return dialect == "postgresql" or not candidate.dialect_options["postgresql"]["using"]
    return not (type_ == "table" and (name or "").startswith(_THEIR_TABLES))


def _compare_type(
    _context: object, _column: object, _metadata_column: object, inspected: object, declared: object
) -> bool | None:
    if isinstance(inspected, GpkgGeometry) or isinstance(declared, GpkgGeometry):
        return False
    return None
