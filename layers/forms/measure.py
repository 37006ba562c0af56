"""One figure of the store, for the whole town or for some units, with all that proves it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame

from layers.adoption import adoptions_alive, plots_alive
from layers.errors import RunUnknownError
from layers.forms.mapping import LATEST, Expression
from layers.forms.units import AREA_UNITS, SCALES, rounded
from layers.kinds import Kind
from layers.runs import Run
from layers.store import Scope, Store
from layers.territory import LEVELS, NAMING_COLUMNS

_AREA_FIELD = "area_m2"
_SQUARE_METRES = ("m²", "㎡", "m2")
_ESTIMATED = "_estimated"  # the ending of the field that says so
_HOPS = 3  # care log → adoption → plot


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A figure, or the `reason` for which there is none; the counts are those of `Proof`."""

    value: Any = None
    reason: str | None = None
    found: str = ""
    features: int = 0
    missing: int = 0
    measured: int = 0
    estimated: int = 0
    run: str | None = None


class Meter:
    """Measure what a form asks, all of one state of the store and, unless said, of one day."""

    def __init__(self, store: Store, *, as_of: int, on: dt.date, scope: Scope) -> None:
        """Look at the store as it was after changeset `as_of`, on the day `on`."""
        self.store = store
        self.as_of = as_of
        self.on = on
        self._scope = scope
        self._frames: dict[tuple[Any, ...], GeoDataFrame] = {}
        self._units: dict[tuple[str, dt.date], pd.DataFrame] = {}

    def measure(self, said: Expression, units: frozenset[str] | None) -> Measured:
        """Measure over the features that lie in `units` (uids), or over all.

        Raises
        ------
        FilterError, UnknownKindError, UnknownFieldError, ScopeError
        """
        if said.measure == "constant":
            return Measured(value=said.value)
        if said.measure == "day":
            return Measured(value=said.on or self.on)
        if said.measure == "coverage":
            return self._finished(self._coverage(said, units), said)
        kind = self.store.kind(said.kind or "")
        rows = self.features(said, units)
        if rows is None:
            return Measured(reason="not_placed", found=kind.key)
        if self._is_empty(kind, said):
            return Measured(reason="layer_empty", found=kind.key)
        found = _MEASURES[said.measure](self, kind, said, rows)
        return self._finished(found, said)

    def features(self, said: Expression, units: frozenset[str] | None) -> GeoDataFrame | None:
        """Read the features that an expression means; None where they lie in no unit."""
        kind = self.store.kind(said.kind or "")
        day = said.on or self.on
        # Of a share the base; what counts of it is asked for later.
        where = said.of if said.measure == "share" else said.where
        rows = self._during(self._read(kind.key, where, day), said, day)
        if said.alive:
            rows = self._alive(rows, kind.key, day)
        if units is None:
            return rows
        territory = self._territory(kind, day, _HOPS)
        if territory is None:
            return None
        mine = territory[list(LEVELS)].isin(units).any(axis=1)
        return rows[mine.reindex(rows.index, fill_value=False)]

    def _read(self, kind: str, where: str | None, day: dt.date) -> GeoDataFrame:
        key = (kind, where, day)
        if key not in self._frames:
            self._frames[key] = self.store.read(
                kind, where=where, as_of=self.as_of, on=day, scope=self._scope
            )
        return self._frames[key]

    def _is_empty(self, kind: Kind, said: Expression) -> bool:
        """Tell whether nobody has surveyed anything yet: none is then no figure."""
        return self._read(kind.key, None, said.on or self.on).empty

    def _during(self, rows: GeoDataFrame, said: Expression, day: dt.date) -> GeoDataFrame:
        if said.period is None or said.date_field is None:
            return rows
        dates = pd.to_datetime(rows[said.date_field])
        return rows[(dates >= _first_day(said.period, day)) & (dates <= pd.Timestamp(day))]

    def _alive(self, rows: GeoDataFrame, kind: str, day: dt.date) -> GeoDataFrame:
        care_logs = self._read("care_log", None, day)
        if kind == "adoption":
            return rows[adoptions_alive(rows, care_logs, day)]
        return rows[plots_alive(rows, self._read("adoption", None, day), care_logs, day)]

    def _territory(self, kind: Kind, day: dt.date, hops: int) -> pd.DataFrame | None:
        """Say in which units features lie: by place or code, or where what they name lies."""
        if (kind.key, day) in self._units:
            return self._units[kind.key, day]
        found: pd.DataFrame | None = None
        if kind.is_spatial or any(field.key in NAMING_COLUMNS for field in kind.fields):
            found = self.store.territory(kind.key, as_of=self.as_of, on=day)
        else:
            found = self._by_reference(kind, day, hops)
        if found is not None:
            self._units[kind.key, day] = found
        return found

    def _by_reference(self, kind: Kind, day: dt.date, hops: int) -> pd.DataFrame | None:
        for field in kind.own_fields if hops else ():
            if field.refers_to is None or field.refers_to == "adopter":
                continue
            other = self.store.kind(field.refers_to)
            there = self._territory(other, day, hops - 1)
            if there is None:
                continue
            codes = self.store.read(other.key, as_of=self.as_of, columns=["code"])["code"]
            by_code = pd.Series(codes.index, index=codes.to_numpy())
            by_code = by_code[~by_code.index.duplicated(keep=False)]
            named = self._read(kind.key, None, day)[field.key].map(by_code)
            return there.reindex(named.to_numpy()).set_axis(named.index)
        return None

    def _coverage(self, said: Expression, units: frozenset[str] | None) -> Measured:
        run = self._run(said)
        if run is None:
            return Measured(reason="run_missing", found=said.run or "")
        if said.run == LATEST and self._is_stale(run):
            return Measured(reason="run_stale", found=run.id)
        return _covered(run, said, units)

    def _run(self, said: Expression) -> Run | None:
        if said.run != LATEST:
            try:
                return self.store.run(said.run or "")
            except RunUnknownError:
                return None
        runs = [
            run
            for run in self.store.runs()
            if run.analysis == "coverage"
            and run.evaluated_on <= self.on
            and run.parameters["weight"] == (said.weight or run.parameters["weight"])
            and any(tier["tier"] == said.tier for tier in run.results["tiers"])
        ]
        return max(runs, key=lambda run: (run.evaluated_on, run.created_at), default=None)

    def _is_stale(self, run: Run) -> bool:
        """Tell whether a layer that a run read has been written to since."""
        return self.store.revisions(sorted(run.inputs), as_of=self.as_of) != run.inputs

    def _finished(self, found: Measured, said: Expression) -> Measured:
        """Bring a figure into the unit of the form, rounded; refuse estimates that nobody wants."""
        if found.reason is not None:
            return found
        if found.estimated and not said.estimates:
            return replace(found, value=None, reason="estimated", found=str(found.estimated))
        if said.unit is None or not isinstance(found.value, int | float | np.number):
            value = found.value
        else:
            value = float(found.value) * SCALES[said.unit]
        if isinstance(value, int | float | np.number):
            value = rounded(float(value), said.decimals)
        return replace(found, value=value)


def _count(_: Meter, __: Kind, ___: Expression, rows: GeoDataFrame) -> Measured:
    return Measured(value=len(rows), features=len(rows))


def _sum(_: Meter, kind: Kind, said: Expression, rows: GeoDataFrame) -> Measured:
    key = said.field or ""
    if key not in {field.key for field in kind.fields}:
        return Measured(reason="field_unknown", found=f"{kind.key}.{key}")
    field = kind.field_named(key)
    if said.unit in AREA_UNITS and field.unit not in _SQUARE_METRES:
        return Measured(reason="unit_of_measure", found=field.unit or "–")
    values = pd.to_numeric(rows[key], errors="coerce")
    missing = int(values.isna().sum())
    if len(rows) and missing == len(rows):
        return Measured(reason="no_values", found=str(missing))
    total = float(values.sum())
    return Measured(
        value=total, features=len(rows), missing=missing, estimated=_estimates(rows, key)
    )


def _area(meter: Meter, kind: Kind, _: Expression, rows: GeoDataFrame) -> Measured:
    """Add declared areas, and those of outlines where none is declared."""
    areas = pd.Series(np.nan, index=rows.index)
    if _AREA_FIELD in rows:
        areas = pd.to_numeric(rows[_AREA_FIELD], errors="coerce").astype("Float64").astype(float)
    declared = int(areas.notna().sum())
    if kind.is_spatial and declared < len(rows):
        outlines = rows.geometry.to_crs(meter.store.settings.metric_crs).area
        areas = areas.fillna(outlines.where(outlines > 0))
    missing = int(areas.isna().sum())
    if len(rows) and missing == len(rows):
        return Measured(reason="no_values", found=str(missing))
    measured = len(rows) - declared - missing
    return Measured(
        value=float(areas.sum()), features=len(rows), missing=missing, measured=measured
    )


def _share(meter: Meter, kind: Kind, said: Expression, rows: GeoDataFrame) -> Measured:
    counted = meter._read(kind.key, said.where, said.on or meter.on)  # noqa: SLF001 - its own measure
    if rows.empty:
        return Measured(reason="base_zero", found=kind.key)
    value = float(rows.index.isin(counted.index).mean())
    return Measured(value=value, features=len(rows))


def _first(_: Meter, kind: Kind, said: Expression, rows: GeoDataFrame) -> Measured:
    """Give the one value that all features agree on."""
    if said.field not in {field.key for field in kind.fields}:
        return Measured(reason="field_unknown", found=f"{kind.key}.{said.field}")
    values = rows[said.field].dropna().unique()
    if len(values) != 1:
        return Measured(reason="not_one_value", found=str(len(values)))
    value = values[0]
    return Measured(value=value.item() if hasattr(value, "item") else value, features=len(rows))


_MEASURES: dict[str, Callable[[Meter, Kind, Expression, GeoDataFrame], Measured]] = {
    "count": _count,
    "sum": _sum,
    "area": _area,
    "share": _share,
    "first": _first,
}


def _covered(run: Run, said: Expression, units: frozenset[str] | None) -> Measured:
    """Take a figure of coverage out of a run."""
    tiers = [tier for tier in run.results["tiers"] if tier["tier"] == said.tier]
    if not tiers:
        known = [str(tier["tier"]) for tier in run.results["tiers"]]
        return Measured(reason="tier_unknown", found=", ".join(known))
    if tiers[0].get("estimated_share") and not said.estimates:
        return Measured(reason="estimated", found=run.id)
    rows = tiers if units is None else _rows_of(run, said.tier, units)
    base = sum(row["base"] for row in rows)
    if not rows or (base == 0 and said.figure == "share"):
        return Measured(reason="base_zero" if rows else "unit_not_in_run", found=run.id)
    if said.figure == "share":
        value = sum(row["covered"] for row in rows) / base
    else:
        value = sum(row[said.figure or "covered"] for row in rows)
    return Measured(value=value, features=sum(row["places"] for row in rows), run=run.id)


def _rows_of(run: Run, tier: str | None, units: frozenset[str]) -> list[dict[str, Any]]:
    return [row for row in run.results["by_unit"] if row["tier"] == tier and row["unit"] in units]


def _estimates(rows: GeoDataFrame, key: str) -> int:
    mark = f"{key}{_ESTIMATED}"
    if mark not in rows:
        return 0
    return int(rows[mark].fillna(value=False).astype(bool).sum())


def _first_day(period: str, day: dt.date) -> pd.Timestamp:
    month = {"month": day.month, "quarter": 3 * ((day.month - 1) // 3) + 1, "year": 1}[period]
    return pd.Timestamp(day.replace(month=month, day=1))
