"""Baishan's districts through the commands: three datums of one city meet in the store."""

import re
from pathlib import Path

import numpy as np
import pytest
import shapely
from geopandas import GeoDataFrame
from scipy.spatial import KDTree

from layers import open_store
from tests.cities.terminal import Desk

DATAV, AMAP, TIANDITU = (
    "baishan_datav_gcj02.geojson", "baishan_amap_wgs84.gpkg", "baishan_tianditu_cgcs2000.gpkg",
)  # fmt: skip
NAMED = (
    "--layer district --key district_adcode --map name=district_name --map parent_code=city_adcode"
)
IMPORTS = {
    "datav": f"import district {DATAV} --datum GCJ-02 --key adcode --set parent_code=220600",
    "amap": f"import district {AMAP} --datum WGS84 {NAMED}",
    "tianditu": f"import district {TIANDITU} --datum CGCS2000 {NAMED}",
}
CODES = {"220602", "220605", "220621", "220622", "220623", "220681"}
HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def baishan(test_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """One store for each source."""
    desk = Desk(tmp_path_factory.mktemp("baishan"))
    desk.lay_out(test_data / "baishan")
    for name, line in IMPORTS.items():
        assert desk.type(f"init {name}.gpkg --metric-crs EPSG:4551").code == 0
        desk.take(f"greengrid {line} --store {name}.gpkg")
    return desk


def districts(desk: Desk, name: str) -> GeoDataFrame:
    """Read districts back from the store, in metres, by code."""
    return open_store(desk.folder / f"{name}.gpkg").read("district").set_index("code").to_crs(4551)


def vertices(frame: GeoDataFrame, code: str) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return shapely.get_coordinates(frame.geometry[code])


@pytest.mark.parametrize("name", IMPORTS)
def test_every_district_is_taken(baishan: Desk, name: str) -> None:
    file = IMPORTS[name].split()[2]
    report = baishan.reports["district", file]
    assert (report["read"], report["added"], report["problems"]) == (6, 6, [])
    frame = districts(baishan, name)
    assert set(frame.index) == CODES
    assert set(frame["parent_code"]) == {"220600"}
    assert frame["name"].notna().all()


@pytest.mark.parametrize("code", sorted(CODES))
def test_gcj02_meets_wgs84(baishan: Desk, code: str) -> None:
    """Both are of one survey: the shift is gone to below a metre, vertex by vertex."""
    converted, known = (vertices(districts(baishan, name), code) for name in ("datav", "amap"))
    apart_m, _ = KDTree(known).query(converted)
    assert np.median(apart_m) < 1
    assert (apart_m <= 1).mean() >= 0.6


def test_the_coordinates_as_delivered_were_half_a_kilometre_off(
    baishan: Desk, test_data: Path
) -> None:
    """Declared wrongly the file is taken, for nothing in it says so; against the store it shows."""
    wrong = IMPORTS["datav"].replace("GCJ-02", "WGS84")
    report = baishan.ask(f"{wrong} --store datav.gpkg --dry-run")
    assert (report["read"], report["changed"], report["added"]) == (6, 6, 0)
    assert all("geometry" in change["fields"] for change in report["changes"])


def test_tianditu_agrees_as_far_as_it_is_detailed(baishan: Desk) -> None:
    """It is coarser by a factor of five, yet no shift by half a kilometre is left in it."""
    coarse, fine = districts(baishan, "tianditu"), districts(baishan, "amap")
    for code in CODES:
        one, other = coarse.geometry[code], fine.geometry[code]
        assert one.intersection(other).area / one.union(other).area > 0.97
        assert 0.5 < one.hausdorff_distance(other) / 1000 < 1.7


def test_the_same_files_again_change_nothing(baishan: Desk) -> None:
    for name, line in IMPORTS.items():
        report = baishan.ask(f"{line} --store {name}.gpkg")
        assert (report["unchanged"], report["written"]) == (6, False)


WRONG = {
    # degrees declared as metres
    "degrees": (DATAV, "EPSG:4551", "--key adcode"),
    # CGCS2000 degrees declared as another country's metres
    "other_country": (TIANDITU, "EPSG:3067", NAMED),
    # a datum of the 1950s: its degrees lie a hundred metres off
    "old_datum": (AMAP, "EPSG:4214", NAMED),
    # web map metres
    "mercator": (DATAV, "EPSG:3857", "--key adcode"),
    # nobody knows this one
    "unknown": (DATAV, "XIAN80", "--key adcode"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_datum_that_cannot_be_is_refused(baishan: Desk, case: str) -> None:
    file, datum, rest = WRONG[case]
    store = open_store(baishan.folder / "amap.gpkg")
    before = store.revision("district")
    line = f"import district {file} --datum {datum} {rest} --store amap.gpkg"
    answers = {lang: baishan.type(line, lang=lang) for lang in ("zh", "en")}
    for lang, answer in answers.items():
        assert answer.code in {2, 3}
        assert answer.out == ""
        assert bool(HAN.search(answer.err)) == (lang == "zh"), answer.err
        assert datum in answer.err
    assert store.revision("district") == before


@pytest.mark.parametrize(
    ("lang", "word"), [("zh", "请在地图上核对"), ("en", "Look at them on the map")]
)
def test_shifted_coordinates_under_another_label_are_told(
    baishan: Desk, lang: str, word: str
) -> None:
    """CGCS2000 declared as GCJ-02: possible, for labels do lie, but never without a word."""
    line = f"import district {TIANDITU} --datum {{}} {NAMED} --store tianditu.gpkg --dry-run"
    wrong = baishan.type(line.format("GCJ-02"), lang=lang)
    assert word in wrong.out
    assert word not in baishan.type(line.format("CGCS2000"), lang=lang).out


def test_gcj02_is_refused_outside_china(baishan: Desk, test_data: Path) -> None:
    file = test_data / "las_palmas/municipality_cnig.geojson"
    line = f"import district {file} --datum GCJ-02 --key NATCODE --store amap.gpkg"
    answer = baishan.type(line)
    assert answer.code == 3
    assert "GCJ-02" in answer.err


def test_a_file_with_several_layers_must_say_which(baishan: Desk) -> None:
    answer = baishan.type(f"import district {AMAP} --datum WGS84 --store amap.gpkg")
    assert answer.code in {2, 3}
    assert "district" in answer.err
    assert "city" in answer.err
