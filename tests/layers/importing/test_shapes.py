import geopandas as gpd
import pytest
import shapely
from shapely import (
    GeometryCollection,
    LineString,
    MultiLineString,
    MultiPoint,
    MultiPolygon,
    Point,
    Polygon,
    box,
)

from layers import Store
from tests.layers.importing.survey import Import, Save

SQUARE = box(126.5, 42.0, 126.51, 42.01)
OTHER = box(126.52, 42.0, 126.53, 42.01)
LINE = LineString([(126.5, 42.0), (126.51, 42.01)])
POINT = Point(126.5, 42.0)
BOW_TIE = Polygon([(126.5, 42), (126.51, 42.01), (126.51, 42), (126.5, 42.01), (126.5, 42)])


def stored(
    take: Import, save: Save, store: Store, kind: str, shape: object
) -> tuple[object, list[str]]:
    """Import one geometry (of several in the file, so that it always has rows)."""
    frame = gpd.GeoDataFrame(geometry=gpd.GeoSeries([shape], crs=4326))
    report = take(kind, save(frame, "a.parquet"))
    found = store.read(kind).geometry.tolist()
    return (found[0] if found else None), [problem.code for problem in report.problems]


@pytest.mark.parametrize(
    ("kind", "shape", "expected"),
    [
        ("green_space", SQUARE, MultiPolygon([SQUARE])),
        ("green_space", MultiPolygon([SQUARE, OTHER]), MultiPolygon([SQUARE, OTHER])),
        ("green_space", shapely.force_3d(SQUARE, 5.0), MultiPolygon([SQUARE])),
        ("green_space", GeometryCollection([SQUARE, OTHER]), MultiPolygon([SQUARE, OTHER])),
        ("road", LINE, MultiLineString([LINE])),
        ("manhole_cover", POINT, POINT),
        ("manhole_cover", MultiPoint([POINT]), POINT),
        ("wall_surface", SQUARE, SQUARE),
        ("wall_surface", LINE, LINE),
        ("wall_surface", POINT, POINT),
        ("compound", None, None),
        ("compound", Polygon(), None),
    ],
)
def test_taken(
    take: Import, save: Save, store: Store, kind: str, shape: object, expected: object
) -> None:
    found, problems = stored(take, save, store, kind, shape)
    assert problems == []
    assert store.count(kind) == 1
    assert found == expected


@pytest.mark.parametrize(
    ("kind", "shape", "code"),
    [
        ("green_space", POINT, "geometry_family"),
        ("green_space", LINE, "geometry_family"),
        ("green_space", None, "geometry_missing"),
        ("green_space", Polygon(), "geometry_missing"),
        ("green_space", GeometryCollection(), "geometry_missing"),
        ("green_space", BOW_TIE, "geometry_invalid"),
        ("green_space", MultiPolygon([SQUARE, SQUARE]), "geometry_invalid"),
        ("green_space", GeometryCollection([SQUARE, LINE]), "geometry_mixed"),
        ("green_space", GeometryCollection([LINE]), "geometry_family"),
        ("manhole_cover", MultiPoint([(126, 42), (127, 42)]), "geometry_several_points"),
        ("manhole_cover", SQUARE, "geometry_family"),
        ("road", SQUARE, "geometry_family"),
        ("scenic_spot", LINE, "geometry_family"),
    ],
)
def test_rejected(
    take: Import, save: Save, store: Store, kind: str, shape: object, code: str
) -> None:
    found, problems = stored(take, save, store, kind, shape)
    assert problems == [code]
    assert found is None
    assert store.count(kind) == 0
    assert store.changesets() == [], "nothing to write leaves no trace"


def test_what_was_changed_quietly_is_counted(take: Import, save: Save) -> None:
    shapes = [shapely.force_3d(SQUARE, 1.0), MultiPolygon([OTHER]), GeometryCollection([SQUARE])]
    frame = gpd.GeoDataFrame(geometry=shapes, crs=4326)
    report = take("green_space", save(frame, "a.parquet"))
    assert report.notes == {"heights_dropped": 1, "collections_unpacked": 1, "parts_promoted": 1}


def test_the_reason_names_the_place(take: Import, save: Save) -> None:
    frame = gpd.GeoDataFrame(geometry=[SQUARE, BOW_TIE], crs=4326)
    report = take("green_space", save(frame))
    (problem,) = report.problems
    assert problem.row == 2
    assert problem.values["reason"] == "self_intersection"
    assert (problem.values["x"], problem.values["y"]) == (126.505, 42.005)


def test_not_a_number(take: Import, save: Save) -> None:
    frame = gpd.GeoDataFrame(geometry=[Point(126, 42), Point(float("inf"), 42)], crs=4326)
    report = take("manhole_cover", save(frame, "a.parquet"))
    assert [(p.row, p.code) for p in report.problems] == [(2, "coordinates_not_a_number")]
