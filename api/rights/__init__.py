"""Who may do what: the one place that says what a request may see and change.

Every door takes the `Scope` of a request from here, as a dependency: `scope: ScopeNow`.
"""

from typing import Annotated

from fastapi import Depends, Request

from layers.store import Scope

__all__ = ["ScopeNow", "scope_of"]


def scope_of(request: Request) -> Scope:
    """Give what a request may see and change: as long as there are no accounts, everything."""
    del request
    return Scope.all()


ScopeNow = Annotated[Scope, Depends(scope_of)]
