"""The squares of WebMercatorQuad: which there are, where they lie, what of the store they need.

The *world* is a square of side 1, its corner in the north-west: Web Mercator without its metres,
in which nothing is ever measured. At level `z` it is cut into `2 ** z` rows and columns, and each
tile into `EXTENT` units a side.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from layers.axes import LONGITUDE_LATITUDE, are_alike
from layers.tiles.errors import TileOutsideError

__all__ = ["BUFFER", "EXTENT", "LEVELS", "Tile", "cell_size_m", "to_world"]

EXTENT = 4096
BUFFER = 64
"""How many units beyond its edges a tile is drawn, so that strokes meet those of its neighbour."""

LEVELS = 25
"""Levels 0 … 24; at the last a unit is half a millimetre."""

HALF_EQUATOR_M = 20_037_508.342_789_244
_MERCATOR = "EPSG:3857"
# Beyond it Web Mercator ends; at a pole it would be infinite.
_LAST_LATITUDE_DEG = 89.9
# Boxes of tiles in another system are drawn through this many points an edge.
_DENSITY = 21

Box = tuple[float, float, float, float]


@dataclass(frozen=True, order=True)
class Tile:
    """One tile: its level, its column from the west, its row from the north.

    Examples
    --------
    >>> Tile(1, 1, 0).degrees
    (0.0, 0.0, 180.0, 85.0511287798066)

    Raises
    ------
    TileOutsideError
        There is no such tile.
    """

    z: int
    x: int
    y: int

    def __post_init__(self) -> None:
        if not 0 <= self.z < LEVELS or not (0 <= self.x < 2**self.z and 0 <= self.y < 2**self.z):
            raise TileOutsideError(level=self.z, row=self.y, column=self.x, levels=LEVELS)

    @property
    def scale(self) -> float:
        """Say how many units the side of the world has at this level."""
        return float(2**self.z * EXTENT)

    @property
    def degrees(self) -> Box:
        """Give west, south, east, north, without the buffer."""
        return _degrees(self, 0)

    def window(self, storage_crs: str) -> Box:
        """Give a box in the storage CRS that holds all of the tile with its buffer."""
        west, south, east, north = _degrees(self, BUFFER + 1)
        if are_alike(storage_crs, LONGITUDE_LATITUDE):
            return west, south, east, north
        way = Transformer.from_crs(LONGITUDE_LATITUDE, storage_crs, always_xy=True)
        found = way.transform_bounds(west, south, east, north, densify_pts=_DENSITY)
        if not np.isfinite(found).all():  # as large as that the system does not reach
            return -math.inf, -math.inf, math.inf, math.inf
        left, low, right, high = found
        return left, low, right, high


def to_world(coordinates: NDArray[np.float64], crs: str) -> NDArray[np.float64]:
    """Bring (n, 2) coordinates, x being east, onto the world's square; NaN for what has no place.

    Examples
    --------
    >>> to_world(np.array([[0.0, 0.0], [180.0, 0.0]]), "EPSG:4490").tolist()
    [[0.5, 0.5], [1.0, 0.5]]
    """
    if are_alike(crs, LONGITUDE_LATITUDE):
        return _of_degrees(coordinates)
    x, y = _way(crs).transform(coordinates[:, 0], coordinates[:, 1])
    world = np.column_stack([0.5 + x / (2 * HALF_EQUATOR_M), 0.5 - y / (2 * HALF_EQUATOR_M)])
    return np.where(np.isfinite(world), world, np.nan)


def cell_size_m(level: int) -> float:
    """Give the side of a screen's pixel, of which a tile has 256, as the standard counts it."""
    return 2 * HALF_EQUATOR_M / (256 * 2**level)


def _of_degrees(coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
    world = np.empty((len(coordinates), 2))
    world[:, 0] = (coordinates[:, 0] + 180.0) / 360.0
    latitude = np.clip(coordinates[:, 1], -_LAST_LATITUDE_DEG, _LAST_LATITUDE_DEG)
    world[:, 1] = 0.5 - np.arctanh(np.sin(np.radians(latitude))) / (2 * np.pi)
    world[~np.isfinite(world).all(axis=1)] = np.nan
    return world


def _degrees(tile: Tile, beyond: int) -> Box:
    side, more = 2**tile.z, beyond / EXTENT
    north, south = ((tile.y - more) / side, (tile.y + 1 + more) / side)
    return (
        (tile.x - more) / side * 360 - 180,
        _latitude(south),
        (tile.x + 1 + more) / side * 360 - 180,
        _latitude(north),
    )


def _latitude(y: float) -> float:
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * y))))


@cache
def _way(crs: str) -> Transformer:
    return Transformer.from_crs(CRS.from_user_input(crs), _MERCATOR, always_xy=True)
