"""Lists of a form: a line a feature, in the style of the lines that are there."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any

import pandas as pd
from openpyxl.cell.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet

from layers.forms.look import FoundTable, is_formula, is_placeholder
from layers.forms.mapping import ColumnMapping, Expression, TableMapping
from layers.forms.measure import Measured
from layers.forms.naming import Named
from layers.forms.units import SCALES, rounded
from layers.kinds import LIST_SEPARATOR, Field, FieldType, Kind

if TYPE_CHECKING:
    from layers.forms.fill import Filler

MAX_LINES = 10_000


def fill_list(filler: Filler, sheet: Worksheet, said: TableMapping, found: FoundTable) -> None:
    """Write features into the lines of a list; a list at the end of its sheet grows.

    Where there are more features than lines, and something stands below, nothing is written.
    """
    kind = filler.meter.store.kind(said.kind or "")
    around = Named() if said.within is None else filler.names.called(said.within)
    wanted = Expression(measure="count", kind=kind.key, where=said.where)
    rows = filler.meter.features(wanted, around.units)
    lines = [
        row.number for row in found.rows if not row.is_total and _is_free(sheet, said, row.number)
    ]
    if not lines:
        return
    first = sheet[f"{said.columns[0].column}{lines[0]}"]
    if rows is None or around.reason is not None:
        filler.gap(first, kind.key, around.reason or "not_placed", around.found or kind.key)
        return
    if len(rows) > MAX_LINES or (len(rows) > len(lines) and not found.ends_sheet):
        filler.gap(first, kind.key, "list_too_long", f"{len(rows)} > {len(lines)}")
        return
    ordered = rows.sort_values("code", kind="stable")
    for number, feature in enumerate(ordered.to_dict("records"), 1):
        line = (
            lines[number - 1]
            if number <= len(lines)
            else _grow(sheet, lines[-1], number - len(lines))
        )
        for column in said.columns:
            cell = sheet[f"{column.column}{line}"]
            if column.expression.measure == "number":
                cell.value = number if is_placeholder(cell.value) else cell.value
            else:
                _put(filler, cell, kind, column, feature)


def _is_free(sheet: Worksheet, said: TableMapping, line: int) -> bool:
    return said.overwrite or all(
        is_placeholder(sheet[f"{column.column}{line}"].value)
        for column in said.columns
        if column.expression.measure == "field"
    )


def _grow(sheet: Worksheet, last: int, more: int) -> int:
    """Give a line below the last one its looks."""
    line = last + more
    for cell in sheet[last]:
        sheet.cell(line, cell.column)._style = copy(cell._style)  # noqa: SLF001 - openpyxl has no other way
    sheet.row_dimensions[line].height = sheet.row_dimensions[last].height
    return line


def _put(
    filler: Filler, cell: Cell, kind: Kind, column: ColumnMapping, feature: dict[str, Any]
) -> None:
    said = column.expression
    if said.measure == "manual" or is_formula(cell.value):
        return
    if said.measure != "field":
        filler.put(cell, column.heading, said, None, overwrite=False)
        return
    if said.field not in {field.key for field in kind.fields}:
        filler.gap(cell, column.heading, "field_unknown", f"{kind.key}.{said.field}")
        return
    value = _value(kind.field_named(said.field), feature[said.field], said)
    if value is None:
        filler.gap(cell, column.heading, "no_values", str(feature["code"]))
        return
    filler.write(cell, column.heading, said, Measured(value=value, features=1))


def _value(field: Field, value: Any, said: Expression) -> Any:
    """Give a value as people read it: codes in words, moments without their zone."""
    if value is None or pd.isna(value):
        return None
    if field.codes is not None:
        titles = {choice.value: choice.title_zh for choice in field.codes.choices}
        parts = str(value).split(LIST_SEPARATOR)
        return "、".join(titles.get(part, part) for part in parts)
    if field.type is FieldType.BOOLEAN:
        return "是" if value else "否"
    if field.type is FieldType.DATETIME:
        return value.tz_convert(None).to_pydatetime()
    if field.type in (FieldType.REAL, FieldType.INTEGER):
        scale = SCALES[said.unit] if said.unit else 1.0
        return rounded(float(value) * scale, said.decimals)
    return value
