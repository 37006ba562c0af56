"""Real files of real cities, with at most a mapping each, against counts made without us."""

from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

from layers import Store, create_store
from layers.importing import (
    ImportOptions,
    ImportReport,
    Mapping,
    Severity,
    SourceOptions,
    import_file,
)
from layers.importing.errors import DatumContradictionError, SourceLayerNotChosenError
from tests.layers.importing.survey import assert_accounted, named_mapping

# kind, file, mapping
LAS_PALMAS = [
    ("building", "buildings.parquet", "osm_building"),
    ("green_space", "green.parquet", "osm_green_space"),
    ("green_space", "squares.parquet", "osm_square"),
    ("bare_land", "bare_land.parquet", "osm_bare_land"),
    ("residential_land", "residential_land.parquet", "osm_residential_land"),
    ("water", "water.parquet", "osm_water"),
    ("road", "roads.parquet", "osm_road"),
    ("walkway", "walk_edges.parquet", "osm_walkway"),
    ("place_name", "pois.parquet", "osm_suburb"),
    ("district", "municipality_cnig.geojson", "las_palmas_district"),
    ("community", "school_catchments_gobcan_epsg5635.geojson", "las_palmas_community"),
]
HELSINKI = [
    ("building", "buildings.parquet", "osm_building"),
    ("green_space", "green.parquet", "osm_green_space"),
    ("green_space", "squares.parquet", "osm_square"),
    ("bare_land", "bare_land.parquet", "osm_bare_land"),
    ("walkway", "walk_edges.parquet", "osm_walkway"),
    ("place_name", "pois.parquet", "osm_suburb"),
    ("population_cell", "helsinki_population_grid_2020.gpkg", "helsinki_population_cell"),
]


class City:
    """A store into which files of one city go."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store = store
        self.folder = folder

    def take(self, kind: str, file: str, mapping: str | None, **options: object) -> ImportReport:
        chosen = {"mapping": named_mapping(mapping) if mapping else Mapping(), **options}
        report = import_file(self.store, kind, self.folder / file, ImportOptions(**chosen))  # type: ignore[arg-type]  # options of many types
        assert_accounted(report)
        return report

    def frame(self, file: str) -> gpd.GeoDataFrame:
        path = self.folder / file
        return gpd.read_parquet(path) if path.suffix == ".parquet" else gpd.read_file(path)


@pytest.fixture
def empty(tmp_path: Path, test_data: Path) -> Iterator[City]:
    store = create_store(tmp_path / "city.gpkg", metric_crs="EPSG:4551")
    yield City(store, test_data)
    store.close()


@pytest.fixture(scope="module")
def las_palmas(tmp_path_factory: pytest.TempPathFactory, test_data: Path) -> Iterator[City]:
    path = tmp_path_factory.mktemp("las_palmas") / "city.gpkg"
    store = create_store(path, metric_crs="EPSG:32628", storage_crs="EPSG:4326")
    yield City(store, test_data / "las_palmas")
    store.close()


@pytest.mark.parametrize(("kind", "file", "mapping"), LAS_PALMAS)
@pytest.mark.long
def test_las_palmas(las_palmas: City, kind: str, file: str, mapping: str) -> None:
    expected = las_palmas.frame(file)
    if file == "pois.parquet":
        expected = expected[expected["place"].isin(["suburb", "neighbourhood"])]
    invalid = int((~expected.is_valid).sum())
    before = las_palmas.store.count(kind)
    report = las_palmas.take(kind, file, mapping)
    assert report.read - report.filtered_out == len(expected)
    assert (report.added, report.rejected) == (len(expected) - invalid, invalid)
    wrong = {each.code for each in report.problems if each.severity is not Severity.NOTICE}
    assert wrong <= {"geometry_invalid"}
    assert las_palmas.store.count(kind) == before + report.added


@pytest.mark.long
def test_las_palmas_in_numbers(las_palmas: City) -> None:
    """The counts that the data's own page gives."""
    store = las_palmas.store
    assert store.count("building") == 22_595
    assert store.count("green_space") == 4_864 + 497
    assert store.count("walkway") == 26_145
    assert (store.count("residential_land"), store.count("water")) == (46 - 1, 1_213 - 3)
    assert store.count("community") == 29
    bare = store.read("bare_land")["plot_type"].value_counts()
    tags = las_palmas.frame("bare_land.parquet")["landuse"]
    assert bare.sum() == len(tags) == 444
    assert bare["building_site"] == (tags == "construction").sum()
    assert bare["demolished"] == (tags == "brownfield").sum()


@pytest.mark.long
def test_las_palmas_access(las_palmas: City) -> None:
    tags = las_palmas.frame("green.parquet")["access"]
    green = las_palmas.store.read("green_space", where="class_code <> 'pedestrian'")
    assert (green["access"] == "private").sum() == tags.isin(["private", "no"]).sum()
    assert (green["access"] == "restricted").sum() == (tags == "customers").sum()


@pytest.mark.long
def test_las_palmas_areas_survive(las_palmas: City) -> None:
    file = las_palmas.frame("green.parquet").to_crs(32628).area.sum()
    squares = las_palmas.frame("squares.parquet").to_crs(32628).area.sum()
    stored = las_palmas.store.read("green_space").to_crs(32628).area.sum()
    assert stored == pytest.approx(file + squares, rel=1e-12)


@pytest.mark.long
def test_las_palmas_catchments_lie_where_they_should(las_palmas: City) -> None:
    file = las_palmas.frame("school_catchments_gobcan_epsg5635.geojson").to_crs(4326)
    stored = las_palmas.store.read("community")
    assert stored.union_all().hausdorff_distance(file.union_all()) < 1e-8


@pytest.mark.long
def test_las_palmas_again_changes_nothing(las_palmas: City) -> None:
    before = len(las_palmas.store.changesets())
    for kind, file, mapping in LAS_PALMAS:
        if named_mapping(mapping).key:
            report = las_palmas.take(kind, file, mapping)
            assert (report.added, report.changed, report.changeset) == (0, 0, None), file
    assert len(las_palmas.store.changesets()) == before


def test_las_palmas_under_a_wrong_datum(las_palmas: City) -> None:
    file = "school_catchments_gobcan_epsg5635.geojson"
    for wrong in ("WGS84", "EPSG:4551", "GCJ-02"):
        with pytest.raises(DatumContradictionError):
            las_palmas.take("community", file, "las_palmas_community", datum=wrong)


@pytest.mark.slow
@pytest.mark.long
def test_openstreetmap_extract(tmp_path: Path, test_data: Path) -> None:
    """30,994 areas as GDAL builds them: 6 cannot be built, some are invalid, most are buildings."""
    path = test_data / "las_palmas" / "example_las_palmas_2023_osm_20230221.osm.pbf"
    _, _, wkb, _ = pyogrio.raw.read(path, layer="multipolygons")
    shapes = shapely.from_wkb(wkb, on_invalid="ignore")
    unbuildable = int(shapely.is_missing(shapes).sum())
    invalid = int((~shapely.is_valid(shapes)).sum()) - unbuildable
    store = create_store(tmp_path / "city.gpkg", metric_crs="EPSG:32628", storage_crs="EPSG:4326")
    city = City(store, path.parent)
    with pytest.raises(SourceLayerNotChosenError):
        city.take("scenic_spot", path.name, None, datum="WGS84")
    report = import_file(
        store,
        "green_space",
        path,
        ImportOptions(
            datum="WGS84",
            mapping=Mapping(source=SourceOptions(layer="multipolygons")),
            dry_run=True,
        ),
    )
    assert_accounted(report)
    codes = {code: n for (code, _), n in report.problem_counts().items()}
    assert report.read == len(wkb) == 30_994
    assert codes["geometry_unbuildable"] == unbuildable == 6
    assert codes["geometry_invalid"] == invalid
    store.close()


@pytest.mark.long
def test_helsinki(tmp_path: Path, test_data: Path) -> None:
    store = create_store(tmp_path / "city.gpkg", metric_crs="EPSG:3067", storage_crs="EPSG:4326")
    city = City(store, test_data / "helsinki_core")
    for kind, file, mapping in HELSINKI:
        expected = city.frame(file)
        if file == "pois.parquet":
            expected = expected[expected["place"].isin(["suburb", "neighbourhood"])]
        report = city.take(kind, file, mapping)
        assert (report.added, report.rejected) == (len(expected), 0), file
    assert store.read("population_cell")["population"].sum() == 71_724
    store.close()


def test_half_storeys_without_a_mapping(tmp_path: Path, test_data: Path) -> None:
    """Without a word in the mapping, what is no number of storeys costs its building, visibly."""
    store = create_store(tmp_path / "city.gpkg", metric_crs="EPSG:3067", storage_crs="EPSG:4326")
    city = City(store, test_data / "helsinki_core")
    levels = pd.to_numeric(city.frame("buildings.parquet")["building:levels"], errors="coerce")
    broken = (levels % 1 > 0) | (
        levels.isna() & city.frame("buildings.parquet")["building:levels"].notna()
    )
    report = city.take("building", "buildings.parquet", None, datum="WGS84")
    wrong = [each for each in report.problems if each.severity is not Severity.NOTICE]
    assert [problem.row for problem in wrong] == [i + 1 for i in broken.to_numpy().nonzero()[0]]
    store.close()


# ---------------------------------------------------------------- Baishan, in three datums


def districts(city: City, datum: str, file: str, mapping: str) -> gpd.GeoDataFrame:
    report = city.take("district", f"baishan/{file}", mapping, datum=datum)
    assert report.added + report.changed == 6
    return city.store.read("district").set_index("code")


def test_baishan_gcj02_meets_wgs84(empty: City) -> None:
    true = districts(empty, "WGS84", "baishan_amap_wgs84.gpkg", "baishan_district")
    shifted = districts(empty, "GCJ-02", "baishan_datav_gcj02.geojson", "baishan_district_gcj02")
    true, shifted = true.to_crs(4551), shifted.to_crs(4551)
    for code in true.index:
        vertices = gpd.GeoSeries(
            shapely.points(shapely.get_coordinates(shifted.geometry[code])), crs=4551
        )
        known = gpd.GeoSeries(
            shapely.points(shapely.get_coordinates(true.geometry[code])), crs=4551
        )
        _, distance_m = known.sindex.nearest(vertices, return_all=False, return_distance=True)
        assert pd.Series(distance_m).median() < 1.0
        assert (distance_m <= 1.0).mean() >= 0.6


def test_baishan_taken_for_wgs84_would_be_half_a_kilometre_off(empty: City) -> None:
    true = districts(empty, "WGS84", "baishan_amap_wgs84.gpkg", "baishan_district").to_crs(4551)
    wrong = districts(
        empty, "WGS84", "baishan_datav_gcj02.geojson", "baishan_district_gcj02"
    ).to_crs(4551)
    shift_m = true.centroid.distance(wrong.centroid.reindex(true.index))
    assert shift_m.between(450, 620).all()


def test_baishan_cgcs2000(empty: City) -> None:
    found = districts(empty, "CGCS2000", "baishan_tianditu_cgcs2000.gpkg", "baishan_district")
    file = gpd.read_file(empty.folder / "baishan/baishan_tianditu_cgcs2000.gpkg", layer="district")
    assert set(found["name"]) == set(file["district_name"])
    assert found["parent_code"].unique().tolist() == ["220600"]
    area_km2 = found.to_crs(4551).area["220605"] / 1e6
    assert area_km2 == pytest.approx(1_348.5, abs=0.1), "as measured by the data's own page"


# ---------------------------------------------------------------- ledgers from elsewhere


@pytest.mark.parametrize(
    ("town", "rows"),
    [
        ("data_original_Barre_BarrePointFeatures__c6bcfd3", 1_246),
        ("data_original_Bennington_BenningtonPointFeatures__21070ff", 1_633),
        ("data_original_StJohnsbury_StJohnsburyPointFeatures__9a364ff", 1_098),
        ("GeoJSONs_StJohnsbury_StJohnsburyPointFeatures__9b730b0", 1_098),
    ],
)
def test_vermont_manholes(empty: City, town: str, rows: int) -> None:
    report = empty.take(
        "manhole_cover", f"manholes_vermont/{town}.geojson", "vermont_manhole_cover"
    )
    assert (report.added, report.rejected) == (rows, 0)
    covers = empty.store.read("manhole_cover")
    assert covers["minor_class"].notna().all()
    assert set(covers["system_type"].dropna()) <= {
        "stormwater",
        "wastewater",
        "combined",
        "water",
        "other",
    }
    assert not covers.has_z.any()


def test_one_town_twice_in_other_words_means_the_same(empty: City) -> None:
    """One delivery says `Sanitary Manhole` where the other says `Sewer manhole`."""
    counts = []
    for town in (
        "data_original_StJohnsbury_StJohnsburyPointFeatures__9a364ff",
        "GeoJSONs_StJohnsbury_StJohnsburyPointFeatures__9b730b0",
    ):
        empty.take("manhole_cover", f"manholes_vermont/{town}.geojson", "vermont_manhole_cover")
        covers = empty.store.read("manhole_cover")
        origins = empty.store.origins(list(covers.index))
        uids = origins.index[origins["file_name"] == f"{town}.geojson"]
        counts.append(covers["minor_class"][uids].value_counts().to_dict())
    first, second = counts
    # Only outfalls, which are no covers, keep the two words that the towns have for them.
    assert first.pop("Combined sewer outfall") == second.pop("Known CSO Outfalls") == 24
    assert first == second
    assert first["sewage_cover"] == 674


@pytest.mark.parametrize(
    "town",
    [
        "GeoJSONs_Waterbury_WaterburyPointFeatures__5fd416e",
        "GeoJSONs_Woodstock_WoodstockPointFeatures__c126ce9",
    ],
)
def test_vermont_ledgers_without_any_place(empty: City, town: str) -> None:
    report = empty.take(
        "manhole_cover", f"manholes_vermont/{town}.geojson", "vermont_manhole_cover"
    )
    assert (report.added, report.changeset) == (0, None)
    missing = [problem for problem in report.problems if problem.code == "geometry_missing"]
    assert len(missing) == report.read == report.rejected


def test_philadelphia_in_feet(empty: City) -> None:
    expected = empty.frame("vacant_philadelphia/vacant_land_2024_06_24.parquet")
    report = empty.take(
        "bare_land", "vacant_philadelphia/vacant_land_2024_06_24.parquet", "philadelphia_bare_land"
    )
    keyless, invalid = expected["opa_id"].isna(), ~expected.is_valid
    assert report.read == len(expected) == 25_663
    assert report.rejected == int((keyless | invalid).sum()) == 16
    codes = {code: n for (code, _), n in report.problem_counts().items()}
    assert codes == {"key_missing": int(keyless.sum()), "geometry_invalid": int(invalid.sum())}
    stored = empty.store.read("bare_land").to_crs(32618).area.sum()
    feet = expected[~(keyless | invalid)].to_crs(32618).area.sum()
    assert stored == pytest.approx(feet, rel=1e-6)


def test_philadelphia_mixed_points_and_areas(empty: City) -> None:
    expected = empty.frame("vacant_philadelphia/vacant_buildings_2024_06_24.parquet")
    report = empty.take(
        "building", "vacant_philadelphia/vacant_buildings_2024_06_24.parquet", None, datum="WGS84"
    )
    points = (expected.geom_type == "Point").to_numpy().nonzero()[0] + 1
    assert [p.row for p in report.problems if p.code == "geometry_family"] == points.tolist()
    assert report.added == int((expected.geom_type == "Polygon").sum())
