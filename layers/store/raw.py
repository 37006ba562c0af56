"""Features as the database gives them: columns of plain values, places as well-known binary.

A frame with its typed columns and an object for each geometry costs several times what the database
does. Whoever goes through many features and hands on none of them reads them here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from layers.kinds.model import Kind
from layers.store import changesets
from layers.store.backend import Bounds
from layers.store.glance import Ask, Since, glance
from layers.store.inside import StoreState
from layers.store.reading import Moment
from layers.store.schema import GEOMETRY_COLUMN
from layers.store.scope import Scope, Verb
from layers.store.whole import StoreWhole
from layers.territory import LEVELS

__all__ = ["RawFeatures", "Sight", "StoreRaw", "Touched"]


@dataclass(frozen=True, kw_only=True)
class RawFeatures:
    """Features of a kind in no particular order: a column a field, None for what is unknown."""

    kind: Kind
    uids: Sequence[str]
    wkb: Sequence[bytes | None]
    columns: Mapping[str, Sequence[Any]]

    def __len__(self) -> int:
        return len(self.uids)


@dataclass(frozen=True, kw_only=True)
class Touched:
    """What changesets after a number have touched: the uids, and what of them is there still."""

    after: int
    uids: Sequence[str]
    features: RawFeatures


@dataclass(frozen=True)
class Sight:
    """The state of a store at a look, the revision of one layer, and what has been touched."""

    state: StoreState
    revision: int
    touched: Touched | None = None


class StoreRaw(StoreWhole):
    """Hand features out as they lie."""

    def sight(self, kind: str, *, as_of: Moment | None = None, since: Since | None = None) -> Sight:
        """Look at the state of the store and of one layer, or of that at a changeset, at once.

        With `since`, and where the layer has changed, what was touched meanwhile is read as well.

        Raises
        ------
        UnknownKindError, ChangesetUnknownError
        """
        self.kind(kind)
        if as_of is not None:
            return self._look_back(kind, as_of)
        looked: list[Sight] = []

        def look() -> Sight:
            looked.append(self._look(kind, since))
            return replace(looked[0], touched=None)

        last = self._facts.get(("sight", kind), look)
        if looked:
            return looked[0]
        is_known = since is None or last.revision <= since.revision
        return last if is_known else self._look(kind, since)

    def _look(self, kind: str, since: Since | None) -> Sight:
        # A store that was restored may not have the table that we ask for.
        with suppress(DBAPIError):
            found = self._glance(self._backend.ask, kind, since)
            if found is not None:
                return found
        while True:
            with self._reading() as connection:
                found = self._glance(partial(self._backend.fetch, connection), kind, since)
            if found is not None:
                return found

    def _glance(self, ask: Ask, kind: str, since: Since | None) -> Sight | None:
        """Look once; None where others have edited features or declared kinds."""
        known = self._layers
        declared = known.kinds.named(kind)
        names = self._reader.names(declared, None)
        seen = glance(ask, known.metadata, kind, names, since)
        if seen.has_direct_edits or known.stamp.is_before(seen.stamp):
            return None
        touched = None
        if since is not None and seen.revision > since.revision and seen.touched is not None:
            features = [row[1:] for row in seen.touched if row[1] is not None]
            touched = Touched(
                after=since.number,
                uids=[str(row[0]) for row in seen.touched],
                features=self._raw(declared, names, features),
            )
        return Sight(self._state_at(seen.number), seen.revision, touched)

    def _look_back(self, kind: str, as_of: Moment) -> Sight:
        with self._reading() as connection:
            number = changesets.number_at(connection, self._metadata, as_of)
            revision = changesets.revision(connection, self._metadata, kind, number)
            return Sight(self._state_at(number), revision)

    def raw(
        self, kind: str, *, as_of: int, bounds: Bounds | None = None, most: int | None = None
    ) -> RawFeatures:
        """Read the features of a kind as of a changeset, with all their fields; any `most` of them.

        With `bounds`, in the storage CRS, those whose boxes touch them, and maybe some others.

        Raises
        ------
        UnknownKindError, ChangesetUnknownError
        """
        self.kind(kind)
        with self._reading() as connection:
            declared = self.kind(kind)  # with the fields that it has now
            source = self._reader.source(connection, declared, as_of)
            names = self._reader.names(declared, None)
            statement = select(*(source.c[name] for name in names))
            if bounds is not None and declared.is_spatial:
                statement = self._backend.window(statement, source, declared, bounds)
            rows = self._backend.fetch(connection, statement.limit(most))
            return self._raw(declared, names, rows)

    def uids_within(self, kind: str, scope: Scope, *, as_of: int) -> frozenset[str] | None:
        """Name the features of a kind that a scope lets one read by where they are; None for all.

        Raises
        ------
        UnknownKindError, ScopeError, ChangesetUnknownError
        """
        self.kind(kind)
        scope.require(Verb.READ, kind)
        allowed = scope.units_for(Verb.READ, kind)
        if allowed is None:
            return None
        with self._reading() as connection:
            lying = self._lying(connection, kind, allowed, as_of)
            if lying is not None:
                return frozenset(connection.scalars(lying))
        territory = self.territory(kind, as_of=as_of)[list(LEVELS)]
        return frozenset(territory.index[territory.isin(allowed).any(axis=1)])

    def _raw(self, kind: Kind, names: list[str], rows: Sequence[Any]) -> RawFeatures:
        found = self._reader.found(rows, kind, names, frozenset())
        places = found.columns.get(GEOMETRY_COLUMN, (None,) * len(found))
        return RawFeatures(
            kind=kind,
            uids=found.uids,
            wkb=self._backend.to_wkb(places),
            columns={field.key: found.values(field) for field in kind.fields},
        )
