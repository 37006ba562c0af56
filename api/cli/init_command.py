"""`greengrid init`: create an empty store."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.options import console_of
from api.cli.reporting import require_folder
from layers import create_store


def init(
    context: typer.Context,
    store: Annotated[str, typer.Argument(metavar="STORE")],
    metric_crs: Annotated[str, typer.Option("--metric-crs", metavar="EPSG:n")],
    storage_crs: Annotated[str, typer.Option("--storage-crs", metavar="EPSG:n")] = "EPSG:4490",
) -> None:
    """Create an empty store; see the catalogue for the help that users read."""
    console = console_of(context)
    if "://" not in store:
        require_folder(Path(store))
    created = create_store(store, metric_crs=metric_crs, storage_crs=storage_crs)
    console.say(
        "cli.init.done",
        store=created.place,
        storage=created.settings.storage_crs,
        metric=created.settings.metric_crs,
    )
    console.say("cli.init.next", store=created.place)
    created.close()
