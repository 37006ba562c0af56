"""What the words of a sentence about coverage may mean: readings, as tiers of published rules."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from gis.covering.statement import Statement, Target
from gis.errors import ClaimDataError
from gis.presets import presets
from gis.rules import RuleSet, Tier

__all__ = ["possible", "readings_of"]

# What the words may mean, the plainest first: preset and tier.
_READINGS: Mapping[Target, tuple[tuple[str, str], ...]] = {
    "green": (
        ("baishan_slogan_300_500_1000", "green_300m"),
        ("who_2016", "green_0_5ha_300m"),
    ),
    "park": (
        ("baishan_slogan_300_500_1000", "park_500m"),
        ("gbt51346_500m", "park_or_square_500m"),
        ("nantong_2018", "park_500m"),
    ),
    "scenery": (("baishan_slogan_300_500_1000", "scenery_1000m"),),
}


def readings_of(statement: Statement) -> RuleSet:
    """Give the readings of a sentence as a rule set, one tier each, the plainest first."""
    tiers: list[Tier] = []
    for preset, name in _READINGS[statement.target]:
        tier = presets[preset].tier(name)
        tiers.append(
            replace(
                tier,
                name=f"{preset}_{name}" if tiers else name,
                radius_m=statement.radius_m,
                min_area_m2=0,
                distance=statement.distance or "straight",
                required_share=None,
            )
        )
    return RuleSet("claim", title_zh=statement.text, title_en=statement.text, tiers=tuple(tiers))


def possible(ruleset: RuleSet, layers: Collection[str]) -> RuleSet:
    """Leave out the layers that there are not, and the readings that then are without any.

    Raises
    ------
    ClaimDataError
    """
    tiers: list[Tier] = []
    for tier in ruleset.tiers:
        known = tuple(layer for layer in tier.layers if layer in layers)
        if known:
            tiers.append(replace(tier, layers=known))
    if not tiers:
        raise ClaimDataError(missing=ruleset.tiers[0].layers[0])
    return replace(ruleset, tiers=tuple(tiers))
