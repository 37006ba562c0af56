"""Where jobs are asked for, looked at and stopped; each by whoever may."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import Any

from api.errors import ParameterError, ResultNotReadyError, SignInNeededError
from api.processes.declared import Output, Process, process_named
from api.processes.inputs import Upload
from api.processes.performing import require_allowed
from layers import Store
from layers.accounts import Standing, Visitor
from layers.analysis import plain_results
from layers.analysis.keeping import scope_from
from layers.errors import RunUnknownError
from layers.jobs import Asked, Job, JobFile, JobState, JobUnknownError, Queue, Workers
from layers.store import Verb

__all__ = ["Desk", "Order", "document_of", "require_known"]

PATIENCE_S, LONGEST_PATIENCE_S = 2.0, 60.0
# So many may wait for an answer at a time; others are told where to look for it.
_WAITING = 8
_WAYS = ("document", "raw")
_MODES = ("value", "reference")


@dataclass(frozen=True)
class Order:
    """A request, read: what is asked, which outputs are wanted, and how they are to come."""

    process: Process
    inputs: Mapping[str, Any]
    files: Mapping[str, Upload]
    outputs: tuple[Output, ...]
    modes: Mapping[str, str]
    is_raw: bool


class Desk:
    """Ask for jobs and look how far they are."""

    def __init__(self, store: Store, queue: Queue, workers: Workers) -> None:
        self._store, self._queue, self._workers = store, queue, workers
        self._chairs = BoundedSemaphore(_WAITING)

    def read(self, name: str, body: bytes, visitor: Visitor) -> Order:
        """Read a request, and refuse what the visitor may not ask for.

        Raises
        ------
        ProcessMissingError, ParameterError
        SignInNeededError, WholeCityError, ScopeError
        """
        process = process_named(name)
        asked = document_of(body)
        inputs = _part(asked, "inputs", dict) or {}
        outputs = _part(asked, "outputs", dict)
        given = process.read(inputs)
        require_allowed(process, given, visitor)
        files = process.files(given)
        way = asked.get("response", _WAYS[0])
        if way not in _WAYS:
            raise ParameterError(parameter="response", found=str(way)[:80], allowed=list(_WAYS))
        plain = {key: value for key, value in inputs.items() if key not in files}
        chosen = process.chosen(outputs)
        modes = {one.name: _mode(outputs, one, is_raw=way == _WAYS[1]) for one in chosen}
        return Order(process, plain, files, chosen, modes, way == _WAYS[1])

    def submit(self, order: Order, visitor: Visitor, lang: str) -> Job:
        """Make a job of a request.

        Raises
        ------
        JobsFullError, JobInputTooLongError, JobFileTooLargeError
        """
        asked = Asked(
            process=order.process.id,
            inputs={
                "inputs": dict(order.inputs),
                "files": {name: upload.name for name, upload in order.files.items()},
                "outputs": [one.name for one in order.outputs],
                "modes": dict(order.modes),
                "is_raw": order.is_raw,
                "lang": lang,
            },
            account_id=visitor.account_id or None,
            read_only=not _may_write(visitor),
            files=tuple(
                JobFile(name=name, media_type="application/octet-stream", content=upload.content)
                for name, upload in order.files.items()
            ),
        )
        job = self._queue.submit(asked)
        self._workers.wake()
        return job

    def wait_for(self, job: Job, patience_s: float) -> Job:
        """Wait for the end of a job, but not for long; where many wait, not at all."""
        if not self._chairs.acquire(blocking=False):
            return job
        try:
            return self._workers.wait_for(job.id, min(patience_s, LONGEST_PATIENCE_S))
        finally:
            self._chairs.release()

    def job(self, job_id: str, visitor: Visitor) -> Job:
        """Find a job; one that may not be seen is as absent as one that is not there.

        Raises
        ------
        JobUnknownError
        """
        job = self._queue.job(job_id)
        if not (self._is_own(job, visitor) or self._may_see_result(job, visitor)):
            raise JobUnknownError(job=job_id)
        return job

    def jobs(self, visitor: Visitor, **limits: Any) -> list[Job]:
        """List the visitor's jobs, or everybody's for who looks after the service."""
        if not (visitor.is_known or visitor.administers):
            return []
        of_all = visitor.administers
        return self._queue.jobs(account_id=visitor.account_id or None, of_all=of_all, **limits)

    def dismiss(self, job_id: str, visitor: Visitor) -> Job:
        """Stop a job, or do away with it; only its author, and who looks after the service, may.

        Raises
        ------
        JobUnknownError, JobFinalError
        """
        job = self._queue.job(job_id)
        if not self._is_own(job, visitor):
            raise JobUnknownError(job=job_id)
        return self._queue.dismiss(job.id)

    def results(self, job_id: str, visitor: Visitor) -> tuple[Job, dict[str, str]]:
        """Find a job that is done, and the media types of its files.

        Raises
        ------
        JobUnknownError, ResultNotReadyError
        """
        job = self.job(job_id, visitor)
        if job.state in {JobState.ACCEPTED, JobState.RUNNING}:
            raise ResultNotReadyError(job=job_id)
        if job.state is JobState.DISMISSED or not self._may_see_result(job, visitor):
            raise JobUnknownError(job=job_id)
        return job, self._queue.file_types(job)

    def types_seen(self, job: Job, visitor: Visitor) -> dict[str, str] | None:
        """Give the media types of the files of a job; None to whom its result is not told."""
        return self._queue.file_types(job) if self._may_see_result(job, visitor) else None

    def file(self, job: Job, name: str) -> JobFile | None:
        """Give a file of a job that may be seen."""
        return self._queue.file(job, name)

    def run(self, job: Job) -> dict[str, Any]:
        """Give the run of a job as plain data.

        Raises
        ------
        RunUnknownError
        """
        if job.run_id is None:
            raise RunUnknownError(found="")
        return plain_results(self._store.run(job.run_id))

    @staticmethod
    def _is_own(job: Job, visitor: Visitor) -> bool:
        if visitor.administers:
            return True
        return visitor.is_known and job.account_id == visitor.account_id

    def _may_see_result(self, job: Job, visitor: Visitor) -> bool:
        """Tell whether a visitor may be told the result, by what they may read as of now."""
        if not (visitor.is_known or visitor.administers):
            return False
        if job.told_of is None:
            return self._is_own(job, visitor)
        return visitor.scope.covers(scope_from(job.told_of["scope"]), job.told_of["kinds"])


def require_known(visitor: Visitor) -> None:
    """Refuse whom nobody knows, before anything else is read of them.

    Raises
    ------
    SignInNeededError
    """
    if not (visitor.is_known or visitor.standing is Standing.OWNER):
        raise SignInNeededError


def _may_write(visitor: Visitor) -> bool:
    return any(part.verbs is None or part.verbs - {Verb.READ} for part in visitor.scope.parts)


def document_of(body: bytes) -> dict[str, Any]:
    """Read what is asked.

    Raises
    ------
    ParameterError
    """
    try:
        asked = json.loads(body or b"{}", parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise ParameterError(parameter="body", found="…", allowed="JSON") from None
    if not isinstance(asked, dict):
        raise ParameterError(parameter="body", found=type(asked).__name__, allowed="{…}")
    return asked


def _refuse_constant(text: str) -> None:
    raise ValueError(text)


def _part(asked: Mapping[str, Any], name: str, kind: type) -> Any:
    found = asked.get(name)
    if found is not None and not isinstance(found, kind):
        raise ParameterError(parameter=name, found=str(found)[:80], allowed="{…}")
    return found


def _mode(outputs: Any, one: Output, *, is_raw: bool) -> str:
    """Read how an output is to come: within a document files come by reference, unless asked."""
    wanted = (outputs or {}).get(one.name)
    usual = "reference" if one.ending and not is_raw else "value"
    if wanted is None:
        return usual
    mode = wanted.get("transmissionMode", usual) if isinstance(wanted, dict) else wanted
    if mode not in _MODES:
        raise ParameterError(
            parameter="transmissionMode", found=str(mode)[:80], allowed=list(_MODES)
        )
    return str(mode)
