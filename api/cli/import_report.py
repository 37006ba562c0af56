"""What became of the rows of a file, as tables for people and as JSON for machines."""

from typing import Any

from api.cli.console import Console
from api.problems import problem_message, problem_remedy
from layers.importing import ImportReport, Problem, Remark, Severity
from layers.kinds import KINDS, Kind

_SHOWN_PROBLEMS = 20
_SHOWN_CHANGES = 20
_GRAVITY = tuple(Severity)


def plain_report(report: ImportReport, console: Console) -> dict[str, Any]:
    """Give a report for machines, its problems in words too."""
    plain: dict[str, Any] = report.to_dict()
    plain["problems"] = [
        {
            **problem.to_dict(),
            "message": problem_message(problem, console.texts),
            "remedy": problem_remedy(problem, console.texts),
        }
        for problem in report.problems
    ]
    plain["remarks"] = [
        {**remark.to_dict(), "message": _remark(remark, console)} for remark in report.remarks
    ]
    return plain


def _remark(remark: Remark, console: Console) -> str:
    values = dict(remark.values)
    if "direction" in values:
        values["direction"] = console.texts(f"detect.direction.{values['direction']}")
    if "layers" in values:
        titles = {key: console.texts.title(kind) for key, kind in KINDS.items()}
        values["layers"] = [titles.get(key, key) for key in remark.values["layers"]]  # type: ignore[attr-defined]  # a list of kinds
    return console.texts(f"import.remark.{remark.code}", **values)


def _mark(problem: Problem, console: Console) -> str:
    """Say of a warning, and of a notice, that the row is taken."""
    mild = problem.severity is not Severity.ERROR
    return console.texts(f"cli.import.{problem.severity}") if mild else ""


def print_plan(report: ImportReport, kind: Kind, console: Console) -> None:
    """Print what was understood and what would become of the rows, before anything is written."""
    texts = console.texts
    source = report.file if report.layer is None else f"{report.file} ({report.layer})"
    console.say("cli.import.into", file=source, kind=texts.title(kind), name=kind.key)
    for remark in report.remarks:
        console.line(_remark(remark, console))
    _print_columns(report, kind, console)
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
    if report.noticed:
        console.say("cli.import.noticed", rows=report.noticed)
    for name, rows in report.notes.items():
        console.say(f"import.note.{name}", rows=rows)
    if report.missing_in_file:
        console.say("cli.import.missing", count=len(report.missing_in_file))


def print_outcome(report: ImportReport, console: Console, *, declined: bool = False) -> None:
    """Print whether it was written, and as which changeset."""
    counts = {"rejected": report.rejected, "warned": report.warned}
    key = "cli.import.declined" if declined else _outcome(report)
    console.say(key, changeset=report.changeset, **counts)


def _outcome(report: ImportReport) -> str:
    if report.refused:
        faulty = report.rejected + report.warned
        return "cli.import.refused" if faulty else "cli.import.refused_doubtful"
    if report.dry_run:
        return "cli.import.tried"
    return "cli.import.written" if report.written else "cli.import.nothing"


def _print_columns(report: ImportReport, kind: Kind, console: Console) -> None:
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
    if report.recalled is not None:
        console.say("cli.import.recalled", file=report.recalled)
    if report.not_stored:
        console.say("cli.import.not_stored", columns=report.not_stored)
    titles = {field.key: texts.title(field) for field in kind.fields}
    for one in report.proposed:
        fields = [f"{key} {titles[key]}" for key in one.fields]
        option = f"{one.fields[0]}={one.column}"
        console.say("cli.import.proposed", column=one.column, fields=fields, option=option)


def _print_problems(report: ImportReport, console: Console) -> None:
    # What costs a row comes first: notices may be many.
    gravest = sorted(report.problems, key=lambda problem: _GRAVITY.index(problem.severity))
    for problem in gravest[:_SHOWN_PROBLEMS]:
        place = ":".join(str(part) for part in (report.file, problem.row, problem.field) if part)
        said = f"{problem_message(problem, console.texts)}{_mark(problem, console)}"
        console.line(f"{place}: {problem.code} {said}")
    hidden = len(report.problems) - _SHOWN_PROBLEMS
    if hidden > 0:
        console.say("cli.import.hidden", count=hidden)
    for code, problem in {problem.code: problem for problem in gravest}.items():
        rows = sum(each.code == code for each in report.problems)
        console.say(
            "cli.import.remedy", code=code, rows=rows, remedy=problem_remedy(problem, console.texts)
        )


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
