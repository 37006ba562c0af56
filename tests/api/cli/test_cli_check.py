"""`greengrid check` on units that do not tile the ground, and its files."""

import json
import re
from pathlib import Path

import openpyxl
import pyogrio
import shapely

from layers import create_store, open_store
from tests.api.cli.shell import ENGLISH, Shell
from tests.layers.store.town import METRIC_CRS, buildings, frame, territory, write


def test_what_was_found_as_list_layer_workbook_and_map(greengrid: Shell, tmp_path: Path) -> None:
    place = tmp_path / "town.gpkg"
    store = create_store(place, metric_crs=METRIC_CRS)
    territory(store)
    store.close()
    clean = greengrid(
        "check", "--all", "--store", place, "-o", tmp_path / "nothing.html", lang="zh"
    )
    assert "0 个问题" in clean.out
    assert "没有发现问题" in (tmp_path / "nothing.html").read_text("utf-8")

    store = open_store(place)
    write(
        store,
        "grid",
        frame(
            {"g99": shapely.box(0, 0, 50, 50)},
            parent_code="c0",
            households=7,
            grid_type="comprehensive",
        ),
    )
    write(store, "building", frame(buildings((5, 5), (5, 5))))
    store.close()
    said = greengrid(
        "check", "--all", "--store", place, "-o", tmp_path / "found.html", code=1, lang="zh"
    )
    # Of two that overlap, either is named first.
    overlap = re.search(r"grid:(g\d+):geometry: unit_overlap 与“(g\d+)”重叠：2,500", said.out)
    assert overlap is not None
    assert sorted(overlap.groups()) == ["g00", "g99"]
    assert "unit_too_few_households" in said.out
    assert not ENGLISH.search(said.out)
    page = (tmp_path / "found.html").read_text("utf-8")
    assert "单元重叠" in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    quiet = greengrid("check", "--all", "--households", "none", "--store", place, "--json", code=1)
    assert {each["code"] for each in quiet.document["findings"]} == {
        "unit_overlap",
        "same_place_in_store",
    }
    greengrid("check", "--all", "--households", "many", "--store", place, code=2)
    for ending in ("gpkg", "xlsx", "geojson", "csv"):
        greengrid("check", "--all", "--store", place, "-o", tmp_path / f"found.{ending}", code=1)
    assert pyogrio.list_layers(tmp_path / "found.gpkg")[:, 0].tolist() == ["findings", "ground"]
    sheet = openpyxl.load_workbook(tmp_path / "found.xlsx").worksheets[0]
    assert sheet.max_row == 2 + 3
    drawn = json.loads((tmp_path / "found.geojson").read_text("utf-8"))["features"]
    assert {each["geometry"]["type"] for each in drawn} == {"Point", "Polygon"}
