"""Many rows at once: COPY for new ones, arrays for changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg import sql
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Dialect,
    Double,
    LargeBinary,
    Table,
    Text,
    bindparam,
    column,
    func,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import TypeDecorator, TypeEngine

from layers.store.backend import Row
from layers.store.batch import Batch
from layers.store.column_types import GpkgGeometry
from layers.store.postgis.engine import driver_of

_COPIED_AS: tuple[tuple[type[TypeEngine[Any]], str], ...] = (
    (GpkgGeometry, "bytea"),  # the form of EWKB is that of a geometry on the wire
    (LargeBinary, "bytea"),
    (Text, "text"),
    (BigInteger, "int8"),
    (Double, "float8"),
    (Boolean, "bool"),
    (DateTime, "timestamptz"),
    (Date, "date"),
)


def copy_in(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Add rows by COPY, in binary form."""
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    # JSON the driver writes itself.
    batch = Batch.of(table, columns, connection.dialect, but=JSON)
    copy_batch(connection, table, batch)


def copy_batch(connection: Connection, table: Table, batch: Batch) -> None:
    """Add rows that are bound already by COPY, in binary form."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, batch.names))
    )
    with driver_of(connection).cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types([_copied_as(table.c[name].type, connection.dialect) for name in batch.names])
        for row in batch.rows:
            copy.write_row(row)


def update_from_arrays(connection: Connection, table: Table, batch: Batch) -> None:
    """Change features, named by `uid`, in one statement, however many they are."""
    columns = [table.c[name] for name in batch.names]
    arrays = [
        bindparam(None, list(values), type_=ARRAY(_item_type(each)))
        for each, values in zip(columns, zip(*batch.rows, strict=True), strict=True)
    ]
    new = (
        func.unnest(*arrays)
        .table_valued(*(column(each.name, _item_type(each)) for each in columns), name="new")
        .render_derived()
    )
    values = {each.name: _stored(each, new.c[each.name]) for each in columns if each.name != "uid"}
    connection.execute(update(table).where(table.c.uid == new.c.uid).values(values))


def _item_type(of: Column[Any]) -> TypeEngine[Any]:
    return LargeBinary() if isinstance(of.type, GpkgGeometry) else of.type


def _stored(of: Column[Any], value: Any) -> Any:
    return func.ST_GeomFromEWKB(value) if isinstance(of.type, GpkgGeometry) else value


def _copied_as(of: TypeEngine[Any], dialect: Dialect) -> str:
    if isinstance(of, JSON):
        return "jsonb" if isinstance(of.dialect_impl(dialect), JSONB) else "json"
    plain = of.impl if isinstance(of, TypeDecorator) else of
    return next(name for cls, name in _COPIED_AS if isinstance(plain, cls))
