"""By how much one layer lies beside another that shows the same things.

Two surveys of the same things differ by small, scattered errors. If one of them was taken for
what it is not (another datum, another origin), all its features lie beside their counterparts by
nearly the same way. That way can be found without knowing which feature is whose counterpart:
every pair votes for the way between its two places, and only the true way is voted for often.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from geopandas import GeoDataFrame, GeoSeries

from gis.contracts import as_geometries, present, require_finite, require_number
from gis.crs import require_metres

__all__ = ["Shift", "common_shift", "shift_of_pairs", "spacing_m"]

Points = npt.NDArray[np.float64]

_MOST_PLACES, _MOST_TARGETS = 400, 20_000
_SEED = 0
_WINDS = (
    "N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW",
    "NNW",
)  # fmt: skip
_CELL_M = 20.0
# Cells around the best one that still belong to its peak, when the second-best is looked for.
_PEAK_CELLS = 4


@dataclass(frozen=True, kw_only=True)
class Shift:
    """The way from where things are shown to where they are, metres east and north.

    `rows` of `compared` things lie within the tolerance of their counterparts once they are moved
    by it; `second_rows` would by the next best way, 0 where none was looked for.
    """

    east_m: float
    north_m: float
    rows: int
    compared: int
    second_rows: int = 0

    @property
    def distance_m(self) -> float:
        """Give the length of the way, metres."""
        return float(np.hypot(self.east_m, self.north_m))

    @property
    def bearing_deg(self) -> float:
        """Give the direction of the way, degrees clockwise from north."""
        return float(np.degrees(np.arctan2(self.east_m, self.north_m)) % 360)

    @property
    def direction(self) -> str:
        """Name the direction by the nearest of sixteen winds, such as ENE."""
        return _WINDS[round(self.bearing_deg / 22.5) % len(_WINDS)]

    @property
    def share(self) -> float:
        """Give the share of things that it explains, 0 to 1."""
        return self.rows / self.compared if self.compared else 0.0


def shift_of_pairs(
    places: GeoSeries | GeoDataFrame,
    counterparts: GeoSeries | GeoDataFrame,
    *,
    tolerance_m: float,
) -> Shift | None:
    """Find the common way from places to their known counterparts, row by row.

    Parameters
    ----------
    places, counterparts
        Geometries of any type in one metric CRS, n rows each, in the same order; a geometry
        stands for its centroid. Rows without one on both sides do not count.
    tolerance_m
        Metres within which a row agrees with the common way.

    Returns
    -------
    Shift or None
        The median way, which wild rows do not move; None where there is no pair.

    Raises
    ------
    CrsMissingError, CrsNotMetricError, CrsMismatchError, GeometryNotFiniteError, NumberError

    Examples
    --------
    >>> shown = GeoSeries.from_xy([0, 10, 20], [0, 0, 0], crs=32650)
    >>> known = GeoSeries.from_xy([30, 40, 999], [40, 40, 0], crs=32650)
    >>> shift_of_pairs(shown, known, tolerance_m=5).distance_m
    50.0
    """
    require_number("tolerance_m", tolerance_m, least=0.0)
    places, counterparts = _accepted(places, counterparts)
    both = present(places) & present(counterparts)
    if not both.any():
        return None
    way = _centroids(counterparts)[both] - _centroids(places)[both]
    east_m, north_m = np.median(way, axis=0)
    near = np.hypot(*(way - (east_m, north_m)).T) <= tolerance_m
    return Shift(
        east_m=float(east_m), north_m=float(north_m), rows=int(near.sum()), compared=len(way)
    )


def common_shift(
    places: GeoSeries | GeoDataFrame,
    targets: GeoSeries | GeoDataFrame,
    *,
    limit_m: float,
    tolerance_m: float,
) -> Shift | None:
    """Find the one way that brings most places onto some target, by voting.

    Parameters
    ----------
    places, targets
        Geometries of any type in one metric CRS; a geometry stands for its centroid. Of more
        than 400 places and 20,000 targets an even choice counts, the same at every call.
    limit_m
        Metres east, west, north and south within which the way is looked for, at most 50 km.
    tolerance_m
        Metres within which a moved place counts as on its target.

    Returns
    -------
    Shift or None
        Whether it means anything is for the caller to judge: by the share of the places, by how
        far the second-best way falls behind. None where there is nothing to compare.

    Raises
    ------
    CrsMissingError, CrsNotMetricError, CrsMismatchError, GeometryNotFiniteError, NumberError

    Examples
    --------
    >>> known = GeoSeries.from_xy([0, 700, 900, 150], [0, 100, 800, 555], crs=32650)
    >>> found = common_shift(known.translate(-300, 400), known, limit_m=2000, tolerance_m=5)
    >>> found.rows, round(found.east_m), round(found.north_m)
    (4, 300, -400)
    """
    from scipy.spatial import KDTree  # noqa: PLC0415 (slow to load)

    require_number("limit_m", limit_m, least=_CELL_M, most=50_000.0)
    require_number("tolerance_m", tolerance_m, least=0.0)
    places, targets = _accepted(places, targets)
    shown = _some(_centroids(places)[present(places)], _MOST_PLACES)
    known = _some(_centroids(targets)[present(targets)], _MOST_TARGETS)
    if not len(shown) or not len(known):
        return None
    votes = _votes(shown, known, limit_m)
    best = np.unravel_index(int(votes.argmax()), votes.shape)
    row, column = (int(each) for each in best)
    way = (np.array([column, row]) + 1) * _CELL_M - limit_m
    tree = KDTree(known)
    for radius_m in (1.5 * _CELL_M, max(tolerance_m, 1.0)):
        way = _refined(shown, tree, way, radius_m)
    near = tree.query(shown + way)[0] <= tolerance_m
    window = tuple(slice(max(0, n - _PEAK_CELLS), n + _PEAK_CELLS + 1) for n in (row, column))
    votes[window] = 0
    return Shift(
        east_m=float(way[0]),
        north_m=float(way[1]),
        rows=int(near.sum()),
        compared=len(shown),
        second_rows=min(int(votes.max()), len(shown)),
    )


def spacing_m(targets: GeoSeries | GeoDataFrame) -> float:
    """Measure how far apart neighbouring features are: the median way to the nearest other one.

    Parameters
    ----------
    targets
        Geometries of any type in a metric CRS; a geometry stands for its centroid.

    Returns
    -------
    spacing_m
        Metres; NaN for fewer than two features.

    Raises
    ------
    CrsMissingError, CrsNotMetricError, GeometryNotFiniteError

    Examples
    --------
    >>> spacing_m(GeoSeries.from_xy([0, 10, 20, 900], [0, 0, 0, 0], crs=32650))
    10.0
    """
    from scipy.spatial import KDTree  # noqa: PLC0415 (slow to load)

    targets, _ = _accepted(targets, targets)
    known = _centroids(targets)[present(targets)]
    if len(known) < 2:
        return float("nan")
    apart_m, _ = KDTree(known).query(_some(known, _MOST_TARGETS), k=2)
    return float(np.median(apart_m[:, 1]))


def _accepted(
    places: GeoSeries | GeoDataFrame, targets: GeoSeries | GeoDataFrame
) -> tuple[GeoSeries, GeoSeries]:
    first, second = as_geometries("places", places), as_geometries("targets", targets)
    require_metres(places=first, targets=second)
    require_finite("places", first)
    require_finite("targets", second)
    return first, second


def _centroids(geometries: GeoSeries) -> Points:
    centroids = shapely.centroid(np.asarray(geometries.array, dtype=object))
    return np.column_stack([shapely.get_x(centroids), shapely.get_y(centroids)])


def _some(points: Points, most: int) -> Points:
    if len(points) <= most:
        return points
    chosen = np.random.default_rng(_SEED).choice(len(points), most, replace=False)
    return points[np.sort(chosen)]


def _votes(shown: Points, known: Points, limit_m: float) -> npt.NDArray[np.int32]:
    """Count how many pairs lie apart by about the same way; windows of two cells overlap."""
    cells = int(np.ceil(2 * limit_m / _CELL_M)) + 1
    votes = np.zeros(cells * cells, dtype=np.int32)
    for point in shown:
        way = np.floor((known - point + limit_m) / _CELL_M).astype(np.int64)
        inside = ((way >= 0) & (way < cells)).all(axis=1)
        # One place votes once for a cell, however many targets lie there.
        votes[np.unique(way[inside, 1] * cells + way[inside, 0])] += 1
    grid = votes.reshape(cells, cells)
    summed = grid.copy()
    summed[:-1] += grid[1:]
    summed[:, :-1] += summed[:, 1:].copy()
    return summed


def _refined(shown: Points, tree: Any, way: Points, radius_m: float) -> Points:
    """Move a way to the middle of what it brings near to a target."""
    apart_m, which = tree.query(shown + way)
    near = apart_m <= radius_m
    if not near.any():
        return way
    rest = np.asarray(tree.data)[which[near]] - shown[near] - way
    refined: Points = way + np.median(rest, axis=0)
    return refined
