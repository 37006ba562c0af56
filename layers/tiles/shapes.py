"""The places of a layer as arrays on the world's square, ready to be cut into tiles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.store.geometries import read_wkb
from layers.tiles import _wkb
from layers.tiles.grid import to_world

__all__ = ["Shapes", "ranges", "shapes_of", "shapes_of_geometries"]

_Type = shapely.GeometryType


class Shapes(NamedTuple):
    """Shapes of many features, as `layers.tiles._wkb.Rings` has them, in coordinates of the world.

    `boxes` holds west, north, east, south of each; NaN where a feature has no place.
    """

    xy: NDArray[np.float64]
    starts: NDArray[np.int64]
    holes: NDArray[np.uint8]
    shapes: NDArray[np.int64]
    family: NDArray[np.uint8]
    boxes: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.family)

    def taken(self, rows: NDArray[np.intp]) -> Shapes:
        """Give some shapes in an order of their own."""
        counts = np.diff(self.shapes)[rows]
        rings = ranges(self.shapes[:-1][rows], counts)
        lengths = np.diff(self.starts)[rings]
        pairs = ranges(self.starts[:-1][rings], lengths)
        return Shapes(
            xy=self.xy[pairs],
            starts=_cumulated(lengths),
            holes=self.holes[rings],
            shapes=_cumulated(counts),
            family=self.family[rows],
            boxes=self.boxes[rows],
        )

    def with_more(self, more: Shapes) -> Shapes:
        """Put others behind them."""
        return Shapes(
            xy=np.concatenate([self.xy, more.xy]),
            starts=np.concatenate([self.starts, more.starts[1:] + self.starts[-1]]),
            holes=np.concatenate([self.holes, more.holes]),
            shapes=np.concatenate([self.shapes, more.shapes[1:] + self.shapes[-1]]),
            family=np.concatenate([self.family, more.family]),
            boxes=np.concatenate([self.boxes, more.boxes]),
        )


def shapes_of(wkb: Sequence[bytes | None], crs: str) -> Shapes:
    """Read places written as WKB in `crs`; what cannot be read is no place."""
    rings = _read(wkb)
    unusual = np.flatnonzero(rings.family == _wkb.UNUSUAL)
    if len(unusual):
        plain = list(wkb)
        rows: list[int] = unusual.tolist()
        for row, text in zip(rows, _usual([wkb[row] for row in rows]), strict=True):
            plain[row] = text
        rings = _read(plain)
    return _placed(rings, crs)


def shapes_of_geometries(geometries: NDArray[np.object_], crs: str) -> Shapes:
    """Read places from geometries in `crs`."""
    texts = shapely.to_wkb(shapely.force_2d(geometries), byte_order=1, flavor="iso")
    return shapes_of(texts.tolist(), crs)


def _read(wkb: Sequence[bytes | None]) -> _wkb.Rings:
    texts = [text or b"" for text in wkb]
    offsets = _cumulated(np.fromiter(map(len, texts), np.int64, len(texts)))
    sent = np.frombuffer(b"".join(texts), np.uint8)
    room = _wkb.room_for(len(sent), len(texts))
    rings, pairs = _wkb.read_rings(sent, offsets, room)
    return _wkb.Rings(
        xy=room.xy[: pairs * 16],
        starts=room.starts[: rings + 1],
        holes=room.holes[:rings],
        shapes=room.shapes,
        family=room.family,
    )


def _usual(wkb: Sequence[bytes | None]) -> list[bytes | None]:
    """Write what is written otherwise as usual; of collections, the parts of most dimensions."""
    geometries = shapely.force_2d(read_wkb(list(wkb)))
    collected = np.flatnonzero(shapely.get_type_id(geometries) == _Type.GEOMETRYCOLLECTION)
    for row in collected.tolist():
        geometries[row] = _largest_parts(geometries[row])
    supported = np.isin(shapely.get_type_id(geometries), list(range(-1, 7)))
    rings = shapely.get_type_id(geometries) == _Type.LINEARRING
    geometries = np.where(supported & ~rings, geometries, None)
    texts: list[bytes | None] = shapely.to_wkb(geometries, byte_order=1, flavor="iso").tolist()
    return texts


def _largest_parts(collection: shapely.Geometry) -> shapely.Geometry | None:
    parts = np.array([collection], dtype=object)
    while (shapely.get_type_id(parts) >= _Type.MULTIPOINT).any():
        parts = shapely.get_parts(parts)
    dimensions = shapely.get_dimensions(parts)
    if not len(parts) or dimensions.max() < 0:
        return None
    of = (shapely.multipoints, shapely.multilinestrings, shapely.multipolygons)[dimensions.max()]
    return of(parts[dimensions == dimensions.max()])


def _placed(rings: _wkb.Rings, crs: str) -> Shapes:
    xy = to_world(rings.xy.view(np.float64).reshape(-1, 2), crs)
    family, boxes = rings.family.copy(), np.full((len(rings.family), 4), np.nan)
    present = np.flatnonzero(family)
    if len(present):
        # Shapes without a place have no coordinates, so those of the others lie side by side.
        begins = rings.starts[rings.shapes[:-1][present]]
        boxes[present, :2] = np.minimum.reduceat(xy, begins)  # NaN goes through
        boxes[present, 2:] = np.maximum.reduceat(xy, begins)
        family[np.isnan(boxes).any(axis=1)] = _wkb.NONE
    return Shapes(xy, rings.starts.copy(), rings.holes.copy(), rings.shapes, family, boxes)


def ranges(begins: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Put ranges of whole numbers behind each other."""
    ends = np.cumsum(counts)
    return np.arange(ends[-1] if len(ends) else 0) + np.repeat(begins - ends + counts, counts)


def _cumulated(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
