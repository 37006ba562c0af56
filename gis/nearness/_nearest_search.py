"""The search for the nearest target of many places at once, compiled.

Neither touches the other: that is known before. So the distance of two edges is the least of the
distances of their four ends from the other edge, and the distance of place and target the least of
those of their edges.
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gis._compiled import compiled, inner
from gis.nearness._pieces import LEAF_SIZE, PieceTree

__all__ = ["Outlines", "nearest_owners"]

Box = tuple[float, float, float, float]  # x_min, y_min, x_max, y_max
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# More than twice the depth of a tree over as many pieces as an address can count.
_STACK = 128

# Edges of a place that go down the tree together: so few that their box is small.
_TOGETHER = 16


class Outlines(NamedTuple):
    """The edges of places: those of place i have the rows of `ends` from `starts[i]` on."""

    ends: Floats
    starts: Ints


@compiled
def nearest_owners(
    places: Outlines, span: tuple[int, int], tree: PieceTree, owners: Ints, limit: float
) -> tuple[Floats, Ints]:
    """Find the nearest edge in the tree of the places in `span`.

    Returns
    -------
    distance, owner
        For each place: how far, infinite beyond `limit`; the least of the `owners` of the edges
        that are that far, -1 where there is none.
    """
    first, last = span
    distance = np.full(last - first, math.inf)
    owner = np.full(last - first, -1, np.int64)
    waiting = np.empty(_STACK, np.int64)
    for place in range(first, last):
        best2, found = limit * limit, -1
        for edge in range(places.starts[place], places.starts[place + 1], _TOGETHER):
            edges = places.ends[edge : min(edge + _TOGETHER, places.starts[place + 1])]
            best2, found = _search(edges, tree, owners, waiting, best2, found)
        if found >= 0:
            distance[place - first], owner[place - first] = math.sqrt(best2), found
    return distance, owner


@inner
def _search(
    edges: Floats, tree: PieceTree, owners: Ints, waiting: Ints, best2: float, found: int
) -> tuple[float, int]:
    """Go down the tree with a few edges, to where something nearer than `best2` may be."""
    box = _box_of(edges)
    waiting[0], level = 1, 1
    leaves = len(tree.boxes) // 2
    while level:
        level -= 1
        node = waiting[level]
        if _to_node2(box, tree, node) > best2:
            continue
        if node >= leaves:
            first = (node - leaves) * LEAF_SIZE
            for piece in range(first, min(first + LEAF_SIZE, len(tree.ends))):
                gap2 = _to_piece2(edges, box, tree, piece, best2)
                if gap2 < best2 or (gap2 == best2 and found < 0):
                    best2, found = gap2, owners[piece]
                elif gap2 == best2:
                    found = min(found, owners[piece])
            continue
        near, far = 2 * node, 2 * node + 1
        if _to_node2(box, tree, far) < _to_node2(box, tree, near):
            near, far = far, near
        waiting[level], waiting[level + 1] = far, near
        level += 2
    return best2, found


@inner
def _to_piece2(edges: Floats, box: Box, tree: PieceTree, piece: int, best2: float) -> float:
    """Give the squared distance of edges in a box from a piece; any if it exceeds `best2`."""
    x0, y0, x1, y1 = tree.ends[piece]
    around = (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
    if _gap2(box, around) > best2:
        return math.inf
    least = math.inf
    for edge in range(len(edges)):
        u0, v0, u1, v1 = edges[edge]
        if _gap2((min(u0, u1), min(v0, v1), max(u0, u1), max(v0, v1)), around) > best2:
            continue
        gap2 = min(
            _from_edge2(u0, v0, u1, v1, x0, y0),
            _from_edge2(u0, v0, u1, v1, x1, y1),
            _from_edge2(x0, y0, x1, y1, u0, v0),
            _from_edge2(x0, y0, x1, y1, u1, v1),
        )
        least = min(least, gap2)
        best2 = min(best2, gap2)
    return least


@inner
def _box_of(edges: Floats) -> Box:
    x_min, y_min, x_max, y_max = math.inf, math.inf, -math.inf, -math.inf
    for x0, y0, x1, y1 in edges:
        x_min, y_min = min(x_min, x0, x1), min(y_min, y0, y1)
        x_max, y_max = max(x_max, x0, x1), max(y_max, y0, y1)
    return x_min, y_min, x_max, y_max


@inner
def _gap2(one: Box, other: Box) -> float:
    """Give the squared distance of two boxes."""
    dx = max(0.0, other[0] - one[2], one[0] - other[2])
    dy = max(0.0, other[1] - one[3], one[1] - other[3])
    return dx * dx + dy * dy


@inner
def _to_node2(box: Box, tree: PieceTree, node: int) -> float:
    """Give the squared distance of a box from that of a node."""
    x_min, y_min, x_max, y_max = tree.boxes[node]
    return _gap2(box, (x_min, y_min, x_max, y_max))


@inner
def _from_edge2(x0: float, y0: float, x1: float, y1: float, x: float, y: float) -> float:
    """Give the squared distance of the position `x, y` from an edge."""
    x0, y0, x1, y1 = x0 - x, y0 - y, x1 - x, y1 - y
    dx, dy = x1 - x0, y1 - y0
    length2 = dx * dx + dy * dy
    along = -(x0 * dx + y0 * dy)
    if along <= 0.0:
        return x0 * x0 + y0 * y0
    if along >= length2:
        return x1 * x1 + y1 * y1
    across = x0 * dy - y0 * dx
    return across * across / length2
