"""What a job is, from the asking to the answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

__all__ = ["Asked", "Done", "Job", "JobFile", "JobState"]


class JobState(StrEnum):
    """How far a job is, in the words of OGC API – Processes."""

    ACCEPTED = "accepted"
    RUNNING = "running"
    SUCCESSFUL = "successful"
    FAILED = "failed"
    DISMISSED = "dismissed"

    @property
    def is_over(self) -> bool:
        """Tell whether nothing more will come of it."""
        return self not in {JobState.ACCEPTED, JobState.RUNNING}


@dataclass(frozen=True, kw_only=True)
class JobFile:
    """A file that a job was given, or has made."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is asked, and by whom.

    `account_id` is None for the machine's own user, before there are accounts. With `read_only`
    it came from somebody who may read what the account may, and change nothing.
    """

    process: str
    inputs: Mapping[str, Any]
    account_id: str | None
    read_only: bool = False
    files: tuple[JobFile, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Done:
    """What came of a job.

    `told_of` says in plain data what one must be allowed to read to be told of it; None where that
    is a matter between the service and whoever asked.
    """

    result: Mapping[str, Any]
    told_of: Mapping[str, Any] | None = None
    run_id: str | None = None
    files: tuple[JobFile, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Job:
    """A job as it is now.

    `progress` goes from 0 to 100; `step` names what it is at, with the values that its sentence
    needs. `problem` says in plain data why it failed.
    """

    number: int
    id: str
    process: str
    account_id: str | None
    read_only: bool
    inputs: Mapping[str, Any]
    state: JobState
    progress: int
    step: Mapping[str, Any] | None
    is_committing: bool
    worker: str | None
    attempts: int
    created_at: dt.datetime
    begun_at: dt.datetime | None
    seen_at: dt.datetime | None
    ended_at: dt.datetime | None
    run_id: str | None
    result: Mapping[str, Any] | None
    told_of: Mapping[str, Any] | None
    problem: Mapping[str, Any] | None
