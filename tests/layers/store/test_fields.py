"""Values of every type come back as they went in, and others are refused whole."""

import datetime as dt
import math
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas import GeoDataFrame

from layers import Store
from layers.errors import (
    FeatureMissingError,
    FeatureRejectedError,
    UnknownFieldError,
    UnknownKindError,
)
from layers.kinds import KINDS, FieldType
from tests.layers.store.files import scalar
from tests.layers.store.town import buildings, frame, write

VALUES: dict[FieldType, list[Any]] = {
    FieldType.TEXT: ["白山市浑江区", 'it\'s "quoted"; --', "", "𠮷 🌳\n二行"],
    FieldType.TEXT_LIST: ["浇水;除草", "浇水"],
    FieldType.INTEGER: [0, -7, 2**63 - 1],
    FieldType.REAL: [0.1 + 0.2, -98765.4321012345, 1e-9 / 3, 3.0],
    FieldType.BOOLEAN: [True, False],
    FieldType.DATE: [dt.date(2024, 2, 29), dt.date(1, 1, 1), dt.date(9999, 12, 31)],
    FieldType.DATETIME: [
        dt.datetime(2024, 2, 29, 23, 59, 59, 123000, tzinfo=dt.UTC),
        dt.datetime(999, 1, 1, tzinfo=dt.UTC),
    ],
}


def refused(store: Store, kind: str, *frames: pd.DataFrame) -> FeatureRejectedError:
    """Insert frames one after the other in one changeset, and give the refusal."""

    def insert() -> None:
        with store.change(author="tester", message="refused") as change:
            for each in frames:
                change.insert(kind, each)

    with pytest.raises(FeatureRejectedError) as refusal:
        insert()
    return refusal.value


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_every_field_of_every_kind_round_trips(shared_store: Store, kind: str) -> None:
    store, declared = shared_store, KINDS[kind]
    count = max(len(values) for values in VALUES.values())
    columns = {
        field.key: pd.Series([*VALUES[field.type], *[None] * count][: count + 1], dtype=object)
        for field in declared.fields
    }
    written = GeoDataFrame(columns, geometry=[None] * (count + 1), crs=4490)
    with store.change(author="tester", message="all types") as change:
        uids = change.insert(kind, written)
    now = store.read(kind).loc[uids]
    with store.change(author="tester", message="gone") as change:
        change.delete(kind, uids)
    then = store.read(kind, as_of=store.changeset_at() - 1).loc[uids]
    for field in declared.fields:
        expected = columns[field.key].tolist()
        for read in (now, then):
            found = [
                None if missing else value
                for value, missing in zip(
                    read[field.key].tolist(), read[field.key].isna(), strict=True
                )
            ]
            assert found == expected, field.key
        assert now[field.key].dtype == then[field.key].dtype


def test_an_empty_layer_has_the_same_columns_and_types_as_a_full_one(store: Store) -> None:
    for kind in ("building", "grid_event", "care_log", "wall_surface"):
        empty = store.read(kind)
        write(store, kind, frame({"x": None}))
        full = store.read(kind)
        assert empty.dtypes.to_dict() == full.dtypes.to_dict()
        assert (empty.index.name, empty.crs) == (full.index.name, full.crs) == ("uid", "EPSG:4490")
        assert len(empty) == 0


def test_moments_are_kept_in_utc_to_the_millisecond_as_geopackage_wants(
    store: Store, path: Path
) -> None:
    beijing = dt.timezone(dt.timedelta(hours=8))
    at = dt.datetime(2026, 5, 1, 7, 30, 0, 987654, tzinfo=beijing)
    write(store, "grid_event", frame({"e": None}, reported_at=[at]))
    assert scalar(path, "SELECT reported_at FROM grid_event") == "2026-04-30T23:30:00.987Z"
    (found,) = store.read("grid_event")["reported_at"]
    assert found == dt.datetime(2026, 4, 30, 23, 30, 0, 987000, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("building", "name", 5),
        ("building", "name", "nul\0"),
        ("building", "name", "\ud800"),
        ("building", "floors", "6"),
        ("building", "floors", 6.5),
        ("building", "floors", True),
        ("building", "floors", np.True_),
        ("building", "floors", 2**63),
        ("building", "floors", math.inf),
        ("building", "households_estimated", 1),
        ("building", "households_estimated", "true"),
        ("building", "valid_from", "2024-02-30"),
        ("building", "valid_from", 20240229),
        ("bare_land", "area_m2", "12.5"),
        ("bare_land", "area_m2", True),
        ("bare_land", "area_m2", math.inf),
        ("bare_land", "area_m2", [1.0]),
        ("grid_event", "reported_at", 5),
        ("grid_event", "reported_at", "yesterday?"),
        ("service_station", "functions_normal", ["a", "b"]),
    ],
)
def test_a_value_of_another_type_is_refused_and_nothing_written(
    store: Store, kind: str, field: str, value: object
) -> None:
    good = frame({"good": None}, **{field: [None]})
    bad = frame({"bad": None}).assign(**{field: pd.Series([value], dtype=object)})
    refusal = refused(store, kind, good, bad)
    assert (refusal.values["kind"], refusal.values["field"]) == (kind, field)
    assert store.count(kind) == 0
    assert store.changesets() == []


@pytest.mark.parametrize(
    ("kind", "geometry"),
    [
        ("building", shapely.Point(1, 1)),
        ("building", shapely.LineString([(0, 0), (1, 1)])),
        ("building", shapely.from_wkt("POLYGON Z ((0 0 1, 1 0 1, 1 1 1, 0 0 1))")),
        ("building", shapely.from_wkt("POLYGON M ((0 0 1, 1 0 1, 1 1 1, 0 0 1))")),
        ("building", shapely.GeometryCollection([shapely.box(0, 0, 1, 1)])),
        ("manhole_cover", shapely.MultiPoint([(1, 1)])),
        ("manhole_cover", shapely.Point(math.inf, 1)),
        ("road", shapely.box(0, 0, 1, 1)),
    ],
)
def test_a_geometry_that_the_kind_does_not_hold_is_refused(
    store: Store, kind: str, geometry: shapely.Geometry
) -> None:
    bad = GeoDataFrame({"code": ["x"]}, geometry=[geometry], crs=4490)
    refusal = refused(store, kind, bad)
    assert refusal.values["field"] == "geom"
    assert store.count(kind) == 0


@pytest.mark.parametrize("crs", [None, 3857, 4551, "EPSG:4326"])
def test_another_crs_is_refused(store: Store, crs: object) -> None:
    bad = GeoDataFrame({"code": ["x"]}, geometry=[shapely.box(0, 0, 1, 1)], crs=crs)
    refusal = refused(store, "building", bad)
    assert refusal.values["field"] == "crs"


def test_single_parts_are_promoted_where_the_kind_has_one_family(store: Store) -> None:
    write(store, "building", frame(buildings((0, 0))))
    write(store, "road", frame({"r": shapely.LineString([(0, 0), (9, 9)])}))
    write(store, "water", frame({"w": shapely.LineString([(0, 0), (9, 9)])}))
    found = {kind: store.read(kind).geom_type.item() for kind in ("building", "road", "water")}
    assert found == {"building": "MultiPolygon", "road": "MultiLineString", "water": "LineString"}


@pytest.mark.parametrize(
    "uids",
    [
        ["no-uuid"],
        [None],
        [5],
        ["0F8FAD5B-D9CB-469F-A165-70867728950E"],
        ["0f8fad5b-d9cb-469f-a165-70867728950e"] * 2,
    ],
)
def test_a_uid_is_a_uuid_and_comes_once(store: Store, uids: list[Any]) -> None:
    rows = pd.DataFrame({"code": "x"}, index=pd.Index(uids, name="uid"))
    refusal = refused(store, "building", rows)
    assert refusal.values["field"] == "uid"
    assert store.changesets() == []


def test_a_uid_that_is_taken_is_refused(store: Store) -> None:
    uids = write(store, "building", frame(buildings((0, 0))))
    again = frame(buildings((50, 0))).set_axis(pd.Index(uids.values(), name="uid"))
    with (
        pytest.raises(FeatureRejectedError),
        store.change(author="tester", message="twice") as change,
    ):
        change.insert("building", again)
    assert store.changeset_at() == 1


def test_a_refusal_that_the_caller_survives_leaves_nothing_of_its_call(store: Store) -> None:
    with store.change(author="tester", message="best effort") as change:
        change.insert("building", frame(buildings((0, 0))))
        with pytest.raises(FeatureRejectedError):
            change.insert("building", frame({"x": None, "y": None}, floors=[1, 0.5]))
    assert store.read("building")["code"].tolist() == ["b1"]


def test_unknown_columns_kinds_and_fields_are_refused(store: Store) -> None:
    refusal = refused(store, "building", frame({"x": None}, resident_name=["somebody"]))
    assert refusal.values["field"] == "resident_name"
    for use in (store.read, store.count, store.revision, store.territory):
        with pytest.raises(UnknownKindError):
            use("buildings")
    with pytest.raises(UnknownFieldError):
        store.read("building", columns=["code", "colour"])
    with (
        pytest.raises(UnknownKindError),
        store.change(author="tester", message="bad") as change,
    ):
        change.delete("buildings", ["x"])


def test_an_update_changes_only_the_columns_that_it_has(store: Store) -> None:
    uids = write(store, "building", frame(buildings((0, 0)), name="旧", floors=3))
    bare = pd.DataFrame({"floors": [4]}, index=[uids["b1"]])
    with store.change(author="tester", message="a storey more") as change:
        change.update("building", bare)
    (row,) = store.read("building").itertuples()
    assert (row.name, row.floors, row.code) == ("旧", 4, "b1")
    assert row.geometry.area > 0


def test_columns_choose_and_the_order_is_that_of_uids(store: Store) -> None:
    write(store, "building", frame(buildings(*[(20 * n, 0) for n in range(9)]), floors=2))
    found = store.read("building", columns=["floors"])
    assert list(found) == ["floors", "geometry"]
    assert found.index.is_monotonic_increasing


@pytest.mark.parametrize("action", ["update", "delete"])
def test_what_is_not_there_can_be_neither_changed_nor_deleted(store: Store, action: str) -> None:
    uids = list(write(store, "building", frame(buildings((0, 0)))).values())
    for wanted, error in (
        ([*uids, "gone"], FeatureMissingError),
        ([*uids, *uids], FeatureRejectedError),
    ):
        argument = wanted if action == "delete" else pd.DataFrame({"floors": 1}, index=wanted)
        with pytest.raises(error), store.change(author="tester", message="bad") as change:
            getattr(change, action)("building", argument)
    assert store.count("building") == 1
    assert store.changeset_at() == 1


def test_reals_are_recorded_to_the_last_digit(store: Store) -> None:
    """SQLite's own JSON keeps 15 digits, which is not enough to compute a figure again."""
    rng = np.random.default_rng(11)
    values = np.concatenate(
        [rng.random(500), rng.uniform(-1e6, 1e6, 500), 10 ** rng.uniform(-8, 12, 500)]
    )
    written = pd.DataFrame({"code": "x", "area_m2": values})
    with store.change(author="tester", message="many digits") as change:
        uids = change.insert("bare_land", written)
    with store.change(author="tester", message="gone") as change:
        change.delete("bare_land", uids)
    then = store.read("bare_land", as_of=1).loc[uids]
    assert then["area_m2"].tolist() == values.tolist()


def test_a_frame_without_places_serves_for_any_kind(store: Store) -> None:
    with store.change(author="tester", message="registers") as change:
        change.insert("adopter", pd.DataFrame({"code": ["a1"], "name": ["园林处"]}))
        change.insert("building", pd.DataFrame({"code": ["b1"]}))
    assert store.read("adopter")["name"].tolist() == ["园林处"]
    assert store.read("building").geometry.isna().all()
    assert isinstance(store.read("adopter"), gpd.GeoDataFrame)
