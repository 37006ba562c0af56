"""Workbooks of layers: empty ones to fill in, and exports that come back edited.

Both have the same sheets, one a layer, so that who knows one knows the other; an export says in
two more columns which feature a row is, and as of which changeset.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from geopandas import GeoDataFrame
from openpyxl import Workbook
from pyproj import CRS

from layers.exporting.errors import ExportTooLargeError
from layers.exporting.report import ExportReport
from layers.exporting.vector import report_of
from layers.exporting.workbook.columns import REVISION, Column, Layout, columns_of
from layers.exporting.workbook.lists import Lists, References
from layers.exporting.workbook.notes import write_notes
from layers.exporting.workbook.rows import rows_of
from layers.exporting.workbook.sheet import FIRST_ROW, ROWS, write_sheet
from layers.exporting.workbook.words import Words
from layers.kinds import KINDS, Kind, Kinds
from layers.kinds.sheets import SheetView

_NUMBERS = {4326: "WGS84", 4490: "CGCS2000"}


@dataclass(frozen=True, kw_only=True)
class TemplateOptions:
    """Say how an empty workbook is made.

    `datum` is that of the coordinates which will be filled in; where it is None, whoever fills
    the workbook in has to choose it. `references` are codes and names by kind, to choose from.
    """

    lang: str = "zh"
    datum: str | None = None
    references: References = field(default_factory=dict)
    kinds: Kinds = KINDS


def write_template(
    views: Sequence[SheetView], path: Path, options: TemplateOptions | None = None
) -> None:
    """Write a workbook to fill in, one sheet for each view."""
    chosen = options or TemplateOptions()
    layout = Layout(words=Words(chosen.lang), kinds=chosen.kinds, datum=chosen.datum)
    book = Workbook(write_only=True)
    lists = Lists(layout.words, dict(chosen.references))
    sheets = [
        (layout.words.title(view), view.kind, _columns(view, layout, with_identity=False))
        for view in views
    ]
    for title, _, columns in sheets:
        write_sheet(book, title, columns, (), lists=lists)
    _finish(book, sheets, layout, lists, is_template=True)
    book.save(path)


def write_book(
    layers: Iterable[tuple[Kind, GeoDataFrame]], path: Path, lang: str, kinds: Kinds = KINDS
) -> list[ExportReport]:
    """Write features as a workbook that can be edited and imported again.

    Each frame is indexed by uid, has a column `revision`, and its geometry in the datum that the
    sheet shall be in; all spatial ones in the same.

    Raises
    ------
    ExportTooLargeError
    """
    book = Workbook(write_only=True)
    layout = Layout(words=Words(lang), kinds=kinds)
    lists = Lists(layout.words)
    sheets: list[tuple[str, Kind, Sequence[Column]]] = []
    reports: list[ExportReport] = []
    for kind, frame in layers:
        if len(frame) > ROWS - FIRST_ROW + 1:
            raise ExportTooLargeError(format="xlsx", rows=len(frame), allowed=ROWS - FIRST_ROW + 1)
        if kind.is_spatial and frame.crs is not None:
            layout = replace(layout, datum=datum_of(frame.crs), in_metres=frame.crs.is_projected)
        wanted = columns_of(kind, layout, with_identity=True)
        columns = [each for each in wanted if each.field.key in frame or each.role != "field"]
        rows, losses = rows_of(frame, columns, layout)
        title = layout.words.title(kind)
        write_sheet(book, title, columns, rows, lists=lists, count=len(frame))
        sheets.append((title, kind, columns))
        written = frame.drop(columns=REVISION.key)
        reports.append(report_of(kind, written, path, losses=losses))
    _finish(book, sheets, layout, lists, is_template=False)
    book.save(path)
    return reports


def datum_of(crs: CRS) -> str:
    """Name the datum of a system as the importer understands it."""
    number = crs.to_epsg()
    if number is None:
        return str(crs.name)
    return _NUMBERS.get(number, f"EPSG:{number}")


def _columns(view: SheetView, layout: Layout, *, with_identity: bool) -> Sequence[Column]:
    columns = columns_of(view.kind, layout, with_identity=with_identity)
    return [each for each in columns if each.field.key not in view.left_out]


def _finish(
    book: Workbook,
    sheets: Sequence[tuple[str, Kind, Sequence[Column]]],
    layout: Layout,
    lists: Lists,
    *,
    is_template: bool,
) -> None:
    write_notes(book, sheets, layout, is_template=is_template)
    lists.write(book, {key: layout.words.title(kind) for key, kind in layout.kinds.items()})
