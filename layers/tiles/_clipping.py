"""Shapes cut to a square, in the coordinates of a tile; loops for loops."""

import numpy as np
from numpy.typing import NDArray

from gis._compiled import inner

__all__ = ["clip_ring", "clip_segment"]

Floats = NDArray[np.float64]


@inner
def clip_ring(ring: Floats, count: int, other: Floats, low: float, high: float) -> int:
    """Cut a ring, which does not repeat its first corner, to the square from `low` to `high`.

    Sutherland and Hodgman's way, side by side; `other` is room of the same size. Give the corners
    left in `ring`, -1 where there is no room for them. Where several pieces are left, edges along
    the square join them.
    """
    left = _cut(ring, count, other, 0, 1.0, high)
    left = _cut(other, left, ring, 0, -1.0, -low)
    left = _cut(ring, left, other, 1, 1.0, high)
    return _cut(other, left, ring, 1, -1.0, -low)


@inner
def _cut(ring: Floats, count: int, out: Floats, axis: int, sign: float, limit: float) -> int:
    """Keep where `sign` times the coordinate is at most `limit`."""
    if count < 0:
        return -1
    left = 0
    for corner in range(count):
        before = corner - 1 if corner else count - 1
        here = sign * ring[corner, axis]
        there = sign * ring[before, axis]
        if left + 2 > len(out):
            return -1
        if (here > limit) != (there > limit):
            share = (limit - there) / (here - there)
            way = ring[corner, 1 - axis] - ring[before, 1 - axis]
            out[left, axis] = sign * limit
            out[left, 1 - axis] = ring[before, 1 - axis] + share * way
            left += 1
        if here <= limit:
            out[left, 0] = ring[corner, 0]
            out[left, 1] = ring[corner, 1]
            left += 1
    return left


@inner
def clip_segment(
    first: tuple[float, float], last: tuple[float, float], low: float, high: float
) -> tuple[float, float]:
    """Say between which shares of its way a segment is in a square; from beyond to, where never.

    Liang and Barsky's way.
    """
    begin, end = 0.0, 1.0
    for axis in range(2):
        start = first[axis]
        way = last[axis] - start
        if way == 0.0:
            if start < low or start > high:
                return 1.0, 0.0
            continue
        enters, leaves = (low - start) / way, (high - start) / way
        if enters > leaves:
            enters, leaves = leaves, enters
        begin, end = max(begin, enters), min(end, leaves)
    return begin, end
