"""The lists that cells may be filled from, each on a column of a sheet of its own.

A rule of a spreadsheet holds at most 255 characters; a name for a range of cells has no such bound.
Code lists lie on a hidden sheet. Codes that a store has lie on a visible one, each beside its name,
for nobody knows codes by heart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.workbook.defined_name import DefinedName

from layers.exporting.workbook.cells import text_of
from layers.exporting.workbook.words import Words

MAX_REFERENCES = 20_000
"""A kind with more features than this is not offered as a list."""

References = dict[str, Sequence[tuple[str, str]]]


@dataclass
class Lists:
    """Collect the lists of a workbook; `references` are codes and names by kind."""

    words: Words
    references: References = field(default_factory=dict)
    _choices: dict[tuple[str, ...], str] = field(default_factory=dict)
    _used: dict[str, str] = field(default_factory=dict)

    def of_choices(self, choices: tuple[str, ...]) -> str:
        """Give the name under which a rule finds these words."""
        return self._choices.setdefault(choices, f"gg_list_{len(self._choices) + 1}")

    def of_codes(self, kind: str) -> str | None:
        """Give the name under which a rule finds the codes of a kind; None if there are none."""
        if not self.references.get(kind):
            return None
        return self._used.setdefault(kind, f"gg_codes_{len(self._used) + 1}")

    def write(self, book: Workbook, titles: dict[str, str]) -> None:
        """Write the lists that rules asked for; `titles` are those of the kinds."""
        if self._used:
            self._write_references(book, titles)
        if self._choices:
            columns = [list(choices) for choices in self._choices]
            sheet = book.create_sheet(self.words("sheets", "lists"))
            sheet.sheet_state = "hidden"
            for row in zip_longest(*columns):
                sheet.append([_text(sheet, word) for word in row])
            for at, (choices, name) in enumerate(self._choices.items(), start=1):
                _name(book, name, sheet, at, (1, len(choices)))

    def _write_references(self, book: Workbook, titles: dict[str, str]) -> None:
        sheet = book.create_sheet(self.words("sheets", "references"))
        sheet.freeze_panes = "A2"
        columns: list[list[str]] = []
        for at, kind in enumerate(self._used):
            columns += [[code for code, _ in self.references[kind]]]
            columns += [[name for _, name in self.references[kind]]]
            for letter, width in (
                (get_column_letter(2 * at + 1), 20),
                (get_column_letter(2 * at + 2), 26),
            ):
                sheet.column_dimensions[letter].width = width
        headings = [word for kind in self._used for word in (titles[kind], "")]
        cells = [_text(sheet, heading) for heading in headings]
        for cell in cells:
            if cell is not None:
                cell.font = Font(bold=True)
        sheet.append(cells)
        for row in zip_longest(*columns):
            sheet.append([_text(sheet, word) for word in row])
        for at, (kind, name) in enumerate(self._used.items()):
            _name(book, name, sheet, 2 * at + 1, (2, len(self.references[kind]) + 1))


def _text(sheet: Any, word: str | None) -> WriteOnlyCell | None:
    if not word:
        return None
    cell = WriteOnlyCell(sheet, value=text_of(word))
    cell.data_type = "s"  # a code that begins with a sign is no formula
    cell.number_format = "@"
    return cell


def _name(book: Workbook, name: str, sheet: Any, column: int, rows: tuple[int, int]) -> None:
    letter = get_column_letter(column)
    where = f"{quote_sheetname(sheet.title)}!${letter}${rows[0]}:${letter}${rows[1]}"
    book.defined_names[name] = DefinedName(name, attr_text=where)
