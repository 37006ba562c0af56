"""Which geometries belong together: those linked by short steps, those that dissolve into one."""

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["JOIN_TOLERANCE_M", "Pairs", "grouped", "joined_pairs", "linked"]

JOIN_TOLERANCE_M = 0.01
"""Metres to which borders are drawn together before areas are dissolved.

A border that two surveys share is bent by less when it is reprojected, yet would gape.
"""

Geometries = NDArray[np.object_]
Groups = NDArray[np.int64]
Pairs = tuple[NDArray[np.intp], NDArray[np.intp]]


def linked(geometry: Geometries, step_m: float) -> Groups:
    """Give each geometry the number of its group: those linked by steps of at most `step_m`.

    Examples
    --------
    >>> linked(shapely.points([0, 2, 9, 4], 0), 2.0)
    array([0, 0, 1, 0])
    """
    surely = _corners_within(geometry, step_m)
    group = _components(*surely, len(geometry))
    one, other = _boxes_within(geometry, step_m)
    # Most pairs are in one group by now; only the rest is worth measuring exactly.
    open_ = (one < other) & (group[one] != group[other])
    one, other = one[open_], other[open_]
    near = shapely.dwithin(geometry[one], geometry[other], step_m)
    steps = (np.concatenate([surely[0], one[near]]), np.concatenate([surely[1], other[near]]))
    return _components(*steps, len(geometry))


def joined_pairs(geometry: Geometries) -> Pairs:
    """Pair geometries that dissolve into one area, by position.

    Areas that overlap or share a border do, areas that meet in a corner do not. The parts of one
    geometry stay together. Points belong to what they lie on.
    """
    tree = shapely.STRtree(geometry)
    one, other = tree.query(geometry, predicate="dwithin", distance=JOIN_TOLERANCE_M)
    one, other = one[one < other], other[one < other]
    joins = _meet(geometry[one], geometry[other])
    return one[joins], other[joins]


def grouped(pairs: Pairs, counted: NDArray[np.bool_]) -> Groups:
    """Give each geometry that counts the number of its group: those linked by pairs that count.

    Examples
    --------
    >>> from shapely import box
    >>> pairs = joined_pairs(np.array([box(0, 0, 1, 1), box(1, 0, 2, 1), box(2, 1, 3, 2)]))
    >>> grouped(pairs, np.array([True, True, True]))
    array([0, 0, 1])
    >>> grouped(pairs, np.array([True, False, True]))
    array([0, 1])
    """
    one, other = pairs
    both = counted[one] & counted[other]
    position = np.cumsum(counted) - 1
    return _components(position[one[both]], position[other[both]], int(counted.sum()))


def _corners_within(geometry: Geometries, step_m: float) -> Pairs:
    """Pair geometries whose first corners are near: they themselves are no further apart."""
    from scipy.spatial import cKDTree  # noqa: PLC0415 (slow to load)

    corners, of = shapely.get_coordinates(geometry, return_index=True)
    of, first = np.unique(of, return_index=True)
    # A hair less than the step, so that rounding never links what the exact test would not.
    pairs = cKDTree(corners[first]).query_pairs(step_m * (1 - 1e-9), output_type="ndarray")
    return of[pairs[:, 0]], of[pairs[:, 1]]


def _boxes_within(geometry: Geometries, step_m: float) -> Pairs:
    """Pair geometries that may be near, by their boxes: none that is near is missing."""
    low_x, low_y, high_x, high_y = shapely.bounds(geometry).T
    # A hair more than the step, for the same reason.
    reach = step_m * (1 + 1e-9)
    boxes = shapely.box(low_x - reach, low_y - reach, high_x + reach, high_y + reach)
    one, other = shapely.STRtree(geometry).query(boxes)
    return one, other


def _meet(one: Geometries, other: Geometries) -> NDArray[np.bool_]:
    """Tell which pairs share more than a corner."""
    meet: NDArray[np.bool_] = (shapely.get_dimensions(one) == 0) | (
        shapely.get_dimensions(other) == 0
    )
    # As they are, for the slightest overlap; else drawn together, for borders that gape.
    for grid_m in (None, JOIN_TOLERANCE_M):
        open_ = np.flatnonzero(~meet)
        common = shapely.intersection(one[open_], other[open_], grid_size=grid_m)
        meet[open_] = shapely.length(common) > 0
    return meet


def _components(one: NDArray[np.intp], other: NDArray[np.intp], nodes: int) -> Groups:
    from scipy.sparse import coo_array  # noqa: PLC0415 (slow to load)
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415 (slow to load)

    links = coo_array((np.ones(len(one), dtype=bool), (one, other)), shape=(nodes, nodes))
    _, group = connected_components(links, directed=False)
    return np.asarray(group, dtype=np.int64)
