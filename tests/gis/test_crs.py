"""Which reference systems count in metres, and what the Chinese ones are called."""

import pytest
from geopandas import GeoDataFrame, GeoSeries
from pyproj import CRS, Transformer

from gis.crs import crs_name, is_metric, require_degrees, require_metres
from gis.errors import (
    CrsMismatchError,
    CrsMissingError,
    CrsNotDegreesError,
    CrsNotMetricError,
)


def points(crs: object) -> GeoSeries:
    return GeoSeries.from_xy([0], [0], crs=crs)


@pytest.mark.parametrize("code", [32650, 32628, 4551, 4530, 2154, 3067, 5635, 7415])
def test_metres_on_the_ground(code: int) -> None:
    assert is_metric(CRS.from_epsg(code))


@pytest.mark.parametrize(
    "system",
    [
        pytest.param("EPSG:4326", id="degrees"),
        pytest.param("EPSG:4490", id="degrees of CGCS2000"),
        pytest.param("EPSG:3857", id="Web Mercator"),
        pytest.param("ESRI:102100", id="Web Mercator under another name"),
        pytest.param("+proj=merc +a=6378137 +b=6378137 +units=m", id="Web Mercator spelt out"),
        pytest.param("EPSG:3395", id="World Mercator"),
        pytest.param("ESRI:54004", id="World Mercator under another name"),
        pytest.param("EPSG:2263", id="US feet"),
        pytest.param("EPSG:2272", id="US feet too"),
        pytest.param("EPSG:4978", id="earth-centred"),
    ],
)
def test_no_metres_on_the_ground(system: str) -> None:
    assert not is_metric(CRS.from_user_input(system))


def test_a_system_bound_to_another_datum_is_as_metric_as_itself() -> None:
    bound = CRS("+proj=tmerc +lat_0=0 +lon_0=126 +x_0=500000 +ellps=GRS80 +towgs84=1,2,3 +type=crs")
    assert bound.is_bound
    assert is_metric(bound)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (4490, "China Geodetic Coordinate System 2000"),
        (4551, "CGCS2000 / 3-degree Gauss-Kruger CM 126E"),
        (4530, "CGCS2000 / 3-degree Gauss-Kruger zone 42"),
        (4550, "CGCS2000 / 3-degree Gauss-Kruger CM 123E"),
        (4552, "CGCS2000 / 3-degree Gauss-Kruger CM 129E"),
        (4554, "CGCS2000 / 3-degree Gauss-Kruger CM 135E"),
    ],
)
def test_codes_mean_what_their_names_say(code: int, name: str) -> None:
    assert CRS.from_epsg(code).name == name


@pytest.mark.parametrize("code", [4490, *range(4534, 4555)])
def test_official_axes_run_north_first(code: int) -> None:
    assert [axis.direction for axis in CRS.from_epsg(code).axis_info] == ["north", "east"]


def test_zone_twins_differ_by_the_zone_number_alone() -> None:
    lon, lat = 126.424, 41.944
    plain = Transformer.from_crs(4490, 4551, always_xy=True).transform(lon, lat)
    zoned = Transformer.from_crs(4490, 4530, always_xy=True).transform(lon, lat)
    assert 500_000 < plain[0] < 600_000
    assert zoned[0] - plain[0] == pytest.approx(42_000_000, abs=1e-6)
    assert zoned[1] == pytest.approx(plain[1], abs=1e-6)


def test_gives_the_system_that_layers_share() -> None:
    frame = GeoDataFrame(geometry=points(4551))
    assert require_metres(places=points(4551), targets=frame) == CRS.from_epsg(4551)


def test_a_system_as_a_shapefile_spells_it_is_the_same() -> None:
    official = CRS.from_epsg(4551)
    spelt = CRS.from_wkt(official.to_wkt("WKT1_ESRI"))
    assert spelt != official
    require_metres(places=points(official), targets=points(spelt))


def test_refuses_a_layer_without_system_and_names_it() -> None:
    with pytest.raises(CrsMissingError) as refusal:
        require_metres(places=points(4551), targets=points(None))
    assert refusal.value.values == {"argument": "targets"}


def test_refuses_degrees_and_names_them() -> None:
    with pytest.raises(CrsNotMetricError) as refusal:
        require_metres(places=points(4326))
    assert refusal.value.values == {"argument": "places", "crs": "EPSG:4326"}


def test_refuses_two_systems_and_names_both() -> None:
    with pytest.raises(CrsMismatchError) as refusal:
        require_metres(places=points(4551), targets=points(32650))
    assert refusal.value.values == {
        "argument": "targets",
        "crs": "EPSG:32650",
        "other": "places",
        "other_crs": "EPSG:4551",
    }


def test_degrees_are_asked_for_only_where_a_system_is_declared() -> None:
    require_degrees(geometries=points(4326))
    require_degrees(geometries=points(4490))
    require_degrees(geometries=points(None))
    with pytest.raises(CrsNotDegreesError):
        require_degrees(geometries=points(4551))


def test_name_of_a_system_without_authority() -> None:
    assert crs_name(CRS.from_epsg(4551)) == "EPSG:4551"
    assert crs_name(CRS("+proj=tmerc +lon_0=126.5 +ellps=GRS80 +type=crs")) == "unknown"
