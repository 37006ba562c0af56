"""Our service beside tipg and pygeoapi: the same features, properties and gzip, in one run.

    python bench/bench_service.py [--write] [--scene town polygons] [--subject item tile]

Starts a PostgreSQL with PostGIS and the three servers on it. The peers come into an environment of
their own, made at the first run and kept in the temporary folder unless `--peers` names another.
With `--write` the tables go into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

import psycopg  # noqa: E402 (of the environment that the path above completes)
import servers  # noqa: E402 (beside this file)
import services  # noqa: E402
from measuring import machine, seconds, write_block  # noqa: E402
from polygons import random_buildings  # noqa: E402
from services import Case, Row, Scene  # noqa: E402

from layers import create_store, open_store  # noqa: E402
from layers.demo.writing import write_demo  # noqa: E402
from layers.store import copy_store  # noqa: E402
from tests.postgis import Server, running_server  # noqa: E402

SUBJECTS = ("item", "tile")
SCENES = {"town": "Demo town", "polygons": "200,000 polygons"}
METRIC_CRS = "EPSG:4551"
_COUNT = 200_000
_VERSIONS = ("geopandas", "shapely", "numpy", "sqlalchemy", "psycopg")
_TUNED = (
    "ALTER SYSTEM SET shared_buffers = '1GB'",
    "ALTER SYSTEM SET random_page_cost = 1.1",
    "ALTER SYSTEM SET jit = off",
)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scene", nargs="+", choices=SCENES, default=list(SCENES))
    parser.add_argument("--subject", nargs="+", choices=SUBJECTS, default=_there())
    parser.add_argument("--count", type=int, default=_COUNT, help="polygons of the big layer")
    parser.add_argument(
        "--peers", type=Path, default=Path(tempfile.gettempdir(), "greengrid-peers")
    )
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended from outside"))
    load = f"{os.getloadavg()[0]:.1f}"
    python = servers.peers_python(asked.peers)
    durable = "PostgreSQL with its default durability."
    told = [f"{machine(*_VERSIONS)} {_peers()} {durable} Load when it began: {load}."]
    with (
        tempfile.TemporaryDirectory(prefix="greengrid-bench-") as folder,
        running_server(durable=True) as server,
    ):
        for name in asked.scene:
            with _scene(name, server, Path(folder), asked.count) as scene:
                told += _measured(scene, Path(folder, f"served-{name}"), python, asked.subject)
    if asked.write:
        write_block("service", "\n\n".join(told))


def _there() -> list[str]:
    """Give the subjects that have cases."""
    return [name for name in SUBJECTS if (ROOT / f"bench/{name}_cases.py").exists()]


def _peers() -> str:
    return ", ".join(f"{name} {version}" for name, version in services.VERSIONS.items()) + "."


@contextmanager
def _scene(name: str, server: Server, folder: Path, count: int) -> Iterator[Scene]:
    """Fill a database; analysed and vacuumed, as it is on the day after."""
    database = server.create()
    server.run("CREATE EXTENSION postgis", database=database)
    url = server.url(database)
    print(f"\nfilling {SCENES[name]} …", flush=True)
    if name == "town":
        with closing(write_demo(folder / "town.gpkg")) as town:
            copy_store(town, url)
        store = open_store(url)
    else:
        store = create_store(url, metric_crs=METRIC_CRS)
        with store.change(author="bench", message="polygons") as change:
            change.insert("building", random_buildings(count))
    with psycopg.connect(url, autocommit=True) as connection:
        scene = Scene(SCENES[name], "building", store, url, connection)
        servers.copy_plain(scene)
        yield scene
        store.close()


def _measured(scene: Scene, folder: Path, python: Path, subjects: Sequence[str]) -> list[str]:
    told = [f"### {scene.name}"]
    with servers.running(scene, folder, python) as running:
        for subject in subjects:
            for case in importlib.import_module(f"{subject}_cases").cases(scene):
                print(f"\n== {scene.name}: {case.title}\n", flush=True)
                text = table(case, services.measure(case, running))
                print(text, flush=True)
                told += [f"**{case.title}**", text]
    return told


def table(case: Case, rows: Sequence[Row]) -> str:
    """Draw ours, then the others from the quickest to the slowest."""
    ours, *others = rows
    lines = [
        "| service | median | p95 | median / ours | own CPU | sent | what came | target |",
        "|---|--:|--:|--:|--:|--:|---|---|",
    ]
    for row in (ours, *sorted(others, key=lambda row: row.middle_s)):
        times = row.middle_s / ours.middle_s
        target = case.at_least.get(row.name)
        met = "" if target is None else f"≥ {target:g}: {'met' if times >= target else 'missed'}"
        name = f"**{row.name}**" if row is ours else row.name
        cells = [
            name, seconds(row.middle_s), seconds(row.late_s), f"{times:.2f}",
            seconds(row.cpu_s) if row.cpu_s else "", f"{row.sent / 1e3:.0f} kB", row.told, met,
        ]  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
