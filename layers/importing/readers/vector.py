"""Whatever GDAL reads: GeoPackage, GeoJSON, shapefile, GML, KML, MapInfo, DXF, FlatGeobuf, OSM."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyogrio
from numpy.typing import NDArray
from pyogrio.errors import DataLayerError, DataSourceError
from pyproj import CRS
from pyproj.exceptions import CRSError

from layers.importing.errors import (
    SourceLayerMissingError,
    SourceLayerNotChosenError,
    SourceTooLargeError,
    SourceUnreadableError,
)
from layers.importing.files import check_shape
from layers.importing.readers.documents import check_document
from layers.importing.readers.drivers import unreadable, without_folder
from layers.importing.readers.shapefile import check_parts, encoding_of
from layers.importing.readers.table import Remark, SourceOptions, Table

# These formats are defined in WGS84 degrees, so GDAL says so whatever the numbers are.
_DEFAULTS_TO_WGS84 = (".geojson", ".json", ".geojsonl", ".geojsons", ".kml", ".kmz")
_WGS84_NAMES = ("EPSG:4326", "EPSG:4979", "OGC:CRS84")
_ARROW_GEOMETRY_DEFAULT = "wkb_geometry"


def read_vector(path: Path, options: SourceOptions) -> Table:
    """Read one layer of a file through GDAL.

    Raises
    ------
    SourceUnreadableError, SourceLayerError, SourceTooLargeError
    """
    remarks: list[Remark] = []
    encoding = options.encoding
    if path.suffix.lower() == ".shp":
        remarks = check_parts(path)
        encoding = encoding or encoding_of(path)
    check_document(path)
    layer = _choose_layer(path, options.layer)
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            info = pyogrio.read_info(path, layer=layer, encoding=encoding)
            check_shape(path.name, rows=max(info["features"], 0), columns=len(info["fields"]))
            meta, content = pyogrio.read_arrow(path, layer=layer, encoding=encoding)
    except SourceTooLargeError:
        raise
    except (DataSourceError, DataLayerError, pa.ArrowException, OSError, ValueError) as error:
        raise unreadable(path, error) from error
    if encoding is not None and options.encoding is None:
        remarks.append(Remark("encoding_detected", {"encoding": encoding}))
    for warning in said:
        remarks.append(Remark("driver", {"detail": without_folder(path, str(warning.message))}))
    return replace(_table(path, layer, meta, content), encoding=encoding, remarks=tuple(remarks))


def _table(path: Path, layer: str, meta: Any, content: Any) -> Table:
    geometry_name = meta["geometry_name"] or _ARROW_GEOMETRY_DEFAULT
    has_geometry = geometry_name in content.column_names
    crs = parse_crs(meta["crs"])
    return Table(
        columns={
            name: _values(content.column(name))
            for name in content.column_names
            if name != geometry_name
        },
        length=content.num_rows,
        layer=layer,
        wkb=binary_column(content, geometry_name) if has_geometry else None,
        crs=crs,
        crs_is_default=_is_default(path, meta["crs"]),
        structured=_structured(meta, content),
    )


def _values(column: Any) -> list[object]:
    """Give the values of a column; texts cut in the middle of a character keep their beginning."""
    try:
        values: list[object] = column.to_pylist()
    except UnicodeDecodeError:
        raw = column.cast(pa.binary()).to_pylist()
        return [None if cell is None else cell.decode("utf-8", "ignore") for cell in raw]
    return values


def _structured(meta: Any, content: Any) -> frozenset[str]:
    as_json = {
        str(name)
        for name, subtype in zip(meta["fields"], meta["ogr_subtypes"], strict=True)
        if subtype == "OFSTJSON"
    }
    return frozenset(as_json) | nested_columns(content)


def nested_columns(content: Any) -> frozenset[str]:
    """Name the columns of an Arrow table whose cells have parts."""
    return frozenset(field.name for field in content.schema if pa.types.is_nested(field.type))


def binary_column(content: Any, name: str) -> NDArray[np.object_]:
    """Take a column of WKB out of an Arrow table as bytes, missing ones None."""
    values = np.empty(content.num_rows, dtype=object)
    values[:] = content.column(name).to_pylist()
    return values


def parse_crs(definition: object) -> CRS | None:
    """Understand what a file says about its reference system; nonsense counts as nothing."""
    if not definition:
        return None
    try:
        return CRS.from_user_input(definition)
    except CRSError:
        return None


def _is_default(path: Path, definition: object) -> bool:
    return path.suffix.lower() in _DEFAULTS_TO_WGS84 and definition in _WGS84_NAMES


def _choose_layer(path: Path, wanted: str | None) -> str:
    try:
        layers = [str(name) for name, _ in pyogrio.list_layers(path)]
    except (DataSourceError, OSError, ValueError) as error:
        raise unreadable(path, error) from error
    if wanted is not None and wanted not in layers:
        raise SourceLayerMissingError(file=path.name, layer=wanted, layers=layers)
    if not layers:
        raise SourceUnreadableError(file=path.name, reason="format_unknown", detail="no layers")
    if wanted is None and len(layers) > 1:
        raise SourceLayerNotChosenError(file=path.name, layers=layers)
    return wanted or layers[0]
