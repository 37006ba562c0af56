"""Figures by unit: grid, community, street, district, all from the same places.

Every place is in one unit of a level or in none, so the rows of a level add up to the figure.
The last row of each level and tier has no unit: it holds the places that are in none.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
from geopandas import GeoDataFrame

from gis.covering.figures import Outcome
from gis.errors import IndexMismatchError

__all__ = ["by_unit", "read_levels"]

_KEYS = ("level", "unit", "tier")


def read_levels(by: pd.Series | pd.DataFrame | None, places: GeoDataFrame) -> pd.DataFrame:
    """Take the units as one column per level, in the order of the places.

    Raises
    ------
    IndexMismatchError
        When `by` does not label every place once.
    """
    if by is None:
        return pd.DataFrame(index=places.index)
    levels = by.to_frame(by.name or "unit") if isinstance(by, pd.Series) else by
    if not levels.index.is_unique or len(places.index.difference(levels.index)):
        raise IndexMismatchError(argument="by", other="places")
    return levels.loc[places.index]


def by_unit(levels: pd.DataFrame, outcomes: Mapping[str, Outcome]) -> pd.DataFrame:
    """Add up what each tier gave, unit by unit.

    Returns
    -------
    rows
        One per level, tier and unit. Units come in the order of their category, else of their
        names; a category without places has a row of zeros.
    """
    # The same columns for every tier, also where some walk and some do not.
    exclusions = dict.fromkeys(name for one in outcomes.values() for name in one.exclusions)
    parts = [
        _rows(levels[level], str(level), tier, _amounts(outcome, exclusions))
        for level in levels
        for tier, outcome in outcomes.items()
    ]
    if not parts:
        return pd.DataFrame(columns=[*_KEYS, "covered", "uncovered", "base", "share"])
    return pd.concat(parts, ignore_index=True)


def _amounts(outcome: Outcome, exclusions: Iterable[str]) -> pd.DataFrame:
    weights = outcome.weights
    base = weights.where(weights.counted)
    columns: dict[str, Any] = {"covered": outcome.covered, "uncovered": base - outcome.covered}
    columns["base"] = base
    if outcome.lower is not None:
        columns |= {"lower": outcome.lower, "upper": outcome.upper}
    for reason in exclusions:
        columns[f"excluded_{reason}"] = weights.where(weights.excluded == reason)
    columns["excluded"] = weights.where(~weights.counted)
    columns["total"] = weights.amount
    columns["places"] = 1
    columns["excluded_places"] = (~weights.counted).astype("int64")
    return pd.DataFrame(columns)


def _rows(unit: pd.Series, level: str, tier: str, amounts: pd.DataFrame) -> pd.DataFrame:
    nowhere = unit.isna().to_numpy()
    inside = amounts[~nowhere].groupby(unit[~nowhere].to_numpy(dtype=object), sort=False).sum()
    units = _units(unit)
    rows = pd.concat(
        [inside.reindex(units, fill_value=0), amounts[nowhere].sum().to_frame().T],
        ignore_index=True,
    ).astype(amounts.dtypes)
    share = (rows["covered"] / rows["base"]).where(rows["base"] > 0)
    rows.insert(list(rows).index("base") + 1, "share", share)
    rows.insert(0, "level", level)
    rows.insert(1, "unit", pd.Series([*units, None], dtype=object))
    rows.insert(2, "tier", tier)
    return rows


def _units(unit: pd.Series) -> list[object]:
    if isinstance(unit.dtype, pd.CategoricalDtype):
        return list(unit.cat.categories)
    return sorted(unit.dropna().unique(), key=str)
