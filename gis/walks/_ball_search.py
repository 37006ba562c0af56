"""Searches along a network from each source for itself, up to a limit, compiled.

A *ball* is what lies within a limit of a source. Balls are small and many: each is searched with
the same arrays, of which only what it touched is put back.
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gis._compiled import compiled, inner
from gis.walks._arcs import Arcs, Labels, Queue, Seeds
from gis.walks._spreading import spread

__all__ = ["Edges", "Found", "Room", "Sources", "node_balls", "place_balls", "put_in_order"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.int32]


class Sources(NamedTuple):
    """Where searches begin: source s has the seeds and stretches of edges from `first[s]` on.

    Two seeds for each stretch. `stretch` has rows `from, to, leg` on the edges `edge`. Sources
    are searched in the order of their `turn`, by which neighbours follow each other: what one
    search has read is at hand for the next.
    """

    turn: Ints
    first: Ints
    seeds: Seeds
    edge: Numbers
    stretch: Floats


class Edges(NamedTuple):
    """Edges, and the places on them: those of edge e from `first[e]` on.

    Of each place its number, how far along its edge it is, and how far beside it.
    """

    ends: Ints
    length_m: Floats
    first: Ints
    place: Numbers
    at_m: Floats
    leg_m: Floats


class Room(NamedTuple):
    """What a thread writes upon: labels, a queue, and edges, with a mark that they are listed."""

    labels: Labels
    queue: Queue
    edges: Numbers
    is_listed: npt.NDArray[np.bool_]


class Found(NamedTuple):
    """Room for what is found: `counts` of each source, and the rows one after the other."""

    counts: Ints
    member: Numbers
    metres: Floats


@compiled
def node_balls(
    arcs: Arcs, sources: Sources, limit: float, span: tuple[int, int], room: Room, found: Found
) -> int:
    """List the nodes within `limit` of those whose turn is in `span`; give who finds no room."""
    distance, reached = room.labels.distance, room.labels.reached
    total = 0
    for turn in range(span[0], span[1]):
        source = sources.turn[turn]
        seeds = (2 * sources.first[source], 2 * sources.first[source + 1])
        count = spread(arcs, sources.seeds, seeds, limit, room.labels, room.queue)
        fits = total + count <= len(found.member)
        for number in range(count):
            node = reached[number]
            if fits:
                found.member[total + number] = node
                found.metres[total + number] = distance[node]
            distance[node] = math.inf
        if not fits:
            return turn
        found.counts[source] = count
        total += count
    return span[1]


@compiled
def place_balls(  # noqa: PLR0913, PLR0917 (a compiled loop takes arrays)
    arcs: Arcs,
    edges: Edges,
    sources: Sources,
    limit: float,
    span: tuple[int, int],
    room: Room,
    found: Found,
) -> int:
    """List the places within `limit` of those whose turn is in `span`; give who finds no room."""
    total = 0
    for turn in range(span[0], span[1]):
        source = sources.turn[turn]
        rows = (sources.first[source], sources.first[source + 1])
        seeds = (2 * rows[0], 2 * rows[1])
        count = spread(arcs, sources.seeds, seeds, limit, room.labels, room.queue)
        listed = _list_edges(arcs, sources, rows, count, room)
        most, end = total, total
        for number in range(listed):
            edge = room.edges[number]
            room.is_listed[edge] = False
            most += edges.first[edge + 1] - edges.first[edge]
        if most <= len(found.member):
            for number in range(listed):
                end = _list_places(
                    edges, room.edges[number], sources, rows, limit, room.labels, found, end
                )
        for number in range(count):
            room.labels.distance[room.labels.reached[number]] = math.inf
        if most > len(found.member):
            return turn
        found.counts[source] = end - total
        total = end
    return span[1]


@compiled
def put_in_order(
    found: Found, turns: Ints, first: Ints, member: Numbers, metres: Floats
) -> None:  # fmt: skip
    """Copy the rows found for sources, one after the other, to where those of each belong."""
    row = 0
    for source in turns:
        for to in range(first[source], first[source + 1]):
            member[to], metres[to] = found.member[row], found.metres[row]
            row += 1


@inner
def _list_edges(
    arcs: Arcs, sources: Sources, rows: tuple[int, int], count: int, room: Room
) -> int:  # fmt: skip
    """List the edges that a source enters, and those at the `count` nodes reached, each once."""
    listed = 0
    for row in range(rows[0], rows[1]):
        listed = _list_edge(sources.edge[row], room, listed)
    for number in range(count):
        node = room.labels.reached[number]
        for arc in range(arcs.first[node], arcs.first[node + 1]):
            listed = _list_edge(arcs.edge[arc], room, listed)
    return listed


@inner
def _list_edge(edge: int, room: Room, listed: int) -> int:
    if room.is_listed[edge]:
        return listed
    room.is_listed[edge] = True
    room.edges[listed] = edge
    return listed + 1


@inner
def _list_places(  # noqa: PLR0913, PLR0917 (as above)
    edges: Edges,
    edge: int,
    sources: Sources,
    rows: tuple[int, int],
    limit: float,
    labels: Labels,
    found: Found,
    end: int,
) -> int:
    """List the places on an edge within the limit of a source, behind `end`; give the new end."""
    one, other = labels.distance[edges.ends[edge, 0]], labels.distance[edges.ends[edge, 1]]
    for place in range(edges.first[edge], edges.first[edge + 1]):
        at_m = edges.at_m[place]
        way = min(one + at_m, other + (edges.length_m[edge] - at_m))
        for row in range(rows[0], rows[1]):
            if sources.edge[row] == edge:
                from_m, to_m = sources.stretch[row, 0], sources.stretch[row, 1]
                aside = max(0.0, from_m - at_m, at_m - to_m)
                way = min(way, aside + sources.stretch[row, 2])
        if way + edges.leg_m[place] <= limit:
            found.member[end] = edges.place[place]
            found.metres[end] = way + edges.leg_m[place]
            end += 1
    return end
