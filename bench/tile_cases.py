"""Vector tiles: after a write, each time another, and the same again."""

from __future__ import annotations

import gzip
import math
import tempfile
from collections.abc import Callable
from functools import partial

import numpy as np
import pyogrio
from mvt import statement_of
from psycopg import sql
from services import BY_POSTGIS, OURS, PLAIN, TIPG, Case, Scene

from layers.tiles import Tile

POSTGIS = "ST_AsMVT, asked directly"
_WARM = 5.0
_NEVER_SLOWER = 1.0
# Two rounds only warm up.
_FEWEST = 5
# By name, the level, and in how large a part of the scene tiles are looked for.
_LEVELS = {"a street": 15, "a quarter": 13, "the district": 11}

Numbers = tuple[int, int, int]


def cases(scene: Scene) -> list[Case]:
    """Ask for tiles of three sizes: the first after a write, others each time, the same again."""
    made = []
    for name, level in _LEVELS.items():
        tiles = _tiles(scene, level)
        best = tiles[0]
        made += [
            Case(f"First tile of {name} (level {level}) after a write in it",
                 _asking(scene, [best]), others=_plain(scene, [best]),
                 before=partial(scene.touch, among=_within(scene, best)),
                 at_least={BY_POSTGIS: _NEVER_SLOWER}, tell=_told),
            Case(f"First tile of {name} (level {level}) after a write anywhere",
                 _asking(scene, [best]), others=_plain(scene, [best]), before=scene.touch,
                 at_least={BY_POSTGIS: _NEVER_SLOWER}, tell=_told),
            *(
                Case(f"Another tile of {name} (level {level}) each time", _asking(scene, others),
                     others=_plain(scene, others), tell=_told, rounds=len(others))
                for others in [tiles[1:18]] if len(others) > _FEWEST
            ),
            Case(f"The same tile of {name} (level {level}), nothing written meanwhile",
                 _asking(scene, [best]), others=_plain(scene, [best]), at_least={TIPG: _WARM},
                 tell=_told),
        ]  # fmt: skip
    return made


def _asking(scene: Scene, tiles: list[Numbers]) -> dict[str, Callable[[int], str]]:
    def path(begin: str, n: int) -> str:
        z, x, y = tiles[n % len(tiles)]
        return f"{begin}/{z}/{y}/{x}"

    def ours(n: int) -> str:
        return path(f"/ogc/collections/{scene.kind}/tiles/WebMercatorQuad", n)

    def tipg(n: int) -> str:
        z, x, y = tiles[n % len(tiles)]
        return f"/collections/{scene.plain}/tiles/WebMercatorQuad/{z}/{x}/{y}"

    def plain(n: int) -> str:
        z, x, y = tiles[n % len(tiles)]
        return f"/{z}/{x}/{y}"

    return {OURS: ours, TIPG: tipg, PLAIN: plain, BY_POSTGIS: ours}


def _plain(scene: Scene, tiles: list[Numbers]) -> dict[str, Callable[[int], bytes]]:
    """Have the database alone draw the same, without a server before it, and compress it."""
    numbers: dict[str, sql.Composable] = {name: sql.Placeholder(name) for name in "zxy"}
    statement = statement_of(scene.connection, scene.plain, numbers=numbers)

    def drawn(n: int) -> bytes:
        z, x, y = tiles[n % len(tiles)]
        (data,) = scene.connection.execute(statement, {"z": z, "x": x, "y": y}).fetchone()
        return gzip.compress(data, 1)

    return {POSTGIS: drawn}


def _tiles(scene: Scene, level: int) -> list[Numbers]:
    """Name the tiles of a level in which features lie, those with the most of them first."""
    boxes = scene.store.read(scene.kind, columns=[]).geometry.bounds.to_numpy()
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    side = 2**level
    x = (middle[:, 0] + 180) / 360 * side
    latitude = np.radians(middle[:, 1])
    y = (0.5 - np.arctanh(np.sin(latitude)) / (2 * math.pi)) * side
    numbers, counts = np.unique(np.floor(np.c_[x, y]).astype(int), axis=0, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    return [(level, *pair) for pair in numbers[order].tolist()]


def _within(scene: Scene, tile: Numbers) -> list[str]:
    """Name the features that lie wholly in a tile."""
    west, south, east, north = Tile(*tile).degrees
    boxes = scene.store.read(scene.kind, columns=[]).geometry.bounds
    inside = (boxes.minx > west) & (boxes.miny > south) & (boxes.maxx < east) & (boxes.maxy < north)
    return boxes.index[inside].tolist()


def _told(body: bytes) -> str:
    with tempfile.NamedTemporaryFile(suffix=".mvt") as file:
        file.write(body)
        file.flush()
        about = pyogrio.read_info(file.name, force_feature_count=True)
    fields = len(about["fields"]) - 1  # the driver adds the number of a feature
    size = f"{len(body) / 1e3:.0f} kB uncompressed"
    return f"{about['features']:,} features, {fields} properties, {size}"
