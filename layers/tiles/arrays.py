"""A layer as arrays, in the order in which its features lie: what tiles are drawn from.

Features are ordered along a curve that visits neighbours one after the other (Morton's), so that
what a tile needs lies together, in memory and in the tile; the same features are in the same order
whatever was written before.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gis._compiled import compiled, inner
from layers.store.points import uids_of
from layers.tiles.shapes import Shapes
from layers.tiles.table import Table, table_of

__all__ = ["ALWAYS", "UID", "LayerArrays", "Period", "arrays_of"]

Boxes = NDArray[np.float64]
Ints = NDArray[np.int64]

UID = "uid"
# Features of a block are looked at only where their common box is met.
_BLOCK = 64
_FIRST_DAY, _LAST_DAY = -(2**31), 2**31 - 1
_NO_DIGIT = np.uint64(2**64 - 1)
_HEX = np.full(256, _NO_DIGIT)
_HEX[np.frombuffer(b"0123456789abcdef", np.uint8)] = np.arange(16)
_LOWER_HEX = frozenset(b"0123456789abcdef")
# Where a uid has its first 13 digits: as many as a number has in every program that reads tiles.
_DIGITS = [0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 14]
_USUAL = 36
_SOME = 8  # uids that are numbered more quickly one by one


class Period(NamedTuple):
    """First and last day, as ordinals; features that are valid on any of them are meant."""

    first: int
    last: int

    @classmethod
    def of(cls, days: tuple[dt.date | None, dt.date | None]) -> Period:
        """Take None as without bound."""
        first, last = days
        return cls(
            _FIRST_DAY if first is None else first.toordinal(),
            _LAST_DAY if last is None else last.toordinal(),
        )


ALWAYS: Period | None = None


@dataclass(frozen=True, eq=False)
class LayerArrays:
    """Shapes and values of features; `identifiers` are numbers made of their uids.

    `begins` and `ends` are the ordinals of the first day on which each is valid, and of the first
    on which it no longer is.
    """

    uids: NDArray[np.bytes_]
    identifiers: NDArray[np.uint64]
    shapes: Shapes
    table: Table
    begins: NDArray[np.int32]
    ends: NDArray[np.int32]
    places: NDArray[np.uint64]
    blocks: Boxes

    def __len__(self) -> int:
        return len(self.uids)

    @property
    def nbytes(self) -> int:
        """Say how much memory they take."""
        held: list[NDArray[Any]] = [
            *self.shapes,
            self.table.codes,
            self.table.texts,
            self.table.starts,
        ]
        return sum(each.nbytes for each in held) + self.uids.nbytes + 32 * len(self)

    def within(self, box: tuple[float, float, float, float]) -> Ints:
        """Find the features whose box meets one of the world: west, north, east, south."""
        return np.flatnonzero(_touching(self.shapes.boxes, self.blocks, *box))

    def valid(self, rows: Ints, period: Period) -> Ints:
        """Keep the rows of what is valid on any day of a period."""
        begins, ends = self.begins[rows], self.ends[rows]
        return rows[(begins <= period.last) & (ends > period.first) & (begins < ends)]

    def taken(self, rows: NDArray[np.intp]) -> LayerArrays:
        """Give some features in an order of their own."""
        shapes = self.shapes.taken(rows)
        return LayerArrays(
            uids=self.uids[rows],
            identifiers=self.identifiers[rows],
            shapes=shapes,
            table=self.table.taken(rows),
            begins=self.begins[rows],
            ends=self.ends[rows],
            places=self.places[rows],
            blocks=_blocks(shapes.boxes),
        )

    def with_more(self, more: LayerArrays) -> LayerArrays:
        """Put others behind them, out of order: what is drawn of a few need not lie together."""
        shapes = self.shapes.with_more(more.shapes)
        return LayerArrays(
            uids=np.concatenate([self.uids, more.uids]),
            identifiers=np.concatenate([self.identifiers, more.identifiers]),
            shapes=shapes,
            table=self.table.with_more(more.table),
            begins=np.concatenate([self.begins, more.begins]),
            ends=np.concatenate([self.ends, more.ends]),
            places=np.concatenate([self.places, more.places]),
            blocks=_blocks(shapes.boxes),
        )

    @cached_property
    def by_number(self) -> tuple[Ints, NDArray[np.uint64]]:
        """Give the rows in the order of their numbers, and these."""
        order = np.argsort(self.identifiers, kind="stable")
        return order, self.identifiers[order]

    def row_of(self, uid: bytes) -> int | None:
        """Find the row that a feature has; None where it is not here."""
        order, numbers = self.by_number
        number = _number(uid)
        at = int(numbers.searchsorted(np.uint64(number)))
        while at < len(numbers) and numbers[at] == number:
            if self.uids[order[at]] == uid:
                return int(order[at])
            at += 1
        return None


def arrays_of(
    uids: Sequence[str],
    shapes: Shapes,
    columns: Mapping[str, Sequence[Any]],
    *,
    valid: tuple[Sequence[dt.date | None], Sequence[dt.date | None]] | None = None,
) -> LayerArrays:
    """Put features in order; `columns` are their values, among which `uid` need not be."""
    names = uids_of(list(uids))
    numbers = _numbers(names)
    places = _places(shapes.boxes)
    begins, ends = valid or ((None,) * len(names), (None,) * len(names))
    found = LayerArrays(
        uids=names,
        identifiers=numbers,
        shapes=shapes,
        table=table_of({**columns, UID: uids}, len(names)),
        begins=_ordinals(begins, _FIRST_DAY),
        ends=_ordinals(ends, _LAST_DAY),
        places=places,
        blocks=_blocks(shapes.boxes),
    )
    return found if len(names) == 1 else found.taken(np.lexsort((names, numbers, places)))


def _ordinals(days: Sequence[dt.date | None], absent: int) -> NDArray[np.int32]:
    return np.array([absent if day is None else day.toordinal() for day in days], np.int32)


def _numbers(uids: NDArray[np.bytes_]) -> NDArray[np.uint64]:
    """Make of each uid a number of 52 bits: of its digits, or of its hash where it has others.

    It must not depend on which other uids there are.
    """
    if len(uids) <= _SOME:
        return np.array([_number(uid) for uid in uids.tolist()], np.uint64)
    numbers = np.zeros(len(uids), np.uint64)
    odd = np.ones(len(uids), dtype=bool)
    if len(uids) and uids.dtype.itemsize == _USUAL:
        digits = np.ascontiguousarray(uids).view(np.uint8).reshape(-1, _USUAL)[:, _DIGITS]
        odd = (_HEX[digits] == _NO_DIGIT).any(axis=1)
        for place in range(len(_DIGITS)):
            numbers = (numbers << np.uint64(4)) | _HEX[digits[:, place]]
    for row in np.flatnonzero(odd).tolist():
        numbers[row] = _number(uids[row])
    return numbers


def _number(uid: bytes) -> int:
    """Make a number of one uid."""
    if len(uid) == _USUAL:
        digits = bytes(uid[place] for place in _DIGITS)
        if _LOWER_HEX.issuperset(digits):
            return int(digits, 16)
    return int(hashlib.sha256(uid).hexdigest()[: len(_DIGITS)], 16)


def _places(boxes: Boxes) -> NDArray[np.uint64]:
    """Give numbers to the middles of boxes along Morton's curve; what has no place comes last."""
    middle = np.clip((boxes[:, :2] + boxes[:, 2:]) / 2, 0, 1 - 2.0**-31)
    known = ~np.isnan(middle).any(axis=1)
    found = np.full(len(boxes), 2**63, np.uint64)
    whole = (middle[known] * 2.0**31).astype(np.uint64)
    found[known] = _spread(whole[:, 0]) | (_spread(whole[:, 1]) << np.uint64(1))
    return found


def _spread(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Put a zero between every two bits."""
    for shift, mask in (
        (16, 0x0000FFFF0000FFFF),
        (8, 0x00FF00FF00FF00FF),
        (4, 0x0F0F0F0F0F0F0F0F),
        (2, 0x3333333333333333),
        (1, 0x5555555555555555),
    ):
        bits = (bits | (bits << np.uint64(shift))) & np.uint64(mask)
    return bits


def _blocks(boxes: Boxes) -> Boxes:
    begins = np.arange(0, len(boxes), _BLOCK)
    if not len(begins):
        return np.empty((0, 4))
    west = np.fmin.reduceat(boxes[:, :2], begins)
    return np.hstack([west, np.fmax.reduceat(boxes[:, 2:], begins)])


@compiled
def _touching(
    boxes: Boxes, blocks: Boxes, west: float, north: float, east: float, south: float
) -> NDArray[np.bool_]:
    found = np.zeros(len(boxes), np.bool_)
    for block in range(len(blocks)):
        if not _meets(blocks, block, west, north, east, south):
            continue
        for row in range(block * _BLOCK, min((block + 1) * _BLOCK, len(boxes))):
            found[row] = _meets(boxes, row, west, north, east, south)
    return found


@inner
def _meets(boxes: Boxes, row: int, west: float, north: float, east: float, south: float) -> bool:
    return (
        boxes[row, 0] <= east
        and boxes[row, 2] >= west
        and boxes[row, 1] <= south
        and boxes[row, 3] >= north
    )
