"""Tables written down as plain data, so that a migration can keep what it once created."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Double,
    Index,
    LargeBinary,
    MetaData,
    Table,
    Text,
)
from sqlalchemy.types import JSON, TypeEngine

from layers.store.column_types import (
    BigKey,
    Bytes,
    GpkgGeometry,
    Json,
    PlainText,
    Record,
    UtcDateTime,
    geometry_column_type,
)
from layers.store.schema import INFO_TITLE, NAMING

_TYPES: dict[str, tuple[type[TypeEngine[Any]], TypeEngine[Any]]] = {
    "datetime": (UtcDateTime, UtcDateTime()),
    "date": (Date, Date()),
    "boolean": (Boolean, Boolean()),
    "integer": (BigInteger, BigKey),
    "real": (Double, Double()),
    "json": (JSON, Json),
    "record": (JSON, Record),
    "bytes": (LargeBinary, Bytes),
    "text": (Text, PlainText),
}


def freeze(metadata: MetaData) -> list[dict[str, Any]]:
    """Write every table of `metadata` down as JSON-able data, in creation order."""
    return [_freeze_table(table) for table in metadata.sorted_tables]


def thaw(snapshot: list[dict[str, Any]], srid: int) -> MetaData:
    """Make metadata out of what `freeze` wrote."""
    metadata = MetaData(naming_convention=NAMING)
    for written in snapshot:
        _thaw_table(metadata, written, srid)
    return metadata


def _freeze_table(table: Table) -> dict[str, Any]:
    written: dict[str, Any] = {"name": table.name}
    if INFO_TITLE in table.info:
        written["title"] = table.info[INFO_TITLE]
    if table.dialect_options["sqlite"]["autoincrement"]:
        written["autoincrement"] = True
    written["columns"] = [_freeze_column(column) for column in table.columns]
    written["indexes"] = [
        _freeze_index(index) for index in sorted(table.indexes, key=lambda index: str(index.name))
    ]
    return written


def _freeze_column(column: Column[Any]) -> dict[str, Any]:
    written: dict[str, Any] = {"name": column.name, "type": _type_name(column.type)}
    if column.primary_key:
        written["primary_key"] = True
    elif not column.nullable:
        written["required"] = True
    if column.unique:
        written["unique"] = True
    return written


def _type_name(of: TypeEngine[Any]) -> str:
    if isinstance(of, GpkgGeometry):
        return f"geometry {of.geometry_type}"
    if of is Record:
        return "record"
    return next(name for name, (cls, _) in _TYPES.items() if isinstance(of, cls))


def _freeze_index(index: Index) -> dict[str, Any]:
    written: dict[str, Any] = {
        "name": index.name,
        "columns": [column.name for column in index.columns],
    }
    if index.dialect_options["postgresql"]["using"]:
        written["using"] = index.dialect_options["postgresql"]["using"]
    if index.dialect_options["sqlite"]["where"] is not None:
        written["where_null"] = index.dialect_options["sqlite"]["where"].left.name
    return written


def _thaw_table(metadata: MetaData, written: dict[str, Any], srid: int) -> None:
    autoincrement = written.get("autoincrement", False)
    columns = [
        Column(
            column["name"],
            _type(column["type"], srid),
            primary_key=column.get("primary_key", False),
            nullable=not (column.get("required") or column.get("primary_key")),
            unique=column.get("unique"),
            autoincrement=autoincrement and column.get("primary_key", False),
        )
        for column in written["columns"]
    ]
    info = {INFO_TITLE: written["title"]} if "title" in written else {}
    table = Table(
        written["name"],
        metadata,
        *columns,
        info=info,
        comment=written.get("title"),
        sqlite_autoincrement=autoincrement,
    )
    for index in written["indexes"]:
        _thaw_index(table, index)


def _thaw_index(table: Table, written: dict[str, Any]) -> None:
    columns = [table.c[name] for name in written["columns"]]
    if "using" in written:
        index = Index(written["name"], *columns, postgresql_using=written["using"])
        index.ddl_if(dialect="postgresql")
    elif "where_null" in written:
        empty = table.c[written["where_null"]].is_(None)
        Index(written["name"], *columns, sqlite_where=empty, postgresql_where=empty)
    else:
        Index(written["name"], *columns)


def _type(name: str, srid: int) -> TypeEngine[Any]:
    if name.startswith("geometry "):
        return geometry_column_type(name.removeprefix("geometry "), srid)
    return _TYPES[name][1]
