"""Well-known binary read as it lies, without an object for each geometry.

A geometry object for each of some ten thousand areas costs more than to draw them all. What is
written in the usual way, little-endian, is read here; the rest is told apart by its status.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gis._compiled import compiled, inner

__all__ = ["AREA", "LINE", "NONE", "POINT", "UNUSUAL", "Rings", "read_rings", "room_for"]

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]

# Families of geometries, as vector tiles number them; and what has to be read another way.
NONE, POINT, LINE, AREA, UNUSUAL = 0, 1, 2, 3, 9

_SRID_FLAG = 0x2000_0000
_M_FLAG = 0x4000_0000
_Z_FLAG = 0x8000_0000
_FLAGS = 0xE000_0000


class Rings(NamedTuple):
    """Shapes as runs of coordinates.

    Shape i is of `family[i]` and has the rings from `shapes[i]` to `shapes[i + 1]`; ring j the
    coordinates from `starts[j]` to `starts[j + 1]`. All points of a shape are one ring, each line
    is one; a ring around a hole is marked in `holes` and follows that around its area.
    """

    xy: Bytes
    starts: Ints
    holes: Bytes
    shapes: Ints
    family: Bytes


def room_for(size: int, count: int) -> Rings:
    """Make room for what `size` bytes of `count` geometries may hold; what is not used costs none.

    A pair of coordinates has 16 bytes; a ring is preceded by its length, of 4.
    """
    return Rings(
        xy=np.empty(size + 16, np.uint8),
        starts=np.zeros(size // 4 + count + 2, np.int64),
        holes=np.zeros(size // 4 + count + 2, np.uint8),
        shapes=np.zeros(count + 1, np.int64),
        family=np.zeros(count, np.uint8),
    )


@compiled
def read_rings(sent: Bytes, offsets: Ints, out: Rings) -> tuple[int, int]:
    """Read geometries from `offsets[i]` to `offsets[i + 1]` of `sent`; give rings and pairs read.

    What is of no bytes has no place; what is not as usual has the family `UNUSUAL` and no rings.
    """
    rings, pairs = 0, 0
    for shape in range(len(offsets) - 1):
        begin, end = offsets[shape], offsets[shape + 1]
        first_ring, first_pair = rings, pairs
        family, rings, pairs = _read_one(sent, begin, end, out, rings, pairs)
        out.family[shape] = family
        if family in (NONE, UNUSUAL) or pairs == first_pair:
            if family != UNUSUAL:
                out.family[shape] = NONE
            rings, pairs = first_ring, first_pair
        out.shapes[shape + 1] = rings
    return rings, pairs


@inner
def _read_one(  # noqa: PLR0911 - each is another way of being unusual
    sent: Bytes, begin: int, end: int, out: Rings, rings: int, pairs: int
) -> tuple[int, int, int]:
    if begin == end:
        return NONE, rings, pairs
    kind, at, step = _head(sent, begin, end)
    if kind == 0 or kind > 6:
        return UNUSUAL, rings, pairs
    if kind <= 3:
        at, rings, pairs = _read_part(sent, kind, at, end, step, out, rings, pairs)
        return (UNUSUAL if at != end else kind), rings, pairs
    if at + 4 > end:
        return UNUSUAL, rings, pairs
    count = _whole(sent, at)
    at += 4
    first = rings
    for _ in range(count):
        part, at, step = _head(sent, at, end)
        if part != kind - 3:
            return UNUSUAL, rings, pairs
        at, rings, pairs = _read_part(sent, part, at, end, step, out, rings, pairs)
        if at < 0:
            return UNUSUAL, rings, pairs
        if kind == 4:  # all points are one ring
            rings = first
    if kind == 4 and count:
        rings = first + 1
        out.starts[rings] = pairs
    return (UNUSUAL if at != end else kind - 3), rings, pairs


@inner
def _head(sent: Bytes, at: int, end: int) -> tuple[int, int, int]:
    """Read byte order, type and reference system: the type, where it goes on, bytes of a place."""
    if at < 0 or at + 5 > end or sent[at] != 1:
        return 0, -1, 0
    code = _whole(sent, at + 1)
    at += 5
    if code & _SRID_FLAG:
        at += 4
    more = 0
    if code & _Z_FLAG:
        more += 1
    if code & _M_FLAG:
        more += 1
    kind = code & ~_FLAGS
    if kind > 1000:  # as ISO says it: thousands for heights and measures
        more += 2 if kind > 3000 else 1
        kind %= 1000
    if at > end:
        return 0, -1, 0
    return kind, at, 16 + 8 * more


@inner
def _whole(sent: Bytes, at: int) -> int:
    number: Any = (
        np.int64(sent[at])
        | (np.int64(sent[at + 1]) << 8)
        | (np.int64(sent[at + 2]) << 16)
        | (np.int64(sent[at + 3]) << 24)
    )
    return number


@inner
def _read_part(  # noqa: PLR0913, PLR0917 - a loop has no object to keep its state in
    sent: Bytes, kind: int, at: int, end: int, step: int, out: Rings, rings: int, pairs: int
) -> tuple[int, int, int]:
    """Read a point, a line or an area; give where it ends, or -1."""
    runs = 1
    if kind == 3:
        if at + 4 > end:
            return -1, rings, pairs
        runs = _whole(sent, at)
        at += 4
    for run in range(runs):
        count = 1
        if kind > 1:
            if at + 4 > end:
                return -1, rings, pairs
            count = _whole(sent, at)
            at += 4
        if count < 0 or at + count * step > end:
            return -1, rings, pairs
        _copy(sent, at, step, count, out.xy, pairs)
        at += count * step
        pairs += count
        out.holes[rings] = np.uint8(kind == 3 and run > 0)
        rings += 1
        out.starts[rings] = pairs
    return at, rings, pairs


@inner
def _copy(sent: Bytes, at: int, step: int, count: int, xy: Bytes, pair: int) -> None:
    for n in range(count):
        origin, target = at + n * step, (pair + n) * 16
        for byte in range(16):
            xy[target + byte] = sent[origin + byte]
