"""Connections to a store's database, set up so that both backends behave alike.

SQLite: the GeoPackage's R*Tree triggers call `ST_IsEmpty`, `ST_MinX` and so on; every connection
of ours brings these functions, as GDAL and QGIS bring theirs. Transactions are begun explicitly:
a writer takes the lock at once, so that it can never fail half-way for want of it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event

from layers.store.blob import bounds_of

BUSY_TIMEOUT_MS = 10_000
_WRITE = "greengrid_write"

_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
    "PRAGMA foreign_keys = ON",
    f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS:d}",
    "PRAGMA case_sensitive_like = ON",  # as PostgreSQL compares
)


def sqlite_engine(path: Path) -> Engine:
    """Make an engine for a GeoPackage file, which need not exist yet."""
    engine = create_engine(URL.create("sqlite", database=str(path)))
    event.listen(engine, "connect", _prepare_connection)
    event.listen(engine, "begin", _begin)
    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that sees one state of the store from beginning to end."""
    with engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that holds the write lock; commits at the end, or leaves no trace."""
    with engine.connect() as connection:
        write = connection.execution_options(**{_WRITE: True})
        with write.begin():
            yield write


def _begin(connection: Connection) -> None:
    is_write = connection.get_execution_options().get(_WRITE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_write else "BEGIN")


def _prepare_connection(raw: sqlite3.Connection, _record: object) -> None:
    raw.isolation_level = None  # SQLAlchemy's own begin event decides, not the driver
    for pragma in _PRAGMAS:
        raw.execute(pragma)
    for name, function in _SPATIAL_FUNCTIONS.items():
        raw.create_function(name, 1, function, deterministic=True)


def _bound(position: int) -> Callable[[bytes | None], float | None]:
    def bound(blob: bytes | None) -> float | None:
        bounds = bounds_of(blob)
        return None if bounds is None else bounds[position]

    return bound


def _is_empty(blob: bytes | None) -> int | None:
    return None if blob is None else int(bounds_of(blob) is None)


_SPATIAL_FUNCTIONS: dict[str, Callable[[bytes | None], float | int | None]] = {
    "ST_MinX": _bound(0),
    "ST_MinY": _bound(1),
    "ST_MaxX": _bound(2),
    "ST_MaxY": _bound(3),
    "ST_IsEmpty": _is_empty,
}
