"""Arithmetic of closed curves, compiled.

A *shape* is a closed curve, given by its vertices in rows `x, y`; from the last it goes back to
the first. It may cross and retrace itself. Its *inside* is where its winding number is not 0, and
its *area* is the integral of that number.

Cutting a shape along a line keeps this true on the near side and empties the far side: each
stretch beyond the line is replaced by the piece of the line between its ends, and while the one is
drawn over to the other, no position on the near side is crossed.

All shapes lie in one array, `room`, each in the rows `first` to `last` - 1: taking memory for every
little one would cost more than the arithmetic.
"""

import math

import numpy as np
import numpy.typing as npt

from gis._compiled import inner

__all__ = ["area_of", "clip", "half", "middle_of", "reach_of"]

Floats = npt.NDArray[np.float64]


@inner
def area_of(room: Floats, first: int, last: int) -> float:
    """Sum the signed triangles between the first vertex and every edge."""
    total = 0.0
    if last - first < 3:
        return total
    x_first, y_first = room[first, 0], room[first, 1]
    x0, y0 = room[first + 1, 0] - x_first, room[first + 1, 1] - y_first
    for row in range(first + 2, last):
        x1, y1 = room[row, 0] - x_first, room[row, 1] - y_first
        total += x0 * y1 - x1 * y0
        x0, y0 = x1, y1
    return total / 2


@inner
def middle_of(room: Floats, first: int, last: int) -> tuple[float, float]:
    """Give the centre of the bounding box."""
    x_min, y_min, x_max, y_max = _bounds(room, first, last)
    return (x_min + x_max) / 2, (y_min + y_max) / 2


@inner
def reach_of(room: Floats, first: int, last: int, x: float, y: float) -> float:
    """Measure how far the farthest vertex is from `x, y`."""
    farthest = 0.0
    for row in range(first, last):
        farthest = max(farthest, (room[row, 0] - x) ** 2 + (room[row, 1] - y) ** 2)
    return math.sqrt(farthest)


@inner
def half(room: Floats, first: int, last: int, side: int, to: int) -> int:
    """Cut a shape in the middle of its longer extent; keep the low side (0) or the high (1).

    Both sides get the same crossings, to the last digit. See `clip`.
    """
    x_min, y_min, x_max, y_max = _bounds(room, first, last)
    sign = 2.0 * side - 1.0
    if x_max - x_min >= y_max - y_min:
        return clip(room, first, last, (sign, 0.0, -sign * (x_min + x_max) / 2), to)
    return clip(room, first, last, (0.0, sign, -sign * (y_min + y_max) / 2), to)


@inner
def clip(
    room: Floats, first: int, last: int, line: tuple[float, float, float], to: int
) -> int:  # fmt: skip
    """Cut away what is not on the side a x + b y + c > 0 of the line a, b, c.

    What is left is written to the rows from `to` on, where there must be room for twice the
    vertices; given is the row behind it.
    """
    a, b, c = line
    x0, y0 = room[last - 1, 0], room[last - 1, 1]
    height0 = a * x0 + b * y0 + c
    for row in range(first, last):
        x1, y1 = room[row, 0], room[row, 1]
        height1 = a * x1 + b * y1 + c
        if (height0 > 0) != (height1 > 0):
            part = height0 / (height0 - height1)
            room[to, 0], room[to, 1] = x0 + part * (x1 - x0), y0 + part * (y1 - y0)
            to += 1
        if height1 > 0:
            room[to, 0], room[to, 1] = x1, y1
            to += 1
        x0, y0, height0 = x1, y1, height1
    return to


@inner
def _bounds(room: Floats, first: int, last: int) -> tuple[float, float, float, float]:
    x_min = y_min = math.inf
    x_max = y_max = -math.inf
    for row in range(first, last):
        x, y = room[row, 0], room[row, 1]
        x_min, x_max = min(x_min, x), max(x_max, x)
        y_min, y_max = min(y_min, y), max(y_max, y)
    return x_min, y_min, x_max, y_max
