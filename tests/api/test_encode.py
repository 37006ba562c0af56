"""What the page's script reads is what was given, to a millionth of a degree."""

import json

import numpy as np
import pytest
from geopandas import GeoSeries
from shapely.geometry import (
    GeometryCollection,
    LineString,
    MultiPoint,
    MultiPolygon,
    Point,
    Polygon,
    box,
)

from api.maps.encode import Encoded, box_of, encode, on_map, to_json


def decode(ring: list[int]) -> list[tuple[float, float]]:
    """Undo the steps, as the script does."""
    points = np.cumsum(np.array(ring).reshape(-1, 2), axis=0) / 1e6
    return [(round(x, 6), round(y, 6)) for x, y in points]


def only(found: list[Encoded]) -> Encoded:
    (one,) = found
    return one


def test_an_area_with_a_hole_and_two_parts_comes_back() -> None:
    holed = Polygon(
        [(126, 42), (126.01, 42), (126.01, 42.01), (126, 42.01)],
        [[(126.002, 42.002), (126.004, 42.002), (126.004, 42.004)]],
    )
    shape = MultiPolygon([holed, box(126.02, 42, 126.03, 42.01)])
    found = only(encode(GeoSeries([shape], crs=4326), max_shapes=10))
    assert found.shape == "area"
    assert [len(part) for part in found.parts[0]] == [2, 1]
    back = Polygon(
        decode(found.parts[0][0][0]), [decode(ring) for ring in found.parts[0][0][1:]]
    ).union(Polygon(decode(found.parts[0][1][0])))
    assert back.symmetric_difference(shape).area < 1e-12


def test_missing_and_empty_are_left_out_and_rows_keep_their_number() -> None:
    shapes = [None, Point(126, 42), Polygon(), Point(126.5, 42.5)]
    found = only(encode(GeoSeries(shapes, index=list("abcd"), crs=4326), max_shapes=10))
    assert found.rows.tolist() == [1, 3]
    assert [decode(parts[0][0]) for parts in found.parts] == [[(126, 42)], [(126.5, 42.5)]]


def test_families_are_told_apart() -> None:
    shapes = [
        Point(1, 1),
        LineString([(0, 0), (1, 1)]),
        box(0, 0, 1, 1),
        MultiPoint([(0, 0), (1, 1)]),
    ]
    found = encode(GeoSeries(shapes, crs=4326), max_shapes=10)
    assert [(one.shape, one.rows.tolist()) for one in found] == [
        ("area", [2]),
        ("line", [1]),
        ("point", [0, 3]),
    ]
    assert len(found[2].parts[1]) == 2


def test_too_many_shapes_become_points_on_them() -> None:
    shapes = GeoSeries([box(n, 0, n + 0.5, 0.5) for n in range(5)], crs=4326)
    found = only(encode(shapes, max_shapes=4))
    assert found.shape == "point"
    assert found.as_points
    for shape, parts in zip(shapes, found.parts, strict=True):
        assert shape.covers(Point(decode(parts[0][0])[0]))
    assert not only(encode(shapes, max_shapes=5)).as_points


def test_a_collection_is_a_point_of_it() -> None:
    mixed = GeometryCollection([Point(5, 5), box(0, 0, 1, 1)])
    assert only(encode(GeoSeries([mixed], crs=4326), max_shapes=10)).shape == "point"


def test_neighbours_thinned_together_keep_their_border() -> None:
    wiggle = [(0.5 + 1e-7 * (n % 2), n / 1000) for n in range(101)]
    west = Polygon([(0, 0), *wiggle, (0, 0.1)])
    east = Polygon([(1, 0), (1, 0.1), *reversed(wiggle)])
    found = only(encode(GeoSeries([west, east], crs=4326), max_shapes=10, thin=True))
    rings = [set(decode(parts[0][0])) for parts in found.parts]
    assert all(len(ring) < 20 for ring in rings)
    assert len(rings[0] & rings[1]) >= 2


def test_metres_become_degrees() -> None:
    metric = GeoSeries([Point(500_000, 4_640_000)], crs=4551)
    assert on_map(metric).x.iloc[0] == pytest.approx(126, abs=1e-6)


def test_nothing_has_no_box() -> None:
    assert box_of(GeoSeries([], crs=4326)) is None
    assert box_of(GeoSeries([None, Point(1, 2)], crs=4326)) == (1, 2, 1, 2)


def test_json_cannot_leave_the_page_it_lies_in() -> None:
    text = to_json({"name": "</script><!--&\u2028"})
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text) == {"name": "</script><!--&\u2028"}
