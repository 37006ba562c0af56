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

__all__ = ["BLOCK", "EDGE", "POINT", "RECTANGLE", "TargetTree", "target_tree"]

Floats = npt.NDArray[np.float64]
Kinds = npt.NDArray[np.uint8]

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
    parts = _simple_parts(targets)
    is_area = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    curves, _ = explode(parts, shapely.get_num_interior_rings(parts) > 0, shapely.get_rings)
    vertices, curve = shapely.get_coordinates(_in_order(curves), return_index=True)
    if not np.isfinite(vertices).all():
        raise ValueError
    kinds = np.full(len(vertices), POINT, dtype=np.uint8)
    kinds[:-1][curve[1:] == curve[:-1]] = EDGE
    solid = deep_rectangles(parts[is_area], radius_m)
    if len(solid):
        vertices = np.vstack([vertices, solid.reshape(-1, 2)])
        kinds = np.concatenate([kinds, np.tile(np.array([RECTANGLE, POINT], np.uint8), len(solid))])
    leaves = 1 << max(0, int(np.ceil(np.log2(max(1, len(vertices)) / BLOCK))))
    return TargetTree(vertices, kinds, _boxes_over(vertices, kinds, leaves))


def _simple_parts(targets: Geometries) -> Geometries:
    """Give the points, lines and polygons that there are."""
    parts = targets
    while (several := shapely.get_type_id(parts) >= shapely.GeometryType.MULTIPOINT).any():
        parts, _ = explode(parts, several, shapely.get_parts)
    there: Geometries = parts[~shapely.is_empty(parts)]
    return there


def _in_order(curves: Geometries) -> Geometries:
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
    in_order: Geometries = curves[order]
    return in_order


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
