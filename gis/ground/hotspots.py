"""Where events gather: units whose neighbourhood has more of them, or fewer, than chance gives.

The measure is the local statistic Gi* of Getis and Ord (1992, in the standardised form of 1995):
the sum over a unit and its neighbours, against what the whole would give. It is computed by esda.
As many tests are made as there are units, so some would look hot by chance: the *q* of a unit is
its p after control of the false discovery rate (Benjamini and Hochberg 1995, by scipy). Of units
labelled at `alpha` 0.05, about one in twenty is expected to be labelled wrongly.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame, GeoSeries
from numpy.typing import NDArray
from pandas import Series

from gis.columns import numbers
from gis.contracts import (
    as_geometries,
    present,
    require_family,
    require_finite,
    require_number,
    require_unique_index,
)
from gis.crs import require_metres
from gis.errors import ColumnMissingError, WeightError
from gis.ground.location import locate_in_units

__all__ = ["LABELS", "LEAST_UNITS", "UNJUDGED", "HotspotsResult", "hotspots"]

LABELS = ("hot", "cold", "even")
"""More than chance gives, fewer, or neither."""

UNJUDGED = ("no_geometry", "no_population", "no_neighbours", "too_few_units", "all_equal")
"""Why a unit has no label."""

LEAST_UNITS = 30
"""Units below which the normal distribution says nothing about Gi*; a rule of thumb."""

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Positions = NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class HotspotsResult:
    """The label of every unit, and what became of all events.

    Parameters
    ----------
    units
        Indexed as the units: `events`; `expected` (the same for all, or in proportion to the
        population); `rate` (events per head, missing without population); `neighbours`; `z`, `p`
        (two-sided), `q`; `label` (of `LABELS`) or, where there is none, `reason` (of `UNJUDGED`);
        geometry.
    events
        How many there were.
    outside
        Events in no unit, and those without a place.
    alpha
        The rate of false discoveries that was accepted.
    """

    units: GeoDataFrame
    events: int
    outside: int
    alpha: float


def hotspots(
    events: GeoSeries | GeoDataFrame | Series,
    units: GeoDataFrame,
    *,
    population: str | None = None,
    neighbours_m: float = 1.0,
    alpha: float = 0.05,
) -> HotspotsResult:
    """Tell which units are hot or cold with events, beyond what chance gives.

    Parameters
    ----------
    events
        Geometries in the CRS of the units, each counted where its representative point lies; or a
        series with the label of each event's unit, missing where it has none.
    units
        Areas in a metric CRS, uniquely labelled.
    population
        A column of `units`: not the events but their rate per head is judged. A unit with nobody
        in it, or an unknown number, is not judged.
    neighbours_m
        Metres up to which two units are neighbours, across cracks between surveys.
    alpha
        False discovery rate, above 0 and below 1.

    Raises
    ------
    CrsMissingError, CrsNotMetricError, CrsMismatchError, GeometryFamilyError,
    GeometryNotFiniteError, DuplicateIndexError, ColumnMissingError, WeightError, NumberError

    Examples
    --------
    >>> from gis.ground.cells import square_cells
    >>> cells = square_cells(GeoSeries([shapely.box(0, 0, 600, 600)], crs=32650), 100)
    >>> corner = GeoSeries(shapely.points([[50, 50]] * 9 + [[150, 50]] * 9), crs=32650)
    >>> found = hotspots(corner, cells).units
    >>> found.loc[found["label"] == "hot", "events"].to_dict()
    {'x0y0': 9, 'x0y1': 0, 'x1y0': 9}
    """
    require_number("alpha", alpha, least=1e-6, most=0.5)
    require_number("neighbours_m", neighbours_m, least=0.0)
    areas = as_geometries("units", units)
    require_metres(units=areas)
    require_family("units", areas, ["area"])
    require_finite("units", areas)
    require_unique_index(units=areas)
    counts, outside = _counts(events, areas)
    people = _people(units, population)
    there = present(areas)
    judged = there & (people > 0)
    one, other = _adjacent(areas, judged, neighbours_m)
    degree = np.bincount(one, minlength=len(areas))
    measure = counts / np.where(judged, people, np.nan)
    reason = np.select([~there, ~judged, degree == 0], list(UNJUDGED[:3]), default="").astype(
        object
    )
    z = np.full(len(areas), np.nan)
    left = np.flatnonzero(reason == "")
    if len(left) < LEAST_UNITS:
        reason[left] = "too_few_units"
    elif np.ptp(measure[left]) == 0:
        reason[left] = "all_equal"
    else:
        z[left] = _gi_star(measure[left], _renumbered(left, len(areas)), one, other)
    reason[(reason == "") & np.isnan(z)] = "all_equal"
    base = judged if population else np.ones(len(areas), dtype=bool)
    share = np.where(base, people, 0.0)
    frame = GeoDataFrame(
        {
            "events": counts.astype(np.int64),
            "expected": np.where(base, counts[base].sum() * share / max(share.sum(), 1.0), np.nan),
            "rate": measure if population else np.full(len(areas), np.nan),
            "neighbours": degree,
            **_labelled(z, alpha),
            "reason": Series(reason, index=areas.index).where(reason != "", None),
        },
        index=areas.index,
        geometry=areas,
    )
    return HotspotsResult(units=frame, events=len(events), outside=outside, alpha=alpha)


def _counts(events: GeoSeries | GeoDataFrame | Series, units: GeoSeries) -> tuple[Floats, int]:
    """Count events by unit, and those in none."""
    if isinstance(events, GeoSeries | GeoDataFrame):
        labels = locate_in_units(events, units)["unit"]
    else:
        labels = events
    at = units.index.get_indexer(pd.Index(labels.dropna()))
    counts = np.bincount(at[at >= 0], minlength=len(units)).astype(float)
    return counts, len(labels) - int(counts.sum())


def _people(units: GeoDataFrame, column: str | None) -> Floats:
    """Give the population of each unit, NaN where it is not known; 1 where nobody asks."""
    if column is None:
        return np.ones(len(units))
    if column not in units:
        raise ColumnMissingError(
            argument="units", column=column, columns=tuple(map(str, units.columns))
        )
    people = numbers(units, column, "units")
    wrong = ~np.isnan(people) & ~((people >= 0) & np.isfinite(people))
    if wrong.any():
        first = int(wrong.argmax())
        raise WeightError(column=column, found=people[first].item(), label=units.index[first])
    return people


def _adjacent(units: GeoSeries, judged: Flags, neighbours_m: float) -> tuple[Positions, Positions]:
    """Pair the units that lie next to each other, both ways."""
    shapes = np.array(units.array, dtype=object)
    shapes[~judged] = None
    one, other = shapely.STRtree(shapes).query(shapes, "dwithin", distance=neighbours_m)
    apart = one != other
    return one[apart], other[apart]


def _renumbered(kept: Positions, count: int) -> Positions:
    number = np.full(count, -1)
    number[kept] = np.arange(len(kept))
    return number


def _gi_star(measure: Floats, number: Positions, one: Positions, other: Positions) -> Floats:
    """Standardise the sum over each unit and its neighbours, every one with the same weight."""
    # Both load a good part of the scientific stack, which nobody else needs.
    from esda.getisord import G_Local  # noqa: PLC0415
    from libpysal.weights import W  # noqa: PLC0415

    near: dict[int, list[int]] = {unit: [] for unit in range(len(measure))}
    for here, there in zip(number[one].tolist(), number[other].tolist(), strict=True):
        if here >= 0 and there >= 0:
            near[here].append(there)
    weights = W(near, silence_warnings=True)
    with np.errstate(invalid="ignore", divide="ignore"):  # a unit that neighbours all has no z
        found = G_Local(measure, weights, transform="B", star=True, permutations=0)
    z: Floats = np.asarray(found.Zs, dtype=float)
    return np.where(np.isfinite(z), z, np.nan)


def _labelled(z: Floats, alpha: float) -> dict[str, object]:
    from scipy.stats import false_discovery_control, norm  # noqa: PLC0415 - slow to load

    known = ~np.isnan(z)
    p, q = np.full(len(z), np.nan), np.full(len(z), np.nan)
    p[known] = 2 * norm.sf(np.abs(z[known]))
    if known.any():
        q[known] = false_discovery_control(p[known])
    label = np.where(q <= alpha, np.where(z > 0, "hot", "cold"), "even").astype(object)
    label[~known] = None
    return {"z": z, "p": p, "q": q, "label": label}
