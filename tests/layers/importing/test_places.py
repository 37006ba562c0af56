"""Coordinates in columns, in all the spellings that ledgers have."""

import math
from collections.abc import Sequence

import pytest
import shapely

from layers.importing import SourceOptions
from layers.importing.readers import Axes
from layers.importing.readers.degrees import parse_coordinate
from layers.importing.readers.places import find_places


@pytest.mark.parametrize(
    "text",
    [
        "126.5906", "126.5906°", "126.5906E", "E126.5906", "东经126.5906", "１２６．５９０６", "经度：126.5906", "126.5906度",
        "126°35′26.16″", "126°35'26.16\"", "126°35'26.16''", "126°35’26.16”", "126度35分26.16秒", "东经126度35分26.16秒",
        "E126°35′26.16″", "126°35′26.16″E", "126°35.436′", "126 35 26.16", "126:35:26.16", "126-35-26.16", "126º35´26.16¨",
        " 126°35′26.16″ ", "１２６°３５′２６.１６″",
    ],
)  # fmt: skip
def test_spellings_of_one_longitude(text: str) -> None:
    assert parse_coordinate(text) == pytest.approx(126.5906, abs=1e-12)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("西经15°24′", -15.4), ("15.4W", -15.4), ("-15°24′", -15.4), ("S33°30'", -33.5), ("42,500,123.4", 42_500_123.4), ("4650000米", 4_650_000)],
)  # fmt: skip
def test_other_coordinates(text: str, expected: float) -> None:
    assert parse_coordinate(text) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    "text", ["", "soon", "126°75′", "126°35′61″", "126.5°35′", "-15°24′W", "E126°N", "126°35′26″28", None, True]
)  # fmt: skip
def test_what_is_no_coordinate(text: object) -> None:
    assert math.isnan(parse_coordinate(text))


@pytest.mark.parametrize(
    "names",
    [
        ("经度", "纬度"), ("经度（°）", "纬度（°）"), ("东经", "北纬"), ("中心点 / 经度", "中心点 / 纬度"), ("中心点经度", "中心点纬度"),
        ("LNG", "LAT"), ("Longitude", "Latitude"), ("point_x", "point_y"), ("*经度", "*纬度"), ("x(经度)", "y(纬度)"),
    ],
)  # fmt: skip
def test_names_of_columns(names: tuple[str, str]) -> None:
    found = find_places({names[0]: [126.5], "n": [1], names[1]: [42]}, SourceOptions())
    assert (found.used, found.faults) == (names, ())
    assert found.wkb is not None
    assert shapely.from_wkb(found.wkb[0]) == shapely.Point(126.5, 42)


def test_letters_leave_the_axes_open() -> None:
    assert find_places({"X": [1], "Y": [2]}, SourceOptions()).axes is Axes.X_OR_Y
    assert find_places({"X": [1], "Y": [2]}, SourceOptions(x="X", y="Y")).axes is Axes.KNOWN
    assert find_places({"lon": [1], "lat": [2]}, SourceOptions()).axes is Axes.KNOWN


def test_the_beginning_and_the_end_of_a_line_are_no_place() -> None:
    columns = {"起点经度": [126], "起点纬度": [42], "终点经度": [127], "终点纬度": [43]}
    assert find_places(columns, SourceOptions()).wkb is None


@pytest.mark.parametrize(
    "cell", ["126.5,42", "126.5，42", "42, 126.5", "(126.5 42)"[1:-1], "126°30′，42°0′", "[126.5, 42]"]
)  # fmt: skip
def test_both_in_one_column(cell: str) -> None:
    found = find_places({"坐标": [cell, None, "soon"]}, SourceOptions())
    assert found.wkb is not None
    assert shapely.from_wkb(found.wkb[0]) == shapely.Point(126.5, 42)
    assert [(row, code) for row, code, _ in found.faults] == [(2, "coordinates_not_a_number")]


@pytest.mark.parametrize(
    "headings",
    [
        ("经度(度)", "经度(分)", "经度(秒)", "纬度(度)", "纬度(分)", "纬度(秒)"),
        (
            "中心点 / 经度 / 度",
            "中心点 / 经度 / 分",
            "中心点 / 经度 / 秒",
            "纬度度",
            "纬度分",
            "纬度秒",
        ),
        ("经度", "经度分", "经度秒", "纬度", "纬度分", "纬度秒"),
        (
            "Lon_deg",
            "Lon_min",
            "Lon_sec",
            "Latitude (degrees)",
            "Latitude (minutes)",
        ),
    ],
)
def test_degrees_minutes_and_seconds_have_columns_of_their_own(headings: tuple[str, ...]) -> None:
    rows = [(126, 35.0, "26.16", 41.0, 54, 0), (None,) * 6, (126.5906, None, "", 41.9, None, None),
            (126, 75, 0, 41, 54, 0), (None, 35, 26, 41, 54, 0)]  # fmt: skip
    columns: dict[str, Sequence[object]] = {"编码": list("abcde")}
    columns |= zip(headings, zip(*rows, strict=True), strict=False)  # the last may be left out
    found = find_places(columns, SourceOptions())
    assert found.wkb is not None
    places = shapely.from_wkb(found.wkb)
    for row in (0, 2):
        assert shapely.get_coordinates(places[row]).round(9).tolist() == [[126.5906, 41.9]]
    assert [shapely.is_missing(places[row]) for row in (1, 3, 4)] == [True] * 3
    assert [(row, code) for row, code, _ in found.faults] == [
        (3, "coordinates_not_a_number"),
        (4, "coordinates_not_a_number"),
    ]
    assert set(found.used) == set(headings)


def test_minutes_of_one_axis_alone_are_no_parts() -> None:
    columns: dict[str, Sequence[object]] = {"经度": [126.5], "纬度": [42], "经度分": [30]}
    found = find_places(columns, SourceOptions())
    assert found.used == ("经度", "纬度")
