"""`greengrid diff`: what lies between two recorded states."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.differing import FORMATS, print_diff, write_diff
from api.cli.options import (
    JsonOption,
    OutputOption,
    StoreOption,
    console_of,
    read_moment,
    store_of,
)
from api.cli.reporting import require_writable
from api.differences import plain_diff


def diff(
    context: typer.Context,
    since: Annotated[str, typer.Argument(metavar="A")],
    until: Annotated[str | None, typer.Argument(metavar="B")] = None,
    store: StoreOption = None,
    kinds: Annotated[list[str] | None, typer.Option("--kind", metavar="KIND")] = None,
    output: OutputOption = None,
    json: JsonOption = False,
) -> None:
    """Compare two states; print or write what differs."""
    console = console_of(context)
    first, last = read_moment(since, "A"), read_moment(until, "B")
    require_writable(output, FORMATS)
    opened = store_of(store)
    with console.working("cli.diff.working"):
        found = opened.diff(first or 0, last, kinds=kinds or None)
    if output is not None:
        write_diff(opened, found, Path(output), console)
    if json:
        console.json(plain_diff(found))
    else:
        print_diff(found, console)
