"""Points out of PostgreSQL: the bytes of COPY, read as one table where all rows are alike."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Select

from layers.store.geometries import read_wkb
from layers.store.points import coordinates_of, in_fixed_form, uids_of
from layers.store.postgis.engine import driver_of

# A binary copy begins with a signature, flags and the length of what may follow, and ends with -1.
_HEADER, _TRAILER = 19, 2
# A row with a uid of 36 characters and a point: count of fields, length and value of each.
_UID_AT, _POINT_AT, _XY_AT, _ROW = 6, 46, 55, 71
_ROW_BEGINS, _POINT_BEGINS = struct.pack(">hi", 2, 36), struct.pack(">i", 25)
# Little-endian, a point with a reference system.
_EWKB_BEGINS = struct.pack("<BI", 1, 0x2000_0001)

Points = tuple[NDArray[np.bytes_], NDArray[np.float64]]


def copied_points(connection: Connection, statement: Select[Any]) -> Points:
    """Copy the uid and the point that each row of a statement has, in no particular order."""
    compiled = statement.compile(dialect=connection.dialect)
    copying = f"COPY ({compiled}) TO STDOUT (FORMAT BINARY)"
    with (
        driver_of(connection).cursor() as cursor,
        cursor.copy(copying.encode(), compiled.params or None) as copy,
    ):
        sent = b"".join(copy)
    return _points_in(sent)


def _points_in(sent: bytes) -> Points:
    length = len(sent) - _HEADER - _TRAILER
    if length % _ROW == 0:
        rows = np.frombuffer(sent, np.uint8, length, _HEADER).reshape(-1, _ROW)
        alike = (
            in_fixed_form(rows, 0, _ROW_BEGINS)
            & in_fixed_form(rows, _POINT_AT - 4, _POINT_BEGINS)
            & in_fixed_form(rows, _POINT_AT, _EWKB_BEGINS)
        )
        if alike.all():
            uids = np.ascontiguousarray(rows[:, _UID_AT : _UID_AT + 36]).view("S36").ravel()
            xy = np.ascontiguousarray(rows[:, _XY_AT:]).view("<f8")
            return uids, xy
    return _one_by_one(sent)


def _one_by_one(sent: bytes) -> Points:
    uids, places, at = [], [], _HEADER
    while struct.unpack_from(">h", sent, at)[0] >= 0:
        at += 2
        fields = []
        for _ in range(2):
            (length,) = struct.unpack_from(">i", sent, at)
            at += 4
            fields.append(None if length < 0 else sent[at : at + length])
            at += max(length, 0)
        uids.append((fields[0] or b"").decode())
        places.append(fields[1])
    return uids_of(uids), coordinates_of(read_wkb(places))
