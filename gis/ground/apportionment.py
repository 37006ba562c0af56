"""Totals dealt out in proportion to weights, so that nothing is lost by rounding.

The rule is the *largest remainder* (Hamilton's method): everybody gets the whole part of what is
due, and what is left over goes, one each, to those with the largest remainders.
"""

import numpy as np
from numpy.typing import NDArray

__all__ = ["deal", "deal_whole"]

# Remainders nearer to each other than this are equal: weights carry rounding errors, and a map
# that is shifted must not deal in another way.
_REMAINDER_DIGITS = 6

Floats = NDArray[np.float64]
Positions = NDArray[np.intp]


def deal(totals: Floats, weights: Floats, group: Positions) -> Floats:
    """Give each member of a group its part of the group's total, in proportion to its weight.

    Parameters
    ----------
    totals
        One for each group.
    weights
        Above 0, one for each member; n members.
    group
        Position in `totals` of each member.

    Examples
    --------
    >>> deal(np.array([10.0]), np.array([600.0, 300.0]), np.array([0, 0])).round(3).tolist()
    [6.667, 3.333]
    """
    of_group = np.bincount(group, weights, len(totals))
    parts: Floats = totals[group] * (weights / of_group[group])
    return parts


def deal_whole(totals: Floats, weights: Floats, group: Positions, rank: Positions) -> Floats:
    """Deal whole totals out in whole parts; of equal remainders the lower `rank` comes first.

    Examples
    --------
    >>> group = np.array([0, 0, 0])
    >>> deal_whole(np.array([10.0]), np.ones(3), group, rank=np.array([2, 0, 1])).tolist()
    [3.0, 4.0, 3.0]
    """
    due = deal(totals, weights, group)
    parts = np.floor(due)
    left = totals - np.bincount(group, parts, len(totals))
    remainder = np.round(due - parts, _REMAINDER_DIGITS)
    order = np.lexsort((rank, -remainder, group))
    groups = group[order]
    number = np.arange(len(order)) - np.searchsorted(groups, groups, side="left")
    parts[order] += number < left[groups]
    return parts
