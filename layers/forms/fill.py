"""A form filled from the store: what its mapping proves is written, everything else is marked.

Formulas are never written over, nor is anything but a placeholder unless the mapping says so; the
results of formulas in totals are held against the store's own. The filled form appears whole, or
not at all.
"""

from __future__ import annotations

import datetime as dt
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.styles.numbers import is_date_format
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from layers.clock import today
from layers.exporting.export import refuse_store
from layers.exporting.formulas import FORMULA_STARTS
from layers.forms.book import losses, open_book
from layers.forms.errors import FormOutputError
from layers.forms.lists import fill_list
from layers.forms.look import FoundRow, FoundTable, is_formula, is_placeholder
from layers.forms.mapping import ColumnMapping, Expression, FormMapping, TableMapping
from layers.forms.measure import Measured, Meter
from layers.forms.moved import require_unmoved
from layers.forms.naming import Named, Names
from layers.forms.report import Difference, FormReport, Gap, Proof
from layers.forms.totals import compute
from layers.store import Scope, Store

_MARK = PatternFill("solid", start_color="FFFFF2CC", end_color="FFFFF2CC")
_AUTHOR = "GreenGrid"
_NOTE_SIZE_PX = (220, 90)
_ALMOST = 1e-9


class Words(Protocol):
    """Says a sentence of the catalogue under a key, in the language of whoever fills the form."""

    def __call__(self, key: str, /, **values: Any) -> str:
        """Say the sentence."""
        ...


@dataclass(frozen=True, kw_only=True)
class FillOptions:
    """Say for which day and which recorded state a form is filled."""

    on: dt.date | None = None
    as_of: int | dt.datetime | None = None
    scope: Scope = field(default_factory=Scope.all)


def fill_form(
    store: Store,
    form: Path,
    mapping: FormMapping,
    output: Path,
    words: Words,
    options: FillOptions | None = None,
) -> FormReport:
    """Fill a form and write it as another file, with a sheet that proves every cell.

    Raises
    ------
    FormError, FilterError, UnknownKindError, UnknownFieldError, ChangesetUnknownError, ScopeError
    ExportOntoStoreError
    """
    chosen = options or FillOptions()
    _check_output(form, output)
    book = open_book(form)
    tables = require_unmoved(form.name, book, mapping)
    as_of, on = store.changeset_at(chosen.as_of), chosen.on or today()
    meter = Meter(store, as_of=as_of, on=on, scope=chosen.scope)
    filler = Filler(book, meter, Names(store, as_of=as_of, on=on), words)
    for said, found in zip(mapping.tables, tables, strict=True):
        filler.table(said, found)
    for cell in mapping.cells:
        target = book[cell.sheet][cell.cell]
        filler.put(target, cell.label, cell.expression, None, overwrite=cell.overwrite)
    filler.check_totals()
    report = FormReport(
        form=form.name,
        file=output.name,
        changeset=as_of,
        on=on,
        proofs=tuple(filler.proofs),
        gaps=tuple(filler.gaps),
        differences=tuple(filler.differences),
        kept=filler.kept,
        checked=filler.checked,
        lost=losses(form),
    )
    _explain(book, report, words)
    _save(book, output)
    return report


class Filler:
    """Write figures into the cells of a workbook, and keep account of each."""

    def __init__(self, book: Workbook, meter: Meter, names: Names, words: Words) -> None:
        """Begin with nothing filled."""
        self.book, self.meter, self.names, self.words = book, meter, names, words
        self.proofs: list[Proof] = []
        self.gaps: list[Gap] = []
        self.differences: list[Difference] = []
        self.kept = self.checked = 0
        self._to_check: list[tuple[Cell, ColumnMapping, frozenset[str], int]] = []

    def table(self, said: TableMapping, found: FoundTable) -> None:
        """Fill a table."""
        sheet = self.book[said.sheet]
        if said.kind is not None:
            fill_list(self, sheet, said, found)
            return
        rows = list(found.rows)
        level = said.level or self.names.level_of(rows)
        named = {row.number: self.names.find(row, level) for row in rows}
        listed = [named[row.number].units for row in rows if row.names and not row.is_total]
        everything = Named(units=frozenset(uid for units in listed if units for uid in units))
        if None in listed:  # a sum that lacks a part is none
            everything = Named(reason="total_incomplete")
        for row in rows:
            whole = row.is_total and not row.names
            units = everything if whole else named[row.number]
            for column in said.columns:
                cell = sheet[f"{column.column}{row.number}"]
                self._cell(cell, column, row, units, overwrite=said.overwrite, count=len(listed))

    def _cell(
        self,
        cell: Cell | MergedCell,
        column: ColumnMapping,
        row: FoundRow,
        named: Named,
        *,
        overwrite: bool,
        count: int,
    ) -> None:
        if isinstance(cell, MergedCell):
            return
        if is_formula(cell.value):
            self.kept += 1
            if named.units and row.is_total:
                self._to_check.append((cell, column, named.units, count))
            return
        if column.expression.measure in ("manual", "number"):
            return
        if named.reason is not None and column.expression.measure not in ("constant", "day"):
            blank = named.reason == "unit_unnamed" and is_placeholder(cell.value)
            if not blank:  # a line that waits for a name waits for no figure
                self.gap(cell, column.heading, named.reason, named.found)
            return
        self.put(cell, column.heading, column.expression, named.units, overwrite=overwrite)

    def put(
        self,
        cell: Cell,
        heading: str,
        said: Expression,
        units: frozenset[str] | None,
        *,
        overwrite: bool,
    ) -> None:
        """Write one figure, or mark the cell."""
        if said.measure == "manual":
            return
        if is_formula(cell.value) or not (overwrite or is_placeholder(cell.value)):
            self.gap(cell, heading, "occupied", str(cell.value)[:80], mark=False)
            return
        if said.measure in ("open", "field", "number"):
            self.gap(cell, heading, "no_mapping", "")
            return
        around = Named(units=units)
        if units is None and said.within is not None:
            around = self.names.called(said.within)
        if around.reason is not None:
            self.gap(cell, heading, around.reason, around.found)
            return
        found = self.meter.measure(said, around.units)
        if found.reason is not None:
            self.gap(cell, heading, found.reason, found.found)
            return
        self.write(cell, heading, said, found)

    def write(self, cell: Cell, heading: str, said: Expression, found: Measured) -> None:
        """Write a value as data, never as a formula, and prove it."""
        shown = cell.number_format
        cell.value = found.value
        if isinstance(found.value, dt.date) and not is_date_format(shown):
            day = found.value  # in words: a date needs more room than such a cell has
            parts = {"year": str(day.year), "month": str(day.month), "day": str(day.day)}
            cell.value, cell.number_format = self.words("form.sheet.date", **parts), shown
        if isinstance(found.value, str) and found.value.startswith(FORMULA_STARTS):
            cell.data_type = "s"
        self.proofs.append(
            Proof(
                sheet=cell.parent.title,
                cell=cell.coordinate,
                heading=heading,
                value=found.value,
                expression=said.plain(),
                unit=said.unit,
                features=found.features,
                missing=found.missing,
                measured=found.measured,
                estimated=found.estimated,
                run=found.run,
            )
        )

    def gap(self, cell: Cell, heading: str, reason: str, found: str, *, mark: bool = True) -> None:
        """Keep account of a cell that is not filled, and mark it with the reason."""
        gap = Gap(
            sheet=cell.parent.title,
            cell=cell.coordinate,
            heading=heading,
            reason=reason,
            found=found,
        )
        self.gaps.append(gap)
        if mark:
            cell.fill = _MARK
            said = self.words(f"form.gap.{reason}", found=found)
            before = f"{cell.comment.text}\n" if cell.comment is not None else ""
            width, height = _NOTE_SIZE_PX
            cell.comment = Comment(f"{before}{said}", _AUTHOR, width=width, height=height)

    def check_totals(self) -> None:
        """Hold the results of formulas in totals against the store, when all is filled."""
        for cell, column, units, count in self._to_check:
            if column.expression.measure not in ("count", "sum", "area"):
                continue
            found = compute(cell.parent, str(cell.value))
            expected = self.meter.measure(column.expression, units)
            if found is None or expected.reason is not None:
                continue
            self.checked += 1
            decimals = column.expression.decimals
            # Each row was rounded for itself: so much may come together.
            allowed = _ALMOST if decimals is None else count * 0.5 * 10.0**-decimals + _ALMOST
            if abs(found - float(expected.value)) > max(allowed, abs(found) * _ALMOST):
                self.differences.append(
                    Difference(
                        sheet=cell.parent.title,
                        cell=cell.coordinate,
                        heading=column.heading,
                        formula=str(cell.value),
                        found=found,
                        expected=float(expected.value),
                    )
                )


def _explain(book: Workbook, report: FormReport, words: Words) -> None:
    """Add the sheet that says of every cell what it is made from, or why it is empty."""
    title = words("form.sheet.title")
    while title in book.sheetnames:
        title = f"{title}_"
    sheet = book.create_sheet(title)
    sheet.append([words("form.sheet.made", changeset=report.changeset, on=report.on)])
    sheet.append([])
    _section(
        sheet,
        [words(f"form.sheet.{name}") for name in ("cell", "heading", "value", "unit", "expression")]
        + [words(f"form.sheet.{name}") for name in ("features", "remarks")],
        (
            [f"{each.sheet}!{each.cell}", each.heading, each.value, each.unit,
             _plain(each.expression), each.features, _remarks(each, words)]
            for each in report.proofs
        ),
    )  # fmt: skip
    _section(
        sheet,
        [words("form.sheet.cell"), words("form.sheet.heading"), words("form.sheet.reason")],
        (
            [f"{each.sheet}!{each.cell}", each.heading,
             words(f"form.gap.{each.reason}", found=each.found)]
            for each in report.gaps
        ),
    )  # fmt: skip
    _section(
        sheet,
        [
            words(f"form.sheet.{name}")
            for name in ("cell", "heading", "formula", "found", "expected")
        ],
        (
            [f"{each.sheet}!{each.cell}", each.heading, each.formula[1:], each.found, each.expected]
            for each in report.differences
        ),
    )
    for letter, width in zip("ABCDEFG", (20, 34, 14, 8, 60, 10, 44), strict=True):
        sheet.column_dimensions[letter].width = width


def _section(sheet: Worksheet, headings: list[str], rows: Iterable[list[Any]]) -> None:
    listed = list(rows)
    if not listed:
        return
    sheet.append(headings)
    for cell in sheet[sheet.max_row]:
        cell.font = Font(bold=True)
    for row in listed:
        sheet.append(row)
        for cell in sheet[sheet.max_row]:
            if isinstance(cell.value, str) and cell.value.startswith(FORMULA_STARTS):
                cell.data_type = "s"  # words of the form and the store, never run
    sheet.append([])


def _plain(expression: Any) -> str:
    return "; ".join(f"{name} = {value}" for name, value in expression.items())


def _remarks(proof: Proof, words: Words) -> str:
    said = [
        words(f"form.sheet.with_{name}", count=getattr(proof, name))
        for name in ("missing", "measured", "estimated")
        if getattr(proof, name)
    ]
    return "；".join([*said, *([words("form.sheet.with_run", run=proof.run)] if proof.run else [])])


def _check_output(form: Path, output: Path) -> None:
    if output.suffix.lower() != ".xlsx":
        raise FormOutputError(file=output.name, reason="ending")
    if output.exists() and output.samefile(form):
        raise FormOutputError(file=output.name, reason="itself")
    if not output.parent.is_dir():
        raise FormOutputError(file=str(output), reason="folder")
    refuse_store(output)


def _save(book: Workbook, output: Path) -> None:
    # Nobody has computed the formulas of what was just written: the spreadsheet does, on opening.
    if book.calculation is not None:
        book.calculation.fullCalcOnLoad = True
    handle, draft = tempfile.mkstemp(dir=output.parent, prefix=".greengrid-", suffix=".xlsx")
    os.close(handle)
    try:
        book.save(draft)
        Path(draft).replace(output)
    finally:
        Path(draft).unlink(missing_ok=True)
