"""A city of streets to walk in: a jittered mesh with gaps, homes in clusters, gates of parks.

Three sizes; the same numbers for the same seed. The mesh has a node every 40 m or so, 28 % of its
edges left out, and keeps its largest connected part; an edge is up to 12 % longer than the straight
line between its nodes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

__all__ = ["SIZES", "StreetCity", "street_city"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Blocks of a hectare, homes, gates, nodes of the mesh.
SIZES = {"S": (1_000, 20_000, 164, 8_000), "M": (5_000, 100_000, 823, 40_000),
         "L": (20_000, 300_000, 3_284, 150_000)}  # fmt: skip
_ORIGIN = np.array([500_000.0, 5_500_000.0])
_LEFT_OUT = 0.28


@dataclass(frozen=True)
class StreetCity:
    """Positions in metres; edges between nodes, and what each edge counts."""

    nodes: Floats
    ends: Ints
    length_m: Floats
    homes: Floats
    gates: Floats


def street_city(size: str, seed: int = 7) -> StreetCity:
    """Draw a city."""
    blocks, homes, gates, nodes = SIZES[size]
    chance = np.random.default_rng(seed)
    extent_m = np.ceil(np.sqrt(blocks)) * 100.0
    places, ends = _mesh(nodes, extent_m, chance)
    straight_m = np.hypot(*(places[ends[:, 0]] - places[ends[:, 1]]).T)
    return StreetCity(
        nodes=places + _ORIGIN,
        ends=ends,
        length_m=straight_m * chance.uniform(1.0, 1.12, len(ends)),
        homes=_homes(homes, extent_m, chance) + _ORIGIN,
        gates=chance.uniform(0, extent_m, (gates, 2)) + _ORIGIN,
    )


def _mesh(nodes: int, extent_m: float, chance: np.random.Generator) -> tuple[Floats, Ints]:
    side = int(np.sqrt(nodes / 0.97))
    step_m = extent_m / (side - 1)
    x, y = np.meshgrid(np.arange(side) * step_m, np.arange(side) * step_m)
    bent = np.stack([40 * np.sin(y / 900.0), 40 * np.cos(x / 1100.0)])
    places = np.stack([x, y]) + bent + chance.normal(0, step_m * 0.12, (2, side, side))
    number = np.arange(side * side).reshape(side, side)
    ends = np.vstack([
        np.stack([number[:, :-1].ravel(), number[:, 1:].ravel()], axis=1),
        np.stack([number[:-1].ravel(), number[1:].ravel()], axis=1),
    ])  # fmt: skip
    ends = ends[chance.random(len(ends)) > _LEFT_OUT]
    links = coo_array((np.ones(len(ends)), ends.T), shape=(number.size, number.size))
    _, part = connected_components(links, directed=False)
    kept = part == np.bincount(part).argmax()
    new = np.cumsum(kept) - 1
    return places.reshape(2, -1).T[kept], new[ends[kept[ends[:, 0]]]]


def _homes(count: int, extent_m: float, chance: np.random.Generator) -> Floats:
    """Put homes into blocks, into some many more than into others."""
    side = int(extent_m / 100)
    weight = chance.lognormal(0, 1, side * side)
    block = chance.choice(side * side, count, p=weight / weight.sum())
    corner = np.stack([block % side, block // side], axis=1) * 100.0
    return corner + chance.uniform(0, 100, (count, 2))
