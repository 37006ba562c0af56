"""Figures of a store's units brought over to other units, kept as a run."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
from geopandas import GeoDataFrame

from gis import CrosswalkResult, crosswalk
from layers.analysis.geopackage import flat, write_layers
from layers.analysis.keeping import Moment, moment_of, named_run, plain
from layers.analysis.made import Made
from layers.errors import AnalysisInputError
from layers.importing.source import read_source
from layers.kinds import FieldType, GeometryFamily, fold
from layers.progress import tell
from layers.runs import Run
from layers.store import Scope, Store

__all__ = [
    "Crosswalk",
    "crosswalk_again",
    "read_figures",
    "run_crosswalk",
    "write_crosswalk_layers",
]

ANALYSIS = "crosswalk"
BUILDING = "building"
# How tables head their codes.
_CODES = ("code", "编码", "单元编码", "网格编码", "社区编码", "街道编码", "小区编码", "编号")
_NUMBERS = (FieldType.INTEGER, FieldType.REAL)
# What buildings are weighted by, beside their columns: None counts each as one.
_WEIGHTS: Mapping[str, str | None] = {
    "buildings": None, "dwellings": "dwellings", "households": "households",
    "population": "population", "area": "area",
}  # fmt: skip

Table = Mapping[str, Mapping[str, float | None]]
"""By figure, its values by the code of the unit."""


@dataclass(frozen=True, kw_only=True)
class Crosswalk(Made):
    """What was just brought over: the run, and the figures with the units that have them now."""

    found: CrosswalkResult
    units: GeoDataFrame

    def to_frame(self) -> pd.DataFrame:
        """Give the figures by the code of the new units."""
        brought = self.found.values  # noqa: PD011 (a field of the result)
        return brought.set_axis(self.units["code"].reindex(brought.index))


@dataclass(frozen=True, kw_only=True)
class _Question:
    """Say what is brought over, and where to; every part of it is kept with the run."""

    moment: Moment
    source: str
    target: str
    # The state and day of the old division; None for those of the new.
    source_as_of: int | None
    source_on: dt.date | None
    weight: str
    figures: tuple[str, ...]
    means: tuple[str, ...]
    divisible: tuple[str, ...]
    table: Table | None

    def parameters(self) -> dict[str, Any]:
        table = None if self.table is None else {k: dict(v) for k, v in self.table.items()}
        return {
            "source": self.source,
            "target": self.target,
            "source_as_of": self.source_as_of,
            "source_on": None if self.source_on is None else self.source_on.isoformat(),
            "weight": self.weight,
            "figures": list(self.figures),
            "means": list(self.means),
            "divisible": list(self.divisible),
            "table": table,
            **self.moment.parameters(),
        }


def run_crosswalk(  # noqa: PLR0913 - what may be asked is what it is
    store: Store,
    source: str,
    target: str,
    *,
    figures: Sequence[str] = (),
    table: Table | None = None,
    means: Sequence[str] = (),
    divisible: Sequence[str] = (),
    weight: str = "households",
    source_as_of: int | dt.datetime | None = None,
    source_on: dt.date | None = None,
    on: dt.date | None = None,
    as_of: int | dt.datetime | None = None,
    scope: Scope = Scope.all(),
) -> Crosswalk:
    """Bring figures of the units of one kind over to those of another; keep the run.

    Parameters
    ----------
    source, target
        Kinds of areas: grid, community, grid_cell, compound … They may be the same kind.
    figures
        Fields of `source` that hold numbers; by default all that any unit has.
    table
        Figures that the store does not hold, by the codes of the units; instead of `figures`.
    means, divisible
        Of the figures, those that are means, and those whose whole totals may be cut.
    weight
        Of `buildings`, `dwellings`, `households`, `population`, `area` (of footprints).
    source_as_of, source_on
        State and day of the old division, where that is not the one of the rest.

    Raises
    ------
    AnalysisInputError, ChangesetUnknownError, ScopeError, UnknownKindError
    """
    moment = Moment.asked(store, on=on, as_of=as_of, scope=scope)
    if weight not in _WEIGHTS:
        raise AnalysisInputError(analysis=ANALYSIS, missing=weight, reason="unknown_weight")
    for key in (source, target):
        if GeometryFamily.AREA not in store.kind(key).geometry:
            raise AnalysisInputError(analysis=ANALYSIS, missing=key, reason="no_areas")
    question = _Question(
        moment=moment,
        source=source,
        target=target,
        source_as_of=None if source_as_of is None else store.changeset_at(source_as_of),
        source_on=source_on,
        weight=weight,
        figures=tuple(figures),
        means=tuple(means),
        divisible=tuple(divisible),
        table=table,
    )
    made = _compute(store, question)
    return replace(made, run=store.save_run(made.run))


def crosswalk_again(store: Store, kept: Run) -> Crosswalk:
    """Compute a kept run of a crosswalk again, without keeping it."""
    asked = kept.parameters
    day = asked["source_on"]
    question = _Question(
        moment=moment_of(kept),
        source_on=None if day is None else dt.date.fromisoformat(day),
        source=asked["source"],
        target=asked["target"],
        source_as_of=asked["source_as_of"],
        weight=asked["weight"],
        figures=tuple(asked["figures"]),
        means=tuple(asked["means"]),
        divisible=tuple(asked["divisible"]),
        table=asked["table"],
    )
    return _compute(store, question)


def _compute(store: Store, question: _Question) -> Crosswalk:
    begin = time.perf_counter()
    moment = question.moment
    tell(5, "reading")
    old = _units(
        store,
        question.source,
        question.source_as_of or moment.as_of,
        question.source_on or moment.evaluated_on,
        moment.scope,
    )
    new = _units(store, question.target, moment.as_of, moment.evaluated_on, moment.scope)
    homes = _units(store, BUILDING, moment.as_of, moment.evaluated_on, moment.scope)
    values, unmatched = _values(store, question, old)
    tell(40, "measuring")
    found = crosswalk(
        values,
        _valid(old),
        _valid(new),
        homes,
        weight=_WEIGHTS[question.weight],
        means=question.means,
        divisible=question.divisible,
    )
    run = Run(
        analysis=ANALYSIS,
        rules={},
        inputs=store.revisions(
            sorted({question.source, question.target, BUILDING}), as_of=moment.as_of
        ),
        evaluated_on=moment.evaluated_on,
        parameters=question.parameters(),
        code_version=version("greengrid"),
        seconds=round(time.perf_counter() - begin, 3),
        results=_results(found, old, new, unmatched),
    )
    return Crosswalk(run=named_run(store, run), store=store, found=found, units=new)


def _units(store: Store, kind: str, as_of: int, on: dt.date, scope: Scope) -> GeoDataFrame:
    frame = store.read(kind, as_of=as_of, on=on, scope=scope).to_crs(store.settings.metric_crs)
    if frame.empty:
        raise AnalysisInputError(analysis=ANALYSIS, missing=kind, reason="no_rows")
    return frame


def _valid(units: GeoDataFrame) -> GeoDataFrame:
    """Take the shape from units that are no areas: nothing lies in them."""
    areas = units.geom_type.isin(("Polygon", "MultiPolygon"))
    return units.set_geometry(units.geometry.where(areas, None))


def _values(store: Store, question: _Question, old: GeoDataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Read the figures by old unit; name the codes of a table that no unit has."""
    if question.table is not None:
        frame = pd.DataFrame(
            {
                name: pd.Series(column, dtype="float64").reindex(old["code"]).to_numpy()
                for name, column in question.table.items()
            },
            index=old.index,
        )
        codes = {code for column in question.table.values() for code in column}
        return frame, sorted(codes - set(old["code"].dropna()))
    fields = {f.key: f for f in store.kind(question.source).fields if f.type in _NUMBERS}
    for name in question.figures:
        if name not in fields:
            missing = f"{question.source}.{name}"
            raise AnalysisInputError(analysis=ANALYSIS, missing=missing, reason="no_field")
    names = question.figures or [name for name in fields if old[name].notna().any()]
    if not names:
        raise AnalysisInputError(analysis=ANALYSIS, missing=question.source, reason="no_figures")
    return pd.DataFrame({name: old[name].astype("Float64") for name in names}), []


def _results(
    found: CrosswalkResult, old: GeoDataFrame, new: GeoDataFrame, unmatched: list[str]
) -> dict[str, Any]:
    rows = pd.DataFrame({"code": new["code"], "name": new["name"]}).join(found.values)
    undealt = found.undealt.assign(
        code=found.undealt["unit"].map(old["code"]), name=found.undealt["unit"].map(old["name"])
    )
    told: dict[str, Any] = plain(
        {
            "units": rows.sort_values("code").rename_axis("unit").reset_index().to_dict("records"),
            "account": found.account.reset_index().to_dict("records"),
            "undealt": undealt.sort_values(["figure", "code"]).to_dict("records"),
            "unmatched": unmatched,
            "in_no_old_unit": found.in_no_old_unit,
            "no_weight": found.no_weight,
        }
    )
    return told


def write_crosswalk_layers(made: Crosswalk, path: Path) -> None:
    """Write the new units with their figures as a layer of a GeoPackage."""
    units = made.units[["code", "name", made.units.geometry.name]].join(made.found.values)
    write_layers([("units", flat(units.rename_axis("uid").reset_index(), made.run.id))], path)


def read_figures(path: Path) -> Table:
    """Read figures from a table: one column of codes, every other column that holds numbers.

    Raises
    ------
    AnalysisInputError
        No column holds codes, or none holds numbers.
    SourceError
    """
    frame = read_source(path).frame
    headings = {fold(str(name)): str(name) for name in frame.columns}
    code = next((headings[each] for each in map(fold, _CODES) if each in headings), None)
    if code is None:
        raise AnalysisInputError(analysis=ANALYSIS, missing=path.name, reason="no_codes")
    codes = [str(cell).strip() for cell in frame[code]]
    figures = {}
    for name in frame.columns:
        column = pd.to_numeric(frame[name].map(_plain_number), errors="coerce")
        filled = frame[name].notna() & (frame[name].astype(str).str.strip() != "")
        if name != code and filled.any() and column[filled].notna().all():
            values = column.astype(float).tolist()
            pairs = zip(codes, values, strict=True)
            figures[str(name)] = {each: None if v != v else v for each, v in pairs if each}  # noqa: PLR0124 - not a number
    if not figures:
        raise AnalysisInputError(analysis=ANALYSIS, missing=path.name, reason="no_figures")
    return figures


def _plain_number(cell: Any) -> Any:
    return cell.replace(",", "").strip() if isinstance(cell, str) else cell
