"""Questions about the town of `conftest`, and how their answers are read.

One green of 50 m by 50 m stands in the south-west corner of the town that
`tests.layers.store.town` divides; everything is asked for within 100 m of it.
"""

import datetime as dt
from typing import Any

import shapely

from gis import RuleSet, Tier
from layers.analysis import Analysis

ON = dt.date(2026, 6, 1)
GREEN = shapely.box(0, 0, 50, 50)


def rules(key: str, layer: str, radius_m: float, **more: Any) -> RuleSet:
    """Make a rule set of one tier, called green."""
    return RuleSet(key, tiers=(Tier("green", "见绿", (layer,), radius_m, **more),))


NEAR = rules("near", "green_space", 100)


def figure(analysis: Analysis, tier: str = "green") -> dict[str, Any]:
    """Give the figures of one tier as they are kept."""
    (found,) = (each for each in analysis.run.results["tiers"] if each["tier"] == tier)
    return found


def by_unit(analysis: Analysis, level: str) -> dict[str | None, tuple[float, float, float]]:
    """Give covered, base and total of each unit of a level by its code."""
    return {
        row["code"]: (row["covered"], row["base"], row["total"])
        for row in analysis.run.results["by_unit"]
        if row["level"] == level
    }
