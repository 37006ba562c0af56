"""What lies within a walk of each source: the nodes of the network, or the places on it.

One search from all sources says how far the nearest is (`gis.walking`); here each source has a
search of its own, for whoever must know which of them reach a place: siting.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from os import cpu_count
from queue import SimpleQueue
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gis.walks._arcs import new_labels, new_queue
from gis.walks.entering import Entries, Snapped
from gis.walks.network import WalkNetwork
from gis.walks.walking import seeds_of

if TYPE_CHECKING:  # it loads the compiler
    from gis.walks._ball_search import Found, Room, Sources

__all__ = ["Balls", "nodes_within", "places_within"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Numbers = NDArray[np.int32]

# Shares of the sources for each thread, and rows for what one of them finds, to begin with.
_SHARES, _ROWS = 4, 1 << 17

# Searches the sources in a span; gives the one for which there was no room, or the span's end.
Search = Callable[[tuple[int, int], "Room", "Found"], int]


class Balls(NamedTuple):
    """What each of n sources reaches: a sparse matrix by rows.

    Source i reaches the `member` from `first[i]` to `first[i + 1]`, over `distance_m` each, in no
    particular order.
    """

    first: Ints
    member: Numbers
    distance_m: Floats


def nodes_within(entries: Entries, network: WalkNetwork, limit_m: float) -> Balls:
    """List the nodes of the network within a walk of each target that `entries` enter."""
    from gis.walks._ball_search import node_balls  # noqa: PLC0415 (loads the compiler)

    arcs, sources, limit_m = network.arcs, _sources(entries, network), float(limit_m)

    def search(span: tuple[int, int], room: "Room", found: "Found") -> int:
        return node_balls(arcs, sources, limit_m, span, room, found)

    return _gathered(search, sources, network, limit_m)


def places_within(places: Snapped, entries: Entries, network: WalkNetwork, limit_m: float) -> Balls:
    """List the places within a walk of each target, legs at both ends included.

    The same walks as of `walking_distance`, but for those of places that stand in a target, which
    are no walks.
    """
    from gis.walks._ball_search import Edges, place_balls  # noqa: PLC0415 (loads the compiler)

    arcs, sources, limit_m = network.arcs, _sources(entries, network), float(limit_m)
    on = np.flatnonzero(places.edge >= 0)
    on = on[np.argsort(places.edge[on], kind="stable")]
    first = np.searchsorted(places.edge[on], np.arange(len(network.ends) + 1)).astype(np.int64)
    place, at_m, leg_m = on.astype(np.int32), places.at_m[on], places.leg_m[on]
    edges = Edges(network.ends, network.length_m, first, place, at_m, leg_m)

    def search(span: tuple[int, int], room: "Room", found: "Found") -> int:
        return place_balls(arcs, edges, sources, limit_m, span, room, found)

    return _gathered(search, sources, network, limit_m)


def _sources(entries: Entries, network: WalkNetwork) -> "Sources":
    """Put the entries of each target together."""
    from gis.walks._ball_search import Sources  # noqa: PLC0415 (loads the compiler)

    order = np.argsort(entries.target, kind="stable")
    first = np.searchsorted(entries.target[order], np.arange(len(entries.manner) + 1))
    mine = entries._replace(
        edge=entries.edge[order], stretch=entries.stretch[order], target=entries.target[order]
    )
    return Sources(first.astype(np.int64), seeds_of(mine, network), mine.edge, mine.stretch)


def _gathered(
    search: Search, sources: "Sources", network: WalkNetwork, limit_m: float
) -> Balls:  # fmt: skip
    """Search in shares beside each other, and put what they found one after the other."""
    from gis.walks._ball_search import Room  # noqa: PLC0415 (loads the compiler)

    workers, count = cpu_count() or 1, len(sources.first) - 1
    nodes, edges = len(network.nodes), len(network.ends)
    farthest_m = min(limit_m, float(sources.seeds.metres.max(initial=0.0)))
    rooms: SimpleQueue[Room] = SimpleQueue()
    for _ in range(workers):
        rooms.put(Room(
            new_labels(nodes), new_queue(network.arcs, farthest_m),
            np.empty(edges, dtype=np.int32), np.zeros(edges, dtype=bool),
        ))  # fmt: skip
    counts = np.zeros(count, dtype=np.int64)

    def run(span: tuple[int, int]) -> list[tuple[Numbers, Floats]]:
        room = rooms.get()
        try:
            return _in_pieces(search, span, room, counts)
        finally:
            rooms.put(room)

    marks = np.linspace(0, count, min(count, _SHARES * workers) + 1).astype(int).tolist()
    with ThreadPoolExecutor(workers) as threads:
        pieces = [piece for share in threads.map(run, pairwise(marks)) for piece in share]
        first = np.concatenate([np.zeros(1, np.int64), counts]).cumsum()
        member, distance_m = np.empty(first[-1], dtype=np.int32), np.empty(first[-1])

        def put(piece: tuple[Numbers, Floats], end: int) -> None:
            there = slice(end - len(piece[0]), end)
            member[there], distance_m[there] = piece

        list(threads.map(put, pieces, np.cumsum([len(piece) for piece, _ in pieces]).tolist()))
    return Balls(first, member, distance_m)


def _in_pieces(
    search: Search, span: tuple[int, int], room: "Room", counts: Ints
) -> list[tuple[Numbers, Floats]]:
    """Search the sources in a span, with more rows whenever there is no room for one."""
    from gis.walks._ball_search import Found  # noqa: PLC0415 (loads the compiler)

    pieces, rows, (begin, last) = [], _ROWS, span
    while begin < last:
        found = Found(counts, np.empty(rows, dtype=np.int32), np.empty(rows))
        end = search((begin, last), room, found)
        used = int(counts[begin:end].sum())
        pieces.append((found.member[:used], found.metres[:used]))
        rows, begin = rows if end > begin else 2 * rows, end
    return pieces
