"""What a store remembers: its changesets, the files that came in, the runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable

import pandas as pd
from geopandas import GeoDataFrame
from sqlalchemy import Connection

from layers.kinds.model import Kind
from layers.runs import Run
from layers.store import changesets, records, revisions
from layers.store.changesets import Changeset
from layers.store.differences import KindDiff, StoreDiff
from layers.store.reading import Moment
from layers.store.records import ImportSource
from layers.store.scope import Scope, Verb
from layers.store.single import StoreSingle
from layers.store.withholding import withhold


class StorePast(StoreSingle):
    """Answer about the past of a store."""

    def revision(self, kind: str) -> int:
        """Give the number of the last changeset that touched a layer, 0 for none."""
        return self.revisions([kind])[kind]

    def revisions(
        self, kinds: Iterable[str] | None = None, *, as_of: Moment | None = None
    ) -> dict[str, int]:
        """Give the revisions of some layers, or of all, today or at an earlier time."""
        wanted = None if kinds is None else tuple(self.kind(key).key for key in kinds)
        if as_of is not None:
            return self._find_revisions(wanted, as_of)
        # A copy: it is the caller's own.
        return dict(
            self._facts.get(("revisions", wanted), lambda: self._find_revisions(wanted, None))
        )

    def _find_revisions(
        self, wanted: tuple[str, ...] | None, as_of: Moment | None
    ) -> dict[str, int]:
        with self._reading() as connection:
            keys = list(self.kinds) if wanted is None else list(wanted)
            until = (
                None if as_of is None else changesets.number_at(connection, self._metadata, as_of)
            )
            return changesets.revisions_of(connection, self._metadata, keys, until)

    def signed_revisions(self, kinds: Iterable[str], *, as_of: Moment) -> dict[str, str]:
        """Give revisions for a key outside of the store, where copies of it have keys as well."""
        wanted = [self.kind(key).key for key in kinds]
        with self._reading() as connection:
            until = changesets.number_at(connection, self._metadata, as_of)
            return {
                key: changesets.signed(
                    connection,
                    self._metadata,
                    changesets.revision(connection, self._metadata, key, until),
                )
                for key in wanted
            }

    def feature_revisions(
        self, kind: str, uids: Collection[str], *, as_of: Moment | None = None
    ) -> pd.Series:
        """Give the revision of single features, today or at an earlier time.

        Returns
        -------
        revision
            (n,) int64, indexed by uid as `uids`: the last changeset that touched the feature, be
            it to delete it; 0 for one that never was.

        Raises
        ------
        UnknownKindError, ChangesetUnknownError
        """
        layer = self.kind(kind).key
        with self._reading() as connection:
            until = self._number(connection, as_of)
            return revisions.of_features(connection, self._metadata, layer, uids, until=until)

    def touches(self, kind: str, uids: Collection[str], *, after: int = 0) -> pd.DataFrame:
        """List which changesets have touched features, those after a number.

        Returns
        -------
        touches
            `uid` and `changeset`, ordered by them, each pair once.

        Raises
        ------
        UnknownKindError
        """
        layer = self.kind(kind).key
        with self._reading() as connection:
            return revisions.touches(connection, self._metadata, layer, uids, after=after)

    def changesets(self) -> list[Changeset]:
        """List every changeset, the first one first."""
        with self._reading() as connection:
            return changesets.history(connection, self._metadata)

    def last_change(self) -> tuple[dt.datetime, str] | None:
        """Say when the store was last changed, and the message; None where it never was."""
        with self._reading() as connection:
            return changesets.newest(connection, self._metadata)

    def changeset_at(self, moment: Moment | None = None) -> int:
        """Give the number of the last changeset, 0 for none, or of the last one at `moment`.

        Raises
        ------
        ChangesetUnknownError
        """
        with self._reading() as connection:
            return self._number(connection, moment)

    def diff(
        self,
        since: Moment,
        until: Moment | None = None,
        *,
        kinds: Iterable[str] | None = None,
        scope: Scope = Scope.all(),
    ) -> StoreDiff:
        """Compare two recorded states, the second being that of now unless another is named.

        Only the states count, not the way between them: what came and went again is in none.

        Parameters
        ----------
        since, until
            Changeset numbers or recorded times; `since` may be the later one.
        kinds
            The layers to compare; by default all that the scope lets one read.
        scope
            What may be read in either state is compared: what moved into the territory is new.

        Raises
        ------
        ChangesetUnknownError, UnknownKindError, ScopeError
        """
        wanted = self._readable(kinds, scope)
        everywhere = {k.key for k in wanted if scope.units_for(Verb.READ, k.key) is None}
        with self._reading() as connection:
            first, last = (self._number(connection, moment) for moment in (since, until))
            states = {
                kind.key: self._touched(connection, kind, first, last)
                for kind in wanted
                if kind.key in everywhere and self._is_touched(connection, kind, first, last)
            }
        states |= {  # a territory may change where no feature does
            kind.key: [self.read(kind.key, as_of=at, scope=scope) for at in (first, last)]
            for kind in wanted
            if kind.key not in everywhere
        }
        for key, frames in states.items():
            for each in frames:  # what counts were once is told to nobody of whom they are hidden
                withhold(each, scope.hidden_fields(key), told=())
        found = {key: KindDiff.between(self.kinds[key], *each) for key, each in states.items()}
        differing = {key: each for key, each in found.items() if not each.is_empty}
        return StoreDiff(since=first, until=last, kinds=differing)

    def _readable(self, kinds: Iterable[str] | None, scope: Scope) -> list[Kind]:
        if kinds is None:
            return [kind for key, kind in self.kinds.items() if scope.allows(Verb.READ, key)]
        wanted = [self.kind(key) for key in dict.fromkeys(kinds)]
        for kind in wanted:
            scope.require(Verb.READ, kind.key)
        return wanted

    def _number(self, connection: Connection, moment: Moment | None) -> int:
        if moment is None:
            return changesets.last(connection, self._metadata)
        return changesets.number_at(connection, self._metadata, moment)

    def _is_touched(self, connection: Connection, kind: Kind, first: int, last: int) -> bool:
        early, late = sorted((first, last))
        return changesets.revision(connection, self._metadata, kind.key, late) > early

    def _touched(
        self, connection: Connection, kind: Kind, first: int, last: int
    ) -> list[GeoDataFrame]:
        early, late = sorted((first, last))
        return [
            self._reader.read_touched(connection, kind, number, (early, late))
            for number in (first, last)
        ]

    def imports(self, kind: str, *, present: bool = False) -> list[ImportSource]:
        """List the files that were imported into a layer, the first one first.

        With `present` only those of whose features any is there still.
        """
        with self._reading() as connection:
            return records.imports(connection, self._metadata, self.kind(kind).key, present=present)

    def import_of_job(self, job: str) -> int | None:
        """Find the changeset that an import asked for as a job has written, if it has."""
        with self._reading() as connection:
            return records.import_of_job(connection, self._metadata, job)

    def origins(self, uids: Collection[str]) -> pd.DataFrame:
        """Give file and row that features came from, indexed by uid, the last import last."""
        with self._reading() as connection:
            return records.origins(connection, self._backend, self._metadata, uids)

    def run(self, run_id: str) -> Run:
        """Find a run by its id, or by the first characters of it where only one has them.

        Raises
        ------
        RunUnknownError
        """
        with self._reading() as connection:
            return records.find_run(connection, self._metadata, run_id)

    def runs(self, *, newest: int | None = None) -> list[Run]:
        """List every run, the first one first; or so many of the newest, these first."""
        with self._reading() as connection:
            return records.runs(connection, self._metadata, newest)
