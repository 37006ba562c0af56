"""Features created, replaced, changed and deleted by other programs.

Only in layers that an administrator has opened for it, and by those who may do so anyway. Every
request is one changeset, or none. Who changes or deletes says which version they know, by
`If-Match`; who creates may name the feature, so that asking twice does not make two.
"""

import json

from fastapi import Response

from api.errors import ItemMissingError, MalformedError, MethodNotAllowedError
from api.ogc import items
from api.ogc.door import Door
from api.ogc.sent import PATCH_MEDIA, WHOLE_MEDIA, part_of, read_document, whole_of
from api.ogc.versions import require_known
from api.rights.forms import require_own_page
from layers.editing import fit, require_unused
from layers.exporting.geojson import feature_texts
from layers.kinds import Kind
from layers.store import PlainRows, PreparedChange, Verb
from layers.store.found import FoundRows

_LOCAL = "local"  # the author before there are accounts: the machine's own user
_HERE = "OGC:CRS84"
_READ = ("GET", "HEAD")
_EVERY = (*_READ, "OPTIONS")
# What is asked for beside reading, by what it needs.
_OF_LAYER = {"POST": Verb.CREATE}
_OF_FEATURE = {"PUT": Verb.UPDATE, "PATCH": Verb.UPDATE, "DELETE": Verb.DELETE}


def writable(door: Door) -> list[Kind]:
    """List the layers of which whoever asks may write something here."""
    opened = door.visit.service.gate.accounts.openings.writable()
    writes = (Verb.CREATE, Verb.UPDATE, Verb.DELETE)
    return [
        kind
        for kind in (door.collections() if opened else ())
        if kind.key in opened and any(door.scope.allows(verb, kind.key) for verb in writes)
    ]


def options(door: Door, key: str, uid: str | None = None) -> Response:
    """Say which methods an address answers to."""
    kind = door.collection(key)
    is_open = kind.key in door.visit.service.gate.accounts.openings.writable()
    asked = _OF_LAYER if uid is None else _OF_FEATURE
    more = [
        method for method, verb in asked.items() if is_open and door.scope.allows(verb, kind.key)
    ]
    return Response(status_code=204, headers={"Allow": ", ".join((*_EVERY, *more))})


def create(door: Door, key: str, body: bytes) -> Response:
    """Add a feature; its address is in the answer."""
    kind = _opened(door, key, Verb.CREATE)
    document = read_document(door, body, WHOLE_MEDIA)
    sent = whole_of(door, kind, document)
    uid = document.get("id")
    if uid is not None:
        if not isinstance(uid, str):
            raise MalformedError
        require_unused(door.store, kind.key, uid)
    row = fit(door.store, kind, sent, scope=door.scope, uid=uid)
    prepared = door.store.prepare(kind.key, insert=row)
    _apply(door, "create", prepared, None)
    (made,) = prepared.inserted
    there = door.url(f"/collections/{kind.key}/items/{made}")
    return _shown(door, kind, made, 201, {"Location": there})


def replace(door: Door, key: str, uid: str, body: bytes) -> Response:
    """Put a feature in the place of one that there is."""
    kind, _, expected = _known(door, key, uid, Verb.UPDATE)
    document = read_document(door, body, WHOLE_MEDIA)
    if document.get("id", uid) != uid:
        raise MalformedError
    sent = whole_of(door, kind, document)
    row = fit(door.store, kind, sent, scope=door.scope, uid=uid)
    return _written(door, kind, uid, row, expected)


def update(door: Door, key: str, uid: str, body: bytes) -> Response:
    """Change those values of a feature that are sent; null takes a value away."""
    kind, known, expected = _known(door, key, uid, Verb.UPDATE)
    document = read_document(door, body, PATCH_MEDIA)
    if document.get("id", uid) != uid:
        raise MalformedError
    (text,) = feature_texts(kind, known, _HERE)
    sent = part_of(door, document, json.loads(text)["properties"])
    row = fit(door.store, kind, sent, scope=door.scope, uid=uid)
    return _written(door, kind, uid, row, expected)


def delete(door: Door, key: str, uid: str) -> Response:
    """Take a feature away; its versions stay."""
    kind, _, expected = _known(door, key, uid, Verb.DELETE)
    _apply(door, "delete", door.store.prepare(kind.key, delete=[uid]), expected)
    return Response(status_code=204)


def _opened(door: Door, key: str, verb: Verb) -> Kind:
    """Find a layer that may be written, before anything that is sent is looked at.

    Raises
    ------
    CollectionMissingError, MethodNotAllowedError, ScopeError, FormStaleError
    """
    kind = door.collection(key)
    door.parameters("crs")
    door.format(("json",))
    request = door.request
    if kind.key not in door.visit.service.gate.accounts.openings.writable():
        read = ", ".join(_READ)
        raise MethodNotAllowedError(method=request.method, path=request.url.path, allowed=read)
    require_own_page(request, door.visit.visitor)
    door.scope.require(verb, kind.key)
    return kind


def _known(
    door: Door, key: str, uid: str, verb: Verb
) -> tuple[Kind, FoundRows, dict[str, int] | None]:
    """Find a feature that may be written, and what it must still be then.

    Raises
    ------
    ItemMissingError, VersionNeededError, VersionStaleError, and what `_opened` raises
    """
    kind = _opened(door, key, verb)
    found = door.store.feature(kind.key, uid, scope=door.scope)
    if not len(found.rows):
        raise ItemMissingError(collection=key, item=uid)
    return kind, found.rows, require_known(door, kind, uid, found.revision)


def _written(
    door: Door, kind: Kind, uid: str, row: PlainRows, expected: dict[str, int] | None
) -> Response:
    _apply(door, "update", door.store.prepare(kind.key, update=row), expected)
    return _shown(door, kind, uid, 200, {})


def _apply(
    door: Door, deed: str, prepared: PreparedChange, expected: dict[str, int] | None
) -> None:
    """Write what was worked out beforehand: who writes at the same time waits for less."""
    author = door.visit.visitor.name or _LOCAL
    said = f"OGC API: {deed}"
    with door.store.change(author=author, message=said, source="ogc", scope=door.scope) as change:
        change.apply(prepared, expect=expected)


def _shown(door: Door, kind: Kind, uid: str, status: int, headers: dict[str, str]) -> Response:
    """Answer with the feature as it is now."""
    path = f"/ogc/collections/{kind.key}/items/{uid}"
    made = items.one(Door(door.request, door.scope, path), kind.key, uid)
    made.status_code = status
    made.headers.update(headers)
    return made
