"""Small towns on a line, whose coverage can be reckoned in the head."""

from typing import Any

import pandas as pd
from geopandas import GeoDataFrame
from shapely import Point

from gis.covering.coverage import CoverageResult, coverage
from gis.rules import RuleSet, Tier

CRS = 4551

# A tier that can be failed in three ways.
STRICT: dict[str, Any] = {"min_area_m2": 100, "access": ["public"], "alive": True}


def places(*x: float, **columns: list[Any]) -> GeoDataFrame:
    index = [f"b{number}" for number in range(len(x))]
    return GeoDataFrame(
        pd.DataFrame(columns, index=index), geometry=[Point(at, 0) for at in x], crs=CRS
    )


def layer(*shapes: Any, **columns: list[Any]) -> GeoDataFrame:
    index = [f"t{number}" for number in range(len(shapes))]
    return GeoDataFrame(pd.DataFrame(columns, index=index), geometry=list(shapes), crs=CRS)


def rules(radius_m: float = 100, **options: Any) -> RuleSet:
    return RuleSet("r", tiers=(Tier("t", "层", ("green",), radius_m, **options),))


def measured(
    homes: GeoDataFrame, green: GeoDataFrame, rule: RuleSet, **options: Any
) -> CoverageResult:
    return coverage(homes, {"green": green}, rule, **options)


def covered(homes: GeoDataFrame, green: GeoDataFrame, rule: RuleSet, **options: Any) -> list[Any]:
    return measured(homes, green, rule, **options).places["t.covered"].tolist()


def reasons(homes: GeoDataFrame, green: GeoDataFrame, rule: RuleSet, **options: Any) -> list[Any]:
    reason = measured(homes, green, rule, **options).places["t.reason"]
    return [None if pd.isna(one) else one for one in reason]
