"""What a file's numbers most probably are, found by comparing them with the store.

The detective proposes and never decides: where two readings fit alike it says so, and where there
is nothing to compare with it says that. All it proposes can be typed: a datum, or the lines of a
mapping file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import shapely

from gis.nearness.displacement import Shift, shift_of_pairs
from layers.importing.datum import check_against_file, parse_datum
from layers.importing.detective.ground import Ground
from layers.importing.detective.oddities import OddRows, odd_rows
from layers.importing.detective.readings import Reading, past_systems, readings
from layers.importing.detective.shifting import remaining_shift, shift_from_afar
from layers.importing.detective.subject import Subject
from layers.importing.detective.trials import RARE_DECOY, Trial, decoys, fits, try_reading, votes
from layers.importing.detective.witnesses import Witness, witnesses
from layers.importing.errors import DatumContradictionError, DatumError
from layers.importing.notation import RowSet
from layers.importing.readers import Axes

_MOST_INSIDE = 0.5
_SHORT_M = 200.0
_LONG_M = 3000.0
_PAST_WAY_M = (10.0, 400.0)  # how far numbers of datums of the past lie beside those of today


class Verdict(StrEnum):
    """What the detective has to say of a file as a whole."""

    CLEAR = "clear"  # one reading fits, the others do not
    ONLY = "only"  # only one reading leads to the store's ground, and nothing tells more
    ALIKE = "alike"  # several fit, and nothing tells them apart
    SHIFTED = "shifted"  # it lies beside the ground by one way, and no datum explains it
    ELSEWHERE = "elsewhere"  # no reading leads to the store's ground
    NOTHING = "nothing"  # there is nothing to compare, in the file or in the store


@dataclass(frozen=True, kw_only=True)
class Hypothesis:
    """One reading, and what speaks for it.

    `fits` counts by witness and layer the rows that fit, and those that it knows; `inside` is the
    share of rows in the store's surroundings. `refuted` is set where another one is clearly
    better. `beside` is the way by which its places lie beside those of the best one.
    """

    reading: Reading
    inside: float
    fits: Mapping[tuple[str, str], tuple[int, int]]
    refuted: bool
    beside: Shift | None = None


@dataclass(frozen=True, kw_only=True)
class Detection:
    """What was found out.

    `hypotheses` begin with the best. `shift` is the way by which the rows, in the best reading,
    lie beside their counterparts; `past` names systems of the past that would explain it. `odd`
    are rows in another reading than the rest. `compared` names the layers of the store that were
    asked. `rows` are those with a place; `middle` is where the file lies, in its own numbers.
    """

    file: str
    layer: str | None
    verdict: Verdict
    rows: int
    hypotheses: Sequence[Hypothesis] = ()
    shift: Shift | None = None
    past: tuple[str, ...] = ()
    odd: Sequence[OddRows] = ()
    compared: Sequence[str] = ()
    middle: tuple[float, float] | None = None
    area_deg: tuple[float, float, float, float] | None = None

    @property
    def best(self) -> Reading | None:
        """Give the reading to propose; None where there is none."""
        if self.verdict in {Verdict.CLEAR, Verdict.ONLY} and self.hypotheses:
            return self.hypotheses[0].reading
        return None

    @property
    def is_plain(self) -> bool:
        """Tell whether one datum for all rows is all that there is to say."""
        best = self.best
        return best is not None and best.is_plain and not self.odd

    @property
    def proposal(self) -> Reading | None:
        """Give the reading to propose with all that goes with it: the odd rows, too."""
        best = self.best
        if best is None or not self.odd:
            return best
        swapped = [odd.rows for odd in self.odd if odd.reading.notation.swapped]
        spans = tuple(span for rows in swapped for span in rows.spans)
        by_datum = {
            odd.reading.datum: odd.rows for odd in self.odd if odd.reading.datum != best.datum
        }
        rows = RowSet(spans=spans) if spans else best.notation.swapped
        notation = replace(best.notation, swapped=rows, datum_rows=by_datum)
        return replace(best, notation=notation)


def detect(subject: Subject, ground: Ground, *, declared: Reading | None = None) -> Detection:
    """Find out how the numbers of a file are meant."""
    found = Detection(
        file=subject.name, layer=subject.layer, verdict=Verdict.NOTHING, rows=len(subject)
    )
    if not len(subject):
        return found
    area = ground.area
    middle = np.median(subject.numbers, axis=0)
    found = replace(found, middle=(float(middle[0]), float(middle[1])), area_deg=area.degrees)
    sample = subject.sample()
    tried = readings(sample.numbers, area.reach, label=subject.label, declared=declared)
    asked = list(witnesses(sample, ground))
    found = replace(found, compared=tuple(dict.fromkeys(each.kind for each in asked)))
    trials = _trials(tried, sample, ground, asked)
    if not any(trial.inside >= _MOST_INSIDE for trial in trials):
        return _from_afar(found, sample, ground)
    return _judged(found, subject, ground, trials, asked)


def _trials(
    tried: Sequence[Reading], sample: Subject, ground: Ground, asked: Sequence[Witness]
) -> list[Trial]:
    found = []
    for reading in tried:
        try:
            found.append(try_reading(reading, sample, ground.area, asked))
        except DatumError:  # it was declared, and cannot be
            continue
    return found


def _judged(
    found: Detection,
    subject: Subject,
    ground: Ground,
    trials: list[Trial],
    asked: Sequence[Witness],
) -> Detection:
    best, verdict, refuted = _choose(trials, ground, asked)
    ordered = sorted(
        trials, key=lambda trial: (trial is not best, id(trial) in refuted, -trial.inside)
    )
    found = replace(
        found,
        verdict=verdict,
        hypotheses=tuple(
            Hypothesis(
                reading=_to_type(trial.reading, subject),
                inside=trial.inside,
                fits=fits(trial, asked),
                refuted=id(trial) in refuted,
                beside=None if best is None or trial is best else _beside(best, trial),
            )
            for trial in ordered
        ),
    )
    shift = remaining_shift(subject.sample(), ordered[0], ground, asked)
    if shift is not None:
        past: tuple[str, ...] = ()
        if _PAST_WAY_M[0] <= shift.distance_m <= _PAST_WAY_M[1]:
            past = past_systems(ground.area, ordered[0].reading)
        return replace(found, verdict=Verdict.SHIFTED, shift=shift, past=past)
    if best is not None:
        odd = odd_rows(subject, ground, best.reading)
        found = replace(found, odd=odd)
    return found


def _beside(best: Trial, other: Trial) -> Shift | None:
    return shift_of_pairs(best.placed, other.placed, tolerance_m=0.0)


def _choose(
    trials: list[Trial], ground: Ground, asked: Sequence[Witness]
) -> tuple[Trial | None, Verdict, set[int]]:
    """Find the reading that beats all others, and the decoys; name those that another one beats."""
    inside = [trial for trial in trials if trial.inside >= _MOST_INSIDE]
    refuted = {id(trial) for trial in trials if trial not in inside}
    if not ground.area.known:
        return None, Verdict.NOTHING, refuted
    if len(inside) == 1:
        return inside[0], Verdict.ONLY, refuted
    for trial in inside:
        others = [other for other in inside if other is not trial]
        beaten = [other for other in others if votes(trial, other, asked).decide()]
        refuted |= {id(other) for other in beaten}
    left = [trial for trial in inside if id(trial) not in refuted]
    if len(left) == 1 and _stands_alone(left[0], inside, ground, asked):
        return left[0], Verdict.CLEAR, refuted
    return None, Verdict.ALIKE, refuted if left else set()


def _stands_alone(
    best: Trial, inside: Sequence[Trial], ground: Ground, asked: Sequence[Witness]
) -> bool:
    """Tell whether a reading fits better than the same rows moved aside, too."""
    ways = [
        float(np.nanmedian(np.hypot(*(best.places - other.places).T)))
        for other in inside
        if other is not best
    ]
    way_m = float(np.clip(min(ways), _SHORT_M, _LONG_M))
    return all(
        votes(best, aside, asked).decide(RARE_DECOY)
        for aside in decoys(best, way_m, ground.area, asked)
    )


def _from_afar(found: Detection, sample: Subject, ground: Ground) -> Detection:
    """Look for a map that lies beside the ground, by whatever way."""
    if not ground.area.known:
        return found
    shift, reading = shift_from_afar(sample, ground)
    if shift is None or reading is None:
        return replace(found, verdict=Verdict.ELSEWHERE)
    hypothesis = Hypothesis(reading=_to_type(reading, sample), inside=0.0, fits={}, refuted=False)
    return replace(found, verdict=Verdict.SHIFTED, hypotheses=(hypothesis,), shift=shift)


def _to_type(reading: Reading, subject: Subject) -> Reading:
    """Say all that an import needs to be told, and nothing that it finds out by itself."""
    notation = reading.notation
    datum = parse_datum(reading.datum)
    if subject.axes is Axes.X_OR_Y and datum.crs.is_projected:
        notation = replace(notation, swapped=RowSet())
    try:
        some = notation.applied(subject.shapes[:50], subject.row_numbers[:50])
        some = some[np.isfinite(shapely.bounds(some)).all(axis=1)]
        check_against_file(datum, subject.label, some, is_default=subject.label_is_default)
    except DatumContradictionError:
        notation = replace(notation, ignore_label=True)
    return replace(reading, notation=notation)
