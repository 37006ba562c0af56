"""One sheet written anew: the lines above its rows, some of the rows, a column of remarks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.utils import get_column_letter

from layers.importing.readers import SheetShape
from layers.importing.readers.merged import is_amount
from layers.importing.readers.workbook import Package
from layers.importing.returning.xml_copy import closing, escaped, opening

# Parts of a sheet that hold whatever rows there are. Filters, protection, links, pictures and
# tables name cells by their place, or keep people from correcting them.
_KEPT = frozenset(
    {
        "sheetPr", "sheetViews", "sheetFormatPr", "cols", "conditionalFormatting",
        "dataValidations", "printOptions", "pageMargins", "pageSetup", "headerFooter",
    }
)  # fmt: skip
_PARTS = frozenset({*_KEPT, "sheetData", "mergeCells"})
_ROW, _CELL, _VALUE = 3, 4, 5  # depths
_COLUMN = re.compile(r"[A-Z]+")
_XLSX_CHARACTERS = 32_767
_REMARK_WIDTH = 60
_ROW_ATTRIBUTES = frozenset({"s", "customFormat", "ht", "customHeight"})


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What of a sheet goes back: rows by number with their remarks, in `column` (from 0)."""

    shape: SheetShape
    remarks: Mapping[int, str]
    heading: str
    column: int


@dataclass
class _Cell:
    """A cell as it is written: its style and type, and what is between its brackets."""

    style: str | None
    type: str | None
    inner: str = ""
    text: str = ""


class SheetWriter:
    """Take the elements of a sheet and write those that go back."""

    def __init__(self, out: IO[bytes], wanted: Wanted, package: Package) -> None:
        """Write to `out`; the package gives the texts that cells name by number."""
        self._out, self._wanted, self._package = out, wanted, package
        self._part = ""
        self._widest = 0  # the last column that has a width
        self._had_widths = False
        self._number = self._written = 0
        self._attributes: dict[str, str] = {}
        self._cells: dict[int, _Cell] | None = None
        self._cell: _Cell | None = None
        self._column = -1
        self._in_formula = False
        self._new_numbers: dict[int, int] = {}
        shape = wanted.shape
        self._spans = [each for each in shape.merged if each[2] >= shape.first_row]
        self._anchors: dict[int, list[int]] = {}
        for at, (first, _, last, _) in enumerate(self._spans):
            if last > first:
                self._anchors.setdefault(first, []).append(at)
        self._open: dict[int, _Cell] = {}

    # -------------------------------------------------------------- elements

    def begin(self, name: str, attributes: dict[str, str], depth: int) -> None:
        """Take the beginning of an element."""
        if depth == 1:
            self._write('<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n')
            self._write(opening(name, attributes))
        elif depth == 2:
            self._begin_part(name, attributes)
        elif self._part == "sheetData":
            self._begin_in_rows(name, attributes, depth)
        elif self._part in _KEPT:
            if name == "col":
                self._widest = max(self._widest, int(attributes.get("max", 0)))
            self._write(opening(name, attributes))

    def text(self, text: str) -> None:
        """Take text inside of an element."""
        if self._part in _KEPT:
            self._write(escaped(text))
        elif self._cell is not None and not self._in_formula:
            self._cell.inner += escaped(text)
            self._cell.text += text

    def end(self, name: str, depth: int) -> None:
        """Take the end of an element."""
        if depth == 1:
            self._write(closing(name))
        elif depth == 2:
            self._end_part(name)
        elif self._part == "sheetData":
            self._end_in_rows(name, depth)
        elif self._part in _KEPT:
            self._write(closing(name))

    # -------------------------------------------------------------- parts

    def _begin_part(self, name: str, attributes: dict[str, str]) -> None:
        self._part = name if name in _PARTS else ""
        if name == "cols":
            self._had_widths = True
        if name == "sheetData" and not self._had_widths:
            self._write(f"<cols>{self._width()}</cols>")
        if self._part and name != "mergeCells":
            self._write(opening(name, attributes))

    def _end_part(self, name: str) -> None:
        if self._part == "mergeCells":
            merged = self._merged()
            cells = "".join(f'<mergeCell ref="{ref}"/>' for ref in merged)
            self._write(f'<mergeCells count="{len(merged)}">{cells}</mergeCells>' if merged else "")
        elif self._part:
            if name == "cols" and self._widest <= self._wanted.column:
                self._write(self._width())
            self._write(closing(name))
        self._part = ""

    def _width(self) -> str:
        at = self._wanted.column + 1
        return f'<col min="{at}" max="{at}" width="{_REMARK_WIDTH}" customWidth="1"/>'

    def _merged(self) -> list[str]:
        """Give the merged cells as they lie now; what covers a single cell is none."""
        found: list[str] = []
        for first, left, last, right in self._wanted.shape.merged:
            lines = [new for old, new in self._new_numbers.items() if first <= old <= last]
            if lines and (right > left or max(lines) > min(lines)):
                corners = (left, min(lines)), (right, max(lines))
                found.append(":".join(f"{get_column_letter(c + 1)}{line}" for c, line in corners))
        return found

    # -------------------------------------------------------------- rows

    def _begin_in_rows(self, name: str, attributes: dict[str, str], depth: int) -> None:
        if depth == _ROW:
            self._number = int(attributes.get("r", self._number + 1))
            self._attributes = {k: v for k, v in attributes.items() if k in _ROW_ATTRIBUTES}
            # Rows that do not go back are looked at where merged cells begin in them.
            is_looked_at = self._goes_back() or self._number in self._anchors
            self._cells = {} if is_looked_at else None
            self._column = -1
        elif depth == _CELL and self._cells is not None:
            self._column = self._column_of(attributes.get("r"))
            self._cell = _Cell(attributes.get("s"), attributes.get("t"))
        elif self._cell is not None:
            self._in_formula = self._in_formula or name == "f"
            if not self._in_formula:
                self._cell.inner += opening(name, attributes)

    def _end_in_rows(self, name: str, depth: int) -> None:
        if depth == _ROW:
            if self._cells is not None:
                self._finish_row(self._cells)
            self._cells = None
        elif depth == _CELL and self._cell is not None:
            if self._cells is not None and self._column != self._wanted.column:
                self._cells[self._column] = self._cell
            self._cell = None
        elif self._cell is not None:
            if not self._in_formula:
                self._cell.inner += closing(name)
            elif depth == _VALUE:
                self._in_formula = False

    def _goes_back(self) -> bool:
        is_above = self._number < self._wanted.shape.first_row
        return is_above or self._number in self._wanted.remarks

    def _finish_row(self, cells: dict[int, _Cell]) -> None:
        for at in self._anchors.get(self._number, ()):
            anchor = cells.get(self._spans[at][1])
            if anchor is not None:
                self._open[at] = anchor
        if not self._goes_back():
            return
        self._fill_merged(cells)
        shape = self._wanted.shape
        is_above = self._number < shape.first_row
        new = self._number if is_above else max(self._written + 1, shape.first_row)
        self._written = self._new_numbers[self._number] = new
        said = self._wanted.remarks.get(self._number, "")
        if self._number == min(shape.header):
            said = self._wanted.heading
        if said:
            beside = [cells[at].style for at in sorted(cells) if at < self._wanted.column]
            style = beside[-1] if is_above and beside else None
            cells[self._wanted.column] = _text_cell(said, style)
        inner = "".join(_written(cells[at], at, new) for at in sorted(cells))
        self._write(f"{opening('row', {'r': str(new), **self._attributes})}{inner}</row>")

    def _fill_merged(self, cells: dict[int, _Cell]) -> None:
        """Take a text over from a merged cell whose first row stays behind; never an amount."""
        for at, anchor in list(self._open.items()):
            first, left, last, _ = self._spans[at]
            if self._number > last:
                del self._open[at]
            elif self._number > first and first not in self._new_numbers:
                if not is_amount(self._value(anchor)):
                    cells[left] = anchor
                del self._open[at]

    def _value(self, cell: _Cell) -> object:
        if cell.type == "s":
            return self._package.texts[int(cell.text)]
        return cell.text if cell.type in {"str", "inlineStr"} else 0

    def _column_of(self, reference: str | None) -> int:
        letters = _COLUMN.match(reference or "")
        if letters is None:
            return self._column + 1
        found = 0
        for letter in letters[0]:
            found = found * 26 + ord(letter) - ord("A") + 1
        return found - 1

    def _write(self, text: str) -> None:
        self._out.write(text.encode("utf-8"))


def _text_cell(text: str, style: str | None) -> _Cell:
    """Make a cell that is a text, whatever it begins with: no spreadsheet runs it."""
    plain = escaped(ILLEGAL_CHARACTERS_RE.sub("", text)[:_XLSX_CHARACTERS])
    return _Cell(style, "inlineStr", f'<is><t xml:space="preserve">{plain}</t></is>')


def _written(cell: _Cell, column: int, row: int) -> str:
    attributes = {"r": f"{get_column_letter(column + 1)}{row}"}
    if cell.style is not None:
        attributes["s"] = cell.style
    if cell.type is not None and cell.inner:
        attributes["t"] = cell.type
    return f"{opening('c', attributes)}{cell.inner}</c>"
