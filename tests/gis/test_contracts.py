"""What measures ask of their inputs."""

import math

import pytest
from geopandas import GeoDataFrame, GeoSeries
from pandas import DataFrame
from shapely import Point

from gis import contracts
from gis.errors import (
    ArgumentTypeError,
    DuplicateIndexError,
    GeometryFamilyError,
    GeometryInvalidError,
    GeometryNotFiniteError,
    NumberError,
    RadiusError,
)
from tests.gis import zoo


def layer(shapes: dict[str, object]) -> GeoSeries:
    return GeoSeries(shapes, crs=zoo.CRS)


def test_takes_a_column_or_the_active_column_of_a_table() -> None:
    column = layer(zoo.AREAS)
    assert contracts.as_geometries("zones", column) is column
    assert contracts.as_geometries("zones", GeoDataFrame(geometry=column)).equals(column)


@pytest.mark.parametrize("wrong", [[Point(0, 0)], DataFrame({"a": [1]}), GeoDataFrame({"a": [1]})])
def test_refuses_what_has_no_geometry_column(wrong: object) -> None:
    with pytest.raises(ArgumentTypeError) as refusal:
        contracts.as_geometries("zones", wrong)
    assert refusal.value.values["argument"] == "zones"


def test_present_is_what_is_neither_missing_nor_empty() -> None:
    here = contracts.present(layer(zoo.EVERYTHING))
    assert here.tolist() == [name not in zoo.NOTHING for name in zoo.EVERYTHING]
    assert contracts.present(layer({})).tolist() == []


@pytest.mark.parametrize(
    ("family", "shapes"), [("point", zoo.POINTS), ("line", zoo.LINES), ("area", zoo.AREAS)]
)
def test_families(family: str, shapes: dict[str, object]) -> None:
    contracts.require_family("places", layer(shapes | zoo.NOTHING), [family])
    others = {"point", "line", "area"} - {family}
    for label, shape in shapes.items():
        with pytest.raises(GeometryFamilyError) as refusal:
            contracts.require_family("places", layer(zoo.NOTHING | {label: shape}), others)
        assert refusal.value.values["label"] == label
        assert refusal.value.values["found"] == family


def test_a_collection_is_of_no_family() -> None:
    with pytest.raises(GeometryFamilyError) as refusal:
        contracts.require_family("places", layer(zoo.COLLECTIONS), ["point", "line", "area"])
    assert refusal.value.values["found"] == "collection"


def test_valid_areas_pass_and_invalid_ones_are_named() -> None:
    contracts.require_valid("zones", layer(zoo.AREAS | zoo.NOTHING))
    for label, shape in zoo.INVALID.items():
        with pytest.raises(GeometryInvalidError) as refusal:
            contracts.require_valid("zones", layer(zoo.AREAS | {label: shape}))
        assert refusal.value.values["label"] == label
        assert refusal.value.values["rows"] == 1


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
def test_coordinates_are_numbers(wrong: float) -> None:
    contracts.require_finite("places", layer(zoo.EVERYTHING))
    with pytest.raises(GeometryNotFiniteError) as refusal:
        contracts.require_finite("places", layer({"a": Point(0, 0), "b": Point(wrong, 0)}))
    assert refusal.value.values["label"] == "b"


def test_labels_are_unique_where_they_must_be() -> None:
    contracts.require_unique_index(units=layer(zoo.AREAS))
    with pytest.raises(DuplicateIndexError) as refusal:
        contracts.require_unique_index(units=GeoSeries([None, None], index=["a", "a"]))
    assert refusal.value.values == {"argument": "units", "label": "a"}


@pytest.mark.parametrize("wrong", [-1, math.nan, math.inf])
def test_a_radius_is_finite_and_not_negative(wrong: float) -> None:
    contracts.require_radius("radius_m", 0)
    with pytest.raises(RadiusError):
        contracts.require_radius("radius_m", wrong)


@pytest.mark.parametrize("wrong", [0.09, 1.01, math.nan])
def test_a_number_has_its_range(wrong: float) -> None:
    contracts.require_number("part", 0.1, least=0.1, most=1)
    with pytest.raises(NumberError) as refusal:
        contracts.require_number("part", wrong, least=0.1, most=1)
    assert refusal.value.values["allowed"] == "[0.1, 1]"
