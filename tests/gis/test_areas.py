"""Areas out of lists of buildings: by hand, by law, against distances, awkward input, a city."""

from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas import GeoDataFrame, GeoSeries
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from shapely import LineString, MultiPolygon, Point, Polygon, box

from gis import areas_from_buildings
from gis.errors import (
    CrsMismatchError,
    CrsNotMetricError,
    DuplicateIndexError,
    GeometryFamilyError,
    GeometryInvalidError,
    IndexMismatchError,
    NumberError,
)
from gis.ground.areas import AreasResult

CRS = 4551
GROUND = GeoSeries([box(-10, -10, 110, 50)], crs=CRS)


def houses(*corners: tuple[float, float], side: float = 10) -> GeoSeries:
    index = [f"b{number}" for number in range(len(corners))]
    return GeoSeries([box(x, y, x + side, y + side) for x, y in corners], index=index, crs=CRS)


def lists(*labels: Any) -> "pd.Series[Any]":
    return pd.Series(
        list(labels), index=[f"b{number}" for number in range(len(labels))], dtype=object
    )


def made(buildings: GeoSeries, labels: "pd.Series[Any]", **options: Any) -> AreasResult:
    """Make areas and hold them against everything that is promised of all of them."""
    ground = options.get("within")
    result = areas_from_buildings(buildings, labels, **options)
    if ground is not None and len(result.areas):
        whole = ground.union_all()
        shapes = result.areas.geometry.to_numpy()
        assert result.areas["area_m2"].sum() == pytest.approx(whole.area, rel=1e-9)
        assert shapely.union_all(shapes).symmetric_difference(whole).area <= 1e-9 * whole.area
        assert shapely.coverage_is_valid(shapes)
        assert shapely.is_valid(shapes).all()
    inside = result.buildings["inside_share"]
    assert (inside[result.buildings["reason"].isna()] == 1).all()
    return result


def told(result: AreasResult) -> list[Any]:
    return [None if pd.isna(one) else one for one in result.buildings["reason"]]


def test_two_lists_part_in_the_middle() -> None:
    result = made(houses((0, 10), (70, 10)), lists("w", "e"), within=GROUND, simplify_m=0)
    # The middle of 10 and 70 is 40; the ground begins at -10.
    assert result.areas.loc["w", "area_m2"] == pytest.approx(50 * 60)
    assert result.areas.index.tolist() == ["e", "w"]
    assert result.areas["parts"].tolist() == [1, 1]
    assert result.areas["buildings"].tolist() == [1, 1]
    assert told(result) == [None, None]


def test_a_road_parts_where_there_is_one() -> None:
    road = GeoSeries([LineString([(60, -20), (60, 60)])], crs=CRS)
    result = made(houses((0, 10), (70, 10)), lists("w", "e"), within=GROUND, barriers=road)
    assert result.areas.geometry["w"].equals(box(-10, -10, 60, 50))
    assert result.areas.geometry["e"].equals(box(60, -10, 110, 50))


def test_water_without_houses_goes_along_its_longest_bank() -> None:
    river = GeoSeries([box(45, -20, 60, 60)], crs=CRS)
    result = made(
        houses((0, 10), (0, 30), (70, 10)), lists("w", "w", "e"), within=GROUND, barriers=river
    )
    # Both banks are equally long, so the first label has it.
    assert result.areas.geometry["e"].equals(box(45, -10, 110, 50))


def test_an_empty_block_goes_to_the_longest_border() -> None:
    streets = GeoSeries(
        [LineString([(-10, 30), (110, 30)]), LineString([(80, -10), (80, 50)])], crs=CRS
    )
    # North-west and south-east are inhabited; the blocks between have borders of 90 and 30 m,
    # of 30 and 40 m.
    result = made(houses((0, 35), (90, 0)), lists("nw", "se"), within=GROUND, barriers=streets)
    assert result.areas.geometry["nw"].equals(
        shapely.union_all([box(-10, 30, 80, 50), box(-10, -10, 80, 30)])
    )
    assert result.areas.geometry["se"].equals(box(80, -10, 110, 50))


def test_a_barrier_through_a_building_goes_around_it() -> None:
    road = GeoSeries([LineString([(8, -20), (8, 60)])], crs=CRS)
    result = made(houses((0, 10), (70, 10)), lists("w", "e"), within=GROUND, barriers=road)
    assert result.areas.geometry["w"].equals(
        shapely.union_all([box(-10, -10, 8, 50), box(0, 10, 10, 20)])
    )
    assert told(result) == [None, None]


def test_a_common_wall_is_the_border() -> None:
    result = made(houses((0, 10), (10, 10), (20, 10)), lists("a", "b", "b"), within=GROUND)
    assert told(result) == [None, None, None]
    shared = result.areas.geometry["a"].intersection(result.areas.geometry["b"])
    assert shared.buffer(1e-9).covers(LineString([(10, 10), (10, 20)]))


def test_of_overlapping_buildings_the_smaller_takes_what_they_share() -> None:
    town = GeoSeries([box(0, 10, 30, 40), box(25, 15, 35, 25)], index=["b0", "b1"], crs=CRS)
    result = made(town, lists("big", "small"), within=GROUND)
    assert told(result) == ["overlap", None]
    assert result.buildings["inside_share"].tolist() == pytest.approx([850 / 900, 1])


def test_a_building_listed_twice_over_is_told() -> None:
    town = GeoSeries([box(0, 10, 10, 20)] * 2, index=["b0", "b1"], crs=CRS)
    result = made(town, lists("a", "b"), within=GROUND)
    assert result.areas.index.tolist() == ["a"]
    assert told(result) == [None, "overlap"]
    assert result.buildings["inside_share"].tolist() == [1, 0]


def test_one_building_has_everything() -> None:
    result = made(houses((0, 10)), lists("a"), within=GROUND)
    assert result.areas.geometry["a"].equals(GROUND.iloc[0])


def test_nobody_has_nothing() -> None:
    result = made(houses((0, 10)), lists(None), within=GROUND)
    assert result.areas.empty
    assert told(result) == ["no_label"]
    assert made(houses((0, 10)).iloc[:0], lists(), within=GROUND).areas.empty
    assert made(houses((0, 10)), lists("a"), within=GROUND.iloc[:0]).areas.empty


def test_a_list_on_two_islands_has_two_parts() -> None:
    islands = GeoSeries([MultiPolygon([box(0, 0, 40, 40), box(60, 0, 100, 40)])], crs=CRS)
    result = made(houses((5, 5), (65, 5), (85, 5)), lists("a", "a", "b"), within=islands)
    assert result.areas["parts"].tolist() == [2, 1]


def test_an_island_without_houses_goes_to_the_nearest() -> None:
    islands = GeoSeries([box(0, 0, 40, 40), box(50, 0, 60, 40), box(90, 0, 130, 40)], crs=CRS)
    result = made(houses((5, 5), (95, 5)), lists("a", "b"), within=islands)
    assert result.areas["parts"].tolist() == [2, 1]


def test_lists_that_surround_each_other_stay_whole_where_geometry_allows() -> None:
    town = houses((50, 20), (30, 20), (70, 20), (50, 0), (50, 38))
    result = made(town, lists("in", "out", "out", "out", "out"), within=GROUND)
    assert result.areas.geometry["out"].interiors if result.areas.loc["out", "parts"] == 1 else True
    assert result.areas["parts"].tolist() == [1, 1]
    assert told(result) == [None] * 5


def test_what_lies_outside_or_half_outside_is_told() -> None:
    town = houses((0, 10), (500, 10), (105, 10), (-18, 10))
    result = made(town, lists("a", "b", "a", "b"), within=GROUND)
    assert told(result) == [None, "outside", "beyond", "outside"]
    assert result.buildings["inside_share"].iloc[2] == pytest.approx(0.5)
    assert result.areas.index.tolist() == ["a"]


def test_missing_geometries_are_told_and_their_labels_do_not_count() -> None:
    town = houses((0, 10), (70, 10), (30, 10))
    town.loc["b1"] = None
    town.loc["b2"] = Polygon()
    result = made(town, lists("a", "b", "c"), within=GROUND)
    assert told(result) == [None, "no_geometry", "no_geometry"]
    assert result.areas.index.tolist() == ["a"]


def test_without_a_ground_it_is_the_hull() -> None:
    result = made(houses((0, 0), (90, 0), (90, 30)), lists("a", "b", None))
    assert result.areas.union_all().equals(box(0, 0, 100, 10))


def test_a_ground_with_a_hole_and_numbers_as_labels() -> None:
    ground = GeoSeries([GROUND.iloc[0].difference(box(30, 10, 50, 30))], crs=CRS)
    result = made(houses((0, 10), (70, 10)), lists(7, 3), within=ground)
    assert result.areas.index.tolist() == [3, 7]


def test_what_is_refused() -> None:
    town, labels = houses((0, 0)), lists("a")
    with pytest.raises(CrsNotMetricError):
        areas_from_buildings(town.to_crs(4490), labels)
    with pytest.raises(CrsMismatchError):
        areas_from_buildings(town, labels, within=GROUND.to_crs(4550))
    with pytest.raises(GeometryFamilyError):
        areas_from_buildings(GeoSeries([Point(0, 0)], index=["b0"], crs=CRS), labels)
    with pytest.raises(GeometryFamilyError):
        areas_from_buildings(town, labels, barriers=GeoSeries([Point(0, 0)], crs=CRS))
    bow_tie = Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    with pytest.raises(GeometryInvalidError):
        areas_from_buildings(GeoSeries([bow_tie], index=["b0"], crs=CRS), labels)
    with pytest.raises(DuplicateIndexError):
        areas_from_buildings(pd.concat([town, town]), labels)
    with pytest.raises(IndexMismatchError):
        areas_from_buildings(town, pd.Series({"elsewhere": "a"}))
    with pytest.raises(NumberError):
        areas_from_buildings(town, labels, step_m=0)
    with pytest.raises(NumberError):
        areas_from_buildings(town, labels, simplify_m=-1)


COORDINATE = st.integers(0, 90)
HOUSE = st.tuples(COORDINATE, st.integers(0, 35), st.integers(2, 14), st.sampled_from("abc"))
STREET = st.tuples(COORDINATE, st.integers(-12, 52), COORDINATE, st.integers(-12, 52)).filter(
    lambda ends: ends[:2] != ends[2:]
)


def drawn(rows: list[Any], streets: list[Any]) -> tuple[GeoSeries, "pd.Series[Any]", GeoSeries]:
    shapes = [box(x, y, x + side, y + side / 2) for x, y, side, _ in rows]
    town = GeoSeries(shapes, index=[f"b{number}" for number in range(len(rows))], crs=CRS)
    lines = GeoSeries([LineString([each[:2], each[2:]]) for each in streets], crs=CRS)
    return town, lists(*(label for *_, label in rows)), lines


@settings(max_examples=60)
@given(st.lists(HOUSE, min_size=1, max_size=9), st.lists(STREET, max_size=4))
def test_whatever_comes_the_ground_is_tiled_and_houses_are_at_home(
    rows: list[Any], streets: list[Any]
) -> None:
    town, labels, lines = drawn(rows, streets)
    result = made(town, labels, barriers=lines, within=GROUND)
    for name, shape in town.items():
        others = town[labels != labels[name]]
        if not any(shape.intersection(other).area > 0 for other in others):
            assert result.buildings.loc[name, "inside_share"] == 1
            assert shape.difference(result.areas.geometry[labels[name]]).area < 1e-9


@settings(max_examples=25)
@given(
    st.lists(HOUSE, min_size=1, max_size=7),
    st.lists(STREET, max_size=3),
    st.randoms(use_true_random=False),
)
def test_order_and_place_change_nothing(rows: list[Any], streets: list[Any], random: Any) -> None:
    town, labels, lines = drawn(rows, streets)
    result = made(town, labels, barriers=lines, within=GROUND)
    order = list(town.index)
    random.shuffle(order)
    again = made(town[order], labels.iloc[::-1], barriers=lines.iloc[::-1], within=GROUND)
    assert_frame_equal(again.buildings.loc[town.index], result.buildings)
    assert again.areas.geometry.to_wkb().equals(result.areas.geometry.to_wkb())


def test_a_shift_shifts_the_areas() -> None:
    rng = np.random.default_rng(5)
    town = houses(*rng.uniform([0, 0], [95, 38], (12, 2)), side=4)
    labels = lists(*rng.choice(list("abc"), 12))
    result = made(town, labels, within=GROUND)
    east, north = 42_500_000.0, 4_650_000.0
    moved = made(town.translate(east, north), labels, within=GROUND.translate(east, north))
    back = moved.areas.translate(-east, -north)
    assert (back.symmetric_difference(result.areas.geometry).area < 1e-3).all()


@pytest.mark.parametrize("seed", range(4))
def test_without_barriers_the_nearest_building_decides(seed: int) -> None:
    rng = np.random.default_rng(seed)
    town = houses(*rng.uniform([0, 0], [98, 38], (25, 2)), side=5)
    labels = lists(*rng.choice(list("abcd"), 25))
    step_m = 0.5
    result = made(town, labels, within=GROUND, step_m=step_m, simplify_m=0)
    positions = shapely.points(rng.uniform([-10, -10], [110, 50], (4000, 2)))
    names = result.areas.index
    distance_m = np.stack(
        [shapely.distance(town[labels == name].union_all(), positions) for name in names]
    )
    first, second = np.sort(distance_m, axis=0)[:2]
    # A sample is at most half a step from the nearest spot of its wall, which is 0.05 m away.
    clear = second - first > step_m / 2 + 0.15
    assert clear.sum() > 3000
    found = np.stack([shapely.intersects(result.areas.geometry[name], positions) for name in names])
    nearest = found[np.argmin(distance_m, axis=0), np.arange(len(positions))]
    # What a stray part was given up for is the only other reason to be elsewhere.
    assert (nearest[clear]).mean() > 0.995


def streets_and_water(folder: Path, frame: Any) -> GeoSeries:
    layers = [geopandas.read_parquet(folder / f"{name}.parquet") for name in ("roads", "water")]
    shapes = pd.concat([layer.geometry for layer in layers], ignore_index=True).to_crs(32628)
    return shapes[shapes.is_valid & shapes.intersects(frame)].reset_index(drop=True)


def test_the_quarters_of_las_palmas_tile_its_centre(test_data: Path) -> None:
    folder = test_data / "las_palmas"
    town: GeoDataFrame = geopandas.read_parquet(folder / "buildings.parquet").to_crs(32628)
    places: GeoDataFrame = geopandas.read_parquet(folder / "pois.parquet").to_crs(32628)
    quarters = places[places["place"] == "suburb"]
    points = town.representative_point()
    frame = shapely.buffer(Point(points.x.median(), points.y.median()), 900)
    town = town[town.is_valid & town.intersects(frame)].reset_index(drop=True)
    nearest = shapely.STRtree(quarters.geometry.to_numpy()).nearest(town.representative_point())
    labels = pd.Series(quarters.index.to_numpy()[nearest], index=town.index)
    assert len(town) > 1000
    assert labels.nunique() > 4
    result = made(
        town.geometry,
        labels,
        barriers=streets_and_water(folder, frame),
        within=GeoSeries([frame], crs=32628),
    )
    reasons = result.buildings["reason"].dropna()
    assert (reasons == "overlap").sum() < 0.005 * len(town)
    streets = streets_and_water(folder, frame).union_all()
    inner = shapely.union_all(shapely.boundary(result.areas.geometry.to_numpy())).difference(
        frame.boundary.buffer(1e-6)
    )
    along = inner.intersection(
        streets.boundary.buffer(0.01) if streets.geom_type == "Polygon" else streets.buffer(0.01)
    )
    assert along.length > 0.5 * inner.length  # borders follow streets for the most part
