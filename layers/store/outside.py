"""What other programs wrote into a store: their edits, and values as they stand there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import Connection, MetaData, Row, Select, Text, cast, func, select

from layers.kinds.model import FieldType, Kind
from layers.store.backend import Backend
from layers.store.changesets import DIRECT
from layers.store.inside import StoreInside
from layers.store.reading import chunks
from layers.store.schema import GEOMETRY_COLUMN

_TEXTS = (FieldType.TEXT, FieldType.TEXT_LIST)
_GONE = "delete"


@dataclass(frozen=True, kw_only=True)
class DirectEdit:
    """What one changeset of direct edits did to one feature.

    `operation` is `insert`, `update` or `delete`; `fields` are those that changed, `geometry`
    among them. `key` is the feature's code, after the edit or before its deletion.
    """

    changeset: int
    recorded_at: dt.datetime
    kind: str
    uid: str
    key: str
    operation: str
    fields: tuple[str, ...]


class StoreOutside(StoreInside):
    """Answer about what other programs did."""

    def direct_edits(self, since: int = 0) -> list[DirectEdit]:
        """List what was edited past the service in changesets after `since`, the first one first.

        What the store has not looked at yet is adopted before.
        """
        with self._reading() as connection:
            found = self._backend.fetch(connection, _edited(self._metadata, since))
        return [_edit(row, self.kinds) for row in found if row.layer in self.kinds]

    def as_written(self, kind: str, uids: Collection[str] | None = None) -> pd.DataFrame:
        """Read the values of features as they stand in the store, whether they make sense or not.

        Returns
        -------
        written
            Indexed by uid: a column of texts for each field that is no text itself, and `geom`,
            the bytes of the place; None where there is nothing.
        """
        declared = self.kind(kind)
        with self._reading() as connection:
            return _as_written(connection, self._backend, self._metadata, declared, uids)


def _edited(metadata: MetaData, since: int) -> Select[Any]:
    version, changeset = metadata.tables["gg_version"], metadata.tables["gg_changeset"]
    touched = (
        select(
            version.c.changeset,
            changeset.c.recorded_at,
            version.c.layer,
            version.c.uid,
            func.min(version.c.seq).label("first"),
            func.max(version.c.seq).label("last"),
        )
        .join(changeset, changeset.c.id == version.c.changeset)
        .where(changeset.c.author == DIRECT, changeset.c.id > since)
        .group_by(version.c.changeset, changeset.c.recorded_at, version.c.layer, version.c.uid)
        .subquery("touched")
    )
    after, before, earlier = (version.alias(name) for name in ("after", "before", "earlier"))
    last_before = (
        select(func.max(earlier.c.seq))
        .where(
            earlier.c.layer == touched.c.layer,
            earlier.c.uid == touched.c.uid,
            earlier.c.seq < touched.c.first,
        )
        .correlate(touched)
        .scalar_subquery()
    )
    names = ("operation", "attributes", GEOMETRY_COLUMN)
    return (
        select(
            *(touched.c[name] for name in ("changeset", "recorded_at", "layer", "uid")),
            *(after.c[name].label(f"after_{name}") for name in names),
            *(before.c[name].label(f"before_{name}") for name in names),
        )
        .select_from(touched)
        .join(after, after.c.seq == touched.c.last)
        .outerjoin(before, before.c.seq == last_before)
        .order_by(touched.c.changeset, after.c.seq)
    )


def _edit(row: Row[Any], kinds: Any) -> DirectEdit:
    was = row.before_operation not in {None, _GONE}
    is_there = row.after_operation != _GONE
    operation = "delete" if not is_there else ("update" if was else "insert")
    return DirectEdit(
        changeset=row.changeset,
        recorded_at=row.recorded_at,
        kind=row.layer,
        uid=row.uid,
        key=str(row.after_attributes.get(kinds[row.layer].key_field) or ""),
        operation=operation,
        fields=_differences(row) if operation == "update" else (),
    )


def _differences(row: Row[Any]) -> tuple[str, ...]:
    after, before = row.after_attributes, row.before_attributes
    fields = [name for name in after if after[name] != before.get(name)]
    moved = row.after_geom != row.before_geom
    return (*fields, "geometry") if moved else tuple(fields)


def _as_written(
    connection: Connection,
    backend: Backend,
    metadata: MetaData,
    kind: Kind,
    uids: Collection[str] | None,
) -> pd.DataFrame:
    table = metadata.tables[kind.key]
    names = [field.key for field in kind.fields if field.type not in _TEXTS]
    columns = [table.c.uid, *(cast(table.c[name], Text).label(name) for name in names)]
    if kind.is_spatial:
        columns.append(table.c[GEOMETRY_COLUMN])
    statement = select(*columns).order_by(table.c.uid)
    parts = [None] if uids is None else list(chunks(uids))
    found = [
        row
        for part in parts
        for row in backend.fetch(
            connection, statement if part is None else statement.where(table.c.uid.in_(part))
        )
    ]
    labels = [column.name for column in columns]
    return pd.DataFrame(found, columns=labels, dtype=object).set_index("uid").sort_index()
