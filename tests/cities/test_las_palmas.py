"""Las Palmas through the commands: every row accounted for, every figure as brute force has it."""

import re
import shlex
from itertools import product
from typing import Any

import geopandas
import numpy as np
import pytest
import shapely
from geopandas import GeoDataFrame
from playwright.sync_api import Page, expect

from layers import open_store
from tests.cities.brute import AREAS_M2, CASES, CLOSED, Case, Truth, lattice_of
from tests.cities.measured import assert_buildings_agree, assert_land_agrees
from tests.cities.rules import CHOSEN
from tests.cities.terminal import Desk, page_commands

pytestmark = pytest.mark.long

STORE = "las_palmas.gpkg"
IMPORTS = [line for line in page_commands(STORE) if line.startswith("greengrid import ")]
HAN = re.compile(r"[\u4e00-\u9fff]")
# How many rows of each file are taken, filtered out and rejected.
ACCOUNTS = {
    ("district", "municipality_cnig.geojson"): (1, 0, 0),
    ("community", "school_catchments_gobcan_epsg5635.geojson"): (29, 0, 0),
    ("green_space", "green.parquet"): (4864, 0, 0),
    ("green_space", "squares.parquet"): (497, 0, 0),
    ("building", "buildings.parquet"): (22595, 0, 0),
    ("bare_land", "bare_land.parquet"): (444, 0, 0),
    ("residential_land", "residential_land.parquet"): (45, 0, 1),
    ("water", "water.parquet"): (1210, 0, 3),
    ("road", "roads.parquet"): (6189, 0, 0),
    ("place_name", "pois.parquet"): (71, 6201, 0),
    ("walkway", "walk_edges.parquet"): (26145, 0, 0),
}
# Covered buildings at 300, 500 and 1000 m; agreed with brute force over all of them.
COVERED = {
    (False, False, 0): (22090, 22299, 22526),
    (False, True, 400): (22037, 22270, 22524),
    (True, False, 2000): (21531, 22040, 22483),
    (True, True, 5000): (16199, 20466, 22322),
}


def original(desk: Desk, file: str) -> GeoDataFrame:
    path = desk.folder / file
    return geopandas.read_parquet(path) if path.suffix == ".parquet" else geopandas.read_file(path)


@pytest.mark.parametrize(("kind", "file"), ACCOUNTS)
def test_every_row_is_accounted_for(las_palmas: Desk, kind: str, file: str) -> None:
    report, rows = las_palmas.reports[kind, file], original(las_palmas, file)
    added, filtered_out, rejected = ACCOUNTS[kind, file]
    assert report["read"] == len(rows)
    assert (report["added"], report["filtered_out"], report["rejected"]) == (
        added, filtered_out, rejected,
    )  # fmt: skip
    assert report["changed"] == report["unchanged"] == 0
    assert added + filtered_out + rejected == len(rows)


def test_what_is_rejected_is_what_is_invalid(las_palmas: Desk) -> None:
    for (_, file), report in las_palmas.reports.items():
        invalid = np.flatnonzero(~original(las_palmas, file).is_valid) + 1
        errors = [one for one in report["problems"] if one["severity"] == "error"]
        assert [one["row"] for one in errors] == invalid.tolist()
        for one in errors:
            assert one["code"] == "geometry_invalid"
            assert re.search(r"-15\.\d+, 28\.\d+", one["message"])  # where to look


@pytest.mark.parametrize("file", ["residential_land", "water"])
def test_each_rejected_row_is_told_in_both_languages(las_palmas: Desk, file: str) -> None:
    """Brought again, nothing changes but the language in which the same rows are refused."""
    (line,) = [line for line in IMPORTS if f" {file}.parquet " in line]
    told: dict[str, list[dict[str, Any]]] = {}
    for lang in ("zh", "en"):
        answer = las_palmas.type(f"{line} --json", lang=lang)
        assert answer.code == 1
        assert answer.json["unchanged"] + answer.json["rejected"] == answer.json["read"]
        told[lang] = answer.json["problems"]
    for zh, en in zip(told["zh"], told["en"], strict=True):
        assert (zh["row"], zh["code"], zh["values"]) == (en["row"], en["code"], en["values"])
        for part in ("message", "remedy"):
            assert HAN.search(zh[part])
            assert not HAN.search(en[part])
    printed = las_palmas.type(line, lang="en").out
    for one in [each for each in told["en"] if each["severity"] == "error"]:
        assert f"{file}.parquet:{one['row']}: geometry_invalid" in printed
        assert one["message"] in printed
        assert one["remedy"] in printed


def test_the_store_holds_what_the_files_say(las_palmas: Desk, las_palmas_truth: Truth) -> None:
    store = open_store(las_palmas.folder / STORE)
    assert store.counts()["green_space"] == 4864 + 497
    green = store.read("green_space", where="counts_as_green IS NULL")
    tags = las_palmas_truth.green["access"]
    held = green["access"].value_counts()
    assert held["private"] == tags.isin(["private", "no"]).sum()
    assert held["restricted"] == (tags == "customers").sum()
    assert held["public"] == tags.isin(["yes", "permissive"]).sum()
    assert held["unknown"] == tags.isna().sum()
    assert held.sum() == len(tags)
    # The first tag that is there names the class.
    classes = original(las_palmas, "green.parquet")[["leisure", "landuse", "natural", "tourism"]]
    codes = classes.bfill(axis=1).iloc[:, 0]
    assert green["class_code"].notna().sum() == codes.notna().sum()
    floors = store.read("building", columns=["floors"])["floors"]
    levels = original(las_palmas, "buildings.parquet")["building:levels"]
    assert floors.notna().sum() == levels.str.fullmatch(r"\d+").sum()
    assert floors.sum() == levels[levels.str.fullmatch(r"\d+", na=False)].astype(int).sum()


def test_nothing_is_moved_on_the_way(las_palmas: Desk) -> None:
    """Degrees are kept as doubles, so what is measured is what the file says."""
    held = open_store(las_palmas.folder / STORE).read("building", columns=["code"])
    rows = original(las_palmas, "buildings.parquet")
    code = rows["osm_type"].str.cat(rows["osm_id"].astype(str), "/")
    kept = held.set_index("code").geometry.loc[code]
    one, other = (shapely.get_coordinates(part.to_numpy()) for part in (kept, rows.geometry))
    assert np.array_equal(one, other)


def test_a_file_without_a_key_is_taken_once(las_palmas: Desk) -> None:
    (line,) = [line for line in IMPORTS if " walk_edges.parquet " in line]
    assert las_palmas.type(line).code == 2
    assert open_store(las_palmas.folder / STORE).counts()["walkway"] == 26145


def test_buildings_agree_with_brute_force(las_palmas: Desk, las_palmas_truth: Truth) -> None:
    """One building in a hundred, and all that are near a radius; the long run takes all."""
    assert_buildings_agree(las_palmas, STORE, las_palmas_truth, CHOSEN, covered=COVERED, every=100)


@pytest.mark.slow
def test_every_building_agrees_in_all_cases(las_palmas: Desk, las_palmas_truth: Truth) -> None:
    """Joined or not, closed ones or not: 48 tiers, and the rule matters in each way."""
    found: dict[Case, int] = {}
    for joined, only_open in product([False, True], [False, True]):
        cases = [case for case in CASES if case[:2] == (joined, only_open)]
        found |= assert_buildings_agree(
            las_palmas, STORE, las_palmas_truth, cases, covered=COVERED
        )  # fmt: skip
    assert found[True, False, 2000] > found[False, False, 2000]
    assert found[True, True, 5000] < found[True, False, 5000]


@pytest.mark.parametrize(
    ("step_m", "cases"),
    [(8, CHOSEN[1::2]), pytest.param(2, CASES, marks=[pytest.mark.long, pytest.mark.slow])],
)
def test_residential_land_agrees_with_a_lattice(
    las_palmas: Desk, las_palmas_truth: Truth, step_m: float, cases: list[Any]
) -> None:
    """Where two outlines overlap, their ground counts in both."""
    zones = las_palmas_truth.layer("residential_land")
    zones = zones[zones.is_valid]
    assert zones.area.sum() > zones.union_all().area + 2000
    targets = {case: las_palmas_truth.targets[las_palmas_truth.counting[case]] for case in cases}
    lattice = lattice_of(np.asarray(zones.geometry.to_numpy(), dtype=object), targets, step_m)
    assert_land_agrees(las_palmas, STORE, lattice, zones.area.sum(), cases)


@pytest.fixture(scope="module")
def told(las_palmas: Desk) -> dict[str, Any]:
    """Type the page's last commands in Chinese; give what they say, by what they measure."""
    lines = [line for line in page_commands(STORE) if line.split()[1] in {"coverage", "gaps"}]
    answers = [las_palmas.type(f"{line} --json", lang="zh") for line in lines]
    assert [answer.code for answer in answers] == [0, 0, 0]
    return dict(zip(("coverage", "gaps", "land"), (answer.json for answer in answers), strict=True))


@pytest.mark.parametrize("name", ["coverage", "land"])
def test_units_that_overlap_count_nothing_twice(told: dict[str, Any], name: str) -> None:
    """The catchments overlap, and reach beyond the municipality."""
    for tier, level in product(told[name]["tiers"], ("community", "district")):
        rows = [row for row in told[name]["by_unit"] if row["tier"] == tier["tier"]]
        rows = [row for row in rows if row["level"] == level]
        # The first command asks for communities alone.
        assert bool(rows) == (name == "land" or level == "community")
        for part in ("base", "covered"):
            total = sum(row[part] for row in rows)
            assert not rows or total == pytest.approx(tier[part], rel=1e-9)


def test_the_gaps_hold_all_that_is_uncovered(told: dict[str, Any]) -> None:
    for tier in told["gaps"]["tiers"]:
        weights = [gap["weight"] for gap in told["gaps"]["gaps"] if gap["tier"] == tier["tier"]]
        assert sum(weights) == tier["uncovered"] == tier["total"] - tier["covered"]


@pytest.mark.browser
@pytest.mark.parametrize("name", ["las_palmas", "las_palmas_gaps"])
def test_the_map_opens_without_a_network(
    las_palmas: Desk, told: dict[str, Any], page: Page, name: str
) -> None:
    drawn = las_palmas.folder / f"{name}.html"
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.context.set_offline(True)
    page.set_viewport_size({"width": 1366, "height": 768})
    page.goto(drawn.as_uri())
    page.wait_for_selector("html[data-gg-ready]", state="attached")
    page.screenshot(path=drawn.with_suffix(".png"))
    assert drawn.stat().st_size < 8_000_000
    expect(page.locator("body")).to_contain_text("22,595")
    canvas = page.locator(".leaflet-overlay-pane canvas").first
    expect(canvas).to_be_visible()
    colours = canvas.evaluate(
        """(canvas) => {
          const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
          const seen = new Map();
          for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 200) {
            const colour = (data[i] << 16) | (data[i + 1] << 8) | data[i + 2];
            seen.set(colour, (seen.get(colour) ?? 0) + 1);
          }
          return [...seen.values()].filter((pixels) => pixels > 200).length;
        }"""
    )
    assert colours >= 2  # covered and not, at the least
    assert said == []


def test_the_page_tells_the_truth(las_palmas: Desk, las_palmas_truth: Truth) -> None:
    """The numbers in the text of docs/real-city.md."""
    green = las_palmas_truth.green
    assert green["access"].notna().sum() == 112
    assert (green["leisure"] == "garden").sum() == 3299
    assert green["access"].isin(CLOSED).sum() == 33
    assert {shlex.split(line)[2] for line in IMPORTS} >= {"building", "walkway", "water"}
    assert AREAS_M2[-1] == 5000
