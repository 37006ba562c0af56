"""`greengrid indicators`: green-space indicators of units, beside what is asked of them."""

from typing import Annotated

import typer

from api import indicators as words
from api.cli.console import Console
from api.cli.options import (
    AsOfOption,
    JsonOption,
    LevelOption,
    OnOption,
    OutputOption,
    StoreOption,
    console_of,
    read_day,
    read_moment,
    read_rules,
    store_of,
)
from api.cli.reporting import require_writable
from api.cli.writing import print_table, write_made
from api.drawings import FORMATS
from layers import Run
from layers.analysis import plain_results, run_indicators


def indicators(
    context: typer.Context,
    store: StoreOption = None,
    rules: Annotated[str | None, typer.Option("--rules", metavar="PRESET|FILE.toml")] = None,
    by: LevelOption = None,
    crowns: Annotated[str | None, typer.Option("--crowns", metavar="KIND")] = None,
    built_up: Annotated[str | None, typer.Option("--built-up", metavar="KIND")] = None,
    on: OnOption = None,
    as_of: AsOfOption = None,
    json: JsonOption = False,
    output: OutputOption = None,
) -> None:
    """Measure the indicators, keep the run, print or write it."""
    console = console_of(context)
    ruleset = None if rules is None else read_rules(rules)
    day, moment = read_day(on), read_moment(as_of)
    require_writable(output, FORMATS)
    opened = store_of(store)
    with console.working("cli.indicators.working"):
        made = run_indicators(
            opened,
            level=None if by is None else by.value,
            ruleset=ruleset,
            crowns=crowns,
            built_up=built_up,
            on=day,
            as_of=moment,
        )
    if output is not None:
        write_made(made, output, console)
    if json:
        console.json(plain_results(made.run))
        return
    print_indicators(made.run, console)


def print_indicators(run: Run, console: Console) -> None:
    """Print indicators: of units held against the first requirement, all below."""
    texts = console.texts
    console.line(words.lead(run, texts))
    print_table(words.verdict_table(run, texts, first_only=True), console)
    for remark in words.remarks(run, texts):
        console.line(remark)
    console.line("")
    print_table(words.requirement_table(run, texts), console)
    console.say("indicators.caution")
    console.say("cli.coverage.run", run=run.id, on=run.evaluated_on)
