"""Clients that are too slow: who sends a request, or takes its answer, bit by bit forever.

A desktop on a bad line is slow; somebody who holds hundreds of connections open means no good. The
server beneath waits for both without end.
"""

import asyncio

from api.serving.protocol import StrictProtocol

LOOK_EVERY_S = 5.0
HEADERS_S = 20.0  # from the connection, or the last answer, to the end of a request's headers
BODY_S = 30.0  # from there to the end of its body, and for each so many bytes a second more
BYTES_A_SECOND = 10_000
TAKING_S = 60.0  # without a single byte of the answer being taken


class PatientProtocol(StrictProtocol):
    """Serve one connection, and look at it now and then."""

    _timer: asyncio.TimerHandle | None = None
    _since = 0.0
    _received = 0
    _waiting = 0  # bytes of the answer that nobody had taken when we looked last
    _stalled_s = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as the class above has it
        """Begin to watch."""
        super().connection_made(transport)
        self._since = self.loop.time()
        self._look_later()

    def connection_lost(self, exc: Exception | None) -> None:
        """Watch no more."""
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what comes."""
        self._received += len(data)
        super().data_received(data)

    def on_response_complete(self) -> None:
        """Wait for the next request from now on."""
        self._since, self._received = self.loop.time(), 0
        super().on_response_complete()

    def _look_later(self) -> None:
        self._timer = self.loop.call_later(LOOK_EVERY_S, self._look)

    def _look(self) -> None:
        if self._is_not_taken() or self._is_not_sent():
            self.transport.abort()
            return
        self._look_later()

    def _is_not_taken(self) -> bool:
        waiting = self.transport.get_write_buffer_size()
        is_stalled = waiting > 0 and waiting == self._waiting
        self._stalled_s = self._stalled_s + LOOK_EVERY_S if is_stalled else 0.0
        self._waiting = waiting
        return self._stalled_s >= TAKING_S

    def _is_not_sent(self) -> bool:
        passed = self.loop.time() - self._since
        if self._answering is None or self._answering.response_complete:
            return passed > HEADERS_S
        owes = self._answering.more_body and not self.flow.read_paused
        return owes and passed > BODY_S + self._received / BYTES_A_SECOND
