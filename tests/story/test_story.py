"""The one story, as far as it is told: files → register → gap on the map.

A district hands over what it has. Every row is taken or sent back with its reason; the coverage
says who has no green within 300 m; the map shows where, without any network.
"""

from pathlib import Path
from typing import Any

import pytest
import shapely
from geopandas import GeoDataFrame
from playwright.sync_api import Page, expect

from layers import open_store
from tests.story.conftest import Command

LEVELS = ("district", "street", "community", "grid")
RULES = """
title_zh = "300 米见绿"
title_en = "Green within 300 m"

[[tier]]
name = "green_300m"
name_zh = "300 米见绿"
layers = ["green_space"]
radius_m = 300
min_area_m2 = 400
access = ["public", "unknown"]
"""

Town = dict[str, GeoDataFrame]


@pytest.mark.browser
def test_from_files_over_the_register_to_the_gap_on_the_map(
    greengrid: Command, files: Path, town: Town, tmp_path: Path, page: Page
) -> None:
    store = tmp_path / "district.gpkg"
    greengrid("init", store, "--metric-crs", "EPSG:4551")

    survey_files_become_registers(greengrid, files, town, store)
    a_second_delivery_changes_nothing(greengrid, files, store)
    a_wrong_delivery_is_taken_back(greengrid, files, store)

    rules = tmp_path / "rules.toml"
    rules.write_text(RULES, encoding="utf-8")
    asked = ("--store", store, "--rules", rules, "--weight", "households")
    tier = the_figure_is_right_and_adds_up(greengrid, town, asked)
    drawn = tmp_path / "gaps.html"
    gaps = greengrid("gaps", *asked, "-o", drawn, "--json")["gaps"]
    assert sum(gap["weight"] for gap in gaps) == tier["uncovered"]
    the_gap_is_on_the_map(page, drawn, gaps)

    brought = [change for change in open_store(store).changesets() if change.source]
    assert {change.author for change in brought} == {"planner"}
    assert len(brought) == 8


def survey_files_become_registers(greengrid: Command, files: Path, town: Town, store: Path) -> None:
    common = ("--store", store, "--author", "planner", "--json")
    for level in LEVELS:
        report = greengrid(
            "import", level, files / "territory.gpkg", "--layer", level,
            "--datum", "WGS84", "--key", "code", *common,
        )  # fmt: skip
        assert report["read"] == report["added"] == len(town[level])
    homes = greengrid(
        "import", "building", files / "buildings.shp", "--datum", "CGCS2000",
        "--key", "楼栋编码", *common,
    )  # fmt: skip
    assert homes["added"] == len(town["building"])
    greens = import_greens(greengrid, files, store)
    assert greens["added"] == len(town["green_space"])

    plots = greengrid(
        "import", "bare_land", files / "bare_land.csv", "--datum", "CGCS2000",
        "--key", "code", *common, code=1,
    )  # fmt: skip
    assert plots["read"] == plots["added"] + 1
    (sent_back,) = [each for each in plots["problems"] if each["severity"] == "error"]
    assert (sent_back["row"], sent_back["code"]) == (len(town["bare_land"]) + 2, "geometry_invalid")


def a_second_delivery_changes_nothing(greengrid: Command, files: Path, store: Path) -> None:
    again = import_greens(greengrid, files, store)
    assert again["unchanged"] == again["read"]


def a_wrong_delivery_is_taken_back(greengrid: Command, files: Path, store: Path) -> None:
    """The file comes under a wrong datum: every green moves by half a kilometre."""
    before = open_store(store).changeset_at()
    wrong = import_greens(greengrid, files, store, datum="WGS84")
    found = greengrid("diff", before, "--store", store, "--json")
    assert found["counts"] == {"green_space": {"changed": wrong["read"]}}
    assert all(change["moved"] for change in found["changes"])
    greengrid("undo", wrong["changeset"], "--store", store, "--author", "planner")
    assert not greengrid("diff", before, "--store", store, "--json")["changes"]


def import_greens(greengrid: Command, files: Path, store: Path, *, datum: str = "GCJ-02") -> Any:
    return greengrid(
        "import", "green_space", files / "greens.geojson", "--datum", datum,
        "--set", "code_system=cjjt85_2017", "--key", "code",
        "--store", store, "--author", "planner", "--json",
    )  # fmt: skip


def the_figure_is_right_and_adds_up(
    greengrid: Command, town: Town, asked: tuple[object, ...]
) -> Any:
    found = greengrid("coverage", *asked, "--json")
    (tier,) = found["tiers"]
    assert tier["covered"] + tier["uncovered"] == tier["base"]
    assert tier["base"] == town["building"]["households"].sum()
    assert tier["covered"] == covered_households(town)
    for level in LEVELS:
        rows = [row for row in found["by_unit"] if row["level"] == level]
        assert sum(row["base"] for row in rows) == tier["base"]
        assert sum(row["covered"] for row in rows) == tier["covered"]
    store = asked[1]
    assert greengrid("run", found["run"], "--verify", "--store", store, "--json")["verified"]
    return tier


def the_gap_is_on_the_map(page: Page, drawn: Path, gaps: list[dict[str, Any]]) -> None:
    page.context.set_offline(True)
    page.goto(drawn.as_uri())
    expect(page.locator("body")).to_contain_text(f"{int(gaps[0]['weight']):,}")
    expect(page.locator(".leaflet-container canvas, .leaflet-container svg").first).to_be_visible()


def covered_households(town: Town) -> int:
    """Count by brute force: every home against every green that counts."""
    homes = town["building"].to_crs(4551)
    greens = town["green_space"].to_crs(4551)
    counts = (greens.area >= 400) & greens["access"].fillna("unknown").isin(["public", "unknown"])
    counts &= greens["counts_as_green"].fillna(value=True).astype(bool)
    reached = shapely.dwithin(
        homes.geometry.to_numpy()[:, None], greens.geometry[counts].to_numpy()[None, :], 300
    ).any(axis=1)
    return int(homes["households"].fillna(0)[reached].sum())
