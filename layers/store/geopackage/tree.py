"""A layer's R*Tree made ready beside the file, to be put in its place as a whole.

SQLite fills an R*Tree one entry at a time, and slowly. It keeps the tree in three plain tables
(https://www.sqlite.org/rtree.html, "shadow tables"): those are copied into memory, where SQLite
itself brings the tree up to date at leisure, and copied back under the write lock in one go.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection

from layers.store.geopackage.blob import decode
from layers.store.geopackage.ddl import quote, rtree_name

_PARTS = ("node", "rowid", "parent")
_COLUMNS = {
    "node": "nodeno, data",
    "rowid": "rowid, nodeno",
    "parent": "nodeno, parentnode",
}
Entry = tuple[int, float, float, float, float]


@dataclass(frozen=True)
class ReadyTree:
    """The rows of the three tables, and the number that the first new feature must get."""

    parts: dict[str, list[tuple[Any, ...]]] = field(repr=False)
    first_fid: int

    @property
    def node_bytes(self) -> int:
        """Give the size of a node; it depends on the page size of the file."""
        return len(self.parts["node"][0][1])


def entries(fids: Sequence[int], blobs: Sequence[bytes | None]) -> list[Entry]:
    """Give what the R*Tree holds of features: their boxes, for those that have a place."""
    boxes = shapely.bounds(decode(blobs))[:, [0, 2, 1, 3]]
    placed = np.flatnonzero(np.isfinite(boxes).all(axis=1)).tolist()
    known = boxes[placed].tolist()
    return [(fids[i], *box) for i, box in zip(placed, known, strict=True)]


def make_ready(
    connection: Connection,
    table: str,
    gone: Iterable[int],
    come: Sequence[Entry],
    first_fid: int,
) -> ReadyTree:
    """Bring a copy of a layer's tree up to date: entries that go first, then those that come."""
    page_bytes = connection.exec_driver_sql("PRAGMA page_size").scalar_one()
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as aside:
        aside.execute(f"PRAGMA page_size = {page_bytes:d}")
        aside.execute("CREATE VIRTUAL TABLE tree USING rtree(id, minx, maxx, miny, maxy)")
        aside.execute("BEGIN")
        for part, rows in _read(connection, table).items():
            aside.execute(f"DELETE FROM tree_{part}")
            aside.executemany(f"INSERT INTO tree_{part} VALUES (?, ?)", rows)
        aside.executemany("DELETE FROM tree WHERE id = ?", ((fid,) for fid in gone))
        aside.executemany("INSERT INTO tree VALUES (?, ?, ?, ?, ?)", come)
        aside.execute("COMMIT")
        made = {
            part: aside.execute(f"SELECT {_COLUMNS[part]} FROM tree_{part}").fetchall()
            for part in _PARTS
        }
    return ReadyTree(made, first_fid)


def put_in_place(connection: Connection, table: str, ready: ReadyTree) -> None:
    """Replace a layer's tree."""
    for part, rows in ready.parts.items():
        name = _part(connection, table, part)
        connection.exec_driver_sql(f"DELETE FROM {name}")
        if rows:
            insert = f"INSERT INTO {name} ({_COLUMNS[part]}) VALUES (?, ?)"
            connection.exec_driver_sql(insert, rows)


def fits(connection: Connection, table: str, ready: ReadyTree) -> bool:
    """Tell whether a tree has nodes of the size that the layer's tree has."""
    name = _part(connection, table, "node")
    root = connection.exec_driver_sql(f"SELECT length(data) FROM {name} WHERE nodeno = 1")
    return root.scalar() == ready.node_bytes


def size(connection: Connection, table: str) -> int:
    """Count the entries of a layer's tree."""
    name = _part(connection, table, "rowid")
    return connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one()


def _read(connection: Connection, table: str) -> dict[str, list[Any]]:
    return {
        part: [
            tuple(row)
            for row in connection.exec_driver_sql(
                f"SELECT {_COLUMNS[part]} FROM {_part(connection, table, part)}"
            )
        ]
        for part in _PARTS
    }


def _part(connection: Connection, table: str, part: str) -> str:
    return quote(connection, f"{rtree_name(table)}_{part}")
