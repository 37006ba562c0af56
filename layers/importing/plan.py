"""What an import would do: which rows add, which change what, which change nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray
from pandas import DataFrame

from layers.importing.keys import Key, key_text, keys_of
from layers.importing.prepare import Prepared
from layers.importing.readers import Remark

GEOMETRY = "geometry"
# Well under a millimetre in degrees: what another version of a transformation may differ by.
_SAME_COORDINATE = 1e-9
# A spreadsheet keeps fifteen digits of a number: what differs beyond them was not changed.
_SAME_NUMBER = 1e-14
_AREA = 2  # dimensions


@dataclass(frozen=True, kw_only=True)
class Change:
    """One feature that the file would change: for each field, what was and what would be.

    A changed place is named `geometry`, without its coordinates.
    """

    row: int
    key: str
    uid: str
    fields: Mapping[str, tuple[object, object]]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Rows by what would become of them, as positions in `prepared`.

    `changed` gives the uid of the feature that each changed row meets. `missing` are keys that
    the store has and the file has not, `missing_uids` the features of these; nothing happens to
    them. `recalled` names the mapping file of an earlier import that was used.
    `doubts` are what speaks against the declared datum.
    """

    prepared: Prepared
    revision: int
    added: list[int]
    changed: dict[int, str]
    unchanged: list[int]
    changes: tuple[Change, ...] = ()
    missing: tuple[str, ...] = ()
    missing_uids: tuple[str, ...] = ()
    stored: GeoDataFrame | None = field(default=None, repr=False)
    recalled: str | None = None
    doubts: tuple[Remark, ...] = ()

    @property
    def rejected(self) -> int:
        """Count the rows that are not taken."""
        return int(self.prepared.findings.rejected.sum())

    @property
    def warned(self) -> int:
        """Count the rows that are taken without one of their values."""
        findings = self.prepared.findings
        return int((findings.warned & ~findings.rejected).sum())

    @property
    def noticed(self) -> int:
        """Count the rows that are taken whole, but should be looked at."""
        findings = self.prepared.findings
        return int((findings.noticed & ~findings.warned & ~findings.rejected).sum())

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to write."""
        return not self.added and not self.changed


def make_plan(prepared: Prepared, stored: GeoDataFrame, revision: int) -> Plan:
    """Compare prepared rows with the features that a layer holds at `revision`.

    Without a key every row adds, unless the store already has its code.
    """
    by_key = prepared.matches.key_fields
    key_fields = by_key or (prepared.kind.key_field,)
    known = _by_key(stored, key_fields)
    returning = prepared.returning
    matched = _match(prepared, known) if by_key else returning.known if returning else {}
    prepared = _with_kept_values(prepared, stored, matched)
    if not by_key:
        _reject_known(prepared, known, matched)
    taken = np.flatnonzero(~prepared.findings.rejected).tolist()
    matched = {row: matched[row] for row in taken if row in matched}
    changes = _compare(prepared, stored, matched) if matched else {}
    missing = _missing(prepared, known) if by_key or returning else []
    return Plan(
        prepared=prepared,
        revision=revision,
        added=[row for row in taken if row not in matched],
        changed={row: matched[row] for row in changes},
        unchanged=[row for row in taken if row in matched and row not in changes],
        changes=tuple(changes.values()),
        missing=tuple(dict.fromkeys(key for key, _ in missing)),
        missing_uids=tuple(uid for _, uid in missing),
        stored=stored,
    )


def without_rejected(plan: Plan) -> Plan:
    """Leave out of a plan the rows that were rejected since it was made."""
    rejected = plan.prepared.findings.rejected
    numbers = set(plan.prepared.source.row_numbers[rejected].tolist())
    return replace(
        plan,
        added=[row for row in plan.added if not rejected[row]],
        changed={row: uid for row, uid in plan.changed.items() if not rejected[row]},
        unchanged=[row for row in plan.unchanged if not rejected[row]],
        changes=tuple(change for change in plan.changes if change.row not in numbers),
    )


def _by_key(stored: DataFrame, key_fields: tuple[str, ...]) -> dict[Key, list[str]]:
    known: dict[Key, list[str]] = defaultdict(list)
    for key, uid in zip(keys_of(stored, key_fields), stored.index, strict=True):
        if key is not None:
            known[key].append(uid)
    return known


def _match(prepared: Prepared, known: Mapping[Key, list[str]]) -> dict[int, str]:
    """Find the feature that each row speaks of; rows that speak of several are rejected."""
    matched: dict[int, str] = {}
    key_field = prepared.matches.key_fields[0]
    for row, key in enumerate(prepared.keys):
        uids = known.get(key, []) if key is not None else []
        if len(uids) == 1:
            matched[row] = uids[0]
        elif uids and key is not None:
            prepared.findings.add(
                row, "key_ambiguous", key_field, key=key_text(key), features=len(uids)
            )
    return matched


def _with_kept_values(
    prepared: Prepared, stored: DataFrame, matched: Mapping[int, str]
) -> Prepared:
    """Keep what the store knows wherever the file's own value cannot be read."""
    fields = prepared.fields.copy()
    for name, positions in prepared.findings.unreadable.items():
        rows = [row for row in positions if row in matched]
        if rows:
            kept = stored.loc[[matched[row] for row in rows], name]
            fields.loc[fields.index[rows], name] = kept.to_numpy()
    return replace(prepared, fields=fields)


def _reject_known(
    prepared: Prepared, known: Mapping[Key, list[str]], matched: Mapping[int, str]
) -> None:
    for row, key in enumerate(prepared.keys):
        if row not in matched and key is not None and key in known:
            key_field = prepared.kind.key_field
            prepared.findings.add(row, "key_exists", key_field, key=key_text(key))


def _missing(prepared: Prepared, known: Mapping[Key, list[str]]) -> list[tuple[str, str]]:
    """List what the store has and the file has not; a rejected row still names its feature."""
    here = set(prepared.keys)
    back = set(prepared.returning.uids) if prepared.returning else set()
    return sorted(
        (key_text(key), uid)
        for key, uids in known.items()
        if key not in here
        for uid in uids
        if uid not in back
    )


def _compare(
    prepared: Prepared, stored: GeoDataFrame, matched: Mapping[int, str]
) -> dict[int, Change]:
    rows = np.fromiter(matched, dtype=np.intp, count=len(matched))
    old = stored.loc[list(matched.values())].reset_index(drop=True)
    new = prepared.fields.iloc[rows].reset_index(drop=True)
    differing = {name: _differing(old[name], new[name]) for name in prepared.fields.columns}
    moved = _moved(rows, old, prepared)
    touched = np.logical_or.reduce([moved, *differing.values()])
    found: dict[int, Change] = {}
    for at in np.flatnonzero(touched).tolist():
        row = int(rows[at])
        fields: dict[str, tuple[object, object]] = {
            name: (_plain(old[name].iloc[at]), _plain(new[name].iloc[at]))
            for name, differs in differing.items()
            if differs[at]
        }
        if moved[at]:
            fields[GEOMETRY] = (None, None)
        number, key = int(prepared.source.row_numbers[row]), prepared.keys[row] or (matched[row],)
        found[row] = Change(row=number, key=key_text(key), uid=matched[row], fields=fields)
    return found


def _differing(old: pd.Series[Any], new: pd.Series[Any]) -> NDArray[np.bool_]:
    """Tell where two columns differ; nothing is like nothing."""
    nothing = (old.isna().to_numpy(), new.isna().to_numpy())
    there = ~nothing[0] & ~nothing[1]
    differs: NDArray[np.bool_] = nothing[0] != nothing[1]
    if pd.api.types.is_float_dtype(old.dtype):
        was, becomes = (each[there].to_numpy(dtype=float) for each in (old, new))
        differs[there] = ~np.isclose(was, becomes, rtol=_SAME_NUMBER, atol=0)
        return differs
    was, becomes = (each[there].to_numpy(dtype=object) for each in (old, new))
    differs[there] = was != becomes
    return differs


def _plain(value: Any) -> object:
    if pd.isna(value):
        return None
    return value.item() if isinstance(value, np.generic) else value


def _moved(rows: NDArray[np.intp], old: GeoDataFrame, prepared: Prepared) -> NDArray[np.bool_]:
    """Tell which rows' places differ; a row without a place leaves the old one alone."""
    new = prepared.geometry[rows]
    moved: NDArray[np.bool_] = ~shapely.is_missing(new) & ~_same(new, old.geometry.to_numpy())
    return moved


def _same(one: NDArray[np.object_], other: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Tell which geometries are equal; where the ring of an area begins does not matter."""
    same: NDArray[np.bool_] = shapely.equals_exact(one, other, tolerance=_SAME_COORDINATE)
    turned = ~same & (shapely.get_dimensions(one) == _AREA) & _alike(one, other)
    # Not by normalised rings: of two corners equally far west, either may come to be the first.
    same[turned] = (
        shapely.hausdorff_distance(shapely.boundary(one[turned]), shapely.boundary(other[turned]))
        <= _SAME_COORDINATE
    )
    return same


def _alike(one: NDArray[np.object_], other: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Tell which geometries have as many corners within the same bounds: cheap to know."""
    alike: NDArray[np.bool_] = shapely.get_num_coordinates(one) == shapely.get_num_coordinates(
        other
    )
    apart = np.abs(shapely.bounds(one) - shapely.bounds(other))
    return alike & (apart <= _SAME_COORDINATE).all(axis=1)
