"""The values of a layer's features, each written once as a vector tile has them.

A value is a message of its own in a tile; features name values by number. Values that several
features have come first, those that belong to one feature alone after them, so that a tile need
not look for the latter.
"""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Table", "table_of", "written"]

_TEXT, _DOUBLE, _UINT, _SINT, _BOOL = 0x0A, 0x19, 0x28, 0x30, 0x38
# A column in which more than this share of the rows have a value of their own is not shared.
_OWN = 0.5


class Table(NamedTuple):
    """Values of n features in c columns.

    `codes` (n, c) numbers values, -1 for none; value i is `texts[starts[i]:starts[i + 1]]`, and the
    first `shared` of them may be those of several features.
    """

    columns: tuple[str, ...]
    codes: NDArray[np.int32]
    texts: NDArray[np.uint8]
    starts: NDArray[np.int64]
    shared: int

    def taken(self, rows: NDArray[np.intp]) -> Table:
        """Give some rows in an order of their own, with all values."""
        return self._replace(codes=self.codes[rows])

    def with_more(self, more: Table) -> Table:
        """Put other rows of the same columns behind them; any value may be that of several."""
        known = len(self.starts) - 1
        codes = np.where(more.codes >= 0, more.codes + np.int32(known), np.int32(-1))
        starts = np.concatenate([self.starts, more.starts[1:] + self.starts[-1]])
        return Table(
            columns=self.columns,
            codes=np.concatenate([self.codes, codes]),
            texts=np.concatenate([self.texts, more.texts]),
            starts=starts,
            shared=len(starts) - 1,
        )


def table_of(columns: Mapping[str, Sequence[Any]], count: int) -> Table:
    """Write the columns of `count` features; what is None is no value."""
    names = tuple(columns)
    found: list[dict[Any, int]] = []
    numbered: list[list[int]] = []
    for values in columns.values():
        numbers: dict[Any, int] = {}
        numbered.append(
            [
                -1 if value is None else numbers.setdefault((type(value), value), len(numbers))
                for value in values
            ]
        )
        found.append(numbers)
    order = sorted(range(len(names)), key=lambda n: (len(found[n]) > _OWN * count, n))
    begins = np.zeros(len(names), np.int32)
    texts: list[bytes] = []
    shared = 0
    for n in order:
        begins[n] = len(texts)
        texts += [written(value) for _, value in found[n]]
        shared = shared if len(found[n]) > _OWN * count else len(texts)
    within = np.array(numbered, np.int32).reshape(len(names), count).T
    codes = np.ascontiguousarray(np.where(within >= 0, within + begins, np.int32(-1)))
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    return Table(
        columns=names,
        codes=codes,
        texts=np.frombuffer(b"".join(texts), np.uint8),
        starts=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        shared=shared,
    )


def written(value: Any) -> bytes:
    r"""Write one value with its type.

    Examples
    --------
    >>> written(True), written(5), written(-1), written("ab")
    (b'8\x01', b'(\x05', b'0\x01', b'\n\x02ab')
    """
    return _WRITE[type(value)](value)


def _text(value: str) -> bytes:
    text = value.encode("utf-8", "replace")
    return bytes([_TEXT]) + _varint(len(text)) + text


def _whole(value: int) -> bytes:
    if value >= 0:
        return bytes([_UINT]) + _varint(value)
    return bytes([_SINT]) + _varint(-2 * value - 1)


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _moment(value: dt.datetime) -> bytes:
    return _text(value.isoformat(timespec="milliseconds").replace("+00:00", "Z"))


_WRITE: Mapping[type, Callable[[Any], bytes]] = {
    str: _text,
    bool: lambda value: bytes([_BOOL, value]),
    int: _whole,
    float: lambda value: struct.pack("<Bd", _DOUBLE, value),
    dt.date: lambda value: _text(value.isoformat()),
    dt.datetime: _moment,
}
