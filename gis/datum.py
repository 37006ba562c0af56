"""Datums of Chinese map data, and the way between them.

Four datums are in use for degrees of longitude and latitude. `WGS84` and `CGCS2000` differ by
centimetres to decimetres and count as equal here. `GCJ-02` is the national shift of a few
hundred metres that online maps in mainland China carry; `BD-09` is one map company's further
shift on top of it. Neither has a registered reference system.

The shifts are the approximation that is in public use; it reproduces published maps within a
metre or two. Going back has no closed form: the forward shift, which changes by less than 3 % of
the way, is inverted by a fixed-point iteration.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import shapely
from geopandas import GeoSeries

from gis.contracts import as_geometries, require_finite
from gis.crs import require_degrees
from gis.errors import CrsNotDegreesError, DatumUnknownError

__all__ = ["DATUMS", "convert_coordinates", "convert_datum"]

Degrees = npt.NDArray[np.float64]
Shift = Callable[[Degrees, Degrees], tuple[Degrees, Degrees]]

# The reference system of each datum; none is registered for the shifted ones.
DATUMS: dict[str, str | None] = {
    "WGS84": "EPSG:4326",
    "CGCS2000": "EPSG:4490",
    "GCJ-02": None,
    "BD-09": None,
}

# The rectangle (degrees of WGS84) outside which the public approximation shifts nothing. It
# reaches beyond mainland China on all sides; its edges cut through neighbouring countries and sea.
_SHIFTED_LON = (72.004, 137.8347)
_SHIFTED_LAT = (0.8293, 55.8271)

# GCJ-02 is defined on the ellipsoid of Krasovsky 1940.
_SEMI_MAJOR_M = 6378245.0
_ECCENTRICITY_SQUARED = 0.00669342162296594323

# BD-09 counts its waves in this many radians a degree, and adds a constant offset in degrees.
_BD_WAVE = np.pi * 3000.0 / 180.0
_BD_LON_OFFSET, _BD_LAT_OFFSET = 0.0065, 0.006

# The error shrinks by a factor of 30 or more at every step: from 1e-2 degrees below 1e-13.
_INVERSE_STEPS = 8


def convert_datum(geometries: GeoSeries, source: str, target: str) -> GeoSeries:
    """Convert longitudes and latitudes from one datum to another.

    Parameters
    ----------
    geometries
        Geometries of any type in degrees, longitude first; n rows. `source` says their datum,
        whatever system they declare: files in GCJ-02 usually claim to be EPSG:4326.
    source, target
        `"WGS84"`, `"CGCS2000"`, `"GCJ-02"` or `"BD-09"`.

    Returns
    -------
    GeoSeries
        Indexed as `geometries`. Heights are kept, measures (M) are not. The system is EPSG:4326
        for WGS84 and EPSG:4490 for CGCS2000; GCJ-02 and BD-09 get none, as none exists, so that
        no measure will mix them with true positions. Forward and back again differs by less than
        a millimetre within China. Outside longitudes 72.004 to 137.8347 and latitudes 0.8293 to
        55.8271 (of WGS84) nothing is shifted; within 0.02 degrees of that rectangle's edge, all
        of it outside mainland China, the way back is ambiguous.

    Raises
    ------
    DatumUnknownError, CrsNotDegreesError, GeometryNotFiniteError, ArgumentTypeError

    Examples
    --------
    >>> hunjiang = GeoSeries.from_xy([126.424], [41.944])
    >>> convert_datum(hunjiang, "WGS84", "GCJ-02").get_coordinates().round(4)
              x        y
    0  126.4299  41.9465
    """
    _require_known(source=source, target=target)
    geometries = as_geometries("geometries", geometries)
    _require_degrees(geometries)

    def move(coordinates: Degrees) -> Degrees:
        moved = convert_coordinates(coordinates[:, :2], source, target)
        return np.column_stack([moved, coordinates[:, 2:]])

    values = np.array(geometries.array, dtype=object)
    flat = ~shapely.has_z(values)
    values[flat] = shapely.transform(values[flat], move)
    values[~flat] = shapely.transform(values[~flat], move, include_z=True)
    return GeoSeries(values, index=geometries.index, name=geometries.name, crs=DATUMS[target])


def convert_coordinates(coordinates: Degrees, source: str, target: str) -> Degrees:
    """Convert bare longitudes and latitudes from one datum to another.

    Parameters
    ----------
    coordinates
        (n, 2) degrees, longitude first; what is not finite stays so.
    source, target
        As for `convert_datum`.

    Returns
    -------
    coordinates
        (n, 2) degrees.

    Raises
    ------
    DatumUnknownError

    Examples
    --------
    >>> convert_coordinates(np.array([[126.4299, 41.9465]]), "GCJ-02", "WGS84").round(3)
    array([[126.424,  41.944]])
    """
    _require_known(source=source, target=target)
    if source == target:
        return coordinates.copy()
    lon, lat = _to_wgs84(source, coordinates[:, 0], coordinates[:, 1])
    return np.column_stack(_from_wgs84(target, lon, lat))


def _require_known(**datums: str) -> None:
    for argument, datum in datums.items():
        if datum not in DATUMS:
            raise DatumUnknownError(argument=argument, found=datum, allowed=tuple(DATUMS))


def _require_degrees(geometries: GeoSeries) -> None:
    require_degrees(geometries=geometries)
    require_finite("geometries", geometries)
    lon, lat = shapely.get_coordinates(np.asarray(geometries.array, dtype=object)).T
    if (np.abs(lon) > 180).any() or (np.abs(lat) > 90).any():
        raise CrsNotDegreesError(argument="geometries", crs=None)


def _from_wgs84(datum: str, lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    if datum in {"GCJ-02", "BD-09"}:
        east, north = _gcj_shift(lon, lat)
        shifted = _is_shifted(lon, lat)
        lon, lat = lon + np.where(shifted, east, 0), lat + np.where(shifted, north, 0)
        if datum == "BD-09":
            east, north = _bd_shift(lon, lat)
            lon, lat = lon + np.where(shifted, east, 0), lat + np.where(shifted, north, 0)
    return lon, lat


def _to_wgs84(datum: str, lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """Find the position whose shifted position is `lon`, `lat`."""
    true_lon, true_lat = lon, lat
    for _ in range(_INVERSE_STEPS):
        there_lon, there_lat = _from_wgs84(datum, true_lon, true_lat)
        true_lon, true_lat = true_lon + (lon - there_lon), true_lat + (lat - there_lat)
    return true_lon, true_lat


def _is_shifted(lon: Degrees, lat: Degrees) -> npt.NDArray[np.bool_]:
    west, east = _SHIFTED_LON
    south, north = _SHIFTED_LAT
    return (west <= lon) & (lon <= east) & (south <= lat) & (lat <= north)


def _gcj_shift(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """Give the shift from WGS84 to GCJ-02 in degrees; its coefficients are metres."""
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    ripple = _waves(x, (20.0, 6.0), (20.0, 2.0))
    east_m = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east_m += ripple + _waves(x, (20.0, 1.0), (40.0, 1 / 3), (150.0, 1 / 12), (300.0, 1 / 30))
    north_m = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north_m += ripple + _waves(y, (20.0, 1.0), (40.0, 1 / 3), (160.0, 1 / 12), (320.0, 1 / 30))
    return east_m / _metres_per_degree_east(lat), north_m / _metres_per_degree_north(lat)


def _waves(angle: Degrees, *terms: tuple[float, float]) -> Degrees:
    """Sum sines of `angle` half turns: pairs of amplitude and frequency, times two thirds."""
    total = np.zeros_like(angle)
    for amplitude, frequency in terms:
        total += amplitude * np.sin(frequency * np.pi * angle)
    return total * 2.0 / 3.0


def _metres_per_degree_east(lat: Degrees) -> Degrees:
    curvature = 1.0 - _ECCENTRICITY_SQUARED * np.sin(np.radians(lat)) ** 2
    return np.radians(_SEMI_MAJOR_M / np.sqrt(curvature) * np.cos(np.radians(lat)))


def _metres_per_degree_north(lat: Degrees) -> Degrees:
    curvature = 1.0 - _ECCENTRICITY_SQUARED * np.sin(np.radians(lat)) ** 2
    return np.radians(_SEMI_MAJOR_M * (1.0 - _ECCENTRICITY_SQUARED) / curvature**1.5)


def _bd_shift(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """Give the shift from GCJ-02 to BD-09 in degrees, a ripple in polar coordinates."""
    distance = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BD_WAVE)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BD_WAVE)
    there_lon = distance * np.cos(angle) + _BD_LON_OFFSET
    there_lat = distance * np.sin(angle) + _BD_LAT_OFFSET
    return there_lon - lon, there_lat - lat
