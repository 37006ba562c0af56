"""`greengrid import`: a file into a layer, with an account of every row."""

from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.console import Console, Exit
from api.cli.options import JsonOption, StoreOption, console_of, login_name, store_of
from api.errors import ParameterError
from layers import Cause
from layers.importing import (
    ImportOptions,
    ImportReport,
    Mapping,
    Problem,
    Remark,
    Severity,
    import_file,
    read_mapping,
)
from layers.kinds import Kind

_SHOWN_PROBLEMS = 20
_SHOWN_CHANGES = 20


def import_(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(metavar="KIND")],
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    store: StoreOption = None,
    datum: Annotated[
        str | None, typer.Option("--datum", metavar="WGS84|CGCS2000|GCJ-02|BD-09|EPSG:n")
    ] = None,
    layer: Annotated[str | None, typer.Option("--layer", metavar="LAYER")] = None,
    columns: Annotated[list[str] | None, typer.Option("--map", metavar="FIELD=COLUMN")] = None,
    fixed: Annotated[list[str] | None, typer.Option("--set", metavar="FIELD=VALUE")] = None,
    where: Annotated[str | None, typer.Option("--where", metavar="CQL2")] = None,
    key: Annotated[str | None, typer.Option("--key", metavar="COL[,COL]")] = None,
    mapping: Annotated[Path | None, typer.Option("--mapping", metavar="FILE.toml")] = None,
    author: Annotated[str | None, typer.Option("--author", metavar="NAME")] = None,
    message: Annotated[str, typer.Option("--message", metavar="TEXT")] = "",
    cause: Annotated[Cause, typer.Option("--cause", case_sensitive=False)] = Cause.CHANGE,
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
    strict: Annotated[bool, typer.Option("--strict")] = False,
    json: JsonOption = False,
) -> int:
    """Import one layer of a file; print what became of its rows."""
    console = console_of(context)
    said = read_mapping(mapping) if mapping else Mapping()
    options = ImportOptions(
        datum=datum,
        mapping=said.extended(
            columns=_pairs("--map", columns),
            fixed=_pairs("--set", fixed),
            key=[name.strip() for name in key.split(",")] if key else (),
            where=where,
            layer=layer,
        ),
        author=author if author is not None else login_name(),
        message=message,
        cause=cause,
        dry_run=dry_run,
        strict=strict,
    )
    opened = store_of(store)
    with console.working("cli.import.working", file=file.name):
        report = import_file(opened, kind, file, options)
    if json:
        console.json(_plain(report, console))
    else:
        _print(report, opened.kind(kind), console)
    return _exit_code(report)


def _pairs(option: str, given: list[str] | None) -> dict[str, str]:
    """Read `FIELD=VALUE` options.

    Raises
    ------
    ParameterError
    """
    pairs: dict[str, str] = {}
    for text in given or ():
        field, sign, value = text.partition("=")
        if not sign or not field.strip():
            raise ParameterError(parameter=option, found=text, allowed="FIELD=…")
        pairs[field.strip()] = value.strip()
    return pairs


def _exit_code(report: ImportReport) -> Exit:
    if report.refused:
        return Exit.DATA
    return Exit.FINDINGS if report.rejected or report.warned else Exit.OK


def _plain(report: ImportReport, console: Console) -> dict[str, Any]:
    """Give a report for machines, its problems in words too."""
    plain: dict[str, Any] = report.to_dict()
    plain["problems"] = [
        {
            **problem.to_dict(),
            "message": _message(problem, console),
            "remedy": _remedy(problem, console),
        }
        for problem in report.problems
    ]
    plain["remarks"] = [
        {**remark.to_dict(), "message": _remark(remark, console)} for remark in report.remarks
    ]
    return plain


def _remark(remark: Remark, console: Console) -> str:
    return console.texts(f"import.remark.{remark.code}", **remark.values)


def _message(problem: Problem, console: Console) -> str:
    texts, values = console.texts, dict(problem.values)
    if "reason" in values:
        reason = str(values["reason"])
        values["reason"] = texts.either(f"import.reason.{reason}", reason)
    return texts(f"import.problem.{problem.code}", **values)


def _mark(problem: Problem, console: Console) -> str:
    """Say of a warning that its row is taken."""
    return console.texts("cli.import.warning") if problem.severity is Severity.WARNING else ""


def _remedy(problem: Problem, console: Console) -> str:
    return console.texts(f"import.remedy.{problem.code}")


def _print(report: ImportReport, kind: Kind, console: Console) -> None:
    texts = console.texts
    source = report.file if report.layer is None else f"{report.file} ({report.layer})"
    console.say("cli.import.into", file=source, kind=texts.title(kind), name=kind.key)
    for remark in report.remarks:
        console.line(_remark(remark, console))
    _print_columns(report, console)
    _print_problems(report, console)
    _print_changes(report, console)
    console.say(
        "cli.import.account",
        **{name: getattr(report, name) for name in ("read", "added", "changed", "unchanged")},
        rejected=report.rejected,
        filtered_out=report.filtered_out,
    )
    if report.warned:
        console.say("cli.import.warned", rows=report.warned)
    for name, rows in report.notes.items():
        console.say(f"import.note.{name}", rows=rows)
    if report.missing_in_file:
        console.say("cli.import.missing", count=len(report.missing_in_file))
    counts = {"rejected": report.rejected, "warned": report.warned}
    console.say(_outcome(report), changeset=report.changeset, **counts)


def _outcome(report: ImportReport) -> str:
    if report.refused:
        return "cli.import.refused"
    if report.dry_run:
        return "cli.import.tried"
    return "cli.import.written" if report.written else "cli.import.nothing"


def _print_columns(report: ImportReport, console: Console) -> None:
    texts = console.texts
    rows = [
        (
            f"{match.field.key} {texts.title(match.field)}",
            " | ".join(match.columns),
            texts(f"import.how.{match.how}"),
        )
        for match in report.columns
    ]
    console.table([texts(f"cli.import.{name}") for name in ("field", "column", "how")], rows)
    if report.not_stored:
        console.say("cli.import.not_stored", columns=report.not_stored)


def _print_problems(report: ImportReport, console: Console) -> None:
    for problem in report.problems[:_SHOWN_PROBLEMS]:
        place = ":".join(str(part) for part in (report.file, problem.row, problem.field) if part)
        said = f"{_message(problem, console)}{_mark(problem, console)}"
        console.line(f"{place}: {problem.code} {said}")
    hidden = len(report.problems) - _SHOWN_PROBLEMS
    if hidden > 0:
        console.say("cli.import.hidden", count=hidden)
    for code, problem in {problem.code: problem for problem in report.problems}.items():
        rows = sum(each.code == code for each in report.problems)
        console.say("cli.import.remedy", code=code, rows=rows, remedy=_remedy(problem, console))


def _print_changes(report: ImportReport, console: Console) -> None:
    for change in report.changes[:_SHOWN_CHANGES]:
        fields = (_changed(name, *values) for name, values in change.fields.items())
        console.line(f"~ {change.key}: {', '.join(fields)}")
    hidden = len(report.changes) - _SHOWN_CHANGES
    if hidden > 0:
        console.say("cli.import.hidden_changes", count=hidden)


def _changed(name: str, was: object, becomes: object) -> str:
    """Say how a field changes; a changed place is only named."""
    moved = was is None and becomes is None
    return name if moved else f"{name}: {_shown(was)} → {_shown(becomes)}"


def _shown(value: object) -> str:
    return "–" if value is None else str(value)
