"""Searches along a network, compiled: from all sources at once, and from positions on edges."""

import math

import numpy as np
import numpy.typing as npt

from gis._compiled import compiled
from gis.walks._arcs import Arcs, Labels, Queue, Seeds
from gis.walks._spreading import is_less, spread

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
    edge: Ints,
    at_m: Floats,
    ends: Ints,
    length_m: Floats,
    distance: Floats,
    source: Ints,
    stretch_first: Ints,
    stretches: Floats,
    span: tuple[int, int],
    way_m: Floats,
    way_source: Ints,
) -> None:
    """Take for places in `span` the shorter way over an end of its edge, or straight along it.

    The last is the *same-edge case*: a stretch of the place's own edge is reached without passing
    a node. `stretches` has rows `from, to, leg`, those of edge e from `stretch_first[e]` on.
    """
    for place in range(span[0], span[1]):
        way_m[place], way_source[place] = np.inf, -1
        here = edge[place]
        if here < 0:
            continue
        best, origin = distance[ends[here, 0]] + at_m[place], source[ends[here, 0]]
        back, other = (
            distance[ends[here, 1]] + (length_m[here] - at_m[place]),
            source[ends[here, 1]],
        )
        if is_less(back, other, best, origin):
            best, origin = back, other
        for stretch in range(stretch_first[here], stretch_first[here + 1]):
            from_m, to_m = stretches[stretch, 0], stretches[stretch, 1]
            along = max(0.0, from_m - at_m[place], at_m[place] - to_m) + stretches[stretch, 2]
            if is_less(along, stretch, best, origin):
                best, origin = along, stretch
        if origin >= 0:
            way_m[place], way_source[place] = best, origin
