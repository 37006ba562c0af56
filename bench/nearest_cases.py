"""Which homes have a green within 300 m, and how far the nearest green is.

An answer has a truth value, or a distance, for each home. The truth is what GEOS says of every
pair that may matter, one by one (`dwithin`, `distance`); nobody's buffers are in it.
"""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import shapely
from measuring import Absent, Ask, Method, Question, Scene
from numpy.typing import NDArray
from share_cases import _duckdb_with_spatial as duckdb_with_spatial

TITLE = "Homes within reach of a green"

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]

_AREA_M2, _RADIUS_M = 1_000.0, 300.0
# Metres between two samples of an outline.
_STEP_M = 10.0


def _greens(scene: Scene) -> gpd.GeoSeries:
    return gpd.GeoSeries(scene.city.greens_from(_AREA_M2), crs=scene.city.crs)


def _homes(scene: Scene) -> gpd.GeoDataFrame:
    homes = scene.city.homes
    return gpd.GeoDataFrame(geometry=gpd.points_from_xy(*homes.T, crs=scene.city.crs))


# ------------------------------------------------------------------ ours


def ours(*, warm: bool, objects: bool) -> Callable[[Scene], Ask]:
    """Ask an index, made in the time that counts or before; of numbers or of point objects."""

    def begin(scene: Scene) -> Ask:
        from gis import NearestIndex, Positions

        greens, homes = _greens(scene), _homes(scene).geometry
        asked = homes if objects else Positions(scene.city.homes, greens.crs)
        index = NearestIndex(greens)
        index.within(asked, _RADIUS_M)
        if warm:
            return lambda: index.within(asked, _RADIUS_M).to_numpy()
        return lambda: NearestIndex(greens).within(asked, _RADIUS_M).to_numpy()

    return begin


def our_distance(scene: Scene) -> Ask:
    from gis import NearestIndex, Positions

    greens = _greens(scene)
    asked = Positions(scene.city.homes, greens.crs)
    NearestIndex(greens).distance(asked)
    return lambda: NearestIndex(greens).distance(asked).to_numpy()


# ------------------------------------------------------------------ peers


def tree_dwithin(scene: Scene) -> Ask:
    greens, homes = _greens(scene).to_numpy(), shapely.points(scene.city.homes)

    def ask() -> Mask:
        home, _ = shapely.STRtree(greens).query(homes, predicate="dwithin", distance=_RADIUS_M)
        within = np.zeros(len(homes), bool)
        within[home] = True
        return within

    return ask


def sjoin_nearest(scene: Scene) -> Ask:
    greens, homes = _greens(scene).to_frame("geometry"), _homes(scene)

    def ask() -> Mask:
        found = homes.sjoin_nearest(greens, max_distance=_RADIUS_M)
        return homes.index.isin(found.index)

    return ask


def buffers(scene: Scene) -> Ask:
    greens, homes = _greens(scene), _homes(scene).geometry
    return lambda: homes.within(greens.buffer(_RADIUS_M).union_all()).to_numpy()


def kd_tree(scene: Scene) -> Ask:
    """Sample outlines; of homes that the samples leave open, ask exactly."""
    from scipy.spatial import cKDTree

    greens, homes = _greens(scene).to_numpy(), scene.city.homes

    def ask() -> Mask:
        samples = shapely.get_coordinates(shapely.segmentize(greens, _STEP_M))
        metres, _ = cKDTree(samples).query(
            homes, distance_upper_bound=_RADIUS_M + _STEP_M, workers=-1
        )
        within = metres <= _RADIUS_M
        # Where a sample is only just too far, an outline between two may be near enough; all
        # others may stand deep inside of a green.
        ring = metres[~within] <= np.hypot(_RADIUS_M, _STEP_M / 2)
        open_ = np.flatnonzero(~within)
        points = shapely.points(homes[open_])
        tree = shapely.STRtree(greens)
        home, _ = tree.query(points[ring], predicate="dwithin", distance=_RADIUS_M)
        within[open_[ring][home]] = True
        home, _ = tree.query(points[~ring], predicate="intersects")
        within[open_[~ring][home]] = True
        return within

    return ask


def postgis(scene: Scene) -> Ask:
    import psycopg

    connection = psycopg.connect(scene.postgis, autocommit=True)
    for name, shapes in (
        ("greens", _greens(scene).to_numpy()),
        ("homes", shapely.points(scene.city.homes)),
    ):
        connection.execute(f"DROP TABLE IF EXISTS {name}")
        connection.execute(f"CREATE TABLE {name} (id int, geom geometry)")
        with connection.cursor().copy(f"COPY {name} FROM STDIN (FORMAT binary)") as copy:
            copy.set_types(["int4", "bytea"])  # the bytes of a geometry on the wire
            for row in enumerate(shapely.to_wkb(shapes).tolist()):
                copy.write_row(row)
        connection.execute(f"CREATE INDEX ON {name} USING gist (geom)")
        connection.execute(f"ANALYZE {name}")
    count = len(scene.city.homes)
    query = (
        "SELECT h.id FROM homes h WHERE EXISTS"
        " (SELECT FROM greens g WHERE ST_DWithin(h.geom, g.geom, %s))"
    )

    def ask() -> Mask:
        within = np.zeros(count, bool)
        within[[row for (row,) in connection.execute(query, [_RADIUS_M]).fetchall()]] = True
        return within

    return ask


def duckdb(scene: Scene) -> Ask:
    import pandas as pd

    connection = duckdb_with_spatial()
    for name, shapes in (
        ("greens", _greens(scene).to_numpy()),
        ("homes", shapely.points(scene.city.homes)),
    ):
        frame = pd.DataFrame({"id": range(len(shapes)), "wkb": shapely.to_wkb(shapes)})
        connection.register("given", frame)
        connection.execute(
            f"CREATE TABLE {name} AS SELECT id, ST_GeomFromWKB(wkb) AS geom FROM given"  # noqa: S608
        )
    count = len(scene.city.homes)
    query = "SELECT DISTINCT h.id FROM homes h JOIN greens g ON ST_DWithin(h.geom, g.geom, $radius)"

    def ask() -> Mask:
        within = np.zeros(count, bool)
        within[connection.execute(query, {"radius": _RADIUS_M}).fetchnumpy()["id"]] = True
        return within

    return ask


def tree_nearest(scene: Scene) -> Ask:
    greens, homes = _greens(scene).to_numpy(), shapely.points(scene.city.homes)

    def ask() -> Floats:
        (home, _), metres = shapely.STRtree(greens).query_nearest(
            homes, return_distance=True, all_matches=False
        )
        found = np.full(len(homes), np.inf)
        found[home] = metres
        return found

    return ask


def sjoin_distance(scene: Scene) -> Ask:
    greens, homes = _greens(scene).to_frame("geometry"), _homes(scene)

    def ask() -> Floats:
        found = homes.sjoin_nearest(greens, distance_col="metres")
        return found["metres"].groupby(level=0).first().to_numpy()

    return ask


# ------------------------------------------------------------------ questions


def _wrong(answer: Mask, truth: Mask) -> str:
    if len(answer) != len(truth):
        raise Absent(f"{len(answer)} answers of {len(truth)}")
    return f"{int((answer != truth).sum())} of {len(truth):,} wrong"


def _off(answer: Floats, truth: Floats) -> str:
    return f"max {np.abs(answer - truth).max():.1e} m"


QUESTIONS = (
    Question(
        "within",
        "Greens from 1,000 m² within 300 m of each home, the index being made, too",
        (
            Method("ours", ours(warm=False, objects=False)),
            Method("ours, the index kept", ours(warm=True, objects=False)),
            Method("ours, point objects", ours(warm=False, objects=True)),
            Method("STRtree dwithin", tree_dwithin, 24),
            Method("geopandas sjoin_nearest", sjoin_nearest, 180, limit_s=120),
            Method("geopandas buffer, union, within", buffers),
            Method("kd-tree of samples, then exact", kd_tree, 18),
            Method("PostGIS ST_DWithin", postgis, 40),
            Method("DuckDB ST_DWithin", duckdb, 35),
        ),
        tree_dwithin,
        _wrong,
    ),
    Question(
        "distance",
        "Metres to the nearest green from 1,000 m², however far",
        (
            Method("ours", our_distance),
            Method("STRtree query_nearest", tree_nearest),
            Method("geopandas sjoin_nearest", sjoin_distance),
        ),
        tree_nearest,
        _off,
    ),
)
