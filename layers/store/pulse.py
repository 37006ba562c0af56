"""Whether anything may have been committed since: asked cheaply, so that little is asked twice.

Each request needs a dozen small facts: the last changeset, the revision of a layer, who shows a
session and what they were granted. Each is a transaction of its own, and nearly always the answer
of the request before. So it is remembered, under a number that rises with every commit, whoever
commits: another thread, another server, GDAL, QGIS, somebody at the database's own prompt.

    Pulse        the number, from what a database tells of itself
    Remembered   facts that hold while the number stays
    asked_once   one look for all that a request wants to know

What depends on the clock is no fact of this sort; whoever remembers it says until when it holds.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from types import MappingProxyType
from typing import Protocol, TypeVar, cast

__all__ = ["Distant", "Pulse", "Remembered", "Vital", "asked_once"]

T = TypeVar("T")

_MOST = 2_000


class Vital(Protocol):
    """A database's sign of life; each has a connection of its own, which never writes."""

    def look(self) -> Hashable:
        """Give what is equal to what was given before only if nothing was committed in between.

        Raises whatever the database does not bear; the next look begins anew.
        """

    def close(self) -> None:
        """Let go of the connection; a later look would open it again."""

    def apart(self) -> Distant | None:
        """Give another, with a connection of its own; None where a look waits for nobody."""


class Distant(Vital, Protocol):
    """A sign of life that comes over a network, so that one can do something else meanwhile.

    Not safe to share between threads.
    """

    def ask(self) -> int | None:
        """Begin a look; name the socket on which its answer will come.

        None where there is no connection: then `look` opens one, which takes its time. Raises as
        `look` does.
        """

    def answer(self) -> Hashable | None:
        """Give what a look has found; None as long as some of it has still to come.

        Raises as `look` does.
        """


class Pulse:
    """Count the commits to a database, or rather the looks that have found another state.

    Safe to share between threads. Many who ask at once are told by a few looks: one that began
    after somebody had asked has seen whatever they could know of.
    """

    def __init__(self, vital: Vital) -> None:
        self.vital = vital
        self._looking = Lock()
        self._noting = Lock()  # which nobody holds while they wait for the database
        self._found: Hashable = object()  # equal to nothing
        self._number = 0
        self._looks = 0

    def beat(self) -> int:
        """Give a number that is higher if anything was committed since it was asked last.

        It may be higher for other reasons too, as when nothing can be found out; it never falls.
        Within `asked_once` it is the number that was asked there.
        """
        known = _asked.get().get(self)
        return self._ask() if known is None else known

    def note(self, found: Hashable) -> int:
        """Give the number of what a look has found, be it one of `apart`.

        A number stands for one state, though a state may get several: looks that wait for each
        other nowhere may come here in another order than they were answered in.
        """
        with self._noting:
            if found != self._found:
                self._found = found
                self._number += 1
            return self._number

    def _ask(self) -> int:
        seen = self._looks
        with self._looking:
            if self._looks > seen:  # somebody has begun to look and is done, since we came
                return self._number
            self._looks += 1
            return self.note(self._look())

    def apart(self) -> Distant | None:
        """Give what can be asked beside this, and is noted; None where `beat` waits for nobody."""
        return self.vital.apart()

    def close(self) -> None:
        """Let go of the database."""
        with self._looking:
            self.note(object())
            self.vital.close()

    def _look(self) -> Hashable:
        try:
            return self.vital.look()
        except Exception:  # noqa: BLE001 - whoever reads now will be told what is wrong
            self.vital.close()
            return object()


_asked: ContextVar[Mapping[Pulse, int]] = ContextVar("asked", default=MappingProxyType({}))


@contextmanager
def asked_once(beats: Mapping[Pulse, int]) -> Iterator[None]:
    """Take numbers that were just asked for those of a whole block, in its threads as well.

    For what answers one question and writes nothing: it may see what was committed since it was
    asked, and need not.
    """
    token = _asked.set(beats)
    try:
        yield
    finally:
        _asked.reset(token)


class Remembered:
    """Facts that hold until something is committed; as many as are asked for often."""

    def __init__(self, pulse: Pulse, most: int = _MOST) -> None:
        self._pulse = pulse
        self._most = most
        self._lock = Lock()
        self._kept: OrderedDict[Hashable, object] = OrderedDict()
        self._beat = 0

    def __len__(self) -> int:
        return len(self._kept)

    def get(
        self, key: Hashable, make: Callable[[], T], holds: Callable[[T], bool] = lambda _: True
    ) -> T:
        """Give what is remembered under `key` and `holds` still, or find it out now.

        It is found out after the number was read: it may be newer than that, never older.
        """
        beat = self._pulse.beat()
        with self._lock:
            if beat > self._beat:
                self._kept.clear()
                self._beat = beat
            there = key in self._kept
            if there:
                self._kept.move_to_end(key)
                found = cast("T", self._kept[key])
        if there and holds(found):
            return found
        made = make()
        with self._lock:
            if beat == self._beat:
                self._kept[key] = made
                if len(self._kept) > self._most:
                    self._kept.popitem(last=False)
        return made
