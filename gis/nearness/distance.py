"""How far things are from other things, in a straight line.

The distance of two geometries is that of their nearest points: edge to edge, 0 where they touch
or overlap, heights ignored.
"""

from geopandas import GeoDataFrame, GeoSeries
from pandas import DataFrame, Series

from gis.labels import label_rank, take_labels
from gis.nearness.nearest_index import NearestIndex
from gis.positions import Positions

__all__ = ["distance_to_nearest", "label_rank", "nearest", "take_labels"]


def distance_to_nearest(
    places: GeoSeries | GeoDataFrame | Positions,
    targets: GeoSeries | GeoDataFrame,
    *,
    limit_m: float | None = None,
) -> Series:
    """Measure the straight line from each place to its nearest target.

    Parameters
    ----------
    places
        Geometries of any type, or positions, in a metric CRS; n rows.
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
    return NearestIndex(targets).distance(places, limit_m=limit_m)


def nearest(
    places: GeoSeries | GeoDataFrame | Positions,
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
    return NearestIndex(targets).nearest(places, limit_m=limit_m)
