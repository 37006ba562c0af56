"""What a layer is, where it lives, and every change of it."""

from layers.runs import Run
from layers.store import (
    Cause,
    Changeset,
    Scope,
    Store,
    StoreDiff,
    Verb,
    create_store,
    is_store,
    open_store,
)

__all__ = [
    "Cause",
    "Changeset",
    "Run",
    "Scope",
    "Store",
    "StoreDiff",
    "Verb",
    "create_store",
    "is_store",
    "open_store",
]
