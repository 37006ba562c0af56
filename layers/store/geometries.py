"""Which geometries a kind's table holds, whoever hands them over.

Files are checked row by row on import, with a remedy for each; this is the last door, which lets
nothing pass that would be read differently from what was meant.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from geopandas import GeoSeries
from numpy.typing import NDArray
from pyproj import CRS

from layers.errors import FeatureRejectedError
from layers.kinds.model import GeometryFamily, Kind
from layers.store.schema import GEOMETRY_COLUMN

_Type = shapely.GeometryType
_SHOWN = 60  # characters of a geometry's text that show what it is

# By family: the type that is stored alone, and the one that is promoted to it.
_STORED = {
    GeometryFamily.POINT: (_Type.POINT, None),
    GeometryFamily.LINE: (_Type.MULTILINESTRING, _Type.LINESTRING),
    GeometryFamily.AREA: (_Type.MULTIPOLYGON, _Type.POLYGON),
}
_PROMOTE = {
    _Type.LINESTRING: shapely.multilinestrings,
    _Type.POLYGON: shapely.multipolygons,
}


def fit_geometries(kind: Kind, geometries: GeoSeries, srid: int) -> NDArray[np.object_]:
    """Give geometries the form in which `kind` stores them.

    Single parts are promoted where the kind is of one family. Nothing else is changed: heights,
    other families, infinite coordinates and another CRS are refused.

    Raises
    ------
    FeatureRejectedError
    """
    values = np.asarray(geometries.to_numpy(), dtype=object)
    present = ~shapely.is_missing(values)
    if not present.any():
        return values
    if not _is_in(geometries, srid):
        found = None if geometries.crs is None else geometries.crs.to_string()
        raise FeatureRejectedError(kind=kind.key, field="crs", found=found)
    return fit_places(kind, values)


def fit_places(kind: Kind, values: NDArray[np.object_]) -> NDArray[np.object_]:
    """Do the same with geometries of which it is known that they are in the storage CRS.

    Raises
    ------
    FeatureRejectedError
    """
    present = ~shapely.is_missing(values)
    _require_flat_and_finite(kind, values)
    types = shapely.get_type_id(values)
    allowed = [of for family in kind.geometry for of in _STORED[family] if of is not None]
    _refuse(kind, values, present & ~np.isin(types, allowed))
    return _promoted(values, types) if len(kind.geometry) == 1 else values


def stored_form(kind: Kind, values: NDArray[np.object_]) -> NDArray[np.object_]:
    """Give what another program wrote into a layer the form in which `kind` stores it.

    Flat, and single parts promoted; of another family it stays as it is.
    """
    flat = shapely.force_2d(values)
    return _promoted(flat, shapely.get_type_id(flat)) if len(kind.geometry) == 1 else flat


def require_stored_form(kind: Kind, values: NDArray[np.object_]) -> None:
    """Refuse geometries of a type that the table of `kind` does not take.

    Raises
    ------
    FeatureRejectedError
    """
    if len(kind.geometry) == 1:
        stored, _ = _STORED[kind.geometry[0]]
        wrong = shapely.get_type_id(values) != stored
        _refuse(kind, values, wrong & ~shapely.is_missing(values))


def read_wkb(wkb: Sequence[bytes | None]) -> NDArray[np.object_]:
    """Make geometries of their bytes; what cannot be read, or is made of curves, becomes None.

    Only another program can have written such a thing, and it must not keep us from the others.
    """
    values = np.array(wkb, dtype=object)
    try:
        read: NDArray[np.object_] = shapely.from_wkb(values, on_invalid="ignore")
    except NotImplementedError:  # said of all because of one
        read = np.array([_read_one(value) for value in values], dtype=object)
    return read


def _read_one(wkb: bytes | None) -> shapely.Geometry | None:
    try:
        return shapely.from_wkb(wkb, on_invalid="ignore")
    except NotImplementedError:
        return None


def _is_in(geometries: GeoSeries, srid: int) -> bool:
    crs = geometries.crs
    if crs is None:
        return False
    return crs.to_epsg() == srid or crs.equals(CRS.from_epsg(srid), ignore_axis_order=True)


def _require_flat_and_finite(kind: Kind, values: NDArray[np.object_]) -> None:
    _refuse(kind, values, shapely.has_z(values) | shapely.has_m(values))
    coordinates, rows = shapely.get_coordinates(values, return_index=True)
    wrong = np.zeros(len(values), dtype=bool)
    wrong[rows[~np.isfinite(coordinates).all(axis=1)]] = True
    _refuse(kind, values, wrong)


def _refuse(kind: Kind, values: NDArray[np.object_], wrong: NDArray[np.bool_]) -> None:
    if wrong.any():
        found = values[int(np.argmax(wrong))].wkt[:_SHOWN]
        raise FeatureRejectedError(kind=kind.key, field=GEOMETRY_COLUMN, found=found)


def _promoted(values: NDArray[np.object_], types: NDArray[np.int32]) -> NDArray[np.object_]:
    promoted = values.copy()
    for single, promote in _PROMOTE.items():
        rows = np.flatnonzero(types == single)
        if len(rows):
            promoted[rows] = promote(values[rows], indices=np.arange(len(rows)))
    return promoted
