"""The nearest of the occupied cells of a grid from each of its cells, compiled."""

import math

import numpy as np
import numpy.typing as npt

from gis._compiled import compiled, inner

__all__ = ["nearest_occupied"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Shorts = npt.NDArray[np.int16]


def nearest_occupied(first: Ints, columns: int, rows: int) -> Shorts:
    """Find the nearest cell that has an edge from each cell: a *distance transform*.

    Up and down every column first; then along each row, where the squared distances are the lower
    envelope of parabolas, one over each cell (Felzenszwalb and Huttenlocher 2012).

    Returns
    -------
    way
        For each cell, how many columns and rows it is to there.
    """
    upright = np.empty((rows, columns), np.int32)
    peaks, until = np.empty(columns, np.int64), np.empty(columns + 1)
    way = np.empty((columns * rows, 2), np.int16)
    _find(first, upright, peaks, until, way)
    return way


@compiled
def _find(
    first: Ints, upright: npt.NDArray[np.int32], peaks: Ints, until: Floats, way: Shorts
) -> None:
    """Write the way to the nearest occupied cell; the rest is room to work."""
    rows, columns = upright.shape
    far = columns + rows
    for row in range(rows):
        for column in range(columns):
            below = upright[row - 1, column] - 1 if row else -far
            cell = row * columns + column
            upright[row, column] = 0 if first[cell + 1] > first[cell] else max(below, -far)
    for row in range(rows - 2, -1, -1):
        for column in range(columns):
            above = upright[row + 1, column] + 1
            if 0 <= above < -upright[row, column]:
                upright[row, column] = above
    for row in range(rows):
        _envelope(upright[row], peaks, until)
        peak = 0
        for column in range(columns):
            while until[peak] < column:
                peak += 1
            cell = row * columns + column
            way[cell, 0] = peaks[peak] - column
            way[cell, 1] = upright[row, peaks[peak]]


@inner
def _envelope(upright: npt.NDArray[np.int32], peaks: Ints, until: Floats) -> None:
    """Find the parabolas that are lowest somewhere, and until which column each is."""
    kept = 0
    peaks[0] = 0
    for column in range(1, len(upright)):
        height = float(upright[column]) ** 2 + float(column) ** 2
        while True:
            before = peaks[kept]
            lower = float(upright[before]) ** 2 + float(before) ** 2
            meeting = (height - lower) / (2.0 * (column - before))
            if kept == 0 or meeting > until[kept - 1]:
                break
            kept -= 1
        until[kept] = meeting
        kept += 1
        peaks[kept] = column
    until[kept] = math.inf
