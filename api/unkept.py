"""What was measured without a store, told as a run that nobody keeps.

Words, tables and maps read runs. A result that a measure has just given from frames is written in
the same plain form, so that it says the same, with labels where a store has codes and names.
"""

import datetime as dt
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import pandas as pd
from geopandas import GeoDataFrame

from api.texts import Texts
from gis import PlotWorth, RuleSet, SensitivityResult, SiteChoice
from gis.covering.claims import ClaimResult
from gis.covering.indicators import IndicatorsResult
from layers.analysis import Claimed, Indicated
from layers.analysis.claim import claim_results, weight_of
from layers.analysis.indicators import indicator_results
from layers.analysis.siting import choice_results, worth_results
from layers.clock import today
from layers.runs import Run

__all__ = ["Bands", "Plots", "Sites", "told"]

_PLACES = "places"


@dataclass(frozen=True)
class Plots:
    """What plots are worth, with the run that tells it."""

    run: Run
    worth: PlotWorth


@dataclass(frozen=True)
class Sites:
    """A choice of sites, with the run that tells it."""

    run: Run
    choice: SiteChoice


@dataclass(frozen=True)
class Bands:
    """Bands of figures, with the run that tells them."""

    run: Run
    result: SensitivityResult


def told(result: Any, texts: Texts) -> Any:
    """Tell a result of `gis` as a run; what is one already, or needs none, stays as it is."""
    match result:
        case PlotWorth():
            return _plots(result)
        case SiteChoice():
            return _sites(result, texts)
        case SensitivityResult():
            run = _run("sensitivity", result.evaluated_on, {"weight": result.weight})
            run.results["sensitivity"] = result.to_dict()
            return Bands(run, result)
        case ClaimResult():
            return _claim(result)
        case IndicatorsResult():
            return _indicators(result, texts)
    return result


def _run(
    analysis: str,
    on: dt.date | None,
    parameters: dict[str, Any],
    rules: RuleSet | None = None,
) -> Run:
    """Begin a run without a name, of no layers."""
    return Run(
        id="",
        analysis=analysis,
        rules={} if rules is None else rules.to_dict(),
        inputs={},
        evaluated_on=on or today(),
        parameters={"places": _PLACES, "as_of": None, **parameters},
        code_version=version("greengrid"),
        seconds=0.0,
        results={},
    )


def _called(labels: pd.Index, names: Any = None) -> pd.DataFrame:
    """Take labels for codes."""
    codes = labels.astype(str)
    return pd.DataFrame({"code": codes, "name": names}, index=labels, dtype=object)


def _plots(worth: PlotWorth) -> Plots:
    run = _run("site", worth.evaluated_on, {"weight": worth.weight}, worth.ruleset)
    tiers = [{"tier": tier.name, "tier_zh": tier.name_zh} for tier in worth.ruleset.tiers]
    run.results.update(tiers=tiers, **worth_results(worth, _called(worth.plots.index)))
    return Plots(run, worth)


def _sites(choice: SiteChoice, texts: Texts) -> Sites:
    run = _run("site", None, {"weight": choice.weight})
    title = texts("sites.within", radius=f"{choice.radius_m:g}")
    plots = _called(choice.sites.index)
    plots["plots"] = [(label,) for label in choice.sites.index]
    run.results.update(
        tiers=[{"tier": title, "tier_zh": title}], choice=choice_results(choice, plots, title)
    )
    return Sites(run, choice)


def _claim(result: ClaimResult) -> Claimed:
    rows = result.literal.by_unit
    units = rows.dropna(subset="unit").drop_duplicates("unit").set_index("unit")["level"]
    called = _called(units.index).assign(level=units)
    asked = {"text": result.statement.text, "weight": weight_of(result.statement)}
    run = _run("claim", result.literal.evaluated_on, asked, result.ruleset)
    run.results.update(claim_results(result, called))
    names = _called(result.literal.places.index)
    return Claimed(run=run, result=result, names=names, units=called)


def _indicators(result: IndicatorsResult, texts: Texts) -> Indicated:
    ground, level = result.units, texts("indicators.column.unit")
    run = _run("indicators", result.evaluated_on, {"level": level}, result.ruleset)
    units = GeoDataFrame(_called(ground.index), geometry=ground, crs=ground.crs)
    run.results.update(indicator_results(result, units))
    return Indicated(run=run, result=result, units=units)
