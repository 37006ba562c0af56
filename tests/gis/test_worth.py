"""What plots are worth, against the coverage of the town before and after."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas import GeoDataFrame
from shapely import Point, box

from gis import Greening, RuleSet, Tier, coverage, plot_worth, presets
from gis.errors import NotSupportedError

CRS = "EPSG:32650"
TIERS = (
    Tier("any", "绿", ("green_space",), 120),
    Tier("big", "园", ("green_space",), 200, min_area_m2=900, area_of="joined"),
)
RULES = RuleSet("both", tiers=TIERS)


def town(seed: int) -> tuple[GeoDataFrame, GeoDataFrame, dict[str, GeoDataFrame]]:
    rng = np.random.default_rng(seed)
    homes = GeoDataFrame(
        {"people": rng.integers(0, 9, 40)},
        geometry=shapely.points(rng.uniform(0, 900, (40, 2))),
        crs=CRS,
    )
    west, south = rng.integers(0, 45, (2, 14)) * 20
    shapes = shapely.box(west, south, west + 20, south + 20)
    shapes[:3] = shapely.box(west[:3], south[:3], west[:3] + 40, south[:3] + 20)
    greens = GeoDataFrame(geometry=shapes[:6], crs=CRS)
    touching = [box(west[0] + 40, south[0], west[0] + 50, south[0] + 20)]
    plots = GeoDataFrame(
        index=[f"p{n}" for n in range(9)], geometry=[*shapes[6:], *touching], crs=CRS
    )
    return homes, plots, {"green_space": greens}


def covered(homes: GeoDataFrame, targets: dict[str, GeoDataFrame], tier: str) -> Any:
    result = coverage(homes, targets, RULES, weight="people")
    return result.figure(tier).covered, result.places


@pytest.mark.parametrize("seed", range(6))
def test_a_plot_is_worth_what_its_greening_changes(seed: int) -> None:
    homes, plots, targets = town(seed)
    worth = plot_worth(plots, homes, targets, RULES, weight="people")
    for tier in ("any", "big"):
        before, places_before = covered(homes, targets, tier)
        for label, row in worth.plots.iterrows():
            greener = pd.concat([targets["green_space"], plots.loc[[label]]], ignore_index=True)
            after, places_after = covered(homes, {"green_space": greener}, tier)
            assert row[f"{tier}.gain"] == after - before
            now = places_after[f"{tier}.covered"] & ~places_before[f"{tier}.covered"]
            assert row[f"{tier}.places"] == now.sum()
            assert (row[f"{tier}.why"] is None) == bool(now.any())
            was, is_ = (one[f"{tier}.distance_m"] for one in (places_before, places_after))
            saved = (homes["people"] * (was - is_)).sum()
            assert row[f"{tier}.saved_m"] == pytest.approx(
                saved if was.notna().any() else np.nan, nan_ok=True
            )


def test_green_for_each_person_before_and_after() -> None:
    homes = GeoDataFrame({"people": [4, 9]}, geometry=[Point(0, 50), Point(900, 0)], crs=CRS)
    greens = GeoDataFrame(
        geometry=[box(30, 0, 50, 20), box(40, 0, 60, 20), box(500, 0, 600, 9)], crs=CRS
    )
    plots = GeoDataFrame(index=["p"], geometry=[box(0, 0, 20, 10)], crs=CRS)
    worth = plot_worth(plots, homes, {"green_space": greens}, RULES, weight="people")
    row = worth.plots.loc["p"]
    assert (row["near"], row["green_m2"]) == (4, 600)  # what overlaps counts once
    assert (row["green_each_m2"], row["green_each_after_m2"]) == (150, 200)
    half = GeoDataFrame(geometry=[box(220, 0, 420, 10)], crs=CRS)  # only 100 m of it are near
    row = plot_worth(plots, homes, {"green_space": half}, RULES, weight="people").plots.loc["p"]
    assert row["green_m2"] == pytest.approx(1000, rel=1e-3)


def test_why_a_plot_changes_nothing() -> None:
    homes = GeoDataFrame(geometry=[Point(0, 0)], crs=CRS)
    greens = GeoDataFrame(geometry=[box(50, 0, 90, 40)], crs=CRS)
    plots = GeoDataFrame(
        index=["far", "near", "tiny", "nowhere"],
        geometry=[box(5000, 0, 5100, 100), box(0, 40, 40, 80), box(0, 40, 10, 50), None],
        crs=CRS,
    )
    worth = plot_worth(plots, homes, {"green_space": greens}, RULES)
    assert worth.nothing_gained
    assert worth.idle("any") == {"nobody_near": 1, "already_covered": 2}
    assert worth.idle("big") == {"too_small": 1, "nobody_near": 1, "already_covered": 1}
    assert worth.to_dict()["idle"]["big"]["too_small"] == 1
    shut = plot_worth(
        plots,
        homes,
        {"green_space": greens},
        presets["who_2016"],
        greening=Greening(access="private"),
    )
    assert set(shut.plots["green_0_5ha_300m.why"]) == {"not_public"}


def test_every_preset_says_whether_the_plot_counts() -> None:
    homes = GeoDataFrame(geometry=[Point(0, 0)], crs=CRS)
    plots = GeoDataFrame(index=["p"], geometry=[box(0, 40, 17, 50)], crs=CRS)
    worth = plot_worth(plots, homes, {"green_space": plots[:0]}, RULES)
    said = worth.explain("p").set_index(["rules", "tier"])
    assert set(said.index.get_level_values("rules")) == set(presets)
    row: Any = said.loc[("park_activity_site_2022", "site_400m2_300m")]
    assert (row["counts"], row["reason"], row["area_m2"], row["min_area_m2"]) == (
        False,
        "too_small",
        170,
        400,
    )
    assert bool(said["counts"][("gbt51346_500m", "park_or_square_500m")])
    assert said["reason"][("baishan_slogan_300_500_1000", "scenery_1000m")] == "wrong_layer"


def test_ties_are_broken_down_the_row_and_at_last_by_the_label() -> None:
    homes = GeoDataFrame(geometry=[Point(0, 0)], crs=CRS)
    same = box(0, 500, 9, 509)
    plots = GeoDataFrame(index=["c", "a", "b"], geometry=[same, same, box(0, 400, 9, 409)], crs=CRS)
    worth = plot_worth(plots, homes, {"green_space": plots[:0]}, RULES)
    assert worth.plots.index.tolist() == ["a", "b", "c"]
    near = plots.set_geometry([same, same, box(0, 490, 9, 509)])
    assert plot_worth(near, homes, {"green_space": plots[:0]}, RULES).plots.index[0] == "b"
    again = plot_worth(plots[::-1], homes, {"green_space": plots[:0]}, RULES)
    assert again.plots.index.tolist() == ["a", "b", "c"]


@pytest.mark.parametrize("asked", [{"weight": "area"}, {"walk": True}])
def test_what_it_does_not_do_it_says(asked: dict[str, Any]) -> None:
    homes, plots, targets = town(1)
    how: Any = "walk" if asked.pop("walk", False) else "straight"
    rules = RuleSet("w", tiers=(Tier("t", "t", ("green_space",), 9, distance=how),))
    with pytest.raises(NotSupportedError):
        plot_worth(plots, homes, targets, rules, **asked)
