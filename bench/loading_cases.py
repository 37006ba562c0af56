"""A layer of points out of the database into numbers: ours beside the usual ways.

The homes of the city are kept in a store on both backends, with uids, versions and all that a store
keeps; others read the same table of the same database. An answer are the coordinates, ordered by
uid; they must be the same bytes for everybody.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from measuring import Absent, Ask, Method, Question, Scene
from numpy.typing import NDArray

TITLE = "Loading points"

Floats = NDArray[np.float64]

_KIND, _METRIC, _STORAGE = "manhole_cover", "EPSG:4551", "EPSG:4490"
_CORNER_DEG, _DEG_PER_M = np.array([126.0, 42.0]), 1e-5
# Making a store of so many features takes longer than all that is asked of it.
_LIMIT_S = 400.0
_DRAWN = ("S", "M", "L")


def _degrees(scene: Scene) -> Floats:
    homes = scene.city.homes
    return _CORNER_DEG + (homes - homes.min(axis=0)) * _DEG_PER_M


def _file(scene: Scene) -> Path:
    return scene.folder / f"points-{scene.size}.gpkg"


def _place(scene: Scene, backend: str) -> str:
    return str(_file(scene)) if backend == "geopackage" else scene.postgis


def _store(scene: Scene, backend: str) -> Any:
    """Open the store, which the first that asks for it makes."""
    from layers import create_store, open_store
    from layers.errors import NotAStoreError, StoreMissingError

    place = _place(scene, backend)
    try:
        store = open_store(place)
    except (StoreMissingError, NotAStoreError):
        store = create_store(place, metric_crs=_METRIC, storage_crs=_STORAGE)
    degrees = _degrees(scene)
    if store.count(_KIND) != len(degrees):
        if store.count(_KIND):
            raise Absent("the database holds the city of another size; ask for one size at a time")
        codes = [f"m{number}" for number in range(len(degrees))]
        points = gpd.points_from_xy(*degrees.T, crs=_STORAGE)
        with store.change(author="bench", message="homes") as change:
            change.insert(_KIND, gpd.GeoDataFrame({"code": codes}, geometry=points))
    return store


# ------------------------------------------------------------------ ours


def ours(backend: str) -> Callable[[Scene], Ask]:
    def begin(scene: Scene) -> Ask:
        store = _store(scene, backend)
        store.points(_KIND)
        return lambda: store.points(_KIND).coordinates

    return begin


def ours_kept(backend: str) -> Callable[[Scene], Ask]:
    """Take the arrays of the cache, all of them read through once."""

    def begin(scene: Scene) -> Ask:
        from layers.cache import ArrayCache

        store, cache = _store(scene, backend), ArrayCache(scene.folder / "arrays")
        store.points(_KIND, cache=cache)
        return lambda: store.points(_KIND, cache=cache).coordinates

    return begin


def ours_frame(backend: str) -> Callable[[Scene], Ask]:
    """Read a frame of point objects, with the code alone."""

    def begin(scene: Scene) -> Ask:
        store = _store(scene, backend)

        def ask() -> Floats:
            frame = store.read(_KIND, columns=["code"])
            return shapely.get_coordinates(frame.geometry.to_numpy())

        return ask

    return begin


# ------------------------------------------------------------------ peers


def _by_uid(frame: pd.DataFrame, shapes: Any) -> Floats:
    order = np.argsort(frame["uid"].to_numpy(dtype="U36"), kind="stable")
    return shapely.get_coordinates(np.asarray(shapes, dtype=object)[order])


def read_postgis(scene: Scene) -> Ask:
    from sqlalchemy import create_engine

    _store(scene, "postgis").close()
    engine = create_engine(scene.postgis.replace("postgresql://", "postgresql+psycopg://"))
    query = f"SELECT uid, geom FROM {_KIND} ORDER BY uid"  # noqa: S608 (a name of ours)
    return lambda: shapely.get_coordinates(
        gpd.read_postgis(query, engine, geom_col="geom").geometry.to_numpy()
    )


def psycopg_rows(scene: Scene) -> Ask:
    import psycopg

    _store(scene, "postgis").close()
    connection = psycopg.connect(scene.postgis, autocommit=True)
    query = f"SELECT uid, ST_AsBinary(geom) FROM {_KIND} ORDER BY uid"  # noqa: S608 (as above)

    def ask() -> Floats:
        rows = connection.cursor(binary=True).execute(query).fetchall()
        return shapely.get_coordinates(shapely.from_wkb([wkb for _, wkb in rows]))

    return ask


def adbc(scene: Scene) -> Ask:
    try:
        import adbc_driver_postgresql.dbapi as driver
    except ImportError as missing:
        raise Absent("adbc-driver-postgresql is not installed") from missing

    _store(scene, "postgis").close()
    connection = driver.connect(scene.postgis)
    query = f"SELECT uid, ST_AsBinary(geom) AS wkb FROM {_KIND} ORDER BY uid"  # noqa: S608

    def ask() -> Floats:
        with connection.cursor() as cursor:
            cursor.execute(query)
            table = cursor.fetch_arrow_table()
        wkb = table["wkb"].to_numpy(zero_copy_only=False)
        return shapely.get_coordinates(shapely.from_wkb(wkb))

    return ask


def read_file(*, arrow: bool) -> Callable[[Scene], Ask]:
    def begin(scene: Scene) -> Ask:
        _store(scene, "geopackage").close()
        file = _file(scene)

        def ask() -> Floats:
            frame = gpd.read_file(file, layer=_KIND, columns=["uid"], use_arrow=arrow)
            return _by_uid(frame, frame.geometry.to_numpy())

        return ask

    return begin


# ------------------------------------------------------------------ questions


def truth(backend: str) -> Callable[[Scene], Ask]:
    """Give what was written, in the order of the uids that it was given."""

    def begin(scene: Scene) -> Ask:
        frame = _store(scene, backend).read(_KIND, columns=["code"])
        number = frame["code"].str.removeprefix("m").astype(int).to_numpy()
        found = _degrees(scene)[number]
        return lambda: found

    return begin


def _same_bytes(answer: Floats, truth_xy: Floats) -> str:
    if answer.shape != truth_xy.shape:
        return f"{len(answer)} of {len(truth_xy)} rows"
    wrong = int((answer != truth_xy).any(axis=1).sum())
    return "the same bytes" if not wrong else f"{wrong} rows differ"


QUESTIONS = (
    Question(
        "postgis",
        "From PostGIS: uid and point of every home, ordered by uid",
        (
            Method("ours", ours("postgis"), limit_s=_LIMIT_S),
            Method("ours, from the cache", ours_kept("postgis")),
            Method("ours, a frame of objects", ours_frame("postgis")),
            Method("ADBC", adbc, 1.7),
            Method("psycopg, binary rows", psycopg_rows),
            Method("geopandas read_postgis", read_postgis, 9),
        ),
        truth("postgis"),
        _same_bytes,
        _DRAWN,
    ),
    Question(
        "geopackage",
        "From a GeoPackage: uid and point of every home, ordered by uid",
        (
            Method("ours", ours("geopackage"), limit_s=_LIMIT_S),
            Method("ours, from the cache", ours_kept("geopackage")),
            Method("ours, a frame of objects", ours_frame("geopackage")),
            Method("geopandas read_file", read_file(arrow=False)),
            Method("geopandas read_file, Arrow", read_file(arrow=True)),
        ),
        truth("geopackage"),
        _same_bytes,
        _DRAWN,
    ),
)
