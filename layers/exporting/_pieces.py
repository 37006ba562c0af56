"""Texts of features that were written before, found again by the values they were written from.

What is kept can never be out of date: a feature that anybody has changed has other values. So a
page of which one feature has changed is put together from the texts of the others.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from threading import Lock
from typing import Any

# Beside the text: a dictionary's entry, a tuple, and the values that are not text.
_OVERHEAD = 600

Row = tuple[Any, ...]
Texts = dict[Row, bytes]


class Pieces:
    """Keep texts up to about so many bytes: those last asked for, in two generations.

    What is asked for again moves on to the younger one; when that has its share, the older goes.
    """

    def __init__(self, largest: int) -> None:
        self._share = largest // 2
        self._lock = Lock()
        self._young: dict[Hashable, Texts] = {}
        self._old: dict[Hashable, Texts] = {}
        self._held = 0

    def texts(
        self,
        form: Hashable,
        rows: Sequence[Row],
        write: Callable[[Sequence[Row]], list[bytes]],
    ) -> list[bytes]:
        """Give the text of each row, written anew only where it is not kept.

        `form` names everything but the values on which the texts depend.
        """
        with self._lock:
            young, old = self._young.setdefault(form, {}), self._old.get(form, {})
        found = [young.get(row) for row in rows]
        missing = [n for n, text in enumerate(found) if text is None]
        if not missing:
            return [text for text in found if text is not None]
        new: Texts = {}
        unknown: list[int] = []
        for n in missing:
            text = found[n] = old.get(rows[n])
            if text is None:
                unknown.append(n)
            else:
                new[rows[n]] = text
        for n, text in zip(unknown, write([rows[n] for n in unknown]), strict=True):
            new[rows[n]] = found[n] = text
        self._keep(form, new)
        return [text for text in found if text is not None]

    def _keep(self, form: Hashable, new: Texts) -> None:
        size = sum(_size(row, text) for row, text in new.items())
        if size > self._share // 2:  # would drive out most of the others
            return
        with self._lock:
            self._young.setdefault(form, {}).update(new)
            self._held += size
            if self._held > self._share:
                self._old, self._young, self._held = self._young, {}, 0


def _size(row: Row, text: bytes) -> int:
    return _OVERHEAD + len(text) + sum(len(v) for v in row if isinstance(v, bytes))
