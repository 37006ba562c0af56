"""Readings tried against witnesses, and which of two is the better one.

Two readings are compared row by row. Rows side by side say the same thing, so they vote as one:
every patch of ground has one vote, and chance alone would give each reading half of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from layers.importing.detective.readings import Area, Points, Reading, placer
from layers.importing.detective.subject import Subject
from layers.importing.detective.witnesses import Misses, Witness

_PATCH_M = 150.0
# How rarely chance may decide between two readings, and against one of the decoys.
RARE, RARE_DECOY = 1e-3, 1e-2
# One who knows the very place decides by few rows, if hardly any speaks against it.
_FEW = 3
_MANY_TIMES = 4
# A row speaks for a reading under which it misses by less than half, and not by kilometres.
_CLEARLY = 0.5
_MOST_MISSED_M = 400.0
_DECOYS = 6


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What the witnesses say of one reading.

    `places` are where its rows lie, `misses` what each witness says of them, in the order of the
    witnesses; `inside` is the share of the rows in the store's surroundings.
    """

    reading: Reading
    placed: GeoDataFrame
    misses: Sequence[Misses]
    inside: float

    @property
    def places(self) -> Points:
        """Give one point for each row, metres; NaN for none."""
        centroids = shapely.centroid(self.placed.geometry.to_numpy())
        return np.column_stack([shapely.get_x(centroids), shapely.get_y(centroids)])


@dataclass(frozen=True, kw_only=True)
class Votes:
    """How many speak for one reading and how many for the other: pointed rows, patches of all."""

    pointed: tuple[int, int]
    all: tuple[int, int]

    def decide(self, rare: float = RARE) -> bool:
        """Tell whether they are for the first one, beyond what chance gives."""
        for_it, against = self.pointed
        if for_it >= _FEW and for_it >= _MANY_TIMES * against:
            return True
        if against >= _FEW and against >= _MANY_TIMES * for_it:
            return False
        for_it, against = self.all
        voted = for_it + against
        return voted > 0 and _luck(for_it, voted) < rare


def _luck(heads: int, tosses: int) -> float:
    """Give the probability of so many heads, or more, of a fair coin."""
    from scipy.special import bdtrc  # noqa: PLC0415 (slow to load)

    return float(bdtrc(heads - 1, tosses, 0.5))


def try_reading(
    reading: Reading, subject: Subject, area: Area, witnesses: Iterable[Witness]
) -> Trial:
    """Put the rows where a reading says, and hear the witnesses.

    Raises
    ------
    DatumError
    """
    return _heard(reading, subject.placed(placer(reading, area.crs), area.crs), area, witnesses)


def decoys(trial: Trial, way_m: float, area: Area, witnesses: Sequence[Witness]) -> list[Trial]:
    """Move the rows of a reading aside, in several directions by the same way.

    A reading is right only if it fits better than these, too: a layer may fit less well where it
    belongs than half a kilometre off, if what the witnesses think likely does not hold for it.
    """
    found = []
    for turn in range(_DECOYS):
        angle = 2 * np.pi * (turn + 0.5) / _DECOYS
        way = way_m * np.array([np.cos(angle), np.sin(angle)])
        aside = shapely.transform(trial.placed.geometry.to_numpy(), partial(np.add, way))
        moved = GeoDataFrame(geometry=aside, crs=trial.placed.crs)
        found.append(_heard(trial.reading, moved, area, witnesses))
    return found


def _heard(
    reading: Reading, placed: GeoDataFrame, area: Area, witnesses: Iterable[Witness]
) -> Trial:
    misses = [witness.miss_m(placed) for witness in witnesses]
    trial = Trial(reading=reading, placed=placed, misses=misses, inside=0.0)
    inside = area.reach.inside(trial.places)
    share = float(inside.mean()) if len(inside) else 0.0
    return Trial(reading=reading, placed=placed, misses=misses, inside=share)


def votes(one: Trial, other: Trial, witnesses: Sequence[Witness]) -> Votes:
    """Count who speaks for one reading and who for the other."""
    pointed, every = np.zeros(2, dtype=int), np.zeros(2, dtype=int)
    patches = _patches(one.places)
    for witness, first, second in zip(witnesses, one.misses, other.misses, strict=True):
        rows = _row_votes(witness, first, second)
        every += _by_patch(patches, rows)
        if witness.is_pointed:
            pointed += np.array([(rows > 0).sum(), (rows < 0).sum()])
    return Votes(pointed=(int(pointed[0]), int(pointed[1])), all=(int(every[0]), int(every[1])))


def _row_votes(witness: Witness, first: Misses, second: Misses) -> NDArray[np.int64]:
    """Say of each row +1 for the first reading, -1 for the second, 0 for neither.

    A row that a reading cannot place at all speaks against it.
    """
    a, b = (np.where(np.isnan(each), np.inf, each) for each in (first, second))
    if witness.by_half:
        for_first = (a < _CLEARLY * b) & (a < _MOST_MISSED_M)
        for_second = (b < _CLEARLY * a) & (b < _MOST_MISSED_M)
    else:
        fits_first, fits_second = a <= witness.tolerance_m, b <= witness.tolerance_m
        for_first, for_second = fits_first & ~fits_second, fits_second & ~fits_first
    return for_first.astype(np.int64) - for_second.astype(np.int64)


def _patches(places: Points) -> NDArray[np.int64]:
    """Give the number of the patch of ground in which each place lies; -1 for none."""
    known = np.isfinite(places).all(axis=1)
    found = np.full(len(places), -1, dtype=np.int64)
    cells = np.floor(places[known] / _PATCH_M).astype(np.int64)
    found[known] = np.unique(cells, axis=0, return_inverse=True)[1].reshape(-1)
    return found


def _by_patch(patches: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    summed = pd.Series(rows).groupby(patches).sum().to_numpy()
    return np.array([(summed > 0).sum(), (summed < 0).sum()])


def fits(trial: Trial, witnesses: Sequence[Witness]) -> Mapping[tuple[str, str], tuple[int, int]]:
    """Count by witness, named by how it knows and its layer, the rows that fit and all it knows."""
    found = {}
    for witness, missed in zip(witnesses, trial.misses, strict=True):
        known = ~np.isnan(missed)
        fitting = int((missed[known] <= witness.tolerance_m).sum())
        found[witness.key, witness.kind] = (fitting, int(known.sum()))
    return found
