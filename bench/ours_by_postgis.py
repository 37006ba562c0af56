"""Our service, with tiles drawn by `ST_AsMVT` where it draws them itself: what it would be then.

Takes the same arguments as `greengrid`. The statement is in `STATEMENT`, with `%(z)s` and so on.
"""

from __future__ import annotations

import os
from threading import local
from typing import Any

import psycopg

from api.cli import main
from layers.store.raw import Sight
from layers.tiles import DrawnTile, TileQuestion, TileSource
from layers.tiles.source import _Kept

_here = local()


def _draw(_self: TileSource, asked: TileQuestion, _sight: Sight, _scope: Any) -> DrawnTile:
    if not hasattr(_here, "connection"):
        _here.connection = psycopg.connect(os.environ["DATABASE"], autocommit=True)
    numbers = {name: getattr(asked.tile, name) for name in "zxy"}
    (data,) = _here.connection.execute(os.environ["STATEMENT"], numbers).fetchone()
    return DrawnTile(data=bytes(data))


def _is_as_it_was(
    _self: TileSource, kept: _Kept, _asked: TileQuestion, sight: Sight, **_: Any
) -> bool:
    return kept.revision == sight.revision


TileSource._draw = _draw  # type: ignore[method-assign]  # noqa: SLF001 - that is what it is for
TileSource._is_as_it_was = _is_as_it_was  # type: ignore[method-assign]  # noqa: SLF001 - as above
TileSource.look = (  # type: ignore[method-assign]  # who draws in the database reads nothing
    lambda self, kind, *, as_of=None: self._store.sight(kind, as_of=as_of)
)
main()
