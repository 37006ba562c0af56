"""Awkward and harmful files, each with exactly what comes out of it."""

import zipfile
from pathlib import Path

import pytest
from pyogrio.errors import DataSourceError

from layers.importing import SourceOptions, read_source
from layers.importing.errors import (
    SourceEmptyError,
    SourceLayerMissingError,
    SourceLayerNotChosenError,
    SourceTooLargeError,
    SourceUnreadableError,
)
from layers.importing.readers.drivers import unreadable
from tests.layers.importing.survey import Import
from tests.layers.importing.zoo.archives import (
    NAMES,
    add_link,
    encrypt_flags,
    harmful_workbook,
    old_office,
    parts_of,
    points,
    rewrite_part,
    workbook_with_shared_texts,
    write_shapefile,
    write_zip,
    write_zip_with_gbk_names,
)
from tests.layers.importing.zoo.sheets import HEADER, ROWS, write_csv, write_workbook

SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'


def refusal(path: Path, options: SourceOptions | None = None) -> object:
    with pytest.raises(SourceUnreadableError) as error:
        read_source(path, options)
    assert str(path.parent) not in str(error.value), "folders are nobody's business"
    return error.value.values["reason"]


def codes(path: Path) -> set[str]:
    return {remark.code for remark in read_source(path).remarks}


# ---------------------------------------------------------------- shapefiles


@pytest.mark.parametrize(
    ("encoding", "cpg", "detected"),
    [
        ("GBK", None, "gb18030"), ("GB18030", None, "gb18030"), ("UTF-8", None, "utf-8"), ("GBK", "UTF-8", "gb18030"),
        ("UTF-8", "GBK", "gb18030"), ("GBK", "936", "gb18030"), ("UTF-8", "nonsense", "utf-8"),
    ],
)  # fmt: skip
def test_encodings_of_a_shapefile(
    tmp_path: Path, encoding: str, cpg: str | None, detected: str
) -> None:
    path = write_shapefile(tmp_path / "plots.shp", encoding=encoding, cpg=cpg)
    source = read_source(path)
    if (encoding, cpg) == ("UTF-8", "GBK"):
        # Both readings are valid: what the file says of itself counts.
        assert source.encoding == "gb18030"
        return
    assert (source.encoding, source.frame["名称"].tolist()) == (detected, NAMES)


def test_names_cut_in_the_middle_of_a_character(tmp_path: Path) -> None:
    path = write_shapefile(tmp_path / "plots.shp", ["绿" * 84 + "xx", "甲"], encoding="UTF-8")
    table = path.with_suffix(".dbf")
    table.write_bytes(table.read_bytes().replace(b"xx", "绿".encode()[:2]))
    source = read_source(path)
    assert (source.encoding, source.frame["名称"].tolist()) == ("utf-8", ["绿" * 84, "甲"])


def test_parts_of_a_shapefile_that_are_missing(tmp_path: Path) -> None:
    path = write_shapefile(tmp_path / "plots.shp")
    path.with_suffix(".prj").unlink()
    assert "projection_missing" in codes(path)
    path.with_suffix(".dbf").unlink()
    assert "attributes_missing" in codes(path)
    path.with_suffix(".shx").unlink()
    assert refusal(path) == "shx_missing"


@pytest.mark.parametrize("part", [".shp", ".dbf"])
def test_a_shapefile_that_was_not_sent_whole(tmp_path: Path, part: str) -> None:
    path = write_shapefile(tmp_path / "plots.shp", [f"第{n}块" for n in range(100)])
    cut = path.with_suffix(part)
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    assert refusal(path) == "cut_off"


def test_a_shapefile_with_the_table_of_another(tmp_path: Path) -> None:
    path = write_shapefile(tmp_path / "plots.shp")
    other = write_shapefile(tmp_path / "other.shp", ["a", "b", "c"])
    path.with_suffix(".dbf").write_bytes(other.with_suffix(".dbf").read_bytes())
    assert refusal(path) == "parts_disagree"


# ---------------------------------------------------------------- archives


def test_two_shapefiles_in_one_zip(take: Import, tmp_path: Path) -> None:
    plots = write_shapefile(tmp_path / "plots.shp")
    covers = write_shapefile(tmp_path / "covers.shp", ["一", "二", "三"])
    members = parts_of(plots, "plots", folder="图层/") | parts_of(covers, "covers", folder="图层/")
    path = write_zip(
        tmp_path / "all.zip", {**members, "说明.txt": b"?", "__MACOSX/._plots.shp": b"?"}
    )
    with pytest.raises(SourceLayerNotChosenError) as error:
        read_source(path)
    layers = error.value.values["layers"]
    assert isinstance(layers, list)
    assert sorted(layers) == ["covers", "plots"]
    with pytest.raises(SourceLayerMissingError):
        read_source(path, SourceOptions(layer="trees"))
    source = read_source(path, SourceOptions(layer="covers"))
    assert (source.name, source.frame["名称"].tolist()) == ("all.zip", ["一", "二", "三"])


def test_chinese_names_in_a_zip_that_does_not_say_its_encoding(tmp_path: Path) -> None:
    shapefile = write_shapefile(tmp_path / "plots.shp")
    members = {
        name: each for name, each in parts_of(shapefile, "x").items() if not name.endswith("g")
    }
    named = {f"地{Path(name).suffix}": each for name, each in members.items()}
    source = read_source(write_zip_with_gbk_names(tmp_path / "a.zip", named))
    assert (source.layer, source.frame["名称"].tolist()) == ("地", NAMES)


def test_other_data_in_a_zip(tmp_path: Path) -> None:
    points(名称=NAMES).to_file(tmp_path / "a.gpkg", layer="plots")
    points(名称=NAMES).to_file(tmp_path / "a.gpkg", layer="more")
    path = write_zip(tmp_path / "a.zip", {"数据/a.gpkg": tmp_path / "a.gpkg"})
    assert len(read_source(path, SourceOptions(layer="plots"))) == 2
    sheet = write_workbook(tmp_path / "a.xlsx", [HEADER, *ROWS])
    assert read_source(write_zip(tmp_path / "b.zip", {"a.xlsx": sheet})).layer == "台账"
    points(Name=NAMES).to_file(tmp_path / "doc.kml", driver="KML")
    assert len(read_source(write_zip(tmp_path / "c.kmz", {"doc.kml": tmp_path / "doc.kml"}))) == 2


@pytest.mark.parametrize(
    "name", ["../plots.shp", "/etc/plots.shp", "C:/plots.shp", "a/../../plots.shp", "..\\plots.shp"]
)
def test_paths_that_lead_out_of_a_zip(tmp_path: Path, name: str) -> None:
    assert refusal(write_zip(tmp_path / "a.zip", {name: b"?"})) == "unsafe_paths"


def test_links_in_a_zip(tmp_path: Path) -> None:
    secret = write_csv(tmp_path / "secret.csv", [HEADER, *ROWS])
    path = write_zip(tmp_path / "a.zip", {"a.csv": b"name\nx\n"})
    add_link(path, "b.csv", str(secret))
    source = read_source(path)
    assert source.frame["name"].tolist() == ["x"]
    assert "links_not_followed" in {remark.code for remark in source.remarks}
    only = write_zip(tmp_path / "b.zip", {})
    add_link(only, "b.csv", str(secret))
    assert refusal(only) == "archive_without_data"


def test_a_zip_with_a_password(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {"a.csv": b"name\nx\n"})
    assert refusal(encrypt_flags(path)) == "password"


def test_archives_without_data_or_of_other_kinds(tmp_path: Path) -> None:
    assert refusal(write_zip(tmp_path / "a.zip", {"photo.jpg": b"?"})) == "archive_without_data"
    inner = write_zip(tmp_path / "inner.zip", {"a.csv": b"name\nx\n"})
    assert refusal(write_zip(tmp_path / "b.zip", {"inner.zip": inner})) == "archive_without_data"
    for name, content in {
        "a.rar": b"Rar!\x1a\x07\0",
        "a.7z": b"7z\xbc\xaf\x27\x1c",
        "a.csv.gz": b"\x1f\x8b\x08",
    }.items():
        (tmp_path / name).write_bytes(content)
        assert refusal(tmp_path / name) == "archive_kind"


def test_a_zip_that_claims_to_be_smaller_than_it_is(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {"a.csv": b"name\n" + b"x\n" * 100_000})
    content = path.read_bytes()
    true, false = (200_005).to_bytes(4, "little"), (50).to_bytes(4, "little")
    path.write_bytes(content.replace(true, false))
    assert refusal(path) == "damaged"


@pytest.mark.parametrize("keep", [0.5, 0.9])
def test_a_zip_that_was_not_sent_whole(tmp_path: Path, keep: float) -> None:
    path = write_zip(tmp_path / "a.zip", {"a.csv": bytes(range(256)) * 200})
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep)])
    assert refusal(path) in {"damaged", "format_unknown"}


# ---------------------------------------------------------------- bombs


def test_bombs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from layers.importing import files, limits
    from layers.importing.readers import archive
    from layers.importing.readers.workbook import cells, package

    zeros = write_zip(tmp_path / "a.zip", {"a.csv": b"0" * 3_000_000})
    many = write_zip(tmp_path / "b.zip", {f"{n}.csv": b"" for n in range(30)})
    wide = harmful_workbook(
        tmp_path / "a.xlsx", SHEET % b'<row r="1"><c r="XFD1"><v>1</v></c></row>'
    )
    far = harmful_workbook(tmp_path / "b.xlsx", SHEET % b'<row r="999999999"><c><v>1</v></c></row>')
    rows = b"".join(b'<row><c r="J%d"><v>1</v></c></row>' % n for n in range(1, 200))
    full = harmful_workbook(tmp_path / "c.xlsx", SHEET % rows)
    texts = b"<sst>" + b"<si><t>%s</t></si>" % (b"x" * 1000) * 100 + b"</sst>"
    cell = b'<row><c t="s"><v>0</v></c></row>'
    wordy = workbook_with_shared_texts(tmp_path / "d.xlsx", SHEET % cell, texts)
    monkeypatch.setattr(files, "MAX_UNPACKED_BYTES", 2_000_000)
    monkeypatch.setattr(archive, "MAX_ARCHIVE_MEMBERS", 20)
    monkeypatch.setattr(cells, "MAX_CELLS", 1_000)
    monkeypatch.setattr(package, "MAX_SHARED_TEXT_CHARACTERS", 50_000)
    found = {}
    for path in (zeros, many, wide, far, full, wordy):
        with pytest.raises(SourceTooLargeError) as error:
            read_source(path)
        found[path.name] = error.value.values["what"]
    assert list(found.values()) == ["bytes", "members", "columns", "rows", "cells", "characters"]
    assert limits.MAX_UNPACKED_BYTES == 2 * 1024**3


@pytest.mark.parametrize(
    "sheet",
    [
        b'<!DOCTYPE a [<!ENTITY b "bb">]>' + SHEET % b"<row><c><v>&b;</v></c></row>",
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd">' + SHEET % b"",
        SHEET % (b"<a>" * 100 + b"</a>" * 100),
        SHEET % b"<row><c><v>1</v></c>",
        SHEET % b'<row><c t="s"><v>99</v></c></row>',
        SHEET % b"<row><c><v>one</v></c></row>",
        b"",
    ],
)
def test_sheets_that_are_broken_or_built_to_do_harm(tmp_path: Path, sheet: bytes) -> None:
    assert refusal(harmful_workbook(tmp_path / "a.xlsx", sheet)) == "damaged"


@pytest.mark.parametrize("depth", [200, 200_000])
def test_deep_documents(tmp_path: Path, depth: int) -> None:
    (tmp_path / "a.kml").write_bytes(
        b'<kml xmlns="http://www.opengis.net/kml/2.2">'
        + b"<Folder>" * depth
        + b"</Folder>" * depth
        + b"</kml>"
    )
    (tmp_path / "a.geojson").write_text(
        '{"type":"FeatureCollection","features":' + "[" * depth + "]" * depth + "}"
    )
    for name in ("a.kml", "a.geojson"):
        with pytest.raises((SourceUnreadableError, SourceEmptyError)):
            read_source(tmp_path / name)


# ---------------------------------------------------------------- files that are something else


def test_workbooks_that_have_to_be_saved_anew(tmp_path: Path) -> None:
    for name in ("a.xls", "a.et", "a.xlsx"):
        assert refusal(old_office(tmp_path / name)) == "old_workbook"
    assert refusal(old_office(tmp_path / "b.xlsx", encrypted=True)) == "password"
    (tmp_path / "a.xls").write_text("<html><table><tr><td>编号</td></tr></table></html>", "utf-8")
    assert refusal(tmp_path / "a.xls") == "web_page"
    (tmp_path / "b.xls").write_text(
        '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>'
    )
    assert refusal(tmp_path / "b.xls") == "old_workbook"
    assert refusal(write_zip(tmp_path / "a.xlsb", {"xl/workbook.bin": b"?"})) == "binary_workbook"
    assert refusal(write_zip(tmp_path / "a.docx", {"word/document.xml": b"?"})) == "document"
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7")
    assert refusal(tmp_path / "a.pdf") == "document"


def test_what_is_readable_whatever_its_ending_says(tmp_path: Path) -> None:
    workbook = write_workbook(tmp_path / "a.xlsx", [HEADER, *ROWS])
    for name in ("b.xls", "b.csv", "b.et"):
        path = workbook.rename(tmp_path / name)
        assert len(read_source(path)) == 2
        workbook = path
    text = write_csv(tmp_path / "c.xls", [HEADER, *ROWS], encoding="gbk", delimiter="\t")
    assert len(read_source(text)) == 2
    assert "other_content" in codes(text)


@pytest.mark.parametrize(
    "content",
    [
        "<OGRVRTDataSource><OGRVRTLayer name='a'><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>",
        "<OGRWFSDataSource><URL>http://127.0.0.1/</URL></OGRWFSDataSource>",
        '{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline"}',
    ],
)
@pytest.mark.parametrize("name", ["a.vrt", "a.geojson", "a.gpkg"])
def test_files_that_only_point_to_others(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    assert refusal(tmp_path / name) == "points_elsewhere"


@pytest.mark.parametrize(
    "name", ["a.csv", "a.xlsx", "a.zip", "a.geojson", "a.gpkg", "a.shp", "a.parquet"]
)
def test_empty_files(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"")
    assert refusal(tmp_path / name) == "empty_file"


@pytest.mark.parametrize(
    "name", ["a.gpkg", "a.geojson", "a.fgb", "a.kml", "a.gml", "a.parquet", "a.xlsx"]
)
@pytest.mark.parametrize("keep", [0.3, 0.7])
def test_files_that_were_not_sent_whole(tmp_path: Path, name: str, keep: float) -> None:
    frame = points(500, Name=[f"第{n}处" * 20 for n in range(500)])
    path = tmp_path / name
    if name.endswith("xlsx"):
        write_workbook(path, [HEADER, *([f"A{n}", "井", 126.5, 42.0] for n in range(500))])
    elif name.endswith("parquet"):
        frame.to_parquet(path)
    else:
        frame.to_file(path, driver="KML" if name.endswith("kml") else None)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep)])
    assert refusal(path) in {"damaged", "format_unknown", "cut_off", "not_workbook"}


def test_texts_that_cells_name_by_number(tmp_path: Path) -> None:
    texts = (
        "<sst><si><t>名称</t></si><si><r><t>一</t></r><r><t xml:space='preserve'> 号</t></r>"
        "<rPh sb='0' eb='1'><t>yi</t></rPh></si><si><t>a_x0009_b</t></si></sst>"
    )
    rows = b"".join(b'<row><c t="s"><v>%d</v></c></row>' % n for n in range(3))
    prefixed = SHEET.replace(b"<", b"<x:").replace(b"<x:/", b"</x:").replace(b"xmlns=", b"xmlns:x=")
    for sheet in (SHEET % rows, prefixed % rows.replace(b"<", b"<x:").replace(b"<x:/", b"</x:")):
        path = workbook_with_shared_texts(tmp_path / "a.xlsx", sheet, texts.encode())
        assert read_source(path).frame["名称"].tolist() == ["一 号", "a\tb"]


def test_a_workbook_cut_off_inside(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", [HEADER, *ROWS])
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    assert refusal(rewrite_part(path, "xl/worksheets/sheet1.xml", sheet[:-40])) == "damaged"


@pytest.mark.parametrize(
    "driver", ["MapInfo File", "DXF", "GPX", "GeoJSONSeq", "GML", "FlatGeobuf"]
)
def test_other_formats_as_gdal_gives_them(tmp_path: Path, driver: str) -> None:
    endings = {
        "MapInfo File": "tab",
        "DXF": "dxf",
        "GPX": "gpx",
        "GeoJSONSeq": "geojsonl",
        "GML": "gml",
        "FlatGeobuf": "fgb",
    }
    frame = points() if driver in {"DXF", "GPX"} else points(name=["a", "b"])
    path = tmp_path / f"a.{endings[driver]}"
    frame.to_file(path, driver=driver, **({"layer": "waypoints"} if driver == "GPX" else {}))
    options = SourceOptions(layer="waypoints" if driver == "GPX" else None)
    source = read_source(path, options)
    assert len(source) == 2
    assert source.geometry is not None
    assert {(shape.x, shape.y) for shape in source.geometry} == {(126.5, 42), (126.51, 42)}


def test_what_gdal_says_becomes_a_detail(tmp_path: Path) -> None:
    error = unreadable(tmp_path / "a.tab", DataSourceError(f"{tmp_path}/a.tab: something odd"))
    assert error.values == {"file": "a.tab", "reason": "driver", "detail": "a.tab: something odd"}
