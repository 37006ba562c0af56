"""The inner loops of `share_covered`, compiled; the proof of what they do stands there.

A *cell* is the shape that is left of a zone within a rectangle, its *reach* the distance from its
middle to its farthest vertex. All coordinates are counted from the middle of the zone, so that
their rounding errors are those of the zone's extent and not of its place on the map.
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gis._compiled import compiled, inner
from gis.covering._shapes import area_of, clip, half, middle_of, reach_of
from gis.covering._target_search import (
    COVERED,
    FULL,
    STACK,
    Around,
    Listed,
    Piece,
    nearest_first,
    piece_at,
    sift,
    way_to,
)
from gis.covering._target_tree import TargetTree

__all__ = ["Zones", "bound_shares"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# A distance between positions with coordinates up to m is off by less than this times m.
_ROUNDING = 32 * 2.0**-53

# A cell is bounded as soon as a rough guess of what it leaves open is within this factor of the
# aim, and halved before that.
_WORTH_BOUNDING = 4.0

# A first guess of what a cell may leave open, against one that is nearly always small enough.
_GUESS = 3.0

# Nodes are opened until their boxes are so small beside the reach of a cell.
_GRAIN = 1.0

# Cells that wait; a cell that finds no room is not halved. 250 halvings turn a continent to dust.
_WAITING = 256

# Rows for shapes and for entries to begin with; a zone that needs more gets twice as many.
_ROWS = 4096


class Zones(NamedTuple):
    """Areas as rings.

    Ring i has the rows of `vertices` from `rings[i]` to `rings[i + 1]`, the last of them equal to
    the first; it goes around an area, or around a hole of it where not `is_outer`. Zone j has the
    rings from `starts[j]` to `starts[j + 1]`.
    """

    vertices: Floats
    rings: Ints
    is_outer: npt.NDArray[np.bool_]
    starts: Ints


class Desk(NamedTuple):
    """Room to work: shapes, lists of entries, and cells that wait, as rows of both."""

    room: Floats
    listed: Listed
    cells: Ints


class Sums(NamedTuple):
    """Areas of a zone; `noise` bounds the rounding errors of their sum."""

    covered: float
    uncovered: float
    left_open: float
    noise: float
    had_room: bool


def bound_shares(
    zones: Zones, asked: Ints, tree: TargetTree, radius: float, max_width: float
) -> Floats:
    """Give lower and upper bound of the covered share of the zones that are asked for, in rows."""
    bounds, waiting = np.empty((len(asked), 2)), np.empty(STACK, np.int64)
    row, rows = 0, _ROWS
    while row < len(asked):
        listed = Listed(np.empty(rows, np.int64), np.empty(rows))
        desk = Desk(np.empty((rows, 2)), listed, np.empty((_WAITING, 4), np.int64))
        row = _bound_shares(zones, asked, row, tree, (radius, max_width), desk, waiting, bounds)
        rows *= 2
    return bounds


@compiled
def _bound_shares(  # noqa: PLR0913, PLR0917 (a compiled loop takes arrays)
    zones: Zones,
    asked: Ints,
    begin: int,
    tree: TargetTree,
    limits: tuple[float, float],
    desk: Desk,
    waiting: Ints,
    bounds: Floats,
) -> int:
    """Write rows of bounds from `begin` on; give the one for which there was no room on the desk.

    `limits` are the radius and the greatest width of an interval.
    """
    radius, max_width = limits
    nearest = 1
    for row in range(begin, len(asked)):
        zone = asked[row]
        first, last = zones.starts[zone], zones.starts[zone + 1]
        if len(desk.room) < 8 * (zones.rings[last] - zones.rings[first] + last - first):
            return row
        x, y = middle_of(zones.vertices, zones.rings[first], zones.rings[last])
        length = _join_rings(zones, zone, x, y, desk.room)
        reach = reach_of(desk.room, 0, length, 0.0, 0.0)
        slack = _ROUNDING * (reach + radius + _extent_about(tree, x, y))
        around = Around(tree, x, y, radius, slack, waiting)
        # What covers a zone is often what covers the next one.
        desk.listed.entries[0], desk.listed.entries[1] = nearest, 1
        if sift(around, desk.listed, (0, 1), (0.0, 0.0, reach), math.inf) == COVERED:
            bounds[row, 0], bounds[row, 1] = 1.0, 1.0
            continue
        bounds[row, 0], bounds[row, 1], had_room = _refine(desk, length, around, max_width)
        if not had_room:
            return row
        nearest = desk.listed.entries[1]
    return len(asked)


@inner
def _join_rings(zones: Zones, zone: int, x: float, y: float, room: Floats) -> int:
    """Join rings to one closed curve, counted from `x, y`; give how many rows of `room` it takes.

    It turns left around areas and right around holes.
    A bridge leads from the first vertex of each ring to that of the next, and from the last ring
    the same bridges lead back: what is walked there and back adds nothing to a winding number.
    """
    vertices, rings = zones.vertices, zones.rings
    first, last = zones.starts[zone], zones.starts[zone + 1]
    row = 0
    for ring in range(first, last):
        begin, end = rings[ring], rings[ring + 1]
        turns_left = area_of(vertices, begin, end) > 0
        for step in range(end - begin):
            vertex = begin + step if turns_left == zones.is_outer[ring] else end - 1 - step
            room[row, 0], room[row, 1] = vertices[vertex, 0] - x, vertices[vertex, 1] - y
            row += 1
    for ring in range(last - 2, first, -1):
        vertex = rings[ring]
        room[row, 0], room[row, 1] = vertices[vertex, 0] - x, vertices[vertex, 1] - y
        row += 1
    return row


@inner
def _extent_about(tree: TargetTree, x: float, y: float) -> float:
    """Give the greatest coordinate that any piece has when counted from `x, y`; 0 without one."""
    boxes = tree.boxes
    return max(0.0, x - boxes[1, 0], boxes[1, 2] - x, y - boxes[1, 1], boxes[1, 3] - y)


@inner
def _refine(desk: Desk, length: int, around: Around, max_width: float) -> tuple[float, float, bool]:
    """Bound the covered share with ever smaller cells until the interval is narrow.

    Cells of size s along a frontier of length l leave open an area of about s^3 / 2 radius each,
    and there are l / s of them: the sum goes with the power 2/3 of what one may leave open.
    """
    area = area_of(desk.room, 0, length)
    aim = max_width * area
    allowed = min(aim, _GUESS * aim**1.5 * math.sqrt(2 * around.radius) / (4 * area) ** 0.75)
    while True:
        sums = _sum_cells(desk, length, around, allowed)
        if not sums.had_room:
            return 0.0, 1.0, False
        if sums.left_open == 0.0 and (sums.covered == 0.0 or sums.uncovered == 0.0):
            share = 0.0 if sums.covered == 0.0 else 1.0
            return share, share, True
        noise = sums.noise + abs(area - sums.covered - sums.uncovered - sums.left_open)
        # Where rounding errors have most of the aim, smaller cells would only add to them.
        if sums.left_open + 2 * noise <= aim or 4 * noise > aim:
            return (sums.covered - noise) / area, 1.0 - (sums.uncovered - noise) / area, True
        allowed *= min(0.25, 0.7 * (aim / sums.left_open) ** 1.5)


@inner
def _sum_cells(desk: Desk, length: int, around: Around, allowed: float) -> Sums:
    """Halve cells until each is covered, uncovered, or leaves open no more area than `allowed`.

    The cells that wait lie on a stack, with their vertices in `room` and the entries that
    matter to them in `listed`; the halves of a cell lie behind it.
    """
    room, listed, cells = desk
    extent = reach_of(room, 0, length, 0.0, 0.0)
    covered, uncovered, left_open, noise = 0.0, 0.0, 0.0, 0.0
    cells[0, 0], cells[0, 1], cells[0, 2], cells[0, 3] = 0, length, 0, 1
    listed.entries[0], level = 1, 1
    while level:
        level -= 1
        first, last = cells[level, 0], cells[level, 1]
        area, (x, y) = area_of(room, first, last), middle_of(room, first, last)
        reach = reach_of(room, first, last, x, y)
        noise += _ROUNDING * (last - first) * reach * extent
        is_final = area <= allowed or level + 2 > _WAITING
        is_small = is_final or reach**3 <= _WORTH_BOUNDING * allowed * max(around.radius, reach)
        entries = cells[level, 3]
        grain = -1.0 if is_small else _GRAIN * reach
        kept = sift(around, listed, (cells[level, 2], entries), (x, y, reach), grain)
        if kept <= 0 and kept != FULL:
            covered += area * (kept == COVERED)
            uncovered += area * (kept == 0)
            continue
        if kept == FULL or last + 4 * (last - first) > len(room):
            return Sums(covered, uncovered, left_open, noise, had_room=False)
        if is_small:
            kept = nearest_first(around, listed, (entries, entries + kept), 2 * reach)
            least, most = _bound_uncovered(
                around, listed.entries, (entries, entries + kept), room, first, last
            )
            if math.isnan(most):
                return Sums(covered, uncovered, left_open, noise, had_room=False)
            if is_final or most - least <= allowed:
                covered, uncovered = covered + area - most, uncovered + least
                left_open += most - least
                continue
        begin = last
        for side in range(2):
            end = half(room, first, last, side, begin)
            cells[level, 0], cells[level, 1] = begin, end
            cells[level, 2], cells[level, 3] = entries, entries + kept
            begin, level = end, level + 1
    return Sums(covered, uncovered, left_open, noise, had_room=True)


@inner
def _bound_uncovered(
    around: Around, listed: Ints, span: tuple[int, int], room: Floats, first: int, last: int
) -> tuple[float, float]:
    """Bound the uncovered area of a cell by cutting half planes off it, in the order of the list.

    Two shapes are cut, in thirds of the room behind the cell: what is possibly uncovered, and of
    it what surely is. Without enough room, both bounds are NaN.
    """
    third, nodes, radius = (len(room) - last) // 3, len(around.tree.boxes), around.radius
    x, y = middle_of(room, first, last)
    maybe, sure, spare = last, last + third, last + 2 * third
    in_maybe = in_sure = last - first
    for row in range(in_maybe):
        for column in range(2):
            room[maybe + row, column] = room[sure + row, column] = room[first + row, column]
    for row in range(span[0], span[1]):
        piece = piece_at(around, listed[row] - nodes)
        a, b, c = tangent = _tangent(piece, x, y, radius)
        lowest = _lowest(tangent, room, maybe, maybe + in_maybe)
        if lowest > around.slack:
            continue
        if 2 * max(in_maybe, in_sure) > third:
            return math.nan, math.nan
        bulge = around.slack + _bulge(piece, radius, tangent, room, maybe, maybe + in_maybe)
        if lowest + bulge <= 0.0:
            in_maybe = clip(room, maybe, maybe + in_maybe, (a, b, c + bulge), spare) - spare
            maybe, spare = spare, maybe
            if in_maybe == 0:
                return 0.0, 0.0
        if in_sure:
            in_sure = clip(room, sure, sure + in_sure, (a, b, c - around.slack), spare) - spare
            sure, spare = spare, sure
    return area_of(room, sure, sure + in_sure), area_of(room, maybe, maybe + in_maybe)


@inner
def _tangent(piece: Piece, x: float, y: float, radius: float) -> tuple[float, float, float]:
    """Touch the distance from a piece, less the radius, in one position.

    Returns
    -------
    a, b, c
        The tangent plane is a x + b y + c.
    """
    dx, dy = way_to(piece, x, y)
    gap = math.sqrt(dx * dx + dy * dy)
    if gap == 0.0:
        return 0.0, 0.0, -radius
    a, b = -dx / gap, -dy / gap
    return a, b, gap - radius - a * x - b * y


@inner
def _lowest(plane: tuple[float, float, float], room: Floats, first: int, last: int) -> float:
    """Give the least height of a plane over a shape, which is at a vertex."""
    a, b, c = plane
    lowest = math.inf
    for row in range(first, last):
        lowest = min(lowest, a * room[row, 0] + b * room[row, 1] + c)
    return lowest


@inner
def _bulge(
    piece: Piece, radius: float, tangent: tuple[float, float, float], room: Floats, first: int,
    last: int,
) -> float:  # fmt: skip
    """Give the most by which the distance from a piece exceeds its tangent plane over a shape.

    It is found at a vertex, as the one is convex and the other linear.
    """
    a, b, c = tangent
    bulge = 0.0
    for row in range(first, last):
        x, y = room[row, 0], room[row, 1]
        dx, dy = way_to(piece, x, y)
        gap = math.sqrt(dx * dx + dy * dy) - radius
        bulge = max(bulge, gap - (a * x + b * y + c))
    return bulge
