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

    def __init__(self, size: int, tell: Callable[[bool], None] = lambda _: None) -> None:
        """Tell at each question whether the result was there."""
        self._size = size
        self._tell = tell
        self._lock = Lock()
        self._kept: OrderedDict[Hashable, object] = OrderedDict()
        self._making: dict[Hashable, Lock] = {}

    def __len__(self) -> int:
        return len(self._kept)

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
            is_there = key in self._kept
            if is_there:
                self._kept.move_to_end(key)
                found = self._kept[key]
        self._tell(is_there)
        if is_there:
            return cast("T", found)
        made = make()
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
        return made


class Bodies:
    """Keep finished answers, those that were asked for last, up to so many bytes altogether.

    A key must hold everything on which the answer depends.
    """

    def __init__(self, largest: int, tell: Callable[[bool], None] = lambda _: None) -> None:
        """Tell at each question whether the answer was there."""
        self._largest = largest
        self._tell = tell
        self._lock = Lock()
        self._kept: OrderedDict[Hashable, bytes] = OrderedDict()
        self._held = 0

    def find(self, key: Hashable) -> bytes | None:
        """Give what is kept under `key`."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            found = self._kept.get(key)
        self._tell(found is not None)
        return found

    def keep(self, key: Hashable, body: bytes) -> None:
        """Keep a body; one that would drive out most of the others is not kept."""
        if len(body) > self._largest // 8:
            return
        with self._lock:
            self._held += len(body) - len(self._kept.pop(key, b""))
            self._kept[key] = body
            while self._held > self._largest:
                self._held -= len(self._kept.popitem(last=False)[1])
