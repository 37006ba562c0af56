"""Copying one state of a store into a new place, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

from sqlalchemy import Connection, MetaData, Table, inspect

from layers.errors import CopyDiffersError, StoreExistsError
from layers.kinds.model import Kind
from layers.store import changesets, migrating
from layers.store.backend import Backend, Tell
from layers.store.carrying import Carrier
from layers.store.contents import content_hash, hashed_tables
from layers.store.schema import GEOMETRY_COLUMN, INFO_TITLE
from layers.store.settings import StoreSettings

# Takes the step, `read`, `copy` or `compare`, how much of it is done, and of how much.
Progress = Callable[[str, int, int], None]
_OF_THE_MOMENT = "gg_open_changeset"


@dataclass(frozen=True, kw_only=True)
class Copied:
    """Say what a copy holds.

    `changeset` is the last one in it. The content hashes of the state that was copied and of the
    copy have been computed from each of them, and are equal.
    """

    place: str
    changeset: int
    source_hash: str
    copy_hash: str


@dataclass(frozen=True, kw_only=True)
class State:
    """One state of a store, as a transaction sees it, and what is declared of its tables."""

    connection: Connection
    backend: Backend
    metadata: MetaData
    kinds: Mapping[str, Kind]
    settings: StoreSettings

    def hash(self, tell: Tell = lambda _done, _total: None) -> str:
        """Compute the content hash."""
        carrier = self.carrier()
        rows = carrier.count(hashed_tables(self.metadata))
        return content_hash(carrier, self.metadata, _Counter(rows, tell).add)

    def carrier(self) -> Carrier:
        """Read or write rows."""
        return Carrier(self.connection, self.backend, self.kinds)


def copy_state(state: State, target: Backend, progress: Progress, *, new_epoch: bool) -> Copied:
    """Copy everything that a transaction sees into a place where there is no store yet.

    Raises
    ------
    StoreExistsError, StoreMissingError, FeatureRejectedError, CopyDiffersError
    """
    with _creating(state, target, partial(progress, "copy")) as connection:
        copy = replace(state, connection=connection, backend=target)
        if new_epoch:
            state.settings.begin_epoch(connection, state.metadata)
        source_hash = state.hash(partial(progress, "read"))
        copy_hash = copy.hash(partial(progress, "compare"))
        if copy_hash != source_hash:
            raise CopyDiffersError(path=target.place, source=source_hash, copy=copy_hash)
        number = changesets.last(connection, state.metadata)
    return Copied(
        place=target.place, changeset=number, source_hash=source_hash, copy_hash=copy_hash
    )


@contextmanager
def _creating(state: State, target: Backend, tell: Tell) -> Iterator[Connection]:
    """Make the copy; it is committed at the end of the block."""
    making = target.creating_from(state.backend, state.connection, tell)
    if making is not None:
        with making as connection:
            yield connection
        return
    with target.creating() as connection:
        _carry(state, replace(state, connection=connection, backend=target), tell)
        yield connection


def _carry(state: State, copy: State, tell: Tell) -> None:
    """Make the tables and fill them, while nothing is recorded as a new version."""
    layers = _make_tables(copy)
    for table in layers:
        copy.backend.drop_history_triggers(copy.connection, table.name)
    tables = [table for name, table in state.metadata.tables.items() if name != _OF_THE_MOMENT]
    reader, writer = state.carrier(), copy.carrier()
    counter = _Counter(reader.count(tables), tell)
    for table in tables:
        for batch in reader.read(table, list(table.primary_key.columns)):
            writer.write(table, batch)
            counter.add(len(batch))
    for table in layers:
        copy.backend.create_history_triggers(copy.connection, table.name)
        copy.backend.announce_change(
            copy.connection, table.name, has_geometry=GEOMETRY_COLUMN in table.columns
        )


def _make_tables(copy: State) -> list[Table]:
    """Make the tables of this version and those of declared kinds of one's own; give the layers.

    Raises
    ------
    StoreExistsError
        Another program has a table of such a name there.
    """
    connection, srid = copy.connection, copy.settings.srid
    layers = [table for table in copy.metadata.sorted_tables if INFO_TITLE in table.info]
    taken = {table.name for table in layers}.intersection(inspect(connection).get_table_names())
    if taken:
        raise StoreExistsError(path=f"{copy.backend.place}: {', '.join(sorted(taken))}")
    migrating.migrate(connection, copy.backend, copy.metadata, srid=srid)
    made = set(inspect(connection).get_table_names())
    for table in layers:
        if table.name not in made:
            table.create(connection)
            copy.backend.register_layer(connection, table.name, table.info[INFO_TITLE], srid)
    return layers


class _Counter:
    """Add up rows for somebody who wants to know how far it is."""

    def __init__(self, total: int, tell: Tell) -> None:
        self._done, self._total, self._tell = 0, total, tell

    def add(self, rows: int) -> None:
        self._done += rows
        self._tell(self._done, self._total)
