"""`greengrid check`: what was edited past the service, and what is wrong with what is there."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.console import Console, Exit
from api.cli.options import JsonOption, StoreOption, console_of, store_of
from api.cli.reporting import draft_folder, require_writable
from api.texts import Texts
from layers import Store
from layers.checking import CheckReport, Finding, check_store, findings_frame, write_findings
from layers.store import DirectEdit

_SHOWN_EDITS = 20
_SHOWN_FINDINGS = 50
_FORMATS = (".gpkg", ".csv")


def check(
    context: typer.Context,
    kinds: Annotated[list[str] | None, typer.Argument(metavar="[KIND]...")] = None,
    store: StoreOption = None,
    since: Annotated[int, typer.Option("--since", metavar="N", min=0)] = 0,
    everything: Annotated[bool, typer.Option("--all")] = False,
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE")] = None,
    json: JsonOption = False,
) -> int:
    """Check directly edited features, or all."""
    console = console_of(context)
    require_writable(output, _FORMATS)
    opened = store_of(store)
    with console.working("cli.check.working"):
        report = check_store(opened, since=since, everything=everything, kinds=kinds or None)
    words = [_words(finding, console.texts) for finding in report.findings]
    if output is not None:
        _write(opened, report, words, output, console)
    if json:
        console.json(_plain(report, words))
    else:
        _print(report, words, console)
    return Exit.FINDINGS if report.findings else Exit.OK


def _words(finding: Finding, texts: Texts) -> tuple[str, str]:
    """Say what is wrong, and what to do."""
    values = dict(finding.values)
    if "reason" in values:
        reason = str(values["reason"])
        values["reason"] = texts.either(f"import.reason.{reason}", reason)
    remedy = f"check.remedy.{finding.code}"
    return (
        texts(f"import.problem.{finding.code}", **values),
        texts(remedy if texts.has(remedy) else f"import.remedy.{finding.code}"),
    )


def _write(
    store: Store,
    report: CheckReport,
    words: Sequence[tuple[str, str]],
    path: Path,
    console: Console,
) -> None:
    with draft_folder(path) as folder:
        draft = Path(folder) / path.name
        write_findings(findings_frame(store, report.findings, words), draft)
        draft.replace(path)
    console.note("cli.check.written", path=str(path))


def _plain(report: CheckReport, words: Sequence[tuple[str, str]]) -> dict[str, Any]:
    return {
        "since": report.since,
        "changeset": report.changeset,
        "checked": report.checked,
        "errors": report.errors,
        "edits": [
            {**vars(edit), "recorded_at": edit.recorded_at.isoformat(), "fields": list(edit.fields)}
            for edit in report.edits
        ],
        "findings": [
            {**finding.to_dict(), "message": message, "remedy": remedy}
            for finding, (message, remedy) in zip(report.findings, words, strict=True)
        ],
    }


def _print(report: CheckReport, words: Sequence[tuple[str, str]], console: Console) -> None:
    _print_edits(report, console)
    texts = console.texts
    for finding, (message, _) in list(zip(report.findings, words, strict=True))[:_SHOWN_FINDINGS]:
        parts = (finding.kind, finding.key or finding.uid, finding.field)
        place = ":".join(part for part in parts if part)
        console.line(f"{place}: {finding.code} {message}")
    hidden = len(report.findings) - _SHOWN_FINDINGS
    if hidden > 0:
        console.say("cli.check.hidden", count=hidden)
    remedies = {
        finding.code: remedy for finding, (_, remedy) in zip(report.findings, words, strict=True)
    }
    for code, count in report.counts().items():
        console.say("cli.check.remedy", code=code, count=count, remedy=remedies[code])
    console.line(
        texts(
            "cli.check.account",
            count=sum(report.checked.values()),
            findings=len(report.findings),
            errors=report.errors,
        )
    )


def _print_edits(report: CheckReport, console: Console) -> None:
    if not report.edits:
        console.say("cli.check.no_edits", since=report.since)
        return
    console.say("cli.check.edits", since=report.since, count=len(report.edits))
    headings = ("number", "recorded", "layer", "key", "what", "fields", "uid")
    console.table(
        [console.texts(f"cli.check.{heading}") for heading in headings],
        [_row(edit, console.texts) for edit in report.edits[:_SHOWN_EDITS]],
        right=(0,),
    )
    hidden = len(report.edits) - _SHOWN_EDITS
    if hidden > 0:
        console.say("cli.check.hidden_edits", count=hidden)


def _row(edit: DirectEdit, texts: Texts) -> tuple[str, ...]:
    return (
        str(edit.changeset),
        edit.recorded_at.astimezone().strftime("%Y-%m-%d %H:%M:%S"),
        edit.kind,
        edit.key,
        texts(f"check.operation.{edit.operation}"),
        texts.enumerate(edit.fields),
        edit.uid,
    )
