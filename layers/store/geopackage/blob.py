"""The GeoPackage binary form of a geometry: a short header before plain WKB.

A header is the magic `GP`, a version byte, a flags byte, the SRS id and, for all but points, the
envelope (GeoPackage 1.4, clause 2.1.3). Points carry no envelope, so its length must be read from
the flags and never assumed.

Other programs write to the same columns. What cannot be read is no geometry, here and for the
spatial index; `greengrid check` names it, for nobody else can say what was meant.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np
import shapely

from layers.store.geometries import read_wkb

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

_MAGIC = b"GP"
_VERSION = 0
_LITTLE_ENDIAN = 0b0000_0001
_EMPTY = 0b0001_0000
_XY_ENVELOPE = 0b0000_0010
_POINT_TYPE_ID = 0
_HEADER = struct.Struct("<2sBBi")
_HEADER_WITH_ENVELOPE = struct.Struct("<2sBBi4d")
# Length of the envelope in bytes by the three envelope bits of the flags.
_ENVELOPE_BYTES = (0, 32, 48, 48, 64, 0, 0, 0)


def encode(geometries: Iterable[object], srs_id: int) -> list[bytes | None]:
    """Encode shapely geometries as GeoPackage blobs; a missing geometry stays None."""
    array = np.asarray(geometries, dtype=object)
    wkb: Sequence[bytes | None] = shapely.to_wkb(array, byte_order=1, flavor="iso").tolist()
    bounds = shapely.bounds(array)
    is_bare = (shapely.get_type_id(array) == _POINT_TYPE_ID) | shapely.is_empty(array)
    is_empty = shapely.is_empty(array)
    return [
        None if body is None else _header(srs_id, box, bare=bare, empty=empty) + body
        for body, box, bare, empty in zip(wkb, bounds, is_bare, is_empty, strict=True)
    ]


def _header(srs_id: int, box: NDArray[np.float64], *, bare: bool, empty: bool) -> bytes:
    flags = _LITTLE_ENDIAN | (_EMPTY if empty else 0)
    if bare:
        return _HEADER.pack(_MAGIC, _VERSION, flags, srs_id)
    min_x, min_y, max_x, max_y = box
    return _HEADER_WITH_ENVELOPE.pack(
        _MAGIC, _VERSION, flags | _XY_ENVELOPE, srs_id, min_x, max_x, min_y, max_y
    )


def wkb_of(blob: bytes) -> bytes:
    """Strip the header from one blob; nothing is left of what has none."""
    if not _has_header(blob):
        return b""
    envelope = _ENVELOPE_BYTES[(blob[3] >> 1) & 0b111]
    return blob[_HEADER.size + envelope :]


def decode(blobs: Iterable[bytes | None]) -> NDArray[np.object_]:
    """Decode blobs into an array of shapely geometries; None stays None, rubbish becomes it."""
    return read_wkb([None if blob is None else wkb_of(blob) for blob in blobs])


def bounds_of(blob: bytes | None) -> tuple[float, float, float, float] | None:
    """Read (min_x, min_y, max_x, max_y) of one blob; None when missing, empty or unreadable."""
    if blob is None or not _has_header(blob) or blob[3] & _EMPTY:
        return None
    if (blob[3] >> 1) & 0b111:
        byte_order = "<" if blob[3] & _LITTLE_ENDIAN else ">"
        min_x, max_x, min_y, max_y = struct.unpack_from(f"{byte_order}4d", blob, _HEADER.size)
        return min_x, min_y, max_x, max_y
    (bounds,) = shapely.bounds(read_wkb([wkb_of(blob)]))
    return None if np.isnan(bounds[0]) else tuple(bounds.tolist())


def _has_header(blob: bytes) -> bool:
    """Tell whether a blob is long enough for what its flags promise."""
    if not isinstance(blob, bytes) or len(blob) < _HEADER.size or not blob.startswith(_MAGIC):
        return False
    return len(blob) >= _HEADER.size + _ENVELOPE_BYTES[(blob[3] >> 1) & 0b111]
