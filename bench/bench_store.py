"""The store beside plain geopandas, on the same data, in one run.

Each measurement is a process of its own; of several the median is shown. Writes the tables of
`docs/benchmarks.md` anew when it is told `--write`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

import psycopg  # noqa: E402 - of the environment that the path above completes
from measuring import machine, seconds, write_block  # noqa: E402
from polygons import random_buildings  # noqa: E402

from layers import create_store  # noqa: E402
from tests.postgis import Server, running_server  # noqa: E402

METRIC_CRS = "EPSG:4551"
BACKENDS = ("GeoPackage", "PostGIS")
WIDTHS_DEG = ("0.004", "0.02", "0.09")
_VERSIONS = ("geopandas", "pyogrio", "shapely", "pandas", "numpy", "sqlalchemy", "psycopg")


@dataclass(frozen=True)
class Measured:
    """The medians of some processes."""

    wall_s: float
    cpu_s: float
    peak_mb: float

    @classmethod
    def of(cls, runs: list[dict[str, Any]]) -> Measured:
        """Take the medians; the first of several pieces of work in a process only warms up."""
        warm = 1 if len(runs[0]["wall_s"]) > 1 else 0
        middle = {
            name: median(median(run[name][warm:]) for run in runs) for name in ("wall_s", "cpu_s")
        }
        return cls(**middle, peak_mb=median(run["peak_mb"] for run in runs))


@dataclass(frozen=True)
class Row:
    """One piece of work, done by the store and by plain geopandas."""

    work: str
    backend: str
    ours: Measured
    plain: Measured


class Bench:
    """Places to work in, and what was measured there."""

    def __init__(self, folder: Path, server: Server, *, count: int, repeats: int) -> None:
        self.folder, self.server = folder, server
        self.repeats = repeats
        self.rows: list[Row] = []
        self.sizes_mb: list[tuple[str, str, float]] = []
        frame = random_buildings(count)
        self.files = {"GeoPackage": folder / "in.gpkg", "GeoParquet": folder / "in.parquet"}
        frame.to_file(self.files["GeoPackage"], layer="building")
        frame.to_parquet(self.files["GeoParquet"])
        # What a store and a plain file begin with, and where the last of each kind lies.
        self.empty = folder / "empty.gpkg"
        create_store(self.empty, metric_crs=METRIC_CRS).close()
        self.bare = self._new_bare()
        self.empty_database = server.create(template=self.bare)
        create_store(server.url(self.empty_database), metric_crs=METRIC_CRS).close()
        self.places: dict[tuple[str, str], str] = {}

    def _new_bare(self) -> str:
        name = self.server.create()
        self.server.run("CREATE EXTENSION postgis", database=name)
        return name

    def fresh(self, who: str, backend: str) -> str:
        """Make an empty store, or an empty place for a plain layer, in place of the last one."""
        old = self.places.pop((who, backend), None)
        if backend == "PostGIS":
            if old:
                self.server.drop(old.rpartition("/")[2])
            template = self.empty_database if who == "ours" else self.bare
            made = self.server.url(self.server.create(template=template))
        else:
            made = str(self.folder / f"{who}.gpkg")
            for leftover in self.folder.glob(f"{who}.gpkg*"):
                leftover.unlink()
            if who == "ours":
                shutil.copy(self.empty, made)
        self.places[who, backend] = made
        return made

    def writes(self, work: str, backend: str, ours: str, plain: str, file: Path) -> None:
        """Measure both on empty places, several times."""
        self._row(work, backend, ours, plain, str(file), self.fresh)

    def reads(self, work: str, backend: str, ours: str, plain: str, what: str = "") -> None:
        """Measure both on what was written last."""
        self._row(work, backend, ours, plain, what, lambda who, on: self.places[who, on])

    def _row(
        self,
        work: str,
        backend: str,
        ours: str,
        plain: str,
        argument: str,
        place: Callable[[str, str], str],
    ) -> None:
        measured = []
        for who, case in (("ours", ours), ("plain", plain)):
            runs = [run_case(case, place(who, backend), argument) for _ in range(self.repeats)]
            measured.append(Measured.of(runs))
        row = Row(work, backend, *measured)
        print(line_of(row), flush=True)
        self.rows.append(row)

    def note_size(self, who: str, backend: str, what: str) -> None:
        """Remember what was written last takes on disk."""
        self.sizes_mb.append((what, backend, size_mb(self.places[who, backend])))


def run_case(case: str, place: str, argument: str) -> dict[str, Any]:
    command = [sys.executable, str(ROOT / "bench/store_cases.py"), case, place, argument]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'bench'}"}
    done = subprocess.run(  # noqa: S603 - our own cases
        command, check=True, stdout=subprocess.PIPE, env=environment, text=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def size_mb(place: str) -> float:
    if "://" in place:
        with psycopg.connect(place) as connection:
            row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
        assert row is not None
        return row[0] / 1e6
    with sqlite3.connect(place) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Path(place).stat().st_size / 1e6


def measure(bench: Bench) -> None:
    for backend in BACKENDS:
        plain = "plain_file" if backend == "GeoPackage" else "plain_postgis"
        bench.writes(
            "insert a frame", backend, "ours_insert", f"{plain}_write", bench.files["GeoParquet"]
        )
        for who, what in (("ours", "store"), ("plain", "plain layer")):
            bench.note_size(who, backend, what)
        bench.reads("read the whole layer", backend, "ours_read", f"{plain}_read")
        bench.reads("read five fields of it", backend, "ours_read_five", f"{plain}_read")
        for width in WIDTHS_DEG:
            work = f"read a window of {width}°"
            bench.reads(work, backend, "ours_window", f"{plain}_window", width)
        bench.reads("count", backend, "ours_count", f"{plain}_count")
        run_case("ours_change", bench.places["ours", backend], "")
        work = "read the layer as of the changeset before"
        bench.reads(work, backend, "ours_as_of", f"{plain}_read")
        for form, file in bench.files.items():
            bench.writes(f"import a {form} file", backend, "ours_import", f"{plain}_import", file)


# ---------------------------------------------------------------- reporting


def line_of(row: Row) -> str:
    ours, plain = row.ours, row.plain
    cells = [
        row.work,
        f"{seconds(ours.wall_s)} ({seconds(ours.cpu_s)})",
        f"{seconds(plain.wall_s)} ({seconds(plain.cpu_s)})",
        f"{ours.wall_s / plain.wall_s:.1f}",
        f"{ours.peak_mb:.0f} / {plain.peak_mb:.0f}",
    ]
    return f"| {' | '.join(cells)} |"


def tables(bench: Bench, count: int, load: str) -> str:
    runs = "one run" if bench.repeats == 1 else f"median of {bench.repeats} runs"
    told = f"Load when the run began: {load}. {count:,} buildings, {runs}."
    parts = [f"{machine(*_VERSIONS)} PostgreSQL with its default durability.", f"{told}\n"]
    for backend in BACKENDS:
        parts += [
            f"### {backend}\n",
            "| work | store: wall (own CPU) | geopandas: wall (own CPU) | ratio | peak MB |",
            "|---|--:|--:|--:|--:|",
            *(line_of(row) for row in bench.rows if row.backend == backend),
            "",
        ]
        sizes = ", ".join(f"{what} {mb:.0f} MB" for what, on, mb in bench.sizes_mb if on == backend)
        parts.append(f"On disk: {sizes}.\n")
    return "\n".join(parts)


@contextmanager
def room() -> Any:
    with tempfile.TemporaryDirectory(prefix="greengrid-bench-") as folder:
        yield Path(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md anew")
    chosen = parser.parse_args()
    load = f"{os.getloadavg()[0]:.1f}"
    with room() as folder, running_server(durable=True) as server:
        bench = Bench(folder, server, count=chosen.count, repeats=chosen.repeats)
        measure(bench)
        measured = tables(bench, chosen.count, load)
    print(measured)
    if chosen.write:
        write_block("store", measured)


if __name__ == "__main__":
    main()
