"""The abstract tests of OGC API – Features, Part 2: reference systems and the order of their axes."""

from geopandas import GeoDataFrame
from pyproj import CRS, Transformer
from pytest import approx  # noqa: PT013  it reads as a number
from starlette.testclient import TestClient

from api.ogc.crs import CRS84

ITEMS = "/ogc/collections/scenic_spot/items"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"


def test_each_collection_names_its_systems(pages: TestClient) -> None:
    every = pages.get("/ogc/collections").json()
    assert every["crs"][0] == CRS84
    for one in every["collections"]:
        assert one["crs"] == every["crs"]
        assert one["storageCrs"] == f"{EPSG}4490"
        assert one["storageCrs"] in one["crs"]


def test_longitude_comes_first_unless_another_system_is_asked_for(
    pages: TestClient, city: dict[str, GeoDataFrame]
) -> None:
    point = city["scenic_spot"].geometry.iloc[0]
    answer = pages.get(ITEMS)
    assert answer.headers["content-crs"] == f"<{CRS84}>"
    assert answer.json()["features"][0]["geometry"]["coordinates"] == approx([point.x, point.y])


def test_coordinates_stand_in_the_order_that_each_system_defines(
    pages: TestClient, city: dict[str, GeoDataFrame]
) -> None:
    point = city["scenic_spot"].geometry.iloc[0]
    for address in pages.get("/ogc/collections/scenic_spot").json()["crs"]:
        answer = pages.get(ITEMS, params={"crs": address})
        assert answer.headers["content-crs"] == f"<{address}>"
        feature = answer.json()["features"][0]
        name = "OGC:CRS84" if address == CRS84 else f"EPSG:{address.rpartition('/')[2]}"
        # Without always_xy, pyproj keeps to the axes of the definition.
        way = Transformer.from_crs("OGC:CRS84", CRS.from_user_input(name))
        assert feature["geometry"]["coordinates"] == approx(way.transform(point.x, point.y))
        alone = pages.get(f"{ITEMS}/{feature['id']}", params={"crs": address})
        assert alone.headers["content-crs"] == f"<{address}>"
        assert alone.json()["geometry"] == feature["geometry"]


def test_a_box_is_read_in_the_order_of_its_system(
    pages: TestClient, city: dict[str, GeoDataFrame]
) -> None:
    point = city["scenic_spot"].geometry.iloc[0]
    for address in pages.get("/ogc/collections").json()["crs"]:
        name = "OGC:CRS84" if address == CRS84 else f"EPSG:{address.rpartition('/')[2]}"
        crs = CRS.from_user_input(name)
        first, second = Transformer.from_crs("OGC:CRS84", crs).transform(point.x, point.y)
        wide = 1.0 if crs.is_projected else 1e-5
        for shift, matched in [(0, 1), (3 * wide, 0)]:
            box = (first - wide + shift, second - wide, first + wide + shift, second + wide)
            given = {"bbox": ",".join(map(str, box)), "bbox-crs": address}
            assert pages.get(ITEMS, params=given).json()["numberMatched"] == matched, given
            geometry = f"S_INTERSECTS(geometry,BBOX({given['bbox']}))"
            asked = {"filter": geometry, "filter-crs": address}
            assert pages.get(ITEMS, params=asked).json()["numberMatched"] == matched, asked


def test_another_system_is_refused(pages: TestClient) -> None:
    for name in ("crs", "bbox-crs", "filter-crs"):
        for found in ("EPSG:4490", f"{EPSG}4547", "", "http://example.invalid/"):
            given = {name: found, "bbox": "1,2,3,4", "filter": "true"}
            assert pages.get(ITEMS, params=given).status_code == 400
