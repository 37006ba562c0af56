"""Taking changes back, each time as a new changeset: nothing that was recorded goes away.

`undo` reverts one changeset and leaves the others alone. It needs every feature to be as that
changeset left it: what later ones made of it would be lost otherwise, and they are named in the
refusal. Changes that were themselves undone are no obstacle, so that several changesets can be
undone one after the other, the last one first.

`restore` brings whole layers back to an earlier state.

The difference is made before the write lock is taken; the writing then insists that what it is
about to touch has not been touched since.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from layers.errors import ChangesetUnknownError, LaterChange, ScopeError, UndoRefusedError
from layers.store.changesets import Cause
from layers.store.differences import KindDiff, StoreDiff
from layers.store.reading import Moment
from layers.store.scope import Scope, Verb

if TYPE_CHECKING:
    from layers.store.store import Store

_LISTED = 20


def undo(store: Store, number: int, *, author: str, message: str, scope: Scope) -> int | None:
    """Revert the changeset `number`; see `Store.undo`."""
    now = store.changeset_at()
    back = _way_back(store, number, now, scope)
    with store.change(
        author=author, message=message, cause=Cause.CORRECTION, scope=scope
    ) as change:
        for key, each in back.kinds.items():
            uids = list(each.happenings.index)
            seen = store.feature_revisions(key, uids, as_of=now)
            change.put_back(key, uids, as_of=number - 1, expect=seen)
    return change.changeset


def preview_undo(store: Store, number: int, *, scope: Scope) -> StoreDiff:
    """Give the difference that undoing `number` would make; see `Store.preview_undo`."""
    return _way_back(store, number, store.changeset_at(), scope)


def restore(
    store: Store,
    kinds: Iterable[str],
    as_of: Moment,
    *,
    author: str,
    message: str,
    scope: Scope,
) -> int | None:
    """Bring layers back to an earlier state; see `Store.restore`."""
    now = store.changeset_at()
    back = store.diff(now, as_of, kinds=kinds, scope=scope)
    with store.change(
        author=author,
        message=message,
        cause=Cause.CORRECTION,
        scope=scope,
        expect=store.revisions(back.kinds, as_of=now),
    ) as change:
        for key, each in back.kinds.items():
            change.put_back(key, list(each.happenings.index), as_of=back.until)
    return change.changeset


def _way_back(store: Store, number: int, now: int, scope: Scope) -> StoreDiff:
    """Give what undoing a changeset changes, if nothing stands against it."""
    if not 1 <= number <= now:
        raise ChangesetUnknownError(found=number, last=now)
    back = store.diff(number, number - 1)
    _require_scope(store, back, scope)
    later = [
        found for each in back.kinds.values() for found in _later_changes(store, each, number, now)
    ]
    if later:
        raise UndoRefusedError(number=number, later=tuple(later[:_LISTED]), count=len(later))
    return back


def _require_scope(store: Store, back: StoreDiff, scope: Scope) -> None:
    """Refuse before anything is told about features that the scope does not show."""
    for key in back.kinds:
        scope.require(Verb.READ, key)
    if all(scope.units_for(Verb.READ, key) is None for key in back.kinds):
        return
    mine = store.diff(back.since, back.until, kinds=back.kinds, scope=scope)
    for key, each in back.kinds.items():
        seen = mine.kinds[key].happenings.index if key in mine.kinds else ()
        if not each.happenings.index.isin(seen).all():
            raise ScopeError(verb=Verb.READ.value, kind=key)


def _later_changes(store: Store, back: KindDiff, number: int, now: int) -> list[LaterChange]:
    """List the features of a changeset that are no longer as it left them."""
    kind = back.kind.key
    since = store.diff(number, now, kinds=[kind]).kinds.get(kind)
    if since is None:
        return []
    different = since.happenings.index.intersection(back.happenings.index)
    touches = store.touches(kind, list(different), after=number)
    numbers = touches[touches["changeset"] <= now].groupby("uid")["changeset"].agg(tuple)
    codes = {each.uid: each.code for each in back.changes() if each.uid in numbers.index}
    return [
        LaterChange(kind=kind, uid=str(uid), code=codes[str(uid)], changesets=found)
        for uid, found in numbers.items()
    ]
