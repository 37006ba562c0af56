"""A change of one layer, worked out before anybody has to wait for it.

Checking values, giving geometries their stored form, finding the units that features lie in: none
of it needs the write lock. It is done against one state of the store; the writer looks whether
that state still holds, and works out anew what does not.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from geopandas import GeoDataFrame
from sqlalchemy import Dialect, Table

from layers.kinds.model import Kind
from layers.store.backend import Backend
from layers.store.batch import Batch, LayerRows
from layers.store.rows import columns_from_frame, require_distinct, require_uids
from layers.store.schema import GEOMETRY_COLUMN
from layers.store.settings import StoreSettings
from layers.store.units import Located, may_move
from layers.territory import NAMING_COLUMNS


@dataclass(frozen=True, kw_only=True)
class PreparedChange:
    """What comes, changes and goes in one layer; made by `Store.prepare`, written by `apply`.

    `brings_uids` tells whether the features that come had uids already. `located` is where all of
    them will lie in the units of the day `on`; `revisions` is what the layer and the units were at
    then, in the restore epoch `epoch`.
    """

    kind: str
    rows: LayerRows = field(repr=False)
    brings_uids: bool
    located: Located | None = field(repr=False)
    on: dt.date
    epoch: str
    revisions: Mapping[str, int]

    @property
    def uids(self) -> list[str]:
        """Give the uids of all the features that are touched."""
        return [*self.inserted, *self.updated, *self.deleted]

    @property
    def inserted(self) -> list[str]:
        """Give the uids of the features that come, in the order of their frame."""
        return [] if self.rows.inserted is None else self.rows.inserted.column("uid")

    @property
    def updated(self) -> list[str]:
        """Give the uids of the features that change."""
        return [] if self.rows.updated is None else self.rows.updated.column("uid")

    @property
    def deleted(self) -> list[str]:
        """Give the uids of the features that go."""
        return list(self.rows.deleted)


class Binder:
    """Turn frames into rows of one layer's table as the backend's driver takes them."""

    def __init__(self, backend: Backend, dialect: Dialect, settings: StoreSettings) -> None:
        self._backend = backend
        self._dialect = dialect
        self._settings = settings

    @property
    def epoch(self) -> str:
        """The restore epoch of the store: another one has a history of its own."""
        return self._settings.restore_epoch

    def rows(
        self,
        declared: Kind,
        table: Table,
        insert: pd.DataFrame | None,
        update: pd.DataFrame | None,
        delete: Collection[str],
    ) -> tuple[LayerRows, bool]:
        """Bind all parts of a change; tell whether what comes brings uids.

        Raises
        ------
        FeatureRejectedError
        """
        inserted, updated, brings_uids = None, None, False
        if insert is not None and len(insert):
            inserted, brings_uids = self.new(declared, table, insert)
        if update is not None and not update.empty:
            updated = self.changed(declared, table, update)
        require_distinct(declared.key, delete)
        return LayerRows(inserted=inserted, updated=updated, deleted=list(delete)), brings_uids

    def new(self, declared: Kind, table: Table, frame: pd.DataFrame) -> tuple[Batch, bool]:
        """Bind features that come, and tell whether they bring uids; any other gets a new one.

        Raises
        ------
        FeatureRejectedError
        """
        brings_uids = bool(frame.index.name == "uid")
        if brings_uids:
            require_uids(declared.key, frame.index)
        else:
            # In order, as indexes are filled fastest.
            uids = sorted(str(uuid.uuid4()) for _ in frame.index)
            frame = frame.set_axis(pd.Index(uids, name="uid"))
        return self._bind(declared, table, frame), brings_uids

    def changed(self, declared: Kind, table: Table, frame: pd.DataFrame) -> Batch:
        """Bind the columns that features shall have from now on.

        Raises
        ------
        FeatureRejectedError
        """
        require_distinct(declared.key, frame.index)
        return self._bind(declared, table, frame)

    def whereabouts(
        self,
        rows: LayerRows,
        read: Callable[[Collection[str]], GeoDataFrame],
        in_metres: Callable[[GeoDataFrame], GeoDataFrame],
    ) -> GeoDataFrame:
        """Give the places, and the units by name, of features that rows bring or may move.

        `read` gives what is kept of features: what is not written anew holds on.
        """
        told = [in_metres(self._told(rows.inserted))] if rows.inserted else []
        if rows.updated and may_move(rows.updated.names):
            written = in_metres(self._told(rows.updated))
            kept = read(list(written.index)).reindex(written.index)
            new = (
                written
                if GEOMETRY_COLUMN in rows.updated.names
                else written.drop(columns=GEOMETRY_COLUMN)
            )
            told.append(kept.rename_geometry(GEOMETRY_COLUMN).assign(**dict(new.items())))
        if not told:
            return in_metres(self._told(Batch(("uid",), [])))
        return GeoDataFrame(pd.concat(told), geometry=GEOMETRY_COLUMN, crs=told[0].crs)

    def _told(self, batch: Batch) -> GeoDataFrame:
        """Read back from bound rows where their features lie: place and units by name."""
        columns = {name: batch.column(name) for name in NAMING_COLUMNS if name in batch.names}
        has_places = GEOMETRY_COLUMN in batch.names
        blobs = batch.column(GEOMETRY_COLUMN) if has_places else [None] * len(batch)
        return GeoDataFrame(
            columns | {GEOMETRY_COLUMN: self._backend.decode(blobs)},
            index=pd.Index(batch.column("uid"), name="uid", dtype=object),
            geometry=GEOMETRY_COLUMN,
            crs=self._settings.storage_crs,
        )

    def _bind(self, declared: Kind, table: Table, frame: pd.DataFrame) -> Batch:
        return Batch.of(table, self._columns(declared, frame), self._dialect)

    def _columns(self, declared: Kind, frame: pd.DataFrame) -> dict[str, list[Any]]:
        if isinstance(frame, GeoDataFrame):
            return columns_from_frame(declared, frame, self._settings.srid, self._backend.encode)
        bare = GeoDataFrame(frame.assign(**{GEOMETRY_COLUMN: None}), geometry=GEOMETRY_COLUMN)
        columns = columns_from_frame(declared, bare, self._settings.srid, self._backend.encode)
        columns.pop(GEOMETRY_COLUMN, None)
        return columns
