"""Putting features back: what was recorded goes from the versions to the table, untouched by us.

It never leaves the database, so that every bit comes back: numbers with all their digits, and
geometries in the form in which somebody else may have stored them.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, FromClause, MetaData, delete, insert, select, update

from layers.kinds.model import Kind
from layers.store import relation
from layers.store.backend import Backend
from layers.store.reading import chunks
from layers.store.schema import GEOMETRY_COLUMN


class Then:
    """Write the features of a kind as they stood after a changeset."""

    def __init__(self, backend: Backend, metadata: MetaData, kind: Kind, number: int) -> None:
        self._backend = backend
        self._metadata = metadata
        self._kind = kind
        self._number = number
        self._table = metadata.tables[kind.key]
        fields = [field.key for field in kind.fields]
        self._columns = [*fields, GEOMETRY_COLUMN] if kind.is_spatial else fields

    def present(self, connection: Connection, uids: Collection[str]) -> set[str]:
        """Tell which of some features were there."""
        return {
            uid
            for part in chunks(uids)
            for uid in connection.scalars(select(self._state_of(part).c.uid))
        }

    def insert(self, connection: Connection, uids: Collection[str]) -> None:
        """Bring back features that are gone."""
        names = ["uid", *self._columns]
        for part in chunks(uids):
            then = self._state_of(part)
            rows = select(*(then.c[name] for name in names)).order_by(then.c.uid)
            connection.execute(insert(self._table).from_select(names, rows))

    def update(self, connection: Connection, uids: Collection[str]) -> None:
        """Give features the values and places that they had."""
        for part in chunks(uids):
            then = self._state_of(part)
            values = {name: then.c[name] for name in self._columns}
            same = self._table.c.uid == then.c.uid
            connection.execute(update(self._table).where(same).values(values))

    def delete(self, connection: Connection, uids: Collection[str]) -> None:
        """Take away features that were not there."""
        for part in chunks(uids):
            connection.execute(delete(self._table).where(self._table.c.uid.in_(part)))

    def _state_of(self, uids: list[str]) -> FromClause:
        return relation.as_of(self._backend, self._metadata, self._kind, self._number, uids)
