"""What if these plots were green: figures before and after, kept as a run; or a scenario to try."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Collection
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

import pandas as pd
from geopandas import GeoDataFrame

from gis import CoverageResult, RuleSet, Scenario
from layers.analysis.inputs import AREA, WEIGHTS, Inputs, Question, read_inputs
from layers.analysis.keeping import named_run, plain, scope_from
from layers.analysis.made import Made
from layers.analysis.plots import labels_of, read_plots
from layers.analysis.recipes import parameters_of, question_of, results_of, unit_names
from layers.analysis.sight import figures_within_sight, within_sight
from layers.analysis.walking import walks
from layers.errors import AnalysisInputError
from layers.progress import tell
from layers.runs import Run
from layers.store import Scope, Store

__all__ = [
    "PLOTS",
    "Warm",
    "WhatIf",
    "figures_after",
    "run_scenario",
    "scenario_again",
    "warm_scenario",
]

ANALYSIS = "scenario"

PLOTS = "bare_land"
"""The kind whose features are looked at unless somebody says otherwise."""


@dataclass(frozen=True, kw_only=True)
class WhatIf(Made):
    """A scenario that was just measured: the run, and what cannot be kept in it."""

    coverage: CoverageResult
    plots: GeoDataFrame
    units: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """Give the figures of all tiers with the plots green."""
        return pd.DataFrame(self.run.results["after"]["tiers"])


@dataclass(frozen=True, kw_only=True)
class Warm:
    """A scenario with no plot green yet, and how plots and units are called."""

    scenario: Scenario
    plots: GeoDataFrame
    units: pd.DataFrame
    inputs: Inputs
    revisions: dict[str, int]


def warm_scenario(
    store: Store,
    ruleset: RuleSet,
    *,
    weight: str = "buildings",
    plots: str = PLOTS,
    on: dt.date | None = None,
    scope: Scope = Scope.all(),
) -> Warm:
    """Measure a city once, so that plots can be tried at once.

    Parameters
    ----------
    weight
        What is counted, one of `WEIGHTS`; whole places only.
    plots
        The kind of the plots.
    on
        The day it shall hold for; today by default.

    Raises
    ------
    AnalysisInputError, NotSupportedError, ScopeError, UnknownKindError
    """
    question = question_of(store, weight, None, on=on, as_of=None, scope=scope)
    return _warmed(store, ruleset, question, plots)


def run_scenario(  # noqa: PLR0913 - as above
    store: Store,
    ruleset: RuleSet,
    green: Collection[str],
    *,
    weight: str = "buildings",
    plots: str = PLOTS,
    on: dt.date | None = None,
    as_of: int | dt.datetime | None = None,
    scope: Scope = Scope.all(),
) -> WhatIf:
    """Say what the figures would be with some plots green, named by their codes; keep the run.

    Raises
    ------
    AnalysisInputError, PlotUnknownError, NotSupportedError, ChangesetUnknownError
    """
    question = question_of(store, weight, None, on=on, as_of=as_of, scope=scope)
    made = _compute(store, ruleset, question, plots, tuple(sorted(set(green))))
    return replace(made, run=store.save_run(made.run))


def scenario_again(store: Store, kept: Run) -> WhatIf:
    """Compute a kept scenario again, without keeping it."""
    asked = kept.parameters
    question = Question(
        places=asked["places"],
        weight=asked["weight"],
        evaluated_on=kept.evaluated_on,
        as_of=asked["as_of"],
        scope=scope_from(asked["scope"]),
    )
    green = tuple(asked["green"])
    return _compute(store, RuleSet.from_dict(kept.rules), question, asked["plots"], green)


def figures_after(scenario: Scenario, before: pd.DataFrame, units: pd.DataFrame) -> dict[str, Any]:
    """Write the figures of all tiers, and of the units that differ from `before`, as plain data."""
    now = scenario.by_unit()
    changed = now[now["covered"] != before["covered"]]
    changed = changed.assign(
        before=before["covered"].loc[changed.index]
    )  # none, where none changed
    names = units[["code", "name"]].reindex(changed["unit"])
    rows = changed.assign(code=names["code"].to_numpy(), name=names["name"].to_numpy())
    tiers = scenario.to_frame().reset_index().to_dict("records")
    return {"tiers": plain(tiers), "by_unit": plain(rows.to_dict("records"))}


def _warmed(store: Store, ruleset: RuleSet, question: Question, kind: str) -> Warm:
    if question.weight == AREA or walks(ruleset):
        reason = "whole_places_only" if question.weight == AREA else "straight_only"
        raise AnalysisInputError(analysis=ANALYSIS, missing=question.weight, reason=reason)
    tell(10, "reading")
    inputs = read_inputs(store, ruleset, question)
    plots = read_plots(store, question, kind, analysis=ANALYSIS)
    tell(40, "measuring")
    scenario = Scenario(
        inputs.places,
        inputs.targets,
        plots,
        ruleset,
        weight=WEIGHTS[question.weight],
        by=inputs.units,
        on=question.evaluated_on,
    )
    return Warm(
        scenario=scenario,
        plots=plots,
        units=unit_names(store, question),
        inputs=inputs,
        revisions=inputs.revisions | store.revisions([kind], as_of=question.as_of),
    )


def _compute(
    store: Store, ruleset: RuleSet, question: Question, kind: str, green: tuple[str, ...]
) -> WhatIf:
    begin = time.perf_counter()
    warm = _warmed(store, ruleset, question, kind)
    before = warm.scenario.by_unit()
    for label in labels_of(warm.plots, green):
        warm.scenario.toggle(label)
    bare = within_sight(warm.scenario.bare, store, question)
    results = results_of(bare, warm.units, None)
    after = figures_after(warm.scenario, before, warm.units)
    results["after"] = figures_within_sight(after, question)
    run = Run(
        analysis=ANALYSIS,
        rules=ruleset.to_dict(),
        inputs=warm.revisions,
        evaluated_on=question.evaluated_on,
        parameters=parameters_of(question) | {"plots": kind, "green": list(green)},
        code_version=version("greengrid"),
        seconds=round(time.perf_counter() - begin, 3),
        results=results,
    )
    return WhatIf(
        run=named_run(store, run),
        store=store,
        coverage=bare,
        plots=warm.plots,
        units=warm.units,
    )
