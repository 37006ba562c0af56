"""What an import says of a declared datum that fits clearly worse than another reading.

It changes nothing, and it is silent where it is not sure: a warning that comes without reason is
not read when it counts.
"""

from __future__ import annotations

import numpy as np

from layers.importing.detective.detect import Detection, Hypothesis, Verdict, detect
from layers.importing.detective.ground import Ground
from layers.importing.detective.readings import Reading
from layers.importing.detective.subject import identifying, subject_from
from layers.importing.mapping import Mapping
from layers.importing.prepare import Prepared
from layers.importing.readers import Remark
from layers.store import Scope, Store

_LEAST_ROWS = 3


def suspicion(
    store: Store, prepared: Prepared, mapping: Mapping, scope: Scope
) -> tuple[Remark, ...]:
    """Compare the declared datum with others; say so where another one fits clearly better."""
    datum, source = prepared.datum, prepared.source
    if datum is None or source.geometry is None or not prepared.kind.is_spatial:
        return ()
    by = identifying(prepared.fields, prepared.matches.key_fields, prepared.kind)
    subject = subject_from(source, prepared.kind, prepared.fields, by)
    if len(subject) < _LEAST_ROWS:
        return ()
    notation = mapping.notation
    rows = np.zeros(len(subject), dtype=bool)
    for named in (notation.swapped, *notation.datum_rows.values()):
        if not named.every:
            rows |= named.among(subject.row_numbers)
    if notation.datum_column is not None:  # every row says for itself
        return ()
    subject = subject.take(np.flatnonzero(~rows))
    declared = Reading(datum=datum.name, notation=notation.of_all_rows())
    return _said(detect(subject, Ground(store, scope), declared=declared), declared)


def _said(found: Detection, declared: Reading) -> tuple[Remark, ...]:
    mine = next((each for each in found.hypotheses if each.reading.datum == declared.datum), None)
    if found.verdict is Verdict.CLEAR and mine is not None and mine is not found.hypotheses[0]:
        return _better(found, mine)
    if found.verdict is Verdict.SHIFTED and found.shift is not None:
        way = {"distance_m": round(found.shift.distance_m), "east_m": round(found.shift.east_m)}
        return (Remark("places_shifted", {**way, "north_m": round(found.shift.north_m)}),)
    if found.odd:
        counted = {odd.reading.datum: odd.count for odd in found.odd}
        return (Remark("rows_look_odd", {"rows": sum(counted.values()), "found": list(counted)}),)
    return ()


def _better(found: Detection, mine: Hypothesis) -> tuple[Remark, ...]:
    best = found.hypotheses[0]
    values = {
        "declared": mine.reading.datum,
        "better": best.reading.datum,
        "fits": _share(best),
        "declared_fits": _share(mine),
        "layers": list(found.compared),
    }
    return (Remark("datum_doubtful", values),)


def _share(hypothesis: Hypothesis) -> int:
    """Give how many per cent of what the witnesses know fits."""
    fitting, known = (sum(part) for part in zip(*hypothesis.fits.values(), strict=True))
    return round(100 * fitting / known) if known else 0
