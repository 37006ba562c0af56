from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from pyproj import CRS
from shapely import Point, box

from gis.datum import convert_datum
from layers import Store
from layers.importing.datum import parse_datum, to_storage
from layers.importing.errors import (
    DatumContradictionError,
    DatumNotConvertibleError,
    DatumNotDeclaredError,
    DatumNotDegreesError,
    DatumNotKnownError,
    DatumNotProjectedError,
    DatumOutsideAreaError,
    SourceWithoutPlacesError,
)
from layers.importing.findings import Findings
from tests.layers.importing.survey import Import, Save

HUNJIANG = Point(126.424, 41.944)


def points(*places: tuple[float, float], crs: object = 4326) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=gpd.points_from_xy(*zip(*places, strict=True)), crs=crs)


def write(folder: Path, *places: tuple[float, float]) -> Path:
    """Write coordinates as a CSV, which claims no reference system at all."""
    lines = "\n".join(f"{x},{y}" for x, y in places)
    path = folder / "a.csv"
    path.write_text(f"x,y\n{lines}\n")
    return path


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("WGS84", "WGS84"), ("wgs-84", "WGS84"), ("CGCS2000", "CGCS2000"), ("cgcs 2000", "CGCS2000"),
        ("GCJ-02", "GCJ-02"), ("gcj02", "GCJ-02"), ("BD09", "BD-09"), ("epsg:4551", "EPSG:4551"),
    ],
)  # fmt: skip
def test_names(said: str, name: str) -> None:
    assert parse_datum(said).name == name


@pytest.mark.parametrize("said", ["Beijing54?", "EPSG:99999999", "EPSG:x", "4326", "EPSG:5773"])
def test_unknown_names(said: str) -> None:
    with pytest.raises(DatumNotKnownError):
        parse_datum(said)


@pytest.mark.parametrize("said", [None, ""])
def test_saying_nothing(said: str | None) -> None:
    with pytest.raises(DatumNotDeclaredError):
        parse_datum(said)


def test_the_datum_is_always_to_be_said(take: Import, save: Save) -> None:
    with pytest.raises(DatumNotDeclaredError):
        take("manhole_cover", save(points((126.5, 42))), datum=None)


@pytest.mark.parametrize("datum", ["WGS84", "CGCS2000"])
def test_degrees_go_into_the_store_as_they_are(
    take: Import, save: Save, store: Store, datum: str
) -> None:
    take("manhole_cover", save(points((126.5, 42.0))), datum=datum)
    assert store.read("manhole_cover").geometry.tolist() == [Point(126.5, 42)]


@pytest.mark.parametrize("datum", ["GCJ-02", "BD-09"])
def test_shifted_datums_are_taken_back(take: Import, save: Save, store: Store, datum: str) -> None:
    shifted = convert_datum(gpd.GeoSeries([HUNJIANG], crs=4326), "WGS84", datum)
    frame = gpd.GeoDataFrame(geometry=shifted.set_crs(4326))
    report = take("manhole_cover", save(frame), datum=datum)
    assert report.datum == datum
    found = store.read("manhole_cover").geometry.iloc[0]
    assert found.distance(HUNJIANG) < 1e-9, "less than a tenth of a millimetre"


@pytest.mark.parametrize("epsg", [4551, 4530, 32652, 3857, 2272])
def test_projected_systems(take: Import, save: Save, store: Store, epsg: int) -> None:
    place = Point(-75.16, 39.95) if epsg == 2272 else HUNJIANG
    frame = gpd.GeoDataFrame(geometry=[place], crs=4326).to_crs(epsg)
    take("manhole_cover", save(frame), datum=f"EPSG:{epsg}")
    assert store.read("manhole_cover").geometry.iloc[0].distance(place) < 1e-7


@pytest.mark.parametrize("epsg", range(4534, 4555))
def test_axis_order_of_every_three_degree_zone(epsg: int) -> None:
    """Easting comes first, whatever the registered order of the axes says."""
    datum = parse_datum(f"EPSG:{epsg}")
    west, _, east, _ = datum.area
    frame = gpd.GeoSeries([Point((west + east) / 2, 42)], crs=4490).to_crs(datum.crs)
    assert 400_000 < frame.x.iloc[0] % 1_000_000 < 600_000
    assert 4_600_000 < frame.y.iloc[0] < 4_700_000


def test_heights_do_not_hinder(take: Import, save: Save, store: Store) -> None:
    frame = gpd.GeoDataFrame(geometry=[Point(126.5, 42, 900)], crs="EPSG:4979")
    report = take("manhole_cover", save(frame))
    assert report.notes["heights_dropped"] == 1
    assert not store.read("manhole_cover").geometry.iloc[0].has_z


@pytest.mark.parametrize(
    ("label", "said"),
    [
        (4551, "WGS84"),
        (4551, "GCJ-02"),
        (4326, "EPSG:4551"),
        (4551, "EPSG:4547"),
        (32652, "EPSG:4551"),
        (4490, "EPSG:4214"),
    ],
)
def test_the_file_says_otherwise(take: Import, save: Save, label: int, said: str) -> None:
    frame = points((126.5, 42.0)).to_crs(label)
    with pytest.raises(DatumContradictionError) as error:
        take("manhole_cover", save(frame), datum=said)
    assert error.value.values["file_crs"] == f"EPSG:{label}"
    assert error.value.values["declared"] == said


@pytest.mark.parametrize(
    ("label", "said"), [(4490, "WGS84"), (4326, "CGCS2000"), (4258, "WGS84"), (4326, "GCJ-02")]
)
def test_labels_that_mean_the_same_place(take: Import, save: Save, label: int, said: str) -> None:
    assert take("manhole_cover", save(points((126.5, 42.0), crs=label)), datum=said).added == 1


def test_a_custom_system_that_equals_the_declared_one(take: Import, save: Save) -> None:
    custom = CRS.from_proj4("+proj=tmerc +lon_0=126 +x_0=500000 +ellps=GRS80")
    frame = points((126.5, 42.0)).to_crs(custom)
    assert take("manhole_cover", save(frame), datum="EPSG:4551").added == 1


def test_geojson_says_wgs84_whatever_its_numbers_are(
    take: Import, tmp_path: Path, store: Store
) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},'
        '"geometry":{"type":"Point","coordinates":[541401,4651500]}}]}'
    )
    with pytest.raises(DatumNotDegreesError):
        take("manhole_cover", path, datum="WGS84")
    take("manhole_cover", path, datum="EPSG:4551")
    assert store.read("manhole_cover").geometry.iloc[0].distance(Point(126.5, 42)) < 0.01


def test_projected_numbers_under_degrees(take: Import, tmp_path: Path) -> None:
    path = write(tmp_path, (541401, 4651500), (541402, 4651500))
    with pytest.raises(DatumNotDegreesError) as error:
        take("manhole_cover", path)
    assert error.value.values == {
        "declared": "WGS84",
        "row": 2,
        "x": 541401.0,
        "y": 4651500.0,
        "rows": 2,
    }


def test_swapped_axes(take: Import, tmp_path: Path) -> None:
    with pytest.raises(DatumNotDegreesError):
        take("manhole_cover", write(tmp_path, (42.0, 126.5)))


def test_degrees_under_a_projected_system(take: Import, tmp_path: Path) -> None:
    with pytest.raises(DatumNotProjectedError) as error:
        take("manhole_cover", write(tmp_path, (126.5, 42.0)), datum="EPSG:4551")
    assert error.value.values == {"declared": "EPSG:4551", "row": 2, "x": 126.5, "y": 42.0}


@pytest.mark.parametrize("place", [(41541401, 4651500), (4651500, 41541401)])
def test_the_prefix_of_another_zone(
    take: Import, tmp_path: Path, place: tuple[float, float]
) -> None:
    with pytest.raises(DatumOutsideAreaError):
        take("manhole_cover", write(tmp_path, place), datum="EPSG:4551")


def test_a_shifted_datum_outside_china(take: Import, tmp_path: Path) -> None:
    with pytest.raises(DatumOutsideAreaError):
        take("manhole_cover", write(tmp_path, (-15.4, 28.1)), datum="GCJ-02")


def test_single_wrong_rows_cost_only_themselves(take: Import, tmp_path: Path, store: Store) -> None:
    path = write(tmp_path, (126.5, 42), (126.5, 421.9), (126.6, 42), (12650, 42), (126.7, 42))
    report = take("manhole_cover", path)
    assert (report.added, report.rejected) == (3, 2)
    assert [(p.row, p.code) for p in report.problems] == [
        (3, "coordinates_out_of_range"),
        (5, "coordinates_out_of_range"),
    ]
    assert np.isfinite(store.read("manhole_cover").total_bounds).all()


def test_single_rows_far_away(take: Import, tmp_path: Path) -> None:
    path = write(tmp_path, (541401, 4651500), (541402, 4651500), (42541402, 4651500))
    report = take("manhole_cover", path, datum="EPSG:4551")
    assert [(p.row, p.code) for p in report.problems] == [(4, "coordinates_outside_area")]


def test_a_kind_that_needs_places_and_a_table_without(take: Import, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("name\n井盖\n", encoding="utf-8")
    with pytest.raises(SourceWithoutPlacesError):
        take("manhole_cover", tmp_path / "a.csv", datum=None)


def test_conversion_moves_no_vertex_apart(take: Import, save: Save, store: Store) -> None:
    frame = gpd.GeoDataFrame(geometry=[box(126.4, 41.9, 126.5, 42.0)], crs=4326).to_crs(4551)
    take("water", save(frame), datum="EPSG:4551")
    back = store.read("water").to_crs(4551).geometry.iloc[0]
    assert back.hausdorff_distance(frame.geometry[0]) < 1e-6


@pytest.mark.parametrize("storage", ["EPSG:4490", "EPSG:4326"])
def test_an_old_datum_is_really_moved(tmp_path: Path, storage: str) -> None:
    """Beijing 1954 lies 90 m away; PROJ itself would take it for CGCS2000 as it is."""
    findings = Findings(np.array([1]))
    place = np.array([Point(126.5, 42.0)], dtype=object)
    moved = to_storage(place, parse_datum("EPSG:4214"), CRS(storage), findings)[0]
    assert 0.0005 < moved.distance(place[0]) < 0.002


def test_a_datum_without_a_known_way_is_refused(take: Import, tmp_path: Path) -> None:
    with pytest.raises(DatumNotConvertibleError):
        take("manhole_cover", write(tmp_path, (126.5, 42.0)), datum="EPSG:4610")


def test_a_projected_store(tmp_path: Path) -> None:
    findings = Findings(np.array([1]))
    place = np.array([Point(126.0, 42.0)], dtype=object)
    moved = to_storage(place, parse_datum("WGS84"), CRS(4551), findings)[0]
    assert moved.x == pytest.approx(500_000, abs=1e-6)
