"""Rejected features with their attributes, as the file has them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import pyogrio.raw
from numpy.typing import NDArray
from pyogrio.errors import DataSourceError, FeatureError, GeometryError

from layers.importing.source import Source

FEATURE_DRIVERS: Mapping[str, str] = MappingProxyType({".gpkg": "GPKG", ".geojson": "GeoJSON"})
_OWN_FIELDS = ("fid", "ogc_fid")  # names that a GeoPackage keeps for itself


def return_features(source: Source, target: Path, remarks: Mapping[int, str], heading: str) -> None:
    """Write the features on which there is a remark, shapes and attributes as they were.

    A shape that no program can build is left out; its remark says so.
    """
    rows = np.flatnonzero(np.isin(source.row_numbers, np.fromiter(remarks, dtype=np.int64)))
    frame = source.frame.iloc[rows]
    columns = {_name(str(name)): _typed(frame[name]) for name in frame.columns}
    said = [remarks[int(number)] for number in source.row_numbers[rows]]
    columns[heading] = (np.array(said, dtype=object), None)
    nothing = np.full(len(rows), None, dtype=object)
    places = nothing if source.original is None else source.original[rows]
    try:
        _write(source, target, columns, places)
    except (DataSourceError, FeatureError, GeometryError, ValueError):
        target.unlink(missing_ok=True)
        lost = nothing if source.geometry is None else source.geometry[rows]
        kept = [None if built is None else wkb for wkb, built in zip(places, lost, strict=True)]
        _write(source, target, columns, np.array(kept, dtype=object))


def _write(
    source: Source,
    target: Path,
    columns: Mapping[str, tuple[NDArray[Any], NDArray[np.bool_] | None]],
    places: NDArray[np.object_],
) -> None:
    driver = FEATURE_DRIVERS[target.suffix.lower()]
    pyogrio.raw.write(
        str(target),
        geometry=None if source.original is None else places,
        field_data=[values for values, _ in columns.values()],
        fields=np.array(list(columns), dtype=object),
        field_mask=[mask for _, mask in columns.values()],
        layer=target.stem,
        driver=driver,
        geometry_type=None if source.original is None else "Unknown",
        crs=None if source.crs is None else source.crs.to_wkt(),
        encoding="UTF-8",
    )


def _name(name: str) -> str:
    return f"{name}_" if name.casefold() in _OWN_FIELDS else name


def _typed(column: pd.Series[Any]) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
    """Give whole columns of numbers as numbers, everything else as text."""
    missing = column.isna().to_numpy()
    values = column[~missing]
    for kind, dtype in ((int, np.int64), (float, np.float64)):
        if len(values) and all(type(value) in {int, kind} for value in values):
            numbers = np.zeros(len(column), dtype=dtype)
            numbers[~missing] = values.to_numpy(dtype=dtype)
            return numbers, missing
    words = [None if gone else _text(value) for value, gone in zip(column, missing, strict=True)]
    return np.array(words, dtype=object), None


def _text(value: object) -> str:
    if isinstance(value, list | dict | tuple):
        return json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
