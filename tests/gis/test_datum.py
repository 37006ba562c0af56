"""Datums: published shifts, the way there and back, and real districts in two datums."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from geopandas import GeoDataFrame, GeoSeries
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from scipy.spatial import cKDTree
from shapely import Point

from gis.datum import DATUMS, convert_datum
from gis.errors import (
    ArgumentTypeError,
    CrsNotDegreesError,
    DatumUnknownError,
    GeometryNotFiniteError,
)
from tests.gis import zoo

GROUND = Geod(ellps="WGS84")
PAIRS = [(source, target) for source in DATUMS for target in DATUMS]


def at(lon: float, lat: float) -> GeoSeries:
    return GeoSeries.from_xy([lon], [lat])


def metres_between(one: GeoSeries, other: GeoSeries) -> float:
    _, _, metres = GROUND.inv(one.x, one.y, other.x, other.y)
    return float(np.max(metres))


@pytest.mark.parametrize(
    ("place", "gcj_m", "bd_m"),
    [
        pytest.param((126.424, 41.944), 559, 1374, id="Hunjiang"),
        pytest.param((126.591, 42.056), 504, 1356, id="Jiangyuan"),
    ],
)
def test_published_shifts(place: tuple[float, float], gcj_m: float, bd_m: float) -> None:
    true = at(*place)
    assert metres_between(true, convert_datum(true, "WGS84", "GCJ-02")) == pytest.approx(
        gcj_m, abs=1.5
    )
    assert metres_between(true, convert_datum(true, "WGS84", "BD-09")) == pytest.approx(
        bd_m, abs=1.5
    )


@pytest.mark.parametrize(
    ("place", "east_m", "north_m"), [((126.424, 41.944), 485, 279), ((126.591, 42.056), 444, 238)]
)
def test_published_directions(place: tuple[float, float], east_m: float, north_m: float) -> None:
    shifted = convert_datum(at(*place), "WGS84", "GCJ-02")
    _, _, east = GROUND.inv(*place, shifted.x[0], place[1])
    _, _, north = GROUND.inv(*place, place[0], shifted.y[0])
    assert (east, north) == (pytest.approx(east_m, abs=1.5), pytest.approx(north_m, abs=1.5))


def test_range_of_the_shift_around_the_two_districts() -> None:
    lon, lat = (grid.ravel() for grid in np.mgrid[126.30:126.70:41j, 41.85:42.15:31j])
    true = GeoSeries.from_xy(lon, lat)
    for datum, least, most in (("GCJ-02", 503, 561), ("BD-09", 1321, 1412)):
        there = convert_datum(true, "WGS84", datum)
        _, _, metres = GROUND.inv(true.x, true.y, there.x, there.y)
        assert (metres.min(), metres.max()) == (
            pytest.approx(least, abs=1.5),
            pytest.approx(most, abs=1.5),
        )


in_china = st.tuples(st.floats(73.4, 135.2), st.floats(3.4, 53.6))


@pytest.mark.parametrize(("source", "target"), PAIRS)
@settings(max_examples=25)
@given(place=in_china)
def test_there_and_back_is_less_than_a_millimetre(
    source: str, target: str, place: tuple[float, float]
) -> None:
    start = at(*place)
    back = convert_datum(convert_datum(start, source, target), target, source)
    assert metres_between(start, back) < 0.001


@pytest.mark.parametrize("datum", ["GCJ-02", "BD-09"])
def test_there_and_back_all_over_china(datum: str) -> None:
    lon, lat = (grid.ravel() for grid in np.mgrid[73.4:135.2:400j, 3.4:53.6:300j])
    start = GeoSeries.from_xy(lon, lat)
    back = convert_datum(convert_datum(start, datum, "WGS84"), "WGS84", datum)
    assert metres_between(start, back) < 0.001


@settings(max_examples=50)
@given(place=in_china)
def test_every_shift_is_a_few_hundred_metres(place: tuple[float, float]) -> None:
    start = at(*place)
    assert 30 < metres_between(start, convert_datum(start, "WGS84", "GCJ-02")) < 900
    assert 30 < metres_between(start, convert_datum(start, "GCJ-02", "BD-09")) < 1500


@pytest.mark.parametrize(
    "place",
    [(0, 0), (-15.43, 28.12), (24.94, 60.17), (72.0039, 30), (137.8348, 30), (100, 55.8272)],
)
@pytest.mark.parametrize("datum", ["GCJ-02", "BD-09"])
def test_outside_the_rectangle_nothing_moves(place: tuple[float, float], datum: str) -> None:
    for source, target in (("WGS84", datum), (datum, "WGS84")):
        assert metres_between(at(*place), convert_datum(at(*place), source, target)) == 0


def test_the_two_unshifted_datums_count_as_equal() -> None:
    there = convert_datum(at(126.424, 41.944), "WGS84", "CGCS2000")
    assert (there.x[0], there.y[0]) == (126.424, 41.944)


@pytest.mark.parametrize(
    ("datum", "crs"),
    [("WGS84", "EPSG:4326"), ("CGCS2000", "EPSG:4490"), ("GCJ-02", None), ("BD-09", None)],
)
def test_declares_a_system_only_where_one_exists(datum: str, crs: str | None) -> None:
    assert convert_datum(at(126, 42), "WGS84", datum).crs == crs


def test_every_kind_of_geometry_keeps_its_row_its_kind_and_its_heights() -> None:
    shapes = {
        name: shape and shapely.transform(shape, lambda xy: xy / 1e3 + [126, 42])
        for name, shape in zoo.EVERYTHING.items()
        if name != "far from the origin"
    }
    shapes["point with height"] = Point(126, 42, 100)
    before = GeoSeries(shapes, name="shape", crs=4326)
    untouched = before.to_wkb(include_srid=True)
    after = convert_datum(before, "GCJ-02", "WGS84")
    assert before.to_wkb(include_srid=True).equals(untouched)
    assert after.index.equals(before.index)
    assert after.name == "shape"
    assert after.isna().equals(before.isna())
    assert after.is_empty.equals(before.is_empty)
    assert after.geom_type.equals(before.geom_type)
    assert after.has_z.equals(before.has_z)
    assert after["point with height"].z == 100
    moved = before.get_coordinates() - after.get_coordinates()
    assert (moved.abs() > 1e-3).all(axis=None)


def test_no_rows() -> None:
    assert len(convert_datum(GeoSeries([], crs=4326), "GCJ-02", "WGS84")) == 0


def test_refusals() -> None:
    with pytest.raises(DatumUnknownError) as refusal:
        convert_datum(at(126, 42), "GCJ02", "WGS84")
    assert refusal.value.values["argument"] == "source"
    assert refusal.value.values["allowed"] == tuple(DATUMS)
    with pytest.raises(CrsNotDegreesError):
        convert_datum(at(126, 42).set_crs(4551), "GCJ-02", "WGS84")
    with pytest.raises(CrsNotDegreesError):
        convert_datum(at(535_000, 4_645_000), "GCJ-02", "WGS84")
    with pytest.raises(GeometryNotFiniteError):
        convert_datum(at(np.inf, 42), "GCJ-02", "WGS84")
    with pytest.raises(ArgumentTypeError):
        convert_datum([Point(126, 42)], "GCJ-02", "WGS84")


def test_a_table_gives_its_geometry_column() -> None:
    table = GeoDataFrame({"n": [1]}, geometry=at(126, 42), crs=4326)
    assert isinstance(convert_datum(table, "WGS84", "CGCS2000"), GeoSeries)


def test_districts_of_baishan_meet_in_both_datums(test_data: Path) -> None:
    shifted = gpd.read_file(test_data / "baishan/baishan_datav_gcj02.geojson")
    true = gpd.read_file(test_data / "baishan/baishan_amap_wgs84.gpkg", layer="district")
    true = true.set_index(true["district_adcode"].astype(int)).to_crs(4551)
    meant = convert_datum(shifted.geometry, "GCJ-02", "WGS84").to_crs(4551)
    assert len(meant) == 6
    for adcode, district in zip(shifted["adcode"].astype(int), meant, strict=True):
        vertices = cKDTree(shapely.get_coordinates(true.geometry[adcode]))
        metres, _ = vertices.query(shapely.get_coordinates(district))
        assert np.median(metres) < 1, adcode
        assert (metres <= 1).mean() >= 0.6, adcode
