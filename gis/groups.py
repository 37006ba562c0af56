"""Which geometries belong together: those linked by short steps, those that dissolve into one."""

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

__all__ = ["JOIN_TOLERANCE_M", "dissolved", "linked"]

JOIN_TOLERANCE_M = 0.01
"""Metres to which borders are drawn together before areas are dissolved.

A border that two surveys share is bent by less when it is reprojected, yet would gape.
"""

Geometries = NDArray[np.object_]
Groups = NDArray[np.int64]


def linked(geometry: Geometries, step_m: float) -> Groups:
    """Give each geometry the number of its group: those linked by steps of at most `step_m`.

    Examples
    --------
    >>> linked(shapely.points([0, 2, 9, 4], 0), 2.0)
    array([0, 0, 1, 0])
    """
    tree = shapely.STRtree(geometry)
    one, other = tree.query(geometry, predicate="dwithin", distance=step_m)
    return _components(one, other, len(geometry))


def dissolved(geometry: Geometries) -> Groups:
    """Give each geometry the number of its group: those that dissolve into one area.

    Areas that overlap or share a border do, areas that meet in a corner do not. The parts of one
    geometry stay together. Points belong to what they lie on.

    Examples
    --------
    >>> from shapely import box
    >>> dissolved(np.array([box(0, 0, 1, 1), box(1, 0, 2, 1), box(2, 1, 3, 2)]))
    array([0, 0, 1])
    """
    tree = shapely.STRtree(geometry)
    one, other = tree.query(geometry, predicate="dwithin", distance=JOIN_TOLERANCE_M)
    one, other = one[one < other], other[one < other]
    joins = _meet(geometry[one], geometry[other])
    return _components(one[joins], other[joins], len(geometry))


def _meet(one: Geometries, other: Geometries) -> NDArray[np.bool_]:
    """Tell which pairs share more than a corner."""
    is_point = (shapely.get_dimensions(one) == 0) | (shapely.get_dimensions(other) == 0)
    # As they are, for the slightest overlap, and drawn together, for borders that gape.
    common = shapely.intersection(one, other)
    drawn = shapely.intersection(one, other, grid_size=JOIN_TOLERANCE_M)
    meet: NDArray[np.bool_] = is_point | (shapely.length(common) > 0) | (shapely.length(drawn) > 0)
    return meet


def _components(one: NDArray[np.intp], other: NDArray[np.intp], nodes: int) -> Groups:
    links = coo_array((np.ones(len(one), dtype=bool), (one, other)), shape=(nodes, nodes))
    _, group = connected_components(links, directed=False)
    return np.asarray(group, dtype=np.int64)
