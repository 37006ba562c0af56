"""The cities that everything is measured on: one drawn by chance, in sizes, and a real one.

A drawn city has all that the analyses ask for, in metres:

* *cells*: street blocks of about a hectare that tile the ground, with bent borders of 16 vertices;
* *greens*: star-shaped, 50 to 300 vertices, few large and many small (Pareto), nearly all of them
  in leafy quarters, so that a good part of the ground has none within 300 m;
* *homes* with people, crowded in some cells and rare in others;
* *plots*: bare land of 300 to 8,000 m2;
* a mesh of streets, 28 % of its edges left out, of which the largest connected part is kept;
* *gates*: some positions on the outline of each green.

The same size and seed give the same city, digit by digit.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

__all__ = ["CRS", "SIZES", "City", "draw_city", "las_palmas", "load", "save"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Geometries = NDArray[np.object_]


class Size(NamedTuple):
    """How many of each: `greens` as many as cells."""

    cells: int
    homes: int
    plots: int
    nodes: int


SIZES = {
    "S": Size(1_000, 20_000, 1_000, 8_000),
    "M": Size(5_000, 100_000, 2_500, 40_000),
    "L": Size(20_000, 300_000, 5_000, 150_000),
    "XL": Size(80_000, 1_200_000, 5_000, 40_000),
}
CRS = 32633
_PALMAS_CRS = 32628
_ORIGIN = np.array([500_000.0, 5_500_000.0])
_BLOCK_M = 100.0


@dataclass(frozen=True)
class City:
    """Areas; positions as rows x, y; edges as pairs of nodes, and what each counts in metres."""

    crs: int
    cells: Geometries
    greens: Geometries
    homes: Floats
    people: Ints
    plots: Geometries
    nodes: Floats
    ends: Ints
    length_m: Floats
    gates: Floats
    gate_green: Ints

    def greens_from(self, area_m2: float) -> Geometries:
        """Give the greens that are at least so large."""
        kept: Geometries = self.greens[shapely.area(self.greens) >= area_m2]
        return kept


# ------------------------------------------------------------------ a drawn city


def draw_city(size: str, seed: int = 7) -> City:
    """Draw a city; all parts come from one source of chance, one after the other."""
    asked, chance = SIZES[size], np.random.default_rng(seed)
    cells = _cells(asked.cells, chance)
    extent_m = np.ceil(np.sqrt(asked.cells)) * _BLOCK_M
    greens = _greens(asked.cells, extent_m, chance)
    homes, people = _homes(asked.homes, cells, chance)
    plots = _plots(asked.plots, extent_m, chance)
    nodes, ends, length_m = _streets(asked.nodes, extent_m, chance)
    gates, gate_green = _gates(greens, chance)
    return City(
        CRS, cells, greens, homes, people, plots, nodes, ends, length_m, gates, gate_green
    )  # fmt: skip


def _cells(count: int, chance: np.random.Generator) -> Geometries:
    side = int(np.ceil(np.sqrt(count)))
    x, y = np.meshgrid(np.arange(side + 1) * _BLOCK_M, np.arange(side + 1) * _BLOCK_M)
    jitter = chance.normal(0, 12, (2, side + 1, side + 1)).clip(-30, 30)
    x, y = (
        _ORIGIN[0] + x + 40 * np.sin(y / 900) + jitter[0],
        _ORIGIN[1] + y + 40 * np.cos(x / 1100) + jitter[1],
    )
    corners = np.stack([x, y], axis=-1)
    along = np.stack([_bent(part[:, :-1], part[:, 1:], chance) for part in (x, y)], axis=-1)
    across = np.stack([_bent(part[:-1], part[1:], chance) for part in (x, y)], axis=-1)
    rings = np.concatenate(
        [
            corners[:-1, :-1, None], along[:-1], corners[:-1, 1:, None], across[:, 1:],
            corners[1:, 1:, None], along[1:, :, ::-1], corners[1:, :-1, None],
            across[:, :-1, ::-1], corners[:-1, :-1, None],
        ],
        axis=2,
    )  # fmt: skip
    cells: Geometries = shapely.polygons(rings.reshape(side * side, -1, 2))
    return cells[np.sort(chance.permutation(len(cells))[:count])] if len(cells) > count else cells


def _bent(start: Floats, end: Floats, chance: np.random.Generator) -> Floats:
    """Put three positions between start and end, a little off the straight line."""
    part = np.arange(1, 4) / 4
    straight = start[..., None] * (1 - part) + end[..., None] * part
    return straight + chance.normal(0, 1.5, straight.shape)


def _greens(count: int, extent_m: float, chance: np.random.Generator) -> Geometries:
    area_m2 = np.minimum(150 * (1 + chance.pareto(0.95, count)), 1.5e6)
    corners = chance.integers(50, 301, count)
    quarters = chance.uniform(0, extent_m, (max(3, count // 330), 2))
    of_quarter = chance.integers(0, len(quarters), count)
    is_leafy = chance.random(count) < 0.93
    near = quarters[of_quarter] + chance.normal(0, 330, (count, 2))
    middles = np.where(is_leafy[:, None], near, chance.uniform(0, extent_m, (count, 2)))
    middles = _ORIGIN + middles.clip(0, extent_m)
    stars = [
        middle + _star(number, area, chance)
        for number, area, middle in zip(corners, area_m2, middles, strict=True)
    ]
    greens = shapely.polygons(
        shapely.linearrings(np.concatenate(stars), indices=np.repeat(np.arange(count), corners + 1))
    )
    crossed = ~shapely.is_valid(greens)
    greens[crossed] = shapely.convex_hull(greens[crossed])
    drawn: Geometries = greens
    return drawn


def _star(corners: int, area_m2: float, chance: np.random.Generator) -> Floats:
    """Draw a closed outline about the origin."""
    angle = np.sort(chance.uniform(0, 2 * np.pi, corners))
    reach = np.ones(corners)
    for wave in range(2, 7):
        reach += chance.normal(0, 0.5 / wave) * np.cos(wave * angle + chance.uniform(0, 6.28))
    reach = (reach + chance.normal(0, 0.02, corners)).clip(0.15)
    stretch = chance.uniform(0.5, 1)
    outline = np.stack([reach * np.cos(angle) * stretch, reach * np.sin(angle) / stretch], axis=1)
    before = np.roll(outline, -1, axis=0)
    drawn_m2 = abs((outline[:, 0] * before[:, 1] - outline[:, 1] * before[:, 0]).sum()) / 2
    outline = outline * np.sqrt(area_m2 / drawn_m2)
    return np.vstack([outline, outline[:1]])


def _homes(count: int, cells: Geometries, chance: np.random.Generator) -> tuple[Floats, Ints]:
    weight = chance.lognormal(0, 1, len(cells))
    cell = chance.choice(len(cells), count, p=weight / weight.sum())
    west, south, east, north = shapely.bounds(cells)[cell].T
    homes = np.stack([chance.uniform(west, east), chance.uniform(south, north)], axis=1)
    return homes, np.ceil(chance.lognormal(0.7, 0.6, count)).astype(np.int64)


def _plots(count: int, extent_m: float, chance: np.random.Generator) -> Geometries:
    middles = _ORIGIN + chance.uniform(0, extent_m, (count, 2))
    area_m2 = np.exp(chance.uniform(np.log(300), np.log(8000), count))
    corners = chance.integers(4, 20, count)
    plots = []
    for middle, area, number in zip(middles, area_m2, corners, strict=True):
        turns = (np.arange(number) + chance.uniform(-0.3, 0.3, number)) / number
        reach = np.sqrt(area / np.pi) * (1 + chance.normal(0, 0.1, number))
        ways = np.stack([np.cos(2 * np.pi * turns), np.sin(2 * np.pi * turns)], axis=1)
        plots.append(shapely.Polygon(middle + reach[:, None] * ways))
    return np.array(plots, dtype=object)


def _streets(
    count: int, extent_m: float, chance: np.random.Generator
) -> tuple[Floats, Ints, Floats]:
    side = int(np.sqrt(count / 0.97))
    step_m = extent_m / (side - 1)
    x, y = np.meshgrid(np.arange(side) * step_m, np.arange(side) * step_m)
    bent_x = x + 40 * np.sin(y / 900) + chance.normal(0, step_m * 0.12, x.shape)
    bent_y = y + 40 * np.cos(x / 1100) + chance.normal(0, step_m * 0.12, y.shape)
    number = np.arange(side * side).reshape(side, side)
    ends = np.vstack([
        np.stack([number[:, :-1].ravel(), number[:, 1:].ravel()], axis=1),
        np.stack([number[:-1].ravel(), number[1:].ravel()], axis=1),
    ])  # fmt: skip
    ends = ends[chance.random(len(ends)) > 0.28]
    links = coo_array((np.ones(len(ends)), ends.T), shape=(number.size, number.size))
    _, part = connected_components(links, directed=False)
    kept = part == np.bincount(part).argmax()
    nodes = _ORIGIN + np.stack([bent_x.ravel(), bent_y.ravel()], axis=1)[kept]
    ends = (np.cumsum(kept) - 1)[ends[kept[ends[:, 0]]]]
    straight_m = np.hypot(*(nodes[ends[:, 0]] - nodes[ends[:, 1]]).T)
    return nodes, ends, straight_m * chance.uniform(1, 1.12, len(ends))


def _gates(greens: Geometries, chance: np.random.Generator) -> tuple[Floats, Ints]:
    """Put a gate on every 400 m of a green's outline, at least one and at most twelve."""
    number = (shapely.length(greens) / 400).astype(int).clip(1, 12)
    green = np.repeat(np.arange(len(greens)), number)
    outline = shapely.get_exterior_ring(greens)[green]
    gates = shapely.line_interpolate_point(outline, chance.random(len(green)), normalized=True)
    return shapely.get_coordinates(gates), green


# ------------------------------------------------------------------ a real city


def las_palmas() -> City:
    """Read Las Palmas from OpenStreetMap: residential land, greens, buildings, bare land, ways.

    Gates are where its greens come nearest to a node of the ways; a building counts as one person.

    Raises
    ------
    FileNotFoundError
        Where the data are not; docs/test-data.md says where they come from.
    """
    import geopandas as gpd

    from tests.conftest import TEST_DATA

    folder = TEST_DATA / "las_palmas"
    if not folder.is_dir():
        raise FileNotFoundError(folder)

    def layer(name: str) -> gpd.GeoDataFrame:
        return gpd.read_parquet(folder / f"{name}.parquet").to_crs(_PALMAS_CRS)

    cells, greens, plots = (
        np.array(shapes[shapely.is_valid(shapes)], dtype=object)
        for shapes in (
            np.array(layer(name).geometry, dtype=object)
            for name in ("residential_land", "green", "bare_land")
        )
    )
    homes = shapely.get_coordinates(
        shapely.point_on_surface(layer("buildings").geometry.to_numpy())
    )
    nodes, edges = layer("walk_nodes"), layer("walk_edges")
    row = dict(zip(nodes["osm_id"], range(len(nodes)), strict=True))
    ends = np.stack([edges["u"].map(row), edges["v"].map(row)], axis=1).astype(np.int64)
    corners = nodes.geometry.to_numpy()
    nearest = shapely.STRtree(corners).nearest(greens)
    gates = shapely.get_coordinates(shapely.shortest_line(greens, corners[nearest]))[::2]
    return City(
        _PALMAS_CRS, cells, greens, homes, np.ones(len(homes), np.int64), plots,
        shapely.get_coordinates(corners), ends, edges["length_m"].to_numpy(),
        gates, np.arange(len(greens)),
    )  # fmt: skip


# ------------------------------------------------------------------ on disk


def save(city: City, path: Path) -> None:
    """Write a city for the processes that measure on it."""
    arrays = {field.name: getattr(city, field.name) for field in fields(city)}
    for name, values in arrays.items():
        if isinstance(values, np.ndarray) and values.dtype.hasobject:
            arrays[name] = np.array(shapely.to_wkb(values), dtype=object)
    with path.open("wb") as file:
        np.savez(file, allow_pickle=True, **arrays)


def load(path: Path) -> City:
    """Read what `save` wrote."""
    with np.load(path, allow_pickle=True) as arrays:
        found = {name: arrays[name] for name in arrays.files}
    for name, values in found.items():
        if values.dtype.hasobject:
            found[name] = np.array(shapely.from_wkb(values), dtype=object)
    return City(**{**found, "crs": int(found["crs"])})
