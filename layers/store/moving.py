"""Stores from one place to another: a move between backends, a restore from a backup."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

from layers.errors import BackendUnsupportedError
from layers.store.copying import Copied, Progress
from layers.store.geopackage import GeoPackage
from layers.store.geopackage.making import copy_file
from layers.store.opening import backend_of, open_store
from layers.store.store import Store
from layers.store.whole import untold


def copy_store(
    source: Store, target: str | os.PathLike[str], *, progress: Progress = untold
) -> Copied:
    """Copy a store with its whole history to another place, on either backend.

    It is one state of the store, while others go on writing to it. The copy has the same identity,
    changesets, versions, runs and restore epoch: go on with one of the two, not with both.

    Parameters
    ----------
    target
        The path of a new file, or the URL of a database in which there is no store yet.
    progress
        Told the step (`copy`, `read`, `compare`), how much of it is done, and of how much.

    Raises
    ------
    StoreExistsError, FeatureRejectedError, CopyDiffersError, and what `create_store` raises
    """
    with closing(backend_of(target)) as backend:
        return source.copy_into(backend, progress)


def restore_backup(
    backup: str | os.PathLike[str],
    target: str | os.PathLike[str],
    *,
    progress: Progress = untold,
) -> Copied:
    """Make a store out of a backup, in a place where there is none; the backup is only read.

    It is the store that was backed up, in a new restore epoch: what others have kept of it since
    is not mistaken for what it holds now.

    Parameters
    ----------
    backup
        A file that `Store.backup` wrote, or another GeoPackage that is a store.

    Raises
    ------
    NotAStoreError, StoreTooNewError, and what `copy_store` raises
    """
    origin = backend_of(backup)
    if not isinstance(origin, GeoPackage):
        scheme = os.fspath(backup).partition("://")[0]
        raise BackendUnsupportedError(found=scheme, allowed=("path", "sqlite"))
    origin.require_store()
    with closing(backend_of(target)) as backend, backend.workroom() as folder:
        copy = folder / "backup.gpkg"  # which opening may bring up to date
        copy_file(Path(origin.place), copy)
        with closing(open_store(copy)) as store:
            return store.copy_into(backend, progress, new_epoch=True)
