"""What no choice of sites can exceed, by prices for the demands; compiled.

Let every demand d have a price p_d between 0 and its weight w_d. The sites that reach it are paid
its price each; what is left of the weight, w_d - p_d, counts as covered in any case. So a choice
counts at least w_d for a demand that it covers and at least 0 for one that it does not: it is
worth no more than its sites earn, and all that is left. No k sites earn more than the k that earn
most: their earnings and all that is left are a bound.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gis._compiled import compiled
from gis.siting._incidence import Incidence
from gis.siting._kernel import swap

__all__ = ["Bound", "raise_prices"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

# Steps are shortened after so many without a better bound, and so short that nothing moves.
_PATIENCE, _SHORTER, _SHORTEST = 15, 0.6, 1e-4
# A bound is better if it is lower by this part of it.
_NOTICEABLE = 1e-6
# How often the sites that earn most are tried as a choice, and with how many rounds of swapping.
_TRY_EVERY, _TRY_ROUNDS = 10, 2


class Bound(NamedTuple):
    """The least bound found, without allowance for rounding, and what each site earns at it.

    `chosen` is the best choice met on the way, `value` what it covers.
    """

    bound: float
    earned: Floats
    chosen: Ints
    value: int


@compiled
def raise_prices(over: Incidence, k: int, chosen: Ints, value: int, iterations: int) -> Bound:
    """Bound what k sites can cover, and look for better sites on the way.

    Prices move along the subgradient of the bound: up where the k sites that earn most leave a
    demand uncovered, down where several of them cover it.
    """
    weights = over.weights.astype(np.float64)
    # Without any price all that there is is left, and bounds everything.
    least, kept_earned = weights.sum(), np.zeros(len(over.site_starts) - 1)
    prices = weights / np.maximum(np.diff(over.demand_starts), 1)
    kept, step, stalled = prices.copy(), 1.0, 0
    if value >= over.weights.sum():
        return Bound(least, kept_earned, chosen, value)
    for number in range(iterations):
        earned = _earned(over, prices)
        top = _most(earned, k)
        bound = earned[top].sum() + (weights - prices).sum()
        stalled = 0 if bound < least * (1 - _NOTICEABLE) else stalled + 1
        if bound < least:
            least, kept[:], kept_earned = bound, prices, earned
        if number % _TRY_EVERY == 0:
            tried = top.copy()
            found = swap(over, tried, _TRY_ROUNDS)
            if found > value:
                chosen, value = tried, found
        if least < value + 1 or step < _SHORTEST:
            break
        if stalled >= _PATIENCE:
            step, stalled, prices[:] = step * _SHORTER, 0, kept
            continue
        slope = _slope(over, prices, top)
        steepness = (slope * slope).sum()
        if steepness == 0.0:
            break
        length = step * (bound - value) / steepness
        for demand in range(len(prices)):
            price = prices[demand] - length * slope[demand]
            prices[demand] = min(max(price, 0.0), weights[demand])
    return Bound(least, kept_earned, chosen, value)


@compiled
def _earned(over: Incidence, prices: Floats) -> Floats:
    """Add up for each site the prices of those it reaches, each site by itself."""
    earned = np.zeros(len(over.site_starts) - 1)
    for site in range(len(earned)):
        for at in range(over.site_starts[site], over.site_starts[site + 1]):
            earned[site] += prices[over.demands[at]]
    return earned


@compiled
def _most(earned: Floats, k: int) -> Ints:
    """Give the k sites that earn most, ascending; of equal ones the first."""
    sites = len(earned)
    if k >= sites:
        return np.arange(sites)
    least = np.partition(earned, sites - k)[sites - k]
    room = k - (earned > least).sum()
    most, count = np.empty(k, np.int64), 0
    for site in range(sites):
        if earned[site] == least:
            room -= 1
        if earned[site] > least or (earned[site] == least and room >= 0):
            most[count] = site
            count += 1
    return most


@compiled
def _slope(over: Incidence, prices: Floats, top: Ints) -> Floats:
    """Tell how the bound changes with each price: once for each site paid, less what is left."""
    slope = np.zeros(len(prices))
    for demand in range(len(prices)):
        if over.weights[demand] > prices[demand]:
            slope[demand] = -1.0
    for site in top:
        for at in range(over.site_starts[site], over.site_starts[site + 1]):
            slope[over.demands[at]] += 1.0
    return slope
