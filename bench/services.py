"""Map services side by side: ours and two peers on one PostGIS, each a process of its own.

All of them serve the same features with the same properties: ours from the store, the peers from a
plain table with the same columns, in EPSG:4326 and with the indexes that they want, so that none
has to transform anything. Every request goes over one connection that is kept, and asks for gzip.

A subject gives *cases*; see `Case`, and `item_cases.py` for an example.
"""

from __future__ import annotations

import gzip
import http.client
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import psycopg
from psycopg import sql

from layers import Store

ROOT = Path(__file__).resolve().parents[1]
OURS, TIPG, PYGEOAPI, PLAIN = "ours", "tipg", "pygeoapi", "ST_AsMVT, served"
BY_POSTGIS = "ours, by ST_AsMVT"
VERSIONS = {TIPG: "1.6.1", PYGEOAPI: "0.21.0"}
PLAIN_SCHEMA = "plain"
PATIENCE_S = 120
_IDLE_S = 2.0  # after five, servers close a connection on which nothing comes


@dataclass(frozen=True)
class Scene:
    """What is served: the kind `kind` of `store`, and its copy for the peers."""

    name: str
    kind: str
    store: Store
    url: str
    connection: psycopg.Connection[Any]

    @property
    def plain(self) -> str:
        """Name the table that the peers serve."""
        return f"{PLAIN_SCHEMA}.{self.kind}"

    def touch(self, number: int, among: Sequence[str] = ()) -> None:
        """Change one feature, in the store and in the table that the peers serve."""
        uids = among or self.uids
        uid = uids[number % len(uids)]
        frame = self.store.read(self.kind, where=f"uid = '{uid}'", columns=["name"])
        frame["name"] = f"{number}号"
        with self.store.change(author="bench", message="one name") as change:
            change.update(self.kind, frame.drop(columns="geometry"))
        table = sql.Identifier(PLAIN_SCHEMA, self.kind)
        statement = sql.SQL("UPDATE {} SET name = %s WHERE uid = %s").format(table)
        self.connection.execute(statement, (f"{number}号", uid))

    @property
    def uids(self) -> list[str]:
        """Name some of the features."""
        statement = sql.SQL("SELECT uid FROM {} ORDER BY uid LIMIT 1000")
        table = sql.Identifier(PLAIN_SCHEMA, self.kind)
        return [row[0] for row in self.connection.execute(statement.format(table))]


@dataclass
class Service:
    """A running server, and one connection to it that is kept."""

    name: str
    url: str
    pid: int
    _open: http.client.HTTPConnection | None = field(default=None, repr=False)
    _used: float = 0.0

    def get(self, path: str) -> bytes:
        """Ask for an address behind `url`; give the body as it came, and refuse any but a 200."""
        if self._open is None or time.monotonic() - self._used > _IDLE_S:
            self._open = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=PATIENCE_S)
        self._open.request("GET", path, headers={"Accept-Encoding": "gzip"})
        answer = self._open.getresponse()
        body = answer.read()
        self._used = time.monotonic()
        if answer.status != 200:
            raise RuntimeError(f"{self.name} {answer.status} {path}: {body[:300]!r}")
        return body


@dataclass(frozen=True)
class Case:
    """One table: the same thing asked of every service, again and again.

    Parameters
    ----------
    paths
        By service, what is asked for in a round. Who has no such thing is left out.
    others
        The same by other means, as the database by itself: by name, what gives the body.
    before
        Done before each request and not timed, as a write; it gets a number that never returns.
    at_least
        How many times as long as ours somebody should take: our target.
    tell
        What the table says of the body of the first round, uncompressed.
    rounds
        How often each is asked. The first two only warm up; what they have set in motion, as a
        memory that is being filled, is waited for.
    """

    title: str
    paths: Mapping[str, Callable[[int], str]]
    others: Mapping[str, Callable[[int], bytes]] = field(default_factory=dict)
    before: Callable[[int], None] | None = None
    at_least: Mapping[str, float] = field(default_factory=dict)
    tell: Callable[[bytes], str] = lambda _: ""
    rounds: int = 17


@dataclass(frozen=True)
class Row:
    """What one service took."""

    name: str
    times_s: list[float]
    cpu_s: float
    sent: int
    told: str

    @property
    def middle_s(self) -> float:
        """Give the median."""
        return median(self.times_s)

    @property
    def late_s(self) -> float:
        """Give what 95 of 100 requests did not take longer than."""
        return float(np.percentile(self.times_s, 95))


_WARM_UP = 2
_LOOK_EVERY_S = 0.5
_IDLE_SHARE = 0.1  # of a processor


def measure(case: Case, services: Mapping[str, Service]) -> list[Row]:
    """Ask all of them in turn, round by round, each round beginning with another."""
    asks: dict[str, Callable[[int], bytes]] = dict(case.others)
    for name, path in case.paths.items():
        service = services[name]
        asks[name] = lambda n, service=service, path=path: service.get(path(n))  # type: ignore[misc]
    names = [name for name in (*services, *case.others) if name in asks]
    times: dict[str, list[float]] = {name: [] for name in names}
    cpus: dict[str, list[float]] = {name: [] for name in names}
    first: dict[str, bytes] = {}
    number = 0
    for turn in range(case.rounds):
        if turn == _WARM_UP:
            _wait_until_idle(services.values())
        shift = turn % len(names)
        for name in (*names[shift:], *names[:shift]):
            if case.before is not None:
                case.before(number)
                number += 1
            cpu = processor_s(services[name].pid) if name in services else 0.0
            begin = time.perf_counter()
            body = asks[name](turn)
            taken = time.perf_counter() - begin
            spent = processor_s(services[name].pid) - cpu if name in services else 0.0
            first.setdefault(name, body)
            if turn >= _WARM_UP:
                times[name].append(taken)
                cpus[name].append(spent)
    return [
        Row(name, times[name], sum(cpus[name]) / len(cpus[name]), len(first[name]),
            case.tell(plain(first[name])))
        for name in names
    ]  # fmt: skip


def _wait_until_idle(services: Iterable[Service]) -> None:
    """Wait until no server computes anything that nobody waits for."""
    end = time.monotonic() + PATIENCE_S
    before = -1.0
    while time.monotonic() < end:
        spent = sum(processor_s(service.pid) for service in services)
        if spent - before < _IDLE_SHARE * _LOOK_EVERY_S:
            return
        before = spent
        time.sleep(_LOOK_EVERY_S)


def plain(body: bytes) -> bytes:
    """Uncompress a body that is compressed."""
    return gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body


def processor_s(pid: int) -> float:
    """Read the processor time of a process; the database's is not in it."""
    rest = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(rest[11]) + int(rest[12])) / os.sysconf("SC_CLK_TCK")
