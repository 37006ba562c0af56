"""Covered shares by law: what must hold whatever the zones and targets are."""

import math
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from geopandas import GeoDataFrame
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from shapely import LineString, MultiPolygon, Point, Polygon, STRtree, affinity, box
from shapely.geometry.base import BaseGeometry

from gis.covering.share import share_covered
from tests.gis import zoo
from tests.gis.share_oracle import assert_agrees, assert_sound, cut_into_squares, layer

coordinate = st.integers(-150, 150)
sizes = st.integers(1, 120)
corners = st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=12, unique=True)


def star(vertices: list[tuple[int, int]]) -> Polygon:
    """Join vertices in the order of their direction from their middle."""
    xy = np.array(vertices, dtype=float)
    middle = xy.mean(axis=0)
    return Polygon(xy[np.argsort(np.arctan2(*(xy - middle).T))])


polygons = corners.map(star).filter(lambda shape: shape.is_valid and shape.area > 1)
boxes = st.builds(lambda x, y, w, h: box(x, y, x + w, y + h), coordinate, coordinate, sizes, sizes)
holed = boxes.filter(lambda b: min(b.bounds[2] - b.bounds[0], b.bounds[3] - b.bounds[1]) > 9).map(
    lambda b: Polygon(b.exterior, [b.buffer(-3).exterior])
)
zones_drawn = st.one_of(
    polygons,
    boxes,
    holed,
    boxes.map(lambda b: MultiPolygon([b, affinity.translate(b, 300, 20)])),
)
targets_drawn = st.lists(
    st.one_of(
        st.builds(Point, coordinate, coordinate),
        st.lists(st.tuples(coordinate, coordinate), min_size=2, max_size=6, unique=True).map(
            LineString
        ),
        polygons,
        holed,
    ),
    min_size=1,
    max_size=6,
)
radii = st.sampled_from([0.5, 3.0, 17.0, 60.0, 300.0])


@settings(max_examples=60, deadline=None)
@given(zone=zones_drawn, targets=targets_drawn, radius_m=radii)
def test_agrees_with_cells_that_shapely_measures(
    zone: BaseGeometry, targets: list[BaseGeometry], radius_m: float
) -> None:
    assert_agrees(zone, targets, radius_m)


@settings(max_examples=60, deadline=None)
@given(
    zone=zones_drawn,
    trees=st.lists(st.tuples(coordinate, coordinate), min_size=1, max_size=9),
    radius_m=st.sampled_from([3.0, 17.0, 60.0, 300.0]),
)
def test_agrees_with_fine_discs(
    zone: BaseGeometry, trees: list[tuple[int, int]], radius_m: float
) -> None:
    points = [Point(tree) for tree in trees]
    discs = shapely.union_all(shapely.buffer(points, radius_m, quad_segs=1000))
    expected = shapely.area(shapely.intersection(zone, discs)) / zone.area
    missing = len(trees) * math.pi * radius_m**2 * 1e-6 / zone.area
    found = share_covered(layer(zone), layer(*points), radius_m, max_error=1e-6)
    assert_sound(found, 1e-6)
    assert found["lower"].iloc[0] - missing - 1e-9 <= expected <= found["upper"].iloc[0] + 1e-9


@settings(max_examples=30, deadline=None)
@given(zone=zones_drawn, targets=targets_drawn, radius_m=radii)
def test_more_targets_and_larger_radii_cover_no_less(
    zone: BaseGeometry, targets: list[BaseGeometry], radius_m: float
) -> None:
    all_of_them = share_covered(layer(zone), layer(*targets), radius_m)
    all_but_one = share_covered(layer(zone), layer(*targets[1:]), radius_m)
    farther = share_covered(layer(zone), layer(*targets), radius_m * 1.1)
    assert all_but_one["lower"].iloc[0] <= all_of_them["upper"].iloc[0]
    assert all_of_them["lower"].iloc[0] <= farther["upper"].iloc[0]


@settings(max_examples=30, deadline=None)
@given(zone=zones_drawn, targets=targets_drawn, radius_m=radii, at=st.integers(-140, 140))
def test_the_parts_of_a_zone_add_up(
    zone: BaseGeometry, targets: list[BaseGeometry], radius_m: float, at: int
) -> None:
    # Where an edge of the zone lies on the cut, half of it is areas and that line.
    sides = [box(-999, -999, at, 999), box(at, -999, 999, 999)]
    parts_of = shapely.get_parts(shapely.intersection(zone, sides))
    halves = [part for part in parts_of if part.area > 1e-3]
    whole = share_covered(layer(zone), layer(*targets), radius_m, max_error=1e-5)
    parts = share_covered(layer(*halves), layer(*targets), radius_m, max_error=1e-5)
    weights = shapely.area(halves)
    total = (parts["covered_share"] * weights).sum() / zone.area
    assert total == pytest.approx(whole["covered_share"].iloc[0], abs=3e-5)


@settings(max_examples=30, deadline=None)
@given(zone=zones_drawn, targets=targets_drawn, radius_m=radii)
def test_a_shift_of_the_map_changes_nothing(
    zone: BaseGeometry, targets: list[BaseGeometry], radius_m: float
) -> None:
    here = share_covered(layer(zone), layer(*targets), radius_m, max_error=1e-6)
    there = share_covered(
        layer(zone).translate(500_000, 4_650_000),
        layer(*targets).translate(500_000, 4_650_000),
        radius_m,
        max_error=1e-6,
    )
    assert there["covered_share"].iloc[0] == pytest.approx(here["covered_share"].iloc[0], abs=2e-6)


@settings(max_examples=30, deadline=None)
@given(
    zones=st.lists(zones_drawn, min_size=1, max_size=4),
    targets=targets_drawn,
    radius_m=radii,
    seed=st.integers(0, 2**32 - 1),
)
def test_order_of_rows_changes_not_a_digit(
    zones: list[BaseGeometry], targets: list[BaseGeometry], radius_m: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    labelled = layer(*zones, index=[f"z{number}" for number in range(len(zones))])
    found = share_covered(labelled, layer(*targets), radius_m)
    shuffled = share_covered(
        labelled.sample(frac=1, random_state=rng),
        layer(*targets).sample(frac=1, random_state=rng),
        radius_m,
    )
    assert_frame_equal(shuffled.loc[labelled.index], found, check_exact=True)


def test_a_zone_has_the_share_it_has_alone() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.uniform(0, 3000, (2, 300))
    zones = layer(*shapely.box(x, y, x + 90, y + 60))
    targets = layer(*shapely.points(rng.uniform(0, 3000, (40, 2))))
    together = share_covered(zones, targets, 200)
    assert 0.05 < ((together["lower"] < together["upper"]).mean()) < 0.95
    for row in (0, 63, 64, 299):
        alone = share_covered(zones.iloc[[row]], targets, 200)
        assert_frame_equal(alone, together.iloc[[row]], rtol=0, atol=1e-11)


@settings(max_examples=40, deadline=None)
@given(
    zone=zones_drawn,
    targets=targets_drawn,
    radius_m=radii,
    seed=st.integers(0, 2**32 - 1),
    far=st.integers(0, 200),
)
def test_what_is_out_of_reach_changes_nothing(
    zone: BaseGeometry, targets: list[BaseGeometry], radius_m: float, seed: int, far: int
) -> None:
    near = [target for target in targets if target.distance(zone) <= radius_m]
    away = np.random.default_rng(seed).uniform(1_500, 9_000, (far, 2))
    alone = share_covered(layer(zone), layer(*near), radius_m)
    among = share_covered(layer(zone), layer(*targets, *shapely.points(away)), radius_m)
    assert_frame_equal(alone, among, rtol=0, atol=1e-9)


def test_equals_counts_of_lattice_points() -> None:
    # The distance of each point is exact; what is off is that a point stands for its surroundings.
    rng = np.random.default_rng(11)
    angle = np.linspace(0, 2 * np.pi, 80)
    reach = 30 + 12 * np.cos(np.outer([2, 3, 5, 7], angle)) + rng.uniform(0, 3, (4, 80))
    middle = (
        rng.uniform(-1, 1, (4, 1, 2)) * 40
        + np.array([[-330, 0], [340, 60], [0, 370], [90, -350]])[:, None]
    )
    stars = middle + reach[..., None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    greens, zone = [Polygon(star) for star in stars], box(-60, -50, 60, 70)
    x, y = np.meshgrid(np.arange(-60, 60, 0.4) + 0.2, np.arange(-50, 70, 0.4) + 0.2)
    points = shapely.points(x.ravel(), y.ravel())
    within = np.unique(STRtree(greens).query(points, predicate="dwithin", distance=300)[0])
    found = share_covered(layer(zone), layer(*greens), 300, max_error=1e-5)
    assert 0.1 < found["covered_share"].iloc[0] < 0.9
    assert len(within) / len(points) == pytest.approx(found["covered_share"].iloc[0], abs=2e-4)


def test_inputs_stay_as_they_are() -> None:
    zones = GeoDataFrame({"n": [1]}, geometry=[box(0, 0, 100, 100)], crs=zoo.CRS)
    targets = GeoDataFrame({"n": [1]}, geometry=[zoo.INVALID["bow tie"]], crs=zoo.CRS)
    before = zones.copy(), targets.copy()
    share_covered(zones, targets, 300)
    assert_frame_equal(zones, before[0])
    assert_frame_equal(targets, before[1])


@pytest.mark.parametrize(
    ("min_area_m2", "cell_m"), [pytest.param(0, 5.0, marks=pytest.mark.long), (5000, 10.0)]
)
def test_residential_land_of_a_real_city_equals_a_fine_lattice(
    test_data: Path, min_area_m2: float, cell_m: float
) -> None:
    folder = test_data / "las_palmas"
    zones = gpd.read_parquet(folder / "residential_land.parquet").to_crs(32628)
    greens = gpd.read_parquet(folder / "green.parquet").to_crs(32628)
    zones, greens = zones[zones.is_valid], greens[greens.area >= min_area_m2]
    found = share_covered(zones, greens, 300)
    assert_sound(found, 1e-4)

    cells, owner, half_m = cut_into_squares(zones.geometry, cell_m)
    _, distance_m = STRtree(greens.geometry.array).query_nearest(
        shapely.centroid(shapely.envelope(cells)), return_distance=True, all_matches=False
    )
    area_m2 = shapely.area(cells)
    total_m2 = np.bincount(owner, area_m2)
    assert total_m2 == pytest.approx(zones.area.to_numpy())
    surely = np.bincount(owner, area_m2 * (distance_m <= 300 - half_m)) / total_m2
    possibly = np.bincount(owner, area_m2 * (distance_m <= 300 + half_m)) / total_m2
    assert (found["upper"].to_numpy() >= surely - 1e-9).all()
    assert (found["lower"].to_numpy() <= possibly + 1e-9).all()
    lattice_m2 = (area_m2 * (distance_m <= 300)).sum()
    assert (found["covered_share"] * zones.area).sum() == pytest.approx(lattice_m2, rel=1e-3)
