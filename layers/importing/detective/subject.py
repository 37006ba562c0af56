"""What a file shows: rows with numbers for places, and what their words say of where they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray
from pandas import DataFrame
from pyproj import CRS

from layers.importing.detective.readings import Placer, Points
from layers.importing.errors import RequiredFieldUnmappedError
from layers.importing.findings import Findings
from layers.importing.mapping import Mapping, match_columns
from layers.importing.notation import transformed
from layers.importing.readers import Axes
from layers.importing.source import Source
from layers.importing.values import convert_columns
from layers.importing.where import rows_where
from layers.kinds import Kind

_MOST_SHAPES = 1000
_SEED = 0


@dataclass(frozen=True, kw_only=True)
class Subject:
    """The rows of a file that have numbers for places.

    `shapes` are two-dimensional geometries as written, `numbers` (n, 2) stand for each of them;
    `fields` has what the rows say otherwise, as the kind wants it, and `by` names the fields that
    identify them. `kind` is None where nobody said what the file shows.
    """

    name: str
    layer: str | None
    kind: Kind | None
    shapes: NDArray[np.object_]
    numbers: Points
    row_numbers: NDArray[np.int64]
    fields: DataFrame
    by: tuple[str, ...]
    label: CRS | None
    label_is_default: bool
    axes: Axes

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.shapes)

    def sample(self) -> Subject:
        """Give an even choice of the rows, the same at every call."""
        if len(self) <= _MOST_SHAPES:
            return self
        rows = np.random.default_rng(_SEED).choice(len(self), _MOST_SHAPES, replace=False)
        return self.take(np.sort(rows))

    def take(self, rows: NDArray[np.int64]) -> Subject:
        """Keep the rows at some positions."""
        return Subject(
            name=self.name,
            layer=self.layer,
            kind=self.kind,
            shapes=self.shapes[rows],
            numbers=self.numbers[rows],
            row_numbers=self.row_numbers[rows],
            fields=self.fields.iloc[rows].reset_index(drop=True),
            by=self.by,
            label=self.label,
            label_is_default=self.label_is_default,
            axes=self.axes,
        )

    def column(self, name: str) -> NDArray[np.object_]:
        """Give what the rows say in a field, None where they say nothing."""
        if name not in self.fields.columns:
            return np.full(len(self), None, dtype=object)
        words = self.fields[name].astype(object)
        return words.where(words.notna(), None).to_numpy()

    def placed(self, place: Placer, crs: CRS) -> GeoDataFrame:
        """Give the shapes where a reading puts them, in metres; those that it cannot as None."""
        shapes, _ = transformed(self.shapes, place)
        return GeoDataFrame(geometry=shapes, crs=crs)


def subject_of(source: Source, kind: Kind | None, mapping: Mapping) -> Subject:
    """Take what can be compared out of a file.

    Raises
    ------
    WhereError, MappingError
    """
    if mapping.where is not None:
        source = source.take(rows_where(source.frame, mapping.where))
    fields, by = _fields(source, kind, mapping)
    return subject_from(source, kind, fields, by)


def subject_from(
    source: Source, kind: Kind | None, fields: DataFrame, by: Sequence[str]
) -> Subject:
    """Take what can be compared out of a file whose fields are known already."""
    nothing = np.full(len(source), None, dtype=object)
    shapes = shapely.force_2d(nothing if source.geometry is None else source.geometry)
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    there &= np.isfinite(shapely.bounds(shapes)).all(axis=1)
    rows = np.flatnonzero(there)
    return Subject(
        name=source.name,
        layer=source.layer,
        kind=kind,
        shapes=shapes[rows],
        numbers=_middles(shapes[rows]),
        row_numbers=source.row_numbers[rows],
        fields=fields.iloc[rows].reset_index(drop=True),
        by=tuple(by),
        label=source.crs,
        label_is_default=source.crs_is_default,
        axes=source.axes,
    )


def _middles(shapes: NDArray[np.object_]) -> Points:
    """Give the first vertex of each shape: what is written there has not been reckoned with."""
    xy, rows = shapely.get_coordinates(shapes, return_index=True)
    return xy[np.unique(rows, return_index=True)[1]]


def _fields(
    source: Source, kind: Kind | None, mapping: Mapping
) -> tuple[DataFrame, tuple[str, ...]]:
    if kind is None:
        return DataFrame(index=range(len(source))), ()
    try:
        columns = list(source.frame.columns)
        matches = match_columns(kind, columns, mapping, structured=source.structured)
    except RequiredFieldUnmappedError:  # no hindrance to finding out where the rows are
        return DataFrame(index=range(len(source))), ()
    fields = convert_columns(source.frame, matches, mapping, Findings(source.row_numbers))
    return fields, identifying(fields, matches.key_fields, kind)


def identifying(fields: DataFrame, key_fields: Sequence[str], kind: Kind) -> tuple[str, ...]:
    """Name the fields by which rows can be found again in the store."""
    if key_fields:
        return tuple(key_fields)
    return (kind.key_field,) if kind.key_field in fields.columns else ()


def texts(values: NDArray[np.object_]) -> pd.Series:
    """Give words as a series, None where there are none."""
    return pd.Series([None if value is None else str(value) for value in values], dtype=object)
