"""Files that the store writes: whole, readable by others, and readable by ourselves again."""

import csv
import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely
from shapely import Point, box

from layers import Scope, Store, Verb, create_store
from layers.errors import ChangesetUnknownError, FilterError, ScopeError, UnknownKindError
from layers.exporting import FORMATS, ExportOptions, export_kind
from layers.exporting.errors import (
    ExportFolderMissingError,
    ExportFormatError,
    ExportGeometryError,
    ExportOntoStoreError,
    ExportTooLargeError,
)
from layers.importing import ImportOptions, Mapping, import_file

DAY = dt.date(2024, 5, 6)
FORMULA = '=HYPERLINK("http://x","y")'
GREEN_FORMATS = [".gpkg", ".geojson", ".parquet", ".shp", ".csv", ".xlsx", ".kml", ".zip"]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = create_store(tmp_path / "city.gpkg", metric_crs="EPSG:4551")
    green = gpd.GeoDataFrame(
        {
            "code": ["220605001001001", "g2", "g3"],
            "name": ["白山公园", FORMULA, None],
            "access": ["public", "private", None],
            "counts_as_green": pd.array([True, False, None], dtype="boolean"),
            "area_m2": pd.array([1234.5, 0.0, None], dtype="Float64"),
            "valid_from": [DAY, None, None],
            "valid_to": [None, dt.date(2024, 12, 31), None],
            "maintainer_org": ["园林处", "-5", "@x"],
        },
        geometry=[
            shapely.multipolygons([box(126.5 + i / 100, 42.0, 126.505 + i / 100, 42.005)])
            for i in range(3)
        ],
        crs=4490,
    )
    covers = gpd.GeoDataFrame(
        {"code": ["0012", "w2"], "minor_class": ["sewage_cover", "own_class"]},
        geometry=[Point(126.123456789, 42.0), Point(126.2, 42.1)],
        crs=4490,
    )
    events = gpd.GeoDataFrame(
        {
            "code": ["e1"],
            "state": ["closed"],
            "reported_at": [pd.Timestamp("2026-05-01T00:30:00Z")],
        },
        geometry=[None],
        crs=4490,
    )
    adopters = gpd.GeoDataFrame(
        {"code": ["a1"], "adopter_kind": ["department"]}, geometry=[None], crs=4490
    )
    with made.change(author="test", message="first") as writer:
        writer.insert("green_space", green)
        writer.insert("manhole_cover", covers)
        writer.insert("grid_event", events)
        writer.insert("adopter", adopters)
    yield made
    made.close()


@pytest.mark.parametrize("ending", GREEN_FORMATS)
@pytest.mark.parametrize("kind", ["green_space", "manhole_cover", "grid_event"])
def test_what_was_written_reads_back_without_a_change(
    store: Store, tmp_path: Path, kind: str, ending: str
) -> None:
    """Export, import by key: the comparison finds not one difference."""
    path = tmp_path / f"out{ending}"
    report = export_kind(store, kind, path)
    count = store.count(kind)
    assert (report.rows, report.file) == (count, path.name)
    datum = "CGCS2000" if ending in {".gpkg", ".parquet", ".shp"} else "WGS84"
    key = "编码" if ending == ".xlsx" else "code"
    # A sheet for people has their local time, files for programs have UTC.
    mapping = Mapping(key=(key,)) if ending == ".xlsx" else Mapping(key=(key,), time_zone="UTC")
    again = import_file(store, kind, path, ImportOptions(datum=datum, mapping=mapping))
    assert (again.unchanged, again.changed, again.added, again.rejected) == (count, 0, 0, 0), (
        again.problems,
        again.changes,
    )


@pytest.mark.parametrize("ending", [".gpkg", ".geojson", ".parquet", ".csv", ".xlsx"])
def test_registers_without_places(store: Store, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"out{ending}"
    assert export_kind(store, "adopter", path).crs is None
    key = "编码" if ending == ".xlsx" else "code"
    again = import_file(store, "adopter", path, ImportOptions(mapping=Mapping(key=(key,))))
    assert (again.unchanged, again.rejected) == (1, 0)


def test_geojson_is_as_the_standard_wants_it(store: Store, tmp_path: Path) -> None:
    export_kind(store, "green_space", tmp_path / "a.geojson")
    content = json.loads((tmp_path / "a.geojson").read_text(encoding="utf-8"))
    assert "crs" not in content
    found = {feature["id"]: feature for feature in content["features"]}
    assert set(found) == set(store.read("green_space").index)
    ring = content["features"][0]["geometry"]["coordinates"][0][0]
    assert shapely.LinearRing(ring).is_ccw
    names = {feature["properties"]["name"] for feature in content["features"]}
    assert names == {"白山公园", FORMULA, None}


def test_identity_goes_along(store: Store, tmp_path: Path) -> None:
    export_kind(store, "green_space", tmp_path / "a.gpkg")
    assert set(gpd.read_file(tmp_path / "a.gpkg")["uid"]) == set(store.read("green_space").index)


def test_shapefile_says_what_it_cut(store: Store, tmp_path: Path) -> None:
    with store.change(author="test", message="long") as writer:
        long = store.read("green_space", columns=["note"]).iloc[:1].assign(note="绿" * 100)
        writer.update("green_space", long)
    report = export_kind(store, "green_space", tmp_path / "a.shp")
    assert report.names["counts_as_green"] == "counts_as_"
    assert report.names["counts_as_coverage"] == "counts_a_1"
    assert report.losses == {"note": 1}
    assert (tmp_path / "a.cpg").read_text() == "UTF-8"
    with pytest.raises(ExportGeometryError):
        export_kind(store, "adopter", tmp_path / "b.shp")


def test_csv_runs_no_formula(store: Store, tmp_path: Path) -> None:
    export_kind(store, "green_space", tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_bytes().startswith(b"\xef\xbb\xbf"), (
        "as Excel recognises UTF-8"
    )
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = {row["code"]: row for row in csv.DictReader(stream)}
    assert rows["g2"]["name"] == f"'{FORMULA}"
    assert rows["g2"]["maintainer_org"] == "'-5"
    assert rows["g3"]["maintainer_org"] == "'@x"
    assert rows["220605001001001"]["area_m2"] == "1234.5"
    assert rows["220605001001001"]["wkt"].startswith("MULTIPOLYGON (((126.5")


def test_workbook(store: Store, tmp_path: Path) -> None:
    export_kind(store, "green_space", tmp_path / "a.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    assert sheet is not None
    assert sheet.title == "绿地"
    assert sheet.freeze_panes == "C3"
    header = [cell.value for cell in sheet[1]]
    assert header[:2] == ["编码", "名称"]
    assert header[-2:] == ["唯一标识", "版本"]
    rows = {row[0].value: dict(zip(header, row, strict=True)) for row in sheet.iter_rows(min_row=3)}
    park, formula = rows["220605001001001"], rows["g2"]
    assert park["编码"].number_format == "@", "a code must not become 2.2E+14"
    assert park["开放程度"].value == "对外开放", "codes are written by their titles"
    assert park["生效日期"].value == dt.datetime.combine(DAY, dt.time())
    assert (formula["名称"].value, formula["名称"].data_type) == (FORMULA, "s")
    assert formula["名称"].quotePrefix


def test_workbook_in_english(store: Store, tmp_path: Path) -> None:
    export_kind(store, "manhole_cover", tmp_path / "a.xlsx", ExportOptions(lang="en"))
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    assert sheet is not None
    header = [cell.value for cell in sheet[1]]
    assert header[-4:] == ["Longitude", "Latitude", "Identifier", "Revision"]
    assert "Sewage cover" in [
        row[header.index("Minor class")].value for row in sheet.iter_rows(min_row=2)
    ]


def test_outlines_too_long_for_a_cell_are_left_out_and_counted(
    store: Store, tmp_path: Path
) -> None:
    circle = shapely.multipolygons([Point(126.5, 42).buffer(0.01, quad_segs=1000)])
    with store.change(author="test", message="round") as writer:
        writer.insert("water", gpd.GeoDataFrame({"code": ["w"]}, geometry=[circle], crs=4490))
    assert export_kind(store, "water", tmp_path / "a.xlsx").losses == {"wkt": 1}
    assert export_kind(store, "water", tmp_path / "a.csv").losses == {}


def test_more_rows_than_a_sheet_holds(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from layers.exporting.workbook import book

    monkeypatch.setattr(book, "ROWS", 4)
    with pytest.raises(ExportTooLargeError):
        export_kind(store, "green_space", tmp_path / "a.xlsx")
    assert not (tmp_path / "a.xlsx").exists()


def test_selections(store: Store, tmp_path: Path) -> None:
    def rows(**options: object) -> int:
        chosen = ExportOptions(**options)  # type: ignore[arg-type]  # options of many types
        return export_kind(store, "green_space", tmp_path / "a.gpkg", chosen).rows

    assert rows() == 3
    assert rows(where="access = 'public'") == 1
    assert rows(on=dt.date(2025, 1, 1)) == 2, "one is no longer valid"
    assert rows(as_of=0) == 0
    with pytest.raises(FilterError):
        rows(where="colour = 'green'")
    with pytest.raises(ChangesetUnknownError):
        rows(as_of=99)
    with pytest.raises(ScopeError):
        rows(scope=Scope(kinds=frozenset({"building"}), verbs=frozenset({Verb.READ})))


def test_a_file_is_written_whole_or_not_at_all(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv"
    export_kind(store, "green_space", path)
    before = path.read_bytes()
    from layers.exporting import sheets

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sheets, "report_of", fail)
    with pytest.raises(OSError, match="No space left"):
        export_kind(store, "manhole_cover", path)
    assert path.read_bytes() == before
    assert sorted(part.name for part in tmp_path.iterdir() if part.name.startswith(".")) == []


def test_existing_files_are_replaced_but_never_a_store(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    for kind in ("green_space", "manhole_cover"):
        export_kind(store, kind, path)
    assert len(gpd.read_file(path)) == 2
    with pytest.raises(ExportOntoStoreError):
        export_kind(store, "green_space", tmp_path / "city.gpkg")
    assert store.count("green_space") == 3


def test_refusals(store: Store, tmp_path: Path) -> None:
    with pytest.raises(ExportFormatError) as error:
        export_kind(store, "green_space", tmp_path / "a.doc")
    assert error.value.values == {"found": ".doc", "allowed": list(FORMATS)}
    with pytest.raises(ExportFolderMissingError):
        export_kind(store, "green_space", tmp_path / "nowhere" / "a.gpkg")
    with pytest.raises(UnknownKindError):
        export_kind(store, "green_spce", tmp_path / "a.gpkg")
    assert not list(tmp_path.glob("a.*"))


@pytest.mark.parametrize("ending", FORMATS)
def test_an_empty_layer_is_a_file_too(store: Store, tmp_path: Path, ending: str) -> None:
    assert export_kind(store, "road", tmp_path / f"a{ending}").rows == 0
    assert (tmp_path / f"a{ending}").exists()


def test_a_store_in_metres(tmp_path: Path) -> None:
    store = create_store(tmp_path / "m.gpkg", metric_crs="EPSG:4551", storage_crs="EPSG:4551")
    with store.change(author="t", message="m") as writer:
        cover = gpd.GeoDataFrame({"code": ["a"]}, geometry=[Point(500_000, 4_650_000)], crs=4551)
        writer.insert("manhole_cover", cover)
    assert export_kind(store, "manhole_cover", tmp_path / "a.gpkg").crs == "EPSG:4551"
    assert gpd.read_file(tmp_path / "a.gpkg").geometry[0].x == 500_000
    export_kind(store, "manhole_cover", tmp_path / "a.geojson")
    assert gpd.read_file(tmp_path / "a.geojson").geometry[0].x == pytest.approx(126.0)
    store.close()
