"""`greengrid scenario`: what the figures would be if some plots were green."""

from typing import Annotated

import typer

from api import scenarios, sites
from api.cli.console import Console
from api.cli.crosswalk_command import read_names
from api.cli.options import (
    AsOfOption,
    JsonOption,
    OnOption,
    OutputOption,
    RulesOption,
    StoreOption,
    Weight,
    WeightOption,
    console_of,
    read_day,
    read_moment,
    read_rules,
    store_of,
)
from api.cli.reporting import require_writable
from api.cli.writing import print_table, write_made
from layers import Run
from layers.analysis import PLOTS, plain_results, run_scenario

_FORMATS = (".xlsx", ".csv")


def scenario(
    context: typer.Context,
    rules: RulesOption,
    green: Annotated[str, typer.Option("--green", metavar="CODE[,CODE]")],
    store: StoreOption = None,
    plots: Annotated[str, typer.Option("--plots", metavar="KIND")] = PLOTS,
    weight: WeightOption = Weight.buildings,  # type: ignore[attr-defined]  # a member made from the list of weights
    on: OnOption = None,
    as_of: AsOfOption = None,
    json: JsonOption = False,
    output: OutputOption = None,
) -> None:
    """Make some plots green, keep the run, print or write it."""
    console = console_of(context)
    ruleset, day, moment = read_rules(rules), read_day(on), read_moment(as_of)
    require_writable(output, _FORMATS)
    opened = store_of(store)
    with console.working("cli.site.working"):
        made = run_scenario(
            opened,
            ruleset,
            read_names(green),
            weight=weight.value,
            plots=plots,
            on=day,
            as_of=moment,
        )
    if output is not None:
        write_made(made, output, console)
    if json:
        console.json(plain_results(made.run))
        return
    print_scenario(made.run, console)


def print_scenario(run: Run, console: Console) -> None:
    """Print the figures before and after, and the units that change."""
    texts = console.texts
    print_table(scenarios.figure_table(run, texts), console)
    changed = sites.unit_table(run, texts)
    if changed.rows:
        console.line("")
        print_table(changed, console)
    console.say("sites.assumed")
    console.say("cli.coverage.run", run=run.id, on=run.evaluated_on)
