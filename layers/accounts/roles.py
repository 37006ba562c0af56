"""The roles: which verbs on which kinds, declared here and nowhere else."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

from layers.kinds import Kinds
from layers.store.scope import Scope, Verb

T = TypeVar("T")

OWN = "own"
"""Stands for the kinds that a city has declared itself, whatever their theme."""

_SURVEYED = (
    "homes", "green", "campaign", "components", "squares", "duties", "events", "records", OWN,
)  # fmt: skip
_RUN_BY_THE_CAMPAIGN = (
    "campaign", "adoption", "components", "squares", "duties", "events", "records", OWN,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Permission:
    """Verbs on the kinds of some themes; None for the kinds of all."""

    verbs: frozenset[Verb]
    themes: frozenset[str] | None = None

    def kinds(self, known: Kinds) -> frozenset[str] | None:
        """Name the kinds that are meant among those that a store has."""
        if self.themes is None:
            return None
        return frozenset(
            key
            for key, kind in known.items()
            if kind.group in self.themes or (OWN in self.themes and key in known.own)
        )


@dataclass(frozen=True, kw_only=True)
class Role:
    """What somebody may do; `administers` also accounts, grants and what is open to everybody."""

    key: str
    permissions: tuple[Permission, ...]
    administers: bool = False

    def scope(
        self,
        known: Kinds,
        *,
        units: frozenset[str] | None = None,
        kinds: frozenset[str] | None = None,
        verbs: frozenset[Verb] | None = None,
    ) -> Scope:
        """Give what the role allows within limits of a grant; None is no limit."""
        return Scope.any_of(
            Scope(
                units=units,
                kinds=_both(each.kinds(known), kinds),
                verbs=None if self.administers else _both(each.verbs, verbs),
            )
            for each in self.permissions
        )


def _both(one: frozenset[T] | None, other: frozenset[T] | None) -> frozenset[T] | None:
    if one is None or other is None:
        return other if one is None else one
    return one & other


def _may(verbs: Collection[Verb], themes: Collection[str] | None = None) -> Permission:
    return Permission(verbs=frozenset(verbs), themes=None if themes is None else frozenset(themes))


_READS = _may([Verb.READ])

ROLES: Mapping[str, Role] = MappingProxyType(
    {
        role.key: role
        for role in (
            Role(key="viewer", permissions=(_READS,)),
            Role(
                key="surveyor",
                permissions=(_READS, _may([Verb.CREATE, Verb.UPDATE], _SURVEYED)),
            ),
            Role(
                key="coordinator",
                permissions=(
                    _READS,
                    _may([Verb.CREATE, Verb.UPDATE], _SURVEYED),
                    _may([Verb.CREATE, Verb.UPDATE, Verb.DELETE], _RUN_BY_THE_CAMPAIGN),
                ),
            ),
            Role(key="planner", permissions=(_may(tuple(Verb)),)),
            Role(key="administrator", permissions=(_may(tuple(Verb)),), administers=True),
        )
    }
)
