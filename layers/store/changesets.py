"""Changesets: who changed what, when, from which source and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, MetaData, Select, delete, func, insert, select, update

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


def begin(connection: Connection, metadata: MetaData, **described: str) -> int:
    """Open a changeset; the caller holds the write lock, so the number cannot be taken twice."""
    number = last(connection, metadata) + 1
    changeset = metadata.tables["gg_changeset"]
    moment = now()
    connection.execute(insert(changeset), {"id": number, "recorded_at": moment, **described})
    connection.execute(insert(metadata.tables["gg_open_changeset"]), {"id": number})
    return number


def finish(connection: Connection, metadata: MetaData) -> None:
    """Close the open changeset, so that later edits by others are not counted to it.

    It is recorded when it ends, not when it began: a reading as of a time in between would
    otherwise change afterwards. A clock that was set back does not reorder changesets.
    """
    changeset = metadata.tables["gg_changeset"]
    number = last(connection, metadata)
    before = connection.scalar(select(changeset.c.recorded_at).where(changeset.c.id == number - 1))
    moment = now()
    recorded_at = moment if before is None else max(moment, before)
    connection.execute(
        update(changeset).where(changeset.c.id == number).values(recorded_at=recorded_at)
    )
    connection.execute(delete(metadata.tables["gg_open_changeset"]))


def last(connection: Connection, metadata: MetaData) -> int:
    """Read the number of the last changeset; 0 where there is none."""
    changeset = metadata.tables["gg_changeset"]
    return connection.execute(select(func.coalesce(func.max(changeset.c.id), 0))).scalar_one()


def last_with(connection: Connection, metadata: MetaData, layer: str) -> tuple[int, int]:
    """Read the number of the last changeset, and of the last that touched a layer, at once."""
    changeset, version = metadata.tables["gg_changeset"], metadata.tables["gg_version"]
    touched = select(func.max(version.c.changeset)).where(version.c.layer == layer)
    newest = select(func.max(changeset.c.id)).scalar_subquery()
    number, revision = connection.execute(select(newest, touched.scalar_subquery())).one()
    return number or 0, revision or 0


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
    return connection.execute(_newest(metadata, layer, until)).scalar_one() or 0


def _newest(metadata: MetaData, layer: str, until: int | None) -> Select[Any]:
    version = metadata.tables["gg_version"]
    newest = select(func.max(version.c.changeset)).where(version.c.layer == layer)
    return newest if until is None else newest.where(version.c.changeset <= until)


def revisions_of(
    connection: Connection, metadata: MetaData, layers: Sequence[str], until: int | None = None
) -> dict[str, int]:
    """Read the revisions of several layers with one question."""
    if not layers:
        return {}
    newest = [_newest(metadata, layer, until).scalar_subquery() for layer in layers]
    found = connection.execute(select(*newest)).one()
    return {layer: number or 0 for layer, number in zip(layers, found, strict=True)}


def day_of(connection: Connection, metadata: MetaData, number: int) -> dt.date | None:
    """Give the day, here, on which a changeset was recorded; None where there is none such."""
    changeset = metadata.tables["gg_changeset"]
    at = connection.scalar(select(changeset.c.recorded_at).where(changeset.c.id == number))
    return None if at is None else at.astimezone().date()


def signed(connection: Connection, metadata: MetaData, number: int) -> str:
    """Give a number and when its changeset was recorded: copies of a file part at the first.

    Two copies count on from the same number, each with changes of its own; what is kept outside of
    a store, as in a cache, must not be taken from one for the other.
    """
    changeset = metadata.tables["gg_changeset"]
    at = connection.scalar(select(changeset.c.recorded_at).where(changeset.c.id == number))
    return f"{number}" if at is None else f"{number} {at.isoformat()}"


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
    version = metadata.tables["gg_version"]
    direct = select(version.c.seq).where(version.c.changeset.is_(None))
    return connection.execute(direct.limit(1)).first() is not None


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
