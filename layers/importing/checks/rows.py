"""The rows that are checked, and what the register holds around them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame, GeoSeries
from numpy.typing import NDArray

from layers.clock import today
from layers.importing.findings import Findings
from layers.kinds import Kind
from layers.kinds.codes.divisions import FormerDivisions
from layers.store import Scope, Store
from layers.territory import LEVELS

_UNIT_FIELDS = (
    *("code", "name", "parent_code", "community_code"),
    *("grid_type", "households", "population"),
)


@dataclass(frozen=True)
class Register:
    """What a store holds, read once and only where a check asks for it; places in metres."""

    store: Store
    scope: Scope = field(default_factory=Scope.all)
    _units: dict[str, GeoDataFrame] = field(default_factory=dict)
    _codes: dict[str, frozenset[str]] = field(default_factory=dict)

    def units(self, level: str) -> GeoDataFrame:
        """Give the units of a level that are in force today and have an area."""
        if level not in self._units:
            known = {field.key for field in self.store.kind(level).fields}
            columns = [name for name in _UNIT_FIELDS if name in known]
            read = self.store.read(level, columns=columns, on=today(), scope=self.scope)
            metric = read.set_geometry(self.in_metres(read.geometry))
            areas = metric.geometry.geom_type.isin(("Polygon", "MultiPolygon"))
            self._units[level] = metric[areas & metric.geometry.is_valid & ~metric.is_empty]
        return self._units[level]

    @cached_property
    def levels(self) -> list[str]:
        """Name the levels that have units, the coarsest first."""
        return [level for level in reversed(LEVELS) if len(self.units(level))]

    def codes(self, kind: str) -> frozenset[str]:
        """Give all codes of a layer."""
        if kind not in self._codes:
            self._codes[kind] = self.store.codes(kind, scope=self.scope)
        return self._codes[kind]

    def in_metres(self, places: GeoSeries) -> GeoSeries:
        """Bring places into the metric CRS; what has no numbers there has no place."""
        metric = places.to_crs(self.store.settings.metric_crs)
        coordinates, rows = shapely.get_coordinates(metric.array, return_index=True)
        lost = np.unique(rows[~np.isfinite(coordinates).all(axis=1)])
        if not len(lost):
            return metric
        values = metric.to_numpy().copy()
        values[lost] = None
        return GeoSeries(values, index=metric.index, crs=metric.crs)


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Rows of one kind, of a file or of a store.

    `fields` and `places` (metric) have an entry for each position of `findings`; `judged` marks
    the rows that are looked at. `others` are features of the same kind in the store that are none
    of the rows: their key, whether they are still valid, and their places.
    """

    kind: Kind
    fields: pd.DataFrame
    places: GeoSeries
    judged: NDArray[np.bool_]
    findings: Findings
    register: Register
    others: GeoDataFrame | None = None
    former: FormerDivisions = field(default_factory=FormerDivisions)

    def texts(self, name: str) -> Iterator[tuple[int, str]]:
        """Go through the judged rows that have a text in a field."""
        if name not in self.fields:
            return
        values = self.fields[name].tolist()
        for row in np.flatnonzero(self.judged).tolist():
            if isinstance(values[row], str) and values[row]:
                yield row, values[row]

    def text(self, name: str, row: int) -> str | None:
        """Give the text in a field of one row, None where there is none."""
        if name not in self.fields:
            return None
        value = self.fields[name].iloc[row]
        return value if isinstance(value, str) and value else None

    def codes_of(self, kind: str) -> Collection[str]:
        """Give the codes that rows may refer to: the store's, and those of the rows themselves."""
        known = self.register.codes(kind)
        if kind != self.kind.key:
            return known
        return known | {code for _, code in self.texts(self.kind.key_field)}


def still_valid(fields: pd.DataFrame) -> NDArray[np.bool_]:
    """Tell which rows have not ended by today."""
    if "valid_to" not in fields:
        return np.ones(len(fields), dtype=bool)
    ends, now = fields["valid_to"].tolist(), today()
    return np.array([pd.isna(end) or end > now for end in ends], dtype=bool)
