"""Places against the targets of one tier, on foot.

What the network cannot say is kept apart from what it says. A place with no edge near is
`off_network`; one in a part of the network that no target of the tier's layers and classes can be
entered from, whatever its size or access, is in an `other_component`. Both are mostly faults of
the network's data, so they are excluded, unless they shall count as uncovered. The conditions of
the tier do not matter to this: the base stays the same from one smallest area to the next.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from geopandas import GeoDataFrame, GeoSeries
from numpy.typing import NDArray

from gis.contracts import Geometries
from gis.covering.figures import REASONS, UNWALKABLE, Outcome
from gis.covering.qualify import Candidates
from gis.covering.reach import Reach, reach
from gis.covering.weights import EXCLUSIONS, Weights
from gis.rules import To
from gis.walks.entering import MANNERS, Entries, entries_of
from gis.walks.network import WalkNetwork
from gis.walks.walking import (
    Starts,
    Walks,
    components_of_places,
    reached_components,
    standing_in,
    starts_of,
    walks,
)

__all__ = ["Unconnected", "WalkFigure", "Walking", "measure_walks", "walked_m"]

Unconnected = Literal["excluded", "uncovered"]

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class WalkFigure:
    """How the walks of one tier came about.

    `entered` counts the targets that count by how they are entered: as a `point` (an entrance,
    a centroid, or what is a point itself), where edges are `meeting` them, from the `nearest`
    edge, or `none`: not at all. `snap_m` is the mean leg beside the network of the covered
    places, None without any; `islands` is the number of components from which no target of the
    tier's layers and classes can be entered.
    """

    entered: dict[str, int]
    snap_m: float | None
    islands: int


@dataclass
class Walking:
    """The network with the places on it; keeps the entries that were found."""

    network: WalkNetwork
    max_snap_m: float
    unconnected: Unconnected
    starts: Starts
    _slots: dict[int, int] = field(default_factory=dict)
    _shapes: list[Any] = field(default_factory=list)
    _entries: Entries | None = None

    @classmethod
    def of(
        cls, places: GeoSeries, network: WalkNetwork, max_snap_m: float, unconnected: Unconnected
    ) -> "Walking":
        """Put the places on the network."""
        return cls(network, max_snap_m, unconnected, starts_of(places, network, max_snap_m))

    def entries(self, shapes: Geometries) -> tuple[Entries, Ints]:
        """Give the entries of shapes, each shape once, and where it stands among them first.

        A shape is known again as the same object, which is kept so that no other takes its place.
        """
        new = {id(shape): shape for shape in shapes if id(shape) not in self._slots}
        if new or self._entries is None:
            self._add(list(new.values()))
        assert self._entries is not None  # noqa: S101 (just added)
        slots = np.array([self._slots[id(shape)] for shape in shapes], dtype=np.int64)
        once, first = np.unique(slots, return_index=True)
        return self._entries.of(once), first.astype(np.int64)

    def _add(self, shapes: list[Any]) -> None:
        start = len(self._shapes)
        self._slots |= {id(shape): start + number for number, shape in enumerate(shapes)}
        self._shapes += shapes
        array = np.empty(len(shapes), dtype=object)
        array[:] = shapes
        found = entries_of(array, self.network, self.max_snap_m)
        known = self._entries
        self._entries = found if known is None else known.followed_by(found)


def measure_walks(
    weights: Weights, found: Candidates, gates: GeoDataFrame | None, walking: Walking
) -> tuple[Outcome, WalkFigure]:
    """Count the places from which a target that counts is within a walk of the radius."""
    best, entries = _shortest(found, found.counted, gates, walking)
    walked = best.target >= 0
    radius_m = found.tier.radius_m
    everything, _ = walking.entries(reach(found, np.ones_like(found.counted), gates).geometry)
    within = best.distance_m <= radius_m
    weights = weights.without(_left_out(walking, everything, walked))
    covered = within & weights.counted
    uncovered = ~within & weights.counted
    reason = _reasons(uncovered, found, gates, walking, _rest(walking, everything, entries))
    columns: dict[str, Any] = {
        name: np.where(walked, getattr(best, name), np.nan)
        for name in ("distance_m", "network_m", "snap_m")
    }
    columns["covered"] = weights.flagged(covered)
    columns["reason"] = np.where(weights.counted, reason, weights.excluded)
    columns |= found.labels(best.target)
    outcome = Outcome(
        weights=weights,
        covered=weights.where(covered),
        lower=None,
        upper=None,
        reasons={
            name: weights.where(uncovered & (reason == name)) for name in (*REASONS, *UNWALKABLE)
        },
        columns=columns,
        targets=int(found.counted.sum()),
        exclusions=(*EXCLUSIONS, *UNWALKABLE),
    )
    reached = reached_components(everything, walking.network)
    snap_m = float(best.snap_m[covered].mean()) if covered.any() else None
    figure = WalkFigure(_entered(found, gates, walking), snap_m, int((~reached).sum()))
    return outcome, figure


def walked_m(
    found: Candidates,
    counted: Mask,
    gates: GeoDataFrame | None,
    walking: Walking,
    to: To,
    limit_m: float,
) -> tuple[NDArray[np.float64], Mapping[str, Mask]]:
    """Measure the walks to some of the candidates.

    Returns
    -------
    distance_m
        By place; infinite beyond `limit_m`.
    left_out
        Places of which the network says nothing, by the reason.
    """
    best, _ = _shortest(found, counted, gates, walking, to=to, limit_m=limit_m)
    everything, _ = walking.entries(reach(found, np.ones_like(counted), gates, to).geometry)
    return best.distance_m, _left_out(walking, everything, best.target >= 0)


def _left_out(walking: Walking, everything: Entries, walked: Mask) -> Mapping[str, Mask]:
    """Find the places of which the network says nothing, unless they shall be uncovered."""
    if walking.unconnected == "uncovered":
        return {}
    unknown = _unknown(walking, everything)
    return {name: mask & ~walked for name, mask in unknown.items()}


def _shortest(
    found: Candidates,
    counted: Mask,
    gates: GeoDataFrame | None,
    walking: Walking,
    *,
    to: To | None = None,
    limit_m: float = np.inf,
) -> tuple[Walks, Entries]:
    """Find the shortest walks to some of the candidates; `target` is the candidate's row."""
    goal = reach(found, counted, gates, to)
    entries, first = walking.entries(goal.geometry)
    best = walks(walking.starts, entries, walking.network, limit_m)
    row = goal.row[first[best.target]] if len(first) else best.target
    best = best._replace(target=np.where(best.target >= 0, row, -1))
    if (to or found.tier.to) == "centroid":
        return best, entries
    rows = np.flatnonzero(counted)
    inside = standing_in(walking.starts.positions, found.geometry[rows])
    return best.arrived(inside >= 0, np.append(rows, -1)[inside]), entries


def _unknown(walking: Walking, everything: Entries) -> Mapping[str, Mask]:
    """Tell of which places the network says nothing, by the reason."""
    component = components_of_places(walking.starts.snapped, walking.network)
    off = (component < 0) & walking.starts.there
    if not len(everything.edge):
        return {"off_network": off}
    reached = np.append(reached_components(everything, walking.network), True)
    return {"off_network": off, "other_component": ~reached[component]}


def _rest(walking: Walking, everything: Entries, counted: Entries) -> NDArray[np.object_]:
    """Say why each place would be uncovered if no dropped condition covered it."""
    component = components_of_places(walking.starts.snapped, walking.network)
    reached = np.append(reached_components(counted, walking.network), False)
    rest = np.where(reached[component], "over_limit", "other_component").astype(object)
    rest[component < 0] = "off_network"
    if not len(counted.edge):
        rest[component >= 0] = "no_target"
    unknown = _unknown(walking, everything)
    for name, mask in unknown.items():
        rest[mask] = name
    return rest


def _reasons(
    uncovered: Mask,
    found: Candidates,
    gates: GeoDataFrame | None,
    walking: Walking,
    rest: NDArray[np.object_],
) -> NDArray[np.object_]:
    """Find why places are uncovered: the first condition whose dropping would cover them."""
    reason = rest.copy()
    reason[~uncovered] = None
    # The reason that comes first is written last.
    for name, mask in reversed(found.near_misses.items()):
        best, _ = _shortest(found, mask, gates, walking)
        reason[uncovered & (best.distance_m <= found.tier.radius_m)] = name
    return reason


def _entered(found: Candidates, gates: GeoDataFrame | None, walking: Walking) -> dict[str, int]:
    """Count the targets that count by how they are entered, the best of several ways."""
    goal: Reach = reach(found, found.counted, gates)
    entries, first = walking.entries(goal.geometry)
    manner = np.full(len(found.geometry), len(MANNERS), dtype=np.int64)
    np.minimum.at(manner, goal.row[first], entries.manner)
    return {name: int((manner == number).sum()) for number, name in enumerate(MANNERS)}
