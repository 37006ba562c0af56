"""Covered shares: by hand, by law, and against cells that shapely measures."""

import math
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import shapely
from geopandas import GeoSeries
from pandas.testing import assert_frame_equal
from shapely import LineString, MultiPoint, MultiPolygon, Point, Polygon, box

from gis._compiled import compiled
from gis.covering.share import share_covered, shares_covered
from gis.errors import (
    CrsMismatchError,
    CrsNotMetricError,
    GeometryFamilyError,
    GeometryInvalidError,
    GeometryNotFiniteError,
    NumberError,
    RadiusError,
)
from tests.gis import zoo
from tests.gis.share_oracle import assert_agrees, assert_sound, layer

CRS = zoo.CRS
FINE = 1e-7
SQUARE = box(0, 0, 100, 100)
LENS_M2 = 2 * 50**2 * math.acos(0.5) - 50 / 2 * math.sqrt(4 * 50**2 - 50**2)


def share(zone: object, *targets: object, radius_m: float, max_error: float = FINE) -> float:
    """Measure one zone, and see to it that the answer keeps its own promises."""
    found = share_covered(layer(zone), layer(*targets), radius_m, max_error=max_error)
    assert_sound(found, max_error)
    return float(found["covered_share"].iloc[0])


@pytest.mark.parametrize(
    ("zone", "targets", "radius_m", "expected"),
    [
        pytest.param(SQUARE, [Point(50, 50)], 30, math.pi * 0.09, id="disc in a square"),
        pytest.param(SQUARE, [Point(50, 50)], 71, 1, id="square in a disc"),
        pytest.param(SQUARE, [Point(0, 0)], 100, math.pi / 4, id="quarter of a disc"),
        pytest.param(SQUARE, [Point(500, 50)], 399.9, 0, id="out of reach"),
        pytest.param(SQUARE, [LineString([(-99, -500), (-99, 600)])], 130, 0.31, id="half plane"),
        pytest.param(
            SQUARE, [LineString([(-40, 50), (140, 50)])], 10, 0.2, id="strip along a road"
        ),
        pytest.param(
            SQUARE,
            [LineString([(40, 50), (60, 50)])],
            10,
            (400 + 100 * math.pi) / 1e4,
            id="stadium",
        ),
        pytest.param(SQUARE, [box(-999, -999, 999, 999)], 5, 1, id="deep inside a target"),
        pytest.param(SQUARE, [box(-999, -999, 40, 999)], 10, 0.5, id="half inside a target"),
        pytest.param(
            SQUARE,
            [box(40, 40, 60, 60)],
            10,
            (400 + 800 + 100 * math.pi) / 1e4,
            id="a park counts with its inside",
        ),
        pytest.param(
            SQUARE,
            [Polygon(box(-99, -99, 199, 199).exterior, [box(0, 0, 100, 100).exterior])],
            10,
            0.36,
            id="in the hole of a target",
        ),
        pytest.param(
            SQUARE,
            [Point(25, 50), Point(75, 50)],
            25,
            2 * math.pi * 625 / 1e4,
            id="discs that touch",
        ),
        pytest.param(
            box(-100, -100, 100, 100),
            [Point(0, 0), Point(50, 0)],
            50,
            (2 * math.pi * 2500 - LENS_M2) / 4e4,
            id="discs that overlap",
        ),
        pytest.param(
            SQUARE, [MultiPoint([(0, 0), (100, 100)])], 50, math.pi / 8, id="a target of two points"
        ),
        pytest.param(
            Polygon(SQUARE.exterior, [box(25, 25, 75, 75).exterior]),
            [Point(50, 50)],
            25,
            0,
            id="disc in the hole of a zone",
        ),
        pytest.param(
            Polygon(SQUARE.exterior, [box(25, 25, 75, 75).exterior]),
            [LineString([(-99, 0), (199, 0)])],
            50,
            (5000 - 1250) / 7500,
            id="half of a zone with a hole",
        ),
        pytest.param(
            MultiPolygon([SQUARE, box(1000, 0, 1100, 300)]),
            [Point(0, 0)],
            200,
            0.25,
            id="one of two parts",
        ),
        pytest.param(
            Polygon([(0, 0), (0, 100), (100, 100), (100, 0)]),
            [Point(0, 0)],
            100,
            math.pi / 4,
            id="turning right",
        ),
        pytest.param(
            shapely.force_3d(SQUARE, 9), [Point(0, 0, 500)], 100, math.pi / 4, id="with heights"
        ),
        pytest.param(
            Polygon([(0, 0), (100, 0), (0, 100)]), [Point(0, 0)], 50, math.pi / 8, id="a triangle"
        ),
    ],
)
def test_by_hand(zone: object, targets: list[object], radius_m: float, expected: float) -> None:
    assert share(zone, *targets, radius_m=radius_m) == pytest.approx(expected, abs=FINE)


@pytest.mark.parametrize("max_error", [0.5, 0.1, 1e-2, 1e-3, 1e-4, 1e-6, 1e-8, 1e-9])
def test_the_stated_error_holds(max_error: float) -> None:
    found = share(SQUARE, Point(50, 50), radius_m=30, max_error=max_error)
    assert found == pytest.approx(math.pi * 0.09, abs=max_error)


@pytest.mark.parametrize("radius_m", [0.1, 0.3, 10, 1e4, 1e6])
def test_large_and_small_radii(radius_m: float) -> None:
    line = LineString([(50 - radius_m, -3 * radius_m - 99), (50 - radius_m, 3 * radius_m + 199)])
    wide = share(SQUARE, line, radius_m=radius_m)
    assert wide == pytest.approx(min(0.5, 2 * radius_m / 100), abs=2 * FINE)


def test_rows_without_geometry_have_no_share() -> None:
    zones = GeoSeries(zoo.AREAS | zoo.NOTHING, crs=CRS)
    found = share_covered(zones, layer(Point(3, 4)), 5)
    assert found.index.equals(zones.index)
    assert list(found.columns) == ["covered_share", "lower", "upper"]
    assert set(found.index[found["covered_share"].isna()]) == set(zoo.NOTHING)
    assert found.isna().all(axis=1).sum() == len(zoo.NOTHING)
    assert_sound(found, 1e-4)


@pytest.mark.parametrize("targets", [[], [None], [Point(), None, Polygon()]])
def test_without_any_target_nothing_is_covered(targets: list[object]) -> None:
    found = share_covered(layer(SQUARE, None), layer(*targets), 300)
    assert found.iloc[0].tolist() == [0, 0, 0]
    assert found.iloc[1].isna().all()


def test_no_zones() -> None:
    assert len(share_covered(layer(), layer(Point(0, 0)), 300)) == 0
    assert share_covered(layer(None), layer(Point(0, 0)), 300).isna().all(axis=None)


def test_every_kind_of_target_counts() -> None:
    for name, shape in (zoo.POINTS | zoo.LINES | zoo.AREAS | zoo.COLLECTIONS).items():
        if name != "far from the origin":
            assert_agrees(box(-20, -20, 60, 60), [shape], 7.0)


@pytest.mark.parametrize("trees", [9, 17, 33, 65])
def test_a_tree_that_stands_alone_counts(trees: int) -> None:
    x = 1000.0 * np.arange(trees)
    yards = layer(*shapely.box(x - 80, -80, x + 80, 80))
    found = share_covered(yards, layer(*shapely.points(x, 0)), 50, max_error=FINE)
    assert found["covered_share"].to_numpy() == pytest.approx(math.pi * 2500 / 160**2, abs=FINE)


def test_invalid_targets_count_as_what_can_be_made_of_them() -> None:
    for shape in zoo.INVALID.values():
        assert_agrees(box(-20, -20, 60, 60), [shapely.make_valid(shape)], 7.0)
        zone, radius_m = box(-20, -20, 60, 60), 7.0
        repaired = share(zone, shapely.make_valid(shape), radius_m=radius_m)
        assert share(zone, shape, radius_m=radius_m) == pytest.approx(repaired, abs=2 * FINE)


def test_awkward_zones() -> None:
    for name, zone in zoo.AREAS.items():
        assert zone is not None
        x, y, *_ = zone.bounds
        assert_agrees(zone, [Point(x, y), Point(x + 8, y + 9)], 6.0, name)


def test_all_and_nothing_are_exact() -> None:
    zones = layer(SQUARE, box(1000, 0, 1100, 100))
    found = share_covered(zones, layer(box(-5, -5, 55, 105), box(45, -5, 105, 105)), 10)
    assert found.to_numpy().tolist() == [[1, 1, 1], [0, 0, 0]]


def test_a_small_radius_around_a_large_target_is_no_burden() -> None:
    lake = Polygon([(-400, -400), (390, -420), (410, 400), (-400, 380)])
    start = time.perf_counter()
    assert share(box(-200, -200, 200, 200), lake, radius_m=0.5) == 1
    assert_agrees(box(-500, -500, 500, 500), [lake], 0.5)
    assert time.perf_counter() - start < 30


def test_a_comb_of_thin_teeth() -> None:
    teeth = [box(x, 0, x + 0.01, 100) for x in range(0, 1000, 10)]
    comb = shapely.union_all([box(0, -1, 1000, 0), *teeth])
    below = LineString([(-999, -11), (1999, -11)])
    assert share(comb, below, radius_m=20) == pytest.approx(
        (1000 + 100 * 0.01 * 9) / (1000 + 100 * 0.01 * 100), abs=2 * FINE
    )


def test_a_zone_at_the_centre_of_a_round_wall() -> None:
    # Everything is nearly as far: hundreds of edges compete for the same frontier.
    angle = np.linspace(0, 2 * np.pi, 721)
    wall = LineString(np.column_stack([100 * np.cos(angle), 100 * np.sin(angle)]))
    assert_agrees(box(-5, -5, 5, 5), [wall], 99.0)
    middle = share(box(-5, -5, 5, 5), wall, radius_m=98, max_error=1e-5)
    assert middle == pytest.approx(1 - math.pi * 4 / 100, abs=1e-3)


def test_a_zone_among_more_pieces_and_with_more_vertices_than_there_was_room_for() -> None:
    angle = np.linspace(0, 2 * np.pi, 4_500, endpoint=False)
    wall = MultiPoint(np.column_stack([100 * np.cos(angle), 100 * np.sin(angle)]))
    left = share(box(-5, -5, 5, 5), wall, radius_m=98, max_error=1e-3)
    assert left == pytest.approx(1 - math.pi * 4 / 100, abs=2e-3)
    disc = Point(0, 0).buffer(100, quad_segs=1_500)
    assert share(disc, Point(0, 0), radius_m=50, max_error=1e-5) == pytest.approx(0.25, abs=2e-5)


def test_several_tiers_at_once_are_what_each_is_alone() -> None:
    zones = layer(SQUARE, None, box(90, 0, 190, 80))
    tiers = [(layer(Point(0, 0)), 60), (layer(), 10), (layer(LineString([(0, 0), (9, 300)])), 30)]
    together = shares_covered(zones, tiers, max_error=1e-5)
    for found, (targets, radius_m) in zip(together, tiers, strict=True):
        assert_frame_equal(found, share_covered(zones, targets, radius_m, max_error=1e-5))
    assert shares_covered(zones, []) == []


def test_refusals() -> None:
    zone, target = layer(SQUARE), layer(Point(0, 0))
    with pytest.raises(GeometryFamilyError) as refusal:
        share_covered(target, target, 300)
    assert refusal.value.values["argument"] == "zones"
    with pytest.raises(GeometryInvalidError):
        share_covered(layer(zoo.INVALID["bow tie"]), target, 300)
    with pytest.raises(CrsNotMetricError):
        share_covered(zone.set_crs(3857, allow_override=True), target, 300)
    with pytest.raises(CrsMismatchError):
        share_covered(zone, target.set_crs(4551, allow_override=True), 300)
    with pytest.raises(GeometryNotFiniteError):
        share_covered(zone, layer(Point(math.inf, 0)), 300)
    for radius_m in (0, 0.09, -1, math.nan, math.inf):
        with pytest.raises(RadiusError):
            share_covered(zone, target, radius_m)
    for max_error in (0, 1e-10, 0.51, math.nan):
        with pytest.raises(NumberError):
            share_covered(zone, target, 300, max_error=max_error)


def test_works_where_no_machine_code_can_be_kept() -> None:
    found: dict[str, Callable[[int], int]] = {}
    exec("def double(x):\n    return 2 * x", found)  # noqa: S102 (a loop that is in no file)
    assert compiled(found["double"])(4) == 8


_MEASURE = """
import sys
import gis.covering.share
from geopandas import GeoSeries
from shapely import Point, box
assert "numba" not in sys.modules
zones, trees = GeoSeries([box(0, 0, 9, 9)], crs=32650), GeoSeries([Point(0, 0)], crs=32650)
print(round(gis.covering.share.share_covered(zones, trees, 9)["covered_share"][0], 3))
"""


def test_the_compiler_is_loaded_only_to_measure() -> None:
    root = Path(__file__).resolve().parents[2]
    found = subprocess.run(
        [sys.executable, "-c", _MEASURE], cwd=root, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "0.785"


def test_many_threads_may_measure_at_once() -> None:
    zones = layer(*shapely.box(np.arange(0, 900, 90), 0, np.arange(80, 980, 90), 80))
    targets = layer(*shapely.points(np.arange(0, 900, 70), np.arange(0, 900, 70)))
    alone = share_covered(zones, targets, 60)
    with ThreadPoolExecutor(8) as threads:
        for found in threads.map(lambda _: share_covered(zones, targets, 60), range(24)):
            assert_frame_equal(found, alone, check_exact=True)
