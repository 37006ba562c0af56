"""The town while it is being built: what every part may look at."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.random import Generator
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from layers.demo.bare import BarePlot, find_bare_ground
from layers.demo.buildings import Building, place_buildings
from layers.demo.greens import Green, lay_greens, lay_yards, set_aside_squares
from layers.demo.ground import Ground, lay_ground
from layers.demo.lattice import cut_lattice
from layers.demo.parcels import Parcels
from layers.demo.plan import Plan, read_plan
from layers.demo.streams import stream
from layers.demo.territory import Territory, divide
from layers.demo.uses import Use, assign_uses
from layers.demo.valley import shape_valley


@dataclass(frozen=True)
class Town:
    """The ground, what stands on it, and how it is divided."""

    plan: Plan
    seed: int
    today: dt.date
    ground: Ground
    uses: Mapping[str, Use]
    parcels: Parcels
    greens: Sequence[Green]
    bare: Sequence[BarePlot]
    buildings: Sequence[Building]
    territory: Territory

    def chance(self, part: str) -> Generator:
        """Open the stream of chance of one part."""
        return stream(self.seed, part)

    def code(self, letters: str, serial: int, digits: int = 4) -> str:
        """Compose a code of the district's own registers."""
        return f"{self.county}-{letters}-{serial:0{digits}d}"

    def before(self, days: int) -> dt.date:
        """Tell the date some days before the town's reference date."""
        return self.today - dt.timedelta(days=int(days))

    @property
    def county(self) -> str:
        """Tell the six-digit code of the district."""
        return str(self.plan.part("territory")["county_code"])

    @cached_property
    def grid_codes(self) -> list[str]:
        """List the codes of the grids in order."""
        return [unit.code for unit in self.territory.of("grid")]

    @cached_property
    def _grid_tree(self) -> shapely.STRtree:
        return shapely.STRtree([unit.shape for unit in self.territory.of("grid")])

    def grids_of(self, shapes: Sequence[BaseGeometry]) -> list[str | None]:
        """Tell the grid that holds each shape's inner point; the first by code on a border."""
        points = shapely.point_on_surface(np.array(shapes, dtype=object))
        which, grid = self._grid_tree.query(points, predicate="intersects")
        found: list[str | None] = [None] * len(points)
        for index, unit in sorted(zip(which.tolist(), grid.tolist(), strict=True), reverse=True):
            found[index] = self.grid_codes[unit]
        return found

    @cached_property
    def building_codes(self) -> list[str]:
        """Number the buildings within their communities, in the order of the buildings."""
        serials: dict[str, int] = {}
        codes = []
        for building in self.buildings:
            community = self.territory.community_of_cell(building.lot)
            serials[community] = serials.get(community, 0) + 1
            codes.append(f"{community}{serials[community]:05d}")
        return codes

    @cached_property
    def building_shapes(self) -> NDArray[np.object_]:
        """List the shapes of the buildings in their order."""
        return np.array([building.shape for building in self.buildings], dtype=object)

    @cached_property
    def built_up(self) -> shapely.STRtree:
        """Index the shapes of the buildings."""
        return shapely.STRtree(self.building_shapes)

    def is_clear(
        self, shapes: Sequence[BaseGeometry] | NDArray[np.object_], distance_m: float
    ) -> NDArray[np.bool_]:
        """Tell which shapes keep their distance from every building."""
        clear = np.ones(len(shapes), dtype=bool)
        near, _ = self.built_up.query(
            np.array(shapes, dtype=object), predicate="dwithin", distance=distance_m
        )
        clear[near] = False
        return clear


def raise_town(seed: int, today: dt.date | None = None) -> Town:
    """Shape the ground, build on it, and divide it into units."""
    plan = read_plan()
    ground = lay_ground(plan, cut_lattice(plan, shape_valley(plan, seed), seed))
    uses = assign_uses(plan, ground, seed)
    parcels = Parcels(ground)
    set_aside_squares(plan, ground, parcels)
    greens = lay_greens(plan, ground, uses, parcels, seed)
    bare = find_bare_ground(ground, uses, greens, parcels, seed)
    greens += lay_yards(plan, ground, uses, parcels, seed)
    buildings = place_buildings(plan, ground, uses, parcels.shapes(), seed)
    return Town(
        plan,
        seed,
        today or plan.part("territory")["reference_date"],
        ground,
        uses,
        parcels,
        greens,
        bare,
        buildings,
        divide(plan, ground, uses, buildings),
    )
