"""From metres to the stored form: rounded degrees, declared columns, fixed uids."""

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from layers.demo.streams import feature_uid
from layers.kinds import FieldType, Kind, kind

METRIC_CRS = "EPSG:4551"
STORAGE_CRS = "EPSG:4490"
_DECIMALS = 7
# Whoever sees a feature of the town sees that it is none of a real place.
_SOURCE = "演示数据"

DTYPES = {
    FieldType.TEXT: "str",
    FieldType.TEXT_LIST: "str",
    FieldType.INTEGER: "Int64",
    FieldType.REAL: "Float64",
    FieldType.BOOLEAN: "boolean",
    FieldType.DATE: "object",
    FieldType.DATETIME: "datetime64[us, UTC]",
}

Row = dict[str, Any]


def to_frame(key: str, rows: Sequence[Row]) -> GeoDataFrame:
    """Build the frame of a kind from rows of its fields; `geometry` is in metres, or missing.

    Raises
    ------
    KeyError
        A row has a column that the kind does not declare.
    """
    declared = kind(key)
    fields = {field.key: field for field in declared.fields}
    ordered = sorted(({"source": _SOURCE, **row} for row in rows), key=lambda row: str(row["code"]))
    for row in ordered:
        if unknown := row.keys() - fields.keys() - {"geometry"}:
            raise KeyError(key, sorted(unknown))
    uids = [feature_uid(key, row["code"]) for row in ordered]
    index = pd.Index(uids, name="uid", dtype="object")
    columns = {
        name: pd.Series([_value(row.get(name), field.type) for row in ordered], index=index,
                        dtype=DTYPES[field.type])
        for name, field in fields.items()
    }  # fmt: skip
    shapes = [row.get("geometry") for row in ordered]
    geometry = gpd.GeoSeries(_stored(declared, shapes), index=index, crs=STORAGE_CRS)
    return GeoDataFrame(pd.DataFrame(columns, index=index), geometry=geometry)


def _value(value: Any, kind_of: FieldType) -> Any:
    if kind_of is FieldType.REAL and value is not None:
        return round(float(value), 3)
    if kind_of is FieldType.TEXT_LIST and value is not None:
        return ";".join(value)
    return value


def _stored(declared: Kind, shapes: Sequence[BaseGeometry | None]) -> Any:
    """Promote single lines and areas, and turn metres into rounded degrees."""
    promoted = np.array([_promote(shape) for shape in shapes], dtype=object)
    if not declared.is_spatial:
        return promoted
    to_degrees = Transformer.from_crs(METRIC_CRS, STORAGE_CRS, always_xy=True)

    def convert(metres: Any) -> Any:
        east, north = to_degrees.transform(metres[:, 0], metres[:, 1])
        return np.round(np.stack([east, north], axis=1), _DECIMALS)

    return shapely.transform(promoted, convert)


def _promote(shape: BaseGeometry | None) -> BaseGeometry | None:
    if shape is None or shape.is_empty:
        return None
    if shape.geom_type == "Polygon":
        return shapely.MultiPolygon([shape])
    if shape.geom_type == "LineString":
        return shapely.MultiLineString([shape])
    return shape
