"""`greengrid backup` and `greengrid restore-backup`: a store as one file, and back."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from api.cli.copying import print_copied, require_free_file
from api.cli.options import JsonOption, StoreOption, console_of, store_name, store_of
from layers import restore_backup


def backup(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE")],
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Write a store into a new file, while others write to it."""
    console = console_of(context)
    require_free_file(file)
    with closing(store_of(store)) as opened, console.steps("cli.copying") as progress:
        place, copied = opened.place, opened.backup(file, progress=progress)
    print_copied("cli.backup.done", place, copied, console, json=json)


def restore(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE")],
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Make a store out of a backup, where there is none."""
    console = console_of(context)
    target = store_name(store)
    require_free_file(target)
    with console.steps("cli.copying") as progress:
        copied = restore_backup(file, target, progress=progress)
    print_copied("cli.restore-backup.done", str(Path(file)), copied, console, json=json)
