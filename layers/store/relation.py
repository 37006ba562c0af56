"""Features of another time, read from the versions, and what narrows a selection at any time.

What is recorded is given as a selectable with the column names and types of the kind's table, so
that filters, windows and column choices are written once and answer alike at any point in time.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    MetaData,
    Select,
    and_,
    column,
    func,
    or_,
    select,
    table,
    type_coerce,
)

from layers.kinds.model import FieldType, Kind
from layers.store.column_types import FIELD_TYPES
from layers.store.ddl import rtree_name
from layers.store.schema import GEOMETRY_COLUMN

Bounds = tuple[float, float, float, float]


def as_of(metadata: MetaData, kind: Kind, changeset: int) -> FromClause:
    """Give the features as they stood after `changeset`."""
    version = metadata.tables["gg_version"]
    last = (
        select(func.max(version.c.seq).label("seq"))
        .where(version.c.layer == kind.key, version.c.changeset <= changeset)
        .group_by(version.c.uid)
        .subquery("last")
    )
    fields = [
        _recorded(version.c.attributes[field.key], field.type).label(field.key)
        for field in kind.fields
    ]
    return (
        select(version.c.uid, *fields, version.c[GEOMETRY_COLUMN])
        .join(last, last.c.seq == version.c.seq)
        .where(version.c.operation != "delete")
        .subquery("then")
    )


def _recorded(value: ColumnElement[Any], kind_of: FieldType) -> ColumnElement[Any]:
    """Read one recorded attribute with the type of its field."""
    readers = {
        FieldType.INTEGER: value.as_integer,
        FieldType.REAL: value.as_float,
        FieldType.BOOLEAN: value.as_boolean,
    }
    return type_coerce(readers.get(kind_of, value.as_string)(), FIELD_TYPES[kind_of])


def valid_on(relation: FromClause, day: dt.date) -> ColumnElement[bool]:
    """Keep what is valid on `day`: half-open periods, null being without bound."""
    return and_(
        or_(relation.c.valid_from.is_(None), relation.c.valid_from <= day),
        or_(relation.c.valid_to.is_(None), relation.c.valid_to > day),
    )


def window(statement: Select[Any], relation: FromClause, kind: Kind, bounds: Bounds) -> Select[Any]:
    """Keep candidates whose box may touch `bounds`, by the spatial index where there is one.

    The answer may hold a few too many and never too few: indexes store rounded boxes.
    """
    if "fid" not in relation.c:
        return statement
    min_x, min_y, max_x, max_y = bounds
    tree = table(
        rtree_name(kind.key),
        *(column(name) for name in ("id", "minx", "maxx", "miny", "maxy")),
    )
    inside = select(tree.c.id).where(
        tree.c.maxx >= min_x, tree.c.minx <= max_x, tree.c.maxy >= min_y, tree.c.miny <= max_y
    )
    return statement.where(relation.c.fid.in_(inside))
