"""Writers of tables: CSV for programs, Excel for people.

Places stand in the system in which they come, degrees or metres. A text that a spreadsheet would
run as a formula is disarmed: with an apostrophe before it in CSV, as a text cell in Excel.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pandas as pd
import shapely
from geopandas import GeoDataFrame
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from layers.exporting.errors import ExportTooLargeError
from layers.exporting.formulas import FORMULA_STARTS, guard
from layers.exporting.places import DATUM_FIELD
from layers.exporting.report import ExportReport
from layers.exporting.vector import report_of
from layers.kinds import LIST_SEPARATOR, Field, FieldType, GeometryFamily, Kind

_UID = Field(key="uid", title_zh="唯一标识", title_en="Identifier")
_WKT = Field(key="wkt", title_zh="几何（WKT）", title_en="Geometry (WKT)")
_LONGITUDE = Field(key="lon", title_zh="经度", title_en="Longitude", type=FieldType.REAL)
_LATITUDE = Field(key="lat", title_zh="纬度", title_en="Latitude", type=FieldType.REAL)
_EASTING = Field(key="x", title_zh="横坐标", title_en="Easting", type=FieldType.REAL)
_NORTHING = Field(key="y", title_zh="纵坐标", title_en="Northing", type=FieldType.REAL)
_DECIMALS = 9  # of a degree: a tenth of a millimetre

_XLSX_ROWS = 1_048_576 - 1
_XLSX_CHARACTERS = 32_767
_NUMBER_FORMATS = {
    FieldType.TEXT: "@",
    FieldType.TEXT_LIST: "@",
    FieldType.DATE: "yyyy-mm-dd",
    FieldType.DATETIME: "yyyy-mm-dd hh:mm:ss",
}


def write_csv(kind: Kind, frame: GeoDataFrame, path: Path) -> ExportReport:
    """Write keys as header, values as stored, places as WKT; UTF-8 as Excel recognises it."""
    fields, frame = _with_places(kind, frame, as_wkt=True)
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([field.key for field in fields])
        columns = [_column(frame, field, _csv_cells(frame[field.key])) for field in fields]
        writer.writerows(zip(*columns, strict=True))
    return report_of(kind, frame, path)


def write_workbook(kind: Kind, frame: GeoDataFrame, path: Path, lang: str) -> ExportReport:
    """Write titles as header and code lists by their titles, in one language.

    Raises
    ------
    ExportTooLargeError
    """
    return write_workbook_of([(kind, frame)], path, lang)[0]


def write_workbook_of(
    layers: Iterable[tuple[Kind, GeoDataFrame]], path: Path, lang: str
) -> list[ExportReport]:
    """Write a workbook with a sheet a layer, as `write_workbook` does.

    Raises
    ------
    ExportTooLargeError
    """
    book = Workbook(write_only=True)
    reports = [_add_sheet(book, kind, frame, path, lang) for kind, frame in layers]
    book.save(path)
    return reports


def _add_sheet(
    book: Workbook, kind: Kind, frame: GeoDataFrame, path: Path, lang: str
) -> ExportReport:
    if len(frame) > _XLSX_ROWS:
        raise ExportTooLargeError(format="xlsx", rows=len(frame), allowed=_XLSX_ROWS)
    fields, frame = _with_places(kind, frame, as_wkt=kind.geometry != (GeometryFamily.POINT,))
    losses = _cut_long_wkt(frame)
    sheet = book.create_sheet(_title(kind, lang))
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(fields))}{len(frame) + 1}"
    sheet.append([_heading(sheet, _title(field, lang)) for field in fields])
    columns = [_column(frame, field, _worded(field, lang)) for field in fields]
    for row in zip(*columns, strict=True):
        sheet.append([_cell(sheet, field, value) for field, value in zip(fields, row, strict=True)])
    return report_of(kind, frame, path, losses=losses)


def _with_places(
    kind: Kind, frame: GeoDataFrame, *, as_wkt: bool
) -> tuple[list[Field], GeoDataFrame]:
    fields = [_UID, *(field for field in kind.fields if field.key in frame.columns)]
    if not kind.is_spatial:
        return fields, frame.reset_index()
    if DATUM_FIELD.key in frame.columns:
        fields.append(DATUM_FIELD)
    frame = frame.reset_index()
    places = frame.geometry.to_numpy()
    if as_wkt:
        wkt = shapely.to_wkt(places, rounding_precision=_DECIMALS)
        return [*fields, _WKT], frame.assign(wkt=wkt)
    in_metres = frame.crs is not None and frame.crs.is_projected
    axes = (_EASTING, _NORTHING) if in_metres else (_LONGITUDE, _LATITUDE)
    x, y = shapely.get_x(places).round(_DECIMALS), shapely.get_y(places).round(_DECIMALS)
    return [*fields, *axes], frame.assign(**{axes[0].key: x, axes[1].key: y})


def _cut_long_wkt(frame: GeoDataFrame) -> dict[str, int]:
    """Leave out outlines that no cell can hold, and count them."""
    if _WKT.key not in frame:
        return {}
    too_long = frame[_WKT.key].str.len() > _XLSX_CHARACTERS
    frame.loc[too_long, _WKT.key] = None
    return {_WKT.key: int(too_long.sum())} if too_long.any() else {}


def _column(frame: GeoDataFrame, field: Field, cell: Callable[[Any], object]) -> list[object]:
    column = frame[field.key]
    missing = pd.isna(column)
    if missing.all():
        return [None] * len(column)
    # A moment of pandas takes many times as long to write as one of Python.
    is_moment = isinstance(column.dtype, pd.DatetimeTZDtype)
    values = (pd.DatetimeIndex(column).to_pydatetime() if is_moment else column).tolist()
    return [
        None if absent else cell(value)
        for value, absent in zip(values, missing.tolist(), strict=True)
    ]


def _csv_cells(column: pd.Series[Any]) -> Callable[[Any], object]:
    """Choose how the values of a column are written, once for all of them."""
    if isinstance(column.dtype, pd.StringDtype):
        return guard
    is_number = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    return _as_it_is if is_number else _csv_cell


def _as_it_is(value: object) -> object:
    return value


def _csv_cell(value: Any) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.date):
        return value.isoformat()
    return guard(value)


def _worded(field: Field, lang: str) -> Callable[[Any], object]:
    """Make a function that writes a value as people read it."""
    codes = field.codes
    if codes is not None:
        titles = {choice.value: _title(choice, lang) for choice in codes.choices}
        return lambda value: LIST_SEPARATOR.join(
            titles.get(part, part) for part in str(value).split(LIST_SEPARATOR)
        )
    if field.type is FieldType.DATETIME:
        return lambda value: value.astimezone(dt.UTC).replace(tzinfo=None)
    return lambda value: value


def _title(thing: Any, lang: str) -> str:
    return str(thing.title_zh if lang == "zh" else thing.title_en)


def _heading(sheet: Any, title: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value=title)
    cell.font = Font(bold=True)
    return cell


def _cell(sheet: Any, field: Field, value: object) -> WriteOnlyCell | None:
    if value is None:
        return None
    if isinstance(value, str):
        value = ILLEGAL_CHARACTERS_RE.sub("", value)
    cell = WriteOnlyCell(sheet, value=value)
    cell.number_format = _NUMBER_FORMATS.get(field.type, "General")
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        cell.data_type = "s"
        cell.quotePrefix = True
    return cell
