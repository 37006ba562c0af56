"""How far an analysis is, told to whoever listens; to most, nobody does.

Whoever listens may raise something of their own: there an analysis is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["listening", "tell"]

Listener = Callable[[int, str], None]

_LISTENER: ContextVar[Listener | None] = ContextVar("listener", default=None)


def tell(progress: int, step: str) -> None:
    """Say how much is done, of 100, and what comes now."""
    listener = _LISTENER.get()
    if listener is not None:
        listener(progress, step)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Have a listener told of all that is done within, in this thread."""
    before = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(before)
