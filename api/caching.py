"""A small memory of finished work: the last few results, each made once."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import TypeVar, cast

T = TypeVar("T")


class Memory:
    """Keep the last `size` results; who asks for one that is being made waits for it.

    A key must hold everything on which the result depends.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = Lock()
        self._kept: OrderedDict[Hashable, object] = OrderedDict()
        self._making: dict[Hashable, Lock] = {}

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Give what is kept under `key`, or make and keep it."""
        with self._lock:
            turn = self._making.setdefault(key, Lock())
        try:
            with turn:
                return self._find_or_make(key, make)
        finally:
            with self._lock:
                self._making.pop(key, None)

    def _find_or_make(self, key: Hashable, make: Callable[[], T]) -> T:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return cast("T", self._kept[key])
        made = make()
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
        return made
