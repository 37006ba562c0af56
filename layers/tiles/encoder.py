"""Features as a vector tile: Mapbox Vector Tile 2.1, of one layer or several.

What is smaller than a unit of the tile is not drawn, and counted. Up to level `LAST_LOW` a tile
has at most `LOW_BYTES` bytes before it is compressed, above it `HIGH_BYTES`. What would be larger
first goes without the values of its features; where that is not enough, the tile is divided into
cells, so large that it is: of the features whose middle is in one, the largest is drawn, with the
number of those for which it stands as `count`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from layers.tiles import _cutting, _values, _writing
from layers.tiles._cutting import DRAWN, GONE, Frame, Pieces
from layers.tiles.arrays import LayerArrays, Period
from layers.tiles.grid import BUFFER, EXTENT, Tile
from layers.tiles.mending import mended
from layers.tiles.table import table_of

__all__ = [
    "COUNT",
    "HIGH_BYTES",
    "LAST_LOW",
    "LOW_BYTES",
    "DrawnTile",
    "Part",
    "draw",
    "join",
    "window_of",
]

LAST_LOW = 13
LOW_BYTES = 500_000
HIGH_BYTES = 5_000_000
COUNT = "count"

# Cells into which a crowded tile is divided, by their side in units; the last is all of the tile.
_CELLS = (*(round(4 * 2 ** (n / 4)) for n in range(40)), 2 * EXTENT)

Ints = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class DrawnTile:
    """A tile, and what is told of it.

    `features` are drawn, which stand for `stands_for`; `dropped` are smaller than a unit.
    `has_values` is False where values were left out.
    """

    data: bytes
    features: int = 0
    stands_for: int = 0
    dropped: int = 0
    has_values: bool = True


@dataclass(frozen=True, eq=False)
class Part:
    """Features of a layer that may be drawn: all, or those of some rows.

    Without `but`, which are rows that do not hold any more.
    """

    arrays: LayerArrays
    but: NDArray[np.bool_] | None = None


class _Found(NamedTuple):
    """Drawn features of one part, and the part of the table that they use."""

    pieces: Pieces
    family: NDArray[np.uint8]
    identifiers: NDArray[np.uint64]
    places: NDArray[np.uint64]
    uids: NDArray[np.bytes_]
    rows: Ints
    dropped: int


def draw(
    name: str,
    tile: Tile,
    parts: Sequence[Part],
    *,
    columns: Collection[str] | None = None,
    period: Period | None = None,
    within: Collection[bytes] | None = None,
) -> DrawnTile:
    """Draw one layer.

    Parameters
    ----------
    columns
        The values that are told, all by default.
    period
        Keep what is valid on any day of it.
    within
        Keep only features with these uids.
    """
    frame = frame_of(tile)
    found = [_cut(part, frame, period, within) for part in parts]
    dropped = sum(each.dropped for each in found)
    if not any(len(each.rows) for each in found):
        return DrawnTile(data=b"", dropped=dropped)
    names, tags, values = _told(parts, found, columns)
    drawing, order = _drawing(found, tags)
    most = LOW_BYTES if tile.z <= LAST_LOW else HIGH_BYTES
    made = _layer(name, drawing, order, (names, values), most)
    if made is None:
        made = _without_values(name, drawing, order, found, most)
    return replace(made, dropped=dropped)


def join(tiles: Sequence[DrawnTile]) -> DrawnTile:
    """Put layers into one tile."""
    return DrawnTile(
        data=b"".join(each.data for each in tiles),
        features=sum(each.features for each in tiles),
        stands_for=sum(each.stands_for for each in tiles),
        dropped=sum(each.dropped for each in tiles),
        has_values=all(each.has_values for each in tiles),
    )


def frame_of(tile: Tile) -> Frame:
    """Say where a tile lies, in its own units."""
    return Frame(
        scale=tile.scale,
        left=float(tile.x * EXTENT),
        top=float(tile.y * EXTENT),
        low=float(-BUFFER),
        high=float(EXTENT + BUFFER),
    )


def window_of(tile: Tile) -> tuple[float, float, float, float]:
    """Say which part of the world is drawn: west, north, east, south."""
    return _window(frame_of(tile))


def _window(frame: Frame) -> tuple[float, float, float, float]:
    west, north = (
        (frame.left + frame.low) / frame.scale,
        (frame.top + frame.low) / frame.scale,
    )
    side = (frame.high - frame.low) / frame.scale
    return west, north, west + side, north + side


def _cut(
    part: Part, frame: Frame, period: Period | None, within: Collection[bytes] | None
) -> _Found:
    arrays = part.arrays
    rows = arrays.within(_window(frame))
    if part.but is not None:
        rows = rows[~part.but[rows]]
    if period is not None:
        rows = arrays.valid(rows, period)
    if within is not None:
        kept = [uid in within for uid in arrays.uids[rows].tolist()]
        rows = rows[np.array(kept, dtype=bool)]
    pieces, room = _cutting.room_for(arrays.shapes, rows)
    _cutting.cut(arrays.shapes, rows, frame, pieces, room)
    pieces = mended(arrays.shapes, rows, frame, pieces)
    drawn = pieces.state == DRAWN
    begins = pieces.shapes[:-1][drawn]
    return _Found(
        # Shapes that are not drawn have no rings, so that those of the others lie side by side.
        pieces=pieces._replace(shapes=np.append(begins, pieces.shapes[-1])),
        family=arrays.shapes.family[rows[drawn]],
        identifiers=arrays.identifiers[rows[drawn]],
        places=arrays.places[rows[drawn]],
        uids=arrays.uids[rows[drawn]],
        rows=rows[drawn],
        dropped=int((pieces.state == GONE).sum()),
    )


def _told(
    parts: Sequence[Part], found: Sequence[_Found], columns: Collection[str] | None
) -> tuple[list[str], list[NDArray[np.int32]], list[bytes]]:
    """Give numbers to the values that features have: keys, a table of numbers a part, values."""
    known = parts[0].arrays.table.columns
    chosen = [n for n, key in enumerate(known) if columns is None or key in columns]
    tags, values, count = [], [], 0
    for part, each in zip(parts, found, strict=True):
        table = part.arrays.table
        numbers = np.empty((len(each.rows), len(chosen)), np.int32)
        used = np.empty(numbers.size, np.int32)
        slots = np.zeros(table.shared, np.int32)
        many = _values.tile_values(
            table.codes, each.rows, np.array(chosen, np.int64), slots, numbers, used
        )
        used = used[:many]
        size = int((table.starts[used + 1] - table.starts[used]).sum()) + 11 * many
        out = np.empty(size, np.uint8)
        written = _values.write_values(table.texts, table.starts, used, out)
        tags.append(np.where(numbers >= 0, numbers + count, -1).astype(np.int32))
        values.append(out[:written].tobytes())
        count += many
    return [known[n] for n in chosen], tags, values


def _drawing(
    found: Sequence[_Found], tags: Sequence[NDArray[np.int32]]
) -> tuple[_writing.Drawing, Ints]:
    """Write how all features are drawn, and in which order they are to stand."""
    commands, starts, at = [], [np.zeros(1, np.int64)], 0
    for each in found:
        room = np.empty(6 * len(each.pieces.xy) + 16 * len(each.pieces.ends), np.uint8)
        begins = np.zeros(len(each.rows) + 1, np.int64)
        size = _writing.write_commands(each.pieces, each.family, room, begins)
        commands.append(room[:size])
        starts.append(begins[1:] + at)
        at += size
    drawing = _writing.Drawing(
        commands=np.concatenate(commands),
        starts=np.concatenate(starts),
        family=np.concatenate([each.family for each in found]),
        identifiers=np.concatenate([each.identifiers for each in found]),
        tags=np.concatenate(tags),
    )
    if len(found) == 1:
        return drawing, np.arange(len(drawing.family))
    places = np.concatenate([each.places for each in found])
    uids = np.concatenate([each.uids for each in found])
    return drawing, np.lexsort((uids, drawing.identifiers, places))


def _layer(
    name: str,
    drawing: _writing.Drawing,
    chosen: Ints,
    told: tuple[Sequence[str], Sequence[bytes]],
    most: int,
) -> DrawnTile | None:
    """Write a layer of the chosen features; None where that has more than `most` bytes."""
    sizes = np.empty(len(drawing.family), np.int64)
    _writing.feature_sizes(drawing, sizes)
    keys, values = told
    head = b"\x78\x02" + _field(0x0A, name.encode())
    tail = b"".join(_field(0x1A, key.encode()) for key in keys) + b"".join(values)
    tail += b"\x28" + _varint(EXTENT)
    size = int(sizes[chosen].sum())
    if size + len(head) + len(tail) + 6 * len(chosen) > most:
        return None
    out = np.empty(size + 11 * len(chosen), np.uint8)
    written = _writing.write_features(drawing, chosen, sizes, out)
    data = _field(0x1A, head + out[:written].tobytes() + tail)
    return DrawnTile(data=data, features=len(chosen), stands_for=len(chosen))


def _without_values(
    name: str, drawing: _writing.Drawing, order: Ints, found: Sequence[_Found], most: int
) -> DrawnTile:
    """Write a layer without values, and with only so many features as there is room for."""
    bare = drawing._replace(tags=np.empty((len(order), 0), np.int32))
    made = _layer(name, bare, order, ([], []), most)
    if made is not None:
        return replace(made, has_values=False)
    boxes = np.concatenate([_boxes(each.pieces) for each in found])
    fits: DrawnTile | None = None
    small, large = 0, len(_CELLS)
    while small < large:  # the smallest cells for which there is room
        middle = (small + large) // 2
        made = _thinned_layer(name, drawing, _thinned(boxes, order, _CELLS[middle]), most)
        small, large = (small, middle) if made is not None else (middle + 1, large)
        fits = made or fits
    if fits is None:  # one shape alone that is too large
        return DrawnTile(data=b"", stands_for=len(order), has_values=False)
    return replace(fits, stands_for=len(order), has_values=False)


def _thinned_layer(
    name: str, drawing: _writing.Drawing, thinned: tuple[Ints, Ints], most: int
) -> DrawnTile | None:
    """Write a layer of some features, each with the number of those for which it stands."""
    chosen, counts = thinned
    table = table_of({COUNT: counts.tolist()}, len(counts))
    tags = np.full((len(drawing.family), 1), -1, np.int32)
    tags[chosen] = table.codes
    used = np.arange(len(table.starts) - 1, dtype=np.int32)
    values = np.empty(len(table.texts) + 11 * len(used), np.uint8)
    size = _values.write_values(table.texts, table.starts, used, values)
    told = ([COUNT], [values[:size].tobytes()])
    return _layer(name, drawing._replace(tags=tags), chosen, told, most)


def _boxes(pieces: Pieces) -> NDArray[np.int64]:
    """Give left, top, right, bottom of each drawn shape."""
    begins = pieces.ends[pieces.shapes[:-1]]
    if not len(begins):
        return np.empty((0, 4), np.int64)
    xy = pieces.xy[: pieces.ends[pieces.shapes[-1]]].astype(np.int64)
    return np.hstack([np.minimum.reduceat(xy, begins), np.maximum.reduceat(xy, begins)])


def _thinned(boxes: NDArray[np.int64], order: Ints, cell: int) -> tuple[Ints, Ints]:
    """Choose the largest shape of each cell, and count for how many it stands."""
    sides = boxes[:, 2:] - boxes[:, :2]
    middle = (boxes[:, :2] + boxes[:, 2:]) // (2 * cell)
    key = middle[order, 0] * (1 << 20) + middle[order, 1]
    # Stable: of shapes of one size, the first in order.
    ranked = np.lexsort((-(sides[order, 0] + 1) * (sides[order, 1] + 1), key))
    _, first, counts = np.unique(key[ranked], return_index=True, return_counts=True)
    chosen = ranked[first]
    back = np.argsort(chosen)
    return order[chosen[back]], counts[back]


def _field(tag: int, content: bytes) -> bytes:
    return bytes([tag]) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)
