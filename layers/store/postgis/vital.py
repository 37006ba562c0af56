"""Whether a PostgreSQL database was committed to: a connection that does nothing but ask that."""

from __future__ import annotations

from collections.abc import Hashable
from itertools import count
from typing import cast

import psycopg
from psycopg import pq
from sqlalchemy import Engine

from layers.store.pulse import Vital

_QUESTION = b"SELECT pg_current_snapshot()::text, pg_postmaster_start_time()::text"
_openings = count()


class ServerVital(Vital):
    """Ask PostgreSQL for its snapshot: which transactions it counts as over.

    What a statement sees follows from that alone: rows of transactions that are over, but for those
    that were rolled back. `pg_current_snapshot` names them all: over is what is below the first
    number, or below the second and not in the list. A commit, before it is confirmed to whoever
    made it, takes its transaction out of the list or below the second number, so the text is
    another one and never the old one again: numbers are not used twice. After a crash they may be,
    where commits need not reach the disk; but then our connection is gone, and behind a pooler,
    which might have another one for us, the server has begun at another time.

    Transactions of other databases of the server change the text as well: then we ask once more
    than we had to. A standby works the same way.
    """

    is_quick = False

    def __init__(self, engine: Engine) -> None:
        """Take the engine for the way to the server; the connection is none of its pool."""
        self._engine = engine
        self._driver: psycopg.Connection | None = None
        self._opening = 0

    def look(self) -> Hashable:
        """Ask without what a driver does beside: a tenth of a millisecond is what a request pays.

        Nothing is prepared: behind a pooler another connection may be the next one.

        Raises
        ------
        psycopg.Error, sqlalchemy.exc.DBAPIError
            The server cannot be asked.
        """
        driver = self._driver or self._open()
        found = driver.pgconn.exec_(_QUESTION)
        if found.status != pq.ExecStatus.TUPLES_OK:
            raise psycopg.OperationalError(found.get_error_message())
        return self._opening, found.get_value(0, 0), found.get_value(0, 1)

    def close(self) -> None:
        """Close the connection."""
        driver, self._driver = self._driver, None
        if driver is not None:
            driver.close()

    def _open(self) -> psycopg.Connection:
        held = self._engine.raw_connection()
        driver = cast("psycopg.Connection", held.driver_connection)
        held.detach()
        self._driver, self._opening = driver, next(_openings)
        driver.autocommit = True
        return driver
