"""In which unit of the territory a thing lies.

A *unit* is an area with a label: a grid, a community, a street, a district. A *place* is what is
to be located: a point by its position, anything else by a representative point on it, so that
nothing is counted twice.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from geopandas import GeoDataFrame, GeoSeries
from pandas import DataFrame, Series
from shapely import STRtree

from gis.contracts import (
    Geometries,
    as_geometries,
    present,
    require_family,
    require_finite,
    require_radius,
    require_unique_index,
)
from gis.crs import require_metres
from gis.nearness.distance import label_rank, take_labels

__all__ = ["PreparedUnits", "distance_outside", "locate_in_units", "representative_points"]

Positions = npt.NDArray[np.intp]


def locate_in_units(
    places: GeoSeries | GeoDataFrame,
    units: GeoSeries | GeoDataFrame,
    *,
    tolerance_m: float = 1.0,
) -> DataFrame:
    """Name the unit in which each place lies, and the one next to it at a boundary.

    A place belongs to a unit that holds it, or else to the nearest one within `tolerance_m`: a
    crack between two surveys loses nobody. Of several, the nearer counts first, then the smaller
    (nested units), then the one with the smaller label; the order of rows is irrelevant.

    Parameters
    ----------
    places
        Geometries of any type, in a metric CRS; n rows.
    units
        Areas in the same CRS, uniquely labelled by their index.
    tolerance_m
        Metres to both sides of a boundary within which a place counts as on it; exactly that far
        is within.

    Returns
    -------
    DataFrame
        Indexed as `places`. `unit` is the label of the unit, missing for a place that is in none
        or has no geometry. `on_boundary` tells whether the boundary of a unit found here is
        within `tolerance_m`, missing for a place without geometry. `second_unit` is the next of
        the units that hold the place or are within `tolerance_m` of it.

    Raises
    ------
    CrsMissingError, CrsNotMetricError, CrsMismatchError, GeometryFamilyError,
    GeometryNotFiniteError, DuplicateIndexError, RadiusError

    Examples
    --------
    >>> from shapely import box
    >>> grids = GeoSeries([box(0, 0, 10, 10), box(10, 0, 20, 10)], index=["w", "e"], crs=32650)
    >>> trees = GeoSeries.from_xy([5, 9.5, 30], [5, 5, 5], crs=32650)
    >>> locate_in_units(trees, grids)
      unit  on_boundary second_unit
    0    w        False         NaN
    1    w         True           e
    2  NaN        False         NaN
    """
    places, units = as_geometries("places", places), as_geometries("units", units)
    require_metres(places=places, units=units)
    require_family("units", units, ["area"])
    for argument, layer in (("places", places), ("units", units)):
        require_finite(argument, layer)
    require_unique_index(units=units)
    require_radius("tolerance_m", tolerance_m)

    there = present(places)
    points = representative_points(places)
    place, unit, near_boundary = _candidates(points, _areas(units), tolerance_m)
    place, unit = _in_order(place, unit, points, _areas(units), label_rank(units.index))
    first, second = _first_two(place, unit, len(places))
    on_boundary = pd.array(np.isin(np.arange(len(places)), near_boundary), dtype="boolean")
    on_boundary[~there] = pd.NA
    return DataFrame(
        {
            "unit": take_labels(units.index, first),
            "on_boundary": on_boundary,
            "second_unit": take_labels(units.index, second),
        },
        index=places.index,
    )


class PreparedUnits:
    """Units made ready once to be asked again and again where a few places lie.

    The answers are those of `locate_in_units`, as positions among the units.
    """

    def __init__(self, units: GeoSeries, *, tolerance_m: float = 1.0) -> None:
        """Take areas in a metric CRS, uniquely labelled by their index."""
        require_metres(units=units)
        require_family("units", units, ["area"])
        require_unique_index(units=units)
        require_radius("tolerance_m", tolerance_m)
        self._areas = _areas(units)
        shapely.prepare(self._areas)
        self._rims = shapely.boundary(self._areas)
        self._tree = STRtree(self._areas)
        self._rank = label_rank(units.index)
        self._tolerance_m = tolerance_m

    def locate(self, places: Geometries) -> tuple[Positions, Positions, npt.NDArray[np.bool_]]:
        """Find the unit of each place and the next one, -1 for none, and whether it is at a rim.

        Parameters
        ----------
        places
            (n,) finite geometries that are not empty, in the CRS of the units.
        """
        points = places.copy()
        spread = shapely.get_type_id(points) != shapely.GeometryType.POINT
        points[spread] = shapely.point_on_surface(points[spread])
        place, unit = self._tree.query(points, predicate="dwithin", distance=self._tolerance_m)
        near = shapely.dwithin(self._rims[unit], points[place], self._tolerance_m)
        on_boundary = np.isin(np.arange(len(points)), place[near])
        place, unit = _in_order(place, unit, points, self._areas, self._rank)
        first, second = _first_two(place, unit, len(points))
        return first, second, on_boundary


def distance_outside(places: GeoSeries | GeoDataFrame, units: GeoSeries | GeoDataFrame) -> Series:
    """Measure how far each place lies outside all units, by its point as in `locate_in_units`.

    Returns
    -------
    Series
        `outside_m`, metres, indexed as `places`: 0 within a unit, missing without a geometry or
        where there is no unit.

    Raises
    ------
    CrsMissingError, CrsNotMetricError, CrsMismatchError, GeometryFamilyError,
    GeometryNotFiniteError

    Examples
    --------
    >>> from shapely import box
    >>> town = GeoSeries([box(0, 0, 10, 10)], crs=32650)
    >>> distance_outside(GeoSeries.from_xy([5, 14], [5, 13], crs=32650), town).tolist()
    [0.0, 5.0]
    """
    places, units = as_geometries("places", places), as_geometries("units", units)
    require_metres(places=places, units=units)
    require_family("units", units, ["area"])
    for argument, layer in (("places", places), ("units", units)):
        require_finite(argument, layer)

    points, areas = representative_points(places), units.array[present(units)]
    outside_m = np.full(len(points), np.nan)
    known = np.flatnonzero(~shapely.is_missing(points))
    if len(areas) and len(known):
        inside = np.unique(STRtree(points).query(areas, predicate="intersects")[1])
        outside_m[inside] = 0.0
        beyond = np.setdiff1d(known, inside)
        (place, _), distance_m = STRtree(areas).query_nearest(
            points[beyond], return_distance=True, all_matches=False
        )
        outside_m[beyond[place]] = distance_m
    return Series(outside_m, index=places.index, name="outside_m")


def representative_points(geometries: GeoSeries) -> Geometries:
    """Give a point on each geometry: itself for a point, missing for a missing or empty one."""
    values = np.array(geometries.array, dtype=object)
    values[~present(geometries)] = None
    spread = shapely.get_type_id(values) != shapely.GeometryType.POINT
    values[spread] = shapely.point_on_surface(values[spread])
    return values


def _areas(units: GeoSeries) -> Geometries:
    values = np.array(units.array, dtype=object)
    values[~present(units)] = None
    return values


def _candidates(
    points: Geometries, areas: Geometries, tolerance_m: float
) -> tuple[Positions, Positions, Positions]:
    """Pair points with the areas within tolerance; list the points near a boundary of those."""
    tree = STRtree(points)
    unit, place = tree.query(areas, predicate="dwithin", distance=tolerance_m)
    rims = shapely.boundary(areas)
    _, near_boundary = tree.query(rims, predicate="dwithin", distance=tolerance_m)
    return place, unit, near_boundary


def _in_order(
    place: Positions, unit: Positions, points: Geometries, areas: Geometries, rank: Positions
) -> tuple[Positions, Positions]:
    """Sort pairs by place, then by distance, area and rank of the unit."""
    distance_m = np.zeros(len(place))
    shapely.prepare(areas)
    outside = ~shapely.intersects(areas[unit], points[place])
    distance_m[outside] = shapely.distance(areas[unit[outside]], points[place[outside]])
    order = np.lexsort((rank[unit], shapely.area(areas[unit]), distance_m, place))
    return place[order], unit[order]


def _first_two(place: Positions, unit: Positions, count: int) -> tuple[Positions, Positions]:
    """Take the first and the second unit of every place, -1 where there is none."""
    first, second = np.full(count, -1), np.full(count, -1)
    which, start, size = np.unique(place, return_index=True, return_counts=True)
    first[which] = unit[start]
    several = size > 1
    second[which[several]] = unit[start[several] + 1]
    return first, second
