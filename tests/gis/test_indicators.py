"""Indicators by hand, by the laws of adding up, and what is judged by which number."""

from typing import Any

import pytest
from geopandas import GeoDataFrame
from shapely import Point, Polygon, box

from gis import IndicatorsResult, RuleSet, Tier, coverage, indicators, presets
from gis.covering.indicators import INDICATORS
from gis.covering.requirements import Requirement, requirements
from gis.errors import CrsMismatchError, GeometryInvalidError, NotSupportedError

CRS = 4551
CLASS = "cjjt85_2017"


def areas(*shapes: Any, **columns: list[Any]) -> GeoDataFrame:
    return GeoDataFrame(columns, geometry=list(shapes), crs=CRS)


# Two units of a hectare. The park of 1,200 m² lies half in each, and a square overlaps it; a
# protective green of 500 m² is in the second, and a verge that the register does not count.
UNITS = areas(box(0, 0, 100, 100), box(100, 0, 200, 100)).set_axis(["west", "east"])
GREEN = areas(
    box(80, 0, 120, 30), box(110, 20, 130, 40), box(150, 0, 200, 10), box(0, 90, 10, 100),
    class_code=["G1", "G3", "G2", "G1"], code_system=[CLASS, CLASS, CLASS, None],
    counts_as_green=[True, False, None, False], counts_as_coverage=[True, False, True, True],
)  # fmt: skip
HOMES = GeoDataFrame(
    {"population": [20, 10, None, 60]},
    geometry=[Point(10, 10), Point(20, 20), Point(30, 30), Point(150, 50)], crs=CRS,
)  # fmt: skip


def value(result: IndicatorsResult, unit: str | None, indicator: str) -> dict[str, Any]:
    rows = result.rows[result.rows["indicator"] == indicator]
    rows = rows[rows["unit"].isna() if unit is None else rows["unit"] == unit]
    (row,) = rows.to_dict("records")
    return {str(name): found for name, found in row.items()}


def judged(result: IndicatorsResult, unit: str | None, key: str) -> str:
    rows = result.judgements[result.judgements["requirement"] == key]
    rows = rows[rows["unit"].isna() if unit is None else rows["unit"] == unit]
    return str(rows["judgement"].item())


def test_by_hand() -> None:
    found = indicators(UNITS, green=GREEN, places=HOMES)
    per_head = {unit: value(found, unit, "park_area_per_capita") for unit in ("west", "east", None)}
    assert {unit: row["amount"] for unit, row in per_head.items()} == {
        "west": 600, "east": 600, None: 1200,
    }  # fmt: skip
    assert {unit: row["value"] for unit, row in per_head.items()} == pytest.approx(
        {"west": 20, "east": 10, None: 1200 / 90}
    )
    assert [per_head[unit]["unknown"] for unit in ("west", "east", None)] == [1, 0, 1]
    assert per_head[None]["base_is"] == "people_of_places"
    ratio = {
        unit: value(found, unit, "green_space_ratio")["value"] for unit in ("west", "east", None)
    }
    assert ratio == pytest.approx({"west": 0.06, "east": 0.11, None: 0.085})
    canopy = value(found, "west", "green_coverage_ratio")
    assert (canopy["missing"], canopy["base_is"]) == ("no_crowns", "unit_land")
    assert value(found, None, "service_radius_coverage")["missing"] == "no_land"
    assert found.to_frame().loc["east", "park_area_per_capita"] == pytest.approx(10)
    assert set(found.rows["indicator"]) == set(INDICATORS)


def test_crowns_and_the_built_up_area_make_the_ratios_what_is_asked() -> None:
    """Crowns lie half upon the park: 300 m² are new. Built up is the western half of each unit."""
    crowns = areas(box(70, 0, 90, 30))
    built_up = areas(box(0, 0, 50, 100), box(100, 0, 150, 100))
    found = indicators(UNITS, green=GREEN, crowns=crowns)
    # West: park 600, crowns 300, verge 100; the square is not counted.
    assert value(found, "west", "green_coverage_ratio")["value"] == pytest.approx(0.1)
    assert judged(found, None, "garden_city_2010_canopy") == "other_base"
    assert judged(found, None, "garden_city_2010_ratio") == "other_base"
    inside = indicators(UNITS, green=GREEN, crowns=crowns, built_up=built_up)
    row = value(inside, "east", "green_space_ratio")
    assert (row["amount"], row["base"], row["base_is"]) == (600, 5000, "built_up_land")
    assert judged(inside, None, "garden_city_2010_ratio") == "not_met"
    assert judged(inside, None, "ecological_garden_city_canopy") == "unverified"
    green = areas(box(0, 0, 50, 40), box(100, 0, 150, 40))
    assert judged(
        indicators(UNITS, green=green, built_up=built_up), None, "garden_city_2010_ratio"
    ) == "met"  # fmt: skip


def test_coverage_is_that_of_the_rule_and_adds_up() -> None:
    land = areas(box(0, 0, 60, 100), box(50, 0, 190, 50), box(400, 0, 410, 10))
    found = indicators(UNITS, green=GREEN.iloc[2:3].assign(class_code="G1"), land=land)
    rules = presets["gbt51346_500m"]
    whole = value(found, None, "service_radius_coverage")
    assert (whole["base"], whole["value"], whole["lower"], whole["upper"]) == (
        pytest.approx(6000 + 130 * 50), 1, 1, 1,
    )  # fmt: skip
    assert found.outside_m2 == pytest.approx(100)
    assert judged(found, None, "gbt51346_500m") == "met"
    assert judged(found, None, "ecological_garden_city_coverage") == "unverified"
    assert found.ruleset == rules
    near = RuleSet("near", tiers=(Tier("t", "层", ("green_space",), 60),))
    partly = indicators(UNITS, green=GREEN.iloc[2:3], land=land, ruleset=near)
    zones = areas(land.geometry.iloc[:2].union_all())
    figure = coverage(zones, {"green_space": GREEN.iloc[2:3]}, near, weight="area").figures[0]
    rows = {unit: value(partly, unit, "service_radius_coverage") for unit in ("west", "east", None)}
    assert rows[None]["amount"] == pytest.approx(figure.covered, abs=2)
    assert rows["west"]["amount"] + rows["east"]["amount"] == pytest.approx(rows[None]["amount"])
    assert rows["east"]["lower"] <= rows["east"]["value"] <= rows["east"]["upper"]


def test_people_of_units_stand_in_where_nobody_counted_homes() -> None:
    registered = indicators(UNITS.assign(population=[40, None]), green=GREEN)
    assert value(registered, "west", "park_area_per_capita")["value"] == 15
    assert value(registered, "east", "park_area_per_capita")["missing"] == "no_base"
    assert value(registered, None, "park_area_per_capita")["value"] != 0  # unknown, not nobody
    nobody = indicators(UNITS, green=GREEN)
    assert value(nobody, "west", "park_area_per_capita")["missing"] == "no_people"
    assert judged(nobody, "west", "landscape_code_per_capita") == "not_given"
    empty = indicators(UNITS, green=GREEN.iloc[:0], places=HOMES)
    assert value(empty, None, "park_area_per_capita")["value"] == 0


def test_what_is_asked_is_declared_once_and_honestly() -> None:
    asked = requirements()
    assert {one.indicator for one in asked.values()} == set(INDICATORS)
    tier = presets["gbt51346_500m"].tier("park_or_square_500m")
    assert asked["gbt51346_500m"].least == tier.required_share
    assert asked["gbt51346_500m"].verified == presets["gbt51346_500m"].verified
    assert {key for key, one in asked.items() if not one.verified} == {
        "ecological_garden_city_coverage", "ecological_garden_city_per_capita",
        "ecological_garden_city_canopy",
    }  # fmt: skip
    for one in asked.values():
        assert one.source_zh
        assert one.source_en
    bounds = Requirement(
        "k", "green_space_ratio", 0.5, strict=False, verified=True, source_zh="", source_en=""
    )
    assert [bounds.judge(0.4, 0.45), bounds.judge(0.5, 0.6), bounds.judge(0.4, 0.5)] == [
        "not_met", "met", "undecided",
    ]  # fmt: skip
    assert bounds.judge(None, None) == "not_given"


def test_what_cannot_be_measured_is_refused() -> None:
    with pytest.raises(CrsMismatchError):
        indicators(UNITS, green=GREEN.to_crs(32652))
    with pytest.raises(NotSupportedError):
        indicators(UNITS, green=GREEN, ruleset=presets["who_2016"])
    crossed = areas(box(0, 0, 1, 1), Polygon([(0, 0), (9, 9), (9, 0), (0, 9)]))
    with pytest.raises(GeometryInvalidError):
        indicators(UNITS, green=crossed)
