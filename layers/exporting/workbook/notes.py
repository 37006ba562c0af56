"""The sheet 说明: what a program reads of a workbook, what people should know, every column.

表格格式   GreenGrid 1
坐标基准   GCJ-02        ← taken on import, unless --datum says something else
图层       井盖          manhole_cover   3f2a9c1d
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

from layers.clock import now
from layers.exporting.workbook.cells import TIME_ZONE
from layers.exporting.workbook.columns import Column, Layout
from layers.exporting.workbook.sheet import sheet_title
from layers.exporting.workbook.words import FORMAT
from layers.kinds import Kind

DATUMS = ("WGS84", "CGCS2000", "GCJ-02", "BD-09")
_CHOICES_SHOWN = 40
_VERSION_DIGITS = 8
_WRAPPED = Alignment(wrap_text=True, vertical="top")
_SET = PatternFill("solid", fgColor="FFF2CC")


def version_of(kind: Kind) -> str:
    """Give a short sign that is another one when the fields of a kind are others."""
    fields = [
        (each.key, each.type.value, each.unit, each.required, each.codes and each.codes.values)
        for each in kind.fields
    ]
    content = repr((kind.key, [family.value for family in kind.geometry], fields))
    return hashlib.sha256(content.encode()).hexdigest()[:_VERSION_DIGITS]


def write_notes(
    book: Workbook,
    sheets: Sequence[tuple[str, Kind, Sequence[Column]]],
    layout: Layout,
    *,
    is_template: bool,
) -> None:
    """Add the notes on sheets, each given by title, kind and columns."""
    words = layout.words
    sheet = book.create_sheet(words("sheets", "notes"))
    for letter, width in zip("ABCDE", (18, 20, 44, 50, 34), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.page_setup.orientation = "landscape"
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.fitToHeight = 0
    head = _head(sheet, sheets, layout, is_template=is_template)
    if any(kind.is_spatial for _, kind, _ in sheets):
        datums = DataValidation(type="list", formula1=f'"{",".join(DATUMS)}"', allow_blank=True)
        datums.showErrorMessage = False
        datums.add("B3")
        sheet.data_validations.append(datums)
    for row in (*head, *_advice(sheets, layout, is_template=is_template)):
        sheet.append(row)
    sheet.append([])
    names = ("sheet", "field", "explanation", "choices", "aliases")
    sheet.append([_bold(sheet, words("notes", f"column_{name}")) for name in names])
    for title, _, columns in sheets:
        for column in columns:
            sheet.append([_note(sheet, text) for text in _described(title, column, layout)])


def _head(
    sheet: Any,
    sheets: Sequence[tuple[str, Kind, Sequence[Column]]],
    layout: Layout,
    *,
    is_template: bool,
) -> list[list[Any]]:
    """Give the lines that a program reads; the datum stands in the third of them."""
    words = layout.words
    title = words("notes", "title_template" if is_template else "title_export")
    head = [[_bold(sheet, title)], [words("labels", "format"), FORMAT]]
    if any(kind.is_spatial for _, kind, _ in sheets):
        chosen = WriteOnlyCell(sheet, value=layout.datum)
        chosen.fill = _SET
        hint = words("notes", "datum_meaning" if layout.datum else "datum_remedy")
        head.append([words("labels", "datum"), chosen, _note(sheet, hint)])
    head.append([words("labels", "time_zone"), TIME_ZONE.key])
    today = now().astimezone(TIME_ZONE).date().isoformat()
    head.append([words("notes", "made_on"), today])
    for each, kind, _ in sheets:
        version = words("notes", "version", version=version_of(kind))
        head.append([words("labels", "kind"), sheet_title(each), kind.key, version])
    return head


def _advice(
    sheets: Sequence[tuple[str, Kind, Sequence[Column]]],
    layout: Layout,
    *,
    is_template: bool,
) -> list[list[Any]]:
    names = ["how_row", "how_columns", "how_codes", "how_lists"]
    if any(kind.is_spatial and not kind.geometry_required for _, kind, _ in sheets):
        names.append("how_places")
    names += ["how_privacy", *(["how_return"] if is_template else ["how_edit", "how_stale"])]
    said = [layout.words("notes", name) for name in names]
    return [[], *([f"{number}. {text}"] for number, text in enumerate(said, start=1))]


def _described(title: str, column: Column, layout: Layout) -> tuple[str, ...]:
    shown = list(column.choices[:_CHOICES_SHOWN])
    if len(column.choices) > len(shown):
        shown.append(layout.words("notes", "more", count=len(column.choices)))
    return (
        sheet_title(title),
        column.heading,
        column.explanation.replace("\n", "；" if layout.words.lang == "zh" else "; "),
        "、".join(shown) if layout.words.lang == "zh" else ", ".join(shown),
        "、".join(column.field.aliases) if layout.words.lang == "zh" else "",
    )


def _bold(sheet: Any, text: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value=text)
    cell.font = Font(bold=True)
    return cell


def _note(sheet: Any, text: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value=text)
    cell.alignment = _WRAPPED
    cell.data_type = "s"
    return cell
