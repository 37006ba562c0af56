"""Coverage and gaps for their commands: what was measured before is not measured again."""

from pathlib import Path
from typing import Any, Literal, TypedDict

from api.cli.console import Console
from api.cli.writing import write_made
from gis import RuleSet
from layers import Run, Store
from layers.analysis import kept_run, run_coverage, run_gaps

__all__ = ["Asked", "kept_or_measured"]

_RUNS = {"coverage": run_coverage, "gaps": run_gaps}


class Asked(TypedDict):
    """What is asked, as `run_coverage` takes it."""

    weight: str
    places: str | None
    on: Any
    as_of: Any
    on_foot: Any


def kept_or_measured(
    analysis: Literal["coverage", "gaps"],
    store: Store,
    ruleset: RuleSet,
    asked: Asked,
    output: Path | None,
    console: Console,
) -> Run:
    """Give the run that is kept of this question, of the same data and day; else measure it.

    A file holds more than a run keeps, so that for one everything is measured.
    """
    kept = kept_run(store, analysis, ruleset, **asked) if output is None else None
    if kept is not None:
        console.note("cli.coverage.kept", created=kept.created_at.astimezone())
        return kept
    with console.working("cli.coverage.working"):
        made = _RUNS[analysis](store, ruleset, **asked)
    if output is not None:
        write_made(made, output, console)
    return made.run
