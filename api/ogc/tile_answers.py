"""How a tile is sent: as it is kept, under the state of its layer, or not at all."""

import gzip
import hashlib
from collections.abc import Callable, Hashable
from functools import cache
from importlib.metadata import version
from typing import NamedTuple

from fastapi import Response

from api.ogc.door import MEDIA, Door
from layers.tiles import DrawnTile, PackedTile

__all__ = ["TOLD", "Depends", "tile_answer"]

TOLD = "Tile-Content"
"""The header that says what is in a tile, and what is not."""


class Depends(NamedTuple):
    """All that a tile depends on beside its address."""

    state: tuple[Hashable, ...]
    revision: Hashable
    seen: object


def tile_answer(door: Door, depends: Depends, make: Callable[[], PackedTile]) -> Response:
    """Send a tile, unless the client has it already; nothing is sent of an empty one."""
    headers = {
        "ETag": _tag(door, depends),
        "Cache-Control": "private, no-cache",
        "Vary": "Accept-Encoding, Authorization, Cookie",
    }
    given = door.request.headers.get("if-none-match", "")
    known = {one.strip().removeprefix("W/") for one in given.split(",")}
    if headers["ETag"].removeprefix("W/") in known:
        door.may_be_recalled()
        return Response(status_code=304, headers=headers)
    found = make()
    door.may_be_recalled()
    headers[TOLD] = _told(found.drawn)
    if found.is_empty:
        return Response(status_code=204, headers=headers)
    body = found.packed
    if "gzip" in door.request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
    else:
        body = gzip.decompress(body)
    return Response(body, headers=headers, media_type=MEDIA["mvt"])


def _tag(door: Door, depends: Depends) -> str:
    """Name everything on which a tile depends; weak, since it is compressed or not."""
    text = repr((_version(), *depends, str(door.request.url)))
    return f'W/"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


@cache
def _version() -> str:
    return version("greengrid")


def _told(drawn: DrawnTile) -> str:
    """Say how many features are drawn, of how many, how many are too small, and with values or not.

    As structured headers are written (RFC 9651).
    """
    return (
        f"drawn={drawn.features}, of={drawn.stands_for}, too-small={drawn.dropped}, "
        f"values=?{int(drawn.has_values)}"
    )
