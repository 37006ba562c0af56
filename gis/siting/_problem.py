"""A question of siting in numbers: whom each site would add, and what a choice adds up to."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame, GeoSeries
from numpy.typing import NDArray

from gis.columns import numbers
from gis.contracts import (
    as_geometries,
    require_finite,
    require_number,
    require_radius,
    require_unique_index,
    require_valid,
)
from gis.covering.weights import Number, Weights, total, weigh
from gis.crs import require_metres
from gis.errors import ColumnMissingError, WeightError
from gis.labels import label_rank
from gis.nearness.distance import distance_to_nearest
from gis.nearness.pairs import Pairs, pairs_within
from gis.rules import AreaOf, Tier
from gis.siting._model import Scale, incidence, merged
from gis.siting.greening import Greening, Ground

__all__ = ["Certificate", "Problem", "Rule", "Solved"]

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

_EXISTING = "existing"


@dataclass(frozen=True)
class Certificate:
    """How good a choice is, in the model that was solved and in no other.

    Parameters
    ----------
    model
        `max_covering`: each site covers what is within the radius of it, or of what it alone makes
        count; at most k sites. `max_covering_capacity`: each serves no more than its capacity.
    method
        How the sites were chosen.
    value
        What they cover in addition, by this model.
    bound
        What no choice can exceed in this model; None where nothing is known about that.
    proven
        Whether no choice is better in this model.
    sites, demands
        Size of the model: sites that cover anything, and demands that are not all reached by the
        same sites.
    fixed
        Sites of which the bound alone could tell whether they belong to a better choice.
    """

    model: str
    method: str
    value: Number
    bound: Number | None
    proven: bool
    sites: int
    demands: int
    fixed: int = 0

    @property
    def gap(self) -> float | None:
        """By what part of the bound the value may fall short of the best one."""
        if self.bound is None:
            return None
        return 0.0 if self.proven or not self.bound else (self.bound - self.value) / self.bound


@dataclass(frozen=True)
class Rule:
    """What covers a demand: something that counts, within the radius."""

    radius_m: float
    min_area_m2: float = 0.0
    area_of: AreaOf = "feature"

    def tier(self) -> Tier:
        """Write the rule as a tier over what exists."""
        return Tier(
            "site", "site", (_EXISTING,), self.radius_m,
            min_area_m2=self.min_area_m2, area_of=self.area_of,
        )  # fmt: skip


@dataclass(frozen=True)
class Solved:
    """Sites in their order with what each adds, and which demands they gain by the model.

    `served_by` gives the site of each demand where sites have a capacity.
    """

    chosen: Ints
    gains: list[Number]
    gained: Mask
    certificate: Certificate
    served_by: Ints | None = None


@dataclass(frozen=True)
class Problem:
    """The inputs of a choice; `candidates` are sorted by label, sites are their positions."""

    demand: GeoDataFrame
    candidates: GeoDataFrame
    ground: Ground
    weights: Weights
    covered: Mask
    rule: Rule

    @classmethod
    def of(
        cls,
        demand: GeoDataFrame,
        candidates: GeoDataFrame,
        existing: GeoDataFrame | None,
        weight: str | None,
        rule: Rule,
    ) -> "Problem":
        """Check the inputs, and find out who is covered already.

        Raises
        ------
        As `choose_sites`.
        """
        there = GeoDataFrame(geometry=[], crs=demand.crs) if existing is None else existing
        _require_inputs({"demand": demand, "candidates": candidates, "existing": there}, rule)
        candidates = candidates.iloc[np.argsort(label_rank(candidates.index))]
        ground = Ground.of(rule.tier(), {_EXISTING: there}, candidates, Greening(layer=_EXISTING))
        weights = weigh(demand, weight)
        reached = GeoSeries(ground.found.geometry[ground.bare], crs=demand.crs)
        near = distance_to_nearest(demand, reached, limit_m=rule.radius_m).to_numpy()
        covered = (near <= rule.radius_m) & weights.counted
        return cls(demand, candidates, ground, weights, covered, rule)

    @property
    def labels(self) -> pd.Index:
        """Labels of the sites."""
        return self.candidates.index

    def alone(self, site: int) -> Number:
        """Give what a site adds by itself."""
        mine = self._pairs.target == site
        return total(self.weights.amount[self._pairs.place[mine]])

    def gained_together(self, chosen: Ints) -> Mask:
        """Tell which demands the sites gain when all of them are there."""
        on = np.zeros(len(self.candidates), dtype=bool)
        on[chosen] = True
        opened = self.ground.counted(on) & ~self.ground.bare
        near = self._pairs_with(self._open, self.ground.found.geometry[opened])
        gained = np.zeros(len(self.covered), dtype=bool)
        gained[near.place] = True
        return gained

    def solve(
        self, k: int, must: Mask, may_not: Mask, *, method: str, time_limit_s: float
    ) -> Solved:
        """Choose up to k sites, those that must be among them."""
        from gis.siting._exact import solve  # noqa: PLC0415 (loads the compiler)

        pairs, scale = self._pairs, Scale.of(self.weights.amount[self._open])
        weights = scale.whole(self.weights.amount)
        taken = self._gained(must)
        free = ~taken[pairs.place] & ~must[pairs.target] & ~may_not[pairs.target]
        sites = len(self.candidates)
        model = merged(incidence(pairs.target[free], pairs.place[free], weights, sites)).over
        left = k - int(must.sum())
        found = solve(model, left, method, time_limit_s, scale.rounded) if left else None
        chosen = must.copy()
        if found is not None:
            chosen[found.chosen] = True
        order, gains = self._in_order(must, chosen)
        gained = self._gained(chosen)
        already = total(self.weights.where(taken))
        value = total(self.weights.where(gained))
        bound = value if found is None else already + scale.bound(found.bound)
        certificate = Certificate(
            model="max_covering",
            method=method,
            value=value,
            bound=max(bound, value),
            proven=found is None or found.proven,
            sites=int((np.diff(model.site_starts) > 0).sum()),
            demands=len(model.weights),
            fixed=0 if found is None else found.fixed,
        )
        return Solved(order, gains, gained, certificate)

    def fill(self, k: int, must: Mask, may_not: Mask, capacity: str) -> Solved:
        """Choose up to k sites that serve no more than their capacity."""
        from gis.siting._kernel import pick_with_capacity  # noqa: PLC0415 (loads the compiler)

        pairs, scale = self._pairs, Scale.of(self.weights.amount[self._open])
        weights = scale.whole(self.weights.amount)
        room = scale.whole(_room(self.candidates, capacity, float(weights.sum()) / scale.units))
        sites = len(self.candidates)
        # Nearest first, of equally near ones the heaviest, then that of the smallest label.
        rank = label_rank(self.demand.index)
        nearest_first = np.lexsort(
            (rank[pairs.place], -weights[pairs.place], pairs.distance_m, pairs.target)
        )
        may = ~may_not[pairs.target[nearest_first]]
        one = pairs.target[nearest_first][may], pairs.place[nearest_first][may]
        over = incidence(*one, weights, sites)
        served_by = np.full(len(weights), -1, np.int64)
        order, amounts = pick_with_capacity(over, room, np.flatnonzero(must), k, served_by)
        gained = served_by >= 0
        certificate = Certificate(
            model="max_covering_capacity",
            method="greedy",
            value=total(self.weights.where(gained)),
            bound=None,
            proven=False,
            sites=int((np.diff(over.site_starts) > 0).sum()),
            demands=len(self._open),
        )
        gains = [scale.amount(float(amount)) for amount in amounts]
        return Solved(order, gains, gained, certificate, served_by)

    @cached_property
    def _open(self) -> Ints:
        return np.flatnonzero(self.weights.counted & ~self.covered)

    @cached_property
    def _pairs(self) -> Pairs:
        """Pair uncovered demands with the sites that alone would cover them."""
        site, row = self.ground.openings()
        rows, at = np.unique(row, return_inverse=True)
        near = self._pairs_with(self._open, self.ground.found.geometry[rows])
        # A row that several sites open, each alone, stands for each of them.
        pairs = pd.DataFrame({"row": near.target, "place": near.place, "metres": near.distance_m})
        wide = pairs.merge(pd.DataFrame({"row": at, "site": site}), on="row")
        least = wide.groupby(["place", "site"], sort=True)["metres"].min().reset_index()
        columns = [least[name].to_numpy() for name in ("place", "site", "metres")]
        return Pairs(*columns)

    def _pairs_with(self, place: Ints, geometry: NDArray[np.object_]) -> Pairs:
        near = pairs_within(self.demand.geometry.to_numpy()[place], geometry, self.rule.radius_m)
        return near._replace(place=place[near.place])

    def _gained(self, chosen: Mask) -> Mask:
        gained = np.zeros(len(self.covered), dtype=bool)
        gained[self._pairs.place[chosen[self._pairs.target]]] = True
        return gained

    def _in_order(self, must: Mask, chosen: Mask) -> tuple[Ints, list[Number]]:
        """Put those that must be first, then by what each adds; those that add nothing go."""
        from gis.siting._kernel import pick  # noqa: PLC0415 (loads the compiler)

        pairs, scale = self._pairs, Scale.of(self.weights.amount[self._open])
        order, gains = np.empty(0, np.int64), np.empty(0, np.int64)
        for part, rest in ((must, np.zeros_like(must)), (chosen & ~must, must)):
            kept = part[pairs.target] & ~self._gained(rest)[pairs.place]
            weights = scale.whole(self.weights.amount)
            over = incidence(pairs.target[kept], pairs.place[kept], weights, len(part))
            picked, added = pick(over, int(part.sum()))
            idle = np.setdiff1d(np.flatnonzero(part & must), picked)
            order = np.concatenate([order, picked, idle])
            gains = np.concatenate([gains, added, np.zeros(len(idle), np.int64)])
        return order, [scale.amount(float(gain)) for gain in gains]


def _require_inputs(layers: dict[str, GeoDataFrame], rule: Rule) -> None:
    for name, layer in layers.items():
        require_finite(name, as_geometries(name, layer))
    require_unique_index(**layers)
    require_metres(**layers)
    for name in ("candidates", "existing"):
        require_valid(name, layers[name].geometry)
    require_radius("radius_m", rule.radius_m)
    require_number("min_area_m2", rule.min_area_m2, least=0.0)


def _room(candidates: GeoDataFrame, column: str, most: float) -> NDArray[np.float64]:
    """Read capacities; where there is none, there is room for all."""
    if column not in candidates:
        columns = tuple(map(str, candidates.columns))
        raise ColumnMissingError(argument="candidates", column=column, columns=columns)
    room = numbers(candidates, column, "candidates")
    wrong = ~np.isnan(room) & ~(room >= 0)
    if wrong.any():
        first = int(np.argmax(wrong))
        raise WeightError(column=column, found=room[first].item(), label=candidates.index[first])
    return np.fmin(np.where(np.isnan(room), most, room), most)
