"""Maps that lie beside the ground by one way, and no datum explains it."""

from __future__ import annotations

from collections.abc import Sequence

from geopandas import GeoSeries

from gis.nearness.displacement import Shift, common_shift, shift_of_pairs
from layers.importing.detective.ground import Ground, unique_by
from layers.importing.detective.readings import Reading, placer, readings
from layers.importing.detective.subject import Subject, texts
from layers.importing.detective.trials import Trial, fits
from layers.importing.detective.witnesses import Witness, joined, shapes_only
from layers.importing.errors import DatumError

_FAR_M = 40_000.0
_PAIR_TOLERANCE_M, _VOTE_TOLERANCE_M = 30.0, 10.0
_LEAST_PAIRS, _LEAST_VOTES = 3, 8
_LEAST_SHARE = 0.6
_TIMES_SECOND = 1.5
_NOTICEABLE_M = 12.0


def remaining_shift(
    sample: Subject, trial: Trial, ground: Ground, asked: Sequence[Witness]
) -> Shift | None:
    """Find the way by which the rows of a reading still lie beside their counterparts.

    None where they do not, or where nothing tells.
    """
    places = trial.placed.geometry
    shift = _of_keys(sample, places, ground)
    if shift is None and not _at_home(trial, asked):
        shift = _of_votes(sample, places, ground)
    return shift if shift is not None and shift.distance_m > _NOTICEABLE_M else None


def shift_from_afar(sample: Subject, ground: Ground) -> tuple[Shift | None, Reading | None]:
    """Find the way for a map that lies outside the store's surroundings, up to 40 km."""
    area = ground.area.beyond
    for reading in readings(sample.numbers, area, label=sample.label, declared=None):
        try:
            placed = sample.placed(placer(reading, area.crs), area.crs)
        except DatumError:
            continue
        shift = _shift(sample, placed.geometry, ground)
        if shift is not None:
            return shift, reading
    return None, None


def _at_home(trial: Trial, asked: Sequence[Witness]) -> bool:
    """Tell whether most rows lie at a feature of their kind."""
    at_features = [hits for (key, _), hits in fits(trial, asked).items() if key == "same_place"]
    return any(fitting >= _LEAST_SHARE * known for fitting, known in at_features)


def _shift(sample: Subject, places: GeoSeries, ground: Ground) -> Shift | None:
    return _of_keys(sample, places, ground) or _of_votes(sample, places, ground)


def _of_keys(sample: Subject, places: GeoSeries, ground: Ground) -> Shift | None:
    """Compare rows with the features that have their keys."""
    if sample.kind is None or not sample.by or not ground.counts.get(sample.kind.key):
        return None
    frame = ground.layer(sample.kind.key, *sample.by)
    stored = joined([texts(frame[name].to_numpy(dtype=object)) for name in sample.by])
    known = unique_by(frame.assign(__key=stored.to_numpy()), "__key")
    wanted = joined([texts(sample.column(name)) for name in sample.by])
    partner = shapes_only(wanted.map(known))
    found = shift_of_pairs(
        places, GeoSeries(partner, crs=ground.crs), tolerance_m=_PAIR_TOLERANCE_M
    )
    if found is None or found.compared < _LEAST_PAIRS or found.share < _LEAST_SHARE:
        return None
    return found


def _of_votes(sample: Subject, places: GeoSeries, ground: Ground) -> Shift | None:
    """Let rows and features of the same kind vote, not knowing which is which."""
    if sample.kind is None or not ground.counts.get(sample.kind.key):
        return None
    targets = ground.layer(sample.kind.key).geometry
    found = common_shift(places, targets, limit_m=_FAR_M, tolerance_m=_VOTE_TOLERANCE_M)
    if found is None or found.rows < _LEAST_VOTES or found.share < _LEAST_SHARE:
        return None
    return found if found.rows > _TIMES_SECOND * found.second_rows else None
