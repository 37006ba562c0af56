"""GeoParquet, and Parquet tables without places."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray
from pyarrow import parquet
from pyproj import CRS

from layers.importing.errors import (
    SourceLayerMissingError,
    SourceTooLargeError,
    SourceUnreadableError,
)
from layers.importing.files import check_shape
from layers.importing.readers.table import SourceOptions, Table
from layers.importing.readers.vector import binary_column, nested_columns, parse_crs

_GEO_METADATA = b"geo"
# GeoParquet 1.1: a geometry column that says nothing is in longitude and latitude of WGS84.
_UNSAID_CRS = "OGC:CRS84"


def read_parquet(path: Path, options: SourceOptions) -> Table:
    """Read a Parquet file; geometries that cannot be built cost their own rows only.

    Raises
    ------
    SourceUnreadableError, SourceTooLargeError, SourceLayerMissingError
    """
    if options.layer is not None:
        raise SourceLayerMissingError(file=path.name, layer=options.layer, layers=[])
    try:
        head = parquet.read_metadata(path)
        check_shape(path.name, rows=head.num_rows, columns=head.num_columns)
        content = parquet.read_table(path)
        geo = json.loads((content.schema.metadata or {}).get(_GEO_METADATA, b"{}"))
        return _table(path, content, geo)
    except SourceTooLargeError:
        raise
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        raise SourceUnreadableError(file=path.name, reason="damaged", detail=str(error)) from error


def _table(path: Path, content: Any, geo: Mapping[str, Any]) -> Table:
    described: Mapping[str, Any] = geo.get("columns", {})
    hidden = {*described, *_index_columns(content)}
    columns = {
        name: content.column(name).to_pylist()
        for name in content.column_names
        if name not in hidden
    }
    primary = geo.get("primary_column")
    if primary is None:
        return Table(columns=columns, length=content.num_rows, structured=nested_columns(content))
    return Table(
        columns=columns,
        length=content.num_rows,
        wkb=_geometry(path, content, primary, described[primary]),
        crs=_crs(described[primary]),
        structured=nested_columns(content),
    )


def _index_columns(content: Any) -> list[str]:
    """Name the columns that are only the row labels of a data frame."""
    pandas_says = json.loads((content.schema.metadata or {}).get(b"pandas", b"{}"))
    return [name for name in pandas_says.get("index_columns", []) if isinstance(name, str)]


def _geometry(
    path: Path, content: Any, primary: str, described: Mapping[str, Any]
) -> NDArray[np.object_]:
    if described.get("encoding", "WKB") == "WKB":
        return binary_column(content, primary)
    frame = geopandas.read_parquet(path, columns=[primary])
    wkb: NDArray[np.object_] = shapely.to_wkb(frame.geometry.to_numpy())
    return wkb


def _crs(described: Mapping[str, Any]) -> CRS | None:
    # An explicit null says "unknown"; only silence means the default.
    said = described.get("crs", _UNSAID_CRS)
    return parse_crs(json.dumps(said) if isinstance(said, dict) else said)
