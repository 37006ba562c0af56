"""Whether anything was committed, asked by the event loop: every request under `/ogc` waits for it.

A database in a file tells at once. A server is asked over a connection that the loop watches as it
watches those of its clients: two threads that hand a question to each other take several times as
long as PostgreSQL takes to answer it. Only to connect is left to a thread, which waits.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Hashable, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

from layers.store.pulse import Distant, Pulse

__all__ = ["Looks"]

# That of Windows watches only what it has opened itself.
_LOOPS_WATCH_SOCKETS = sys.platform != "win32"


class Looks:
    """Look at the databases of store and accounts."""

    def __init__(self, pulses: Iterable[Pulse]) -> None:
        """Take the pulses of both, or the one that they share."""
        self.pulses = tuple(pulses)
        distant = [pulse.apart() for pulse in self.pulses]
        self._is_quick = not any(distant)
        # Who only asks whether anything was committed does not wait behind those who compute.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="pulse")
        self._server: _Server | None = None
        if len(distant) == 1 and distant[0] is not None:
            self._server = _Server(self.pulses[0], distant[0], self._thread)

    async def beats(self) -> tuple[int, ...]:
        """Give numbers that stay while nothing is committed to store or accounts, by anybody."""
        if self._is_quick:
            return self._beats()
        loop = asyncio.get_running_loop()
        if self._server is not None and self._server.is_for(loop):
            return (await self._server.beat(loop),)
        return await loop.run_in_executor(self._thread, self._beats)

    def close(self) -> None:
        """Let go of the connection; nobody may be waiting any more."""
        self._thread.shutdown()
        if self._server is not None:
            self._server.close()

    def _beats(self) -> tuple[int, ...]:
        return tuple(pulse.beat() for pulse in self.pulses)


class _Server:
    """Ask one server, for many at once.

    Who comes while a look is under way cannot be told what it finds, for it may have begun before
    something was committed that they know of: all who come meanwhile share the next one.
    """

    def __init__(self, pulse: Pulse, server: Distant, thread: ThreadPoolExecutor) -> None:
        self._pulse = pulse
        self._server = server
        self._thread = thread
        self._taking_over = Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._socket: int | None = None
        self._asked: list[asyncio.Future[int]] = []
        self._waiting: list[asyncio.Future[int]] = []

    def is_for(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Tell whether a loop is the one that asks: a service has one loop, its tests have many."""
        if loop is not self._loop:
            with self._taking_over:
                if self._loop is None or (self._loop.is_closed() and not self._asked):
                    self._loop = loop
        return loop is self._loop

    async def beat(self, loop: asyncio.AbstractEventLoop) -> int:
        """Give the number of the pulse, as it was after this was asked."""
        answer = loop.create_future()
        self._waiting.append(answer)
        if not self._asked:
            self._ask(loop)
        return await answer

    def close(self) -> None:
        self._leave_socket()
        self._server.close()

    def _ask(self, loop: asyncio.AbstractEventLoop) -> None:
        """Ask for all who wait; nobody else is asking."""
        self._asked, self._waiting = self._waiting, []
        try:
            socket = self._server.ask() if _LOOPS_WATCH_SOCKETS else None
        except Exception:  # noqa: BLE001 - of a driver that need not be installed
            self._server.close()
            socket = None
        if socket is None:
            found = loop.run_in_executor(self._thread, self._connect_and_look)
            found.add_done_callback(self._told_by_thread)
        else:
            self._socket = socket
            loop.add_reader(socket, self._read)

    def _connect_and_look(self) -> Hashable:
        try:
            return self._server.look()
        except Exception:  # noqa: BLE001 - whoever reads now will be told what is wrong
            self._server.close()
            return object()  # equal to nothing

    def _told_by_thread(self, found: asyncio.Future[Hashable]) -> None:
        if not found.cancelled():
            self._tell(found.result())

    def _read(self) -> None:
        """Take what the server has sent."""
        try:
            found = self._server.answer()
        except Exception:  # noqa: BLE001 - whoever reads now will be told what is wrong
            self.close()
            found = object()
        if found is not None:
            self._leave_socket()
            self._tell(found)

    def _tell(self, found: Hashable) -> None:
        number = self._pulse.note(found)
        asked, self._asked = self._asked, []
        for each in asked:
            if not each.done():  # who has left has cancelled it
                each.set_result(number)
        if self._waiting and self._loop is not None:
            self._ask(self._loop)

    def _leave_socket(self) -> None:
        """Watch the socket no more; before it is closed, for its number will be another's."""
        socket, self._socket = self._socket, None
        if socket is not None and self._loop is not None and not self._loop.is_closed():
            self._loop.remove_reader(socket)
