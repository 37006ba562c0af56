"""`greengrid match`: free plots and those who would adopt them."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from api import matches as words
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
from api.cli.walking import Distance, NetworkOption
from api.cli.writing import print_table, write_made
from api.drawings import FORMATS
from api.errors import FileMissingError, ParameterError
from layers import Run
from layers.analysis import WALKWAYS, OnFoot, plain_results, read_offers, run_match

_SHOWN = 20
_FARTHEST_M = 100_000.0


def match(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    store: StoreOption = None,
    limit: Annotated[float, typer.Option("--limit", metavar="METRES")] = 1000.0,
    by_area: Annotated[bool, typer.Option("--by-area")] = False,
    worth: Annotated[str | None, typer.Option("--worth", metavar="FIELD")] = None,
    datum: Annotated[str, typer.Option("--datum", metavar="DATUM")] = "WGS84",
    distance: Annotated[
        Distance, typer.Option("--distance", case_sensitive=False)
    ] = Distance.straight,
    network: NetworkOption = None,
    on: OnOption = None,
    as_of: AsOfOption = None,
    json: JsonOption = False,
    output: OutputOption = None,
) -> None:
    """Match plots and adopters, keep the run, print or write it."""
    console = console_of(context)
    day, moment = read_day(on), read_moment(as_of)
    if not 0 <= limit <= _FARTHEST_M:
        allowed = f"0–{_FARTHEST_M:g}"
        raise ParameterError(parameter="--limit", found=str(limit), allowed=allowed)
    if not file.is_file():
        raise FileMissingError(path=str(file))
    require_writable(output, FORMATS)
    opened = store_of(store)
    with console.working("cli.match.working"):
        made = run_match(
            opened,
            read_offers(opened, file, datum=datum, by_area=by_area),
            limit_m=limit,
            by_area=by_area,
            worth=worth,
            on_foot=_on_foot(distance, network),
            on=day,
            as_of=moment,
        )
    if output is not None:
        write_made(made, output, console)
    if json:
        console.json(plain_results(made.run))
        return
    print_match(made.run, console)


def print_match(run: Run, console: Console) -> None:
    """Print who takes what, and why the rest is left."""
    texts = console.texts
    print_table(words.pair_table(run, texts), console)
    for left in (words.plot_table(run, texts), words.adopter_table(run, texts, idle=True)):
        if left.rows:
            console.line("")
            console.line(left.title)
            print_table(replace(left, rows=left.rows[:_SHOWN]), console)
        if len(left.rows) > _SHOWN:
            console.say("match.hidden", count=len(left.rows) - _SHOWN)
    for line in words.remarks(run, texts):
        console.line(line)
    console.say("cli.coverage.run", run=run.id, on=run.evaluated_on)


def _on_foot(distance: Distance | None, network: str | None) -> OnFoot | None:
    if (distance is None or distance.value != "walk") and network is None:
        return None
    kinds = (kind.strip() for kind in (network or WALKWAYS).split(","))
    return OnFoot(kinds=tuple(dict.fromkeys(kinds)))
