"""The same figure by other definitions: each equal to a coverage of its own, all within the band."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely
from geopandas import GeoDataFrame, GeoSeries
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, box

from gis import RuleSet, SensitivityResult, Tier, WalkNetwork, coverage, sensitivity
from gis.covering.sensitivity import AREAS_M2, STEPS_M, TierSensitivity, Variant
from gis.errors import CrsMismatchError, GeometryInvalidError, TierUnknownError
from tests.gis.towns import CRS, layer, places

# A green of 2,500 m² east of the street's end, with a gate on its far side; a verge nearer by.
GREEN = box(100, -25, 150, 25)
VERGE = box(40, 20, 45, 30)
STREET = WalkNetwork.from_lines(GeoSeries([LineString([(0, 0), (160, 0)])], crs=CRS))


def of(rule: Tier, homes: GeoDataFrame, targets: dict[str, Any], **options: Any) -> TierSensitivity:
    return sensitivity(homes, targets, RuleSet("r", tiers=(rule,)), **options).tiers[0]


def tier(radius_m: float = 50, **options: Any) -> Tier:
    return Tier("t", "层", ("green",), radius_m, **options)


def shares(found: TierSensitivity, aspect: Any) -> dict[str | float, float | None]:
    return {one.value: one.share for one in found.of(aspect)}


def test_by_hand() -> None:
    """Homes at 0, 46, 92 and 120: the green is 100, 54, 8 and 0 m away, the verge 44, 20, 51, 78."""
    targets = {
        "green": layer(GREEN, VERGE, code=["g", "v"]),
        "green_entrance": layer(Point(160, 0), green_code=["g"]),
    }
    homes = places(0, 46, 92, 120)
    found = of(tier(min_area_m2=400), homes, targets, network=STREET)
    assert found.share == 0.5
    assert shares(found, "distance") == {"walk": 0.5}
    # From the gate 160, 114, 68 and 40; from the centre 125, 79, 33, 5.
    assert shares(found, "to") == {"entrance": 0.25, "centroid": 0.5}
    assert shares(found, "min_area_m2") == {0: 1.0, 1000: 0.5, 2000: 0.5, 5000: 0.0}
    assert shares(found, "radius_m") == {-10: 0.5, -5: 0.5, 5: 0.75, 10: 0.75}
    assert [(one.lower, one.share, one.upper) for one in found.of("position_m")] == [
        (0.5, 0.5, 0.75), (0.5, 0.5, 0.75),
    ]  # fmt: skip
    assert (found.low, found.high) == (0.0, 1.0)


def test_what_cannot_be_chosen_is_left_out() -> None:
    targets = {"green": layer(Point(100, 0)), "green_entrance": layer(green_code=[])}
    found = of(tier(), places(60), targets)
    assert {one.aspect for one in found.variants} == {"rule", "to", "radius_m", "position_m"}
    assert list(shares(found, "to")) == ["centroid"]
    walked = of(tier(distance="walk"), places(60), targets, network=STREET)
    assert not walked.of("position_m")  # nothing is proven on foot
    assert list(shares(walked, "distance")) == ["straight"]
    nothing = of(tier(), places(), targets)
    assert (nothing.share, nothing.low, nothing.high) == (None, None, None)
    close = of(tier(radius_m=4), places(98), targets)
    assert list(shares(close, "radius_m")) == [5, 10]
    assert [one.lower for one in close.of("position_m")] == [0, 0]


COORDINATE = st.integers(-200, 200)


@st.composite
def towns(draw: st.DrawFn) -> tuple[GeoDataFrame, dict[str, Any], Tier]:
    homes = [Point(*xy) for xy in draw(st.lists(st.tuples(COORDINATE, COORDINATE), max_size=8))]
    corners = draw(st.lists(st.tuples(COORDINATE, COORDINATE), min_size=1, max_size=5))
    sides = draw(st.lists(st.sampled_from([10, 20, 25, 40, 50, 80]), min_size=5, max_size=5))
    greens = [box(x, y, x + side, y + side) for (x, y), side in zip(corners, sides, strict=False)]
    people = draw(st.lists(st.sampled_from([None, 0, 1, 7]), min_size=8, max_size=8))
    rule = tier(
        draw(st.sampled_from([20.0, 60.0, 150.0])),
        min_area_m2=draw(st.sampled_from([0.0, 400.0, 500.0, 5000.0])),
        area_of=draw(st.sampled_from(["feature", "joined"])),
        to=draw(st.sampled_from(["edge", "entrance", "centroid"])),
        distance=draw(st.sampled_from(["straight", "walk"])),
    )
    gates = [green.centroid for green in greens[:2]]
    targets = {
        "green": layer(*greens, code=[f"g{n}" for n in range(len(greens))]),
        "green_entrance": layer(*gates, green_code=[f"g{n}" for n in range(len(gates))]),
    }
    frame = GeoDataFrame({"people": people[: len(homes)]}, geometry=homes, crs=CRS)
    return frame, targets, rule


def changed(rule: Tier, one: Variant) -> Tier:
    if one.aspect == "radius_m":
        return replace(rule, radius_m=rule.radius_m + float(one.value))
    choice: dict[str, Any] = {} if one.aspect == "rule" else {one.aspect: one.value}
    return replace(rule, **choice)


@settings(max_examples=12, deadline=None)
@given(towns())
def test_every_variant_is_a_coverage_of_its_own(town: tuple[GeoDataFrame, Any, Tier]) -> None:
    homes, targets, rule = town
    streets = [LineString([(x, -250), (x, 250)]) for x in (-150, 0, 150)]
    network = WalkNetwork.from_lines(GeoSeries(streets, crs=CRS))
    options: dict[str, Any] = {"weight": "people", "network": network}
    found = of(rule, homes, targets, **options)
    for one in found.variants:
        if one.aspect != "position_m":
            rules = RuleSet("r", tiers=(changed(rule, one),))
            figure = coverage(homes, targets, rules, **options).figures[0]
            assert (one.covered, one.base, one.share) == (figure.covered, figure.base, figure.share)
    if found.share is not None:
        assert found.low is not None
        assert found.high is not None
        assert found.low <= found.share <= found.high
    by_area = {one.value: one.covered for one in (*found.of("min_area_m2"), found.variants[0])
               if one.aspect == "min_area_m2"}  # fmt: skip
    falling = [by_area[area] for area in AREAS_M2 if area in by_area]
    assert falling == sorted(falling, reverse=True)
    rising = [one.covered for one in found.of("radius_m")]
    assert rising == sorted(rising)


@settings(max_examples=15, deadline=None)
@given(towns(), st.integers(0, 2**32 - 1))
def test_displaced_targets_stay_within_the_proven_band(
    town: tuple[GeoDataFrame, Any, Tier], seed: int
) -> None:
    homes, targets, rule = town
    rule = replace(rule, distance="straight", area_of="feature", to="edge")
    found = of(rule, homes, targets)
    random = np.random.default_rng(seed)
    for one in found.of("position_m"):
        turn = random.uniform(0, 2 * np.pi, len(targets["green"]))
        moved = targets["green"].copy()
        moved.geometry = [
            shapely.transform(shape, lambda xy, a=angle, e=float(one.value): xy + e * np.array([np.cos(a), np.sin(a)]))
            for shape, angle in zip(moved.geometry, turn, strict=True)
        ]  # fmt: skip
        share = coverage(homes, {"green": moved}, RuleSet("r", tiers=(rule,))).figures[0].share
        if share is not None:
            assert one.lower is not None
            assert one.upper is not None
            assert one.lower <= share <= one.upper


def test_areas_have_bounds_and_a_band_too() -> None:
    zones = GeoDataFrame(geometry=[box(0, 0, 100, 100), box(200, 0, 300, 100)], crs=CRS)
    targets = {"green": layer(box(-30, 0, 0, 100), box(310, 0, 320, 100))}
    found = of(tier(min_area_m2=400), zones, targets, weight="area", network=STREET)
    assert found.share == pytest.approx(0.45, abs=1e-4)  # 50 m of one, 40 m of the other
    assert not found.of("distance")
    rising = [one.share for one in found.of("radius_m")]
    assert rising == pytest.approx([0.35, 0.40, 0.50, 0.55], abs=1e-3)
    assert shares(found, "min_area_m2")[2000] == pytest.approx(0.25, abs=1e-3)
    for one, step in zip(found.of("position_m"), STEPS_M, strict=True):
        assert one.lower is not None
        assert one.upper is not None
        assert one.lower <= 0.45 - step / 100 <= 0.45 + step / 100 <= one.upper
    assert found.low == shares(found, "min_area_m2")[5000] == 0
    assert found.high == pytest.approx(0.55, abs=1e-3)
    figure = coverage(zones, targets, RuleSet("r", tiers=(tier(min_area_m2=400),)), weight="area")
    assert found.variants[0].covered == figure.figures[0].covered


def test_it_can_be_read_as_a_table_and_refuses_what_coverage_refuses() -> None:
    targets = {"green": layer(GREEN)}
    rules = RuleSet("r", tiers=(tier(),))
    result = sensitivity(places(60), targets, rules)
    assert isinstance(result, SensitivityResult)
    assert result.to_frame().loc[("t", "radius_m", 10.0), "covered"] == 1
    assert result.to_dict()[0]["variants"][0]["aspect"] == "rule"
    assert result.tier("t").share == 1
    with pytest.raises(TierUnknownError):
        result.tier("other")
    with pytest.raises(CrsMismatchError):
        sensitivity(places(60), {"green": targets["green"].to_crs(32650)}, rules)
    crossed = layer(shapely.from_wkt("POLYGON((0 0, 9 9, 9 0, 0 9, 0 0))"))
    with pytest.raises(GeometryInvalidError):
        sensitivity(places(60), {"green": crossed}, rules)
