"""Rejected rows of a delimited text, in its encoding and with its separator."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from itertools import chain
from pathlib import Path

from layers.exporting.formulas import FORMULA_STARTS, guard
from layers.importing.readers import SheetShape
from layers.importing.source import Source, is_returned

_HARMLESS = re.compile(r"""[+-]?[\d.,]+([eE][+-]?\d+)?%?|[-—]+|="[^"]*"|""")
_SEPARATOR_SAID = re.compile(r"sep=.\r?\n", re.IGNORECASE)
_BYTE_ORDER_MARK = "\ufeff"


def return_lines(
    source: Source,
    sheet: SheetShape,
    path: Path,
    target: Path,
    remarks: Mapping[int, str],
    heading: str,
) -> None:
    """Write the lines above the first row, and those on which there is a remark.

    Characters that a remark has and the encoding lacks are written as question marks.
    """
    separator = sheet.separator or ","
    encoding = source.encoding or "utf-8"
    columns = [at for at, name in enumerate(sheet.headings) if not is_returned(name)]
    with (
        path.open(encoding=encoding, newline="") as original,
        target.open("w", encoding=encoding, newline="", errors="replace") as copy,
    ):
        first = original.readline()
        plain = first.removeprefix(_BYTE_ORDER_MARK)
        # Of UTF-16 the codec takes the mark away and writes it anew.
        copy.write(first[: len(first) - len(plain)])
        if _SEPARATOR_SAID.fullmatch(plain):
            copy.write(plain)
            plain = ""
        lines = csv.reader(chain([plain] if plain else [], original), delimiter=separator)
        writer = csv.writer(copy, delimiter=separator, lineterminator=_line_end(first))
        for number, line in enumerate(lines, start=1):
            if number >= sheet.first_row and number not in remarks:
                continue
            cells = [line[at] if at < len(line) else "" for at in columns]
            said = heading if number == min(sheet.header) else remarks.get(number, "")
            writer.writerow([*map(_disarmed, cells), guard(said)])


def _disarmed(cell: str) -> object:
    """Guard a text that a spreadsheet would run; numbers and dashes are none."""
    if not cell.startswith(FORMULA_STARTS) or _HARMLESS.fullmatch(cell):
        return cell
    return guard(cell)


def _line_end(line: str) -> str:
    return "\r\n" if line.endswith("\r\n") else "\n"
