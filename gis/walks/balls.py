"""What lies within a walk of each source: the nodes of the network, or the places on it.

One search from all sources says how far the nearest is (`gis.walking`); here each source has a
search of its own, for whoever must know which of them reach a place: siting.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gis.walks.entering import Entries, Snapped
from gis.walks.network import WalkNetwork

__all__ = ["Balls", "nodes_within", "places_within"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Sources that one thread takes at a time.
_BATCH = 256


class Balls(NamedTuple):
    """What each of n sources reaches: a sparse matrix by rows.

    Source i reaches the `member` from `first[i]` to `first[i + 1]`, over `distance_m` each, in no
    particular order.
    """

    first: Ints
    member: Ints
    distance_m: Floats


def nodes_within(entries: Entries, network: WalkNetwork, limit_m: float) -> Balls:
    """List the nodes of the network within a walk of each target that `entries` enter."""
    from gis.walks._ball_search import node_balls  # noqa: PLC0415 (loads the compiler)

    arcs, (seeds, _) = network.arcs, _seeds(entries, network)
    return _gathered(
        lambda span: node_balls(arcs, seeds, float(limit_m), span), len(entries.manner)
    )


def places_within(places: Snapped, entries: Entries, network: WalkNetwork, limit_m: float) -> Balls:
    """List the places within a walk of each target, legs at both ends included.

    The same walks as of `walking_distance`, but for those of places that stand in a target, which
    are no walks.
    """
    from gis.walks._ball_search import place_balls  # noqa: PLC0415 (loads the compiler)

    seeds, stretches = _seeds(entries, network)
    on = np.flatnonzero(places.edge >= 0)
    on = on[np.argsort(places.edge[on], kind="stable")]
    of_edge = np.searchsorted(places.edge[on], np.arange(len(network.ends) + 1)).astype(np.int64)
    placed = (of_edge, on, places.at_m[on], places.leg_m[on])
    arcs, arc_edge = network.arcs, network.arc_edge
    ends, length_m = network.ends, network.length_m

    def search(span: tuple[int, int]) -> Any:
        return place_balls(
            arcs, arc_edge, ends, length_m, seeds, stretches, placed, float(limit_m), span
        )

    return _gathered(search, len(entries.manner))


def _seeds(
    entries: Entries, network: WalkNetwork
) -> tuple[tuple[Ints, Ints, Floats], tuple[Ints, Ints, Floats]]:
    """Give the nodes from which each target is entered, and its stretches of edges, by target."""
    order = np.argsort(entries.target, kind="stable")
    edge, stretch = entries.edge[order], entries.stretch[order]
    first = np.searchsorted(entries.target[order], np.arange(len(entries.manner) + 1))
    from_m, to_m, leg_m = stretch.T
    onward = np.stack([from_m + leg_m, network.length_m[edge] - to_m + leg_m], axis=1)
    seeds = (2 * first.astype(np.int64), network.ends[edge].ravel(), onward.ravel())
    return seeds, (first.astype(np.int64), edge, np.ascontiguousarray(stretch))


def _gathered(search: Callable[[tuple[int, int]], Any], sources: int) -> Balls:
    """Search in batches beside each other, and put what they found one after the other."""
    spans = [(first, min(first + _BATCH, sources)) for first in range(0, sources, _BATCH)]
    with ThreadPoolExecutor(cpu_count()) as threads:
        found = list(threads.map(search, spans))
    counts = [np.diff(first) for first, _, _ in found]
    first = np.concatenate([np.zeros(1, np.int64), *counts]).cumsum()
    member = np.concatenate([np.empty(0, np.int64), *(one for _, one, _ in found)])
    return Balls(first, member, np.concatenate([np.empty(0), *(one for _, _, one in found)]))
