"""Points out of a GeoPackage: all blobs of the usual form read as one table."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import compress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.store.geopackage import blob
from layers.store.points import coordinates_of, in_fixed_form, uids_of

# A point: header without envelope, byte order, type, coordinates.
_POINT, _WKB_AT, _XY_AT = 29, 8, 13
_BLOB_BEGINS = struct.pack("<2sBB", b"GP", 0, 1)  # little-endian, not empty
_WKB_BEGINS = struct.pack("<BI", 1, 1)


def points_in(rows: Sequence[Any]) -> tuple[NDArray[np.bytes_], NDArray[np.float64]]:
    """Give the uid and the coordinates of rows of a uid and a blob."""
    uids, blobs = zip(*rows, strict=True) if rows else ((), ())
    coordinates = np.full((len(blobs), 2), np.nan)
    usual = np.fromiter((_is_long(one) for one in blobs), dtype=bool, count=len(blobs))
    sent = b"".join(blobs if usual.all() else compress(blobs, usual))
    table = np.frombuffer(sent, np.uint8).reshape(-1, _POINT)
    alike = in_fixed_form(table, 0, _BLOB_BEGINS) & in_fixed_form(table, _WKB_AT, _WKB_BEGINS)
    usual[np.flatnonzero(usual)[~alike]] = False
    coordinates[usual] = np.ascontiguousarray(table[alike, _XY_AT:]).view("<f8")
    others = np.flatnonzero(~usual).tolist()
    if others:
        coordinates[others] = coordinates_of(blob.decode([blobs[row] for row in others]))
    return uids_of(uids), coordinates


def _is_long(value: object) -> bool:
    return type(value) is bytes and len(value) == _POINT
