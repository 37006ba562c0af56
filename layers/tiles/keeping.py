"""Layers as arrays, in step with the store and without reading it as a whole after each write.

The arrays of a layer at some revision are the *base*. A write leaves it as it is: each look at the
store tells what was touched since the last one, a *step*, and what was touched since the base
stands beside it until there is too much of that. Steps also tell where anything was touched: a tile
elsewhere is what it was. Where there is no base yet, a tile is drawn from what the store has in its
window, while another thread makes the base.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from threading import Lock, Thread

import numpy as np
from numpy.typing import NDArray

from layers.errors import StoreError
from layers.store import Store
from layers.store.glance import Since
from layers.store.raw import RawFeatures, Sight, Touched
from layers.tiles.arrays import Boxes, LayerArrays, arrays_of
from layers.tiles.encoder import Part, window_of
from layers.tiles.grid import Tile
from layers.tiles.memory import ByteMemory
from layers.tiles.shapes import shapes_of

__all__ = ["KeptLayers", "arrays_from"]

MANY_TOUCHED = 200
"""With more features beside a base, another one is made meanwhile."""

MOST_TOUCHED = 1_000
"""So many features may stand beside a base at most."""

LATELY = 8
"""After more steps nobody has looked at, all that was touched since the base is put in order."""

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
class _Step:
    """What was touched up to a revision: where its features are now, and all places concerned."""

    revision: int
    number: int
    touched: Touched
    now: dict[str, NDArray[np.float64]]
    boxes: Boxes


@dataclass(frozen=True, eq=False)
class _Folded:
    """What the first so many steps have touched; `rows` are those that hold, by uid."""

    count: int
    arrays: LayerArrays
    rows: dict[str, int]

    @classmethod
    def of(cls, steps: Sequence[_Step], crs: str) -> _Folded:
        """Put in order what steps have touched."""
        arrays = arrays_from(_features(steps), crs)
        return cls(len(steps), arrays, _rows_of(arrays))

    def after(self, step: _Step, crs: str) -> _Folded:
        """Take one more step: what it has touched comes behind the others."""
        arrays = arrays_from(step.touched.features, crs)
        rows = {uid: row for uid, row in self.rows.items() if uid not in step.touched.uids}
        rows.update(_rows_of(arrays, len(self.arrays)))
        return _Folded(self.count + 1, self.arrays.with_more(arrays), rows)

    @property
    def part(self) -> Part:
        """Give what is to be drawn of it."""
        gone = np.ones(len(self.arrays), dtype=bool)
        gone[list(self.rows.values())] = False
        return Part(self.arrays, gone)


def _rows_of(arrays: LayerArrays, begin: int = 0) -> dict[str, int]:
    return {uid.decode(): row for row, uid in enumerate(arrays.uids.tolist(), begin)}


@dataclass(eq=False)
class _Beside:
    """A base, and the steps that were taken since; `folded` saves putting in order again."""

    base: _Base
    crs: str
    steps: tuple[_Step, ...] = ()
    uids: frozenset[str] = frozenset()
    rows: frozenset[int] = frozenset()  # of the base, which do not hold any more
    folded: _Folded | None = None

    @property
    def revision(self) -> int:
        return self.steps[-1].revision if self.steps else self.base.revision

    @property
    def number(self) -> int:
        return self.steps[-1].number if self.steps else self.base.number

    def after(self, sight: Sight, touched: Touched) -> _Beside:
        """Take one more step: to what a look has told."""
        boxes = shapes_of(touched.features.wkb, self.crs).boxes
        now = dict(zip(touched.features.uids, boxes, strict=True))
        there = {uid: self._row_of(uid) for uid in touched.uids if uid not in self.uids}
        rows = [row for row in there.values() if row is not None]
        before = [self.base.arrays.shapes.boxes[row] for row in rows]
        before += [box for uid in touched.uids if (box := self._last_box_of(uid)) is not None]
        concerned = np.vstack([*before, boxes]) if before else boxes
        step = _Step(sight.revision, sight.state.changeset, touched, now, concerned)
        return _Beside(
            base=self.base,
            crs=self.crs,
            steps=(*self.steps, step),
            uids=self.uids.union(touched.uids),
            rows=self.rows.union(rows),
            folded=self.folded,
        )

    def at(self, revision: int) -> _Beside | None:
        """Go back to a revision to which a step has led."""
        for count, step in enumerate(self.steps, start=1):
            if step.revision == revision:
                steps = self.steps[:count]
                uids = frozenset(uid for each in steps for uid in each.touched.uids)
                found = (self._row_of(uid) for uid in uids)
                rows = frozenset(row for row in found if row is not None)
                return _Beside(self.base, self.crs, steps, uids, rows)
        return None

    def is_untouched(self, revision: int, tile: Tile) -> bool:
        """Tell whether nothing was touched where a tile lies, after a revision."""
        if revision < self.base.revision:
            return False
        west, north, east, south = window_of(tile)
        return not any(
            (
                (step.boxes[:, 0] <= east)
                & (step.boxes[:, 2] >= west)
                & (step.boxes[:, 1] <= south)
                & (step.boxes[:, 3] >= north)
            ).any()
            for step in self.steps
            if step.revision > revision
        )

    @cached_property
    def parts(self) -> list[Part]:
        """Give what is to be drawn: the base without what was touched, and that as it is now."""
        folded = self.folded
        if folded is None or len(self.steps) - folded.count > LATELY:
            folded = _Folded.of(self.steps, self.crs)
        for step in self.steps[folded.count :]:
            folded = folded.after(step, self.crs)
        self.folded = folded
        gone = np.zeros(len(self.base.arrays), dtype=bool)
        gone[list(self.rows)] = True
        return [Part(self.base.arrays, gone), folded.part]

    def _row_of(self, uid: str) -> int | None:
        return self.base.arrays.row_of(uid.encode())

    def _last_box_of(self, uid: str) -> NDArray[np.float64] | None:
        """Find where the last step that has touched a feature has left it."""
        for step in reversed(self.steps):
            if uid in step.now or uid in step.touched.uids:
                return step.now.get(uid)
        return None


def _features(steps: Sequence[_Step]) -> RawFeatures:
    """Collect what was touched and is there, each feature as the last step has it."""
    kind = steps[-1].touched.features.kind
    rows = list(_last_rows(steps))
    return RawFeatures(
        kind=kind,
        uids=[features.uids[row] for features, row in rows],
        wkb=[features.wkb[row] for features, row in rows],
        columns={
            each.key: [features.columns[each.key][row] for features, row in rows]
            for each in kind.fields
        },
    )


def _last_rows(steps: Sequence[_Step]) -> Iterator[tuple[RawFeatures, int]]:
    seen: set[str] = set()
    for step in reversed(steps):
        features = step.touched.features
        for row, uid in enumerate(features.uids):
            if uid not in seen:
                yield features, row
        seen.update(step.touched.uids)


class KeptLayers:
    """Keep the arrays of layers, up to so many bytes of them."""

    def __init__(self, store: Store, *, most_bytes: int) -> None:
        self._store = store
        self._bases: ByteMemory[_Base] = ByteMemory(most_bytes, lambda base: base.arrays.nbytes)
        self._beside: dict[str, _Beside] = {}
        self._stepping = Lock()
        self._lock = Lock()
        self._making: dict[str, Thread] = {}
        self._is_closed = False

    def known(self, kind: str) -> Since | None:
        """Say what is known of a layer, for a look at the store to tell what else there is."""
        beside = self._newest(kind)
        if beside is None:
            return None
        return Since(revision=beside.revision, number=beside.number, most=MOST_TOUCHED)

    def keep_up(self, kind: str, sight: Sight) -> None:
        """Take in what a look at the store has told of a layer."""
        touched = sight.touched
        if touched is None:
            return
        with self._stepping:
            beside = self._newest(kind)
            if (
                beside is not None
                and beside.base.life == _life(sight)
                and touched.after <= beside.number
                and sight.revision > beside.revision
                and len(beside.uids) + len(touched.uids) <= MOST_TOUCHED
            ):
                beside = self._beside[kind] = beside.after(sight, touched)
        if beside is not None and len(beside.uids) > MANY_TOUCHED:
            self._begin(kind, sight)

    def is_untouched(self, kind: str, revision: int, sight: Sight, tile: Tile) -> bool:
        """Tell for sure that a tile is what it was at a revision; False where that is not known."""
        beside = self._newest(kind)
        return (
            beside is not None
            and beside.base.life == _life(sight)
            and revision <= sight.revision <= beside.revision
            and beside.is_untouched(revision, tile)
        )

    def parts(self, kind: str, sight: Sight, tile: Tile) -> list[Part]:
        """Give what is to be drawn of a layer at a look: all of it, or at least a tile's window.

        Raises
        ------
        UnknownKindError
        """
        life = _life(sight)
        beside = self._newest(kind)
        if beside is not None and beside.base.life == life:
            found = _in_step(beside, sight)
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

    def _newest(self, kind: str) -> _Beside | None:
        """Give the base of a layer with all that stands beside it."""
        base = self._bases.find(kind)
        if base is None:
            self._beside.pop(kind, None)
            return None
        beside = self._beside.get(kind)
        if beside is not None and beside.base is base:
            return beside
        return _Beside(base, self._store.settings.storage_crs)

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


def _in_step(beside: _Beside, sight: Sight) -> list[Part] | None:
    """Give a layer at a look; None where that is further back than the base, or too far on."""
    if sight.revision == beside.base.revision:
        return [Part(beside.base.arrays)]
    there = beside if sight.revision == beside.revision else beside.at(sight.revision)
    return None if there is None else there.parts
