"""Geometries in the GeoPackage's binary form."""

import sqlite3
import struct
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely

from layers.store.geopackage import blob

ROUND_TRIPS = [
    "POINT (126.42 41.94)",
    "POINT EMPTY",
    "LINESTRING (0 0, 1 2, 3 1)",
    "MULTILINESTRING ((0 0, 1 1), (2 2, 3 3))",
    "POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0), (1 1, 2 1, 2 2, 1 2, 1 1))",
    "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)), ((5 5, 6 5, 6 6, 5 5)))",
    "MULTIPOLYGON EMPTY",
    "MULTIPOINT (1 1, 2 2)",
    "GEOMETRYCOLLECTION (POINT (1 1), LINESTRING (0 0, 1 1))",
]


@pytest.mark.parametrize("wkt", ROUND_TRIPS)
def test_what_goes_in_comes_out(wkt: str) -> None:
    geometry = shapely.from_wkt(wkt)
    (encoded,) = blob.encode([geometry], 4490)
    assert encoded is not None
    (decoded,) = blob.decode([encoded])
    assert shapely.equals_identical(decoded, geometry)


def test_nothing_stays_nothing() -> None:
    assert blob.encode([None, shapely.Point(1, 2)], 4490)[0] is None
    assert blob.decode([None]).tolist() == [None]
    assert blob.decode([]).tolist() == []
    assert blob.bounds_of(None) is None


def test_a_point_has_a_short_header_and_the_rest_an_envelope() -> None:
    point, line = blob.encode([shapely.Point(3, 4), shapely.LineString([(1, 2), (5, 9)])], 4490)
    assert point is not None
    assert line is not None
    assert (point[:2], point[2]) == (b"GP", 0)
    assert struct.unpack("<i", point[4:8]) == (4490,)
    assert point[8:] == shapely.Point(3, 4).wkb
    assert struct.unpack("<4d", line[8:40]) == (1, 5, 2, 9)  # min x, max x, min y, max y
    assert line[40:] == shapely.LineString([(1, 2), (5, 9)]).wkb


@pytest.mark.parametrize("wkt", ["POINT EMPTY", "POLYGON EMPTY", "MULTILINESTRING EMPTY"])
def test_an_empty_geometry_says_so_and_has_no_bounds(wkt: str) -> None:
    (encoded,) = blob.encode([shapely.from_wkt(wkt)], 4490)
    assert encoded is not None
    assert encoded[3] & 0b0001_0000
    assert len(encoded) == 8 + len(blob.wkb_of(encoded))
    assert blob.bounds_of(encoded) is None


def test_bounds_are_read_from_the_header_or_else_from_the_body() -> None:
    with_envelope, without = blob.encode([shapely.box(1, 2, 3, 4), shapely.Point(5, 6)], 4490)
    assert blob.bounds_of(with_envelope) == (1, 2, 3, 4)
    assert blob.bounds_of(without) == (5, 6, 5, 6)


@pytest.mark.parametrize(("envelope", "length"), [(0, 0), (1, 32), (2, 48), (3, 48), (4, 64)])
def test_headers_of_other_writers_are_read_by_their_flags(envelope: int, length: int) -> None:
    box = (1.0, 3.0, 2.0, 4.0)
    rest = (0.0,) * (length // 8 - 4) if length else ()
    body = shapely.box(1, 2, 3, 4).wkb
    for order, endian in (("<", 1), (">", 0)):
        header = b"GP" + bytes([0, endian | envelope << 1]) + struct.pack(f"{order}i", 4490)
        written = header + struct.pack(f"{order}{length // 8}d", *(box + rest if length else ()))
        assert blob.wkb_of(written + body) == body
        assert blob.bounds_of(written + body) == (1, 2, 3, 4)


def test_gdal_reads_what_we_write_and_we_read_what_gdal_writes(tmp_path: Path) -> None:
    """The same bodies, and headers that mean the same, as those of the reference library."""
    shapes = gpd.GeoSeries([shapely.from_wkt(wkt) for wkt in ROUND_TRIPS], crs=4326)
    path = tmp_path / "gdal.gpkg"
    pyogrio.write_dataframe(gpd.GeoDataFrame(geometry=shapes), path, geometry_type="Unknown")
    connection = sqlite3.connect(path)
    theirs = [row[0] for row in connection.execute("SELECT geom FROM gdal ORDER BY fid")]
    ours = blob.encode(shapes.to_numpy(), 4326)
    for wkt, one, other in zip(ROUND_TRIPS, ours, theirs, strict=True):
        assert one is not None
        assert blob.bounds_of(one) == blob.bounds_of(other), wkt
        assert shapely.equals_identical(*blob.decode([one, other])), wkt
    connection.close()


def test_many_at_once_are_the_same_as_one_by_one() -> None:
    rng = np.random.default_rng(7)
    boxes = [shapely.box(x, y, x + 1, y + 1) for x, y in rng.random((50, 2)) * 100]
    assert blob.encode(boxes, 4490) == [blob.encode([each], 4490)[0] for each in boxes]
