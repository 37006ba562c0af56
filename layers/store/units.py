"""The derived territory of features, kept in step with every changeset.

`layers.territory` knows the rule; this module knows which features a change concerns and where
the answer is kept: features that lie in the same units share one answer, called their place, which
is named by what it says.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

import pandas as pd
from geopandas import GeoDataFrame
from sqlalchemy import Connection, MetaData, Select, and_, delete, or_, select

from layers.store.backend import Backend
from layers.store.batch import Batch, LayerRows
from layers.store.schema import GEOMETRY_COLUMN, INFO_TITLE
from layers.territory import COLUMNS, LEVELS, NAMING_COLUMNS, Belonging, Division, Said

# Reads the features of a kind, all or those of some uids, in the metric CRS.
Reader = Callable[[str, Collection[str] | None], GeoDataFrame]

# Of so few features the places are asked for one by one, else those of the whole layer.
_FEW = 100
_ANSWER = ["unit_uid", "rule", "on_boundary", "second_unit_uid"]  # at one level


@dataclass(frozen=True, kw_only=True)
class Located:
    """Where features lie: the place of each that lies in any unit, and what the places say.

    `looked_for` are the features; all of them are new where `is_new`. A place has a row for each
    level at which it names a unit.
    """

    looked_for: Collection[str] = field(repr=False)
    is_new: bool = False
    place_of: Mapping[str, str] = field(repr=False)
    places: Mapping[str, list[Said]] = field(repr=False)


def may_move(names: Iterable[str]) -> bool:
    """Tell whether features may lie in other units once these columns of theirs are written."""
    return not {GEOMETRY_COLUMN, *NAMING_COLUMNS}.isdisjoint(names)


def moved_by(key: str, rows: LayerRows) -> set[str]:
    """Give the uids of features that come, go or may lie elsewhere by rows of their layer.

    Of a unit the code and the dates matter too: any change of one counts.
    """
    moved = set(rows.deleted)
    if rows.inserted:
        moved.update(rows.inserted.column("uid"))
    if rows.updated and (key in LEVELS or may_move(rows.updated.names)):
        moved.update(rows.updated.column("uid"))
    return moved


def refresh(
    kept: KeptTerritory,
    moved: Mapping[str, Collection[str]],
    units: Callable[[], Division],
    read: Reader,
    located: Mapping[str, Located],
) -> None:
    """Bring the territory up to date after `moved` features, by kind, may lie elsewhere.

    `units` reads those of today, by level. When one of them changed, every feature may have moved
    into or out of it: all are located anew. `located` has what is known already.
    """
    is_division = any(moved.get(level) for level in LEVELS)
    spatial = kept.layers()
    if is_division:
        unknown = [key for key in spatial if key in moved or kept.has_features(key)]
    else:
        unknown = [key for key in spatial if moved.get(key) and key not in located]
    today = units() if unknown else Division({})
    for key in spatial:
        if key in unknown:
            uids = None if is_division else moved[key]
            belonging = belonging_of(key, read(key, uids), today)
            found = find(belonging, looked_for=uids or ())
            kept.replace_all(key, found) if is_division else kept.replace(key, found)
        elif key in located:
            kept.replace(key, located[key])
    if is_division:
        kept.forget_empty_places()


def find(belonging: Belonging, *, looked_for: Collection[str], is_new: bool = False) -> Located:
    """Say where features lie in the form in which the answer is kept."""
    place_of: dict[str, str] = {}
    places: dict[str, list[Said]] = {}
    for said, uids in belonging.answers():
        name = _name(said)
        places[name] = said
        place_of.update(dict.fromkeys(uids, name))
    place_of = dict(sorted(place_of.items()))  # as the index of the table is filled fastest
    return Located(looked_for=looked_for, is_new=is_new, place_of=place_of, places=places)


def _name(said: Iterable[Said]) -> str:
    """Name a place by what it says, so that it is found again without being looked for."""
    text = json.dumps([list(each) for each in said], ensure_ascii=False)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


class KeptTerritory:
    """The tables in which territory is kept: the place of each feature, and the places."""

    def __init__(self, connection: Connection, backend: Backend, metadata: MetaData) -> None:
        self._connection = connection
        self._backend = backend
        self._metadata = metadata
        self._territory = metadata.tables["gg_territory"]
        self._places = metadata.tables["gg_place"]

    def layers(self) -> list[str]:
        """Name the layers whose features have places."""
        tables = self._metadata.tables.values()
        return [
            each.name for each in tables if INFO_TITLE in each.info and GEOMETRY_COLUMN in each.c
        ]

    def has_features(self, key: str) -> bool:
        """Tell whether a layer has any feature: without one there is nothing to locate."""
        table = self._metadata.tables[key]
        return bool(self._connection.scalar(select(select(table.c.uid).exists())))

    def replace(self, key: str, found: Located) -> None:
        """Forget the places of the features that were looked for, and keep those found."""
        if not found.is_new:
            self._forget(key, found.looked_for)
        self._keep(key, found, found.place_of)

    def replace_all(self, key: str, found: Located) -> None:
        """Write what differs for the features of a whole layer: most stay where they are."""
        everybody = {*self._place_of(key), *found.place_of}
        self.replace(key, self.differing(key, replace(found, looked_for=everybody)))

    def differing(self, key: str, found: Located) -> Located:
        """Leave out the features that are kept as they were found."""
        if found.is_new:
            return found
        before, now = self._place_of(key, found.looked_for), found.place_of
        moved = [uid for uid in found.looked_for if before.get(uid) != now.get(uid)]
        place_of = {uid: now[uid] for uid in sorted(moved) if uid in now}
        return replace(found, looked_for=moved, place_of=place_of)

    def _place_of(self, key: str, uids: Collection[str] | None = None) -> dict[str, str]:
        table = self._territory
        query = select(table.c.uid, table.c.place).where(table.c.layer == key)
        if uids is not None and len(uids) <= _FEW:
            query = query.where(table.c.uid.in_(uids))
        rows = self._connection.execute(query).all()
        return {uid: place for uid, place in rows}  # noqa: C416 - rows are no pairs to `dict`

    def forget_empty_places(self) -> None:
        """Drop the places in which no feature lies any more."""
        used = select(self._territory.c.place)
        self._connection.execute(delete(self._places).where(self._places.c.id.not_in(used)))

    def _forget(self, key: str, uids: Collection[str]) -> None:
        if uids:
            table = self._territory
            here = self._backend.among(table.c.uid, uids)
            self._connection.execute(delete(table).where(table.c.layer == key, here))

    def _keep(self, key: str, found: Located, uids: Iterable[str]) -> None:
        rows = [(key, uid, found.place_of[uid]) for uid in uids]
        if rows:
            batch = Batch(("layer", "uid", "place"), rows)
            self._backend.add(self._connection, self._territory, batch)
        used = {place for _, _, place in rows}
        identity = self._places.c.id
        known = set(
            self._connection.scalars(select(identity).where(self._backend.among(identity, used)))
        )
        new = [(name, *row) for name in sorted(used - known) for row in found.places[name]]
        if new:
            names = ("id", "level", *_ANSWER)
            columns = dict(zip(names, zip(*new, strict=True), strict=True))
            batch = Batch.of(self._places, columns, self._connection.dialect)
            self._backend.add(self._connection, self._places, batch)


def territory_rows(key: str, features: GeoDataFrame, units: Division) -> pd.DataFrame:
    """Locate the features of kind `key`; columns `COLUMNS`."""
    return belonging_of(key, features, units).rows()


def belonging_of(key: str, features: GeoDataFrame, units: Division) -> Belonging:
    """Locate the features of kind `key`; a unit belongs to units of its own level and above."""
    if key in LEVELS:
        return units.locate(features.geometry).above(LEVELS[LEVELS.index(key) :])
    return units.locate_features(features)


def lying_in(metadata: MetaData, key: str, allowed: Collection[str]) -> Select[tuple[str]]:
    """Select the uids of the features of a kind that lie in units, by the kept territory."""
    territory, place = metadata.tables["gg_territory"], metadata.tables["gg_place"]
    there = select(place.c.id).where(place.c.unit_uid.in_(sorted(allowed)))
    return select(territory.c.uid).where(territory.c.layer == key, territory.c.place.in_(there))


def change_between(
    connection: Connection, metadata: MetaData, first: dt.date, last: dt.date
) -> bool:
    """Tell whether any unit begins or ends on a day after the first one and up to the last."""
    for level in LEVELS:
        table = metadata.tables[level]
        days = (table.c.valid_from, table.c.valid_to)
        turning = or_(*(and_(day > first, day <= last) for day in days))
        if connection.execute(select(table.c.uid).where(turning).limit(1)).first():
            return True
    return False


def stored_rows(connection: Connection, metadata: MetaData, key: str) -> pd.DataFrame:
    """Read the kept territory of a kind."""
    territory, place = metadata.tables["gg_territory"], metadata.tables["gg_place"]
    lying = select(territory.c.uid, territory.c.place).where(territory.c.layer == key)
    said = select(place.c.id, *(place.c[name] for name in COLUMNS[1:]))
    said = said.where(place.c.id.in_(lying.with_only_columns(territory.c.place)))
    features = pd.DataFrame(connection.execute(lying).all(), columns=["uid", "place"])
    places = pd.DataFrame(connection.execute(said).all(), columns=["place", *COLUMNS[1:]])
    return features.merge(places, on="place")[COLUMNS]


def by_level(rows: pd.DataFrame, index: pd.Index) -> pd.DataFrame:
    """Spread territory rows to one row a feature: a column a level, and the boundary case.

    `on_boundary` and `second_unit` are those of the finest level that has a unit there.
    """
    here = rows[rows["uid"].isin(index)]
    by_uid = {level: here[here["level"] == level].set_index("uid") for level in LEVELS}
    wide = pd.DataFrame({level: by_uid[level]["unit_uid"].reindex(index) for level in LEVELS})
    finest = pd.concat([by_uid[level] for level in LEVELS])
    finest = finest[~finest.index.duplicated()].reindex(index)
    second = finest["second_unit_uid"].astype(object)
    return (
        wide.astype(object)
        .where(wide.notna(), None)
        .assign(
            on_boundary=finest["on_boundary"].eq(other=True),
            second_unit=second.where(second.notna(), None),
        )
    )
