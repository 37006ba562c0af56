"""The store: every layer, every version of every feature, every changeset, every run.

A `Store` is safe to share between threads and to open from several processes. It hands out
GeoDataFrames and frozen dataclasses, never rows of a database.

    StoreInside     one state to read, one lock to write under
    StoreFeatures   what the layers hold, now and then
    StorePages      the same part by part
    StoreSingle     one feature alone
    StorePast       who changed what, and which runs were made
    StoreWhole      all of it as one number, and copies of it
    StoreRaw        features as they lie, for those who make no frame of them
    Store           changes
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from os import PathLike
from typing import TYPE_CHECKING

import pandas as pd

from layers.clock import today
from layers.errors import ScopeError
from layers.kinds import Kind
from layers.kinds.own import Declaration, read_declaration
from layers.runs import Run
from layers.store import changesets, declaring, records, undoing
from layers.store.changesets import Cause
from layers.store.declaring import Deed, KindOutcome
from layers.store.differences import StoreDiff
from layers.store.plain import PlainRows
from layers.store.preparing import Binder, PreparedChange
from layers.store.raw import StoreRaw
from layers.store.reading import Moment
from layers.store.scope import Scope, Verb
from layers.store.writing import ChangeWriter
from layers.territory import LEVELS

if TYPE_CHECKING:
    from layers.importing import ImportOptions, ImportReport


class Store(StoreRaw):
    """Read and change the layers of one city; open it with `layers.open_store`."""

    def prepare(
        self,
        kind: str,
        *,
        insert: pd.DataFrame | PlainRows | None = None,
        update: pd.DataFrame | PlainRows | None = None,
        delete: Collection[str] = (),
    ) -> PreparedChange:
        """Work out a change of one layer before anybody has to wait for it.

        The frames are those that `ChangeWriter.insert` and `update` take, or a few features as
        plain rows; the result is for
        `ChangeWriter.apply`, which holds the store's lock much shorter than those two would with
        many features.

        Raises
        ------
        FeatureRejectedError, UnknownKindError
        """
        self.kind(kind)
        with self._reading() as connection:
            declared, table = self.kinds[kind], self._metadata.tables[kind]
            binder = Binder(self._backend, connection.dialect, self.settings)
            rows, brings_uids = binder.rows(declared, table, insert, update, delete)
            return PreparedChange(
                kind=kind,
                rows=self._backend.make_ready(connection, table, rows),
                brings_uids=brings_uids,
                located=self._locate(connection, declared, rows, binder),
                on=today(),
                epoch=self.settings.restore_epoch,
                revisions=changesets.revisions_of(connection, self._metadata, [kind, *LEVELS]),
            )

    @contextmanager
    def change(
        self,
        *,
        author: str,
        message: str,
        source: str = "",
        cause: Cause = Cause.CHANGE,
        scope: Scope = Scope.all(),
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
        with self._writing() as connection:
            self._require_revisions(connection, expect or {})
            writer = ChangeWriter(
                connection,
                self._backend,
                self._metadata,
                self.kinds,
                binder=Binder(self._backend, connection.dialect, self.settings),
                scope=scope,
                inside=partial(self._inside, connection, scope),
                described=described,
            )
            yield writer
            if writer.changeset is not None:
                self._finish(connection, writer.touched, writer.moved, writer.located)
                writer.require_inside()
                changesets.finish(connection, self._metadata)

    def add_kind(
        self,
        kind: Kind | Declaration,
        *,
        author: str,
        dry_run: bool = False,
        scope: Scope = Scope.all(),
    ) -> KindOutcome:
        """Add a kind of one's own, or widen one that was added before; see `layers.kinds.own`.

        The same declaration again changes nothing. Fields may come, titles, headings, styles and
        code lists change; whatever would lose data is refused, unless nobody ever wrote to the
        layer. With `dry_run` only say what would be done.

        Raises
        ------
        KindFileError, KindNarrowerError, KindTableTakenError, KindsFullError
        ScopeError, StoreBusyError, StoreForbiddenError
        """
        declaration = Declaration(kind=kind) if isinstance(kind, Kind) else kind
        key, text = declaration.kind.key, declaring.text_of(declaration)
        if scope != Scope.all():  # a kind is for everybody
            raise ScopeError(verb=Verb.CREATE.value, kind=key)
        with self._reading() as connection:
            checked = read_declaration(text, name=key, known=self.kinds)
            outcome = declaring.plan(connection, self._layers, checked)
        if dry_run or outcome.deed is Deed.UNCHANGED:
            return outcome
        with self._backend.writing() as connection:
            self._adopt(connection)  # and what others have declared in the meantime
            checked = read_declaration(text, name=key, known=self.kinds)
            outcome = declaring.plan(connection, self._layers, checked)
            declaring.carry_out(connection, self._backend, self._layers, outcome, author=author)
        with self._reading():
            pass  # know it from now on
        return outcome

    def import_file(
        self, kind: str, path: str | PathLike[str], options: ImportOptions | None = None
    ) -> ImportReport:
        """Import one layer of a file as one changeset; see `layers.importing.import_file`."""
        from layers.importing import import_file  # noqa: PLC0415 - it is built upon the store

        return import_file(self, kind, path, options)

    def undo(
        self, number: int, *, author: str, message: str = "", scope: Scope = Scope.all()
    ) -> int | None:
        """Take back what one changeset did, as a new changeset; see `layers.store.undoing`.

        Returns
        -------
        changeset
            The number of the new one; None where `number` has changed nothing.

        Raises
        ------
        UndoRefusedError
            Later changesets have made something else of its features.
        ChangesetUnknownError, ScopeError, StaleFeaturesError, StoreBusyError
        """
        return undoing.undo(self, number, author=author, message=message, scope=scope)

    def preview_undo(self, number: int, *, scope: Scope = Scope.all()) -> StoreDiff:
        """Give the difference that `undo` would make; it is refused where that would be.

        Raises
        ------
        UndoRefusedError, ChangesetUnknownError, ScopeError
        """
        return undoing.preview_undo(self, number, scope=scope)

    def restore(
        self,
        kinds: Iterable[str],
        *,
        as_of: Moment,
        author: str,
        message: str = "",
        scope: Scope = Scope.all(),
    ) -> int | None:
        """Bring layers back to what they were at `as_of`, as one new changeset.

        Only what differs is touched; features that come back have their uids. Who may do what is
        no data of a layer and never restored.

        Returns
        -------
        changeset
            The number of the new one; None where nothing differs.

        Raises
        ------
        ChangesetUnknownError, UnknownKindError, LayerChangedError, ScopeError, StoreBusyError
        """
        return undoing.restore(self, kinds, as_of, author=author, message=message, scope=scope)

    def save_run(self, run: Run) -> Run:
        """Keep a run, unless one of the same id is kept already; return the one that is kept."""
        with self._backend.writing() as connection:
            return records.save_run(connection, self._metadata, run)
