"""A workbook of several registers, imported as one: adopters, what they adopt, how they care.

Sheets are recognised by the titles of kinds. All of them become one changeset. Codes may refer from
sheet to sheet, so a row that names what neither the store nor the workbook has is rejected, and
with it every row that names that row.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path

import pandas as pd

from layers.exporting.workbook.sheet import sheet_title
from layers.importing.apply import (
    ImportOptions,
    foretell,
    plan_rows,
    ready_to_write,
    write_ready,
)
from layers.importing.around import look_around
from layers.importing.errors import (
    AlreadyImportedError,
    BookWithoutRegistersError,
    SourceEmptyError,
)
from layers.importing.mapping import Mapping, match_columns
from layers.importing.plan import Plan
from layers.importing.readers.sheets import data_sheets
from layers.importing.reentry import columns_of_identity
from layers.importing.references import require_references
from layers.importing.report import ImportReport
from layers.importing.source import read_source
from layers.kinds import Kind, Kinds, fold
from layers.kinds.sheets import VIEWS, SheetView
from layers.store import ImportSource, Store


@dataclass(frozen=True, kw_only=True)
class BookPlan:
    """What a workbook would do: a plan for each sheet with rows, what is named before what names.

    `empty` are sheets without rows, `unknown` those whose titles are no kind's.
    """

    plans: tuple[Plan, ...]
    empty: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to write."""
        return all(plan.is_empty for plan in self.plans)


@dataclass(frozen=True, kw_only=True)
class BookReport:
    """Account for every row of every sheet; `changeset` is the one that holds all of them."""

    file: str
    sheets: tuple[ImportReport, ...]
    empty: tuple[str, ...]
    unknown: tuple[str, ...]
    dry_run: bool
    refused: bool
    changeset: int | None

    @property
    def rejected(self) -> int:
        """Count the rows that are not taken."""
        return sum(report.rejected for report in self.sheets)

    @property
    def warned(self) -> int:
        """Count the rows that are taken without one of their values."""
        return sum(report.warned for report in self.sheets)

    @property
    def written(self) -> bool:
        """Tell whether the store changed."""
        return self.changeset is not None

    def to_dict(self) -> dict[str, object]:
        """Give plain values, for JSON."""
        return {
            **vars(self),
            "sheets": [report.to_dict() for report in self.sheets],
            "written": self.written,
        }


def import_book(
    store: Store,
    path: str | PathLike[str],
    options: ImportOptions | None = None,
    *,
    update: bool = False,
) -> BookReport:
    """Import every sheet of a workbook that is titled as a kind, as one changeset.

    With `update` a row whose code the store has changes that feature.

    Raises
    ------
    ImportingError, LayerChangedError, ScopeError, StoreBusyError
    """
    options = options or ImportOptions()
    plan = plan_book(store, path, options, update=update)
    return carry_out_book(store, plan, Path(path).name, options)


def plan_book(
    store: Store, path: str | PathLike[str], options: ImportOptions, *, update: bool = False
) -> BookPlan:
    """Read, check and compare all sheets; write nothing.

    Raises
    ------
    ImportingError, ScopeError
    """
    path = Path(path)
    views = _views(store.kinds)
    named = {name: views.get(fold(name)) for name in data_sheets(path)}
    if not any(named.values()):
        titles = [each.title_zh for each in VIEWS.values()]
        raise BookWithoutRegistersError(file=path.name, sheets=list(named), allowed=titles)
    empty: list[str] = []
    plans: list[Plan] = []
    for name, view in named.items():
        if view is None:
            continue
        try:
            said = _options(path, name, view, options, update=update)
            plans.append(plan_rows(store, view.kind.key, path, said))
        except SourceEmptyError:
            empty.append(name)
    ordered = [plans[at] for at in _order([plan.prepared.kind for plan in plans])]
    plans = require_references(store, ordered)
    for each in plans:
        # What a row names may stand in another sheet, and has just been required.
        look_around(each, store, options.scope, leave_out=("references",))
    plan = BookPlan(
        plans=tuple(plans),
        empty=tuple(empty),
        unknown=tuple(name for name, view in named.items() if view is None),
    )
    _refuse_second_time(store, plan)
    return plan


def foretell_book(plan: BookPlan, file: str, options: ImportOptions) -> BookReport:
    """Give the account of a workbook of which nothing is written yet."""
    sheets = [foretell(each, options) for each in plan.plans]
    refused = any(report.refused for report in sheets)
    return BookReport(
        file=file,
        sheets=tuple(replace(report, refused=refused) for report in sheets),
        empty=plan.empty,
        unknown=plan.unknown,
        dry_run=options.dry_run,
        refused=refused,
        changeset=None,
    )


def carry_out_book(store: Store, plan: BookPlan, file: str, options: ImportOptions) -> BookReport:
    """Write what is planned, unless the options forbid it, and give the account.

    Raises
    ------
    LayerChangedError, ScopeError, StoreBusyError
    """
    report = foretell_book(plan, file, options)
    if plan.is_empty or options.dry_run or report.refused:
        return report
    filled = [each for each in plan.plans if not each.is_empty]
    ready = [(each, ready_to_write(store, each)) for each in filled]
    with store.change(
        author=options.author,
        message=options.message,
        source=file,
        cause=options.cause,
        scope=options.scope,
        # Even a layer that only gave codes to refer to has to be as it was.
        expect={each.prepared.kind.key: each.revision for each in plan.plans},
    ) as writer:
        origins = [write_ready(writer, each, what) for each, what in ready]
        first = filled[0].prepared.kind.key
        writer.record_import(first, _import_source(plan), pd.concat(origins))
    number = writer.changeset
    sheets = (
        report if each.is_empty else replace(report, changeset=number)
        for each, report in zip(plan.plans, report.sheets, strict=True)
    )
    return replace(report, sheets=tuple(sheets), changeset=number)


def _import_source(plan: BookPlan) -> ImportSource:
    """Describe the one file that a changeset came from; its first layer stands for all."""
    datums = {each.prepared.datum.name for each in plan.plans if each.prepared.datum}
    return ImportSource(
        file_name=plan.plans[0].prepared.source.name,
        file_sha256=plan.plans[0].prepared.source.sha256,
        selection=json.dumps({"sheets": True}),
        datum=", ".join(sorted(datums)),
    )


def _refuse_second_time(store: Store, plan: BookPlan) -> None:
    """Refuse a workbook whose new rows came before; an import that was undone does not count."""
    if all(each.prepared.matches.key_fields or not _brings_rows(each) for each in plan.plans):
        return
    here = _import_source(plan)
    for kind in {each.prepared.kind.key for each in plan.plans}:
        for earlier in store.imports(kind, present=True):
            if (earlier.file_sha256, earlier.selection) == (here.file_sha256, here.selection):
                raise AlreadyImportedError(file=here.file_name, kind=kind)


def _brings_rows(plan: Plan) -> bool:
    returning = plan.prepared.returning
    return returning is None or None in returning.uids


def _views(kinds: Kinds) -> dict[str, SheetView]:
    """Find views by every title that their sheets may have, folded."""
    views = [*VIEWS.values(), *(SheetView.of(kind) for kind in kinds.values())]
    return {
        fold(sheet_title(title)): view
        for view in views
        for title in (view.key, view.title_zh, view.title_en)
    }


def _options(
    path: Path, sheet: str, view: SheetView, options: ImportOptions, *, update: bool
) -> ImportOptions:
    mapping = options.mapping.extended(columns={}, fixed=view.fixed, layer=sheet)
    key = _key(path, view.kind, mapping) if update else ()
    return replace(options, mapping=replace(mapping, key=key))


def _key(path: Path, kind: Kind, mapping: Mapping) -> tuple[str, ...]:
    """Name the column of codes; none where the rows say themselves which features they are."""
    columns = list(read_source(path, mapping.source).frame.columns)
    if columns_of_identity(columns) is not None:
        return ()
    matches = match_columns(kind, columns, mapping).fields
    return next((each.columns for each in matches if each.field.key == kind.key_field), ())


def _order(kinds: Sequence[Kind]) -> list[int]:
    """Put what is named before what names it, as far as kinds do not name each other."""
    left = list(range(len(kinds)))
    ordered: list[int] = []
    while left:
        waiting = {kinds[at].key for at in left}
        free = [at for at in left if not (_named_by(kinds[at]) - {kinds[at].key}) & waiting]
        ordered += free or left[:1]
        left = [at for at in left if at not in ordered]
    return ordered


def _named_by(kind: Kind) -> set[str]:
    return set(_targets(kind))


def _targets(kind: Kind) -> Iterator[str]:
    for field in kind.fields:
        if field.refers_to is not None:
            yield field.refers_to
        elif field.refers_by is not None:
            yield from _codes(kind, field.refers_by)


def _codes(kind: Kind, field: str) -> Iterable[str]:
    codes = kind.field_named(field).codes
    return () if codes is None else [choice.value for choice in codes.choices]
