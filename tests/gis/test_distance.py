"""Straight distances: by hand, by law, and against brute force."""

import math

import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas import GeoDataFrame, GeoSeries
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal, assert_series_equal
from shapely import LineString, Point, Polygon, box

from gis.errors import (
    CrsMismatchError,
    CrsMissingError,
    CrsNotMetricError,
    DuplicateIndexError,
    RadiusError,
)
from gis.nearness.distance import distance_to_nearest, label_rank, nearest
from tests.gis import zoo

CRS = zoo.CRS


def layer(*shapes: object, index: object = None, crs: object = CRS) -> GeoSeries:
    return GeoSeries(list(shapes), index=index, crs=crs)


@pytest.mark.parametrize(
    ("place", "target", "metres"),
    [
        pytest.param(Point(0, 0), Point(3, 4), 5, id="3-4-5"),
        pytest.param(Point(0, 0), LineString([(3, -9), (3, 9)]), 3, id="to the middle of an edge"),
        pytest.param(box(0, 0, 1, 1), box(4, 5, 6, 7), 5, id="corner to corner"),
        pytest.param(box(0, 0, 1, 1), box(1, 0, 2, 1), 0, id="touching"),
        pytest.param(box(0, 0, 4, 4), box(1, 1, 2, 2), 0, id="around"),
        pytest.param(Point(5, 5), box(0, 0, 10, 10), 0, id="inside"),
        pytest.param(
            Point(5, 5),
            Polygon(box(0, 0, 10, 10).exterior, [box(3, 3, 7, 7).exterior]),
            2,
            id="in a hole",
        ),
        pytest.param(Point(0, 0, 0), Point(3, 4, 99), 5, id="heights do not count"),
    ],
)
def test_by_hand(place: object, target: object, metres: float) -> None:
    assert distance_to_nearest(layer(place), layer(target)).tolist() == [metres]
    assert distance_to_nearest(layer(target), layer(place)).tolist() == [metres]


def test_a_place_without_geometry_has_no_distance() -> None:
    places = GeoSeries(zoo.EVERYTHING, crs=CRS)
    distance_m = distance_to_nearest(places, layer(Point(0, 0)))
    assert distance_m.index.equals(places.index)
    assert distance_m.name == "distance_m"
    assert set(distance_m.index[distance_m.isna()]) == set(zoo.NOTHING)
    assert distance_m["point"] == distance_m["point with height"] == 5


def test_every_kind_of_target_is_near() -> None:
    for name, shape in zoo.SOMETHING.items():
        metres = distance_to_nearest(layer(Point(0, 0)), layer(None, shape, Point())).iloc[0]
        assert metres == shapely.distance(Point(0, 0), shape), name


@pytest.mark.parametrize("targets", [[], [None], [Point(), None, Polygon()]])
@pytest.mark.parametrize("limit_m", [None, 10])
def test_without_any_target_there_is_no_distance(
    targets: list[object], limit_m: float | None
) -> None:
    found = nearest(layer(Point(0, 0)), layer(*targets), limit_m=limit_m)
    assert found["distance_m"].isna().all()
    assert found["target"].isna().all()


def test_no_places() -> None:
    assert distance_to_nearest(layer(), layer(Point(0, 0))).dtype == np.float64
    assert len(nearest(layer(), layer(Point(0, 0)))) == 0


@pytest.mark.parametrize(
    ("limit_m", "expected"),
    [(5, 5), (4.999999, math.inf), (0, math.inf), (1e9, 5), (5 - 1e-12, math.inf)],
)
def test_exactly_the_limit_is_within(limit_m: float, expected: float) -> None:
    found = nearest(layer(Point(0, 0)), layer(Point(3, 4)), limit_m=limit_m)
    assert found["distance_m"].tolist() == [expected]
    assert found["target"].isna().tolist() == [math.isinf(expected)]


def test_a_limit_of_nothing_leaves_what_touches() -> None:
    places = layer(Point(5, 5), Point(50, 5))
    assert distance_to_nearest(places, layer(box(0, 0, 9, 9)), limit_m=0).tolist() == [0, math.inf]


def test_of_equals_the_smallest_label_is_the_nearest() -> None:
    targets = layer(Point(1, 0), Point(-1, 0), Point(0, 1), index=["c", "a", "b"])
    assert nearest(layer(Point(0, 0)), targets)["target"].tolist() == ["a"]
    assert nearest(layer(Point(0, 0)), targets.iloc[::-1])["target"].tolist() == ["a"]


def test_labels_keep_their_kind() -> None:
    places = layer(Point(0, 0), None)
    numbers = nearest(places, layer(Point(3, 4), index=[2**53 + 1]))["target"]
    assert numbers[0] == 2**53 + 1
    assert pd.isna(numbers[1])
    mixed = layer(Point(1, 0), Point(-1, 0), index=["a", 1])
    assert nearest(places, mixed)["target"].iloc[0] == 1
    pairs = layer(Point(3, 4), index=pd.MultiIndex.from_tuples([("a", 1)]))
    assert nearest(places, pairs)["target"].iloc[0] == ("a", 1)


def test_labels_that_cannot_be_compared_are_ranked_as_text() -> None:
    assert label_rank(pd.Index(["b", 3, "a"], dtype=object)).tolist() == [2, 0, 1]


def test_tables_do_as_well_as_columns_and_stay_as_they_are() -> None:
    places = GeoDataFrame({"n": [1, 2]}, geometry=[Point(0, 0), Point(9, 9)], crs=CRS)
    before = places.copy()
    distance_to_nearest(places, places)
    assert_frame_equal(places, before)


def test_refusals() -> None:
    here = layer(Point(0, 0))
    with pytest.raises(CrsMissingError):
        distance_to_nearest(layer(Point(0, 0), crs=None), here)
    with pytest.raises(CrsNotMetricError):
        distance_to_nearest(layer(Point(0, 0), crs=3857), layer(Point(0, 0), crs=3857))
    with pytest.raises(CrsMismatchError):
        distance_to_nearest(here, layer(Point(0, 0), crs=4551))
    with pytest.raises(RadiusError):
        distance_to_nearest(here, here, limit_m=-1)
    with pytest.raises(DuplicateIndexError):
        nearest(here, layer(Point(0, 0), Point(1, 1), index=[7, 7]))


coordinate = st.integers(-50, 50)
points = st.builds(Point, coordinate, coordinate)
boxes = st.builds(
    lambda x, y, w, h: box(x, y, x + w, y + h),
    coordinate,
    coordinate,
    st.integers(1, 30),
    st.integers(1, 30),
)
lines = st.builds(
    lambda x, y, w, h: LineString([(x, y), (x + w, y + h)]),
    coordinate,
    coordinate,
    st.integers(1, 30),
    st.integers(-30, 30),
)
shapes = st.lists(points | boxes | lines, min_size=1, max_size=8)


@given(places=shapes, targets=shapes, seed=st.integers(0, 2**32 - 1))
def test_equals_brute_force_in_any_order(
    places: list[object], targets: list[object], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    brute = shapely.distance(np.array(places)[:, None], np.array(targets)[None, :])
    first = nearest(layer(*places), layer(*targets))
    assert first["distance_m"].to_numpy() == pytest.approx(brute.min(axis=1), abs=1e-12)
    winners = brute[np.arange(len(places)), first["target"].to_numpy(dtype=int)]
    assert winners == pytest.approx(brute.min(axis=1), abs=1e-12)
    shuffled = layer(*targets).sample(frac=1, random_state=rng)
    assert_frame_equal(nearest(layer(*places), shuffled), first)


@given(places=shapes, targets=shapes, limit_m=st.integers(0, 60))
def test_a_limit_only_hides_what_is_beyond_it(
    places: list[object], targets: list[object], limit_m: int
) -> None:
    free = distance_to_nearest(layer(*places), layer(*targets))
    limited = distance_to_nearest(layer(*places), layer(*targets), limit_m=limit_m)
    assert_series_equal(limited, free.where(free <= limit_m, math.inf))


@given(places=shapes, targets=shapes)
def test_a_shift_of_the_map_changes_nothing(places: list[object], targets: list[object]) -> None:
    here = distance_to_nearest(layer(*places), layer(*targets))
    there = distance_to_nearest(
        layer(*places).translate(500_000, 4_650_000), layer(*targets).translate(500_000, 4_650_000)
    )
    assert there.to_numpy() == pytest.approx(here.to_numpy(), abs=1e-8)
