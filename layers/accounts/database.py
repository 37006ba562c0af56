"""Where accounts live: in a file beside a GeoPackage, or in the database of a store.

Not in the GeoPackage itself, which people hand around; and in a file of its own nobody who signs
in waits for a long import. Tables appear with the first account, not before.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import URL, Connection, Engine, Select, Table, inspect, make_url, text

from layers.accounts import migrating
from layers.accounts.schema import ACCOUNT
from layers.errors import DriverMissingError, NotAStoreError, StoreTooNewError
from layers.store.geopackage import engine as files
from layers.store.geopackage.vital import FileVital
from layers.store.opening import backend_of
from layers.store.pulse import Pulse

SUFFIX = ".accounts.sqlite"
# Any number, the same for all: two processes must not make the tables at once.
_LOCK = 7_206_011_834


class AccountsDatabase(Protocol):
    """The tables of accounts in one of their two homes."""

    pulse: Pulse
    """What tells whether anything was committed there."""

    @property
    def place(self) -> str:
        """Say where they are, for people."""

    def exists(self) -> bool:
        """Tell whether there are tables; until somebody writes there are none."""

    def reading(self) -> AbstractContextManager[Connection]:
        """Open a transaction that sees one state; only where there are tables."""

    def ask(self, statement: Select[Any]) -> Sequence[Sequence[Any]]:
        """Fetch the rows of one statement, made once; only where there are tables."""

    def writing(self) -> AbstractContextManager[Connection]:
        """Open a transaction that may write; makes the tables, or brings them up to date."""

    def close(self) -> None:
        """Let go of the connections."""


def accounts_database(
    path_or_url: str | os.PathLike[str], *, pulse: Pulse | None = None
) -> AccountsDatabase:
    """Find the home of the accounts of a store; nothing is opened yet.

    `pulse` is that of the store, where somebody has it open: in one database they share it.

    Raises
    ------
    BackendUnsupportedError, DriverMissingError
    """
    backend_of(path_or_url).close()  # refuses what no store can live in
    named = os.fspath(path_or_url)
    if "://" not in named:
        return AccountsFile(accounts_path(Path(named)))
    url = make_url(named)
    if url.get_backend_name() == "sqlite":
        return AccountsFile(accounts_path(Path(url.database or "")))
    return AccountsTables(url, pulse)


def accounts_path(store: Path) -> Path:
    """Name the file of accounts beside a store's file."""
    return store.with_name(store.stem + SUFFIX)


class AccountsFile(AccountsDatabase):
    """A SQLite file that nobody but its owner may read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engine: Engine | None = None
        self._is_ready = False
        self.pulse = Pulse(FileVital(path))

    @property
    def place(self) -> str:
        """Give the path."""
        return str(self._path)

    def exists(self) -> bool:
        """Look for the file."""
        return self._path.is_file()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Read one state of the file."""
        self._make_ready()
        with files.reading(self._opened()) as connection:
            yield connection

    def ask(self, statement: Select[Any]) -> Sequence[Sequence[Any]]:
        """Read as always."""
        with self.reading() as connection:
            return connection.execute(statement).all()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Take the file's write lock."""
        self._make_ready()
        with files.writing(self._opened()) as connection:
            yield connection

    def close(self) -> None:
        """Close the connections."""
        self.pulse.close()
        if self._engine is not None:
            self._engine.dispose()

    def _opened(self) -> Engine:
        if self._engine is None:
            self._engine = files.sqlite_engine(self._path)
        return self._engine

    def _make_ready(self) -> None:
        if self._is_ready:
            return
        with suppress(FileExistsError):  # it is for its owner's eyes from the first moment
            os.close(os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        with files.reading(self._opened()) as connection:
            is_behind = _is_behind(connection, self.place)
        if is_behind:
            with files.writing(self._opened()) as connection:
                if _is_behind(connection, self.place):  # nobody else was quicker
                    migrating.migrate(connection)
        self._is_ready = True


class AccountsTables(AccountsDatabase):
    """Tables in the schema that holds a store's."""

    def __init__(self, url: URL, pulse: Pulse | None = None) -> None:
        try:  # an extra, which not everybody installs
            from layers.store.postgis import engine as servers  # noqa: PLC0415
            from layers.store.postgis.at_once import ask  # noqa: PLC0415
            from layers.store.postgis.vital import ServerVital  # noqa: PLC0415
        except ModuleNotFoundError as fault:
            raise DriverMissingError(package=fault.name) from fault
        self._servers = servers
        self._ask = ask
        self._place = servers.place_of(url)
        vital = None if pulse is None else pulse.vital
        shared = vital.engine if isinstance(vital, ServerVital) else None
        # The connections of a store that is open: few processes of the server, and those awake.
        self._engine = shared or servers.postgis_engine(url)
        self._is_shared = shared is not None
        self._at_once = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        self._is_there = False
        self._is_ready = False
        self.pulse = pulse or Pulse(ServerVital(self._engine))

    @property
    def place(self) -> str:
        """Give the URL without password and parameters."""
        return self._place

    def exists(self) -> bool:
        """Look for the table of accounts; once it is there it stays."""
        if not self._is_there:
            found = text("SELECT to_regclass(:name)::text")
            with self._telling(), self._at_once.connect() as connection:
                self._is_there = connection.scalar(found, {"name": ACCOUNT.name}) is not None
        return self._is_there

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Read; each statement sees what was committed before it, so a transaction adds nothing."""
        self._make_ready()
        with self._telling(), self._at_once.connect() as connection:
            yield connection

    def ask(self, statement: Select[Any]) -> Sequence[Sequence[Any]]:
        """Ask with the driver alone."""
        self._make_ready()
        with self._telling():
            return self._ask(self._engine, statement, {})

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Begin a transaction; a store's writers are not waited for."""
        self._make_ready()
        with self._begun() as connection:
            yield connection

    def close(self) -> None:
        """Close the connections."""
        self.pulse.close()  # whose ever it is: it opens again where it is asked
        if not self._is_shared:
            self._engine.dispose()

    def _make_ready(self) -> None:
        if self._is_ready:
            return
        with self._begun() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            if _is_behind(connection, self.place):
                migrating.migrate(connection)
        self._is_ready = True

    @contextmanager
    def _begun(self) -> Iterator[Connection]:
        with self._telling(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Say in the store's own words what the driver reports."""
        try:
            yield
        except self._servers.FAULTS as fault:
            known = self._servers.refusal(self._engine, self.place, fault)
            if known is None:
                raise
            raise known from fault


def lock(connection: Connection, table: Table) -> None:
    """Let nobody else write to a table until the transaction ends; reading goes on.

    In a file that is so from the beginning of the transaction.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"LOCK TABLE {table.name} IN SHARE ROW EXCLUSIVE MODE"))


def require_current(connection: Connection, place: str) -> None:
    """Refuse tables that a newer program has changed since they were opened.

    Raises
    ------
    StoreTooNewError, NotAStoreError
    """
    if _is_behind(connection, place):
        found = migrating.current_revision(connection) or ""
        raise StoreTooNewError(path=place, found=found, known=migrating.head())


def _is_behind(connection: Connection, place: str) -> bool:
    """Tell whether tables are to be made or brought up to date; refuse what is not ours.

    Raises
    ------
    NotAStoreError, StoreTooNewError
    """
    revision = migrating.current_revision(connection)
    if revision is None and connection.dialect.name == "sqlite":
        if inspect(connection).get_table_names():
            raise NotAStoreError(path=place, found="other_database")
        return True
    if revision is not None and revision not in migrating.known_revisions():
        raise StoreTooNewError(path=place, found=revision, known=migrating.head())
    return revision != migrating.head()
