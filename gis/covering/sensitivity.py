"""How far a figure moves when one choice of its definition is made otherwise.

Every tier is measured again with one choice changed and all else as the rules say: on foot instead
of straight, to the edge, an entrance or the centroid, another smallest area, a radius a little
longer or shorter. What lies between the least and the greatest share is the *band*.

Positions are wrong, too. If every target is displaced by at most e against the places, no distance
changes by more than e. So in a straight line the figure of the true positions lies between those of
the radii r - e and r + e: a proven band, not a sample of random ones. It takes shapes as rigid and
the same targets as counting. On foot there is none, because a place that moves by a hand's breadth
may be nearest to another street.

A choice that cannot be made is left out: entrances where none are known, walking without a network
or by area, and smallest areas where some targets are points, which have none.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any, Literal

import pandas as pd
from geopandas import GeoDataFrame, GeoSeries

from gis.covering.coverage import Targets, existing, require_coverable, require_geometries
from gis.covering.figures import share_of
from gis.covering.ladder import Ladder
from gis.covering.measure_walks import Unconnected, Walking
from gis.covering.qualify import candidates
from gis.covering.reach import ENTRANCES, entrances_for
from gis.covering.share import share_covered
from gis.covering.weights import AREA, Number, Weights, total, weigh
from gis.crs import require_metres
from gis.errors import TierUnknownError
from gis.result import Rendered
from gis.rules import Distance, RuleSet, Tier, To
from gis.validity import read_date
from gis.walks.network import WalkNetwork
from gis.walks.walking import MAX_SNAP_M

__all__ = [
    "AREAS_M2",
    "STEPS_M",
    "Aspect",
    "SensitivityResult",
    "TierSensitivity",
    "Variant",
    "sensitivity",
]

AREAS_M2 = (0.0, 400.0, 1000.0, 2000.0, 5000.0)
"""Smallest areas that are in use, square metres."""

STEPS_M = (5.0, 10.0)
"""Metres by which radius and positions are changed: a survey, and a map traced from images."""

Aspect = Literal["rule", "distance", "to", "min_area_m2", "radius_m", "position_m"]

# Zones are measured again a dozen times, so more coarsely; each result has its own bounds.
_MAX_ERROR = 1e-3
_LEAST_RADIUS_M = 0.1


@dataclass(frozen=True)
class Variant:
    """A figure with one choice changed.

    `aspect` names the choice, `value` what was chosen; `rule` is the figure by the rules as they
    stand. `lower` and `upper` bound the share: they are equal where places are counted, the proven
    interval where areas are measured, and for `position_m` what displacements up to `value` can do.
    Shares are None where the base is 0.
    """

    aspect: Aspect
    value: str | float
    covered: Number
    base: Number
    share: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class TierSensitivity:
    """The figure of one tier and all that it would be by other definitions.

    `low` and `high` are the least and the greatest share of all variants, None without a base.
    """

    tier: str
    tier_zh: str
    weight: str
    share: float | None
    low: float | None
    high: float | None
    variants: tuple[Variant, ...]

    def of(self, aspect: Aspect) -> tuple[Variant, ...]:
        """Give the variants of one choice."""
        return tuple(one for one in self.variants if one.aspect == aspect)


@dataclass(frozen=True)
class SensitivityResult(Rendered):
    """The band of each tier, in the order of the rule set."""

    ruleset: RuleSet
    weight: str
    evaluated_on: date | None
    tiers: tuple[TierSensitivity, ...]

    def tier(self, name: str) -> TierSensitivity:
        """Find the band of a tier.

        Raises
        ------
        TierUnknownError
        """
        for found in self.tiers:
            if found.tier == name:
                return found
        raise TierUnknownError(tier=name, tiers=tuple(found.tier for found in self.tiers))

    def to_frame(self) -> pd.DataFrame:
        """Give one row per tier and variant."""
        rows = [{"tier": one.tier, **asdict(each)} for one in self.tiers for each in one.variants]
        return pd.DataFrame(rows).set_index(["tier", "aspect", "value"])

    def to_dict(self) -> list[dict[str, Any]]:
        """Give every tier with its variants, for JSON."""
        return [asdict(one) for one in self.tiers]


def sensitivity(  # noqa: PLR0913 (the parameters of `coverage`)
    places_or_zones: GeoDataFrame,
    targets: Targets,
    ruleset: RuleSet,
    *,
    weight: str | None = None,
    network: WalkNetwork | None = None,
    on: date | str | None = None,
    max_snap_m: float = MAX_SNAP_M,
    unconnected: Unconnected = "excluded",
) -> SensitivityResult:
    """Measure each tier by its own definition and with one choice changed at a time.

    Parameters
    ----------
    places_or_zones, targets, ruleset, weight, on, max_snap_m, unconnected
        As for `coverage`. Entrances are tried where `targets` has a layer `green_entrance`.
    network
        On which one walks; with it straight tiers are also walked.

    Raises
    ------
    As for `coverage`.

    Notes
    -----
    The choices are changed one at a time, so two changes together may leave the band. All smallest
    areas of a manner of reaching come from one search for nearest targets, and all radii from its
    distances; areas are measured anew for each variant, within 0.1 %.

    Examples
    --------
    >>> homes = GeoDataFrame(geometry=GeoSeries.from_xy([0, 48, 56], [0, 0, 0]), crs=32650)
    >>> parks = GeoDataFrame(geometry=GeoSeries.from_xy([100], [0]), crs=32650)
    >>> rules = RuleSet("near", tiers=[Tier("park", "见园", ["green_space"], radius_m=50)])
    >>> park = sensitivity(homes, {"green_space": parks}, rules).tier("park")
    >>> [(one.value, one.covered) for one in park.of("radius_m")]
    [(-10.0, 0), (-5.0, 1), (5.0, 2), (10.0, 2)]
    >>> round(park.share, 3), park.low, round(park.high, 3)
    (0.333, 0.0, 0.667)
    """
    require_coverable(places_or_zones, targets, ruleset, weight=weight, network=network)
    day = read_date(on)
    places = existing(places_or_zones, day, "places")
    used = {ENTRANCES, *(layer for tier in ruleset.tiers for layer in tier.layers)}
    layers = {name: existing(targets[name], day, name) for name in targets if name in used}
    require_metres(places=places, **layers)
    require_geometries(places, layers, weight)
    weights = weigh(places, weight)
    walking = None
    if network is not None and weight != AREA:
        walking = Walking.of(places.geometry, network, max_snap_m, unconnected)
    tiers = [_of_tier(places, weights, tier, layers, walking) for tier in ruleset.tiers]
    return SensitivityResult(ruleset, weights.name, day, tuple(tiers))


def _of_tier(
    places: GeoDataFrame,
    weights: Weights,
    tier: Tier,
    layers: Mapping[str, GeoDataFrame],
    walking: Walking | None,
) -> TierSensitivity:
    gates = _gates(tier, layers)
    ladder = Ladder(
        places.geometry,
        candidates(tier, layers),
        gates,
        radii_m=(tier.radius_m - max(STEPS_M), tier.radius_m + max(STEPS_M)),
        walking=walking,
    )
    measure = _Zones(places, weights, ladder) if weights.name == AREA else _Counts(weights, ladder)
    variants = tuple(_variants(tier, measure, has_gates=gates is not None, walking=walking))
    known = [one for one in variants if one.share is not None]
    return TierSensitivity(
        tier=tier.name,
        tier_zh=tier.name_zh,
        weight=weights.name,
        share=variants[0].share,
        low=min((one.lower for one in known if one.lower is not None), default=None),
        high=max((one.upper for one in known if one.upper is not None), default=None),
        variants=variants,
    )


def _gates(tier: Tier, layers: Mapping[str, GeoDataFrame]) -> GeoDataFrame | None:
    """Find the entrances if any are known."""
    if ENTRANCES not in layers or layers[ENTRANCES].empty:
        return None
    return entrances_for(replace(tier, to="entrance"), layers)


def _variants(
    tier: Tier, measure: "_Counts | _Zones", *, has_gates: bool, walking: Walking | None
) -> Iterator[Variant]:
    """Measure the tier as it is, then with each choice changed."""
    # Largest first, as a ladder is climbed down.
    asked_m2 = AREAS_M2 if measure.ladder.has_areas else ()
    by_area = {
        least_m2: measure("min_area_m2", least_m2, replace(tier, min_area_m2=least_m2))
        for least_m2 in sorted({*asked_m2, tier.min_area_m2}, reverse=True)
    }
    rule = measure("rule", "", tier)
    yield rule
    if walking is not None:
        other: Distance = "straight" if tier.distance == "walk" else "walk"
        yield measure("distance", other, replace(tier, distance=other))
    manners: tuple[To, ...] = ("edge", "entrance", "centroid")
    for to in manners:
        if to != tier.to and (has_gates or to != "entrance"):
            yield measure("to", to, replace(tier, to=to))
    yield from (by_area[least_m2] for least_m2 in asked_m2 if least_m2 != tier.min_area_m2)
    radii: dict[float, Variant] = {}
    for step_m in sorted((*(-step for step in STEPS_M), *STEPS_M)):
        if tier.radius_m + step_m >= _LEAST_RADIUS_M:
            changed = replace(tier, radius_m=tier.radius_m + step_m)
            radii[step_m] = measure("radius_m", step_m, changed)
    yield from radii.values()
    if tier.distance == "straight" and rule.share is not None:
        yield from (_displaced(rule, radii, step_m) for step_m in STEPS_M)


def _displaced(rule: Variant, radii: Mapping[float, Variant], step_m: float) -> Variant:
    """Bound what displacements do by the radii that are as much shorter and longer."""
    shorter = radii.get(-step_m)
    lower = 0.0 if shorter is None else min(shorter.lower or 0.0, rule.lower or 0.0)
    upper = max(radii[step_m].upper or 0.0, rule.upper or 0.0)
    return replace(rule, aspect="position_m", value=step_m, lower=lower, upper=upper)


class _Counts:
    """Count places by one definition."""

    def __init__(self, weights: Weights, ladder: Ladder) -> None:
        self._weights = weights
        self.ladder = ladder

    def __call__(self, aspect: Aspect, value: str | float, tier: Tier) -> Variant:
        near = self.ladder.near(tier.distance, tier.to, tier.min_area_m2)
        weights = self._weights.without(near.left_out)
        within = (near.distance_m <= tier.radius_m) & weights.counted
        covered, base = total(weights.where(within)), total(weights.where(weights.counted))
        share = share_of(covered, base)
        return Variant(aspect, value, covered, base, share, share, share)


class _Zones:
    """Measure the covered area of zones by one definition, each only once."""

    def __init__(self, zones: GeoDataFrame, weights: Weights, ladder: Ladder) -> None:
        self._zones = zones.geometry
        self._weights = weights
        self.ladder = ladder
        self._base_m2 = total(weights.where(weights.counted))
        self._kept: dict[Tier, tuple[float, float, float]] = {}

    def __call__(self, aspect: Aspect, value: str | float, tier: Tier) -> Variant:
        if tier not in self._kept:
            self._kept[tier] = self._measure(tier, exact=tier == self.ladder.found.tier)
        covered, lower, upper = self._kept[tier]
        base = self._base_m2
        shares = (share_of(amount, base) for amount in (covered, lower, upper))
        return Variant(aspect, value, covered, base, *shares)

    def _measure(self, tier: Tier, *, exact: bool) -> tuple[float, float, float]:
        reached = self.ladder.reached(tier.to, tier.min_area_m2)
        options = {} if exact else {"max_error": _MAX_ERROR}
        share = share_covered(
            self._zones, GeoSeries(reached, crs=self._zones.crs), tier.radius_m, **options
        )
        amount = self._weights.where(self._weights.counted)
        covered, lower, upper = (
            float((share[name].fillna(0.0).to_numpy() * amount).sum())
            for name in ("covered_share", "lower", "upper")
        )
        return covered, lower, upper
