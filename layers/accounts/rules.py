"""The one rule: from who somebody is, and what was granted, to what a request may do.

Nothing is allowed that was not given. Without an administrator there is nobody who could give
anything: then the machine's own user may do everything, and nobody else anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from layers.accounts.people import ADMINISTERING, Grant
from layers.accounts.roles import ROLES
from layers.kinds import Kinds
from layers.store.scope import Scope, Verb


class Standing(StrEnum):
    """How a visitor is known."""

    OWNER = "owner"
    """There is no administrator yet, and the request comes from the machine itself."""
    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    TOKEN = "token"  # noqa: S105 - the name of a standing


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """Whoever makes a request, and what it may do."""

    standing: Standing
    scope: Scope
    name: str = ""
    account_id: str = ""
    administers: bool = False

    @property
    def is_known(self) -> bool:
        """Tell whether the visitor has an account."""
        return bool(self.account_id)


OWNER = Visitor(standing=Standing.OWNER, scope=Scope.all(), administers=True)
NOBODY = Visitor(standing=Standing.PUBLIC, scope=Scope.nothing())


def public_scope(opened: Iterable[str]) -> Scope:
    """Give what everybody may do: read what was opened, without the counts of homes and people."""
    kinds = frozenset(opened)
    if not kinds:
        return Scope.nothing()
    return Scope(kinds=kinds, verbs=frozenset({Verb.READ}), without_counts=True)


def granted_scope(
    grants: Iterable[Grant], opened: Iterable[str], known: Kinds, *, read_only: bool = False
) -> Scope:
    """Give what grants allow among the kinds of a store, and what everybody may do besides.

    A kind that somebody was granted in part is not shown to them elsewhere because it is open:
    what they see of it is theirs, with all its fields.
    """
    scope = Scope.any_of(_scope_of(grant, known) for grant in grants)
    if read_only:
        scope = scope.for_reading()
    others = [kind for kind in opened if not scope.allows(Verb.READ, kind)]
    return Scope.any_of([scope, public_scope(others)])


def administers(grants: Iterable[Grant], *, read_only: bool = False) -> bool:
    """Tell whether grants let one change accounts."""
    return not read_only and any(grant.role in ADMINISTERING for grant in grants)


def _scope_of(grant: Grant, known: Kinds) -> Scope:
    role = ROLES.get(grant.role)
    if role is None:  # a later version's
        return Scope.nothing()
    return role.scope(
        known,
        units=None if grant.unit_uid is None else frozenset({grant.unit_uid}),
        kinds=None if grant.kinds is None else frozenset(grant.kinds),
        verbs=None if grant.verbs is None else frozenset(grant.verbs),
    )
