"""Whether rings of whole numbers are sound: no two of their edges meet but where they follow.

A quick test that never calls an unsound ring sound. What it refuses, be it because parts touch in a
point, which is allowed, is looked at by those who know more (`layers.tiles.mending`).
"""

import numpy as np
from numpy.typing import NDArray

from gis._compiled import inner

__all__ = ["doubled_area", "is_simple", "rings_are_apart"]

Whole = NDArray[np.int32]
Ints = NDArray[np.int64]

# Rings up to this many corners have their edges compared each with each; others, from the west.
_FEW = 40


@inner
def doubled_area(xy: Whole, begin: int, end: int) -> np.int64:
    """Give twice the area of a ring: positive where it turns from x to y."""
    total = np.int64(0)
    before = end - 1
    for corner in range(begin, end):
        total += np.int64(xy[before, 0]) * xy[corner, 1] - np.int64(xy[corner, 0]) * xy[before, 1]
        before = corner
    return total


@inner
def is_simple(xy: Whole, begin: int, end: int, order: Ints) -> bool:
    """Tell whether a ring of at least three corners is sound; `order` is room for its edges."""
    if _is_convex(xy, begin, end):
        return True
    count = end - begin
    if count > len(order):
        return False
    for edge in range(count):
        order[edge] = edge
    if count > _FEW:
        _sort_from_west(xy, begin, count, order)
    for n in range(count):
        for m in range(n + 1, count):
            one, other = order[n], order[m]
            if count > _FEW and _west(xy, begin, count, other) > _east(xy, begin, count, one):
                break
            apart = abs(one - other)
            if apart in (1, count - 1):
                continue
            if _meet(xy, begin, count, one, begin, count, other):
                return False
    return True


@inner
def rings_are_apart(xy: Whole, ends: Ints, holes: NDArray[np.uint8], first: int, last: int) -> bool:
    """Tell whether rings of one shape, each simple, lie beside or properly within each other."""
    shell = first
    for ring in range(first, last):
        begin, count = ends[ring], ends[ring + 1] - ends[ring]
        if not holes[ring]:
            shell = ring
        around = 0
        for other in range(first, last):
            start, many = ends[other], ends[other + 1] - ends[other]
            if other > ring and _rings_meet(xy, begin, count, start, many):
                return False
            if other == ring:
                continue
            if _is_inside(xy, begin, start, many):
                around += 1
            elif holes[ring] and other == shell:
                return False
        if around % 2 != holes[ring]:
            return False
    return True


@inner
def _rings_meet(xy: Whole, begin: int, count: int, start: int, many: int) -> bool:
    if not _boxes_meet(xy, begin, count, start, many):
        return False
    for n in range(count):
        for m in range(many):
            if _meet(xy, begin, count, n, start, many, m):
                return True
    return False


@inner
def _is_convex(xy: Whole, begin: int, end: int) -> bool:
    """Tell whether a ring without straight corners always turns one way, and once around."""
    turns = 0  # changes of the direction from east to west or back
    side = 0
    a, b = end - 2, end - 1
    heading = 0
    first = 0
    for c in range(begin, end):
        dx, dy = np.int64(xy[b, 0]) - xy[a, 0], np.int64(xy[b, 1]) - xy[a, 1]
        turn = dx * (np.int64(xy[c, 1]) - xy[b, 1]) - dy * (np.int64(xy[c, 0]) - xy[b, 0])
        now = 1 if turn > 0 else -1
        if side == 0:
            side = now
        elif now != side:
            return False
        goes = 1 if dx > 0 else (-1 if dx < 0 else 0)
        if goes != 0:
            if heading == 0:
                first = goes
            elif goes != heading:
                turns += 1
            heading = goes
        a, b = b, c
    if heading != first:
        turns += 1
    return turns <= 2


@inner
def _west(xy: Whole, begin: int, count: int, edge: int) -> int:
    after = edge + 1 if edge + 1 < count else 0
    return min(xy[begin + edge, 0], xy[begin + after, 0])


@inner
def _east(xy: Whole, begin: int, count: int, edge: int) -> int:
    after = edge + 1 if edge + 1 < count else 0
    return max(xy[begin + edge, 0], xy[begin + after, 0])


@inner
def _sort_from_west(xy: Whole, begin: int, count: int, order: Ints) -> None:
    """Sort edges by their western end, Shell's way: it needs no more room."""
    gap = 1
    while gap < count:
        gap = 3 * gap + 1
    while gap > 0:
        for n in range(gap, count):
            edge = order[n]
            key = _west(xy, begin, count, edge)
            m = n
            while m >= gap and _west(xy, begin, count, order[m - gap]) > key:
                order[m] = order[m - gap]
                m -= gap
            order[m] = edge
        gap //= 3


@inner
def _meet(  # noqa: PLR0913, PLR0917 - two edges of two rings
    xy: Whole, begin: int, count: int, one: int, start: int, many: int, other: int
) -> bool:
    """Tell whether two edges have any place in common."""
    a = begin + one
    b = begin + (one + 1 if one + 1 < count else 0)
    c = start + other
    d = start + (other + 1 if other + 1 < many else 0)
    ax, ay, bx, by = xy[a, 0], xy[a, 1], xy[b, 0], xy[b, 1]
    cx, cy, dx, dy = xy[c, 0], xy[c, 1], xy[d, 0], xy[d, 1]
    if max(ax, bx) < min(cx, dx) or max(cx, dx) < min(ax, bx):
        return False
    if max(ay, by) < min(cy, dy) or max(cy, dy) < min(ay, by):
        return False
    p, q = _side(ax, ay, bx, by, cx, cy), _side(ax, ay, bx, by, dx, dy)
    r, s = _side(cx, cy, dx, dy, ax, ay), _side(cx, cy, dx, dy, bx, by)
    # Boxes that meet and ends on both sides of each other; on one line, the boxes have told it.
    return p * q <= 0 and r * s <= 0


@inner
def _side(ax: int, ay: int, bx: int, by: int, cx: int, cy: int) -> int:
    turn = (np.int64(bx) - ax) * (np.int64(cy) - ay) - (np.int64(by) - ay) * (np.int64(cx) - ax)
    return 1 if turn > 0 else (-1 if turn < 0 else 0)


@inner
def _boxes_meet(xy: Whole, begin: int, count: int, start: int, many: int) -> bool:
    for axis in range(2):
        low, high = xy[begin, axis], xy[begin, axis]
        for n in range(begin, begin + count):
            low, high = min(low, xy[n, axis]), max(high, xy[n, axis])
        least, most = xy[start, axis], xy[start, axis]
        for n in range(start, start + many):
            least, most = min(least, xy[n, axis]), max(most, xy[n, axis])
        if high < least or most < low:
            return False
    return True


@inner
def _is_inside(xy: Whole, corner: int, start: int, many: int) -> bool:
    """Tell whether a corner lies in a ring, by counting the edges to the east of it."""
    x, y = np.int64(xy[corner, 0]), np.int64(xy[corner, 1])
    inside = False
    before = start + many - 1
    for n in range(start, start + many):
        if (xy[n, 1] > y) != (xy[before, 1] > y):
            way = np.int64(xy[before, 1]) - xy[n, 1]
            turn = (np.int64(xy[before, 0]) - xy[n, 0]) * (y - xy[n, 1]) - (x - xy[n, 0]) * way
            if (turn > 0) == (way > 0):
                inside = not inside
        before = n
    return inside
