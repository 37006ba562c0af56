"""Several worker processes on one address; one that dies is replaced."""

import logging
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from api.errors import WorkersFailedError
from api.metrics import forget_process, share_numbers
from api.serving.worker import MARGIN_S, READY, work
from api.settings import Settings

_LOG = logging.getLogger("greengrid")
# Windows knows no fork, and threads and databases do not outlive one.
_SPAWN = get_context("spawn")
_LOOK_EVERY_S = 0.5
_PAUSE_S = 1.0  # before another takes the place of one that could not even begin
_FAILURES = 3


@dataclass
class _Worker:
    process: SpawnProcess
    orders: Connection
    is_ready: bool = False


class Crew:
    """Keep so many workers at work until told to stop."""

    def __init__(
        self, settings: Settings, listener: socket.socket, announce: Callable[[], None]
    ) -> None:
        """Announce once, when the first of them can be asked."""
        self._settings = settings
        self._listener = listener
        self._announce: Callable[[], None] | None = announce
        self._workers: list[_Worker] = []
        self._failures = 0
        self._is_told = False

    def run(self) -> None:
        """Work until Ctrl+C or SIGTERM.

        Raises
        ------
        WorkersFailedError
            One after the other ends before it can be asked anything.
        """
        with share_numbers(), self._listening_for_signals():
            try:
                self._workers = [self._start() for _ in range(self._settings.workers)]
                while not self._is_told:
                    self._look()
            finally:
                self._stop()

    def _start(self) -> _Worker:
        ours, theirs = _SPAWN.Pipe()
        process = _SPAWN.Process(target=work, args=(self._settings, self._listener, theirs))
        process.start()
        theirs.close()  # so that its end is noticed when ours is closed, or ended
        return _Worker(process, ours)

    def _look(self) -> None:
        """See who has become ready, and who has died."""
        waited_for = [worker.orders for worker in self._workers]
        for orders in wait(waited_for, timeout=_LOOK_EVERY_S):
            position = waited_for.index(orders)  # type: ignore[arg-type]  # one of those given
            if self._has_spoken(self._workers[position]):
                continue
            if not self._is_told:  # Ctrl+C in a terminal tells everybody at once
                self._replace(position)

    def _has_spoken(self, worker: _Worker) -> bool:
        try:
            worker.is_ready = worker.orders.recv() == READY
        except (EOFError, OSError):
            return False
        self._failures = 0
        if self._announce is not None:
            self._announce()
            self._announce = None
        return True

    def _replace(self, position: int) -> None:
        dead = self._workers[position]
        dead.process.join(_PAUSE_S)
        if dead.process.is_alive():
            dead.process.kill()
            dead.process.join()
        dead.orders.close()
        forget_process(dead.process.pid or 0)
        _LOG.warning("worker %s ended with code %s", dead.process.pid, dead.process.exitcode)
        if not dead.is_ready:
            self._failures += 1
            if self._failures >= _FAILURES:
                raise WorkersFailedError(times=_FAILURES, exit_code=dead.process.exitcode)
            time.sleep(_PAUSE_S)
        self._workers[position] = self._start()
        _LOG.warning("worker %s takes its place", self._workers[position].process.pid)

    def _stop(self) -> None:
        """Let the workers finish what they have begun, for so long as is set."""
        for worker in self._workers:
            worker.orders.close()
        last = time.monotonic() + self._settings.stop_within_s + MARGIN_S + _PAUSE_S
        for worker in self._workers:
            worker.process.join(max(0.0, last - time.monotonic()))
            if worker.process.is_alive():
                _LOG.error("worker %s did not stop and is killed", worker.process.pid)
                worker.process.kill()
                worker.process.join()

    @contextmanager
    def _listening_for_signals(self) -> Iterator[None]:
        def told(_number: int, _frame: object) -> None:
            self._is_told = True

        before = {each: signal.signal(each, told) for each in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)
