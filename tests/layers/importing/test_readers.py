import json
import zipfile
from pathlib import Path

import geopandas as gpd
import openpyxl
import pytest
import shapely
from pandas import DataFrame
from shapely import LineString, Point

from layers.importing import SourceOptions, limits, read_source
from layers.importing.errors import (
    MappingColumnError,
    SourceEmptyError,
    SourceLayerMissingError,
    SourceLayerNotChosenError,
    SourceMissingError,
    SourceTooLargeError,
    SourceUnreadableError,
)
from tests.layers.importing.survey import Save, squares


@pytest.mark.parametrize(
    "name", ["a.gpkg", "a.geojson", "a.shp", "a.fgb", "a.parquet", "a.gml", "a.GPKG"]
)
def test_formats(save: Save, name: str) -> None:
    # FlatGeobuf would sort the rows for its index.
    options = {"SPATIAL_INDEX": "NO"} if name.endswith(".fgb") else {}
    path = save(squares(3, 名=["一", "二", None], n=[1, 2, 3]), name, **options)
    source = read_source(path)
    assert len(source) == 3
    assert source.row_numbers.tolist() == [1, 2, 3]
    assert source.frame["名"].tolist() == ["一", "二", None]
    assert source.frame["n"].tolist() == [1, 2, 3]
    assert source.crs is not None
    assert source.crs.to_epsg() == 4326
    assert source.geometry is not None
    assert [shape.area for shape in source.geometry] == pytest.approx([1e-6] * 3)
    assert not source.faults


def test_kml(save: Save) -> None:
    frame = gpd.GeoDataFrame({"Name": ["a"]}, geometry=[Point(126.5, 42)], crs=4326)
    source = read_source(save(frame, "a.kml", driver="KML"))
    assert source.frame["Name"].tolist() == ["a"]
    assert source.crs_is_default


def test_whole_numbers_stay_whole_beside_missing_ones(save: Save) -> None:
    frame = squares(2)
    frame["code"] = [220605001001001, None]
    frame["code"] = frame["code"].astype("Int64")
    for name in ("a.gpkg", "a.parquet"):
        assert read_source(save(frame, name)).frame["code"].tolist() == [220605001001001, None]


def test_zipped_shapefile(save: Save, tmp_path: Path) -> None:
    shp = save(squares(2, name=["甲", "乙"]), "plots.shp", encoding="UTF-8")
    with zipfile.ZipFile(tmp_path / "plots.zip", "w") as archive:
        for part in tmp_path.glob("plots.*"):
            if part.suffix != ".zip":
                archive.write(part, part.name)
    assert read_source(tmp_path / "plots.zip").frame["name"].tolist() == ["甲", "乙"]
    assert read_source(shp).sha256 != read_source(tmp_path / "plots.zip").sha256


@pytest.mark.parametrize("encoding", ["UTF-8", "GBK"])
def test_chinese_shapefile_that_does_not_say_its_encoding(save: Save, encoding: str) -> None:
    shp = save(squares(2, 名称=["裸露土地", "绿地"]), "plots.shp", encoding=encoding)
    shp.with_suffix(".cpg").unlink()
    source = read_source(shp)
    assert source.frame["名称"].tolist() == ["裸露土地", "绿地"]


def test_a_shapefile_changes_with_any_of_its_parts(save: Save) -> None:
    shp = save(squares(2, name=["a", "b"]), "plots.shp")
    before = read_source(shp).sha256
    save(squares(2, name=["a", "c"]), "plots.shp")
    assert read_source(shp).sha256 != before


def test_several_layers_have_to_be_chosen_from(save: Save) -> None:
    save(squares(1), "two.gpkg", layer="parks")
    path = save(squares(2), "two.gpkg", layer="plots")
    with pytest.raises(SourceLayerNotChosenError) as error:
        read_source(path)
    assert error.value.values == {"file": "two.gpkg", "layers": ["parks", "plots"]}
    assert len(read_source(path, SourceOptions(layer="plots"))) == 2
    with pytest.raises(SourceLayerMissingError):
        read_source(path, SourceOptions(layer="trees"))


def test_rows_that_cannot_be_built_cost_only_themselves(tmp_path: Path) -> None:
    broken = {"type": "Polygon", "coordinates": [[[126, 42], [126, 42]]]}
    whole = shapely.geometry.mapping(shapely.box(126, 42, 127, 43))
    features = [
        {"type": "Feature", "properties": {"n": n}, "geometry": geometry}
        for n, geometry in enumerate([whole, broken, None, whole])
    ]
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    source = read_source(path)
    assert source.geometry is not None
    assert [shape is None for shape in source.geometry] == [False, True, True, False]
    ((position, code, values),) = source.faults
    assert (position, code) == (1, "geometry_unbuildable")
    assert values == {"reason": "too_few_points"}


def test_parquet_with_a_row_that_cannot_be_built(tmp_path: Path) -> None:
    frame = squares(2)
    frame.to_parquet(tmp_path / "a.parquet")
    import pyarrow as pa
    from pyarrow import parquet

    table = parquet.read_table(tmp_path / "a.parquet")
    wkb = [table["geometry"][0].as_py(), b"\x01\x03\x00\x00\x00nonsense"]
    table = table.set_column(0, "geometry", pa.array(wkb, pa.binary()))
    parquet.write_table(table, tmp_path / "a.parquet")
    source = read_source(tmp_path / "a.parquet")
    assert [fault[:2] for fault in source.faults] == [(1, "geometry_unbuildable")]


def test_native_geoarrow_parquet(tmp_path: Path) -> None:
    squares(2).to_parquet(tmp_path / "a.parquet", geometry_encoding="geoarrow")
    source = read_source(tmp_path / "a.parquet")
    assert source.geometry is not None
    assert source.geometry[0].equals(squares(1).geometry[0])


def test_plain_parquet_has_no_places(tmp_path: Path) -> None:
    DataFrame({"a": [1]}).to_parquet(tmp_path / "a.parquet")
    assert read_source(tmp_path / "a.parquet").geometry is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv(tmp_path: Path, encoding: str, delimiter: str) -> None:
    lines = [
        ["名称", "经度", "纬度", "code"],
        ["井盖", "126.5", "42.0", "0012"],
        ["", "１２６.６", "42.1", ""],
    ]
    text = "\n".join(delimiter.join(line) for line in lines)
    (tmp_path / "a.csv").write_text(text, encoding=encoding)
    source = read_source(tmp_path / "a.csv")
    assert source.frame.to_dict("list") == {"名称": ["井盖", None], "code": ["0012", None]}
    assert source.geometry is not None
    assert source.geometry.tolist() == [Point(126.5, 42), Point(126.6, 42.1)]
    assert source.row_numbers.tolist() == [2, 3], "rows of a sheet count with its header"


def test_csv_with_wkt_and_faults(tmp_path: Path) -> None:
    text = 'a,wkt\n1,"POINT (126 42)"\n2,\n3,POINT(126\n'
    (tmp_path / "a.csv").write_text(text)
    source = read_source(tmp_path / "a.csv")
    assert source.geometry is not None
    assert source.geometry.tolist() == [Point(126, 42), None, None]
    assert [fault[:2] for fault in source.faults] == [(2, "geometry_unbuildable")]


def test_csv_with_named_columns_and_faults(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("E,N,n\n500100,4650000,1\neast,4650000,2\n,,3\n500100,,4\n")
    source = read_source(tmp_path / "a.csv", SourceOptions(x="E", y="N"))
    assert source.geometry is not None
    assert source.geometry.tolist() == [Point(500100, 4650000), None, None, None]
    assert [fault[:2] for fault in source.faults] == [
        (1, "coordinates_not_a_number"),
        (3, "coordinates_not_a_number"),
    ]
    with pytest.raises(MappingColumnError):
        read_source(tmp_path / "a.csv", SourceOptions(x="E", y="north"))


def test_csv_without_places(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("org,households\n绿化队,3\n", encoding="utf-8")
    source = read_source(tmp_path / "a.csv")
    assert source.geometry is None
    assert source.original is None


def test_csv_with_awkward_header(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,,a\n1,2,3\n4\n,,\n")
    source = read_source(tmp_path / "a.csv")
    assert source.frame.to_dict("list") == {
        "a": ["1", "4"],
        "column_2": ["2", None],
        "a_2": ["3", None],
    }


def test_xlsx(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "井盖"
    sheet.append(["编号", "经度", "纬度"])
    sheet.append(["0012", 126.5, 42.0])
    book.save(tmp_path / "a.xlsx")
    source = read_source(tmp_path / "a.xlsx")
    assert (source.layer, source.frame["编号"].tolist()) == ("井盖", ["0012"])
    book.create_sheet("empty")
    book.create_sheet("more").append(["编号"])
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(SourceLayerNotChosenError) as error:
        read_source(tmp_path / "a.xlsx")
    assert error.value.values["layers"] == ["井盖", "more"]
    with pytest.raises(SourceLayerMissingError):
        read_source(tmp_path / "a.xlsx", SourceOptions(layer="x"))
    with pytest.raises(SourceEmptyError):
        read_source(tmp_path / "a.xlsx", SourceOptions(layer="more"))


def test_missing_empty_and_unreadable_files(save: Save, tmp_path: Path) -> None:
    with pytest.raises(SourceMissingError):
        read_source(tmp_path / "nowhere.gpkg")
    with pytest.raises(SourceEmptyError):
        read_source(save(squares(0, name=[]), "empty.gpkg"))
    for name in ("a.gpkg", "a.parquet", "a.xlsx", "a.zip", "a.doc"):
        (tmp_path / name).write_bytes(b"\xff\xfe this is nothing")
        with pytest.raises(SourceUnreadableError) as error:
            read_source(tmp_path / name)
        assert str(tmp_path) not in str(error.value), "folders are nobody's business"
    (tmp_path / "a.csv").write_bytes(b"a,b\n\xff\xff,\x81")
    with pytest.raises(SourceUnreadableError):
        read_source(tmp_path / "a.csv")
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(SourceUnreadableError, match="empty_file"):
        read_source(tmp_path / "empty.csv")
    (tmp_path / "bare.csv").write_text("a,b\n")
    with pytest.raises(SourceEmptyError):
        read_source(tmp_path / "bare.csv")


def test_an_incomplete_file_is_refused(save: Save) -> None:
    path = save(squares(300, name=["a"] * 300), "a.parquet")
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(SourceUnreadableError):
        read_source(path)


def test_limits(save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    from layers.importing import files

    path = save(squares(3), "a.geojson")
    monkeypatch.setattr(files, "MAX_ROWS", 2)
    with pytest.raises(SourceTooLargeError) as error:
        read_source(path)
    assert error.value.values == {"file": "a.geojson", "what": "rows", "found": 3, "allowed": 2}
    monkeypatch.setattr(files, "MAX_FILE_BYTES", 10)
    with pytest.raises(SourceTooLargeError):
        read_source(path)
    assert limits.MAX_ROWS == 2_000_000


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from layers.importing import files

    with zipfile.ZipFile(tmp_path / "a.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", "0" * 1_000_000)
    monkeypatch.setattr(files, "MAX_UNPACKED_BYTES", 100_000)
    with pytest.raises(SourceTooLargeError):
        read_source(tmp_path / "a.xlsx")


def test_lines_and_their_heights_come_as_they_are(save: Save) -> None:
    frame = gpd.GeoDataFrame(geometry=[LineString([(126, 42, 5), (127, 43, 6)])], crs=4979)
    source = read_source(save(frame, "a.gpkg"))
    assert source.original is not None
    assert shapely.from_wkb(source.original[0]).has_z, "what is kept is what the file had"


@pytest.mark.parametrize("name", ["a.zip", "a.xlsx"])
def test_a_package_that_was_damaged_is_refused_as_that(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if name.endswith("xlsx"):
        DataFrame({"code": [f"K{n}" for n in range(99)]}).to_excel(path, index=False)
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.csv", "code\n" + "\n".join(f"K{n}" for n in range(99)))
    whole = path.read_bytes()
    assert len(read_source(path)) == 99
    with zipfile.ZipFile(path) as archive:
        entry = next(one for one in archive.infolist() if one.filename.endswith(("csv", "t1.xml")))
    start = entry.header_offset + 30 + len(entry.filename)
    contents_at = whole.rindex(b"PK\x05\x06") + 16
    stored = int.from_bytes(whole[contents_at : contents_at + 4], "little")
    for damaged in (
        # An entry that would lie before the file; a broken stream; an unknown way of packing.
        whole[:contents_at] + (stored + 999).to_bytes(4, "little") + whole[contents_at + 4 :],
        whole[:start] + b"\xff" * 9 + whole[start + 9 :],
        whole.replace(b"\x14\x00\x00\x00\x08\x00", b"\x14\x00\x00\x00\x63\x00"),
    ):
        assert damaged != whole
        path.write_bytes(damaged)
        with pytest.raises(SourceUnreadableError) as error:
            read_source(path)
        assert error.value.values["reason"] == "damaged"
