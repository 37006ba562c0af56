"""How long a change of many features keeps other writers waiting.

Asked with the URL of an empty database, it measures that, otherwise GeoPackages; `--write` puts
their table into `docs/benchmarks.md`.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from measuring import machine, write_block
from sqlalchemy import Connection

from layers import Store, create_store

METRIC_CRS, STORAGE_CRS = "EPSG:4551", "EPSG:4490"
CORNER_M = (500_000, 4_650_000)
SIDE_M = 10_000
# By level: units along one side of the town.
ALONG = {"district": 1, "street": 3, "community": 9, "grid": 36}
SIZES = (20_000, 100_000)
REPEATS = 3


def placed(boxes: object, **columns: object) -> gpd.GeoDataFrame:
    geometry = gpd.GeoSeries(boxes, crs=METRIC_CRS).to_crs(STORAGE_CRS)
    return gpd.GeoDataFrame(pd.DataFrame(columns), geometry=geometry)


def divide(store: Store) -> None:
    with store.change(author="bench", message="units") as change:
        above = 0
        for level, along in ALONG.items():
            column, row = (each.ravel() for each in np.meshgrid(range(along), range(along)))
            x, y = CORNER_M[0] + column * SIDE_M / along, CORNER_M[1] + row * SIDE_M / along
            boxes = shapely.box(x, y, x + SIDE_M / along, y + SIDE_M / along)
            codes = [f"{level}{c}-{r}" for c, r in zip(column, row, strict=True)]
            ratio = along // max(above, 1)
            parents = [
                f"{list(ALONG)[list(ALONG).index(level) - 1]}{c // ratio}-{r // ratio}"
                if above
                else None
                for c, r in zip(column, row, strict=True)
            ]
            change.insert(level, placed(boxes, code=codes, parent_code=parents))
            above = along


def buildings(count: int) -> gpd.GeoDataFrame:
    rng = np.random.default_rng(7)
    x, y = (CORNER_M[i] + rng.uniform(0, SIDE_M, count) for i in (0, 1))
    width, depth = rng.uniform(8, 30, (2, count))
    numbers = rng.permutation(count)
    return placed(
        shapely.box(x, y, x + width, y + depth),
        code=[f"B{n:06d}" for n in numbers],
        name=[f"{n}号楼" for n in numbers],
        use="residential",
        floors=pd.array(rng.integers(1, 30, count), dtype="Int64"),
        households=pd.array(rng.integers(1, 120, count), dtype="Int64"),
        population=pd.array(rng.integers(1, 350, count), dtype="Int64"),
        source="survey",
    )


@contextmanager
def clock(told: list[tuple[float, float]]) -> Iterator[None]:
    wall, work = time.perf_counter(), time.process_time()
    yield
    told.append((time.perf_counter() - wall, time.process_time() - work))


def locks_of(store: Store) -> list[tuple[float, float]]:
    """Have the time from the lock to the end of the commit noted from now on."""
    told: list[tuple[float, float]] = []
    writing = store._backend.writing  # noqa: SLF001 - nobody else knows when the lock is held

    @contextmanager
    def timed() -> Iterator[Connection]:
        with writing() as connection:
            wall, work = time.perf_counter(), time.process_time()
            yield connection
        told.append((time.perf_counter() - wall, time.process_time() - work))

    store._backend.writing = timed  # type: ignore[method-assign]  # noqa: SLF001
    return told


def run(store: Store, count: int) -> dict[str, list[tuple[float, float]]]:
    """Insert, change and delete `count` buildings; give the times ahead and under the lock."""
    divide(store)
    drawn = buildings(count)
    locks, told = locks_of(store), {}
    uids: list[str] = []

    def step(name: str, **parts: object) -> None:
        ahead: list[tuple[float, float]] = []
        with clock(ahead):
            prepared = store.prepare("building", **parts)
        uids[:] = prepared.inserted or uids
        with store.change(author="bench", message=name) as change:
            change.apply(prepared)
        told[name] = [ahead[0], locks[-1]]

    step("insert", insert=drawn)
    step("change a field", update=pd.DataFrame({"floors": 3}, index=uids))
    moved = drawn.set_geometry(drawn.geometry.translate(1e-5, 0))
    step("move", update=moved.set_axis(pd.Index(uids)))
    step("delete", delete=uids)
    return told


def table(count: int, runs: list[dict[str, list[tuple[float, float]]]]) -> str:
    """Set the medians in lines: wall seconds, and this process's own work in brackets."""
    units = sum(along * along for along in ALONG.values())
    lines = [
        f"| {count:,} buildings, {units:,} units | worked out ahead | under the lock |",
        "|---|--:|--:|",
    ]
    for name in runs[0]:
        ahead, under = np.median([each[name] for each in runs], axis=0)
        cells = (f"{wall:.2f} s ({work:.2f} s)" for wall, work in (ahead, under))
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def measured(url: str | None) -> Iterator[str]:
    """Measure each size, and give its table."""
    for count in SIZES if url is None else SIZES[-1:]:
        runs = []
        for _ in range(REPEATS if url is None else 1):
            with tempfile.TemporaryDirectory() as folder:
                place = url or Path(folder) / "town.gpkg"
                with closing(create_store(place, metric_crs=METRIC_CRS)) as store:
                    runs.append(run(store, count))
        yield table(count, runs)
        print(f"{count:,} done", file=sys.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", nargs="?", help="of an empty PostgreSQL database")
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    asked = parser.parse_args()
    text = "\n\n".join([machine("sqlalchemy", "geopandas"), *measured(asked.url)])
    print(text)
    if asked.write:
        write_block("lock", text)


if __name__ == "__main__":
    main()
