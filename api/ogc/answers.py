"""How an answer is sent: under the state that it depends on, compressed, or not at all."""

import gzip
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import cache
from importlib.metadata import version
from typing import Any

from fastapi import Response

from api.maps.base import Rendered
from api.ogc.door import MEDIA, Door
from api.pages.policy import POLICY, dressed
from api.zipping import EFFORT, Joined
from layers.clock import today
from layers.store import Scope

_SMALL = 1_000  # bytes that are not worth compressing
_ZIPPED = b"\x1f\x8b"  # how nothing begins that is text


def answer(
    door: Door,
    media: str,
    make: Callable[[], Any],
    *,
    kind: str | None = None,
    headers: Mapping[str, str] | None = None,
    also: object = None,
) -> Response:
    """Send what `make` gives, unless the client has it already.

    A document is sent as JSON, bytes as they are, pieces as the text that they are joined to, a
    page with the policy that its scripts need, and a response that is finished with its headers
    completed. It depends on the layer `kind`, or
    on the whole store, and on what is said to be so `also`.
    """
    sent = {**_headers(door, _tag(door, media, kind, also)), **(headers or {})}
    if _has_it(door, sent["ETag"]):
        door.may_be_recalled()
        return Response(status_code=304, headers=sent)
    zips = "gzip" in door.request.headers.get("accept-encoding", "")
    key = (sent["ETag"], zips)
    body = door.visit.service.bodies.find(key)
    if body is not None:
        door.may_be_recalled()
        return _sent(body, media, sent)
    made = make()
    if isinstance(made, Response):
        made.headers.update({name: text for name, text in sent.items() if name not in made.headers})
        return made
    if isinstance(made, Rendered):
        page = dressed(made)
        sent[POLICY] = page.policy
        return _sent(_packed(page.html.encode(), zips=zips), media, sent)
    if isinstance(made, Joined) and zips:
        body = door.visit.service.runs.zipped(made)
    else:
        body = _packed(_written(made), zips=zips)
    door.visit.service.bodies.keep(key, body)
    door.may_be_recalled()
    return _sent(body, media, sent)


def _written(made: Any) -> bytes:
    if isinstance(made, Joined):
        return made.plain()
    return made if isinstance(made, bytes) else to_json(made)


def _packed(body: bytes, *, zips: bool) -> bytes:
    return gzip.compress(body, EFFORT, mtime=0) if zips and len(body) > _SMALL else body


def _sent(body: bytes, media: str, headers: dict[str, str]) -> Response:
    if body.startswith(_ZIPPED):
        headers["Content-Encoding"] = "gzip"
    return Response(body, headers=headers, media_type=MEDIA[media])


def to_json(document: Any) -> bytes:
    """Write a document."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _headers(door: Door, tag: str) -> dict[str, str]:
    return {
        "ETag": tag,
        "Cache-Control": "private, no-cache",
        "Content-Language": door.texts.html_lang,
        "Vary": "Accept, Accept-Encoding, Accept-Language, Authorization, Cookie",
    }


def _tag(door: Door, media: str, kind: str | None, also: object) -> str:
    """Name an answer; weakly, since it says when it was made, and is compressed or not."""
    return f'W/"{state_of(door, media, kind, also)}"'


def state_of(door: Door, media: str, kind: str | None, also: object = None) -> str:
    """Name everything on which an answer depends."""
    state = door.state
    depends = (
        _version(),
        state.store_id,
        state.restore_epoch,
        state.declaration,
        state.changeset if kind is None else door.revision(kind),
        today().isoformat(),
        door.here(),
        media,
        door.texts.lang,
        _told(door.scope),
        also,
        (door.visit.visitor.standing, door.visit.visitor.administers),  # shown on every page
    )
    return hashlib.sha256(repr(depends).encode()).hexdigest()[:32]


@cache
def _version() -> str:
    return version("greengrid")


def _told(scope: Scope) -> list[object]:
    """Write a scope in one way only: sets have no order of their own."""
    return [
        [sorted(map(str, value)) if isinstance(value, frozenset) else value for value in values]
        for values in ([getattr(part, each.name) for each in fields(part)] for part in scope.parts)
    ]


def _has_it(door: Door, tag: str) -> bool:
    given = door.request.headers.get("if-none-match", "")
    known = {one.strip().removeprefix("W/") for one in given.split(",")}
    return tag.removeprefix("W/") in known
