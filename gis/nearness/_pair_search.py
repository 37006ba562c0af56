"""How far geometries are from each other, pair by pair, compiled."""

import math

import numpy as np
import numpy.typing as npt

from gis._compiled import compiled
from gis.nearness._nearest_search import Outlines, _from_edge2

__all__ = ["pair_distances"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@compiled
def pair_distances(one: Outlines, other: Outlines, pairs: Ints, limits: Floats) -> Floats:
    """Give the distance of the outlines of each pair; infinite beyond the limit of the pair.

    They must not touch: then their distance is the least of those of the ends of the edges of each
    from the edges of the other.
    """
    distance = np.empty(len(pairs))
    for row in range(len(pairs)):
        best2 = math.inf
        first, last = other.starts[pairs[row, 1]], other.starts[pairs[row, 1] + 1]
        for edge in range(one.starts[pairs[row, 0]], one.starts[pairs[row, 0] + 1]):
            u0, v0, u1, v1 = one.ends[edge]
            for against in range(first, last):
                x0, y0, x1, y1 = other.ends[against]
                best2 = min(
                    best2,
                    _from_edge2(u0, v0, u1, v1, x0, y0),
                    _from_edge2(x0, y0, x1, y1, u0, v0),
                )
                # A point has no second end, and the last edge of a ring ends where the first began.
                if u1 != u0 or v1 != v0:
                    best2 = min(best2, _from_edge2(x0, y0, x1, y1, u1, v1))
                if x1 != x0 or y1 != y0:
                    best2 = min(best2, _from_edge2(u0, v0, u1, v1, x1, y1))
        distance[row] = math.sqrt(best2)
        if distance[row] > limits[row]:
            distance[row] = math.inf
    return distance
