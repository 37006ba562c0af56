"""Coverage by hand: small towns whose figures can be checked in the head."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas import GeoDataFrame, GeoSeries
from pandas.testing import assert_frame_equal
from shapely import MultiPolygon, Point, Polygon, box

from gis.coverage import CoverageResult, coverage
from gis.errors import (
    AccessUnknownError,
    ArgumentTypeError,
    ColumnMissingError,
    CrsMismatchError,
    CrsMissingError,
    CrsNotMetricError,
    DateError,
    DuplicateIndexError,
    GeometryFamilyError,
    GeometryInvalidError,
    GisError,
    IndexMismatchError,
    NotSupportedError,
    TargetLayerMissingError,
    TierUnknownError,
    WeightError,
)
from gis.rules import RuleSet, Tier

CRS = 4551


def places(*x: float, **columns: list[Any]) -> GeoDataFrame:
    index = [f"b{number}" for number in range(len(x))]
    return GeoDataFrame(
        pd.DataFrame(columns, index=index), geometry=[Point(at, 0) for at in x], crs=CRS
    )


def layer(*shapes: Any, **columns: list[Any]) -> GeoDataFrame:
    index = [f"t{number}" for number in range(len(shapes))]
    return GeoDataFrame(pd.DataFrame(columns, index=index), geometry=list(shapes), crs=CRS)


def rules(radius_m: float = 100, **options: Any) -> RuleSet:
    return RuleSet("r", tiers=(Tier("t", "层", ("green",), radius_m, **options),))


def measured(
    homes: GeoDataFrame, green: GeoDataFrame, rule: RuleSet, **options: Any
) -> CoverageResult:
    return coverage(homes, {"green": green}, rule, **options)


def covered(homes: GeoDataFrame, green: GeoDataFrame, rule: RuleSet, **options: Any) -> list[Any]:
    return measured(homes, green, rule, **options).places["t.covered"].tolist()


def reasons(homes: GeoDataFrame, green: GeoDataFrame, rule: RuleSet, **options: Any) -> list[Any]:
    reason = measured(homes, green, rule, **options).places["t.reason"]
    return [None if pd.isna(one) else one for one in reason]


# ------------------------------------------------------------------ distance


def test_a_distance_equal_to_the_radius_is_covered() -> None:
    result = measured(places(0, 1), layer(Point(-60, 80)), rules(100))
    assert result.places["t.distance_m"].iloc[0] == 100
    assert result.places["t.covered"].tolist() == [True, False]


def test_places_are_measured_from_their_edge_to_the_edge_of_the_target() -> None:
    home = GeoDataFrame(geometry=[box(0, 0, 10, 10)], crs=CRS)
    park = layer(box(110, 0, 200, 10))
    assert covered(home, park, rules(100)) == [True]
    assert covered(home, park, rules(99.9)) == [False]


def test_inside_a_park_the_distance_is_nothing() -> None:
    result = measured(places(5), layer(box(0, -5, 10, 5)), rules(1))
    assert result.places["t.distance_m"].tolist() == [0.0]


def test_a_centroid_is_farther_than_the_edge() -> None:
    park = layer(box(100, -50, 300, 50))
    assert covered(places(0), park, rules(100, to="edge")) == [True]
    assert covered(places(0), park, rules(100, to="centroid")) == [False]
    assert covered(places(0), park, rules(200, to="centroid")) == [True]


def test_parks_that_are_joined_have_one_centroid() -> None:
    parks = layer(box(0, -5, 10, 5), box(10, -5, 30, 5))
    options: dict[str, Any] = {"to": "centroid", "min_area_m2": 1}
    alone = measured(places(0), parks, rules(1000, **options))
    joined = measured(places(0), parks, rules(1000, **options, area_of="joined"))
    assert alone.places["t.distance_m"].tolist() == [5.0]
    assert joined.places["t.distance_m"].tolist() == [15.0]
    assert joined.places["t.nearest"].tolist() == ["t1"]


def test_entrances_count_where_known_and_the_edge_where_not() -> None:
    targets = {
        "green": layer(box(100, 0, 200, 10), box(-300, 0, -250, 10), code=["A", None]),
        "green_entrance": layer(Point(200, 0), Point(0, 0), green_code=["A", "other"]),
    }
    result = coverage(places(0, 190), targets, rules(200, to="entrance"))
    assert result.places["t.distance_m"].tolist() == [200.0, 10.0]
    assert result.places["t.nearest"].tolist() == ["t0", "t0"]
    assert coverage(places(-240), targets, rules(10, to="entrance")).figures[0].covered == 1


def test_the_nearest_target_is_named_with_its_layer() -> None:
    rule = RuleSet("r", tiers=(Tier("t", "层", ("green", "plots"), 100),))
    targets = {"green": layer(Point(50, 0)), "plots": layer(Point(20, 0))}
    named = coverage(places(0, 45), targets, rule).places
    assert named["t.nearest_layer"].tolist() == ["plots", "green"]
    assert named["t.nearest"].tolist() == ["t0", "t0"]


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
STRICT: dict[str, Any] = {"min_area_m2": 100, "access": ["public"], "alive": True}


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


# ------------------------------------------------------------------ weights, exclusions


def test_every_place_is_covered_uncovered_or_excluded() -> None:
    homes = places(0, 50, 900, 0, 0, 0, people=[4, 0, 3, None, 2, None])
    homes.loc[["b4", "b5"], "geometry"] = [None, Point()]
    result = measured(homes, layer(Point(0, 0)), rules(), weight="people")
    figure = result.figures[0]
    assert (figure.covered, figure.uncovered, figure.base, figure.share) == (4, 3, 7, 4 / 7)
    assert figure.excluded == {"no_geometry": 2, "no_weight": 0}
    assert figure.excluded_places == {"no_geometry": 2, "no_weight": 1}
    assert (figure.total, figure.places) == (9, 6)
    assert figure.reasons["over_limit"] == 3
    shown = result.places
    assert shown["t.covered"].isna().tolist() == [False, False, False, True, True, True]
    assert shown["t.covered"].iloc[:3].tolist() == [True, True, False]
    assert shown["t.reason"].iloc[2:].tolist() == [
        "over_limit", "no_weight", "no_geometry", "no_geometry",
    ]  # fmt: skip
    assert shown["t.distance_m"].isna().tolist() == [False] * 4 + [True] * 2


def test_places_count_one_each_by_default_and_whole_numbers_stay_whole() -> None:
    figure = measured(places(0, 900), layer(Point(0, 0)), rules()).figures[0]
    assert (figure.weight, figure.covered, figure.base) == ("places", 1, 2)
    assert isinstance(figure.covered, int)
    homes = places(0, 900, dwellings=[1.5, 2.5])
    figure = measured(homes, layer(Point(0, 0)), rules(), weight="dwellings").figures[0]
    assert (figure.covered, figure.base) == (1.5, 4.0)


def test_the_share_of_nothing_is_null() -> None:
    homes = places(0, 900, people=[0, 0])
    figure = measured(homes, layer(Point(0, 0)), rules(), weight="people").figures[0]
    assert (figure.base, figure.share) == (0, None)
    assert measured(homes.iloc[:0], layer(), rules()).figures[0].share is None


def test_estimated_weights_are_told() -> None:
    homes = places(0, 0, 900, people=[1, 2, 5], weight_estimated=[True, None, True])
    figure = measured(homes, layer(Point(0, 0)), rules(), weight="people").figures[0]
    assert figure.estimated_share == 0.75
    plain = measured(homes.drop(columns="weight_estimated"), layer(), rules(), weight="people")
    assert plain.figures[0].estimated_share is None


def test_any_tier_may_cover_and_nothing_counts_twice() -> None:
    homes = places(0, 250, 400, 900, people=[1, 2, 4, None])
    tiers = (
        Tier("small", "小", ("green",), 300, min_area_m2=400),
        Tier("big", "大", ("green",), 500, min_area_m2=5000),
    )
    green = layer(Point(0, 0), Point(800, 0), area_m2=[400, 5000])
    result = measured(homes, green, RuleSet("r", tiers=tiers), weight="people")
    assert [figure.covered for figure in result.figures] == [3, 4]
    assert result.covered_by_any == 7


# ------------------------------------------------------------------ units


def test_units_add_up_and_the_last_row_is_nowhere() -> None:
    homes = places(0, 0, 900, 900, 0, people=[1, 2, 4, None, 8])
    by = pd.DataFrame(
        {"grid": ["g2", "g1", "g1", "g1", None], "street": ["s", "s", "s", None, None]},
        index=homes.index,
    )
    result = measured(homes, layer(Point(0, 0)), rules(), weight="people", by=by.iloc[::-1])
    rows = result.by_unit
    grids, streets = (rows[rows["level"] == level] for level in ("grid", "street"))
    assert grids["unit"].tolist() == ["g1", "g2", None]
    assert grids["covered"].tolist() == [2, 1, 8]
    assert grids["base"].tolist() == [6, 1, 8]
    assert grids["share"].tolist() == [2 / 6, 1.0, 1.0]
    assert grids["places"].tolist() == [3, 1, 1]
    assert grids["excluded_places"].tolist() == [1, 0, 0]
    assert streets["unit"].tolist() == ["s", None]
    assert streets["total"].tolist() == [7, 8]
    assert result.by_unit["covered"].dtype == np.int64


def test_a_series_is_one_level_and_categories_without_places_are_listed() -> None:
    homes = places(0, 900)
    by = pd.Series(
        pd.Categorical(["north", "south"], categories=["south", "empty", "north"]),
        index=homes.index,
        name="community",
    )
    rows = measured(homes, layer(Point(0, 0)), rules(), by=by).by_unit
    assert rows["level"].unique().tolist() == ["community"]
    assert rows["unit"].tolist() == ["south", "empty", "north", None]
    assert rows["base"].tolist() == [1, 0, 1, 0]
    assert rows["share"].isna().tolist() == [False, True, False, True]


def test_without_units_there_are_no_rows() -> None:
    rows = measured(places(0), layer(), rules()).by_unit
    assert rows.empty
    assert "unit" in rows


def test_units_that_are_numbers_keep_their_kind() -> None:
    by = pd.Series([7, 3], index=["b0", "b1"])
    rows = measured(places(0, 900), layer(Point(0, 0)), rules(), by=by).by_unit
    assert rows["unit"].tolist() == [3, 7, None]
    assert rows["level"].unique().tolist() == ["unit"]


@pytest.mark.parametrize("labels", [["b0"], ["b0", "b0", "b1"]])
def test_units_must_label_every_place_once(labels: list[str]) -> None:
    by = pd.Series("g", index=labels)
    with pytest.raises(IndexMismatchError):
        measured(places(0, 900), layer(), rules(), by=by)


# ------------------------------------------------------------------ zones


def test_zones_are_measured_by_area_within_bounds() -> None:
    zones = GeoDataFrame(geometry=[box(0, 0, 100, 100), box(500, 0, 600, 100), None], crs=CRS)
    result = measured(zones, layer(Point(0, 0)), rules(100), weight="area")
    figure = result.figures[0]
    quarter_disc_m2 = np.pi * 100**2 / 4
    assert figure.covered == pytest.approx(quarter_disc_m2, abs=2)
    assert figure.lower is not None
    assert figure.upper is not None
    assert figure.lower <= quarter_disc_m2 <= figure.upper
    assert figure.lower <= figure.covered <= figure.upper
    assert (figure.base, figure.total) == (20000, 20000)
    assert figure.excluded_places == {"no_geometry": 1, "no_weight": 0}
    assert result.places["t.reason"].tolist() == ["over_limit", "over_limit", "no_geometry"]
    assert result.places["t.covered_share"].isna().tolist() == [False, False, True]
    assert "t.covered" not in result.places
    assert result.covered_by_any is None


def test_the_reasons_of_zones_share_out_what_is_uncovered() -> None:
    zones = GeoDataFrame(geometry=[box(0, 0, 400, 1)], crs=CRS)
    gate = layer(
        box(-1, 0, 0, 1), box(200, 0, 201, 1), Point(400, 0.5),
        access=["public", "private", "public"], area_m2=[9, 9, 1],
    )  # fmt: skip
    rule = rules(100, access=["public"], min_area_m2=5)
    figure = measured(zones, gate, rule, weight="area").figures[0]
    assert figure.covered == pytest.approx(100, abs=0.1)
    assert figure.reasons["not_public"] == pytest.approx(201, abs=0.2)
    assert figure.reasons["too_small"] == pytest.approx(99, abs=0.2)
    assert sum(figure.reasons.values()) == pytest.approx(figure.uncovered)


def test_zones_with_people_count_whole() -> None:
    zones = GeoDataFrame({"people": [7]}, geometry=[box(100, 0, 900, 100)], crs=CRS)
    figure = measured(zones, layer(Point(0, 0)), rules(100), weight="people").figures[0]
    assert (figure.covered, figure.lower) == (7, None)


def test_units_of_zones_have_bounds_too() -> None:
    zones = GeoDataFrame(geometry=[box(0, 0, 100, 100), box(0, 0, -100, 100)], crs=CRS)
    by = pd.Series(["a", None], name="grid")
    result = measured(zones, layer(Point(0, 0)), rules(100), weight="area", by=by)
    rows = result.by_unit
    assert rows["upper"].sum() == pytest.approx(result.figures[0].upper)
    assert rows["covered"].sum() == pytest.approx(result.figures[0].covered)


# ------------------------------------------------------------------ dates


def test_periods_are_half_open_on_both_sides() -> None:
    homes = places(0, 0, valid_from=["2026-01-01", None], valid_to=[None, "2026-06-01"])
    green = layer(Point(0, 0), valid_from=[date(2026, 3, 1)], valid_to=[date(9999, 12, 31)])

    def figure(on: str | date | None) -> tuple[Any, Any]:
        result = measured(homes, green, rules(), on=on)
        return (result.figures[0].covered, result.figures[0].total)

    assert figure(None) == (2, 2)
    assert figure("2025-12-31") == (0, 1)
    assert figure("2026-02-28") == (0, 2)
    assert figure("2026-03-01") == (2, 2)
    assert figure(date(2026, 6, 1)) == (1, 1)
    assert measured(homes, green, rules(), on="2026-06-01").places.index.tolist() == ["b0"]
    assert measured(homes, green, rules(), on="2026-06-01").evaluated_on == date(2026, 6, 1)


@pytest.mark.parametrize(
    "ends",
    [
        [date(2026, 5, 1), None],
        pd.DatetimeIndex(["2026-05-01 13:00", "NaT"]),
        pd.DatetimeIndex(["2026-05-01", "NaT"], tz="Asia/Shanghai"),
        ["2026-05-01T10:00:00", None],
        [pd.Timestamp(2026, 5, 1), pd.NaT],
    ],
)
def test_dates_come_in_many_types(ends: Any) -> None:
    green = layer(Point(0, 0), Point(0, 0), valid_to=ends)
    counted = [
        len(measured(places(0), green, rules(), on=on).targets["t"])
        for on in ("2026-04-30", "2026-05-01")
    ]
    assert counted == [2, 1]


@pytest.mark.parametrize("value", ["2026", "1.5.2026", "2026-13-01"])
def test_a_date_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(DateError):
        measured(places(0), layer(), rules(), on=value)
    with pytest.raises(DateError):
        measured(places(0), layer(Point(0, 0), valid_to=[value]), rules(), on="2026-01-01")


# ------------------------------------------------------------------ contract


def bow_tie() -> Polygon:
    return Polygon([(0, 0), (9, 9), (9, 0), (0, 9)])


@pytest.mark.parametrize(
    ("error", "change"),
    [
        (TargetLayerMissingError, {"targets": {}}),
        (TargetLayerMissingError, {"ruleset": rules(to="entrance")}),
        (NotSupportedError, {"ruleset": rules(distance="walk")}),
        (NotSupportedError, {"network": object()}),
        (ColumnMissingError, {"weight": "people"}),
        (ArgumentTypeError, {"weight": "name"}),
        (WeightError, {"weight": "debt"}),
        (WeightError, {"weight": "endless"}),
        (CrsMissingError, {"places": places(0).set_crs(None, allow_override=True)}),
        (CrsNotMetricError, {"places": places(0).to_crs(4490)}),
        (CrsNotMetricError, {"places": places(0).to_crs(3857)}),
        (CrsMismatchError, {"targets": {"green": layer(Point(0, 0)).to_crs(4550)}}),
        (DuplicateIndexError, {"places": pd.concat([places(0), places(1)])}),
        (ArgumentTypeError, {"places": GeoSeries([Point(0, 0)], crs=CRS)}),
        (ArgumentTypeError, {"targets": {"green": layer(Point(0, 0), area_m2=["big"])}}),
        (GeometryFamilyError, {"weight": "area"}),
        (GeometryInvalidError, {"targets": {"green": layer(bow_tie())}}),
        (GeometryInvalidError, {"places": layer(bow_tie()), "weight": "area"}),
    ],
)
def test_what_does_not_fit_is_refused(error: type[GisError], change: dict[str, Any]) -> None:
    homes = places(0, name=["x"], debt=[-1], endless=[np.inf])
    call = {"places": homes, "targets": {"green": layer(Point(0, 0))}, "ruleset": rules()} | change
    with pytest.raises(error):
        coverage(call.pop("places"), call.pop("targets"), call.pop("ruleset"), **call)


def test_a_tier_that_is_not_there_is_refused() -> None:
    with pytest.raises(TierUnknownError):
        measured(places(0), layer(), rules()).figure("other")


def test_an_empty_layer_is_not_a_missing_one() -> None:
    result = measured(places(0), layer(), rules())
    assert result.figures[0].targets == 0
    assert result.places["t.reason"].tolist() == ["no_target"]
    assert result.places["t.nearest"].isna().all()


def test_inputs_are_left_as_they_were() -> None:
    homes = places(0, 900, people=[1, None], valid_from=["2026-01-01", None])
    green = layer(box(0, 0, 9, 9), Point(5, 5), access=["public", None], alive=[True, None])
    before = homes.copy(deep=True), green.copy(deep=True)
    result = measured(homes, green, rules(**STRICT), weight="people", on="2026-02-01")
    result.places["weight"] = 0
    assert_frame_equal(homes, before[0])
    assert_frame_equal(green, before[1])


def test_the_result_keeps_index_geometry_and_rules() -> None:
    homes = places(3, 2, 1)
    result = measured(homes, layer(Point(0, 0)), rules())
    assert result.places.index.tolist() == homes.index.tolist()
    assert shapely.equals_identical(result.places.geometry, homes.geometry).all()
    assert result.places.crs == homes.crs
    assert result.ruleset == rules()
    assert result.to_frame().loc["t", "covered"] == 3
