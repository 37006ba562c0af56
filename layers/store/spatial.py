"""Geometries in filters: how they are written, checked, and brought to where features are kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
import shapely
from pyproj.exceptions import ProjError
from sqlalchemy import ColumnElement

from layers.axes import as_written, begins_north, moved

GEOMETRY_PROPERTY = "geometry"
Bounds = tuple[float, float, float, float]
_Type = shapely.GeometryType

# By CQL2's name: the relation, and what it is called from the other side.
RELATIONS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "s_intersects": ("intersects", "intersects"),
        "s_disjoint": ("disjoint", "disjoint"),
        "s_equals": ("equals", "equals"),
        "s_touches": ("touches", "touches"),
        "s_within": ("within", "contains"),
        "s_contains": ("contains", "within"),
        "s_overlaps": ("overlaps", "overlaps"),
        "s_crosses": ("crosses", "crosses"),
    }
)
# These two alone are defined for collections of different sorts of geometry.
_OF_COLLECTIONS = ("intersects", "disjoint")
_HALF_TURN = 180.0


class GeometryInvalidError(ValueError):
    """A geometry of a filter that means nothing."""


@dataclass
class Place:
    """The places of features, as a filter asks for them.

    `relates` makes the condition for a relation to a geometry in the storage CRS; `is_missing` that
    there is no place. `windows` are
    boxes that are found on the way: whatever satisfies the filter touches every one of them.
    """

    relates: Callable[[str, shapely.Geometry], ColumnElement[bool]]
    is_missing: ColumnElement[bool]
    storage_crs: str
    windows: list[Bounds] = field(default_factory=list)

    def condition(
        self, relation: str, node: Any, crs: str, *, is_needed: bool
    ) -> ColumnElement[bool]:
        """Compare places with the geometry of a filter's node, which is written in `crs`.

        Raises
        ------
        GeometryInvalidError
        """
        geometry = moved_here(read_geometry(node, crs), crs, self.storage_crs)
        if geometry.geom_type == "GeometryCollection" and relation not in _OF_COLLECTIONS:
            raise GeometryInvalidError(geometry.geom_type)
        if is_needed and relation != "disjoint":
            self.windows.append(geometry.bounds)
        return self.relates(relation, geometry)


def box_asked(tree: Any, crs: str, storage_crs: str) -> Bounds | None:
    """Give the box that a filter asks for and nothing else, in the storage CRS.

    Raises
    ------
    GeometryInvalidError
    """
    match tree:
        case {"op": "s_intersects", "args": [{"property": prop}, {"bbox": box}]}:
            geometry = moved_here(_box(box, crs), crs, storage_crs)
        case _:
            return None
    if prop != GEOMETRY_PROPERTY or not geometry.area:
        return None
    return geometry.bounds if geometry.equals(shapely.box(*geometry.bounds)) else None


def moved_here(geometry: shapely.Geometry, crs: str, storage_crs: str) -> shapely.Geometry:
    """Bring a geometry to the storage CRS.

    Raises
    ------
    GeometryInvalidError
    """
    try:
        there = moved(geometry, crs, storage_crs)
    except ProjError as fault:
        raise GeometryInvalidError(str(fault)) from fault
    if not np.isfinite(shapely.get_coordinates(there)).all():
        raise GeometryInvalidError(crs)
    return there


def read_geometry(node: Any, crs: str) -> shapely.Geometry:
    """Read GeoJSON or a `bbox`, in the axis order of `crs`; x is east in what is returned.

    Raises
    ------
    GeometryInvalidError
    """
    if "bbox" in node:
        return _box(node["bbox"], crs)
    try:
        geometry = shapely.from_geojson(json.dumps(node))
    except (shapely.GEOSException, ValueError, TypeError) as fault:
        raise GeometryInvalidError(str(fault)) from fault
    flat = shapely.force_2d(geometry)
    if flat is None or flat.is_empty or not np.isfinite(shapely.get_coordinates(flat)).all():
        raise GeometryInvalidError(node.get("type"))
    if not flat.is_valid:
        raise GeometryInvalidError(shapely.is_valid_reason(flat))
    return as_written(_simple(flat), crs)


def _simple(geometry: shapely.Geometry) -> shapely.Geometry:
    """Make of a collection of one sort what that sort's relations are defined for."""
    if shapely.get_type_id(geometry) != _Type.GEOMETRYCOLLECTION:
        return geometry
    return shapely.union_all(shapely.get_parts(geometry))


def _box(numbers: Any, crs: str) -> shapely.Geometry:
    """Draw a box of four numbers, or of six whose heights do not count."""
    if not isinstance(numbers, list) or len(numbers) not in {4, 6}:
        raise GeometryInvalidError(str(numbers))
    half = len(numbers) // 2
    corners = [*numbers[:2], *numbers[half : half + 2]]
    if not all(isinstance(each, int | float) and np.isfinite(each) for each in corners):
        raise GeometryInvalidError(str(numbers))
    if begins_north(crs):
        corners = [corners[1], corners[0], corners[3], corners[2]]
    west, south, east, north = map(float, corners)
    if south > north:
        raise GeometryInvalidError(str(numbers))
    if west <= east:
        return _rectangle(west, south, east, north)
    if max(abs(west), abs(east)) > _HALF_TURN:
        raise GeometryInvalidError(str(numbers))
    # Across the antimeridian: what lies east of the one and west of the other.
    parts = [(west, south, _HALF_TURN, north), (-_HALF_TURN, south, east, north)]
    return shapely.union_all([_rectangle(*each) for each in parts])


def _rectangle(west: float, south: float, east: float, north: float) -> shapely.Geometry:
    """Draw a box; one without width or height is a line or a point."""
    if west < east and south < north:
        return shapely.box(west, south, east, north)
    if (west, south) == (east, north):
        return shapely.Point(west, south)
    return shapely.LineString([(west, south), (east, north)])
