"""Single rows that are meant otherwise than the rest of their file.

They show only where something knows the very place of a row, or where the row leaves the ground
altogether. A row is called odd if it clearly misses in the reading of the file, and fits in
exactly one other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from layers.importing.detective.ground import Ground
from layers.importing.detective.readings import Reading
from layers.importing.detective.subject import Subject
from layers.importing.detective.trials import Trial, try_reading
from layers.importing.detective.witnesses import Witness, witnesses
from layers.importing.errors import DatumError
from layers.importing.notation import RowSet

_OFFSET_DATUMS = ("GCJ-02", "BD-09")
_EVERY_ROW = RowSet(every=True)
# Who knows the one place of a row; near to a feature of the same kind is also where others are.
_ROW_WITNESSES = ("same_key", "same_name")
_CLEARLY_M = 100.0
_TIMES = 4.0
# So many rows near to a feature of their kind show that they are no chance hits.
_LEAST_NEAR = 3
_LEAST_SHARE = 0.6


@dataclass(frozen=True, kw_only=True)
class OddRows:
    """Rows of a file that are in another reading than the rest, by number."""

    reading: Reading
    rows: RowSet
    count: int


def odd_rows(subject: Subject, ground: Ground, best: Reading) -> list[OddRows]:
    """Find the rows that clearly are in another reading than the file, the most frequent first."""
    asked = _knowing_rows(subject, ground)
    main = try_reading(best, subject, ground.area, asked)
    inside = ground.area.reach.inside(main.places)
    doubtful = np.flatnonzero(~inside | (_missed(main, asked) > _CLEARLY_M) | _lonely(main, asked))
    if not len(doubtful):
        return []
    part = subject.take(doubtful)
    asked = _knowing_rows(part, ground)
    others = list(_other_readings(best, ground))
    trials = [_tried(reading, part, ground, asked) for reading in (best, *others)]
    return _sorted_out(trials, part, ground, asked, subject.row_numbers.tolist())


def _knowing_rows(subject: Subject, ground: Ground) -> list[Witness]:
    wanted = (*_ROW_WITNESSES, "same_place")
    return [each for each in witnesses(subject, ground) if each.key in wanted]


def _tried(
    reading: Reading, part: Subject, ground: Ground, asked: Sequence[Witness]
) -> Trial | None:
    try:
        return try_reading(reading, part, ground.area, asked)
    except DatumError:
        return None


def _other_readings(best: Reading, ground: Ground) -> Iterator[Reading]:
    """List what single rows may be instead: another datum, or the other order of coordinates."""
    datums: tuple[str, ...] = (best.datum,)
    if best.datum in {"WGS84", "CGCS2000", *_OFFSET_DATUMS} and ground.area.is_chinese:
        true = best.datum if best.datum not in _OFFSET_DATUMS else "WGS84"
        datums = tuple(dict.fromkeys((best.datum, true, *_OFFSET_DATUMS)))
    turned = RowSet() if best.notation.swapped else _EVERY_ROW
    for swapped in (best.notation.swapped, turned):
        for datum in datums:
            if (swapped, datum) != (best.notation.swapped, best.datum):
                notation = replace(best.notation, swapped=swapped)
                yield replace(best, datum=datum, notation=notation, alike=())


def _missed(trial: Trial, asked: Sequence[Witness]) -> NDArray[np.float64]:
    """Give by how much each row misses its own place; NaN where nobody knows that."""
    found = np.full(len(trial.placed), np.nan)
    for witness, missed in zip(asked, trial.misses, strict=True):
        if witness.key in _ROW_WITNESSES:
            found = np.where(np.isnan(found), missed, found)
    return found


def _lonely(trial: Trial, asked: Sequence[Witness]) -> NDArray[np.bool_]:
    """Tell which rows lie at no feature of their kind, where nearly all others do."""
    for witness, missed in zip(asked, trial.misses, strict=True):
        if witness.key == "same_place" and not witness.by_half:
            alone = ~(missed <= witness.tolerance_m)
            if alone.mean() < 1 - _LEAST_SHARE:
                return np.asarray(alone)
    return np.zeros(len(trial.placed), dtype=bool)


def _sorted_out(
    trials: Sequence[Trial | None],
    part: Subject,
    ground: Ground,
    asked: Sequence[Witness],
    every_row: Sequence[int],
) -> list[OddRows]:
    main, *others = trials
    if main is None:
        return []
    found = []
    taken = np.zeros(len(part), dtype=bool)
    for other in others:
        if other is None:
            continue
        rows = _explained(main, other, ground, asked) & ~taken
        if rows.any():
            taken |= rows
            numbers = part.row_numbers[rows].tolist()
            named = RowSet.of(every_row, numbers)
            found.append(OddRows(reading=other.reading, rows=named, count=len(numbers)))
    return sorted(found, key=lambda odd: -odd.count)


def _explained(
    main: Trial, other: Trial, ground: Ground, asked: Sequence[Witness]
) -> NDArray[np.bool_]:
    """Tell which rows another reading explains: by their own place, the ground, or their kind."""
    was, becomes = _missed(main, asked), _missed(other, asked)
    by_place = (becomes < _CLEARLY_M) & (becomes * _TIMES < was)
    reach = ground.area.reach
    outside = ~reach.inside(main.places)
    by_ground = outside & reach.inside(other.places) & np.isnan(was)
    near = np.zeros(len(was), dtype=bool)
    for witness, missed in zip(asked, other.misses, strict=True):
        if witness.key == "same_place" and not witness.by_half:
            hits = (missed <= witness.tolerance_m) & np.isnan(was) & ~outside
            alone = np.isnan(was) & ~outside
            enough = hits.sum() >= _LEAST_NEAR and hits.sum() >= _LEAST_SHARE * alone.sum()
            near = hits if enough else near
    return np.asarray(by_place | by_ground | near)
