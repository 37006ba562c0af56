"""A store as a whole: its content as one number, and copies of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from layers.errors import BackendUnsupportedError
from layers.store.backend import Backend
from layers.store.copying import Copied, Progress, State, copy_state
from layers.store.geopackage import GeoPackage
from layers.store.past import StorePast


def untold(_step: str, _done: int, _total: int) -> None:
    """Tell nobody how far it is."""


class StoreWhole(StorePast):
    """Speak of everything in a store at once."""

    def content_hash(self) -> str:
        """Compute one number of everything that was recorded, the same on either backend.

        Features with their places, every version of them, changesets, imported files, runs and
        declarations count; where the store lives, its restore epoch and what is derived do not.

        Returns
        -------
        digest
            SHA-256, as 64 hexadecimal digits.
        """
        with self._state() as state:
            return state.hash()

    def backup(self, path: str | os.PathLike[str], *, progress: Progress = untold) -> Copied:
        """Write the store as it is now into a new GeoPackage file, while others write to it.

        The file is a store itself and can be looked at as one; `layers.restore_backup` makes the
        store of the service out of it again.

        Raises
        ------
        StoreExistsError, StoreMissingError, BackendUnsupportedError
        FeatureRejectedError, CopyDiffersError
        """
        text = os.fspath(path)
        if "://" in text:  # which may hold a password
            raise BackendUnsupportedError(found=text.partition("://")[0], allowed=("path",))
        with closing(GeoPackage(Path(text))) as target:
            return self.copy_into(target, progress)

    def copy_into(
        self, target: Backend, progress: Progress = untold, *, new_epoch: bool = False
    ) -> Copied:
        """Copy the store as it is now to another place; see `layers.copy_store`."""
        with self._state() as state:
            return copy_state(state, target, progress, new_epoch=new_epoch)

    @contextmanager
    def _state(self) -> Iterator[State]:
        with self._reading() as connection:
            known = self._layers  # as of this reading
            yield State(
                connection=connection,
                backend=self._backend,
                metadata=known.metadata,
                kinds=known.kinds,
                settings=known.settings,
            )
