"""`greengrid crosswalk`: figures of one sort of units brought over to another."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from api import crosswalks as words
from api.cli.console import Console
from api.cli.options import (
    AsOfOption,
    JsonOption,
    OnOption,
    OutputOption,
    StoreOption,
    console_of,
    read_day,
    read_moment,
    store_of,
)
from api.cli.reporting import require_writable
from api.cli.writing import print_table, write_made
from api.drawings import FORMATS
from api.errors import FileMissingError
from layers import Run
from layers.analysis import plain_results, read_figures, run_crosswalk
from layers.kinds import KINDS, Kinds

_WEIGHTS = ("households", "population", "dwellings", "buildings", "area")
DealtBy = StrEnum("DealtBy", {name: name for name in _WEIGHTS})  # type: ignore[misc]  # made from the one list


def crosswalk(
    context: typer.Context,
    source: Annotated[str, typer.Argument(metavar="FROM_KIND")],
    target: Annotated[str, typer.Argument(metavar="TO_KIND")],
    store: StoreOption = None,
    figure: Annotated[str, typer.Option("--figure", metavar="FIELD[,FIELD]")] = "",
    table: Annotated[Path | None, typer.Option("--table", metavar="FILE")] = None,
    mean: Annotated[str, typer.Option("--mean", metavar="NAME[,NAME]")] = "",
    divisible: Annotated[str, typer.Option("--divisible", metavar="NAME[,NAME]")] = "",
    weight: Annotated[DealtBy, typer.Option("--weight", case_sensitive=False)] = DealtBy.households,  # type: ignore[attr-defined]  # a member made from the list
    source_as_of: Annotated[str | None, typer.Option("--from-as-of", metavar="N|TIME")] = None,
    source_on: Annotated[str | None, typer.Option("--from-on", metavar="YYYY-MM-DD")] = None,
    on: OnOption = None,
    as_of: AsOfOption = None,
    json: JsonOption = False,
    output: OutputOption = None,
) -> None:
    """Bring the figures over, keep the run, print or write it."""
    console = console_of(context)
    times = {
        "on": read_day(on),
        "as_of": read_moment(as_of),
        "source_on": read_day(source_on, "--from-on"),
        "source_as_of": read_moment(source_as_of, "--from-as-of"),
    }
    if table is not None and not table.is_file():
        raise FileMissingError(path=str(table))
    require_writable(output, FORMATS)
    opened = store_of(store)
    with console.working("cli.crosswalk.working"):
        made = run_crosswalk(
            opened,
            source,
            target,
            figures=read_names(figure),
            table=None if table is None else read_figures(table),
            means=read_names(mean),
            divisible=read_names(divisible),
            weight=weight.value,
            **times,  # type: ignore[arg-type]  # each is what its name says
        )
    if output is not None:
        write_made(made, output, console)
    if json:
        console.json(plain_results(made.run))
        return
    print_crosswalk(made.run, console, opened.kinds)


def print_crosswalk(run: Run, console: Console, kinds: Kinds = KINDS) -> None:
    """Print the figures by new unit, and prove that nothing was lost."""
    texts = console.texts
    print_table(words.unit_table(run, texts, kinds), console)
    lost = words.undealt_table(run, texts, kinds)
    if lost.rows:
        console.line("")
        console.line(lost.title)
        print_table(lost, console)
    for line in words.remarks(run, texts, kinds):
        console.line(line)
    console.say("cli.coverage.run", run=run.id, on=run.evaluated_on)


def read_names(text: str) -> list[str]:
    """Read a list of names."""
    return [part.strip() for part in text.replace("，", ",").split(",") if part.strip()]
