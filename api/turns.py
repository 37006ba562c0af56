"""Who writes waits for those before without a thread.

A store has one writer at a time. Were each of those who wait to hold one of the few threads of a
process, nobody could read meanwhile.
"""

from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

__all__ = ["Turns"]

T = TypeVar("T")

# One holds the store's lock, the next works out what it is going to write.
_AT_ONCE = 1


class Turns:
    """Let only so few write at once, in the order in which they came."""

    def __init__(self) -> None:
        self._limiter = CapacityLimiter(_AT_ONCE)

    async def take(self, write: Callable[..., T], *arguments: object) -> T:
        """Wait for a turn, then write in a thread beside those of the readers."""
        return await to_thread.run_sync(write, *arguments, limiter=self._limiter)
