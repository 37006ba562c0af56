"""The cells of one sheet: values as calculated, by row, with merged cells and hidden rows."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import IO

from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

from layers.importing.files import check_limit
from layers.importing.limits import MAX_CELLS, MAX_COLUMNS, MAX_MERGED_CELLS, MAX_ROWS
from layers.importing.readers.table import NOT_CALCULATED
from layers.importing.readers.workbook.package import Package, unescaped
from layers.importing.readers.xml import Enough, parse

_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
# Excel keeps this many digits of a number; whole numbers up to here come back as they were.
_EXACT = 10**15

# First row, first column, last row, last column; rows from 1, columns from 0.
Range = tuple[int, int, int, int]


@dataclass
class Cells:
    """The filled rows of a sheet by their numbers, empty ones left out."""

    rows: list[list[object]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    hidden: list[int] = field(default_factory=list)
    merged: list[Range] = field(default_factory=list)


def read_cells(
    stream: IO[bytes], package: Package, name: str, *, stop_after: int | None = None
) -> Cells:
    """Read one sheet of the workbook `name`; at most `stop_after` filled rows of it.

    Raises
    ------
    SourceTooLargeError, XmlError, ValueError
    """
    reader = _Reader(package, name, stop_after)
    begin = {"row": reader.row, "c": reader.cell, "f": reader.formula, "mergeCell": reader.merge}
    end = {"v": reader.value, "t": reader.text, "c": reader.finish_cell, "row": reader.finish_row}
    parse(stream, begin, end)
    return reader.cells


class _Reader:
    """Take the elements of a sheet in the order in which they come."""

    def __init__(self, package: Package, name: str, stop_after: int | None) -> None:
        self.cells = Cells()
        self._package = package
        self._name = name
        self._stop_after = stop_after
        self._epoch = CALENDAR_MAC_1904 if package.dates_from_1904 else CALENDAR_WINDOWS_1900
        self._columns: dict[str, int] = {}
        self._row: list[object] = []
        self._number = 0
        self._hidden = False
        self._column = -1
        self._count = 0
        self._type = self._style = self._value = ""
        self._has_formula = False
        self._texts: list[str] = []

    def row(self, attributes: dict[str, str]) -> None:
        self._number = int(attributes.get("r", self._number + 1))
        check_limit(self._name, "rows", self._number, MAX_ROWS)
        self._hidden = attributes.get("hidden") in {"1", "true"}
        self._row = []
        self._column = -1

    def cell(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r")
        self._column = self._column + 1 if reference is None else self._column_of(reference)
        self._type = attributes.get("t", "n")
        self._style = attributes.get("s", "")
        self._value = ""
        self._has_formula = False
        self._texts.clear()

    def formula(self, _: dict[str, str]) -> None:
        self._has_formula = True

    def value(self, text: str) -> None:
        self._value = text

    def text(self, text: str) -> None:
        self._texts.append(text)

    def finish_cell(self, _: str) -> None:
        value = self._cell_value()
        if value is None:
            return
        row, column = self._row, self._column
        if column >= len(row):
            check_limit(self._name, "columns", column + 1, MAX_COLUMNS)
            row.extend([None] * (column + 1 - len(row)))
        row[column] = value

    def finish_row(self, _: str) -> None:
        if not self._row:
            return
        cells = self.cells
        self._count += len(self._row)
        check_limit(self._name, "cells", self._count, MAX_CELLS)
        cells.rows.append(self._row)
        cells.numbers.append(self._number)
        if self._hidden:
            cells.hidden.append(self._number)
        self._row = []
        if len(cells.rows) == self._stop_after:
            raise Enough

    def merge(self, attributes: dict[str, str]) -> None:
        corners = _REFERENCE.findall(attributes.get("ref", ""))
        if len(corners) != 2:
            return
        check_limit(self._name, "merged cells", len(self.cells.merged) + 1, MAX_MERGED_CELLS)
        (left, top), (right, bottom) = corners
        columns = self._column_of(left), self._column_of(right)
        self.cells.merged.append((int(top), columns[0], int(bottom), columns[1]))

    def _column_of(self, reference: str) -> int:
        letters = reference.rstrip("0123456789")
        found = self._columns.get(letters)
        if found is None:
            found = -1
            for letter in letters:
                found = (found + 1) * 26 + ord(letter) - ord("A")
            check_limit(self._name, "columns", found + 1, 2**14)
            self._columns[letters] = found
        return found

    def _cell_value(self) -> object:
        if self._type == "inlineStr":
            return unescaped("".join(self._texts)) or None
        value = self._value
        if not value:
            return NOT_CALCULATED if self._has_formula and self._type != "str" else None
        if self._type == "s":
            return self._package.texts[int(value)] or None
        if self._type == "n":
            return self._number_or_day(value)
        if self._type == "b":
            return value == "1"
        return dt.datetime.fromisoformat(value) if self._type == "d" else unescaped(value)

    def _number_or_day(self, text: str) -> object:
        number = float(text)
        if self._style and int(self._style) in self._package.date_styles:
            return self._day(number)
        if not number.is_integer():
            return number
        # Written out in full, even a long number is exact; 2.2E+15 was rounded by its program.
        return int(text) if text.lstrip("-").isdigit() else _whole(number)

    def _day(self, number: float) -> object:
        try:
            return from_excel(number, self._epoch)
        except (OverflowError, ValueError):
            return number


def _whole(number: float) -> float:
    return int(number) if abs(number) < _EXACT else number
