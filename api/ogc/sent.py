"""What a program sends of a feature: GeoJSON, read strictly and within bounds."""

import json
from collections.abc import Mapping
from typing import Any

from fastapi import Request

from api.errors import MalformedError, MediaTypeError, ParameterError, RequestTooLargeError
from api.ogc.crs import CRS84, addresses
from api.ogc.door import MEDIA, Door
from layers.editing import GEOMETRY, Sent
from layers.kinds import Kind

LARGEST = 4_000_000
"""So many bytes a feature may have."""

PATCH = "application/merge-patch+json"
WHOLE_MEDIA = (MEDIA["geojson"], MEDIA["json"])
PATCH_MEDIA = (PATCH, *WHOLE_MEDIA)
CRS_HEADER = "Content-Crs"
_FEATURE = "Feature"


async def sent_body(request: Request) -> bytes:
    """Read what a request brings, up to a bound, whatever it says of its length.

    Raises
    ------
    RequestTooLargeError
    """
    parts: list[bytes] = []
    held = 0
    async for part in request.stream():
        held += len(part)
        if held > LARGEST:
            raise RequestTooLargeError(largest=LARGEST)
        parts.append(part)
    return b"".join(parts)


def read_document(door: Door, body: bytes, allowed: tuple[str, ...]) -> dict[str, Any]:
    """Read a feature, or a part of one, as it was sent.

    Raises
    ------
    MediaTypeError, MalformedError
    """
    media = door.request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in allowed:
        raise MediaTypeError(found=media, allowed=list(allowed))
    document = _parsed(body)
    if not isinstance(document, dict) or document.get("type", _FEATURE) != _FEATURE:
        raise MalformedError
    values, place = document.get("properties"), document.get("geometry")
    if not isinstance(values, dict | None) or not isinstance(place, dict | None):
        raise MalformedError
    return document


def whole_of(door: Door, kind: Kind, document: Mapping[str, Any]) -> Sent:
    """Take what was sent for all of a feature: what it does not name is empty.

    Raises
    ------
    MalformedError, ParameterError
    """
    if document.get("type") != _FEATURE:
        raise MalformedError
    names = frozenset({GEOMETRY, *(field.key for field in kind.fields)})
    values = document.get("properties") or {}
    return Sent(properties=values, place=document.get("geometry"), crs=_crs(door), names=names)


def part_of(door: Door, document: Mapping[str, Any], known: Mapping[str, Any]) -> Sent:
    """Take what was sent for a part of the feature `known`: what it does not name stays.

    Raises
    ------
    ParameterError
    """
    values = document.get("properties") or {}
    names = {*values, GEOMETRY} if "geometry" in document else set(values)
    return Sent(
        properties={**known, **values},
        place=document.get("geometry"),
        crs=_crs(door),
        names=frozenset(names),
    )


def _crs(door: Door) -> str:
    """Name the system of the coordinates that are sent."""
    known = addresses(door.store.settings)
    found = door.request.headers.get(CRS_HEADER, CRS84).strip().removeprefix("<").removesuffix(">")
    if found not in known:
        raise ParameterError(parameter=CRS_HEADER, found=found, allowed=list(known))
    return known[found]


def _parsed(body: bytes) -> Any:
    """Read JSON as the standard has it: no NaN, no half characters, not a tower of brackets."""
    try:
        document = json.loads(body.decode("utf-8-sig"), parse_constant=_refuse)
        json.dumps(document, ensure_ascii=False).encode()  # half of a surrogate pair is no text
    except (ValueError, RecursionError) as fault:  # also what is not UTF-8
        raise MalformedError from fault
    return document


def _refuse(constant: str) -> None:
    raise ValueError(constant)
