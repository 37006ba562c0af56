"""Which plots to make green first: what each is worth, and the best few together, as a run."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
from geopandas import GeoDataFrame

from gis import (
    CoverageResult,
    Greening,
    PlotWorth,
    RuleSet,
    Scenario,
    SiteChoice,
    choose_sites,
    coverage,
    join_plots,
    plot_worth,
)
from gis.errors import LabelContradictionError
from gis.rules import Tier
from gis.siting.greening import Ground
from layers.analysis.geopackage import flat, write_layers
from layers.analysis.inputs import AREA, WEIGHTS, Inputs, Question, read_inputs
from layers.analysis.keeping import named_run, plain, scope_from
from layers.analysis.made import Made
from layers.analysis.plots import labels_of, read_plots
from layers.analysis.recipes import parameters_of, question_of, results_of, unit_names
from layers.analysis.scenario import PLOTS, figures_after
from layers.analysis.sight import figures_within_sight, within_sight
from layers.analysis.walking import walks
from layers.errors import AnalysisInputError
from layers.progress import tell
from layers.runs import Run
from layers.store import Scope, Store

__all__ = [
    "PLOTS",
    "Siting",
    "Wish",
    "choice_results",
    "run_site",
    "site_again",
    "worth_results",
    "write_site_layers",
]

ANALYSIS = "site"

_LONGEST_S = 120.0


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What is wished of the plots; every part of it is kept with the run.

    Parameters
    ----------
    k
        How many plots.
    tier
        By which tier of the rules; the first where none is named.
    method
        `greedy`, `swap` or `exact`.
    plots
        The kind of the plots.
    required, excluded
        Codes of plots that are taken in any case, or not at all.
    joined
        Whether plots that touch are offered as one site.
    """

    k: int = 10
    tier: str | None = None
    method: str = "greedy"
    plots: str = PLOTS
    required: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    joined: bool = False


@dataclass(frozen=True, kw_only=True)
class Siting(Made):
    """Plots that were just chosen: the run, and what cannot be kept in it.

    `plots` are the features or sites that were looked at, with code and name.
    """

    coverage: CoverageResult
    worth: PlotWorth
    choice: SiteChoice
    plots: GeoDataFrame
    units: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """Give the chosen plots with what each adds."""
        return self.choice.to_frame().join(self.plots[["code", "name"]])


def run_site(  # noqa: PLR0913 - what may be asked is what it is
    store: Store,
    ruleset: RuleSet,
    wish: Wish,
    *,
    weight: str = "buildings",
    places: str | None = None,
    on: dt.date | None = None,
    as_of: int | dt.datetime | None = None,
    scope: Scope = Scope.all(),
) -> Siting:
    """Say what each plot is worth, choose the best few, and keep the run.

    Other parameters as of `run_coverage`; places are counted whole, and in a straight line.

    Raises
    ------
    AnalysisInputError, PlotUnknownError, NotSupportedError, TierUnknownError, ChangesetUnknownError
    """
    question = question_of(store, weight, places, on=on, as_of=as_of, scope=scope)
    made = _compute(store, ruleset, question, wish)
    return replace(made, run=store.save_run(made.run))


def site_again(store: Store, kept: Run) -> Siting:
    """Compute a kept run again, without keeping it."""
    asked = kept.parameters
    question = Question(
        places=asked["places"],
        weight=asked["weight"],
        evaluated_on=kept.evaluated_on,
        as_of=asked["as_of"],
        scope=scope_from(asked["scope"]),
    )
    wish: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in asked["wish"].items()
    }
    return _compute(store, RuleSet.from_dict(kept.rules), question, Wish(**wish))


def _compute(store: Store, ruleset: RuleSet, question: Question, wish: Wish) -> Siting:
    begin = time.perf_counter()
    if question.weight == AREA or walks(ruleset):
        reason = "whole_places_only" if question.weight == AREA else "straight_only"
        raise AnalysisInputError(analysis=ANALYSIS, missing=question.weight, reason=reason)
    tier = ruleset.tiers[0] if wish.tier is None else ruleset.tier(wish.tier)
    tell(5, "reading")
    inputs = read_inputs(store, ruleset, question)
    plots = _read_plots(store, question, wish)
    column, on = WEIGHTS[question.weight], question.evaluated_on
    tell(25, "measuring")
    result = coverage(inputs.places, inputs.targets, ruleset, weight=column, by=inputs.units, on=on)
    # Plots are ranked by the tier for which they are chosen.
    ranked = replace(ruleset, tiers=(tier, *(one for one in ruleset.tiers if one != tier)))
    tell(40, "comparing")
    worth = plot_worth(plots, inputs.places, inputs.targets, ranked, weight=column, on=on)
    tell(60, "choosing")
    choice = _choose(inputs, tier, plots, wish, column)
    units = unit_names(store, question)
    shown = within_sight(result, store, question)
    after = _after(inputs, plots, choice, units, result)
    results = results_of(shown, units, None) | {
        **worth_results(worth, plots),
        "choice": choice_results(choice, plots, tier.name),
        "after": figures_within_sight(after, question),
    }
    revisions = inputs.revisions | store.revisions([wish.plots], as_of=question.as_of)
    run = Run(
        analysis=ANALYSIS,
        rules=ruleset.to_dict(),
        inputs=revisions,
        evaluated_on=on,
        parameters=parameters_of(question) | {"wish": plain(asdict(wish))},
        code_version=version("greengrid"),
        seconds=round(time.perf_counter() - begin, 3),
        results=results,
    )
    named = named_run(store, run)
    return Siting(
        run=named,
        store=store,
        coverage=shown,
        worth=worth,
        choice=choice,
        plots=plots,
        units=units,
    )


def _read_plots(store: Store, question: Question, wish: Wish) -> GeoDataFrame:
    named = read_plots(store, question, wish.plots, analysis=ANALYSIS)
    if not wish.joined:
        return named
    sites = join_plots(named.drop(columns="plots"))
    codes = [tuple(named.loc[list(labels), "code"]) for labels in sites["plots"]]
    return sites.assign(
        code=["+".join(map(str, one)) for one in codes],
        name=named["name"].reindex(sites.index),
        plots=codes,
    )


def _choose(
    inputs: Inputs, tier: Tier, plots: GeoDataFrame, wish: Wish, column: str | None
) -> SiteChoice:
    """Choose among the plots that the tier would take, beside the targets that it takes."""
    ground = Ground.of(tier, inputs.targets, plots, Greening())
    taken = ground.found.eligible & (ground.plot < 0)
    existing = GeoDataFrame(
        {"area_m2": ground.found.area_m2[taken]},
        geometry=ground.found.geometry[taken],
        crs=plots.crs,
    )
    would = plots.index[ground.plot[ground.found.eligible & (ground.plot >= 0)]]
    if not len(would):
        raise AnalysisInputError(analysis=ANALYSIS, missing=tier.name, reason="plots_never_count")
    required, excluded = labels_of(plots, wish.required), labels_of(plots, wish.excluded)
    for label in required:
        if label in excluded:  # named as the person who asked named it
            code = plots.loc[label, "code"]
            raise LabelContradictionError(one="required", other="excluded", label=code)
    return choose_sites(
        inputs.places,
        plots.loc[plots.index.isin(would)],
        wish.k,
        radius_m=tier.radius_m,
        weight=column,
        existing=existing,
        method=wish.method,  # type: ignore[arg-type]  # the choice itself refuses what it does not know
        required=required,
        excluded=excluded,
        min_area_m2=tier.min_area_m2,
        area_of=tier.area_of,
        time_limit_s=_LONGEST_S,
    )


def worth_results(worth: PlotWorth, plots: pd.DataFrame) -> dict[str, Any]:
    """Write what the plots are worth as plain data, the best first."""
    rows = worth.to_frame().rename_axis("uid").reset_index()
    rows.insert(1, "code", plots["code"].reindex(rows["uid"]).to_numpy())
    rows.insert(2, "name", plots["name"].reindex(rows["uid"]).to_numpy())
    counts = _counting(worth)
    told = [{**plain(row), "rules": counts[row["uid"]]} for row in rows.to_dict("records")]
    return {
        "plots": told,
        "idle": {tier.name: worth.idle(tier.name) for tier in worth.ruleset.tiers},
        "nothing_gained": worth.nothing_gained,
        "greening": worth.greening.to_dict(),
        "near_m": worth.near_m,
    }


def _counting(worth: PlotWorth) -> dict[Any, dict[str, Any]]:
    """Say of each plot and rule set whether it counts, or what is wrong by the mildest tier."""
    # What counts comes first, then what is too small by least.
    rows = worth.standing.assign(lacks=worth.standing["reason"].notna())
    rows = rows.sort_values(["lacks", "min_area_m2"], kind="stable")
    told: dict[Any, dict[str, Any]] = {}
    for row in rows.drop_duplicates(["plot", "rules"]).to_dict("records"):
        why = {name: row[name] for name in ("reason", "area_m2", "min_area_m2")}
        told.setdefault(row["plot"], {})[row["rules"]] = None if row["counts"] else plain(why)
    return told


def choice_results(choice: SiteChoice, plots: pd.DataFrame, tier: str) -> dict[str, Any]:
    """Write a choice of plots as plain data, each with its code, its name and its parts."""
    told = plain(choice.to_dict())
    for row in told["sites"]:
        uid = row.pop("site")
        codes = plain(plots.loc[uid, ["code", "name"]].to_dict())
        row |= {"uid": uid, **codes, "plots": list(plots.loc[uid, "plots"])}
    return {"tier": tier, **told}


def _after(
    inputs: Inputs,
    plots: GeoDataFrame,
    choice: SiteChoice,
    units: pd.DataFrame,
    bare: CoverageResult,
) -> dict[str, Any]:
    """Give the figures of all tiers, and of the units that change, with the plots green."""
    scenario = Scenario.from_coverage(bare, inputs.targets, plots, by=inputs.units)
    before = scenario.by_unit()
    for plot in choice.chosen:
        scenario.toggle(plot)
    return figures_after(scenario, before, units)


def write_site_layers(made: Siting, path: Path) -> None:
    """Write all plots with their worth, those chosen, and the places, as layers."""
    run_id = made.run.id
    named = made.plots[["code", "name"]]
    plots = made.worth.plots.join(named).rename_axis("uid").reset_index()
    chosen = made.choice.sites.join(named).rename_axis("uid").reset_index()
    places = made.coverage.places.join(made.choice.demand[["state", "site"]])
    write_layers(
        [
            ("plots", flat(plots, run_id)),
            ("chosen", flat(chosen, run_id)),
            ("places", flat(places.rename_axis("place").reset_index(), run_id)),
        ],
        path,
    )
