"""Features page by page: filtered, ordered, counted, and where a layer lies as a whole.

A page says after which feature the next one begins, and of which changeset it is. Who asks for
the next page as of that changeset reads one state from beginning to end, whoever writes meanwhile.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from geopandas import GeoDataFrame
from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    Table,
    and_,
    func,
    literal,
    or_,
    select,
)

from layers.errors import PageLostError, UnknownFieldError
from layers.kinds.model import Kind
from layers.store import changesets
from layers.store.backend import Backend, Bounds
from layers.store.cql import Filter, refusing_values
from layers.store.declaring import Layers
from layers.store.features import StoreFeatures
from layers.store.following import FollowedPages, Look, Move, Row, moves_since
from layers.store.found import FoundRows
from layers.store.kept import Kept
from layers.store.reading import Moment, require_fields
from layers.store.scope import Scope, Verb
from layers.store.spatial import box_asked
from layers.territory import LEVELS

# So many are remembered.
_COUNTS = 1_000

Days = tuple[dt.date | None, dt.date | None]


@dataclass(frozen=True, kw_only=True)
class Order:
    """One field to order by; what has no value comes last either way."""

    field: str
    descending: bool = False


@dataclass(frozen=True, kw_only=True)
class PageQuestion:
    """Say which features are wanted, and which part of them.

    All of `filters` must hold. `valid` is a first and a last day, None being without bound: what
    is valid on any day of them. `after` is the uid of the last feature of the page before.
    """

    filters: tuple[Filter, ...] = ()
    valid: Days | None = None
    as_of: Moment | None = None
    columns: tuple[str, ...] | None = None
    order: tuple[Order, ...] = ()
    after: str | None = None
    limit: int = 1_000

    @property
    def is_plain(self) -> bool:
        """Tell whether all features are wanted, in the order of their uids."""
        return not self.filters and self.valid is None and not self.order


@dataclass(frozen=True, kw_only=True)
class Page:
    """A part of the features that were asked for.

    `matched` counts all of them, on every page; `changeset` is the state that was read.
    """

    rows: FoundRows
    matched: int
    changeset: int
    is_last: bool

    @property
    def features(self) -> GeoDataFrame:
        """Give the features as a frame, indexed by uid."""
        return self.rows.frame

    @property
    def last_uid(self) -> str | None:
        """Name the feature after which the next page begins; None where there is none."""
        return None if self.is_last else str(self.rows.uids[-1])


@dataclass(frozen=True, kw_only=True)
class Extent:
    """Where and when the features of a kind are: a box in the storage CRS, first and last day."""

    bounds: Bounds | None
    days: Days


class _Limits(NamedTuple):
    """What a scope leaves of a layer: only these features, without these fields.

    `number` is the changeset as of which it does, `revision` the last that touched the layer.
    """

    number: int
    revision: int
    uids: Collection[str] | Select[tuple[str]] | None
    hidden: frozenset[str]


class StorePages(StoreFeatures):
    """Answer about features part by part."""

    def __init__(self, backend: Backend, layers: Layers) -> None:
        super().__init__(backend, layers)
        self._matched: Kept[int] = Kept(_COUNTS)
        self._pages = FollowedPages()

    def page(self, kind: str, question: PageQuestion, *, scope: Scope = Scope.all()) -> Page:
        """Read one page of the features of a kind.

        Raises
        ------
        UnknownKindError, UnknownFieldError, ScopeError, FilterError, ChangesetUnknownError
        PageLostError
            The feature after which the page begins is not among those asked for.
        """
        self.kind(kind)
        scope.require(Verb.READ, kind)
        hidden, allowed = scope.hidden_fields(kind), scope.units_for(Verb.READ, kind)
        as_of = question.as_of
        with self._reading_of(kind) as (connection, newest, revision):
            declared = self.kind(kind)  # with the fields that it has now
            number = newest
            if as_of is not None:
                number = changesets.number_at(connection, self._metadata, as_of)
            lying = None
            if allowed is not None:
                lying = self._lying(connection, kind, allowed, number)
            if allowed is None or lying is not None:
                limits = _Limits(number, revision, lying, hidden)
                return self._page(connection, declared, question, limits)
        inside = self._inside_of(kind, number, allowed)
        with self._reading() as connection:
            revision = changesets.revision(connection, self._metadata, kind)
            limits = _Limits(number, revision, inside, hidden)
            return self._page(connection, self.kind(kind), question, limits)

    def extent(self, kind: str, *, scope: Scope = Scope.all()) -> Extent:
        """Find where and when the features of a kind are today.

        Raises
        ------
        UnknownKindError, ScopeError
        """
        declared = self.kind(kind)
        scope.require(Verb.READ, kind)
        if scope.units_for(Verb.READ, kind) is not None:
            return _extent_of(self.read(kind, columns=["valid_from", "valid_to"], scope=scope))
        with self._reading() as connection:
            table = self._metadata.tables[kind]
            bounds = (
                self._backend.extent(connection, table, declared) if declared.is_spatial else None
            )
            return Extent(bounds=bounds, days=_days(connection, table))

    def _inside_of(
        self, kind: str, as_of: Moment | None, allowed: frozenset[str]
    ) -> Collection[str]:
        territory = self.territory(kind, as_of=as_of)[list(LEVELS)]
        return territory.index[territory.isin(allowed).any(axis=1)].tolist()

    def _page(
        self,
        connection: Connection,
        kind: Kind,
        asked: PageQuestion,
        limits: _Limits,
    ) -> Page:
        require_fields(kind, asked.columns)
        _require_sortable(kind, asked.order, limits.hidden)
        names = self._reader.names(kind, asked.columns)
        is_today = limits.revision <= limits.number  # nothing has changed since
        if is_today and limits.uids is None and asked.is_plain:
            rows, matched = self._followed(connection, kind, names, asked, limits)
        else:
            rows, matched = self._found(connection, kind, names, asked, limits)
        of = self._told(connection, kind.key, limits.number) if limits.hidden else frozenset()
        return Page(
            rows=self._reader.found(rows[: asked.limit], kind, names, limits.hidden, of),
            matched=matched,
            changeset=limits.number,
            is_last=len(rows) <= asked.limit,
        )

    def _followed(
        self,
        connection: Connection,
        kind: Kind,
        names: list[str],
        asked: PageQuestion,
        limits: _Limits,
    ) -> tuple[Sequence[Any], int]:
        """Read a page of all features as they are, of which most may be known."""
        known, table = self._layers, self._metadata.tables[kind.key]
        every = select(*(table.c[name] for name in names))

        def read() -> list[Row]:
            part = _part(connection, every, table, asked).limit(asked.limit + 1)
            return [tuple(row) for row in self._backend.fetch(connection, part)]

        def moves(after: int) -> list[Move] | None:
            between = (after, limits.number)
            return moves_since(connection, self._backend, self._metadata, kind.key, names, between)

        layer = (known.settings.restore_epoch, known.stamp.number, kind.key)
        look = Look(
            number=limits.number,
            revision=limits.revision,
            after=asked.after,
            limit=asked.limit,
            read=read,
            count=partial(_count, connection, every, table),
            moves=moves,
        )
        return self._pages.page(layer, tuple(names), look)

    def _found(
        self,
        connection: Connection,
        kind: Kind,
        names: list[str],
        asked: PageQuestion,
        limits: _Limits,
    ) -> tuple[Sequence[Any], int]:
        """Find what was asked for, and count it."""
        is_today = limits.revision <= limits.number
        source = self._reader.source(connection, kind, None if is_today else limits.number)
        found = select(*(source.c[name] for name in names))
        for each in asked.filters:
            found = self._reader.filtered(found, source, kind, each, hidden=limits.hidden)
        if asked.valid is not None:
            found = found.where(_valid_during(source, *asked.valid))
        if isinstance(limits.uids, Select):
            found = found.where(source.c.uid.in_(limits.uids))
        elif limits.uids is not None:
            found = found.where(self._backend.among(source.c.uid, limits.uids))
        with refusing_values(" ".join(each.text for each in asked.filters) or None):
            is_lasting = is_today and limits.uids is None

            def count() -> int:
                box = self._only_box(kind, asked) if is_lasting else None
                if box is None or not isinstance(source, Table):
                    return _count(connection, found, source)
                return self._backend.count_in_box(connection, kind, source, box)

            known = self._layers
            told = (known.settings.restore_epoch, known.stamp.number, kind.key, limits.revision)
            key = (*told, asked.filters, asked.valid)
            part = _part(connection, found, source, asked)
            rows = self._backend.fetch(connection, part.limit(asked.limit + 1))
            if asked.after is None and len(rows) <= asked.limit:
                return rows, len(rows)  # they are all there
            return rows, self._matched.get(key, count) if is_lasting else count()

    def _only_box(self, kind: Kind, asked: PageQuestion) -> Bounds | None:
        """Give the box in the storage CRS if all that lies in one is asked for, and nothing else.

        What lies in it is counted by the index alone, as far as that can tell.
        """
        if asked.valid is not None or len(asked.filters) != 1 or not kind.is_spatial:
            return None
        (only,) = asked.filters
        tree = json.loads(only.text) if only.is_json else None
        return box_asked(tree, only.crs, self.settings.storage_crs)


def _require_sortable(kind: Kind, order: Iterable[Order], hidden: frozenset[str]) -> None:
    known = tuple(each.key for each in kind.fields if each.key not in hidden)
    for each in order:
        if each.field not in known:
            raise UnknownFieldError(kind=kind.key, field=each.field, known=known)


def _count(connection: Connection, found: Select[Any], source: FromClause) -> int:
    counted = found.with_only_columns(func.count()).select_from(source)
    return connection.execute(counted).scalar_one()


def _part(
    connection: Connection, found: Select[Any], source: FromClause, asked: PageQuestion
) -> Select[Any]:
    """Order what was found, and begin after the last feature of the page before."""
    columns = [(source.c[each.field], each.descending) for each in asked.order]
    ordered = found.order_by(*_order(columns), source.c.uid)
    if asked.after is None:
        return ordered
    uid = literal(asked.after, source.c.uid.type)
    if not columns:
        return ordered.where(source.c.uid > uid)
    here = select(*(column for column, _ in columns)).where(source.c.uid == uid)
    values = connection.execute(here).first()
    if values is None:
        raise PageLostError(after=asked.after)
    return ordered.where(_beyond(columns, values, source.c.uid > uid))


def _order(columns: Iterable[tuple[ColumnElement[Any], bool]]) -> list[ColumnElement[Any]]:
    """Say where what has no value comes: databases do not agree about it."""
    return [
        term
        for column, descending in columns
        for term in (column.is_(None), column.desc() if descending else column.asc())
    ]


def _beyond(
    columns: Sequence[tuple[ColumnElement[Any], bool]],
    values: Sequence[Any],
    tie: ColumnElement[bool],
) -> ColumnElement[bool]:
    """Keep what comes after `values` in the order of `columns`, and after `tie` where equal."""
    beyond = tie
    for (column, descending), value in reversed(list(zip(columns, values, strict=True))):
        if value is None:
            beyond = and_(column.is_(None), beyond)
            continue
        bound = literal(value, column.type)
        further = column < bound if descending else column > bound
        beyond = or_(further, column.is_(None), and_(column == bound, beyond))
    return beyond


def _valid_during(
    source: FromClause, first: dt.date | None, last: dt.date | None
) -> ColumnElement[bool]:
    """Keep what is valid on any of some days: half-open periods, null being without bound."""
    begin, end = source.c.valid_from, source.c.valid_to
    began = [] if last is None else [or_(begin.is_(None), begin <= last)]
    goes_on = [] if first is None else [or_(end.is_(None), end > first)]
    return and_(or_(begin.is_(None), end.is_(None), begin < end), *began, *goes_on)


def _days(connection: Connection, table: FromClause) -> Days:
    """Find the first and the last day on which anything is valid; None where that has no end."""
    begin, end = table.c.valid_from, table.c.valid_to
    counts = (func.count(), func.count(begin), func.count(end), func.min(begin), func.max(end))
    rows, begins, ends, first, last = connection.execute(select(*counts)).one()
    return first if begins == rows else None, last if ends == rows else None


def _extent_of(features: GeoDataFrame) -> Extent:
    bounds = features.total_bounds
    begin, end = features["valid_from"], features["valid_to"]
    return Extent(
        bounds=tuple(bounds.tolist()) if np.isfinite(bounds).all() else None,
        days=(
            begin.min() if len(begin) and begin.notna().all() else None,
            end.max() if len(end) and end.notna().all() else None,
        ),
    )
