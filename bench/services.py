"""Map services side by side: ours and two peers on one PostGIS, each a process of its own.

All of them serve the same features with the same properties: ours from the store, the peers from a
plain table with the same columns, in EPSG:4326 and with the indexes that they want, so that none
has to transform anything. Every request goes over one connection that is kept, and asks for gzip.

A subject gives *cases*; see `Case`, and `item_cases.py` for an example.
"""

from __future__ import annotations

import gzip
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import psycopg
from mvt import statement_of
from psycopg import sql

from layers import Store

ROOT = Path(__file__).resolve().parents[1]
OURS, TIPG, PYGEOAPI, PLAIN = "ours", "tipg", "pygeoapi", "ST_AsMVT, served"
VERSIONS = {TIPG: "1.6.1", PYGEOAPI: "0.21.0"}
PLAIN_SCHEMA = "plain"
# What the peers need for this and do not bring themselves.
_BESIDE = ("uvicorn", "psycopg2-binary", "geoalchemy2")
_PATIENCE_S = 120
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

    def touch(self, number: int) -> None:
        """Change one feature, in the store and in the table that the peers serve."""
        uid = self.uids[number % len(self.uids)]
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
            self._open = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=_PATIENCE_S)
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
    end = time.monotonic() + _PATIENCE_S
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


# ------------------------------------------------------------------ the table of the peers


def copy_plain(scene: Scene) -> None:
    """Copy a layer into a table as somebody would who publishes it with the peers."""
    table, kind = sql.Identifier(PLAIN_SCHEMA, scene.kind), sql.Identifier(scene.kind)
    fields = [each.key for each in scene.store.kind(scene.kind).fields]
    columns = sql.SQL(", ").join(map(sql.Identifier, ["uid", *fields]))
    for statement in (
        sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(PLAIN_SCHEMA)),
        sql.SQL("CREATE TABLE {} AS SELECT {}, ST_SetSRID(geom, 4326) AS geom FROM {}").format(
            table, columns, kind
        ),
        sql.SQL("ALTER TABLE {} ADD PRIMARY KEY (uid)").format(table),
        sql.SQL(
            "ALTER TABLE {} ALTER geom TYPE geometry({}, 4326)"
        ).format(table, sql.SQL(_geometry_type(scene))),
        sql.SQL("CREATE INDEX ON {} USING gist (geom)").format(table),
        sql.SQL("VACUUM ANALYZE {}").format(table),
        sql.SQL("VACUUM ANALYZE {}").format(kind),
    ):  # fmt: skip
        scene.connection.execute(statement)


def _geometry_type(scene: Scene) -> str:
    statement = "SELECT type FROM geometry_columns WHERE f_table_name = %s AND srid = 4490"
    row = scene.connection.execute(statement, (scene.kind,)).fetchone()
    assert row is not None
    return str(row[0])


# ------------------------------------------------------------------ servers


def peers_python(folder: Path) -> Path:
    """Make an environment of the peers' own, once; their versions are none of ours."""
    python = folder / "bin/python"
    if not (folder / "ready").exists():
        shutil.rmtree(folder, ignore_errors=True)
        wanted = [f"{name}=={number}" for name, number in VERSIONS.items()]
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)  # noqa: S603 (ours)
        pip = [python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
        print("installing the peers …", flush=True)
        subprocess.run([*pip, *wanted, *_BESIDE], check=True)  # noqa: S603
        (folder / "ready").touch()
    return python


@contextmanager
def running(scene: Scene, folder: Path, python: Path) -> Iterator[dict[str, Service]]:
    """Start all of them on the scene's database, and end them."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        _ours(scene, folder) as ours,
        _tipg(scene, folder, python) as tipg,
        _pygeoapi(scene, folder, python) as pygeoapi,
        _plain(scene, folder, python) as plain,
    ):
        yield {each.name: each for each in (ours, tipg, pygeoapi, plain)}


@contextmanager
def _ours(scene: Scene, folder: Path) -> Iterator[Service]:
    command = [Path(sys.executable).with_name("greengrid"), "serve", "--store", scene.url]
    port = _free_port()
    with _process([*command, "--port", port], folder, OURS, {"PYTHONPATH": str(ROOT)}) as process:
        yield _when_ready(OURS, port, process, "/healthz")


@contextmanager
def _tipg(scene: Scene, folder: Path, python: Path) -> Iterator[Service]:
    port = _free_port()
    settings = {
        "DATABASE_URL": scene.url,
        "TIPG_DB_SCHEMAS": json.dumps([PLAIN_SCHEMA]),
        "TIPG_DB_EXCLUDE_FUNCTION_SCHEMAS": json.dumps(["public", "pg_temp"]),
        "TIPG_TABLE_CONFIG": json.dumps({f"{PLAIN_SCHEMA}_{scene.kind}": {"pk": "uid"}}),
        "TIPG_MAX_FEATURES_PER_TILE": "1000000",  # all of them, as the others do
        "TIPG_CATALOG_TTL": "0",  # it need not look for new tables meanwhile
    }
    command = [python, "-m", "uvicorn", "tipg.main:app", "--log-level", "warning", "--port", port]
    with _process(command, folder, TIPG, settings) as process:
        yield _when_ready(TIPG, port, process, "/healthz")


@contextmanager
def _pygeoapi(scene: Scene, folder: Path, python: Path) -> Iterator[Service]:
    port = _free_port()
    config, openapi = folder / "pygeoapi.yml", folder / "openapi.yml"
    config.write_text(json.dumps(_pygeoapi_settings(scene, port)), "utf-8")  # JSON is YAML, too
    settings = {"PYGEOAPI_CONFIG": str(config), "PYGEOAPI_OPENAPI": str(openapi)}
    generate = [python.with_name("pygeoapi"), "openapi", "generate", config]
    subprocess.run(  # noqa: S603 (the peer's own command)
        [*generate, "--output-file", openapi], check=True, cwd=folder,
        env={**os.environ, **settings}, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    # Its own compression does not work under this server, as its source says.
    (folder / "pygeoapi_zipped.py").write_text(
        "from pygeoapi.starlette_app import APP\n"
        "from starlette.middleware.gzip import GZipMiddleware\n"
        "app = GZipMiddleware(APP, minimum_size=1000, compresslevel=6)\n",
        "utf-8",
    )
    command = [python, "-m", "uvicorn", "pygeoapi_zipped:app", "--log-level", "warning"]
    with _process([*command, "--port", port], folder, PYGEOAPI, settings) as process:
        yield _when_ready(PYGEOAPI, port, process, "/conformance?f=json")


@contextmanager
def _plain(scene: Scene, folder: Path, python: Path) -> Iterator[Service]:
    numbers: dict[str, sql.Composable] = {
        name: sql.SQL(f"${place}::int") for place, name in enumerate("zxy", start=1)
    }
    statement = statement_of(scene.connection, scene.plain, numbers=numbers)
    settings = {
        "DATABASE_URL": scene.url,
        "STATEMENT": statement.as_string(scene.connection),
        "PYTHONPATH": str(ROOT / "bench"),
    }
    port = _free_port()
    command = [python, "-m", "uvicorn", "plain_tiles:app", "--log-level", "warning"]
    with _process([*command, "--port", port], folder, "plain", settings) as process:
        yield _when_ready(PLAIN, port, process, "/ready")


def _pygeoapi_settings(scene: Scene, port: int) -> dict[str, Any]:
    there = urlsplit(scene.url)
    data = {
        "host": there.hostname, "port": there.port, "dbname": there.path[1:],
        "user": there.username, "password": "", "search_path": [PLAIN_SCHEMA, "public"],
    }  # fmt: skip
    text = {"en": "bench"}
    provider = {
        "type": "feature", "name": "PostgreSQL", "data": data, "id_field": "uid",
        "table": scene.kind, "geom_field": "geom", "count": True,
    }  # fmt: skip
    collection = {
        "type": "collection", "title": text, "description": text, "keywords": {"en": ["bench"]},
        "links": [], "extents": {"spatial": {"bbox": [-180, -90, 180, 90]}},
        "providers": [provider],
    }  # fmt: skip
    return {
        "server": {
            "bind": {"host": "127.0.0.1", "port": port}, "url": f"http://127.0.0.1:{port}",
            "mimetype": "application/json; charset=UTF-8", "encoding": "utf-8", "gzip": False,
            "languages": ["en-US"], "limits": {"default_items": 10, "max_items": 10000},
            "map": {"url": "http://127.0.0.1/", "attribution": "none"},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {
                "title": text, "description": text, "keywords": {"en": ["bench"]},
                "keywords_type": "theme", "terms_of_service": "", "url": "http://127.0.0.1",
            },
            "license": {"name": "none", "url": "http://127.0.0.1"},
            "provider": {"name": "bench", "url": "http://127.0.0.1"},
            "contact": {"name": "bench"},
        },
        "resources": {scene.kind: collection},
    }  # fmt: skip


@contextmanager
def _process(
    command: list[Any], folder: Path, name: str, settings: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    ours = re.compile("GREENGRID_|DATABASE_URL|TIPG_|PYTHONPATH")
    inherited = {key: value for key, value in os.environ.items() if not ours.match(key)}
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 (ourselves and the peers)
            [str(part) for part in command],
            cwd=folder, env={**inherited, **settings}, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()
            process.wait()


def _when_ready(name: str, port: int, process: subprocess.Popen[bytes], path: str) -> Service:
    service = Service(name, f"http://127.0.0.1:{port}", process.pid)
    end = time.monotonic() + _PATIENCE_S
    while True:
        try:
            service.get(path)
        except OSError:
            service._open = None  # noqa: SLF001 (our own class)
            if process.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"{name} did not start; see its log") from None
            time.sleep(0.1)
        else:
            return service


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
