"""Connections to a PostgreSQL database, and what its refusals mean."""

from __future__ import annotations

import selectors
from typing import Any, Self, cast

import psycopg
from psycopg import abc, pq
from psycopg.adapt import Loader
from psycopg.conninfo import make_conninfo
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, InvalidatePoolError

from layers.errors import (
    StoreBusyError,
    StoreError,
    StoreForbiddenError,
    StoreUnreachableError,
)
from layers.store.column_types import to_json

LOCK_TIMEOUT_MS = 10_000
_DEFAULTS = {"application_name": "greengrid", "connect_timeout": "10"}
# Many ask at once, and little each: to start helpers takes longer than most answers, and these take
# the processors from the others. So does compiling a statement, which is done anew each time.
# Whoever names the database may choose otherwise.
_ALONE = "-c max_parallel_workers_per_gather=0 -c jit=off"
# What it takes to ask a server whether it is there.
_ADDRESS = ("host", "port", "user", "dbname", "sslmode", "service")
# Execution option: have results sent as the server keeps them, not as text.
BINARY = "greengrid_binary"
# Execution option: plan for the values that are asked with. Of a statement that was asked several
# times the server makes a plan for any values, which knows nothing of how large a window is.
ANEW = "greengrid_anew"

# PostgreSQL's error codes and classes of them (appendix A of its manual): somebody else was in the
# way for too long; no right to do that; not let in; the connection broke.
_MEANINGS = {
    **dict.fromkeys(("55P03", "57014", "40P01", "40001", "53300"), "busy"),
    **dict.fromkeys(("42501", "25006"), "forbidden"),
    **dict.fromkeys(("28", "3D"), "refused"),
    **dict.fromkeys(("08", "57P01", "57P02", "57P03"), "connection_lost"),
}


# What the server refuses, by SQLAlchemy or past it.
FAULTS = (DBAPIError, psycopg.Error)


def postgis_engine(url: URL) -> Engine:
    """Make an engine for a database; nothing is connected yet."""
    asked = dict(url.query)
    given = asked.pop("options", "")
    options = f"{_ALONE} {given} -c timezone=UTC -c lock_timeout={LOCK_TIMEOUT_MS:d}"
    # A password among the parameters would be shown wherever the URL is.
    password = cast("str | None", asked.pop("password", url.password))
    engine = create_engine(
        url.set(drivername="postgresql+psycopg", password=password, query=asked),
        connect_args={
            **{name: value for name, value in _DEFAULTS.items() if name not in asked},
            "options": options,
            "cursor_factory": _Cursor,
        },
        json_serializer=to_json,
        # The connection that was used last: the process of the server behind it is awake.
        pool_use_lifo=True,
    )
    event.listen(engine, "connect", _read_endless_times)
    event.listen(engine, "checkout", _require_open)
    event.listen(engine, "before_cursor_execute", _choose_form)
    return engine


class _Cursor(psycopg.Cursor[Any]):
    """A cursor that is told beforehand whether its statement may be prepared."""

    is_anew = False

    def execute(
        self, query: Any, params: Any = None, *, prepare: bool | None = None, **more: Any
    ) -> Self:
        """Execute a statement as the driver does."""
        prepare = False if self.is_anew else prepare
        return super().execute(query, params, prepare=prepare, **more)


def driver_of(connection: Connection) -> psycopg.Connection:
    """Give the driver's own connection, for what SQLAlchemy has no words for."""
    return cast("psycopg.Connection", connection.connection.driver_connection)


def place_of(url: URL) -> str:
    """Name a database without its password or anything else that may be secret."""
    shown = URL.create(
        "postgresql",
        username=url.username,
        host=url.host,
        port=url.port,
        database=url.database,
    )
    return shown.render_as_string()


def refusal(engine: Engine, place: str, fault: DBAPIError | psycopg.Error) -> StoreError | None:
    """Say what a fault of the driver means for the store; None where it is a fault of ours."""
    meaning = _meaning(engine, fault)
    if meaning is None:
        return None
    if meaning == "busy":
        return StoreBusyError(path=place, waited_s=LOCK_TIMEOUT_MS / 1000)
    if meaning == "forbidden":
        return StoreForbiddenError(path=place)
    return StoreUnreachableError(path=place, reason=meaning)


def _meaning(engine: Engine, fault: DBAPIError | psycopg.Error) -> str | None:
    driver = fault.orig if isinstance(fault, DBAPIError) else fault
    state = driver.sqlstate if isinstance(driver, psycopg.Error) else None
    if state is not None:
        return _MEANINGS.get(state, _MEANINGS.get(state[:2]))
    if not isinstance(driver, psycopg.OperationalError):
        return None
    if isinstance(fault, DBAPIError) and fault.connection_invalidated:
        return "connection_lost"
    return _why_unreachable(engine)


def _why_unreachable(engine: Engine) -> str:
    """Tell a server that refuses us from one that is not there, in whatever language it speaks."""
    known = engine.dialect.create_connect_args(engine.url)[1]
    address = {name: known[name] for name in _ADDRESS if known.get(name) is not None}
    conninfo = make_conninfo(connect_timeout=_DEFAULTS["connect_timeout"], **address)
    answer = pq.PGconn.ping(conninfo.encode())
    return "refused" if answer == pq.Ping.OK else "no_answer"


def _require_open(driver: psycopg.Connection, _entry: object, _proxy: object) -> None:
    """Have the pool connect anew where the server has hung up.

    A server that was restarted is no fault of whoever asks next. All that there can be to read on
    a connection that nobody uses is its end, or a word before it; to look costs no way to the
    server and back, as asking it would.
    """
    if driver.closed:
        raise InvalidatePoolError
    with selectors.DefaultSelector() as selector:
        selector.register(driver.fileno(), selectors.EVENT_READ)
        if selector.select(0):
            raise InvalidatePoolError


def _read_endless_times(driver: psycopg.Connection, _entry: object) -> None:
    """Have days and moments that Python has no name for, `infinity` among them, read as unknown."""
    for name in ("date", "timestamptz"):
        for form in (pq.Format.TEXT, pq.Format.BINARY):
            oid = psycopg.adapters.types[name].oid
            loader = psycopg.adapters.get_loader(oid, form)
            if loader is not None:
                driver.adapters.register_loader(oid, _patient(loader))


def _patient(loader: type[abc.Loader]) -> type[abc.Loader]:
    class Patient(Loader):
        format = loader.format

        def __init__(self, oid: int, context: abc.AdaptContext | None = None) -> None:
            super().__init__(oid, context)
            self._load = loader(oid, context).load

        def load(self, data: abc.Buffer) -> Any:
            try:
                return self._load(data)
            except psycopg.DataError:
                return None

    return Patient


def _choose_form(
    _connection: Connection,
    cursor: psycopg.Cursor,
    _statement: str,
    _parameters: object,
    context: object,
    _many: bool,  # noqa: FBT001 - SQLAlchemy's event
) -> None:
    options = getattr(context, "execution_options", {})
    if options.get(BINARY):
        cursor.format = pq.Format.BINARY
    if isinstance(cursor, _Cursor):
        cursor.is_anew = bool(options.get(ANEW))
