"""A form's workbook, opened within bounds; and what of it would not survive being written again."""

from __future__ import annotations

import re
import warnings
import zipfile
from pathlib import Path

import openpyxl
from openpyxl.drawing.image import PILImage
from openpyxl.workbook import Workbook

from layers.forms.errors import FormTooLargeError, FormUnreadableError
from layers.importing.errors import SourceError
from layers.importing.files import check_size
from layers.importing.readers.choice import reader_for

MAX_SHEETS = 60
MAX_ROWS = 20_000
MAX_COLUMNS = 300
MAX_CELLS = 400_000
_MAX_FILE_BYTES = 50 * 1024**2
_MAX_PART_BYTES = 200 * 1024**2

# What cannot be carried over, by a pattern of the parts of a workbook, or of their content.
_LOST_PARTS = {
    "pictures": re.compile(r"xl/media/"),
    "controls": re.compile(r"xl/(ctrlProps|activeX)/"),
    "macros": re.compile(r"xl/vbaProject\.bin"),
    "charts": re.compile(r"xl/charts/chart"),
    "links": re.compile(r"xl/externalLinks/"),
}
_SHAPE = re.compile(rb"<xdr:(sp|cxnSp)[ >]")


def open_book(path: Path) -> Workbook:
    """Open a form, its formulas as formulas.

    Raises
    ------
    FormUnreadableError, FormTooLargeError, SourceError
    """
    if path.suffix.lower() not in (".xlsx", ".xlsm"):
        raise FormUnreadableError(file=path.name, reason="not_xlsx")
    check_size(path)
    if reader_for(path).__name__ != "read_xlsx":
        raise FormUnreadableError(file=path.name, reason="not_xlsx")
    _check_parts(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of what it leaves out: said by `losses`
            book = openpyxl.load_workbook(path, rich_text=True)
    except SourceError:
        raise
    except Exception as error:  # openpyxl raises whatever a damaged part makes it raise
        raise FormUnreadableError(file=path.name, reason="damaged") from error
    _check_shape(path, book)
    return book


def losses(path: Path) -> tuple[str, ...]:
    """Name what a form has that is not in it any more when it has been filled."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        lost = [
            what
            for what, pattern in _LOST_PARTS.items()
            if any(pattern.match(name) for name in names)
            and not (what == "pictures" and PILImage)  # with Pillow they are carried over
        ]
        drawings = [name for name in names if re.match(r"xl/drawings/drawing\d+\.xml", name)]
        if any(_SHAPE.search(archive.read(name)) for name in drawings):
            lost.append("shapes")
    return tuple(lost)


def _check_parts(path: Path) -> None:
    """Refuse what would unpack to more than a form can be, before anything unpacks it."""
    _check(path, "bytes", path.stat().st_size, _MAX_FILE_BYTES)
    with zipfile.ZipFile(path) as archive:
        sizes = [info.file_size for info in archive.infolist()]
    _check(path, "unpacked_bytes", sum(sizes), _MAX_PART_BYTES)


def _check_shape(path: Path, book: Workbook) -> None:
    _check(path, "sheets", len(book.sheetnames), MAX_SHEETS)
    for sheet in book.worksheets:
        _check(path, "rows", sheet.max_row, MAX_ROWS)
        _check(path, "columns", sheet.max_column, MAX_COLUMNS)
        merged = sum(
            (each.max_row - each.min_row + 1) * (each.max_col - each.min_col + 1)
            for each in sheet.merged_cells.ranges
        )
        _check(path, "cells", max(merged, sheet.max_row * sheet.max_column), MAX_CELLS)


def _check(path: Path, what: str, found: int, allowed: int) -> None:
    if found > allowed:
        raise FormTooLargeError(file=path.name, what=what, found=found, allowed=allowed)
