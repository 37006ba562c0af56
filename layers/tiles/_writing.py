"""Drawn shapes and their values as the bytes of a vector tile (Mapbox Vector Tile 2.1)."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gis._compiled import compiled, inner
from layers.tiles._cutting import Pieces
from layers.tiles._wkb import AREA, POINT

__all__ = ["Drawing", "feature_sizes", "write_commands", "write_features"]

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]

_MOVE_TO, _LINE_TO, _CLOSE = 1, 2, 7
# Fields of messages, with the way their values are written.
_FEATURE, _ID, _TAGS, _TYPE, _GEOMETRY = 0x12, 0x08, 0x12, 0x18, 0x22


class Drawing(NamedTuple):
    """Features ready to be written, all with commands.

    Feature i is drawn by `commands[starts[i]:starts[i + 1]]`; its values are numbers of the
    tile's table of values in `tags[i]`, a column a key, -1 where it has none.
    """

    commands: Bytes
    starts: Ints
    family: Bytes
    identifiers: NDArray[np.uint64]
    tags: NDArray[np.int32]


@compiled
def write_commands(pieces: Pieces, family: Bytes, out: Bytes, starts: Ints) -> int:
    """Write how shapes are drawn; `starts` says where each begins, and the last ends."""
    at = 0
    for shape in range(len(family)):
        x, y = np.int64(0), np.int64(0)
        for ring in range(pieces.shapes[shape], pieces.shapes[shape + 1]):
            begin, end = pieces.ends[ring], pieces.ends[ring + 1]
            moves = end - begin if family[shape] == POINT else 1
            at = _put(out, at, _MOVE_TO | (moves << 3))
            for corner in range(begin, end):
                if corner == begin + 1 and family[shape] != POINT:
                    at = _put(out, at, _LINE_TO | ((end - begin - 1) << 3))
                at = _put(out, at, _zigzag(pieces.xy[corner, 0] - x))
                at = _put(out, at, _zigzag(pieces.xy[corner, 1] - y))
                x, y = np.int64(pieces.xy[corner, 0]), np.int64(pieces.xy[corner, 1])
            if family[shape] == AREA:
                at = _put(out, at, _CLOSE | (1 << 3))
        starts[shape + 1] = at
    return at


@compiled
def feature_sizes(drawing: Drawing, out: Ints) -> None:
    """Say how many bytes the message of each feature has, without what announces it."""
    for n in range(len(out)):
        tags = _tags_size(drawing.tags, n)
        drawn = drawing.starts[n + 1] - drawing.starts[n]
        size = 1 + _varint_size(drawing.identifiers[n]) + 2 + 1 + _varint_size(drawn) + drawn
        if tags:
            size += 1 + _varint_size(tags) + tags
        out[n] = size


@compiled
def write_features(drawing: Drawing, chosen: Ints, sizes: Ints, out: Bytes) -> int:
    """Write the chosen features, one after the other; give the bytes written."""
    at = 0
    for n in chosen:
        out[at] = _FEATURE
        at = _put(out, at + 1, sizes[n])
        out[at] = _ID
        at = _put(out, at + 1, drawing.identifiers[n])
        tags = _tags_size(drawing.tags, n)
        if tags:
            out[at] = _TAGS
            at = _put(out, at + 1, tags)
            for key in range(drawing.tags.shape[1]):
                if drawing.tags[n, key] >= 0:
                    at = _put(out, at, key)
                    at = _put(out, at, drawing.tags[n, key])
        out[at] = _TYPE
        out[at + 1] = drawing.family[n]
        out[at + 2] = _GEOMETRY
        begin, end = drawing.starts[n], drawing.starts[n + 1]
        at = _put(out, at + 3, end - begin)
        for byte in range(begin, end):
            out[at] = drawing.commands[byte]
            at += 1
    return at


@inner
def _tags_size(tags: NDArray[np.int32], n: int) -> int:
    size = 0
    for key in range(tags.shape[1]):
        if tags[n, key] >= 0:
            size += _varint_size(key) + _varint_size(tags[n, key])
    return size


@inner
def _zigzag(number: int) -> int:
    return number + number if number >= 0 else -number - number - 1


@inner
def _varint_size(number: int) -> int:
    left, size = np.uint64(number), 1
    while left > np.uint64(127):
        left >>= np.uint64(7)
        size += 1
    return size


@inner
def _put(out: Bytes, at: int, number: int) -> int:
    """Write a number seven bits a byte, the lowest first."""
    left = np.uint64(number)
    while left > np.uint64(127):
        out[at] = np.uint8((left & np.uint64(127)) | np.uint64(128))
        left >>= np.uint64(7)
        at += 1
    out[at] = np.uint8(left)
    return at + 1
