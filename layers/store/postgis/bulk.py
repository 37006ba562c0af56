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
    columns = [table.c[name] for name in rows[0]]
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        sql.Identifier(table.name),
        sql.SQL(", ").join(sql.Identifier(each.name) for each in columns),
    )
    values = zip(*(_bound(each, rows, connection.dialect) for each in columns), strict=True)
    with driver_of(connection).cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types([_copied_as(each.type, connection.dialect) for each in columns])
        for row in values:
            copy.write_row(row)


def update_from_arrays(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Change features, named by `uid`, in one statement, however many they are."""
    columns = [table.c[name] for name in rows[0]]
    arrays = [
        bindparam(None, [row[each.name] for row in rows], type_=ARRAY(_item_type(each)))
        for each in columns
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


def _bound(of: Column[Any], rows: Sequence[Row], dialect: Dialect) -> list[Any]:
    """Give the values of a column as SQLAlchemy would bind them."""
    values = [row[of.name] for row in rows]
    if isinstance(of.type, JSON):  # which the driver writes itself
        return values
    bind = of.type.dialect_impl(dialect).bind_processor(dialect)
    return values if bind is None else [bind(value) for value in values]


def _copied_as(of: TypeEngine[Any], dialect: Dialect) -> str:
    if isinstance(of, JSON):
        return "jsonb" if isinstance(of.dialect_impl(dialect), JSONB) else "json"
    plain = of.impl if isinstance(of, TypeDecorator) else of
    return next(name for cls, name in _COPIED_AS if isinstance(plain, cls))
