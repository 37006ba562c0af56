"""Coverage on foot, in a town along one street, and what the network cannot say."""

from typing import Any

import numpy as np
import pytest
from geopandas import GeoDataFrame, GeoSeries
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, box

from gis.covering.coverage import CoverageResult, coverage
from gis.covering.gaps import rank_gaps
from gis.errors import CrsMismatchError, NetworkMissingError, NotSupportedError, RadiusError
from gis.rules import RuleSet, Tier
from gis.walks.network import WalkNetwork
from gis.walks.walking import walking_distance
from tests.gis.towns import CRS, STRICT, layer, places

STREET = LineString([(0, 0), (1000, 0)])
ISLAND = LineString([(0, 500), (100, 500)])
NETWORK = WalkNetwork.from_lines(GeoSeries([STREET, ISLAND], crs=CRS))
# Beside the street, with its only gate 60 m further on.
PARK = box(100, 10, 200, 60)


def tier(radius_m: float = 100, **options: Any) -> Tier:
    return Tier("t", "层", ("green",), radius_m, **({"distance": "walk"} | options))


def walked(
    homes: GeoDataFrame, green: GeoDataFrame, rule: Tier, gates: Any = (), **options: Any
) -> CoverageResult:
    targets = {"green": green}
    if rule.to == "entrance":
        codes, points = zip(*gates, strict=True) if gates else ((), ())
        targets["green_entrance"] = layer(*points, green_code=list(codes))
    options = {"network": NETWORK} | options
    return coverage(homes, targets, RuleSet("r", tiers=(rule,)), **options)


def distances(result: CoverageResult) -> list[Any]:
    return result.places["t.distance_m"].round(6).tolist()


@pytest.mark.parametrize(
    ("to", "gates", "expected", "entered"),
    [
        ("edge", [], [60, 10, 110], {"nearest": 1}),
        ("entrance", [], [60, 10, 110], {"nearest": 1}),
        ("entrance", [("p", Point(260, 4))], [214, 114, 44], {"point": 1}),
        ("entrance", [("q", Point(260, 4))], [60, 10, 110], {"nearest": 1}),
        ("centroid", [], [135, 45, 185], {"point": 1}),
    ],
)
def test_it_is_walked_to_edge_entrance_or_centroid(
    to: str, gates: list[Any], expected: list[float], entered: dict[str, int]
) -> None:
    homes = places(50, 140 if to == "centroid" else 150, 300)
    result = walked(homes, layer(PARK, code=["p"]), tier(to=to), gates)
    if to == "centroid":
        expected = [135, 45, 185]
    assert distances(result) == expected
    found = result.walks["t"].entered
    assert {name: count for name, count in found.items() if count} == entered


def test_what_is_walked_through_is_met() -> None:
    result = walked(places(0, 150), layer(box(100, -5, 200, 5)), tier())
    assert distances(result) == [100, 0]
    assert result.walks["t"].entered == {"point": 0, "meeting": 1, "nearest": 0, "none": 0}
    assert result.places["t.nearest"].tolist() == ["t0", "t0"]
    assert result.places["t.snap_m"].tolist() == [0, 0]


def town() -> GeoDataFrame:
    """Two on the street, one beyond all streets, one on an island, one nowhere, one unknown."""
    spots = [Point(120, 0), Point(900, 0), Point(0, 250), Point(50, 500), None, Point(120, 0)]
    people = [1, 2, 4, 8, 16, None]
    index = ["near", "far", "off", "island", "nowhere", "unknown"]
    return GeoDataFrame({"people": people}, geometry=spots, index=index, crs=CRS)


def test_what_the_network_cannot_say_is_excluded() -> None:
    units = town()["people"].astype(str).where(lambda text: text != "2.0")
    result = walked(town(), layer(PARK), tier(), weight="people", by=units)
    figure = result.figure("t")
    assert (figure.covered, figure.base, figure.total) == (1, 3, 31)
    assert figure.excluded == {
        "no_geometry": 16, "no_weight": 0, "off_network": 4, "other_component": 8,
    }  # fmt: skip
    assert figure.excluded_places == {
        "no_geometry": 1, "no_weight": 1, "off_network": 1, "other_component": 1,
    }  # fmt: skip
    assert {name: amount for name, amount in figure.reasons.items() if amount} == {"over_limit": 2}
    assert result.places["t.covered"].astype(object).tolist()[:2] == [True, False]
    assert result.places["t.covered"].isna().tolist() == [False, False, True, True, True, True]
    assert result.places["t.reason"].fillna("").tolist() == [
        "", "over_limit", "off_network", "other_component", "no_geometry", "no_weight",
    ]  # fmt: skip
    rows = result.by_unit
    assert rows["excluded_off_network"].sum() == 4
    assert rows["excluded_other_component"].sum() == 8
    assert (rows["base"] + rows["excluded"] == rows["total"]).all()
    assert result.walks["t"].islands == 1
    assert result.network is not None
    assert result.network.components == 2


def test_or_it_counts_as_uncovered() -> None:
    result = walked(town(), layer(PARK), tier(), weight="people", unconnected="uncovered")
    figure = result.figure("t")
    assert (figure.covered, figure.base, figure.total) == (1, 15, 31)
    assert figure.reasons["off_network"] == 4
    assert figure.reasons["other_component"] == 8
    assert sum(figure.reasons.values()) == figure.uncovered


def test_the_base_does_not_depend_on_the_smallest_area() -> None:
    """A verge on the island tells that one can walk there, though it is too small to count."""
    green = layer(PARK, box(90, 490, 95, 510))
    for least, covered in ((0, 9), (200, 1)):
        figure = walked(town(), green, tier(min_area_m2=least), weight="people").figure("t")
        assert (figure.covered, figure.base) == (covered, 11)
    assert figure.reasons["too_small"] == 8
    far = walked(town(), green, tier(20, min_area_m2=200), weight="people").figure("t")
    assert far.reasons["other_component"] == 8


def test_without_any_target_nobody_is_on_an_island() -> None:
    figure = walked(town(), layer(), tier(), weight="people").figure("t")
    assert (figure.reasons["no_target"], figure.excluded["other_component"]) == (11, 0)


@pytest.mark.parametrize(
    ("flaws", "reason"),
    [
        ({}, None),
        ({"area_m2": [9.0]}, "too_small"),
        ({"access": ["private"]}, "not_public"),
        ({"alive": [False]}, "lapsed"),
    ],
)
def test_the_condition_that_fails_is_named(flaws: dict[str, Any], reason: str | None) -> None:
    columns: dict[str, Any] = {"access": ["public"], "alive": [True]} | flaws
    green = layer(PARK, **columns)
    result = walked(places(120, 900), green, tier(**STRICT))
    rest = "over_limit" if reason is None else "no_target"
    assert result.places["t.reason"].fillna("").tolist() == [reason or "", rest]


def test_one_rule_set_may_walk_and_not_walk() -> None:
    straight = Tier("s", "直线", ("green",), 100)
    rules = RuleSet("r", tiers=(straight, tier()))
    result = coverage(town(), {"green": layer(PARK)}, rules, by=town()["people"], network=NETWORK)
    assert "off_network" not in result.figure("s").excluded
    assert (result.figure("s").base, result.figure("t").base) == (5, 3)
    assert list(result.walks) == ["t"]
    assert not result.by_unit["excluded_off_network"].isna().any()


def test_gaps_on_foot_say_how_far_it_is() -> None:
    gaps = rank_gaps(walked(places(400, 900), layer(PARK), tier()))
    assert gaps["nearest_m"].tolist() == [210, 710]
    assert gaps["shortfall_m"].tolist() == [110, 610]
    cut_off = walked(town(), layer(PARK), tier(), unconnected="uncovered")
    reasons = ["off_network", "other_component", "over_limit"]
    assert sorted(rank_gaps(cut_off)["reason"]) == reasons


@pytest.mark.parametrize(
    ("error", "options"),
    [
        (NetworkMissingError, {"network": None}),
        (NotSupportedError, {"weight": "area"}),
        (RadiusError, {"max_snap_m": -1}),
        (CrsMismatchError, {"network": WalkNetwork.from_lines(GeoSeries([STREET], crs=4550))}),
    ],
)
def test_what_cannot_be_walked_is_refused(error: Any, options: dict[str, Any]) -> None:
    with pytest.raises(error):
        walked(places(0), layer(PARK), tier(), **options)


SPOTS = st.builds(Point, st.integers(0, 1000), st.integers(-40, 40))
BOXES = st.builds(
    lambda x, y, w, h: box(x, y, x + w, y + h),
    st.integers(0, 1000), st.integers(-60, 60), st.integers(1, 40), st.integers(1, 40),
)  # fmt: skip


@given(
    st.lists(SPOTS | BOXES, min_size=1, max_size=6),
    st.lists(BOXES, max_size=5),
    st.integers(1, 300),
    st.sampled_from([0, 200, 800]),
)
@settings(max_examples=60, deadline=None)
def test_it_agrees_with_the_distance(
    homes: list[Any], green: list[Any], radius_m: int, least: int
) -> None:
    frame = GeoDataFrame(geometry=homes, crs=CRS)
    rule = tier(radius_m, min_area_m2=least)
    result = walked(frame, layer(*green), rule, unconnected="uncovered")
    kept = GeoSeries([one for one in green if one.area >= least], crs=CRS)
    found = walking_distance(frame, kept, NETWORK, limit_m=1e6)
    assert np.allclose(result.places["t.distance_m"], found["distance_m"], equal_nan=True)
    within = (found["distance_m"] <= radius_m).tolist()
    assert result.places["t.covered"].tolist() == within
    figure = result.figure("t")
    assert figure.covered == sum(within)
    assert sum(figure.reasons.values()) == figure.uncovered
    assert sum(result.walks["t"].entered.values()) == len(kept)
