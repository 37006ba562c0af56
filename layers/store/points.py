"""Points as two columns of numbers, straight from what the database sends.

A geometry object for each of some hundred thousand points costs more than all else of reading
them. Points have a form of fixed length on either backend, so that all coordinates are taken from
the bytes at once; whatever has another form, written by another program, is read one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from gis import Positions

__all__ = ["LayerPoints", "coordinates_of", "in_fixed_form", "order_of_uids", "uids_of"]

Floats = NDArray[np.float64]
Bytes = NDArray[np.uint8]

# Characters of a uid, unless another program has made one of its own.
_USUAL = 36


@dataclass(frozen=True, eq=False)
class LayerPoints:
    """The points of a layer.

    Parameters
    ----------
    uids
        (n,) uids as ASCII bytes, in order.
    coordinates
        (n, 2) float64 in `crs`, x before y; NaN where a feature has no point.
    crs
        The reference system.
    """

    uids: NDArray[np.bytes_]
    coordinates: Floats
    crs: CRS

    def __len__(self) -> int:
        return len(self.uids)

    def to_positions(self) -> Positions:
        """Give positions, as measures take them, labelled by uid."""
        return Positions(self.coordinates, self.crs, pd.Index(self.uids.astype(str), name="uid"))


def in_fixed_form(rows: Bytes, at: int, begins: bytes) -> NDArray[np.bool_]:
    """Tell which rows of bytes hold `begins` from `at` on."""
    wanted = np.frombuffer(begins, np.uint8)
    same: NDArray[np.bool_] = (rows[:, at : at + len(wanted)] == wanted).all(axis=1)
    return same


def coordinates_of(shapes: NDArray[np.object_]) -> Floats:
    """Give the coordinates of points one by one; NaN for what is none."""
    found = np.full((len(shapes), 2), np.nan)
    is_point = (shapely.get_type_id(shapes) == shapely.GeometryType.POINT) & ~shapely.is_empty(
        shapes
    )
    found[is_point] = shapely.get_coordinates(shapes[is_point])
    return found


def order_of_uids(uids: NDArray[np.bytes_]) -> NDArray[np.intp]:
    """Sort uids by their bytes: by the first eight of them, and by all where these are the same."""
    if uids.dtype.itemsize < 8 or not len(uids):
        return np.argsort(uids, kind="stable")
    start = uids.view(np.uint8).reshape(len(uids), -1)[:, :8]
    start = np.ascontiguousarray(start).view(">u8").ravel().astype(np.uint64)
    order = np.argsort(start, kind="stable")
    same = start[order][1:] == start[order][:-1]
    among = np.zeros(len(uids), dtype=bool)
    among[1:] |= same
    among[:-1] |= same
    tied = order[among]
    order[among] = tied[np.lexsort((uids[tied], start[tied]))]
    return order


def uids_of(texts: Sequence[str]) -> NDArray[np.bytes_]:
    """Give uids as bytes; those of the usual length all at once."""
    joined = "".join(texts)
    if joined.isascii() and set(map(len, texts)) == {_USUAL}:
        return np.frombuffer(joined.encode(), dtype=f"S{_USUAL}")
    return np.array([text.encode() for text in texts] or [b""], dtype=np.bytes_)[: len(texts)]
