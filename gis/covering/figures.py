"""One figure per tier: covered, uncovered, base, share, and what was left out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.covering.weights import EXCLUSIONS, Amounts, Number, Weights, total
from gis.rules import Tier

__all__ = ["REASONS", "UNWALKABLE", "Outcome", "TierFigure", "figure", "share_of"]

REASONS = ("lapsed", "not_public", "too_small", "over_limit", "no_target")
"""Why a place is uncovered; a place takes the first that holds.

The first three say that dropping one condition of the tier (alive, access, minimum area) would
cover the place: they come first because they are nearest to being cured. `over_limit`: targets
count, but none within the radius. `no_target`: none counts anywhere in the data.
"""


UNWALKABLE = ("off_network", "other_component")
"""Of which places a network says nothing; they are excluded, or uncovered if that is asked."""


@dataclass(frozen=True)
class Outcome:
    """What one tier gave, place by place, in the unit of the weight; 0 where excluded.

    `weights` says which places the tier excludes, for a reason among `exclusions`.
    """

    weights: Weights
    covered: Amounts
    lower: NDArray[np.float64] | None
    upper: NDArray[np.float64] | None
    reasons: Mapping[str, Amounts]
    columns: Mapping[str, Any]
    targets: int
    exclusions: tuple[str, ...] = EXCLUSIONS


@dataclass(frozen=True)
class TierFigure:
    """The figure of one tier, with everything that it depends on.

    `covered` + `uncovered` = `base`; `base` + the sum of `excluded` = `total`, all in the unit of
    `weight` (for `area` square metres). `share` is covered / base, None when the base is 0.
    `excluded` is in the unit of the weight and `excluded_places` a number of places, because a
    place without weight has no amount. `lower` and `upper` bound `covered` where it is an area.
    `reasons` divides `uncovered`. `estimated_share` is the part of the base that is estimated,
    None when nothing is said about that. `targets` is the number of features that counted.
    """

    tier: str
    tier_zh: str
    radius_m: float
    min_area_m2: float
    distance: str
    weight: str
    covered: Number
    uncovered: Number
    base: Number
    share: float | None
    lower: float | None
    upper: float | None
    excluded: dict[str, Number]
    total: Number
    reasons: dict[str, Number]
    estimated_share: float | None
    required_share: float | None = None
    places: int = 0
    excluded_places: dict[str, int] = field(default_factory=dict)
    targets: int = 0


def figure(tier: Tier, outcome: Outcome) -> TierFigure:
    """Add up what a tier gave over all places."""
    weights = outcome.weights
    counted = weights.counted
    covered, base = total(outcome.covered), total(weights.where(counted))
    excluded = {reason: weights.excluded == reason for reason in outcome.exclusions}
    amounts = {reason: total(weights.where(mask)) for reason, mask in excluded.items()}
    return TierFigure(
        tier=tier.name,
        tier_zh=tier.name_zh,
        radius_m=tier.radius_m,
        min_area_m2=tier.min_area_m2,
        distance=tier.distance,
        weight=weights.name,
        covered=covered,
        uncovered=base - covered,
        base=base,
        share=share_of(covered, base),
        lower=None if outcome.lower is None else float(outcome.lower.sum()),
        upper=None if outcome.upper is None else float(outcome.upper.sum()),
        excluded=amounts,
        total=base + sum(amounts.values()),
        reasons={reason: total(amount) for reason, amount in outcome.reasons.items()},
        estimated_share=_estimated_share(weights, base),
        required_share=tier.required_share,
        places=len(counted),
        excluded_places={reason: int(mask.sum()) for reason, mask in excluded.items()},
        targets=outcome.targets,
    )


def share_of(covered: Number, base: Number) -> float | None:
    """Divide, or give None where there is nothing to divide by.

    Examples
    --------
    >>> share_of(3, 4), share_of(0, 0)
    (0.75, None)
    """
    return covered / base if base else None


def _estimated_share(weights: Weights, base: Number) -> float | None:
    if weights.estimated is None:
        return None
    return share_of(total(weights.where(weights.counted & weights.estimated)), base)
