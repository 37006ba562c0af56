"""The tables of a store, derived from the kinds' declarations.

One feature table for each kind, named by its key, and the store's own tables, whose names begin
with `gg_`. The same metadata serves the GeoPackage and PostGIS.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Boolean, Column, Date, Double, Index, MetaData, Table

from layers.store.column_types import (
    FIELD_TYPES,
    BigKey,
    Bytes,
    Json,
    PlainText,
    Record,
    UtcDateTime,
    geometry_column_type,
    geometry_type_name,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from layers.kinds.model import Kind

GEOMETRY_COLUMN = "geom"
# Key of `Table.info`: the title of a feature table; the store's own tables have none.
INFO_TITLE = "title"

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def build_metadata(kinds: Iterable[Kind], srid: int) -> MetaData:
    """Build the metadata of a store that holds `kinds` in the CRS numbered `srid`."""
    metadata = MetaData(naming_convention=NAMING)
    for kind in kinds:
        _feature_table(metadata, kind, srid)
    _system_tables(metadata, srid)
    return metadata


@lru_cache(maxsize=16)
def shared_metadata(kinds: tuple[Kind, ...], srid: int) -> MetaData:
    """Give the metadata of a store to all that only read it: to build it takes its time."""
    return build_metadata(kinds, srid)


def _feature_table(metadata: MetaData, kind: Kind, srid: int) -> Table:
    columns: list[Column[Any]] = [
        Column("fid", BigKey, primary_key=True, autoincrement=True),
        Column("uid", PlainText, nullable=True, unique=True),
        *(Column(field.key, FIELD_TYPES[field.type]) for field in kind.fields),
    ]
    if kind.is_spatial:
        type_name = geometry_type_name(kind)
        columns.append(Column(GEOMETRY_COLUMN, geometry_column_type(type_name, srid)))
    table = Table(
        kind.key,
        metadata,
        *columns,
        info={INFO_TITLE: kind.title_zh},
        comment=kind.title_zh,  # as a desktop GIS shows it; SQLite has none
        sqlite_autoincrement=True,
    )
    Index(None, table.c[kind.key_field])
    if kind.is_spatial:
        Index(
            f"ix_{kind.key}_{GEOMETRY_COLUMN}", table.c[GEOMETRY_COLUMN], postgresql_using="gist"
        ).ddl_if(dialect="postgresql")
    return table


def _system_tables(metadata: MetaData, srid: int) -> None:
    Table(
        "gg_setting",
        metadata,
        Column("key", PlainText, primary_key=True),
        Column("value", PlainText, nullable=False),
    )
    # Every declaration of a kind of one's own; the last one of a key holds. See
    # `layers.store.declaring`.
    Table(
        "gg_kind",
        metadata,
        Column("number", BigKey, primary_key=True, autoincrement=False),
        Column("key", PlainText, nullable=False),
        Column("declaration", PlainText, nullable=False),
        Column("author", PlainText, nullable=False),
        Column("declared_at", UtcDateTime(), nullable=False),
    )
    _history_tables(metadata, srid)
    _import_tables(metadata)
    _derived_tables(metadata)


def _history_tables(metadata: MetaData, srid: int) -> None:
    Table(
        "gg_changeset",
        metadata,
        Column("id", BigKey, primary_key=True, autoincrement=False),
        Column("recorded_at", UtcDateTime(), nullable=False),
        Column("author", PlainText, nullable=False),
        Column("message", PlainText, nullable=False),
        Column("source", PlainText, nullable=False),
        Column("cause", PlainText, nullable=False),
    )
    # One row while a changeset is being written, none otherwise; the triggers read the number here.
    Table(
        "gg_open_changeset", metadata, Column("id", BigKey, primary_key=True, autoincrement=False)
    )
    version = Table(
        "gg_version",
        metadata,
        Column("seq", BigKey, primary_key=True, autoincrement=True),
        Column("layer", PlainText, nullable=False),
        Column("uid", PlainText, nullable=False),
        Column("operation", PlainText, nullable=False),
        # Empty for an edit made by another program, until the store adopts it.
        Column("changeset", BigKey, nullable=True),
        Column("attributes", Record, nullable=False),
        Column(GEOMETRY_COLUMN, geometry_column_type("GEOMETRY", srid)),
        sqlite_autoincrement=True,
    )
    Index(None, version.c.layer, version.c.changeset, version.c.uid)
    Index(None, version.c.layer, version.c.uid, version.c.seq)
    Index(
        "ix_gg_version_direct",
        version.c.seq,
        sqlite_where=version.c.changeset.is_(None),
        postgresql_where=version.c.changeset.is_(None),
    )


def _import_tables(metadata: MetaData) -> None:
    Table(
        "gg_import",
        metadata,
        Column("changeset", BigKey, primary_key=True, autoincrement=False),
        Column("layer", PlainText, nullable=False),
        Column("file_name", PlainText, nullable=False),
        Column("file_sha256", PlainText, nullable=False),
        # Layer of the file, filter and key: the same file may be imported once in each way.
        Column("selection", PlainText, nullable=False),
        Column("datum", PlainText, nullable=False),
        # The job that wrote it, by which a repeated one finds what was written already.
        Column("job", PlainText),
    )
    Table(
        "gg_origin",
        metadata,
        Column("uid", PlainText, primary_key=True),
        Column("changeset", BigKey, primary_key=True, autoincrement=False),
        Column("row_number", BigKey, nullable=False),
        Column("original_wkb", Bytes),
    )


def _derived_tables(metadata: MetaData) -> None:
    # Where features lie: those in the same units share a place, and a place has a row for each
    # level at which it names a unit.
    Table(
        "gg_place",
        metadata,
        Column("id", PlainText, primary_key=True),
        Column("level", PlainText, primary_key=True),
        Column("unit_uid", PlainText, nullable=False),
        Column("rule", PlainText, nullable=False),
        Column("on_boundary", Boolean(), nullable=False),
        Column("second_unit_uid", PlainText),
    )
    Table(
        "gg_territory",
        metadata,
        Column("layer", PlainText, primary_key=True),
        Column("uid", PlainText, primary_key=True),
        Column("place", PlainText, nullable=False),
        sqlite_with_rowid=False,
    )
    Table(
        "gg_run",
        metadata,
        Column("id", PlainText, primary_key=True),
        Column("analysis", PlainText, nullable=False),
        Column("created_at", UtcDateTime(), nullable=False),
        Column("rules", Json, nullable=False),
        Column("inputs", Json, nullable=False),
        Column("evaluated_on", Date(), nullable=False),
        Column("parameters", Json, nullable=False),
        Column("code_version", PlainText, nullable=False),
        Column("seconds", Double(), nullable=False),
        Column("results", Json, nullable=False),
    )
