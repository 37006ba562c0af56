"""Jobs on both stores: each is done once, whoever dies, and stops where nobody wants it."""

import datetime as dt
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from layers.accounts import By, Passwords, journal, open_accounts
from layers.accounts.database import accounts_database
from layers.accounts.schema import JOB
from layers.jobs import (
    Asked,
    Dismissed,
    Done,
    Job,
    JobFile,
    JobFileTooLargeError,
    JobFinalError,
    JobInputTooLongError,
    JobsFullError,
    JobState,
    JobUnknownError,
    Limits,
    Queue,
    Steps,
    Workers,
    open_queue,
)
from layers.jobs import queue as queues

BY = By(who="tester", origin="here")
QUICK = Passwords(PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),)))
MANY = Limits(mine=10_000, all=10_000)
AGES = dt.timedelta(days=400)


def asked(number: int = 0, **more: Any) -> Asked:
    return Asked(**{"process": "coverage", "inputs": {"n": number}, "account_id": None, **more})


@pytest.fixture
def queue(place: str | Path) -> Iterator[Queue]:
    queue = open_queue(place, MANY)
    yield queue
    queue.close()


def started(place: str | Path, how: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.layers.store.job_worker", str(place), how],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def say_go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


@pytest.mark.both_backends
def test_each_job_is_begun_once_by_whoever_looks(place: str | Path, queue: Queue) -> None:
    numbers = [queue.submit(asked(n)).number for n in range(60)]

    def work(name: str) -> list[int]:
        mine, own = [], open_queue(place, MANY)
        while (job := own.claim(name)) is not None:
            assert own.finish(job, Done(result={}))
            mine.append(job.number)
        own.close()
        return mine

    with ThreadPoolExecutor(4) as pool:
        done = [number for mine in pool.map(work, "abcd") for number in mine]
    assert sorted(done) == numbers
    assert {job.state for job in queue.jobs(limit=100)} == {JobState.SUCCESSFUL}


@pytest.mark.long
def test_two_thousand_jobs_are_done_once_by_four_processes(place: str | Path, queue: Queue) -> None:
    numbers = [queue.submit(asked(n)).number for n in range(2000)]
    workers = [started(place, "count") for _ in range(4)]
    begin = time.perf_counter()
    for each in workers:
        say_go(each)
    said = [each.communicate(timeout=300)[0].split() for each in workers]
    print(f"{2000 / (time.perf_counter() - begin):.0f} jobs/s, {[len(one) for one in said]}")  # noqa: T201 - measured
    counted = Counter(line for one in said for line in one)
    assert counted == {str(number): 1 for number in numbers}
    assert all(len(one) > 0 for one in said)


@pytest.mark.both_backends
def test_a_job_whose_worker_was_killed_is_done_by_another_once(
    place: str | Path, queue: Queue
) -> None:
    job = queue.submit(asked())
    worker = started(place, "hang")
    say_go(worker)
    assert worker.stdout is not None
    assert worker.stdout.readline() == f"{job.number}\n"
    worker.kill()
    worker.communicate()
    lost = queue.job(job.id)
    assert (lost.state, lost.attempts) == (JobState.RUNNING, 1)
    assert queue.requeue_lost() == 0  # it may only be slow
    hasty = open_queue(place, Limits(silence=dt.timedelta(0)))
    assert hasty.requeue_lost() == 1
    taken = hasty.claim("second")
    assert taken is not None
    assert (taken.id, taken.attempts) == (job.id, 2)
    # The first one wakes up after all: it is told that the job is no longer its own.
    assert not queue.finish(lost, Done(result={"from": "first"}))
    assert not queue.tell(lost, 50, {"name": "measuring"})
    assert queue.beat([lost]) == set()
    assert hasty.finish(taken, Done(result={"from": "second"}))
    assert queue.job(job.id).result == {"from": "second"}
    hasty.close()


def test_a_job_that_kills_its_workers_fails(place: str | Path) -> None:
    queue = open_queue(place, Limits(silence=dt.timedelta(0), attempts=2))
    job = queue.submit(asked())
    for attempt in (1, 2):
        taken = queue.claim(f"w{attempt}")
        assert taken is not None
        assert queue.requeue_lost() == 1
    failed = queue.job(job.id)
    assert (failed.state, failed.problem) == (JobState.FAILED, {"code": "job_lost"})
    assert queue.claim("w3") is None
    queue.close()


def test_a_job_that_began_to_write_is_looked_at_once_more(place: str | Path) -> None:
    queue = open_queue(place, Limits(silence=dt.timedelta(0), attempts=1))
    job = queue.submit(asked())
    for worker, state in (("w1", JobState.ACCEPTED), ("w2", JobState.FAILED)):
        taken = queue.claim(worker)
        assert taken is not None
        assert queue.commit_to(taken)
        assert queue.requeue_lost() == 1
        assert queue.job(job.id).state is state
    queue.close()


@pytest.mark.both_backends
def test_jobs_survive_a_restart_with_their_files(place: str | Path, queue: Queue) -> None:
    file = JobFile(name="plots.csv", media_type="text/csv", content=b"a\x00b")
    job = queue.submit(asked(files=(file,)))
    queue.close()
    again = open_queue(place)
    assert again.job(job.id) == job
    assert again.file(job, "plots.csv") == file
    assert again.file(job, "other") is None
    taken = again.claim("w")
    assert taken is not None
    made = JobFile(name="workbook", media_type="x/y", content=b"12")
    done = Done(result={"a": 1}, run_id="r", told_of={"kinds": []}, files=(made,))
    assert again.finish(taken, done)
    assert again.file_types(job) == {"workbook": "x/y"}
    found = again.job(job.id)
    assert (found.state, found.progress, found.run_id) == (JobState.SUCCESSFUL, 100, "r")
    assert (found.result, found.told_of) == ({"a": 1}, {"kinds": []})
    again.close()


def test_what_waits_is_stopped_at_once_and_what_is_over_is_done_away_with(queue: Queue) -> None:
    job = queue.submit(asked(files=(JobFile(name="a", media_type="b", content=b"c"),)))
    assert queue.dismiss(job.id).state is JobState.DISMISSED
    assert queue.claim("w") is None
    assert queue.file_types(job) == {}
    over = queue.submit(asked())
    taken = queue.claim("w")
    assert taken is not None
    queue.finish(taken, Done(result={"a": 1}))
    assert queue.dismiss(over.id).result is None
    with pytest.raises(JobUnknownError):
        queue.dismiss("none")


def test_what_runs_stops_at_its_next_step_unless_it_writes(queue: Queue) -> None:
    queue.submit(asked())
    job = queue.claim("w")
    assert job is not None
    steps = Steps(queue, job)
    steps.tell(10, "reading")
    assert queue.dismiss(job.id).state is JobState.DISMISSED
    with pytest.raises(Dismissed):
        steps.tell(20, "measuring")
    with pytest.raises(Dismissed):
        steps.commit()
    assert not queue.finish(job, Done(result={}))
    second = queue.submit(asked())
    taken = queue.claim("w")
    assert taken is not None
    Steps(queue, taken).commit()
    with pytest.raises(JobFinalError):
        queue.dismiss(second.id)
    assert queue.finish(taken, Done(result={}))


def test_progress_never_goes_back(queue: Queue) -> None:
    queue.submit(asked())
    job = queue.claim("w")
    assert job is not None
    clock = iter(range(100))
    steps = Steps(queue, job, lambda: next(clock))
    seen = []
    for told in (5, 40, 20, 70, 100):
        steps.tell(told, "measuring", done=told)
        seen.append(queue.job(job.id).progress)
    assert seen == [5, 40, 40, 70, 99]
    assert queue.job(job.id).step == {"name": "measuring", "done": 100}


def test_limits_hold_for_each_account_and_for_all(place: str | Path) -> None:
    accounts = open_accounts(place, passwords=QUICK)
    who = accounts.people.add("wang", "a long enough word", by=BY).id
    queue = open_queue(place, Limits(mine=2, all=3, input_bytes=20, file_bytes=3))
    for _ in range(2):
        queue.submit(asked())
    with pytest.raises(JobsFullError):
        queue.submit(asked())
    mine = queue.submit(asked(account_id=who))
    with pytest.raises(JobsFullError):
        queue.submit(asked(account_id=who))
    assert [job.id for job in queue.jobs(account_id=who)] == [mine.id]
    assert len(queue.jobs(of_all=True)) == 3
    assert len(queue.jobs(of_all=True, states=["running"])) == 0
    with pytest.raises(JobInputTooLongError):
        queue.submit(asked(inputs={"text": "x" * 30}))
    with pytest.raises(JobFileTooLargeError):
        queue.submit(asked(files=(JobFile(name="f", media_type="m", content=b"1234"),)))
    queue.close()
    accounts.close()


def test_old_files_are_swept_before_old_jobs(
    place: str | Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = open_queue(place)
    assert (queue.sweep(), queue.requeue_lost(), queue.claim("w"), queue.jobs()) == (0, 0, None, [])
    job = queue.submit(asked())
    taken = queue.claim("w")
    assert taken is not None
    queue.finish(taken, Done(result={}, files=(JobFile(name="f", media_type="m", content=b"1"),)))
    real = journal.now
    for days, files, jobs in ((1, 1, 1), (8, 0, 1), (31, 0, 0)):
        monkeypatch.setattr(queues, "now", lambda days=days: real() + dt.timedelta(days=days))
        queue.sweep()
        assert (len(queue.file_types(job)), len(queue.jobs())) == (files, jobs)
    queue.close()


def test_workers_do_jobs_say_why_they_fail_and_give_back_what_is_left(
    place: str | Path, queue: Queue
) -> None:
    begun, may_end = Event(), Event()

    def perform(job: Job, steps: Steps) -> Done:
        if job.inputs["n"] == 1:
            raise ValueError("no")
        if job.inputs["n"] == 2:
            begun.set()
            may_end.wait(30)
            steps.tell(50, "measuring")
        return Done(result={"n": job.inputs["n"]})

    workers = Workers(queue, perform, lambda error: {"code": str(error)}, threads=2)
    workers.start()
    jobs = [queue.submit(asked(n)) for n in range(3)]
    workers.wake()
    assert workers.wait_for(jobs[0].id, 20).result == {"n": 0}
    assert workers.wait_for(jobs[1].id, 20).problem == {"code": "no"}
    assert begun.wait(20)
    assert workers.wait_for(jobs[2].id, 0).state is JobState.RUNNING
    workers.stop(patience_s=0.1)
    back = queue.job(jobs[2].id)
    assert (back.state, back.attempts) == (JobState.ACCEPTED, 0)
    may_end.set()
    other = queue.claim("elsewhere")
    assert other is not None
    assert queue.finish(other, Done(result={"from": "elsewhere"}))


def test_jobs_go_with_their_account(place: str | Path, queue: Queue) -> None:
    accounts = open_accounts(place, passwords=QUICK)
    who = accounts.people.add("wang", "a long enough word", by=BY).id
    job = queue.submit(asked(account_id=who))
    database = accounts_database(place)
    with database.writing() as connection:
        connection.execute(JOB.metadata.tables["gga_account"].delete())
    database.close()
    with pytest.raises(JobUnknownError):
        queue.job(job.id)
    accounts.close()
