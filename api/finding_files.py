"""Findings as files: a map that works offline, a workbook, a layer for a desktop GIS."""

from collections.abc import Callable, Mapping
from pathlib import Path

from geopandas import GeoDataFrame
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from api.export import map_options
from api.maps.findings import findings_map
from api.maps.scene import GROUND_LOOKS
from api.tables import Column, Table, write_workbook
from api.texts import Texts
from layers import Store
from layers.checking import write_findings
from layers.exporting.errors import ExportTooLargeError
from layers.kinds import KINDS
from layers.territory import LEVELS

_COLUMNS = ("severity", "layer", "key", "field", "message", "remedy", "code", "uid", "lon", "lat")
_XLSX_ROWS = 1_048_576 - 2
_DECIMALS = 7

Writer = Callable[[Store, GeoDataFrame, str, Path, Texts], None]


def write_page(store: Store, listed: GeoDataFrame, account: str, path: Path, texts: Texts) -> None:
    """Write the map of what was found, also of nothing, as one file that needs nobody."""
    ground = {key: store.read(key, columns=["code"]) for key in (*GROUND_LOOKS, *LEVELS)}
    made = findings_map(listed, ground, account, map_options(store, texts))
    path.write_text(made.finish().html, encoding="utf-8")


def write_book(store: Store, listed: GeoDataFrame, account: str, path: Path, texts: Texts) -> None:
    """Write one row for each finding, and a sheet of notes.

    Raises
    ------
    ExportTooLargeError
    """
    del store
    if len(listed) > _XLSX_ROWS:
        raise ExportTooLargeError(format="xlsx", rows=len(listed), allowed=_XLSX_ROWS)
    columns = [
        Column(
            texts(f"check.column.{name}"),
            texts(f"check.explained.{name}"),
            "0.0000000" if name in {"lon", "lat"} else "@",
        )
        for name in _COLUMNS
    ]
    points = listed.geometry.representative_point()
    places = zip(points.x.round(_DECIMALS), points.y.round(_DECIMALS), strict=True)
    rows = [
        [
            texts(f"check.severity.{row['severity']}"),
            texts.title(KINDS[row["kind"]]) if row["kind"] in KINDS else row["kind"],
            *(_clean(row[name]) for name in ("key", "field", "message", "remedy", "code", "uid")),
            *(None if degrees != degrees else degrees for degrees in place),  # noqa: PLR0124 - none
        ]
        for (_, row), place in zip(listed.iterrows(), places, strict=True)
    ]
    notes = Table(
        texts("pages.sheet.notes"),
        [Column(texts(f"pages.sheet.{name}"), "") for name in ("item", "content")],
        [(texts("check.map.title"), account), (texts("pages.sheet.note"), texts("check.sheet"))],
    )
    write_workbook([Table(texts("check.map.title"), columns, rows), notes], path)


def _clean(cell: object) -> object:
    """Drop the control characters that no workbook can hold."""
    return ILLEGAL_CHARACTERS_RE.sub("", cell) if isinstance(cell, str) else cell


def _write_layer(
    store: Store, listed: GeoDataFrame, account: str, path: Path, texts: Texts
) -> None:
    del store, account, texts
    write_findings(listed, path)


WRITERS: Mapping[str, Writer] = {
    ".html": write_page,
    ".xlsx": write_book,
    ".gpkg": _write_layer,
    ".geojson": _write_layer,
    ".csv": _write_layer,
}
