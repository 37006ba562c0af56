"""Searches along a network, compiled: from all sources at once, and from positions on edges."""

import math

import numpy as np
import numpy.typing as npt

from gis._compiled import compiled

__all__ = ["best_ways", "nearest_sources", "pop", "projected", "push"]

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
def nearest_sources(  # noqa: PLR0913, PLR0917 (as above)
    arc_first: Ints,
    arc_node: Ints,
    arc_m: Floats,
    seed_node: Ints,
    seed_m: Floats,
    seed_source: Ints,
    limit: float,
) -> tuple[Floats, Ints]:
    """Search from all seeds at once, up to `limit`: Dijkstra's algorithm with many sources.

    Labels are pairs of distance and source, compared in this order, so that of two sources at
    the same distance the lower number wins whatever the order of the search. A label only ever
    gets smaller, and one taken from the heap is final unless a later one is smaller: lengths are
    not negative.

    Returns
    -------
    distance, source
        Of each node; infinite and -1 beyond the limit.
    """
    nodes = len(arc_first) - 1
    distance, source = np.full(nodes, np.inf), np.full(nodes, -1, np.int64)
    keys, waiting, size = np.empty(len(seed_node) + 64), np.empty(len(seed_node) + 64, np.int64), 0
    for seed in range(len(seed_node)):
        node, metres, origin = seed_node[seed], seed_m[seed], seed_source[seed]
        if metres > limit or not _is_less(metres, origin, distance[node], source[node]):
            continue
        distance[node], source[node] = metres, origin
        size = push(keys, waiting, size, metres, node)
    while size:
        metres, node = keys[0], waiting[0]
        size = pop(keys, waiting, size)
        if metres > distance[node]:
            continue
        origin = source[node]
        arcs = arc_first[node + 1] - arc_first[node]
        if size + arcs > len(keys):
            keys = np.concatenate((keys, np.empty(len(keys) + arcs)))
            waiting = np.concatenate((waiting, np.empty(len(waiting) + arcs, np.int64)))
        for arc in range(arc_first[node], arc_first[node + 1]):
            other, further = arc_node[arc], metres + arc_m[arc]
            if further > limit or not _is_less(further, origin, distance[other], source[other]):
                continue
            distance[other], source[other] = further, origin
            size = push(keys, waiting, size, further, other)
    return distance, source


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
        if _is_less(back, other, best, origin):
            best, origin = back, other
        for stretch in range(stretch_first[here], stretch_first[here + 1]):
            from_m, to_m = stretches[stretch, 0], stretches[stretch, 1]
            along = max(0.0, from_m - at_m[place], at_m[place] - to_m) + stretches[stretch, 2]
            if _is_less(along, stretch, best, origin):
                best, origin = along, stretch
        if origin >= 0:
            way_m[place], way_source[place] = best, origin


@compiled
def _is_less(metres: float, source: int, than_m: float, than_source: int) -> bool:
    return metres < than_m or (metres == than_m and source < than_source)


@compiled
def push(keys: Floats, waiting: Ints, size: int, key: float, node: int) -> int:
    """Put a node into a heap in which no child is smaller than its parent; give the size."""
    hole = size
    while hole and keys[(hole - 1) // 4] > key:
        keys[hole], waiting[hole] = keys[(hole - 1) // 4], waiting[(hole - 1) // 4]
        hole = (hole - 1) // 4
    keys[hole], waiting[hole] = key, node
    return size + 1


@compiled
def pop(keys: Floats, waiting: Ints, size: int) -> int:
    """Take the first node out; give the size."""
    size -= 1
    key, node, hole = keys[size], waiting[size], 0
    while True:
        child = 4 * hole + 1
        if child >= size:
            break
        for sibling in range(child + 1, min(4 * hole + 5, size)):
            if keys[sibling] < keys[child]:
                child = sibling
        if keys[child] >= key:
            break
        keys[hole], waiting[hole] = keys[child], waiting[child]
        hole = child
    keys[hole], waiting[hole] = key, node
    return size
