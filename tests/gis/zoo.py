"""Awkward geometries that every measure must meet, in metres around the origin."""

import shapely
from shapely import (
    GeometryCollection,
    LinearRing,
    LineString,
    MultiLineString,
    MultiPoint,
    MultiPolygon,
    Point,
    Polygon,
    box,
)
from shapely.geometry.base import BaseGeometry

CRS = 32650

POINTS: dict[str, BaseGeometry | None] = {
    "point": Point(3, 4),
    "point with height": Point(3, 4, 100),
    "multipoint": MultiPoint([(3, 4), (30, 40)]),
    "multipoint with one point": MultiPoint([(3, 4)]),
}

LINES: dict[str, BaseGeometry | None] = {
    "line": LineString([(3, 4), (30, 40)]),
    "line with height": LineString([(3, 4, 1), (30, 40, 2)]),
    "line that crosses itself": LineString([(3, 4), (30, 40), (30, 4), (3, 40)]),
    "line of no length": LineString([(3, 4), (3, 4)]),
    "ring": LinearRing([(3, 4), (30, 4), (30, 40)]),
    "multiline": MultiLineString([[(3, 4), (30, 40)], [(100, 0), (100, 50)]]),
}

AREAS: dict[str, BaseGeometry | None] = {
    "square": box(3, 4, 13, 14),
    "square turning right": Polygon([(3, 4), (3, 14), (13, 14), (13, 4)]),
    "square with height": shapely.force_3d(box(3, 4, 13, 14), 7.0),
    "hole": Polygon(box(3, 4, 13, 14).exterior, [box(5, 6, 8, 9).exterior]),
    "two holes": Polygon(
        box(3, 4, 23, 24).exterior, [box(5, 6, 8, 9).exterior, box(15, 16, 20, 20).exterior]
    ),
    "hole that touches the shell": Polygon(box(3, 4, 13, 14).exterior, [[(3, 9), (8, 7), (8, 11)]]),
    "multipolygon": MultiPolygon([box(3, 4, 13, 14), box(30, 4, 40, 14)]),
    "island in a lake": MultiPolygon(
        [Polygon(box(3, 4, 33, 34).exterior, [box(8, 9, 28, 29).exterior]), box(13, 14, 23, 24)]
    ),
    "parts that touch at a corner": MultiPolygon([box(3, 4, 13, 14), box(13, 14, 23, 24)]),
    "concave": Polygon([(3, 4), (33, 4), (33, 34), (23, 34), (23, 9), (13, 9), (13, 34), (3, 34)]),
    "sliver": Polygon([(3, 4), (103, 4), (103, 4.001)]),
    "repeated vertex": Polygon([(3, 4), (13, 4), (13, 4), (13, 14), (3, 14)]),
    "vertex on a straight edge": Polygon([(3, 4), (8, 4), (13, 4), (13, 14), (3, 14)]),
    "far from the origin": box(20_500_000, 4_600_000, 20_500_010, 4_600_010),
}

INVALID: dict[str, BaseGeometry | None] = {
    "bow tie": Polygon([(3, 4), (13, 14), (13, 4), (3, 14)]),
    "hole outside": Polygon(box(3, 4, 13, 14).exterior, [box(50, 50, 60, 60).exterior]),
    "spike": Polygon([(3, 4), (13, 4), (13, 14), (13, 30), (13, 14), (3, 14)]),
    "flat": Polygon([(3, 4), (13, 4), (23, 4)]),
}

COLLECTIONS: dict[str, BaseGeometry | None] = {
    "collection": GeometryCollection([Point(3, 4), box(30, 4, 40, 14)]),
    "nested collection": GeometryCollection(
        [GeometryCollection([Point(3, 4)]), MultiPoint([(30, 40)])]
    ),
}

NOTHING: dict[str, BaseGeometry | None] = {
    "missing": None,
    "empty point": Point(),
    "empty line": LineString(),
    "empty area": Polygon(),
    "empty multipolygon": MultiPolygon(),
    "empty collection": GeometryCollection(),
}

SOMETHING = POINTS | LINES | AREAS | INVALID | COLLECTIONS
EVERYTHING = SOMETHING | NOTHING
