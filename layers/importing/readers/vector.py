"""Whatever GDAL reads: GeoPackage, GeoJSON, shapefile, GML, KML, FlatGeobuf, OSM extracts."""

from __future__ import annotations

import warnings
import zipfile
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
from layers.importing.readers.table import SourceOptions, Table

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
    layer = _choose_layer(path, options.layer)
    encoding = options.encoding or _undeclared_encoding(path)
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            info = pyogrio.read_info(path, layer=layer, encoding=encoding)
            check_shape(path.name, rows=max(info["features"], 0), columns=len(info["fields"]))
            meta, content = pyogrio.read_arrow(path, layer=layer, encoding=encoding)
    except SourceTooLargeError:
        raise
    except (DataSourceError, DataLayerError, pa.ArrowException, OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    remarks = dict.fromkeys(_without_folder(path, str(warning.message)) for warning in said)
    return replace(_table(path, layer, meta, content), encoding=encoding, remarks=tuple(remarks))


def _table(path: Path, layer: str, meta: Any, content: Any) -> Table:
    geometry_name = meta["geometry_name"] or _ARROW_GEOMETRY_DEFAULT
    has_geometry = geometry_name in content.column_names
    crs = parse_crs(meta["crs"])
    return Table(
        columns={
            name: content.column(name).to_pylist()
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
        raise _unreadable(path, error) from error
    if wanted is not None and wanted not in layers:
        raise SourceLayerMissingError(file=path.name, layer=wanted, layers=layers)
    if not layers:
        raise SourceUnreadableError(file=path.name, reason="no layers")
    if wanted is None and len(layers) > 1:
        raise SourceLayerNotChosenError(file=path.name, layers=layers)
    return wanted or layers[0]


def _unreadable(path: Path, error: Exception) -> SourceUnreadableError:
    return SourceUnreadableError(file=path.name, reason=_without_folder(path, str(error)))


def _without_folder(path: Path, message: str) -> str:
    """Strip from GDAL's words the path; only the file's name may leave this process."""
    return message.replace(str(path), path.name).replace(f"{path.parent}/", "")


def _undeclared_encoding(path: Path) -> str | None:
    """Find the encoding of a shapefile that does not declare it; GDAL would assume Latin-1."""
    content = _dbf_without_declaration(path)
    if content is None:
        return None
    records = content[int.from_bytes(content[8:10], "little") :]
    return decodable_as(records) if not records.isascii() else None


def decodable_as(content: bytes) -> str | None:
    """Name the encoding in which Chinese text was written; None for neither of the two."""
    for encoding in ("utf-8", "gb18030"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return None


def _dbf_without_declaration(path: Path) -> bytes | None:
    if path.suffix.lower() == ".shp":
        parts = {part.suffix.lower(): part for part in path.parent.glob(f"{path.stem}.*")}
        return None if ".cpg" in parts or ".dbf" not in parts else parts[".dbf"].read_bytes()
    if path.suffix.lower() != ".zip" or not zipfile.is_zipfile(path):
        return None
    with zipfile.ZipFile(path) as archive:
        names = {Path(name).suffix.lower(): name for name in archive.namelist()}
        return None if ".cpg" in names or ".dbf" not in names else archive.read(names[".dbf"])
