"""Who is reached from which site, as small as it can be without changing the question."""

from dataclasses import dataclass
from math import floor, frexp

import numpy as np
from numpy.typing import NDArray

from gis.siting._incidence import Incidence

__all__ = ["Model", "Scale", "incidence", "merged", "transposed"]

Ints = NDArray[np.int64]

# Sums of so many bits leave room for a bound that is off by less than one unit.
_BITS = 36


@dataclass(frozen=True)
class Scale:
    """How many whole units one unit of the weight is; 1 where all weights are whole.

    Other weights are rounded to a part of 2^-36 of their sum, each by half a unit at most.
    `rounded` is the number of weights that were.
    """

    units: float
    rounded: int

    @classmethod
    def of(cls, weights: NDArray[np.float64] | Ints) -> "Scale":
        """Choose the scale for the weights of the demands."""
        if np.issubdtype(weights.dtype, np.integer):
            return cls(1.0, 0)
        total = float(weights.sum())
        if not total:
            return cls(1.0, 0)
        return cls(2.0 ** (_BITS - frexp(total)[1]), len(weights))

    def whole(self, weights: NDArray[np.float64] | Ints) -> Ints:
        """Turn weights into whole units."""
        return np.rint(weights * self.units).astype(np.int64)

    def amount(self, units: float) -> int | float:
        """Turn units back into an amount."""
        return int(units) if self.rounded == 0 else units / self.units

    def bound(self, units: float) -> int | float:
        """Turn a bound in units into one of the amount that rounding cannot have broken."""
        if self.rounded == 0:
            return floor(units)
        return (units + self.rounded) / self.units


@dataclass(frozen=True)
class Model:
    """A problem with its demands merged: `group` says into which each went, -1 if none reaches it.

    All demands that the same sites reach are one with the sum of their weights: whoever covers one
    covers all.
    """

    over: Incidence
    group: Ints


def incidence(site: Ints, demand: Ints, weights: Ints, sites: int) -> Incidence:
    """Arrange pairs of site and demand by both; pairs that come twice count once.

    Within a site the demands keep the order of the pairs.
    """
    _, first = np.unique(site * max(len(weights), 1) + demand, return_index=True)
    first.sort()
    site, demand = site[first], demand[first]
    order = np.argsort(site, kind="stable")
    starts = _starts(site, sites)
    demands = demand[order]
    demand_starts, reached_by = transposed(starts, demands, len(weights))
    return Incidence(starts, demands, demand_starts, reached_by, weights)


def merged(over: Incidence) -> Model:
    """Merge demands that the same sites reach, and leave out those that none reaches."""
    starts, sites = over.demand_starts, over.sites
    length = np.diff(starts)
    # Rows of equal content have equal keys; those with equal keys are compared item by item.
    keys = np.random.default_rng(1).integers(0, 2**63, len(over.site_starts), dtype=np.uint64)
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(keys[sites], dtype=np.uint64)])
    key = sums[starts[1:]] - sums[starts[:-1]]
    order = np.lexsort((key, length))
    order = order[length[order] > 0]
    number = np.cumsum(~_same_as_before(starts, sites, order)) - 1
    group = np.full(len(length), -1, np.int64)
    group[order] = number
    first = order[np.unique(number, return_index=True)[1]]
    weights = np.zeros(len(first), np.int64)
    np.add.at(weights, number, over.weights[order])
    reached_by = sites[_flat(starts, first)]
    demand_starts = np.concatenate([[0], np.cumsum(length[first])]).astype(np.int64)
    site_starts, demands = transposed(demand_starts, reached_by, len(over.site_starts) - 1)
    return Model(Incidence(site_starts, demands, demand_starts, reached_by, weights), group)


def transposed(starts: Ints, items: Ints, count: int) -> tuple[Ints, Ints]:
    """List for each of `count` items the rows that hold it, in ascending order."""
    row = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    order = np.argsort(items, kind="stable")
    return _starts(items, count), row[order]


def _same_as_before(starts: Ints, items: Ints, order: Ints) -> NDArray[np.bool_]:
    """Tell for each row, in the given order, whether it holds the same as the one before it."""
    length = np.diff(starts)[order]
    same = np.zeros(len(order), dtype=bool)
    same[1:] = length[1:] == length[:-1]
    asked = np.flatnonzero(same)
    one, other = items[_flat(starts, order[asked])], items[_flat(starts, order[asked - 1])]
    differs = np.repeat(asked, length[asked])[one != other]
    same[differs] = False
    return same


def _flat(starts: Ints, rows: Ints) -> Ints:
    """Give the positions of all items of `rows`, one row after the other."""
    length = starts[rows + 1] - starts[rows]
    end = np.cumsum(length)
    positions: Ints = np.arange(length.sum()) + np.repeat(starts[rows] - (end - length), length)
    return positions


def _starts(item: Ints, count: int) -> Ints:
    return np.concatenate([[0], np.cumsum(np.bincount(item, minlength=count))]).astype(np.int64)
