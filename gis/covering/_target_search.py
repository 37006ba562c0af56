"""The search among targets for what matters to a cell, compiled.

A list of *entries* stands for some of the pieces: an entry is a node of the tree, for all pieces
below it, or a piece, numbered from the number of nodes on. A node is *opened* when it is replaced
by its children. Nodes that are small beside a cell need not be opened: of what is under them their
boxes tell enough. The nearest position of a box bounds from below the distance of each piece under
it, and as no piece is farther from there than the diagonal, that much more bounds it from above.

What is found does not depend on how the pieces lie in the tree: whether anything reaches a disc,
and whether one piece covers it, is decided as if all pieces were looked at. So a zone has the same
share, digit by digit but for rounding, whatever else is on the map.
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gis._compiled import inner
from gis.covering._target_tree import BLOCK, POINT, RECTANGLE, TargetTree

__all__ = [
    "COVERED",
    "FULL",
    "STACK",
    "Around",
    "Listed",
    "Piece",
    "nearest_first",
    "piece_at",
    "sift",
    "way_to",
]

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


class Listed(NamedTuple):
    """Room for lists of entries, and how far the disc for which they were listed is from each."""

    entries: Ints
    gaps: Floats


@inner
def piece_at(around: Around, number: int) -> Piece:
    """Take a piece from the tree."""
    vertices, kind = around.tree.vertices, int(np.int64(around.tree.kinds[number]))
    end = number + (kind != POINT)
    return (
        kind,
        vertices[number, 0] - around.x,
        vertices[number, 1] - around.y,
        vertices[end, 0] - around.x,
        vertices[end, 1] - around.y,
    )


@inner
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


@inner
def sift(
    around: Around, listed: Listed, span: tuple[int, int], disc: tuple[float, float, float],
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
        Nodes with boxes of a longer diagonal are opened: all if it is less than 0, and none, not
        even where that would settle something, if it is infinite.

    Returns
    -------
    int
        How many were kept, the first of them one of the nearest. None matters if the disc is out
        of reach. `COVERED` if all of it is within the radius of one entry, which is written there;
        `FULL` if the list is.
    """
    nodes, waiting, slack = len(around.tree.boxes), around.waiting, around.slack
    entries, gaps = listed
    x, y, reach = disc
    covers, touches = around.radius - reach - slack, around.radius + reach
    nearest, at, top = math.inf, span[1], span[1]
    may_open = grain < math.inf
    limit2 = (touches + slack) ** 2
    for row in range(span[0], span[1]):
        waiting[0], level = entries[row], 1
        while level:
            level -= 1
            entry = waiting[level]
            piece, extent = _box_of(around, entry) if entry < nodes else _alone(around, entry)
            dx, dy = way_to(piece, x, y)
            gap2 = dx * dx + dy * dy
            if gap2 > limit2:
                continue
            gap = math.sqrt(gap2)
            farthest = gap + extent
            # Only its pieces tell whether one of them covers the disc, or any reaches it.
            is_doubtful = gap <= covers < farthest or min(farthest, nearest) > touches
            if entry < nodes and farthest > covers and (extent > grain or is_doubtful) and may_open:
                level = _open(around, entry, level)
                continue
            if top == len(entries):
                return FULL
            if farthest < nearest:
                nearest, at = farthest, top
                if nearest <= covers:
                    entries[span[1]] = entry
                    return COVERED
                limit2 = min(limit2, (nearest + 2 * reach + slack) ** 2)
            entries[top], gaps[top] = entry, gap
            top += 1
    if top > span[1]:
        entries[span[1]], entries[at] = entries[at], entries[span[1]]
        gaps[span[1]], gaps[at] = gaps[at], gaps[span[1]]
    return top - span[1]


@inner
def nearest_first(
    around: Around, listed: Listed, span: tuple[int, int], more: float
) -> int:  # fmt: skip
    """Sort a list of pieces by how far they are; of equally near ones by what they are.

    So they come in the same order however they lie in the tree. Those that are farther than the
    first by `more` are left out.

    Returns
    -------
    int
        How many are left.
    """
    entries, gaps = listed
    nodes, limit, end = len(around.tree.boxes), gaps[span[0]] + more + around.slack, span[0]
    for row in range(span[0], span[1]):
        entry, gap, to = entries[row], gaps[row], end
        if gap > limit:
            continue
        while to > span[0] and gap <= gaps[to - 1]:
            other = entries[to - 1]
            if gap == gaps[to - 1] and (
                piece_at(around, other - nodes) <= piece_at(around, entry - nodes)
            ):
                break
            entries[to], gaps[to] = other, gaps[to - 1]
            to -= 1
        entries[to], gaps[to] = entry, gap
        end += 1
    return end - span[0]


@inner
def _box_of(around: Around, node: int) -> tuple[Piece, float]:
    """Give the box of a node, and its diagonal."""
    boxes = around.tree.boxes
    x0, y0 = boxes[node, 0] - around.x, boxes[node, 1] - around.y
    x1, y1 = boxes[node, 2] - around.x, boxes[node, 3] - around.y
    return (RECTANGLE, x0, y0, x1, y1), math.sqrt((x1 - x0) ** 2 + (y1 - y0) ** 2)


@inner
def _alone(around: Around, entry: int) -> tuple[Piece, float]:
    """Give the piece that an entry is, which bounds its distance from above by itself."""
    return piece_at(around, entry - len(around.tree.boxes)), 0.0


@inner
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
