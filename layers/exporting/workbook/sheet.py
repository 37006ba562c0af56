"""One sheet of a workbook: header, explanatory line, rows, and the rules for what is typed."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from layers.exporting.workbook.cells import is_risky, text_of
from layers.exporting.workbook.columns import Column, Role, range_of
from layers.exporting.workbook.lists import Lists
from layers.exporting.workbook.words import Words
from layers.kinds import FieldType, Kind

ROWS = 1_048_576
FIRST_ROW = 3  # below header and explanation

_TITLE_CHARACTERS = 31
_NO_TITLE = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
_FORMATS = {
    FieldType.TEXT: "@",
    FieldType.TEXT_LIST: "@",
    FieldType.DATE: "yyyy-mm-dd",
    FieldType.DATETIME: "yyyy-mm-dd hh:mm:ss",
}
_WIDTHS = {
    FieldType.DATE: 13,
    FieldType.DATETIME: 20,
    FieldType.BOOLEAN: 10,
    FieldType.INTEGER: 11,
    FieldType.REAL: 13,
}
_WIDE = {"name": 22, "location": 30, "note": 30, "wkt": 34, "code": 20}
_USUAL_WIDTH = 17
_NARROWEST, _WIDEST = 9, 40
_EXPLANATION_HEIGHT = 62
_A4 = "9"
_PORTABLE_COLUMNS = 14  # more than these cannot be read on one page across

_HEADER = Font(bold=True)
_SMALL = Font(size=9, color="595959")
_FAINT = Font(size=9, color="808080")
_PLAIN, _MUST = (PatternFill("solid", fgColor=colour) for colour in ("E7E6E6", "FCE4D6"))
_EDGE = Border(bottom=Side(style="thin", color="808080"))
_WRAPPED = Alignment(wrap_text=True, vertical="top")
_CENTRED = Alignment(wrap_text=True, vertical="center", horizontal="center")


def sheet_title(title: str) -> str:
    """Cut a title to what a sheet may be called."""
    return title.translate(_NO_TITLE).strip()[:_TITLE_CHARACTERS]


def write_sheet(
    book: Workbook,
    title: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[object]],
    *,
    lists: Lists,
    count: int = 0,
) -> None:
    """Add a sheet; `count` is how many rows there are, for the filter."""
    sheet = book.create_sheet(sheet_title(title))
    _set_up(sheet, columns, count)
    for at, column in enumerate(columns, start=1):
        rule = _rule(column, lists)
        if rule is not None:
            letter = get_column_letter(at)
            rule.add(f"{letter}{FIRST_ROW}:{letter}{ROWS}")
            sheet.data_validations.append(rule)
    sheet.append([_heading(sheet, column) for column in columns])
    sheet.append([_explanation(sheet, column) for column in columns])
    formats = [number_format(column) for column in columns]
    for row in rows:
        sheet.append([_cell(sheet, value, each) for value, each in zip(row, formats, strict=True)])


def number_format(column: Column) -> str:
    """Give the format in which a spreadsheet keeps what is typed into a column."""
    return "@" if column.role is Role.IDENTITY else _FORMATS.get(column.field.type, "General")


def _set_up(sheet: Any, columns: Sequence[Column], count: int) -> None:
    sheet.freeze_panes = f"C{FIRST_ROW}"
    last = get_column_letter(len(columns))
    # The filter hangs on the explanatory line, so that sorting leaves both lines where they are.
    sheet.auto_filter.ref = f"A{FIRST_ROW - 1}:{last}{max(count, 1) + FIRST_ROW - 1}"
    for at, column in enumerate(columns, start=1):
        dimension = sheet.column_dimensions[get_column_letter(at)]
        dimension.width = _width(column)
        dimension.number_format = number_format(column)  # of the cells that are empty still
        if column.role is Role.IDENTITY:
            dimension.font = _FAINT
    sheet.row_dimensions[1].height = 30
    sheet.row_dimensions[2].height = _EXPLANATION_HEIGHT
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = _A4
    sheet.print_title_rows = "1:1"
    sheet.oddFooter.center.text = "&A  &P / &N"
    if len(columns) <= _PORTABLE_COLUMNS:
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        sheet.page_setup.fitToHeight = 0
    else:
        sheet.print_title_cols = "A:B"


def _width(column: Column) -> float:
    usual = _WIDE.get(column.field.key, _WIDTHS.get(column.field.type, _USUAL_WIDTH))
    words = [column.heading, *column.choices]
    longest = max(_breadth(word) for word in words) + 3
    return float(min(max(usual, longest, _NARROWEST), _WIDEST))


def _breadth(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


# ------------------------------------------------------------------ cells


def _heading(sheet: Any, column: Column) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value=column.heading)
    cell.font, cell.alignment, cell.border = _HEADER, _CENTRED, _EDGE
    cell.fill = _MUST if column.heading.startswith("*") else _PLAIN
    return cell


def _explanation(sheet: Any, column: Column) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value=column.explanation)
    cell.font, cell.alignment, cell.border = _SMALL, _WRAPPED, _EDGE
    cell.number_format = "@"
    return cell


def _cell(sheet: Any, value: object, form: str) -> WriteOnlyCell | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        cell = WriteOnlyCell(sheet, value=value)
        cell.number_format = form
        return cell
    cell = WriteOnlyCell(sheet, value=text_of(value))
    cell.data_type = "s"
    cell.number_format = "@"
    if is_risky(value):
        cell.quotePrefix = True
    return cell


# ------------------------------------------------------------------ rules


def _rule(column: Column, lists: Lists) -> DataValidation | None:
    """Say what may be typed into a column; what is only offered may be overruled."""
    if column.role is Role.IDENTITY:
        return None
    if column.choices:
        name = lists.of_choices(column.choices)
        return _list(name, lists.words, closed=column.closed)
    if column.names is not None:
        codes = lists.of_codes(column.names)
        return None if codes is None else _list(codes, lists.words, closed=False)
    if column.field.type in {FieldType.DATE, FieldType.DATETIME}:
        return _dated(lists.words)
    if column.field.type in {FieldType.INTEGER, FieldType.REAL}:
        return _numeric(column, lists.words)
    return None


def _list(name: str, words: Words, *, closed: bool) -> DataValidation:
    rule = DataValidation(type="list", formula1=name, allow_blank=True)
    rule.showErrorMessage = closed
    rule.errorTitle, rule.error = words("rules", "title"), words("rules", "choice")
    return rule


def _dated(words: Words) -> DataValidation:
    rule = DataValidation(type="date", operator="greaterThan", formula1="1", allow_blank=True)
    # Days before 1900 are texts to a spreadsheet, and the importer reads many spellings.
    rule.errorStyle = "warning"
    rule.showErrorMessage = True
    rule.errorTitle, rule.error = words("rules", "title"), words("rules", "date")
    return rule


def _numeric(column: Column, words: Words) -> DataValidation:
    field = column.field
    whole = field.type is FieldType.INTEGER
    low, high = _bounds(column)
    rule = DataValidation(type="whole" if whole else "decimal", operator="between")
    rule.formula1, rule.formula2 = f"{low:.15g}", f"{high:.15g}"
    rule.allowBlank = True
    rule.showErrorMessage = True
    number = words("cells", "integer" if whole else "real")
    within = range_of(field, words)
    said = "" if within is None else words("rules", "range", range=within)
    rule.errorTitle = words("rules", "title")
    rule.error = words("rules", "number", number=number, range=said)
    return rule


_FAR = 9e14
_DEGREES = {"lon": 180.0, "lat": 90.0}


def _bounds(column: Column) -> tuple[float, float]:
    field = column.field
    far = _DEGREES.get(field.key, _FAR) if column.role is Role.PLACE else _FAR
    low = -far if field.minimum is None else field.minimum
    return low, far if field.maximum is None else field.maximum


def titles_of(kind: Kind) -> frozenset[str]:
    """Give everything by which a sheet of a kind may be called."""
    return frozenset({kind.key, *(sheet_title(each) for each in (kind.title_zh, kind.title_en))})
