"""Searches among convex pieces, compiled."""

import math

import numpy as np
import numpy.typing as npt

from gis._compiled import compiled
from gis._pieces import LEAF_SIZE, PieceTree

__all__ = ["nearest_piece", "pieces_within", "way_to_piece"]

Floats = npt.NDArray[np.float64]
Solid = npt.NDArray[np.bool_]

# More than twice the depth of a tree over as many pieces as an address can count.
_STACK = 128


@compiled
def way_to_piece(
    ends: Floats, is_solid: Solid, piece: int, x: float, y: float
) -> tuple[float, float]:
    """Give the way, eastward and northward, from `x, y` to the nearest position of a piece."""
    x0, y0 = ends[piece, 0] - x, ends[piece, 1] - y
    x1, y1 = ends[piece, 2] - x, ends[piece, 3] - y
    if is_solid[piece]:
        return min(max(0.0, x0), x1), min(max(0.0, y0), y1)
    dx, dy = x1 - x0, y1 - y0
    length2 = dx * dx + dy * dy
    part = -(x0 * dx + y0 * dy) / length2 if length2 > 0 else 0.0
    if part >= 1.0:
        return x1, y1
    part = max(part, 0.0)
    return x0 + part * dx, y0 + part * dy


@compiled
def nearest_piece(tree: PieceTree, x: float, y: float, limit: float) -> tuple[int, float]:
    """Find the nearest piece within `limit`, and its distance; -1 if there is none."""
    waiting = np.empty(_STACK, np.int64)
    waiting[0], level = 1, 1
    nearest, best = -1, limit * limit
    leaves = len(tree.boxes) // 2
    while level:
        level -= 1
        node = waiting[level]
        if _box_distance2(tree.boxes, node, x, y) > best:
            continue
        if node >= leaves:
            first = (node - leaves) * LEAF_SIZE
            for piece in range(first, min(first + LEAF_SIZE, len(tree.ends))):
                dx, dy = way_to_piece(tree.ends, tree.is_solid, piece, x, y)
                if dx * dx + dy * dy <= best:
                    nearest, best = piece, dx * dx + dy * dy
            continue
        near, far = 2 * node, 2 * node + 1
        if _box_distance2(tree.boxes, far, x, y) < _box_distance2(tree.boxes, near, x, y):
            near, far = far, near
        waiting[level], waiting[level + 1] = far, near
        level += 2
    return nearest, math.sqrt(best)


@compiled
def pieces_within(tree: PieceTree, x: float, y: float, limit: float) -> npt.NDArray[np.int64]:
    """List the pieces not farther than `limit` from `x, y`, in their order."""
    waiting = np.empty(_STACK, np.int64)
    waiting[0], level = 1, 1
    found, count = np.empty(64, np.int64), 0
    leaves = len(tree.boxes) // 2
    while level:
        level -= 1
        node = waiting[level]
        if _box_distance2(tree.boxes, node, x, y) > limit * limit:
            continue
        if node < leaves:
            waiting[level], waiting[level + 1] = 2 * node + 1, 2 * node
            level += 2
            continue
        if count + LEAF_SIZE > len(found):
            found = np.concatenate((found, np.empty(len(found), np.int64)))
        first = (node - leaves) * LEAF_SIZE
        for piece in range(first, min(first + LEAF_SIZE, len(tree.ends))):
            dx, dy = way_to_piece(tree.ends, tree.is_solid, piece, x, y)
            if dx * dx + dy * dy <= limit * limit:
                found[count] = piece
                count += 1
    return found[:count]


@compiled
def _box_distance2(boxes: Floats, node: int, x: float, y: float) -> float:
    dx = max(0.0, boxes[node, 0] - x, x - boxes[node, 2])
    dy = max(0.0, boxes[node, 1] - y, y - boxes[node, 3])
    return dx * dx + dy * dy
