"""Tables whose places, if any, stand in columns: delimited text and Excel workbooks."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import zip_longest
from pathlib import Path

from layers.exporting.formulas import FORMULA_STARTS, unguard
from layers.importing.errors import (
    SourceLayerMissingError,
    SourceLayerNotChosenError,
    SourceUnreadableError,
)
from layers.importing.files import check_limit, check_shape
from layers.importing.limits import MAX_CELLS, MAX_ROWS
from layers.importing.readers.layout import Grid, lay_out
from layers.importing.readers.lines import Line
from layers.importing.readers.merged import fill_merged
from layers.importing.readers.places import find_places
from layers.importing.readers.table import (
    Remark,
    SheetShape,
    SourceOptions,
    Table,
    remark_on_rows,
)
from layers.importing.readers.text import detect_delimiter, detect_encoding
from layers.importing.readers.workbook import (
    OWN_SHEETS,
    Notes,
    Package,
    Sheet,
    open_package,
    read_cells,
    read_notes,
)
from layers.kinds import fold

_MAX_FIELD_CHARACTERS = 2**31 - 1  # the csv module's own bound is 128 KiB: too small for a polygon
_SEPARATOR_SAID = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
_TEXT_FORMULA = re.compile(r'="([^"]*)"')  # how programs keep a spreadsheet from reading a number
_NOT_DATA = re.compile(
    r"(填写|填表|使用)?说明|字典|代码表|编码对照|填报须知"
    r"|read ?me|instructions|code lists|codes in use",
    re.IGNORECASE,
)


def read_csv(path: Path, options: SourceOptions) -> Table:
    """Read delimited text; encoding and delimiter are found out.

    Raises
    ------
    SourceUnreadableError, SourceTooLargeError, SourceLayerMissingError, SourceHeaderMissingError,
    MappingColumnError
    """
    if options.layer is not None:
        raise SourceLayerMissingError(file=path.name, layer=options.layer, layers=[])
    content = path.read_bytes()
    encoding = options.encoding or detect_encoding(content)
    if encoding is None:
        raise SourceUnreadableError(file=path.name, reason="not_text", detail="")
    try:
        text = content.decode(encoding).removeprefix("\ufeff")
    except (LookupError, UnicodeDecodeError) as error:
        raise SourceUnreadableError(file=path.name, reason="encoding", detail=str(error)) from error
    said = _SEPARATOR_SAID.match(text)
    text = text[said.end() :] if said else text
    delimiter = said[1] if said else detect_delimiter(text)
    lines = _split(path.name, text, delimiter)
    remarks = [] if options.encoding else [Remark("encoding_detected", {"encoding": encoding})]
    if delimiter != ",":
        remarks.append(Remark("separator", {"separator": delimiter}))
    grid = Grid(lines=lines, numbers=range(1, len(lines) + 1))
    part = _Part(layer=None, encoding=encoding, remarks=tuple(remarks), separator=delimiter)
    return _table(path, grid, options, part)


def _split(name: str, text: str, delimiter: str) -> list[Line]:
    """Split text into lines of cells.

    A quotation mark that is never closed would swallow the rest of the file into one cell.
    """
    csv.field_size_limit(_MAX_FIELD_CHARACTERS)
    lines: list[Line] = []
    cells = 0
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    try:
        for line in reader:
            cells += len(line)
            check_limit(name, "cells", cells, MAX_CELLS)
            check_limit(name, "rows", len(lines) + 1, MAX_ROWS + 1)
            lines.append([_cell(cell) for cell in line])
    except csv.Error as error:
        raise SourceUnreadableError(file=name, reason="quotes", detail=str(error)) from error
    if text.count('"') % 2 and lines and any(_has_many_lines(cell) for cell in lines[-1]):
        raise SourceUnreadableError(file=name, reason="quotes", detail=f"line {len(lines)}")
    return lines


def _has_many_lines(cell: object) -> bool:
    return isinstance(cell, str) and "\n" in cell


def _cell(text: str) -> object:
    if not text:
        return None
    if text[0] == "=" and (formula := _TEXT_FORMULA.fullmatch(text)):
        return formula[1] or None
    if text[0] == "'" and text[1:2].isdigit():
        return text[1:]  # typed before a code, so that a spreadsheet keeps it
    return unguard(text) if text[0] == "'" else text


def read_xlsx(path: Path, options: SourceOptions) -> Table:
    """Read one sheet of a workbook: values as calculated, never formulas.

    Raises
    ------
    SourceUnreadableError, SourceLayerError, SourceTooLargeError, SourceHeaderMissingError,
    MappingColumnError
    """
    with open_package(path) as package:
        notes = read_notes(package, path.name)
        sheet, remarks = _choose_sheet(path, package, options, notes)
        with package.stream(sheet.part) as stream:
            cells = read_cells(stream, package, path.name)
    if package.dates_from_1904:
        remarks.append(Remark("date_system_1904"))
    remarks += remark_on_rows("hidden_rows_read", cells.hidden)
    rows = [
        [unguard(cell) if _may_be_guarded(cell) else cell for cell in row] for row in cells.rows
    ]
    grid = Grid(lines=rows, numbers=cells.numbers, merged=cells.merged)
    part = _Part(
        layer=sheet.name,
        remarks=tuple(remarks),
        dates_from_1904=package.dates_from_1904,
        notes=notes,
    )
    return _table(path, grid, options, part)


def data_sheets(path: Path) -> list[str]:
    """Name the sheets of a workbook that are shown, hold something and are no notes.

    Those of which a workbook of ours says that they are for reading are left out as well.

    Raises
    ------
    SourceUnreadableError, SourceTooLargeError
    """
    with open_package(path) as package:
        notes = read_notes(package, path.name)
        reading = frozenset() if notes is None else notes.reading
        return [
            sheet.name
            for sheet in package.sheets
            if not sheet.hidden
            and sheet.name not in reading
            and not _NOT_DATA.fullmatch(sheet.name.strip())
            and _has_cells(package, sheet, path.name)
        ]


def _may_be_guarded(cell: object) -> bool:
    return isinstance(cell, str) and cell[:1] == "'" and cell[1:2] in (*FORMULA_STARTS, "'")


def _choose_sheet(
    path: Path, package: Package, options: SourceOptions, notes: Notes | None
) -> tuple[Sheet, list[Remark]]:
    sheets = {sheet.name: sheet for sheet in package.sheets}
    wanted = options.layer
    if wanted is not None:
        if wanted not in sheets:
            raise SourceLayerMissingError(file=path.name, layer=wanted, layers=list(sheets))
        return sheets[wanted], []
    if not sheets:
        raise SourceUnreadableError(file=path.name, reason="no_sheets", detail="")
    shown = [sheet for sheet in sheets.values() if not sheet.hidden] or list(sheets.values())
    full = [sheet for sheet in shown if len(shown) == 1 or _has_cells(package, sheet, path.name)]
    reading = frozenset() if notes is None else notes.reading
    full = [sheet for sheet in full if sheet.name not in reading] or full
    data = [sheet for sheet in full if not _NOT_DATA.fullmatch(sheet.name.strip())] or full or shown
    if len(data) > 1 and full:
        data = [sheet for sheet in data if fold(sheet.name) in options.sheets] or data
    if len(data) > 1 and full:
        names = [sheet.name for sheet in full]
        raise SourceLayerNotChosenError(file=path.name, layers=names)
    passed_over = {
        "sheets_not_read": [sheet.name for sheet in full if sheet is not data[0]],
        "hidden_sheets_not_read": [s.name for s in sheets.values() if s not in shown],
    }
    known = frozenset() if notes is None else OWN_SHEETS | notes.reading
    unread = {
        code: [name for name in names if name not in known] for code, names in passed_over.items()
    }
    return data[0], [Remark(code, {"sheets": names}) for code, names in unread.items() if names]


def _has_cells(package: Package, sheet: Sheet, name: str) -> bool:
    with package.stream(sheet.part) as stream:
        return bool(read_cells(stream, package, name, stop_after=1).rows)


@dataclass(frozen=True, kw_only=True)
class _Part:
    """What is known of a sheet beside its cells."""

    layer: str | None
    remarks: tuple[Remark, ...]
    encoding: str | None = None
    dates_from_1904: bool = False
    separator: str | None = None
    notes: Notes | None = None


def _table(path: Path, grid: Grid, options: SourceOptions, part: _Part) -> Table:
    layout = lay_out(grid, options, name=path.name)
    filled = fill_merged(layout.rows, layout.numbers, grid.merged)
    width = max([len(layout.names), *map(len, layout.rows)])
    names = [*layout.names, *_names_beyond(layout.names, width)]
    check_shape(path.name, rows=len(layout.rows), columns=width)
    columns = _columns(names, layout.rows)
    places = find_places(columns, options)
    return Table(
        columns={name: values for name, values in columns.items() if name not in places.used},
        length=len(layout.rows),
        layer=part.layer,
        wkb=places.wkb,
        axes=places.axes,
        row_numbers=layout.numbers,
        encoding=part.encoding,
        remarks=(*part.remarks, *layout.remarks, *filled),
        faults=places.faults,
        dates_from_1904=part.dates_from_1904,
        sheet=SheetShape(
            header=layout.header,
            first_row=min(layout.numbers, default=max(layout.header, default=0) + 1),
            headings=tuple(names),
            merged=grid.merged,
            separator=part.separator,
        ),
        datum_said=part.notes.datum if part.notes else None,
        versions=part.notes.versions if part.notes else {},
    )


def _names_beyond(names: Sequence[str], width: int) -> list[str]:
    """Name columns that have cells and no heading, so that nothing is lost unsaid."""
    return [f"column_{position}" for position in range(len(names) + 1, width + 1)]


def _columns(names: Sequence[str], rows: Sequence[Line]) -> dict[str, list[object]]:
    if not rows:
        return {name: [] for name in names}
    values = [list(column) for column in zip_longest(*rows)]
    values += [[None] * len(rows) for _ in range(len(names) - len(values))]
    return dict(zip(names, values, strict=True))
