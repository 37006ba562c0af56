"""The store: every layer, every version of every feature, every changeset, every run.

A `Store` is safe to share between threads and to open from several processes. It hands out
GeoDataFrames and frozen dataclasses, never rows of a database.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from os import PathLike
from types import MappingProxyType
from typing import TYPE_CHECKING

import pandas as pd
from geopandas import GeoDataFrame
from sqlalchemy import Connection, MetaData, func, select

from layers.errors import LayerChangedError, UnknownKindError
from layers.kinds.model import Kind
from layers.runs import Run
from layers.store import changesets, records, units
from layers.store.backend import Backend, Bounds
from layers.store.changesets import Cause, Changeset
from layers.store.reading import FeatureReader, Moment, Selection, require_fields
from layers.store.records import ImportSource
from layers.store.scope import Scope, Verb
from layers.store.settings import StoreSettings
from layers.store.writing import ChangeWriter
from layers.territory import LEVELS

if TYPE_CHECKING:
    from layers.importing import ImportOptions, ImportReport

_EVERYTHING = Scope.all()


class Store:
    """Read and change the layers of one city; open it with `layers.open_store`."""

    def __init__(
        self,
        backend: Backend,
        metadata: MetaData,
        kinds: Mapping[str, Kind],
        settings: StoreSettings,
    ) -> None:
        self._backend = backend
        self._metadata = metadata
        self._reader = FeatureReader(backend, metadata, settings)
        self.kinds = MappingProxyType(dict(kinds))
        self.settings = settings

    @property
    def place(self) -> str:
        """Say where the store is, for people: a path, or a URL that holds no secret."""
        return self._backend.place

    def close(self) -> None:
        """Let go of the database's connections."""
        self._backend.close()

    # ---------------------------------------------------------------- reading

    def kind(self, key: str) -> Kind:
        """Find a kind that this store holds.

        Raises
        ------
        UnknownKindError
        """
        if key not in self.kinds:
            raise UnknownKindError(key, self.kinds)
        return self.kinds[key]

    def read(  # noqa: PLR0913 - every one narrows the question in a way of its own
        self,
        kind: str,
        *,
        bbox: Bounds | None = None,
        where: str | None = None,
        as_of: Moment | None = None,
        on: dt.date | None = None,
        columns: Collection[str] | None = None,
        scope: Scope = _EVERYTHING,
    ) -> GeoDataFrame:
        """Read the features of a kind.

        Parameters
        ----------
        bbox
            (min_x, min_y, max_x, max_y) in the storage CRS; keeps what intersects it.
        where
            A CQL2 text over the kind's fields.
        as_of
            A changeset number or a recorded time: the state that was recorded then.
        on
            A day: only what is valid on it.
        columns
            The fields wanted; all by default.

        Returns
        -------
        features
            Indexed by `uid`, ordered by it, a column a field, geometry in the storage CRS.

        Raises
        ------
        UnknownKindError, UnknownFieldError, ScopeError, FilterError, ChangesetUnknownError
        """
        declared = self.kind(kind)
        scope.require(Verb.READ, kind)
        require_fields(declared, columns)
        selection = Selection(bbox=bbox, where=where, as_of=as_of, on=on, columns=columns)
        with self._reading() as connection:
            frame = self._reader.read(connection, declared, selection)
        if scope.units is None:
            return frame
        mine = self.territory(kind, as_of=as_of, on=on)[list(LEVELS)].isin(scope.units).any(axis=1)
        return frame[mine.reindex(frame.index, fill_value=False)]

    def count(self, kind: str) -> int:
        """Count the features of a kind."""
        return self.counts([kind])[kind]

    def counts(self, kinds: Iterable[str] | None = None) -> dict[str, int]:
        """Count the features of some kinds, or of all."""
        counted = {
            key: select(func.count()).select_from(self._metadata.tables[self.kind(key).key])
            for key in (self.kinds if kinds is None else kinds)
        }
        with self._reading() as connection:
            return {key: connection.execute(each).scalar_one() for key, each in counted.items()}

    def territory(
        self, kind: str, *, as_of: Moment | None = None, on: dt.date | None = None
    ) -> pd.DataFrame:
        """Say which unit of every level each feature of a kind belongs to.

        Returns
        -------
        territory
            Indexed by uid: a column a level with the unit's uid or None, `on_boundary` (within a
            metre of another unit) and `second_unit`, that unit's uid. With `as_of` or `on` the
            units of that time.
        """
        features = self.read(kind, as_of=as_of, on=on, columns=["code"])
        if self._territory_holds(kind, as_of):
            with self._reading() as connection:
                rows = units.stored_rows(connection, self._metadata, kind)
        else:
            rows = units.territory_rows(
                kind,
                self._reader.in_metres(features),
                self._units_then(as_of, on or _today()),
            )
        return units.by_level(rows, features.index)

    # ---------------------------------------------------------------- history

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

    # ---------------------------------------------------------------- writing

    @contextmanager
    def change(
        self,
        *,
        author: str,
        message: str,
        source: str = "",
        cause: Cause = Cause.CHANGE,
        scope: Scope = _EVERYTHING,
        expect: Mapping[str, int] | None = None,
    ) -> Iterator[ChangeWriter]:
        """Open a changeset; it is committed at the end of the block, whole or not at all.

        Parameters
        ----------
        expect
            Revisions that layers must still have, because the change was prepared from them.

        Raises
        ------
        LayerChangedError, ScopeError, StoreBusyError
        """
        cause_value = Cause(cause).value
        described = {"author": author, "message": message, "source": source, "cause": cause_value}
        with self._reading():
            pass  # edits by others stay a changeset of their own even if this one fails
        with self._backend.writing() as connection:
            self._adopt(connection)
            self._require_revisions(connection, expect or {})
            writer = ChangeWriter(
                connection,
                self._backend,
                self._metadata,
                self.kinds,
                srid=self.settings.srid,
                scope=scope,
                inside=partial(self._inside, connection, scope),
                described=described,
            )
            yield writer
            if writer.changeset is not None:
                self._finish(connection, writer.touched)
                writer.require_inside()
                changesets.finish(connection, self._metadata)

    def import_file(
        self, kind: str, path: str | PathLike[str], options: ImportOptions | None = None
    ) -> ImportReport:
        """Import one layer of a file as one changeset; see `layers.importing.import_file`."""
        from layers.importing import import_file  # noqa: PLC0415 - it is built upon the store

        return import_file(self, kind, path, options)

    # ---------------------------------------------------------------- runs

    def save_run(self, run: Run) -> Run:
        """Keep a run, unless one of the same id is kept already; return the one that is kept."""
        with self._backend.writing() as connection:
            return records.save_run(connection, self._metadata, run)

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

    # ---------------------------------------------------------------- inside

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """Read one state of the store, in which edits by other programs have been adopted."""
        while True:
            with self._backend.reading() as connection:
                if not changesets.has_direct_edits(connection, self._metadata):
                    yield connection
                    return
            with self._backend.writing() as connection:
                self._adopt(connection)

    def _adopt(self, connection: Connection) -> None:
        touched = changesets.adopt_direct_edits(connection, self._metadata)
        if touched:
            self._finish(connection, touched)
            changesets.finish(connection, self._metadata)

    def _finish(self, connection: Connection, touched: Mapping[str, Collection[str]]) -> None:
        """Bring everything that is derived from features into step with a change."""
        for key in touched:
            self._backend.announce_change(connection, key, has_geometry=self.kinds[key].is_spatial)

        def read(key: str, uids: Collection[str] | None) -> GeoDataFrame:
            return self._reader.read_metric(connection, self.kinds[key], uids)

        today = self._units_today(connection)
        units.refresh(connection, self._backend, self._metadata, touched, today, read)

    def _units_today(self, connection: Connection) -> dict[str, GeoDataFrame]:
        return {
            level: self._reader.read_metric(connection, self.kinds[level], None, on=_today())
            for level in LEVELS
        }

    def _units_then(self, as_of: Moment | None, day: dt.date) -> dict[str, GeoDataFrame]:
        return {
            level: self._reader.in_metres(self.read(level, as_of=as_of, on=day)) for level in LEVELS
        }

    def _territory_holds(self, kind: str, as_of: Moment | None) -> bool:
        """Tell whether the kept territory is that of `as_of`, on any day."""
        with self._reading() as connection:
            for level in LEVELS:
                table = self._metadata.tables[level]
                dated = table.c.valid_from.is_not(None) | table.c.valid_to.is_not(None)
                if connection.execute(select(table.c.fid).where(dated).limit(1)).first():
                    return False
            if as_of is None:
                return True
            number = changesets.number_at(connection, self._metadata, as_of)
            return all(
                changesets.revision(connection, self._metadata, layer) <= number
                for layer in (kind, *LEVELS)
            )

    def _require_revisions(self, connection: Connection, expected: Mapping[str, int]) -> None:
        for key, revision in expected.items():
            found = changesets.revision(connection, self._metadata, key)
            if found != revision:
                raise LayerChangedError(kind=key, expected=revision, found=found)

    def _inside(self, connection: Connection, scope: Scope, key: str, uids: set[str]) -> bool:
        """Tell whether all those of `uids` that there are now lie in the scope's territory."""
        if scope.units is None:
            return True
        features = self._reader.read_metric(connection, self.kinds[key], uids)
        if features.empty:
            return True
        rows = units.territory_rows(key, features, self._units_today(connection))
        inside = rows.loc[rows["unit_uid"].isin(scope.units), "uid"]
        return set(features.index) <= set(inside)


def _today() -> dt.date:
    """Give the day it is here: a period ends at midnight where the city is."""
    return dt.datetime.now().astimezone().date()
