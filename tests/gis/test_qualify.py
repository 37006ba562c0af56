"""Which targets count, and why a place is uncovered."""

from typing import Any

import numpy as np
import pytest
from geopandas import GeoDataFrame
from shapely import MultiPolygon, Point, Polygon, box

from gis.covering.coverage import coverage
from gis.errors import (
    AccessUnknownError,
)
from gis.rules import RuleSet, Tier
from tests.gis.towns import CRS, STRICT, covered, layer, measured, places, reasons, rules

# ------------------------------------------------------------------ which targets


def test_an_area_equal_to_the_minimum_counts() -> None:
    park = layer(box(0, 0, 20, 20))
    assert covered(places(0), park, rules(min_area_m2=400)) == [True]
    assert covered(places(0), park, rules(min_area_m2=400.1)) == [False]


def test_a_stated_area_goes_before_the_drawn_one_and_points_have_none() -> None:
    green = layer(Point(0, 0), box(0, 0, 20, 20), area_m2=[500.0, None])
    counted = measured(places(0), green, rules(min_area_m2=401)).targets["t"]
    assert counted["label"].tolist() == ["t0"]
    assert covered(places(0), layer(Point(0, 0)), rules(min_area_m2=1)) == [False]


def test_joined_takes_touching_and_overlapping_as_one_and_overlaps_once() -> None:
    touching = layer(box(0, 0, 10, 10), box(10, 0, 20, 10))
    overlapping = layer(box(0, 0, 10, 10), box(5, 0, 15, 10))
    apart = layer(box(0, 0, 10, 10), box(10.1, 0, 20.1, 10))
    for green, area_m2 in ((touching, 200), (overlapping, 150), (apart, 100)):
        assert covered(places(0), green, rules(min_area_m2=area_m2, area_of="joined")) == [True]
        too_much = rules(min_area_m2=area_m2 + 1, area_of="joined")
        assert covered(places(0), green, too_much) == [False]
    assert covered(places(0), touching, rules(min_area_m2=101)) == [False]


def test_what_meets_in_a_corner_is_not_joined() -> None:
    green = layer(box(0, 0, 10, 10), box(10, 10, 20, 20))
    assert covered(places(0), green, rules(min_area_m2=101, area_of="joined")) == [False]


def test_the_parts_of_one_feature_belong_together() -> None:
    green = layer(MultiPolygon([box(0, 0, 10, 10), box(50, 0, 60, 10)]), box(60, 0, 70, 10))
    assert covered(places(0), green, rules(min_area_m2=300, area_of="joined")) == [True]
    assert covered(places(0), green, rules(min_area_m2=301, area_of="joined")) == [False]


def test_joined_bridges_the_hair_that_reprojecting_leaves() -> None:
    """One neighbour's border has a vertex more; turned, it is not quite on the other's line."""
    green = layer(box(0, 0, 10, 10), box(10, 0, 20, 4), box(10, 4, 20, 10)).rotate(30, (0, 0))
    stored = layer(*green.translate(500_000, 4_650_000).to_crs(4490).to_crs(CRS))
    stored = layer(*stored.translate(-500_000, -4_650_000))
    gaping = layer(box(0, 0, 10, 10), box(10.004, 0, 20, 10))
    lapping = layer(box(0, 0, 10, 10), box(9.9999, 0, 20, 10))
    for park in (layer(*green), stored, gaping, lapping):
        area_m2 = park.area.sum() - 0.1
        assert covered(places(0), park, rules(min_area_m2=area_m2, area_of="joined")) == [True]


def test_what_does_not_count_does_not_join() -> None:
    green = layer(box(0, 0, 10, 10), box(10, 0, 20, 10), access=["public", "private"])
    options: dict[str, Any] = {"min_area_m2": 150, "area_of": "joined", "access": ["public"]}
    assert reasons(places(0), green, rules(**options)) == ["not_public"]


def test_layers_join_across() -> None:
    rule = RuleSet(
        "r", tiers=(Tier("t", "层", ("green", "plots"), 9, min_area_m2=200, area_of="joined"),)
    )
    targets = {"green": layer(box(0, 0, 10, 10)), "plots": layer(box(10, 0, 20, 10))}
    assert coverage(places(0), targets, rule).figures[0].covered == 1


def test_a_class_counts_only_in_its_own_system() -> None:
    codes = ["G1", "G131", "G3", "G3", "G11", None, "1401", " G1 "]
    systems = ["a17", "a17", "a02", "a17", None, "a17", "use", "a17"]
    green = layer(*[Point(0, 0)] * 8, class_code=codes, code_system=systems)

    def labels(*classes: str) -> list[str]:
        return list(measured(places(0), green, rules(classes=classes)).targets["t"]["label"])

    assert labels("a17:G1") == ["t0", "t1", "t7"]
    assert labels("a17:G3") == ["t3"]
    assert labels("a02:G3") == ["t2"]
    assert labels("unknown") == ["t4", "t5"]
    assert labels("use:14", "unknown") == ["t4", "t5", "t6"]
    assert labels("a17:G") == ["t0", "t1", "t3", "t7"]


def test_a_longer_word_is_no_sub_class() -> None:
    green = layer(Point(0, 0), class_code=["parking"], code_system=["osm"])
    assert covered(places(0), green, rules(classes=["osm:park"])) == [False]


def test_codes_may_be_numbers_and_without_columns_every_class_is_unknown() -> None:
    green = layer(Point(0, 0), class_code=[1401], code_system=["use"])
    assert covered(places(0), green, rules(classes=["use:1401"])) == [True]
    assert covered(places(0), layer(Point(0, 0)), rules(classes=["use:1401"])) == [False]
    assert covered(places(0), layer(Point(0, 0)), rules(classes=["unknown"])) == [True]


def test_green_that_the_register_does_not_count_counts_only_by_its_class() -> None:
    square = layer(
        Point(0, 0), counts_as_green=[False], class_code=["G3"], code_system=["cjjt85_2017"]
    )
    assert reasons(places(0), square, rules()) == ["no_target"]
    assert covered(places(0), square, rules(classes=["cjjt85_2017:G3"])) == [True]


def test_access_counts_as_listed_and_missing_is_unknown() -> None:
    green = layer(*[Point(0, 0)] * 4, access=["public", "private", None, "unknown"])

    def labels(*access: str) -> list[str]:
        return list(measured(places(0), green, rules(access=access)).targets["t"]["label"])

    assert labels("public") == ["t0"]
    assert labels("public", "unknown") == ["t0", "t2", "t3"]
    assert covered(places(0), layer(Point(0, 0)), rules(access=["unknown"])) == [True]


def test_an_access_that_no_tier_can_name_is_refused_where_it_matters() -> None:
    green = layer(Point(0, 0), access=["customers"])
    assert covered(places(0), green, rules()) == [True]
    with pytest.raises(AccessUnknownError) as caught:
        measured(places(0), green, rules(access=["public"]))
    assert "label='t0'" in str(caught.value)


@pytest.mark.parametrize("alive", [[True, False, None], [1, 0, None], np.array([1.0, 0.0, np.nan])])
def test_only_what_is_known_to_live_counts_as_alive(alive: Any) -> None:
    plots = layer(*[Point(0, 0)] * 3, alive=alive)
    assert len(measured(places(0), plots, rules(alive=True)).targets["t"]) == 1
    assert len(measured(places(0), plots, rules()).targets["t"]) == 3
    assert covered(places(0), layer(Point(0, 0)), rules(alive=True)) == [True]


def test_targets_without_geometry_are_no_targets() -> None:
    green = layer(None, Polygon(), Point(5000, 0))
    assert reasons(places(0), green, rules()) == ["over_limit"]
    assert reasons(places(0), green.iloc[:2], rules()) == ["no_target"]


# ------------------------------------------------------------------ reasons

PLOTS: dict[str, dict[str, Any]] = {
    "lapsed": {"alive": False},
    "not_public": {"access": "private"},
    "too_small": {"area_m2": 10.0},
}


def plots(*faults: str) -> GeoDataFrame:
    """Give one good target far away, and one with each fault here; `+` joins faults."""
    good = {"alive": True, "access": "public", "area_m2": 100.0}
    rows: list[dict[str, Any]] = [dict(good) for _ in range(len(faults) + 1)]
    for row, fault in zip(rows[1:], faults, strict=True):
        for part in fault.split("+"):
            row.update(PLOTS[part])
    shapes = [Point(9999, 0)] + [Point(0, 0)] * len(faults)
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    return layer(*shapes, **columns)


@pytest.mark.parametrize(
    ("faults", "reason"),
    [
        ((), "over_limit"),
        (("lapsed",), "lapsed"),
        (("not_public",), "not_public"),
        (("too_small",), "too_small"),
        (("too_small", "not_public", "lapsed"), "lapsed"),
        (("too_small", "not_public"), "not_public"),
        (("not_public+too_small",), "over_limit"),
        (("lapsed+not_public", "too_small"), "too_small"),
    ],
)
def test_the_reason_is_the_one_fault_whose_cure_would_cover(
    faults: tuple[str, ...], reason: str
) -> None:
    result = measured(places(0), plots(*faults), rules(**STRICT))
    assert result.places["t.reason"].tolist() == [reason]
    assert {name: n for name, n in result.figures[0].reasons.items() if n} == {reason: 1}
    as_zone = GeoDataFrame(geometry=[box(-1, -1, 1, 1)], crs=CRS)
    by_area = measured(as_zone, plots(*faults), rules(**STRICT), weight="area")
    assert by_area.places["t.reason"].tolist() == [reason]
    assert by_area.figures[0].reasons[reason] == pytest.approx(4)


def test_a_near_miss_is_told_even_if_nothing_counts_anywhere() -> None:
    assert reasons(places(0, 5000), plots("too_small").iloc[1:], rules(**STRICT)) == [
        "too_small",
        "no_target",
    ]


def test_covered_places_have_no_reason() -> None:
    assert reasons(places(0), layer(Point(0, 0)), rules()) == [None]
