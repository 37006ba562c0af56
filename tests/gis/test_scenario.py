"""A scenario after any toggling equals the coverage computed anew."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas import GeoDataFrame
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from gis import RuleSet, Scenario, Tier, coverage
from gis.errors import LabelUnknownError, NotSupportedError

CRS = "EPSG:32650"
GREEN = ("green_space",)
RULES = RuleSet(
    "three",
    tiers=(
        Tier("any", "绿", GREEN, 60),
        Tier("big", "大", GREEN, 90, min_area_m2=700),
        Tier("joined", "园", GREEN, 120, min_area_m2=1000, area_of="joined"),
    ),
)


def town(seed: int) -> tuple[GeoDataFrame, dict[str, GeoDataFrame], GeoDataFrame]:
    """Lay greens and plots on a raster of 20 m, where many of them touch."""
    rng = np.random.default_rng(seed)
    at = rng.permutation(100)[:28]
    west, south = at % 10 * 20.0, at // 10 * 20.0
    squares = shapely.box(west, south, west + 20, south + 20)
    squares[20:] = shapely.box(west[20:], south[20:], west[20:] + 30, south[20:] + 30)
    homes = GeoDataFrame(
        {
            "people": rng.integers(0, 9, 60),
            "unit": np.array(["a", "b", None])[rng.integers(0, 3, 60)],
        },
        geometry=shapely.points(rng.uniform(-150, 350, (60, 2))),
        crs=CRS,
    )
    homes.loc[0, "people"] = None
    greens = GeoDataFrame(geometry=squares[:12], crs=CRS)
    plots = GeoDataFrame(index=[f"p{n}" for n in range(16)], geometry=squares[12:], crs=CRS)
    return homes, {"green_space": greens}, plots


def anew(
    places: GeoDataFrame,
    targets: dict[str, GeoDataFrame],
    plots: GeoDataFrame,
    on: Any,
    **asked: Any,
) -> Any:
    greens = pd.concat(
        [targets["green_space"], plots.loc[list(on), ["geometry"]]], ignore_index=True
    )
    return coverage(places, {"green_space": greens}, RULES, **asked)


def assert_equal(scenario: Scenario, result: Any, tolerance: float) -> None:
    now = scenario.to_frame()
    for figure in result.figures:
        row = now.loc[figure.tier]
        assert row["covered"] == pytest.approx(figure.covered, abs=tolerance * max(figure.base, 1))
        assert row["base"] == pytest.approx(figure.base)
        assert row["share"] == pytest.approx(figure.share, abs=tolerance)
    keys = ["level", "unit", "tier"]
    there = scenario.by_unit().set_index(keys)["covered"]
    if len(there):
        expected = result.by_unit.set_index(keys)["covered"]
        for key, covered in expected.items():
            assert there[key] == pytest.approx(covered, abs=tolerance * 1e4, rel=0)


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10_000), toggled=st.lists(st.integers(0, 15), min_size=1, max_size=25))
def test_places_are_as_if_computed_anew(seed: int, toggled: list[int]) -> None:
    homes, targets, plots = town(seed)
    asked: dict[str, Any] = {"weight": "people", "by": homes["unit"]}
    scenario = Scenario(homes, targets, plots, RULES, **asked)
    on: set[str] = set()
    for number in toggled:
        label = f"p{number}"
        on ^= {label}
        changed = scenario.toggle(label)
        assert changed.is_green == (label in on)
        assert set(scenario.green) == on
    result = anew(homes, targets, plots, sorted(on), **asked)
    assert_equal(scenario, result, 0.0)
    assert changed.covered == {figure.tier: figure.covered for figure in result.figures}
    for label in sorted(on):
        scenario.toggle(label)
    assert_equal(scenario, scenario.bare, 0.0)


def test_one_begun_with_a_finished_coverage_is_the_same() -> None:
    homes, targets, plots = town(3)
    asked: dict[str, Any] = {"weight": "people", "by": homes["unit"]}
    whole = Scenario(homes, targets, plots, RULES, **asked)
    begun = Scenario.from_coverage(whole.bare, targets, plots, by=homes["unit"])
    for label in ("p1", "p7", "p1", "p4"):
        assert begun.toggle(label).rows() == whole.toggle(label).rows()
    assert begun.all_unit_rows() == whole.all_unit_rows()
    assert begun.tier_rows() == whole.tier_rows()
    assert set(begun.green) == {"p7", "p4"}


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 10_000), toggled=st.lists(st.integers(0, 15), min_size=1, max_size=12))
def test_zones_are_as_if_computed_anew(seed: int, toggled: list[int]) -> None:
    _, targets, plots = town(seed)
    west, south = (part.ravel() * 100.0 for part in np.meshgrid(np.arange(-2, 4), np.arange(-2, 4)))
    zones = GeoDataFrame(
        {"unit": ["a", "b"] * 18},
        geometry=shapely.box(west, south, west + 100, south + 100),
        crs=CRS,
    )
    asked: dict[str, Any] = {"weight": "area", "by": zones["unit"]}
    scenario = Scenario(zones, targets, plots, RULES, **asked)
    on: set[str] = set()
    for number in toggled:
        on ^= {f"p{number}"}
        scenario.toggle(f"p{number}")
    assert_equal(scenario, anew(zones, targets, plots, sorted(on), **asked), 1e-9)


def test_what_changed_is_told_unit_by_unit() -> None:
    homes = GeoDataFrame(
        {"people": [4, 3], "grid": ["a", "b"]}, geometry=shapely.points([0, 500], 0), crs=CRS
    )
    plots = GeoDataFrame(index=["p"], geometry=[box(10, 0, 40, 30)], crs=CRS)
    scenario = Scenario(
        homes, {"green_space": plots[:0]}, plots, RULES, weight="people", by=homes["grid"]
    )
    told = scenario.toggle("p").to_frame()
    rows = told[told["tier"] == "any"].to_dict("records")
    assert rows == [
        {"level": None, "unit": None, "tier": "any", "covered": 4, "base": 7, "share": 4 / 7},
        {"level": "grid", "unit": "a", "tier": "any", "covered": 4, "base": 4, "share": 1.0},
    ]
    assert scenario.places("any").tolist() == [4, 0]
    assert set(told["tier"]) == {"any", "big"}  # 900 m² are less than the joined tier asks for
    with pytest.raises(LabelUnknownError):
        scenario.toggle("q")


def test_what_it_does_not_do_it_says() -> None:
    homes, targets, plots = town(1)
    rules = RuleSet("w", tiers=(Tier("t", "t", GREEN, 9, to="centroid"),))
    with pytest.raises(NotSupportedError):
        Scenario(homes, targets, plots, rules)
