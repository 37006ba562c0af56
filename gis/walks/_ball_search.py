"""Searches along a network from each source for itself, up to a limit, compiled.

A *ball* is what lies within a limit of a source. Balls are small and many: each is searched with
the same arrays, of which only what it touched is put back.
"""

import math

import numpy as np
import numpy.typing as npt

from gis._compiled import compiled
from gis.walks._network_search import pop, push

__all__ = ["node_balls", "place_balls"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# A network's arcs: where those of each node begin, to whom, how far.
Arcs = tuple[Ints, Ints, Floats]
# Seeds: where those of each source begin, the node of each, how far from the source that is.
Seeds = tuple[Ints, Ints, Floats]
Found = tuple[Ints, Ints, Floats]


@compiled
def node_balls(arcs: Arcs, seeds: Seeds, limit: float, span: tuple[int, int]) -> Found:
    """List the nodes within `limit` of each source in `span`.

    Returns
    -------
    first, node, distance
        Where the nodes of each source begin; the nodes and how far they are.
    """
    distance, touched = _room(arcs)
    keys, waiting = _heap(arcs, seeds)
    first = np.zeros(span[1] - span[0] + 1, np.int64)
    nodes, metres, found = np.empty(1024, np.int64), np.empty(1024), 0
    for source in range(span[0], span[1]):
        count = _ball(arcs, seeds, source, limit, distance, touched, keys, waiting)
        nodes, metres = _with_room(nodes, metres, found + count)
        for number in range(count):
            node = touched[number]
            nodes[found + number], metres[found + number] = node, distance[node]
            distance[node] = math.inf
        found += count
        first[source - span[0] + 1] = found
    return first, nodes[:found].copy(), metres[:found].copy()


@compiled
def place_balls(  # noqa: PLR0913, PLR0917 (a compiled loop takes arrays)
    arcs: Arcs,
    arc_edge: Ints,
    ends: Ints,
    length_m: Floats,
    seeds: Seeds,
    stretches: tuple[Ints, Ints, Floats],
    places: tuple[Ints, Ints, Floats, Floats],
    limit: float,
    span: tuple[int, int],
) -> Found:
    """List the places within `limit` of each source in `span`, each once.

    `arc_edge` names the edge of each arc. Source s has the stretches from `stretches[0][s]` on,
    by edge and `from, to, leg`. `places` says where those of each edge begin, and by edge which
    place it is, how far along the edge, and how far beside it.
    """
    distance, touched = _room(arcs)
    keys, waiting = _heap(arcs, seeds)
    seen, edges = np.full(len(ends), -1, np.int64), np.empty(1024, np.int64)
    first = np.zeros(span[1] - span[0] + 1, np.int64)
    place, metres, found = np.empty(1024, np.int64), np.empty(1024), 0
    stretch_first, stretch_edge, stretch = stretches
    place_first, place_row, at_m, leg_m = places
    for source in range(span[0], span[1]):
        count = _ball(arcs, seeds, source, limit, distance, touched, keys, waiting)
        one, last = stretch_first[source], stretch_first[source + 1]
        own = stretch_edge[one:last]
        listed, edges = _edges_about(arcs, arc_edge, touched[:count], own, source, seen, edges)
        for number in range(listed):
            edge = edges[number]
            place, metres = _with_room(
                place, metres, found + place_first[edge + 1] - place_first[edge]
            )
            for row in range(place_first[edge], place_first[edge + 1]):
                way = min(
                    distance[ends[edge, 0]] + at_m[row],
                    distance[ends[edge, 1]] + (length_m[edge] - at_m[row]),
                )
                for mine in range(one, last):
                    if stretch_edge[mine] == edge:
                        aside = max(0.0, stretch[mine, 0] - at_m[row], at_m[row] - stretch[mine, 1])
                        way = min(way, aside + stretch[mine, 2])
                if way + leg_m[row] <= limit:
                    place[found], metres[found] = place_row[row], way + leg_m[row]
                    found += 1
        for number in range(count):
            distance[touched[number]] = math.inf
        first[source - span[0] + 1] = found
    return first, place[:found].copy(), metres[:found].copy()


@compiled
def _room(arcs: Arcs) -> tuple[Floats, Ints]:
    nodes = len(arcs[0]) - 1
    return np.full(nodes, math.inf), np.empty(nodes, np.int64)


@compiled
def _heap(arcs: Arcs, seeds: Seeds) -> tuple[Floats, Ints]:
    """Give room for as many nodes as one search can have to wait: one by each arc and seed."""
    most = len(arcs[1]) + len(seeds[1])
    return np.empty(most), np.empty(most, np.int64)


@compiled
def _with_room(rows: Ints, metres: Floats, wanted: int) -> tuple[Ints, Floats]:
    if wanted <= len(rows):
        return rows, metres
    more = max(wanted - len(rows), len(rows))
    return np.concatenate((rows, np.empty(more, np.int64))), np.concatenate(
        (metres, np.empty(more))
    )


@compiled
def _ball(  # noqa: PLR0913, PLR0917 (as above)
    arcs: Arcs,
    seeds: Seeds,
    source: int,
    limit: float,
    distance: Floats,
    touched: Ints,
    keys: Floats,
    waiting: Ints,
) -> int:
    """Search from the seeds of one source; count the nodes that were `touched`.

    `distance` is infinite before; afterwards it is that of the nodes that were touched. All of
    them are within the limit: nothing farther gets a distance.
    """
    arc_first, arc_node, arc_m = arcs
    size, count = 0, 0
    for seed in range(seeds[0][source], seeds[0][source + 1]):
        node, metres = seeds[1][seed], seeds[2][seed]
        if metres > limit or metres >= distance[node]:
            continue
        count = _touch(node, metres, distance, touched, count)
        size = push(keys, waiting, size, metres, node)
    while size:
        metres, node = keys[0], waiting[0]
        size = pop(keys, waiting, size)
        if metres > distance[node]:
            continue
        for arc in range(arc_first[node], arc_first[node + 1]):
            other, further = arc_node[arc], metres + arc_m[arc]
            if further > limit or further >= distance[other]:
                continue
            count = _touch(other, further, distance, touched, count)
            size = push(keys, waiting, size, further, other)
    return count


@compiled
def _touch(node: int, metres: float, distance: Floats, touched: Ints, count: int) -> int:
    """Note how far a node is, and that it was touched if it is so for the first time."""
    if distance[node] == math.inf:
        touched[count] = node
        count += 1
    distance[node] = metres
    return count


@compiled
def _edges_about(  # noqa: PLR0913, PLR0917 (as above)
    arcs: Arcs, arc_edge: Ints, nodes: Ints, own: Ints, source: int, seen: Ints, edges: Ints
) -> tuple[int, Ints]:
    """List the edges at `nodes` and the source's own, each once; mark them as seen by it."""
    listed = 0
    for edge in own:
        if seen[edge] != source:
            seen[edge] = source
            edges[listed] = edge
            listed += 1
            if listed == len(edges):
                edges = np.concatenate((edges, np.empty_like(edges)))
    for node in nodes:
        for arc in range(arcs[0][node], arcs[0][node + 1]):
            edge = arc_edge[arc]
            if seen[edge] != source:
                seen[edge] = source
                edges[listed] = edge
                listed += 1
                if listed == len(edges):
                    edges = np.concatenate((edges, np.empty_like(edges)))
    return listed, edges
