"""Imports and forms asked for over HTTP: by the same steps and refusals as at a desk."""

import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from api.cli.console import Console
from api.cli.import_command import read_pairs
from api.cli.import_report import plain_report
from api.cli.options import read_day, read_moment
from api.previews import WRITERS
from api.processes.declared import Output
from api.processes.inputs import Given, Upload
from api.returns import write_rejected
from api.texts import Texts
from layers import Cause, Store
from layers.forms import FillOptions, fill_form, read_form_mapping
from layers.importing import (
    RETURN_ENDINGS,
    ImportOptions,
    Mapping,
    Plan,
    Preview,
    apply_plan,
    foretell,
    plan_import,
    read_mapping,
)
from layers.importing.progress import Stage
from layers.jobs import JobFile, Steps
from layers.store import Scope

# Rejected rows go back in the format that they came in.
_MEDIA = {".csv": "text/csv", ".geojson": "application/geo+json"}

__all__ = ["Call", "as_written", "fill_in", "import_one"]

_REPORT = "report"
# At which part of an import, of 100, each of its stages begins, and how long it is.
_PARTS = {
    Stage.READING: (2, 8),
    Stage.CHECKING: (10, 30),
    Stage.COMPARING: (40, 20),
    Stage.WRITING: (60, 35),
}


@dataclass(frozen=True, kw_only=True)
class Call:
    """On whose behalf something is done, in which language, and what shall come of it."""

    store: Store
    scope: Scope
    author: str
    texts: Texts
    steps: Steps
    job: str
    outputs: tuple[Output, ...]

    def wants(self, name: str) -> Output | None:
        """Give an output by its name, if it is wanted."""
        return next((one for one in self.outputs if one.name == name), None)


def import_one(given: Given, call: Call) -> tuple[JobFile, ...]:
    """Import a file as one changeset, or say what that would do.

    What goes back is kept before anything is written: a job whose worker is lost right after that
    is not repeated, but ended with it (`as_written`).
    """

    def tell(stage: str, done: int, total: int) -> None:
        start, length = _PARTS[Stage(stage)]
        share = done / total if total else 0.0
        call.steps.tell(round(start + length * min(share, 1.0)), stage, done=done, total=total)

    with TemporaryDirectory(prefix="greengrid-") as folder:
        file = _laid_down(given["file"], Path(folder))
        options = _options(given, call, Path(folder))
        plan = plan_import(call.store, given["kind"], file, replace(options, tell=tell))
        files = list(_beside(plan, file, given, call, Path(folder)))
        report = foretell(plan, options)
        made = (_json(_REPORT, plain_report(report, Console(call.texts))), *files)
        if options.dry_run or report.refused or plan.is_empty:
            return made
        call.steps.commit(made)
        number = apply_plan(call.store, plan, replace(options, tell=tell))
    return as_written(made, number)


def as_written(made: Collection[JobFile], number: int | None) -> tuple[JobFile, ...]:
    """Say in a report that it was written, and as which changeset."""
    (report,) = (each for each in made if each.name == _REPORT)
    told = {**json.loads(report.content), "changeset": number, "written": True}
    return (_json(_REPORT, told), *(each for each in made if each is not report))


def fill_in(given: Given, call: Call) -> tuple[JobFile, ...]:
    """Fill a department's form, with a sheet that proves every cell."""
    call.steps.tell(5, "reading")
    with TemporaryDirectory(prefix="greengrid-") as folder:
        form = _laid_down(given["form"], Path(folder))
        mapping = read_form_mapping(_laid_down(given["mapping"], Path(folder)))
        options = FillOptions(
            on=read_day(given["on"]), as_of=read_moment(given["as_of"]), scope=call.scope
        )
        output = Path(folder) / "filled.xlsx"
        call.steps.tell(20, "measuring")
        report = fill_form(call.store, form, mapping, output, call.texts, options)
        made = [_json(_REPORT, report.to_dict())]
        book = call.wants("workbook")
        if book is not None:
            made.append(_file(book, output))
    return tuple(made)


def _options(given: Given, call: Call, folder: Path) -> ImportOptions:
    said = Mapping()
    if given["mapping"] is not None:
        said = read_mapping(_laid_down(given["mapping"], folder))
    key = given["key"]
    mapping = said.extended(
        columns=read_pairs("map", given["columns"]),
        fixed=read_pairs("set", given["fixed"]),
        key=[name.strip() for name in key.split(",")] if key else (),
        where=given["where"],
        layer=given["layer"],
    ).asking(
        repair=given["repair"],
        divisions_as_of=read_day(given["divisions_as_of"], "divisions-as-of"),
    )
    return ImportOptions(
        datum=given["datum"],
        mapping=mapping,
        author=call.author,
        message=given["message"],
        cause=Cause(given["cause"]),
        dry_run=given["dry_run"],
        strict=given["strict"],
        scope=call.scope,
        job=call.job,
    )


def _beside(plan: Plan, file: Path, given: Given, call: Call, folder: Path) -> Collection[JobFile]:
    """Make what goes back: the rejected rows, and for a trial a map of what would happen."""
    made = []
    rejected = call.wants("rejected")
    if rejected is not None:
        ending = file.suffix.lower() if file.suffix.lower() in RETURN_ENDINGS else rejected.ending
        path = folder / f"rejected{ending}"
        if write_rejected(plan, file, path, call.texts, with_warned=given["with_warned"]):
            made.append(_file(rejected, path))
    preview = call.wants("preview")
    if preview is not None and given["dry_run"]:
        path = folder / "preview.html"
        WRITERS[".html"](call.store, Preview(plan), path, call.texts)
        made.append(_file(preview, path))
    return made


def _laid_down(upload: Upload, folder: Path) -> Path:
    path = folder / upload.name
    if path.exists():  # two uploads of one name
        path = folder / f"_{upload.name}"
    path.write_bytes(upload.content)
    return path


def _file(output: Output, path: Path) -> JobFile:
    media_type = _MEDIA.get(path.suffix, output.media_type)
    return JobFile(name=output.name, media_type=media_type, content=path.read_bytes())


def _json(name: str, value: Any) -> JobFile:
    written = json.dumps(value, ensure_ascii=False, allow_nan=False, default=str).encode()
    return JobFile(name=name, media_type="application/json", content=written)
