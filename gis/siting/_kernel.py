"""Loops over which site covers whom, compiled: picking and swapping.

All amounts are whole numbers, so that sums do not depend on the order in which they are made.
"""

import numpy as np
import numpy.typing as npt

from gis._compiled import compiled, inner
from gis.siting._incidence import Incidence

__all__ = ["Incidence", "pick", "pick_with_capacity", "swap"]

Ints = npt.NDArray[np.int64]


@compiled
def pick(over: Incidence, k: int) -> tuple[Ints, Ints]:
    """Pick up to k sites, each time the one that adds most, of equal ones the first.

    When a demand becomes covered its weight is taken from the gain of all sites that reach it, so
    that every pair of site and demand is looked at once. It ends when nothing is to be gained.

    Returns
    -------
    chosen, gains
        The sites in their order, and what each added.
    """
    gain, times = _gains(over), np.zeros(len(over.weights), np.int64)
    chosen, gains = np.empty(k, np.int64), np.empty(k, np.int64)
    for count in range(k):
        best, most = -1, 0
        for site in range(len(gain)):
            if gain[site] > most:
                best, most = site, gain[site]
        if best < 0:
            return chosen[:count], gains[:count]
        chosen[count], gains[count] = best, most
        _cover(over, best, times, gain)
    return chosen, gains


@compiled
def swap(over: Incidence, chosen: Ints, rounds: int) -> int:
    """Exchange sites in `chosen`, one at a time and in place, as long as that adds anything.

    Returns
    -------
    value
        What the sites cover together.
    """
    gain, times = _gains(over), np.zeros(len(over.weights), np.int64)
    is_chosen = np.zeros(len(gain), np.bool_)
    value = 0
    for site in chosen:
        value += gain[site]
        is_chosen[site] = True
        _cover(over, site, times, gain)
    improved = True
    while improved and rounds > 0:
        improved = False
        rounds -= 1
        for place in range(len(chosen)):
            site = chosen[place]
            _uncover(over, site, times, gain)
            is_chosen[site] = False
            best = site
            for other in range(len(gain)):
                if gain[other] > gain[best] and not is_chosen[other]:
                    best = other
            if best != site:
                value += gain[best] - gain[site]
                improved = True
            chosen[place] = best
            is_chosen[best] = True
            _cover(over, best, times, gain)
    return value


@compiled
def pick_with_capacity(
    over: Incidence, capacity: Ints, first: Ints, k: int, served_by: Ints
) -> tuple[Ints, Ints]:
    """Pick up to k sites that serve no more than their capacity; nobody is served in parts.

    A site serves those it reaches in the order of its row as long as they fit. The sites `first`
    are taken in any case. `served_by` is -1 for all demands, and filled with sites.

    Returns
    -------
    chosen, gains
        The sites in their order, and what each serves.
    """
    free = np.ones(len(capacity), np.bool_)
    chosen, gains = np.empty(k, np.int64), np.empty(k, np.int64)
    for count in range(k):
        best, most = -1, 0
        if count < len(first):
            best = first[count]
            most = _serve(over, best, capacity[best], served_by, -1)
        else:
            for site in range(len(capacity)):
                if free[site]:
                    amount = _serve(over, site, capacity[site], served_by, -1)
                    if amount > most:
                        best, most = site, amount
        if best < 0:
            return chosen[:count], gains[:count]
        _serve(over, best, capacity[best], served_by, best)
        free[best] = False
        chosen[count], gains[count] = best, most
    return chosen, gains


@compiled
def _gains(over: Incidence) -> Ints:
    """Give what each site covers by itself."""
    gain = np.zeros(len(over.site_starts) - 1, np.int64)
    for site in range(len(gain)):
        for at in range(over.site_starts[site], over.site_starts[site + 1]):
            gain[site] += over.weights[over.demands[at]]
    return gain


@inner
def _add_to_sites(over: Incidence, demand: int, gain: Ints, amount: int) -> None:
    for at in range(over.demand_starts[demand], over.demand_starts[demand + 1]):
        gain[over.sites[at]] += amount


@inner
def _cover(over: Incidence, site: int, times: Ints, gain: Ints) -> None:
    """Open a site: what it is the first to cover is no longer a gain of others."""
    for at in range(over.site_starts[site], over.site_starts[site + 1]):
        demand = over.demands[at]
        times[demand] += 1
        if times[demand] == 1:
            _add_to_sites(over, demand, gain, -over.weights[demand])


@inner
def _uncover(over: Incidence, site: int, times: Ints, gain: Ints) -> None:
    """Close a site: what it alone covered is a gain again."""
    for at in range(over.site_starts[site], over.site_starts[site + 1]):
        demand = over.demands[at]
        times[demand] -= 1
        if times[demand] == 0:
            _add_to_sites(over, demand, gain, over.weights[demand])


@inner
def _serve(over: Incidence, site: int, room: int, served_by: Ints, mark: int) -> int:
    """Fill a site up with demands that nobody serves yet, and mark these; -1 leaves no mark."""
    amount = 0
    for at in range(over.site_starts[site], over.site_starts[site + 1]):
        demand = over.demands[at]
        if served_by[demand] < 0 and amount + over.weights[demand] <= room:
            amount += over.weights[demand]
            served_by[demand] = mark
    return amount
