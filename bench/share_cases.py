"""Which share of each cell has a green within a radius: ours beside six other ways.

Answers have a row for each cell and a column for each tier; ours also gives the bounds between
which the share is proven to lie. The truth is ours with bounds a hundred times narrower: `tests`
hold it against lattices of points. It is not one of the peers', since a buffer is a polygon within
the true one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from measuring import Absent, Ask, Method, Question, Scene
from numpy.typing import NDArray

TITLE = "Shares of areas"

Floats = NDArray[np.float64]
Geometries = NDArray[np.object_]

# Least area of a green in m2, radius in m.
Tier = tuple[float, float]
T1: tuple[Tier, ...] = ((1_000, 300),)
T0: tuple[Tier, ...] = ((0, 300),)
THREE: tuple[Tier, ...] = ((1_000, 300), (5_000, 500), (20_000, 1_000))

# What geopandas draws a quarter of a circle with when nothing else is said.
_QUAD_SEGS = 16


def _tiers(scene: Scene, tiers: Sequence[Tier]) -> list[tuple[Geometries, float]]:
    return [(scene.city.greens_from(area_m2), radius_m) for area_m2, radius_m in tiers]


def _each(
    scene: Scene, tiers: Sequence[Tier], share: Callable[[Geometries, Geometries, float], Floats]
) -> Ask:
    """Ask for one tier after the other."""
    cells, asked = scene.city.cells, _tiers(scene, tiers)
    return lambda: np.column_stack([share(cells, greens, r) for greens, r in asked])


# ------------------------------------------------------------------ ours


def ours(tiers: Sequence[Tier], max_error: float) -> Callable[[Scene], Ask]:
    def begin(scene: Scene) -> Ask:
        from gis import share_covered, shares_covered

        crs = scene.city.crs
        cells = gpd.GeoSeries(scene.city.cells, crs=crs)
        layers = [(gpd.GeoSeries(greens, crs=crs), r) for greens, r in _tiers(scene, tiers)]
        share_covered(cells[:9], layers[0][0][:9], layers[0][1])  # loads the machine code

        def ask() -> Floats:
            found = shares_covered(cells, layers, max_error=max_error)
            return np.stack([one.to_numpy() for one in found], axis=1)

        return ask

    return begin


def _compare(answer: Floats, truth: Floats) -> str:
    shares = answer[..., 0] if answer.ndim == 3 else answer
    off = np.abs(shares - truth[..., 0])
    told = f"max {off.max():.1e}, mean {off.mean():.1e}"
    if answer.ndim == 3:
        width = (answer[..., 2] - answer[..., 1]).max()
        holds = (answer[..., 1] <= truth[..., 2]) & (truth[..., 1] <= answer[..., 2])
        told += f"; proven ± {width / 2:.1e}" + ("" if holds.all() else ", BROKEN")
    return told


# ------------------------------------------------------------------ peers


def overlay(tiers: Sequence[Tier]) -> Callable[[Scene], Ask]:
    """Buffer, unite and overlay, as one finds it in every tutorial."""

    def begin(scene: Scene) -> Ask:
        crs = scene.city.crs
        cells = gpd.GeoDataFrame({"cell": range(len(scene.city.cells))}, geometry=scene.city.cells,
                                 crs=crs)  # fmt: skip

        def share(_: Geometries, greens: Geometries, radius_m: float) -> Floats:
            reached = gpd.GeoSeries(greens, crs=crs).buffer(radius_m).union_all()
            common = gpd.overlay(cells, gpd.GeoDataFrame(geometry=[reached], crs=crs))
            covered = common.area.groupby(common["cell"]).sum().reindex(cells["cell"], fill_value=0)
            return covered.to_numpy() / cells.area.to_numpy()

        return _each(scene, tiers, share)

    return begin


def vectorised(tiers: Sequence[Tier], threads: int) -> Callable[[Scene], Ask]:
    """Use shapely at its best: settle most cells by a distance, unite what is cut to the rest."""

    def begin(scene: Scene) -> Ask:
        return _each(scene, tiers, lambda *given: _vectorised(*given, threads))

    return begin


def _vectorised(cells: Geometries, greens: Geometries, radius_m: float, threads: int) -> Floats:
    tree = shapely.STRtree(greens)
    middles = shapely.centroid(cells)
    corners, cell = shapely.get_coordinates(cells, return_index=True)
    away = np.hypot(*(corners - shapely.get_coordinates(middles)[cell]).T)
    reach = np.maximum.reduceat(away, np.searchsorted(cell, np.arange(len(cells))))
    near, green = tree.query(middles, predicate="dwithin", distance=radius_m)
    nearest_m = np.full(len(cells), np.inf)
    np.minimum.at(nearest_m, near, shapely.distance(middles[near], greens[green]))
    share = (nearest_m + reach <= radius_m).astype(float)
    rest = np.flatnonzero(share == 0)
    chunks = np.array_split(rest, threads * 8)
    with ThreadPoolExecutor(threads) as pool:
        found = pool.map(lambda rows: _cut(cells[rows], greens, tree, radius_m), chunks)
        share[rest] = np.concatenate(list(found))
    return share


def _cut(
    cells: Geometries, greens: Geometries, tree: shapely.STRtree, radius_m: float
) -> Floats:  # fmt: skip
    covered = np.zeros(len(cells))
    if not len(cells):
        return covered
    cell, green = tree.query(cells, predicate="dwithin", distance=radius_m)
    used, green = np.unique(green, return_inverse=True)
    buffers = shapely.buffer(greens[used], radius_m, quad_segs=_QUAD_SEGS)
    shapely.prepare(buffers)
    whole = np.unique(cell[shapely.contains(buffers[green], cells[cell])])
    covered[whole] = shapely.area(cells[whole])
    part = ~np.isin(cell, whole)
    cell, green = cell[part], green[part]
    cut = shapely.intersection(cells[cell], buffers[green])
    for row, pieces in zip(
        np.unique(cell), np.split(cut, np.flatnonzero(np.diff(cell)) + 1), strict=False
    ):
        covered[row] = shapely.area(shapely.union_all(pieces))
    return covered / shapely.area(cells)


def raster(tiers: Sequence[Tier], size_m: float) -> Callable[[Scene], Ask]:
    """Draw greens into a grid and transform it to distances."""

    def begin(scene: Scene) -> Ask:
        import cv2

        city = scene.city
        west, south, east, north = shapely.total_bounds(np.concatenate([city.cells, city.greens]))
        shape = int((north - south) / size_m) + 1, int((east - west) / size_m) + 1

        def draw(areas: Geometries, values: Sequence[int], image: NDArray) -> NDArray:
            """Fill areas, 16 steps of a position in a pixel; holes are filled, too."""
            parts, owner = shapely.get_parts(areas, return_index=True)
            at, part = shapely.get_coordinates(shapely.get_exterior_ring(parts), return_index=True)
            at = (((at - [west, south]) / size_m - 0.5) * 16).round().astype(np.int32)
            outlines = np.split(at, np.flatnonzero(np.diff(part)) + 1)
            for outline, row in zip(outlines, owner, strict=True):
                cv2.fillPoly(image, [outline], values[row], shift=4)
            return image

        def share(cells: Geometries, greens: Geometries, radius_m: float) -> Floats:
            bare = draw(greens, [0] * len(greens), np.ones(shape, np.uint8))
            distance = cv2.distanceTransform(bare, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
            label = draw(cells, range(1, len(cells) + 1), np.zeros(shape, np.int32)).ravel()
            within = (distance <= radius_m / size_m).ravel()
            total = np.bincount(label, minlength=len(cells) + 1)[1:]
            covered = np.bincount(label, within, minlength=len(cells) + 1)[1:]
            return covered / np.maximum(total, 1)

        return _each(scene, tiers, share)

    return begin


_REACHED = (
    "CREATE TEMP TABLE reached AS SELECT ST_Subdivide((ST_Dump("
    "ST_Union(ST_Buffer(geom, {radius}, 'quad_segs=16')))).geom, 96) AS geom"
    " FROM greens WHERE ST_Area(geom) >= {area}"
)
_POSTGIS = (
    "DROP TABLE IF EXISTS reached",
    _REACHED,
    "CREATE INDEX ON reached USING gist (geom)",
    "ANALYZE reached",
)
_POSTGIS_SHARES = (
    "SELECT c.id, sum(CASE WHEN ST_Covers(r.geom, c.geom) THEN ST_Area(c.geom)"
    " ELSE ST_Area(ST_Intersection(r.geom, c.geom)) END) / ST_Area(c.geom)"
    " FROM cells c JOIN reached r ON ST_Intersects(r.geom, c.geom) GROUP BY c.id, c.geom"
)


def postgis(tiers: Sequence[Tier]) -> Callable[[Scene], Ask]:
    """Unite buffers and cut them into small parts before they are joined: its best SQL."""

    def begin(scene: Scene) -> Ask:
        import psycopg

        connection = psycopg.connect(scene.postgis, autocommit=True)
        for name, areas in (("cells", scene.city.cells), ("greens", scene.city.greens)):
            connection.execute(f"DROP TABLE IF EXISTS {name}")
            connection.execute(f"CREATE TABLE {name} (id int, geom geometry)")
            connection.execute("CREATE TEMP TABLE given (id int, wkb bytea)")
            with connection.cursor().copy("COPY given FROM STDIN (FORMAT binary)") as copy:
                copy.set_types(["int4", "bytea"])
                for row in enumerate(shapely.to_wkb(areas).tolist()):
                    copy.write_row(row)
            connection.execute(f"INSERT INTO {name} SELECT id, ST_GeomFromWKB(wkb) FROM given")  # noqa: S608
            connection.execute("DROP TABLE given")
            connection.execute(f"CREATE INDEX ON {name} USING gist (geom)")
            connection.execute(f"ANALYZE {name}")

        def share(cells: Geometries, area_m2: float, radius_m: float) -> Floats:
            for statement in _POSTGIS:
                connection.execute(statement.format(radius=radius_m, area=area_m2))
            found = np.zeros(len(cells))
            for cell, covered in connection.execute(_POSTGIS_SHARES).fetchall():
                found[cell] = covered
            return found

        cells = scene.city.cells
        return lambda: np.column_stack([share(cells, *tier) for tier in tiers])

    return begin


_DUCKDB = (
    "SELECT id, ST_Area(ST_Union_Agg(ST_Intersection(c.geom, b.geom))) / ST_Area(any_value(c.geom))"
    " FROM cells c JOIN (SELECT ST_Buffer(geom, $radius, 16) AS geom FROM greens"
    " WHERE ST_Area(geom) >= $area) b ON ST_Intersects(c.geom, b.geom) GROUP BY id"
)


def duckdb(tiers: Sequence[Tier]) -> Callable[[Scene], Ask]:
    """Join, cut and unite in DuckDB."""

    def begin(scene: Scene) -> Ask:
        import pandas as pd

        connection = _duckdb_with_spatial()
        for name, areas in (("cells", scene.city.cells), ("greens", scene.city.greens)):
            frame = pd.DataFrame({"id": range(len(areas)), "wkb": shapely.to_wkb(areas)})
            connection.register("given", frame)
            connection.execute(
                f"CREATE TABLE {name} AS SELECT id, ST_GeomFromWKB(wkb) AS geom FROM given"  # noqa: S608
            )

        def share(cells: Geometries, area_m2: float, radius_m: float) -> Floats:
            asked = {"radius": radius_m, "area": area_m2}
            found = np.zeros(len(cells))
            cell, covered = np.array(connection.execute(_DUCKDB, asked).fetchall(), float).T
            found[cell.astype(int)] = covered
            return found

        cells = scene.city.cells
        return lambda: np.column_stack([share(cells, *tier) for tier in tiers])

    return begin


def _duckdb_with_spatial() -> object:
    """Load the extension from its package, or from where DuckDB has put it before."""
    try:
        import duckdb as library
    except ImportError as missing:
        raise Absent("duckdb is not installed") from missing
    connection = library.connect()
    try:
        import duckdb_extension_spatial as package

        folder = Path(os.fspath(package.__path__[0])) / "extensions"
        file = folder / f"v{library.__version__}" / "spatial.duckdb_extension"
        connection.execute(f"LOAD '{file}'" if file.exists() else "LOAD spatial")
    except (ImportError, library.Error) as missing:
        raise Absent("DuckDB's spatial extension is not installed") from missing
    return connection


# ------------------------------------------------------------------ questions


def _question(
    key: str, title: str, tiers: Sequence[Tier], targets: dict[str, float]
) -> Question:  # fmt: skip
    methods = [
        Method("ours, ± 1e-4", ours(tiers, 1e-4)),
        Method("ours, ± 1e-3", ours(tiers, 1e-3)),
        Method("geopandas overlay", overlay(tiers), targets.get("overlay")),
        Method("shapely vectorised, 1 thread", vectorised(tiers, 1), targets.get("vec1")),
        Method("shapely vectorised, 2 threads", vectorised(tiers, 2), targets.get("vec2")),
        Method("raster of 5 m, OpenCV", raster(tiers, 5.0)),
        Method("PostGIS, subdivided", postgis(tiers), targets.get("postgis")),
        Method("DuckDB spatial", duckdb(tiers), targets.get("duckdb")),
    ]
    return Question(key, title, tuple(methods), ours(tiers, 1e-6), _compare)


QUESTIONS = (
    _question(
        "t1", "Greens from 1,000 m², 300 m", T1,
        {"overlay": 100, "vec2": 9, "postgis": 13, "duckdb": 50},
    ),
    _question(
        "t0", "All greens, 300 m", T0,
        {"overlay": 45, "vec1": 6, "postgis": 18, "duckdb": 300},
    ),
    _question(
        "three", "Three tiers: from 1,000 m² at 300 m, 5,000 m² at 500 m, 20,000 m² at 1,000 m",
        THREE, {"overlay": 75, "vec1": 14},
    ),
)  # fmt: skip
