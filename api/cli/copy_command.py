"""`greengrid copy`: a store with its whole history to another place."""

from contextlib import closing
from typing import Annotated

import typer

from api.cli.copying import print_copied, require_free_file
from api.cli.options import JsonOption, console_of, store_of
from layers import copy_store


def copy(
    context: typer.Context,
    source: Annotated[str, typer.Argument(metavar="FROM")],
    target: Annotated[str, typer.Argument(metavar="TO")],
    json: JsonOption = False,
) -> None:
    """Copy a store, from either backend to either."""
    console = console_of(context)
    require_free_file(target)
    with closing(store_of(source)) as opened, console.steps("cli.copying") as progress:
        place, copied = opened.place, copy_store(opened, target, progress=progress)
    print_copied("cli.copy.done", place, copied, console, json=json)
