"""`greengrid form`: a department's own form looked at, mapped, and filled from the store."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import Console, Exit
from api.cli.options import (
    AsOfOption,
    JsonOption,
    OnOption,
    OutputOption,
    StoreOption,
    console_of,
    read_day,
    read_moment,
    store_of,
)
from layers.forms import (
    FillOptions,
    Form,
    FormMapping,
    FormReport,
    fill_form,
    look_at_form,
    mapping_text,
    propose_mapping,
    read_form_mapping,
    require_new,
)

_SHOWN = 20
FormArgument = Annotated[Path, typer.Argument(metavar="FORM.xlsx")]


def look(
    context: typer.Context,
    form: FormArgument,
    store: StoreOption = None,
    output: OutputOption = None,
    json: JsonOption = False,
) -> int:
    """Say what a form asks for, and propose a mapping."""
    console = console_of(context)
    if output is not None:
        require_new(output)
    opened = store_of(store)
    with console.working("cli.form.look.working", file=form.name):
        found = look_at_form(form)
        proposed = propose_mapping(opened, found)
    texts = console.texts
    remarks = {"": texts("form.mapping.head", form=form.name), "open": texts("form.mapping.open")}
    written = mapping_text(proposed, remarks=remarks)
    if output is not None:
        output.write_text(written, encoding="utf-8", newline="\n")
    if json:
        console.json({"form": found.file, "formulas": found.formulas, "mapping": written})
    else:
        _show(found, proposed, console)
        if output is not None:
            console.say("cli.form.look.written", file=str(output))
    return Exit.OK if found.tables or found.labels else Exit.FINDINGS


def fill(
    context: typer.Context,
    form: FormArgument,
    mapping: Annotated[Path, typer.Option("--mapping", metavar="MAPPING.toml")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="OUT.xlsx")],
    store: StoreOption = None,
    on: OnOption = None,
    as_of: AsOfOption = None,
    json: JsonOption = False,
) -> int:
    """Fill a form from the store."""
    console = console_of(context)
    options = FillOptions(on=read_day(on), as_of=read_moment(as_of))
    said = read_form_mapping(mapping)
    opened = store_of(store)
    with console.working("cli.form.fill.working", file=output.name):
        report = fill_form(opened, form, said, output, console.texts, options)
    if json:
        console.json(report.to_dict())
    else:
        _tell(report, output, console)
    return Exit.FINDINGS if report.gaps or report.differences else Exit.OK


def _show(found: Form, proposed: FormMapping, console: Console) -> None:
    texts = console.texts
    console.say(
        "cli.form.look.found",
        tables=len(found.tables),
        labels=len(found.labels),
        formulas=found.formulas,
    )
    for table, said in zip(found.tables, proposed.tables, strict=True):
        console.say(
            "cli.form.look.list" if said.kind else "cli.form.look.table",
            sheet=table.sheet,
            first=table.header[0],
            last=table.header[1],
            rows=len(table.rows),
            what=said.kind or said.level or "–",
        )
        headings = [texts(f"form.sheet.{name}") for name in ("cell", "heading", "expression")]
        rows = [
            [column.column, column.heading, _said(column.expression.plain())]
            for column in said.columns
        ]
        console.table(headings, rows)
    for cell in proposed.cells:
        line = f"{cell.sheet}!{cell.cell}  {cell.label}  {_said(cell.expression.plain())}"
        console.line(line)


def _said(expression: dict[str, object]) -> str:
    return "; ".join(f"{name} = {value}" for name, value in expression.items())


def _tell(report: FormReport, output: Path, console: Console) -> None:
    texts = console.texts
    console.say(
        "cli.form.fill.done",
        file=str(output),
        filled=len(report.proofs),
        open=len(report.gaps),
        kept=report.kept,
        changeset=report.changeset,
        on=report.on,
    )
    for reason, count in Counter(gap.reason for gap in report.gaps).most_common():
        cells = [f"{gap.sheet}!{gap.cell}" for gap in report.gaps if gap.reason == reason]
        found = next(gap.found for gap in report.gaps if gap.reason == reason)
        console.say(
            "cli.form.fill.gap",
            count=count,
            reason=texts(f"form.gap.{reason}", found=found),
            cells=[*cells[:_SHOWN], *(["…"] if len(cells) > _SHOWN else [])],
        )
    if report.checked:
        console.say("cli.form.fill.checked", count=report.checked)
    for each in report.differences:
        console.say(
            "cli.form.fill.differs",
            cell=f"{each.sheet}!{each.cell}",
            heading=each.heading,
            formula=each.formula,
            found=each.found,
            expected=each.expected,
        )
    if report.lost:
        console.say("cli.form.fill.lost", lost=[texts(f"form.lost.{each}") for each in report.lost])
