"""What is covered by one tier, kept up to date while targets begin and cease to count."""

from dataclasses import dataclass
from math import frexp
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoSeries
from numpy.typing import NDArray

from gis.contracts import present
from gis.covering.share import MAX_ERROR, zone_rings
from gis.nearness._pieces import curve_position
from gis.nearness.pairs import pairs_within
from gis.siting.greening import Ground

if TYPE_CHECKING:  # they load the compiler
    from gis.siting._scenario_kernel import Land, Reached

__all__ = ["Count", "Places", "State", "Units", "Zones"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

# Bits of a sum in whole units; one more is for the sign.
_BITS = 62


class Units:
    """The units of places at every level; level 0 is all places together.

    `codes` has a row for each level with the position of the unit of each place in `names`; the
    last name of a level is None, for places in no unit.
    """

    def __init__(self, levels: pd.DataFrame) -> None:
        """Give every unit of a level a number."""
        self.levels: list[str | None] = [None, *map(str, levels)]
        self.names: list[list[object]] = [[None]]
        self.codes = np.zeros((len(self.levels), len(levels)), dtype=np.int64)
        for row, name in enumerate(levels, start=1):
            codes, found = pd.factorize(levels[name], sort=False)
            self.codes[row] = np.where(codes < 0, len(found), codes)
            self.names.append([*found, None])

    def sums(self, amount: Ints) -> Ints:
        """Add up an amount in each unit; the rows are as wide as the longest."""
        sums = np.zeros((len(self.codes), max(len(names) for names in self.names)), np.int64)
        for row, codes in zip(sums, self.codes, strict=True):
            np.add.at(row, codes, amount)
        return sums


@dataclass(frozen=True)
class Count:
    """How many whole units one unit of the weight is: 1 where all weights are whole.

    Other weights are rounded to parts of their sum so small that the sums of all are right to 15
    digits. Sums of whole numbers come out the same whatever was added and taken away before.
    """

    units: float

    @classmethod
    def of(cls, amount: Floats, *, is_whole: bool) -> "Count":
        """Choose the units for the amounts of all places."""
        total = float(amount.sum())
        return cls(1.0 if is_whole or not total else 2.0 ** (_BITS - frexp(total)[1]))

    def whole(self, amount: Floats) -> Ints:
        """Turn amounts into whole units."""
        return np.rint(amount * self.units).astype(np.int64)

    def amount(self, units: int) -> int | float:
        """Turn units back into an amount."""
        return units if self.units == 1.0 else units / self.units


class State(Protocol):
    """What one tier covers now: `sums` in each unit, in whole units, by `units.codes`."""

    sums: Ints

    def change(self, row: Ints, step: int) -> Ints:
        """Let rows of the ground begin (1) or cease (-1) to count; give the places that changed."""

    def covered(self) -> Floats:
        """Give the amount that is covered of each place."""


@dataclass
class Places:
    """Places, covered whole or not at all.

    Only places that are uncovered without any plot can ever change: for each of them it is counted
    how many of the targets that can begin to count reach it now.
    """

    ground: Ground
    geometry: GeoSeries
    amount: Floats
    bare: Mask
    units: Units
    count: Count

    def __post_init__(self) -> None:
        """Begin without any plot."""
        from gis.siting._scenario_kernel import switch  # noqa: PLC0415 (loads the compiler)

        geometry, may = self.geometry.to_numpy(), np.flatnonzero(self.ground.may_change)
        open_ = np.flatnonzero(~self.bare & (self.amount > 0))
        # Near ones after each other: a plot then turns places that lie together in memory.
        bounds = shapely.bounds(geometry[open_]).reshape(-1, 4)
        open_ = open_[np.argsort(curve_position(bounds[:, :2] + bounds[:, 2:]), kind="stable")]
        targets = self.ground.found.geometry[may]
        near = pairs_within(geometry[open_], targets, self.ground.tier.radius_m)
        self._reached = _listed(self.ground, may[near.target], near.place)
        self._open, self._times, self._turned = open_, np.zeros_like(open_), np.empty_like(open_)
        self._whole = self.count.whole(self.amount[open_])
        self._codes = np.ascontiguousarray(self.units.codes[:, open_])
        self.sums = self.units.sums(self.count.whole(self._covered_if(self.bare)))
        self._switch = switch

    def change(self, row: Ints, step: int) -> Ints:
        """As in `State`."""
        count = self._switch(
            *self._reached, row, step,
            self._times, self._whole, self._codes, self.sums, self._turned,
        )  # fmt: skip
        return self._open[self._turned[:count]]

    def covered(self) -> Floats:
        """As in `State`."""
        is_covered = self.bare.copy()
        is_covered[self._open[self._times > 0]] = True
        return self._covered_if(is_covered)

    def _covered_if(self, is_covered: Mask) -> Floats:
        return np.where(is_covered, self.amount, 0.0)


@dataclass
class Zones:
    """Zones, of which the part within the radius is covered; those near a change are measured.

    The share of a zone depends on what reaches it and on nothing else, so that it is the same here
    and where all is measured at once.
    """

    ground: Ground
    geometry: GeoSeries
    amount: Floats
    share: Floats
    units: Units
    count: Count

    def __post_init__(self) -> None:
        """Begin without any plot."""
        from gis.siting._scenario_kernel import Shares  # noqa: PLC0415 (loads the compiler)

        self.share = self.share.copy()
        self.sums = self.units.sums(self.count.whole(self.covered()))
        self._land = _land(self.ground, self.geometry, self.amount > 0)
        zones = len(self.share)
        is_listed, turned = np.zeros(zones, dtype=bool), np.empty(zones, dtype=np.int64)
        self._zones = Shares(self.share, self.amount * self.count.units, is_listed, turned)

    def change(self, row: Ints, step: int) -> Ints:
        """As in `State`."""
        from gis.covering._share_kernel import bound_shares  # noqa: PLC0415 (loads the compiler)
        from gis.siting._scenario_kernel import begin, take  # noqa: PLC0415 (loads the compiler)

        land, zones = self._land, self._zones
        rings = land.ring[zones.turned[: begin(land, row, step, zones)]]
        radius_m = float(self.ground.tier.radius_m)
        bounds = bound_shares(land.zones, rings, land.tree, radius_m, 2.0 * MAX_ERROR)
        return zones.turned[: take(bounds, zones, self.units.codes, self.sums)].copy()

    def covered(self) -> Floats:
        """As in `State`."""
        return self.amount * self.share


def _listed(ground: Ground, row: Ints, place: Ints) -> "Reached":
    """List for each row of the ground the places that are paired with it."""
    from gis.siting._scenario_kernel import Reached  # noqa: PLC0415 (loads the compiler)

    order = np.argsort(row, kind="stable")
    starts = np.searchsorted(row[order], np.arange(len(ground.plot) + 1))
    return Reached(starts, place[order].astype(np.int64))


def _land(ground: Ground, geometry: GeoSeries, is_open: Mask) -> "Land":
    """Put all targets that may count under a tree, and those away that do not count yet."""
    from gis.covering._target_tree import owned_tree  # noqa: PLC0415 (loads the compiler)
    from gis.siting._scenario_kernel import Land, put_away  # noqa: PLC0415 (loads the compiler)

    radius_m, found = float(ground.tier.radius_m), ground.found.geometry
    here, may, zones = present(geometry), np.flatnonzero(ground.may_change), np.flatnonzero(is_open)
    tree_of_zones = shapely.STRtree(geometry.to_numpy()[zones])
    target, zone = tree_of_zones.query(found[may], predicate="dwithin", distance=radius_m)
    row = np.flatnonzero(ground.bare | ground.may_change)
    tree, owner = owned_tree(found[row], radius_m)
    order = np.argsort(owner, kind="stable")
    land = Land(
        reached=_listed(ground, may[target], zones[zone]),
        zones=zone_rings(geometry, geometry.to_numpy()[here]),
        ring=np.cumsum(here) - 1,
        tree=tree,
        vertices=tree.vertices.copy(),
        kinds=tree.kinds.copy(),
        starts=np.searchsorted(row[owner[order]], np.arange(len(ground.plot) + 1)),
        pieces=order,
    )
    put_away(land, may)
    return land
