"""Rows on their way into a table, in the form in which the driver takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from sqlalchemy import Column, Dialect, Table
from sqlalchemy.types import TypeEngine


@dataclass(frozen=True)
class Batch:
    """Rows with the same columns; the first column of features is `uid`."""

    names: tuple[str, ...]
    rows: list[tuple[Any, ...]] = field(repr=False)

    def __len__(self) -> int:
        return len(self.rows)

    @classmethod
    def of(
        cls,
        table: Table,
        columns: Mapping[str, Sequence[Any]],
        dialect: Dialect,
        *,
        but: type[TypeEngine[Any]] | tuple[()] = (),
    ) -> Self:
        """Bind whole columns of values as SQLAlchemy would bind each, `but` those of one type."""
        bound = [
            values
            if isinstance(table.c[name].type, but)
            else _bound(table.c[name], values, dialect)
            for name, values in columns.items()
        ]
        return cls(tuple(columns), list(zip(*bound, strict=True)))

    def column(self, name: str) -> list[Any]:
        """Give the values of one column."""
        position = self.names.index(name)
        return [row[position] for row in self.rows]


@dataclass(frozen=True, kw_only=True)
class LayerRows:
    """What a change does to one layer: features that come, that change, and uids of those that go.

    `ready` is what the backend has made ready for exactly these rows, on a layer as it was when
    they were prepared.
    """

    inserted: Batch | None = None
    updated: Batch | None = None
    deleted: Sequence[str] = ()
    ready: object = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(self.inserted or ()) + len(self.updated or ()) + len(self.deleted)

    def on_a_changed_layer(self) -> Self:
        """Give the same rows without what was made ready for the layer as it was."""
        return replace(self, ready=None)


def _bound(of: Column[Any], values: Sequence[Any], dialect: Dialect) -> Sequence[Any]:
    bind = of.type.dialect_impl(dialect).bind_processor(dialect)
    return values if bind is None else [bind(value) for value in values]
