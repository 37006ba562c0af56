"""In which order the coordinates of a reference system are written, by its own definition.

Inside, x is always east and y north. Outside, `EPSG:4490` and `EPSG:4326` are latitude and
longitude, the Gauss-Krüger zones northing and easting, and only `OGC:CRS84` and a few others begin
with the east; who names a system in a request or a filter gets and gives its own order.
"""

from functools import cache
from typing import TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer

LONGITUDE_LATITUDE = "OGC:CRS84"
# So many pieces an edge becomes where straight lines of one system are curves of the other.
_PIECES = 64

Box = tuple[float, float, float, float]
Shapes = TypeVar("Shapes", shapely.Geometry, NDArray[np.object_])


@cache
def begins_north(crs: str) -> bool:
    """Tell whether a system writes the north before the east.

    Examples
    --------
    >>> begins_north("EPSG:4490"), begins_north("EPSG:4551"), begins_north("OGC:CRS84")
    (True, True, False)
    """
    axes = CRS.from_user_input(crs).axis_info
    return bool(axes) and axes[0].direction == "north"


def swapped(geometry: Shapes) -> Shapes:
    """Write the second coordinate before the first."""
    return shapely.transform(geometry, lambda xy: xy[:, ::-1])


def as_written(geometry: Shapes, crs: str) -> Shapes:
    """Turn what lies east and north into the order of `crs`, or back: it is the same turn."""
    return swapped(geometry) if begins_north(crs) else geometry


def moved(geometry: shapely.Geometry, source: str, target: str) -> shapely.Geometry:
    """Bring a geometry whose x is east from one system to another.

    Between degrees and metres its edges bend, so they are cut into pieces first.
    """
    if are_alike(source, target):
        return geometry
    bends = CRS.from_user_input(source).is_projected != CRS.from_user_input(target).is_projected
    if bends and geometry.length:
        geometry = shapely.segmentize(geometry, geometry.length / (4 * _PIECES))
    way = _way(source, target)

    def onto(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(way.transform(xy[:, 0], xy[:, 1]))

    return shapely.transform(geometry, onto)


def transformed(places: NDArray[np.object_], source: str, target: str) -> NDArray[np.object_]:
    """Bring the corners of geometries from one system to another, as a frame of them does.

    What has no numbers there becomes None.
    """
    way = _way(source, target)

    def onto(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(way.transform(xy[:, 0], xy[:, 1]))

    there = shapely.transform(places, onto)
    coordinates, rows = shapely.get_coordinates(there, return_index=True)
    there[np.unique(rows[~np.isfinite(coordinates).all(axis=1)])] = None
    return there


@cache
def are_alike(source: str, target: str) -> bool:
    """Tell whether numbers mean the same place in both, x being east.

    Between CGCS2000 and WGS84 nothing is done, as their difference is below what either is known
    to. To find that out once is cheaper than to do nothing to every coordinate.

    Examples
    --------
    >>> are_alike("EPSG:4490", "OGC:CRS84"), are_alike("EPSG:4490", "EPSG:4551")
    (True, False)
    """
    return source == target or _way(source, target).definition.startswith("proj=noop")


def box_in(box: Box, source: str, target: str) -> Box:
    """Give the box around a box, in another system."""
    if are_alike(source, target):
        return box
    west, south, east, north = _way(source, target).transform_bounds(*box)
    return west, south, east, north


@cache
def _way(source: str, target: str) -> Transformer:
    return Transformer.from_crs(source, target, always_xy=True)
