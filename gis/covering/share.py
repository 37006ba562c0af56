"""Which share of an area has something within a radius."""

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import shapely
from geopandas import GeoDataFrame, GeoSeries
from pandas import DataFrame

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
from gis.covering._exploding import explode
from gis.crs import require_metres

if TYPE_CHECKING:  # they load the compiler
    from gis.covering._share_kernel import Zones
    from gis.covering._target_tree import TargetTree

__all__ = ["MAX_ERROR", "share_covered", "shares_covered", "zone_rings"]

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

MAX_ERROR = 1e-4
"""The most by which a covered share may be off, unless something else is asked for."""

# Below these the interval would be made of rounding errors.
_LEAST_RADIUS_M = 0.1
_LEAST_MAX_ERROR = 1e-9

# Into how many batches zones are divided, and how many one thread takes at a time at least.
_BATCHES = 32
_LEAST_BATCH = 64


def share_covered(
    zones: GeoSeries | GeoDataFrame,
    targets: GeoSeries | GeoDataFrame,
    radius_m: float,
    *,
    max_error: float = MAX_ERROR,
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
    left out. If none is left, the cell is uncovered. If d_i(c) + s <= r for one piece, all of the
    cell is covered. Many pieces at once are left out, or found to cover the cell, by the box
    around them: with g the distance of c from the box and e its diagonal, g <= d_i(c) <= g + e.

    *Bounds.* Else let t_i be the tangent plane of d_i at c: t_i(x) = d_i(c) + u_i (x - c), where
    u_i is the unit vector to c from the nearest position of the piece, or 0 if they coincide. As
    d_i is convex, t_i(x) <= d_i(x). So the uncovered part of the cell, where all d_i > r, holds
    the intersection of the half planes t_i > r. To bound it from outside, half planes are cut off
    the cell one after the other. What is left always holds the uncovered part; over it,
    d_i(x) <= t_i(x) + b_i, where the bulge b_i is the greatest value of d_i - t_i, a convex
    function, at its vertices; so what is uncovered lies where t_i > r - b_i, and the rest may be
    cut off. Both areas are taken. A bulge is at most about s^2 / 2 r: the interval shrinks with
    the square of the size of the cells, no matter how many pieces meet there.

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
    return shares_covered(zones, [(targets, radius_m)], max_error=max_error)[0]


def shares_covered(
    zones: GeoSeries | GeoDataFrame,
    tiers: Iterable[tuple[GeoSeries | GeoDataFrame, float]],
    *,
    max_error: float = MAX_ERROR,
) -> list[DataFrame]:
    """Measure the share of each zone's area for several layers of targets, each with its radius.

    It gives what `share_covered` gives for each, and looks at the zones only once.

    Parameters
    ----------
    zones, max_error
        As there.
    tiers
        Targets and radius, metres, of each.

    Raises
    ------
    CrsMissingError, CrsNotMetricError, CrsMismatchError, GeometryFamilyError,
    GeometryInvalidError, GeometryNotFiniteError, RadiusError, NumberError

    Examples
    --------
    >>> from shapely import Point, box
    >>> square = GeoSeries([box(0, 0, 100, 100)], crs=32650)
    >>> tree = GeoSeries([Point(0, 0)], crs=32650)
    >>> near, far = shares_covered(square, [(tree, 50), (tree, 200)])
    >>> round(near["covered_share"].iloc[0].item(), 3), far["covered_share"].iloc[0].item()
    (0.196, 1.0)
    """
    zones = as_geometries("zones", zones)
    asked = [(as_geometries("targets", targets), radius_m) for targets, radius_m in tiers]
    require_metres(zones=zones)
    for targets, _ in asked:
        require_metres(zones=zones, targets=targets)
    require_family("zones", zones, ["area"])
    for _, radius_m in asked:
        require_radius("radius_m", radius_m, least=_LEAST_RADIUS_M)
    require_number("max_error", max_error, least=_LEAST_MAX_ERROR, most=0.5)
    here = present(zones)
    found = []
    for measured in _bound_shares(zones, here, asked, max_error):
        bounds = np.full((len(zones), 2), np.nan)
        bounds[here] = measured
        lower, upper = bounds.clip(0, 1).T
        columns = {"covered_share": (lower + upper) / 2, "lower": lower, "upper": upper}
        found.append(DataFrame(columns, index=zones.index))
    return found


def _bound_shares(
    zones: GeoSeries, here: Mask, tiers: Sequence[tuple[GeoSeries, float]], max_error: float
) -> list[Floats]:
    """Give lower and upper bounds of the covered share for each tier, a row for each area.

    Zones and targets are prepared at the same time, and all tiers measured together.
    """
    from gis.covering._share_kernel import bound_shares  # noqa: PLC0415 (loads the compiler)

    areas = np.asarray(zones.array, dtype=object)[here]
    if not len(areas):
        for targets, _ in tiers:
            require_finite("targets", targets)
        return [np.empty((0, 2)) for _ in tiers]
    batch = max(_LEAST_BATCH, len(areas) // _BATCHES)
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as threads:
        preparing = threads.submit(zone_rings, zones, areas)
        trees = list(threads.map(partial(_prepare_targets, areas), *zip(*tiers, strict=True)))
        rings = preparing.result()

        def measure(tier: int, first: int) -> Floats:
            asked, tree = np.arange(first, min(first + batch, len(areas))), trees[tier]
            if tree is None:
                return np.zeros((len(asked), 2))
            return bound_shares(rings, asked, tree, float(tiers[tier][1]), 2.0 * max_error)

        spans = [[threads.submit(measure, tier, first) for first in range(0, len(areas), batch)]
                 for tier in range(len(tiers))]  # fmt: skip
        return [np.vstack([span.result() for span in row]) for row in spans]


def zone_rings(zones: GeoSeries, areas: Geometries) -> "Zones":
    """Check that areas have a definite inside, and take them apart into rings."""
    from gis.covering._share_kernel import Zones  # noqa: PLC0415 (loads the compiler)

    parts, area = explode(
        areas, shapely.get_type_id(areas) != shapely.GeometryType.POLYGON, shapely.get_parts
    )
    rings, part = explode(parts, shapely.get_num_interior_rings(parts) > 0, shapely.get_rings)
    filled = ~shapely.is_empty(rings)
    rings, part = rings[filled], part[filled]
    vertices, ring = shapely.get_coordinates(rings, return_index=True)
    if not np.isfinite(vertices).all():
        require_finite("zones", zones)
    require_valid("zones", zones)
    return Zones(
        vertices,
        np.searchsorted(ring, np.arange(len(rings) + 1)),
        np.diff(part, prepend=-1) != 0,
        np.searchsorted(area[part], np.arange(len(areas) + 1)),
    )


def _prepare_targets(areas: Geometries, targets: GeoSeries, radius_m: float) -> "TargetTree | None":
    """Put the targets under a tree that are near enough to the areas to matter, if any is."""
    from gis.covering._target_tree import target_tree  # noqa: PLC0415 (loads the compiler)

    values = np.asarray(targets.array, dtype=object)[present(targets)]
    near = _near(values, areas, radius_m)
    if not near.all():
        require_finite("targets", targets)
    try:
        return target_tree(values[near], radius_m) if near.any() else None
    except ValueError:
        require_finite("targets", targets)
        raise


def _near(values: Geometries, areas: Geometries, radius_m: float) -> Mask:
    """Tell which targets are not too far from all areas to matter."""
    x_min, y_min, x_max, y_max = shapely.bounds(values).reshape(-1, 4).T
    west, south, east, north = shapely.total_bounds(areas)
    reach_m = radius_m * 1.001 + 1
    in_x = (x_min <= east + reach_m) & (x_max >= west - reach_m)
    in_y = (y_min <= north + reach_m) & (y_max >= south - reach_m)
    near: Mask = in_x & in_y
    return near
