"""Targets put in order once, to be asked often how far they are.

Positions are answered from a grid of the targets' edges (`gis._edge_grid`); lines and areas, and
positions about targets that crowd in few places of a wide field, from a tree over them.
"""

from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import shapely
from geopandas import GeoDataFrame, GeoSeries
from pandas import DataFrame, Index, Series
from pyproj import CRS

from gis.batches import in_batches
from gis.contracts import (
    Geometries,
    as_geometries,
    present,
    require_finite,
    require_radius,
    require_unique_index,
)
from gis.crs import require_metres
from gis.errors import ArgumentTypeError
from gis.labels import label_rank, take_labels
from gis.nearness._pieces import curves_of, edges_of, forward, ordered_tree
from gis.positions import Positions, coordinates_of_points

__all__ = ["NearestIndex"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Origins: TypeAlias = GeoSeries | GeoDataFrame | Positions

# The search in the tree is told a limit a little too large; what is beyond is removed after it.
_SEARCH_MARGIN_M = 0.01
# Edges that share a cell with an edge on the average, above which the tree is faster than the grid.
_CROWDED = 400.0
# Places that one thread takes at a time.
_POSITIONS, _SHAPES = 16384, 2048


class NearestIndex:
    """Targets of which one asks how far the nearest is, and who has one within reach.

    Parameters
    ----------
    targets
        Geometries of any type in a metric CRS, an area with its inside; rows without geometry do
        not count. Their order is irrelevant. They are kept as they are now.

    Raises
    ------
    ArgumentTypeError, CrsMissingError, CrsNotMetricError, GeometryNotFiniteError

    Notes
    -----
    What is expensive is made when it is first needed, and kept. An index can be shared by threads.
    Distances are those of the doubles given, computed in doubles: a position nearer to a border
    than about 1e-9 m counts as being on either side of it.

    Examples
    --------
    >>> from shapely import box
    >>> parks = NearestIndex(GeoSeries([box(0, 0, 100, 100), box(900, 0, 1000, 100)], crs=32650))
    >>> homes = GeoSeries.from_xy([50, 400, 750], [50, 0, 50], index=["a", "b", "c"], crs=32650)
    >>> parks.distance(homes)
    a      0.0
    b    300.0
    c    150.0
    Name: distance_m, dtype: float64
    >>> parks.within(homes, 200).tolist(), parks.within(homes, 300).tolist()
    ([True, False, True], [True, True, True])
    """

    def __init__(self, targets: GeoSeries | GeoDataFrame) -> None:
        """Check the targets and put them in the order of their labels."""
        layer = as_geometries("targets", targets)
        self._crs: CRS = require_metres(targets=layer)
        there = np.flatnonzero(present(layer))
        self._labels: Index = layer.index
        self._row: Ints = there[np.argsort(label_rank(layer.index[there]), kind="stable")]
        self._shapes: Geometries = np.asarray(layer.array, dtype=object)[self._row]
        self._curves, self._owner = curves_of(self._shapes)
        if not np.isfinite(self._curves.vertices).all():
            require_finite("targets", layer)

    def __len__(self) -> int:
        """Count the targets that have a geometry."""
        return len(self._shapes)

    @property
    def crs(self) -> CRS:
        """The reference system of the targets, in which places must be too."""
        return self._crs

    def distance(self, places: Origins, *, limit_m: float | None = None) -> Series:
        """Measure from each place to the nearest target, as `distance_to_nearest` does.

        Raises
        ------
        ArgumentTypeError, CrsMissingError, CrsNotMetricError, CrsMismatchError,
        GeometryNotFiniteError, RadiusError
        """
        distance_m, _ = self._search(places, limit_m)
        return Series(distance_m, index=_index_of(places), name="distance_m")

    def nearest(self, places: Origins, *, limit_m: float | None = None) -> DataFrame:
        """Find the nearest target of each place, as `gis.nearness.distance.nearest` does.

        Raises
        ------
        DuplicateIndexError
            Two targets have one label.
        ArgumentTypeError, CrsMissingError, CrsNotMetricError, CrsMismatchError,
        GeometryNotFiniteError, RadiusError
        """
        require_unique_index(targets=Series(index=self._labels, dtype=float))
        distance_m, target = self._search(places, limit_m)
        row = np.append(self._row, -1)[target]
        labels = take_labels(self._labels, row)
        return DataFrame({"distance_m": distance_m, "target": labels}, index=_index_of(places))

    def within(self, places: Origins, radius_m: float) -> Series:
        """Tell which places have a target within a radius; one exactly as far has.

        Returns
        -------
        within
            (n,) bool, indexed as `places`; a place without geometry has none.

        Raises
        ------
        ArgumentTypeError, CrsMissingError, CrsNotMetricError, CrsMismatchError,
        GeometryNotFiniteError, RadiusError
        """
        require_radius("radius_m", radius_m)
        positions, known, shapes = self._taken(places)
        within = np.zeros(len(known), dtype=bool)
        if not len(self) or not known.any():
            pass
        elif self._grid is not None:
            _within(self._grid, positions, float(radius_m), within)
        else:
            shapes = _with_points(positions, known, shapes)
        if len(self) and shapes is not None:
            row = np.flatnonzero(~shapely.is_missing(shapes))
            distance_m, _ = self._of_shapes(shapes[row], radius_m)
            within[row] = distance_m <= radius_m
        return Series(within, index=_index_of(places), name="within")

    def _search(self, places: Origins, limit_m: float | None) -> tuple[Floats, Ints]:
        """Give the distance to the nearest target, and its number in order, -1 for none."""
        if limit_m is not None:
            require_radius("limit_m", limit_m)
        positions, known, shapes = self._taken(places)
        distance_m, target = np.full(len(known), np.nan), np.full(len(known), -1)
        if not len(self):
            return distance_m, target
        if not known.any():
            pass
        elif self._grid is None:
            shapes = _with_points(positions, known, shapes)
        else:
            at = slice(None) if known.all() else np.flatnonzero(known)
            found = _nearest(self._grid, self._owner, positions[at], limit_m)
            distance_m[at], target[at] = found
        if shapes is not None:
            row = np.flatnonzero(~shapely.is_missing(shapes))
            distance_m[row], target[row] = self._of_shapes(shapes[row], limit_m)
        return distance_m, target

    def _taken(self, places: Origins) -> tuple[Floats, Mask, Geometries | None]:
        """Give the positions of places that are points, which they are, and the other places.

        Raises
        ------
        ArgumentTypeError, CrsMissingError, CrsNotMetricError, CrsMismatchError,
        GeometryNotFiniteError
        """
        layer = places if isinstance(places, Positions) else as_geometries("places", places)
        require_metres(places=GeoSeries(crs=layer.crs), targets=GeoSeries(crs=self._crs))
        if isinstance(layer, Positions):
            return layer.coordinates, layer.known("places"), None
        shapes = np.asarray(layer.array, dtype=object)
        coordinates, known = coordinates_of_points(shapes)
        if known.all() and np.isfinite(coordinates).all():
            return coordinates, known, None
        require_finite("places", layer)
        others = np.full(len(shapes), None, dtype=object)
        rest = present(layer) & ~known
        others[rest] = shapes[rest]
        return coordinates, known, others

    @cached_property
    def _grid(self) -> Any:
        """The grid of the edges; None where they crowd in few of its cells."""
        from gis.walks._edge_grid import build_grid, crowding  # noqa: PLC0415 (loads the compiler)

        grid = build_grid(self._curves)
        return grid if crowding(grid.first) <= _CROWDED else None

    @cached_property
    def _tree(self) -> Any:
        """The tree over the edges, the owner of each, and a tree over the boxes of targets."""
        edges, owner = edges_of(self._shapes)
        tree, order = ordered_tree(forward(edges), np.zeros(len(edges), dtype=bool))
        return tree, owner[order], shapely.STRtree(self._shapes)

    def _of_shapes(self, shapes: Geometries, limit_m: float | None) -> tuple[Floats, Ints]:
        """Find for every shape the first of the nearest targets, and its distance."""
        from gis.nearness._nearest_search import Outlines, nearest_owners  # noqa: PLC0415

        tree, owner, boxes = self._tree
        distance_m, found = np.zeros(len(shapes)), np.full(len(shapes), -1)
        place, target = boxes.query(shapes, predicate="intersects")
        order = np.lexsort((target, place))
        met, first = np.unique(place[order], return_index=True)
        found[met] = target[order][first]
        apart = np.flatnonzero(found < 0)
        ends, place = edges_of(shapes[apart])
        outlines = Outlines(ends, np.searchsorted(place, np.arange(len(apart) + 1)))
        limit = np.inf if limit_m is None else float(limit_m) + _SEARCH_MARGIN_M
        metres, which = np.empty(len(apart)), np.empty(len(apart), dtype=np.int64)

        def search(first: int, last: int) -> None:
            span = (first, last)
            metres[first:last], which[first:last] = nearest_owners(
                outlines, span, tree, owner, limit
            )

        in_batches(search, len(apart), batch=_SHAPES)
        distance_m[apart], found[apart] = metres, which
        return _cut(distance_m, found, limit_m)


def _nearest(
    grid: Any, owner: Ints, positions: Floats, limit_m: float | None
) -> tuple[Floats, Ints]:
    from gis.walks._grid_search import nearest_parts, sorted_by_block  # noqa: PLC0415 (as above)

    order, there = sorted_by_block(grid, positions)
    metres, part = np.empty(len(order)), np.empty(len(order), dtype=np.int64)
    limit = np.inf if limit_m is None else float(limit_m) + _SEARCH_MARGIN_M

    def run(first: int, last: int) -> None:
        nearest_parts(grid, there, limit, (first, last), metres, part)

    in_batches(run, len(order), batch=_POSITIONS)
    distance_m, found = np.empty(len(order)), np.empty(len(order), dtype=np.int64)
    distance_m[order], found[order] = metres, np.append(owner, -1)[part]
    return _cut(distance_m, found, limit_m)


def _within(grid: Any, positions: Floats, radius_m: float, within: Mask) -> None:
    from gis.walks._grid_search import parts_within  # noqa: PLC0415 (loads the compiler)

    def run(first: int, last: int) -> None:
        parts_within(grid, positions, radius_m, (first, last), within)

    in_batches(run, len(positions), batch=_POSITIONS)


def _cut(distance_m: Floats, found: Ints, limit_m: float | None) -> tuple[Floats, Ints]:
    """Leave out what is beyond the limit."""
    if limit_m is not None:
        beyond = distance_m > limit_m
        distance_m[beyond], found[beyond] = np.inf, -1
    return distance_m, found


def _with_points(positions: Floats, known: Mask, shapes: Geometries | None) -> Geometries:
    """Put points among the shapes."""
    every = np.full(len(known), None, dtype=object) if shapes is None else shapes
    every[known] = shapely.points(positions[known])
    return every


def _index_of(places: Origins) -> Index:
    if isinstance(places, Positions | GeoSeries | GeoDataFrame):
        return places.index
    raise ArgumentTypeError(
        argument="places", found=type(places).__name__, allowed=("GeoSeries", "GeoDataFrame")
    )
