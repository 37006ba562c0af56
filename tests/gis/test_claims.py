"""Was the sentence true? Every definition by hand and against a coverage of its own."""

import math
from dataclasses import replace
from typing import Any

import pytest
from geopandas import GeoDataFrame, GeoSeries
from shapely import LineString, Point, box

from gis import ClaimData, ClaimResult, RuleSet, WalkNetwork, check_claim, coverage
from gis.covering.readings import readings_of
from gis.covering.statement import parse_claim
from gis.errors import ClaimDataError, ClaimUnreadableError
from tests.gis.towns import CRS, layer, places

CLASS = "cjjt85_2017"


def town() -> ClaimData:
    """A park of 2,500 m², a closed one of 400 m², a square, five homes along a street."""
    greens = layer(
        box(0, 0, 50, 50), box(300, 0, 320, 20), box(700, 0, 730, 30),
        class_code=["G1", "G1", "G3"], code_system=[CLASS] * 3,
        access=["public", "private", None], code=["a", "b", "c"],
    )  # fmt: skip
    homes = places(
        20, 140, 400, 640, 1500, population=[1, 2, 3, 4, 90], households=[1, None, 1, 1, 1]
    )
    street = WalkNetwork.from_lines(GeoSeries([LineString([(0, -20), (1500, -20)])], crs=CRS))
    land = GeoDataFrame(geometry=[box(0, -100, 100, 0), box(1000, -100, 1100, 0)], crs=CRS)
    gates = layer(Point(50, 25), green_code=["a"])
    targets = {"green_space": greens, "green_entrance": gates}
    return ClaimData(places=homes, targets=targets, land=land, network=street)


def rows(result: ClaimResult, **wanted: Any) -> Any:
    found = result.definitions
    for name, value in wanted.items():
        found = found[found[name] == value]
    return found


def test_by_hand() -> None:
    """Within 100 m of the open park are two homes of five, of the closed one one more."""
    result = check_claim("100米见园，覆盖率40%", town())
    plain = {"reading": "park_500m", "distance": "straight", "to": "edge", "min_area_m2": 0}
    (places_row,) = rows(result, **plain, weight="places").to_dict("records")
    assert (places_row["covered"], places_row["base"], places_row["verdict"]) == (2, 5, "true")
    assert places_row["literal"]
    (people,) = rows(result, **plain, weight="population").to_dict("records")
    assert (people["covered"], people["base"], people["verdict"]) == (3, 100, "false")
    assert (people["needed_base"], people["missing"]) == (pytest.approx(7.5), 37)
    (homes,) = rows(result, **plain, weight="households").to_dict("records")
    assert (homes["covered"], homes["base"]) == (1, 4)  # of one home nobody knows
    (land,) = rows(result, **plain, weight="area").to_dict("records")
    # Half of the western zone, and of the rest what a disc of 100 m around a corner holds.
    quarter_m2 = 25 * math.sqrt(7500) + 5000 * math.asin(0.5)
    assert land["share"] == pytest.approx((5000 + quarter_m2) / 20_000, abs=1e-3)
    assert land["verdict"] == "false"
    anyhow = {**plain, "weight": "places"}
    assert rows(result, **anyhow | {"reading": "nantong_2018_park_500m"})["covered"].item() == 3
    square = "gbt51346_500m_park_or_square_500m"
    assert rows(result, **anyhow | {"reading": square})["covered"].item() == 4
    assert rows(result, **anyhow | {"min_area_m2": 5000})["covered"].item() == 0
    assert "dwellings" not in set(result.definitions["weight"])
    assert result.count("true") + result.count("false") == len(result.definitions)
    assert result.places["literal"].tolist() == [True] * 3 + [False] * 2
    assert result.places.index[0] == "b4"
    assert result.places.loc["b4", ["uncovered_in", "asked"]].tolist() == [90, 90]
    assert result.places.loc["b3", "distance_m"] == 590


@pytest.mark.parametrize("text", ["90米见绿的户数超过三成", "步行120米见园，覆盖率约四成"])
def test_every_definition_is_a_coverage_of_its_own(text: str) -> None:
    data = town()
    result = check_claim(text, data)
    stated = parse_claim(text)
    readings = readings_of(stated)
    seen = 0
    for row in result.definitions.to_dict("records"):
        tier = next(one for one in readings.tiers if one.name == row["reading"])
        tier = replace(
            tier, layers=("green_space",), min_area_m2=row["min_area_m2"],
            distance=row["distance"], to=row["to"],
        )  # fmt: skip
        weight = None if row["weight"] == "places" else row["weight"]
        if weight == "area" or row["min_area_m2"] in {1000, 5000}:
            continue
        figure = coverage(
            data.places, data.targets, RuleSet("r", tiers=(tier,)), weight=weight,
            network=data.network,
        ).figures[0]  # fmt: skip
        assert (row["covered"], row["base"]) == (figure.covered, figure.base)
        assert figure.share is not None
        assert (row["verdict"] == "true") == stated.holds(figure.share)
        short = stated.share * figure.base - figure.covered
        assert row["missing"] == max(0, math.ceil(short - 1e-9))
        seen += 1
    assert seen >= 18
    distances = set(result.definitions["distance"])
    assert distances == ({"walk"} if stated.distance == "walk" else {"straight", "walk"})
    assert (stated.weight is None) or set(result.definitions["weight"]) == {stated.weight}


def test_bounds_that_do_not_tell_are_undecided() -> None:
    data = replace(town(), network=None)
    park = layer(box(-50, 0, 0, 100), class_code=["G1"], code_system=[CLASS])
    land = GeoDataFrame(geometry=[box(0, 0, 100, 100)], crs=CRS)
    data = replace(data, targets={"green_space": park}, land=land)
    asked = "{}米见园居住用地覆盖率{}"
    for radius, share, verdict in (
        ("50", "超过50%", "undecided"), ("51", "不低于50%", "true"), ("49", "不低于50%", "false"),
        ("50", "50%", "true"), ("60", "50%", "false"),
    ):  # fmt: skip
        found = check_claim(asked.format(radius, share), data).definitions
        assert found[found["min_area_m2"] == 0]["verdict"].tolist() == [verdict] * 3


def test_what_the_data_lack_is_refused() -> None:
    data = town()
    bare = replace(data, network=None, land=None, places=places(0, 9))
    for text, missing in (
        ("步行500米见园，覆盖率91%", "network"),
        ("500米见园居住用地覆盖率91%", "area"),
        ("500米见园人口覆盖率91%", "population"),
        ("1000米见景，覆盖率91%", "scenic_spot"),
    ):
        with pytest.raises(ClaimDataError) as refused:
            check_claim(text, bare)
        assert refused.value.values["missing"] == missing
    with pytest.raises(ClaimUnreadableError):
        check_claim("公园很多", data)


def test_nobody_is_nobody() -> None:
    data = replace(town(), places=places(), land=None, network=None)
    result = check_claim("500米见园，覆盖率91%", data)
    assert set(result.definitions["verdict"]) == {"no_base"}
    assert result.places.empty
