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

from sqlalchemy import BigInteger, BindParameter, MetaData, Select, bindparam, select, true

from layers.store import changesets, declaring
from layers.store.declaring import Stamp

_LAYERS = 200  # so many layers' statements are kept
# Nearly always no more was touched since the last glance. A question that reads no more than that
# PostgreSQL plans once, and not each time it is asked.
_FEW = 3

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
    all None where it is gone. None where there are too many.
    """

    stamp: Stamp
    has_direct_edits: bool
    number: int
    revision: int
    touched: Sequence[Sequence[Any]] | None


def glance(
    ask: Ask, metadata: MetaData, layer: str, names: Sequence[str], since: Since | None
) -> Glance:
    """Look once; where features were touched more than `since.most` times, once more is seen."""
    if since is None:
        return _seen(ask(_head(metadata, layer), {}))
    for most in (_FEW, since.most):
        rows = ask(_with_touched(metadata, layer, tuple(names), most + 1), {"after": since.number})
        if len(rows) <= most:
            break
    return _seen(rows, is_whole=len(rows) <= since.most)


def _seen(rows: Sequence[Sequence[Any]], *, is_whole: bool = True) -> Glance:
    stamp, has_direct_edits = declaring.read_stamp(rows[0])
    number, revision = rows[0][_STAMP:_HEAD]
    # What was touched several times comes as often.
    touched = {row[_HEAD]: row[_HEAD:] for row in rows if len(row) > _HEAD and row[_HEAD]}
    told = list(touched.values()) if is_whole else None
    return Glance(stamp, has_direct_edits, number or 0, revision or 0, told)


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
    # The layer and how many are part of the statement, so that it is planned for them, and in the
    # order of their index: PostgreSQL goes through all versions where it knows nothing better.
    of_layer = version.c.layer == _word(layer)
    touched = (
        select(version.c.uid)
        .where(of_layer, version.c.changeset > bindparam("after", 0, BigInteger))
        .order_by(version.c.layer, version.c.changeset)
        .limit(_word(most))
        .subquery("touched")
    )
    return (
        select(*head.c, touched.c.uid.label("touched_uid"), *(features.c[name] for name in names))
        .select_from(head)
        .outerjoin(touched, true())
        .outerjoin(features, features.c.uid == touched.c.uid)
    )


def _word(value: str | int) -> BindParameter[Any]:
    """Have a value of ours written into the statement, as the database writes such values."""
    return bindparam(None, value, literal_execute=True)
