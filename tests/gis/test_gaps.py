"""Gaps: which uncovered places lie together, and in which order they come."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from geopandas import GeoDataFrame, GeoSeries
from pandas.testing import assert_frame_equal
from shapely import MultiPoint, Point, box

from gis.covering.coverage import CoverageResult, coverage
from gis.covering.gaps import rank_gaps
from gis.errors import IndexMismatchError, RadiusError, TierUnknownError
from gis.rules import RuleSet, Tier

CRS = 4551


def town(*x: float, people: list[Any] | None = None) -> GeoDataFrame:
    columns = {"people": people if people is not None else [1] * len(x)}
    return GeoDataFrame(columns, geometry=[Point(at, 0) for at in x], crs=CRS)


def measured(
    homes: GeoDataFrame, *parks: Any, radius_m: float = 100, weight: str | None = "people"
) -> CoverageResult:
    green = GeoDataFrame(geometry=list(parks), crs=CRS)
    rules = RuleSet("r", tiers=(Tier("t", "层", ("green",), radius_m),))
    return coverage(homes, {"green": green}, rules, weight=weight)


def test_a_chain_of_short_steps_is_one_gap_and_most_people_come_first() -> None:
    homes = town(0, 100, 200, 301, 1000, 5000, people=[1, 1, 1, 9, 4, 50])
    gaps = rank_gaps(measured(homes, Point(5000, 0)))
    assert gaps["rank"].tolist() == [1, 2, 3]
    assert gaps["weight"].tolist() == [9, 4, 3]
    assert gaps["places"].tolist() == [1, 1, 3]
    assert gaps["nearest_m"].tolist() == [4699, 4000, 4800]
    assert gaps["shortfall_m"].tolist() == [4599, 3900, 4700]
    assert gaps["reason"].unique().tolist() == ["over_limit"]


def test_the_longest_step_can_be_chosen() -> None:
    result = measured(town(0, 150))
    assert len(rank_gaps(result)) == 2
    assert len(rank_gaps(result, link_m=150)) == 1
    with pytest.raises(RadiusError):
        rank_gaps(result, link_m=-1)


def test_footprints_are_linked_edge_to_edge() -> None:
    homes = GeoDataFrame(
        {"people": [1, 1]}, geometry=[box(0, 0, 90, 9), box(190, 0, 280, 9)], crs=CRS
    )
    assert len(rank_gaps(measured(homes))) == 1


def test_the_outline_holds_the_places() -> None:
    homes = town(0, 60, 120, 1000)
    gaps = rank_gaps(measured(homes))
    assert gaps.geometry.iloc[0].covers(MultiPoint([(0, 0), (60, 0), (120, 0)]))
    assert not gaps.geometry.iloc[0].intersects(Point(1000, 0))
    assert np.allclose(gaps["area_m2"], gaps.area)
    assert gaps.crs == homes.crs


def test_without_any_target_the_distance_is_missing() -> None:
    gaps = rank_gaps(measured(town(0)))
    assert gaps["reason"].tolist() == ["no_target"]
    assert gaps[["nearest_m", "shortfall_m"]].isna().all(axis=None)


def test_excluded_and_covered_places_are_in_no_gap() -> None:
    homes = town(0, 10, 20, people=[None, 5, 0])
    homes.loc[2, "geometry"] = None
    gaps = rank_gaps(measured(homes, Point(5000, 0)))
    assert (gaps["weight"].tolist(), gaps["places"].tolist()) == ([5], [1])
    everybody = rank_gaps(measured(town(0), Point(0, 0)))
    assert everybody.empty
    assert list(everybody) == list(gaps)
    assert everybody.crs == homes.crs


def test_places_of_weight_nothing_are_gaps_of_nobody() -> None:
    gaps = rank_gaps(measured(town(0, 1000, people=[0, 3])))
    assert gaps["weight"].tolist() == [3, 0]


def test_ties_go_from_west_to_east_whatever_the_order_of_rows() -> None:
    homes = town(4000, 0, 2000, 2050, 6000, people=[2, 2, 1, 1, 5])
    gaps = rank_gaps(measured(homes))
    assert gaps["weight"].tolist() == [5, 2, 2, 2]
    assert gaps["places"].tolist() == [1, 2, 1, 1]
    assert gaps.geometry.iloc[2].intersects(Point(0, 0))
    again = rank_gaps(measured(homes.iloc[::-1]))
    assert_frame_equal(
        pd.DataFrame(gaps.drop(columns="geometry")), pd.DataFrame(again.drop(columns="geometry"))
    )


def test_the_main_reason_is_that_of_most_people() -> None:
    green = GeoDataFrame(
        {"access": ["private", "public"]}, geometry=[Point(-100, 0), Point(9000, 0)], crs=CRS
    )
    rules = RuleSet("r", tiers=(Tier("t", "层", ("green",), 100, access=("public",)),))

    def reason(*people: int) -> str:
        homes = town(0, 50, 90, people=list(people))
        (gap,) = rank_gaps(coverage(homes, {"green": green}, rules, weight="people"))["reason"]
        return str(gap)

    assert reason(5, 1, 1) == "not_public"
    assert reason(1, 5, 1) == "over_limit"
    assert reason(2, 1, 1) == "over_limit"
    assert reason(0, 0, 0) == "over_limit"


def test_tiers_are_ranked_each_by_itself() -> None:
    rules = RuleSet(
        "r", tiers=(Tier("near", "近", ("green",), 10), Tier("far", "远", ("green",), 500))
    )
    green = GeoDataFrame(geometry=[Point(0, 0)], crs=CRS)
    result = coverage(town(0, 400, 900), {"green": green}, rules)
    gaps = rank_gaps(result)
    assert list(zip(gaps["tier"], gaps["rank"], strict=True)) == [
        ("near", 1),
        ("near", 2),
        ("far", 1),
    ]
    assert rank_gaps(result, tier="far")["nearest_m"].tolist() == [900]
    with pytest.raises(TierUnknownError):
        rank_gaps(result, tier="middle")


def test_gaps_in_zones_are_pieces_that_share_out_what_is_uncovered() -> None:
    zones = GeoDataFrame(geometry=[box(0, 0, 1000, 10), box(5000, 0, 5100, 10)], crs=CRS)
    result = measured(zones, Point(500, 5), weight="area")
    gaps = rank_gaps(result)
    assert len(gaps) == 3
    assert gaps["weight"].sum() == pytest.approx(result.figures[0].uncovered)
    assert gaps["weight"].tolist() == pytest.approx([4000, 4000, 1000], abs=5)
    assert gaps["nearest_m"].tolist() == pytest.approx([100, 100, 4500], abs=0.2)
    assert gaps["shortfall_m"].tolist() == pytest.approx([0, 0, 4400], abs=0.2)
    assert (gaps["nearest_m"] >= 100).all()
    assert not gaps.geometry.iloc[0].intersects(Point(500, 5).buffer(99))


def test_what_is_too_thin_to_draw_keeps_its_weight() -> None:
    corner = box(70.5, 70.5, 70.7109, 70.7109)
    zones = GeoDataFrame(geometry=[corner], crs=CRS)
    result = measured(zones, Point(0, 0), weight="area")
    gaps = rank_gaps(result)
    assert gaps["weight"].sum() == pytest.approx(result.figures[0].uncovered)


def test_zones_without_any_target_are_gaps_as_they_are() -> None:
    zones = GeoDataFrame(geometry=[box(0, 0, 10, 10), None], crs=CRS)
    gaps = rank_gaps(measured(zones, weight="area"))
    assert gaps["weight"].tolist() == [100]
    assert gaps["reason"].tolist() == ["no_target"]


def test_a_gap_tells_who_lives_there_in_which_units_and_what_is_nearest() -> None:
    homes = GeoDataFrame(
        {"people": [5, None, 2, 9], "unit": ["a", "b", "b", None]},
        geometry=GeoSeries.from_xy([0, 50, 90, 900], [0] * 4),
        crs=32650,
    )
    greens = GeoDataFrame(
        index=["north", "far"],
        geometry=GeoSeries.from_xy([90, 2000], [400, 0]).to_numpy(),
        crs=32650,
    )
    rules = RuleSet("near", tiers=(Tier("green", "绿", ("green_space",), 300),))
    result = coverage(homes, {"green_space": greens}, rules)
    gaps = rank_gaps(result, amounts=homes[["people"]], by=homes["unit"])
    assert gaps["units"].tolist() == [("b", "a"), ()]
    assert gaps["people"].tolist() == [7, 9]
    assert gaps["nearest"].tolist() == ["north", "north"]
    assert gaps["nearest_layer"].tolist() == ["green_space"] * 2
    assert gaps["shortfall_m"].round(1).tolist() == [100.0, 603.4]
    zones = GeoDataFrame(geometry=homes.buffer(20), crs=32650)
    measured = rank_gaps(coverage(zones, {"green_space": greens}, rules, weight="area"))
    assert measured["nearest"].tolist() == ["north", "north"]
    with pytest.raises(IndexMismatchError):
        rank_gaps(result, by=homes["unit"][:2])
