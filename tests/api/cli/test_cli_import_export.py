"""Files in and out: every row accounted for, and out and in again nothing has changed."""

import json
from pathlib import Path

import pytest
import shapely
from geopandas import GeoDataFrame

from api.texts import Lang
from tests.api.cli.shell import ENGLISH, Shell, fingerprint, names_in
from tests.api.cli.survey import plots, square, write_good
from tests.api.conftest import CRS_METRIC

FINDINGS, USAGE, DATA = 1, 2, 3
BOWTIE = shapely.Polygon([(0, 0), (20, 20), (20, 0), (0, 20)])
COUNTS = ("read", "added", "changed", "unchanged", "rejected", "filtered_out")
REPORT = {
    "kind", "file", "sha256", "layer", "datum", "where", "read", "added", "changed", "unchanged",
    "rejected", "filtered_out", "missing_in_file", "columns", "not_stored", "problems", "changes",
    "notes", "dry_run", "refused", "written", "changeset",
}  # fmt: skip


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    """One good plot, and one of every fault that costs just its row."""
    here = square(0).bounds[:2]
    bowtie = shapely.transform(BOWTIE, lambda xy: xy + here)
    shapes = [
        square(1),
        bowtie,
        None,
        shapely.Polygon(),
        shapely.Point(here),
        shapely.GeometryCollection([square(2), shapely.Point(here)]),
        shapely.GeometryCollection([square(3), square(4)]),
        shapely.force_3d(square(5), 12.0),
        square(6),
        square(7),
    ]
    codes = ["ok", "bowtie", "missing", "empty", "point", "mixed", "parts", "high", "twin", "twin"]
    path = tmp_path / "faulty.gpkg"
    plots(codes, shapes).to_file(path, layer="plots", engine="pyogrio")
    return path


def typed(store: Path, path: Path, *options: str, kind: str = "bare_land") -> tuple[str, ...]:
    return ("import", kind, str(path), "--store", str(store), "--datum", "CGCS2000", *options)


def test_every_faulty_row_is_named_and_the_others_are_taken(
    store: Path, faulty: Path, greengrid: Shell
) -> None:
    report = greengrid(*typed(store, faulty, "--json"), code=FINDINGS).document
    assert set(report) >= REPORT
    assert (report["read"], report["added"], report["rejected"]) == (10, 3, 7)
    assert report["notes"]["heights_dropped"] == report["notes"]["collections_unpacked"] == 1
    assert [(problem["row"], problem["code"]) for problem in report["problems"]] == [
        (2, "geometry_invalid"), (3, "geometry_missing"), (4, "geometry_missing"),
        (5, "geometry_family"), (6, "geometry_mixed"), (9, "key_repeated"), (10, "key_repeated"),
    ]  # fmt: skip
    for problem in report["problems"]:
        assert problem["message"]
        assert problem["remedy"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_people_read_row_reason_and_remedy(
    lang: Lang, store: Path, faulty: Path, greengrid: Shell
) -> None:
    out = greengrid(*typed(store, faulty), code=FINDINGS, lang=lang).out
    assert "faulty.gpkg:3: geometry_missing" in out
    assert "faulty.gpkg:9:code: key_repeated" in out
    assert ("拒绝 7" if lang == "zh" else "7 rejected") in out
    if lang == "zh":
        assert not ENGLISH.search(out)


@pytest.mark.parametrize(("option", "code"), [("--strict", DATA), ("--dry-run", FINDINGS)])
def test_strict_and_dry_run_write_nothing(
    option: str, code: int, store: Path, faulty: Path, greengrid: Shell
) -> None:
    before = fingerprint(store)
    report = greengrid(*typed(store, faulty, option, "--json"), code=code).document
    assert fingerprint(store) == before
    assert report["written"] is False
    assert report["changeset"] is None
    assert report["refused"] is (option == "--strict")
    assert "--strict" in greengrid(*typed(store, faulty, "--strict"), code=DATA).out


def test_a_second_import_with_a_key_updates(store: Path, tmp_path: Path, greengrid: Shell) -> None:
    write_good(tmp_path)
    options = ("--key", "code", "--author", "王测", "--message", "复查", "--cause", "correction")
    said = greengrid(*typed(store, tmp_path / "good.gpkg", *options, "--json"))
    first = said.document
    assert said.err == ""
    assert first["added"] == 3
    again = greengrid(*typed(store, tmp_path / "good.gpkg", *options, "--json")).document
    assert (again["unchanged"], again["written"]) == (3, False)
    changed = plots(["K10", "K11"]).assign(name=["新名", "K11"])
    changed.to_file(tmp_path / "later.gpkg", layer="plots")
    later = greengrid(*typed(store, tmp_path / "later.gpkg", *options, "--json")).document
    assert (later["changed"], later["changes"][0]["fields"]["name"]) == (2, [None, "新名"])
    assert set(later["missing_in_file"]) == {"K1", "K12"}
    newest = greengrid("log", "--store", store, "--json").document[0]
    assert (newest["author"], newest["message"], newest["cause"]) == ("王测", "复查", "correction")


def test_a_file_is_taken_as_the_options_say(store: Path, tmp_path: Path, greengrid: Shell) -> None:
    frame = plots(["A-1", "A-2", "B-3"]).rename(columns={"code": "nr"}).assign(what=["x", "y", "z"])
    for layer in ("first", "second"):
        frame.to_file(tmp_path / "two.gpkg", layer=layer)
    mapping = tmp_path / "mapping.toml"
    mapping.write_text('datum = "WGS84"\n[columns]\nname = "nr"\n[set]\nnote = "old"\n', "utf-8")
    report = greengrid(
        "import", "bare_land", tmp_path / "two.gpkg", "--store", store, "--datum", "CGCS2000",
        "--layer", "second", "--mapping", mapping, "--map", "code=nr", "--map", "name=what",
        "--set", "status=planned", "--where", "nr LIKE 'A-%'", "--key", "nr", "--json",
    ).document  # fmt: skip
    assert {name: report[name] for name in COUNTS} == {
        "read": 3, "added": 2, "changed": 0, "unchanged": 0, "rejected": 0, "filtered_out": 1,
    }  # fmt: skip
    assert (report["layer"], report["datum"]) == ("second", "CGCS2000")
    assert report["columns"]["name"] == {"columns": ["what"], "how": "declared"}
    assert report["columns"]["note"]["how"] == "fixed"


def test_measures_along_a_line_are_dropped_and_said(
    store: Path, tmp_path: Path, greengrid: Shell
) -> None:
    (tmp_path / "m.csv").write_text(
        'code,wkt\nR9,"LINESTRING M (126.0005 41.896 0, 126.001 41.896 7)"\n', encoding="utf-8"
    )
    (tmp_path / "m.toml").write_text('[source]\nwkt = "wkt"\n', encoding="utf-8")
    report = greengrid(
        *typed(
            store, tmp_path / "m.csv", "--mapping", str(tmp_path / "m.toml"), "--json", kind="road"
        )
    ).document
    assert (report["added"], report["notes"]["heights_dropped"]) == (1, 1)


# ---------------------------------------------------------------- out and in again


@pytest.mark.parametrize("ending", [".gpkg", ".geojson", ".parquet", ".shp", ".csv", ".xlsx"])
@pytest.mark.parametrize("kind", ["green_space", "building"])
def test_what_went_out_comes_in_again_unchanged(
    kind: str, ending: str, store: Path, tmp_path: Path, greengrid: Shell
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    path = folder / f"{kind}{ending}"
    written = greengrid("export", kind, path, "--store", store, "--json").document
    assert all(name.startswith(f"{kind}.") for name in names_in(folder))
    before = fingerprint(store)
    key = "编码" if ending == ".xlsx" else "code"
    lang = "zh"
    greengrid("export", kind, path, "--store", store, lang=lang)
    report = greengrid(*typed(store, path, "--key", key, "--json", kind=kind)).document
    assert report["read"] == report["unchanged"] == written["rows"] > 0, json.dumps(report)[:2000]
    assert fingerprint(store) == before


def test_an_export_takes_what_it_is_asked_for(
    store: Path, tmp_path: Path, greengrid: Shell
) -> None:
    path = tmp_path / "some.csv"
    out = greengrid(
        "export", "building", path, "--store", store, "--where", "households > 10",
        "--on", "2026-01-01", "--as-of", "1", "--json",
    )  # fmt: skip
    assert out.document["rows"] == len(path.read_text("utf-8-sig").splitlines()) - 1
    assert "已写入" in greengrid("export", "building", path, "--store", store, lang="zh").out


def test_an_export_of_several_kinds_in_a_shifted_datum(
    store: Path, tmp_path: Path, greengrid: Shell
) -> None:
    path = tmp_path / "both.gpkg"
    kinds = ("building", "green_space")
    typed_here = ("export", *kinds, path, "--store", store, "--datum", "gcj02")
    reports = greengrid(*typed_here, "--json").document
    assert [(each["kind"], each["shifted"]) for each in reports] == [
        (kind, "GCJ-02") for kind in kinds
    ]
    assert "偏移坐标" in greengrid(*typed_here, lang="zh").out
    window = ("--bbox", "0,0,1,1", "--fields", "code")
    assert "0 features" in greengrid("export", "building", path, "--store", store, *window).out
    for wrong in ("1,2,3", "2,0,1,1", "a,b,c,d"):
        said = greengrid("export", "building", path, "--store", store, "--bbox", wrong, code=2)
        assert "W,S,E,N" in said.err
    zipped = greengrid("export", "building", tmp_path / "b.zip", "--store", store)
    assert "building.shp" in zipped.out
    unknown = greengrid("export", "building", path, "--store", store, "--in", "nowhere", code=2)
    assert "nowhere" in unknown.err


def test_names_that_a_shapefile_cuts_are_said(
    store: Path, tmp_path: Path, greengrid: Shell
) -> None:
    out = greengrid("export", "green_space", tmp_path / "g.shp", "--store", store).out
    assert "counts_as_green → " in out


def test_the_metric_file_meets_the_one_in_degrees(
    store: Path, tmp_path: Path, greengrid: Shell
) -> None:
    frame: GeoDataFrame = plots(["K10", "K11"])
    frame.to_file(tmp_path / "degrees.gpkg", layer="a")
    frame.to_crs(CRS_METRIC).to_file(tmp_path / "metres.gpkg", layer="a")
    greengrid(*typed(store, tmp_path / "degrees.gpkg", "--key", "code"))
    report = greengrid(
        "import", "bare_land", tmp_path / "metres.gpkg", "--store", store,
        "--datum", CRS_METRIC, "--key", "code", "--json",
    ).document  # fmt: skip
    assert report["unchanged"] == 2


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_sheet_as_offices_lay_it_out(
    lang: Lang, store: Path, tmp_path: Path, greengrid: Shell
) -> None:
    path = tmp_path / "ledger.csv"
    lines = (
        "雨水井台账,,,\n编号,名称,经度,纬度\n,,度,度\nH1,一,126.5,42\nH2,二,126.5,42\n合计,2,,\n"
    )
    path.write_text(lines.replace(",二", ",#REF!"), encoding="gbk")
    told = greengrid(
        *typed(store, path, "--dry-run", kind="manhole_cover"), code=FINDINGS, lang=lang
    )
    assert f"{path.name}:5:name: formula_error" in told.out
    assert ("警告" if lang == "zh" else "warning") in told.out
    assert "gb18030" in told.out
    if lang == "zh":
        assert not ENGLISH.search(told.out)
    report = greengrid(
        *typed(store, path, "--strict", "--json", kind="manhole_cover"), code=DATA
    ).document
    assert (report["read"], report["warned"], report["rejected"]) == (2, 1, 0)
    said = {remark["code"]: remark["message"] for remark in report["remarks"]}
    assert {"encoding_detected", "header_row", "explanations", "totals"} <= set(said)
    assert all(said.values())
