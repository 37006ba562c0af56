"""A layer goes out as a workbook and comes back: nothing changes but what somebody edited."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely
from openpyxl.worksheet.worksheet import Worksheet

from layers import Store, create_store
from layers.exporting import ExportOptions, export_kind
from layers.importing import ImportOptions, ImportReport, Problem, Severity, import_file
from layers.kinds import KINDS, Field, FieldType, GeometryFamily, Kind
from layers.store.rows import DTYPES

ROWS = 24
TEXTS = [
    "007",
    "220605001001",
    "=HYPERLINK(1)",
    "-5",
    "@x",
    "'quoted",
    "'=quoted",
    "第一行\n第二行，" + "字" * 800,
    "  两边有空格 ",
    "",
    None,
    "𠮷😀龘",
    "-",
    "无",
    "1.2E+14",
    "a_x0041_b",
    "x\r\ny",
    "N/A",
    "TRUE",
    "2024-05-06",
    "合计",
    "必填",
    "#REF!",
    "＃全角Ａ",
]
DAYS = [dt.date(2024, 2, 29), None, dt.date(1850, 1, 1), dt.date(1900, 1, 1), dt.date(9999, 12, 31)]
MOMENTS = [
    pd.Timestamp("2026-05-01T00:30:00Z"),
    None,
    pd.Timestamp("2026-05-01T00:30:00.123456Z"),
    pd.Timestamp("1990-09-15T15:30:00Z"),  # an hour that came twice in Shanghai's summer time
    pd.Timestamp("1990-09-15T16:30:00Z"),
    pd.Timestamp("1899-12-31T23:59:59Z"),
]

# What a spreadsheet counts days from; its cells know no zone.
_FIRST = dt.datetime(1899, 12, 30)  # noqa: DTZ001


def values_of(kind: Kind, field: Field) -> list[Any]:
    """Give a field values that are awkward in a sheet."""
    if field.key == kind.key_field:
        return ["0012", "1E5", "2-3", "220605001001001", "=A1", *(f"c{n}" for n in range(5, ROWS))]
    if field.key == "valid_to":
        return [None] * ROWS
    by_type: dict[FieldType, list[Any]] = {
        FieldType.TEXT: TEXTS,
        FieldType.TEXT_LIST: ["甲;乙", None, "丙"],
        FieldType.INTEGER: [0, 1, None, 2**53 + 1, -3],
        FieldType.REAL: [0.1 + 0.2, None, 1e-9, 1234567.891, -0.5, 1.0],
        FieldType.BOOLEAN: [True, False, None],
        FieldType.DATE: DAYS,
        FieldType.DATETIME: MOMENTS,
    }
    values = by_type[field.type]
    if field.codes is not None:
        values = [*field.codes.values, None, *(["另一种"] if field.codes.extensible else [])]
        if field.type is FieldType.TEXT_LIST:
            values = [";".join(field.codes.values[:3]), *values]
    if field.required:
        values = [value for value in values if value not in (None, "")]
    return [values[row % len(values)] for row in range(ROWS)]


def place(family: GeometryFamily, row: int) -> shapely.Geometry:
    x, y = 126.123456789012345 + row / 700, 41.987654321098765 + row / 900
    shape = {
        GeometryFamily.POINT: shapely.Point(x, y),
        GeometryFamily.LINE: shapely.LineString([(x, y), (x + 1e-4, y + 2e-4), (x + 3e-4, y)]),
        GeometryFamily.AREA: shapely.Point(x, y).buffer(1e-3, quad_segs=5),
    }[family]
    hole = shapely.Point(x, y).buffer(2e-4, quad_segs=3)
    return shape.difference(hole) if family is GeometryFamily.AREA else shape


def features(kind: Kind) -> gpd.GeoDataFrame:
    columns = {
        field.key: pd.Series(values_of(kind, field), dtype=DTYPES[field.type])
        for field in kind.fields
    }
    places: list[shapely.Geometry | None] = [None] * ROWS
    if kind.is_spatial:
        families = kind.geometry
        places = [place(families[row % len(families)], row) for row in range(ROWS)]
        if not kind.geometry_required:
            places[2] = None
    return gpd.GeoDataFrame(columns, geometry=places, crs=4490)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Give a store with awkward features of every kind."""
    path = tmp_path_factory.mktemp("round") / "city.gpkg"
    made = create_store(path, metric_crs="EPSG:4551")
    with made.change(author="test", message="awkward") as writer:
        for kind in KINDS.values():
            writer.insert(kind.key, features(kind))
    yield made
    made.close()


def looked_at(store: Store, kind: str, path: Path) -> ImportReport:
    return import_file(store, kind, path, ImportOptions(dry_run=True))


def disturbing(report: ImportReport) -> list[Problem]:
    """List what is wrong with a row; that it names a unit which is not there is only a notice."""
    return [each for each in report.problems if each.severity is not Severity.NOTICE]


@pytest.mark.parametrize("kind", list(KINDS))
def test_an_export_that_nobody_edited_changes_nothing(
    store: Store, tmp_path: Path, kind: str
) -> None:
    lang = "en" if kind in {"adopter", "bare_land"} else "zh"
    export_kind(store, kind, tmp_path / "out.xlsx", ExportOptions(lang=lang))
    report = looked_at(store, kind, tmp_path / "out.xlsx")
    assert (report.read, report.unchanged) == (ROWS, ROWS), (report.problems, report.changes)
    assert disturbing(report) == []
    assert set(report.notes) <= {"component_system_unsaid"}
    assert report.not_stored == ()
    assert report.missing_in_file == ()


@pytest.mark.parametrize("datum", ["GCJ-02", "BD-09", "EPSG:4551"])
def test_places_written_in_another_datum_are_known_again(
    store: Store, tmp_path: Path, datum: str
) -> None:
    export_kind(store, "wall_surface", tmp_path / "out.xlsx", ExportOptions(datum=datum))
    report = looked_at(store, "wall_surface", tmp_path / "out.xlsx")
    assert (report.datum, report.unchanged) == (datum, ROWS), (report.problems, report.changes)
    if datum != "EPSG:4551":
        # Whoever says that they are in another one moves them all; one has no place.
        declared = ImportOptions(dry_run=True, datum="WGS84")
        moved = import_file(store, "wall_surface", tmp_path / "out.xlsx", declared)
        assert moved.changed == ROWS - 1


# What programs do to a sheet that somebody opens, looks at and saves again.


def resaved(path: Path) -> None:
    """Do all of it at once: codes as texts with blanks, days as numbers, more columns, sorted."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    header = [cell.value for cell in sheet[1]]
    _, _, *rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    for row in rows:
        for at, value in enumerate(row):
            if isinstance(value, dt.datetime):
                row[at] = (value - _FIRST).total_seconds() / 86400
            elif isinstance(value, int | float):
                row[at] = repr(value)
            elif isinstance(value, str) and "\n" not in value:
                row[at] = f"{value} "
    sheet.delete_rows(3, len(rows))
    for at, row in enumerate(reversed(rows), start=3):
        for column, value in enumerate(row, start=1):
            cell = sheet.cell(at, column, value)
            cell.data_type = "s" if isinstance(value, str) else cell.data_type
            cell.number_format = "General"
    sheet.cell(1, len(header) + 1, "我的备忘")
    sheet.cell(5, len(header) + 1, "再查")
    sheet.row_dimensions[6].hidden = True
    book.save(path)


@pytest.mark.parametrize("kind", ["bare_land", "grid_event", "wall_surface", "adoption", "rating"])
def test_saving_it_otherwise_changes_nothing(store: Store, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "out.xlsx"
    export_kind(store, kind, path)
    resaved(path)
    report = looked_at(store, kind, path)
    assert (report.read, report.unchanged) == (ROWS, ROWS), (report.problems, report.changes)
    assert report.not_stored == ("我的备忘",)
    assert "hidden_rows_read" in {remark.code for remark in report.remarks}


def edited(path: Path, cells: dict[tuple[int, str], object]) -> None:
    """Write into cells, named by row and heading."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    assert isinstance(sheet, Worksheet)
    columns = {str(cell.value): cell.column for cell in sheet[1]}
    for (row, heading), value in cells.items():
        sheet.cell(row, columns[heading]).value = value
    book.save(path)


def test_edits_are_the_changes(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    export_kind(store, "manhole_cover", path)
    before = store.read("manhole_cover")
    uids = before.index.tolist()
    edited(
        path,
        {
            (3, "编码"): "新编码",
            (4, "名称"): "改过的名称",
            (9, "经度"): 126.5,
            (6, "状况"): "缺失",
            (7, "名称"): None,
            (8, "调查日期"): dt.date(2026, 3, 5),
        },
    )
    report = looked_at(store, "manhole_cover", path)
    assert disturbing(report) == []
    found = {change.uid: dict(change.fields) for change in report.changes}
    assert found == {
        uids[0]: {"code": (before["code"].iloc[0], "新编码")},
        uids[1]: {"name": (before["name"].iloc[1], "改过的名称")},
        uids[6]: {"geometry": (None, None)},
        uids[3]: {"condition": (before["condition"].iloc[3], "missing")},
        uids[4]: {"name": (before["name"].iloc[4], None)},
        uids[5]: {"surveyed_on": (before["surveyed_on"].iloc[5], dt.date(2026, 3, 5))},
    }


def test_what_cannot_be_right_is_said(tmp_path: Path) -> None:
    """A copied row, a feature that is gone, a code of another, an edit of something older."""
    store = create_store(tmp_path / "city.gpkg", metric_crs="EPSG:4551")
    names = ["a", "b", "c", "d", "e"]
    covers = gpd.GeoDataFrame(
        {"code": names, "name": names},
        geometry=[shapely.Point(126.5 + n / 100, 42) for n in range(5)],
        crs=4490,
    )
    with store.change(author="test", message="first") as writer:
        uids = writer.insert("manhole_cover", covers)
    path = tmp_path / "out.xlsx"
    export_kind(store, "manhole_cover", path)
    with store.change(author="else", message="meanwhile") as writer:
        writer.delete("manhole_cover", uids[:1])
        writer.update("manhole_cover", pd.DataFrame({"name": ["B"]}, index=uids[1:2]))
        writer.update("manhole_cover", pd.DataFrame({"note": ["x"]}, index=uids[2:3]))
    edited(path, {(6, "编码"): "e", (3, "名称"): "a2"})
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    sheet.append([cell.value for cell in sheet[7]])  # e again, as a copied row is
    book.save(path)
    report = looked_at(store, "manhole_cover", path)
    found = {(problem.row, problem.code) for problem in report.problems}
    assert found == {
        (3, "feature_gone"),
        (4, "row_stale"),
        (5, "row_stale"),
        (6, "key_exists"),
        (6, "key_repeated"),
        (7, "row_copied"),
        (8, "row_copied"),
    }
    assert report.changes == ()
    store.close()


def test_rows_may_be_added_and_left_out(tmp_path: Path) -> None:
    store = create_store(tmp_path / "city.gpkg", metric_crs="EPSG:4551")
    frame = gpd.GeoDataFrame(
        {"code": ["a", "b"], "adopter_kind": ["department"] * 2}, geometry=[None, None], crs=4490
    )
    with store.change(author="test", message="first") as writer:
        writer.insert("adopter", frame)
    path = tmp_path / "out.xlsx"
    export_kind(store, "adopter", path)
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    sheet.delete_rows(4)
    sheet.append(["c", "园林处", "机关单位"])
    book.save(path)
    report = import_file(store, "adopter", path)
    assert (report.added, report.unchanged, report.missing_in_file) == (1, 1, ("b",))
    assert store.read("adopter")["code"].tolist().count("b") == 1
    added = store.read("adopter").set_index("code").loc["c"]
    assert (added["name"], added["adopter_kind"]) == ("园林处", "department")
    store.close()
