"""The kinds that an administrator opened: to everybody to read, to other programs to write."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select

from layers.accounts import journal
from layers.accounts.database import AccountsDatabase
from layers.accounts.journal import By
from layers.accounts.schema import OPENED, WRITABLE


class Openings:
    """Open kinds and close them."""

    def __init__(self, database: AccountsDatabase) -> None:
        self._database = database

    def all(self) -> frozenset[str]:
        """Name what is open."""
        if not self._database.exists():
            return frozenset()
        with self._database.reading() as connection:
            return opened_kinds(connection)

    def open(self, kind: str, *, by: By) -> None:
        """Let everybody read a kind; nothing happens where it is open."""
        with self._database.writing() as connection:
            if kind not in opened_kinds(connection):
                row = {"kind": kind, "opened_at": journal.now(), "opened_by": by.who}
                connection.execute(insert(OPENED).values(**row))
                journal.write(connection, by, "kind_opened", kind)

    def close(self, kind: str, *, by: By) -> None:
        """Let only those read a kind who were granted it; nothing happens where it is closed."""
        with self._database.writing() as connection:
            if connection.execute(delete(OPENED).where(OPENED.c.kind == kind)).rowcount:
                journal.write(connection, by, "kind_closed", kind)

    def writable(self) -> frozenset[str]:
        """Name what other programs may write, for those who may change it."""
        if not self._database.exists():
            return frozenset()
        with self._database.reading() as connection:
            return _writable_kinds(connection)

    def open_writing(self, kind: str, *, by: By) -> None:
        """Let a kind be written by other programs; nothing happens where it is open."""
        with self._database.writing() as connection:
            if kind not in _writable_kinds(connection):
                row = {"kind": kind, "opened_at": journal.now(), "opened_by": by.who}
                connection.execute(insert(WRITABLE).values(**row))
                journal.write(connection, by, "kind_writing_opened", kind)

    def close_writing(self, kind: str, *, by: By) -> None:
        """Let no other program write a kind; nothing happens where it is closed."""
        with self._database.writing() as connection:
            if connection.execute(delete(WRITABLE).where(WRITABLE.c.kind == kind)).rowcount:
                journal.write(connection, by, "kind_writing_closed", kind)


def opened_kinds(connection: Connection) -> frozenset[str]:
    """Read what is open."""
    return frozenset(connection.scalars(select(OPENED.c.kind)).all())


def _writable_kinds(connection: Connection) -> frozenset[str]:
    return frozenset(connection.scalars(select(WRITABLE.c.kind)).all())
