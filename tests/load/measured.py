"""What clients experienced, as a table."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from tests.house.tracked import ROOT
from tests.load.clients import Diary

PAGE = ROOT / "docs/benchmarks.md"
_BEGIN, _END = "<!-- load {store} -->", "<!-- end of load {store} -->"


@dataclass
class Memory:
    """The most memory that each of some processes took."""

    most: dict[int, int]

    @property
    def most_mb(self) -> float:
        """What the largest took, in megabytes."""
        return max(self.most.values(), default=0) / 1e6


@contextmanager
def watching_memory(parent: int) -> Iterator[Memory]:
    """Look every half second how much memory a process and its children take."""
    memory, done = Memory({}), threading.Event()

    def look() -> None:
        while not done.wait(0.5):
            for pid in (parent, *children_of(parent)):
                memory.most[pid] = max(memory.most.get(pid, 0), _resident(pid))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield memory
    finally:
        done.set()
        thread.join()


def children_of(parent: int) -> list[int]:
    """Name the worker processes of a server."""
    try:
        found = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        return [pid for pid in map(int, found) if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]  # fmt: skip
    except OSError:
        return []


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def percentile_ms(diary: Diary, sort: str, percent: float) -> float:
    """Give a percentile of the times of all requests whose name begins with `sort`."""
    times = [t for name, each in diary.times.items() if name.startswith(sort) for t in each]
    return float(np.percentile(times, percent) * 1000) if times else 0.0


def table(diary: Diary, memory: Memory, *, store: str, clients: int, seconds: float) -> str:
    """Write everything that was measured."""
    rows = [
        "| request | number | median ms | p95 ms | p99 ms | longest ms |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name in ("read", "write", *sorted(diary.times)):
        number = sum(len(each) for key, each in diary.times.items() if key.startswith(name))
        marks = [percentile_ms(diary, name, percent) for percent in (50, 95, 99, 100)]
        cells = " | ".join(f"{mark:,.0f}" for mark in marks)
        shown = f"**all that {name}**" if name in {"read", "write"} else name
        rows.append(f"| {shown} | {number:,} | {cells} |")
    total = sum(map(len, diary.times.values()))
    told = (
        f"{store}, {clients} clients, {seconds:,.0f} s, {os.cpu_count()} cores for server, database"
        f" and clients, {date.today():%Y-%m-%d}: {total:,} requests, {total / seconds:,.0f} a second,"  # noqa: DTZ011  the day of whoever runs it
        f" {len(diary.wrong)} errors; at most {memory.most_mb:,.0f} MB a process."
    )
    return "\n".join([told, "", *rows])


def publish(store: str, text: str) -> None:
    """Put a table in its place on the page of benchmarks."""
    begin, end = _BEGIN.format(store=store), _END.format(store=store)
    page = PAGE.read_text("utf-8")
    head, found, rest = page.partition(begin)
    assert found, f"{PAGE} has no place for {store}"
    PAGE.write_text(f"{head}{begin}\n{text}\n{end}{rest.partition(end)[2]}", "utf-8")
