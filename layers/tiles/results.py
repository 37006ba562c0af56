"""What runs have found, as vector tiles: their layers as they are written for a desktop GIS.

A run keeps its figures; where they lie is found by computing it again from the same state, which
gives the same. So a tile of a run never changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyogrio
import shapely
from geopandas import GeoDataFrame

from layers.tiles.arrays import UID, LayerArrays, arrays_of
from layers.tiles.encoder import DrawnTile, Part, draw, join
from layers.tiles.grid import Tile
from layers.tiles.shapes import shapes_of_geometries

__all__ = ["ResultLayer", "Results", "read_results"]

_DEGREES = "EPSG:4326"
# What names a row, if anything does.
_NAMES = (UID, "place")


@dataclass(frozen=True, eq=False)
class ResultLayer:
    """One layer of a run; `fields` says of each field whether it is text, a number or a truth."""

    name: str
    arrays: LayerArrays
    fields: Mapping[str, str]
    dimension: int | None


@dataclass(frozen=True, eq=False)
class Results:
    """The layers of a run, and the box around them: west, south, east, north in degrees."""

    layers: tuple[ResultLayer, ...]
    box: tuple[float, float, float, float] | None

    @property
    def nbytes(self) -> int:
        """Say how much memory they take."""
        return sum(layer.arrays.nbytes for layer in self.layers)

    def tile(self, tile: Tile) -> DrawnTile:
        """Draw a tile of all layers."""
        return join(
            [
                draw(layer.name, tile, [Part(layer.arrays)], columns=layer.fields)
                for layer in self.layers
            ]
        )


def read_results(path: Path) -> Results:
    """Read the layers of a run that were written to a GeoPackage; those without places are none."""
    frames = {
        name: pyogrio.read_dataframe(path, layer=name)
        for name, geometry in pyogrio.list_layers(path)
        if geometry is not None
    }
    found = [_layer(name, frame) for name, frame in frames.items()]
    bounds = [frame.to_crs(_DEGREES).total_bounds for frame in frames.values()]
    corners = np.array([each for each in bounds if np.isfinite(each).all()])
    if not len(corners):
        return Results(tuple(found), None)
    west, south = corners[:, :2].min(axis=0).tolist()
    east, north = corners[:, 2:].max(axis=0).tolist()
    return Results(tuple(found), (west, south, east, north))


def _layer(name: str, frame: GeoDataFrame) -> ResultLayer:
    values = frame.drop(columns=frame.geometry.name)
    columns = {str(key): _plain(values[key]) for key in values.columns}
    names = next((columns[key] for key in _NAMES if _is_name(columns.get(key))), None)
    uids = [f"{name}-{n}" for n in range(len(frame))] if names is None else names
    geometries = frame.geometry.to_numpy()
    dimensions = set(shapely.get_dimensions(geometries).tolist()) - {-1}
    return ResultLayer(
        name=name,
        arrays=arrays_of(uids, shapes_of_geometries(geometries, frame.crs.to_string()), columns),
        fields={key: _type(values[key]) for key in columns},
        dimension=dimensions.pop() if len(dimensions) == 1 else None,
    )


def _is_name(column: list[Any] | None) -> bool:
    """Tell whether a column names each row by another text."""
    return column is not None and (
        all(isinstance(each, str) for each in column) and len(set(column)) == len(column)
    )


def _plain(column: pd.Series) -> list[Any]:
    pairs = zip(column.tolist(), column.isna().tolist(), strict=True)
    plain = (bool, int, float, str)
    return [
        None if absent else value if isinstance(value, plain) else str(value)
        for value, absent in pairs
    ]


def _type(column: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(column):
        return "boolean"
    if pd.api.types.is_integer_dtype(column):
        return "integer"
    return "number" if pd.api.types.is_float_dtype(column) else "string"
