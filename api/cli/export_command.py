"""`greengrid export`: layers into a file."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import Console
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
from api.errors import ParameterError
from layers.exporting import ExportOptions, ExportReport, export_kinds

_BOX = "W,S,E,N"


def export(
    context: typer.Context,
    kinds: Annotated[list[str], typer.Argument(metavar="KIND…")],
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    store: StoreOption = None,
    where: Annotated[str | None, typer.Option("--where", metavar="CQL2")] = None,
    bbox: Annotated[str | None, typer.Option("--bbox", metavar=_BOX)] = None,
    unit: Annotated[str | None, typer.Option("--in", metavar="UNIT-CODE")] = None,
    fields: Annotated[str | None, typer.Option("--fields", metavar="FIELD,…")] = None,
    datum: Annotated[str | None, typer.Option("--datum", metavar="DATUM")] = None,
    on: OnOption = None,
    as_of: AsOfOption = None,
    json: JsonOption = False,
) -> None:
    """Write the features of one kind or of several; the file's ending names the format."""
    console = console_of(context)
    options = ExportOptions(
        where=where,
        bbox=_read_box(bbox),
        unit=unit,
        fields=None if fields is None else tuple(each.strip() for each in fields.split(",")),
        datum=datum,
        on=read_day(on),
        as_of=read_moment(as_of),
        lang=console.texts.lang,
    )
    opened = store_of(store)
    with console.working("cli.export.working", file=file.name):
        reports = export_kinds(opened, kinds, file, options)
    if json:
        plain = [report.to_dict() for report in reports]
        console.json(plain[0] if len(plain) == 1 else plain)
        return
    for report in reports:
        _say(report, file, console)


def _say(report: ExportReport, file: Path, console: Console) -> None:
    console.say(
        "cli.export.done",
        kind=report.kind,
        rows=report.rows,
        file=str(file),
        crs=report.crs or "–",
    )
    for part, rows in report.files.items():
        console.say("cli.export.part", file=part, rows=rows)
    if report.shifted:
        console.say("cli.export.shifted", datum=report.shifted)
    if report.names:
        cut = [f"{name} → {short}" for name, short in report.names.items()]
        console.say("cli.export.cut_names", names=cut)
    for field, count in report.losses.items():
        console.say("cli.export.losses", field=field, count=count)


def _read_box(text: str | None) -> tuple[float, float, float, float] | None:
    """Read `--bbox`.

    Raises
    ------
    ParameterError
    """
    if text is None:
        return None
    try:
        west, south, east, north = (float(each) for each in text.split(","))
    except ValueError:
        raise ParameterError(parameter="--bbox", found=text, allowed=_BOX) from None
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise ParameterError(parameter="--bbox", found=text, allowed=_BOX)
    return (west, south, east, north)
