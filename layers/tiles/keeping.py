"""Layers as arrays, in step with the store and without reading it as a whole after each write.

The arrays of a layer at some revision are the *base*. A write leaves it as it is: the features
that were touched since are read, and stand beside it until there are too many of them. Where there
is no base yet, a tile is drawn from what the store has in its window, while another thread makes
the base.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import partial
from threading import Lock, Thread

import numpy as np
from numpy.typing import NDArray

from layers.errors import StoreError
from layers.store import Store
from layers.store.raw import RawFeatures, Sight, Since
from layers.tiles.arrays import LayerArrays, arrays_of
from layers.tiles.encoder import Part
from layers.tiles.grid import Tile
from layers.tiles.memory import ByteMemory
from layers.tiles.shapes import shapes_of

__all__ = ["KeptLayers", "arrays_from"]

MANY_TOUCHED = 200
"""With more features beside a base, another one is made meanwhile."""

MOST_TOUCHED = 1_000
"""So many features may stand beside a base at most."""

FEW = 500
"""Layers of so few features are read as a whole at once."""


@dataclass(frozen=True, eq=False)
class _Base:
    """A layer at a revision; `number` is a changeset as of which it was read."""

    life: Hashable
    revision: int
    number: int
    arrays: LayerArrays


@dataclass(frozen=True, eq=False)
class _Beside:
    """What was touched since a base, up to a revision."""

    base: _Base
    revision: int
    gone: NDArray[np.bool_]
    arrays: LayerArrays


class KeptLayers:
    """Keep the arrays of layers, up to so many bytes of them."""

    def __init__(self, store: Store, *, most_bytes: int) -> None:
        self._store = store
        self._bases: ByteMemory[_Base] = ByteMemory(most_bytes, lambda base: base.arrays.nbytes)
        self._beside: ByteMemory[_Beside] = ByteMemory(
            most_bytes // 4, lambda beside: beside.arrays.nbytes + beside.gone.nbytes
        )
        self._lock = Lock()
        self._making: dict[str, Thread] = {}
        self._is_closed = False

    def parts(self, kind: str, sight: Sight, tile: Tile) -> list[Part]:
        """Give what is to be drawn of a layer at a look: all of it, or at least a tile's window.

        Raises
        ------
        UnknownKindError
        """
        life = _life(sight)
        base = self._bases.find(kind)
        if base is not None and base.life == life:
            if base.revision == sight.revision:
                return [Part(base.arrays)]
            found = self._in_step(kind, base, sight)
            if found is not None:
                return found
        past = self._bases.find((kind, life, sight.revision))
        if past is not None:
            return [Part(past.arrays)]
        number, crs = sight.state.changeset, self._store.settings.storage_crs
        first = self._store.raw(kind, as_of=number, most=FEW + 1)
        if len(first) <= FEW:
            return [Part(self._keep(kind, sight, first).arrays)]
        self._begin(kind, sight)
        here = self._store.raw(kind, as_of=number, bounds=tile.window(crs))
        return [Part(arrays_from(here, crs))]

    def settle(self) -> None:
        """Wait until nothing is being made."""
        with self._lock:
            waited = list(self._making.values())
        for thread in waited:
            thread.join()

    def close(self) -> None:
        """Begin nothing any more, and wait for what was begun."""
        with self._lock:
            self._is_closed = True
        self.settle()

    def known(self, kind: str) -> Since | None:
        """Say what is known of a layer, for a look at the store to tell what else there is."""
        base = self._bases.find(kind)
        if base is None:
            return None
        beside = self._beside.find(kind)
        revision = base.revision
        if beside is not None and beside.base is base:
            revision = beside.revision
        return Since(revision=revision, number=base.number, most=MOST_TOUCHED)

    def _in_step(self, kind: str, base: _Base, sight: Sight) -> list[Part] | None:
        """Bring a base into step with a later state; None where too much has been touched."""
        beside = self._beside.find(kind)
        if beside is None or beside.base is not base or beside.revision != sight.revision:
            if sight.revision < base.revision:
                return None
            touched = sight.touched
            if touched is None or touched.after != base.number:
                return None
            if len(touched.uids) > MANY_TOUCHED:
                self._begin(kind, sight)
            gone = np.zeros(len(base.arrays), dtype=bool)
            gone[base.arrays.rows_of([uid.encode() for uid in touched.uids])] = True
            arrays = arrays_from(touched.features, self._store.settings.storage_crs)
            beside = _Beside(base, sight.revision, gone, arrays)
            self._beside.put(kind, beside)
        return [Part(base.arrays, beside.gone), Part(beside.arrays)]

    def _begin(self, kind: str, sight: Sight) -> None:
        """Have a base made by another thread, unless one is being made."""
        with self._lock:
            if self._is_closed or kind in self._making:
                return
            make = partial(self._make, kind, sight)
            thread = Thread(target=make, name=f"tiles of {kind}", daemon=True)
            self._making[kind] = thread
            thread.start()

    def _make(self, kind: str, sight: Sight) -> None:
        try:
            self._keep(kind, sight, self._store.raw(kind, as_of=sight.state.changeset))
        except StoreError:
            pass  # whoever asks next is told
        finally:
            with self._lock:
                self._making.pop(kind, None)

    def _keep(self, kind: str, sight: Sight, raw: RawFeatures) -> _Base:
        arrays = arrays_from(raw, self._store.settings.storage_crs)
        base = _Base(_life(sight), sight.revision, sight.state.changeset, arrays)
        _ = arrays.by_number  # for those who look for what was touched
        newest = self._bases.find(kind)
        if newest is None or newest.life != base.life or newest.revision <= base.revision:
            self._bases.put(kind, base)
        else:
            self._bases.put((kind, base.life, base.revision), base)
        return base


def arrays_from(raw: RawFeatures, crs: str) -> LayerArrays:
    """Put features that were just read in order."""
    return arrays_of(
        raw.uids,
        shapes_of(raw.wkb, crs),
        raw.columns,
        valid=(raw.columns["valid_from"], raw.columns["valid_to"]),
    )


def _life(sight: Sight) -> Hashable:
    """Name what must be the same for revisions to follow each other."""
    return (sight.state.store_id, sight.state.restore_epoch, sight.state.declaration)
