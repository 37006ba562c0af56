"""Which share of an area has something within a radius."""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import shapely
from geopandas import GeoDataFrame, GeoSeries
from pandas import DataFrame

from gis._pieces import build_tree, convex_pieces
from gis.contracts import (
    Geometries,
    as_geometries,
    present,
    require_family,
    require_finite,
    require_number,
    require_radius,
    require_valid,
)
from gis.crs import require_metres

__all__ = ["share_covered"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Below these the interval would be made of rounding errors.
_LEAST_RADIUS_M = 0.1
_LEAST_MAX_ERROR = 1e-9

# Zones that one thread takes at a time.
_BATCH = 64


def share_covered(
    zones: GeoSeries | GeoDataFrame,
    targets: GeoSeries | GeoDataFrame,
    radius_m: float,
    *,
    max_error: float = 1e-4,
) -> DataFrame:
    """Measure the share of each zone's area that has a target within a radius.

    Parameters
    ----------
    zones
        Valid areas in a metric CRS, with holes and several parts as they come; n rows.
    targets
        Geometries of any type in the same CRS; their order is irrelevant. An area counts with
        its inside: who stands in a park has one within reach.
    radius_m
        Metres in a straight line, at least 0.1.
    max_error
        The most by which `covered_share` may be off, from 1e-9 to 0.5.

    Returns
    -------
    DataFrame
        Indexed as `zones`: `covered_share` from 0 to 1, and `lower` and `upper`, between which
        the true share is proven to lie. They are at most 2 `max_error` apart, `covered_share` in
        their middle; only for zones as thin as a rounding error they may be farther apart. They
        are equal where the zone is covered altogether or not at all. NaN where a zone is missing
        or empty; 0 everywhere when there is no target.

    Raises
    ------
    CrsMissingError, CrsNotMetricError, CrsMismatchError, GeometryFamilyError,
    GeometryInvalidError, GeometryNotFiniteError, RadiusError, NumberError

    Notes
    -----
    No buffer is drawn: the usual ones are polygons within the true one, and simplify the target
    besides. Instead each zone is halved into ever smaller cells, and in each cell the covered
    part is bounded. Write r for the radius.

    *Pieces.* Targets are taken apart into edges, points, and, for areas deeper than r, rectangles
    inside them. Every position in an area is within r of its boundary or in one of the rectangles,
    and all pieces are parts of targets: so a position is within r of a target exactly if it is
    within r of a piece. Pieces are convex. Let d_i be the distance from piece i, d the least.

    *Cells.* Let c be the middle of a cell and s its reach: no position x of the cell is farther
    than s from c. As |d_i(x) - d_i(c)| <= s, a piece with d_i(c) > r + s covers nothing of the
    cell, and one with d_i(c) > d(c) + 2 s nothing that the nearest piece does not cover; both are
    left out. If none is left, the cell is uncovered. If all vertices of the cell are within r of
    one piece, the whole cell is, for what is within r of a convex piece is convex.

    *Bounds.* Else let t_i be the tangent plane of d_i at c: t_i(x) = d_i(c) + u_i (x - c), where
    u_i is the unit vector to c from the nearest position of the piece, or 0 if they coincide. As
    d_i is convex, t_i(x) <= d_i(x). And d_i(x) <= t_i(x) + b_i, where the bulge b_i is the
    greatest value of d_i - t_i, a convex function, over the cell's vertices. So the uncovered
    part of the cell, where all d_i > r, holds the intersection of the half planes t_i > r, and is
    held by that of the half planes t_i > r - b_i. Both are cut from the cell and their areas
    taken. A bulge is at most about s^2 / 2 r: the interval shrinks with the square of the size of
    the cells, no matter how many pieces meet there.

    *Sum.* Cells are halved, and left out as soon as they are settled, until all intervals
    together are narrow enough. The bounds are widened by more than the rounding errors of
    distances and areas.

    Examples
    --------
    A tree covers a quarter of a disc of 100 m in the square, pi / 4 of it:

    >>> from shapely import Point, box
    >>> square = GeoSeries([box(0, 0, 100, 100)], crs=32650)
    >>> tree = GeoSeries([Point(0, 0)], crs=32650)
    >>> share_covered(square, tree, 100, max_error=1e-6).round(5)
       covered_share   lower   upper
    0         0.7854  0.7854  0.7854
    """
    zones, targets = as_geometries("zones", zones), as_geometries("targets", targets)
    require_metres(zones=zones, targets=targets)
    require_family("zones", zones, ["area"])
    for argument, layer in (("zones", zones), ("targets", targets)):
        require_finite(argument, layer)
    require_valid("zones", zones)
    require_radius("radius_m", radius_m, least=_LEAST_RADIUS_M)
    require_number("max_error", max_error, least=_LEAST_MAX_ERROR, most=0.5)

    bounds = np.full((len(zones), 2), np.nan)
    here = present(zones)
    areas = np.array(zones.array, dtype=object)[here]
    if len(areas):
        bounds[here] = _bound_shares(areas, _near(targets, areas, radius_m), radius_m, max_error)
    lower, upper = bounds.clip(0, 1).T
    return DataFrame(
        {"covered_share": (lower + upper) / 2, "lower": lower, "upper": upper}, index=zones.index
    )


def _near(targets: GeoSeries, areas: Geometries, radius_m: float) -> Geometries:
    """Leave out targets that are too far from all areas to matter."""
    values = np.array(targets.array, dtype=object)[present(targets)]
    x_min, y_min, x_max, y_max = shapely.bounds(values).reshape(-1, 4).T
    west, south, east, north = shapely.total_bounds(areas)
    reach_m = radius_m * 1.001 + 1
    in_x = (x_min <= east + reach_m) & (x_max >= west - reach_m)
    in_y = (y_min <= north + reach_m) & (y_max >= south - reach_m)
    near: Geometries = values[in_x & in_y]
    return near


def _bound_shares(
    areas: Geometries, targets: Geometries, radius_m: float, max_error: float
) -> Floats:
    """Give lower and upper bounds of the covered share, a row for each area."""
    from gis._share_kernel import Zones, bound_shares  # noqa: PLC0415 (loads the compiler)

    if not len(targets) or not len(areas):
        return np.zeros((len(areas), 2))
    tree = build_tree(*convex_pieces(targets, radius_m))
    zones = Zones(*_rings_of(areas))

    def measure(first: int) -> Floats:
        span = (first, min(first + _BATCH, len(areas)))
        return bound_shares(zones, span, tree, float(radius_m), 2.0 * max_error)

    with ThreadPoolExecutor(max_workers=os.cpu_count()) as threads:
        return np.vstack(list(threads.map(measure, range(0, len(areas), _BATCH))))


def _rings_of(areas: Geometries) -> tuple[Floats, Ints, Ints]:
    """Give vertices, the start of each ring among them, and of each area among the rings."""
    parts, area_of_part = shapely.get_parts(shapely.orient_polygons(areas), return_index=True)
    rings, part_of_ring = shapely.get_rings(parts, return_index=True)
    vertices, ring_of_vertex = shapely.get_coordinates(rings, return_index=True)
    ring_starts = np.searchsorted(ring_of_vertex, np.arange(len(rings) + 1))
    area_of_ring = area_of_part[part_of_ring]
    return vertices, ring_starts, np.searchsorted(area_of_ring, np.arange(len(areas) + 1))
