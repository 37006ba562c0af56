"""Coverage by hand: small towns whose figures can be checked in the head."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from geopandas import GeoDataFrame
from shapely import Point, box

from gis.covering.coverage import coverage
from gis.errors import (
    IndexMismatchError,
)
from gis.rules import RuleSet, Tier
from tests.gis.towns import CRS, covered, layer, measured, places, rules

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
