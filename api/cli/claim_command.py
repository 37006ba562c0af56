"""`greengrid claim`: under which definitions a sentence is true."""

from typing import Annotated

import typer

from api import claims
from api.cli.console import Console
from api.cli.options import (
    AsOfOption,
    JsonOption,
    Level,
    OnOption,
    OutputOption,
    StoreOption,
    console_of,
    read_day,
    read_moment,
    store_of,
)
from api.cli.reporting import require_writable
from api.cli.walking import (
    MaxSnapOption,
    NetworkOption,
    NodingOption,
    UnconnectedOption,
    read_on_foot,
)
from api.cli.writing import print_table, write_made
from api.drawings import FORMATS
from layers import Run
from layers.analysis import Claimed, plain_results, run_claim

_SHOWN = 10


def claim(
    context: typer.Context,
    text: Annotated[str, typer.Argument(metavar="TEXT")],
    store: StoreOption = None,
    by: Annotated[Level | None, typer.Option("--by", "--units", case_sensitive=False)] = None,
    network: NetworkOption = None,
    noding: NodingOption = None,
    max_snap: MaxSnapOption = None,
    unconnected: UnconnectedOption = None,
    on: OnOption = None,
    as_of: AsOfOption = None,
    json: JsonOption = False,
    output: OutputOption = None,
) -> None:
    """Check a sentence, keep the run, print or write it."""
    console = console_of(context)
    day, moment = read_day(on), read_moment(as_of)
    on_foot = read_on_foot(
        network=network, noding=noding, max_snap=max_snap, unconnected=unconnected
    )
    require_writable(output, FORMATS)
    opened = store_of(store)
    with console.working("cli.claim.working"):
        made = run_claim(opened, text, on=day, as_of=moment, on_foot=on_foot)
    if output is not None:
        write_made(made, output, console)
    if json:
        console.json(plain_results(made.run))
        return
    print_claim(made.run, console, made=made, level=by)


def print_claim(
    run: Run, console: Console, *, made: Claimed | None = None, level: str | None = None
) -> None:
    """Print a checked claim; the exceptions one by one only where it was just made."""
    texts = console.texts
    for line in claims.lead(run, texts):
        console.line(line)
    print_table(claims.summary_table(run, texts), console)
    title, headings, rows = claims.size_table(run, texts)
    if len(headings) > 2:
        console.line(title)
        console.table(headings, rows)
    _print_true(run, console)
    if run.results["exceptions"]["some"]:
        console.say("claim.exceptions", **run.results["exceptions"])
        if made is not None:
            print_table(claims.exception_table(made, texts, limit=_SHOWN), console)
    if level is not None:
        console.say("claim.by_unit")
        print_table(claims.unit_table(run, texts, level=level), console)
    console.say("claim.caution")
    console.say("cli.coverage.run", run=run.id, on=run.evaluated_on)


def _print_true(run: Run, console: Console) -> None:
    found = claims.true_definitions(run, console.texts)
    console.say("claim.true_under" if found else "claim.true_nowhere")
    for line in found[:_SHOWN]:
        console.line(f"  {line}")
    if len(found) > _SHOWN:
        console.say("claim.more", count=len(found) - _SHOWN)
