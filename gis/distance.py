"""How far things are from other things, in a straight line.

The distance of two geometries is that of their nearest points: edge to edge, 0 where they touch
or overlap, heights ignored.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from geopandas import GeoDataFrame, GeoSeries
from pandas import DataFrame, Index, Series
from shapely import STRtree

from gis._pieces import edges_of, forward, ordered_tree
from gis.contracts import (
    Geometries,
    as_geometries,
    present,
    require_finite,
    require_radius,
    require_unique_index,
)
from gis.crs import require_metres

__all__ = ["distance_to_nearest", "label_rank", "nearest", "take_labels"]

# The search is told a limit a little too large; what lies beyond the limit is removed after it.
_SEARCH_MARGIN_M = 0.01

# Places that one thread takes at a time.
_BATCH = 2048


def distance_to_nearest(
    places: GeoSeries | GeoDataFrame,
    targets: GeoSeries | GeoDataFrame,
    *,
    limit_m: float | None = None,
) -> Series:
    """Measure the straight line from each place to its nearest target.

    Parameters
    ----------
    places
        Geometries of any type, in a metric CRS; n rows.
    targets
        Geometries of any type, in the same CRS; their order is irrelevant.
    limit_m
        Metres beyond which the distance need not be known; saves time. A distance of exactly
        `limit_m` is within.

    Returns
    -------
    distance_m
        (n,) float64, metres, indexed as `places`. NaN where there is nothing to measure: the
        place has no geometry, or there is no target at all. Infinite where the nearest target is
        known to be farther than `limit_m`, so that `distance_m <= limit_m` holds as it should.

    Raises
    ------
    CrsMissingError, CrsNotMetricError, CrsMismatchError, GeometryNotFiniteError, RadiusError

    Examples
    --------
    >>> homes = GeoSeries.from_xy([0, 9], [0, 0], index=["a", "b"], crs=32650)
    >>> parks = GeoSeries.from_xy([3], [4], crs=32650)
    >>> distance_to_nearest(homes, parks)
    a    5.000000
    b    7.211103
    Name: distance_m, dtype: float64
    >>> distance_to_nearest(homes, parks, limit_m=5)
    a    5.0
    b    inf
    Name: distance_m, dtype: float64
    """
    places, targets = _accepted(places, targets, limit_m)
    distance_m, _ = _nearest(places, targets, limit_m)
    return Series(distance_m, index=places.index, name="distance_m")


def nearest(
    places: GeoSeries | GeoDataFrame,
    targets: GeoSeries | GeoDataFrame,
    *,
    limit_m: float | None = None,
) -> DataFrame:
    """Find the nearest target of each place.

    Of several targets at the same distance, the one with the smallest label counts, so that the
    order of the targets is irrelevant.

    Parameters
    ----------
    places, targets, limit_m
        As for `distance_to_nearest`; the labels of `targets` are unique.

    Returns
    -------
    DataFrame
        Indexed as `places`: `distance_m` as by `distance_to_nearest`, and `target`, the label of
        the nearest target, missing where `distance_m` is NaN or infinite.

    Raises
    ------
    CrsMissingError, CrsNotMetricError, CrsMismatchError, GeometryNotFiniteError, RadiusError,
    DuplicateIndexError

    Examples
    --------
    >>> homes = GeoSeries.from_xy([0, 9], [0, 0], index=["a", "b"], crs=32650)
    >>> parks = GeoSeries.from_xy([3, 9], [4, 2], index=["north", "east"], crs=32650)
    >>> nearest(homes, parks)
       distance_m target
    a         5.0  north
    b         2.0   east
    """
    places, targets = _accepted(places, targets, limit_m)
    require_unique_index(targets=targets)
    distance_m, position = _nearest(places, targets, limit_m)
    labels = take_labels(targets.index, position)
    return DataFrame({"distance_m": distance_m, "target": labels}, index=places.index)


def label_rank(labels: Index) -> npt.NDArray[np.intp]:
    """Rank labels by size, or by their text where they cannot be compared."""
    try:
        order = labels.argsort()
    except TypeError:
        order = np.argsort([str(label) for label in labels], kind="stable")
    rank = np.empty(len(labels), dtype=np.intp)
    rank[order] = np.arange(len(labels))
    return rank


def take_labels(labels: Index, position: npt.NDArray[np.intp]) -> Any:
    """Take the labels at `position`, a missing one for -1, without turning integers to floats."""
    flat: Any = labels if labels.nlevels == 1 else labels.to_flat_index()
    return pd.array(flat).take(position, allow_fill=True)


def _accepted(
    places: GeoSeries | GeoDataFrame, targets: GeoSeries | GeoDataFrame, limit_m: float | None
) -> tuple[GeoSeries, GeoSeries]:
    places, targets = as_geometries("places", places), as_geometries("targets", targets)
    require_metres(places=places, targets=targets)
    require_finite("places", places)
    require_finite("targets", targets)
    if limit_m is not None:
        require_radius("limit_m", limit_m)
    return places, targets


def _nearest(
    places: GeoSeries, targets: GeoSeries, limit_m: float | None
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Find the nearest target of every place; of equally near ones, that of the smallest label.

    Returns
    -------
    distance_m, target
        As in `nearest`, the targets by position, -1 where there is none.
    """
    distance_m, position = np.full(len(places), np.nan), np.full(len(places), -1)
    here, there = np.flatnonzero(present(places)), np.flatnonzero(present(targets))
    if len(here) and len(there):
        there = there[np.argsort(label_rank(targets.index[there]), kind="stable")]
        metres, found = _nearest_of(places.array[here], targets.array[there], limit_m)
        distance_m[here] = metres
        position[here[found >= 0]] = there[found[found >= 0]]
    return distance_m, position


def _nearest_of(
    places: Geometries, targets: Geometries, limit_m: float | None
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Find for every place the first of the nearest targets, and its distance."""
    from gis._nearest_search import Outlines, nearest_owners  # noqa: PLC0415 (loads the compiler)

    distance_m, found = np.zeros(len(places)), np.full(len(places), -1)
    place, target = STRtree(targets).query(places, predicate="intersects")
    order = np.lexsort((target, place))
    met, first = np.unique(place[order], return_index=True)
    found[met] = target[order][first]
    apart = np.flatnonzero(found < 0)
    edges, owner = edges_of(targets)
    tree, order = ordered_tree(forward(edges), np.zeros(len(edges), dtype=bool))
    owner = owner[order]
    ends, place = edges_of(places[apart])
    outlines = Outlines(ends, np.searchsorted(place, np.arange(len(apart) + 1)))
    limit = np.inf if limit_m is None else limit_m + _SEARCH_MARGIN_M

    def search(first: int) -> Any:
        span = (first, min(first + _BATCH, len(apart)))
        return nearest_owners(outlines, span, tree, owner, limit)

    with ThreadPoolExecutor(max_workers=os.cpu_count()) as threads:
        batches = list(threads.map(search, range(0, len(apart), _BATCH)))
    if batches:
        distance_m[apart] = np.concatenate([metres for metres, _ in batches])
        found[apart] = np.concatenate([which for _, which in batches])
    if limit_m is not None:
        beyond = distance_m > limit_m
        distance_m[beyond], found[beyond] = np.inf, -1
    return distance_m, found
