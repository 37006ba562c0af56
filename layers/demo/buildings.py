"""The buildings: rows of rectangles that follow their street, with storeys, homes and people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.random import Generator
from numpy.typing import NDArray
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from layers.demo.ground import Ground, Lot
from layers.demo.plan import Plan
from layers.demo.streams import stream
from layers.demo.uses import HOMES, Use

_CLEARANCE_M = 3.0
_STREET_MARGIN_M = 6.5
_PEOPLE_PER_HOUSEHOLD = 2.35
_SECTION_LENGTH_M = 15.0
_UNCOUNTED_SHARE = 0.006
_SHOP_FRONT_SHARE = 0.16


@dataclass(frozen=True)
class Building:
    """A building on a lot."""

    lot: str
    shape: Polygon
    use: str
    floors: int
    dwellings: int
    households: int | None
    population: int | None
    sections: int
    built: int


def place_buildings(
    plan: Plan,
    ground: Ground,
    uses: Mapping[str, Use],
    kept_free: Mapping[str, Sequence[BaseGeometry]],
    seed: int,
) -> list[Building]:
    """Place buildings on every lot that is built on, clear of what has to stay free."""
    layouts = plan.part("layout")
    placed: list[Building] = []
    for key in sorted(ground.lots):
        layout = layouts.get(uses[key].key)
        if layout is None:
            continue
        lot = ground.lots[key]
        chance = stream(seed, f"buildings/{key}")
        free = _buildable(lot, float(layout["setback_m"]), kept_free.get(key, ()))
        shapes = _keep_apart(_candidates(ground, lot, layout, chance), free)
        placed += [_people(lot, shape, layout, uses[key], chance) for shape in shapes]
    return placed


def _buildable(lot: Lot, setback_m: float, kept_free: Sequence[BaseGeometry]) -> BaseGeometry:
    land = lot.land.buffer(-setback_m)
    if kept_free:
        land = land.difference(shapely.union_all([s.buffer(_CLEARANCE_M) for s in kept_free]))
    return land


def _candidates(
    ground: Ground, lot: Lot, layout: Mapping[str, Any], chance: Generator
) -> NDArray[np.object_]:
    """Draw every place of the layout on a lot, whether it fits or not."""
    cell = lot.cell
    station, share = cell.middle
    edges = ground.lattice.locate(cell.strip, station, np.array([cell.low, cell.high]))
    depth_m = float(np.hypot(*(edges[1] - edges[0])))
    width_m = _width(ground, lot, share)
    row_shares = _spread(depth_m, layout["depth_m"], layout["row_gap_m"], layout["setback_m"])
    column_shares = _spread(width_m, layout["length_m"], layout["gap_m"], layout["setback_m"])
    across, along = (a.ravel() for a in np.meshgrid(row_shares, column_shares, indexing="ij"))
    shares = cell.low + across * (cell.high - cell.low)
    stations = cell.start + along * (cell.end - cell.start)
    stations = stations + chance.normal(0.0, 0.6, len(stations))
    centres = ground.lattice.locate(cell.strip, stations, shares)
    ahead = ground.lattice.locate(cell.strip, stations + 4.0, shares)
    behind = ground.lattice.locate(cell.strip, stations - 4.0, shares)
    turn = np.arctan2(ahead[:, 1] - behind[:, 1], ahead[:, 0] - behind[:, 0])
    turn += chance.normal(0.0, 0.012, len(turn))
    length_m = layout["length_m"] * chance.uniform(0.78, 1.04, len(turn))
    depth_m_each = layout["depth_m"] * chance.uniform(0.93, 1.05, len(turn))
    stays = chance.random(len(turn)) >= layout["empty_share"]
    return _rectangles(centres, turn, length_m, depth_m_each)[stays]


def _spread(room_m: float, size_m: float, gap_m: float, setback_m: float) -> NDArray[np.float64]:
    """Spread middles evenly over the room, so that nothing left over gathers on one side."""
    margin_m = setback_m + _STREET_MARGIN_M
    count = max(1, int((room_m - 2 * margin_m + gap_m) / (size_m + gap_m)))
    first = min((margin_m + size_m / 2) / room_m, 0.5)
    return np.linspace(first, 1.0 - first, count) if count > 1 else np.array([0.5])


def _width(ground: Ground, lot: Lot, share: float) -> float:
    ends = ground.lattice.locate(
        lot.cell.strip, np.array([lot.cell.start, lot.cell.end]), np.array([share, share])
    )
    return float(np.hypot(*(ends[1] - ends[0])))


def _rectangles(
    centres: NDArray[np.float64],
    turn: NDArray[np.float64],
    length_m: NDArray[np.float64],
    depth_m: NDArray[np.float64],
) -> NDArray[np.object_]:
    ahead = np.stack([np.cos(turn), np.sin(turn)], axis=1) * length_m[:, None] / 2
    aside = np.stack([-np.sin(turn), np.cos(turn)], axis=1) * depth_m[:, None] / 2
    corners = np.stack(
        [
            centres - ahead - aside,
            centres + ahead - aside,
            centres + ahead + aside,
            centres - ahead + aside,
        ],
        axis=1,
    )
    return np.asarray(shapely.polygons(np.round(corners, 2)), dtype=object)


def _keep_apart(shapes: NDArray[np.object_], free: BaseGeometry) -> list[Polygon]:
    """Keep the shapes that fit into the free land and are clear of those kept before."""
    shapely.prepare(free)
    fitting = shapes[shapely.contains(free, shapes)] if len(shapes) else shapes
    tree = shapely.STRtree(fitting)
    first, second = tree.query(fitting, predicate="dwithin", distance=_CLEARANCE_M)
    kept: set[int] = set()
    conflicts: dict[int, set[int]] = {}
    for a, b in zip(first.tolist(), second.tolist(), strict=True):
        conflicts.setdefault(a, set()).add(b)
    for index in range(len(fitting)):
        if not conflicts[index] & kept:
            kept.add(index)
    return [fitting[index] for index in sorted(kept)]


def _people(
    lot: Lot, shape: Polygon, layout: Mapping[str, Any], use: Use, chance: Generator
) -> Building:
    low, high = layout["floors"]
    floors = int(chance.integers(low, high + 1))
    built = int(chance.integers(*_BUILT.get(use.key, (1985, 2020))))
    sides = np.asarray(shape.exterior.coords)
    length_m = float(np.hypot(*(sides[1] - sides[0])))
    sections = max(1, round(length_m / _SECTION_LENGTH_M)) if use.key in HOMES else 1
    if use.key not in HOMES:
        return Building(lot.key, shape, layout["use"], floors, 0, 0, 0, sections, built)
    dwellings = max(1, round(shape.area * floors * 0.86 / layout["dwelling_m2"]))
    households = int(chance.binomial(dwellings, layout["occupied_share"]))
    people = int(chance.poisson(households * (_PEOPLE_PER_HOUSEHOLD - 1))) + households
    shops = use.key in {"compound", "tower"} and chance.random() < _SHOP_FRONT_SHARE
    uncounted = chance.random() < _UNCOUNTED_SHARE
    return Building(
        lot.key,
        shape,
        "mixed" if shops else "residential",
        floors,
        dwellings,
        None if uncounted else households,
        None if uncounted else people,
        sections,
        built,
    )


_BUILT = {
    "compound": (1992, 2016),
    "tower": (2008, 2025),
    "old": (1958, 1992),
    "hillside": (1950, 2005),
    "village": (1975, 2015),
}
