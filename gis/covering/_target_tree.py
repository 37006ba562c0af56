"""Targets as runs of vertices under a tree of boxes, made in one pass over their coordinates.

Whatever a target is, it is taken as a row of *pieces*, one for each vertex: the edge to the next
vertex, the vertex alone, or a rectangle between this vertex and the next. Pieces are convex, so
that the distance to each is a convex function, which is what `share_covered` rests on. The last
vertex of a curve stands alone; it is a part of the target anyhow.

Only the boundary of an area is there, which within the radius reaches everything that the inside
reaches. Where the inside is deeper than the radius, rectangles stand in for it.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from gis._compiled import compiled
from gis.contracts import Geometries
from gis.covering._exploding import explode
from gis.nearness._pieces import curve_position, deep_rectangles

__all__ = ["BLOCK", "EDGE", "POINT", "RECTANGLE", "TargetTree", "owned_tree", "target_tree"]

Floats = npt.NDArray[np.float64]
Kinds = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]

# What piece i is: vertex i alone, the edge from it to the next, a rectangle between both.
POINT, EDGE, RECTANGLE = 0, 1, 2

# Pieces under a leaf of the tree.
BLOCK = 8


class TargetTree(NamedTuple):
    """Pieces, and boxes around them.

    `vertices` has a row `x, y` for each piece, `kinds` what it is. `boxes` has a row
    `x_min, y_min, x_max, y_max` for each node: node 1 is the root, 2 i and 2 i + 1 are the
    children of i, and the last half are leaves, the j-th of which holds the pieces from j BLOCK
    on. A node without pieces has the box inf, inf, -inf, -inf.
    """

    vertices: Floats
    kinds: Kinds
    boxes: Floats


def target_tree(targets: Geometries, radius_m: float) -> TargetTree:
    """Put `targets` under a tree; the order in which they come changes nothing in it.

    Consecutive vertices are near each other as they are. So it is enough to take the curves along
    a space-filling one; no edge is moved.

    Raises
    ------
    ValueError
        Where a coordinate is not finite.
    """
    parts, _ = _simple_parts(targets)
    vertices, kinds, _ = _boundary(parts)
    return _tree_over(vertices, kinds, deep_rectangles(parts[_is_area(parts)], radius_m))


def owned_tree(targets: Geometries, radius_m: float) -> tuple[TargetTree, Ints]:
    """Do the same, and give for each piece the position of the target that it is of.

    Raises
    ------
    ValueError
        Where a coordinate is not finite.
    """
    parts, owner = _simple_parts(targets)
    vertices, kinds, part = _boundary(parts)
    extent = shapely.bounds(parts).reshape(-1, 2, 2)
    is_wide = _is_area(parts) & ((extent[:, 1] - extent[:, 0]).min(axis=1) > 2 * radius_m)
    wide = np.flatnonzero(is_wide)
    solid = [deep_rectangles(parts[at : at + 1], radius_m) for at in wide]
    inside = np.repeat(wide, [2 * len(one) for one in solid])
    tree = _tree_over(vertices, kinds, np.vstack([np.empty((0, 4)), *solid]))
    return tree, owner[np.concatenate([part, inside])].astype(np.int64)


def _is_area(parts: Geometries) -> npt.NDArray[np.bool_]:
    is_area: npt.NDArray[np.bool_] = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    return is_area


def _simple_parts(targets: Geometries) -> tuple[Geometries, npt.NDArray[np.intp]]:
    """Give the points, lines and polygons that there are, and of which target each is."""
    parts, owner = targets, np.arange(len(targets))
    while (several := shapely.get_type_id(parts) >= shapely.GeometryType.MULTIPOINT).any():
        parts, whole = explode(parts, several, shapely.get_parts)
        owner = owner[whole]
    there = ~shapely.is_empty(parts)
    return parts[there], owner[there]


def _boundary(parts: Geometries) -> tuple[Floats, Kinds, npt.NDArray[np.intp]]:
    """Take points, lines and boundaries as pieces; say of which part each is."""
    curves, part = explode(parts, shapely.get_num_interior_rings(parts) > 0, shapely.get_rings)
    order = _in_order(curves)
    vertices, curve = shapely.get_coordinates(curves[order], return_index=True)
    if not np.isfinite(vertices).all():
        raise ValueError
    kinds = np.full(len(vertices), POINT, dtype=np.uint8)
    kinds[:-1][curve[1:] == curve[:-1]] = EDGE
    return vertices, kinds, part[order][curve]


def _tree_over(vertices: Floats, kinds: Kinds, solid: Floats) -> TargetTree:
    """Put pieces and rectangles under a tree."""
    if len(solid):
        vertices = np.vstack([vertices, solid.reshape(-1, 2)])
        kinds = np.concatenate([kinds, np.tile(np.array([RECTANGLE, POINT], np.uint8), len(solid))])
    leaves = 1 << max(0, int(np.ceil(np.log2(max(1, len(vertices)) / BLOCK))))
    return TargetTree(vertices, kinds, _boxes_over(vertices, kinds, leaves))


def _in_order(curves: Geometries) -> npt.NDArray[np.intp]:
    """Sort along a space-filling curve, and by their bytes those that have the same place.

    Raises
    ------
    ValueError
        Where a coordinate is infinite.
    """
    bounds = shapely.bounds(curves).reshape(-1, 4)
    if not np.isfinite(bounds).all():
        raise ValueError
    place = curve_position(bounds[:, :2] + bounds[:, 2:])
    order = np.argsort(place, kind="stable")
    same = place[order][1:] == place[order][:-1]
    if same.any():
        tied = np.union1d(order[:-1][same], order[1:][same])
        name = np.zeros(len(order), dtype=np.int64)
        _, name[tied] = np.unique(shapely.to_wkb(curves[tied], hex=True), return_inverse=True)
        order = np.lexsort((name, place))
    return order


@compiled
def _boxes_over(vertices: Floats, kinds: Kinds, leaves: int) -> Floats:
    """Put a box around each block of pieces, around two of them, and so on up to the root."""
    boxes = np.empty((2 * leaves, 4))
    boxes[:, :2], boxes[:, 2:] = np.inf, -np.inf
    for piece in range(len(vertices)):
        box = boxes[leaves + piece // BLOCK]
        for vertex in range(piece, piece + (1 if kinds[piece] == POINT else 2)):
            x, y = vertices[vertex]
            box[0], box[1] = min(box[0], x), min(box[1], y)
            box[2], box[3] = max(box[2], x), max(box[3], y)
    for node in range(leaves - 1, 0, -1):
        one, other, box = boxes[2 * node], boxes[2 * node + 1], boxes[node]
        box[0], box[1] = min(one[0], other[0]), min(one[1], other[1])
        box[2], box[3] = max(one[2], other[2]), max(one[3], other[3])
    return boxes
