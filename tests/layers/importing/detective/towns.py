"""Small irregular towns, made in a moment: streets, blocks, houses in them, covers in the streets."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from geopandas import GeoDataFrame, GeoSeries
from numpy.typing import NDArray
from shapely import LineString, Polygon, box

from layers.kinds import KINDS

_SPACES = 14  # blocks east and north
_UNITS = 7  # of so many blocks a side is a community


@dataclass(frozen=True)
class Place:
    """Where on earth a town lies: the metric system, and its middle in degrees."""

    metric: int
    lon: float
    lat: float


BAISHAN, GUANGZHOU = Place(4551, 126.42, 41.94), Place(4547, 113.32, 23.12)
LAS_PALMAS, VERMONT = Place(32628, -15.43, 28.12), Place(32618, -72.57, 44.26)


def make_town(seed: int, place: Place = BAISHAN) -> dict[str, GeoDataFrame]:
    """Make the layers of a town in degrees, by kind."""
    rng = np.random.default_rng(seed)
    east, north = (np.cumsum(rng.uniform(70, 210, _SPACES + 1)) for _ in range(2))
    turn = rng.uniform(-0.7, 0.7)
    blocks = [
        box(east[i] + 8, north[j] + 8, east[i + 1] - 8, north[j + 1] - 8)
        for i in range(_SPACES)
        for j in range(_SPACES)
    ]
    is_green = rng.random(len(blocks)) < 0.15
    shapes: dict[str, list[shapely.Geometry]] = {
        "district": [box(east[0], north[0], east[-1], north[-1])],
        "community": list(_communities(east, north)),
        "road": list(_streets(east, north)),
        "green_space": [each for each, green in zip(blocks, is_green, strict=True) if green],
        "building": [
            house
            for each, green in zip(blocks, is_green, strict=True)
            if not green
            for house in _houses(each, rng)
        ],
        "manhole_cover": list(_covers(east, north, rng)),
    }
    return {kind: _frame(kind, each, turn, place) for kind, each in shapes.items()}


def _communities(east: NDArray[np.float64], north: NDArray[np.float64]) -> Iterator[Polygon]:
    for i in range(0, _SPACES, _UNITS):
        for j in range(0, _SPACES, _UNITS):
            yield box(east[i], north[j], east[i + _UNITS], north[j + _UNITS])


def _streets(east: NDArray[np.float64], north: NDArray[np.float64]) -> Iterator[LineString]:
    for x in east:
        yield LineString([(x, north[0]), (x, north[-1])])
    for y in north:
        yield LineString([(east[0], y), (east[-1], y)])


def _houses(block: Polygon, rng: np.random.Generator) -> Iterator[Polygon]:
    west, south, east, north = block.bounds
    for x in np.arange(west + 4, east - 14, rng.uniform(22, 40)):
        for y in np.arange(south + 4, north - 12, rng.uniform(18, 34)):
            if rng.random() < 0.8:
                yield box(x, y, x + rng.uniform(8, 16), y + rng.uniform(7, 14))


def _covers(
    east: NDArray[np.float64], north: NDArray[np.float64], rng: np.random.Generator
) -> Iterator[shapely.Point]:
    for _ in range(300):
        x, y = rng.uniform(east[0], east[-1]), rng.uniform(north[0], north[-1])
        if rng.random() < 0.5:
            x = rng.choice(east) + rng.normal(0, 2)
        else:
            y = rng.choice(north) + rng.normal(0, 2)
        yield shapely.Point(x, y)


def _frame(kind: str, shapes: list[shapely.Geometry], turn: float, place: Place) -> GeoDataFrame:
    middle = GeoSeries.from_xy([place.lon], [place.lat], crs=4326).to_crs(place.metric).iloc[0]
    cos, sin = np.cos(turn), np.sin(turn)

    def put(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        x, y = (xy - 1100).T
        return np.column_stack([cos * x - sin * y + middle.x, sin * x + cos * y + middle.y])

    placed = shapely.transform(np.array(shapes, dtype=object), put)
    if len(KINDS[kind].geometry) == 1 and shapely.get_type_id(placed[0]) in {1, 3}:
        several = shapely.multipolygons if kind != "road" else shapely.multilinestrings
        placed = several(placed, indices=np.arange(len(placed)))
    codes = [f"{kind}-{n}" for n in range(len(placed))]
    geometry = GeoSeries(placed, crs=place.metric).to_crs(4326)
    return GeoDataFrame({"code": codes, "name": codes}, geometry=geometry)
