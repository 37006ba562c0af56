"""What is covered by one tier, kept up to date while targets begin and cease to count."""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoSeries
from numpy.typing import NDArray

from gis.covering.share import share_covered
from gis.nearness.pairs import pairs_within
from gis.siting.greening import Ground

__all__ = ["Places", "State", "Units", "Zones"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


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

    def sums(self, amount: NDArray[np.generic]) -> Floats:
        """Add up an amount in each unit; the rows are as wide as the longest."""
        width = max(len(names) for names in self.names)
        return np.array([np.bincount(row, amount, minlength=width) for row in self.codes])


class State(Protocol):
    """What one tier covers now: `sums` in each unit, by `units.codes`."""

    sums: Floats

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

    def __post_init__(self) -> None:
        """Begin without any plot."""
        self.sums = self.units.sums(np.where(self.bare, self.amount, 0.0))
        self.times = np.zeros(len(self.amount), dtype=np.int64)

    def change(self, row: Ints, step: int) -> Ints:
        """As in `State`."""
        from gis.siting._scenario_kernel import switch  # noqa: PLC0415 (loads the compiler)

        parts = [
            switch(self._reached[one], step, self.times, self.amount, self.units.codes, self.sums)
            for one in row
        ]
        return parts[0] if len(parts) == 1 else np.concatenate([*parts, np.empty(0, np.int64)])

    def covered(self) -> Floats:
        """As in `State`."""
        return np.where(self.bare | (self.times > 0), self.amount, 0.0)

    @cached_property
    def _reached(self) -> list[Ints]:
        """For each row of the ground that may change, the places that only such rows reach."""
        may = np.flatnonzero(self.ground.may_change)
        open_ = np.flatnonzero(~self.bare & (self.amount > 0))
        geometry = self.geometry.to_numpy()[open_]
        near = pairs_within(geometry, self.ground.found.geometry[may], self.ground.tier.radius_m)
        order = np.argsort(near.target, kind="stable")
        cuts = np.searchsorted(near.target[order], np.arange(1, len(may)))
        reached: list[Ints] = [np.empty(0, np.int64)] * len(self.ground.plot)
        for row, places in zip(may, np.split(open_[near.place[order]], cuts), strict=True):
            reached[row] = places
        return reached


@dataclass
class Zones:
    """Zones, of which the part within the radius is covered; those near a change are measured."""

    ground: Ground
    geometry: GeoSeries
    amount: Floats
    share: Floats
    units: Units

    def __post_init__(self) -> None:
        """Begin without any plot."""
        self.share = self.share.copy()
        self.counts = self.ground.bare.copy()
        self.sums = self.units.sums(self.covered())
        self._zones = shapely.STRtree(self.geometry.to_numpy())
        self._targets = shapely.STRtree(self.ground.found.geometry)

    def change(self, row: Ints, step: int) -> Ints:
        """As in `State`."""
        self.counts[row] = step > 0
        radius_m = self.ground.tier.radius_m
        changed = self.ground.found.geometry[row]
        near = np.unique(self._zones.query(changed, predicate="dwithin", distance=radius_m)[1])
        near = near[self.amount[near] > 0]
        if step > 0:  # what is covered altogether stays so
            near = near[self.share[near] < 1]
        if not len(near):
            return near
        west, south, east, north = shapely.total_bounds(self.geometry.to_numpy()[near])
        reach_m = radius_m * 1.001 + 1
        box = shapely.box(west - reach_m, south - reach_m, east + reach_m, north + reach_m)
        around = self._targets.query(box)
        around = np.sort(around[self.counts[around]])
        targets = GeoSeries(self.ground.found.geometry[around], crs=self.geometry.crs)
        measured = share_covered(self.geometry.iloc[near], targets, radius_m)["covered_share"]
        self.share[near] = measured.to_numpy()
        self.sums = self.units.sums(self.covered())
        return near

    def covered(self) -> Floats:
        """As in `State`."""
        return self.amount * self.share
