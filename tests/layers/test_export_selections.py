"""What an export takes: units, windows, fields, several kinds, datums; and the way back."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import openpyxl
import pyogrio
import pytest
import shapely
from shapely import Point

from layers import Scope, Store, create_store
from layers.errors import UnknownFieldError
from layers.exporting import ExportOptions, export_kind, export_kinds
from layers.exporting.errors import (
    ExportDatumAreaError,
    ExportDatumError,
    ExportFileInUseError,
    ExportNotPlacedError,
    ExportOneLayerError,
    ExportOntoStoreError,
    ExportUnitAmbiguousError,
    ExportUnitUnknownError,
)
from layers.importing import ImportOptions, Mapping, SourceOptions, import_file
from layers.importing.errors import DatumContradictionError, DatumNotKnownError
from tests.layers.store import town


def build(path: Path) -> Store:
    """Make a town of sixteen grids, a cover in each, walls of all families, and an adopter."""
    made = create_store(path, metric_crs=town.METRIC_CRS)
    town.territory(made)
    covers = {f"w{x}{y}": Point(100 * x + 50, 100 * y + 50) for x in range(4) for y in range(4)}
    town.write(made, "manhole_cover", town.frame(covers))
    walls = {
        "point": Point(10, 10),
        "line": shapely.MultiLineString([[(20, 20), (30, 20)]]),
        "area": shapely.MultiPolygon([shapely.box(40, 40, 50, 50)]),
        "nowhere": None,
    }
    town.write(made, "wall_surface", town.frame(walls))
    adopter = gpd.GeoDataFrame({"code": ["a1"]}, geometry=[None], crs=4490)
    with made.change(author="test", message="adopter") as writer:
        writer.insert("adopter", adopter)
    return made


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    made = build(tmp_path_factory.mktemp("selections") / "city.gpkg")
    yield made
    made.close()


@pytest.fixture
def own_store(tmp_path: Path) -> Iterator[Store]:
    """Give a town that a test may change."""
    made = build(tmp_path / "own.gpkg")
    yield made
    made.close()


def codes(store: Store, path: Path, kind: str = "manhole_cover", **options: object) -> set[str]:
    export_kind(store, kind, path, ExportOptions(**options))  # type: ignore[arg-type]  # of many types
    return set(pyogrio.read_dataframe(path)["code"])


@pytest.mark.parametrize(("unit", "count"), [("d", 16), ("s1", 8), ("c2", 4), ("g13", 1)], ids=str)
def test_a_unit_takes_its_subtree(store: Store, tmp_path: Path, unit: str, count: int) -> None:
    assert len(codes(store, tmp_path / "a.gpkg", unit=unit)) == count


def test_units_that_nobody_can_mean(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    with pytest.raises(ExportUnitUnknownError) as unknown:
        codes(store, path, unit="g1")
    assert "g13" in str(unknown.value.values["close"])
    with pytest.raises(ExportNotPlacedError):
        export_kind(store, "adopter", path, ExportOptions(unit="d"))
    assert not path.exists()


def test_a_code_that_two_units_have(own_store: Store, tmp_path: Path) -> None:
    town.write(own_store, "grid", town.frame({"s1": shapely.box(0, 0, 5, 5)}, name=["again"]))
    with pytest.raises(ExportUnitAmbiguousError):
        codes(own_store, tmp_path / "a.gpkg", unit="s1")


def test_a_unit_opens_nothing_that_the_scope_closes(store: Store, tmp_path: Path) -> None:
    west = store.read("street", where="code = 's0'").index
    scope = Scope(units=frozenset(west))
    assert len(codes(store, tmp_path / "a.gpkg", scope=scope)) == 8
    assert len(codes(store, tmp_path / "a.gpkg", scope=scope, unit="d")) == 8
    assert codes(store, tmp_path / "a.gpkg", scope=scope, unit="c3") == set()


@pytest.mark.parametrize("storage", ["EPSG:4490", "EPSG:4551"])
def test_a_window_is_in_degrees_whatever_the_store_keeps(tmp_path: Path, storage: str) -> None:
    made = create_store(tmp_path / "m.gpkg", metric_crs=town.METRIC_CRS, storage_crs=storage)
    covers = town.frame({f"w{x}": Point(100 * x, 0) for x in range(4)})
    town.write(made, "manhole_cover", covers.to_crs(storage))
    west, south, east, north = covers.geometry.iloc[1:3].total_bounds
    window = (west - 1e-6, south - 1e-6, east + 1e-6, north + 1e-6)
    assert codes(made, tmp_path / "a.gpkg", bbox=window) == {"w1", "w2"}
    made.close()


def test_only_some_fields(store: Store, tmp_path: Path) -> None:
    options = ExportOptions(fields=("condition", "code"))
    for ending in (".gpkg", ".shp", ".geojson", ".kml"):
        export_kind(store, "manhole_cover", tmp_path / f"a{ending}", options)
        found = {name.lower() for name in pyogrio.read_dataframe(tmp_path / f"a{ending}").columns}
        assert {"code", "condition", "geometry"} <= found
        assert not {"note", "minor_class"} & found
    with pytest.raises(UnknownFieldError):
        export_kind(store, "manhole_cover", tmp_path / "a.gpkg", ExportOptions(fields=("colour",)))


def test_several_kinds_in_one_file(store: Store, tmp_path: Path) -> None:
    kinds = ["manhole_cover", "adopter", "wall_surface"]
    reports = export_kinds(store, kinds, tmp_path / "a.gpkg")
    assert [(each.kind, each.rows) for each in reports] == [
        ("manhole_cover", 16), ("adopter", 1), ("wall_surface", 4),
    ]  # fmt: skip
    assert set(pyogrio.list_layers(tmp_path / "a.gpkg")[:, 0]) == set(kinds)
    export_kinds(store, kinds, tmp_path / "a.xlsx")
    sheets = openpyxl.load_workbook(tmp_path / "a.xlsx").sheetnames
    assert [store.kind(kind).title_zh for kind in kinds] == sheets[:3]
    export_kinds(store, kinds, tmp_path / "a.kml")
    assert set(pyogrio.list_layers(tmp_path / "a.kml")[:, 0]) == set(kinds)
    with pytest.raises(ExportOneLayerError):
        export_kinds(store, kinds, tmp_path / "a.csv")


def test_a_zip_holds_shapefiles_by_family_and_registers_as_csv(
    store: Store, tmp_path: Path
) -> None:
    covers, adopter, walls = export_kinds(
        store, ["manhole_cover", "adopter", "wall_surface"], tmp_path / "a.zip"
    )
    assert covers.files == {"manhole_cover.shp": 16}
    assert adopter.files == {"adopter.csv": 1}
    assert walls.files == {
        "wall_surface_point.shp": 1,
        "wall_surface_line.shp": 2,  # what has no place lies in the first
        "wall_surface_area.shp": 1,
    }
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.testzip() is None
        assert archive.read("wall_surface_area.cpg") == b"UTF-8"
    mapping = Mapping(key=("code",), source=SourceOptions(layer="manhole_cover"))
    options = ImportOptions(datum="CGCS2000", mapping=mapping)
    assert import_file(store, "manhole_cover", tmp_path / "a.zip", options).unchanged == 16


@pytest.mark.parametrize("datum", ["GCJ-02", "BD-09", "EPSG:4551", "EPSG:4530", "EPSG:4549"])
def test_there_and_back_in_any_datum(store: Store, tmp_path: Path, datum: str) -> None:
    """The comparison by key finds no change: nothing has moved by a tenth of a millimetre."""
    for ending in (".gpkg", ".parquet", ".shp", ".csv", ".xlsx", ".geojson", ".kml"):
        path = tmp_path / f"a{ending}"
        if datum.startswith("EPSG") and ending in (".geojson", ".kml"):
            with pytest.raises(ExportDatumError):
                export_kind(store, "manhole_cover", path, ExportOptions(datum=datum))
            continue
        export_kind(store, "manhole_cover", path, ExportOptions(datum=datum))
        key = "编码" if ending == ".xlsx" else "code"
        options = ImportOptions(datum=datum, mapping=Mapping(key=(key,)), dry_run=True)
        assert import_file(store, "manhole_cover", path, options).unchanged == 16, ending


def test_what_comes_back_lies_where_it_was(own_store: Store, tmp_path: Path) -> None:
    """GCJ-02 there and back moves nothing by a millimetre, also where the store has moved."""
    path = tmp_path / "a.gpkg"
    export_kind(own_store, "manhole_cover", path, ExportOptions(datum="GCJ-02"))
    with own_store.change(author="test", message="move away") as writer:
        before = own_store.read("manhole_cover")
        writer.update("manhole_cover", before.set_geometry(before.translate(0.01)))
    options = ImportOptions(datum="GCJ-02", mapping=Mapping(key=("code",)))
    assert import_file(own_store, "manhole_cover", path, options).changed == 16
    after = own_store.read("manhole_cover").geometry.to_crs(town.METRIC_CRS)
    assert after.distance(before.geometry.to_crs(town.METRIC_CRS)).max() < 0.001


def test_a_shifted_file_is_not_taken_for_a_true_one(store: Store, tmp_path: Path) -> None:
    export_kind(store, "manhole_cover", tmp_path / "a.gpkg", ExportOptions(datum="GCJ-02"))
    for declared in ("CGCS2000", "WGS84", "BD-09"):
        options = ImportOptions(datum=declared, mapping=Mapping(key=("code",)))
        with pytest.raises(DatumContradictionError) as refused:
            import_file(store, "manhole_cover", tmp_path / "a.gpkg", options)
        assert refused.value.values["file_crs"] == "GCJ-02"


def test_datums_that_cannot_be(store: Store, tmp_path: Path) -> None:
    for datum, error in (
        ("Mars", DatumNotKnownError),
        ("EPSG:2154", ExportDatumAreaError),  # France
        ("EPSG:4539", ExportDatumAreaError),  # twelve zones to the west
    ):
        with pytest.raises(error):
            export_kind(store, "manhole_cover", tmp_path / "a.gpkg", ExportOptions(datum=datum))
    assert not (tmp_path / "a.gpkg").exists()


def test_what_lies_beside_a_file_is_minded(store: Store, tmp_path: Path) -> None:
    for ending in (".qix", ".sbn"):
        (tmp_path / f"a{ending}").write_text("an index of other features")
    export_kind(store, "manhole_cover", tmp_path / "a.shp")
    assert {part.suffix for part in tmp_path.glob("a.*")} == {
        ".shp", ".shx", ".dbf", ".prj", ".cpg",
    }  # fmt: skip
    export_kind(store, "manhole_cover", tmp_path / "b.gpkg")
    (tmp_path / "b.gpkg-wal").write_bytes(b"pages of QGIS")
    with pytest.raises(ExportFileInUseError):
        export_kind(store, "manhole_cover", tmp_path / "b.gpkg")
    with pytest.raises(ExportOntoStoreError):
        export_kinds(store, ["manhole_cover", "grid"], store.place)
