"""Rows of a layer as the database gave them, until somebody wants a frame of them."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from layers.kinds.model import Field, FieldType, Kind
from layers.store.rows import Decode, columns_of_rows, frame_of_columns, typed
from layers.store.schema import GEOMETRY_COLUMN
from layers.store.withholding import withhold

# What a field's values are where nobody else has written them; those need no typing.
_USUAL: dict[FieldType, type] = {
    FieldType.TEXT: str,
    FieldType.TEXT_LIST: str,
    FieldType.INTEGER: int,
    FieldType.REAL: float,
    FieldType.BOOLEAN: bool,
    FieldType.DATE: dt.date,
}


@dataclass(frozen=True, kw_only=True)
class FoundRows:
    """Features row by row: `names` are uid first, some of the kind's fields, places in `crs`.

    A frame has every value typed and is dear for what is only written down again. Fields that are
    `hidden` are empty, but for those features of which they are `told`.
    """

    kind: Kind
    rows: Sequence[tuple[Any, ...]] = field(repr=False)
    names: Sequence[str]
    crs: str
    decode: Decode = field(repr=False)
    hidden: frozenset[str] = frozenset()
    told: frozenset[str] = field(default=frozenset(), repr=False)

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def columns(self) -> Mapping[str, Sequence[Any]]:
        """Give the values column by column; there are none where there are no rows."""
        return columns_of_rows(self.rows, self.names)

    @property
    def uids(self) -> Sequence[str]:
        """Give the uids in the order of the rows."""
        return tuple(row[0] for row in self.rows)

    @cached_property
    def frame(self) -> GeoDataFrame:
        """Make a frame of them, indexed by uid."""
        made = frame_of_columns(self.kind, self.columns, self.names, self.crs, self.decode)
        withhold(made, self.hidden, self.told)
        return made

    @cached_property
    def withheld(self) -> list[str]:
        """Name the features of which something is withheld that there is."""
        if not self.hidden:
            return []
        columns = [self.columns[name] for name in self.hidden if name in self.columns]
        told = zip(self.uids, *columns, strict=True)
        return [
            uid
            for uid, *counts in told
            if uid not in self.told and any(count is not None for count in counts)
        ]

    @cached_property
    def places(self) -> NDArray[np.object_]:
        """Give the geometries, None for features without a place."""
        return self.decode(self.columns.get(GEOMETRY_COLUMN, (None,) * len(self)))

    def values(self, of: Field) -> Sequence[Any]:
        """Give the values of a field as a frame has them, None for what is unknown."""
        values = self.columns.get(of.key, ())
        if of.key in self.hidden:
            pairs = zip(self.uids, values, strict=True)
            values = [value if uid in self.told else None for uid, value in pairs]
        if _are_usual(of.type, values):
            return values
        column = typed(of.type, values)
        known = column.notna().tolist()
        return [
            value if is_known else None
            for value, is_known in zip(column.tolist(), known, strict=True)
        ]


def _are_usual(kind_of: FieldType, values: Sequence[Any]) -> bool:
    usual = _USUAL.get(kind_of)
    if usual is None or not set(map(type, values)) <= {usual, type(None)}:
        return False
    if kind_of is not FieldType.REAL:
        return True
    return all(value is None or math.isfinite(value) for value in values)
