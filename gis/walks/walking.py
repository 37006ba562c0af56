"""How far it is on foot, along a network.

A walk has three parts: a straight leg from the place to the nearest edge, a way along the network,
and a straight leg from there to the target where the network does not meet it. The legs are given
apart, as `snap_m`, and are limited.

Positions are projected onto *edges*, not to their ends: a way begins and ends within an edge, and
between two positions on one edge it may pass no node at all.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from os import cpu_count
from typing import NamedTuple

import numpy as np
import shapely
from geopandas import GeoDataFrame, GeoSeries
from numpy.typing import NDArray
from pandas import DataFrame, Index, Series
from pyproj import CRS

from gis.batches import in_batches
from gis.contracts import (
    Geometries,
    as_geometries,
    present,
    require_finite,
    require_radius,
    require_valid,
)
from gis.crs import require_metres
from gis.errors import ArgumentTypeError
from gis.nearness.nearest_index import NearestIndex
from gis.positions import Positions, coordinates_of_points
from gis.walks._arcs import Labels, Seeds, new_labels, new_queue
from gis.walks.entering import Entries, Snapped, entries_of, snap
from gis.walks.network import WalkNetwork

__all__ = [
    "MAX_SNAP_M",
    "Starts",
    "Walks",
    "components_of_places",
    "node_distances",
    "reached_components",
    "seeds_of",
    "standing_in",
    "starts_of",
    "walking_distance",
    "walks",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

MAX_SNAP_M = 100.0
"""Metres that a place or target may lie beside the network: across a deep lot, not a field."""


# Fewer seeds are not worth a thread.
_SHARE = 512

# More than the rounding error of any distance.
_HAIR_M = 1e-3


@dataclass(frozen=True, eq=False)
class Starts:
    """Places as walks begin there: one position each, and where it is on the network.

    A function of places and network alone: whoever asks for walks to one set of targets after
    another keeps it, which is most of the work (`WalkNetwork` and `walking_distance`).

    Parameters
    ----------
    positions
        The places, or their representative points.
    there
        (n,) which places there are.
    snapped
        Where on the network they are.
    max_snap_m
        The longest leg that was allowed.
    """

    positions: Positions
    there: Mask
    snapped: Snapped
    max_snap_m: float

    @property
    def crs(self) -> CRS | None:
        """The reference system of the positions."""
        return self.positions.crs

    @property
    def index(self) -> Index:
        """The labels of the places."""
        return self.positions.index


class Walks(NamedTuple):
    """The shortest walk of each place: infinite and -1 where there is none within the limit."""

    distance_m: Floats
    network_m: Floats
    snap_m: Floats
    target: Ints

    def arrived(self, there: Mask, target: Ints) -> "Walks":
        """Put in who has arrived without a step, and at which target."""
        distance_m, network_m, snap_m = (np.where(there, 0.0, part) for part in self[:3])
        return Walks(distance_m, network_m, snap_m, np.where(there, target, self.target))


def walking_distance(
    places: GeoSeries | GeoDataFrame | Positions | Starts,
    targets: GeoSeries | GeoDataFrame,
    network: WalkNetwork,
    *,
    limit_m: float,
    max_snap_m: float = MAX_SNAP_M,
) -> DataFrame:
    """Measure the walk from each place to its nearest target.

    Parameters
    ----------
    places
        Geometries of any type in the CRS of the network, or positions; n rows. A walk begins at
        the representative point of a place; one that lies in a target has arrived. Or what
        `starts_of` made of them, with the same network and `max_snap_m`, to be asked again.
    targets
        Geometries of any type in the same CRS; their order is irrelevant. Points are entrances;
        areas and lines are entered where edges meet them, else from the nearest edge.
    network
        As by `WalkNetwork`.
    limit_m
        Metres beyond which the distance need not be known. One of exactly `limit_m` is within.
    max_snap_m
        Longest straight leg between a place or target and the network, metres.

    Returns
    -------
    DataFrame
        Indexed as `places`: `distance_m`, the sum of `network_m`, along the network, and
        `snap_m`, the legs at both ends; and `reason`, why there is no distance:
        `no_geometry` of the place; `off_network`, no edge within `max_snap_m` of it;
        `no_target`, none that can be entered from the network; `other_component`, none in the
        place's part of the network; `over_limit`, where `distance_m` is infinite. Numbers are
        NaN where they are not known.

    Raises
    ------
    ArgumentTypeError, CrsMissingError, CrsNotMetricError, CrsMismatchError,
    GeometryNotFiniteError, GeometryInvalidError, RadiusError

    Examples
    --------
    >>> from shapely import LineString
    >>> street = GeoSeries([LineString([(0, 0), (100, 0), (100, 50)])], crs=32650)
    >>> network = WalkNetwork.from_lines(street)
    >>> homes = GeoSeries.from_xy([10, 500], [4, 0], index=["a", "b"], crs=32650)
    >>> gate = GeoSeries.from_xy([103], [30], crs=32650)
    >>> walking_distance(homes, gate, network, limit_m=300)
       distance_m  network_m  snap_m       reason
    a       127.0      120.0     7.0         None
    b         NaN        NaN     NaN  off_network
    """
    targets = as_geometries("targets", targets)
    if not isinstance(network, WalkNetwork):
        raise ArgumentTypeError(
            argument="network", found=type(network).__name__, allowed="WalkNetwork"
        )
    require_metres(targets=targets, network=GeoSeries(crs=network.crs))
    require_finite("targets", targets)
    require_valid("targets", targets)
    require_radius("limit_m", limit_m)
    require_radius("max_snap_m", max_snap_m)
    starts = places if isinstance(places, Starts) else starts_of(places, network, max_snap_m)
    if starts.max_snap_m != max_snap_m:
        raise ArgumentTypeError(
            argument="places.max_snap_m", found=starts.max_snap_m, allowed=max_snap_m
        )
    shapes = np.asarray(targets.array, dtype=object)[present(targets)]
    entries = entries_of(shapes, network, max_snap_m)
    inside = standing_in(starts.positions, shapes)
    found = walks(starts, entries, network, limit_m).arrived(inside >= 0, inside)
    reason = _reasons(starts, entries, found, network)
    columns = {
        "distance_m": np.where(
            (found.target < 0) & (reason != "over_limit"), np.nan, found.distance_m
        ),
        "network_m": np.where(found.target < 0, np.nan, found.network_m),
        "snap_m": np.where(found.target < 0, np.nan, found.snap_m),
        "reason": Series(reason, starts.index, dtype=object),
    }
    return DataFrame(columns, index=starts.index)


def starts_of(
    places: GeoSeries | GeoDataFrame | Positions, network: WalkNetwork, max_snap_m: float
) -> Starts:
    """Find where walks from places begin.

    Raises
    ------
    ArgumentTypeError, CrsMissingError, CrsNotMetricError, CrsMismatchError,
    GeometryNotFiniteError
    """
    layer = places if isinstance(places, Positions) else as_geometries("places", places)
    require_metres(places=GeoSeries(crs=layer.crs), network=GeoSeries(crs=network.crs))
    positions = layer if isinstance(layer, Positions) else _representative(layer)
    there = positions.known("places")
    snapped = snap(positions.coordinates, network, max_snap_m)
    return Starts(positions, there, snapped, max_snap_m)


def walks(starts: Starts, entries: Entries, network: WalkNetwork, limit_m: float) -> Walks:
    """Find the shortest walk of each place that is not longer than `limit_m`.

    The way that is shortest with its leg at the target is taken; which place it begins at does
    not matter, so all places are answered by one search from all entries.
    """
    from gis.walks._network_search import best_ways  # noqa: PLC0415 (loads the compiler)

    labels, places = node_distances(entries, network, limit_m), starts.snapped
    first = np.searchsorted(entries.edge, np.arange(len(network.ends) + 1)).astype(np.int64)
    count = len(places.edge)
    found = Walks(
        np.empty(count), np.empty(count), np.empty(count), np.empty(count, dtype=np.int64)
    )

    def run(begin: int, end: int) -> None:
        best_ways(
            places, (network.ends, network.length_m), labels,
            (first, entries.stretch, entries.target), float(limit_m), (begin, end), found,
        )  # fmt: skip

    in_batches(run, count)
    return found


def node_distances(entries: Entries, network: WalkNetwork, limit_m: float) -> tuple[Floats, Ints]:
    """Measure from each node to the nearest entry, with the leg at it, and say which it is.

    With a limit, the entries are shared out to threads; edges are numbered along a curve, so that
    the searches of different shares hardly meet. Of what two have found the smaller counts, as if
    one had searched.
    """
    from gis.walks._network_search import nearest_sources  # noqa: PLC0415 (loads the compiler)

    arcs, seeds, limit_m = network.arcs, seeds_of(entries, network), float(limit_m)
    farthest_m = float(seeds.metres.max(initial=0.0))

    def search(span: tuple[int, int]) -> Labels:
        labels, queue = new_labels(len(network.nodes)), new_queue(arcs, min(limit_m, farthest_m))
        nearest_sources(arcs, seeds, span, limit_m, labels, queue)
        return labels

    shares = _shares(len(seeds.node)) if np.isfinite(limit_m) else [(0, len(seeds.node))]
    with ThreadPoolExecutor(len(shares)) as threads:
        (distance, source, _), *others = threads.map(search, shares)
    for metres, other, _ in others:
        less = (metres < distance) | ((metres == distance) & (other < source))
        distance, source = np.where(less, metres, distance), np.where(less, other, source)
    return distance, source


def seeds_of(entries: Entries, network: WalkNetwork) -> Seeds:
    """Give the two nodes by which each entry is left, and how far they are with its leg."""
    from_m, to_m, leg_m = entries.stretch.T
    onward = np.stack([from_m + leg_m, network.length_m[entries.edge] - to_m + leg_m], axis=1)
    number = np.repeat(np.arange(len(entries.edge)), 2)
    node = network.ends[entries.edge].ravel().astype(np.int32)
    return Seeds(node, onward.ravel(), number)


def _shares(rows: int) -> list[tuple[int, int]]:
    count = max(1, min(cpu_count() or 1, rows // _SHARE))
    marks = [rows * number // count for number in range(count + 1)]
    return list(pairwise(marks))


def _representative(places: GeoSeries) -> Positions:
    shapes = np.asarray(places.array, dtype=object)
    coordinates, known = coordinates_of_points(shapes)
    if not known.all():
        require_finite("places", places)
        rest = np.flatnonzero(present(places) & ~known)
        coordinates[rest] = shapely.get_coordinates(shapely.point_on_surface(shapes[rest]))
    return Positions(coordinates, places.crs, places.index)


def standing_in(positions: Positions, targets: Geometries) -> Ints:
    """Give the first target in which each position lies, -1 for none."""
    inside = np.full(len(positions), -1, dtype=np.int64)
    areas = np.flatnonzero(shapely.get_dimensions(targets) == 2)
    if len(areas):
        index = NearestIndex(GeoSeries(targets[areas], crs=positions.crs))
        # Points are made of those only of which a rounding error might decide.
        close = np.flatnonzero(index.distance(positions, limit_m=_HAIR_M) <= _HAIR_M)
        points = shapely.points(positions.coordinates[close])
        point, area = shapely.STRtree(targets[areas]).query(points, predicate="intersects")
        order = np.lexsort((-areas[area], point))
        inside[close[point[order]]] = areas[area[order]]
    return inside


def reached_components(entries: Entries, network: WalkNetwork) -> Mask:
    """Tell which components of the network a target can be entered from."""
    reached = np.zeros(network.report.components, dtype=bool)
    reached[network.component[network.ends[entries.edge, 0]]] = True
    return reached


def components_of_places(places: Snapped, network: WalkNetwork) -> Ints:
    """Give the component that each place is on, -1 for none."""
    if not len(network.ends):
        return np.full(len(places.edge), -1, dtype=np.int64)
    component = network.component[network.ends[np.maximum(places.edge, 0), 0]]
    return np.where(places.edge >= 0, component, -1)


def _reasons(
    starts: Starts, entries: Entries, found: Walks, network: WalkNetwork
) -> NDArray[np.object_]:
    """Say why places have no walk: the first reason that holds."""
    component = components_of_places(starts.snapped, network)
    reached = np.append(reached_components(entries, network), False)
    conditions: Mapping[str, Mask] = {
        "": found.target >= 0,
        "no_geometry": ~starts.there,
        "no_target": np.full(len(component), not len(entries.edge)),
        "off_network": component < 0,
        "other_component": ~reached[component],
    }
    named = np.select(list(conditions.values()), list(conditions), default="over_limit")
    reason = named.astype(object)
    reason[reason == ""] = None
    return reason
