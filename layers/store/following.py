"""Pages of a layer that are read once, and from then on follow what is written.

Somebody writes one feature, and the next who asks wants a thousand of them in the order of their
uids, and how many there are of 200,000. All but one are as they were. So the rows of a page are
kept, with the changeset as of which they are, and how many features the layer has: who asks next
is told of what was touched since, which the versions name.

It is the snapshot of whoever asks that counts: what is kept of a later one is none of theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Connection, MetaData, Select, bindparam, select

from layers.store import changesets, relation
from layers.store.backend import Backend
from layers.store.kept import KeptWithin

__all__ = ["FollowedPages", "Look", "Move", "Row", "moves_since"]

Row = tuple[Any, ...]

_MOST = 500  # versions since; where there are more of them, the page is read anew
_LAYERS = 1_000
# Beside texts and geometries: a tuple, its entry, and values that are neither.
_OVERHEAD = 300
_PAGES_BYTES = 32 * 1024**2


class Move(NamedTuple):
    """A feature that was touched: whether it was there before; its row, None if it has gone."""

    uid: str
    was_there: bool
    row: Row | None


@dataclass(frozen=True, kw_only=True)
class Look:
    """One look at a layer: the snapshot, the part that is wanted, and how to find things out.

    `revision` is the last changeset up to `number` that touched the layer; wanted are `limit` rows
    after a uid, and one more if there is one. `moves` gives what was touched after a changeset,
    None for too much.
    """

    number: int
    revision: int
    after: str | None
    limit: int
    read: Callable[[], list[Row]]
    count: Callable[[], int]
    moves: Callable[[int], Sequence[Move] | None]


class _Page(NamedTuple):
    number: int
    rows: list[Row]
    size: int


class FollowedPages:
    """Keep pages and sizes of layers; safe to share between threads."""

    def __init__(self) -> None:
        self._pages: KeptWithin[_Page] = KeptWithin(_PAGES_BYTES)
        # By layer the changeset as of which it has so many features.
        self._sizes: KeptWithin[tuple[int, int]] = KeptWithin(_LAYERS)

    def page(self, layer: Hashable, form: Hashable, look: Look) -> tuple[list[Row], int]:
        """Give the rows of a page, and how many features the layer has.

        `layer` names the layer in the life of its store, `form` which columns are read.
        """
        moves = cache(look.moves)
        rows = self._rows((layer, form, look.after, look.limit), look, moves)
        if look.after is None and len(rows) <= look.limit:
            return rows, len(rows)  # they are all there
        return rows, self._size(layer, look, moves)

    def _rows(
        self, key: Hashable, look: Look, moves: Callable[[int], Sequence[Move] | None]
    ) -> list[Row]:
        kept = self._pages.find(key)
        if kept is not None and kept.number > look.number:
            return look.read()  # somebody who sees more has been here
        page = None if kept is None else _followed(kept, look, moves)
        if page is None:
            rows = look.read()
            page = _Page(look.number, rows, sum(map(_size_of, rows)))
        self._pages.keep(key, page, page.size)
        return page.rows

    def _size(
        self, layer: Hashable, look: Look, moves: Callable[[int], Sequence[Move] | None]
    ) -> int:
        kept = self._sizes.find(layer)
        if kept is not None and kept[0] > look.number:
            return look.count()
        size = None if kept is None else _counted(*kept, look, moves)
        if size is None:
            size = look.count()
        self._sizes.keep(layer, (look.number, size), 1)
        return size


def _counted(
    number: int, size: int, look: Look, moves: Callable[[int], Sequence[Move] | None]
) -> int | None:
    if look.revision <= number:
        return size
    found = moves(number)
    if found is None:
        return None
    return size + sum((move.row is not None) - move.was_there for move in found)


def _followed(
    page: _Page, look: Look, moves: Callable[[int], Sequence[Move] | None]
) -> _Page | None:
    """Bring a page to where somebody looks; None where what follows it has to be read."""
    if look.revision <= page.number:
        return page._replace(number=look.number)
    found = moves(page.number)
    if found is None:
        return None
    wanted = look.limit + 1
    # Where a page is full, nothing is known of what comes after its last row.
    last = page.rows[-1][0] if len(page.rows) == wanted else None
    touched = {move.uid for move in found}
    come = [
        move.row
        for move in found
        if move.row is not None
        and (look.after is None or move.uid > look.after)
        and (last is None or move.uid <= last)
    ]
    rows = [row for row in page.rows if row[0] not in touched]
    rows = sorted([*rows, *come], key=_uid_of)[:wanted]
    if last is not None and len(rows) < wanted:
        return None
    return _Page(look.number, rows, page.size + sum(map(_size_of, come)))


def _uid_of(row: Row) -> str:
    return str(row[0])


def _size_of(row: Row) -> int:
    return _OVERHEAD + sum(len(value) for value in row if isinstance(value, str | bytes))


def moves_since(
    connection: Connection,
    backend: Backend,
    metadata: MetaData,
    table: str,
    names: Sequence[str],
    between: tuple[int, int],
) -> list[Move] | None:
    """Read what changesets touched, those after the first and up to the second number.

    `names` are the columns of the rows, uid first; None where there is too much of it.
    """
    after, until = between
    given = {"layer": table, "after": after, "until": until}
    statement = _moves(metadata, table, tuple(names))
    rows = backend.fetch(connection, statement, given)
    if len(rows) > _MOST:
        return None
    found = {
        row[0]: Move(row[0], row[1] not in {None, changesets.DELETED}, _row_of(row[2:]))
        for row in rows
    }
    return list(found.values())


def _row_of(values: Row) -> Row | None:
    return None if values[0] is None else tuple(values)


@lru_cache(maxsize=256)
def _moves(metadata: MetaData, table: str, names: tuple[str, ...]) -> Select[Any]:
    """Select the uid of each version, what was done to the feature before, and it as it is now."""
    version, features = metadata.tables["gg_version"], metadata.tables[table]
    layer: BindParameter[Any] = bindparam("layer")
    after: BindParameter[Any] = bindparam("after")
    touched = (
        select(version.c.uid)
        .where(
            version.c.layer == layer,
            version.c.changeset > after,
            version.c.changeset <= bindparam("until"),
        )
        .limit(_MOST + 1)
        .subquery("touched")
    )
    earlier = version.alias("earlier")
    before = (
        select(earlier.c.operation)
        .where(
            earlier.c.layer == layer,
            earlier.c.uid == touched.c.uid,
            relation.by_uid(earlier) <= after,
        )
        .order_by(earlier.c.seq.desc())
        .limit(1)
        .scalar_subquery()
    )
    columns = (features.c[name] for name in names)
    return select(touched.c.uid, before, *columns).outerjoin_from(
        touched, features, touched.c.uid == features.c.uid
    )
