"""Coordinates as the text of GeoJSON, many geometries in one loop.

Numbers come as whole multiples of the last decimal that is written, so that nothing is lost: the
text of each is exact.
"""

import numpy as np
from numpy.typing import NDArray

from gis._compiled import compiled, inner

_OPEN, _CLOSE, _COMMA, _POINT, _MINUS, _ZERO = b"[],.-0"


@inner
def _put(out: NDArray[np.uint8], at: int, character: int, is_wanted: bool) -> int:  # noqa: FBT001 - inner loops take no names
    """Write one character where it is wanted; give where the next one goes."""
    if is_wanted:
        out[at] = character
        return at + 1
    return at


@inner
def _count_digits(value: int, decimals: int) -> int:
    """Count the digits of a number, of which one stands before the point."""
    digits, rest = 1, value // 10
    while rest > 0 or digits <= decimals:
        rest //= 10
        digits += 1
    return digits


@inner
def _write_number(out: NDArray[np.uint8], at: int, value: int, decimals: int) -> int:
    """Write a number without the zeros that end its decimals, but for one; give where it ends."""
    at = _put(out, at, _MINUS, value < 0)
    value = abs(value)
    digits = _count_digits(value, decimals)
    position, last = at + digits, 0
    for n in range(digits):
        digit = value % 10
        value //= 10
        if n == decimals:
            out[position] = _POINT
            position -= 1
        out[position] = _ZERO + digit
        if last == 0 and (digit != 0 or n == decimals - 1):
            last = position + 1
        position -= 1
    return last


@inner
def _write_ring(
    out: NDArray[np.uint8], at: int, xy: NDArray[np.int64], begin: int, end: int, decimals: int
) -> int:
    """Write corners with commas between them; give where they end."""
    for corner in range(begin, end):
        at = _put(out, at, _COMMA, corner > begin)
        out[at] = _OPEN
        at = _write_number(out, at + 1, xy[corner, 0], decimals)
        out[at] = _COMMA
        at = _write_number(out, at + 1, xy[corner, 1], decimals)
        out[at] = _CLOSE
        at += 1
    return at


@compiled
def write_nested(  # noqa: PLR0913, PLR0917 - as machine code takes them
    xy: NDArray[np.int64],
    rings: NDArray[np.int64],
    parts: NDArray[np.int64],
    wholes: NDArray[np.int64],
    depth: int,
    decimals: int,
    out: NDArray[np.uint8],
    ends: NDArray[np.int64],
) -> None:
    """Write the coordinates of geometries of one type, one after another.

    Parameters
    ----------
    xy
        (n, 2) in units of the last decimal, of which there is at least one.
    rings, parts, wholes
        Where the corners of each ring begin, the rings of each part, the parts of each geometry.
    depth
        How many of the three are brackets in the text: the innermost first.
    out, ends
        Take the text, and where that of each geometry ends.
    """
    at = 0
    for whole in range(len(wholes) - 1):
        at = _put(out, at, _OPEN, depth >= 3)
        for part in range(wholes[whole], wholes[whole + 1]):
            at = _put(out, at, _COMMA, part > wholes[whole])
            at = _put(out, at, _OPEN, depth >= 2)
            for ring in range(parts[part], parts[part + 1]):
                at = _put(out, at, _COMMA, ring > parts[part])
                at = _put(out, at, _OPEN, depth >= 1)
                at = _write_ring(out, at, xy, rings[ring], rings[ring + 1], decimals)
                at = _put(out, at, _CLOSE, depth >= 1)
            at = _put(out, at, _CLOSE, depth >= 2)
        at = _put(out, at, _CLOSE, depth >= 3)
        ends[whole] = at
