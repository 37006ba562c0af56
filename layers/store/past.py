"""What a store remembers: its changesets, the files that came in, the runs."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import pandas as pd

from layers.runs import Run
from layers.store import changesets, records
from layers.store.changesets import Changeset
from layers.store.features import StoreFeatures
from layers.store.reading import Moment
from layers.store.records import ImportSource


class StorePast(StoreFeatures):
    """Answer about the past of a store."""

    def revision(self, kind: str) -> int:
        """Give the number of the last changeset that touched a layer, 0 for none."""
        return self.revisions([kind])[kind]

    def revisions(
        self, kinds: Iterable[str] | None = None, *, as_of: Moment | None = None
    ) -> dict[str, int]:
        """Give the revisions of some layers, or of all, today or at an earlier time."""
        keys = [self.kind(key).key for key in (self.kinds if kinds is None else kinds)]
        with self._reading() as connection:
            until = (
                None if as_of is None else changesets.number_at(connection, self._metadata, as_of)
            )
            return {
                key: changesets.revision(connection, self._metadata, key, until) for key in keys
            }

    def changesets(self) -> list[Changeset]:
        """List every changeset, the first one first."""
        with self._reading() as connection:
            return changesets.history(connection, self._metadata)

    def changeset_at(self, moment: Moment | None = None) -> int:
        """Give the number of the last changeset, 0 for none, or of the last one at `moment`.

        Raises
        ------
        ChangesetUnknownError
        """
        with self._reading() as connection:
            if moment is None:
                return changesets.last(connection, self._metadata)
            return changesets.number_at(connection, self._metadata, moment)

    def imports(self, kind: str) -> list[ImportSource]:
        """List the files that were imported into a layer, the first one first."""
        with self._reading() as connection:
            return records.imports(connection, self._metadata, self.kind(kind).key)

    def origins(self, uids: Collection[str]) -> pd.DataFrame:
        """Give file and row that features came from, indexed by uid, the last import last."""
        with self._reading() as connection:
            return records.origins(connection, self._metadata, uids)

    def run(self, run_id: str) -> Run:
        """Find a run by its id, or by the first characters of it where only one has them.

        Raises
        ------
        RunUnknownError
        """
        with self._reading() as connection:
            return records.find_run(connection, self._metadata, run_id)

    def runs(self) -> list[Run]:
        """List every run, the first one first."""
        with self._reading() as connection:
            return records.runs(connection, self._metadata)
