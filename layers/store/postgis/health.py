"""The health of a PostGIS store: its triggers and functions, the rights of its user, who waits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, MetaData, bindparam, text

from layers.store.ailments import Ailment
from layers.store.postgis import ddl
from layers.store.schema import INFO_TITLE

_LONG_WAIT_S = 10  # as long as the store itself waits for a lock
_LONG_IDLE_S = 300
_RIGHTS = ("SELECT", "INSERT", "UPDATE", "DELETE")
# When a trigger fires, as the bits of `pg_trigger.tgtype`, and what it calls.
_ROW, _BEFORE, _INSERT, _DELETE, _UPDATE, _TRUNCATE = 1, 2, 4, 8, 16, 32
_TRIGGERS = {
    "gg_history_await": (_BEFORE | _INSERT | _DELETE | _UPDATE | _TRUNCATE, "gg_await_store"),
    "gg_history_uid": (_ROW | _BEFORE | _INSERT, "gg_give_uid"),
    "gg_history_keep_uid": (_ROW | _BEFORE | _UPDATE, "gg_refuse_uid"),
    "gg_history_insert": (_INSERT, "gg_record_versions"),
    "gg_history_update": (_UPDATE, "gg_record_versions"),
    "gg_history_delete": (_DELETE, "gg_record_versions"),
    "gg_history_truncate": (_BEFORE | _TRUNCATE, "gg_record_versions"),
}

_TRIGGERS_THERE = text("""
  SELECT c.relname, t.tgname, t.tgtype::int AS fires, p.proname, t.tgenabled::text AS enabled
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
  WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace
""")
_FUNCTIONS_THERE = text("""
  SELECT proname, prosrc FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
""")
_INVALID_INDEXES = text("""
  SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
  WHERE NOT i.indisvalid AND c.relnamespace = current_schema()::regnamespace ORDER BY 1
""")
_WITHOUT_RIGHT = text("""
  SELECT c.relname FROM pg_class c
  WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
    AND c.relname IN :names AND NOT has_table_privilege(c.oid, :right) ORDER BY 1
""").bindparams(bindparam("names", expanding=True))
_WAITING = text("""
  SELECT count(*), coalesce(max(extract(epoch FROM clock_timestamp() - query_start)), 0)::int
  FROM pg_stat_activity
  WHERE datname = current_database() AND wait_event_type = 'Lock'
    AND query_start < clock_timestamp() - make_interval(secs => :limit)
""")
_IDLE = text("""
  SELECT count(*), coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0)::int
  FROM pg_stat_activity a
  WHERE datname = current_database() AND state LIKE 'idle in transaction%'
    AND state_change < clock_timestamp() - make_interval(secs => :limit)
    AND EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.locktype = 'advisory')
""")
_ABOUT = text("""
  SELECT current_setting('server_version') AS postgresql, postgis_lib_version() AS postgis,
    current_setting('server_encoding') AS encoding, current_user::text AS role,
    current_schema()::text AS namespace, pg_database_size(current_database()) AS size
""")


def about(connection: Connection) -> dict[str, Any]:
    """Name server, versions, user and size."""
    return {"backend": "postgis", **dict(connection.execute(_ABOUT).mappings().one())}


def symptoms(connection: Connection, metadata: MetaData) -> Iterator[Ailment]:
    """Look at what the store has beside its tables, and at who is at it."""
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
    if encoding != "UTF8":
        yield Ailment("encoding_wrong", {"found": encoding})
    yield from _of_functions(connection)
    yield from _of_triggers(connection, metadata)
    for index in connection.scalars(_INVALID_INDEXES):
        yield Ailment("index_invalid", {"index": index})
    yield from _of_rights(connection, metadata)
    yield from _of_sessions(connection)


def treat(connection: Connection, metadata: MetaData, ailment: Ailment) -> bool:
    """Create anew what calls the history, and what an interrupted build left half-made."""
    match ailment.code:
        case "function_outdated":
            ddl.create_functions(connection)
        case "trigger_missing" | "trigger_outdated" | "trigger_disabled":
            table = metadata.tables[str(ailment.details["table"])]
            ddl.drop_triggers(connection, table.name)
            ddl.create_triggers(connection, table.name)
        case "index_invalid":
            ddl.rebuild_index(connection, str(ailment.details["index"]))
        case _:
            return False
    return True


def _of_functions(connection: Connection) -> Iterator[Ailment]:
    there = {row.proname: row.prosrc for row in connection.execute(_FUNCTIONS_THERE)}
    script = ddl.functions_script(connection)
    for name in ddl.FUNCTIONS:
        if name not in there or there[name] not in script:
            yield Ailment("function_outdated", {"function": name})


def _of_triggers(connection: Connection, metadata: MetaData) -> Iterator[Ailment]:
    there: dict[str, dict[str, tuple[int, str, str]]] = {}
    for table, name, fires, function, enabled in connection.execute(_TRIGGERS_THERE):
        there.setdefault(table, {})[name] = (fires, function, enabled)
    for table in metadata.sorted_tables:
        if INFO_TITLE not in table.info:
            continue
        found = there.get(table.name, {})
        wrong = {
            "trigger_missing": [name for name in _TRIGGERS if name not in found],
            "trigger_outdated": [
                name for name in _TRIGGERS if name in found and found[name][:2] != _TRIGGERS[name]
            ],
            "trigger_disabled": [
                name for name in _TRIGGERS if name in found and found[name][2] not in {"O", "A"}
            ],
        }
        for code, triggers in wrong.items():
            if triggers:
                yield Ailment(code, {"table": table.name, "triggers": triggers})


def _of_rights(connection: Connection, metadata: MetaData) -> Iterator[Ailment]:
    names = [table.name for table in metadata.sorted_tables]
    lacking: dict[str, list[str]] = {}
    for right in _RIGHTS:
        for table in connection.scalars(_WITHOUT_RIGHT, {"names": names, "right": right}):
            lacking.setdefault(table, []).append(right)
    if lacking:
        role = connection.exec_driver_sql("SELECT current_user::text").scalar_one()
        rights = [right for right in _RIGHTS if any(right in each for each in lacking.values())]
        yield Ailment("right_missing", {"role": role, "rights": rights, "tables": list(lacking)})


def _of_sessions(connection: Connection) -> Iterator[Ailment]:
    for code, statement, limit in (
        ("sessions_waiting", _WAITING, _LONG_WAIT_S),
        ("session_idle", _IDLE, _LONG_IDLE_S),
    ):
        count, seconds = connection.execute(statement, {"limit": limit}).one()
        if count:
            yield Ailment(code, {"count": count, "seconds": seconds})
