"""Features of another time, read from the versions, and what narrows a selection at any time.

What is recorded is given as a selectable with the column names and types of the kind's table, so
that filters, windows and column choices are written once and answer alike at any point in time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import (
    ColumnElement,
    FromClause,
    MetaData,
    Select,
    and_,
    func,
    or_,
    select,
)

from layers.kinds.model import Kind
from layers.store.backend import Backend
from layers.store.schema import GEOMETRY_COLUMN

# Uids, or a statement that selects them.
Among = Sequence[str] | Select[tuple[str]]


def as_of(
    backend: Backend,
    metadata: MetaData,
    kind: Kind,
    changeset: int | None,
    among: Among | None = None,
) -> FromClause:
    """Give the features as they stood after `changeset`, all or those `among` some uids.

    Without a changeset, as their last versions say, adopted or not.
    """
    version = metadata.tables["gg_version"]
    found = select(func.max(version.c.seq).label("seq")).where(version.c.layer == kind.key)
    if changeset is not None:
        found = found.where(version.c.changeset <= changeset)
    if among is not None:
        found = found.where(version.c.uid.in_(among))
    last = found.group_by(version.c.uid).subquery("last")
    fields = [
        backend.recorded(version.c.attributes, field.key, field.type).label(field.key)
        for field in kind.fields
    ]
    return (
        select(version.c.uid, *fields, version.c[GEOMETRY_COLUMN])
        .join(last, last.c.seq == version.c.seq)
        .where(version.c.operation != "delete")
        .subquery("then")
    )


def by_uid(version: FromClause) -> ColumnElement[int]:
    """Give the changeset of versions in a form that leads no index: those of uids are to be used.

    SQLite would else go through every version of a layer to find those of a few features.
    """
    return version.c.changeset + 0


def touched(metadata: MetaData, kind: Kind, after: int, until: int) -> Select[tuple[str]]:
    """Select the uids that changesets touched, those with `after < number <= until`."""
    version = metadata.tables["gg_version"]
    return select(version.c.uid).where(
        version.c.layer == kind.key, version.c.changeset > after, version.c.changeset <= until
    )


def valid_on(relation: FromClause, day: dt.date) -> ColumnElement[bool]:
    """Keep what is valid on `day`: half-open periods, null being without bound."""
    return and_(
        or_(relation.c.valid_from.is_(None), relation.c.valid_from <= day),
        or_(relation.c.valid_to.is_(None), relation.c.valid_to > day),
    )
