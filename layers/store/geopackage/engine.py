"""Connections to a GeoPackage file, set up so that both backends behave alike.

The R*Tree triggers call `ST_IsEmpty`, `ST_MinX` and so on; every connection of ours brings these
functions, as GDAL and QGIS bring theirs. Transactions are begun explicitly: a writer takes the
lock at once, so that it can never fail half-way for want of it.

GDAL, when it runs in our own process, has a SQLite of its own, which does not see our locks (POSIX
locks belong to the process): closing the file it takes itself for the last one and removes the
log from under our idle connections. They are therefore looked at before each use.
"""

from __future__ import annotations

import os
import sqlite3
import time
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from threading import Lock
from types import MappingProxyType
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import URL, Connection, Engine, Select, create_engine, event
from sqlalchemy.exc import DatabaseError, InvalidatePoolError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from layers.errors import StoreBusyError, StoreError, StoreUnusableError
from layers.store.column_types import GEOPACKAGE_TYPES, to_json
from layers.store.geopackage import relating
from layers.store.geopackage.blob import bounds_of

Identity = tuple[int, int]  # of a file: device and number there

BUSY_TIMEOUT_MS = 10_000
_LOOK_EVERY_S = 0.002
_WRITE = "greengrid_write"
# Pages that a writer may keep in memory: what it has to write out early, it reads again later.
_WRITER_CACHE_KIB = 256 * 1024
_FILES = "greengrid_files"
# SQLite's words for a lock that did not come free in time: of the file, of one table.
_BUSY_CODES = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})

_turns: WeakKeyDictionary[Engine, Lock] = WeakKeyDictionary()

_NOT_UTF8 = "Could not decode to UTF-8"  # in the words of the driver, which has no code for it

# And for a file that is of no use to anybody, whatever is asked of it.
_UNUSABLE = {
    sqlite3.SQLITE_CORRUPT: "damaged",
    sqlite3.SQLITE_NOTADB: "damaged",
    sqlite3.SQLITE_READONLY: "read_only",
    sqlite3.SQLITE_FULL: "disk_full",
    sqlite3.SQLITE_CANTOPEN: "not_opened",
    sqlite3.SQLITE_IOERR: "input_output",
}

_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    # Beside a changeset the wait for the disk is short (about a millisecond), and what was
    # acknowledged outlives a power cut.
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA case_sensitive_like = ON",  # as PostgreSQL compares
)


def sqlite_engine(path: Path) -> Engine:
    """Make an engine for a GeoPackage file, which need not exist yet."""
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        json_serializer=to_json,
        pool_use_lifo=True,  # the one that was used last has read the pages that are wanted
    )
    engine.dialect.colspecs = {**engine.dialect.colspecs, **GEOPACKAGE_TYPES}
    event.listen(engine, "connect", partial(_prepare_connection, path))
    event.listen(engine, "checkout", partial(_require_same_files, path))
    event.listen(engine, "begin", _begin)
    event.listen(engine, "close", _let_go)
    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that sees one state of the store from beginning to end.

    Raises
    ------
    StoreBusyError, StoreUnusableError
    """
    with _patient(engine), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that holds the write lock; commits at the end, or leaves no trace.

    Raises
    ------
    StoreBusyError, StoreUnusableError
    """
    with _turn(engine), _patient(engine), engine.connect() as connection:
        write = connection.execution_options(**{_WRITE: True})
        with _roomy(driver_of(write)), write.begin():
            yield write


@contextmanager
def _turn(engine: Engine) -> Iterator[None]:
    """Let the writers of this process come one after the other, each then asks for the file's lock.

    SQLite has no queue: each who waits looks again after a while, and who looks at the wrong
    moments, over and over, waits until it is told that the store is busy.
    """
    turn = _turns.setdefault(engine, Lock())
    if not turn.acquire(timeout=BUSY_TIMEOUT_MS / 1000):
        raise busy(engine.url.database)
    try:
        yield
    finally:
        turn.release()


def fetch(
    connection: Connection,
    statement: Select[Any],
    given: Mapping[str, Any] = MappingProxyType({}),
) -> Sequence[Any]:
    """Read rows; where another program wrote text that is none, with its bytes replaced by U+FFFD.

    That is tried only after a failure, for it is slower.
    """
    try:
        return connection.execute(statement, given).all()
    except OperationalError as fault:
        if not str(fault.orig).startswith(_NOT_UTF8):
            raise
    driver = driver_of(connection)
    driver.text_factory = partial(str, encoding="utf-8", errors="replace")
    try:
        return connection.execute(statement, given).all()
    finally:
        driver.text_factory = str


def driver_of(connection: Connection) -> sqlite3.Connection:
    """Give the driver's own connection, for what belongs to no transaction."""
    return typing.cast("sqlite3.Connection", connection.connection.driver_connection)


@contextmanager
def _roomy(raw: sqlite3.Connection) -> Iterator[None]:
    """Let a connection keep many pages in memory for the time of a block."""
    (before,) = raw.execute("PRAGMA cache_size").fetchone()
    raw.execute(f"PRAGMA cache_size = {-_WRITER_CACHE_KIB:d}")
    try:
        yield
    finally:
        # A statement that Ctrl+C interrupts takes its connection along.
        with suppress(sqlite3.ProgrammingError):
            raw.execute(f"PRAGMA cache_size = {before:d}")


@contextmanager
def _patient(engine: Engine) -> Iterator[None]:
    """Say that the store is busy, or of no use, where the driver says so of its file."""
    try:
        yield
    except (DatabaseError, sqlite3.Error) as fault:
        said = fault.orig if isinstance(fault, DatabaseError) else fault
        known = refusal(engine.url.database, said)
        if known is None:
            raise
        raise known from fault


def refusal(path: object, fault: BaseException | None) -> StoreError | None:
    """Say what a fault of the driver means for the store; None where it is a fault of ours."""
    if is_busy(fault):
        return busy(path)
    reason = _UNUSABLE.get(_code_of(fault))
    return None if reason is None else StoreUnusableError(path=str(path), reason=reason)


def busy(path: object) -> StoreBusyError:
    """Say how long we have waited for the lock."""
    return StoreBusyError(path=str(path), waited_s=BUSY_TIMEOUT_MS / 1000)


def is_busy(fault: BaseException | None) -> bool:
    """Tell whether a fault of the driver means that somebody else held the lock for too long."""
    return isinstance(fault, sqlite3.OperationalError) and _code_of(fault) in _BUSY_CODES


def _code_of(fault: BaseException | None) -> int:
    # The lower byte is the code, the rest says more precisely how it came about.
    return int(getattr(fault, "sqlite_errorcode", 0)) & 0xFF


def _begin(connection: Connection) -> None:
    if connection.get_execution_options().get(_WRITE, False):
        _take_lock(driver_of(connection))
    else:
        connection.exec_driver_sql("BEGIN")


def _take_lock(raw: sqlite3.Connection) -> None:
    """Begin to write, looking again and again whether the lock is free.

    SQLite's own waiting looks ever more rarely, up to ten times a second: where another process
    writes one thing after the other, it hardly ever looks at the right moment.
    """
    end = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    raw.execute("PRAGMA busy_timeout = 0")
    try:
        while True:
            try:
                raw.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as fault:
                if not is_busy(fault) or time.monotonic() > end:
                    raise
                time.sleep(_LOOK_EVERY_S)
            else:
                return
    finally:
        raw.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS:d}")


def _let_go(raw: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    """End what a connection has begun, before it is closed.

    SQLite keeps a closed connection, and its lock, for as long as anybody holds one of its cursors:
    a notebook does so after Ctrl+C, with the traceback that it shows.
    """
    with suppress(sqlite3.Error):
        raw.rollback()


def _prepare_connection(path: Path, raw: sqlite3.Connection, entry: ConnectionPoolEntry) -> None:
    raw.isolation_level = None  # SQLAlchemy's own begin event decides, not the driver
    raw.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS:d}")  # first: the rest may have to wait
    for pragma in _PRAGMAS:
        raw.execute(pragma)
    for name, function in _SPATIAL_FUNCTIONS.items():
        raw.create_function(name, 1, function, deterministic=True)
    raw.create_function(relating.NAME, 3, relating.Relating(), deterministic=True)
    raw.execute("PRAGMA schema_version").fetchone()  # opens the log
    entry.info[_FILES] = identities(path)


def _require_same_files(
    path: Path, _raw: object, entry: ConnectionPoolEntry, _proxy: object
) -> None:
    """Have the pool connect anew where file or log are no longer those that a connection uses."""
    if entry.info[_FILES] != identities(path):
        raise InvalidatePoolError


def identities(path: Path) -> tuple[Identity | None, Identity | None]:
    """Tell a file and its log from others that have taken their names; None for what is not there.

    The log goes with the file in which its readers and writers meet.
    """
    return _identity(str(path)), _identity(f"{path}-shm")


def _identity(file: str) -> Identity | None:
    try:
        found = os.stat(file)  # noqa: PTH116 - for every request; a path costs three times as much
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


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
