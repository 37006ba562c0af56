"""Clients that read and write over HTTP for a while, and remember what they were told.

Each is a thread with a connection of its own, several to a process, so that the clients do not
wait for each other. Writers change only features that they made themselves.
"""

import http.client
import json
import random
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from typing import Any
from urllib.parse import quote, urlsplit

GEOJSON = {"Content-Type": "application/geo+json"}
PATCH = {"Content-Type": "application/merge-patch+json"}
_GONE = (http.client.HTTPException, OSError)
_PER_PROCESS = 16
_MOST_KEPT = 20  # features that one client keeps; then it takes one away before it makes another


@dataclass(frozen=True)
class Errand:
    """What clients are sent to do."""

    url: str
    token: str
    bounds: tuple[float, float, float, float]  # of the town, in degrees
    uids: tuple[str, ...]  # some buildings
    writing: float  # the share of requests that write
    pause_s: float  # between one answer and the next request, on average
    seed: int = 0
    # Whether somebody is about to be killed, so that an answer may not come.
    in_peril: bool = False


@dataclass
class Diary:
    """What was done, how long it took, and what must be so from now on."""

    times: dict[str, list[float]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    unanswered: int = 0
    # By uid, the last note that was acknowledged; None for a feature that was deleted.
    kept: dict[str, str | None] = field(default_factory=dict)
    # Of which nobody knows whether the last change was made.
    unsure: set[str] = field(default_factory=set)

    def add(self, other: "Diary") -> None:
        """Take in what somebody else did, or the same client later."""
        for name, times in other.times.items():
            self.times.setdefault(name, []).extend(times)
        self.wrong += other.wrong
        self.unanswered += other.unanswered
        self.kept |= other.kept
        self.unsure |= other.unsure


class Client:
    """One connection, and the features that were made over it."""

    def __init__(self, errand: Errand) -> None:
        self.errand = errand
        self.diary = Diary()
        self._random = random.Random(errand.seed)
        self._connection: http.client.HTTPConnection | None = None
        self._mine: dict[str, str] = {}  # by uid, the version
        self._made = 0

    def work(self, until: float) -> Diary:
        """Ask and write until a moment of the common clock."""
        time.sleep(self._random.uniform(0, 2 * self.errand.pause_s))
        names, weights = zip(*_READS.items(), strict=True)
        while time.time() < until:
            if self._random.random() < self.errand.writing:
                self._write()
            else:
                name = self._random.choices(names, weights)[0]
                self._ask(f"read: {name}", "GET", self._path(name), allowed=(200, 204))
            time.sleep(self._random.uniform(0, 2 * self.errand.pause_s))
        return self.diary

    def _path(self, name: str) -> str:
        west, south, east, north = self.errand.bounds
        x, y = self._random.uniform(west, east), self._random.uniform(south, north)
        items = "/ogc/collections/building/items"
        window = f"{x - 0.003:.5f},{y - 0.002:.5f},{x + 0.003:.5f},{y + 0.002:.5f}"
        if name == "tile":
            column, row = int((x + 180) / 360 * 2**15), _row(y, 15)
            return f"/ogc/collections/building/tiles/WebMercatorQuad/15/{row}/{column}"
        if name == "filter":
            said = (
                f"floors > {self._random.randrange(9)} AND S_INTERSECTS(geometry, BBOX({window}))"
            )
            return f"{items}?limit=100&filter={quote(said)}"
        return {
            "window": f"{items}?limit=100&bbox={window}",
            "page of 1000": f"{items}?limit=1000",
            "item": f"{items}/{self._random.choice(self.errand.uids)}",
            "csv": f"/ogc/collections/grid_event/items?f=csv&limit=500&bbox={window}",
            "collections": "/ogc/collections",
            "overview": "/",
            "map": "/maps/layers",
        }[name]

    def _write(self) -> None:
        deed = self._random.random()
        if not self._mine or (deed < 0.4 and len(self._mine) < _MOST_KEPT):
            self._create()
            return
        uid = self._random.choice(list(self._mine))
        there = f"{_KIND}/{uid}"
        match = {"If-Match": self._mine[uid]}
        self._made += 1
        note = f"{self.errand.seed}.{self._made}"
        if deed < 0.8:
            body = {"properties": {"note": note}}
            answer = self._ask("write: update", "PATCH", there, body, PATCH | match, uid=uid)
        else:
            answer = self._ask("write: delete", "DELETE", there, None, match, (204,), uid=uid)
        if answer is None:
            del self._mine[uid]
            return
        if deed < 0.8:
            self._mine[uid], self.diary.kept[uid] = answer[0]["ETag"], note
        else:
            del self._mine[uid]
            self.diary.kept[uid] = None

    def _create(self) -> None:
        west, south, east, north = self.errand.bounds
        place = [self._random.uniform(west, east), self._random.uniform(south, north)]
        self._made += 1
        note = f"{self.errand.seed}.{self._made}"
        body = {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": place},
            "properties": {"code": f"L{note}", "note": note},
        }
        answer = self._ask("write: create", "POST", _KIND, body, GEOJSON, (201,))
        if answer is not None:
            uid = str(json.loads(answer[1])["id"])
            self._mine[uid], self.diary.kept[uid] = answer[0]["ETag"], note

    def _ask(
        self,
        name: str,
        method: str,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
        allowed: tuple[int, ...] = (200,),
        *,
        uid: str = "",
    ) -> tuple[Any, bytes] | None:
        """Ask once; give headers and body of an answer that is as it should be."""
        begin = time.perf_counter()
        try:
            status, told, content = self._send(method, path, body, headers or {})
        except _GONE as fault:
            self._forget_connection()
            self.diary.unanswered += 1
            self.diary.unsure.add(uid)
            if not self.errand.in_peril:
                self.diary.wrong.append(f"{name}: {fault!r}")
            return None
        self.diary.times.setdefault(name, []).append(time.perf_counter() - begin)
        if status in allowed:
            return told, content
        self.diary.unsure.add(uid)
        if not (self.errand.in_peril and status == 503):
            self.diary.wrong.append(f"{name}: {status} {content[:300]!r}")
        return None

    def _send(
        self, method: str, path: str, body: Any, headers: dict[str, str]
    ) -> tuple[int, Any, bytes]:
        if self._connection is None:
            there = urlsplit(self.errand.url)
            self._connection = http.client.HTTPConnection(
                there.hostname or "", there.port, timeout=60
            )
        sent = {
            **headers,
            "Authorization": f"Bearer {self.errand.token}",
            "Accept": "text/html" if path in {"/", "/maps/layers"} else "*/*",
            "Accept-Encoding": "gzip",
        }
        content = None if body is None else json.dumps(body).encode()
        try:
            self._connection.request(method, path, content, sent)
            answer = self._connection.getresponse()
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            # The server lets go of a connection that was idle: whoever is just sending over it
            # tries once more, as browsers do, if nothing can have been done by it yet.
            if method != "GET" or self.errand.in_peril:
                raise
            self._forget_connection()
            return self._send(method, path, body, headers)
        return answer.status, answer.headers, answer.read()

    def _forget_connection(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None


_KIND = "/ogc/collections/dead_tree/items"
# What is read, and how often.
_READS = {
    "window": 22, "page of 1000": 3, "item": 20, "filter": 12, "tile": 25,
    "csv": 3, "collections": 5, "overview": 6, "map": 4,
}  # fmt: skip


def send_out(errand: Errand, clients: int, seconds: float) -> Callable[[], Diary]:
    """Send clients out; what is given back waits for them and tells what they did."""
    until = time.time() + seconds
    processes = -(-clients // _PER_PROCESS)
    pool = ProcessPoolExecutor(processes, mp_context=get_context("spawn"))
    errands = [replace(errand, seed=errand.seed + n) for n in range(clients)]
    futures = [pool.submit(_work, errands[n::processes], until) for n in range(processes)]

    def come_home() -> Diary:
        diary = Diary()
        for each in futures:
            diary.add(each.result())
        pool.shutdown()
        return diary

    return come_home


def _work(errands: list[Errand], until: float) -> Diary:
    diary = Diary()
    with ThreadPoolExecutor(len(errands)) as threads:
        for each in threads.map(lambda errand: Client(errand).work(until), errands):
            diary.add(each)
    return diary


def _row(latitude: float, zoom: int) -> int:
    from math import asinh, pi, radians, tan

    return int((1 - asinh(tan(radians(latitude))) / pi) / 2 * 2**zoom)
