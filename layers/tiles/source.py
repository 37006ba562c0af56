"""Tiles of a store's layers: of the last state, whoever wrote it, and kept while it lasts."""

from __future__ import annotations

import datetime as dt
import gzip
from collections.abc import Hashable
from dataclasses import dataclass

from layers.clock import today
from layers.store import Scope, Store, Verb
from layers.store.raw import Sight
from layers.store.reading import Moment
from layers.tiles.arrays import UID, Period
from layers.tiles.encoder import DrawnTile, draw
from layers.tiles.grid import Tile
from layers.tiles.keeping import KeptLayers
from layers.tiles.memory import ByteMemory

__all__ = ["GZIP_LEVEL", "PackedTile", "TileQuestion", "TileSource", "packed"]

GZIP_LEVEL = 1
"""Higher levels take two to four times as long for three per cent less."""

_TILES_BYTES = 64 * 2**20
_LAYERS_BYTES = 384 * 2**20
_LIMITS_BYTES = 64 * 2**20
_UID_BYTES = 120  # that a name takes in memory, more or less

Days = tuple[dt.date | None, dt.date | None]


@dataclass(frozen=True, kw_only=True)
class TileQuestion:
    """Say which tile of which layer is wanted, valid on which days, as of which changeset."""

    kind: str
    tile: Tile
    valid: Days | None = None
    as_of: Moment | None = None
    columns: tuple[str, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class PackedTile:
    """A tile, compressed, and what is told of it."""

    packed: bytes
    size: int
    drawn: DrawnTile

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing in it."""
        return not self.size


@dataclass(frozen=True, eq=False)
class _Kept:
    """A tile as it was at a revision of its layer."""

    revision: int
    tile: PackedTile


class TileSource:
    """Draw tiles of a store; safe to share between threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._layers = KeptLayers(store, most_bytes=_LAYERS_BYTES)
        self._tiles: ByteMemory[_Kept] = ByteMemory(
            _TILES_BYTES, lambda kept: len(kept.tile.packed) + 500
        )
        self._limits: ByteMemory[frozenset[bytes]] = ByteMemory(
            _LIMITS_BYTES, lambda uids: _UID_BYTES * len(uids) + 500
        )

    def tile(
        self, asked: TileQuestion, *, scope: Scope = Scope.all(), sight: Sight | None = None
    ) -> PackedTile:
        """Draw a tile, or give the one that was drawn of the same state.

        `sight` is what a look at the store has told just now, where somebody has looked.

        Raises
        ------
        UnknownKindError, ScopeError, ChangesetUnknownError
        """
        scope.require(Verb.READ, asked.kind)
        sight = sight or self.look(asked.kind, as_of=asked.as_of)
        limits = self._limits_of(scope, asked.kind)
        key = (sight.state if limits else sight.state._replace(changeset=0), asked, limits)
        kept = self._tiles.find(key)
        if kept is not None and self._is_as_it_was(kept, asked, sight, limits=bool(limits)):
            made = kept.tile
        else:
            made = packed(self._draw(asked, sight, scope))
        if kept is None or kept.revision < sight.revision:
            self._tiles.put(key, _Kept(sight.revision, made))
        return made

    def look(self, kind: str, *, as_of: Moment | None = None) -> Sight:
        """Look at the store, and read what was touched since somebody looked the last time.

        Raises
        ------
        UnknownKindError, ChangesetUnknownError
        """
        if as_of is not None:
            return self._store.sight(kind, as_of=as_of)
        found = self._store.sight(kind, since=self._layers.known(kind))
        self._layers.keep_up(kind, found)
        return found

    def settle(self) -> None:
        """Wait until all layers that are being read are kept."""
        self._layers.settle()

    def close(self) -> None:
        """Begin nothing any more, and wait for what was begun."""
        self._layers.close()

    def _is_as_it_was(
        self, kept: _Kept, asked: TileQuestion, sight: Sight, *, limits: bool
    ) -> bool:
        """Tell whether what was touched since a tile was drawn lies elsewhere.

        Not where only some of a layer is seen: what that is depends on other layers.
        """
        if kept.revision == sight.revision:
            return True
        if limits or asked.as_of is not None:
            return False
        return self._layers.is_untouched(asked.kind, kept.revision, sight, asked.tile)

    def _limits_of(self, scope: Scope, kind: str) -> tuple[Hashable, ...]:
        """Give what of a scope makes another tile: nothing for who reads all of the layer."""
        units, hidden = scope.units_for(Verb.READ, kind), scope.hidden_fields(kind)
        if units is None:
            return (hidden,) if hidden else ()
        return hidden, units, today()  # units may begin or end with the day

    def _draw(self, asked: TileQuestion, sight: Sight, scope: Scope) -> DrawnTile:
        kind = self._store.kind(asked.kind)
        hidden = scope.hidden_fields(kind.key)
        fields = [field.key for field in kind.fields if field.key not in hidden]
        wanted = fields if asked.columns is None else [f for f in fields if f in asked.columns]
        return draw(
            kind.key,
            asked.tile,
            self._layers.parts(kind.key, sight, asked.tile),
            columns=[*wanted, UID],
            period=None if asked.valid is None else Period.of(asked.valid),
            within=self._within(kind.key, scope, sight),
        )

    def _within(self, kind: str, scope: Scope, sight: Sight) -> frozenset[bytes] | None:
        units = scope.units_for(Verb.READ, kind)
        if units is None:
            return None
        key = (kind, sight.state, units, today())
        found = self._limits.find(key)
        if found is None:
            uids = self._store.uids_within(kind, scope, as_of=sight.state.changeset)
            found = frozenset(uid.encode() for uid in uids or ())
            self._limits.put(key, found)
        return found


def packed(drawn: DrawnTile) -> PackedTile:
    """Compress a tile."""
    text = gzip.compress(drawn.data, GZIP_LEVEL, mtime=0) if drawn.data else b""
    told = DrawnTile(
        data=b"",
        features=drawn.features,
        stands_for=drawn.stands_for,
        dropped=drawn.dropped,
        has_values=drawn.has_values,
    )
    return PackedTile(packed=text, size=len(drawn.data), drawn=told)
