"""What the sheet 说明 of our own workbooks says to programs: the datum, versions of kinds.

Only notes that name our format count: in those of others, a cell beside "坐标基准" may mean
anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from layers.exporting.workbook.words import FORMAT, spelt
from layers.importing.readers.workbook.cells import read_cells
from layers.importing.readers.workbook.package import Package

_LINES = 60  # the notes begin with what programs read
_TITLES = spelt("sheets", "notes")
_LABELS = {name: spelt("labels", name) for name in ("format", "datum", "kind", "reading")}
# Sheets that we write beside those of layers.
OWN_SHEETS = _TITLES | spelt("sheets", "lists") | spelt("sheets", "references")


@dataclass(frozen=True, kw_only=True)
class Notes:
    """What a workbook of ours says of itself.

    `versions` are signs of the fields, by kind; `reading` names sheets that nobody fills in.
    """

    datum: str | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    reading: frozenset[str] = frozenset()


def read_notes(package: Package, name: str) -> Notes | None:
    """Read the notes of a workbook; None where it is none of ours."""
    for sheet in package.sheets:
        if sheet.name.strip() in _TITLES:
            with package.stream(sheet.part) as stream:
                lines = read_cells(stream, package, name, stop_after=_LINES).rows
            return _understood([[_text(cell) for cell in line] for line in lines])
    return None


def _understood(lines: list[list[str]]) -> Notes | None:
    said = {name: _said(lines, labels) for name, labels in _LABELS.items()}
    if not said["format"] or said["format"][0][0] != FORMAT:
        return None
    datums = [cells[0] for cells in said["datum"] if cells[0]]
    versions = {cells[1]: cells[2].split()[-1] for cells in said["kind"] if all(cells[:3])}
    reading = frozenset(cells[0] for cells in said["reading"] if cells[0])
    return Notes(datum=datums[0] if datums else None, versions=versions, reading=reading)


def _said(lines: list[list[str]], labels: frozenset[str]) -> list[list[str]]:
    """Give the cells to the right of a label, at least three of them."""
    found = [line[1:] for line in lines if line and line[0] in labels]
    return [[*cells, "", "", ""] for cells in found]


def _text(cell: object) -> str:
    return "" if cell is None else str(cell).strip()
