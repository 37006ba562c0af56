"""What an import says of a declared datum that fits clearly worse than another reading.

It changes nothing, and it is silent where it is not sure: a warning that comes without reason is
not read when it counts.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from layers.importing.detective.detect import Detection, Hypothesis, Verdict, detect
from layers.importing.detective.ground import Ground
from layers.importing.detective.readings import Reading
from layers.importing.detective.subject import Subject, identifying, subject_from
from layers.importing.notation import Notation
from layers.importing.prepare import Prepared
from layers.importing.readers import Axes, Remark
from layers.store import Scope, Store

_LEAST_ROWS = 3


def suspicion(store: Store, prepared: Prepared, scope: Scope) -> tuple[Remark, ...]:
    """Compare the declared datum with others; say so where another one fits clearly better."""
    datum, notation = prepared.datum, prepared.mapping.notation
    if datum is None or prepared.source.geometry is None or not prepared.kind.is_spatial:
        return ()
    if notation.datum_column is not None:  # every row says for itself
        return ()
    if datum.crs.is_projected:  # what the zone and the order of axes were is settled already
        subject = _subject(prepared, prepared.geometry)
        declared = Reading(datum=store.settings.storage_crs)
    else:
        subject = _without_named_rows(_subject(prepared, None), notation)
        declared = Reading(datum=datum.name, notation=notation.of_all_rows())
    if len(subject) < _LEAST_ROWS:
        return ()
    found = detect(subject, Ground(store, scope), declared=declared)
    return _said(found, declared, is_projected=datum.crs.is_projected)


def _subject(prepared: Prepared, geometry: NDArray[np.object_] | None) -> Subject:
    by = identifying(prepared.fields, prepared.matches.key_fields, prepared.kind)
    source = prepared.source
    if geometry is not None:
        source = replace(source, geometry=geometry, crs=None, axes=Axes.KNOWN)
    return subject_from(source, prepared.kind, prepared.fields, by)


def _without_named_rows(subject: Subject, notation: Notation) -> Subject:
    """Leave out the rows of which the mapping says something of their own."""
    rows = np.zeros(len(subject), dtype=bool)
    for named in (notation.swapped, *notation.datum_rows.values()):
        if not named.every:
            rows |= named.among(subject.row_numbers)
    return subject.take(np.flatnonzero(~rows))


def _said(found: Detection, declared: Reading, *, is_projected: bool) -> tuple[Remark, ...]:
    mine = next((each for each in found.hypotheses if each.reading.datum == declared.datum), None)
    if found.verdict is Verdict.SHIFTED and found.shift is not None:
        values = {"distance_m": round(found.shift.distance_m), "direction": found.shift.direction}
        return (Remark("places_shifted", values),)
    if is_projected or mine is None:
        return ()
    if found.verdict is Verdict.CLEAR and mine is not found.hypotheses[0]:
        return _better(found, mine)
    if found.odd and mine is found.hypotheses[0]:
        rows = sum(odd.count for odd in found.odd)
        return (Remark("rows_look_odd", {"rows": rows, "datum": mine.reading.datum}),)
    return ()


def _better(found: Detection, mine: Hypothesis) -> tuple[Remark, ...]:
    best = found.hypotheses[0]
    values = {
        "declared": mine.reading.datum,
        "better": best.reading.datum,
        "fits": _share(best),
        "declared_fits": _share(mine),
        "layers": list(found.compared),
        "distance_m": round(mine.beside.distance_m) if mine.beside else None,
        "direction": mine.beside.direction if mine.beside else "N",
    }
    return (Remark("datum_doubtful", values),)


def _share(hypothesis: Hypothesis) -> int:
    """Give how many per cent of what the witnesses know fits."""
    fitting, known = (sum(part) for part in zip(*hypothesis.fits.values(), strict=True))
    return round(100 * fitting / known) if known else 0
