"""The features of a store: read, counted, and where each of them belongs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame
from numpy.typing import NDArray
from pyproj import CRS
from sqlalchemy import Connection, Select, func, select

from layers.cache import ArrayCache
from layers.clock import today
from layers.errors import KindNotPointsError
from layers.kinds.model import GeometryFamily, Kind
from layers.store import changesets, units
from layers.store.backend import Backend, Bounds
from layers.store.declaring import Layers
from layers.store.kept import Kept
from layers.store.points import LayerPoints, uids_of
from layers.store.reading import Moment, Selection, require_fields
from layers.store.scope import Scope, Verb
from layers.store.telling import StoreTelling
from layers.territory import LEVELS, NAMING_COLUMNS, Division

# So many numbers are remembered: of each layer, and of the parts of it that people see.
_COUNTS = 2_000


class StoreFeatures(StoreTelling):
    """Answer about features, today's and earlier ones."""

    def __init__(self, backend: Backend, layers: Layers) -> None:
        super().__init__(backend, layers)
        self._counts: Kept[int] = Kept(_COUNTS)

    def read(  # noqa: PLR0913 - every one narrows the question in a way of its own
        self,
        kind: str,
        *,
        bbox: Bounds | None = None,
        where: str | None = None,
        as_of: Moment | None = None,
        on: dt.date | None = None,
        columns: Collection[str] | None = None,
        scope: Scope = Scope.all(),
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
        self.kind(kind)
        scope.require(Verb.READ, kind)
        units = scope.units_for(Verb.READ, kind)
        with self._reading() as connection:
            declared = self.kind(kind)  # with the fields that it has now
            require_fields(declared, columns)
            lying = None if units is None else self._lying(connection, kind, units, as_of, on)
            hidden = scope.hidden_fields(kind)
            selection = Selection(
                bbox=bbox,
                where=where,
                as_of=as_of,
                on=on,
                columns=columns,
                hidden=hidden,
                told=self._told(connection, kind, as_of) if hidden else (),
                among=lying,
            )
            frame = self._reader.read(connection, declared, selection)
        if units is None or lying is not None:
            return frame
        mine = self.territory(kind, as_of=as_of, on=on)[list(LEVELS)].isin(units).any(axis=1)
        return frame[mine.reindex(frame.index, fill_value=False)]

    def points(
        self,
        kind: str,
        *,
        as_of: Moment | None = None,
        on: dt.date | None = None,
        scope: Scope = Scope.all(),
        cache: ArrayCache | None = None,
    ) -> LayerPoints:
        """Read where the features of a kind of points are, without an object for each.

        Parameters
        ----------
        as_of, on, scope
            As of `read`.
        cache
            Where the arrays are kept for the next time; not used with units in the scope, since
            these move without the points.

        Returns
        -------
        points
            Ordered by uid, in the storage CRS; the same coordinates that `read` gives.

        Raises
        ------
        UnknownKindError, KindNotPointsError, ScopeError, ChangesetUnknownError
        """
        if self.kind(kind).geometry != (GeometryFamily.POINT,):
            raise KindNotPointsError(kind=kind)
        scope.require(Verb.READ, kind)
        units = scope.units_for(Verb.READ, kind)
        with self._reading() as connection:
            if cache is None or units is not None:
                found = self._reader.read_points(connection, self.kind(kind), as_of, on)
            else:
                found = self._cached_points(connection, cache, self.kind(kind), as_of, on)
        if units is None:
            return found
        mine = self.territory(kind, as_of=as_of, on=on)[list(LEVELS)].isin(units).any(axis=1)
        rows = np.isin(found.uids, uids_of(mine.index[mine].tolist()))
        return LayerPoints(found.uids[rows], found.coordinates[rows], found.crs)

    def _cached_points(
        self,
        connection: Connection,
        cache: ArrayCache,
        kind: Kind,
        as_of: Moment | None,
        on: dt.date | None,
    ) -> LayerPoints:
        """Read points that were read before in the state that `connection` sees."""
        until = None if as_of is None else changesets.number_at(connection, self._metadata, as_of)
        revision = changesets.revision(connection, self._metadata, kind.key, until)
        key = {
            "arrays": "points",
            "store": self.settings.store_id,
            "epoch": self.settings.restore_epoch,
            "kind": kind.key,
            "revision": changesets.signed(connection, self._metadata, revision),
            "on": None if on is None else on.isoformat(),
            "crs": self.settings.storage_crs,
        }

        def read() -> dict[str, NDArray[Any]]:
            found = self._reader.read_points(connection, kind, as_of, on)
            return {"uids": found.uids, "coordinates": found.coordinates}

        crs = CRS.from_user_input(self.settings.storage_crs)
        return LayerPoints(**cache.get(key, read), crs=crs)

    def count(self, kind: str) -> int:
        """Count the features of a kind."""
        return self.counts([kind])[kind]

    def counts(
        self, kinds: Iterable[str] | None = None, *, scope: Scope = Scope.all()
    ) -> dict[str, int]:
        """Count the features of some kinds, or of all; what a scope hides counts as absent."""
        wanted = None if kinds is None else [self.kind(key).key for key in kinds]
        with self._reading() as connection:
            keys = list(self.kinds) if wanted is None else wanted
            found = self._counted(connection, keys, scope)
        return {
            key: len(self.read(key, columns=[], scope=scope)) if count is None else count
            for key, count in found.items()
        }

    def _counted(
        self, connection: Connection, keys: Sequence[str], scope: Scope
    ) -> dict[str, int | None]:
        """Count the features of layers, those anew that were written to since the last time.

        None where the kept territory is of another time, so that each feature must be located.
        """
        life = (self.settings.store_id, self.settings.restore_epoch, self._layers.stamp)
        now = changesets.revisions_of(connection, self._metadata, [*{*keys, *LEVELS}])
        units_now = tuple(now[level] for level in LEVELS)
        holds: bool | None = None
        found: dict[str, int | None] = {}
        for key in keys:
            allowed = scope.units_for(Verb.READ, key)
            if not scope.allows(Verb.READ, key):
                found[key] = 0
            elif allowed is None:
                count = partial(self._count, connection, key, None)
                found[key] = self._counts.get((life, key, now[key]), count)
            else:
                if holds is None:
                    holds = self._territory_holds(connection, key, None, None)
                count = partial(self._count, connection, key, allowed)
                state = (life, key, now[key], units_now, allowed)
                found[key] = self._counts.get(state, count) if holds else None
        return found

    def _count(self, connection: Connection, key: str, allowed: frozenset[str] | None) -> int:
        table = self._metadata.tables[key]
        counted = select(func.count()).select_from(table)
        if allowed is not None:
            counted = counted.where(table.c.uid.in_(units.lying_in(self._metadata, key, allowed)))
        return int(connection.execute(counted).scalar_one())

    def codes(self, kind: str, *, scope: Scope = Scope.all()) -> frozenset[str]:
        """Give the codes that the features of a kind have, without reading the features.

        Raises
        ------
        UnknownKindError, ScopeError
        """
        scope.require(Verb.READ, self.kind(kind).key)
        if scope.units_for(Verb.READ, kind) is not None:
            key = self.kind(kind).key_field
            mine = self.read(kind, columns=[key], scope=scope)[key]
            return frozenset(mine.dropna())
        with self._reading() as connection:
            column = self._metadata.tables[kind].c[self.kind(kind).key_field]
            found = connection.scalars(select(column).where(column.is_not(None)).distinct())
            return frozenset(found)

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
        fields = {field.key for field in self.kind(kind).fields}
        naming = [name for name in NAMING_COLUMNS if name in fields]
        features = self.read(kind, as_of=as_of, on=on, columns=["code", *naming])
        with self._reading() as connection:
            holds = self._territory_holds(connection, kind, as_of, on)
            rows = units.stored_rows(connection, self._metadata, kind) if holds else None
        if rows is None:
            rows = units.territory_rows(
                kind,
                self._reader.in_metres(features),
                self._units_then(as_of, on or today()),
            )
        return units.by_level(rows, features.index)

    def _units_then(self, as_of: Moment | None, day: dt.date) -> Division:
        then = (self._reader.in_metres(self.read(level, as_of=as_of, on=day)) for level in LEVELS)
        return Division(dict(zip(LEVELS, then, strict=True)))

    def _lying(
        self,
        connection: Connection,
        kind: str,
        allowed: Collection[str],
        as_of: Moment | None,
        on: dt.date | None = None,
    ) -> Select[tuple[str]] | None:
        """Select the features that lie in units; None where what is kept is of another time."""
        if not self._territory_holds(connection, kind, as_of, on):
            return None
        return units.lying_in(self._metadata, kind, allowed)
