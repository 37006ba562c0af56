"""Writing features: the body of one changeset."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pandas as pd
from geopandas import GeoDataFrame
from sqlalchemy import Connection, MetaData, Table, delete, select

from layers.errors import (
    FeatureMissingError,
    FeatureRejectedError,
    ScopeError,
    UnknownKindError,
)
from layers.kinds.model import Kind
from layers.store import changesets, records, reverting, revisions
from layers.store.backend import Backend
from layers.store.reading import chunks
from layers.store.records import ImportSource
from layers.store.revisions import Expected
from layers.store.rows import require_distinct, require_uids, rows_from_frame
from layers.store.schema import GEOMETRY_COLUMN
from layers.store.scope import Scope, Verb

_SHOWN = 5


class ChangeWriter:
    """Write features within one changeset.

    The changeset gets its number with the first write: one that writes nothing leaves no trace.
    Each call is done whole or not at all. `inside` tells whether features of a kind lie where
    the scope allows.
    """

    def __init__(  # noqa: PLR0913 - what one changeset is made of
        self,
        connection: Connection,
        backend: Backend,
        metadata: MetaData,
        kinds: Mapping[str, Kind],
        *,
        srid: int,
        scope: Scope,
        inside: Callable[[str, set[str]], bool],
        described: dict[str, str],
    ) -> None:
        self._connection = connection
        self._backend = backend
        self._metadata = metadata
        self._kinds = kinds
        self._srid = srid
        self._scope = scope
        self._inside = inside
        self._described = described
        self.touched: dict[str, set[str]] = {}
        self.changeset: int | None = None

    def insert(self, kind: str, frame: pd.DataFrame) -> list[str]:
        """Add features and return their uids.

        A frame whose index is named `uid` brings its own; any other gets new ones. Single parts
        are promoted where the kind stores multi-part geometries.

        Raises
        ------
        FeatureRejectedError, ScopeError, UnknownKindError
        """
        declared = self._allowed(Verb.CREATE, kind)
        if not len(frame):
            return []
        if frame.index.name == "uid":
            require_uids(kind, frame.index)
            self._require_new(kind, frame.index)
        else:
            frame = frame.set_axis(pd.Index([str(uuid.uuid4()) for _ in frame.index], name="uid"))
        rows = self._rows(declared, frame)
        with self._writing(kind, frame.index) as table:
            self._backend.insert(self._connection, table, rows)
        return list(frame.index)

    def update(
        self, kind: str, frame: pd.DataFrame, *, expect: Expected | None = None
    ) -> list[str]:
        """Change those columns that `frame` has, of the features in its index.

        Parameters
        ----------
        expect
            Revisions that features must still have (see `Store.feature_revisions`), by uid.

        Raises
        ------
        FeatureMissingError, FeatureRejectedError, ScopeError, StaleFeaturesError
        UnknownKindError
        """
        declared = self._allowed(Verb.UPDATE, kind)
        if frame.empty:
            return []
        self._require_mine(Verb.UPDATE, kind, frame.index, expect)
        rows = self._rows(declared, frame)
        with self._writing(kind, frame.index) as table:
            self._backend.update(self._connection, table, rows)
        return list(frame.index)

    def delete(
        self, kind: str, uids: Collection[str], *, expect: Expected | None = None
    ) -> list[str]:
        """Delete features, those of the revisions in `expect`; their versions stay.

        Raises
        ------
        FeatureMissingError, ScopeError, StaleFeaturesError, UnknownKindError
        """
        self._allowed(Verb.DELETE, kind)
        if not len(uids):
            return []
        self._require_mine(Verb.DELETE, kind, uids, expect)
        with self._writing(kind, uids) as table:
            for part in chunks(uids):
                self._connection.execute(delete(table).where(table.c.uid.in_(part)))
        return list(uids)

    def put_back(
        self, kind: str, uids: Collection[str], *, as_of: int, expect: Expected | None = None
    ) -> list[str]:
        """Make features what they were after the changeset `as_of`: there, different or gone.

        What was recorded is written as it was, without being judged again.

        Raises
        ------
        ScopeError, StaleFeaturesError, UnknownKindError
        """
        require_distinct(kind, uids)
        then = reverting.Then(self._backend, self._metadata, self._declared(kind), as_of)
        present, was_there = self._present(kind, uids), then.present(self._connection, uids)
        steps = {
            Verb.DELETE: (present - was_there, then.delete),
            Verb.UPDATE: (present & was_there, then.update),
            Verb.CREATE: (was_there - present, then.insert),
        }
        steps = {verb: step for verb, step in steps.items() if step[0]}
        for verb in steps:
            self._allowed(verb, kind)
        self._require_seen(Verb.UPDATE, kind, present, expect)
        for some, write in steps.values():
            with self._writing(kind, some):
                write(self._connection, sorted(some))
        return list(uids)

    def record_import(self, kind: str, source: ImportSource, origins: pd.DataFrame) -> None:
        """Record the file that features came from, and each one's row and original geometry.

        `origins` is indexed by uid, with `row_number` and `original_wkb`.
        """
        self._allowed(Verb.CREATE, kind)
        number = self._open_changeset()
        records.save_import(self._connection, self._metadata, number, kind, source)
        records.save_origins(self._connection, self._backend, self._metadata, number, origins)

    def require_inside(self) -> None:
        """Refuse a change that reaches out of the scope's territory, by where things now lie.

        Raises
        ------
        ScopeError
        """
        for kind, uids in self.touched.items():
            if not self._inside(kind, uids):
                raise ScopeError(verb=Verb.UPDATE.value, kind=kind)

    def _allowed(self, verb: Verb, kind: str) -> Kind:
        declared = self._declared(kind)
        self._scope.require(verb, kind)
        return declared

    def _declared(self, kind: str) -> Kind:
        if kind not in self._kinds:
            raise UnknownKindError(kind, self._kinds)
        return self._kinds[kind]

    def _open_changeset(self) -> int:
        if self.changeset is None:
            self.changeset = changesets.begin(self._connection, self._metadata, **self._described)
        return self.changeset

    def _rows(self, declared: Kind, frame: pd.DataFrame) -> list[dict[str, Any]]:
        if isinstance(frame, GeoDataFrame):
            return rows_from_frame(declared, frame, self._srid, self._backend.encode)
        bare = GeoDataFrame(frame.assign(**{GEOMETRY_COLUMN: None}), geometry=GEOMETRY_COLUMN)
        rows = rows_from_frame(declared, bare, self._srid, self._backend.encode)
        for row in rows:
            row.pop(GEOMETRY_COLUMN, None)
        return rows

    def _table(self, kind: str) -> Table:
        return self._metadata.tables[kind]

    @contextmanager
    def _writing(self, kind: str, uids: Collection[str]) -> Iterator[Table]:
        """Touch features in a block of which a refusal that somebody survives leaves nothing."""
        self._open_changeset()
        with self._connection.begin_nested():
            yield self._table(kind)
        self.touched.setdefault(kind, set()).update(uids)

    def _require_mine(
        self, verb: Verb, kind: str, uids: Collection[str], expect: Expected | None
    ) -> None:
        """Refuse to touch features that are not there or not as expected, or outside the scope."""
        require_distinct(kind, uids)
        present = self._present(kind, uids)
        self._require_seen(verb, kind, present, expect)
        missing = [uid for uid in uids if uid not in present]
        if missing:
            raise FeatureMissingError(kind=kind, uids=missing[:_SHOWN], count=len(missing))

    def _require_seen(
        self, verb: Verb, kind: str, present: set[str], expect: Expected | None
    ) -> None:
        """Refuse what lies outside the scope, and what somebody else has touched since."""
        # What this change has touched already was looked at then, or is its own.
        if not self._inside(kind, present - self.touched.get(kind, set())):
            raise ScopeError(verb=verb.value, kind=kind)
        if expect is not None:
            # What this change has done itself is no surprise to it.
            before = changesets.last(self._connection, self._metadata)
            before -= self.changeset is not None
            declared = self._declared(kind)
            revisions.require(self._connection, self._metadata, declared, expect, until=before)

    def _require_new(self, kind: str, uids: Collection[str]) -> None:
        taken = self._present(kind, uids)
        if taken:
            raise FeatureRejectedError(kind=kind, field="uid", found=min(taken))

    def _present(self, kind: str, uids: Collection[str]) -> set[str]:
        uid = self._table(kind).c.uid
        return {
            found
            for part in chunks(uids)
            for found in self._connection.scalars(select(uid).where(uid.in_(part)))
        }
