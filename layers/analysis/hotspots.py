"""Where the events of a store gather, by its units or by square cells, kept as a run."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame, GeoSeries

from gis import HotspotsResult, hotspots, locate_in_units, square_cells
from layers.analysis.geopackage import flat, write_layers
from layers.analysis.keeping import Moment, moment_of, named_run, plain
from layers.analysis.kept import kept_places, kept_territory
from layers.analysis.made import Made
from layers.errors import AnalysisInputError
from layers.progress import tell
from layers.runs import Run
from layers.store import Scope, Store
from layers.territory import LEVELS

__all__ = ["EVENT", "Hotspots", "hotspots_again", "run_hotspots", "write_hotspot_layers"]

ANALYSIS = "hotspots"
EVENT = "grid_event"
BUILDING = "building"


@dataclass(frozen=True, kw_only=True)
class Hotspots(Made):
    """Hotspots that were just looked for: the run, and the units or cells with their shapes."""

    found: HotspotsResult

    def to_frame(self) -> pd.DataFrame:
        """Give the units with what was found of them."""
        return pd.DataFrame(self.found.units.drop(columns=self.found.units.geometry.name))


@dataclass(frozen=True, kw_only=True)
class _Question:
    """Say what is asked; every part of it is kept with the run."""

    moment: Moment
    kind: str
    level: str
    # Metres of the side of cells; None for units of the level.
    cells_m: float | None
    where: str | None
    population: bool
    alpha: float

    def parameters(self) -> dict[str, Any]:
        asked = {name: getattr(self, name) for name in _PLAIN}
        return {**asked, **self.moment.parameters()}


_PLAIN = ("kind", "level", "cells_m", "where", "population", "alpha")


def run_hotspots(  # noqa: PLR0913 - what may be asked is what it is
    store: Store,
    *,
    kind: str = EVENT,
    level: str = LEVELS[0],
    cells_m: float | None = None,
    where: str | None = None,
    population: bool = False,
    alpha: float = 0.05,
    on: dt.date | None = None,
    as_of: int | dt.datetime | None = None,
    scope: Scope = Scope.all(),
) -> Hotspots:
    """Tell in which units things gather beyond chance; keep the run.

    Parameters
    ----------
    kind
        What is counted: events, or any other kind of things.
    level
        The units by which is counted; with `cells_m` the ground over which cells are laid.
    cells_m
        Side of square cells, metres; None counts by units.
    where
        A filter in CQL2 for the things that count.
    population
        Whether the rate per head is judged; people are those of the buildings.
    alpha
        The rate of false discoveries that is accepted.

    Raises
    ------
    AnalysisInputError, ChangesetUnknownError, FilterError, NumberError, ScopeError,
    UnknownKindError
    """
    store.kind(kind)
    question = _Question(
        moment=Moment.asked(store, on=on, as_of=as_of, scope=scope),
        kind=kind,
        level=level,
        cells_m=cells_m,
        where=where,
        population=population,
        alpha=alpha,
    )
    made = _compute(store, question)
    return replace(made, run=store.save_run(made.run))


def hotspots_again(store: Store, kept: Run) -> Hotspots:
    """Compute a kept run of hotspots again, without keeping it."""
    asked = {name: kept.parameters[name] for name in _PLAIN}
    return _compute(store, _Question(moment=moment_of(kept), **asked))


def _compute(store: Store, question: _Question) -> Hotspots:
    begin = time.perf_counter()
    tell(5, "reading")
    things = _places(store, question)
    if things.empty:
        raise AnalysisInputError(analysis=ANALYSIS, missing=question.kind, reason="no_rows")
    units = _read(store, question.level, question)
    if question.cells_m is None:
        unit_of = _territory(store, question.kind, question).reindex(things.index)
        units = units.assign(inside_m2=units.area)
        events: Any = unit_of
    else:
        events, units = things, square_cells(units.geometry, question.cells_m)
        units = units.assign(code=units.index, name=None)
    if units.empty:
        raise AnalysisInputError(analysis=ANALYSIS, missing=question.level, reason="no_rows")
    inputs = [question.kind, question.level]
    if question.population:
        units = units.assign(people=_people(store, units, question))
        inputs.append(BUILDING)
    tell(40, "measuring")
    found = hotspots(
        events, units, population="people" if question.population else None, alpha=question.alpha
    )
    named = found.units.assign(code=units["code"], name=units["name"])
    found = replace(found, units=named)
    run = Run(
        analysis=ANALYSIS,
        rules={},
        inputs=store.revisions(sorted(set(inputs)), as_of=question.moment.as_of),
        evaluated_on=question.moment.evaluated_on,
        parameters=question.parameters(),
        code_version=version("greengrid"),
        seconds=round(time.perf_counter() - begin, 3),
        results=_results(found),
    )
    return Hotspots(run=named_run(store, run), store=store, found=found)


def _places(store: Store, question: _Question) -> GeoSeries:
    """Read where the things that count are; of those that are all points nothing else is read."""
    moment = question.moment
    found = None
    if question.where is None:
        found = kept_places(
            store,
            question.kind,
            as_of=moment.as_of,
            on=moment.evaluated_on,
            scope=moment.scope,
        )
    if found is not None:
        return found
    return _read(store, question.kind, question, where=question.where).geometry


def _read(
    store: Store, kind: str, question: _Question, *, where: str | None = None
) -> GeoDataFrame:
    moment = question.moment
    frame = store.read(
        kind, as_of=moment.as_of, on=moment.evaluated_on, where=where, scope=moment.scope
    )
    return frame.to_crs(store.settings.metric_crs)


def _territory(store: Store, kind: str, question: _Question) -> pd.Series[str]:
    moment = question.moment
    return kept_territory(store, kind, as_of=moment.as_of, on=moment.evaluated_on)[question.level]


def _people(store: Store, units: GeoDataFrame, question: _Question) -> pd.Series[float]:
    """Add up the people of the buildings of each unit; missing where none of them is counted."""
    homes = _read(store, BUILDING, question)
    if question.cells_m is None:
        unit_of = _territory(store, BUILDING, question).reindex(homes.index)
    else:
        unit_of = locate_in_units(homes, units)["unit"]
    people = (
        homes["population"].astype(float).groupby(unit_of.to_numpy(dtype=object)).sum(min_count=1)
    )
    return people.reindex(units.index)


def _results(found: HotspotsResult) -> dict[str, Any]:
    """Write the units as plain data, the hottest first."""
    rows = found.units.drop(columns=found.units.geometry.name).rename_axis("unit").reset_index()
    order = np.lexsort((rows["code"].astype(str), -rows["z"].fillna(-np.inf)))
    labels = found.units["label"].fillna("unjudged").value_counts()
    told: dict[str, Any] = plain(
        {
            "events": found.events,
            "outside": found.outside,
            "labels": labels.to_dict(),
            "units": rows.iloc[order].to_dict("records"),
        }
    )
    return told


def write_hotspot_layers(made: Hotspots, path: Path) -> None:
    """Write the units or cells with what was found as a layer of a GeoPackage."""
    units = made.found.units.rename_axis("unit").reset_index()
    write_layers([("hotspots", flat(units, made.run.id))], path)
