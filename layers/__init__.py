"""What a layer is, where it lives, and every change of it."""

from layers.runs import Run
from layers.store import (
    Cause,
    Changeset,
    Copied,
    Scope,
    Store,
    StoreDiff,
    Verb,
    copy_store,
    create_store,
    is_store,
    open_store,
    restore_backup,
)

__all__ = [
    "Cause",
    "Changeset",
    "Copied",
    "Run",
    "Scope",
    "Store",
    "StoreDiff",
    "Verb",
    "copy_store",
    "create_store",
    "is_store",
    "open_store",
    "restore_backup",
]
