"""The threads that do jobs, and the one that says that they are alive.

Other processes of the same store have their own; all look into the same queue.
"""

from __future__ import annotations

import logging
import os
import socket
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from threading import Condition, Lock, Thread
from typing import Any

from layers.errors import StoreError
from layers.jobs.model import Done, Job
from layers.jobs.queue import Queue
from layers.jobs.steps import Dismissed, Steps

__all__ = ["Perform", "Workers"]

Perform = Callable[[Job, Steps], Done]
"""Does a job; raises `Dismissed` where that was stopped."""

Explain = Callable[[Exception], Mapping[str, Any]]
"""Says in plain data why a job failed."""

_LOG = logging.getLogger("greengrid")
_LOOK_S = 2.0
_BEAT_S = 5.0
_SWEEP_S = 3600.0


class Workers:
    """Do jobs in threads of this process."""

    def __init__(
        self, queue: Queue, perform: Perform, explain: Explain, *, threads: int = 2
    ) -> None:
        """Do jobs by `perform`; nothing begins before `start`."""
        self._queue, self._perform, self._explain = queue, perform, explain
        self._name = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._running: dict[str, tuple[Job, Steps]] = {}
        self._lock = Lock()
        self._changed = Condition()
        self._calls = 0
        self._stopped = False
        self._threads = [
            Thread(target=self._work, args=[number], name=f"job-{number}", daemon=True)
            for number in range(threads)
        ]
        if threads:
            self._threads.append(Thread(target=self._look_after, name="job-heart", daemon=True))

    def start(self) -> None:
        """Begin to look for jobs."""
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """Say that there is a job, so that nobody waits for the next look."""
        with self._changed:
            self._calls += 1
            self._changed.notify_all()

    def stop(self, patience_s: float = 10.0) -> None:
        """Begin nothing more; what is not done in time goes back into the queue."""
        self._stopped = True
        self.wake()
        end = time.monotonic() + patience_s
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(0.0, end - time.monotonic()))
        left = self._held()
        for _, steps in left:
            steps.give_up()
        if left:
            with suppress(StoreError):  # then it is found by its silence
                self._queue.release([job for job, _ in left])

    def wait_for(self, job_id: str, patience_s: float) -> Job:
        """Wait for the end of a job, but not for long; give it as it is then.

        Raises
        ------
        JobUnknownError
        """
        end = time.monotonic() + patience_s
        while True:
            job = self._queue.job(job_id)
            left = end - time.monotonic()
            if job.state.is_over or left <= 0:
                return job
            # Another process may have it: its end is seen by looking.
            with self._changed:
                self._changed.wait(min(left, 0.2))

    def _work(self, number: int) -> None:
        name = f"{self._name}-{number}"
        while not self._stopped:
            calls = self._calls
            try:
                job = self._queue.claim(name)
            except Exception as fault:  # noqa: BLE001 - the next look may go better
                _log("no job could be begun", fault)
                job = None
            if job is None:
                with self._changed:  # unless somebody called meanwhile
                    if not self._stopped and self._calls == calls:
                        self._changed.wait(_LOOK_S)
                continue
            self._do(job)

    def _do(self, job: Job) -> None:
        steps = Steps(self._queue, job)
        with self._lock:
            self._running[job.id] = job, steps
        try:
            self._conclude(job, steps)
        except Exception as fault:  # noqa: BLE001 - the job is found again by its silence
            _log(f"job {job.id} could not be concluded", fault)
        finally:
            with self._lock:
                del self._running[job.id]
            self.wake()

    def _conclude(self, job: Job, steps: Steps) -> None:
        try:
            done = self._perform(job, steps)
        except Dismissed:
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told to who asked
            self._queue.fail(job, self._explain(error))
            return
        self._queue.finish(job, done)

    def _look_after(self) -> None:
        """Beat for the jobs that run here, and give back those whose workers are gone."""
        swept = 0.0
        while not self._stopped:
            try:
                self._beat()
                if self._queue.requeue_lost():
                    self.wake()
                if time.monotonic() - swept > _SWEEP_S:
                    self._queue.sweep()
                    swept = time.monotonic()
            except Exception as fault:  # noqa: BLE001 - as above
                _log("jobs could not be looked after", fault)
            self._pause(_BEAT_S)

    def _beat(self) -> None:
        held = self._held()
        if not held:
            return
        ours = self._queue.beat([job for job, _ in held])
        for job, steps in held:
            if job.id not in ours:
                steps.give_up()

    def _held(self) -> list[tuple[Job, Steps]]:
        with self._lock:
            return list(self._running.values())

    def _pause(self, length_s: float) -> None:
        end = time.monotonic() + length_s
        while not self._stopped and (left := end - time.monotonic()) > 0:
            with self._changed:
                self._changed.wait(left)


def _log(what: str, fault: Exception) -> None:
    """Write down what went wrong: in a line where the store says why, else with its traceback."""
    _LOG.error("%s: %s", what, fault, exc_info=None if isinstance(fault, StoreError) else fault)
