"""Shapes of the world brought onto the whole numbers of one tile."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gis._compiled import compiled, inner
from layers.tiles._clipping import clip_ring, clip_segment
from layers.tiles._soundness import doubled_area, is_simple, rings_are_apart
from layers.tiles._wkb import AREA, LINE, POINT
from layers.tiles.shapes import Shapes, ranges

__all__ = ["DRAWN", "GONE", "OUTSIDE", "UNSOUND", "Frame", "Pieces", "cut", "room_for"]

Floats = NDArray[np.float64]
Whole = NDArray[np.int32]

# What became of a shape: it lies elsewhere, it is smaller than a unit, it is drawn, it has to be
# put right first.
OUTSIDE, GONE, DRAWN, UNSOUND = 0, 1, 2, 3


class Frame(NamedTuple):
    """A tile's place: units of the world's side, the tile's corner in units, bounds of drawing."""

    scale: float
    left: float
    top: float
    low: float
    high: float


class Pieces(NamedTuple):
    """Shapes in a tile: as `Rings`, in whole units from the north-west, rings not closed.

    `ends` begins with 0: ring j has the corners from `ends[j]` to `ends[j + 1]`, shape i the rings
    from `shapes[i]` to `shapes[i + 1]`, and `state[i]` says what became of it.
    """

    xy: Whole
    ends: NDArray[np.int64]
    holes: NDArray[np.uint8]
    shapes: NDArray[np.int64]
    state: NDArray[np.uint8]


class _Room(NamedTuple):
    one: Floats
    other: Floats
    order: NDArray[np.int64]


def room_for(shapes: Shapes, rows: NDArray[np.int64]) -> tuple[Pieces, _Room]:
    """Make room for what `cut` finds; cutting may double the corners of a line."""
    first, last = shapes.shapes[rows], shapes.shapes[rows + 1]
    longest, pairs = 0, int((shapes.starts[last] - shapes.starts[first]).sum())
    runs = int((last - first).sum())
    if runs:
        rings = ranges(first, last - first)
        longest = int((shapes.starts[rings + 1] - shapes.starts[rings]).max())
    pieces = Pieces(
        xy=np.empty((2 * pairs + 16 * runs + 16, 2), np.int32),
        ends=np.zeros(pairs + runs + 2, np.int64),
        holes=np.zeros(pairs + runs + 2, np.uint8),
        shapes=np.zeros(len(rows) + 1, np.int64),
        state=np.zeros(len(rows), np.uint8),
    )
    work = 4 * longest + 16
    return pieces, _Room(np.empty((work, 2)), np.empty((work, 2)), np.empty(work, np.int64))


@compiled
def cut(shapes: Shapes, rows: NDArray[np.int64], frame: Frame, out: Pieces, room: _Room) -> int:
    """Bring some shapes onto a tile; give the rings drawn.

    Corners that fall on one place, and those on a straight line, are left out; rings run as vector
    tiles want them. Of a shape that would not be sound, nothing is drawn.
    """
    rings = 0
    for n in range(len(rows)):
        row = rows[n]
        west, north = _onto(shapes.boxes, row, 0, frame)
        east, south = _onto(shapes.boxes, row, 2, frame)
        first = rings
        state = OUTSIDE
        meets = (
            east >= frame.low and west <= frame.high and south >= frame.low and north <= frame.high
        )
        if meets:
            inside = int(
                west >= frame.low
                and east <= frame.high
                and north >= frame.low
                and south <= frame.high
            )
            family = shapes.family[row]
            if family == POINT:
                state, rings = _points(shapes, row, frame, out, rings)
            elif family == LINE:
                state, rings = _lines(shapes, row, frame, out, rings)
            elif family == AREA:
                state, rings = _areas(shapes, row, frame, inside, out, room, rings)
        if state != DRAWN:
            rings = first
        out.state[n] = state
        out.shapes[n + 1] = rings
    return rings


@inner
def _onto(places: Floats, row: int, column: int, frame: Frame) -> tuple[float, float]:
    return (
        places[row, column] * frame.scale - frame.left,
        places[row, column + 1] * frame.scale - frame.top,
    )


@inner
def _near(value: float) -> int:
    return math.floor(value + 0.5)


@inner
def _points(shapes: Shapes, row: int, frame: Frame, out: Pieces, rings: int) -> tuple[int, int]:
    begin = end = out.ends[rings]
    ring = shapes.shapes[row]
    for pair in range(shapes.starts[ring], shapes.starts[ring + 1]):
        x, y = _onto(shapes.xy, pair, 0, frame)
        if frame.low <= x <= frame.high and frame.low <= y <= frame.high:
            out.xy[end, 0], out.xy[end, 1] = _near(x), _near(y)
            end += 1
    if end == begin:
        return OUTSIDE, rings
    out.ends[rings + 1] = end
    return DRAWN, rings + 1


@inner
def _lines(shapes: Shapes, row: int, frame: Frame, out: Pieces, rings: int) -> tuple[int, int]:
    first, met = rings, False
    for ring in range(shapes.shapes[row], shapes.shapes[row + 1]):
        begin = end = out.ends[rings]
        for pair in range(shapes.starts[ring], shapes.starts[ring + 1] - 1):
            here, there = _onto(shapes.xy, pair, 0, frame), _onto(shapes.xy, pair + 1, 0, frame)
            enters, leaves = clip_segment(here, there, frame.low, frame.high)
            if enters > leaves:
                continue
            met = True
            dx, dy = there[0] - here[0], there[1] - here[1]
            if enters > 0.0 or end == begin:
                rings = _finished(out, rings, begin, end)
                begin = end = out.ends[rings]
                end = _joined(
                    out.xy, begin, end, _near(here[0] + enters * dx), _near(here[1] + enters * dy)
                )
            x, y = there if leaves == 1.0 else (here[0] + leaves * dx, here[1] + leaves * dy)
            end = _joined(out.xy, begin, end, _near(x), _near(y))
            if leaves < 1.0:
                rings = _finished(out, rings, begin, end)
                begin = end = out.ends[rings]
        rings = _finished(out, rings, begin, end)
    if rings > first:
        return DRAWN, rings
    return (GONE if met else OUTSIDE), rings


@inner
def _finished(out: Pieces, rings: int, begin: int, end: int) -> int:
    """Keep a line that has any length."""
    if end - begin < 2:
        return rings
    out.holes[rings] = 0
    out.ends[rings + 1] = end
    return rings + 1


@inner
def _joined(xy: Whole, begin: int, end: int, x: int, y: int) -> int:
    """Add a place to a line, unless it goes straight on or stays where it is."""
    if end > begin and xy[end - 1, 0] == x and xy[end - 1, 1] == y:
        return end
    if end - begin > 1:
        dx, dy = (
            np.int64(xy[end - 1, 0]) - xy[end - 2, 0],
            np.int64(xy[end - 1, 1]) - xy[end - 2, 1],
        )
        on_x, on_y = np.int64(x) - xy[end - 1, 0], np.int64(y) - xy[end - 1, 1]
        if dx * on_y == dy * on_x and dx * on_x + dy * on_y > 0:
            end -= 1
    xy[end, 0], xy[end, 1] = x, y
    return end + 1


@inner
def _areas(  # noqa: PLR0913, PLR0917 - a loop has no object to keep its state in
    shapes: Shapes, row: int, frame: Frame, inside: int, out: Pieces, room: _Room, rings: int
) -> tuple[int, int]:
    first = rings
    drawn, met, sound = False, False, True
    for ring in range(shapes.shapes[row], shapes.shapes[row + 1]):
        is_hole = shapes.holes[ring] == 1
        if is_hole and not drawn:
            continue  # in what was too small itself
        count = _loaded(shapes, ring, frame, room.one)
        if not inside:
            count = clip_ring(room.one, count, room.other, frame.low, frame.high)
        begin = out.ends[rings]
        if count < 0 or begin + count > len(out.xy):
            return UNSOUND, rings
        met = met or count > 0
        end = _snapped(room.one, count, out.xy, begin)
        area = doubled_area(out.xy, begin, end)
        # What goes around no area and yet has corners crosses itself.
        is_small = abs(area) <= 1 and (end - begin < 4 or is_simple(out.xy, begin, end, room.order))
        if not is_hole:
            drawn = not is_small
        if is_small:
            continue
        if (area > 0) == is_hole:
            _reverse(out.xy, begin, end)
        sound = sound and is_simple(out.xy, begin, end, room.order)
        out.holes[rings] = np.uint8(is_hole)
        rings += 1
        out.ends[rings] = end
    if rings == first:
        return (GONE if met else OUTSIDE), rings
    if sound and rings - first > 1:
        sound = rings_are_apart(out.xy, out.ends, out.holes, first, rings)
    return (DRAWN if sound else UNSOUND), rings


@inner
def _loaded(shapes: Shapes, ring: int, frame: Frame, into: Floats) -> int:
    """Bring a ring onto the tile, without the repetition of its first corner; give its corners."""
    begin, end = shapes.starts[ring], shapes.starts[ring + 1] - 1
    for pair in range(begin, end):
        into[pair - begin, 0], into[pair - begin, 1] = _onto(shapes.xy, pair, 0, frame)
    return max(end - begin, 0)


@inner
def _snapped(ring: Floats, count: int, xy: Whole, begin: int) -> int:
    """Round corners; leave out what is no corner then, and what goes forth and back."""
    end = begin
    for corner in range(count):
        end = _turned(xy, begin, end, _near(ring[corner, 0]), _near(ring[corner, 1]))
    # Where it closes there may be such places, too.
    start = begin
    while end - start > 2:
        if _is_straight(xy, end - 2, end - 1, start):
            end -= 1
        elif _is_straight(xy, end - 1, start, start + 1):
            start += 1
        else:
            break
    for corner in range(start, end if start > begin else start):
        xy[begin + corner - start, 0] = xy[corner, 0]
        xy[begin + corner - start, 1] = xy[corner, 1]
    return begin + end - start


@inner
def _turned(xy: Whole, begin: int, end: int, x: int, y: int) -> int:
    xy[end, 0], xy[end, 1] = x, y
    while end > begin:
        if xy[end - 1, 0] == x and xy[end - 1, 1] == y:
            return end
        if end - begin < 2 or not _is_straight(xy, end - 2, end - 1, end):
            break
        end -= 1
        xy[end, 0], xy[end, 1] = x, y
    return end + 1


@inner
def _is_straight(xy: Whole, a: int, b: int, c: int) -> bool:
    dx, dy = np.int64(xy[b, 0]) - xy[a, 0], np.int64(xy[b, 1]) - xy[a, 1]
    return dx * (np.int64(xy[c, 1]) - xy[b, 1]) == dy * (np.int64(xy[c, 0]) - xy[b, 0])


@inner
def _reverse(xy: Whole, begin: int, end: int) -> None:
    last = end - 1
    while begin < last:
        for axis in range(2):
            xy[begin, axis], xy[last, axis] = xy[last, axis], xy[begin, axis]
        begin += 1
        last -= 1
