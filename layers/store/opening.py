"""Creating and opening stores."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from layers.errors import (
    BackendUnsupportedError,
    DriverMissingError,
    NotAStoreError,
    StoreMissingError,
    StoreTooNewError,
)
from layers.kinds import KINDS
from layers.store import declaring, migrating
from layers.store.backend import Backend
from layers.store.geopackage import GeoPackage, require_store
from layers.store.schema import shared_metadata
from layers.store.settings import DEFAULT_STORAGE_CRS, StoreSettings
from layers.store.store import Store

_BACKENDS = ("path", "sqlite", "postgresql")


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
        Where the GeoPackage file shall be; its folder must exist. Or the URL of a PostgreSQL
        database, `postgresql://user:password@host/database`, which must have PostGIS.
    metric_crs, storage_crs
        What the store measures in and what it keeps geometries in, as `EPSG:n`.

    Raises
    ------
    StoreExistsError, MetricCrsError, StorageCrsError, BackendUnsupportedError, StoreMissingError
    StoreUnreachableError, StoreForbiddenError, PostgisMissingError, DriverMissingError
    OSError
        The system does not let us make the file.
    """
    settings = StoreSettings.new(metric_crs=metric_crs, storage_crs=storage_crs)
    metadata = shared_metadata(tuple(KINDS.values()), settings.srid)
    with closing(backend_of(path_or_url)) as backend, backend.creating() as connection:
        migrating.migrate(connection, backend, metadata, srid=settings.srid)
        settings.save(connection, metadata)
    return open_store(path_or_url)


def open_store(path_or_url: str | os.PathLike[str]) -> Store:
    """Open a store, bringing an older schema up to date.

    Raises
    ------
    StoreMissingError, NotAStoreError, StoreTooNewError, BackendUnsupportedError
    StoreUnreachableError, StoreForbiddenError, DriverMissingError
    """
    backend = backend_of(path_or_url)
    try:
        return _open(backend)
    except BaseException:
        backend.close()
        raise


def is_store(path: str | os.PathLike[str]) -> bool:
    """Tell whether a file is a store, of whatever version; an absent file is none."""
    try:
        require_store(Path(path))
    except (NotAStoreError, StoreMissingError):
        return False
    return True


def _open(backend: Backend) -> Store:
    backend.require_store()
    with backend.reading() as connection:
        revision = migrating.current_revision(connection)
        if revision is None:
            raise NotAStoreError(path=backend.place, found="other_database")
        if revision not in migrating.known_revisions():
            raise StoreTooNewError(path=backend.place, found=revision, known=migrating.head())
        settings = StoreSettings.load(connection, shared_metadata((), 0))
    if revision != migrating.head():
        metadata = shared_metadata(tuple(KINDS.values()), settings.srid)
        with backend.writing() as connection:
            migrating.migrate(connection, backend, metadata, srid=settings.srid)
    with backend.reading() as connection:
        return Store(backend, declaring.look(connection))


def backend_of(path_or_url: str | os.PathLike[str]) -> Backend:
    """Choose the backend by the form of a name; nothing is opened yet.

    Raises
    ------
    BackendUnsupportedError, DriverMissingError
    """
    text = os.fspath(path_or_url)
    if "://" not in text:
        return GeoPackage(Path(text))
    scheme = text.partition("://")[0]
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):  # their words may hold a password
        raise BackendUnsupportedError(found=scheme, allowed=_BACKENDS) from None
    if url.get_backend_name() == "sqlite" and url.database:
        return GeoPackage(Path(url.database))
    if url.drivername in {"postgresql", "postgresql+psycopg"} and url.database:
        return _postgis(url)
    raise BackendUnsupportedError(found=scheme, allowed=_BACKENDS)


def _postgis(url: URL) -> Backend:
    try:  # an extra, which not everybody installs
        from layers.store.postgis import Postgis  # noqa: PLC0415
    except ModuleNotFoundError as fault:
        raise DriverMissingError(package=fault.name) from fault
    return Postgis(url)
