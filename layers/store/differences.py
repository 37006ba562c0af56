"""What lies between two states of a store, feature by feature.

A `StoreDiff` holds a `KindDiff` for each layer that differs, and that one the features as they
were and as they became. Features are told apart by `uid`; two states of one differ where a value
differs or a coordinate, to the last bit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, Self

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame, GeoSeries
from numpy.typing import NDArray
from shapely import Geometry

from layers.kinds.model import LIST_SEPARATOR, Kind

GEOMETRY = "geometry"


class Happening(StrEnum):
    """What happened to a feature between two states."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, kw_only=True)
class FieldChange:
    """Give the value of a field in both states, None where there is none."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, kw_only=True)
class FeatureChange:
    """Say what happened to one feature.

    `code` is the value of the kind's key field and, like `name`, that of the later state, of the
    earlier one for what was removed. `fields` are those whose values differ. Geometries are in
    the storage CRS, None in a state without the feature or its place.
    """

    kind: str
    uid: str
    code: str | None
    name: str | None
    happening: Happening
    fields: tuple[FieldChange, ...]
    geometry_before: Geometry | None
    geometry_after: Geometry | None
    moved: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class KindDiff:
    """Hold the features of one kind that differ.

    `before` has those that were changed or removed, as they were; `after` those that were added
    or changed, as they became. Both are what `Store.read` gives of them.
    """

    kind: Kind
    before: GeoDataFrame
    after: GeoDataFrame

    @classmethod
    def between(cls, kind: Kind, before: GeoDataFrame, after: GeoDataFrame) -> Self:
        """Compare two states of some features, or of all; what is alike in both is left out."""
        common = before.index.intersection(after.index)
        alike = common[~_differing(kind, before.loc[common], after.loc[common]).any(axis=1)]
        return cls(kind=kind, before=before.drop(alike), after=after.drop(alike))

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing differs."""
        return self.before.empty and self.after.empty

    @cached_property
    def happenings(self) -> pd.Series:
        """Say what happened to each feature that differs, indexed by uid and ordered by it."""
        uids = self.before.index.union(self.after.index).rename("uid")
        was, is_now = uids.isin(self.before.index), uids.isin(self.after.index)
        named = np.select(
            [~was, ~is_now], [Happening.ADDED.value, Happening.REMOVED.value], Happening.CHANGED
        )
        return pd.Series(named.astype(object), index=uids, name="happening")

    @property
    def counts(self) -> dict[str, int]:
        """Count the features to which each thing happened; what happened to none is left out."""
        found = self.happenings.value_counts()
        return {each.value: int(found[each]) for each in Happening if each in found}

    @cached_property
    def differing(self) -> pd.DataFrame:
        """Tell in which fields, and whether in its `geometry`, each feature differs, by uid.

        A value that came with a feature, or went with it, differs where it is one.
        """
        uids = self.happenings.index
        return _differing(self.kind, self.before.reindex(uids), self.after.reindex(uids))

    def inverse(self) -> KindDiff:
        """Give the difference the other way round."""
        return KindDiff(kind=self.kind, before=self.after, after=self.before)

    def applied_to(self, state: GeoDataFrame) -> GeoDataFrame:
        """Make the later state out of the earlier one, or of any part of it that holds `before`."""
        return _together(state.drop(self.before.index), self.after).sort_index()

    def frame(self) -> GeoDataFrame:
        """Give one row for each feature that differs, for maps and tables.

        Returns
        -------
        frame
            Indexed by uid: `change`; `changed_fields`, their keys in one text; `moved`; the
            fields as they became, of what was removed as they were; `geometry` likewise, and
            `geometry_before`, both in the storage CRS.
        """
        uids = self.happenings.index
        shown = self._shown().reindex(uids)
        fields = self.differing.drop(columns=GEOMETRY)
        names = fields.columns.to_numpy()
        changed = [LIST_SEPARATOR.join(names[row]) for row in fields.to_numpy(dtype=bool)]
        shown.insert(0, "change", self.happenings)
        shown.insert(1, "changed_fields", pd.Series(changed, index=uids, dtype="str"))
        shown.insert(2, "moved", self.moved)
        shown["geometry_before"] = GeoSeries(self.before.geometry.reindex(uids), crs=shown.crs)
        return shown

    def changes(self) -> Iterator[FeatureChange]:
        """Go through the features that differ, in the order of their uids."""
        uids = self.happenings.index
        before, after = (each.reindex(uids) for each in (self.before, self.after))
        shown = self._shown().reindex(uids)
        columns = [field.key for field in self.kind.fields]
        values = {name: (plain(before[name]), plain(after[name])) for name in columns}
        codes, names = plain(shown[self.kind.key_field]), plain(shown["name"])
        places = [places_of(each) for each in (before, after)]
        fields = self.differing[columns].to_numpy(dtype=bool)
        for row, (uid, happening) in enumerate(self.happenings.items()):
            differing = [columns[at] for at in np.flatnonzero(fields[row])]
            yield FeatureChange(
                kind=self.kind.key,
                uid=str(uid),
                code=codes[row],
                name=names[row],
                happening=Happening(happening),
                fields=tuple(
                    FieldChange(field=key, before=values[key][0][row], after=values[key][1][row])
                    for key in differing
                ),
                geometry_before=places[0][row],
                geometry_after=places[1][row],
                moved=bool(self.moved.iloc[row]),
            )

    @property
    def moved(self) -> pd.Series:
        """Tell which features are in both states and lie elsewhere in the later one."""
        is_changed = self.happenings == Happening.CHANGED
        return (self.differing[GEOMETRY] & is_changed).rename("moved")

    def _shown(self) -> GeoDataFrame:
        return _together(self.after, self.before.drop(self.after.index, errors="ignore"))


@dataclass(frozen=True, kw_only=True, eq=False)
class StoreDiff:
    """Hold what differs between the states after two changesets, `since` and `until`.

    `kinds` holds the layers that differ, by key. `since` may be the later of the two: the
    difference is then the way back.
    """

    since: int
    until: int
    kinds: Mapping[str, KindDiff]

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing differs."""
        return not self.kinds

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """Count by kind what happened to how many features."""
        return {key: each.counts for key, each in self.kinds.items()}

    def changes(self) -> Iterator[FeatureChange]:
        """Go through every feature that differs, by kind and in the order of uids."""
        for each in self.kinds.values():
            yield from each.changes()

    def inverse(self) -> StoreDiff:
        """Give the way back."""
        back = {key: each.inverse() for key, each in self.kinds.items()}
        return StoreDiff(since=self.until, until=self.since, kinds=back)


def places_of(frame: GeoDataFrame) -> NDArray[np.object_]:
    """Give the geometries of a frame as a plain array, None for what has none."""
    return np.asarray(frame.geometry.to_numpy(), dtype=object)


def plain(values: pd.Series) -> list[Any]:
    """Give the values of a column as Python's own, None for what is missing."""
    missing = values.isna().tolist()
    return [
        None if absent else value for value, absent in zip(values.tolist(), missing, strict=True)
    ]


def _together(one: GeoDataFrame, other: GeoDataFrame) -> GeoDataFrame:
    """Put features of one kind together; uids stay what they are, which `concat` does not keep."""
    if one.empty or other.empty:
        return one if other.empty else other
    both = pd.concat([one, other])
    return both.set_axis(both.index.astype("object"))


def _differing(kind: Kind, before: GeoDataFrame, after: GeoDataFrame) -> pd.DataFrame:
    """Compare two frames of the same index, column by column."""
    columns: dict[str, Any] = {}
    for field in kind.fields:
        one, other = before[field.key], after[field.key]
        same = (one == other).fillna(value=False).astype(bool) | (one.isna() & other.isna())
        columns[field.key] = ~same
    one_wkb, other_wkb = (shapely.to_wkb(places_of(each)) for each in (before, after))
    columns[GEOMETRY] = one_wkb != other_wkb
    return pd.DataFrame(columns, index=before.index)
