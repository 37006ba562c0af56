"""In which unit a place lies: by hand, by law, and at the size of a city."""

import time

import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas import GeoSeries
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from shapely import LineString, MultiPoint, Point, Polygon, box

from gis.errors import (
    CrsMismatchError,
    CrsNotMetricError,
    DuplicateIndexError,
    GeometryFamilyError,
    RadiusError,
)
from gis.ground.location import locate_in_units, representative_points
from tests.gis import zoo

CRS = zoo.CRS
WEST, EAST = box(0, 0, 10, 10), box(10, 0, 20, 10)
TWO = GeoSeries({"west": WEST, "east": EAST}, crs=CRS)


def place(*shapes: object) -> GeoSeries:
    return GeoSeries(list(shapes), crs=CRS)


def row(found: pd.DataFrame, at: int = 0) -> tuple[object, ...]:
    values = found.iloc[at].astype(object)
    return tuple(None if pd.isna(value) else value for value in values)


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        pytest.param(5, ("west", False, None), id="inside"),
        pytest.param(8.99, ("west", False, None), id="inside, just off the boundary"),
        pytest.param(9, ("west", True, "east"), id="exactly a metre from the next"),
        pytest.param(9.5, ("west", True, "east"), id="less than a metre from the next"),
        pytest.param(10, ("east", True, "west"), id="on the boundary: the smaller label"),
        pytest.param(10.5, ("east", True, "west"), id="past the boundary"),
        pytest.param(19.5, ("east", True, None), id="at the rim of the territory"),
        pytest.param(20.5, ("east", True, None), id="just outside: the nearest unit"),
        pytest.param(21, ("east", True, None), id="exactly a metre outside"),
        pytest.param(21.01, (None, False, None), id="outside"),
    ],
)
def test_along_a_line_through_two_units(x: float, expected: tuple[object, ...]) -> None:
    assert row(locate_in_units(place(Point(x, 5)), TWO)) == expected


def test_a_corner_of_four_names_two() -> None:
    units = GeoSeries(
        {
            "d": box(0, 0, 5, 5),
            "c": box(5, 0, 10, 5),
            "b": box(0, 5, 5, 10),
            "a": box(5, 5, 10, 10),
        },
        crs=CRS,
    )
    assert row(locate_in_units(place(Point(5, 5)), units)) == ("a", True, "b")
    assert row(locate_in_units(place(Point(4.9, 4.8)), units)) == ("d", True, "c")


def test_a_crack_between_units_loses_nobody() -> None:
    units = GeoSeries({"west": box(0, 0, 10, 10), "east": box(10.6, 0, 20, 10)}, crs=CRS)
    assert row(locate_in_units(place(Point(10.2, 5)), units)) == ("west", True, "east")
    assert row(locate_in_units(place(Point(10.4, 5)), units)) == ("east", True, "west")


def test_of_nested_units_the_smaller_comes_first() -> None:
    units = GeoSeries({"a": box(0, 0, 100, 100), "b": box(40, 40, 60, 60)}, crs=CRS)
    assert row(locate_in_units(place(Point(50, 50)), units)) == ("b", False, "a")
    assert row(locate_in_units(place(Point(39.5, 50)), units)) == ("a", True, "b")
    assert row(locate_in_units(place(Point(10, 50)), units)) == ("a", False, None)


def test_a_hole_belongs_to_what_fills_it() -> None:
    ring = Polygon(box(0, 0, 30, 30).exterior, [box(10, 10, 20, 20).exterior])
    assert row(locate_in_units(place(Point(15, 15)), GeoSeries({"ring": ring}, crs=CRS))) == (
        None,
        False,
        None,
    )


def test_no_tolerance_leaves_the_boundary_itself() -> None:
    places = place(Point(9.999, 5), Point(10, 5), Point(20.001, 5))
    found = locate_in_units(places, TWO, tolerance_m=0)
    assert row(found, 0) == ("west", False, None)
    assert row(found, 1) == ("east", True, "west")
    assert row(found, 2) == (None, False, None)


def test_points_by_position_and_others_by_a_point_on_them() -> None:
    bent = LineString([(1, 1), (1, 9), (19, 9)])
    horseshoe = Polygon([(0, 0), (20, 0), (20, 10), (15, 10), (15, 2), (0, 2)])
    shapes = {
        "point": Point(5, 5),
        "bent": bent,
        "horseshoe": horseshoe,
        "one": MultiPoint([(5, 5)]),
    }
    points = representative_points(GeoSeries(shapes, crs=CRS))
    assert all(shapely.intersects(points, np.array(list(shapes.values()))))
    assert row(locate_in_units(place(box(1, 1, 12, 9)), TWO))[0] == "west"
    assert row(locate_in_units(place(MultiPoint([(5, 5)])), TWO))[0] == "west"


def test_the_zoo_keeps_its_rows() -> None:
    everything = GeoSeries(zoo.EVERYTHING, crs=CRS)
    units = GeoSeries({"all": box(-1000, -1000, 1000, 1000)}, crs=CRS)
    found = locate_in_units(everything, units)
    assert found.index.equals(everything.index)
    assert list(found.columns) == ["unit", "on_boundary", "second_unit"]
    nowhere = set(zoo.NOTHING) | {"far from the origin"}
    assert set(found.index[found["unit"].isna()]) == nowhere
    assert set(found.index[found["on_boundary"].isna()]) == set(zoo.NOTHING)


def test_units_of_every_shape() -> None:
    areas = GeoSeries(zoo.AREAS | zoo.NOTHING, crs=CRS)
    for name, shape in zoo.AREAS.items():
        inside = place(shapely.point_on_surface(shape))
        assert name in row(locate_in_units(inside, areas[[name, *zoo.NOTHING]])), name


@pytest.mark.parametrize("units", [[], [None], [Polygon()]])
def test_no_units(units: list[object]) -> None:
    found = locate_in_units(place(Point(5, 5), None), GeoSeries(units, crs=CRS))
    assert row(found, 0) == (None, False, None)
    assert row(found, 1) == (None, None, None)


def test_no_places() -> None:
    assert len(locate_in_units(place(), TWO)) == 0


def test_labels_keep_their_kind() -> None:
    units = GeoSeries([WEST, EAST], index=[2**53 + 1, 7], crs=CRS)
    found = locate_in_units(place(Point(5, 5), Point(99, 99)), units)
    assert found["unit"][0] == 2**53 + 1
    assert pd.isna(found["unit"][1])


def test_refusals() -> None:
    here = place(Point(5, 5))
    with pytest.raises(GeometryFamilyError) as refusal:
        locate_in_units(here, here)
    assert refusal.value.values["argument"] == "units"
    with pytest.raises(DuplicateIndexError):
        locate_in_units(here, GeoSeries([WEST, EAST], index=["a", "a"], crs=CRS))
    with pytest.raises(CrsMismatchError):
        locate_in_units(here, TWO.set_crs(4551, allow_override=True))
    with pytest.raises(CrsNotMetricError):
        locate_in_units(here.set_crs(4326, allow_override=True), TWO)
    with pytest.raises(RadiusError):
        locate_in_units(here, TWO, tolerance_m=-1)


def chequered(side: int, size_m: float) -> GeoSeries:
    x, y = (grid.ravel() * size_m for grid in np.mgrid[0:side, 0:side])
    cells = shapely.box(x, y, x + size_m, y + size_m)
    return GeoSeries(cells, index=[f"g{number:05}" for number in range(len(cells))], crs=CRS)


@given(
    positions=st.lists(
        st.tuples(st.integers(-2, 42), st.integers(-2, 42)), min_size=1, max_size=30
    ),
    seed=st.integers(0, 2**32 - 1),
)
def test_order_of_rows_is_irrelevant(positions: list[tuple[int, int]], seed: int) -> None:
    rng = np.random.default_rng(seed)
    units = pd.concat([chequered(4, 10), GeoSeries({"all": box(0, 0, 40, 40)}, crs=CRS)])
    places = place(*[Point(position) for position in positions])
    found = locate_in_units(places, units)
    shuffled = locate_in_units(
        places.sample(frac=1, random_state=rng), units.sample(frac=1, random_state=rng)
    )
    assert_frame_equal(shuffled.loc[places.index], found)
    within = places.intersects(box(0, 0, 40, 40))
    assert (found["unit"].notna() == places.dwithin(box(0, 0, 40, 40), 1)).all()
    assert found.loc[within, "second_unit"].notna().all()


def test_a_city_takes_seconds() -> None:
    rng = np.random.default_rng(7)
    units = chequered(40, 100)
    x, y = rng.uniform(0, 4000, (2, 100_000))
    places = GeoSeries.from_xy(x, y, crs=CRS)
    start = time.perf_counter()
    found = locate_in_units(places, units)
    assert time.perf_counter() - start < 30
    expected = units.index.to_numpy()[(x // 100).astype(int) * 40 + (y // 100).astype(int)]
    assert (found["unit"].to_numpy() == expected).all()
    near = np.minimum(np.abs(x - np.round(x, -2)), np.abs(y - np.round(y, -2))) <= 1
    assert (found["on_boundary"].to_numpy(dtype=bool) == near).all()
