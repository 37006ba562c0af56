"""Walks by hand, on streets where they can be reckoned in the head."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas import GeoDataFrame, GeoSeries
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiPoint, MultiPolygon, Point, box

import gis.walks.network
from gis.errors import (
    ArgumentTypeError,
    CrsMismatchError,
    GeometryInvalidError,
    GeometryNotFiniteError,
    RadiusError,
)
from gis.walks.entering import MANNERS, entries_of
from gis.walks.network import WalkNetwork
from gis.walks.walking import walking_distance
from tests.gis.zoo import EVERYTHING, INVALID, SOMETHING

CRS = 4551
# A street of 100 m to the east, then 100 m to the north.
STREET = LineString([(0, 0), (100, 0), (100, 100)])


def network(*lines: Any, **options: Any) -> WalkNetwork:
    return WalkNetwork.from_lines(series(*(lines or (STREET,))), **options)


def series(*shapes: Any) -> GeoSeries:
    return GeoSeries(list(shapes), crs=CRS)


def walk(place: Any, *targets: Any, on: WalkNetwork | None = None, **options: Any) -> pd.Series:
    options = {"limit_m": 1000.0} | options
    found = walking_distance(series(place), series(*targets), on or network(), **options)
    assert list(found.columns) == ["distance_m", "network_m", "snap_m", "reason"]
    return found.iloc[0]


def parts(found: pd.Series) -> tuple[Any, ...]:
    assert found["reason"] is None
    assert found["distance_m"] == pytest.approx(found["network_m"] + found["snap_m"])
    return pytest.approx(found["network_m"]), pytest.approx(found["snap_m"])


@pytest.mark.parametrize(
    ("place", "target", "network_m", "snap_m"),
    [
        pytest.param(Point(10, 3), Point(60, -4), 50, 7, id="the same edge"),
        pytest.param(Point(60, 3), Point(10, -4), 50, 7, id="the same edge, backwards"),
        pytest.param(Point(10, 0), Point(100, 40), 130, 0, id="around the corner"),
        pytest.param(Point(10, 0), Point(10, 0), 0, 0, id="there already"),
        pytest.param(Point(-3, -4), Point(100, 100), 200, 5, id="before the end of the street"),
        pytest.param(box(10, 10, 20, 30), Point(100, 0), 85, 20, id="a house's inner point"),
        pytest.param(MultiPoint([(10, 0)]), MultiPoint([(90, 0), (30, 0)]), 20, 0, id="parts"),
        pytest.param(Point(10, 0), box(40, -5, 60, 5), 30, 0, id="into an area"),
        pytest.param(Point(50, 20), box(40, -5, 60, 5), 0, 20, id="off a path within an area"),
        pytest.param(Point(10, 0), box(40, 8, 60, 50), 30, 8, id="an area beside the street"),
        pytest.param(Point(50, 3), box(40, -5, 60, 5), 0, 0, id="within an area"),
        pytest.param(Point(50, 6), box(40, 8, 60, 50), 0, 14, id="across from an area"),
        pytest.param(Point(10, 0), box(100, 50, 130, 60), 140, 0, id="an area that touches"),
        pytest.param(Point(10, 0), LineString([(40, -9), (40, 9)]), 30, 0, id="across a line"),
        pytest.param(
            Point(10, 0), MultiPolygon([box(99, 50, 101, 60), box(20, 9, 30, 19)]), 10, 9,
            id="the nearer part, beside the street",
        ),
    ],
)  # fmt: skip
def test_a_walk_has_three_parts(place: Any, target: Any, network_m: float, snap_m: float) -> None:
    assert parts(walk(place, target)) == (network_m, snap_m)


def test_the_way_is_the_shortest_with_its_legs() -> None:
    # The first is nearer along the street, the second in all.
    assert parts(walk(Point(0, 0), Point(20, 40), Point(30, 2))) == (30, 2)


def test_a_path_around_is_taken_where_it_is_shorter() -> None:
    detour = LineString([(0, 0), (0, 300), (100, 300), (100, 0)])
    ring = network(LineString([(0, 0), (100, 0)]), detour)
    assert parts(walk(Point(0, 290), Point(0, 300), on=ring)) == (10, 0)
    assert parts(walk(Point(0, 10), Point(100, 10), on=ring)) == (120, 0)


def test_one_walks_around_a_loop_either_way() -> None:
    loop = network(LineString([(0, 0), (40, 0), (40, 40), (0, 40), (0, 0)]))
    assert loop.report.self_loops == 1
    assert parts(walk(Point(10, 0), Point(0, 10), on=loop)) == (20, 0)
    assert parts(walk(Point(10, 0), Point(40, 10), on=loop)) == (40, 0)


def test_counted_lengths_stretch_the_way() -> None:
    nodes = GeoDataFrame({"id": [0, 1]}, geometry=GeoSeries.from_xy([0, 100], [0, 0]), crs=CRS)
    edges = GeoDataFrame({"u": [0], "v": [1], "m": [200.0]}, geometry=[None], crs=CRS)
    slow = WalkNetwork.from_edges(nodes, edges, key="id", length="m")
    assert parts(walk(Point(10, 5), Point(60, 0), on=slow)) == (100, 5)
    assert parts(walk(Point(10, 0), box(60, -1, 70, 1), on=slow)) == (100, 0)


@pytest.mark.parametrize(
    ("place", "targets", "options", "reason"),
    [
        (None, [Point(0, 0)], {}, "no_geometry"),
        (Point(), [Point(0, 0)], {}, "no_geometry"),
        (Point(0, 0), [], {}, "no_target"),
        (Point(0, 0), [None, Point()], {}, "no_target"),
        (Point(0, 0), [Point(0, 101)], {}, "no_target"),
        (Point(-101, 0), [Point(0, 0)], {}, "off_network"),
        (Point(-5, 0), [Point(0, 0)], {"max_snap_m": 4.9}, "off_network"),
        (Point(0, 900), [Point(0, 0)], {}, "other_component"),
        (Point(0, 0), [Point(50, 0)], {"limit_m": 49.9}, "over_limit"),
        (Point(0, 0), [Point(50, 9)], {"limit_m": 58.9}, "over_limit"),
    ],
)
def test_no_walk_without_a_reason(
    place: Any, targets: list[Any], options: dict[str, float], reason: str
) -> None:
    island = LineString([(0, 900), (9, 900)])
    found = walk(place, *targets, on=network(STREET, island), **options)
    assert found["reason"] == reason
    assert found[["network_m", "snap_m"]].isna().all()
    known = found["distance_m"]
    assert math.isinf(known) if reason == "over_limit" else math.isnan(known)


def test_limits_are_within() -> None:
    assert parts(walk(Point(0, 0), Point(50, 9), limit_m=59)) == (50, 9)
    assert parts(walk(Point(0, 9), Point(50, 0), max_snap_m=9)) == (50, 9)
    assert parts(walk(Point(0, 0), box(40, 9, 60, 99), max_snap_m=9)) == (40, 9)
    assert walk(Point(0, 0), box(40, 9, 60, 99), max_snap_m=8.9)["reason"] == "no_target"


def test_who_stands_in_the_green_has_arrived_even_off_the_network() -> None:
    assert parts(walk(Point(500, 500), box(400, 400, 600, 600))) == (0, 0)


def test_the_labels_of_places_survive_and_nothing_is_changed() -> None:
    places = GeoSeries([Point(0, 0), None], index=["b", "a"], crs=CRS)
    before = places.copy()
    found = walking_distance(places, series(Point(9, 0)), network(), limit_m=99)
    assert found.index.tolist() == ["b", "a"]
    pd.testing.assert_series_equal(pd.Series(places), pd.Series(before))


@pytest.mark.parametrize("shape", EVERYTHING.values(), ids=EVERYTHING)
def test_every_geometry_may_be_a_place(shape: Any) -> None:
    found = walk(shape, Point(50, 0), limit_m=1e9, max_snap_m=1e9)
    assert found["reason"] in {None, "no_geometry"}
    assert np.isfinite(found["distance_m"]) == (found["reason"] is None)


@pytest.mark.parametrize(
    "name", [n for n, s in EVERYTHING.items() if s is None or s.is_valid or s.is_empty]
)
def test_every_sound_geometry_may_be_a_target(name: str) -> None:
    found = walk(Point(0, 0), EVERYTHING[name], limit_m=1e9, max_snap_m=1e9)
    assert found["reason"] == (None if name in SOMETHING else "no_target")


@pytest.mark.parametrize(
    ("error", "changes"),
    [
        (ArgumentTypeError, {"network": "streets"}),
        (ArgumentTypeError, {"places": [Point(0, 0)]}),
        (CrsMismatchError, {"places": GeoSeries([Point(0, 0)], crs=4550)}),
        (CrsMismatchError, {"network": WalkNetwork.from_lines(GeoSeries([STREET], crs=4550))}),
        (GeometryInvalidError, {"targets": series(INVALID["bow tie"])}),
        (GeometryNotFiniteError, {"places": series(Point(math.inf, 0))}),
        (RadiusError, {"limit_m": -1.0}),
        (RadiusError, {"limit_m": math.inf}),
        (RadiusError, {"max_snap_m": math.nan}),
    ],
)
def test_what_cannot_be_walked_is_refused(error: Any, changes: dict[str, Any]) -> None:
    asked: dict[str, Any] = {
        "places": series(Point(0, 0)), "targets": series(Point(9, 0)), "network": network(),
        "limit_m": 100.0,
    } | changes  # fmt: skip
    with pytest.raises(error):
        walking_distance(asked.pop("places"), asked.pop("targets"), asked.pop("network"), **asked)


def test_how_targets_are_entered_is_told() -> None:
    shapes = np.array([Point(9, 1), box(40, -5, 60, 5), box(10, 9, 20, 19), Point(900, 900)])
    entries = entries_of(shapes, network(), 50.0)
    manners = [MANNERS[number] for number in entries.manner]
    assert manners == ["point", "meeting", "nearest", "none"]
    kept = entries.of(np.array([2, 0]))
    assert [MANNERS[number] for number in kept.manner] == ["nearest", "point"]
    # By where they are on the edge; the green lies along 10 m of it.
    assert kept.target.tolist()[0] == 1
    assert set(kept.target.tolist()[1:]) == {0}
    assert [10, 20, 9] in kept.stretch[kept.target == 0].tolist()


def test_an_empty_network_reaches_nothing() -> None:
    nothing = WalkNetwork.from_lines(series(None))
    for target in (Point(0, 0), box(5, 5, 9, 9)):
        assert walk(Point(0, 0), target, on=nothing)["reason"] == "no_target"
    assert gis.walks.network.WalkNetwork is WalkNetwork


SHAPES = st.builds(
    lambda x, y, w, h: box(x, y, x + w, y + h),
    st.integers(0, 80), st.integers(0, 80), st.integers(1, 30), st.integers(1, 30),
)  # fmt: skip
GRID = network(
    *(LineString([(10 * i, 0), (10 * i, 100)]) for i in range(11)),
    *(LineString([(0, 20 * i), (100, 20 * i)]) for i in range(6)),
    noding="crossings",
)


@given(SHAPES, st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), min_size=1, max_size=8))
@settings(max_examples=60, deadline=None)
def test_an_area_is_entered_where_streets_cross_its_edge(area: Any, spots: list[Any]) -> None:
    """Whoever comes from outside passes a crossing: as far as to the nearest of them, as a point."""
    rim = shapely.intersection(GRID.to_frame().geometry.to_numpy(), area.boundary)
    gates = shapely.points(shapely.get_coordinates(rim))
    if not len(gates):
        return
    places = GeoSeries.from_xy(*zip(*spots, strict=True), crs=CRS)
    found = walking_distance(places, series(area), GRID, limit_m=1e6)
    truth = walking_distance(places, series(*gates), GRID, limit_m=1e6)
    inside = (found["network_m"] == 0).to_numpy()
    assert np.allclose(found["network_m"][~inside], truth["network_m"][~inside], atol=1e-6)
    # Where nothing is to be walked, the way off the street ends in the area, or begins there.
    for place in places[inside]:
        feet = [line.interpolate(line.project(place)) for line in GRID.to_frame().geometry]
        near = min(feet, key=place.distance)
        assert area.distance(place) == 0 or area.distance(near) < 1e-6
