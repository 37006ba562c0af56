"""Writing features: the body of one changeset."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd
from geopandas import GeoDataFrame
from sqlalchemy import Connection, MetaData, Table, bindparam, delete, insert, select, update

from layers.errors import FeatureMissingError, FeatureRejectedError, UnknownKindError
from layers.kinds.model import Kind
from layers.store import changesets, records
from layers.store.reading import chunks
from layers.store.records import ImportSource
from layers.store.rows import rows_from_frame
from layers.store.schema import GEOMETRY_COLUMN
from layers.store.scope import Scope, Verb

_SHOWN = 5


class ChangeWriter:
    """Write features within one changeset.

    The changeset gets its number with the first write: one that writes nothing leaves no trace.
    """

    def __init__(
        self,
        connection: Connection,
        metadata: MetaData,
        kinds: Mapping[str, Kind],
        *,
        srid: int,
        scope: Scope,
        described: dict[str, str],
    ) -> None:
        self._connection = connection
        self._metadata = metadata
        self._kinds = kinds
        self._srid = srid
        self._scope = scope
        self._described = described
        self.touched: dict[str, set[str]] = {}
        self.changeset: int | None = None

    def insert(self, kind: str, frame: GeoDataFrame) -> list[str]:
        """Add features and return their uids.

        A frame whose index is named `uid` brings its own; any other gets new ones.

        Raises
        ------
        FeatureRejectedError, ScopeError, UnknownKindError
        """
        declared = self._begin(Verb.CREATE, kind)
        if frame.index.name != "uid":
            frame = frame.set_axis(pd.Index([str(uuid.uuid4()) for _ in frame.index], name="uid"))
        if not frame.empty:
            rows = rows_from_frame(declared, frame, self._srid)
            self._connection.execute(insert(self._table(kind)), rows)
        return self._touch(kind, frame.index)

    def update(self, kind: str, frame: pd.DataFrame) -> list[str]:
        """Change those columns that `frame` has, of the features in its index.

        Raises
        ------
        FeatureMissingError, FeatureRejectedError, ScopeError, UnknownKindError
        """
        declared = self._begin(Verb.UPDATE, kind)
        if frame.empty:
            return []
        self._require_present(kind, frame.index)
        rows = self._rows(declared, frame)
        table = self._table(kind)
        names = [name for name in rows[0] if name != "uid"]
        statement = (
            update(table)
            .where(table.c.uid == bindparam("the_uid"))
            .values({name: bindparam(f"new_{name}") for name in names})
        )
        parameters = [
            {"the_uid": row["uid"], **{f"new_{name}": row[name] for name in names}} for row in rows
        ]
        self._connection.execute(statement, parameters)
        return self._touch(kind, frame.index)

    def delete(self, kind: str, uids: Collection[str]) -> list[str]:
        """Delete features; their versions stay.

        Raises
        ------
        FeatureMissingError, ScopeError, UnknownKindError
        """
        self._begin(Verb.DELETE, kind)
        if not uids:
            return []
        self._require_present(kind, uids)
        table = self._table(kind)
        statement = delete(table).where(table.c.uid == bindparam("the_uid"))
        self._connection.execute(statement, [{"the_uid": uid} for uid in uids])
        return self._touch(kind, uids)

    def record_import(self, kind: str, source: ImportSource, origins: pd.DataFrame) -> None:
        """Record the file that features came from, and each one's row and original geometry.

        `origins` is indexed by uid, with `row_number` and `original_wkb`.
        """
        self._begin(Verb.CREATE, kind)
        number = self._open_changeset()
        records.save_import(self._connection, self._metadata, number, kind, source)
        records.save_origins(self._connection, self._metadata, number, origins)

    def _begin(self, verb: Verb, kind: str) -> Kind:
        if kind not in self._kinds:
            raise UnknownKindError(kind, self._kinds)
        self._scope.require(verb, kind)
        self._open_changeset()
        return self._kinds[kind]

    def _open_changeset(self) -> int:
        if self.changeset is None:
            self.changeset = changesets.begin(self._connection, self._metadata, **self._described)
        return self.changeset

    def _rows(self, declared: Kind, frame: pd.DataFrame) -> list[dict[str, Any]]:
        if isinstance(frame, GeoDataFrame):
            return rows_from_frame(declared, frame, self._srid)
        bare = GeoDataFrame(frame.assign(**{GEOMETRY_COLUMN: None}), geometry=GEOMETRY_COLUMN)
        rows = rows_from_frame(declared, bare, self._srid)
        for row in rows:
            row.pop(GEOMETRY_COLUMN, None)
        return rows

    def _table(self, kind: str) -> Table:
        return self._metadata.tables[kind]

    def _touch(self, kind: str, uids: Collection[str]) -> list[str]:
        self.touched.setdefault(kind, set()).update(uids)
        return list(uids)

    def _require_present(self, kind: str, uids: Collection[str]) -> None:
        wanted = list(uids)
        if len(set(wanted)) != len(wanted):
            raise FeatureRejectedError(kind=kind, field="uid", found="twice")
        table = self._table(kind)
        present: set[str] = set()
        for part in chunks(wanted):
            present.update(
                self._connection.scalars(select(table.c.uid).where(table.c.uid.in_(part)))
            )
        missing = [uid for uid in wanted if uid not in present]
        if missing:
            raise FeatureMissingError(kind=kind, uids=missing[:_SHOWN], count=len(missing))
