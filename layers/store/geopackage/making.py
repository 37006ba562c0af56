"""Making a store's file: built beside its place, on the disk to the last byte, then moved there."""

from __future__ import annotations

import os
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import cast

from sqlalchemy import Connection

from layers.errors import StoreExistsError, StoreMissingError
from layers.store.backend import Tell
from layers.store.geopackage.engine import refusal, sqlite_engine, writing

_PAGES = 4_096  # that are copied between two looks at how far it is


def require_room(path: Path) -> None:
    """Refuse a place where something is already, or in a folder that is not there.

    Raises
    ------
    StoreExistsError, StoreMissingError
    """
    if path.exists():
        raise StoreExistsError(path=str(path))
    if not path.absolute().parent.is_dir():
        raise StoreMissingError(path=str(path.absolute().parent))


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """Give a place beside `path`; what is made there in the block is `path` afterwards.

    Raises
    ------
    StoreExistsError, StoreMissingError
    """
    require_room(path)
    # Never the name of another one that was left behind by a crash.
    unfinished = path.with_name(f".{path.name}.{uuid.uuid4().hex}.new")
    try:
        unfinished.touch()  # the system says plainly why it cannot, the database does not
        yield unfinished
        _write_through(unfinished)
        _move_without_replacing(unfinished, path)
        _write_through(path.absolute().parent)
    finally:
        for leftover in (unfinished, *_sidecars(unfinished)):
            leftover.unlink(missing_ok=True)


@contextmanager
def building(path: Path) -> Iterator[Connection]:
    """Write to a file that nobody else knows of, in one transaction; leave one file behind.

    It waits in SQLite's older journal mode: without a log beside it, and readable where nothing
    can be written. Whoever opens it as a store turns the log on.
    """
    engine = sqlite_engine(path)
    try:
        with writing(engine) as connection:
            yield connection
    finally:
        engine.dispose()
    with _telling(path), closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA journal_mode = DELETE")


def copy_pages(connection: Connection, path: Path, tell: Tell) -> None:
    """Copy the state of a whole file that a transaction sees, while others write to it.

    Raises
    ------
    StoreBusyError, StoreUnusableError
    """
    _copy(cast("sqlite3.Connection", connection.connection.driver_connection), path, tell)


def copy_file(source: Path, path: Path) -> None:
    """Copy a file that is a database, with its log where it has one, only reading it.

    Raises
    ------
    StoreBusyError, StoreUnusableError
    """
    uri = f"{source.absolute().as_uri()}?mode=ro"
    with _telling(source), closing(sqlite3.connect(uri, uri=True)) as connection:
        _copy(connection, path, lambda _done, _total: None)


def _copy(source: sqlite3.Connection, path: Path, tell: Tell) -> None:
    def progress(_status: int, remaining: int, total: int) -> None:
        tell(total - remaining, total)

    with _telling(path), closing(sqlite3.connect(path)) as copy:
        source.backup(copy, pages=_PAGES, progress=progress)


@contextmanager
def _telling(path: Path) -> Iterator[None]:
    """Say in the store's own words what the driver reports."""
    try:
        yield
    except sqlite3.DatabaseError as fault:
        known = refusal(path, fault)
        if known is None:
            raise
        raise known from fault


def _write_through(path: Path) -> None:
    """Have the system put a file, or a folder's list of files, on the disk."""
    if path.is_dir() and os.name == "nt":  # where a folder cannot be opened
        return
    handle = os.open(path, os.O_RDWR if path.is_file() else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _move_without_replacing(source: Path, target: Path) -> None:
    """Link, for a link cannot replace a file that somebody else made in the meantime."""
    try:
        os.link(source, target)
    except FileExistsError as fault:
        raise StoreExistsError(path=str(target)) from fault
    except OSError:  # a file system without hard links
        if target.exists():
            raise StoreExistsError(path=str(target)) from None
        source.replace(target)


def _sidecars(path: Path) -> tuple[Path, Path]:
    return path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")
