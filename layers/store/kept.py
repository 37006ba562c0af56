"""Small memories of numbers and other results that are dear to find and often asked for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """Keep the last results, each under a key that holds all that it depends on."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._found: OrderedDict[Hashable, T] = OrderedDict()

    def get(self, key: Hashable, find: Callable[[], T]) -> T:
        """Give what was found under a key, or find it; two who ask at once both look."""
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
                return self._found[key]
        found = find()
        with self._lock:
            self._found[key] = found
            if len(self._found) > self._most:
                self._found.popitem(last=False)
        return found


class KeptWithin(Generic[T]):
    """Keep what was asked for last, as long as it is not too large altogether."""

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._lock = Lock()
        self._found: OrderedDict[Hashable, tuple[T, int]] = OrderedDict()
        self._held = 0

    def find(self, key: Hashable) -> T | None:
        """Give what is kept under a key, if anything is."""
        with self._lock:
            if key not in self._found:
                return None
            self._found.move_to_end(key)
            return self._found[key][0]

    def keep(self, key: Hashable, found: T, size: int) -> None:
        """Keep something of a size; what would drive out most of the others is not kept."""
        with self._lock:
            _, before = self._found.pop(key, (None, 0))
            self._held -= before
            if size > self._largest // 4:
                return
            self._found[key] = (found, size)
            self._held += size
            while self._held > self._largest:
                _, (_, gone) = self._found.popitem(last=False)
                self._held -= gone
