"""Each analysis as its command does it, from the same words, within a scope."""

from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from api.cli.crosswalk_command import read_names
from api.cli.holes_command import read_roles, require_sliver
from api.cli.hotspots_command import require_bounds
from api.cli.options import read_day, read_moment
from api.cli.site_command import read_wish
from api.cli.walking import read_on_foot, read_walking
from api.processes.inputs import Given, Upload
from gis import RuleSet, presets
from layers import Run, Store
from layers.analysis import (
    Made,
    kept_run,
    read_figures,
    run_claim,
    run_coverage,
    run_crosswalk,
    run_gaps,
    run_holes,
    run_hotspots,
    run_indicators,
    run_scenario,
    run_site,
)
from layers.store import Scope

__all__ = ["ANALYSES", "kept", "rules_of"]


def rules_of(given: str | Mapping[str, Any]) -> RuleSet:
    """Read a preset by its key, or a rule set that is given whole.

    Raises
    ------
    RuleError, PresetUnknownError
    """
    return presets[given] if isinstance(given, str) else RuleSet.from_dict(given)


def _times(given: Given) -> dict[str, Any]:
    return {"on": read_day(given["on"]), "as_of": read_moment(given["as_of"])}


def kept(process: str, store: Store, given: Given, scope: Scope) -> Run | None:
    """Give the run that is kept of the same question, data and day; None where there is none."""
    if process not in {"coverage", "gaps"}:
        return None
    rules, asked = _covering(given)
    return kept_run(store, process, rules, scope=scope, **asked)


def _covering(given: Given) -> tuple[RuleSet, dict[str, Any]]:
    rules, on_foot = read_walking(
        rules_of(given["rules"]), distance=given["distance"], **_walking(given)
    )
    asked = {name: given[name] for name in ("weight", "places")}
    return rules, {**asked, **_times(given), "on_foot": on_foot}


def _walking(given: Given) -> dict[str, Any]:
    return {name: given[name] for name in ("network", "noding", "max_snap", "unconnected")}


def _covered(
    measure: Callable[..., Made],
) -> Callable[[Store, Given, Scope], Made]:
    def measured(store: Store, given: Given, scope: Scope) -> Made:
        rules, asked = _covering(given)
        return measure(store, rules, scope=scope, **asked)

    return measured


def _claim(store: Store, given: Given, scope: Scope) -> Made:
    del scope  # of all, or not at all
    on_foot = read_on_foot(**_walking(given))
    return run_claim(store, given["text"], **_times(given), on_foot=on_foot)


def _sites(store: Store, given: Given, scope: Scope) -> Made:
    names = ("k", "tier", "method", "plots", "required", "excluded", "join")
    wish = read_wish(**{name: given[name] for name in names})
    asked = {name: given[name] for name in ("weight", "places")}
    rules = rules_of(given["rules"])
    return run_site(store, rules, wish, **asked, **_times(given), scope=scope)


def _scenario(store: Store, given: Given, scope: Scope) -> Made:
    asked = {name: given[name] for name in ("weight", "plots")}
    green = read_names(given["green"])
    rules = rules_of(given["rules"])
    return run_scenario(store, rules, green, **asked, **_times(given), scope=scope)


def _indicators(store: Store, given: Given, scope: Scope) -> Made:
    del scope
    asked = {name: given[name] for name in ("crowns", "built_up")}
    rules = None if given["rules"] is None else rules_of(given["rules"])
    return run_indicators(store, ruleset=rules, level=given["by"], **asked, **_times(given))


def _holes(store: Store, given: Given, scope: Scope) -> Made:
    del scope
    require_sliver(given["sliver"])
    asked = {name: given[name] for name in ("plan", "weight", "split")}
    return run_holes(
        store,
        roles=read_roles(given["role"]),
        sliver_m=given["sliver"],
        **asked,
        **_times(given),
    )


def _crosswalk(store: Store, given: Given, scope: Scope) -> Made:
    del scope
    return run_crosswalk(
        store,
        given["source"],
        given["target"],
        figures=read_names(given["figure"]),
        table=_figures(given["table"]),
        means=read_names(given["mean"]),
        divisible=read_names(given["divisible"]),
        weight=given["weight"],
        source_on=read_day(given["source_on"], "from-on"),
        source_as_of=read_moment(given["source_as_of"], "from-as-of"),
        **_times(given),
    )


def _figures(table: Upload | None) -> Any:
    if table is None:
        return None
    with TemporaryDirectory(prefix="greengrid-") as folder:
        path = Path(folder) / table.name
        path.write_bytes(table.content)
        return read_figures(path)


def _hotspots(store: Store, given: Given, scope: Scope) -> Made:
    del scope
    require_bounds(cells=given["cells"], alpha=given["alpha"])
    return run_hotspots(
        store,
        kind=given["kind"],
        level=given["by"],
        cells_m=given["cells"],
        where=given["where"],
        population=given["per_head"],
        alpha=given["alpha"],
        **_times(given),
    )


ANALYSES: Mapping[str, Callable[[Store, Given, Scope], Made]] = {
    "coverage": _covered(run_coverage),
    "gaps": _covered(run_gaps),
    "claim": _claim,
    "sites": _sites,
    "scenario": _scenario,
    "indicators": _indicators,
    "holes": _holes,
    "crosswalk": _crosswalk,
    "hotspots": _hotspots,
}
"""By process, what measures it."""
