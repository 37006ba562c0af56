"""`greengrid demo`: build the demo town and look at it."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.options import console_of
from api.cli.reporting import require_folder
from api.cli.serve_command import PortOption, listen, serve_store
from api.settings import load_settings
from layers import open_store
from layers.demo.writing import write_demo


def demo(
    context: typer.Context,
    store: Annotated[Path, typer.Option("--store", metavar="FILE")] = Path("demo.gpkg"),
    port: PortOption = None,
) -> None:
    """Build the demo town unless it is there, and serve it on loopback."""
    console = console_of(context)
    settings = load_settings(store=str(store), host="127.0.0.1", port=port, log_level="warning")
    require_folder(store)
    with listen(settings) as listener:
        if store.exists():
            open_store(store).close()  # or refuse it: what is no store is not ours to replace
            console.say("cli.demo.found", store=str(store))
        else:
            with console.working("cli.demo.building"):
                write_demo(store).close()
            console.say("cli.demo.built", store=str(store))
        serve_store(settings, listener, console)
