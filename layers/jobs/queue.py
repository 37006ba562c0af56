"""The table of jobs: each is begun by one worker, and goes on elsewhere when that one is gone.

Whatever a worker writes of a job is bound to its claim: one that was taken for dead, and was not,
finds that the job is no longer its own, and changes nothing.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import uuid
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Update,
    case,
    delete,
    func,
    insert,
    select,
    update,
)

from layers.accounts.database import AccountsDatabase, accounts_database
from layers.accounts.schema import JOB, JOB_FILE
from layers.clock import now
from layers.jobs.errors import (
    JobFileTooLargeError,
    JobFinalError,
    JobInputTooLongError,
    JobsFullError,
    JobUnknownError,
)
from layers.jobs.model import Asked, Done, Job, JobFile, JobState

__all__ = ["Limits", "Queue", "open_queue"]

_ACCEPTED, _RUNNING = JobState.ACCEPTED.value, JobState.RUNNING.value
_OPEN = (_ACCEPTED, _RUNNING)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What jobs may take up.

    Parameters
    ----------
    mine
        Jobs of one account that wait and run.
    all
        Jobs of everybody that wait and run.
    input_bytes, file_bytes
        What was asked, as JSON, and each file.
    attempts
        So often a job is begun, when its workers are lost.
    silence
        After it a worker that says nothing is taken for gone.
    kept, files_kept
        How long jobs, and their files, are kept after their end.
    """

    mine: int = 20
    all: int = 500
    input_bytes: int = 1_000_000
    file_bytes: int = 50_000_000
    attempts: int = 3
    silence: dt.timedelta = dt.timedelta(seconds=60)
    kept: dt.timedelta = dt.timedelta(days=30)
    files_kept: dt.timedelta = dt.timedelta(days=7)


class Queue:
    """Ask for jobs, do them, and look how far they are."""

    def __init__(self, database: AccountsDatabase, limits: Limits | None = None) -> None:
        """Use the tables in `database`; they are made with the first job."""
        self._database = database
        self.limits = limits or Limits()

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    # ------------------------------------------------------------ for those who ask

    def submit(self, asked: Asked) -> Job:
        """Put a job at the end of the queue.

        Raises
        ------
        JobsFullError, JobInputTooLongError, JobFileTooLargeError
        """
        self._require_fit(asked)
        with self._database.writing() as connection:
            self._require_room(connection, asked.account_id)
            row = {
                "id": str(uuid.uuid4()),
                "process": asked.process,
                "account_id": asked.account_id,
                "read_only": asked.read_only,
                "inputs": dict(asked.inputs),
                "state": _ACCEPTED,
                "progress": 0,
                "is_committing": False,
                "attempts": 0,
                "created_at": now(),
            }
            made = connection.execute(insert(JOB).values(row).returning(*JOB.c)).mappings().one()
            _keep_files(connection, made["number"], asked.files)
            return _job(made)

    def job(self, job_id: str) -> Job:
        """Find a job.

        Raises
        ------
        JobUnknownError
        """
        if self._database.exists():
            with self._database.reading() as connection:
                found = connection.execute(select(JOB).where(JOB.c.id == job_id)).mappings().first()
            if found is not None:
                return _job(found)
        raise JobUnknownError(job=job_id)

    def jobs(
        self,
        *,
        account_id: str | None = None,
        of_all: bool = False,
        states: Collection[str] = (),
        processes: Collection[str] = (),
        limit: int = 100,
    ) -> list[Job]:
        """List the jobs of an account, or of everybody, the newest first."""
        if not self._database.exists():
            return []
        query = select(JOB).order_by(JOB.c.number.desc()).limit(limit)
        if not of_all:
            query = query.where(_of(account_id))
        if states:
            query = query.where(JOB.c.state.in_(states))
        if processes:
            query = query.where(JOB.c.process.in_(processes))
        with self._database.reading() as connection:
            return [_job(row) for row in connection.execute(query).mappings()]

    def counts(self) -> dict[str, int]:
        """Count the jobs by how far they are, those that are over for as long as they are kept."""
        counted = dict.fromkeys((state.value for state in JobState), 0)
        if self._database.exists():
            query = select(JOB.c.state, func.count()).group_by(JOB.c.state)
            with self._database.reading() as connection:
                for state, count in connection.execute(query):
                    counted[state] = count
        return counted

    def file(self, job: Job, name: str) -> JobFile | None:
        """Give a file of a job; None where it has none of that name, or no longer."""
        columns = (JOB_FILE.c.name, JOB_FILE.c.media_type, JOB_FILE.c.content)
        query = select(*columns).where(JOB_FILE.c.job == job.number, JOB_FILE.c.name == name)
        with self._database.reading() as connection:
            found = connection.execute(query).mappings().first()
        return None if found is None else JobFile(**found)

    def file_types(self, job: Job) -> dict[str, str]:
        """Give the media types of the files of a job by their names."""
        query = select(JOB_FILE.c.name, JOB_FILE.c.media_type).where(JOB_FILE.c.job == job.number)
        with self._database.reading() as connection:
            return {row.name: row.media_type for row in connection.execute(query)}

    def dismiss(self, job_id: str) -> Job:
        """Stop a job, or do away with one that is over and with its files.

        One that runs stops at its next step; whatever it still finds out is not kept.

        Raises
        ------
        JobUnknownError
        JobFinalError
            It is writing already.
        """
        changed = {"state": JobState.DISMISSED.value, "ended_at": now()}
        mine = update(JOB).where(JOB.c.id == job_id)
        may = JOB.c.state.not_in(_OPEN) | ~JOB.c.is_committing
        with self._database.writing() as connection:
            stopped = mine.where(may).values(**changed, result=None, told_of=None, run_id=None)
            made = connection.execute(stopped.returning(*JOB.c)).mappings().first()
            if made is not None:
                connection.execute(delete(JOB_FILE).where(JOB_FILE.c.job == made["number"]))
                return _job(made)
        self.job(job_id)
        raise JobFinalError(job=job_id)

    # ------------------------------------------------------------ for workers

    def claim(self, worker: str) -> Job | None:
        """Begin the job that has waited longest; None where none waits.

        Two workers, of one process or of several, never begin the same.
        """
        if not self._has_waiting():
            return None
        first = (
            select(JOB.c.number)
            .where(JOB.c.state == _ACCEPTED)
            .order_by(JOB.c.number)
            .limit(1)
            .with_for_update(skip_locked=True)  # SQLite's writers wait for each other anyway
            .scalar_subquery()
        )
        moment = now()
        begun = (
            update(JOB)
            .where(JOB.c.number == first, JOB.c.state == _ACCEPTED)
            .values(
                state=_RUNNING,
                worker=worker,
                attempts=JOB.c.attempts + 1,
                begun_at=moment,
                seen_at=moment,
            )
            .returning(*JOB.c)
        )
        with self._database.writing() as connection:
            found = connection.execute(begun).mappings().first()
        return None if found is None else _job(found)

    def beat(self, jobs: Collection[Job]) -> set[str]:
        """Say that jobs are being worked on; give the ids of those that still are this worker's."""
        held = set()
        with self._database.writing() as connection:
            for job in jobs:
                mine = _held(job).values(seen_at=now())
                if connection.execute(mine).rowcount:
                    held.add(job.id)
        return held

    def tell(self, job: Job, progress: int, step: Mapping[str, Any]) -> bool:
        """Say how far a job is, which never goes back; False where it is no longer the worker's."""
        furthest = case((JOB.c.progress > progress, JOB.c.progress), else_=progress)
        return self._write(job, progress=furthest, step=dict(step), seen_at=now())

    def commit_to(self, job: Job, files: Collection[JobFile] = ()) -> bool:
        """Say that a job begins to write, and can no longer be taken back; False if it was.

        With it files are kept that nobody could make again once it has written.
        """
        names = [file.name for file in files]
        earlier = delete(JOB_FILE).where(JOB_FILE.c.job == job.number, JOB_FILE.c.name.in_(names))
        with self._database.writing() as connection:
            if not connection.execute(_held(job).values(is_committing=True)).rowcount:
                return False
            connection.execute(earlier)
            _keep_files(connection, job.number, files)
        return True

    def finish(self, job: Job, done: Done) -> bool:
        """Keep what came of a job; False where it is no longer the worker's."""
        told_of = None if done.told_of is None else dict(done.told_of)
        kept = {"result": dict(done.result), "run_id": done.run_id, "told_of": told_of}
        return self._end(job, JobState.SUCCESSFUL, done.files, progress=100, **kept)

    def fail(self, job: Job, problem: Mapping[str, Any]) -> bool:
        """Keep why a job failed; False where it is no longer the worker's."""
        return self._end(job, JobState.FAILED, (), problem=dict(problem))

    def release(self, jobs: Collection[Job]) -> None:
        """Give jobs back that a worker who ends has not done: somebody else begins them at once."""
        back = {"state": _ACCEPTED, "worker": None, "attempts": JOB.c.attempts - 1}
        with self._database.writing() as connection:
            for job in jobs:
                connection.execute(_held(job).values(**back))

    def requeue_lost(self) -> int:
        """Give back the jobs whose workers are gone; say how many there were.

        A job that has lost all its workers fails: it may be what they died of. One that began to
        write may have written: it cannot be taken back, and somebody looks once more.
        """
        if not self._database.exists():
            return 0
        lost = (JOB.c.state == _RUNNING) & (JOB.c.seen_at < now() - self.limits.silence)
        with self._database.reading() as connection:
            if not connection.scalar(select(func.count()).where(lost)):
                return 0
        most = case((JOB.c.is_committing, self.limits.attempts + 1), else_=self.limits.attempts)
        spent = JOB.c.attempts >= most
        ended = {"state": JobState.FAILED.value, "ended_at": now(), "problem": {"code": "job_lost"}}
        back = {"state": _ACCEPTED, "worker": None}
        with self._database.writing() as connection:
            failed = connection.execute(update(JOB).where(lost, spent).values(**ended)).rowcount
            again = connection.execute(update(JOB).where(lost, ~spent).values(**back)).rowcount
        return failed + again

    def sweep(self) -> int:
        """Do away with what is old: first files, then jobs; say how many jobs."""
        if not self._database.exists():
            return 0
        moment = now()
        aged = select(JOB.c.number).where(JOB.c.ended_at < moment - self.limits.files_kept)
        with self._database.writing() as connection:
            connection.execute(delete(JOB_FILE).where(JOB_FILE.c.job.in_(aged)))
            old = delete(JOB).where(JOB.c.ended_at < moment - self.limits.kept)
            return connection.execute(old).rowcount

    # ------------------------------------------------------------ within

    def _has_waiting(self) -> bool:
        """Look without a lock, as is done all day long."""
        if not self._database.exists():
            return False
        with self._database.reading() as connection:
            waiting = select(JOB.c.number).where(JOB.c.state == _ACCEPTED).limit(1)
            return connection.scalar(waiting) is not None

    def _write(self, job: Job, **values: Any) -> bool:
        with self._database.writing() as connection:
            return bool(connection.execute(_held(job).values(**values)).rowcount)

    def _end(self, job: Job, state: JobState, files: Collection[JobFile], **values: Any) -> bool:
        ended = _held(job).values(state=state.value, ended_at=now(), is_committing=False, **values)
        with self._database.writing() as connection:
            if not connection.execute(ended).rowcount:
                return False
            connection.execute(delete(JOB_FILE).where(JOB_FILE.c.job == job.number))
            _keep_files(connection, job.number, files)
        return True

    def _require_fit(self, asked: Asked) -> None:
        limits = self.limits
        written = json.dumps(asked.inputs, ensure_ascii=False).encode()
        if len(written) > limits.input_bytes:
            raise JobInputTooLongError(largest=limits.input_bytes)
        for file in asked.files:
            if len(file.content) > limits.file_bytes:
                raise JobFileTooLargeError(name=file.name, largest=limits.file_bytes)

    def _require_room(self, connection: Connection, account_id: str | None) -> None:
        counted = select(func.count()).where(JOB.c.state.in_(_OPEN))
        if (connection.scalar(counted.where(_of(account_id))) or 0) >= self.limits.mine:
            raise JobsFullError(most=self.limits.mine)
        if (connection.scalar(counted) or 0) >= self.limits.all:
            raise JobsFullError(most=self.limits.all)


def open_queue(store: str | os.PathLike[str], limits: Limits | None = None) -> Queue:
    """Open the jobs of the store at a path or URL; nothing is made until one is asked for.

    Raises
    ------
    BackendUnsupportedError, DriverMissingError
    """
    return Queue(accounts_database(store), limits)


def _of(account_id: str | None) -> ColumnElement[bool]:
    return JOB.c.account_id.is_(None) if account_id is None else JOB.c.account_id == account_id


def _held(job: Job) -> Update:
    """Change a job only while it is claimed as it was when `job` was given out."""
    return update(JOB).where(
        JOB.c.number == job.number,
        JOB.c.state == _RUNNING,
        JOB.c.worker == job.worker,
        JOB.c.attempts == job.attempts,
    )


def _keep_files(connection: Connection, number: int, files: Collection[JobFile]) -> None:
    if files:
        connection.execute(insert(JOB_FILE), [{"job": number, **asdict(file)} for file in files])


def _job(row: Mapping[Any, Any]) -> Job:
    return Job(**{**row, "state": JobState(row["state"])})
