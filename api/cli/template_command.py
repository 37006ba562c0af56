"""`greengrid template`: an empty workbook to fill in."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.options import console_of, opened_for_command, store_name
from api.errors import StoreNotChosenError
from layers import Store
from layers.exporting.template import make_template
from layers.kinds import KINDS


def template(
    context: typer.Context,
    kinds: Annotated[list[str], typer.Argument(metavar="KIND...")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE.xlsx")],
    store: Annotated[str | None, typer.Option("--store", metavar="STORE")] = None,
    datum: Annotated[
        str | None, typer.Option("--datum", metavar="WGS84|CGCS2000|GCJ-02|BD-09|EPSG:n")
    ] = None,
) -> None:
    """Write a workbook to fill in, one sheet a kind."""
    console = console_of(context)
    opened = _store(store)
    known = KINDS if opened is None else opened.kinds
    titles = make_template(
        kinds, output, store=opened, kinds=known, datum=datum, lang=console.texts.lang
    )
    console.say("cli.template.done", file=str(output), sheets=titles)
    # A URL may hold a password, which nothing that is printed shall.
    place = "STORE" if store is None or "://" in store else store
    console.say("cli.template.next", file=str(output), store=place)


def _store(named: str | None) -> Store | None:
    """Open the store whose codes are to be offered, if there is one."""
    try:
        return opened_for_command(store_name(named))
    except StoreNotChosenError:
        return None
