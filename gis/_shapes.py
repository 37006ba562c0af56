"""Arithmetic of closed curves, compiled.

A *shape* is a closed curve, given by its vertices in rows `x, y`; from the last it goes back to
the first. It may cross and retrace itself. Its *inside* is where its winding number is not 0, and
its *area* is the integral of that number.

Cutting a shape along a line keeps this true on the near side and empties the far side: each
stretch beyond the line is replaced by the piece of the line between its ends, and while the one is
drawn over to the other, no position on the near side is crossed.
"""

import math

import numpy as np
import numpy.typing as npt

from gis._compiled import compiled

__all__ = ["area_of", "clip", "half", "middle_of", "reach_of"]

Floats = npt.NDArray[np.float64]


@compiled
def area_of(shape: Floats) -> float:
    """Sum the signed triangles between the first vertex and every edge."""
    total = 0.0
    for row in range(1, len(shape) - 1):
        x0, y0 = shape[row, 0] - shape[0, 0], shape[row, 1] - shape[0, 1]
        x1, y1 = shape[row + 1, 0] - shape[0, 0], shape[row + 1, 1] - shape[0, 1]
        total += x0 * y1 - x1 * y0
    return total / 2


@compiled
def middle_of(shape: Floats) -> tuple[float, float]:
    """Give the centre of the bounding box."""
    x_min, y_min, x_max, y_max = _bounds(shape)
    return (x_min + x_max) / 2, (y_min + y_max) / 2


@compiled
def reach_of(shape: Floats, x: float, y: float) -> float:
    """Measure how far the farthest vertex is from `x, y`."""
    farthest = 0.0
    for row in range(len(shape)):
        farthest = max(farthest, (shape[row, 0] - x) ** 2 + (shape[row, 1] - y) ** 2)
    return math.sqrt(farthest)


@compiled
def half(shape: Floats, side: int) -> Floats:
    """Cut the shape in the middle of its longer extent; give the low side (0) or the high (1).

    Both sides get the same crossings, to the last digit.
    """
    x_min, y_min, x_max, y_max = _bounds(shape)
    sign = 2.0 * side - 1.0
    if x_max - x_min >= y_max - y_min:
        return clip(shape, sign, 0.0, -sign * (x_min + x_max) / 2)
    return clip(shape, 0.0, sign, -sign * (y_min + y_max) / 2)


@compiled
def clip(shape: Floats, a: float, b: float, c: float) -> Floats:
    """Cut away what is not on the side a x + b y + c > 0."""
    near = np.empty((2 * len(shape), 2))
    kept = 0
    x0, y0 = shape[-1]
    height0 = a * x0 + b * y0 + c
    for row in range(len(shape)):
        x1, y1 = shape[row]
        height1 = a * x1 + b * y1 + c
        if (height0 > 0) != (height1 > 0):
            part = height0 / (height0 - height1)
            near[kept, 0], near[kept, 1] = x0 + part * (x1 - x0), y0 + part * (y1 - y0)
            kept += 1
        if height1 > 0:
            near[kept, 0], near[kept, 1] = x1, y1
            kept += 1
        x0, y0, height0 = x1, y1, height1
    return near[:kept]


@compiled
def _bounds(shape: Floats) -> tuple[float, float, float, float]:
    x_min = y_min = math.inf
    x_max = y_max = -math.inf
    for row in range(len(shape)):
        x_min, x_max = min(x_min, shape[row, 0]), max(x_max, shape[row, 0])
        y_min, y_max = min(y_min, shape[row, 1]), max(y_max, shape[row, 1])
    return x_min, y_min, x_max, y_max
