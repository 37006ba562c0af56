"""What is measured: one piece of work, run alone in a process of its own.

Run by `bench_store.py`, never by hand: a case, the place to work on, the file to take, how often.
Prints one line of JSON: seconds and processor seconds of each time, and the peak of memory.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import psycopg
import pyogrio
from measuring import peak_mb
from polygons import windows
from sqlalchemy import create_engine

from layers import Store, open_store
from layers.importing import ImportOptions, Mapping

Work = Callable[[], object]
_WINDOWS = 30
_EVERY = 100  # of so many features one is changed, so that the first state is a past one


# ---------------------------------------------------------------- ours


def ours_import(place: str, file: str) -> Iterator[Work]:
    store = open_store(place)
    options = ImportOptions(datum="CGCS2000", mapping=Mapping(key=("code",)), author="bench")
    yield lambda: store.import_file("building", file, options)


def ours_insert(place: str, file: str) -> Iterator[Work]:
    store, frame = open_store(place), gpd.read_parquet(file)
    yield lambda: _insert(store, frame)


def _insert(store: Store, frame: gpd.GeoDataFrame) -> None:
    with store.change(author="bench", message="") as change:
        change.insert("building", frame)


def ours_change(place: str, _: str) -> Iterator[Work]:
    store = open_store(place)
    uids = store.read("building", columns=["code"]).index[::_EVERY]
    yield lambda: _change(store, uids)


def _change(store: Store, uids: pd.Index) -> None:
    with store.change(author="bench", message="") as change:
        change.update("building", pd.DataFrame({"floors": 99}, index=uids))


def ours_read(place: str, _: str) -> Iterator[Work]:
    store = open_store(place)
    yield lambda: store.read("building")


def ours_read_five(place: str, _: str) -> Iterator[Work]:
    store = open_store(place)
    columns = ["code", "name", "use", "floors", "households"]
    yield lambda: store.read("building", columns=columns)


def ours_as_of(place: str, _: str) -> Iterator[Work]:
    store = open_store(place)
    yield lambda: store.read("building", as_of=1)


def ours_count(place: str, _: str) -> Iterator[Work]:
    store = open_store(place)
    yield lambda: store.count("building")


def ours_window(place: str, width: str) -> Iterator[Work]:
    store = open_store(place)
    for window in _chosen(width):
        yield lambda window=window: store.read("building", bbox=window)


# ---------------------------------------------------------------- plain geopandas


def plain_file_write(place: str, file: str) -> Iterator[Work]:
    frame = gpd.read_parquet(file)
    yield lambda: frame.to_file(place, layer="building")


def plain_file_import(place: str, file: str) -> Iterator[Work]:
    yield lambda: _any_file(file).to_file(place, layer="building")


def plain_file_read(place: str, _: str) -> Iterator[Work]:
    yield lambda: gpd.read_file(place, layer="building")


def plain_file_count(place: str, _: str) -> Iterator[Work]:
    yield lambda: pyogrio.read_info(place, layer="building", force_feature_count=True)["features"]


def plain_file_window(place: str, width: str) -> Iterator[Work]:
    for window in _chosen(width):
        yield lambda window=window: gpd.read_file(place, layer="building", bbox=window)


def plain_postgis_write(place: str, file: str) -> Iterator[Work]:
    frame, engine = gpd.read_parquet(file), _engine(place)
    yield lambda: frame.to_postgis("building", engine)


def plain_postgis_import(place: str, file: str) -> Iterator[Work]:
    engine = _engine(place)
    yield lambda: _any_file(file).to_postgis("building", engine)


def plain_postgis_read(place: str, _: str) -> Iterator[Work]:
    engine = _engine(place)
    yield lambda: gpd.read_postgis("SELECT * FROM building", engine, geom_col="geometry")


def plain_postgis_count(place: str, _: str) -> Iterator[Work]:
    connection = psycopg.connect(place)
    yield lambda: connection.execute("SELECT count(*) FROM building").fetchone()


def plain_postgis_window(place: str, width: str) -> Iterator[Work]:
    engine = _engine(place)
    query = (
        "SELECT * FROM building"
        " WHERE ST_Intersects(geometry, ST_MakeEnvelope(%(w)s, %(s)s, %(e)s, %(n)s, 4490))"
    )
    for window in _chosen(width):
        bounds = dict(zip("wsen", window, strict=True))
        yield lambda bounds=bounds: gpd.read_postgis(
            query, engine, geom_col="geometry", params=bounds
        )


def _any_file(file: str) -> gpd.GeoDataFrame:
    return gpd.read_parquet(file) if file.endswith(".parquet") else gpd.read_file(file)


def _engine(place: str) -> Any:
    return create_engine(place.replace("postgresql:", "postgresql+psycopg:", 1))


def _chosen(width: str) -> list[tuple[float, ...]]:
    """Give windows of this width; the first one warms up."""
    return windows(float(width), _WINDOWS + 1)


# ---------------------------------------------------------------- measuring


def main() -> None:
    case, place, file = sys.argv[1:]
    if "://" not in place:
        place = str(Path(place))
    wall_s, cpu_s = [], []
    for work in globals()[case](place, file):
        begin, begin_cpu = time.perf_counter(), time.process_time()
        work()
        cpu_s.append(time.process_time() - begin_cpu)
        wall_s.append(time.perf_counter() - begin)
    print(json.dumps({"wall_s": wall_s, "cpu_s": cpu_s, "peak_mb": peak_mb()}))


if __name__ == "__main__":
    main()
