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

from gis._compiled import compiled, inner
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
    sites, demands = len(over.site_starts) - 1, len(over.weights)
    prices, slope, kept = np.zeros(demands), np.empty(demands), np.empty(demands)
    earned, kept_earned, sorted_ = np.empty(sites), np.zeros(sites), np.empty(sites)
    # Without any price all that there is is left, and bounds everything.
    least, top = _left(over, prices), np.empty(min(k, sites), np.int64)
    step, stalled = 1.0, 0
    _share_out(over, prices)
    kept[:] = prices
    for number in range(iterations):
        if least < value + 1 or step < _SHORTEST:
            break
        _add_earned(over, prices, earned)
        sorted_[:] = earned
        _list_most(earned, _largest(sorted_, len(top)), top)
        bound = _left(over, prices) + _sum_at(earned, top)
        stalled = 0 if bound < least * (1 - _NOTICEABLE) else stalled + 1
        if bound < least:
            least = bound
            kept[:], kept_earned[:] = prices, earned
        if number % _TRY_EVERY == 0:
            tried = top.copy()
            found = swap(over, tried, _TRY_ROUNDS)
            if found > value:
                chosen, value = tried, found
        if stalled >= _PATIENCE:
            step, stalled = step * _SHORTER, 0
            prices[:] = kept
            continue
        steepness = _lay_slope(over, prices, top, slope)
        if steepness == 0.0:
            break
        length = step * (bound - value) / steepness
        for demand in range(len(prices)):
            price = prices[demand] - length * slope[demand]
            prices[demand] = min(max(price, 0.0), float(over.weights[demand]))
    return Bound(least, kept_earned, chosen, value)


@inner
def _share_out(over: Incidence, prices: Floats) -> None:
    """Divide the weight of every demand among the sites that reach it."""
    for demand in range(len(prices)):
        sites = over.demand_starts[demand + 1] - over.demand_starts[demand]
        prices[demand] = over.weights[demand] / max(sites, 1)


@inner
def _left(over: Incidence, prices: Floats) -> float:
    """Add up what prices leave of the weights."""
    left = 0.0
    for demand in range(len(prices)):
        left += over.weights[demand] - prices[demand]
    return left


@inner
def _sum_at(amount: Floats, places: Ints) -> float:
    total = 0.0
    for place in places:
        total += amount[place]
    return total


@inner
def _add_earned(over: Incidence, prices: Floats, earned: Floats) -> None:
    """Add up for each site the prices of those it reaches, each site by itself."""
    for site in range(len(earned)):
        amount = 0.0
        for at in range(over.site_starts[site], over.site_starts[site + 1]):
            amount += prices[over.demands[at]]
        earned[site] = amount


@inner
def _list_most(earned: Floats, least: float, most: Ints) -> None:
    """List the sites that earn most, `least` at least, ascending; of equal ones the first."""
    room, count = len(most), 0
    for site in range(len(earned)):
        room -= earned[site] > least
    for site in range(len(earned)):
        is_tied = earned[site] == least and room > 0
        if earned[site] > least or is_tied:
            room -= is_tied
            most[count] = site
            count += 1


@inner
def _largest(amount: Floats, k: int) -> float:
    """Give the k-th largest amount, and put them about; infinity for k = 0."""
    if k == 0:
        return np.inf
    low, high, wanted = 0, len(amount) - 1, k - 1
    while low < high:
        middle, left, right = amount[(low + high) // 2], low, high
        while left <= right:
            while amount[left] > middle:
                left += 1
            while amount[right] < middle:
                right -= 1
            if left <= right:
                amount[left], amount[right] = amount[right], amount[left]
                left, right = left + 1, right - 1
        if wanted <= right:
            high = right
        elif wanted >= left:
            low = left
        else:
            break
    return amount[wanted]


@inner
def _lay_slope(over: Incidence, prices: Floats, top: Ints, slope: Floats) -> float:
    """Write how the bound changes with each price; give the square of its steepness.

    A price is paid once for each site that is taken, and taken from what is left.
    """
    for demand in range(len(prices)):
        slope[demand] = -1.0 if over.weights[demand] > prices[demand] else 0.0
    for site in top:
        for at in range(over.site_starts[site], over.site_starts[site + 1]):
            slope[over.demands[at]] += 1.0
    steepness = 0.0
    for demand in range(len(slope)):
        steepness += slope[demand] * slope[demand]
    return steepness
