"""What a form asks for: tables with headings of several lines, and single cells with a label.

A table begins with a line of at least three headings; merged cells make it several lines deep. Its
rows end where lines have neither words nor borders, or where a remark or a signature begins. Rows
with words are rows of units (街道, 社区 …), and a table without any is a list to be filled line by
line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from layers.forms.book import open_book
from layers.kinds import fold

Cell = tuple[int, int]  # row and column, from 1

TOTALS = (
    "合计",
    "总计",
    "小计",
    "总数",
    "共计",
    "全区",
    "全市",
    "全县",
    "total",
    "subtotal",
    "sum",
)
_NUMBERS = ("序号", "序", "no", "no.", "栏次", "行次")
_FOOT = re.compile(
    r"\s*(注|备注|说明|填表|制表|填报|审核|复核|单位负责人|负责人|联系|经办|领导|盖章)[^：:]{0,12}[：:]"
)
_NUMBERING = re.compile(r"[（(]?\d{1,2}[)）]?|[甲乙丙丁]|栏次|--?|[A-Z]")
_PLACEHOLDER = re.compile(r"[\s\-—–_/\\.…×xX*＊]*|[（(【\[]?(待填|请填写|填写|自动)[)）】\]]?")
_FORMAT = re.compile(r"[#,]*0(\.0+)?[ _)]*(?:;.*)?")
_LEAST_HEADINGS = 3
_SEPARATOR = " / "


@dataclass(frozen=True)
class FoundColumn:
    """A column of a table: its letter, its headings from top to bottom as one text.

    `decimals` are those that its cells show, where they show a certain number of them.
    """

    letter: str
    heading: str
    decimals: int | None = None


@dataclass(frozen=True)
class FoundRow:
    """A row of a table: its number, and what it is headed by, the widest unit first."""

    number: int
    names: tuple[str, ...]
    is_total: bool


@dataclass(frozen=True, kw_only=True)
class FoundTable:
    """A table of a sheet.

    `header` are its first and last line of headings; `headed_by` the columns that name the rows,
    none for a list.
    """

    sheet: str
    header: tuple[int, int]
    columns: tuple[FoundColumn, ...]
    headed_by: tuple[str, ...]
    rows: tuple[FoundRow, ...]
    ends_sheet: bool

    @property
    def is_list(self) -> bool:
        """Tell whether its lines wait for one feature each."""
        return not self.headed_by


@dataclass(frozen=True)
class FoundLabel:
    """A single cell to be filled, and the label beside it."""

    sheet: str
    cell: str
    label: str


@dataclass(frozen=True, kw_only=True)
class Form:
    """What was found in a form; `formulas` counts those that it has."""

    file: str
    tables: tuple[FoundTable, ...]
    labels: tuple[FoundLabel, ...]
    formulas: int


def look_at_form(path: Path) -> Form:
    """Find the tables and single cells of a form.

    Raises
    ------
    FormError, SourceError
    """
    book = open_book(path)
    grids = [Grid(sheet) for sheet in book.worksheets if sheet.sheet_state == "visible"]
    tables = {grid.title: find_tables(grid) for grid in grids}
    return Form(
        file=path.name,
        tables=tuple(table for found in tables.values() for table in found),
        labels=tuple(label for grid in grids for label in _labels(grid, tables[grid.title])),
        formulas=sum(grid.formulas for grid in grids),
    )


class Grid:
    """A sheet as its reader sees it: what a merged cell holds stands in all that it covers."""

    def __init__(self, sheet: Worksheet) -> None:
        """Read the sheet once."""
        self.title = sheet.title
        self.sheet = sheet
        self.rows, self.columns = sheet.max_row, sheet.max_column
        self.values: dict[Cell, Any] = {
            (cell.row, cell.column): cell.value
            for row in sheet.iter_rows()
            for cell in row
            if cell.value is not None
        }
        self.formulas = sum(is_formula(value) for value in self.values.values())
        self.origin: dict[Cell, Cell] = {}
        self.bottom: dict[Cell, int] = {}
        for area in sheet.merged_cells.ranges:
            first = (area.min_row, area.min_col)
            self.bottom[first] = area.max_row
            for row in range(area.min_row, area.max_row + 1):
                for column in range(area.min_col, area.max_col + 1):
                    self.origin[row, column] = first

    def first(self, row: int, column: int) -> Cell:
        """Give the cell that holds what stands in this one."""
        return self.origin.get((row, column), (row, column))

    def text(self, row: int, column: int) -> str:
        """Give the words that stand in a cell; none for numbers, formulas and placeholders."""
        value = self.values.get(self.first(row, column))
        if value is None or isinstance(value, (int, float)) or is_formula(value):
            return ""
        words = " ".join(str(value).split())
        return "" if is_placeholder(words) else words

    def is_empty(self, row: int, column: int) -> bool:
        """Tell whether a cell waits to be filled."""
        return is_placeholder(self.values.get(self.first(row, column)))

    def has_border(self, row: int, column: int) -> bool:
        """Tell whether a line is drawn around a cell."""
        border = self.sheet.cell(row, column).border
        return any(side is not None and side.style for side in (border.bottom, border.left))


def is_formula(value: object) -> bool:
    """Tell whether a cell computes its value."""
    return (isinstance(value, str) and value.startswith("=")) or (
        type(value).__name__ in ("ArrayFormula", "DataTableFormula")
    )


def is_placeholder(value: object) -> bool:
    """Tell whether a cell holds nothing, or only what stands for something to come.

    Examples
    --------
    >>> [is_placeholder(value) for value in (None, "—", "___", "（填写）", 0, "无")]
    [True, True, True, True, False, False]
    """
    return value is None or (isinstance(value, str) and bool(_PLACEHOLDER.fullmatch(value)))


def is_total(name: str) -> bool:
    """Tell whether a row is headed as a total."""
    return fold(name) in TOTALS


def find_tables(grid: Grid) -> list[FoundTable]:
    """Find the tables of a sheet from top to bottom."""
    tables: list[FoundTable] = []
    row = 1
    while row <= grid.rows:
        span = _header_span(grid, row)
        table = None if span is None else _table(grid, row, span)
        if table is None:
            row += 1
            continue
        tables.append(table)
        row = max((each.number for each in table.rows), default=table.header[1]) + 1
    return tables


def _header_span(grid: Grid, row: int) -> tuple[int, int] | None:
    """Give the first and last column of a line of headings; None where the line is none."""
    filled = [column for column in range(1, grid.columns + 1) if (row, column) in grid.values]
    columns = [column for column in range(1, grid.columns + 1) if grid.text(row, column)]
    origins = {grid.first(row, column) for column in columns}
    if len(origins) < _LEAST_HEADINGS or any(not grid.text(row, each) for each in filled):
        return None
    if any(re.search("[：:]", grid.text(row, column)) for column in columns):
        return None
    if columns[-1] - columns[0] + 1 != len(columns):  # a gap: words beside fields to be filled
        return None
    return columns[0], columns[-1]


def _table(grid: Grid, top: int, span: tuple[int, int]) -> FoundTable | None:
    columns = range(span[0], span[1] + 1)
    last = _last_heading(grid, top, columns)
    numbers = _body(grid, last + 1, columns)
    if not numbers:
        return None
    headings = {column: _heading(grid, top, last, column) for column in columns}
    headed = _heading_columns(grid, numbers, headings)
    rows = [_row(grid, number, headed) for number in numbers]
    below = range(numbers[-1] + 1, grid.rows + 1)
    return FoundTable(
        sheet=grid.title,
        header=(top, last),
        columns=tuple(
            FoundColumn(
                get_column_letter(column), headings[column], _decimals(grid, numbers[0], column)
            )
            for column in columns
        ),
        headed_by=tuple(get_column_letter(column) for column in headed),
        rows=tuple(rows),
        ends_sheet=not any((row, column) in grid.values for row in below for column in columns),
    )


def _last_heading(grid: Grid, top: int, columns: range) -> int:
    last, row = top, top
    while row <= last:  # merged cells that begin in a line reach down to others
        last = max([last, *(grid.bottom.get((row, column), row) for column in columns)])
        row += 1
    while _continues(grid, last, columns):
        last += 1
    return last


def _continues(grid: Grid, last: int, columns: range) -> bool:
    """Tell whether the line below is one of headings, too: parts of wide ones, or numbers."""
    below = [str(grid.values.get((last + 1, column), "")) for column in columns]
    filled = [text for text in below if text]
    if len(filled) > len(columns) // 2 and all(_NUMBERING.fullmatch(text) for text in filled):
        return not any(text == "" for text in below[len(columns) // 2 :])
    wide = [
        column
        for column in columns
        if sum(grid.first(last, column) == grid.first(last, other) for other in columns) > 1
    ]
    return bool(wide) and all(
        grid.text(last + 1, column) and (last + 1, column) not in grid.origin for column in wide
    )


def _heading(grid: Grid, top: int, last: int, column: int) -> str:
    texts = [grid.text(row, column) for row in range(top, last + 1)]
    return _SEPARATOR.join(
        dict.fromkeys(text for text in texts if text and not _NUMBERING.fullmatch(text))
    )


def _body(grid: Grid, first: int, columns: range) -> list[int]:
    """Find the rows below the headings of a table."""
    numbers: list[int] = []
    for row in range(first, grid.rows + 1):
        texts = [grid.text(row, column) for column in columns]
        if _FOOT.match(next((text for text in texts if text), "")):
            break
        if not any((row, c) in grid.values or (row, c) in grid.origin for c in columns) and not any(
            grid.has_border(row, column) for column in columns
        ):
            break
        origins = {grid.first(row, column) for column in columns}
        if len(origins) == 1 and len(columns) > 1:  # one cell across: a remark, or a new title
            break
        if all(texts) and _header_span(grid, row) is not None:  # the next table
            break
        numbers.append(row)
    return numbers


def _decimals(grid: Grid, row: int, column: int) -> int | None:
    """Read how many decimals a number format shows; None where it leaves that open."""
    shown = _FORMAT.fullmatch(grid.sheet.cell(row, column).number_format or "")
    return None if shown is None else len(shown[1] or ".") - 1


def _heading_columns(grid: Grid, numbers: list[int], headings: dict[int, str]) -> list[int]:
    """Find the columns that name the rows: the first ones with words in them."""
    headed: list[int] = []
    for column, heading in headings.items():
        if fold(heading) in _NUMBERS:
            continue
        if not any(
            grid.text(row, column) and not is_total(grid.text(row, column)) for row in numbers
        ):
            break
        headed.append(column)
    return headed


def _row(grid: Grid, number: int, headed: list[int]) -> FoundRow:
    first = range(1, max(headed, default=1) + 1)  # 合计 may stand under 序号
    texts = [grid.text(number, column) for column in first]
    names = dict.fromkeys(
        text for column, text in zip(first, texts, strict=True) if text and column in headed
    )
    return FoundRow(
        number=number,
        names=tuple(name for name in names if not is_total(name)),
        is_total=any(is_total(text) for text in texts),
    )


def _labels(grid: Grid, tables: list[FoundTable]) -> list[FoundLabel]:
    """Find cells that wait beside a label, outside of all tables."""
    taken = {
        row
        for table in tables
        for row in (*range(table.header[0], table.header[1] + 1), *(r.number for r in table.rows))
    }
    found: list[FoundLabel] = []
    for row, column in sorted(grid.values):
        label = grid.text(row, column)
        several = len(re.findall("[：:]", label)) > 1  # a line to be signed
        if row in taken or not label or several or grid.first(row, column) != (row, column):
            continue
        beside = column
        while grid.first(row, beside + 1) == (row, column):
            beside += 1
        value = grid.first(row, beside + 1)
        asks = label.rstrip().endswith(("：", ":")) or grid.has_border(*value)
        if asks and value[0] == row and value[1] <= grid.columns + 1 and grid.is_empty(*value):
            cell = f"{get_column_letter(value[1])}{value[0]}"
            found.append(FoundLabel(grid.title, cell, label.rstrip("：: ")))
    return found
