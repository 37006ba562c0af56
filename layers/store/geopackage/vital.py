"""Whether a SQLite file was committed to: a connection that does nothing but ask that."""

from __future__ import annotations

import sqlite3
from collections.abc import Hashable
from itertools import count
from pathlib import Path

from layers.store.geopackage.engine import identities
from layers.store.pulse import Vital

_PATIENCE_S = 0.1  # it is only ever in the way for the moment in which a log is made
_openings = count()


class FileVital(Vital):
    """Ask SQLite by `PRAGMA data_version`.

    That number is another one whenever another connection has committed, of this process or of any
    other, through the log or without one; it costs a look into memory that all of them share. It is
    a number of this connection: opened anew, it begins anew, so the opening is part of what is
    given. And it tells of the file that was opened, with the log that it had then. Where a file was
    moved into its place, or GDAL in our own process has removed the log from under us (see
    `layers.store.geopackage.engine`), nobody would write any more to what we look at: both are
    known by their numbers in the file system, which nothing else gets while we hold them open.

    The connection may not write. So it is never the one that empties the log and removes it.
    """

    def __init__(self, path: Path) -> None:
        """Take a file that need not exist yet; until it does, that is what is given."""
        self._path = path
        self._raw: sqlite3.Connection | None = None
        self._there: tuple[Hashable, ...] = ()

    def look(self) -> Hashable:
        """Ask for the number; where file or log are others than before, of a new connection."""
        there = identities(self._path)
        if there[0] is None:
            self.close()
            return None
        raw = self._raw
        if raw is None or there != self._there[:2]:
            raw = self._open(there)
        (version,) = raw.execute("PRAGMA data_version").fetchone()
        return *self._there, version

    def close(self) -> None:
        """Close the file."""
        raw, self._raw = self._raw, None
        if raw is not None:
            raw.close()

    def apart(self) -> None:
        """Give none: to look takes a few microseconds."""

    def _open(self, there: tuple[Hashable, ...]) -> sqlite3.Connection:
        self.close()
        self._there = (*there, next(_openings))
        address = f"{self._path.absolute().as_uri()}?mode=ro"
        self._raw = sqlite3.connect(
            address, uri=True, timeout=_PATIENCE_S, isolation_level=None, check_same_thread=False
        )
        return self._raw
