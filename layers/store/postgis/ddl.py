"""What a PostGIS store has beside its tables: the history's functions and triggers."""

from __future__ import annotations

from importlib import resources

from sqlalchemy import Connection, func, select, text
from sqlalchemy.sql import quoted_name

from layers.store.postgis.engine import driver_of

# Who writes to a store holds this lock alone, who edits one of its tables shares it. The number is
# made of "gg" and of what PostgreSQL calls a table of the store, or 0 while there is none.
LOCK = f"({0x6767:d}::bigint << 32) | coalesce(to_regclass('gg_version')::oid::bigint, 0)"

_TRIGGERS = ("await", "uid", "keep_uid", "insert", "update", "delete", "truncate")
FUNCTIONS = ("gg_record_versions", "gg_await_store", "gg_give_uid", "gg_refuse_uid")


def take_lock(connection: Connection) -> None:
    """Wait until nobody else writes; the lock is held until the transaction ends."""
    connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))


def create_functions(connection: Connection) -> None:
    """Create the functions that the triggers of all layers call."""
    _execute(connection, functions_script(connection))


def functions_script(connection: Connection) -> str:
    """Write the statements that create the functions, for the schema of this connection."""
    return _script("history.sql", schema=_schema(connection), lock=LOCK)


def rebuild_index(connection: Connection, name: str) -> None:
    """Build an index anew."""
    _execute(connection, f"REINDEX INDEX {_quote(connection, name)}")


def drop_functions(connection: Connection) -> None:
    """Drop them; no table may use them any more."""
    for name in FUNCTIONS:
        connection.execute(text(f"DROP FUNCTION {name}()"))


def create_triggers(connection: Connection, table: str) -> None:
    """Create the triggers that record every version of a table's features."""
    names = {"schema": _schema(connection), "table": _quote(connection, table)}
    _run_script(connection, "triggers.sql", **names)


def drop_triggers(connection: Connection, table: str) -> None:
    """Drop them again."""
    for event in _TRIGGERS:
        drop = f"DROP TRIGGER IF EXISTS gg_history_{event} ON {_quote(connection, table)}"
        _execute(connection, drop)


def _schema(connection: Connection) -> str:
    return _quote(connection, connection.scalars(select(func.current_schema())).one())


def _run_script(connection: Connection, name: str, **fragments: str) -> None:
    _execute(connection, _script(name, **fragments))


def _script(name: str, **fragments: str) -> str:
    folder = resources.files("layers.store.postgis").joinpath("sql")
    return folder.joinpath(name).read_text(encoding="utf-8").format_map(fragments)


def _execute(connection: Connection, script: str) -> None:
    """Run statements as they stand: a per cent sign in them is no placeholder."""
    driver_of(connection).execute(script.encode())


def _quote(connection: Connection, name: str) -> str:
    preparer = connection.dialect.identifier_preparer
    return preparer.quote(quoted_name(name, quote=True))
