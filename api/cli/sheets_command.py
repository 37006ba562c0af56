"""`greengrid import-sheets`: every register of a workbook, as one changeset."""

from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.console import Console, Exit
from api.cli.import_report import plain_report, print_plan
from api.cli.options import JsonOption, StoreOption, console_of, login_name, store_of
from layers import Cause
from layers.importing import ImportOptions
from layers.importing.book import BookReport, carry_out_book, foretell_book, plan_book
from layers.kinds import Kinds


def import_sheets(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE.xlsx")],
    store: StoreOption = None,
    datum: Annotated[
        str | None, typer.Option("--datum", metavar="WGS84|CGCS2000|GCJ-02|BD-09|EPSG:n")
    ] = None,
    update: Annotated[bool, typer.Option("--update")] = False,
    author: Annotated[str | None, typer.Option("--author", metavar="NAME")] = None,
    message: Annotated[str, typer.Option("--message", metavar="TEXT")] = "",
    cause: Annotated[Cause, typer.Option("--cause", case_sensitive=False)] = Cause.CHANGE,
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
    strict: Annotated[bool, typer.Option("--strict")] = False,
    yes: Annotated[bool, typer.Option("--yes")] = False,
    json: JsonOption = False,
) -> int:
    """Import all sheets that are titled as kinds; print what became of their rows."""
    console = console_of(context)
    options = ImportOptions(
        datum=datum,
        author=author if author is not None else login_name(),
        message=message,
        cause=cause,
        dry_run=dry_run,
        strict=strict,
    )
    opened = store_of(store)
    with console.working("cli.import.working", file=file.name):
        plan = plan_book(opened, file, options, update=update)
    foretold = foretell_book(plan, file.name, options)
    if not json:
        _print(foretold, opened.kinds, console)
    asking = not (yes or json or dry_run or foretold.refused or plan.is_empty)
    if asking and not console.confirmed("cli.import.ask"):
        console.say("cli.import.declined")
        return _exit_code(foretold)
    report = carry_out_book(opened, plan, file.name, options)
    if json:
        console.json(_plain(report, console))
    else:
        counts = {"rejected": report.rejected, "warned": report.warned}
        console.say(_outcome(report), changeset=report.changeset, **counts)
    return _exit_code(report)


def _print(report: BookReport, kinds: Kinds, console: Console) -> None:
    for sheet in report.sheets:
        print_plan(sheet, kinds.named(sheet.kind), console)
        console.line("")
    if report.empty:
        console.say("cli.import-sheets.empty", sheets=report.empty)
    if report.unknown:
        console.say("cli.import-sheets.unknown", sheets=report.unknown)
    names = ("read", "added", "changed", "unchanged", "rejected")
    headings = ["cli.import-sheets.sheet", *(f"cli.import-sheets.{name}" for name in names)]
    console.table(
        [console.texts(heading) for heading in headings],
        [
            (sheet.layer or "", *(str(getattr(sheet, name)) for name in names))
            for sheet in report.sheets
        ],
        right=range(1, len(headings)),
    )


def _outcome(report: BookReport) -> str:
    if report.refused:
        return "cli.import.refused"
    if report.dry_run:
        return "cli.import.tried"
    return "cli.import.written" if report.written else "cli.import.nothing"


def _plain(report: BookReport, console: Console) -> dict[str, Any]:
    return {
        **report.to_dict(),
        "sheets": [plain_report(sheet, console) for sheet in report.sheets],
    }


def _exit_code(report: BookReport) -> Exit:
    if report.refused:
        return Exit.DATA
    found = report.rejected or report.warned or report.unknown
    return Exit.FINDINGS if found else Exit.OK
