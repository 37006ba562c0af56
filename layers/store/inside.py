"""What every door of a store goes through.

One state to read, with the edits of other programs adopted; after a write, whatever is derived
from features brought into step.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import shapely
from geopandas import GeoDataFrame
from sqlalchemy import Connection, MetaData

from layers.clock import today
from layers.errors import LayerChangedError, StoreTooNewError
from layers.kinds import Kind, Kinds
from layers.store import changesets, declaring, migrating, units
from layers.store.backend import Backend
from layers.store.batch import LayerRows
from layers.store.declaring import Layers, Stamp
from layers.store.glance import glance
from layers.store.preparing import Binder
from layers.store.pulse import Pulse, Remembered
from layers.store.reading import FeatureReader
from layers.store.scope import Scope, Verb
from layers.store.settings import StoreSettings
from layers.store.units import Located
from layers.territory import LEVELS, Belonging, Division


class StoreState(NamedTuple):
    """Store and restore epoch, the last changeset, the last declaration of a kind."""

    store_id: str
    restore_epoch: str
    changeset: int
    declaration: int


class StoreInside:
    """Hold a backend, what is declared of its layers, and the rules of reading and writing."""

    def __init__(self, backend: Backend, layers: Layers) -> None:
        self._backend = backend
        # Replaced as a whole, never changed: other threads are reading by it.
        self._layers = layers
        # The same: the units of a day, and the state that they were read from.
        self._units: tuple[Hashable, Division] | None = None
        self.pulse = Pulse(backend.vital())
        self._facts = Remembered(self.pulse)

    @property
    def kinds(self) -> Kinds:
        """The kinds that the store held when it last looked: the package's and its own."""
        return self._layers.kinds

    @property
    def settings(self) -> StoreSettings:
        """What the store is, and what it measures in."""
        return self._layers.settings

    @property
    def _metadata(self) -> MetaData:
        return self._layers.metadata

    @property
    def _reader(self) -> FeatureReader:
        return FeatureReader(self._backend, self._metadata, self.settings)

    @property
    def place(self) -> str:
        """Say where the store is, for people: a path, or a URL that holds no secret."""
        return self._backend.place

    def close(self) -> None:
        """Let go of the database's connections."""
        self.pulse.close()
        self._backend.close()

    def kind(self, key: str) -> Kind:
        """Find a kind that this store holds.

        Raises
        ------
        UnknownKindError
        """
        if key not in self.kinds:
            with self._reading():
                pass  # somebody may have declared it since we last looked
        return self.kinds.named(key)

    def state(self) -> StoreState:
        """Name the state that everything read from the store depends on."""
        return self._facts.get("state", self._find_state)

    def _find_state(self) -> StoreState:
        with self._reading() as connection:
            return self._state_at(changesets.last(connection, self._metadata))

    def _state_at(self, number: int) -> StoreState:
        known = self._layers
        return StoreState(
            store_id=known.settings.store_id,
            restore_epoch=known.settings.restore_epoch,
            changeset=number,
            declaration=known.stamp.number,
        )

    def require_ready(self) -> None:
        """Refuse where nothing can be read, or where a newer program changed the tables since.

        Raises
        ------
        StoreTooNewError, StoreError
        """
        with self._backend.reading() as connection:
            found = migrating.current_revision(connection)
            changesets.last(connection, self._metadata)
        if found != migrating.head():
            raise StoreTooNewError(path=self.place, found=found, known=migrating.head())

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """Read one state of the store, in which edits by other programs have been adopted."""
        while True:
            with self._backend.reading() as connection:
                if not self._keep_up(connection):
                    yield connection
                    return
            with self._backend.writing() as connection:
                self._adopt(connection)

    @contextmanager
    def _reading_of(self, layer: str) -> Iterator[tuple[Connection, int, int]]:
        """Read one state, and tell its last changeset and the last one that touched a layer.

        To ask for them with what every reading asks for is one way to the server less.
        """
        while True:
            with self._backend.reading() as connection:
                ask = partial(self._backend.fetch, connection)
                seen = glance(ask, self._metadata, layer, (), None)
                self._notice(connection, seen.stamp)
                if not seen.has_direct_edits:
                    yield connection, seen.number, seen.revision
                    return
            with self._backend.writing() as connection:
                self._adopt(connection)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """Hold the write lock; edits by others stay changesets of their own even if this fails."""
        while True:
            with self._backend.writing() as connection:
                if not self._keep_up(connection):
                    yield connection
                    return
                self._adopt(connection)

    def _keep_up(self, connection: Connection) -> bool:
        """Notice kinds that other programs have declared, and a store that was restored.

        Tell whether they have edited features as well.
        """
        stamp, has_direct_edits = declaring.stamp_and_edits(connection)
        self._notice(connection, stamp)
        return has_direct_edits

    def _notice(self, connection: Connection, stamp: Stamp) -> None:
        if self._layers.stamp.is_before(stamp):
            self._layers = declaring.look(connection)

    def _adopt(self, connection: Connection) -> None:
        self._keep_up(connection)
        touched = changesets.adopt_direct_edits(connection, self._metadata)
        if touched:
            self._finish(connection, touched, touched)
            changesets.finish(connection, self._metadata)

    def _finish(
        self,
        connection: Connection,
        touched: Iterable[str],
        moved: Mapping[str, Collection[str]],
        located: Mapping[str, Located] = MappingProxyType({}),
    ) -> None:
        """Bring everything that is derived from features into step with a change.

        `touched` are the kinds that changed, `moved` those features of theirs that may lie
        elsewhere; `located` tells of some kinds where these lie.
        """
        for key in touched:
            self._backend.announce_change(connection, key, has_geometry=self.kinds[key].is_spatial)

        def read(key: str, uids: Collection[str] | None) -> GeoDataFrame:
            return self._reader.read_metric(connection, self.kinds[key], uids)

        # Units that this changeset moves are those of its own tables; others are known by heart.
        is_division = any(moved.get(level) for level in LEVELS)
        today = partial(self._units_today if is_division else self._kept_units, connection)
        kept = units.KeptTerritory(connection, self._backend, self._metadata)
        units.refresh(kept, moved, today, read, located)

    def _locate(
        self, connection: Connection, kind: Kind, rows: LayerRows, binder: Binder
    ) -> Located | None:
        """Find where the features that rows move will lie; None for what moves the units."""
        if not kind.is_spatial or kind.key in LEVELS:
            return None
        moved = units.moved_by(kind.key, rows)
        if not moved:
            return Located(looked_for=(), is_new=True, place_of={}, places={})
        is_new = len(moved) == len(rows.inserted or ())
        found = units.find(
            self._belonging(connection, kind, rows, binder), looked_for=moved, is_new=is_new
        )
        kept = units.KeptTerritory(connection, self._backend, self._metadata)
        return kept.differing(kind.key, found)

    def _belonging(
        self, connection: Connection, kind: Kind, rows: LayerRows, binder: Binder
    ) -> Belonging:
        """Find the units of features that rows bring or move."""
        today = self._kept_units(connection)
        placed = binder.places(rows)
        if placed is not None:
            uids, blobs = placed
            places = self._reader.places_in_metres(self._backend.decode(blobs))
            if not (shapely.is_missing(places) | shapely.is_empty(places)).any():
                return today.locate_points(np.array(uids, dtype=object), places)
        read = partial(self._reader.read_metric, connection, kind)
        features = binder.whereabouts(rows, read, self._reader.in_metres)
        return units.belonging_of(kind.key, features, today)

    def _kept_units(self, connection: Connection) -> Division:
        """Give the units of today, read once for all until they change.

        Not where a changeset under way changes them: it does so without another revision.
        """
        revisions = changesets.revisions_of(connection, self._metadata, LEVELS)
        key = (self.settings.restore_epoch, today(), *revisions.values())
        kept = self._units
        if kept is None or kept[0] != key:
            kept = self._units = (key, self._units_today(connection))
        return kept[1]

    def _units_today(self, connection: Connection) -> Division:
        return Division(
            {
                level: self._reader.read_metric(connection, self.kinds[level], None, on=today())
                for level in LEVELS
            }
        )

    def _require_revisions(self, connection: Connection, expected: Mapping[str, int]) -> None:
        now = changesets.revisions_of(connection, self._metadata, list(expected))
        for key, revision in expected.items():
            if now[key] != revision:
                raise LayerChangedError(kind=key, expected=revision, found=now[key])

    def _inside(
        self, connection: Connection, scope: Scope, verb: Verb, key: str, uids: set[str]
    ) -> bool:
        """Tell whether all those of `uids` that there are now lie where the scope allows `verb`."""
        allowed = scope.units_for(verb, key)
        if allowed is None:
            return True
        features = self._reader.read_metric(connection, self.kinds[key], uids)
        if features.empty:
            return True
        rows = units.territory_rows(key, features, self._units_today(connection))
        inside = rows.loc[rows["unit_uid"].isin(allowed), "uid"]
        return set(features.index) <= set(inside)
