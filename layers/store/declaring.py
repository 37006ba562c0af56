"""Kinds of a store's own: their declarations in `gg_kind`, and what a new one does to the tables.

Each declaration that was ever made is a row, numbered from 1; the last one of a key holds. What a
`Store` knows of its layers it read at one time; the stamp of that time tells it, at the beginning
of each reading, whether somebody has declared something since.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Column, Connection, MetaData, func, insert, inspect, select

from layers.clock import now
from layers.kinds import KINDS, Kind, Kinds
from layers.kinds.own import (
    Declaration,
    KindNarrowerError,
    KindsFullError,
    KindTableTakenError,
    widening_problems,
    write_declaration,
)
from layers.kinds.own.declaration import parse_declaration
from layers.kinds.own.limits import MAX_KINDS
from layers.store.backend import Backend
from layers.store.column_types import FIELD_TYPES
from layers.store.schema import build_metadata, shared_metadata
from layers.store.settings import StoreSettings

_SYSTEM = shared_metadata((), 0)
_KIND = _SYSTEM.tables["gg_kind"]
_SETTING = _SYSTEM.tables["gg_setting"]
_LAST = select(func.max(_KIND.c.number)).scalar_subquery()
_VERSION = _SYSTEM.tables["gg_version"]
# Made once: it is asked whenever a reading begins.
STAMP = select(
    select(_SETTING.c.value).where(_SETTING.c.key == "restore_epoch").scalar_subquery(),
    _LAST,
    # And in the same breath, whether another program has edited features.
    select(_VERSION.c.seq).where(_VERSION.c.changeset.is_(None)).limit(1).scalar_subquery(),
)


@dataclass(frozen=True, kw_only=True)
class Stamp:
    """Name the state of a store's declarations: the last one, in one life of the store."""

    restore_epoch: str
    number: int

    def is_before(self, other: Stamp) -> bool:
        """Tell whether `other` knows more; a restored store is another one altogether."""
        return self.restore_epoch != other.restore_epoch or self.number < other.number


@dataclass(frozen=True, kw_only=True)
class Layers:
    """What a store knew of itself when it last looked."""

    settings: StoreSettings
    kinds: Kinds
    metadata: MetaData
    stamp: Stamp


class Deed(StrEnum):
    """What became of a declaration."""

    ADDED = "added"
    CHANGED = "changed"
    # Nobody had ever written to the layer, so that it could be made anew.
    REPLACED = "replaced"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, kw_only=True)
class KindOutcome:
    """What a declaration did, or would do, to a store; `new_fields` are keys."""

    deed: Deed
    declaration: Declaration
    new_fields: tuple[str, ...] = ()

    @property
    def kind(self) -> Kind:
        """Give the kind that was declared."""
        return self.declaration.kind


def stamp(connection: Connection) -> Stamp:
    """Read which declaration is the last."""
    return stamp_and_edits(connection)[0]


def stamp_and_edits(connection: Connection) -> tuple[Stamp, bool]:
    """Read which declaration is the last, and whether there are edits to adopt, in one question."""
    return read_stamp(connection.execute(STAMP).one())


def read_stamp(row: Sequence[Any]) -> tuple[Stamp, bool]:
    """Read the same from a row that begins with what `STAMP` asks for."""
    return Stamp(restore_epoch=row[0], number=row[1] or 0), row[2] is not None


def look(connection: Connection) -> Layers:
    """Read everything that a store knows of itself."""
    settings = StoreSettings.load(connection, _SYSTEM)
    kinds = known_kinds(connection)
    metadata = shared_metadata(tuple(kinds.values()), settings.srid)
    return Layers(settings=settings, kinds=kinds, metadata=metadata, stamp=stamp(connection))


def known_kinds(connection: Connection) -> Kinds:
    """Read the kinds of a store: those of the package, then its own as they were first declared.

    A theme stays for whoever is listed under it, even if its own declaration has left it.
    """
    declared: dict[str, Kind] = {}
    themes = {}
    for row in connection.execute(select(_KIND).order_by(_KIND.c.number)):
        # It was checked when it was taken; what has come to the package since must not hide it.
        declaration, _ = parse_declaration(row.declaration, name=row.key, known=KINDS)
        declared[row.key] = declaration.kind
        if declaration.theme is not None:
            themes[declaration.theme.key] = declaration.theme
    return KINDS.extended(declared.values(), themes.values())


def text_of(declaration: Declaration) -> str:
    """Write a declaration in the one form in which it is kept."""
    built_in = KINDS.code_lists()
    return write_declaration(declaration.kind, declaration.theme, built_in=built_in)


def plan(connection: Connection, known: Layers, declaration: Declaration) -> KindOutcome:
    """Find what a checked declaration would do.

    Raises
    ------
    KindNarrowerError, KindTableTakenError, KindsFullError
    """
    kind = declaration.kind
    if kind.key not in known.kinds:
        if len(known.kinds.own) >= MAX_KINDS:
            raise KindsFullError(allowed=MAX_KINDS)
        if inspect(connection).has_table(kind.key):
            raise KindTableTakenError(key=kind.key)
        return KindOutcome(deed=Deed.ADDED, declaration=declaration)
    if text_of(declaration) == _text_now(connection, kind.key):
        return KindOutcome(deed=Deed.UNCHANGED, declaration=declaration)
    old = known.kinds[kind.key]
    before = {field.key for field in old.fields}
    new = tuple(field.key for field in kind.own_fields if field.key not in before)
    problems = widening_problems(old, kind)
    if not problems:
        return KindOutcome(deed=Deed.CHANGED, declaration=declaration, new_fields=new)
    if _was_written_to(connection, kind.key):
        raise KindNarrowerError(file=kind.key, count=len(problems), problems=problems)
    return KindOutcome(deed=Deed.REPLACED, declaration=declaration, new_fields=new)


def carry_out(
    connection: Connection, backend: Backend, known: Layers, outcome: KindOutcome, *, author: str
) -> None:
    """Bring tables and register into line with a declaration, and keep it."""
    if outcome.deed is Deed.UNCHANGED:
        return
    if outcome.deed is Deed.CHANGED:
        _widen(connection, backend, known.kinds[outcome.kind.key], outcome)
    else:
        if outcome.deed is Deed.REPLACED:
            backend.unregister_layer(connection, outcome.kind.key)
            known.metadata.tables[outcome.kind.key].drop(connection)
        create_layer(connection, backend, outcome.kind, known.settings.srid)
    number = connection.scalar(select(func.coalesce(func.max(_KIND.c.number), 0) + 1))
    row = {
        "number": number,
        "key": outcome.kind.key,
        "declaration": text_of(outcome.declaration),
        "author": author,
        "declared_at": now(),
    }
    connection.execute(insert(_KIND), row)


def create_layer(connection: Connection, backend: Backend, kind: Kind, srid: int) -> None:
    """Create the table of a kind with indexes, triggers and its entry for other programs."""
    table = build_metadata((kind,), srid).tables[kind.key]
    table.create(connection)
    backend.register_layer(connection, kind.key, kind.title_zh, srid)
    backend.create_history_triggers(connection, kind.key)


def _widen(connection: Connection, backend: Backend, old: Kind, outcome: KindOutcome) -> None:
    kind = outcome.kind
    # Never by a batch, which on SQLite makes the table anew and loses what hangs on the old one.
    operations = Operations(MigrationContext.configure(connection))
    for key in outcome.new_fields:
        field = kind.field_named(key)
        operations.add_column(kind.key, Column(key, FIELD_TYPES[field.type]))
    if outcome.new_fields:
        backend.create_history_triggers(connection, kind.key)
    if kind.title_zh != old.title_zh:
        backend.retitle_layer(connection, kind.key, kind.title_zh)


def _text_now(connection: Connection, key: str) -> str | None:
    newest = select(_KIND.c.declaration).where(_KIND.c.key == key).order_by(_KIND.c.number.desc())
    return connection.scalar(newest.limit(1))


def _was_written_to(connection: Connection, key: str) -> bool:
    version = _SYSTEM.tables["gg_version"]
    return (
        connection.scalar(select(version.c.seq).where(version.c.layer == key).limit(1)) is not None
    )
