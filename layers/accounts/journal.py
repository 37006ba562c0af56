"""Who did what to accounts and rights, when, from where, and whether it was let happen.

Changes of features are not here: each is a changeset of the store.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from layers import clock
from layers.accounts.database import AccountsDatabase
from layers.accounts.schema import AUDIT

KEPT = 100_000
"""So many entries are kept at least, the last ones."""

_SWEPT_EVERY = 100
_LONGEST = 200


@dataclass(frozen=True, kw_only=True)
class By:
    """Say on whose behalf something is done, and from where."""

    who: str
    origin: str
    request_id: str = ""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of the journal; `result` is `done` or `refused`."""

    at: dt.datetime
    who: str
    deed: str
    subject: str
    origin: str
    result: str
    request_id: str


class Journal:
    """Read the journal, and note what changed nothing that is kept."""

    def __init__(self, database: AccountsDatabase) -> None:
        self._database = database

    def note(self, by: By, deed: str, subject: str = "", *, result: str = "done") -> None:
        """Write one line."""
        with self._database.writing() as connection:
            write(connection, by, deed, subject, result=result)

    def last(self, count: int) -> list[Entry]:
        """Give the last entries, the newest first."""
        if not self._database.exists():
            return []
        names = [column for column in AUDIT.c if column.name != "id"]
        latest = select(*names).order_by(AUDIT.c.id.desc()).limit(count)
        with self._database.reading() as connection:
            return [Entry(**row) for row in connection.execute(latest).mappings()]


def write(
    connection: Connection, by: By, deed: str, subject: str = "", *, result: str = "done"
) -> None:
    """Write one line within a transaction, and drop now and then what is too many."""
    made = connection.execute(
        insert(AUDIT).values(
            at=now(),
            who=by.who[:_LONGEST],
            deed=deed,
            subject=subject[:_LONGEST],
            origin=by.origin[:_LONGEST],
            result=result,
            request_id=by.request_id[:_LONGEST],
        )
    )
    (number,) = made.inserted_primary_key or (0,)
    if number % _SWEPT_EVERY == 0:
        connection.execute(delete(AUDIT).where(AUDIT.c.id <= number - KEPT))


def now() -> dt.datetime:
    """Give the moment in UTC."""
    return clock.now()
