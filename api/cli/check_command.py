"""`greengrid check`: what was edited past the service, and what is wrong with what is there."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.console import Console, Exit
from api.cli.options import JsonOption, StoreOption, console_of, store_of
from api.cli.reporting import draft_folder, require_writable
from api.errors import ParameterError
from api.finding_files import WRITERS
from api.problems import finding_remedy, problem_text
from api.texts import Texts
from layers import Store
from layers.checking import (
    GRID_BAND,
    Band,
    CheckReport,
    Finding,
    check_store,
    findings_frame,
)
from layers.importing import Severity
from layers.store import DirectEdit

_SHOWN_EDITS = 20
_SHOWN_FINDINGS = 50
_GRAVITY = tuple(Severity)
_NO_BAND = "none"


def check(
    context: typer.Context,
    kinds: Annotated[list[str] | None, typer.Argument(metavar="[KIND]...")] = None,
    store: StoreOption = None,
    since: Annotated[int, typer.Option("--since", metavar="N", min=0)] = 0,
    everything: Annotated[bool, typer.Option("--all")] = False,
    households: Annotated[str | None, typer.Option("--households", metavar="MIN-MAX|none")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE")] = None,
    json: JsonOption = False,
) -> int:
    """Check directly edited features, or all."""
    console = console_of(context)
    require_writable(output, tuple(WRITERS))
    band = _band(households)
    opened = store_of(store)
    with console.working("cli.check.working"):
        report = check_store(
            opened, since=since, everything=everything, kinds=kinds or None, band=band
        )
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
    return problem_text(finding.code, finding.values, texts), finding_remedy(finding.code, texts)


def _band(text: str | None) -> Band | None:
    """Read `--households`: the usual ones, a city's own, or none.

    Raises
    ------
    ParameterError
    """
    if text is None:
        return GRID_BAND
    if text == _NO_BAND:
        return None
    least, sign, most = text.partition("-")
    if not (sign and least.isdecimal() and most.isdecimal() and int(least) <= int(most)):
        raise ParameterError(parameter="--households", found=text, allowed="300-500, none")
    return GRID_BAND.with_households(int(least), int(most))


def _account(report: CheckReport, texts: Texts) -> str:
    return texts(
        "cli.check.account",
        count=sum(report.checked.values()),
        findings=len(report.findings),
        errors=report.errors,
    )


def _write(
    store: Store,
    report: CheckReport,
    words: Sequence[tuple[str, str]],
    path: Path,
    console: Console,
) -> None:
    listed = findings_frame(store, report.findings, words)
    account = _account(report, console.texts)
    with draft_folder(path) as folder:
        draft = Path(folder) / path.name
        WRITERS[path.suffix.lower()](store, listed, account, draft, console.texts)
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
    said = list(zip(report.findings, words, strict=True))
    # What an import would have refused comes first: notices may be many.
    said.sort(key=lambda each: _GRAVITY.index(each[0].severity))
    for finding, (message, _) in said[:_SHOWN_FINDINGS]:
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
    console.line(_account(report, texts))


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
