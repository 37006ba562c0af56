"""What no choice of sites can exceed, by prices for the demands."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gis.siting._incidence import Incidence
from gis.siting._kernel import swap

__all__ = ["Bound", "raise_prices"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# Steps are shortened after so many without a better bound, and so short that nothing moves.
_PATIENCE, _SHORTER, _SHORTEST = 15, 0.6, 1e-4
# A bound is better if it is lower by this part of it.
_NOTICEABLE = 1e-6
# How often the sites that earn most are tried as a choice, and with how many rounds of swapping.
_TRY_EVERY, _TRY_ROUNDS = 10, 2


@dataclass(frozen=True)
class Bound:
    """The least bound found, without allowance for rounding, and what each site earns at it.

    `chosen` is the best choice met on the way, `value` what it covers.
    """

    bound: float
    earned: Floats
    chosen: Ints
    value: int


def raise_prices(over: Incidence, k: int, chosen: Ints, value: int, iterations: int) -> Bound:
    """Bound what k sites can cover, and look for better sites on the way.

    Let every demand d have a price p_d between 0 and its weight w_d. The sites that reach it are
    paid its price each; what is left of the weight, w_d - p_d, counts as covered in any case. So a
    choice counts at least w_d for a demand that it covers and at least 0 for one that it does not:
    it is worth no more than its sites earn, and all that is left. No k sites earn more than the k
    that earn most. Prices move along the subgradient of this bound: up where these k sites leave a
    demand uncovered, down where several of them cover it.
    """
    weights = over.weights.astype(float)
    prices = weights / np.maximum(np.diff(over.demand_starts), 1)
    least, kept, kept_earned = np.inf, prices, np.zeros(len(over.site_starts) - 1)
    step, stalled = 1.0, 0
    for number in range(iterations):
        earned = _earned(over, prices)
        top = np.argpartition(-earned, k - 1)[:k] if k < len(earned) else np.arange(len(earned))
        bound = float(earned[top].sum() + (weights - prices).sum())
        stalled = 0 if bound < least * (1 - _NOTICEABLE) else stalled + 1
        if bound < least:
            least, kept, kept_earned = bound, prices, earned
        if number % _TRY_EVERY == 0:
            chosen, value = _tried(over, np.sort(top), chosen, value)
        if least < value + 1 or step < _SHORTEST:
            break
        if stalled >= _PATIENCE:
            step, stalled, prices = step * _SHORTER, 0, kept
            continue
        slope = _slope(over, weights > prices, top)
        steepness = float(slope @ slope)
        if not steepness:
            break
        moved = prices - step * (bound - value) / steepness * slope
        prices = np.clip(moved, 0.0, weights)
    return Bound(least, kept_earned, chosen, value)


def _earned(over: Incidence, prices: Floats) -> Floats:
    """Add up for each site the prices of those it reaches, each site by itself."""
    earned = np.zeros(len(over.site_starts) - 1)
    some = np.diff(over.site_starts) > 0
    if some.any():
        earned[some] = np.add.reduceat(prices[over.demands], over.site_starts[:-1][some])
    return earned


def _slope(over: Incidence, is_left: NDArray[np.bool_], top: Ints) -> Floats:
    """Tell how the bound changes with each price: once for each site paid, less what is left."""
    reached = [over.demands[over.site_starts[site] : over.site_starts[site + 1]] for site in top]
    times = np.bincount(np.concatenate(reached), minlength=len(is_left))
    return times.astype(float) - is_left


def _tried(over: Incidence, top: Ints, chosen: Ints, value: int) -> tuple[Ints, int]:
    """Swap from the sites that earn most; keep the better choice."""
    found = swap(over, top, _TRY_ROUNDS)
    return (top, int(found)) if found > value else (chosen, value)
