"""Where the numbers of a file lie on the earth: the declared datum, checked and converted.

The user always declares it. The file may claim a reference system of its own; the two contradict
each other when they put the same numbers at different places, whatever their names are. GCJ-02
and BD-09 have no registered system, so files in them are always labelled as WGS84.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import geopandas
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Geod, Transformer
from pyproj.exceptions import CRSError, ProjError

from gis.datum import convert_datum
from layers.importing.errors import (
    DatumContradictionError,
    DatumNotConvertibleError,
    DatumNotDeclaredError,
    DatumNotDegreesError,
    DatumNotKnownError,
    DatumNotProjectedError,
    DatumOutsideAreaError,
)
from layers.importing.findings import Findings
from layers.importing.shapes import without
from layers.importing.words import DATUM_NAMES
from layers.kinds import fold
from layers.offsets import OFFSET_DATUMS, offset_named_by

DATUMS = ("WGS84", "CGCS2000", "GCJ-02", "BD-09", "EPSG:n")

# CGCS2000, WGS84 and ETRS89 differ by less than a metre; other datums by tens of metres.
_SAME_PLACE_M = 5.0
# Beyond this many degrees outside a system's area of use its numbers mean something else.
_AREA_MARGIN_DEG = 6.0
# Where GCJ-02 is defined (the bounds of its public approximation).
CHINA = (72.004, 0.8293, 137.8347, 55.8271)
_WORLD = (-180.0, -90.0, 180.0, 90.0)
_GEOD = Geod(ellps="WGS84")
_WGS84, _CGCS2000 = CRS.from_epsg(4326), CRS.from_epsg(4490)
_GEOGRAPHIC = {"WGS84": 4326, "CGCS2000": 4490, "GCJ-02": 4326, "BD-09": 4326}


@dataclass(frozen=True)
class Datum:
    """A declared datum: its name, the system in which its numbers are read, where it is used.

    `area` is west, south, east, north in degrees.
    """

    name: str
    crs: CRS
    area: tuple[float, float, float, float]

    @property
    def is_offset(self) -> bool:
        """Tell whether the coordinates are deliberately shifted ones."""
        return self.name in OFFSET_DATUMS


def parse_datum(text: str | None) -> Datum:
    """Understand a declared datum; letter case, blanks and hyphens do not matter.

    Names by which ledgers know them are understood, too: 国家2000, 火星坐标, 百度.

    Raises
    ------
    DatumNotDeclaredError, DatumNotKnownError

    Examples
    --------
    >>> parse_datum("gcj02").name
    'GCJ-02'
    >>> parse_datum("epsg:4551").crs.name
    'CGCS2000 / 3-degree Gauss-Kruger CM 126E'
    """
    if not text:
        raise DatumNotDeclaredError(allowed=list(DATUMS))
    plain = fold(DATUM_NAMES.get(fold(text), text)).upper()
    by_plain_name = {name.replace("-", ""): name for name in _GEOGRAPHIC}
    if plain in by_plain_name:
        name = by_plain_name[plain]
        area = CHINA if name in OFFSET_DATUMS else _WORLD
        return Datum(name, CRS.from_epsg(_GEOGRAPHIC[name]), area)
    if match := re.fullmatch(r"EPSG:(\d+)", plain):
        return _registered(text, int(match[1]))
    raise DatumNotKnownError(found=text, allowed=list(DATUMS))


def _registered(text: str, number: int) -> Datum:
    try:
        crs = CRS.from_epsg(number)
    except CRSError:
        raise DatumNotKnownError(found=text, allowed=list(DATUMS)) from None
    if not (crs.is_projected or crs.is_geographic):
        raise DatumNotKnownError(found=text, allowed=list(DATUMS))
    used = crs.area_of_use
    area = (used.west, used.south, used.east, used.north) if used else _WORLD
    return Datum(f"EPSG:{number}", crs, area)


def check_against_file(
    datum: Datum, file_crs: CRS | None, geometry: NDArray[np.object_], *, is_default: bool
) -> None:
    """Refuse a declared datum that puts the data elsewhere than the file's own system.

    A default is no claim: GeoJSON and KML say WGS84 whatever the numbers are.

    Raises
    ------
    DatumContradictionError
    """
    if file_crs is None or (is_default and not datum.is_offset):
        return
    labelled = offset_named_by(file_crs)
    if labelled is not None and labelled != datum.name:
        raise DatumContradictionError(file_crs=labelled, declared=datum.name, distance_m=None)
    if labelled is not None or _same_system(file_crs, datum.crs):
        return
    apart_m = _apart_m(file_crs, datum.crs, _middle(geometry))
    if apart_m > _SAME_PLACE_M:
        raise DatumContradictionError(
            file_crs=crs_label(file_crs),
            declared=datum.name,
            distance_m=round(apart_m) if np.isfinite(apart_m) else None,
        )


def overrules_label(datum: Datum, file_crs: CRS | None) -> bool:
    """Tell whether shifted coordinates come in a file that names another datum than WGS84.

    Such files exist, and nothing in them says whether label or declaration is wrong.
    """
    if not datum.is_offset or file_crs is None or offset_named_by(file_crs) == datum.name:
        return False
    return not _same_system(file_crs, _WGS84)


def crs_label(crs: CRS) -> str:
    """Give the shortest name by which a system can be looked up."""
    authority = crs.to_authority()
    return ":".join(authority) if authority else str(crs.name)


def _same_system(one: CRS, other: CRS) -> bool:
    return bool(one.to_2d().equals(other.to_2d(), ignore_axis_order=True))


def _middle(geometry: NDArray[np.object_]) -> NDArray[np.float64]:
    """Give the median x and y of all vertices as one row, so that outliers do not matter."""
    coordinates = shapely.get_coordinates(geometry)
    coordinates = coordinates[np.isfinite(coordinates).all(axis=1)]
    return np.median(coordinates, axis=0, keepdims=True) if len(coordinates) else np.zeros((0, 2))


def _apart_m(one: CRS, other: CRS, xy: NDArray[np.float64]) -> float:
    """Measure how far apart two systems put the same numbers; infinity where only one can."""
    first, second = (_to_degrees(crs, xy) for crs in (one, other))
    known = np.isfinite(first).all(), np.isfinite(second).all()
    if not all(known):
        return float("inf") if any(known) else 0.0
    apart_m = _GEOD.inv(first[:, 0], first[:, 1], second[:, 0], second[:, 1])[2]
    return float(np.max(apart_m, initial=0.0))


def _to_degrees(crs: CRS, xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Convert rows of x and y to longitude and latitude; NaN where that is impossible."""
    try:
        step = _to_pivot(crs)
    except ProjError:  # an engineering or other local system
        return np.full_like(xy, np.nan)
    degrees = xy.copy()
    if step is not None:
        degrees = np.column_stack(step.transform(xy[:, 0].copy(), xy[:, 1].copy()))
    degrees[(np.abs(degrees) > [180.0, 90.0]).any(axis=1)] = np.nan
    return degrees


@lru_cache(maxsize=64)
def _to_pivot(crs: CRS, *, back: bool = False) -> Transformer | None:
    """Make the way from a system to degrees in which all systems meet, or back; None: none needed.

    Degrees of CGCS2000 and of WGS84 are the same degrees here (they differ by centimetres). No
    transformation between them is registered, so PROJ would join any other datum to CGCS2000 by
    pretending that they are equal: Beijing 1954 would be off by a hundred metres. A datum without
    a known way to WGS84 is therefore refused; only one that has no name at all passes as it is.
    """
    flat = crs.to_2d()
    pivot = _CGCS2000 if _datum_name(flat) == _datum_name(_CGCS2000) else _WGS84
    if _same_system(flat, pivot):
        return None
    source, target = (pivot, flat) if back else (flat, pivot)
    nameless = _datum_name(flat).startswith("Unknown")
    return Transformer.from_crs(source, target, always_xy=True, allow_ballpark=nameless)


def _datum_name(crs: CRS) -> str:
    datum = crs.datum or (crs.geodetic_crs.datum if crs.geodetic_crs else None)
    return datum.name if datum else ""


def to_storage(
    geometry: NDArray[np.object_], datum: Datum, storage_crs: CRS, findings: Findings
) -> NDArray[np.object_]:
    """Convert two-dimensional geometries to the storage system, rejecting impossible rows.

    Raises
    ------
    DatumNotConvertibleError
    DatumNotDegreesError, DatumNotProjectedError, DatumOutsideAreaError
        Where not single rows but most of the file cannot be in this datum.
    """
    steps = steps_to(datum.crs, storage_crs, declared=datum.name)
    bounds = shapely.bounds(geometry)
    present = ~shapely.is_missing(geometry) & ~findings.rejected
    for row in np.flatnonzero(present & ~np.isfinite(bounds).all(axis=1)).tolist():
        findings.add(row, "coordinates_not_a_number", found=geometry[row].wkt)
    present &= ~findings.rejected
    if datum.crs.is_geographic:
        _reject_out_of_range(datum, bounds, present, findings)
    else:
        _refuse_degrees(datum, bounds, present, findings)
    _reject_outside_area(datum, bounds, present & ~findings.rejected, findings)
    usable = without(geometry, ~present | findings.rejected)
    if datum.is_offset:
        series = geopandas.GeoSeries(usable)
        usable = convert_datum(series, datum.name, "WGS84").to_numpy()
    for step in steps:
        usable = shapely.transform(usable, step.transform, interleaved=False)
    return usable


def from_storage(
    geometry: NDArray[np.object_], storage_crs: CRS, datum: Datum
) -> NDArray[np.object_]:
    """Convert geometries from the storage system to a declared datum, the way back of an import.

    What cannot be said in it has coordinates that are not finite.

    Raises
    ------
    DatumNotConvertibleError
    """
    for step in steps_to(storage_crs, datum.crs, declared=datum.name):
        geometry = shapely.transform(geometry, step.transform, interleaved=False)
    if datum.is_offset:
        geometry = convert_datum(geopandas.GeoSeries(geometry), "WGS84", datum.name).to_numpy()
    return geometry


def _reject_out_of_range(
    datum: Datum, bounds: NDArray[np.float64], present: NDArray[np.bool_], findings: Findings
) -> None:
    rows = np.flatnonzero(present & beyond_degrees(bounds))
    if len(rows) * 2 > present.sum():
        first = _first(rows, bounds, findings)
        raise DatumNotDegreesError(declared=datum.name, rows=len(rows), **first)
    for row in rows.tolist():
        x, y = far_corner(bounds[row])
        findings.add(row, "coordinates_out_of_range", x=x, y=y)


def beyond_degrees(bounds: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which (n, 4) boxes reach beyond what longitude and latitude can be."""
    return np.asarray((np.abs(bounds) > [180, 90, 180, 90]).any(axis=1))


def outside_area(
    crs: CRS, area: tuple[float, float, float, float], bounds: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Tell which (n, 4) boxes, in `crs`, lie far outside an area in degrees (W, S, E, N)."""
    centre = (bounds[:, :2] + bounds[:, 2:]) / 2
    lon, lat = _to_degrees(crs, centre).T
    west, south, east, north = area
    span = (east - west) % 360 or 360.0  # an area may reach across the antimeridian
    offset = (lon - west + _AREA_MARGIN_DEG) % 360
    inside = (
        (offset <= span + 2 * _AREA_MARGIN_DEG)
        & (lat >= south - _AREA_MARGIN_DEG)
        & (lat <= north + _AREA_MARGIN_DEG)
    )
    outside: NDArray[np.bool_] = np.logical_not(inside)
    return outside


def _refuse_degrees(
    datum: Datum, bounds: NDArray[np.float64], present: NDArray[np.bool_], findings: Findings
) -> None:
    like_degrees = present & (np.abs(bounds) <= [180, 90, 180, 90]).all(axis=1)
    if present.any() and (like_degrees == present).all():
        first = _first(np.flatnonzero(present), bounds, findings)
        raise DatumNotProjectedError(declared=datum.name, **first)


def _reject_outside_area(
    datum: Datum, bounds: NDArray[np.float64], present: NDArray[np.bool_], findings: Findings
) -> None:
    rows = np.flatnonzero(present & outside_area(datum.crs, datum.area, bounds))
    if len(rows) * 2 > present.sum():
        first = _first(rows, bounds, findings)
        raise DatumOutsideAreaError(
            declared=datum.name, area=list(datum.area), rows=len(rows), **first
        )
    for row in rows.tolist():
        x, y = far_corner(bounds[row])
        findings.add(row, "coordinates_outside_area", x=x, y=y, area=list(datum.area))


def _first(
    rows: NDArray[np.int64], bounds: NDArray[np.float64], findings: Findings
) -> dict[str, object]:
    x, y = far_corner(bounds[rows[0]])
    return {"row": int(findings.row_numbers[rows[0]]), "x": x, "y": y}


def far_corner(box: NDArray[np.float64]) -> tuple[float, float]:
    """Give the corner of a box that lies farther from zero on each axis."""
    x = box[0] if abs(box[0]) > abs(box[2]) else box[2]
    y = box[1] if abs(box[1]) > abs(box[3]) else box[3]
    return float(x), float(y)


def steps_to(source: CRS, target: CRS, *, declared: str) -> list[Transformer]:
    """Make the way from one reference system to another, one step after the other.

    Raises
    ------
    DatumNotConvertibleError
    """
    if _same_system(source, target):
        return []
    try:
        steps = [_to_pivot(source), _to_pivot(target, back=True)]
    except ProjError as error:
        raise DatumNotConvertibleError(declared=declared) from error
    return [step for step in steps if step is not None]
