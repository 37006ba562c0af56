"""Tables, changesets, versions and what is derived: looked at and put right on either backend."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from geopandas import GeoDataFrame
from sqlalchemy import (
    ColumnElement,
    Connection,
    Index,
    MetaData,
    Select,
    Subquery,
    Table,
    bindparam,
    delete,
    func,
    insert,
    literal,
    select,
    type_coerce,
    update,
)
from sqlalchemy.types import NullType

from layers.clock import now
from layers.store import changesets, migrating, relation
from layers.store.ailments import Ailment
from layers.store.backend import Backend
from layers.store.declaring import Layers
from layers.store.reading import chunks
from layers.store.rows import frame_from_rows
from layers.store.schema import GEOMETRY_COLUMN, INFO_TITLE

GRAVE = ("table_missing", "column_missing")  # nothing can be asked of such a store
_SHOWN = 5
_CLOCK_TOLERANCE = dt.timedelta(minutes=1)


def about(connection: Connection, metadata: MetaData) -> dict[str, Any]:
    """Count what there is."""
    names = ("gg_changeset", "gg_version", "gg_run")
    counted = {name: select(func.count()).select_from(metadata.tables[name]) for name in names}
    return {
        name.removeprefix("gg_") + "s": connection.scalar(statement)
        for name, statement in counted.items()
    }


def of_schema(connection: Connection, metadata: MetaData) -> Iterator[Ailment]:
    """Compare tables, columns and indexes with the declarations; what is more than that is fine."""
    options = migrating.compare_options(connection.dialect.name)
    context = MigrationContext.configure(connection, opts=options)
    for difference in compare_metadata(context, metadata):
        what = difference[0]
        if what == "add_table":
            yield Ailment("table_missing", {"table": difference[1].name})
        elif what == "add_column":
            _, _, table, column = difference
            yield Ailment("column_missing", {"table": table, "column": column.name})
        elif what == "add_index":
            index = difference[1]
            yield Ailment("index_missing", {"table": index.table.name, "index": index.name})


def of_history(connection: Connection, metadata: MetaData) -> Iterator[Ailment]:
    """Look at the changesets and at what names them."""
    changeset, version, imported, origin = (
        metadata.tables[f"gg_{name}"] for name in ("changeset", "version", "import", "origin")
    )
    open_one = connection.scalar(select(func.max(metadata.tables["gg_open_changeset"].c.id)))
    if open_one is not None:
        yield Ailment("changeset_left_open", {"changeset": open_one})
    yield from _gaps(connection, changeset)
    unadopted = connection.scalar(_count(version, version.c.changeset.is_(None)))
    if unadopted:
        yield Ailment("edits_unadopted", {"count": unadopted})
    strays = version.c.changeset.not_in(select(changeset.c.id))
    orphans = connection.scalar(_count(version, strays))
    if orphans:
        named = select(version.c.changeset).where(strays).distinct().limit(_SHOWN)
        numbers = sorted(connection.scalars(named))
        yield Ailment("versions_orphaned", {"count": orphans, "changesets": numbers})
    lost = origin.c.changeset.not_in(select(imported.c.changeset)) | origin.c.uid.not_in(
        select(version.c.uid)
    )
    orphans = connection.scalar(_count(origin, lost))
    if orphans:
        yield Ailment("origins_orphaned", {"count": orphans})
    yield from _clock(connection, changeset)


def _gaps(connection: Connection, changeset: Table) -> Iterator[Ailment]:
    highest, count = connection.execute(select(func.max(changeset.c.id), func.count())).one()
    if highest is None or highest == count:
        return
    there = set(connection.scalars(select(changeset.c.id)))
    missing = [number for number in range(1, highest + 1) if number not in there]
    yield Ailment("changeset_gap", {"missing": missing[:_SHOWN], "count": len(missing)})


def _clock(connection: Connection, changeset: Table) -> Iterator[Ailment]:
    newest = connection.scalar(select(func.max(changeset.c.recorded_at)))
    moment = now()
    if newest is not None and newest > moment + _CLOCK_TOLERANCE:
        values = {"recorded_at": newest.isoformat(timespec="seconds")}
        yield Ailment("clock_behind", {**values, "now": moment.isoformat(timespec="seconds")})


def of_features(
    connection: Connection,
    backend: Backend,
    layers: Layers,
    *,
    deep: bool,
) -> Iterator[Ailment]:
    """Compare each layer with the last versions of its features, and with its territory."""
    metadata = layers.metadata
    for table in _layers(metadata):
        named = {"table": table.name}
        alive = _alive(metadata, table.name)
        gone = select(alive.c.uid).where(
            alive.c.uid.not_in(select(table.c.uid).where(table.c.uid.is_not(None)))
        )
        unrecorded = select(table.c.uid).where(table.c.uid.not_in(select(alive.c.uid)))
        for code, statement in (("deletion_unrecorded", gone), ("feature_unrecorded", unrecorded)):
            uids = list(connection.scalars(statement))
            if uids:
                yield Ailment(code, {**named, "count": len(uids), "uids": tuple(uids)})
        nameless = connection.scalar(_count(table, _nameless(table)))
        if nameless:
            yield Ailment("uid_missing", {**named, "count": nameless})
        if deep:
            uids = _changed(connection, backend, layers, table.name)
            if uids:
                values = {"count": len(uids), "uids": tuple(uids)}
                yield Ailment("change_unrecorded", {**named, **values})
        stale = connection.scalar(_count(metadata.tables["gg_territory"], _lost(metadata, table)))
        if stale:
            yield Ailment("territory_orphaned", {**named, "count": stale})


def treat(connection: Connection, backend: Backend, metadata: MetaData, ailment: Ailment) -> bool:
    """Put one ailment right, if it is one of those that are alike on both backends."""
    values = ailment.details
    match ailment.code:
        case "index_missing":
            _create_index(connection, metadata, values)
        case "changeset_left_open":
            # Who asks holds the write lock: nobody is at work on that changeset any more.
            connection.execute(delete(metadata.tables["gg_open_changeset"]))
        case "territory_orphaned":
            table = metadata.tables[str(values["table"])]
            lost = _lost(metadata, table)
            connection.execute(delete(metadata.tables["gg_territory"]).where(lost))
        case "deletion_unrecorded":
            _record_deletions(connection, metadata, values)
        case "feature_unrecorded" | "change_unrecorded":
            _touch(connection, metadata, values)
        case "uid_missing":
            _give_uids(connection, backend, metadata, values)
        case _:
            return False
    return True


def _create_index(connection: Connection, metadata: MetaData, values: Mapping[str, Any]) -> None:
    table = metadata.tables[values["table"]]
    wanted: Index = next(index for index in table.indexes if index.name == values["index"])
    wanted.create(connection, checkfirst=True)


def _record_deletions(
    connection: Connection, metadata: MetaData, values: Mapping[str, Any]
) -> None:
    """Record that features are gone, as another program's edit: nobody else can have done it."""
    version = metadata.tables["gg_version"]
    alive = _alive(metadata, values["table"])
    copied = (version.c.layer, version.c.uid, version.c.attributes, version.c[GEOMETRY_COLUMN])
    names = [column.name for column in copied]
    for part in chunks(values["uids"]):
        gone = (
            select(*(type_coerce(column, NullType()) for column in copied), literal(_GONE))
            .join_from(version, alive, alive.c.seq == version.c.seq)
            .where(alive.c.uid.in_(part))
        )
        connection.execute(insert(version).from_select([*names, "operation"], gone))


def _touch(connection: Connection, metadata: MetaData, values: Mapping[str, Any]) -> None:
    """Have the triggers record features as they are now."""
    table = metadata.tables[values["table"]]
    for part in chunks(values["uids"]):
        there = update(table).where(table.c.uid.in_(part))
        connection.execute(there.values({table.c.uid: table.c.uid}))


def _give_uids(
    connection: Connection, backend: Backend, metadata: MetaData, values: Mapping[str, Any]
) -> None:
    """Name features that came while the triggers were missing, which refuse to do so later."""
    table = metadata.tables[values["table"]]
    nameless = list(connection.scalars(select(table.c.fid).where(_nameless(table))))
    backend.drop_history_triggers(connection, table.name)
    named = update(table).where(table.c.fid == bindparam("the_fid"))
    connection.execute(
        named.values(uid=bindparam("new_uid")),
        [{"the_fid": fid, "new_uid": str(uuid.uuid4())} for fid in nameless],
    )
    backend.create_history_triggers(connection, table.name)


_GONE = changesets.DELETED


def _nameless(table: Table) -> ColumnElement[bool]:
    return table.c.uid.is_(None) | (table.c.uid == "")


def _layers(metadata: MetaData) -> list[Table]:
    return [table for table in metadata.sorted_tables if INFO_TITLE in table.info]


def _alive(metadata: MetaData, layer: str) -> Subquery:
    """Select the last versions of the features of a layer that were not deleted."""
    version = metadata.tables["gg_version"]
    last = (
        select(func.max(version.c.seq).label("seq"))
        .where(version.c.layer == layer)
        .group_by(version.c.uid)
        .subquery()
    )
    return (
        select(version.c.uid, version.c.seq)
        .join(last, last.c.seq == version.c.seq)
        .where(version.c.operation != _GONE)
        .subquery(f"alive_{layer}")
    )


def _lost(metadata: MetaData, table: Table) -> ColumnElement[bool]:
    territory = metadata.tables["gg_territory"]
    return (territory.c.layer == table.name) & territory.c.uid.not_in(
        select(table.c.uid).where(table.c.uid.is_not(None))
    )


def _count(table: Table, where: ColumnElement[bool]) -> Select[Any]:
    return select(func.count()).select_from(table).where(where)


def _changed(connection: Connection, backend: Backend, layers: Layers, layer: str) -> list[str]:
    """Name the features whose values are not those of their last version."""
    kind, metadata = layers.kinds[layer], layers.metadata
    names = ["uid", *(field.key for field in kind.fields)]
    names += [GEOMETRY_COLUMN] if kind.is_spatial else []

    def read(source: Any) -> GeoDataFrame:
        statement = select(*(source.c[name] for name in names))
        rows = backend.fetch(connection, statement)
        return frame_from_rows(kind, rows, names, layers.settings.storage_crs, backend.decode)

    now = _hashes(read(metadata.tables[layer]))
    then = _hashes(read(relation.as_of(backend, metadata, kind, None)))
    both = now.index.intersection(then.index)
    return sorted(both[(now[both] != then[both]).to_numpy()])


def _hashes(frame: GeoDataFrame) -> pd.Series:
    fields = pd.DataFrame(frame.drop(columns=frame.geometry.name)).astype(str)
    return pd.util.hash_pandas_object(
        fields.assign(geom=frame.geometry.to_wkb(hex=True)), index=False
    )
