"""Which features of one layer are probably one and the same thing, drawn twice.

Points are compared by distance; lines by having the same course; areas by how much of the larger
one both have in common, so that a lawn within a park is no duplicate of the park.
"""

from typing import Any

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame, GeoSeries
from numpy.typing import NDArray
from pandas import DataFrame
from shapely import STRtree

from gis.contracts import (
    as_geometries,
    require_finite,
    require_number,
    require_radius,
    require_unique_index,
)
from gis.crs import require_metres
from gis.nearness.distance import take_labels

__all__ = ["find_duplicates"]

Geometries = NDArray[np.object_]
Positions = NDArray[np.intp]
Floats = NDArray[np.float64]

# What lies within a millimetre lies at the same place: conversions differ by less.
SAME_PLACE_M = 0.001
_DECIMALS = 3
# Areas whose boxes are compared at a time.
_CHUNK = 5_000


def find_duplicates(
    places: GeoSeries | GeoDataFrame, *, near_m: float = 0.0, overlap_share: float = 0.8
) -> DataFrame:
    """Find for each feature the other one that it probably repeats.

    Parameters
    ----------
    places
        Geometries of any type in a metric CRS, uniquely labelled; n rows. Missing, empty and
        invalid ones are nobody's duplicates.
    near_m
        Metres within which two points are one.
    overlap_share
        Part of the larger of two areas, 0 to 1, that both must have in common.

    Returns
    -------
    DataFrame
        Indexed by the features that have a duplicate, in the order of `places`. `other` is the
        label of the nearest, or of the one with most in common; `same` tells whether both are at
        the same place to the millimetre. `distance_m` is missing but for points, `overlap_share`
        but for areas.

    Raises
    ------
    CrsMissingError, CrsNotMetricError, GeometryNotFiniteError, DuplicateIndexError, RadiusError,
    NumberError

    Examples
    --------
    >>> covers = GeoSeries.from_xy([0, 0.3, 9], [0, 0, 0], index=["a", "b", "c"], crs=32650)
    >>> find_duplicates(covers, near_m=0.5)[["other", "same", "distance_m"]]
      other   same  distance_m
    a     b  False         0.3
    b     a  False         0.3
    """
    places = as_geometries("places", places)
    require_metres(places=places)
    require_finite("places", places)
    require_unique_index(places=places)
    require_radius("near_m", near_m)
    require_number("overlap_share", overlap_share, least=0.0, most=1.0)

    values = np.asarray(places.array, dtype=object)
    judged = ~(shapely.is_missing(values) | shapely.is_empty(values)) & shapely.is_valid(values)
    dimension = np.where(judged, shapely.get_dimensions(values), -1)
    found = _Found(len(values))
    _same_places(values, dimension, found)
    _near_points(values, np.flatnonzero(dimension == 0), near_m, found)
    _overlapping_areas(values, np.flatnonzero(dimension == 2), overlap_share, found)
    return found.frame(places.index)


class _Found:
    """For each feature the other one, by position, -1 where there is none."""

    def __init__(self, count: int) -> None:
        self.other = np.full(count, -1, dtype=np.intp)
        self.same = np.zeros(count, dtype=bool)
        self.distance_m = np.full(count, np.nan)
        self.share = np.full(count, np.nan)
        # One of each group at the same place, who stands for all of them.
        self.first = np.arange(count, dtype=np.intp)

    def alone(self, rows: Positions) -> Positions:
        """Keep those of `rows` that stand for themselves or for others."""
        return rows[self.first[rows] == rows]

    def frame(self, index: "pd.Index[Any]") -> DataFrame:
        """Make a row for each feature that has another."""
        whole = DataFrame(
            {
                "other": take_labels(index, self.other),
                "same": self.same,
                "distance_m": self.distance_m,
                "overlap_share": self.share,
            },
            index=index,
        )
        return whole[self.other >= 0]


def _same_places(values: Geometries, dimension: NDArray[np.int_], found: _Found) -> None:
    """Group what is equal to the millimetre; each row's other is the first of its group."""
    rows = np.flatnonzero(dimension >= 0)
    rounded = shapely.transform(values[rows], lambda xy: np.round(xy, _DECIMALS))
    keys = pd.Series(shapely.to_wkb(shapely.normalize(rounded)), dtype=object)
    group = keys.groupby(keys, sort=False).ngroup().to_numpy()
    if not len(group):
        return
    _, start, size = np.unique(group, return_index=True, return_counts=True)
    first = start[group]
    following = pd.Series(np.arange(len(group))).groupby(group).nth(1)
    second = np.full(len(size), -1, dtype=np.intp)
    second[group[following.to_numpy()]] = following.to_numpy()
    several = size[group] > 1
    own = first == np.arange(len(group))
    other = np.where(own, second[group], first)
    found.first[rows] = rows[first]
    found.other[rows[several]] = rows[other[several]]
    found.same[rows[several]] = True
    found.distance_m[rows[several & (dimension[rows] == 0)]] = 0.0
    found.share[rows[several & (dimension[rows] == 2)]] = 1.0


def _near_points(values: Geometries, points: Positions, near_m: float, found: _Found) -> None:
    """Find the nearest other place of each point that has its place for itself."""
    from scipy.spatial import cKDTree  # noqa: PLC0415 (slow to load)

    rows = found.alone(points[shapely.get_type_id(values[points]) == shapely.GeometryType.POINT])
    if len(rows) < 2:
        return
    xy = shapely.get_coordinates(values[rows])
    # The tree leaves out what is exactly as far as its bound.
    bound = np.nextafter(max(near_m, SAME_PLACE_M), np.inf)
    distance_m, nearest = cKDTree(xy).query(xy, k=[2], distance_upper_bound=bound)
    near = np.isfinite(distance_m[:, 0]) & (found.other[rows] < 0)
    found.other[rows[near]] = rows[nearest[near, 0]]
    found.distance_m[rows[near]] = distance_m[near, 0]
    found.same[rows[near]] = distance_m[near, 0] <= SAME_PLACE_M


def _overlapping_areas(
    values: Geometries, areas: Positions, least_share: float, found: _Found
) -> None:
    """Find the area with which each has most in common, if that is enough."""
    rows = found.alone(areas)
    shapes, area_m2 = values[rows], shapely.area(values[rows])
    boxes = shapely.bounds(shapes).reshape(-1, 4)
    tree = STRtree(shapes)
    best = np.zeros(len(rows))
    for start in range(0, len(rows), _CHUNK):
        one, two = tree.query(shapes[start : start + _CHUNK])
        one = one + start
        one, two = one[one < two], two[one < two]
        larger = np.maximum(area_m2[one], area_m2[two])
        possible = np.minimum(np.minimum(area_m2[one], area_m2[two]), _common(boxes, one, two))
        kept = possible >= least_share * larger
        one, two, larger = one[kept], two[kept], larger[kept]
        share = shapely.area(shapely.intersection(shapes[one], shapes[two])) / larger
        for here, there, common in zip(one, two, share, strict=True):
            if common < least_share or common <= 0:
                continue
            for row, other in ((here, there), (there, here)):
                if common > best[row] and not found.same[rows[row]]:
                    best[row] = common
                    found.other[rows[row]], found.share[rows[row]] = rows[other], common


def _common(boxes: Floats, one: Positions, two: Positions) -> Floats:
    """Give the area that the boxes of pairs have in common, square metres."""
    low = np.maximum(boxes[one, :2], boxes[two, :2])
    high = np.minimum(boxes[one, 2:], boxes[two, 2:])
    common: Floats = np.clip(high - low, 0, None).prod(axis=1)
    return common
