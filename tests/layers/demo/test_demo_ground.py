"""The ground: units tile it exactly, buildings stand apart, people are counted once."""

from itertools import pairwise

import numpy as np
import pytest
import shapely
from geopandas import GeoDataFrame

Town = dict[str, GeoDataFrame]

LEVELS = ("grid", "community", "street", "district")


@pytest.mark.parametrize("level", LEVELS)
def test_units_tile_without_gaps_or_overlaps(town: Town, level: str) -> None:
    shapes = town[level].geometry.to_numpy()
    assert shapely.coverage_is_valid(shapes)
    assert shapely.get_rings(shapely.coverage_union_all(shapes)).size == 1


def test_unit_cells_do_not_overlap(town: Town) -> None:
    assert shapely.coverage_is_valid(town["grid_cell"].geometry.to_numpy())


@pytest.mark.parametrize(("child", "parent"), list(pairwise(LEVELS)))
def test_units_nest_exactly(town: Town, metric_town: Town, child: str, parent: str) -> None:
    for frames in (town, metric_town):
        parts = frames[child].groupby("parent_code")
        for code, whole in zip(frames[parent]["code"], frames[parent].geometry, strict=True):
            own = parts.get_group(code).geometry.to_numpy()
            assert shapely.coverage_union_all(own).equals(whole)
            assert shapely.area(own).sum() == pytest.approx(whole.area, rel=1e-9)


@pytest.mark.parametrize(("child", "parent"), list(pairwise(LEVELS)))
def test_units_share_the_vertices_of_their_parents(town: Town, child: str, parent: str) -> None:
    corners = {tuple(xy) for xy in shapely.get_coordinates(town[child].geometry.to_numpy())}
    assert {
        tuple(xy) for xy in shapely.get_coordinates(town[parent].geometry.to_numpy())
    } <= corners


def test_codes_say_where_a_unit_belongs(town: Town) -> None:
    assert set(town["district"]["code"]) == {"990101000000"}
    for child, kept in (("street", 6), ("community", 9), ("grid", 12)):
        codes, parents = town[child]["code"], town[child]["parent_code"]
        assert (codes.str[:kept] == parents.str[:kept]).all()
        assert set(codes.str.len()) == {15 if child == "grid" else 12}
    assert set(town["grid"]["grid_type"]) == {"comprehensive", "dedicated"}


def test_households_and_people_add_up(town: Town) -> None:
    for column in ("households", "population"):
        counted = town["building"][column].sum()
        assert counted > 20_000
        for level in LEVELS:
            assert town[level][column].sum() == counted
        by_grid = town["building"].groupby("grid_code")[column].sum()
        grids = town["grid"].set_index("code")[column]
        assert (grids == by_grid.reindex(grids.index, fill_value=0)).all()


def test_population_cells_hold_everybody(town: Town) -> None:
    assert town["population_cell"]["population"].sum() == town["building"]["population"].sum()


def test_some_buildings_are_not_counted(town: Town) -> None:
    unknown = town["building"]["households"].isna()
    assert 5 <= unknown.sum() <= 60
    assert (unknown == town["building"]["population"].isna()).all()


def test_every_building_lies_in_the_one_grid_that_it_names(metric_town: Town) -> None:
    buildings, grids = metric_town["building"], metric_town["grid"]
    which, grid = grids.sindex.query(buildings.geometry, predicate="within")
    assert np.array_equal(np.sort(which), np.arange(len(buildings)))
    order = np.argsort(which)
    named = buildings["grid_code"].to_numpy()
    assert np.array_equal(grids["code"].to_numpy()[grid[order]], named)


def test_buildings_stand_apart(metric_town: Town) -> None:
    shapes = metric_town["building"].geometry
    first, second = shapes.sindex.query(shapes, predicate="dwithin", distance=2.5)
    assert np.array_equal(first, second)


@pytest.mark.parametrize("other", ["water", "road", "bare_land", "red_square"])
def test_buildings_stand_on_nothing_else(metric_town: Town, other: str) -> None:
    shapes = metric_town["building"].geometry
    frame = metric_town[other]
    grown = frame.buffer(frame["width_m"] / 2 - 0.5) if other == "road" else frame.geometry
    hits, _ = shapes.sindex.query(grown, predicate="intersects")
    assert hits.size == 0


def test_no_building_in_a_park(metric_town: Town) -> None:
    parks = metric_town["green_space"]
    parks = parks[parks["class_code"].str.startswith("G1")]
    hits, _ = metric_town["building"].sindex.query(parks.geometry, predicate="intersects")
    assert hits.size == 0


def test_everything_lies_in_the_district(metric_town: Town) -> None:
    district = metric_town["district"].geometry.iloc[0].buffer(0.5)
    for key, frame in metric_town.items():
        shapes = frame.geometry[frame.geometry.notna()]
        assert shapes.covered_by(district).all(), key
