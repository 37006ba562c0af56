"""Tables whose places, if any, stand in columns: delimited text and Excel workbooks."""

from __future__ import annotations

import csv
import warnings
import zipfile
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from layers.exporting.formulas import unguard
from layers.importing.errors import (
    SourceLayerMissingError,
    SourceLayerNotChosenError,
    SourceUnreadableError,
)
from layers.importing.files import check_shape
from layers.importing.readers.places import find_places
from layers.importing.readers.table import SourceOptions, Table
from layers.importing.readers.vector import decodable_as

_DELIMITERS = ",;\t|"
_HEADER_ROWS = 1
_MAX_FIELD_CHARACTERS = 2**31 - 1  # the csv module's own bound is 128 KiB: too small for a polygon


def read_csv(path: Path, options: SourceOptions) -> Table:
    """Read delimited text; encoding and delimiter are found out.

    Raises
    ------
    SourceUnreadableError, SourceTooLargeError, SourceLayerMissingError, MappingColumnError
    """
    if options.layer is not None:
        raise SourceLayerMissingError(file=path.name, layer=options.layer, layers=[])
    content = path.read_bytes()
    encoding = options.encoding or decodable_as(content) or "utf-8"
    csv.field_size_limit(_MAX_FIELD_CHARACTERS)
    try:
        text = content.decode(encoding).removeprefix("\ufeff")
        lines = csv.reader(StringIO(text, newline=""), delimiter=_delimiter(text))
        cells = [[unguard(cell) or None for cell in line] for line in lines]
    except (LookupError, UnicodeDecodeError, csv.Error) as error:
        raise SourceUnreadableError(file=path.name, reason=str(error)) from error
    return _sheet(path, cells, options, encoding=encoding)


def read_xlsx(path: Path, options: SourceOptions) -> Table:
    """Read one sheet of a workbook: values as calculated, never formulas.

    Raises
    ------
    SourceUnreadableError, SourceLayerError, SourceTooLargeError, MappingColumnError
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of styles that openpyxl leaves out
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        sheet = _choose_sheet(path, book.sheetnames, options.layer)
        cells = [[unguard(cell) for cell in row] for row in book[sheet].iter_rows(values_only=True)]
        book.close()
    except (InvalidFileException, zipfile.BadZipFile, KeyError, OSError, ValueError) as error:
        raise SourceUnreadableError(file=path.name, reason=str(error)) from error
    return _sheet(path, cells, options, layer=sheet)


def _choose_sheet(path: Path, sheets: Sequence[str], wanted: str | None) -> str:
    if wanted is not None and wanted not in sheets:
        raise SourceLayerMissingError(file=path.name, layer=wanted, layers=list(sheets))
    if wanted is None and len(sheets) > 1:
        raise SourceLayerNotChosenError(file=path.name, layers=list(sheets))
    return wanted or sheets[0]


def _delimiter(text: str) -> str:
    header = text.partition("\n")[0]
    return max(_DELIMITERS, key=header.count)


def _sheet(
    path: Path,
    cells: Sequence[Sequence[object]],
    options: SourceOptions,
    *,
    layer: str | None = None,
    encoding: str | None = None,
) -> Table:
    header = _header(cells[0]) if cells else []
    body = _without_empty_tail(cells[_HEADER_ROWS:])
    check_shape(path.name, rows=len(body), columns=len(header))
    columns = {
        name: [row[i] if i < len(row) else None for row in body] for i, name in enumerate(header)
    }
    places = find_places(columns, options)
    return Table(
        columns={name: values for name, values in columns.items() if name not in places.used},
        length=len(body),
        layer=layer,
        wkb=places.wkb,
        first_row=1 + _HEADER_ROWS,
        encoding=encoding,
        faults=places.faults,
    )


def _header(cells: Sequence[object]) -> list[str]:
    """Name every column; nameless ones by position, repeated ones with a number."""
    names: list[str] = []
    for position, cell in enumerate(cells, start=1):
        wanted = str(cell).strip() if cell is not None else f"column_{position}"
        name, copy = wanted, 2
        while name in names:
            name, copy = f"{wanted}_{copy}", copy + 1
        names.append(name)
    return names


def _without_empty_tail(rows: Sequence[Sequence[object]]) -> Sequence[Sequence[object]]:
    end = len(rows)
    while end and all(value is None for value in rows[end - 1]):
        end -= 1
    return rows[:end]
