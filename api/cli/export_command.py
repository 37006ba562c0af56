"""`greengrid export`: a layer into a file."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.options import (
    AsOfOption,
    JsonOption,
    OnOption,
    StoreOption,
    console_of,
    read_day,
    read_moment,
    store_of,
)
from layers.exporting import ExportOptions, export_kind


def export(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(metavar="KIND")],
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    store: StoreOption = None,
    where: Annotated[str | None, typer.Option("--where", metavar="CQL2")] = None,
    on: OnOption = None,
    as_of: AsOfOption = None,
    json: JsonOption = False,
) -> None:
    """Write the features of a kind; the file's ending names the format."""
    console = console_of(context)
    options = ExportOptions(
        where=where, on=read_day(on), as_of=read_moment(as_of), lang=console.texts.lang
    )
    opened = store_of(store)
    with console.working("cli.export.working", file=file.name):
        report = export_kind(opened, kind, file, options)
    if json:
        console.json(report.to_dict())
        return
    console.say("cli.export.done", rows=report.rows, file=str(file), crs=report.crs or "–")
    if report.names:
        cut = [f"{name} → {short}" for name, short in report.names.items()]
        console.say("cli.export.cut_names", names=cut)
    for field, count in report.losses.items():
        console.say("cli.export.losses", field=field, count=count)
