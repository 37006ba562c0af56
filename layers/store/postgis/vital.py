"""Whether a PostgreSQL database was committed to: a connection that does nothing but ask that."""

from __future__ import annotations

import select
from collections.abc import Hashable
from itertools import count
from typing import cast

import psycopg
from psycopg import pq
from sqlalchemy import Engine

from layers.store.pulse import Distant

_QUESTION = b"SELECT pg_current_snapshot()::text, pg_postmaster_start_time()::text"


class _Openings:
    """How often somebody has connected, of all who compare what they are told."""

    def __init__(self) -> None:
        self.last = 0
        self._numbers = count(1)

    def add(self) -> None:
        self.last = next(self._numbers)


class ServerVital(Distant):
    """Ask PostgreSQL for its snapshot: which transactions it counts as over.

    What a statement sees follows from that alone: rows of transactions that are over, but for those
    that were rolled back. `pg_current_snapshot` names them all: over is what is below the first
    number, or below the second and not in the list. A commit, before it is confirmed to whoever
    made it, takes its transaction out of the list or below the second number, so the text is
    another one and never the old one again: numbers are not used twice. After a crash they may be,
    where commits need not reach the disk; but then our connection is gone, and behind a pooler,
    which might have another one for us, the server has begun at another time. Whatever is told
    after the crash comes by a connection opened since: the number of openings is another, too.

    Transactions of other databases of the server change the text as well: then we ask once more
    than we had to. A standby works the same way.
    """

    def __init__(self, engine: Engine, openings: _Openings | None = None) -> None:
        """Take the engine for the way to the server; the connection is none of its pool."""
        self.engine = engine
        self._openings = openings or _Openings()
        self._driver: psycopg.Connection | None = None
        self._opening = 0
        self._found: pq.abc.PGresult | None = None

    def look(self) -> Hashable:
        """Ask without what a driver does beside: a tenth of a millisecond is what a request pays.

        Nothing is prepared: behind a pooler another connection may be the next one.

        Raises
        ------
        psycopg.Error, sqlalchemy.exc.DBAPIError
            The server cannot be asked.
        """
        driver = self._driver or self._open()
        self._opening = self._openings.last
        return self._told(driver.pgconn.exec_(_QUESTION))

    def ask(self) -> int | None:
        """Begin to ask; name the socket on which the answer will come, if there is a connection.

        Raises
        ------
        psycopg.Error
            The connection has broken.
        """
        if self._driver is None:
            return None
        server = self._driver.pgconn
        self._found = None
        self._opening = self._openings.last
        server.send_query(_QUESTION)
        if server.flush():  # as good as broken: a hundred bytes that a socket does not take
            raise psycopg.OperationalError("the server takes nothing")
        return server.socket

    def answer(self) -> Hashable | None:
        """Give what the server has answered, once all of it is there.

        Raises
        ------
        psycopg.Error
            The connection has broken, or the server cannot say.
        """
        if self._driver is None:
            raise psycopg.OperationalError("the connection was closed")
        server = self._driver.pgconn
        server.consume_input()
        while True:
            if server.is_busy():
                # Not every event loop tells a second time of a connection that has ended.
                if not _has_more(server.socket):
                    return None
                server.consume_input()
            elif (found := server.get_result()) is not None:
                self._found = found
            elif self._found is not None:
                return self._told(self._found)
            else:
                raise psycopg.OperationalError("the server was asked nothing")

    def close(self) -> None:
        """Close the connection."""
        driver, self._driver = self._driver, None
        if driver is not None:
            driver.close()

    def apart(self) -> ServerVital:
        """Give another: a server is asked in the time in which others are answered."""
        return ServerVital(self.engine, self._openings)

    def _told(self, found: pq.abc.PGresult) -> Hashable:
        if found.status != pq.ExecStatus.TUPLES_OK:
            raise psycopg.OperationalError(found.get_error_message())
        return self._opening, found.get_value(0, 0), found.get_value(0, 1)

    def _open(self) -> psycopg.Connection:
        held = self.engine.raw_connection()
        driver = cast("psycopg.Connection", held.driver_connection)
        held.detach()
        self._driver = driver
        self._openings.add()
        driver.autocommit = True
        driver.pgconn.nonblocking = 1  # what is sent; who asks by `look` waits all the same
        return driver


def _has_more(socket: int) -> bool:
    """Tell whether there is something to read, be it the end."""
    ready = select.poll()
    ready.register(socket, select.POLLIN)
    return bool(ready.poll(0))
