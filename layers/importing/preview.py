"""What a plan would do, row by row: for people who look before anything is written.

A `PreviewRow` speaks of one row of the file, or of one feature that the file does not name. Places
are in the storage system; an area that moved has one before and one after.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import pandas as pd
import shapely
from geopandas import GeoDataFrame
from shapely import Geometry

from layers.importing.keys import key_text
from layers.importing.plan import GEOMETRY, Change, Plan
from layers.importing.problems import Problem
from layers.kinds import Kind

# Problems after which the place of a row is not where it says it is.
_OF_PLACES = ("geometry_", "coordinates_")
_NAME = "name"


class Outcome(StrEnum):
    """What would become of a row of the file, or of a feature that it does not name."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    MISSING = "missing"
    REJECTED = "rejected"


@dataclass(frozen=True, kw_only=True)
class PreviewRow:
    """Say what would become of one row.

    `row` counts as the file does, None for a feature that the file does not name. `fields` gives
    for each field what was and what would be; `problems` is why a row is rejected, or what it is
    taken without.
    """

    outcome: Outcome
    row: int | None
    key: str
    name: str | None
    fields: tuple[tuple[str, object, object], ...] = ()
    problems: tuple[Problem, ...] = ()
    moved: bool = False
    geometry: Geometry | None = None
    geometry_before: Geometry | None = None


class Preview:
    """Go through a plan by what would become of its rows."""

    def __init__(self, plan: Plan) -> None:
        """Look at a plan of which nothing need be written yet."""
        self.plan = plan
        self.kind: Kind = plan.prepared.kind
        self.counts: dict[Outcome, int] = {
            Outcome.ADDED: len(plan.added),
            Outcome.CHANGED: len(plan.changed),
            Outcome.UNCHANGED: len(plan.unchanged),
            Outcome.MISSING: len(plan.missing_uids),
            Outcome.REJECTED: plan.rejected,
        }
        self._changes = dict(zip(plan.changed, plan.changes, strict=True))
        self._problems = problems_by_row(plan)

    @property
    def crs(self) -> str:
        """Name the system of the places."""
        stored = self.plan.stored
        return "EPSG:4490" if stored is None or stored.crs is None else stored.crs.to_string()

    def rows(self, outcome: Outcome) -> Iterator[PreviewRow]:
        """Give the rows of one outcome, in the order of the file; of what it lacks, by key."""
        if outcome is Outcome.MISSING:
            yield from self._missing()
            return
        for at in self._positions(outcome):
            yield self._row(outcome, at)

    def frame(self, rows: Iterable[PreviewRow], *, before: bool = False) -> GeoDataFrame:
        """Give the places of rows, those from before where they are asked for."""
        places = [row.geometry_before if before else row.geometry for row in rows]
        return GeoDataFrame(geometry=places, crs=self.crs)

    def _positions(self, outcome: Outcome) -> Iterable[int]:
        plan = self.plan
        if outcome is Outcome.REJECTED:
            return [int(at) for at in plan.prepared.findings.rejected.nonzero()[0]]
        by_outcome: dict[Outcome, Iterable[int]] = {
            Outcome.ADDED: plan.added,
            Outcome.CHANGED: plan.changed,
            Outcome.UNCHANGED: plan.unchanged,
        }
        return by_outcome[outcome]

    def _row(self, outcome: Outcome, at: int) -> PreviewRow:
        prepared = self.plan.prepared
        number = int(prepared.source.row_numbers[at])
        change = self._changes.get(at)
        key = prepared.keys[at]
        problems = tuple(self._problems.get(number, ()))
        place = prepared.geometry[at]
        if outcome is Outcome.REJECTED and not _can_be_shown(place, problems):
            place = None
        moved = change is not None and GEOMETRY in change.fields
        return PreviewRow(
            outcome=outcome,
            row=number,
            key="" if key is None else key_text(key),
            name=self._name(at),
            fields=self._fields(outcome, at, change),
            problems=problems,
            moved=moved,
            geometry=place if place is not None or change is None else self._stored(change.uid),
            geometry_before=self._stored(change.uid) if moved and change is not None else None,
        )

    def _fields(
        self, outcome: Outcome, at: int, change: Change | None
    ) -> tuple[tuple[str, object, object], ...]:
        if change is not None:
            pairs = (item for item in change.fields.items() if item[0] != GEOMETRY)
            return tuple((name, was, becomes) for name, (was, becomes) in pairs)
        if outcome is not Outcome.ADDED:
            return ()
        values = ((name, column[at]) for name, column in self._columns.items())
        return tuple((name, None, value) for name, value in values if value is not None)

    @cached_property
    def _columns(self) -> dict[str, list[object]]:
        """Give the fields as plain lists: looking into a frame cell by cell takes its time."""
        fields = self.plan.prepared.fields
        return {
            name: fields[name].astype(object).where(fields[name].notna(), None).tolist()
            for name in fields.columns
        }

    def _name(self, at: int) -> str | None:
        found = self._columns[_NAME][at] if _NAME in self._columns else None
        return None if found is None else str(found)

    def _stored(self, uid: str) -> Geometry | None:
        stored = self.plan.stored
        return None if stored is None else stored.geometry[uid]

    def _missing(self) -> Iterator[PreviewRow]:
        stored = self.plan.stored
        if stored is None:
            return
        fields = self.plan.prepared.matches.key_fields
        gone = stored.loc[list(self.plan.missing_uids)]
        nameless = pd.Series(None, index=gone.index, dtype=object)
        names = gone.get(_NAME, nameless)
        keys = zip(*(gone[field] for field in fields), strict=True)
        for place, key_parts, found in zip(gone.geometry, keys, names, strict=True):
            name = None if pd.isna(found) else str(found)
            key = key_text(key_parts)
            yield PreviewRow(outcome=Outcome.MISSING, row=None, key=key, name=name, geometry=place)


def problems_by_row(plan: Plan) -> Mapping[int, list[Problem]]:
    """Give what is wrong with each row that something is wrong with, by its number."""
    found: dict[int, list[Problem]] = {}
    for problem in plan.prepared.findings.problems():
        found.setdefault(problem.row, []).append(problem)
    return found


def _can_be_shown(place: Geometry | None, problems: Iterable[Problem]) -> bool:
    astray = any(problem.code.startswith(_OF_PLACES) for problem in problems)
    return place is not None and not astray and bool(shapely.is_valid(place))
