"""Who may do what, where: the frame that every read and write of a store is held to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

from layers.errors import ScopeError

# What is told of homes and people: as few as one of them may live there.
COUNTS = frozenset({"households", "population", "dwellings"})


class Verb(StrEnum):
    """What may be done with features of a kind."""

    READ = "read"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Limit access to territory subtrees, kinds and verbs; None means no limit of that sort.

    `units` are uids of territory units; a unit's subtree is everything whose territory names it.
    Features that lie in no unit belong to no subtree. `also` are further scopes: what any of them
    allows is allowed. Whoever asks where something is allowed asks `units_for`. One that is
    `without_counts` does not ask by the fields that count homes and people, and is not told of
    few (`layers.store.withholding`).
    """

    units: frozenset[str] | None = None
    kinds: frozenset[str] | None = None
    verbs: frozenset[Verb] | None = None
    without_counts: bool = False
    also: tuple[Scope, ...] = ()

    @classmethod
    def all(cls) -> Self:
        """Allow everything, as the command line does."""
        return cls()

    @classmethod
    def nothing(cls) -> Self:
        """Allow nothing, as to somebody of whom nothing is known."""
        return cls(units=frozenset(), kinds=frozenset(), verbs=frozenset())

    @classmethod
    def any_of(cls, scopes: Iterable[Scope]) -> Scope:
        """Allow what any of some scopes allows; the same for the same scopes in any order."""
        parts = {part for scope in scopes for part in scope.parts if not part.is_empty}
        if cls() in parts:
            return cls()
        if not parts:
            return cls.nothing()
        first, *others = sorted(parts, key=_order)
        return replace(first, also=tuple(others))

    @property
    def parts(self) -> tuple[Scope, ...]:
        """Give the single scopes that this one consists of."""
        return (replace(self, also=()), *self.also) if self.also else (self,)

    @property
    def reads_everything(self) -> bool:
        """Tell whether there is nothing that may not be read."""
        return any(
            part.units is None
            and part.kinds is None
            and not part.without_counts
            and (part.verbs is None or Verb.READ in part.verbs)
            for part in self.parts
        )

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is allowed anywhere."""
        return not self.also and frozenset() in {self.units, self.kinds, self.verbs}

    def allows(self, verb: Verb, kind: str) -> bool:
        """Tell whether `verb` is allowed on `kind` somewhere."""
        return any(_permits(part, verb, kind) for part in self.parts)

    def units_for(self, verb: Verb, kind: str) -> frozenset[str] | None:
        """Give the units in which `verb` is allowed on `kind`: None for everywhere."""
        limits = [part.units for part in self.parts if _permits(part, verb, kind)]
        found: frozenset[str] = frozenset()
        for limit in limits:
            if limit is None:
                return None
            found |= limit
        return found

    def hidden_fields(self, kind: str) -> frozenset[str]:
        """Name the fields of a kind that nobody here asks by, and of which not all is shown."""
        hides = any(part.without_counts for part in self.parts if _permits(part, Verb.READ, kind))
        return COUNTS if hides else frozenset()

    def for_reading(self) -> Scope:
        """Give what may be read, and nothing else."""
        reads = frozenset({Verb.READ})
        return Scope.any_of(
            replace(part, verbs=reads)
            for part in self.parts
            if part.verbs is None or Verb.READ in part.verbs
        )

    def covers(self, other: Scope, kinds: Iterable[str]) -> bool:
        """Tell whether all that `other` may read of some kinds may be read in this one."""
        return all(self._covers(other, kind) for kind in kinds)

    def _covers(self, other: Scope, kind: str) -> bool:
        if not self.allows(Verb.READ, kind) or self.hidden_fields(kind) > other.hidden_fields(kind):
            return False
        mine, theirs = self.units_for(Verb.READ, kind), other.units_for(Verb.READ, kind)
        return mine is None or (theirs is not None and theirs <= mine)

    def with_units(self, units: frozenset[str] | None) -> Scope:
        """Give a scope that allows the same, but in other units."""
        return Scope.any_of(replace(part, units=units) for part in self.parts)

    def require(self, verb: Verb, kind: str) -> None:
        """Refuse what the scope does not allow.

        Raises
        ------
        ScopeError
        """
        if not self.allows(verb, kind):
            raise ScopeError(verb=verb.value, kind=kind)


def _permits(part: Scope, verb: Verb, kind: str) -> bool:
    return (part.kinds is None or kind in part.kinds) and (part.verbs is None or verb in part.verbs)


def _order(scope: Scope) -> tuple[tuple[bool, list[str]], ...]:
    limits = (scope.units, scope.kinds, scope.verbs)
    sorted_limits = ((limit is not None, sorted(limit or ())) for limit in limits)
    return (*sorted_limits, (scope.without_counts, []))
