"""The health of a store: what should be there and is not, and what can be put right by itself.

    doctor       which examinations there are, and the order of treatment
    upkeep       changesets, versions and what is derived, in the same SQL on both backends
    backends     what each has beside the tables: `geopackage.health`, `postgis.health`

Looking changes nothing and takes no lock; a store that cannot be opened for writing can be looked
at. Only what can be made again from what is there is repaired: nothing that was recorded goes.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from os import PathLike
from typing import Any

import pyogrio
import pyproj
import shapely
from sqlalchemy import Connection

from layers.errors import NotAStoreError, StoreTooNewError
from layers.store import declaring, migrating, upkeep
from layers.store.ailments import Ailment, Severity
from layers.store.backend import Backend
from layers.store.opening import backend_of, open_store
from layers.store.schema import shared_metadata
from layers.store.settings import StoreSettings


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """Say what a store is, and what is wrong with it; `about` are names and plain values."""

    place: str
    about: dict[str, Any]
    ailments: tuple[Ailment, ...]

    @property
    def is_well(self) -> bool:
        """Tell whether nothing needs doing; notes are for information."""
        return all(each.severity is Severity.NOTE for each in self.ailments)


def examine(path_or_url: str | PathLike[str], *, deep: bool = False) -> Diagnosis:
    """Look at a store without changing it.

    Parameters
    ----------
    deep
        Compare every feature with its last version too, and look through the whole file.

    Raises
    ------
    StoreMissingError, NotAStoreError, StoreTooNewError, BackendUnsupportedError
    StoreUnreachableError, StoreUnusableError, DriverMissingError
    """
    with closing(backend_of(path_or_url)) as backend:
        backend.require_store()
        with backend.reading() as connection:
            return _examine(connection, backend, deep=deep)


def repair(path_or_url: str | PathLike[str], *, deep: bool = False) -> tuple[str, ...]:
    """Put right what can be put right safely; return the codes of what was.

    An older schema is brought up to date first. What was edited while the triggers were missing
    becomes a direct edit, so that the history says again what the layers say.

    Raises
    ------
    StoreError
    """
    open_store(path_or_url).close()
    with closing(backend_of(path_or_url)) as backend:
        backend.require_store()
        with backend.writing() as connection:
            found = _examine(connection, backend, deep=deep).ailments
            done = list(_treat(connection, backend, found))
            if done:  # with the triggers back, what was missed in the meantime can be recorded
                later = _examine(connection, backend, deep=deep).ailments
                done += _treat(connection, backend, later)
        done += backend.tidy(found)
    with closing(open_store(path_or_url)) as store:
        store.changeset_at()  # takes up what was recorded just now
    return tuple(dict.fromkeys(done))


def _examine(connection: Connection, backend: Backend, *, deep: bool) -> Diagnosis:
    revision = migrating.current_revision(connection)
    if revision is None:
        raise NotAStoreError(path=backend.place, found="other_database")
    if revision not in migrating.known_revisions():
        raise StoreTooNewError(path=backend.place, found=revision, known=migrating.head())
    settings = StoreSettings.load(connection, shared_metadata((), 0))
    about = {
        "geos": shapely.geos_version_string,
        "proj": pyproj.proj_version_str,
        "gdal": ".".join(str(part) for part in pyogrio.__gdal_version__),
        **backend.about(connection),
        "schema": revision,
        "storage_crs": settings.storage_crs,
        "metric_crs": settings.metric_crs,
    }
    if revision != migrating.head():
        pending = Ailment("migration_pending", {"found": revision, "head": migrating.head()})
        return Diagnosis(place=backend.place, about=about, ailments=(pending,))
    layers = declaring.look(connection)
    metadata = layers.metadata
    ailments = list(upkeep.of_schema(connection, metadata))
    if not any(each.code in upkeep.GRAVE for each in ailments):
        ailments += upkeep.of_history(connection, metadata)
        ailments += upkeep.of_features(connection, backend, layers, deep=deep)
        about |= upkeep.about(connection, metadata)
    ailments += backend.symptoms(connection, metadata, deep=deep)
    return Diagnosis(place=backend.place, about=about, ailments=tuple(ailments))


def _treat(connection: Connection, backend: Backend, ailments: Iterable[Ailment]) -> Iterable[str]:
    layers = declaring.look(connection)
    for ailment in ailments:
        if upkeep.treat(connection, backend, layers.metadata, ailment) or backend.treat(
            connection, layers.metadata, ailment, layers.settings.srid
        ):
            yield ailment.code
