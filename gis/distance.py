"""How far things are from other things, in a straight line.

The distance of two geometries is that of their nearest points: edge to edge, 0 where they touch
or overlap, heights ignored.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from geopandas import GeoDataFrame, GeoSeries
from pandas import DataFrame, Index, Series
from shapely import STRtree

from gis.contracts import (
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
    _, _, distance_m = _nearest_pairs(places, targets, limit_m)
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
    place, target, distance_m = _nearest_pairs(places, targets, limit_m)
    rank = label_rank(targets.index)
    order = np.lexsort((rank[target], place))
    first = order[np.unique(place[order], return_index=True)[1]]
    position = np.full(len(places), -1)
    position[place[first]] = target[first]
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


def _nearest_pairs(
    places: GeoSeries, targets: GeoSeries, limit_m: float | None
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], npt.NDArray[np.float64]]:
    """Find all nearest targets, ties included, and the distance of every place.

    Returns
    -------
    place, target, distance_m
        Positions of places and of their nearest targets, one pair for every tie; the distance of
        each of the n places.
    """
    distance_m = np.full(len(places), np.nan)
    there = np.flatnonzero(present(targets))
    if not len(there):
        return np.empty(0, np.intp), np.empty(0, np.intp), distance_m
    here = np.flatnonzero(present(places))
    (place, target), metres = STRtree(targets.array[there]).query_nearest(
        places.array[here],
        max_distance=None if limit_m is None else limit_m + _SEARCH_MARGIN_M,
        return_distance=True,
    )
    if limit_m is not None:
        distance_m[here] = np.inf
        within = metres <= limit_m
        place, target, metres = place[within], target[within], metres[within]
    distance_m[here[place]] = metres
    return here[place], there[target], distance_m
