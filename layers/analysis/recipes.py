"""Coverage and gaps of a store, each kept as a run that can be proved later."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from typing import Any

import pandas as pd
from geopandas import GeoDataFrame

from gis import CoverageResult, RuleSet, SensitivityResult, coverage, rank_gaps, sensitivity
from gis.errors import NotSupportedError
from layers.analysis.inputs import (
    AREA,
    PLACES_OF_WEIGHT,
    WEIGHTS,
    Inputs,
    Question,
    read_inputs,
    revisions_read,
)
from layers.analysis.keeping import named_run, plain, scope_from, scope_to_dict
from layers.analysis.made import Made
from layers.analysis.sight import gaps_within_sight, seen_targets, within_sight
from layers.analysis.walking import WALKWAYS, OnFoot, require_lines, walks
from layers.clock import today
from layers.errors import AnalysisInputError, RunUnknownError
from layers.progress import tell
from layers.runs import Run
from layers.store import Scope, Store
from layers.territory import LEVELS

COVERAGE, GAPS = "coverage", "gaps"

# What is told of a gap beside what was counted, where the places have it.
_TOLD = ("population", "households", "dwellings")


@dataclass(frozen=True, kw_only=True)
class Analysis(Made):
    """Coverage or gaps that were just measured: the run, and what cannot be kept in it."""

    coverage: CoverageResult
    # The same figures by other definitions, for an analysis that looked for them.
    sensitivity: SensitivityResult | None = None
    # Ranked gaps, for an analysis that asked for them.
    gaps: GeoDataFrame | None = None
    # By uid of a unit, its level, code and name.
    units: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """Give the ranked gaps, or else one row per tier."""
        if self.gaps is None:
            return self.coverage.to_frame()
        return pd.DataFrame(self.gaps.drop(columns=self.gaps.geometry.name))


def run_coverage(  # noqa: PLR0913 - what may be asked is what it is
    store: Store,
    ruleset: RuleSet,
    *,
    weight: str = "buildings",
    places: str | None = None,
    on: dt.date | None = None,
    as_of: int | dt.datetime | None = None,
    scope: Scope = Scope.all(),
    on_foot: OnFoot | None = None,
) -> Analysis:
    """Measure coverage and keep the run.

    Parameters
    ----------
    weight
        What is counted, one of `WEIGHTS`.
    places
        The kind whose features are counted; by default that of `PLACES_OF_WEIGHT`.
    on
        The day it shall hold for; today by default.
    as_of
        The recorded state to read; the last by default.
    on_foot
        How one walks, for rules that ask for walking, and for what the others would be on foot;
        along the walkways by default.

    Raises
    ------
    AnalysisInputError, ChangesetUnknownError, ScopeError, UnknownKindError
    """
    question = question_of(store, weight, places, on=on, as_of=as_of, scope=scope)
    return _measured(store, COVERAGE, ruleset, _asked(store, COVERAGE, ruleset, question, on_foot))


def run_gaps(  # noqa: PLR0913 - as above
    store: Store,
    ruleset: RuleSet,
    *,
    weight: str = "buildings",
    places: str | None = None,
    on: dt.date | None = None,
    as_of: int | dt.datetime | None = None,
    scope: Scope = Scope.all(),
    on_foot: OnFoot | None = None,
) -> Analysis:
    """Measure coverage, rank the gaps and keep the run; parameters as of `run_coverage`."""
    question = question_of(store, weight, places, on=on, as_of=as_of, scope=scope)
    return _measured(store, GAPS, ruleset, _asked(store, GAPS, ruleset, question, on_foot))


def kept_run(  # noqa: PLR0913 - as above
    store: Store,
    analysis: str,
    ruleset: RuleSet,
    *,
    weight: str = "buildings",
    places: str | None = None,
    on: dt.date | None = None,
    as_of: int | dt.datetime | None = None,
    scope: Scope = Scope.all(),
    on_foot: OnFoot | None = None,
) -> Run | None:
    """Find the run of `coverage` or `gaps` that was kept of this question, of the same data.

    What such a run depends on is in its name, so nothing has to be measured to find it. Parameters
    as of `run_coverage`; None where nobody has asked before.

    Raises
    ------
    AnalysisInputError, ChangesetUnknownError, RuleValueError, UnknownKindError
    """
    question = question_of(store, weight, places, on=on, as_of=as_of, scope=scope)
    question = _asked(store, analysis, ruleset, question, on_foot)
    inputs = revisions_read(store, ruleset, question)
    try:
        return store.run(named_run(store, _begun(analysis, ruleset, question, inputs)).id)
    except RunUnknownError:
        return None


def measured_again(store: Store, kept: Run) -> Analysis:
    """Compute a kept run of coverage or gaps again, without keeping it."""
    question = Question(
        places=kept.parameters["places"],
        weight=kept.parameters["weight"],
        evaluated_on=kept.evaluated_on,
        as_of=kept.parameters["as_of"],
        scope=scope_from(kept.parameters["scope"]),
        on_foot=OnFoot.from_dict(kept.parameters.get("on_foot")),
    )
    return _compute(store, kept.analysis, RuleSet.from_dict(kept.rules), question)


def question_of(
    store: Store,
    weight: str,
    places: str | None,
    *,
    on: dt.date | None,
    as_of: int | dt.datetime | None,
    scope: Scope,
) -> Question:
    """Ask of a state and a day; both are the last ones where nothing else is said."""
    if weight not in WEIGHTS:
        raise AnalysisInputError(analysis="coverage", missing=weight, reason="unknown_weight")
    return Question(
        places=places or PLACES_OF_WEIGHT[weight],
        weight=weight,
        evaluated_on=on or today(),
        as_of=store.changeset_at(as_of),
        scope=scope,
    )


def _asked(
    store: Store, analysis: str, ruleset: RuleSet, question: Question, on_foot: OnFoot | None
) -> Question:
    """Say how one walks; gaps are not measured on foot beside, where the rules do not ask it."""
    if analysis == GAPS and not walks(ruleset):
        return question
    return _walked(store, ruleset, question, on_foot)


def _begun(analysis: str, ruleset: RuleSet, question: Question, inputs: dict[str, int]) -> Run:
    """Write down all that the results of a run will depend on."""
    return Run(
        analysis=analysis,
        rules=ruleset.to_dict(),
        inputs=inputs,
        evaluated_on=question.evaluated_on,
        parameters=parameters_of(question),
        code_version=version("greengrid"),
        seconds=0.0,
        results={},
    )


def _walked(store: Store, ruleset: RuleSet, question: Question, on_foot: OnFoot | None) -> Question:
    """Say how one walks: where the rules ask for it, or the same is to be measured on foot too."""
    if walks(ruleset):
        if question.weight == AREA:  # before anything is read for it
            raise NotSupportedError(feature="weight=area, distance=walk")
        on_foot = on_foot or OnFoot()
    if on_foot is None and store.counts().get(WALKWAYS):
        on_foot = OnFoot()
    if on_foot is None or question.weight == AREA:
        return question
    require_lines(store, on_foot)
    return replace(question, on_foot=on_foot)


def _measured(store: Store, analysis: str, ruleset: RuleSet, question: Question) -> Analysis:
    made = _compute(store, analysis, ruleset, question)
    return replace(made, run=store.save_run(made.run))


def _compute(store: Store, analysis: str, ruleset: RuleSet, question: Question) -> Analysis:
    begin = time.perf_counter()
    tell(5, "reading")
    inputs = read_inputs(store, ruleset, question)
    tell(30, "measuring")
    asked: dict[str, Any] = {
        "weight": WEIGHTS[question.weight],
        "on": question.evaluated_on,
        "network": inputs.network,
        **_legs(question.on_foot),
    }
    result = coverage(inputs.places, inputs.targets, ruleset, by=inputs.units, **asked)
    gaps, band = None, None
    tell(55, "comparing")
    if analysis == GAPS:
        ranked = rank_gaps(result, amounts=_amounts(inputs), by=_finest(inputs))
        gaps = gaps_within_sight(ranked, result, store, question)
        gaps = _called(gaps, inputs, unit_names(store, question))
    else:
        band = sensitivity(inputs.places, inputs.targets, ruleset, **asked)
    result = within_sight(result, store, question)
    units = unit_names(store, question)
    results = results_of(result, units, gaps)
    if inputs.network is not None:
        results["network"] = plain(inputs.network.report.to_dict())
        results["walks"] = {tier: plain(asdict(walk)) for tier, walk in result.walks.items()}
    if band is not None:
        results["sensitivity"] = plain(band.to_dict())
    run = replace(
        _begun(analysis, ruleset, question, inputs.revisions),
        seconds=round(time.perf_counter() - begin, 3),
        results=results,
    )
    return Analysis(
        run=named_run(store, run),
        store=store,
        coverage=result,
        sensitivity=band,
        gaps=gaps,
        units=units,
    )


def _amounts(inputs: Inputs) -> pd.DataFrame:
    """Take what is to be told of a gap beside what was counted."""
    return pd.DataFrame(inputs.places[[name for name in _TOLD if name in inputs.places]])


def _finest(inputs: Inputs) -> pd.Series:
    """Take the finest unit of each place."""
    units = inputs.units[list(LEVELS)].astype(object)
    return units.bfill(axis=1).iloc[:, 0]


def _called(gaps: GeoDataFrame, inputs: Inputs, units: pd.DataFrame) -> GeoDataFrame:
    """Name the units of each gap and the target that is nearest to it."""
    called = units["name"].fillna(units["code"])
    targets = {layer: rows["name"].fillna(rows["code"]) for layer, rows in inputs.targets.items()}
    nearest = [
        None if layer is None or label is None else targets[layer].get(label)
        for layer, label in zip(gaps["nearest_layer"], gaps["nearest"], strict=True)
    ]
    return gaps.assign(
        units=[tuple(called.reindex(several).dropna()) for several in gaps["units"]],
        nearest_name=pd.Series(nearest, gaps.index, dtype=object),
    )


def _legs(on_foot: OnFoot | None) -> dict[str, Any]:
    if on_foot is None:
        return {}
    return {"max_snap_m": on_foot.max_snap_m, "unconnected": on_foot.unconnected}


def parameters_of(question: Question) -> dict[str, Any]:
    """Give the question as plain data."""
    asked = {
        "places": question.places,
        "weight": question.weight,
        "as_of": question.as_of,
        "scope": scope_to_dict(question.scope),
    }
    # Where nobody walks, nothing is said of walking: such a run is what it was before.
    return asked if question.on_foot is None else asked | {"on_foot": question.on_foot.to_dict()}


def unit_names(store: Store, question: Question) -> pd.DataFrame:
    """Name the units of every level, indexed by uid; those that may not be seen by a dash."""
    frames = [
        pd.DataFrame(
            store.read(level, as_of=question.as_of, columns=["code", "name"])[["code", "name"]]
        ).assign(level=level)
        for level in LEVELS
    ]
    named = pd.concat(frames)
    if not question.scope.reads_everything:
        hidden = ~named.index.isin(list(seen_targets(store, question, LEVELS)))
        named.loc[hidden, ["code", "name"]] = ["–", None]
    return named


def results_of(
    result: CoverageResult, units: pd.DataFrame, gaps: GeoDataFrame | None
) -> dict[str, Any]:
    """Write figures, units and gaps as plain data."""
    figures = [plain(asdict(figure)) for figure in result.figures]
    found: dict[str, Any] = {"tiers": figures, "by_unit": unit_rows(result, units)}
    if gaps is not None:
        ranked = pd.DataFrame(gaps.drop(columns=gaps.geometry.name)).to_dict("records")
        found["gaps"] = [plain(row) for row in ranked]
    return found


def unit_rows(result: CoverageResult, units: pd.DataFrame) -> list[dict[str, Any]]:
    """Give the figures of every unit, with its code and name, as plain data."""
    rows = result.by_unit.to_dict("records")
    named = [plain({**row, **_named(row["unit"], units)}) for row in rows]
    return _in_order(named, result)


def _in_order(rows: list[dict[str, Any]], result: CoverageResult) -> list[dict[str, Any]]:
    """Order rows by level, tier and code; what lies in no unit stands last."""
    tiers = [tier.name for tier in result.ruleset.tiers]
    levels = [*LEVELS, *result.by_unit["level"].unique()]
    return sorted(
        rows,
        key=lambda row: (
            levels.index(row["level"]),
            tiers.index(row["tier"]),
            row["unit"] is None,
            row["code"] or "",
            row["unit"] or "",
        ),
    )


def _named(unit: Any, units: pd.DataFrame) -> dict[str, Any]:
    if pd.isna(unit):
        return {"unit": None, "code": None, "name": None}
    return {"unit": unit, **units.loc[unit, ["code", "name"]].to_dict()}
