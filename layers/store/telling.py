"""Whose counts a store tells to everybody: worked out once for each state of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

import pandas as pd
from geopandas import GeoDataFrame
from sqlalchemy import Connection, select

from layers.clock import today
from layers.kinds.model import Kind
from layers.store import changesets, relation, units
from layers.store.outside import StoreOutside
from layers.store.reading import Moment
from layers.store.scope import COUNTS
from layers.store.withholding import FIELDS, Row, families, withheld
from layers.territory import LEVELS

# A compound is a whole, too: it lists its buildings by code.
_COMPOUND, _LISTED, _LIST = "compound", "building", "building_codes"


class _Told(NamedTuple):
    """The state of which something is true, and the features whose counts are told, by kind."""

    state: tuple[object, ...]
    uids: Mapping[str, frozenset[str]]


class StoreTelling(StoreOutside):
    """Answer whose counts are told."""

    _told_lately: _Told | None = None

    def _told(self, connection: Connection, kind: str, as_of: Moment | None) -> frozenset[str]:
        """Name the features of a kind whose counts everybody is told.

        Of what was once, or is not valid today, no counts are told: with what is told of it now
        they would tell of others.
        """
        counted = [each for each in self.kinds.values() if _things(each)]
        layers = sorted({*LEVELS, *(each.key for each in counted)})
        revisions = list(changesets.revisions_of(connection, self._metadata, layers).values())
        if as_of is not None:
            number = changesets.number_at(connection, self._metadata, as_of)
            if max(revisions) > number:
                return frozenset()
        state = (self.settings.restore_epoch, self._layers.stamp, today(), *revisions)
        found = self._told_lately
        if found is None or found.state != state:
            found = self._told_lately = _Told(state, self._find_told(connection, counted))
        return found.uids.get(kind, frozenset())

    def _find_told(
        self, connection: Connection, counted: Collection[Kind]
    ) -> dict[str, frozenset[str]]:
        frames = {kind.key: self._counts_of(connection, kind) for kind in counted}
        rows = {
            Row(key, uid): values
            for key, frame in frames.items()
            for uid, values in zip(
                frame.index.tolist(), frame[[*FIELDS]].to_numpy().tolist(), strict=True
            )
        }
        within = [
            pair for kind in counted for pair in self._within(connection, kind, frames[kind.key])
        ]
        hidden = withheld(rows, families([*within, *_listed(frames)]))
        return {
            key: frozenset(uid for uid in frame.index.tolist() if Row(key, uid) not in hidden)
            for key, frame in frames.items()
        }

    def _counts_of(self, connection: Connection, kind: Kind) -> pd.DataFrame:
        """Read what the features of a kind count that are valid today; 0 for what is not known."""
        table = self._metadata.tables[kind.key]
        extra = [name for name in ("code", _LIST) if name in table.c]
        names = ["uid", *extra, *_things(kind)]
        wanted = select(*(table.c[name] for name in names))
        found = connection.execute(wanted.where(relation.valid_on(table, today())))
        frame = pd.DataFrame(found.all(), columns=names).set_index("uid")
        return frame.reindex(columns=[*extra, *FIELDS]).fillna(dict.fromkeys(FIELDS, 0))

    def _within(
        self, connection: Connection, kind: Kind, frame: pd.DataFrame
    ) -> Iterator[tuple[Row, Row | None]]:
        """Say in which units features lie, above their own level; None for all together."""
        rows = {uid: Row(kind.key, uid) for uid in frame.index.tolist()}
        for row in rows.values():
            yield row, None
        if not kind.is_spatial or not rows:
            return
        lying = self._territory_rows(connection, kind)
        columns = (lying[name].tolist() for name in ("uid", "level", "unit_uid"))
        for uid, level, unit in zip(*columns, strict=True):
            if level != kind.key and uid in rows:
                yield rows[uid], Row(level, unit)

    def _territory_rows(self, connection: Connection, kind: Kind) -> pd.DataFrame:
        if self._territory_holds(connection, kind.key, None, None):
            return units.stored_rows(connection, self._metadata, kind.key)
        features: GeoDataFrame = self._reader.read_metric(connection, kind, None)
        return units.territory_rows(kind.key, features, self._units_today(connection))

    def _territory_holds(
        self, connection: Connection, kind: str, as_of: Moment | None, on: dt.date | None
    ) -> bool:
        """Tell whether the kept territory is that of `as_of` and a day, today being the usual one.

        It was found by the units of the days on which features were written, the first of them
        being that on which units were: none of these may have begun or ended since.
        """
        if as_of is not None:
            number = changesets.number_at(connection, self._metadata, as_of)
            found = changesets.revisions_of(connection, self._metadata, [kind, *LEVELS])
            if any(revision > number for revision in found.values()):
                return False
        revisions = changesets.revisions_of(connection, self._metadata, LEVELS)
        divided = changesets.day_of(connection, self._metadata, max(revisions.values()))
        if divided is None:
            return True
        day, now = on or today(), today()
        first = min(divided - dt.timedelta(days=1), day)  # a change may go on past midnight
        return not units.change_between(connection, self._metadata, first, max(now, day))


def _things(kind: Kind) -> list[str]:
    return [field.key for field in kind.fields if field.key in COUNTS]


def _listed(frames: Mapping[str, pd.DataFrame]) -> Iterator[tuple[Row, Row]]:
    """Say which buildings compounds list."""
    compounds, listed = frames.get(_COMPOUND), frames.get(_LISTED)
    if compounds is None or listed is None:
        return
    uids = dict(zip(listed["code"], listed.index, strict=True))
    for uid, codes in compounds[_LIST].items():
        for code in codes if isinstance(codes, list | tuple) else ():
            if code in uids:
                yield Row(_LISTED, uids[code]), Row(_COMPOUND, str(uid))
