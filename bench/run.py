"""Everything that is measured beside what else there is, by one command.

    python bench/run.py [SUBJECT ...] [--size S M L palmas] [--write]

Prints a table for each question of each subject, ours first; with `--write` they also go into
docs/benchmarks.md, between the markers of the subject and size.
"""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

import measuring  # noqa: E402 (beside this file)
import test_city  # noqa: E402
from measuring import Scene  # noqa: E402

from tests import postgis  # noqa: E402

SUBJECTS = ("share", "nearest", "walk", "siting", "loading")
_PACKAGES = ("geopandas", "shapely", "numpy", "numba", "scipy")
# What a careful administrator sets on a machine of this size, for one big query at a time.
_TUNED = (
    "ALTER SYSTEM SET shared_buffers = '1GB'",
    "ALTER SYSTEM SET work_mem = '256MB'",
    "ALTER SYSTEM SET maintenance_work_mem = '512MB'",
    "ALTER SYSTEM SET random_page_cost = 1.1",
    "ALTER SYSTEM SET jit = off",
    "ALTER SYSTEM SET max_parallel_workers_per_gather = 2",
    "ALTER SYSTEM SET min_parallel_table_scan_size = '1MB'",
)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help=", ".join(SUBJECTS))
    parser.add_argument("--size", nargs="+", choices=measuring.SIZES, default=["S"])
    parser.add_argument("--question", help="only this one")
    parser.add_argument("--method", default="", help="only ours and those whose name has this")
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    asked = parser.parse_args()
    # Whoever ends us has the database ended, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended from outside"))
    cases = {name: _cases(name) for name in asked.subjects or _there()}
    if asked.write and (asked.method or asked.question):
        parser.error("a part of a table is not written")
    with tempfile.TemporaryDirectory(prefix="greengrid-bench-") as folder, _database():
        for size in asked.size:
            for subject, module in cases.items():
                text = _run(subject, module, Scene(Path(folder), size), asked)
                if text and asked.write:
                    measuring.write_block(f"{subject} {size}", text)


def _there() -> list[str]:
    """Give the subjects that have cases."""
    return [name for name in SUBJECTS if (ROOT / f"bench/{name}_cases.py").exists()]


def _cases(subject: str) -> ModuleType:
    if subject not in SUBJECTS:
        raise SystemExit(f"unknown subject {subject}; there are {', '.join(SUBJECTS)}")
    return importlib.import_module(f"{subject}_cases")


def _run(subject: str, module: ModuleType, scene: Scene, asked: argparse.Namespace) -> str:
    """Ask all questions of a subject that make sense on this city."""
    questions = [
        one
        for one in module.QUESTIONS
        if scene.size in one.sizes and asked.question in {None, one.key}
    ]
    if not questions:
        return ""
    _prepare(scene)
    parts = [f"{measuring.machine(*_PACKAGES)} Load when it began: {os.getloadavg()[0]:.1f}."]
    for question in questions:
        print(f"\n== {module.TITLE}, {scene.size}: {question.title}\n", flush=True)
        rows = measuring.measure_all(subject, question, scene, asked.method)
        parts += [f"**{question.title}**", measuring.table(rows, scene.size)]
    return "\n\n".join(parts)


def _prepare(scene: Scene) -> None:
    """Draw the city once for all processes."""
    if not scene.city_file.exists():
        real = scene.size == "palmas"
        city = test_city.las_palmas() if real else test_city.draw_city(scene.size)
        test_city.save(city, scene.city_file)


@contextmanager
def _database() -> Iterator[None]:
    """Start PostgreSQL for the methods that ask for it, and tell their processes where."""
    if postgis.programs() is None:
        yield
        return
    with postgis.running_server() as server:
        for statement in _TUNED:
            server.run(statement)
        server.stop()
        server.start()
        name = server.create()
        server.run("CREATE EXTENSION postgis", database=name)
        postmaster = (server.folder / "data/postmaster.pid").read_text().splitlines()[0]
        os.environ["GREENGRID_BENCH_POSTGIS"] = server.url(name)
        os.environ["GREENGRID_BENCH_POSTMASTER"] = postmaster
        yield


if __name__ == "__main__":
    main()
