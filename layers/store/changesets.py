"""Changesets: who changed what, when, from which source and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    MetaData,
    Select,
    bindparam,
    case,
    delete,
    func,
    insert,
    select,
    update,
)

from layers.clock import now
from layers.errors import ChangesetUnknownError

# Author of changesets that adopt edits made by other programs.
DIRECT = "direct"
# Operation of versions by which a feature goes.
DELETED = "delete"


class Cause(StrEnum):
    """Why data changed; a figure's movement is explained by it."""

    CORRECTION = "correction"
    CHANGE = "change"
    REDIVISION = "redivision"
    RULES = "rules"


@dataclass(frozen=True, kw_only=True)
class Changeset:
    """One recorded change: numbered from 1 without gaps, in the order of commits."""

    id: int
    recorded_at: dt.datetime
    author: str
    message: str
    source: str
    cause: Cause
    # By layer, how many features were inserted, updated and deleted.
    changes: dict[str, dict[str, int]]


class _Statements:
    """What is asked at every turn, made once: making a statement takes longer than running it."""

    def __init__(self, metadata: MetaData) -> None:
        changeset, version = metadata.tables["gg_changeset"], metadata.tables["gg_version"]
        open_changeset = metadata.tables["gg_open_changeset"]
        newest = select(func.max(changeset.c.id)).scalar_subquery()
        of_layer = version.c.layer == bindparam("layer")
        touched = select(func.max(version.c.changeset)).where(of_layer)
        following = func.coalesce(func.max(changeset.c.id), 0) + 1
        described = ("recorded_at", "author", "message", "source", "cause")
        values = (bindparam(name, type_=changeset.c[name].type) for name in described)
        self.begin = (
            insert(changeset)
            .from_select(["id", *described], select(following, *values))
            .returning(changeset.c.id)
        )
        self.open = insert(open_changeset)
        self.close = delete(open_changeset)
        self.last = select(func.coalesce(func.max(changeset.c.id), 0))
        before = changeset.alias()
        earlier = select(before.c.recorded_at).where(before.c.id == newest - 1).scalar_subquery()
        moment = bindparam("moment", type_=changeset.c.recorded_at.type)
        self.record = (
            update(changeset)
            .where(changeset.c.id == newest)
            .values(recorded_at=case((earlier > moment, earlier), else_=moment))
        )
        self.revision = touched
        self.revision_until = touched.where(version.c.changeset <= bindparam("until"))
        self.recorded_at = select(changeset.c.recorded_at).where(
            changeset.c.id == bindparam("number")
        )
        self.direct = select(version.c.seq).where(version.c.changeset.is_(None)).limit(1)


@lru_cache(maxsize=16)
def _statements(metadata: MetaData) -> _Statements:
    return _Statements(metadata)


@lru_cache(maxsize=64)
def _revisions(metadata: MetaData, layers: tuple[str, ...], *, is_past: bool) -> Select[Any]:
    version = metadata.tables["gg_version"]
    newest = select(func.max(version.c.changeset))
    if is_past:
        newest = newest.where(version.c.changeset <= bindparam("until"))
    return select(*(newest.where(version.c.layer == layer).scalar_subquery() for layer in layers))


def begin(connection: Connection, metadata: MetaData, **described: str) -> int:
    """Open a changeset; the caller holds the write lock, so the number cannot be taken twice."""
    statements = _statements(metadata)
    number: int = connection.scalar(statements.begin, {"recorded_at": now(), **described}) or 0
    connection.execute(statements.open, {"id": number})
    return number


def finish(connection: Connection, metadata: MetaData) -> None:
    """Close the open changeset, so that later edits by others are not counted to it.

    It is recorded when it ends, not when it began: a reading as of a time in between would
    otherwise change afterwards. A clock that was set back does not reorder changesets.
    """
    statements = _statements(metadata)
    connection.execute(statements.record, {"moment": now()})
    connection.execute(statements.close)


def last(connection: Connection, metadata: MetaData) -> int:
    """Read the number of the last changeset; 0 where there is none."""
    return int(connection.execute(_statements(metadata).last).scalar_one())


def newest_of(metadata: MetaData, layer: str) -> list[ColumnElement[Any]]:
    """Ask for the last changeset, and for the last that touched a layer; null where none is."""
    changeset, version = metadata.tables["gg_changeset"], metadata.tables["gg_version"]
    touched = select(func.max(version.c.changeset)).where(version.c.layer == layer)
    return [select(func.max(changeset.c.id)).scalar_subquery(), touched.scalar_subquery()]


def number_at(connection: Connection, metadata: MetaData, moment: int | dt.datetime) -> int:
    """Turn a number or a recorded time into a changeset number.

    Raises
    ------
    ChangesetUnknownError
    """
    newest = last(connection, metadata)
    if isinstance(moment, dt.datetime):
        changeset = metadata.tables["gg_changeset"]
        before = select(func.max(changeset.c.id)).where(changeset.c.recorded_at <= moment)
        return connection.execute(before).scalar_one() or 0
    if not 0 <= moment <= newest:
        raise ChangesetUnknownError(found=moment, last=newest)
    return moment


def revision(
    connection: Connection, metadata: MetaData, layer: str, until: int | None = None
) -> int:
    """Read a layer's revision: the last changeset, up to `until`, that touched it, or 0."""
    statements = _statements(metadata)
    if until is None:
        return connection.execute(statements.revision, {"layer": layer}).scalar_one() or 0
    given = {"layer": layer, "until": until}
    return connection.execute(statements.revision_until, given).scalar_one() or 0


def revisions_of(
    connection: Connection, metadata: MetaData, layers: Sequence[str], until: int | None = None
) -> dict[str, int]:
    """Read the revisions of several layers with one question."""
    if not layers:
        return {}
    statement = _revisions(metadata, tuple(layers), is_past=until is not None)
    found = connection.execute(statement, {} if until is None else {"until": until}).one()
    return {layer: number or 0 for layer, number in zip(layers, found, strict=True)}


def day_of(connection: Connection, metadata: MetaData, number: int) -> dt.date | None:
    """Give the day, here, on which a changeset was recorded; None where there is none such."""
    at = connection.scalar(_statements(metadata).recorded_at, {"number": number})
    return None if at is None else at.astimezone().date()


def signed(connection: Connection, metadata: MetaData, number: int) -> str:
    """Give a number and when its changeset was recorded: copies of a file part at the first.

    Two copies count on from the same number, each with changes of its own; what is kept outside of
    a store, as in a cache, must not be taken from one for the other.
    """
    at = connection.scalar(_statements(metadata).recorded_at, {"number": number})
    return f"{number}" if at is None else f"{number} {at.isoformat()}"


def newest(connection: Connection, metadata: MetaData) -> tuple[dt.datetime, str] | None:
    """Give when the last changeset was recorded, and its message; None where there is none."""
    changeset = metadata.tables["gg_changeset"]
    told = select(changeset.c.recorded_at, changeset.c.message)
    found = connection.execute(told.order_by(changeset.c.id.desc()).limit(1)).first()
    return None if found is None else (found.recorded_at, found.message)


def history(connection: Connection, metadata: MetaData) -> list[Changeset]:
    """List every changeset, the first one first."""
    changeset = metadata.tables["gg_changeset"]
    changes = _changes(connection, metadata)
    return [
        Changeset(
            id=row.id,
            recorded_at=row.recorded_at,
            author=row.author,
            message=row.message,
            source=row.source,
            cause=Cause(row.cause),
            changes=changes.get(row.id, {}),
        )
        for row in connection.execute(select(changeset).order_by(changeset.c.id))
    ]


def _changes(connection: Connection, metadata: MetaData) -> dict[int, dict[str, dict[str, int]]]:
    version = metadata.tables["gg_version"]
    keys = (version.c.changeset, version.c.layer, version.c.operation)
    counted = select(*keys, func.count(version.c.uid.distinct())).group_by(*keys).order_by(*keys)
    found: dict[int, dict[str, dict[str, int]]] = {}
    for number, layer, operation, count in connection.execute(counted):
        found.setdefault(number, {}).setdefault(layer, {})[operation] = count
    return found


def has_direct_edits(connection: Connection, metadata: MetaData) -> bool:
    """Tell whether another program has edited features since the store last looked."""
    return connection.execute(_statements(metadata).direct).first() is not None


def adopt_direct_edits(connection: Connection, metadata: MetaData) -> dict[str, set[str]]:
    """Give edits made by other programs a changeset, still open; return what they touched.

    Uids by layer; nothing is opened where there were no such edits.
    """
    if not has_direct_edits(connection, metadata):
        return {}
    version = metadata.tables["gg_version"]
    cause = Cause.CHANGE.value
    number = begin(connection, metadata, author=DIRECT, message="", source="", cause=cause)
    adopted = update(version).where(version.c.changeset.is_(None)).values(changeset=number)
    touched: dict[str, set[str]] = {}
    for layer, uid in connection.execute(adopted.returning(version.c.layer, version.c.uid)):
        touched.setdefault(layer, set()).add(uid)
    return touched
