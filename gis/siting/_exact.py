"""The best sites with a proof, or how far from the best they may be.

First a good choice, by picking and swapping. Then a bound by prices (see `raise_prices`). The bound
also tells what a better choice must look like: if no choice with a site, or none without it, can
be better than the best one known, the site is left out, or taken. What is left open is often
little; HiGHS decides about it, starting from the best choice known.
"""

from dataclasses import dataclass, replace
from math import floor
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.siting._incidence import Incidence
from gis.siting._kernel import pick, swap
from gis.siting._model import incidence, merged
from gis.siting._prices import Bound, raise_prices

__all__ = ["Solution", "program", "solve"]

Ints = NDArray[np.int64]

_ITERATIONS = {"greedy": 300, "swap": 800, "exact": 1500}
_SWAP_ROUNDS = 100
# Far more than the rounding errors of a sum, as a part of it.
_ROUNDING = 1e-12
# The solver counts in sums of this size, for which its tolerances are made, and its bound is
# believed to this part of a unit.
_SOLVER_SUM, _SOLVER_ERROR = 1e6, 1e-2


@dataclass(frozen=True)
class Solution:
    """Sites with what they cover together, and what no choice exceeds, in whole units.

    `fixed` is the number of sites that the bound settled; `solved` tells whether a solver was
    asked about the rest. Bounds within `slack` of the value are as good as equal.
    """

    chosen: Ints
    value: int
    bound: int
    fixed: int = 0
    solved: bool = False
    slack: int = 0

    @property
    def proven(self) -> bool:
        """Tell whether no choice is better."""
        return self.value >= self.bound - self.slack


def solve(over: Incidence, k: int, method: str, time_limit_s: float, slack: int = 0) -> Solution:
    """Choose up to k sites by a method: `greedy`, `swap` or `exact`."""
    end = perf_counter() + time_limit_s
    chosen, gains = pick(over, k)
    value = int(gains.sum())
    if method != "greedy":
        chosen = chosen.copy()
        value = int(swap(over, chosen, _SWAP_ROUNDS))
    prices = raise_prices(over, k, chosen, value, _ITERATIONS[method])
    bound = floor(prices.bound * (1 + _ROUNDING))
    if method == "greedy":  # its own choice, however good the one met on the way
        return Solution(chosen, value, max(bound, value), slack=slack)
    found = Solution(prices.chosen, prices.value, max(bound, prices.value), slack=slack)
    if method == "swap" or found.proven:
        return found
    return _decided(over, k, found, prices, end)


def _decided(over: Incidence, k: int, known: Solution, prices: Bound, end: float) -> Solution:
    """Settle what the bound settles, and let the solver decide about the rest."""
    taken, open_ = _settled(k, prices, known.value)
    fixed = len(open_) - int(open_.sum())
    if not open_.any() or taken.sum() > k:
        return replace(known, bound=known.value, fixed=fixed)
    rest = _Rest.of(over, k, taken, open_)
    chosen, value, bound = rest.solve(known, max(end - perf_counter(), 0.1))
    best = known if value <= known.value else replace(known, chosen=chosen, value=value)
    # Whatever beats the known value is within the rest.
    bound = max(best.value, min(known.bound, bound))
    return replace(best, bound=bound, fixed=fixed, solved=True)


def _settled(k: int, prices: Bound, value: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell which sites every better choice takes, and about which nothing is known.

    Forcing a site in replaces the least of the k that earn most by it, forcing one out replaces it
    by the next one: the bound falls by the difference. Below `value` + 1 nothing better is left.
    """
    order = np.argsort(-prices.earned, kind="stable")
    among = np.zeros(len(order), dtype=bool)
    among[order[:k]] = True
    least = prices.earned[order[min(k, len(order)) - 1]]
    following = prices.earned[order[k]] if k < len(order) else 0.0
    loss = np.where(among, prices.earned - following, least - prices.earned)
    settled = (prices.bound - loss) * (1 + _ROUNDING) < value + 1
    return settled & among, ~settled


@dataclass(frozen=True)
class _Rest:
    """The part of a problem that is open.

    `over` holds the demands that no site in `taken` covers, and the open `sites`, of which up to
    `k` are to be taken; `given` is what those in `taken` cover of the `whole`.
    """

    whole: Incidence
    over: Incidence
    k: int
    taken: Ints
    sites: Ints
    given: int

    @classmethod
    def of(
        cls, whole: Incidence, k: int, taken: NDArray[np.bool_], open_: NDArray[np.bool_]
    ) -> "_Rest":
        demand = np.repeat(np.arange(len(whole.weights)), np.diff(whole.demand_starts))
        covered = np.zeros(len(whole.weights), dtype=bool)
        covered[demand[taken[whole.sites]]] = True
        kept = open_[whole.sites] & ~covered[demand]
        position = np.cumsum(open_) - 1
        pairs = position[whole.sites[kept]], demand[kept]
        return cls(
            whole=whole,
            over=merged(incidence(*pairs, whole.weights, int(open_.sum()))).over,
            k=k - int(taken.sum()),
            taken=np.flatnonzero(taken),
            sites=np.flatnonzero(open_),
            given=int(whole.weights[covered].sum()),
        )

    def solve(self, known: Solution, seconds: float) -> tuple[Ints, int, int]:
        """Let HiGHS decide; give sites, their value, and the bound on what takes `taken`."""
        import highspy  # noqa: PLC0415 (only an exact choice needs it)

        solver = highspy.Highs()
        solver.silent()
        for option, setting in {
            "time_limit": seconds,
            "mip_rel_gap": 0.0,
            # Values are whole: what is less than one better is not better.
            "mip_abs_gap": 0.999 / self._units,
            "random_seed": 0,
        }.items():
            solver.setOptionValue(option, setting)
        solver.passModel(program(self.over, self.k, self._units))
        chosen = np.isin(self.sites, known.chosen)
        if int(chosen.sum()) <= self.k:
            solver.setSolution(self._start(highspy, chosen))
        solver.run()
        return self._read(solver)

    @property
    def _units(self) -> float:
        return max(1.0, float(self.over.weights.sum()) / _SOLVER_SUM)

    def _read(self, solver: Any) -> tuple[Ints, int, int]:
        """Take what the solver found; what it says is counted again, not believed."""
        values = np.asarray(solver.getSolution().col_value, dtype=float)
        picked = values[: len(self.sites)] > 0.5
        chosen = self.taken
        if len(picked) and int(picked.sum()) <= self.k:
            chosen = np.concatenate([self.taken, self.sites[picked]])
        value = _covered(self.whole, chosen)
        most = int(self.over.weights.sum())
        dual = -float(solver.getInfo().mip_dual_bound) * self._units
        open_bound = floor(dual * (1 + _ROUNDING) + _SOLVER_ERROR) if dual < most else most
        return chosen, value, max(value, self.given + open_bound)

    def _start(self, highspy: Any, chosen: NDArray[np.bool_]) -> Any:
        """Write a choice as the solver wants to begin with it."""
        row = np.repeat(np.arange(len(self.over.weights)), np.diff(self.over.demand_starts))
        covered = np.zeros(len(self.over.weights))
        covered[row[chosen[self.over.sites]]] = 1.0
        solution = highspy.HighsSolution()
        solution.col_value = np.concatenate([chosen.astype(float), covered]).tolist()
        return solution


def program(over: Incidence, k: int, unit: float) -> Any:
    """Write for HiGHS: cover most, take at most k; who is covered has a site that reaches them.

    Weights are written in units of `unit`. Sites come first, then demands; sites are whole, and
    with them demands are as well.
    """
    import highspy  # noqa: PLC0415 (only an exact choice needs it)

    sites, demands = len(over.site_starts) - 1, len(over.weights)
    row = np.repeat(np.arange(demands), np.diff(over.demand_starts))
    written = highspy.HighsLp()
    written.num_col_, written.num_row_ = sites + demands, demands + 1
    written.col_cost_ = np.concatenate([np.zeros(sites), -over.weights / unit])
    written.col_lower_, written.col_upper_ = np.zeros(sites + demands), np.ones(sites + demands)
    written.row_lower_ = np.full(demands + 1, -highspy.kHighsInf)
    written.row_upper_ = np.append(np.zeros(demands), float(k))
    of_row = np.concatenate([row, np.arange(demands), np.full(sites, demands)])
    column = np.concatenate([over.sites, sites + np.arange(demands), np.arange(sites)])
    entry = np.concatenate([-np.ones(len(row)), np.ones(demands + sites)])
    order = np.argsort(of_row, kind="stable")
    written.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    written.a_matrix_.start_ = np.searchsorted(of_row[order], np.arange(demands + 2))
    written.a_matrix_.index_ = column[order]
    written.a_matrix_.value_ = entry[order]
    whole, real = highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous
    written.integrality_ = [whole] * sites + [real] * demands
    return written


def _covered(over: Incidence, chosen: Ints) -> int:
    reached = np.zeros(len(over.weights), dtype=bool)
    for site in chosen:
        reached[over.demands[over.site_starts[site] : over.site_starts[site + 1]]] = True
    return int(over.weights[reached].sum())
