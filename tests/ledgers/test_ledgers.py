"""Real ledgers through the command line, with at most a mapping file each.

Every row is accounted for, against counts that were made without any reader of ours.
"""

import atexit
import csv
import json
import shutil
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import geopandas as gpd
import pytest
from geopandas import GeoDataFrame
from pyarrow import parquet

from layers import open_store
from tests.cities.terminal import Desk

LEDGERS = Path(__file__).parent

# file, mapping
VERMONT = {
    "GeoJSONs_StJohnsbury_StJohnsburyPointFeatures__9b730b0": "vermont_numbered",
    "GeoJSONs_Waterbury_WaterburyPointFeatures__5fd416e": "vermont_shifted",
    "GeoJSONs_Woodstock_WoodstockPointFeatures__c126ce9": "vermont_shifted",
    "data_original_Barre_BarrePointFeatures__c6bcfd3": "vermont",
    "data_original_Bennington_BenningtonPointFeatures__21070ff": "vermont_numbered",
    "data_original_Brattleboro_BrattleboroPointFeatures__4ff4949": "vermont",
    "data_original_Killington_KillingtonPointFeatures__b34bab6": "vermont_numbered",
    "data_original_StJohnsbury_StJohnsburyPointFeatures__9a364ff": "vermont_numbered",
    "data_original_Swanton_SwantonPointFeatures__23c2636": "vermont_swanton",
    "data_original_Waterbury_WaterburyPointFeatures__d98ff02": "vermont",
    "data_original_West_Rutland_WestRutlandPointFeatures__073734b": "vermont_west_rutland",
    "data_original_Woodstock_WoodstockPointFeatures__53a1fa4": "vermont_numbered",
}
KEYLESS = ("vermont", "vermont_shifted")


def desk_at(folder: Path, files: Path, metric: int, storage: int = 4326) -> Desk:
    """Lay a city's files and our mappings on a desk with an empty store."""
    desk = Desk(folder)
    desk.lay_out(files)
    for path in LEDGERS.glob("*.toml"):
        (folder / path.name).symlink_to(path)
    shutil.copy(empty_store(metric, storage), folder / "city.gpkg")
    return desk


@cache
def empty_store(metric: int, storage: int) -> Path:
    """Make an empty store once; every test works on a copy."""
    desk = Desk(Path(mkdtemp(prefix="greengrid-ledgers-")))
    atexit.register(shutil.rmtree, desk.folder, ignore_errors=True)
    line = f"init empty.gpkg --metric-crs EPSG:{metric} --storage-crs EPSG:{storage}"
    assert desk.type(line).code == 0
    return desk.folder / "empty.gpkg"


def take(desk: Desk, kind: str, file: str, mapping: str, *, code: int = 0) -> Any:
    """Import a file and insist that its rows add up."""
    line = f"import {kind} {file} --mapping {mapping}.toml --no-remembered --store city.gpkg"
    answer = desk.type(f"{line} --yes --json")
    assert answer.code == code, answer.err
    report = answer.json
    parts = ("filtered_out", "added", "changed", "unchanged", "rejected")
    assert report["read"] == sum(report[part] for part in parts)
    return report


def again(desk: Desk, kind: str, file: str, mapping: str, *, code: int = 0) -> None:
    """Import a file once more: nothing is new, nothing changes, nothing is written."""
    report = take(desk, kind, file, mapping, code=code)
    assert (report["added"], report["changed"], report["written"]) == (0, 0, False)
    assert report["unchanged"] == report["read"] - report["rejected"] - report["filtered_out"]


def stored(desk: Desk, kind: str) -> GeoDataFrame:
    store = open_store(desk.folder / "city.gpkg")
    frame = store.read(kind)
    store.close()
    return frame


def features(path: Path) -> Sequence[dict[str, Any]]:
    found: Sequence[dict[str, Any]] = json.loads(path.read_text("utf-8"))["features"]
    return found


@pytest.mark.parametrize("name", VERMONT)
def test_vermont(tmp_path: Path, test_data: Path, name: str) -> None:
    rows = features(test_data / f"manholes_vermont/{name}.geojson")
    placed = [row for row in rows if row["geometry"] is not None]
    desk, mapping = desk_at(tmp_path, test_data / "manholes_vermont", 32618), VERMONT[name]
    file = f"{name}.geojson"
    report = take(desk, "manhole_cover", file, mapping, code=0 if placed else 1)
    assert (report["read"], report["added"]) == (len(rows), len(placed))
    assert report["rejected"] == len(rows) - len(placed)
    codes = Counter(one["code"] for one in report["problems"] if one["severity"] != "notice")
    assert codes == ({"geometry_missing": len(rows)} if not placed else {})
    if placed:
        frame = stored(desk, "manhole_cover")
        assert sorted(frame.geometry.x.round(9)) == sorted(
            round(row["geometry"]["coordinates"][0], 9) for row in placed
        )
        assert frame["minor_class"].notna().mean() > 0.95
    if mapping not in KEYLESS:
        again(desk, "manhole_cover", file, mapping)


def test_without_a_key_the_same_file_is_refused(tmp_path: Path, test_data: Path) -> None:
    """Barre's numbers are all 0: nothing tells its covers apart, so they would be doubled."""
    desk = desk_at(tmp_path, test_data / "manholes_vermont", 32618)
    file = "data_original_Barre_BarrePointFeatures__c6bcfd3.geojson"
    assert take(desk, "manhole_cover", file, "vermont")["added"] == 1_246
    line = f"import manhole_cover {file} --mapping vermont.toml --no-remembered --store city.gpkg"
    answer = desk.type(f"{line} --yes")
    assert (answer.code, answer.out) == (2, "")
    assert len(stored(desk, "manhole_cover")) == 1_246
    numbered = desk.type(f"{line.replace('vermont.toml', 'vermont_numbered.toml')} --yes --json")
    codes = Counter(problem["code"] for problem in numbered.json["problems"])
    assert (numbered.code, codes) == (1, {"key_repeated": 1_246}), "and it says why"


def test_nyc_requests_in_degrees_and_in_feet(tmp_path: Path, test_data: Path) -> None:
    """Both pairs of columns of the same sheet lead to the same places."""
    file = "nyc311_2018-06-26_sample.csv"
    with (test_data / "service_requests_nyc" / file).open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    nowhere = sum(not row["Latitude"] for row in rows)
    places = []
    for mapping in ("nyc311", "nyc311_feet"):
        folder = tmp_path / mapping
        folder.mkdir()
        desk = desk_at(folder, test_data / "service_requests_nyc", 32618)
        report = take(desk, "grid_event", file, mapping)
        assert (report["read"], report["added"]) == (len(rows), len(rows)) == (1_000, 1_000)
        assert report["notes"]["without_geometry"] == nowhere == 107
        again(desk, "grid_event", file, mapping)
        places.append(stored(desk, "grid_event").set_index("code").to_crs(32618).geometry)
    degrees, feet = places
    assert degrees.distance(feet.reindex(degrees.index)).max() < 0.5
    closed = sum(bool(row["Closed Date"]) for row in rows)
    assert stored(desk, "grid_event")["closed_at"].notna().sum() == closed


def test_nyc_in_the_wrong_columns_is_found_out(tmp_path: Path, test_data: Path) -> None:
    """Feet declared as degrees are refused; the detective names the system."""
    desk = desk_at(tmp_path, test_data / "service_requests_nyc", 32618)
    file = "nyc311_2018-06-26_sample.csv"
    take(desk, "grid_event", file, "nyc311")
    line = f"{file} --mapping nyc311_feet.toml --store city.gpkg"
    refused = desk.type(f"import grid_event {line} --no-remembered --datum WGS84 --yes")
    assert refused.code == 3
    assert "greengrid detect" in refused.err
    found = desk.type(f"detect {line} --kind grid_event --json").json
    assert found["proposal"] == {"datum": "EPSG:2263", "mapping": ""}


def test_baishan_lists_without_coordinates(tmp_path: Path, test_data: Path) -> None:
    """A list of names is no layer of areas: refused in a line; where places may wait, all is kept."""
    desk = desk_at(tmp_path, test_data / "baishan", 4551, 4490)
    for kind, file in (("community", "baishan_communities.csv"), ("street", "baishan_streets.csv")):
        answer = desk.type(f"import {kind} {file} --key code --store city.gpkg --yes")
        assert (answer.code, answer.out) == (3, "")
        assert file in answer.err
    lines = (test_data / "baishan/baishan_communities.csv").read_text("utf-8").splitlines()
    answer = desk.ask("import compound baishan_communities.csv --key code --store city.gpkg --yes")
    assert (answer["read"], answer["added"]) == (len(lines) - 1, len(lines) - 1) == (655, 655)
    assert answer["notes"] == {"without_geometry": 655}, "and it is said"


@pytest.mark.parametrize("name", ["simplified", pytest.param("original", marks=pytest.mark.long)])
def test_wuhan_streets(tmp_path: Path, test_data: Path, name: str) -> None:
    file = f"wuhan_core_streets_{name}.parquet"
    rows = parquet.read_metadata(test_data / "wuhan_streets" / file).num_rows
    desk = desk_at(tmp_path, test_data / "wuhan_streets", 4547, 4490)
    report = desk.ask(f"import road {file} --datum EPSG:32650 --store city.gpkg --yes")
    assert (report["read"], report["added"], report["rejected"]) == (rows, rows, 0)


@pytest.mark.long  # in tests/layers/importing the same file is imported each time
def test_philadelphia_in_feet(tmp_path: Path, test_data: Path) -> None:
    file = "vacant_land_2024_06_24.parquet"
    truth = gpd.read_parquet(test_data / "vacant_philadelphia" / file)
    number = truth["opa_id"].astype("string")
    repeated = number.notna() & number.duplicated(keep=False)
    lost = number.isna() | repeated | ~truth.is_valid
    desk = desk_at(tmp_path, test_data / "vacant_philadelphia", 32618)
    report = take(desk, "bare_land", file, "philadelphia", code=1)
    assert (report["read"], report["rejected"]) == (len(truth), int(lost.sum()))
    assert report["added"] == len(truth) - int(lost.sum())
    area_m2 = stored(desk, "bare_land").to_crs(32618).area.sum()
    assert area_m2 == pytest.approx(truth[~lost].to_crs(32618).area.sum(), rel=1e-6)
    again(desk, "bare_land", file, "philadelphia", code=1)
