"""Green-space indicators of the units of a store, kept as a run."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
from geopandas import GeoDataFrame

from gis import RuleSet
from gis.covering.indicators import IndicatorsResult, indicators
from gis.presets import RECOMMENDED, presets
from layers.analysis.geopackage import flat, write_layers
from layers.analysis.inputs import without_overlaps
from layers.analysis.keeping import Moment, moment_of, named_run, plain
from layers.analysis.made import Made
from layers.errors import AnalysisInputError
from layers.kinds.model import GeometryFamily
from layers.progress import tell
from layers.runs import Run
from layers.store import Store
from layers.territory import LEVELS

__all__ = [
    "Indicated",
    "indicator_results",
    "indicators_again",
    "run_indicators",
    "write_indicator_layers",
]

ANALYSIS = "indicators"
GREEN, LAND, BUILDING = "green_space", "residential_land", "building"


@dataclass(frozen=True, kw_only=True)
class Indicated(Made):
    """Indicators that were just measured: the run, and what cannot be kept in it.

    `units` holds code and name of the units, and the ground that was theirs.
    """

    result: IndicatorsResult
    units: GeoDataFrame

    def to_frame(self) -> pd.DataFrame:
        """Give one row per unit, by code, one column per indicator."""
        table = self.result.to_frame()
        return table.set_axis(self.units["code"].reindex(table.index))


@dataclass(frozen=True, kw_only=True)
class _Question:
    """Say what is asked for; every part of it is kept with the run."""

    moment: Moment
    ruleset: RuleSet
    level: str
    crowns: str | None
    built_up: str | None

    def parameters(self) -> dict[str, Any]:
        asked = {"level": self.level, "crowns": self.crowns, "built_up": self.built_up}
        return asked | self.moment.parameters()


def run_indicators(  # noqa: PLR0913 - what may be asked is what it is
    store: Store,
    *,
    level: str | None = None,
    ruleset: RuleSet | None = None,
    crowns: str | None = None,
    built_up: str | None = None,
    on: dt.date | None = None,
    as_of: int | dt.datetime | None = None,
) -> Indicated:
    """Measure the indicators of every unit of a level, and keep the run.

    Parameters
    ----------
    level
        Level of the units; by default the highest of which there are areas.
    ruleset
        By which coverage is measured, of one tier; by default the recommended preset.
    crowns
        Kind that holds the ground under trees and shrubs; None where nobody recorded it.
    built_up
        Kind that holds the built-up area; by default the ground of the units.
    on
        The day it shall hold for; today by default.
    as_of
        The recorded state to read; the last by default.

    Raises
    ------
    AnalysisInputError, ChangesetUnknownError, NotSupportedError, UnknownKindError
    """
    moment = Moment.asked(store, on=on, as_of=as_of)
    for kind in (crowns, built_up):
        if kind is not None and store.kind(kind).geometry != (GeometryFamily.AREA,):
            raise AnalysisInputError(analysis=ANALYSIS, missing=kind, reason="no_areas")
    question = _Question(
        moment=moment,
        ruleset=ruleset or presets[RECOMMENDED],
        level=level or _highest(store, moment),
        crowns=crowns,
        built_up=built_up,
    )
    made = _compute(store, question)
    return replace(made, run=store.save_run(made.run))


def indicators_again(store: Store, kept: Run) -> Indicated:
    """Compute kept indicators again, without keeping them."""
    asked = kept.parameters
    question = _Question(
        moment=moment_of(kept),
        ruleset=RuleSet.from_dict(kept.rules),
        **{name: asked[name] for name in ("level", "crowns", "built_up")},
    )
    return _compute(store, question)


def _compute(store: Store, question: _Question) -> Indicated:
    begin = time.perf_counter()

    def read(kind: str | None) -> GeoDataFrame | None:
        return None if kind is None else _read(store, kind, question.moment)

    tell(5, "reading")
    units = _units(store, question)
    green = _read(store, GREEN, question.moment)
    if green.empty:
        raise AnalysisInputError(analysis=ANALYSIS, missing=GREEN, reason="no_rows")
    tell(30, "measuring")
    result = indicators(
        units,
        green=green,
        land=read(LAND),
        places=read(BUILDING),
        crowns=read(question.crowns),
        built_up=read(question.built_up),
        ruleset=question.ruleset,
        on=question.moment.evaluated_on,
    )
    read_kinds = {GREEN, LAND, BUILDING, question.level, question.crowns, question.built_up}
    run = Run(
        analysis=ANALYSIS,
        rules=question.ruleset.to_dict(),
        inputs=store.revisions(sorted(filter(None, read_kinds)), as_of=question.moment.as_of),
        evaluated_on=question.moment.evaluated_on,
        parameters=question.parameters(),
        code_version=version("greengrid"),
        seconds=round(time.perf_counter() - begin, 3),
        results=indicator_results(result, units),
    )
    return Indicated(run=named_run(store, run), store=store, result=result, units=units)


def _read(store: Store, kind: str, moment: Moment) -> GeoDataFrame:
    frame = store.read(kind, as_of=moment.as_of, on=moment.evaluated_on, scope=moment.scope)
    return frame.to_crs(store.settings.metric_crs)


def _units(store: Store, question: _Question) -> GeoDataFrame:
    """Read the units by code; ground that several claim is left to the smallest."""
    units = _read(store, question.level, question.moment)
    units = units[units.geometry.notna() & ~units.geometry.is_empty]
    if units.empty:
        raise AnalysisInputError(analysis=ANALYSIS, missing=question.level, reason="no_rows")
    columns = ["code", "name", "population"]
    apart = without_overlaps(units.geometry).reindex(units.index)
    return GeoDataFrame(units[columns], geometry=apart, crs=units.crs).sort_values("code")


def _highest(store: Store, moment: Moment) -> str:
    for level in LEVELS[::-1]:
        if len(_read(store, level, moment)):
            return level
    raise AnalysisInputError(analysis=ANALYSIS, missing=LEVELS[-1], reason="no_rows")


def indicator_results(result: IndicatorsResult, units: pd.DataFrame) -> dict[str, Any]:
    """Write values and judgements, with code and name of the units, as plain data."""
    return {
        "values": _named(result.rows, units),
        "judgements": _named(result.judgements, units),
        "outside_m2": result.outside_m2,
    }


def _named(table: pd.DataFrame, units: pd.DataFrame) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = plain(
        [
            {
                **row,
                "unit": None if pd.isna(row["unit"]) else row["unit"],
                "code": units["code"].get(row["unit"]),
                "name": units["name"].get(row["unit"]),
            }
            for row in table.to_dict("records")
        ]
    )
    return rows


def write_indicator_layers(made: Indicated, path: Path) -> None:
    """Write the units with a column for each indicator, and what is missing of it."""
    values = made.result.rows.dropna(subset="unit")
    wide = pd.concat(
        [
            group.set_index("unit")[["value", "amount", "base", "missing"]].add_prefix(f"{key}_")
            for key, group in values.groupby("indicator", sort=False)
        ],
        axis=1,
    )
    units = made.units.join(wide).rename_axis("uid").reset_index()
    write_layers([("indicators", flat(GeoDataFrame(units, crs=made.units.crs), made.run.id))], path)
