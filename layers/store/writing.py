"""Writing features: the body of one changeset."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager

import pandas as pd
from sqlalchemy import Connection, MetaData, Table, func, select

from layers.clock import today
from layers.errors import (
    FeatureMissingError,
    FeatureRejectedError,
    ScopeError,
    UnknownKindError,
)
from layers.kinds.model import Kind
from layers.store import changesets, records, reverting, revisions, units
from layers.store.backend import Backend
from layers.store.batch import LayerRows
from layers.store.preparing import Binder, PreparedChange
from layers.store.records import ImportSource
from layers.store.revisions import Expected
from layers.store.rows import require_distinct
from layers.store.scope import Scope, Verb
from layers.store.units import Located
from layers.territory import LEVELS

_SHOWN = 5


class ChangeWriter:
    """Write features within one changeset.

    The changeset gets its number with the first write: one that writes nothing leaves no trace.
    Each call is done whole or not at all. `inside` tells whether features of a kind lie where
    the scope allows a verb.
    """

    def __init__(  # noqa: PLR0913 - what one changeset is made of
        self,
        connection: Connection,
        backend: Backend,
        metadata: MetaData,
        kinds: Mapping[str, Kind],
        *,
        binder: Binder,
        scope: Scope,
        inside: Callable[[Verb, str, set[str]], bool],
        described: dict[str, str],
    ) -> None:
        self._connection = connection
        self._backend = backend
        self._metadata = metadata
        self._kinds = kinds
        self._scope = scope
        self._inside = inside
        self._described = described
        self._binder = binder
        self._located: dict[str, PreparedChange] = {}
        self.touched: dict[str, set[str]] = {}
        self._used: dict[str, set[Verb]] = {}
        # Those of the touched that may lie in other units now.
        self.moved: dict[str, set[str]] = {}
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
        batch, brings_uids = self._binder.new(declared, self._table(kind), frame)
        uids: list[str] = batch.column("uid")
        if brings_uids:
            self._require_new(kind, uids)
        self._write(kind, uids, LayerRows(inserted=batch))
        return uids

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
        batch = self._binder.changed(declared, self._table(kind), frame)
        self._write(kind, frame.index, LayerRows(updated=batch))
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
        self._write(kind, uids, LayerRows(deleted=list(uids)))
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
        if not self._inside(Verb.DELETE, kind, present - was_there - self._touched_of(kind)):
            raise ScopeError(verb=Verb.DELETE.value, kind=kind)
        self._require_seen(Verb.UPDATE, kind, present & was_there, expect)
        for some, write in steps.values():
            with self._writing(kind, some):
                write(self._connection, sorted(some))
        return list(uids)

    def apply(self, prepared: PreparedChange, *, expect: Expected | None = None) -> None:
        """Write what `Store.prepare` has made ready.

        What it was prepared on is looked at again: features that change or go must be there, those
        that come must not. Only the work is spared, and only where it still holds. `expect` is as
        for `update`.

        Raises
        ------
        FeatureMissingError, FeatureRejectedError, ScopeError, StaleFeaturesError
        UnknownKindError
        """
        kind, rows = prepared.kind, prepared.rows
        if not len(rows):
            return
        self._require_possible(prepared, expect)
        unchanged = self._unchanged(prepared)
        is_as_it_was = kind not in self.touched and kind in unchanged
        if not is_as_it_was:
            rows = rows.on_a_changed_layer()
        self._write(kind, prepared.uids, rows)
        # Units that this changeset itself has touched do not lie as they did either.
        if is_as_it_was and unchanged.issuperset(LEVELS) and not self.touched.keys() & set(LEVELS):
            self._located[kind] = prepared

    def record_import(self, kind: str, source: ImportSource, origins: pd.DataFrame) -> None:
        """Record the file that features came from, and each one's row and original geometry.

        `origins` is indexed by uid, with `row_number` and `original_wkb`.
        """
        self._allowed(Verb.CREATE, kind)
        number = self._open_changeset()
        records.save_import(self._connection, self._metadata, number, kind, source)
        records.save_origins(self._connection, self._backend, self._metadata, number, origins)

    @property
    def located(self) -> dict[str, Located]:
        """Give, for layers that were written as prepared and in no other way, where all lies."""
        if any(self.moved.get(level) for level in LEVELS):
            return {}
        return {
            kind: prepared.located
            for kind, prepared in self._located.items()
            if prepared.located is not None and prepared.on == today()
        }

    def require_inside(self) -> None:
        """Refuse a change that reaches out of the scope's territory, by where things now lie.

        Raises
        ------
        ScopeError
        """
        for kind, uids in self.touched.items():
            # What is gone lies nowhere; what came and what changed must be where both are allowed.
            for verb in sorted(self._used.get(kind, set()) - {Verb.DELETE}):
                if not self._inside(verb, kind, uids):
                    raise ScopeError(verb=verb.value, kind=kind)

    def _allowed(self, verb: Verb, kind: str) -> Kind:
        declared = self._declared(kind)
        self._scope.require(verb, kind)
        self._used.setdefault(kind, set()).add(verb)
        return declared

    def _declared(self, kind: str) -> Kind:
        if kind not in self._kinds:
            raise UnknownKindError(kind, self._kinds)
        return self._kinds[kind]

    def _open_changeset(self) -> int:
        if self.changeset is None:
            self.changeset = changesets.begin(self._connection, self._metadata, **self._described)
        return self.changeset

    def _table(self, kind: str) -> Table:
        return self._metadata.tables[kind]

    def _write(self, kind: str, uids: Collection[str], rows: LayerRows) -> None:
        with self._writing(kind, uids, moved=units.moved_by(kind, rows)) as table:
            self._backend.write(self._connection, table, rows)

    @contextmanager
    def _writing(
        self, kind: str, uids: Collection[str], *, moved: Collection[str] | None = None
    ) -> Iterator[Table]:
        """Touch features in a block of which a refusal that somebody survives leaves nothing.

        All of them may move unless it is said which of them do.
        """
        self._open_changeset()
        with self._connection.begin_nested():
            yield self._table(kind)
        self.touched.setdefault(kind, set()).update(uids)
        self.moved.setdefault(kind, set()).update(uids if moved is None else moved)
        self._located.pop(kind, None)

    def _unchanged(self, prepared: PreparedChange) -> set[str]:
        """Name the layers that are what they were when a change was prepared."""
        if prepared.epoch != self._binder.epoch:
            return set()
        before = prepared.revisions
        now = changesets.revisions_of(self._connection, self._metadata, list(before))
        return {layer for layer, revision in now.items() if revision == before[layer]}

    def _require_possible(self, prepared: PreparedChange, expect: Expected | None) -> None:
        """Refuse a prepared change where one of its parts would be refused by itself."""
        kind = prepared.kind
        if prepared.inserted:
            self._allowed(Verb.CREATE, kind)
            if prepared.brings_uids:
                self._require_new(kind, prepared.inserted)
        for verb, uids in ((Verb.UPDATE, prepared.updated), (Verb.DELETE, prepared.deleted)):
            if uids:
                self._allowed(verb, kind)
                self._require_mine(verb, kind, uids, expect)

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
        if not self._inside(verb, kind, present - self._touched_of(kind)):
            raise ScopeError(verb=verb.value, kind=kind)
        if expect is not None:
            # What this change has done itself is no surprise to it.
            before = changesets.last(self._connection, self._metadata)
            before -= self.changeset is not None
            declared = self._declared(kind)
            revisions.require(self._connection, self._metadata, declared, expect, until=before)

    def _touched_of(self, kind: str) -> set[str]:
        return self.touched.get(kind, set())

    def _require_new(self, kind: str, uids: Collection[str]) -> None:
        taken = self._present(kind, uids)
        if taken:
            raise FeatureRejectedError(kind=kind, field="uid", found=min(taken))

    def _present(self, kind: str, uids: Collection[str]) -> set[str]:
        uid = self._table(kind).c.uid
        among = self._backend.among(uid, uids)
        count = self._connection.scalar(select(func.count(uid)).where(among))
        if count == len(uids):  # as is usual; a great many of them would take long to come over
            return set(uids)
        return set(self._connection.scalars(select(uid).where(among)).all())
