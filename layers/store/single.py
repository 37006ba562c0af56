"""One feature alone, by its uid or its key: what is asked most often, and of whoever writes.

The statements are made once for each layer, since making one takes longer than running it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, Table, bindparam, func, select

from layers.store import relation
from layers.store.cql import Filter
from layers.store.found import FoundRows
from layers.store.paging import PageQuestion, StorePages
from layers.store.scope import Scope, Verb

_LAYERS = 200  # so many layers' statements are kept


@dataclass(frozen=True, kw_only=True)
class Single:
    """A feature, of which there are no `rows` where it is not to be seen.

    `revision` is the changeset that last touched it, 0 for one that never was.
    """

    rows: FoundRows
    revision: int


class StoreSingle(StorePages):
    """Answer about single features."""

    def feature(self, kind: str, uid: str, *, scope: Scope = Scope.all()) -> Single:
        """Read a feature as it is now, and its revision.

        Raises
        ------
        UnknownKindError, ScopeError
        """
        self.kind(kind)
        scope.require(Verb.READ, kind)
        if "\0" in uid:  # which no text holds: as a value of a filter it is refused
            return Single(rows=self.page(kind, _question("uid", uid), scope=scope).rows, revision=0)
        hidden, allowed = scope.hidden_fields(kind), scope.units_for(Verb.READ, kind)
        with self._reading() as connection:
            declared, table = self.kind(kind), self._metadata.tables[kind]
            given = {"uid": uid}
            version = self._metadata.tables["gg_version"]
            asked = {**given, "layer": kind}
            revision = connection.execute(_revision(version), asked).scalar_one() or 0
            lying = None if allowed is None else self._lying(connection, kind, allowed, None)
            names = self._reader.names(declared, None)
            alone = _alone(table, tuple(names))
            if lying is not None:
                alone = alone.where(table.c.uid.in_(lying))
            rows = self._backend.fetch(connection, alone, given)
            told = self._told(connection, kind, None) if hidden else frozenset[str]()
            found = self._reader.found(rows, declared, names, hidden, told)
        if allowed is not None and lying is None:  # where it lies has to be found out first
            found = self.page(kind, _question("uid", uid), scope=scope).rows
        return Single(rows=found, revision=revision)

    def with_key(self, kind: str, key: str, *, scope: Scope = Scope.all()) -> list[str]:
        """Give the uids of features that have a key: two of them where there are more.

        Raises
        ------
        UnknownKindError, ScopeError
        """
        name = self.kind(kind).key_field
        scope.require(Verb.READ, kind)
        if scope.units_for(Verb.READ, kind) is not None:
            return list(self.page(kind, _question(name, key), scope=scope).rows.uids)
        with self._reading() as connection:
            statement = _with_key(self._metadata.tables[kind], name)
            return list(connection.scalars(statement, {"key": key}))


def _question(name: str, value: str) -> PageQuestion:
    same = Filter.of({"op": "=", "args": [{"property": name}, value]})
    return PageQuestion(filters=(same,), limit=2)


@lru_cache(maxsize=_LAYERS)
def _alone(table: Table, names: tuple[str, ...]) -> Select[Any]:
    return select(*(table.c[name] for name in names)).where(table.c.uid == bindparam("uid"))


@lru_cache(maxsize=_LAYERS)
def _with_key(table: Table, name: str) -> Select[tuple[str]]:
    return select(table.c.uid).where(table.c[name] == bindparam("key")).limit(2)


@lru_cache(maxsize=16)
def _revision(version: Table) -> Select[Any]:
    return select(func.max(relation.by_uid(version))).where(
        version.c.layer == bindparam("layer"), version.c.uid == bindparam("uid")
    )
