"""Layers as vector tiles: which squares there are, and what of a layer is drawn in each.

grid       the squares of WebMercatorQuad
shapes     places as arrays, read without an object for each
table      values, each written once
arrays     a layer as arrays, in the order in which its features lie
encoder    features as a vector tile
mending    areas that are not sound on whole numbers
keeping    layers as arrays, in step with the store
source     tiles of a store, kept while they are right
results    tiles of what runs have found
"""

from layers.tiles.encoder import DrawnTile
from layers.tiles.errors import TileOutsideError
from layers.tiles.grid import Tile
from layers.tiles.source import PackedTile, TileQuestion, TileSource

__all__ = [
    "DrawnTile",
    "PackedTile",
    "Tile",
    "TileOutsideError",
    "TileQuestion",
    "TileSource",
]
