"""Features as GeoJSON text, many at a time, for whoever sends them rather than keeps them.

Places are written as they come: in which system these are, and in which order its axes stand, is
decided before (`in_crs`).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame, GeoSeries
from pyproj import CRS

from layers.axes import are_alike, as_written
from layers.kinds import FieldType, Kind

_DEGREE_DECIMALS = 9  # a tenth of a millimetre
_METRE_DECIMALS = 4

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def in_crs(frame: GeoDataFrame, crs: str) -> GeoDataFrame:
    """Bring features into a system, in its own axis order, to a tenth of a millimetre."""
    here = frame.crs.to_string()
    placed = frame if are_alike(here, crs) else frame.to_crs(crs)
    decimals = _METRE_DECIMALS if CRS.from_user_input(crs).is_projected else _DEGREE_DECIMALS
    values = placed.geometry.to_numpy()
    rounded = shapely.transform(values, lambda xy: np.round(xy, decimals))
    written = as_written(rounded, crs)
    return placed.set_geometry(GeoSeries(written, index=placed.index, crs=placed.crs))


def feature_texts(kind: Kind, frame: GeoDataFrame) -> list[str]:
    """Write each feature as a GeoJSON object: `id` is its uid, properties have the fields' keys.

    Returns
    -------
    texts
        One for each row of `frame`.
    """
    fields = [field for field in kind.fields if field.key in frame.columns]
    columns = [_values(frame[field.key], field.type) for field in fields]
    keys = [field.key for field in fields]
    rows = zip(*columns, strict=True) if columns else [()] * len(frame)
    properties = [_encode(dict(zip(keys, row, strict=True))) for row in rows]
    return [
        f'{{"type":"Feature","id":{_encode(uid)},"geometry":{place},"properties":{told}}}'
        for uid, place, told in zip(frame.index, _places(frame), properties, strict=True)
    ]


def _places(frame: GeoDataFrame) -> list[str]:
    values = frame.geometry.to_numpy()
    absent = shapely.is_missing(values) | shapely.is_empty(values) | ~_is_finite(values)
    # What has no coordinates here, whoever wrote it, has no place.
    texts = shapely.to_geojson(np.where(absent, None, values))
    return ["null" if text is None else text for text in texts]


def _is_finite(values: Any) -> Any:
    coordinates, rows = shapely.get_coordinates(values, return_index=True)
    finite = np.ones(len(values), dtype=bool)
    finite[rows[~np.isfinite(coordinates).all(axis=1)]] = False
    return finite


def _values(column: pd.Series, kind_of: FieldType) -> list[Any]:
    """Give the values of a field as JSON has them."""
    write = _WRITTEN.get(kind_of)
    pairs = zip(column.tolist(), column.isna().tolist(), strict=True)
    if write is None:
        return [None if absent else value for value, absent in pairs]
    return [None if absent else write(value) for value, absent in pairs]


def _moment(value: dt.datetime) -> str:
    return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")


_WRITTEN: dict[FieldType, Callable[[Any], object]] = {
    FieldType.DATE: lambda day: day.isoformat(),
    FieldType.DATETIME: _moment,
}
