"""Green-space indicators of units: a value, its base, what is missing, and what is asked of it.

* **Service-radius coverage** 公园绿地服务半径覆盖率: residential land within the radius of a rule,
  over residential land.
* **Park area per head** 人均公园绿地: park green space, over people.
* **Green-space ratio** 绿地率: green space, over land.
* **Green coverage ratio** 绿化覆盖率: ground under vegetation, over land. Registers of green space
  do not know the crowns of street trees and yards: without a layer of them it is not given.

Areas that overlap count once, and in a unit what lies in it. Land is that of the unit, or of its
built-up part where that is known. The whole is the sum of the units.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame, GeoSeries

from gis.columns import flags, numbers
from gis.contracts import require_family, require_unique_index, require_valid
from gis.covering.coverage import coverage, existing
from gis.covering.qualify import candidates
from gis.covering.requirements import Judgement, Requirement, requirements
from gis.covering.weights import AREA
from gis.crs import require_metres
from gis.errors import NotSupportedError
from gis.ground.location import locate_in_units
from gis.presets import RECOMMENDED, presets
from gis.result import Rendered
from gis.rules import RuleSet, Tier
from gis.validity import read_date

__all__ = ["INDICATORS", "Indicator", "IndicatorsResult", "indicators"]

Indicator = Literal[
    "service_radius_coverage", "park_area_per_capita", "green_space_ratio", "green_coverage_ratio"
]
INDICATORS: tuple[Indicator, ...] = (
    "service_radius_coverage", "park_area_per_capita", "green_space_ratio", "green_coverage_ratio",
)  # fmt: skip

# What is park green space: the classes of a rule that counts no others.
_PARKS = presets["nantong_2018"].tier("park_500m")
_LAYER = "green_space"


@dataclass(frozen=True)
class IndicatorsResult(Rendered):
    """The indicators of units.

    Parameters
    ----------
    ruleset
        By which coverage was measured.
    rows
        One row per unit and indicator, the whole last with `unit` missing: `value` (a share, or
        square metres per head), `lower` and `upper`, `amount` and `base` (square metres, people),
        `base_is` (`residential_land`, `people_of_places`, `people_of_units`, `unit_land`,
        `built_up_land`), `missing`, why there is no value (`no_land`, `no_people`, `no_crowns`,
        `no_base`), and `unknown`, places whose people nobody knows.
    judgements
        One row per row of `rows` and requirement: `requirement`, `required`, `strict`,
        `verified`, and `judgement`: `met`, `not_met`, `undecided`, `unverified` (nothing is judged
        by a number that was not found in print), `other_base` (what is asked of the built-up
        area says nothing about all land) or `not_given`.
    outside_m2
        Residential land that lies in no unit and is left out.
    units
        The ground of the units.
    """

    ruleset: RuleSet
    evaluated_on: date | None
    rows: pd.DataFrame
    judgements: pd.DataFrame
    outside_m2: float
    units: GeoSeries = field(repr=False)

    def to_frame(self) -> pd.DataFrame:
        """Give one row per unit, one column per indicator."""
        return self.rows.pivot_table(
            index="unit", columns="indicator", values="value", sort=False, dropna=False
        )


def indicators(  # noqa: PLR0913 (each layer is a parameter)
    units: GeoDataFrame,
    *,
    green: GeoDataFrame,
    land: GeoDataFrame | None = None,
    places: GeoDataFrame | None = None,
    crowns: GeoDataFrame | None = None,
    built_up: GeoDataFrame | None = None,
    ruleset: RuleSet | None = None,
    on: date | str | None = None,
) -> IndicatorsResult:
    """Measure the indicators of units, and judge them by what was found in print.

    Parameters
    ----------
    units
        Areas that do not overlap, with unique labels; `population` is used where no place has one.
    green
        Green space, with `class_code`, `code_system`, `counts_as_green`, `counts_as_coverage`.
    land
        Residential land.
    places
        Buildings with `population`; each is in the unit of its representative point.
    crowns
        Ground under trees and shrubs outside of green space, or all of it.
    built_up
        The built-up area; by default the land of the units.
    ruleset
        By which coverage is measured, of one tier that reads `green_space`; by default the
        recommended preset.
    on
        The day for which it is asked.

    Raises
    ------
    CrsMissingError, CrsNotMetricError, CrsMismatchError, GeometryFamilyError,
    GeometryInvalidError, DuplicateIndexError, NotSupportedError (of several tiers), and as
    `coverage`.

    Examples
    --------
    A hectare with a park of 500 m² and 50 people:

    >>> from shapely import box
    >>> units = GeoDataFrame({"population": [50]}, geometry=[box(0, 0, 100, 100)], crs=32650)
    >>> park = GeoDataFrame(
    ...     {"class_code": ["G1"], "code_system": ["cjjt85_2017"]},
    ...     geometry=[box(0, 0, 50, 10)],
    ...     crs=32650,
    ... )
    >>> found = indicators(units, green=park)
    >>> found.rows.set_index("indicator")["value"].dropna().head(2).to_dict()
    {'park_area_per_capita': 10.0, 'green_space_ratio': 0.05}
    >>> found.rows.set_index("indicator")["missing"].dropna().head(2).to_dict()
    {'service_radius_coverage': 'no_land', 'green_coverage_ratio': 'no_crowns'}
    """
    day = read_date(on)
    layers = {
        "units": units, "green": green, "land": land, "places": places, "crowns": crowns,
        "built_up": built_up,
    }  # fmt: skip
    known = {
        name: existing(frame, day, name) for name, frame in layers.items() if frame is not None
    }
    _require(known)
    rules = ruleset or presets[RECOMMENDED]
    if len(rules.tiers) > 1:
        raise NotSupportedError(feature="indicators, several tiers")
    ground = _Ground(known, rules)
    tables = [_with_whole(ground.units.index, table) for table in ground.tables()]
    values = pd.concat([_valued(table) for table in tables], ignore_index=True)
    order = {unit: number for number, unit in enumerate([*ground.units.index, None])}
    values = values.sort_values(
        "unit", key=lambda column: column.map(order).fillna(len(order)), kind="stable"
    ).reset_index(drop=True)
    return IndicatorsResult(
        rules, day, values, _judged(values), ground.outside_m2, ground.units.geometry
    )


def _require(known: dict[str, GeoDataFrame]) -> None:
    require_metres(**known)
    require_unique_index(units=known["units"])
    for name, frame in known.items():
        if name != "places":
            require_valid(name, frame.geometry)
            require_family(name, frame.geometry, ["area"])


class _Ground:
    """The layers of a town, cut by its units."""

    def __init__(self, known: dict[str, GeoDataFrame], rules: RuleSet) -> None:
        self.units = known["units"]
        self._known = known
        self._rules = rules
        self.outside_m2 = 0.0
        self._base_is = "built_up_land" if "built_up" in known else "unit_land"
        clip = known.get("built_up")
        self._clip = None if clip is None else shapely.union_all(clip.geometry.to_numpy())
        self._land_m2 = self._within(shapely.union_all(self.units.geometry.to_numpy()))

    def tables(self) -> Iterator[pd.DataFrame]:
        """Give amount, base, bounds and what is missing, unit by unit, for each indicator."""
        yield self._coverage()
        yield self._per_head()
        yield self._ratio("green_space_ratio", self._green(), None)
        crowns = self._known.get("crowns")
        if crowns is None:
            yield self._ratio("green_coverage_ratio", None, "no_crowns")
        else:
            everything = _union([*crowns.geometry, *self._vegetation()])
            yield self._ratio("green_coverage_ratio", everything, None)

    def _within(self, shape: Any) -> pd.Series:
        """Measure the part of a shape in each unit, of its built-up part where that is known."""
        clipped = shape if self._clip is None else shapely.intersection(shape, self._clip)
        shapely.prepare(clipped)
        return GeoSeries(
            shapely.intersection(self.units.geometry.to_numpy(), clipped),
            index=self.units.index,
            crs=self.units.crs,
        ).area

    def _table(self, indicator: Indicator, amount: Any, base: Any, base_is: str) -> pd.DataFrame:
        columns = {"indicator": indicator, "amount": amount, "base": base, "base_is": base_is}
        table = pd.DataFrame(columns, index=self.units.index)
        return table.assign(lower=table["amount"], upper=table["amount"], missing=None, unknown=0)

    def _ratio(self, indicator: Indicator, shape: Any, missing: str | None) -> pd.DataFrame:
        amount = np.nan if shape is None else self._within(shape)
        return self._table(indicator, amount, self._land_m2, self._base_is).assign(missing=missing)

    def _green(self) -> Any:
        tier = Tier("green", "绿地", (_LAYER,), 1)
        return _union(candidates(tier, {_LAYER: self._known["green"]}).geometry)

    def _vegetation(self) -> Any:
        green = self._known["green"]
        return green.geometry[flags(green, "counts_as_coverage", "green", missing=True)]

    def _coverage(self) -> pd.DataFrame:
        """Measure residential land within the radius; pieces know their unit."""
        name: Indicator = "service_radius_coverage"
        land = self._known.get("land")
        if land is None or land.empty:
            empty = self._table(name, np.nan, 0.0, "residential_land")
            return empty.assign(missing="no_land")
        whole = _union(land.geometry)
        shapes = shapely.intersection(self.units.geometry.to_numpy(), whole)
        pieces = GeoDataFrame(geometry=_areas(shapes), index=self.units.index, crs=self.units.crs)
        self.outside_m2 = max(float(whole.area - pieces.area.sum()), 0.0)
        tier = self._rules.tiers[0].name
        targets = {_LAYER: self._known["green"]}
        found = coverage(pieces, targets, self._rules, weight=AREA).places
        table = self._table(name, 0.0, pieces.area, "residential_land")
        for column, bound in (("amount", "covered_share"), ("lower", "lower"), ("upper", "upper")):
            table[column] = (found[f"{tier}.{bound}"] * pieces.area).fillna(0.0)
        return table

    def _per_head(self) -> pd.DataFrame:
        parks = candidates(replace(_PARKS, min_area_m2=0), {_LAYER: self._known["green"]})
        area_m2 = self._within(_union(parks.geometry))
        people, base_is, unknown = self._people()
        table = self._table("park_area_per_capita", area_m2, people, base_is)
        table["unknown"] = unknown
        return table.assign(missing="no_people" if people is None else None)

    def _people(self) -> tuple[Any, str, Any]:
        """Count people unit by unit: of the places where any is known, else of the units."""
        places = self._known.get("places")
        if places is not None and "population" in places and places["population"].notna().any():
            unit = locate_in_units(places.geometry, self.units.geometry)["unit"]
            count = pd.Series(numbers(places, "population", "places"), index=places.index)
            people = count.groupby(unit.to_numpy(dtype=object)).sum()
            unknown = count.isna().groupby(unit.to_numpy(dtype=object)).sum()
            return (
                people.reindex(self.units.index, fill_value=0.0),
                "people_of_places",
                unknown.reindex(self.units.index, fill_value=0).astype(int),
            )
        if "population" in self.units and self.units["population"].notna().any():
            given = pd.Series(numbers(self.units, "population", "units"), index=self.units.index)
            return given, "people_of_units", 0
        return None, "people_of_places", 0


def _areas(shapes: Any) -> Any:
    """Keep of intersections what has an area; shared borders leave lines behind."""
    kept = []
    for shape in shapes:
        parts = [part for part in shapely.get_parts(shape) if shapely.get_dimensions(part) == 2]
        kept.append(shapely.union_all(parts) if parts else shapely.MultiPolygon())
    return kept


def _union(shapes: Any) -> Any:
    present = [shape for shape in shapes if shape is not None and not shape.is_empty]
    return shapely.union_all(present) if present else shapely.MultiPolygon()


def _with_whole(index: pd.Index, table: pd.DataFrame) -> pd.DataFrame:
    """Add the whole, which is the sum of the units; unknown where that of a unit is."""
    amounts = ["amount", "lower", "upper", "base"]
    whole = table.iloc[:1].copy()
    for name in amounts:
        whole[name] = table[name].sum(skipna=False) if len(table) else np.nan
    whole["unknown"] = table["unknown"].sum()
    rows = pd.concat([table, whole])
    return rows.assign(unit=pd.Series([*index, None], index=rows.index, dtype=object).to_numpy())


def _valued(table: pd.DataFrame) -> pd.DataFrame:
    """Divide, and say why there is nothing where there is not."""
    base = pd.to_numeric(table["base"]).where(lambda value: value > 0)
    missing = table["missing"].where(table["missing"].notna() | base.notna(), "no_base")
    values = {
        name: (pd.to_numeric(table[source]) / base).where(missing.isna())
        for name, source in (("value", "amount"), ("lower", "lower"), ("upper", "upper"))
    }
    columns = ["unit", "indicator", "amount", "base", "base_is", "unknown"]
    return table[columns].assign(missing=missing, **values)


def _judged(values: pd.DataFrame) -> pd.DataFrame:
    asked: dict[str, list[Requirement]] = {}
    for one in requirements().values():
        asked.setdefault(one.indicator, []).append(one)
    rows = [
        {
            "unit": row["unit"],
            "indicator": row["indicator"],
            "requirement": one.key,
            "required": one.least,
            "strict": one.strict,
            "verified": one.verified,
            "judgement": _judgement(row, one),
        }
        for row in values.to_dict("records")
        for one in asked.get(row["indicator"], ())
    ]
    return pd.DataFrame(rows)


def _judgement(row: dict[Any, Any], asked: Requirement) -> Judgement:
    lower, upper = (None if pd.isna(row[end]) else row[end] for end in ("lower", "upper"))
    found = asked.judge(lower, upper)
    # What is asked of a share of land is asked of the built-up area.
    if row["base_is"] == "unit_land" and found in {"met", "not_met"}:
        return "other_base"
    return found
