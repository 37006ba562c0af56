"""What a store must say of its past: the simplest account of it that could be true.

A chronicle keeps every state as a plain dictionary, whole, one for each changeset. Features bear
names of its own, because a store gives its uids itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import shapely
from shapely import Geometry

from layers.kinds import KINDS, GeometryFamily

# By field, and the place under `geometry`: in an edit a shape, in a state text, which compares.
Values = dict[str, Any]
# By kind and name.
State = dict[str, dict[str, Values]]
# By kind and operation, whom it touched.
Touched = dict[tuple[str, str], set[str]]

# What is looked at of each kind: every type of field, every family of geometry, and units.
FIELDS: dict[str, tuple[str, ...]] = {
    "building": ("code", "name", "floors", "households_estimated", "valid_from", "valid_to"),
    "bare_land": ("code", "area_m2", "is_unmanaged", "target_date"),
    "manhole_cover": ("code", "on_tactile_paving", "valid_from"),
    "scenic_spot": ("code", "grade", "area_m2"),
    "grid_event": ("code", "reported_at", "valid_to"),
    "property_area": ("code", "compound_codes", "star"),
    "adopter": ("code", "name", "households", "valid_from", "valid_to"),
    "street": ("code", "name", "valid_to"),
    "grid": ("code", "parent_code", "valid_from"),
}


@dataclass(frozen=True)
class Insert:
    """Add features; the store is told their uids, or gives its own."""

    kind: str
    rows: Mapping[str, Values]
    gives_uids: bool


@dataclass(frozen=True)
class Update:
    """Change some fields, the same ones, of features that are there."""

    kind: str
    rows: Mapping[str, Values]


@dataclass(frozen=True)
class Delete:
    """Delete features that are there."""

    kind: str
    names: tuple[str, ...]


Edit = Insert | Update | Delete


@dataclass(frozen=True)
class Entry:
    """One changeset: who, and how many features of which layers it touched in which way."""

    author: str
    changes: Mapping[str, Mapping[str, int]]


@dataclass
class Chronicle:
    """All states so far, and the one that is being written."""

    states: list[State] = field(default_factory=lambda: [{kind: {} for kind in FIELDS}])
    entries: list[Entry] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin where the last state ended."""
        self.now: State = copied(self.states[-1])
        self._touched: Touched = {}

    @property
    def last(self) -> int:
        """Number the last changeset."""
        return len(self.entries)

    @property
    def is_pending(self) -> bool:
        """Tell whether something is written that has no changeset yet."""
        return bool(self._touched)

    def apply(self, edit: Edit) -> None:
        """Write into the changeset that is open."""
        here = self.now[edit.kind]
        if isinstance(edit, Delete):
            for name in edit.names:
                del here[name]
            self._touch(edit.kind, "delete", edit.names)
            return
        for name, values in edit.rows.items():
            known = dict.fromkeys((*FIELDS[edit.kind], "geometry"))
            here[name] = {**here.get(name, known), **_as_stored(edit.kind, values)}
        self._touch(edit.kind, "insert" if isinstance(edit, Insert) else "update", edit.rows)

    def commit(self, author: str) -> None:
        """End the changeset; one that wrote nothing leaves no trace."""
        if not self._touched:
            return
        changes: dict[str, dict[str, int]] = {}
        for (kind, operation), names in self._touched.items():
            changes.setdefault(kind, {})[operation] = len(names)
        self.entries.append(Entry(author, changes))
        self.states.append(copied(self.now))
        self._touched = {}

    def way_back(
        self, since: int, until: int, kinds: Collection[str] = tuple(FIELDS)
    ) -> list[Edit]:
        """Give the edits that make the state after `until` out of the one after `since`."""
        edits: list[Edit] = []
        for kind in kinds:
            was, becomes = self.states[since][kind], self.states[until][kind]
            removed = tuple(name for name in was if name not in becomes)
            added = {name: row for name, row in becomes.items() if name not in was}
            changed = {
                name: row for name, row in becomes.items() if name in was and was[name] != row
            }
            edits += [Delete(kind, removed), Insert(kind, added, True), Update(kind, changed)]
        return edits

    def is_in_the_way(self, edits: Collection[Edit], number: int) -> bool:
        """Tell whether a feature of these edits is no longer as the changeset `number` left it."""
        return any(
            self.now[edit.kind].get(name) != self.states[number][edit.kind].get(name)
            for edit in edits
            for name in (edit.names if isinstance(edit, Delete) else edit.rows)
        )

    def roll_back(self) -> None:
        """Forget what the open changeset wrote."""
        self.now = copied(self.states[-1])
        self._touched = {}

    def revision(self, kind: str, until: int) -> int:
        """Number the last changeset up to `until` that touched a kind, 0 for none."""
        return max(
            (n for n, entry in enumerate(self.entries[:until], 1) if kind in entry.changes),
            default=0,
        )

    def _touch(self, kind: str, operation: str, names: Collection[str]) -> None:
        if names:
            self._touched.setdefault((kind, operation), set()).update(names)


def copied(state: State) -> State:
    """Copy a state so that changing one leaves the other alone."""
    return {
        kind: {name: dict(values) for name, values in rows.items()} for kind, rows in state.items()
    }


def as_stored(kind: str, place: Geometry | None) -> Geometry | None:
    """Give a place the form in which it is kept: multi-part where a kind has areas alone."""
    if place is None or place.geom_type != "Polygon":
        return place
    return (
        shapely.MultiPolygon([place]) if KINDS[kind].geometry == (GeometryFamily.AREA,) else place
    )


def _as_stored(kind: str, values: Values) -> Values:
    if not isinstance(values.get("geometry"), Geometry):
        return values
    return {**values, "geometry": place_text(as_stored(kind, values["geometry"]))}


def place_text(place: Geometry | None) -> str | None:
    """Write a place to the last bit."""
    return None if place is None else f"{place.geom_type} {place.wkb_hex}"


def is_valid_on(values: Values, day: dt.date) -> bool:
    """Tell whether a feature's period holds a day; the end of a period is no more in it."""
    begin, end = values.get("valid_from"), values.get("valid_to")
    return (begin is None or begin <= day) and (end is None or day < end)
