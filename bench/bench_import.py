"""An import of many rows, first and again, from each format into both stores.

Each import is a process of its own: seconds, processor seconds, and the peak of its memory. That of
PostgreSQL's own processes is in none of them.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

from measuring import peak_mb  # noqa: E402 - of the environment that the path completes

from layers import create_store, open_store  # noqa: E402
from layers.importing import ImportOptions, Mapping, import_file  # noqa: E402
from tests.layers.importing.ledger import FORMATS, rows_of, write  # noqa: E402
from tests.postgis import Server, running_server  # noqa: E402

METRIC_CRS = "EPSG:4551"


def import_once(place: str, file: str) -> dict[str, Any]:
    """Import a ledger by its key, in this process."""
    begin, begin_cpu = time.perf_counter(), time.process_time()
    store = open_store(place)
    options = ImportOptions(datum="CGCS2000", mapping=Mapping(key=("编码",)), author="bench")
    report = import_file(store, "manhole_cover", file, options)
    store.close()
    names = ("read", "added", "changed", "unchanged", "rejected")
    return {
        **{name: getattr(report, name) for name in names},
        "wall_s": time.perf_counter() - begin,
        "cpu_s": time.process_time() - begin_cpu,
        "peak_mb": peak_mb(),
    }


def in_a_process(place: str, file: Path) -> dict[str, Any]:
    command = [sys.executable, __file__, "--one", place, str(file)]
    done = subprocess.run(  # noqa: S603 - ourselves
        command, check=True, stdout=subprocess.PIPE, text=True, env={**os.environ}
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def new_place(backend: str, folder: Path, server: Server, name: str) -> str:
    if backend == "GeoPackage":
        place = str(folder / f"{name}.gpkg")
    else:
        database = server.create()
        server.run("CREATE EXTENSION postgis", database=database)
        place = server.url(database)
    create_store(place, metric_crs=METRIC_CRS).close()
    return place


def measure(folder: Path, server: Server, count: int) -> None:
    print("| file | store | import | wall (own CPU) | peak MB | rows |\n|---|---|---|--:|--:|---|")
    for ending in FORMATS:
        files = {
            what: write(rows_of(count, later=what == "again"), folder / f"{what}{ending}")
            for what in ("first", "again")
        }
        for backend in ("GeoPackage", "PostGIS"):
            place = new_place(backend, folder, server, f"store-{ending[1:]}")
            for what, file in files.items():
                found = in_a_process(place, file)
                rows = ", ".join(f"{found[n]:,} {n}" for n in ("added", "changed", "unchanged"))
                print(
                    f"| {ending[1:]} | {backend} | {what} | {found['wall_s']:.1f} s "
                    f"({found['cpu_s']:.1f} s) | {found['peak_mb']:.0f} | {rows} |",
                    flush=True,
                )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--one", nargs=2, metavar=("STORE", "FILE"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        print(json.dumps(import_once(*chosen.one)))
        return
    print(f"{chosen.count:,} rows of 12 columns; load {os.getloadavg()[0]:.1f}.\n")
    with (
        tempfile.TemporaryDirectory(prefix="greengrid-bench-") as folder,
        running_server(durable=True) as server,
    ):
        measure(Path(folder), server, chosen.count)


if __name__ == "__main__":
    main()
