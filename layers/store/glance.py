"""One glance at a store and a layer: what they are now, and what was touched since the last one.

Whoever shows a layer glances at it for each request that comes after a write. It is one statement:
that sees one state without a transaction, and is one way to a server and back where a transaction
would be five.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import MetaData, Select, bindparam, select, true

from layers.store import changesets, declaring
from layers.store.declaring import Stamp

_LAYERS = 200  # so many layers' statements are kept

# Gives the rows of a statement.
Ask: TypeAlias = Callable[[Select[Any], Mapping[str, Any]], Sequence[Sequence[Any]]]


@dataclass(frozen=True, kw_only=True)
class Since:
    """Say what somebody knows of a layer: a revision of it, and all of it as of a changeset.

    Who wants no more than `most` touched features is told nothing where there are more.
    """

    revision: int
    number: int
    most: int


class Glance(NamedTuple):
    """What was seen: the last changeset, the last that touched the layer, and what was touched.

    `touched` holds the uid of each feature that was, and after it the columns that were asked for,
    all None where it is gone.
    """

    stamp: Stamp
    has_direct_edits: bool
    number: int
    revision: int
    touched: Sequence[Sequence[Any]]


def glance(
    ask: Ask, metadata: MetaData, layer: str, names: Sequence[str], since: Since | None
) -> Glance:
    """Look once; where more than `since.most` features were touched, one more is seen."""
    if since is None:
        (row,) = ask(_head(metadata, layer), {})
        return _seen(row, ())
    statement = _with_touched(metadata, layer, tuple(names), since.most + 1)
    rows = ask(statement, {"after": since.number})
    return _seen(rows[0], [row[_HEAD:] for row in rows if row[_HEAD] is not None])


def _seen(row: Sequence[Any], touched: Sequence[Sequence[Any]]) -> Glance:
    stamp, has_direct_edits = declaring.read_stamp(row)
    number, revision = row[_STAMP:_HEAD]
    return Glance(stamp, has_direct_edits, number or 0, revision or 0, touched)


_STAMP = len(declaring.STAMP.selected_columns)
_HEAD = _STAMP + 2


@lru_cache(_LAYERS)
def _head(metadata: MetaData, layer: str) -> Select[Any]:
    asked = [*declaring.STAMP.selected_columns, *changesets.newest_of(metadata, layer)]
    return select(*(column.label(f"head_{place}") for place, column in enumerate(asked)))


@lru_cache(_LAYERS)
def _with_touched(metadata: MetaData, layer: str, names: tuple[str, ...], most: int) -> Select[Any]:
    head, features = _head(metadata, layer).subquery("head"), metadata.tables[layer]
    version = metadata.tables["gg_version"]
    touched = (
        select(version.c.uid)
        .where(version.c.layer == layer, version.c.changeset > bindparam("after"))
        .distinct()
        .limit(most)
        .subquery("touched")
    )
    return (
        select(*head.c, touched.c.uid.label("touched_uid"), *(features.c[name] for name in names))
        .select_from(head)
        .outerjoin(touched, true())
        .outerjoin(features, features.c.uid == touched.c.uid)
    )
