"""Who may do what: the one place that says what a request may see and change.

Every door takes the `Scope` of a request from here, as a dependency: `scope: ScopeNow`. What it
rests on is `layers.accounts`.
"""

from typing import Annotated

from fastapi import Depends

from api.rights.gate import Gate, visitor_here, visitor_of
from layers.accounts import Visitor
from layers.store import Scope

__all__ = ["Gate", "ScopeNow", "VisitorNow", "scope_of", "visitor_of"]
VisitorNow = Annotated[Visitor, Depends(visitor_here)]


async def scope_of(visitor: VisitorNow) -> Scope:
    """Give what a request may see and change; nothing that was not given.

    Raises
    ------
    CredentialsRefusedError, StoreError
    """
    return visitor.scope


ScopeNow = Annotated[Scope, Depends(scope_of)]
