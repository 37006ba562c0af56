"""What a job says while it is under way, which is also where it can be stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from threading import Event
from typing import Any

from layers.jobs.model import Job, JobFile
from layers.jobs.queue import Queue

__all__ = ["Dismissed", "Steps"]

# The same step is not written down more often than this.
_PAUSE_S = 0.5


class Dismissed(Exception):  # noqa: N818 - nothing went wrong
    """Leave a job that was stopped, or that another worker has by now."""


class Steps:
    """Tell how far a job is, and stop it where nobody wants it any more."""

    def __init__(self, queue: Queue, job: Job, clock: Callable[[], float] = time.monotonic) -> None:
        self._queue, self._job, self._clock = queue, job, clock
        self._gone = Event()
        self._last: tuple[str, float] = ("", 0.0)

    def give_up(self) -> None:
        """Have the job stop at its next step."""
        self._gone.set()

    def tell(self, progress: int, step: str, **values: Any) -> None:
        """Say how much is done, of 100, and what comes now.

        Raises
        ------
        Dismissed
        """
        self.go_on()
        known, when = self._last
        moment = self._clock()
        if step == known and moment - when < _PAUSE_S:
            return
        self._last = step, moment
        if not self._queue.tell(self._job, min(max(progress, 0), 99), {"name": step, **values}):
            raise Dismissed

    def go_on(self) -> None:
        """Go on only where somebody still wants it.

        Raises
        ------
        Dismissed
        """
        if self._gone.is_set():
            raise Dismissed

    def commit(self, files: Collection[JobFile] = ()) -> None:
        """Say that from here on the job writes; it can no longer be stopped.

        What it has made by now is kept for whoever goes on if this worker is lost.

        Raises
        ------
        Dismissed
        """
        self.go_on()
        if not self._queue.commit_to(self._job, files):
            raise Dismissed
