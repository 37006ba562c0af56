"""`greengrid run`: show a kept run, or prove it by computing it again."""

import json as json_module
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import typer

from api.cli.claim_command import print_claim
from api.cli.console import Console, Exit
from api.cli.crosswalk_command import print_crosswalk
from api.cli.holes_command import print_holes
from api.cli.hotspots_command import print_hotspots
from api.cli.indicators_command import print_indicators
from api.cli.match_command import print_match
from api.cli.options import JsonOption, StoreOption, console_of, store_of
from api.cli.reporting import plain_run, print_figures
from api.cli.scenario_command import print_scenario
from layers import Run
from layers.analysis import plain_results, verify_run
from layers.kinds import Kinds

# By analysis, what prints a kept run; the others are figures of tiers.
_PRINTED: Mapping[str, Callable[[Run, Console], None]] = {
    "claim": print_claim,
    "crosswalk": print_crosswalk,
    "holes": print_holes,
    "indicators": print_indicators,
    "hotspots": print_hotspots,
    "match": print_match,
    "scenario": print_scenario,
}


def run(
    context: typer.Context,
    run_id: Annotated[str, typer.Argument(metavar="ID")],
    store: StoreOption = None,
    verify: Annotated[bool, typer.Option("--verify")] = False,
    json: JsonOption = False,
) -> int:
    """Show or verify a run."""
    console = console_of(context)
    opened = store_of(store)
    if not verify:
        _show(opened.run(run_id), opened.kinds, console, json=json)
        return Exit.OK
    with console.working("cli.run.working"):
        kept, again = verify_run(opened, run_id)
    differences = _differences(kept, again)
    if json:
        console.json({"run": kept.id, "verified": not differences, "differences": differences})
    elif differences:
        for name in differences:
            console.say("cli.run.differs", name=name)
        console.say("cli.run.failed", run=kept.id)
    else:
        console.say("cli.run.verified", run=kept.id)
    return Exit.FINDINGS if differences else Exit.OK


def _show(run: Run, kinds: Kinds, console: Console, *, json: bool) -> None:
    printed = _PRINTED.get(run.analysis)
    if json:
        console.json(plain_run(run) if printed is None else plain_results(run))
    elif printed is None:
        print_figures(run, kinds, console)
    else:
        printed(run, console)


def _differences(kept: Run, again: Run) -> list[str]:
    """Name the parts that are not equal to the last digit."""
    return [
        name
        for name in ("rules", "inputs", "results")
        if _canonical(getattr(kept, name)) != _canonical(getattr(again, name))
    ]


def _canonical(value: Any) -> str:
    return json_module.dumps(value, sort_keys=True)
