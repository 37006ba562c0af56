"""Vector tiles read by GDAL, which knows nothing of how they were written."""

import tempfile
from pathlib import Path

import numpy as np
import pyogrio
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from layers.tiles import Tile
from layers.tiles.grid import EXTENT, HALF_EQUATOR_M, to_world

MIDDLE = (126.5, 42.05)


def tile_at(z: int, place: tuple[float, float] = MIDDLE) -> Tile:
    """Name the tile of a level in which a place lies."""
    ((x, y),) = (to_world(np.array([place]), "EPSG:4490") * 2**z).tolist()
    return Tile(z, int(x), int(y))


def decoded(data: bytes, tile: Tile, layer: str | None = None) -> GeoDataFrame:
    """Read the features of a tile, in units of the tile from its north-west corner."""
    with tempfile.NamedTemporaryFile(suffix=".mvt") as file:
        Path(file.name).write_bytes(data)
        numbers = {"X": str(tile.x), "Y": str(tile.y), "Z": str(tile.z), "CLIP": "NO"}
        frame = pyogrio.read_dataframe(file.name, layer=layer, **numbers)

    def onto(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        world = np.column_stack([xy[:, 0], -xy[:, 1]]) / (2 * HALF_EQUATOR_M) + 0.5
        return np.round(world * tile.scale - np.array([tile.x, tile.y]) * EXTENT, 3)

    frame.geometry = shapely.transform(frame.geometry.to_numpy(), onto)
    return frame


def in_units(geometries: NDArray[np.object_], tile: Tile) -> NDArray[np.object_]:
    """Bring geometries from degrees onto a tile, without rounding anything."""
    corner = np.array([tile.x, tile.y]) * EXTENT

    def onto(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return to_world(xy, "EPSG:4490") * tile.scale - corner

    return shapely.transform(geometries, onto)


def from_units(geometries: NDArray[np.object_], tile: Tile) -> NDArray[np.object_]:
    """Bring geometries in units of a tile where they are in degrees."""
    corner = np.array([tile.x, tile.y]) * EXTENT

    def onto(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        world = (xy + corner) / tile.scale
        latitude = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * world[:, 1]))))
        return np.column_stack([world[:, 0] * 360 - 180, latitude])

    return shapely.transform(geometries, onto)
