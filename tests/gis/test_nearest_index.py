"""An index of targets: against brute force, and the grid against the tree."""

import math

import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas import GeoSeries
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from shapely import LineString, MultiPolygon, Point, Polygon, box

from gis import NearestIndex, Positions
from gis.errors import (
    ArgumentTypeError,
    CrsMismatchError,
    DuplicateIndexError,
    GeometryFamilyError,
    GeometryNotFiniteError,
    RadiusError,
)
from gis.nearness import nearest_index
from tests.gis import zoo

CRS = zoo.CRS


def layer(*shapes: object, index: object = None) -> GeoSeries:
    return GeoSeries(list(shapes), index=index, crs=CRS)


def brute(places: NDArray[np.object_], targets: NDArray[np.object_]) -> NDArray[np.float64]:
    return shapely.distance(places[:, None], targets[None, :])


def stars(count: int, seed: int, extent_m: float) -> NDArray[np.object_]:
    """Draw overlapping, concave areas of very different sizes, some with a hole or two parts."""
    chance = np.random.default_rng(seed)
    found = []
    for number in range(count):
        angle = np.sort(chance.uniform(0, 2 * np.pi, chance.integers(5, 40)))
        reach = chance.pareto(1.0) * 8 + 2
        radius = np.minimum(reach, extent_m / 3) * chance.uniform(0.3, 1.0, len(angle))
        x, y = chance.uniform(0, extent_m, 2)
        shape = Polygon(np.column_stack([x + radius * np.cos(angle), y + radius * np.sin(angle)]))
        shape = shape if shape.is_valid else shape.convex_hull
        if number % 5 == 0:
            holed = shape.difference(shape.centroid.buffer(reach / 5, quad_segs=3))
            shape = shape if holed.is_empty else holed
        if number % 7 == 0:
            shape = shapely.union(shape, box(x + reach, y + reach, x + 2 * reach, y + 2 * reach))
        found.append(shape)
    return np.array(found, dtype=object)


@pytest.mark.parametrize("extent_m", [40.0, 900.0, 20_000.0])
def test_positions_about_areas_equal_brute_force(extent_m: float) -> None:
    targets = stars(60, int(extent_m), extent_m)
    xy = np.random.default_rng(1).uniform(-0.3 * extent_m, 1.3 * extent_m, (3000, 2))
    # Corners, and positions just beside them, are where a grid would go wrong.
    corners = shapely.get_coordinates(targets)
    xy = np.vstack([xy, corners, corners + 1e-3, [[1e7, -1e7], [np.nan, 0.0]]])
    index = NearestIndex(layer(*targets))
    metres = brute(shapely.points(xy[:-1]), targets)
    found = index.nearest(Positions(xy, index.crs))
    assert found["distance_m"].to_numpy()[:-1] == pytest.approx(metres.min(axis=1), abs=1e-8)
    winner = metres[np.arange(len(metres)), found["target"].to_numpy()[:-1].astype(int)]
    assert winner == pytest.approx(metres.min(axis=1), abs=1e-8)
    assert math.isnan(found["distance_m"].iloc[-1])
    deep = metres.min(axis=1) == 0
    assert (found["distance_m"].to_numpy()[:-1][deep] <= 1e-8).all()
    for radius_m in (0.0, 0.01, extent_m / 50, extent_m / 4, 3 * extent_m):
        within = index.within(Positions(xy, index.crs), radius_m).to_numpy()
        surely = np.abs(metres.min(axis=1) - radius_m) > 1e-8
        assert np.array_equal(within[:-1][surely], metres.min(axis=1)[surely] <= radius_m)
        assert not within[-1]


spot = st.integers(-20, 20)
SHAPES = st.one_of(
    st.builds(Point, spot, spot),
    st.builds(lambda x, y, w, h: box(x, y, x + w, y + h), spot, spot, st.integers(1, 25), st.integers(1, 25)),
    st.builds(lambda x, y, w, h: LineString([(x, y), (x + w, y + h)]), spot, spot, st.integers(1, 9), st.integers(-9, 9)),
    st.builds(lambda x, y: MultiPolygon([box(x, y, x + 4, y + 4), box(x + 5, y, x + 9, y + 9)]), spot, spot),
    st.builds(lambda x, y: box(x, y, x + 9, y + 9).difference(box(x + 3, y + 3, x + 6, y + 5)), spot, spot),
)  # fmt: skip


@given(
    targets=st.lists(SHAPES, min_size=1, max_size=12),
    places=st.lists(SHAPES, min_size=1, max_size=9),
    radius_m=st.integers(0, 30),
)
@settings(deadline=None)
def test_grid_and_tree_say_the_same_of_everything_on_whole_metres(
    targets: list[object], places: list[object], radius_m: int
) -> None:
    index, tree = NearestIndex(layer(*targets)), NearestIndex(layer(*targets))
    tree.__dict__["_grid"] = None
    every = layer(*places, None, Point())
    pd.testing.assert_frame_equal(index.nearest(every), tree.nearest(every), check_exact=True)
    limited = index.nearest(every, limit_m=radius_m)
    pd.testing.assert_frame_equal(limited, tree.nearest(every, limit_m=radius_m), check_exact=True)
    within = index.distance(every) <= radius_m
    assert index.within(every, radius_m).tolist() == within.tolist()
    assert tree.within(every, radius_m).tolist() == within.tolist()


def test_targets_that_crowd_in_two_corners_of_the_earth_are_put_into_a_tree() -> None:
    chance = np.random.default_rng(3)
    xy = np.vstack([chance.uniform(0, 50, (2000, 2)), chance.uniform(2e6, 2e6 + 50, (2000, 2))])
    index = NearestIndex(GeoSeries.from_xy(*xy.T, crs=CRS))
    assert index._grid is None
    asked = xy[::200] + 3.0
    expected = np.hypot(*(asked[:, None] - xy[None]).transpose(2, 0, 1)).min(axis=1)
    assert index.distance(Positions(asked, index.crs)).to_numpy() == pytest.approx(expected)
    assert index.within(Positions(asked, index.crs), 50.0).all()


def test_a_city_of_one_point_and_one_of_a_line() -> None:
    places = layer(Point(3, 4), Point(500_000, 0))
    assert NearestIndex(layer(Point(0, 0))).distance(places).tolist() == [5, 500_000]
    street = NearestIndex(layer(LineString([(0, 0), (100_000, 0)])))
    assert street.distance(places).tolist() == [4, 400_000]
    assert street.within(places, 400_000).tolist() == [True, True]


def test_an_index_of_nothing() -> None:
    index = NearestIndex(layer(None, Polygon()))
    assert len(index) == 0
    assert index.distance(layer(Point(0, 0))).isna().all()
    assert not index.within(layer(Point(0, 0)), 1e9).any()


def test_a_bow_tie_counts_where_it_is() -> None:
    bow = Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    found = NearestIndex(layer(bow)).distance(layer(Point(2, 5), Point(5, 2), Point(8, 5)))
    assert found.tolist() == [0, pytest.approx(math.sqrt(4.5)), 0]


def test_an_index_keeps_what_it_was_made_of() -> None:
    targets = layer(Point(0, 0), index=["tree"])
    index = NearestIndex(targets)
    targets.iloc[0] = Point(9, 9)
    assert index.nearest(layer(Point(3, 4)))["target"].tolist() == ["tree"]
    assert index.distance(layer(Point(3, 4))).tolist() == [5]


def test_positions_go_to_points_and_back() -> None:
    points = layer(Point(1, 2), None, Point(), index=["a", "b", "c"])
    positions = Positions.of(points)
    assert len(positions) == 3
    assert np.isnan(positions.coordinates[1:]).all()
    assert (
        positions.to_series()
        .geom_equals(layer(Point(1, 2), None, None, index=["a", "b", "c"]))
        .iloc[0]
    )
    index = NearestIndex(layer(Point(1, 5)))
    assert index.distance(positions).equals(index.distance(points))


def test_refusals() -> None:
    index = NearestIndex(layer(Point(0, 0)))
    with pytest.raises(RadiusError):
        index.within(layer(Point(0, 0)), -1)
    with pytest.raises(CrsMismatchError):
        index.distance(Positions(np.zeros((1, 2)), GeoSeries(crs=4551).crs))
    with pytest.raises(GeometryNotFiniteError):
        index.distance(Positions(np.array([[0.0, np.inf]]), index.crs))
    with pytest.raises(GeometryNotFiniteError):
        NearestIndex(layer(Point(0, np.inf)))
    with pytest.raises(DuplicateIndexError):
        NearestIndex(layer(Point(0, 0), Point(1, 1), index=[7, 7])).nearest(layer(Point(0, 0)))
    with pytest.raises(ArgumentTypeError):
        index.distance([Point(0, 0)])
    with pytest.raises(ArgumentTypeError):
        Positions(np.zeros(4), None)
    with pytest.raises(ArgumentTypeError):
        Positions(np.zeros((2, 2)), None, pd.Index(["a"]))
    with pytest.raises(GeometryFamilyError):
        Positions.of(layer(box(0, 0, 1, 1)))
    assert nearest_index.NearestIndex is NearestIndex
