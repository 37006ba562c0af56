"""Many rows at once: what the triggers of a layer do one by one, done set by set.

The triggers rest meanwhile. They are dropped and made again, word for word, in the transaction
that writes the rows: nobody else ever sees the layer without them, however the writing ends.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, text

from layers.store.batch import Batch, LayerRows
from layers.store.geopackage import ddl, tree
from layers.store.geopackage.ddl import quote
from layers.store.geopackage.tree import Entry, ReadyTree
from layers.store.schema import GEOMETRY_COLUMN

# From so many rows on, setting the triggers aside is worth what it costs: every other connection
# has to read the schema again.
BULK_ROWS = 500
# From so many new entries on, or from this share of the tree, the tree is better made aside.
_TREE_ROWS = 2_000
_TREE_SHARE = 0.05
# What is enough of a geometry to see whether its box is another: header and envelope, or a point.
_HEAD_BYTES = 40


def add(connection: Connection, table: str, batch: Batch) -> None:
    """Add rows to any table, one by one within one call of the driver."""
    names = ", ".join(quote(connection, name) for name in batch.names)
    marks = ", ".join("?" * len(batch.names))
    insert = f"INSERT INTO {quote(connection, table)} ({names}) VALUES ({marks})"
    _many(connection, insert, batch.rows)


def write_with_triggers(connection: Connection, table: str, rows: LayerRows) -> None:
    """Write rows and nothing more: the layer's triggers do the rest."""
    quoted = quote(connection, table)
    if rows.inserted:
        add(connection, table, rows.inserted)
    if rows.updated:
        setting = _setting(connection, rows.updated)
        _many(
            connection,
            f"UPDATE {quoted} SET {setting} WHERE uid = ?",
            [(*row[1:], row[0]) for row in rows.updated.rows],
        )
    _many(connection, f"DELETE FROM {quoted} WHERE uid = ?", [(uid,) for uid in rows.deleted])


def write(connection: Connection, table: str, rows: LayerRows) -> None:
    """Write the rows, their versions, their entries in the spatial index and the new count."""
    layer = _Layer(connection, table)
    ready = rows.ready if isinstance(rows.ready, ReadyTree) else None
    if ready is not None and not (
        ready.first_fid == layer.next_fid() and tree.fits(connection, table, ready)
    ):
        ready = None
    with _triggers_resting(connection, table):
        if rows.inserted:
            layer.insert(rows.inserted, index=ready is None)
        if rows.updated:
            layer.update(rows.updated, index=ready is None)
        if rows.deleted:
            layer.delete(rows.deleted, index=ready is None)
        if ready is not None:
            tree.put_in_place(connection, table, ready)


def make_ready(connection: Connection, table: str, rows: LayerRows) -> ReadyTree | None:
    """Make the spatial index as it will be after the rows; None where that is not worth it."""
    layer = _Layer(connection, table)
    if not layer.has_geometry:
        return None
    new, moved = (
        batch if batch and _has_places(batch) else None for batch in (rows.inserted, rows.updated)
    )
    count = len(new or ()) + len(moved or ()) + len(rows.deleted)
    if count < max(_TREE_ROWS, _TREE_SHARE * tree.size(connection, table)):
        return None
    first = layer.next_fid()
    come: list[Entry] = []
    gone: list[int] = []
    if new:
        numbers = range(first, first + len(new))
        come += tree.entries(numbers, new.column(GEOMETRY_COLUMN))
    if moved:
        fids, blobs = layer.moved(moved)
        gone += fids
        come += tree.entries(fids, blobs)
    gone += layer.fids(rows.deleted)
    return tree.make_ready(connection, table, gone, come, first)


class _Layer:
    """One feature table, written without its triggers."""

    def __init__(self, connection: Connection, table: str) -> None:
        self._connection = connection
        self._table = table
        self._quoted = quote(connection, table)
        self.has_geometry = ddl.has_geometry(connection, table)

    def next_fid(self) -> int:
        """Give the number that SQLite would give to the next row."""
        return self._ask(
            f"SELECT 1 + max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = :table), 0),"
            f" coalesce((SELECT max(fid) FROM {self._quoted}), 0))",
            table=self._table,
        ).scalar_one()

    def insert(self, batch: Batch, *, index: bool) -> None:
        first = self.next_fid()  # and so on: nobody else writes meanwhile
        add(self._connection, self._table, batch)
        self._record("insert", f"fid >= {first:d}")
        self._count(len(batch))
        if index and _has_places(batch):
            fids = range(first, first + len(batch))
            self._index(tree.entries(fids, batch.column(GEOMETRY_COLUMN)))

    def update(self, batch: Batch, *, index: bool) -> None:
        if index and _has_places(batch):
            fids, blobs = self.moved(batch)
            self._unindex(fids)
            self._index(tree.entries(fids, blobs))
        fid_of = self._fid_of(batch.column("uid"))
        rows = sorted(((*row[1:], fid_of[row[0]]) for row in batch.rows), key=itemgetter(-1))
        setting = _setting(self._connection, batch)
        _many(
            self._connection,
            f"UPDATE {self._quoted} SET {setting} WHERE fid = ?",
            rows,
        )
        self._record("update", _AMONG, json.dumps([row[-1] for row in rows]))

    def delete(self, uids: Sequence[str], *, index: bool) -> None:
        fids = self.fids(uids)
        among = json.dumps(fids)
        self._record("delete", _AMONG, among)
        self._ask(f"DELETE FROM {self._quoted} WHERE {_AMONG}", fids=among)
        self._count(-len(fids))
        if index and self.has_geometry:
            self._unindex(fids)

    def moved(self, batch: Batch) -> tuple[list[int], list[bytes | None]]:
        """Find the features whose box becomes another: their fids and new places."""
        heads = {
            uid: (fid, head)
            for uid, fid, head in self._ask(
                f"SELECT uid, fid, substr(geom, 1, {_HEAD_BYTES:d}) FROM {self._quoted}"
                " WHERE uid IN (SELECT value FROM json_each(:uids))",
                uids=json.dumps(batch.column("uid")),
            ).all()
        }
        fids: list[int] = []
        blobs: list[bytes | None] = []
        for uid, place in zip(batch.column("uid"), batch.column(GEOMETRY_COLUMN), strict=True):
            fid, head = heads.get(uid, (None, None))
            if fid is not None and head != (None if place is None else place[:_HEAD_BYTES]):
                fids.append(fid)
                blobs.append(place)
        return fids, blobs

    def fids(self, uids: Sequence[str]) -> list[int]:
        """Give the numbers of features, in order."""
        return sorted(self._fid_of(uids).values())

    def _fid_of(self, uids: Sequence[str]) -> dict[str, int]:
        found = self._ask(
            f"SELECT uid, fid FROM {self._quoted}"
            " WHERE uid IN (SELECT value FROM json_each(:uids))",
            uids=json.dumps(list(uids)),
        ).all()
        return {uid: fid for uid, fid in found}  # noqa: C416 - rows are no pairs to `dict`

    def _record(self, operation: str, which: str, fids: str = "[]") -> None:
        """Write a version of rows as they are, exactly as the triggers would."""
        place = GEOMETRY_COLUMN if self.has_geometry else "NULL"
        row = ddl.row_as_json(self._connection, self._table)
        self._ask(
            "INSERT INTO gg_version (layer, uid, operation, changeset, attributes, geom)"
            f" SELECT :table, uid, :operation, (SELECT id FROM gg_open_changeset), {row}, {place}"
            f" FROM {self._quoted} WHERE {which} ORDER BY fid",
            table=self._table, operation=operation, fids=fids,
        )  # fmt: skip

    def _count(self, more: int) -> None:
        self._ask(
            "UPDATE gpkg_ogr_contents SET feature_count = feature_count + :more"
            " WHERE table_name = :table",
            table=self._table, more=more,
        )  # fmt: skip

    def _index(self, come: Sequence[Entry]) -> None:
        rtree = self._quote(ddl.rtree_name(self._table))
        insert = f"INSERT OR REPLACE INTO {rtree} VALUES (?, ?, ?, ?, ?)"
        _many(self._connection, insert, come)

    def _unindex(self, gone: Iterable[int]) -> None:
        rtree = self._quote(ddl.rtree_name(self._table))
        _many(self._connection, f"DELETE FROM {rtree} WHERE id = ?", [(fid,) for fid in gone])

    def _ask(self, statement: str, **values: Any) -> Any:
        return self._connection.execute(text(statement), values)

    def _quote(self, name: str) -> str:
        return quote(self._connection, name)


_AMONG = "fid IN (SELECT value FROM json_each(:fids))"


def _many(connection: Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    if rows:
        connection.exec_driver_sql(statement, list(rows))


def _has_places(batch: Batch) -> bool:
    return GEOMETRY_COLUMN in batch.names


def _setting(connection: Connection, batch: Batch) -> str:
    return ", ".join(f"{quote(connection, name)} = ?" for name in batch.names[1:])


@contextmanager
def _triggers_resting(connection: Connection, table: str) -> Iterator[None]:
    """Drop our own triggers of a layer for a block; others', if somebody made any, stay."""
    ours = ddl.trigger_names(table)
    query = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table")
    found = connection.execute(query, {"table": table}).all()
    resting = [(name, sql) for name, sql in found if name in ours]
    for name, _ in resting:
        connection.exec_driver_sql(f"DROP TRIGGER {quote(connection, name)}")
    yield
    for _, sql in resting:
        connection.exec_driver_sql(sql)
