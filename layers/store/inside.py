"""What every door of a store goes through.

One state to read, with the edits of other programs adopted; after a write, whatever is derived
from features brought into step.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

from geopandas import GeoDataFrame
from sqlalchemy import Connection, MetaData

from layers.errors import LayerChangedError, UnknownKindError
from layers.kinds.model import Kind
from layers.store import changesets, units
from layers.store.backend import Backend
from layers.store.reading import FeatureReader
from layers.store.scope import Scope
from layers.store.settings import StoreSettings
from layers.territory import LEVELS


class StoreInside:
    """Hold a backend, what is declared of its layers, and the rules of reading and writing."""

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

    def kind(self, key: str) -> Kind:
        """Find a kind that this store holds.

        Raises
        ------
        UnknownKindError
        """
        if key not in self.kinds:
            raise UnknownKindError(key, self.kinds)
        return self.kinds[key]

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
            level: self._reader.read_metric(connection, self.kinds[level], None, on=today())
            for level in LEVELS
        }

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


def today() -> dt.date:
    """Give the day it is here: a period ends at midnight where the city is."""
    return dt.datetime.now().astimezone().date()
