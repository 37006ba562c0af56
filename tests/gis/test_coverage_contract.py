"""What coverage takes and refuses: dates, layers, columns, reference systems."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas import GeoSeries
from pandas.testing import assert_frame_equal
from shapely import Point, Polygon, box

from gis.covering.coverage import coverage
from gis.errors import (
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
    NetworkMissingError,
    TargetLayerMissingError,
    TierUnknownError,
    WeightError,
)
from tests.gis.towns import CRS, STRICT, layer, measured, places, rules

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
        (NetworkMissingError, {"ruleset": rules(distance="walk")}),
        (ArgumentTypeError, {"network": object()}),
        (ColumnMissingError, {"weight": "people"}),
        (ArgumentTypeError, {"weight": "name"}),
        (ArgumentTypeError, {"targets": {"green": layer(Point(0, 0), alive=["yes"])}}),
        (ArgumentTypeError, {"places": places(0, weight_estimated=["yes"])}),
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
