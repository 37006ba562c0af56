"""Zones measured by area are cut along units; ground is counted once, and in a unit if it can be."""

from pathlib import Path

import pandas as pd
import pytest
from geopandas import GeoDataFrame, GeoSeries
from shapely import box

from gis import RuleSet, Tier
from layers import Store, create_store
from layers.analysis import run_coverage
from layers.analysis.inputs import without_overlaps

CRS = "EPSG:4551"
EAST, NORTH = 500_000, 4_650_000
RULES = RuleSet("near", tiers=(Tier("near", "近", ("green_space",), 100),))


def squares(**boxes: tuple[float, float, float, float]) -> GeoDataFrame:
    """Make rectangles of metres, with their names as codes."""
    shapes = [box(EAST + w, NORTH + s, EAST + e, NORTH + n) for w, s, e, n in boxes.values()]
    return GeoDataFrame({"code": list(boxes)}, geometry=shapes, crs=CRS)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Two communities that share a strip 100 m wide, in a district that is larger than both."""
    made = create_store(tmp_path / "town.gpkg", metric_crs=CRS, storage_crs=CRS)
    communities = squares(big=(0, 0, 700, 1000), small=(600, 0, 1000, 1000))
    communities["parent_code"] = "all"
    with made.change(author="test", message="the town") as writer:
        writer.insert("district", squares(all=(0, 0, 1500, 1000)))
        writer.insert("community", communities)
        writer.insert("residential_land", squares(homes=(500, 0, 2000, 100)))
        writer.insert("green_space", squares(park=(0, 0, 10, 10)))
    return made


def base_by_unit(store: Store, level: str) -> dict[str | None, float]:
    made = run_coverage(store, RULES, weight="area")
    rows = [row for row in made.run.results["by_unit"] if row["level"] == level]
    return {row["code"]: round(row["base"], 3) for row in rows}


def test_ground_in_two_communities_is_that_of_the_smaller(store: Store) -> None:
    assert base_by_unit(store, "community") == {"big": 10_000, "small": 40_000, None: 100_000}


def test_ground_in_no_community_is_still_in_its_district(store: Store) -> None:
    assert base_by_unit(store, "district") == {"all": 100_000, None: 50_000}


def test_the_base_is_the_area_of_the_zones(store: Store) -> None:
    made = run_coverage(store, RULES, weight="area")
    assert made.run.results["tiers"][0]["base"] == pytest.approx(150_000)


def test_units_without_overlaps_stay_as_they_are() -> None:
    units = squares(a=(0, 0, 10, 10), b=(10, 0, 30, 10), c=(10, 10, 50, 60)).set_index("code")
    left = without_overlaps(units.geometry)
    pd.testing.assert_series_equal(left.sort_index(), units.geometry, check_names=False)


def test_the_order_of_units_decides_nothing() -> None:
    units = squares(a=(0, 0, 10, 10), b=(5, 0, 15, 10), c=(0, 5, 20, 20)).set_index("code").geometry
    one, other = without_overlaps(units), without_overlaps(GeoSeries(units[::-1]))
    assert one.sort_index().geom_equals(other.sort_index()).all()
    assert one.area.sum() == pytest.approx(units.union_all().area)
