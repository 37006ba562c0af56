"""Whether a form is still the one that its mapping was written for, heading by heading."""

from __future__ import annotations

from openpyxl.workbook import Workbook

from layers.forms.errors import FormChangedError, FormMovedError
from layers.forms.look import FoundTable, Grid, find_tables
from layers.forms.mapping import FormMapping, TableMapping
from layers.kinds import fold


def require_unmoved(file: str, book: Workbook, mapping: FormMapping) -> list[FoundTable]:
    """Find the tables of a mapping in a form, each where it was.

    Raises
    ------
    FormChangedError
        Naming every heading and label that is not where the mapping has it.
    """
    grids = {sheet.title: Grid(sheet) for sheet in book.worksheets}
    found = {title: find_tables(grid) for title, grid in grids.items()}
    moved: list[FormMovedError] = []
    tables: list[FoundTable] = []
    for table in mapping.tables:
        here = next(
            (each for each in found.get(table.sheet, []) if each.header == table.header), None
        )
        if here is None:
            moved.append(_elsewhere(table, found.get(table.sheet, [])))
            continue
        tables.append(here)
        moved += _columns_moved(table, here)
    moved += _labels_moved(mapping, grids)
    if moved:
        raise FormChangedError(file=file, details=tuple(moved))
    return tables


def _columns_moved(table: TableMapping, here: FoundTable) -> list[FormMovedError]:
    by_letter = {column.letter: column.heading for column in here.columns}
    moved: list[FormMovedError] = []
    for column in table.columns:
        if fold(by_letter.get(column.column, "")) == fold(column.heading):
            continue
        now = [letter for letter, said in by_letter.items() if fold(said) == fold(column.heading)]
        cell = f"{table.sheet}!{column.column}{table.header[1]}"
        found = ", ".join(f"{letter}{here.header[1]}" for letter in now)
        moved.append(
            FormMovedError(
                cell=cell,
                heading=column.heading,
                found=found or by_letter.get(column.column) or "–",
            )
        )
    return moved


def _elsewhere(table: TableMapping, found: list[FoundTable]) -> FormMovedError:
    first, last = table.header
    heads = ", ".join(f"{each.header[0]}–{each.header[1]}" for each in found)
    heading = table.columns[0].heading if table.columns else ""
    return FormMovedError(cell=f"{table.sheet}!{first}:{last}", heading=heading, found=heads or "–")


def _labels_moved(mapping: FormMapping, grids: dict[str, Grid]) -> list[FormMovedError]:
    moved: list[FormMovedError] = []
    for cell in mapping.cells:
        grid = grids.get(cell.sheet)
        where = f"{cell.sheet}!{cell.cell}"
        if grid is None:
            moved.append(FormMovedError(cell=where, heading=cell.label, found="–"))
            continue
        target = grid.sheet[cell.cell]
        left = target.column - 1
        beside = grid.text(target.row, left) if left else ""
        if fold(beside.rstrip("：: ")) != fold(cell.label):
            moved.append(FormMovedError(cell=where, heading=cell.label, found=beside or "–"))
    return moved
