"""How features lie to a shape, and how many to a box: told by the index as far as that can tell.

The boxes that the index and its operators compare are rounded outwards, to numbers of 24 bits. What
lies within a box that is a little smaller lies within the box: to know that, they suffice.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, cast

import shapely
from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    LargeBinary,
    Select,
    Table,
    bindparam,
    case,
    func,
    literal,
    not_,
    or_,
    select,
    true,
)

from layers.store.backend import Bounds
from layers.store.column_types import GpkgGeometry
from layers.store.postgis.engine import ANEW
from layers.store.schema import GEOMETRY_COLUMN

__all__ = ["count_in_box", "relates"]

_ROUNDING = 2.0**-22
_RIMS = tuple(f"rim_{side}" for side in ("west", "east", "south", "north"))


def relates(
    relation: str, place: ColumnElement[bytes], geometry: shapely.Geometry
) -> ColumnElement[bool]:
    """Tell exactly how a place lies to a geometry, as `Backend.relates` does."""
    there = _read(literal(_ewkb(place, geometry), LargeBinary()))
    within = _well_within(geometry) if relation == "intersects" else None
    if within is None:
        return _related(relation, place, there)
    return _intersects(place, there, _read(literal(_ewkb(place, within), LargeBinary())))


def count_in_box(connection: Connection, table: Table, box: Bounds) -> int:
    """Count in the index what lies within, and look at what reaches into the rim."""
    place, whole = table.c[GEOMETRY_COLUMN], shapely.box(*box)
    within = _well_within(whole)
    if within is None:
        there = _read(literal(_ewkb(place, whole), LargeBinary()))
        counted = select(func.count()).select_from(table)
        only = counted.where(place.bool_op("&&")(there), _related("intersects", place, there))
        return int(connection.execute(only.execution_options(**{ANEW: True})).scalar_one())
    rims = zip(_RIMS, _cut_rims(box, within.bounds), strict=True)
    shapes = {"whole": whole, "within": within, **dict(rims)}
    given = {name: _ewkb(place, shape) for name, shape in shapes.items()}
    return int(connection.execute(_counting(table), given).scalar_one())


@lru_cache(maxsize=64)
def _counting(table: Table) -> Select[Any]:
    """Make the statement once: that takes longer than to count what lies in most boxes."""
    place, within = table.c[GEOMETRY_COLUMN], _given("within")
    inside = place.bool_op("@")(within)
    counted = select(func.count()).select_from(table)
    touching = or_(*(place.bool_op("&&")(_given(name)) for name in _RIMS))
    more = counted.where(touching, not_(inside), _intersects(place, _given("whole"), within))
    both = select(counted.where(inside).scalar_subquery() + more.scalar_subquery())
    return both.execution_options(**{ANEW: True})


def _given(name: str) -> ColumnElement[bytes]:
    return _read(bindparam(name, type_=LargeBinary()))


def _read(ewkb: ColumnElement[bytes]) -> ColumnElement[bytes]:
    found: ColumnElement[bytes] = func.ST_GeomFromEWKB(ewkb)
    return found


def _related(
    relation: str, place: ColumnElement[bytes], there: ColumnElement[bytes]
) -> ColumnElement[bool]:
    found: ColumnElement[bool] = getattr(func, f"ST_{relation.capitalize()}")(
        place, there, type_=Boolean()
    )
    return found


def _intersects(
    place: ColumnElement[bytes], there: ColumnElement[bytes], within: ColumnElement[bytes]
) -> ColumnElement[bool]:
    """Look at what does not lie well within a box, and only at that.

    An OR of the two would have the index asked twice, and the share guessed far too low.
    """
    return case((place.bool_op("@")(within), true()), else_=_related("intersects", place, there))


def _ewkb(place: ColumnElement[bytes], geometry: shapely.Geometry) -> bytes:
    marked = shapely.set_srid(geometry, cast("GpkgGeometry", place.type).srid)
    return shapely.to_wkb(marked, byte_order=1, include_srid=True)


def _cut_rims(outer: Bounds, inner: Bounds) -> list[shapely.Geometry]:
    """Cut what is between a box and one within it into four: whatever touches only that."""
    west, south, east, north = outer
    return [
        shapely.box(west, south, inner[0], north),
        shapely.box(inner[2], south, east, north),
        shapely.box(west, south, east, inner[1]),
        shapely.box(west, inner[3], east, north),
    ]


def _well_within(geometry: shapely.Geometry) -> shapely.Geometry | None:
    """Give a box that is a little smaller than a geometry that is one, else None."""
    west, south, east, north = geometry.bounds
    margin = max(map(abs, geometry.bounds)) * _ROUNDING
    inner = (west + margin, south + margin, east - margin, north - margin)
    if not (inner[0] < inner[2] and inner[1] < inner[3]):
        return None
    return shapely.box(*inner) if geometry.equals(shapely.box(*geometry.bounds)) else None
