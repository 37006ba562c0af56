"""A change of one layer, worked out before anybody has to wait for it.

Checking values, giving geometries their stored form, finding the units that features lie in: none
of it needs the write lock. It is done against one state of the store; the writer looks whether
that state still holds, and works out anew what does not.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from geopandas import GeoDataFrame
from sqlalchemy import Dialect, Table

from layers.kinds.model import Kind
from layers.store.backend import Backend
from layers.store.batch import Batch, LayerRows
from layers.store.plain import PlainRows, columns_from_plain
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
        insert: pd.DataFrame | PlainRows | None,
        update: pd.DataFrame | PlainRows | None,
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

    def new(
        self, declared: Kind, table: Table, frame: pd.DataFrame | PlainRows
    ) -> tuple[Batch, bool]:
        """Bind features that come, and tell whether they bring uids; any other gets a new one.

        Raises
        ------
        FeatureRejectedError
        """
        given = _uids_of(frame)
        if given is not None:
            require_uids(declared.key, given)
        # In order, as indexes are filled fastest.
        uids = sorted(str(uuid.uuid4()) for _ in range(len(frame))) if given is None else given
        return self._bind(declared, table, frame, uids), given is not None

    def changed(self, declared: Kind, table: Table, frame: pd.DataFrame | PlainRows) -> Batch:
        """Bind the columns that features shall have from now on.

        Raises
        ------
        FeatureRejectedError
        """
        uids = (frame.uids or ()) if isinstance(frame, PlainRows) else frame.index.tolist()
        require_distinct(declared.key, uids)
        return self._bind(declared, table, frame, uids)

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

    def places(self, rows: LayerRows) -> tuple[list[str], list[bytes]] | None:
        """Give uids and places of features that come; None where these do not tell all.

        That is so where others change as well, and where one has no place but names its unit.
        """
        come = rows.inserted
        if not come or rows.updated or rows.deleted or GEOMETRY_COLUMN not in come.names:
            return None
        blobs = come.column(GEOMETRY_COLUMN)
        return None if None in blobs else (come.column("uid"), blobs)

    def _bind(
        self,
        declared: Kind,
        table: Table,
        frame: pd.DataFrame | PlainRows,
        uids: Sequence[str],
    ) -> Batch:
        return Batch.of(table, self._columns(declared, frame, uids), self._dialect)

    def _columns(
        self, declared: Kind, frame: pd.DataFrame | PlainRows, uids: Sequence[str]
    ) -> dict[str, list[Any]]:
        srid, encode = self._settings.srid, self._backend.encode
        if isinstance(frame, PlainRows):
            return columns_from_plain(declared, frame, uids, srid, encode)
        frame = frame.set_axis(pd.Index(uids, name="uid", dtype=object))
        if isinstance(frame, GeoDataFrame):
            return columns_from_frame(declared, frame, srid, encode)
        bare = GeoDataFrame(frame.assign(**{GEOMETRY_COLUMN: None}), geometry=GEOMETRY_COLUMN)
        columns = columns_from_frame(declared, bare, srid, encode)
        columns.pop(GEOMETRY_COLUMN, None)
        return columns


def _uids_of(frame: pd.DataFrame | PlainRows) -> Sequence[str] | None:
    """Give the uids that features bring; None where they shall get new ones."""
    if isinstance(frame, PlainRows):
        return frame.uids
    return frame.index.tolist() if frame.index.name == "uid" else None
