"""Figures of one division of the ground, brought over to another through the buildings.

Two griddings never share their borders, and people do not live on area: what a unit of the old
division has is dealt to its buildings in proportion to their weight, and added up by the units of
the new one. A building is in one unit of each, by its representative point, or in none.

*Totals* (households, events) are conserved: what arrives in new units, what lies in no new unit,
and what could not be dealt out are together what there was, to the last one where values are
whole. *Means* (shares, rates) are averaged over buildings by the same weight.
"""

from collections.abc import Collection, Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame, GeoSeries
from numpy.typing import NDArray
from pandas import DataFrame, Index, Series

from gis.columns import numbers
from gis.contracts import as_geometries, require_family, require_unique_index
from gis.covering.weights import Weights, weigh
from gis.errors import ColumnMissingError, IndexMismatchError, NumberError
from gis.ground.apportionment import deal, deal_whole
from gis.ground.location import locate_in_units
from gis.nearness.distance import label_rank, take_labels

__all__ = ["UNDEALT", "CrosswalkResult", "crosswalk"]

UNDEALT = ("no_buildings", "no_weight")
"""Why a value could not be dealt out: no building lies in the unit; none has a weight above 0."""

_ACCOUNT = ["figure", "given", "arrived", "in_no_unit", "undealt", "unknown_units"]

Floats = NDArray[np.float64]
Positions = NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class CrosswalkResult:
    """Figures by the units of the new division, and what became of all that there was.

    Parameters
    ----------
    values
        Indexed by new unit in their order: a column for each figure, missing where nothing is
        known of any building there; and `name.known_share`, the part of the unit's weight of which
        something is known (missing where the unit has no weight).
    undealt
        What could not be dealt out: `unit` (old), `figure`, `value`, `reason` (of `UNDEALT`).
    account
        By total: `given` = `arrived` + `in_no_unit` (in buildings of no new unit) + `undealt`;
        `unknown_units` counts old units without a value.
    overlaps
        How the two divisions meet: `from_unit`, `to_unit` (missing for none), `buildings`,
        `weight`, and `share` of the old unit's weight.
    in_no_old_unit
        Buildings of new units that lie in no old one: nothing is dealt to them.
    no_weight
        Buildings whose weight is not known, left out.
    """

    values: DataFrame
    undealt: DataFrame
    account: DataFrame
    overlaps: DataFrame
    in_no_old_unit: int
    no_weight: int


@dataclass(frozen=True)
class _Meeting:
    """Pairs of old and new units (-1: none) that have buildings in common."""

    old: Positions
    new: Positions
    weight: Floats
    buildings: Positions
    olds: "Index[Any]"
    news: "Index[Any]"


def crosswalk(  # noqa: PLR0913 - what may be asked is what it is
    values: Series | DataFrame,
    from_units: GeoSeries | GeoDataFrame,
    to_units: GeoSeries | GeoDataFrame,
    buildings: GeoDataFrame,
    *,
    weight: str | None = None,
    means: Collection[str] = (),
    divisible: Collection[str] = (),
) -> CrosswalkResult:
    """Bring figures of one division over to another through the buildings.

    Parameters
    ----------
    values
        A figure, or several as columns, indexed by the labels of `from_units`; a missing value is
        not known, which is not 0. Whole totals stay whole, by the largest remainder.
    from_units, to_units
        Areas of both divisions in the same metric CRS, uniquely labelled.
    buildings
        In that CRS; each counts where its representative point lies.
    weight
        A column of `buildings`: residents, dwellings, floor area. Without one each counts 1.
    means
        Figures that are means, shares or rates.
    divisible
        Totals that may be cut below one although they happen to be whole, such as hectares.

    Raises
    ------
    CrsMissingError, CrsNotMetricError, CrsMismatchError, GeometryFamilyError,
    GeometryNotFiniteError, DuplicateIndexError, IndexMismatchError, ColumnMissingError,
    WeightError, ArgumentTypeError

    Examples
    --------
    >>> from shapely import box
    >>> old = GeoSeries([box(0, 0, 30, 10)], index=["old"], crs=32650)
    >>> new = GeoSeries([box(0, 0, 10, 10), box(10, 0, 30, 10)], index=["w", "e"], crs=32650)
    >>> homes = GeoDataFrame(
    ...     {"flats": [10, 10, 10]}, geometry=GeoSeries.from_xy([5, 15, 25], [5, 5, 5]), crs=32650
    ... )
    >>> events = Series({"old": 10}, name="events")
    >>> crosswalk(events, old, new, homes, weight="flats").values["events"].to_dict()
    {'w': 3.0, 'e': 7.0}
    """
    frame = values.to_frame(values.name or "value") if isinstance(values, Series) else values
    old_units, new_units = _accepted(frame, from_units, to_units, [*means, *divisible])
    weights = weigh(buildings, weight)
    meeting = _meet(buildings, weights, old_units, new_units)
    given = {name: _figure(frame, name, old_units.index) for name in frame}
    columns: dict[Hashable, Floats] = {}
    accounts, lost = [], []
    for name, found in given.items():
        known = ~np.isnan(found)
        share = _known_share(meeting, known)
        if name in means:
            columns[name] = _mean(meeting, found, known)
        else:
            dealt = _dealt(meeting, found, known, whole=name not in divisible)
            columns[name] = np.where(share == 0, np.nan, _by_new(meeting, dealt))
            undealt = known & (found != 0) & ~_dealable(meeting)
            lost.append(_undealt(meeting, str(name), found, undealt))
            accounts.append(_account(meeting, str(name), found, dealt, undealt))
        columns[f"{name}.known_share"] = share
    return CrosswalkResult(
        values=DataFrame(columns, index=new_units.index),
        undealt=pd.concat(lost, ignore_index=True) if lost else _undealt_rows([], [], [], []),
        account=DataFrame(accounts, columns=_ACCOUNT).set_index("figure"),
        overlaps=_overlaps(meeting),
        in_no_old_unit=int(meeting.buildings[meeting.old < 0].sum()),
        no_weight=int((~weights.given).sum()),
    )


def _accepted(
    frame: DataFrame,
    from_units: GeoSeries | GeoDataFrame,
    to_units: GeoSeries | GeoDataFrame,
    named: Collection[str],
) -> tuple[GeoSeries, GeoSeries]:
    for name in named:
        if name not in frame:
            raise ColumnMissingError(
                argument="values", column=name, columns=tuple(map(str, frame.columns))
            )
    old, new = as_geometries("from_units", from_units), as_geometries("to_units", to_units)
    for argument, layer in (("from_units", old), ("to_units", new)):
        require_family(argument, layer, ["area"])
    require_unique_index(values=frame, from_units=old, to_units=new)
    if len(frame.index.difference(old.index)):
        raise IndexMismatchError(argument="values", other="from_units")
    return old, new


def _figure(frame: DataFrame, name: Hashable, units: "Index[Any]") -> Floats:
    """Read a figure in the order of the old units; missing is NaN."""
    found = numbers(frame.reindex(units), name, "values")  # type: ignore[arg-type]  # any label is a name
    if np.isinf(found).any():
        raise NumberError(argument=f"values.{name}", found=np.inf, allowed="(-inf, inf)")
    return found


def _meet(
    buildings: GeoDataFrame, weights: Weights, old_units: GeoSeries, new_units: GeoSeries
) -> _Meeting:
    """Find which old and new units have buildings in common, and of what weight."""
    old, new = (
        units.index.get_indexer(Index(locate_in_units(buildings, units)["unit"]))
        for units in (old_units, new_units)
    )
    counted = weights.counted & ((old >= 0) | (new >= 0))
    pairs, which = np.unique(
        np.stack([old[counted], new[counted]], axis=1), axis=0, return_inverse=True
    )
    which = which.reshape(-1)
    return _Meeting(
        old=pairs[:, 0],
        new=pairs[:, 1],
        weight=np.bincount(which, weights.amount[counted].astype(float), len(pairs)).astype(float),
        buildings=np.bincount(which, minlength=len(pairs)),
        olds=old_units.index,
        news=new_units.index,
    )


def _dealable(meeting: _Meeting) -> NDArray[np.bool_]:
    """Tell which old units have any weight."""
    inside = meeting.old >= 0
    return np.bincount(meeting.old[inside], meeting.weight[inside], len(meeting.olds)) > 0


def _dealt(meeting: _Meeting, found: Floats, known: NDArray[np.bool_], *, whole: bool) -> Floats:
    """Deal each old unit's value to what it shares with new units; 0 for the rest."""
    parts = np.zeros(len(meeting.old))
    takes = np.flatnonzero((meeting.old >= 0) & (meeting.weight > 0))
    takes = takes[known[meeting.old[takes]]]
    totals = np.where(known, found, 0.0)
    old, weight = meeting.old[takes], meeting.weight[takes]
    if whole and (totals == np.floor(totals)).all():
        # Of equal remainders the first label comes first, and what is in no unit last.
        rank = np.append(label_rank(meeting.news), len(meeting.news))
        parts[takes] = deal_whole(totals, weight, old, rank[meeting.new[takes]])
    else:
        parts[takes] = deal(totals, weight, old)
    return parts


def _by_new(meeting: _Meeting, parts: Floats) -> Floats:
    inside = meeting.new >= 0
    total: Floats = np.bincount(meeting.new[inside], parts[inside], len(meeting.news)).astype(float)
    return total


def _known_share(meeting: _Meeting, known: NDArray[np.bool_]) -> Floats:
    """Tell which part of each new unit's weight has a value; missing where there is no weight."""
    has_value = np.append(known, False)[meeting.old]
    base = _by_new(meeting, meeting.weight)
    share: Floats = _by_new(meeting, np.where(has_value, meeting.weight, 0.0)) / np.where(
        base > 0, base, np.nan
    )
    return share


def _mean(meeting: _Meeting, found: Floats, known: NDArray[np.bool_]) -> Floats:
    values, has_value = np.append(found, np.nan), np.append(known, False)
    weight = np.where(has_value[meeting.old], meeting.weight, 0.0)
    base = _by_new(meeting, weight)
    total = _by_new(meeting, weight * np.where(has_value, values, 0.0)[meeting.old])
    mean: Floats = total / np.where(base > 0, base, np.nan)
    return mean


def _undealt(meeting: _Meeting, name: str, found: Floats, undealt: NDArray[np.bool_]) -> DataFrame:
    """Name the old units whose value found no building, and why."""
    at = np.flatnonzero(undealt)
    has_building = np.isin(at, meeting.old)
    reasons = np.where(has_building, "no_weight", "no_buildings").astype(object)
    return _undealt_rows(take_labels(meeting.olds, at), name, found[at], reasons)


def _undealt_rows(unit: Any, figure: Any, value: Any, reason: Any) -> DataFrame:
    rows = {"unit": unit, "value": value, "reason": reason}
    frame = DataFrame(rows)
    frame.insert(1, "figure", figure)
    return frame


def _account(
    meeting: _Meeting, name: str, found: Floats, dealt: Floats, undealt: NDArray[np.bool_]
) -> tuple[object, ...]:
    return (
        name,
        float(np.nansum(found)),
        float(dealt[meeting.new >= 0].sum()),
        float(dealt[meeting.new < 0].sum()),
        float(found[undealt].sum()),
        int(np.isnan(found).sum()),
    )


def _overlaps(meeting: _Meeting) -> DataFrame:
    here = np.flatnonzero(meeting.old >= 0)
    old, weight = meeting.old[here], meeting.weight[here]
    base = np.bincount(old, weight, len(meeting.olds))[old]
    frame = DataFrame(
        {
            "from_unit": take_labels(meeting.olds, old),
            "to_unit": take_labels(meeting.news, meeting.new[here]),
            "buildings": meeting.buildings[here],
            "weight": weight,
            "share": weight / np.where(base > 0, base, np.nan),
        }
    )
    order = np.lexsort((-weight, old))
    return frame.iloc[order].reset_index(drop=True)
