"""Searches along a network, compiled: from all sources at once, and from positions on edges."""

import math

import numpy as np
import numpy.typing as npt

from gis._compiled import compiled
from gis.walks._arcs import Arcs, Labels, Queue, Seeds
from gis.walks._spreading import is_less, spread
from gis.walks.entering import Snapped

__all__ = ["best_ways", "nearest_sources", "projected"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@compiled
def projected(  # noqa: PLR0913, PLR0917 (a compiled loop takes arrays)
    ends: Floats,
    edges: Ints,
    from_m: Floats,
    per_m: Floats,
    length_m: Floats,
    positions: Floats,
    order: Ints,
    limit: float,
    span: tuple[int, int],
    piece: Ints,
    gap: Floats,
    edge: Ints,
    at_m: Floats,
    leg_m: Floats,
) -> None:
    """Drop sorted positions onto the straight piece and over the gap that were found for each.

    Writes the edge of each that is within `limit`, how far along it the foot is, and the gap, in
    the places that `order` gives; `from_m` is where a piece begins on its edge, and `per_m` what
    one metre of it counts.
    """
    for turn in range(span[0], span[1]):
        place, on = order[turn], piece[turn]
        if on < 0 or gap[turn] > limit:
            continue
        x0, y0 = ends[on, 0], ends[on, 1]
        dx, dy = ends[on, 2] - x0, ends[on, 3] - y0
        length2 = dx * dx + dy * dy
        along = (positions[turn, 0] - x0) * dx + (positions[turn, 1] - y0) * dy
        part = min(max(along / length2, 0.0), 1.0) if length2 > 0.0 else 0.0
        edge[place], leg_m[place] = edges[on], gap[turn]
        at_m[place] = min(from_m[on] + per_m[on] * part * math.sqrt(length2), length_m[edges[on]])


@compiled
def nearest_sources(
    arcs: Arcs, seeds: Seeds, span: tuple[int, int], limit: float, labels: Labels, queue: Queue
) -> int:
    """Search from all seeds in `span` at once, up to `limit`; count the nodes that were reached."""
    return spread(arcs, seeds, span, limit, labels, queue)


@compiled
def best_ways(  # noqa: PLR0913, PLR0917 (as above)
    places: Snapped,
    edges: tuple[Ints, Floats],
    labels: tuple[Floats, Ints],
    entries: tuple[Ints, Floats, Ints],
    limit: float,
    span: tuple[int, int],
    found: tuple[Floats, Floats, Floats, Ints],
) -> None:
    """Take for places in `span` the shorter way over an end of its edge, or straight along it.

    The last is the *same-edge case*: a stretch of the place's own edge is reached without passing
    a node. The entries of edge e begin at the e-th number of the first of `entries`; then come
    their stretches as rows `from, to, leg`, and their targets. Found are, within the limit, the
    walk, its part along the network, both legs, and the target.
    """
    (ends, length_m), (distance, source), (first, stretches, targets) = edges, labels, entries
    walk_m, network_m, snap_m, target = found
    for place in range(span[0], span[1]):
        walk_m[place], network_m[place], snap_m[place] = np.inf, np.inf, np.inf
        target[place] = -1
        edge, at_m, leg_m = places.edge[place], places.at_m[place], places.leg_m[place]
        if edge < 0:
            continue
        one, other = ends[edge, 0], ends[edge, 1]
        best, entry = distance[one] + at_m, source[one]
        back = distance[other] + (length_m[edge] - at_m)
        if is_less(back, source[other], best, entry):
            best, entry = back, source[other]
        for row in range(first[edge], first[edge + 1]):
            along = max(0.0, stretches[row, 0] - at_m, at_m - stretches[row, 1]) + stretches[row, 2]
            if is_less(along, row, best, entry):
                best, entry = along, row
        if entry >= 0 and best + leg_m <= limit:
            walk_m[place], target[place] = best + leg_m, targets[entry]
            network_m[place] = best - stretches[entry, 2]
            snap_m[place] = leg_m + stretches[entry, 2]
