"""The health of a GeoPackage file: its metadata, triggers and R*Trees, and the disk it lies on."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData, Table, create_engine, text
from sqlalchemy.pool import StaticPool

from layers.store.ailments import Ailment
from layers.store.geopackage import ddl
from layers.store.schema import GEOMETRY_COLUMN, INFO_TITLE

_LARGE_LOG = 256 * 2**20
_LITTLE_ROOM = 500 * 2**20
# File systems of other machines, as Linux names them.
_SHARES = ("nfs", "cifs", "smb", "9p", "fuse.sshfs", "afs", "ceph")
_RTREE_COUNT = """
  SELECT (SELECT count(*) FROM {tree} WHERE id NOT IN (SELECT fid FROM {table} WHERE {placed}))
       + (SELECT count(*) FROM {table} WHERE {placed} AND fid NOT IN (SELECT id FROM {tree}))
"""


def about(path: Path) -> dict[str, Any]:
    """Name the versions, and how large the file and its log are."""
    return {
        "backend": "geopackage",
        "sqlite": sqlite3.sqlite_version,
        "size": path.stat().st_size,
        "log": _size(log_of(path)),
        "free": shutil.disk_usage(path.absolute().parent).free,
    }


def log_of(path: Path) -> Path:
    """Name the log beside a file."""
    return path.with_name(path.name + "-wal")


def of_file(connection: Connection, path: Path, *, deep: bool) -> Iterator[Ailment]:
    """Look at the file and the disk."""
    if deep:
        for (said,) in connection.exec_driver_sql("PRAGMA integrity_check(5)").all():
            if said != "ok":
                yield Ailment("file_damaged", {"reason": said})
    size, log = path.stat().st_size, _size(log_of(path))
    if log > _LARGE_LOG:
        yield Ailment("log_large", {"bytes": log})
    free = shutil.disk_usage(path.absolute().parent).free
    if free < max(size, _LITTLE_ROOM):
        yield Ailment("disk_low", {"free": free, "size": size})
    share = _share(path)
    if share is not None:
        yield Ailment("network_share", {"system": share})


def of_layers(connection: Connection, metadata: MetaData) -> Iterator[Ailment]:
    """Look at what each layer has beside its table."""
    there = _objects(connection)
    for table in metadata.sorted_tables:
        if INFO_TITLE in table.info and table.name in there["table"]:
            yield from _of_registers(connection, table)
            yield from _of_triggers(connection, table, there["trigger"])
            yield from _of_count(connection, table)
            if GEOMETRY_COLUMN in table.c:
                yield from _of_spatial_index(connection, table, there["table"])


def treat(connection: Connection, metadata: MetaData, ailment: Ailment, srid: int) -> bool:
    """Make anew what can be made from the table."""
    if "table" not in ailment.details:
        return False
    table = metadata.tables[str(ailment.details["table"])]
    match ailment.code:
        case "trigger_missing" | "trigger_outdated":
            _remake_triggers(connection, table)
        case "count_wrong":
            _recount(connection, table)
        case "spatial_index_missing" | "spatial_index_wrong":
            _remake_spatial_index(connection, table)
        case "layer_unregistered":
            ddl.unregister_layer(connection, table.name)
            _drop(connection, _expected(connection, table))
            ddl.register_layer(connection, table.name, table.info[INFO_TITLE], srid)
            ddl.create_history_triggers(connection, table.name)
            _recount(connection, table)
            if GEOMETRY_COLUMN in table.c:
                ddl.fill_spatial_index(connection, table.name)
        case _:
            return False
    return True


def _of_registers(connection: Connection, table: Table) -> Iterator[Ailment]:
    wanted = ["gpkg_contents", "gpkg_ogr_contents"]
    if GEOMETRY_COLUMN in table.c:
        wanted += ["gpkg_geometry_columns", "gpkg_extensions"]
    for register in wanted:
        entry = text(f"SELECT count(*) FROM {register} WHERE table_name = :table")
        if not connection.scalar(entry, {"table": table.name}):
            yield Ailment("layer_unregistered", {"table": table.name, "register": register})


def _of_triggers(
    connection: Connection, table: Table, there: Mapping[str, str]
) -> Iterator[Ailment]:
    expected = _expected(connection, table)
    missing = sorted(set(expected) - set(there))
    if missing:
        yield Ailment("trigger_missing", {"table": table.name, "triggers": missing})
    outdated = sorted(name for name in set(expected) & set(there) if there[name] != expected[name])
    if outdated:
        yield Ailment("trigger_outdated", {"table": table.name, "triggers": outdated})


def _of_count(connection: Connection, table: Table) -> Iterator[Ailment]:
    counted = connection.scalar(
        text("SELECT feature_count FROM gpkg_ogr_contents WHERE table_name = :table"),
        {"table": table.name},
    )
    found = connection.exec_driver_sql(f"SELECT count(*) FROM {_quoted(table)}").scalar_one()
    if counted is not None and counted != found:
        yield Ailment("count_wrong", {"table": table.name, "counted": counted, "found": found})


def _of_spatial_index(
    connection: Connection, table: Table, there: Mapping[str, str]
) -> Iterator[Ailment]:
    tree = ddl.rtree_name(table.name)
    if tree not in there:
        yield Ailment("spatial_index_missing", {"table": table.name})
        return
    placed = f"{GEOMETRY_COLUMN} NOT NULL AND NOT ST_IsEmpty({GEOMETRY_COLUMN})"
    statement = _RTREE_COUNT.format(tree=f'"{tree}"', table=_quoted(table), placed=placed)
    wrong = connection.exec_driver_sql(statement).scalar_one()
    if wrong:
        yield Ailment("spatial_index_wrong", {"table": table.name, "count": wrong})


def _expected(connection: Connection, table: Table) -> dict[str, str]:
    """Make the table in a database of its own and see which triggers it would have there."""
    made = connection.exec_driver_sql(
        "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", (table.name,)
    ).scalar_one()
    engine = create_engine("sqlite://", poolclass=StaticPool)
    with engine.begin() as scratch:
        scratch.exec_driver_sql(made)
        ddl.create_registers(scratch)
        ddl.register_layer(scratch, table.name, table.name, 0)
        ddl.create_history_triggers(scratch, table.name)
        triggers = _objects(scratch)["trigger"]
    engine.dispose()
    return triggers


def _objects(connection: Connection) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {"table": {}, "trigger": {}, "index": {}, "view": {}}
    for what, name, made in connection.exec_driver_sql("SELECT type, name, sql FROM sqlite_master"):
        found[what][name] = made
    return found


def _remake_triggers(connection: Connection, table: Table) -> None:
    expected = _expected(connection, table)
    _drop(connection, expected)
    for made in expected.values():
        connection.exec_driver_sql(made)


def _drop(connection: Connection, triggers: Mapping[str, str]) -> None:
    for name in triggers:
        connection.exec_driver_sql(f'DROP TRIGGER IF EXISTS "{name}"')


def _recount(connection: Connection, table: Table) -> None:
    connection.execute(
        text(
            f"UPDATE gpkg_ogr_contents SET feature_count = (SELECT count(*) FROM {_quoted(table)})"
            " WHERE table_name = :table"
        ),
        {"table": table.name},
    )


def _remake_spatial_index(connection: Connection, table: Table) -> None:
    tree = ddl.rtree_name(table.name)
    _drop(connection, {name: "" for name in _expected(connection, table) if name.startswith(tree)})
    connection.exec_driver_sql(f'DROP TABLE IF EXISTS "{tree}"')
    ddl.create_spatial_index(connection, table.name)
    ddl.fill_spatial_index(connection, table.name)


def _quoted(table: Table) -> str:
    return f'"{table.name}"'  # keys of kinds are plain words


def _size(path: Path) -> int:
    with suppress(FileNotFoundError):
        return path.stat().st_size
    return 0


def _share(path: Path) -> str | None:
    """Name the system of a network share that the file lies on, as far as that can be known."""
    if platform.system() == "Windows":
        return "smb" if str(path.absolute()).startswith("\\\\") else None
    try:
        mounts = Path("/proc/mounts").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return share_among(mounts, os.path.realpath(path))


def share_among(mounts: str, path: str) -> str | None:
    """Find the network file system of a path in the words of `/proc/mounts`; None for a disk."""
    best, system = "", None
    for line in mounts.splitlines():
        _, point, kind, *_ = [*line.split(" "), "", "", ""]
        inside = path.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, system = point, kind
    return system if system is not None and system.startswith(_SHARES) else None
