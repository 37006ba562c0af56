"""Creating and opening stores."""

from __future__ import annotations

import os
import sqlite3
import uuid
from pathlib import Path

from sqlalchemy import Engine, make_url
from sqlalchemy.exc import ArgumentError

from layers.errors import (
    BackendUnsupportedError,
    NotAStoreError,
    StoreExistsError,
    StoreMissingError,
    StoreTooNewError,
)
from layers.kinds import KINDS
from layers.store import migrating
from layers.store.engine import BUSY_TIMEOUT_MS, busy, is_busy, reading, sqlite_engine, writing
from layers.store.schema import build_metadata
from layers.store.settings import DEFAULT_STORAGE_CRS, StoreSettings
from layers.store.store import Store

_SQLITE_MAGIC = b"SQLite format 3\x00"


def create_store(
    path_or_url: str | os.PathLike[str],
    *,
    metric_crs: str,
    storage_crs: str = DEFAULT_STORAGE_CRS,
) -> Store:
    """Create an empty store and open it.

    Parameters
    ----------
    path_or_url
        Where the GeoPackage file shall be; its folder must exist.
    metric_crs, storage_crs
        What the store measures in and what it keeps geometries in, as `EPSG:n`.

    Raises
    ------
    StoreExistsError, MetricCrsError, StorageCrsError, BackendUnsupportedError, StoreMissingError
    OSError
        The system does not let us make the file.
    """
    path = _file_path(path_or_url)
    settings = StoreSettings.new(metric_crs=metric_crs, storage_crs=storage_crs)
    if path.exists():
        raise StoreExistsError(path=str(path))
    if not path.absolute().parent.is_dir():
        raise StoreMissingError(path=str(path.absolute().parent))
    # Never the name of another one that was left behind by a crash.
    unfinished = path.with_name(f".{path.name}.{uuid.uuid4().hex}.new")
    try:
        unfinished.touch()  # the system says plainly why it cannot be made, the database does not
        _build(unfinished, settings)
        # A hard link cannot replace a file that somebody else made in the meantime.
        _move_without_replacing(unfinished, path)
    finally:
        for leftover in (unfinished, *_sidecars(unfinished)):
            leftover.unlink(missing_ok=True)
    return open_store(path)


def open_store(path_or_url: str | os.PathLike[str]) -> Store:
    """Open a store, bringing an older schema up to date.

    Raises
    ------
    StoreMissingError, NotAStoreError, StoreTooNewError, BackendUnsupportedError
    """
    path = _file_path(path_or_url)
    if path.is_dir():
        raise NotAStoreError(path=str(path), found="folder")
    if not path.is_file():
        raise StoreMissingError(path=str(path))
    _require_store(path)
    engine = sqlite_engine(path)
    try:
        return _open(engine, path)
    except BaseException:
        engine.dispose()
        raise


def is_store(path: str | os.PathLike[str]) -> bool:
    """Tell whether a file is a store, of whatever version; an absent file is none."""
    file = Path(path)
    if not file.is_file():
        return False
    try:
        _require_store(file)
    except NotAStoreError:
        return False
    return True


def _open(engine: Engine, path: Path) -> Store:
    with reading(engine) as connection:
        revision = migrating.current_revision(connection)
        if revision is None:
            raise NotAStoreError(path=str(path), found="other_database")
        if revision not in migrating.known_revisions():
            raise StoreTooNewError(path=str(path), found=revision, known=migrating.head())
        settings = StoreSettings.load(connection, build_metadata((), 0))
    metadata = build_metadata(KINDS.values(), settings.srid)
    if revision != migrating.head():
        with writing(engine) as connection:
            migrating.migrate(connection, metadata, srid=settings.srid)
    return Store(engine, metadata, KINDS, settings)


def _build(path: Path, settings: StoreSettings) -> None:
    metadata = build_metadata(KINDS.values(), settings.srid)
    engine = sqlite_engine(path)
    try:
        with writing(engine) as connection:
            migrating.migrate(connection, metadata, srid=settings.srid)
            settings.save(connection, metadata)
        with engine.connect() as connection:  # leave one file behind, nothing in the log
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        engine.dispose()


def _file_path(path_or_url: str | os.PathLike[str]) -> Path:
    text = os.fspath(path_or_url)
    if "://" not in text:
        return Path(text)
    try:
        url = make_url(text)
    except ArgumentError as fault:
        scheme = text.partition("://")[0]  # the rest may hold a password
        raise BackendUnsupportedError(found=scheme, allowed=("sqlite", "path")) from fault
    if url.get_backend_name() != "sqlite" or not url.database:
        raise BackendUnsupportedError(found=url.get_backend_name(), allowed=("sqlite", "path"))
    return Path(url.database)


def _require_store(path: Path) -> None:
    with path.open("rb") as file:
        if file.read(len(_SQLITE_MAGIC)) != _SQLITE_MAGIC:
            raise NotAStoreError(path=str(path), found="no_database")
    raw = sqlite3.connect(path, timeout=BUSY_TIMEOUT_MS / 1000)
    try:
        tables = {row[0] for row in raw.execute("SELECT name FROM sqlite_master")}
    except sqlite3.DatabaseError as fault:
        if is_busy(fault):
            raise busy(path) from fault
        raise NotAStoreError(path=str(path), found="no_database") from fault
    finally:
        raw.close()
    if "gg_setting" not in tables:
        found = "other_geopackage" if "gpkg_contents" in tables else "other_database"
        raise NotAStoreError(path=str(path), found=found)


def _move_without_replacing(source: Path, target: Path) -> None:
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
