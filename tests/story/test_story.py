"""The one story, as far as it is told: files → register → gap → plot → adopter → alive or lapsed.

A district hands over what it has, a dirty spreadsheet among it. Every row is taken, or sent back with
its reason, corrected there and taken; the coverage says who has no green within 300 m; the map
shows where, without any network. The plot that helps most is made green, and the figure moves by
exactly what was promised. The next plot is adopted by somebody who writes to the register over the
service: it counts while it is cared for, and no longer than that.
"""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from geopandas import GeoDataFrame, GeoSeries
from playwright.sync_api import Page, expect
from shapely.geometry.base import BaseGeometry

from layers import open_store
from tests.story.conftest import Command
from tests.story.keeping import ADOPTED, CARED, INTERVAL_DAYS, LATER, Register
from tests.story.survey import CROSSED, SPOILT, SWAPPED, WORDS_ONLY, correct

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
    a_dirty_survey_becomes_a_register(greengrid, files, town, store, tmp_path)
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
    on_foot_fewer_have_green(greengrid, town, asked, tier["covered"], tmp_path)

    best, second = the_best_plot_is_chosen_and_the_figure_moves(
        greengrid, town, asked, tier, tmp_path
    )
    a_plot_counts_while_somebody_cares_for_it(greengrid, town, asked, (best, second))

    changes = [change.author for change in open_store(store).changesets() if change.source]
    assert Counter(changes) == {"planner": 11, "local": 4}  # files, and what came by itself


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


def a_dirty_survey_becomes_a_register(
    greengrid: Command, files: Path, town: Town, store: Path, folder: Path
) -> None:
    """Look, give the bad rows back, take the good ones, take the others once they are corrected."""
    sheet, back = files / "survey.xlsx", folder / "back.xlsx"
    into = ("import", "bare_land", sheet, "--store", store, "--datum", "CGCS2000", "--json")
    said = ("--key", "地块情况 / 地块编码", "--author", "planner")
    rows = len(town["bare_land"]) + 1
    look = ("--dry-run", "--preview", folder / "look.html", "--rejected", back)
    seen = greengrid(*into, *said, *look, code=1)
    assert {remark["code"] for remark in seen["remarks"]} >= {
        "explanations",
        "totals",
        "notes_below",
    }
    assert seen["columns"]["grid_code"]["how"] == "letters"
    assert seen["columns"]["area_m2"]["how"] == "unit"
    faults = {(each["row"], each["code"]) for each in seen["problems"]}
    assert faults == {
        (CROSSED, "geometry_invalid"),
        (SWAPPED, "coordinates_out_of_range"),
        (SPOILT, "code_in_scientific_notation"),
    }
    assert "survey.xlsx" in (folder / "look.html").read_text("utf-8")
    taken = greengrid(*into, *said, code=1)
    assert (taken["read"], taken["added"], taken["rejected"]) == (rows, rows - 3, 3)
    correct(back, town["bare_land"])
    # The headings are known by now, and with them the key.
    again = greengrid("import", "bare_land", back, *into[3:], "--author", "planner")
    assert (again["read"], again["added"]) == (3, 3)
    assert again["recalled"]
    register = open_store(store).read("bare_land").set_index("code")
    assert register.index.is_unique
    assert register.loc[WORDS_ONLY, "geometry"] is None
    true = town["bare_land"].set_index("code")
    register = register.loc[true.index]
    assert register["surveyed_on"].tolist() == true["surveyed_on"].tolist()
    assert ((register["area_m2"] - true["area_m2"]).abs() < 0.5).all()
    assert register["grid_code"].tolist() == true["grid_code"].tolist()
    assert register.geometry.geom_equals_exact(true.geometry, 1e-7).all()


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


def the_figure_is_right_and_adds_up(greengrid: Command, town: Town, asked: tuple[Any, ...]) -> Any:
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


def on_foot_fewer_have_green(
    greengrid: Command, town: Town, asked: tuple[Any, ...], straight: int, folder: Path
) -> None:
    """Nobody walks less than the straight line; what the network does not reach is named."""
    walkways = folder / "walkways.gpkg"
    columns = ["code", "class", "level", "geometry"]
    town["walkway"][columns].to_file(walkways, engine="pyogrio")
    greengrid(
        "import", "walkway", walkways, "--datum", "CGCS2000", "--key", "code",
        "--store", asked[1], "--author", "planner", "--json",
    )  # fmt: skip
    found = greengrid("coverage", *asked, "--network", "walkway", "--json")
    (tier,) = found["tiers"]
    assert 0 < tier["covered"] < straight
    assert tier["base"] + sum(tier["excluded"].values()) == tier["total"]
    assert tier["excluded"]["other_component"] > 0  # yards behind walls
    assert found["walks"]["green_300m"]["entered"]["meeting"] > 0
    assert found["network"]["lines"] == len(town["walkway"])


def the_best_plot_is_chosen_and_the_figure_moves(
    greengrid: Command, town: Town, asked: tuple[Any, ...], tier: Any, folder: Path
) -> tuple[str, str]:
    """What is promised of a plot is what its greening brings, in the town and in every unit."""
    found = greengrid("site", *asked, "-k", 1, "--method", "exact", "--json")
    choice = found["choice"]
    (best,) = choice["sites"]
    assert choice["certificate"]["proven"]
    assert best["code"] == found["plots"][0]["code"]
    assert best["gain"] == max(row["green_300m.gain"] for row in found["plots"]) > 0
    assert found["idle"]["green_300m"]["too_small"] > 0
    plots = town["bare_land"].set_index("code")
    greened = GeoDataFrame(
        {"code": ["GREENED"], "class_code": ["G1"], "access": ["public"]},
        geometry=[plots.geometry[best["code"]]],
        crs=plots.crs,
    )
    path = folder / "greened.gpkg"
    greened.to_file(path, engine="pyogrio")
    greengrid(
        "import", "green_space", path, "--datum", "CGCS2000", "--set", "code_system=cjjt85_2017",
        "--key", "code", "--store", asked[1], "--author", "planner", "--json",
    )  # fmt: skip
    now = greengrid("coverage", *asked, "--json")
    (after,) = now["tiers"]
    assert (
        after["covered"] == tier["covered"] + best["gain"] == found["after"]["tiers"][0]["covered"]
    )
    covered = {(row["level"], row["unit"]): row["covered"] for row in now["by_unit"]}
    assert found["after"]["by_unit"]
    for row in found["after"]["by_unit"]:
        assert covered[row["level"], row["unit"]] == row["covered"] != row["before"]
    store = asked[1]
    assert greengrid("run", found["run"], "--verify", "--store", store, "--json")["verified"]
    return best["code"], found["plots"][1]["code"]


def a_plot_counts_while_somebody_cares_for_it(
    greengrid: Command, town: Town, asked: tuple[Any, ...], plots: tuple[str, str]
) -> None:
    """Written over the service, measured by the command: adopted, neglected, cared for, ended."""
    _, store, _, rules, *_ = asked
    layers = 'layers = ["green_space", "adoption_plot"]\nalive = true'
    rules.write_text(RULES.replace('layers = ["green_space"]', layers), "utf-8")

    def covered(on: str) -> int:
        return int(greengrid("coverage", *asked, "--on", on, "--json")["tiers"][0]["covered"])

    greened, offered = town["bare_land"].set_index("code").geometry.loc[list(plots)]
    without = covered_households(town, greened)
    counted = covered_households(town, greened, offered)
    assert counted > without == covered(ADOPTED)

    for kind in ("adoption_plot", "adoption", "care_log"):
        greengrid("open", kind, "--writing", "--store", store)
    register = Register(store)
    register.add("adoption_plot", offered, code="A1", bare_land_code=plots[1])
    assert covered(ADOPTED) == without  # offered, and nobody has come
    adoption = register.add(
        "adoption", code="V1", plot_code="A1", state="active",
        agreed_from=ADOPTED, care_interval_days=INTERVAL_DAYS,
    )  # fmt: skip
    assert register.codes("adoption") == {"V1"}
    assert (covered(ADOPTED), covered(LATER)) == (counted, without)  # nobody came for too long
    register.add("care_log", code="W1", adoption_code="V1", cared_on=CARED)
    assert covered(LATER) == counted

    ended = register.change(*adoption, state="terminated", ended_on=LATER)
    assert ended.status_code == 200, ended.text
    assert covered(LATER) == without
    assert register.change(*adoption, state="active").status_code == 412  # it is another by now
    register.close()


def covered_households(town: Town, *more: BaseGeometry) -> int:
    """Count by brute force: every home against every green that counts, and `more` of it."""
    homes = town["building"].to_crs(4551)
    greens = town["green_space"].to_crs(4551)
    counts = (greens.area >= 400) & greens["access"].fillna("unknown").isin(["public", "unknown"])
    counts &= greens["counts_as_green"].fillna(value=True).astype(bool)
    added = GeoSeries(list(more), crs=town["bare_land"].crs).to_crs(4551)
    targets = np.concatenate([greens.geometry[counts].to_numpy(), added.to_numpy()])
    reached = shapely.dwithin(homes.geometry.to_numpy()[:, None], targets[None, :], 300).any(axis=1)
    return int(homes["households"].fillna(0)[reached].sum())
