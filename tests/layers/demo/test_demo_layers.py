"""Every layer is filled, as declared: counts, families, codes, references."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from geopandas import GeoDataFrame

from layers.demo import STORAGE_CRS
from layers.kinds import KINDS, LIST_SEPARATOR, Field, FieldType, GeometryFamily

Town = dict[str, GeoDataFrame]

FAMILY_TYPE = {
    GeometryFamily.POINT: "Point",
    GeometryFamily.LINE: "MultiLineString",
    GeometryFamily.AREA: "MultiPolygon",
}

COUNTS = {
    "district": (1, 1),
    "street": (3, 3),
    "community": (12, 12),
    "grid": (120, 120),
    "building": (2900, 3300),
    "walkway": (7400, 8600),
    "bare_land": (150, 150),
    "manhole_cover": (1500, 1500),
    "grid_event": (2000, 4000),
    "photo": (0, 0),
}


def test_every_kind_has_its_layer(town: Town) -> None:
    assert set(town) == set(KINDS)


@pytest.mark.parametrize("key", sorted(KINDS))
def test_count(town: Town, key: str) -> None:
    least, most = COUNTS.get(key, (1, 100_000))
    assert least <= len(town[key]) <= most


@pytest.mark.parametrize("key", sorted(KINDS))
def test_columns_are_those_declared(town: Town, key: str) -> None:
    declared = [field.key for field in KINDS[key].fields]
    assert [name for name in town[key].columns if name != "geometry"] == declared


@pytest.mark.parametrize("key", sorted(KINDS))
def test_index_is_unique_uids(town: Town, key: str) -> None:
    index = town[key].index
    assert index.name == "uid"
    assert index.is_unique
    assert all(str(UUID(uid)) == uid for uid in index)
    assert town[key]["code"].is_unique


@pytest.mark.parametrize("key", sorted(KINDS))
def test_geometry_is_of_the_declared_family(town: Town, key: str) -> None:
    kind, frame = KINDS[key], town[key]
    shapes = frame.geometry[frame.geometry.notna()]
    assert frame.crs == STORAGE_CRS
    assert set(shapes.geom_type) <= {FAMILY_TYPE[family] for family in kind.geometry}
    assert shapes.is_valid.all()
    assert not shapes.has_z.any()
    assert not shapes.is_empty.any()
    if kind.geometry and kind.geometry_required:
        assert len(shapes) == len(frame)


@pytest.mark.parametrize("key", sorted(KINDS))
def test_required_fields_are_filled(town: Town, key: str) -> None:
    required = [field.key for field in KINDS[key].fields if field.required]
    assert not town[key][required].isna().any().any()


@pytest.mark.parametrize("key", sorted(KINDS))
def test_values_are_in_their_code_lists(town: Town, key: str) -> None:
    for field in KINDS[key].fields:
        if field.codes is not None:
            unknown = set(_values(town[key], field)) - set(field.codes.values)
            assert not unknown, (field.key, unknown)


@pytest.mark.parametrize("key", sorted(KINDS))
def test_class_codes_are_of_their_system(town: Town, key: str) -> None:
    for field in KINDS[key].fields:
        systems = {codes.key: codes for codes in field.code_systems}
        if not systems:
            continue
        for system, code in zip(town[key]["code_system"], town[key][field.key], strict=True):
            assert code in systems[system].values


@pytest.mark.parametrize("key", sorted(KINDS))
def test_numbers_keep_their_bounds(town: Town, key: str) -> None:
    for field in KINDS[key].fields:
        values = town[key][field.key].dropna()
        if field.minimum is not None:
            assert (values >= field.minimum).all(), field.key
        if field.maximum is not None:
            assert (values <= field.maximum).all(), field.key


@pytest.mark.parametrize("key", sorted(KINDS))
def test_references_resolve(town: Town, key: str) -> None:
    for field in KINDS[key].fields:
        if field.refers_to is not None:
            assert set(_values(town[key], field)) <= set(town[field.refers_to]["code"]), field.key
        if field.refers_by is not None:
            rows = town[key][town[key][field.key].notna()]
            for target, some in rows.groupby(field.refers_by):
                assert set(_values(some, field)) <= set(town[str(target)]["code"]), field.key


def test_nobody_is_named(town: Town) -> None:
    """Holders are organisations and posts; adopters are groups."""
    ends = ("局", "中心", "委员会", "号", "处")
    assert town["responsibility"]["holder_org"].str.endswith(ends[:3]).sum() > 100
    households = town["adopter"]["households"]
    assert (households.isna() | (town["adopter"]["adopter_kind"] == "residents")).all()


def _values(frame: GeoDataFrame, field: Field) -> Iterator[str]:
    for value in frame[field.key].dropna():
        if field.type is FieldType.TEXT_LIST:
            yield from value.split(LIST_SEPARATOR)
        else:
            yield value
