"""What was made last, kept up to so many bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

__all__ = ["ByteMemory"]

T = TypeVar("T")


class ByteMemory(Generic[T]):
    """Keep things of a size; what was not asked for longest goes first.

    A key must hold everything on which the thing depends.

    Examples
    --------
    >>> memory = ByteMemory(10, len)
    >>> for name, thing in {"a": b"123456", "b": b"1234", "c": b"12"}.items():
    ...     memory.put(name, thing)
    >>> memory.find("a"), memory.find("b"), memory.nbytes
    (None, b'1234', 6)
    """

    def __init__(self, most: int, size_of: Callable[[T], int]) -> None:
        self._most = most
        self._size_of = size_of
        self._lock = Lock()
        self._kept: OrderedDict[Hashable, T] = OrderedDict()
        self._held = 0

    @property
    def nbytes(self) -> int:
        """Say how much is kept."""
        return self._held

    def find(self, key: Hashable) -> T | None:
        """Give what is kept under a key."""
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key]

    def put(self, key: Hashable, thing: T) -> None:
        """Keep a thing, unless it is larger than all that may be kept."""
        size = self._size_of(thing)
        with self._lock:
            if key in self._kept:
                self._held -= self._size_of(self._kept.pop(key))
            if size > self._most:
                return
            self._kept[key] = thing
            self._held += size
            while self._held > self._most:
                _, gone = self._kept.popitem(last=False)
                self._held -= self._size_of(gone)
