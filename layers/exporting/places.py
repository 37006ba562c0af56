"""In which datum places leave the store, and how a file owns up to a shifted one.

GeoPackage, GeoParquet and shapefile carry any system; CSV and Excel hold bare numbers, by default
degrees of WGS84. GeoJSON and KML are degrees of WGS84 by definition: shifted degrees are written
into them where somebody asks for them, but nothing in these formats can say so. Shifted features
therefore have their datum in a column, whatever the format.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely
from geopandas import GeoDataFrame, GeoSeries
from numpy.typing import NDArray
from pyproj import CRS

from layers.exporting.errors import ExportDatumAreaError, ExportDatumError
from layers.kinds import Field
from layers.offsets import offset_label, offset_named_by

if TYPE_CHECKING:
    from layers.importing.datum import Datum

LONGITUDE_LATITUDE = "EPSG:4326"
DATUM_FIELD = Field(key="datum", title_zh="坐标基准", title_en="Datum")
WEB_FORMATS = (".geojson", ".json", ".kml")

_KEEP_STORAGE = (".gpkg", ".parquet", ".shp", ".zip")
_WEB_DATUMS = ("WGS84", "CGCS2000", "GCJ-02", "BD-09")
# These two are the first two of `_WEB_DATUMS`, by number.
_WEB_NUMBERS = ("EPSG:4326", "EPSG:4490")


def datum_for(text: str | None, ending: str) -> Datum | None:
    """Understand the datum in which a file of this ending is wanted; None: the store's own.

    Raises
    ------
    DatumNotKnownError
    ExportDatumError
        Metres, or degrees of an old datum, in a format that means WGS84.
    """
    from layers.importing.datum import parse_datum  # noqa: PLC0415 - imports know exports

    if text is None:
        return None if ending in _KEEP_STORAGE else parse_datum("WGS84")
    datum = parse_datum(text)
    if ending in WEB_FORMATS and datum.name not in (*_WEB_DATUMS, *_WEB_NUMBERS):
        raise ExportDatumError(format=ending[1:], found=datum.name, allowed=list(_WEB_DATUMS))
    return datum


def in_datum(frame: GeoDataFrame, datum: Datum | None) -> GeoDataFrame:
    """Put features of the store where `datum` says they are.

    A shifted datum becomes the label of the frame, which no program takes for true degrees, and
    a column of its features.

    Raises
    ------
    DatumNotConvertibleError
    ExportDatumAreaError
        Features lie far outside the area that the system is made for.
    """
    from layers.importing.datum import from_storage  # noqa: PLC0415 - as above

    if datum is None:
        return frame
    storage = CRS.from_user_input(frame.crs)
    places = from_storage(frame.geometry.to_numpy(), storage, datum)
    _require_area(places, datum)
    crs = offset_label(datum.name) if datum.is_offset else datum.crs
    placed = frame.set_geometry(GeoSeries(places, index=frame.index, crs=crs))
    return placed.assign(**{DATUM_FIELD.key: datum.name}) if datum.is_offset else placed


def crs_name(frame: GeoDataFrame) -> str | None:
    """Name the system of a frame as people look it up: EPSG:n, or the shifted datum."""
    if frame.crs is None:
        return None
    return offset_named_by(frame.crs) or str(frame.crs.to_string())


def shifted(frame: GeoDataFrame) -> str | None:
    """Name the shifted datum of a frame; None where its places are true."""
    return None if frame.crs is None else offset_named_by(frame.crs)


def _require_area(places: NDArray[np.object_], datum: Datum) -> None:
    from layers.importing.datum import outside_area  # noqa: PLC0415 - as above

    there = places[~(shapely.is_missing(places) | shapely.is_empty(places))]
    bounds = shapely.bounds(there)
    lost = ~np.isfinite(bounds).all(axis=1)
    lost[~lost] = outside_area(datum.crs, datum.area, bounds[~lost])
    if lost.any():
        raise ExportDatumAreaError(
            datum=datum.name, count=int(lost.sum()), area=[round(edge, 2) for edge in datum.area]
        )
