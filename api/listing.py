"""Tables of analyses as they are printed and written: one table, whatever the door."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pandas import concat, isna

from api import figures
from api.tables import Column, Table, to_frame
from api.texts import Texts

__all__ = ["AREA", "COUNT", "METRES", "SHARE", "column", "note_sheet", "printed", "write_csv"]

COUNT, SHARE, AREA, METRES = "#,##0.##", "0.0%", "#,##0.00", "#,##0.0"
_DIGITS = {COUNT: 1, AREA: 2, METRES: 1, "0.00": 2, "0.0000": 4}


def column(subject: str, name: str, texts: Texts, number_format: str = "General") -> Column:
    """Take heading and explanation of a column from the texts of a subject, such as `holes`."""
    return Column(
        texts(f"{subject}.column.{name}"), texts(f"{subject}.explained.{name}"), number_format
    )


def printed(table: Table, texts: Texts) -> tuple[list[str], list[list[str]], list[int]]:
    """Write a table for a terminal: headings, cells, and which columns hold numbers."""
    rows = [
        [_written(cell, one.format, texts) for cell, one in zip(row, table.columns, strict=True)]
        for row in table.rows
    ]
    numbers = [n for n, one in enumerate(table.columns) if one.format in {*_DIGITS, SHARE}]
    return [one.heading for one in table.columns], rows, numbers


def note_sheet(lines: Sequence[tuple[str, str]], texts: Texts) -> Table:
    """Make the sheet that says how to read the others."""
    headings = [Column(texts(f"pages.sheet.{name}"), "") for name in ("item", "content")]
    return Table(texts("pages.sheet.notes"), headings, [line for line in lines if line[1]])


def write_csv(tables: Sequence[Table], path: Path) -> None:
    """Write tables of the same columns one below the other, as spreadsheets open UTF-8."""
    frame = concat([to_frame(table) for table in tables])
    frame.to_csv(path, index=False, encoding="utf-8-sig")


def _written(cell: Any, number_format: str, texts: Texts) -> str:
    if cell is None or (not isinstance(cell, str) and isna(cell)):
        return texts("pages.value.none")
    if number_format == SHARE:
        return figures.share(cell, texts)
    if number_format in _DIGITS:
        whole = float(cell).is_integer() and number_format == COUNT
        return f"{cell:,.0f}" if whole else f"{cell:,.{_DIGITS[number_format]}f}"
    return str(cell)
