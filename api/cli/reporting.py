"""Runs as tables, as JSON and as files."""

import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from api import bands, figures
from api.cli.console import Console
from api.cli.walking import print_walks
from api.definitions import named_tier, tier_definition
from api.drawings import FORMATS
from api.errors import FileIsStoreError, FileUnusableError, FolderMissingError, OutputFormatError
from api.texts import Texts
from gis import RuleSet
from layers import Run, is_store
from layers.kinds import Kinds

_SHOWN_GAPS = 20
_SHOWN_UNITS = 2
# What lies in no unit is shown from here on: cutting areas leaves crumbs of rounding.
_SHOWN_REST = 0.5
# What a run may hold beside its figures.
_BESIDE = ("sensitivity", "network", "walks")


def plain_run(run: Run, *, level: str | None = None) -> dict[str, Any]:
    """Give a run as JSON-able data; with `level` only the rows of its units."""
    rows = run.results["by_unit"]
    return {
        "run": run.id,
        "analysis": run.analysis,
        "rules": run.rules,
        "evaluated_on": run.evaluated_on.isoformat(),
        "parameters": run.parameters,
        "tiers": [{**tier, "weight": _weight_of(run)} for tier in run.results["tiers"]],
        "by_unit": [row for row in rows if level is None or row["level"] == level],
        **{name: run.results[name] for name in _BESIDE if name in run.results},
        "inputs": run.inputs,
        "code_version": run.code_version,
    }


def _weight_of(run: Run) -> str:
    return figures.counted(run.parameters)


def print_figures(run: Run, kinds: Kinds, console: Console) -> None:
    """Print the rule, one line a tier with its base, what was left out, and the run's id."""
    texts = console.texts
    ruleset = RuleSet.from_dict(run.rules)
    weight, moved = _weight_of(run), bands.bands_by_tier(run.results)
    console.line(ruleset.title_zh if texts.lang == "zh" else ruleset.title_en)
    rows = [
        (
            named_tier(found["tier"], found["tier_zh"], texts),
            figures.share(found["share"], texts),
            figures.ratio(found["covered"], found["base"], weight, texts),
            *((bands.band(moved.get(found["tier"]), texts),) if moved else ()),
        )
        for found in run.results["tiers"]
    ]
    names = [texts(f"cli.coverage.{name}") for name in ("tier", "share", "covered_of_base")]
    headings = [*names, *((texts("bands.heading"),) if moved else ())]
    console.table(headings, rows, right=(1, 2, 3)[: len(headings) - 1])
    for found, tier in zip(run.results["tiers"], ruleset.tiers, strict=True):
        name = named_tier(tier.name, tier.name_zh, texts)
        definition = tier_definition(tier, texts, kinds)
        console.say("cli.coverage.definition", tier=name, definition=definition)
        _print_rest(found, weight, console)
        if tier.name in moved:
            _print_band(name, moved[tier.name], console)
    print_walks(run, console)
    console.say("cli.coverage.run", run=run.id, on=run.evaluated_on)


def _print_rest(found: Mapping[str, Any], weight: str, console: Console) -> None:
    texts = console.texts
    name = named_tier(found["tier"], found["tier_zh"], texts)
    # What has no weight has no amount either: places are counted.
    rests = {
        "reasons": (found["reasons"], weight),
        "excluded": (found["excluded_places"], "places"),
    }
    for key, (amounts, unit) in rests.items():
        parts = figures.reasons(amounts, unit, texts)
        if parts:
            listed = texts.enumerate(f"{reason} {amount}" for reason, amount in parts)
            console.say(f"cli.coverage.{key}", tier=name, listed=listed)
    if found["estimated_share"]:
        share = figures.share(found["estimated_share"], texts)
        console.say("cli.coverage.estimated", tier=name, share=share)


def _print_band(name: str, found: Mapping[str, Any], console: Console) -> None:
    """Print what a figure would be with one choice changed."""
    texts = console.texts
    listed = texts("bands.between").join(
        texts("bands.item", title=title, values=values)
        for title, values in bands.choices(found, texts)
    )
    console.say("bands.line", tier=name, band=bands.band(found, texts), listed=listed)


def print_units(run: Run, level: str, console: Console) -> None:
    """Print the units of one level; the last row of a tier holds what lies in none."""
    texts, weight = console.texts, _weight_of(run)
    titles = _tier_titles(run, texts)
    rows = [
        (
            titles[row["tier"]],
            row["code"] or texts("cli.coverage.no_unit"),
            row["name"] or "",
            figures.share(row["share"], texts),
            figures.ratio(row["covered"], row["base"], weight, texts),
        )
        for row in run.results["by_unit"]
        if row["level"] == level and (row["unit"] or row["total"] >= _SHOWN_REST)
    ]
    names = ("tier", "code", "name", "share", "covered_of_base")
    console.table([texts(f"cli.coverage.{name}") for name in names], rows, right=(3, 4))


def print_gaps(run: Run, console: Console) -> None:
    """Print the first gaps of every tier."""
    texts, weight = console.texts, _weight_of(run)
    titles = _tier_titles(run, texts)
    found = [gap for gap in run.results["gaps"] if gap["rank"] <= _SHOWN_GAPS]
    rows = [
        (
            titles[gap["tier"]],
            str(gap["rank"]),
            figures.quantity(gap["weight"], weight, texts),
            people_of_gap(gap, weight, texts),
            texts.enumerate(gap["units"][:_SHOWN_UNITS]),
            gap["nearest_name"] or "",
            figures.metres(gap["nearest_m"]) or texts("pages.value.none"),
            figures.metres(gap["shortfall_m"]) or texts("pages.value.none"),
            figures.reason(gap["reason"], texts),
        )
        for gap in found
    ]
    names = (
        "tier", "rank", "weight", "people", "units", "target", "nearest", "shortfall", "reason",
    )  # fmt: skip
    console.table([texts(f"cli.gaps.{name}") for name in names], rows, right=(1, 2, 3, 6, 7))
    hidden = len(run.results["gaps"]) - len(found)
    if hidden:
        console.say("cli.gaps.hidden", count=hidden)


def people_of_gap(gap: Mapping[str, Any], weight: str, texts: Texts) -> str:
    """Say how many live in a gap, where that is known and was not what was counted."""
    for name in ("population", "households"):
        if name != weight and gap.get(name) is not None:
            return figures.quantity(gap[name], name, texts)
    return texts("pages.value.none")


def _tier_titles(run: Run, texts: Texts) -> dict[str, str]:
    return {
        found["tier"]: named_tier(found["tier"], found["tier_zh"], texts)
        for found in run.results["tiers"]
    }


def require_writable(path: Path | None, formats: Collection[str] | None = None) -> None:
    """Refuse a file that could not be written, before anything is computed for it.

    `formats` are the endings that there are, by default those of a run.

    Raises
    ------
    OutputFormatError, FolderMissingError, FileUnusableError, FileIsStoreError, OSError
    """
    if path is None:
        return
    allowed = tuple(FORMATS if formats is None else formats)
    if path.suffix.lower() not in allowed:
        raise OutputFormatError(found=path.suffix, allowed=allowed)
    require_folder(path)
    if path.is_dir():
        raise FileUnusableError(path=str(path), reason="EISDIR")
    if is_store(path):
        raise FileIsStoreError(path=str(path))
    with draft_folder(path):  # can anything be written there at all?
        pass


def require_folder(path: Path) -> None:
    """Refuse a file whose folder is not there.

    Raises
    ------
    FolderMissingError
    """
    if not path.absolute().parent.is_dir():
        raise FolderMissingError(path=str(path.parent))


def draft_folder(path: Path) -> tempfile.TemporaryDirectory[str]:
    """Make a folder on the disk of `path`, from which a finished file can be moved at once."""
    return tempfile.TemporaryDirectory(dir=path.absolute().parent, prefix=".greengrid-")
