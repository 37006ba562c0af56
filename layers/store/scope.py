"""Who may do what, where: the frame that every read and write of a store is held to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from layers.errors import ScopeError


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
    Features that lie in no unit belong to no subtree.
    """

    units: frozenset[str] | None = None
    kinds: frozenset[str] | None = None
    verbs: frozenset[Verb] | None = None

    @classmethod
    def all(cls) -> Self:
        """Allow everything, as the command line does."""
        return cls()

    def allows(self, verb: Verb, kind: str) -> bool:
        """Tell whether `verb` is allowed on `kind` somewhere."""
        return (self.kinds is None or kind in self.kinds) and (
            self.verbs is None or verb in self.verbs
        )

    def require(self, verb: Verb, kind: str) -> None:
        """Refuse what the scope does not allow.

        Raises
        ------
        ScopeError
        """
        if not self.allows(verb, kind):
            raise ScopeError(verb=verb.value, kind=kind)
