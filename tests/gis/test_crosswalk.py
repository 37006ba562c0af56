"""Figures brought from one division to another: by hand, and that nothing is lost on the way."""

from random import Random

import numpy as np
import pytest
from geopandas import GeoDataFrame, GeoSeries
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas import DataFrame, Series
from shapely import box

from gis import crosswalk
from gis.errors import (
    ArgumentTypeError,
    ColumnMissingError,
    DuplicateIndexError,
    IndexMismatchError,
    NumberError,
    WeightError,
)

CRS = 4551
OLD = GeoSeries([box(0, 0, 30, 10), box(30, 0, 60, 10)], index=["a", "b"], crs=CRS)
NEW = GeoSeries([box(0, 0, 20, 10), box(20, 0, 50, 10)], index=["w", "e"], crs=CRS)


def homes(*rows: tuple[float, float | None]) -> GeoDataFrame:
    """Place buildings by their metres east, with their flats."""
    east = [x for x, _ in rows]
    points = GeoSeries.from_xy(east, [5] * len(rows), crs=CRS)
    return GeoDataFrame({"flats": [flats for _, flats in rows]}, geometry=points, crs=CRS)


TOWN = homes((10, 4), (25, 2), (40, 9), (55, 3))


def test_totals_follow_the_flats() -> None:
    found = crosswalk(Series({"a": 12, "b": 8}, name="events"), OLD, NEW, TOWN, weight="flats")
    assert found.values["events"].to_dict() == {"w": 8, "e": 10}
    assert found.account.loc["events"].to_dict() == {
        "given": 20, "arrived": 18, "in_no_unit": 2, "undealt": 0, "unknown_units": 0,
    }  # fmt: skip
    rows = found.overlaps.astype(object).where(found.overlaps.notna(), None)
    assert rows.to_numpy().tolist() == [
        ["a", "w", 1, 4.0, 4 / 6],
        ["a", "e", 1, 2.0, 2 / 6],
        ["b", "e", 1, 9.0, 9 / 12],
        ["b", None, 1, 3.0, 3 / 12],
    ]


def test_without_a_weight_each_building_counts_one() -> None:
    found = crosswalk(Series({"a": 10, "b": 10}), OLD, NEW, TOWN)
    assert found.values["value"].to_dict() == {"w": 5, "e": 10}


def test_whole_totals_are_dealt_whole_and_the_first_label_gets_the_odd_one() -> None:
    found = crosswalk(Series({"a": 7}, name="n"), OLD, NEW, homes((10, 1), (25, 1)))
    assert found.values["n"].to_dict() == {"w": 3, "e": 4}
    cut = crosswalk(Series({"a": 7}, name="n"), OLD, NEW, homes((10, 1), (25, 1)), divisible=["n"])
    assert cut.values["n"].to_dict() == {"w": 3.5, "e": 3.5}
    hectares = crosswalk(Series({"a": 0.5}, name="ha"), OLD, NEW, homes((10, 1), (25, 1)))
    assert hectares.values["ha"].to_dict() == {"w": 0.25, "e": 0.25}


def test_means_are_averaged_by_weight() -> None:
    shares = Series({"a": 0.9, "b": 0.3}, name="covered")
    found = crosswalk(shares, OLD, NEW, TOWN, weight="flats", means=["covered"])
    assert found.values["covered"].to_dict() == pytest.approx(
        {"w": 0.9, "e": (2 * 0.9 + 9 * 0.3) / 11}
    )
    assert found.account.empty


def test_what_is_not_known_is_not_nothing() -> None:
    values = DataFrame({"n": [6, None], "share": [None, 0.5]}, index=["a", "b"])
    found = crosswalk(values, OLD, NEW, TOWN, weight="flats", means=["share"])
    assert found.values["n"].to_dict() == {"w": 4, "e": 2}
    assert found.values["n.known_share"].to_dict() == pytest.approx({"w": 1, "e": 2 / 11})
    assert found.values["share"].fillna(-1).to_dict() == {"w": -1, "e": 0.5}
    assert found.values["share.known_share"].to_dict() == pytest.approx({"w": 0, "e": 9 / 11})
    assert found.account.loc["n", "unknown_units"] == 1


def test_what_cannot_be_dealt_is_named_with_the_reason() -> None:
    empty = crosswalk(Series({"a": 3, "b": 5}, name="n"), OLD, NEW, homes((10, 1)))
    assert empty.undealt.to_numpy().tolist() == [["b", "n", 5, "no_buildings"]]
    idle = crosswalk(
        Series({"a": 3, "b": 5}, name="n"), OLD, NEW, homes((10, 1), (40, 0)), weight="flats"
    )
    assert idle.undealt["reason"].tolist() == ["no_weight"]
    assert idle.values["n"].to_dict() == {"w": 3, "e": 0}
    assert idle.account.loc["n", "undealt"] == 5


def test_buildings_out_of_play_are_counted() -> None:
    town = homes((10, 1), (55, None), (90, 1))
    moved = NEW.translate(40)
    found = crosswalk(Series({"a": 2}, name="n"), OLD, moved, town, weight="flats")
    assert (found.in_no_old_unit, found.no_weight) == (1, 1)
    assert found.account.loc["n", "in_no_unit"] == 2


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"values": Series({"z": 1})}, IndexMismatchError),
        ({"values": Series({"a": np.inf})}, NumberError),
        ({"values": Series({"a": "many"})}, ArgumentTypeError),
        ({"values": Series([1, 2], index=["a", "a"])}, DuplicateIndexError),
        ({"means": ["share"]}, ColumnMissingError),
        ({"weight": "people"}, ColumnMissingError),
        ({"weight": "flats", "buildings": homes((1, -1))}, WeightError),
    ],
)
def test_what_cannot_be_brought_over_is_refused(
    change: dict[str, object], error: type[Exception]
) -> None:
    asked = {"values": Series({"a": 1}), "from_units": OLD, "to_units": NEW, "buildings": TOWN}
    with pytest.raises(error):
        crosswalk(**{**asked, **change})


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(-5, 70), st.integers(0, 9)), max_size=12),
    st.tuples(st.integers(0, 99), st.integers(0, 99)),
    st.randoms(use_true_random=False),
)
def test_nothing_is_lost_and_the_order_of_rows_decides_nothing(
    placed: list[tuple[float, float]], given_: tuple[int, int], chance: Random
) -> None:
    town = homes(*((x + 0.5, flats) for x, flats in placed))
    values = Series(dict(zip("ab", given_, strict=True)), name="n")
    found = crosswalk(values, OLD, NEW, town, weight="flats")
    row = found.account.loc["n"]
    assert row["arrived"] + row["in_no_unit"] + row["undealt"] == row["given"] == sum(given_)
    order = list(range(len(town)))
    chance.shuffle(order)
    again = crosswalk(values[::-1], OLD[::-1], NEW[::-1], town.iloc[order], weight="flats")
    assert again.values["n"].to_dict() == found.values["n"].to_dict()
