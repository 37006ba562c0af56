"""How wide pieces of ground are: the *width* is the diameter of the largest circle in a shape.

What is narrower than a *sliver* comes from two surveys of one border, however long it is.
"""

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["are_slivers", "narrow_side", "widths"]

# Of the interval in which a width lies: what is left is far less than a hundredth.
_HALVINGS = 12

Geometries = NDArray[np.object_]


def are_slivers(shapes: Geometries, sliver_m: float) -> NDArray[np.bool_]:
    """Tell which shapes are no wider than `sliver_m` metres.

    Examples
    --------
    >>> are_slivers(shapely.box(0, 0, [50, 50], [1, 3]), 1.0).tolist()
    [True, False]
    """
    if not len(shapes):
        return np.empty(0, dtype=bool)
    # Most shapes are told by their area and perimeter, or by a box around them.
    wide = 2 * shapely.area(shapes) / shapely.length(shapes) > sliver_m
    narrow = np.zeros(len(shapes), dtype=bool)
    narrow[~wide] = narrow_side(shapes[~wide]) <= sliver_m
    unsure = ~(wide | narrow)
    worn = shapely.buffer(shapes[unsure], -sliver_m / 2, join_style="mitre")
    narrow[unsure] = shapely.is_empty(worn)
    return narrow


def narrow_side(shapes: Geometries) -> NDArray[np.float64]:
    """Give the narrow side of the least rectangle around each shape, metres."""
    if not len(shapes):
        return np.empty(0)
    boxes = shapely.oriented_envelope(shapes)
    lengths = shapely.length(boxes)
    area = shapely.area(boxes)
    # The sides of a rectangle from its area and its perimeter.
    half = lengths / 4
    root = np.sqrt(np.clip(half**2 - area, 0, None))
    narrow: NDArray[np.float64] = half - root
    return narrow


def widths(shapes: Geometries, widest_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the diameter of the largest circle in each shape, metres, to a hundredth of itself.

    A shape that is worn off by half its width from all sides is gone: the width is found by
    halving, between twice the area by the perimeter, which is never more, and `widest_m`.
    """
    if not len(shapes):
        return np.empty(0)
    low, high = 2 * shapely.area(shapes) / shapely.length(shapes), widest_m.copy()
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        gone = shapely.is_empty(shapely.buffer(shapes, -middle / 2, join_style="mitre"))
        high, low = np.where(gone, middle, high), np.where(gone, low, middle)
    width_m: NDArray[np.float64] = high
    return width_m
