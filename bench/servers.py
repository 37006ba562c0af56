"""The servers that are measured side by side, each a process of its own on one PostgreSQL."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mvt import statement_of
from psycopg import sql
from services import (
    BY_POSTGIS,
    OURS,
    PATIENCE_S,
    PLAIN,
    PLAIN_SCHEMA,
    PYGEOAPI,
    ROOT,
    TIPG,
    VERSIONS,
    Scene,
    Service,
)

# What the peers need for this and do not bring themselves.
_BESIDE = ("uvicorn", "psycopg2-binary", "geoalchemy2")

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
        _ours_by_postgis(scene, folder) as drawn,
    ):
        yield {each.name: each for each in (ours, tipg, pygeoapi, plain, drawn)}


@contextmanager
def _ours(scene: Scene, folder: Path) -> Iterator[Service]:
    command = [Path(sys.executable).with_name("greengrid"), "serve", "--store", scene.url]
    port = _free_port()
    with _process([*command, "--port", port], folder, OURS, {"PYTHONPATH": str(ROOT)}) as process:
        yield _when_ready(OURS, port, process, "/healthz")


@contextmanager
def _ours_by_postgis(scene: Scene, folder: Path) -> Iterator[Service]:
    numbers: dict[str, sql.Composable] = {name: sql.Placeholder(name) for name in "zxy"}
    statement = statement_of(scene.connection, scene.plain, numbers=numbers)
    settings = {
        "PYTHONPATH": str(ROOT),
        "DATABASE": scene.url,
        "STATEMENT": statement.as_string(scene.connection),
    }
    port = _free_port()
    command = [sys.executable, ROOT / "bench/ours_by_postgis.py", "serve", "--store", scene.url]
    with _process([*command, "--port", port], folder, "by_postgis", settings) as process:
        yield _when_ready(BY_POSTGIS, port, process, "/healthz")


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
    end = time.monotonic() + PATIENCE_S
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
