"""The search among targets for what matters to a cell, compiled.

A list of *entries* stands for some of the pieces: an entry is a node of the tree, for all pieces
below it, or a piece, numbered from the number of nodes on. A node is *opened* when it is replaced
by its children. Nodes that are small beside a cell need not be opened: of what is under them their
boxes tell enough. The nearest position of a box bounds from below the distance of each piece under
it, and as no piece is farther from there than the diagonal, that much more bounds it from above.
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gis._compiled import compiled
from gis.covering._target_tree import BLOCK, POINT, RECTANGLE, TargetTree

__all__ = ["COVERED", "FULL", "STACK", "Around", "Piece", "piece_at", "sift", "way_to"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Kind and both vertices, counted from the middle of the zone.
Piece = tuple[int, float, float, float, float]

# More than twice the depth of a tree over as many pieces as an address can count, and a block.
STACK = 160

# What `sift` gives when the list has no more room, and when one entry covers all.
FULL, COVERED = -2, -1


class Around(NamedTuple):
    """The pieces around a zone, counted from its middle `x, y`, and the radius.

    `slack` is more than the rounding error of any distance between zone and pieces. `waiting` is
    where nodes wait to be opened.
    """

    tree: TargetTree
    x: float
    y: float
    radius: float
    slack: float
    waiting: Ints


@compiled
def piece_at(around: Around, number: int) -> Piece:
    """Take a piece from the tree."""
    vertices, kind = around.tree.vertices, around.tree.kinds[number]
    end = number + (kind != POINT)
    return (
        kind,
        vertices[number, 0] - around.x,
        vertices[number, 1] - around.y,
        vertices[end, 0] - around.x,
        vertices[end, 1] - around.y,
    )


@compiled
def way_to(piece: Piece, x: float, y: float) -> tuple[float, float]:
    """Give the way, eastward and northward, from `x, y` to the nearest position of a piece."""
    kind, x0, y0, x1, y1 = piece
    x0, y0, x1, y1 = x0 - x, y0 - y, x1 - x, y1 - y
    if kind == RECTANGLE:
        return min(max(0.0, x0), x1), min(max(0.0, y0), y1)
    dx, dy = x1 - x0, y1 - y0
    along, length2 = -(x0 * dx + y0 * dy), dx * dx + dy * dy
    if along <= 0.0:
        return x0, y0
    if along >= length2:
        return x1, y1
    part = along / length2
    return x0 + part * dx, y0 + part * dy


@compiled
def sift(
    around: Around, listed: Ints, span: tuple[int, int], disc: tuple[float, float, float],
    grain: float,
) -> int:  # fmt: skip
    """Write the entries that matter to a disc behind the list from which they are taken.

    Parameters
    ----------
    listed, span
        Entries, and from where to where those to be sifted stand.
    disc
        Its middle `x, y` and its reach: what holds for the disc holds for a cell in it.
    grain
        Nodes with boxes of a longer diagonal are opened.

    Returns
    -------
    int
        How many were kept, the first of them one of the nearest. None matters if the disc is out
        of reach. `COVERED` if all of it is within the radius of one entry, which is written there;
        `FULL` if the list is.
    """
    boxes, waiting, slack = around.tree.boxes, around.waiting, around.slack
    x, y, reach = disc
    nearest, at, top = around.radius + 2 * reach, span[1], span[1]
    limit2 = (around.radius + reach + slack) ** 2
    for row in range(span[0], span[1]):
        waiting[0], level = listed[row], 1
        while level:
            level -= 1
            entry = waiting[level]
            if entry < len(boxes):
                piece, extent = _box_of(around, entry)
            else:
                piece, extent = piece_at(around, entry - len(boxes)), 0.0
            dx, dy = way_to(piece, x, y)
            if dx * dx + dy * dy > limit2:
                continue
            if extent > grain:
                level = _open(around, entry, level)
                continue
            if top == len(listed):
                return FULL
            gap = math.sqrt(dx * dx + dy * dy)
            if gap + extent < nearest:
                nearest, at = gap + extent, top
                if nearest + reach + slack <= around.radius:
                    listed[span[1]] = entry
                    return COVERED
                limit2 = min(limit2, (nearest + 2 * reach + slack) ** 2)
            listed[top] = entry
            top += 1
    if top > span[1]:
        listed[span[1]], listed[at] = listed[at], listed[span[1]]
    return top - span[1]


@compiled
def _box_of(around: Around, node: int) -> tuple[Piece, float]:
    """Give the box of a node, and its diagonal."""
    boxes = around.tree.boxes
    x0, y0 = boxes[node, 0] - around.x, boxes[node, 1] - around.y
    x1, y1 = boxes[node, 2] - around.x, boxes[node, 3] - around.y
    return (RECTANGLE, x0, y0, x1, y1), math.sqrt((x1 - x0) ** 2 + (y1 - y0) ** 2)


@compiled
def _open(around: Around, node: int, level: int) -> int:
    """Have the children of a node wait; give the new level."""
    waiting, nodes = around.waiting, len(around.tree.boxes)
    if node < nodes // 2:
        waiting[level], waiting[level + 1] = 2 * node, 2 * node + 1
        return level + 2
    first = (node - nodes // 2) * BLOCK
    for piece in range(first, min(first + BLOCK, len(around.tree.kinds))):
        waiting[level] = nodes + piece
        level += 1
    return level
