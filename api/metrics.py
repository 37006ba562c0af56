"""Numbers for whoever watches the service, in the text format of Prometheus.

Several worker processes add up: each writes its numbers into files of a folder that they share
(`share_numbers`), and whichever of them is asked gives the sum. Memory is given process by process.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

__all__ = ["MEDIA", "Metrics", "forget_process", "share_numbers"]

MEDIA = "text/plain; version=0.0.4; charset=utf-8"
_SHARED = "PROMETHEUS_MULTIPROC_DIR"  # the library's own name
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_MOST = 1_000  # combinations of labels that are at hand
_STATM = Path("/proc/self/statm")


class Metrics:
    """What one service counts."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        # Of a metric with labels, that of the given ones: to find it takes longer than to count.
        self._counted: Callable[..., Counter] = lru_cache(_MOST)(Counter.labels)
        self._measured: Callable[..., Histogram] = lru_cache(_MOST)(Histogram.labels)
        self._requests = Counter(
            "greengrid_requests",
            "Requests answered, by method, address template and status.",
            ["method", "route", "status"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "greengrid_request_seconds",
            "Time from a request's headers to the end of its answer.",
            ["method", "route"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._looked_up = Counter(
            "greengrid_cache_lookups",
            "Finished work that was asked for, and whether it was there.",
            ["cache", "result"],
            registry=self._registry,
        )
        self._under_way = self._gauge("requests_under_way", "Requests being answered.")
        self._kept = self._gauge("cache_entries", "Pieces of finished work in memory.", "cache")
        self._memory = Gauge(
            "greengrid_memory_bytes",
            "Resident memory of a process.",
            registry=self._registry,
            multiprocess_mode="liveall",
        )
        # What is the same whichever process is asked.
        self._up = self._state("up", "1 where what the service needs can be used.", "part")
        self._jobs = self._state("jobs", "Jobs by how far they are.", "status")
        self._changeset = self._state("store_changeset", "Number of the last changeset.")

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Count a request as being answered for the time of a block."""
        self._under_way.inc()
        try:
            yield
        finally:
            self._under_way.dec()

    def answered(self, method: str, route: str, status: str, seconds: float) -> None:
        """Count an answer; `route` is a template, so that there are not more than a few."""
        named = method if method in _METHODS else "other"
        self._counted(self._requests, named, route, status).inc()
        self._measured(self._seconds, named, route).observe(seconds)

    def looked_up(self, cache: str, is_there: bool) -> None:  # noqa: FBT001 - a finding
        """Count that finished work was asked for."""
        self._counted(self._looked_up, cache, "found" if is_there else "made").inc()

    def take_stock(self, kept: Mapping[str, int]) -> None:
        """Note how much memory this process takes, and how much finished work it keeps."""
        self._memory.set(resident_bytes())
        for cache, entries in kept.items():
            self._kept.labels(cache).set(entries)

    def note_state(self, up: Mapping[str, bool], changeset: int | None) -> None:
        """Note how what the service needs was found right now."""
        for part, is_up in up.items():
            self._up.labels(part).set(int(is_up))
        if changeset is not None:
            self._changeset.set(changeset)

    def note_jobs(self, counts: Mapping[str, int]) -> None:
        """Note how many jobs there are by status, whichever process works on them."""
        for status, count in counts.items():
            self._jobs.labels(status).set(count)

    def text(self) -> bytes:
        """Write everything, of all processes that share their numbers."""
        registry = self._registry
        if _SHARED in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)
        return generate_latest(registry)

    def _gauge(self, name: str, said: str, *labels: str) -> Gauge:
        return Gauge(
            f"greengrid_{name}", said, labels, registry=self._registry, multiprocess_mode="livesum"
        )

    def _state(self, name: str, said: str, *labels: str) -> Gauge:
        return Gauge(
            f"greengrid_{name}", said, labels,
            registry=self._registry, multiprocess_mode="livemostrecent",
        )  # fmt: skip


@contextmanager
def share_numbers() -> Iterator[None]:
    """Have the processes that are started in a block add up what they count."""
    folder = tempfile.mkdtemp(prefix="greengrid-numbers-")
    os.environ[_SHARED] = folder
    try:
        yield
    finally:
        del os.environ[_SHARED]
        shutil.rmtree(folder, ignore_errors=True)


def forget_process(pid: int) -> None:
    """Leave the memory and caches of a process that has ended out of the sums."""
    mark_process_dead(pid)


def resident_bytes() -> int:
    """Say how much memory this process takes; 0 where the system does not tell."""
    if _STATM.exists():
        return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    if sys.platform == "darwin":
        import resource  # noqa: PLC0415 - Windows has none

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # the peak, in bytes
    return 0
