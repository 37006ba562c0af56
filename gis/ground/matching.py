"""Adopters and plots brought together: nobody beyond a walk, nobody beyond their strength.

Which plot goes to whom is an *assignment* with capacities: each plot goes to one adopter at most,
each adopter takes no more than their capacity, and only pairs within a limit are possible. Of all
such assignments one is chosen that brings the most worth, then the most plots, then the fewest
metres. Each of the three is solved exactly, as an integer program by HiGHS, with what was reached
before held fast; when plots need 1 of the capacity each, this is a flow of least cost.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import shapely
from geopandas import GeoDataFrame, GeoSeries
from numpy.typing import NDArray
from pandas import DataFrame, Series

from gis.columns import numbers
from gis.contracts import (
    as_geometries,
    present,
    require_finite,
    require_radius,
    require_unique_index,
)
from gis.crs import require_metres
from gis.errors import ColumnMissingError, WeightError
from gis.nearness.distance import distance_to_nearest, label_rank, take_labels
from gis.walks.network import WalkNetwork
from gis.walks.walking import walking_distance

__all__ = ["ADOPTER_REASONS", "PLOT_REASONS", "MatchResult", "match_adopters"]

PLOT_REASONS = ("no_geometry", "no_need", "too_far", "too_large", "capacity_used")
"""Why a plot has no adopter, the first that holds."""

ADOPTER_REASONS = ("no_geometry", "no_capacity", "too_far", "too_small", "plots_taken")
"""Why an adopter has no plot, the first that holds."""

Floats = NDArray[np.float64]
Positions = NDArray[np.intp]

# Distances are compared in millimetres: a map that is shifted must not match in another way.
_DIGITS = 3
_HELD = 1e-7
_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class MatchResult:
    """Who takes which plot, and why the rest found nobody.

    Parameters
    ----------
    pairs
        `plot`, `adopter`, `distance_m`, `need`, `worth`; by the labels of the plots.
    plots
        Indexed as the plots: `adopter`, `distance_m`, `in_reach` (adopters within the limit),
        `nearest_m` (straight line to the nearest adopter, whoever that is) and, where there is no
        adopter, `reason` (of `PLOT_REASONS`).
    adopters
        Indexed as the adopters: `plots` taken, `used` and `capacity`, `in_reach` (plots within the
        limit) and, where they took none, `reason` (of `ADOPTER_REASONS`).
    worth, distance_m
        Sums over the pairs.
    proven
        Whether no assignment is better; False when the solver was stopped by its time.
    """

    pairs: DataFrame
    plots: DataFrame
    adopters: DataFrame
    worth: float
    distance_m: float
    proven: bool


class _Reach(NamedTuple):
    """Possible pairs, by position, in the order of labels."""

    adopter: Positions
    plot: Positions
    distance_m: Floats

    def only(self, which: NDArray[Any]) -> "_Reach":
        """Keep some pairs, by mask or position."""
        return _Reach(self.adopter[which], self.plot[which], self.distance_m[which])


def match_adopters(  # noqa: PLR0913 - what may be asked is what it is
    adopters: GeoDataFrame,
    plots: GeoDataFrame,
    *,
    limit_m: float,
    capacity: str | None = None,
    need: str | None = None,
    worth: str | None = None,
    network: WalkNetwork | None = None,
) -> MatchResult:
    """Assign plots to adopters: most worth, then most plots, then least walking.

    Parameters
    ----------
    adopters, plots
        Geometries of any type in the same metric CRS, uniquely labelled.
    limit_m
        Metres beyond which nobody takes a plot.
    capacity
        A column of `adopters`, in the unit of `need`; without one each takes 1.
    need
        A column of `plots`, such as their area; without one each plot needs 1.
    worth
        A column of `plots`; without one each is worth 1.
    network
        Where adopters walk to the edge of a plot; without one distances are straight lines.

    Raises
    ------
    CrsMissingError, CrsNotMetricError, CrsMismatchError, GeometryNotFiniteError,
    DuplicateIndexError, ColumnMissingError, WeightError, RadiusError

    Examples
    --------
    Both want the near plot; it goes to the one that reaches no other.

    >>> adopters = GeoDataFrame(geometry=GeoSeries.from_xy([0, 20], [0, 0]), crs=32650)
    >>> plots = GeoDataFrame(geometry=GeoSeries.from_xy([10, 60], [0, 0]), crs=32650)
    >>> match_adopters(adopters, plots, limit_m=45).pairs[["plot", "adopter", "distance_m"]]
       plot  adopter  distance_m
    0     0        0        10.0
    1     1        1        40.0
    """
    require_radius("limit_m", limit_m)
    require_unique_index(adopters=adopters, plots=plots)
    people, ground = as_geometries("adopters", adopters), as_geometries("plots", plots)
    require_metres(adopters=people, plots=ground)
    for argument, layer in (("adopters", people), ("plots", ground)):
        require_finite(argument, layer)
    can, needs, gives = (
        _amounts(adopters, capacity, "adopters"),
        _amounts(plots, need, "plots"),
        _amounts(plots, worth, "plots"),
    )
    reach = _in_order(_reach(people, ground, limit_m, network), people, ground)
    fits = (needs[reach.plot] <= can[reach.adopter]) & (can[reach.adopter] > 0)
    fitting = reach.only(fits)
    chosen, proven = _chosen(fitting, can, needs, np.nan_to_num(gives))
    taken = fitting.only(chosen)
    pairs = DataFrame(
        {
            "plot": take_labels(plots.index, taken.plot),
            "adopter": take_labels(adopters.index, taken.adopter),
            "distance_m": taken.distance_m,
            "need": needs[taken.plot],
            "worth": np.nan_to_num(gives)[taken.plot],
        }
    )
    return MatchResult(
        pairs=pairs,
        plots=_plots(ground, people, reach, fitting, taken, needs),
        adopters=_adopters(people, reach, fitting, taken, can, needs),
        worth=float(pairs["worth"].sum()),
        distance_m=float(pairs["distance_m"].sum()),
        proven=proven,
    )


def _amounts(rows: GeoDataFrame, column: str | None, argument: str) -> Floats:
    """Read amounts of at least 0, NaN where they are not known; 1 each without a column."""
    if column is None:
        return np.ones(len(rows))
    if column not in rows:
        raise ColumnMissingError(
            argument=argument, column=column, columns=tuple(map(str, rows.columns))
        )
    amounts = numbers(rows, column, argument)
    wrong = ~np.isnan(amounts) & ~((amounts >= 0) & np.isfinite(amounts))
    if wrong.any():
        first = int(wrong.argmax())
        raise WeightError(column=column, found=amounts[first].item(), label=rows.index[first])
    return amounts


def _reach(
    adopters: GeoSeries, plots: GeoSeries, limit_m: float, network: WalkNetwork | None
) -> _Reach:
    """Find every pair within the limit."""
    if network is None:
        people, ground = (np.array(each.array, dtype=object) for each in (adopters, plots))
        people[~present(adopters)], ground[~present(plots)] = None, None
        adopter, plot = shapely.STRtree(ground).query(people, "dwithin", distance=limit_m)
        return _Reach(adopter, plot, shapely.distance(people[adopter], ground[plot]))
    found = []
    for number in np.flatnonzero(present(plots)).tolist():
        one = plots.iloc[[number]]
        walks = walking_distance(adopters, one, network, limit_m=limit_m)["distance_m"].to_numpy()
        near = np.flatnonzero(walks <= limit_m)
        found.append(_Reach(near, np.full(len(near), number), walks[near]))
    if not found:
        nobody = np.empty(0, dtype=np.intp)
        return _Reach(nobody, nobody, np.empty(0))
    return _Reach(
        np.concatenate([each.adopter for each in found]),
        np.concatenate([each.plot for each in found]),
        np.concatenate([each.distance_m for each in found]),
    )


def _in_order(reach: _Reach, adopters: GeoSeries, plots: GeoSeries) -> _Reach:
    """Sort pairs by their labels, so that the order of rows decides nothing."""
    order = np.lexsort(
        (label_rank(adopters.index)[reach.adopter], label_rank(plots.index)[reach.plot])
    )
    ordered = reach.only(order)
    return ordered._replace(distance_m=np.round(ordered.distance_m, _DIGITS))


def _chosen(pairs: _Reach, capacity: Floats, need: Floats, worth: Floats) -> tuple[Positions, bool]:
    """Choose pairs: most worth, then most plots, then least metres; say whether that is proven."""
    from scipy.optimize import LinearConstraint  # noqa: PLC0415 - slow to load
    from scipy.sparse import coo_array  # noqa: PLC0415 (slow to load)

    count = len(pairs.plot)
    if not count:
        return np.empty(0, dtype=np.intp), True
    at, each = np.arange(count), np.ones(count)
    once = coo_array((each, (pairs.plot, at)), shape=(len(need), count)).tocsr()
    load = coo_array((need[pairs.plot], (pairs.adopter, at)), shape=(len(capacity), count)).tocsr()
    rules = [
        LinearConstraint(once[np.unique(pairs.plot)], ub=1.0),
        LinearConstraint(load[np.unique(pairs.adopter)], ub=capacity[np.unique(pairs.adopter)]),
    ]
    value = worth[pairs.plot]
    goals = [-each, pairs.distance_m]
    if value.max() > 0 and np.ptp(value) > 0:
        goals = [-value / value.max(), *goals]
    return _lexicographic(goals, rules)


def _lexicographic(goals: Sequence[Floats], rules: list[object]) -> tuple[Positions, bool]:
    """Minimise one goal after the other, each without giving up what the ones before reached."""
    from scipy.optimize import Bounds, LinearConstraint, milp  # noqa: PLC0415 - slow to load

    count, proven = len(goals[0]), True
    chosen = np.zeros(count, dtype=bool)
    for goal in goals:
        found = milp(
            goal,
            integrality=np.ones(count),
            bounds=Bounds(0, 1),
            constraints=rules,
            options={"mip_rel_gap": 0.0, "time_limit": _SECONDS},
        )
        if found.x is None:  # out of time before anything was found: what was found before stays
            return np.flatnonzero(chosen), False
        chosen, proven = found.x > 0.5, proven and found.status == 0
        reached = float(goal[chosen].sum())
        rules = [*rules, LinearConstraint(goal, ub=reached + _HELD * max(1.0, abs(reached)))]
    return np.flatnonzero(chosen), proven


def _plots(
    plots: GeoSeries,
    adopters: GeoSeries,
    reach: _Reach,
    fitting: _Reach,
    taken: _Reach,
    need: Floats,
) -> DataFrame:
    count = len(plots)
    who, distance_m = np.full(count, -1), np.full(count, np.nan)
    who[taken.plot], distance_m[taken.plot] = taken.adopter, taken.distance_m
    in_reach = np.bincount(reach.plot, minlength=count)
    reasons = np.select(
        [
            who >= 0,
            ~present(plots),
            np.isnan(need),
            in_reach == 0,
            np.bincount(fitting.plot, minlength=count) == 0,
        ],
        ["", *PLOT_REASONS[:-1]],
        default=PLOT_REASONS[-1],
    ).astype(object)
    return DataFrame(
        {
            "adopter": take_labels(adopters.index, who),
            "distance_m": distance_m,
            "in_reach": in_reach,
            "nearest_m": distance_to_nearest(plots, adopters).to_numpy(),
            "reason": Series(reasons, index=plots.index).where(reasons != "", None),
        },
        index=plots.index,
    )


def _adopters(
    adopters: GeoSeries,
    reach: _Reach,
    fitting: _Reach,
    taken: _Reach,
    capacity: Floats,
    need: Floats,
) -> DataFrame:
    count = len(adopters)
    plots = np.bincount(taken.adopter, minlength=count)
    in_reach = np.bincount(reach.adopter, minlength=count)
    reasons = np.select(
        [
            plots > 0,
            ~present(adopters),
            ~(capacity > 0),
            in_reach == 0,
            np.bincount(fitting.adopter, minlength=count) == 0,
        ],
        ["", *ADOPTER_REASONS[:-1]],
        default=ADOPTER_REASONS[-1],
    ).astype(object)
    return DataFrame(
        {
            "plots": plots,
            "used": np.bincount(taken.adopter, need[taken.plot], count),
            "capacity": capacity,
            "in_reach": in_reach,
            "reason": Series(reasons, index=adopters.index).where(reasons != "", None),
        },
        index=adopters.index,
    )
