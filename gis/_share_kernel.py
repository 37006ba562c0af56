"""The inner loops of `share_covered`, compiled; the proof of what they do stands there.

A *cell* is the shape that is left of a zone within a rectangle, its *reach* the distance from its
middle to its farthest vertex. All coordinates are counted from the middle of the zone, so that
their rounding errors are those of the zone's extent and not of its place on the map.
"""

import math
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from gis._compiled import compiled
from gis._piece_search import nearest_piece, pieces_within, way_to_piece
from gis._pieces import PieceTree
from gis._shapes import area_of, clip, half, middle_of, reach_of

__all__ = ["Zones", "bound_shares"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Rows = TypeVar("Rows", Floats, Ints)

# A distance between positions with coordinates up to m is off by less than this times m.
_ROUNDING = 32 * 2.0**-53

# A cell is bounded as soon as a rough guess of what it leaves open is within this factor of the
# aim, and halved before that.
_WORTH_BOUNDING = 8.0

# Cells that wait; a cell that finds no room is not halved. 250 halvings turn a continent to dust.
_STACK = 256


class Zones(NamedTuple):
    """Areas as rings.

    Ring i has the rows of `vertices` from `rings[i]` to `rings[i + 1]`, the last of them equal to
    the first; it turns left around an area and right around a hole. Zone j has the rings from
    `starts[j]` to `starts[j + 1]`.
    """

    vertices: Floats
    rings: Ints
    starts: Ints


class Pieces(NamedTuple):
    """The pieces that matter for a zone, and the radius around them.

    `slack` is more than the rounding error of any distance between zone and pieces.
    """

    ends: Floats
    is_solid: npt.NDArray[np.bool_]
    radius: float
    slack: float


@compiled
def bound_shares(
    zones: Zones, span: tuple[int, int], tree: PieceTree, radius: float, max_width: float
) -> Floats:
    """Give lower and upper bound of the covered share of the zones in `span`, a row for each."""
    first, last = span
    bounds = np.empty((last - first, 2))
    for zone in range(first, last):
        rings = zones.rings[zones.starts[zone] : zones.starts[zone + 1] + 1]
        x, y = middle_of(zones.vertices[rings[0] : rings[-1]])
        shape = _join_rings(zones.vertices, rings, x, y)
        lower, upper = _bound_share(shape, tree, (x, y), radius, max_width)
        bounds[zone - first, 0], bounds[zone - first, 1] = lower, upper
    return bounds


@compiled
def _join_rings(vertices: Floats, rings: Ints, x: float, y: float) -> Floats:
    """Join rings to one closed curve, counted from `x, y`.

    A bridge leads from the first vertex of each ring to that of the next, and from the last ring
    the same bridges lead back: what is walked there and back adds nothing to a winding number.
    """
    bridgeheads = rings[1 : max(1, len(rings) - 2)][::-1]
    length = rings[-1] - rings[0]
    shape = np.empty((length + len(bridgeheads), 2))
    shape[:length] = vertices[rings[0] : rings[-1]]
    for row in range(len(bridgeheads)):
        shape[length + row] = vertices[bridgeheads[row]]
    for row in range(len(shape)):
        shape[row, 0] -= x
        shape[row, 1] -= y
    return shape


@compiled
def _bound_share(
    shape: Floats, tree: PieceTree, middle: tuple[float, float], radius: float, max_width: float
) -> tuple[float, float]:
    """Bound the covered share of the zone that has `shape` about `middle`."""
    x, y = middle
    reach = reach_of(shape, 0.0, 0.0)
    slack = _ROUNDING * (reach + radius + _extent_about(tree, x, y))
    piece, nearest = nearest_piece(tree, x, y, radius + reach + slack)
    if piece < 0:
        return 0.0, 0.0
    if _covers(_counted_from(tree, np.array([piece]), middle, radius, slack), 0, shape):
        return 1.0, 1.0
    near = pieces_within(tree, x, y, min(radius, nearest + reach) + reach + slack)
    return _refine(shape, _counted_from(tree, near, middle, radius, slack), max_width)


@compiled
def _counted_from(
    tree: PieceTree, listed: Ints, middle: tuple[float, float], radius: float, slack: float
) -> Pieces:
    """Take pieces from the tree, counted from `middle`."""
    ends = tree.ends[listed]
    for row in range(len(ends)):
        for column in range(4):
            ends[row, column] -= middle[column % 2]
    return Pieces(ends, tree.is_solid[listed], radius, slack)


@compiled
def _extent_about(tree: PieceTree, x: float, y: float) -> float:
    """Give the greatest coordinate that any piece has when counted from `x, y`."""
    x_min, y_min, x_max, y_max = tree.boxes[1]
    return max(x - x_min, x_max - x, y - y_min, y_max - y)


@compiled
def _refine(shape: Floats, pieces: Pieces, max_width: float) -> tuple[float, float]:
    """Bound the covered share with ever smaller cells until the interval is narrow.

    Cells of size s along a frontier of length l leave open an area of about s^3 / 2 radius each,
    and there are l / s of them: the sum goes with the power 2/3 of what one may leave open.
    """
    area = area_of(shape)
    aim = max_width * area
    allowed = min(aim, aim**1.5 * math.sqrt(2 * pieces.radius) / (4 * area) ** 0.75)
    while True:
        covered, uncovered, left_open, noise = _sum_cells(shape, pieces, allowed)
        if left_open == 0.0 and (covered == 0.0 or uncovered == 0.0):
            return (0.0, 0.0) if covered == 0.0 else (1.0, 1.0)
        noise += abs(area - covered - uncovered - left_open)
        if left_open + 2 * noise <= aim or allowed <= noise:
            return (covered - noise) / area, 1.0 - (uncovered - noise) / area
        allowed *= min(0.25, 0.7 * (aim / left_open) ** 1.5)


@compiled
def _sum_cells(shape: Floats, pieces: Pieces, allowed: float) -> tuple[float, float, float, float]:
    """Halve cells until each is covered, uncovered, or leaves open no more area than `allowed`.

    The cells that wait lie on a stack, with their vertices in `shapes` and the pieces that
    matter to them in `listed`.

    Returns
    -------
    covered, uncovered, left_open, noise
        Areas; `noise` bounds the rounding errors of their sum.
    """
    extent = reach_of(shape, 0.0, 0.0)
    waiting = np.zeros((_STACK, 4), np.int64)
    waiting[0, 1], waiting[0, 3] = len(shape), len(pieces.ends)
    shapes, listed = shape.copy(), np.arange(len(pieces.ends), dtype=np.int64)
    covered, uncovered, left_open, noise = 0.0, 0.0, 0.0, 0.0
    level = 1
    while level:
        level -= 1
        bottom, top, first, last = waiting[level]
        cell = shapes[bottom:top].copy()
        area, reach = area_of(cell), reach_of(cell, *middle_of(cell))
        noise += _ROUNDING * len(cell) * reach * extent
        listed = _with_room(listed, 2 * last - first)
        kept, is_covered = _sift(pieces, listed, first, last, cell, reach)
        if is_covered or kept == 0:
            covered, uncovered = covered + area * is_covered, uncovered + area * (not is_covered)
            continue
        first, last = last, last + kept
        is_final = area <= allowed or level + 2 > _STACK
        if is_final or reach**3 <= _WORTH_BOUNDING * allowed * max(pieces.radius, reach):
            least, most = _bound_uncovered(pieces, listed[first:last], cell)
            if is_final or most - least <= allowed:
                covered, uncovered = covered + area - most, uncovered + least
                left_open += most - least
                continue
        for side in range(2):
            part = half(cell, side)
            top = bottom + len(part)
            shapes = _with_room(shapes, top)
            shapes[bottom:top] = part
            waiting[level] = bottom, top, first, last
            bottom, level = top, level + 1
    return covered, uncovered, left_open, noise


@compiled
def _sift(
    pieces: Pieces, listed: Ints, first: int, last: int, cell: Floats, reach: float
) -> tuple[int, bool]:
    """Write the pieces that matter to `cell` behind the list from which they are taken.

    Returns
    -------
    kept, is_covered
        How many; none if the nearest piece covers the cell, and it is told so.
    """
    x, y = middle_of(cell)
    gaps = np.empty(last - first)
    nearest, nearest_gap = -1, math.inf
    for entry in range(first, last):
        gap = _distance(pieces, listed[entry], x, y)
        gaps[entry - first] = gap
        if gap < nearest_gap:
            nearest, nearest_gap = listed[entry], gap
    if nearest_gap <= pieces.radius and _covers(pieces, nearest, cell):
        return 0, True
    limit = min(pieces.radius, nearest_gap + reach) + reach + pieces.slack
    kept = 0
    for entry in range(first, last):
        if gaps[entry - first] <= limit:
            listed[last + kept] = listed[entry]
            kept += 1
    return kept, False


@compiled
def _bound_uncovered(pieces: Pieces, listed: Ints, cell: Floats) -> tuple[float, float]:
    """Bound the uncovered area of `cell` by cutting half planes off it."""
    surely, possibly = cell, cell
    for piece in listed:
        a, b, c = tangent = _tangent(pieces, piece, cell)
        lowest, bulge = _compare(pieces, piece, tangent, cell)
        if lowest > pieces.slack:
            continue
        possibly = clip(possibly, a, b, c + bulge + pieces.slack)
        if len(possibly) == 0:
            return 0.0, 0.0
        if len(surely) > 0:
            surely = clip(surely, a, b, c - pieces.slack)
    return area_of(surely), area_of(possibly)


@compiled
def _tangent(pieces: Pieces, piece: int, cell: Floats) -> tuple[float, float, float]:
    """Touch the distance from a piece, less the radius, in the middle of a cell.

    Returns
    -------
    a, b, c
        The tangent plane is a x + b y + c.
    """
    x, y = middle_of(cell)
    dx, dy = way_to_piece(pieces.ends, pieces.is_solid, piece, x, y)
    gap = math.sqrt(dx * dx + dy * dy)
    if gap == 0.0:
        return 0.0, 0.0, -pieces.radius
    a, b = -dx / gap, -dy / gap
    return a, b, gap - pieces.radius - a * x - b * y


@compiled
def _compare(
    pieces: Pieces, piece: int, tangent: tuple[float, float, float], cell: Floats
) -> tuple[float, float]:
    """Compare, over a cell, the tangent plane with the distance less the radius.

    Returns
    -------
    lowest, bulge
        The least value of the tangent plane; the most by which the distance exceeds it. Both are
        found at vertices, as the one is linear and the other convex.
    """
    a, b, c = tangent
    lowest, bulge = math.inf, 0.0
    for row in range(len(cell)):
        x, y = cell[row]
        height = a * x + b * y + c
        lowest = min(lowest, height)
        bulge = max(bulge, _distance(pieces, piece, x, y) - pieces.radius - height)
    return lowest, bulge


@compiled
def _covers(pieces: Pieces, piece: int, cell: Floats) -> bool:
    """Tell whether every vertex of a cell is within the radius of a piece."""
    for row in range(len(cell)):
        x, y = cell[row]
        if _distance(pieces, piece, x, y) > pieces.radius - pieces.slack:
            return False
    return True


@compiled
def _distance(pieces: Pieces, piece: int, x: float, y: float) -> float:
    dx, dy = way_to_piece(pieces.ends, pieces.is_solid, piece, x, y)
    return math.sqrt(dx * dx + dy * dy)


@compiled
def _with_room(values: Rows, length: int) -> Rows:
    """Give `values` in an array of at least `length` rows, the rest of which is undefined."""
    while len(values) < length:
        values = np.concatenate((values, np.empty_like(values)))
    return values
