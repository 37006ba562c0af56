"""What a measure asks of its inputs, and the refusals when it does not get it.

The families of geometry are those of the register: `point`, `line`, `area`; a collection belongs
to none. A row without a geometry, or with an empty one, belongs to all: it is not measured.
"""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from geopandas import GeoDataFrame, GeoSeries

from gis.errors import (
    ArgumentTypeError,
    DuplicateIndexError,
    GeometryFamilyError,
    GeometryInvalidError,
    GeometryNotFiniteError,
    NumberError,
    RadiusError,
)

__all__ = [
    "as_geometries",
    "present",
    "require_family",
    "require_finite",
    "require_number",
    "require_radius",
    "require_unique_index",
    "require_valid",
]

Geometries = npt.NDArray[np.object_]

_FAMILY = {
    shapely.GeometryType.POINT: "point",
    shapely.GeometryType.MULTIPOINT: "point",
    shapely.GeometryType.LINESTRING: "line",
    shapely.GeometryType.LINEARRING: "line",
    shapely.GeometryType.MULTILINESTRING: "line",
    shapely.GeometryType.POLYGON: "area",
    shapely.GeometryType.MULTIPOLYGON: "area",
    shapely.GeometryType.GEOMETRYCOLLECTION: "collection",
}


def as_geometries(argument: str, layer: GeoSeries | GeoDataFrame) -> GeoSeries:
    """Give the geometry column of `layer`.

    Raises
    ------
    ArgumentTypeError
    """
    if isinstance(layer, GeoSeries):
        return layer
    if isinstance(layer, GeoDataFrame) and layer.active_geometry_name is not None:
        return layer.geometry
    raise ArgumentTypeError(
        argument=argument, found=type(layer).__name__, allowed=("GeoSeries", "GeoDataFrame")
    )


def present(geometries: GeoSeries) -> npt.NDArray[np.bool_]:
    """Tell which rows have a geometry that is not empty.

    Examples
    --------
    >>> present(GeoSeries.from_wkt(["POINT (1 2)", "POINT EMPTY", None])).tolist()
    [True, False, False]
    """
    values = np.asarray(geometries.array, dtype=object)
    there: npt.NDArray[np.bool_] = ~(shapely.is_missing(values) | shapely.is_empty(values))
    return there


def require_family(argument: str, geometries: GeoSeries, families: Iterable[str]) -> None:
    """Refuse a layer that holds a geometry of another family than `families`.

    Raises
    ------
    GeometryFamilyError
    """
    allowed = tuple(families)
    codes = [kind for kind, family in _FAMILY.items() if family in allowed]
    kinds = shapely.get_type_id(np.asarray(geometries.array, dtype=object))
    wrong = present(geometries) & ~np.isin(kinds, codes)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise GeometryFamilyError(
            argument=argument,
            found=_FAMILY[shapely.GeometryType(kinds[row])],
            allowed=allowed,
            label=geometries.index[row],
        )


def require_finite(argument: str, geometries: GeoSeries) -> None:
    """Refuse a layer with an infinite coordinate, or one that is not a number.

    Raises
    ------
    GeometryNotFiniteError
    """
    values = np.asarray(geometries.array, dtype=object)
    coordinates, rows = shapely.get_coordinates(values, return_index=True)
    wrong = np.unique(rows[~np.isfinite(coordinates).all(axis=1)])
    if len(wrong):
        raise GeometryNotFiniteError(
            argument=argument, label=geometries.index[wrong[0]], rows=len(wrong)
        )


def require_valid(argument: str, geometries: GeoSeries) -> None:
    """Refuse a layer with a geometry that has no definite inside, such as a bow tie.

    Raises
    ------
    GeometryInvalidError
    """
    values = np.asarray(geometries.array, dtype=object)
    wrong = np.flatnonzero(present(geometries) & ~shapely.is_valid(values))
    if len(wrong):
        raise GeometryInvalidError(
            argument=argument,
            label=geometries.index[wrong[0]],
            reason=shapely.is_valid_reason(values[wrong[0]]),
            rows=len(wrong),
        )


def require_unique_index(**layers: Any) -> None:
    """Refuse layers, or anything else with an index, in which two rows share a label.

    Raises
    ------
    DuplicateIndexError
    """
    for argument, layer in layers.items():
        repeated = layer.index.duplicated()
        if repeated.any():
            raise DuplicateIndexError(argument=argument, label=layer.index[np.argmax(repeated)])


def require_number(argument: str, found: float, *, least: float, most: float = math.inf) -> None:
    """Refuse a number that is not finite, or outside `least` to `most`, both allowed.

    Raises
    ------
    NumberError
    """
    if not (math.isfinite(found) and least <= found <= most):
        raise NumberError(argument=argument, found=found, allowed=f"[{least:g}, {most:g}]")


def require_radius(argument: str, found: float, *, least: float = 0.0) -> None:
    """Refuse a radius, metres, that is not finite or below `least`.

    Raises
    ------
    RadiusError
    """
    if not (math.isfinite(found) and found >= least):
        raise RadiusError(argument=argument, found=found, allowed=f"[{least:g}, inf)")
