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
    """Put the entries of each target together, and the targets in the order of their nodes."""
    from gis.walks._ball_search import Sources  # noqa: PLC0415 (loads the compiler)

    count = len(entries.manner)
    order = np.argsort(entries.target, kind="stable")
    mine = entries._replace(
        edge=entries.edge[order], stretch=entries.stretch[order], target=entries.target[order]
    )
    first = np.searchsorted(mine.target, np.arange(count + 1)).astype(np.int64)
    node = np.zeros(count, dtype=np.int64)
    node[mine.target] = network.ends[mine.edge, 0]
    turn = np.argsort(node, kind="stable")
    return Sources(turn, first, seeds_of(mine, network), mine.edge.astype(np.int32), mine.stretch)


def _gathered(
    search: Search, sources: "Sources", network: WalkNetwork, limit_m: float
) -> Balls:  # fmt: skip
    """Search in shares beside each other, and put what they found one after the other."""
    from gis.walks._ball_search import put_in_order  # noqa: PLC0415 (loads the compiler)

    workers, count = cpu_count() or 1, len(sources.turn)
    rooms: SimpleQueue[Room] = SimpleQueue()
    for _ in range(workers):
        rooms.put(_room(sources, network, limit_m))
    counts = np.zeros(count, dtype=np.int64)

    def run(span: tuple[int, int]) -> list[tuple[Ints, "Found"]]:
        room = rooms.get()
        try:
            return _in_pieces(search, span, room, sources.turn, counts)
        finally:
            rooms.put(room)

    marks = np.linspace(0, count, min(count, _SHARES * workers) + 1).astype(int).tolist()
    with ThreadPoolExecutor(workers) as threads:
        pieces = [piece for share in threads.map(run, pairwise(marks)) for piece in share]
        first = np.concatenate([np.zeros(1, np.int64), counts]).cumsum()
        member, distance_m = np.empty(first[-1], dtype=np.int32), np.empty(first[-1])
        for done in [
            threads.submit(put_in_order, found, turns, first, member, distance_m)
            for turns, found in pieces
        ]:
            done.result()
    return Balls(first, member, distance_m)


def _room(sources: "Sources", network: WalkNetwork, limit_m: float) -> "Room":
    from gis.walks._ball_search import Room  # noqa: PLC0415 (loads the compiler)

    edges = len(network.ends)
    farthest_m = min(limit_m, float(sources.seeds.metres.max(initial=0.0)))
    queue = new_queue(network.arcs, farthest_m)
    is_listed = np.zeros(edges, dtype=bool)
    return Room(new_labels(len(network.nodes)), queue, np.empty(edges, dtype=np.int32), is_listed)


def _in_pieces(
    search: Search, span: tuple[int, int], room: "Room", turn: Ints, counts: Ints
) -> list[tuple[Ints, "Found"]]:
    """Search the sources in a span, with more rows whenever there is no room for one."""
    from gis.walks._ball_search import Found  # noqa: PLC0415 (loads the compiler)

    pieces, rows, (begin, last) = [], _ROWS, span
    while begin < last:
        found = Found(counts, np.empty(rows, dtype=np.int32), np.empty(rows))
        end = search((begin, last), room, found)
        pieces.append((turn[begin:end], found))
        rows, begin = rows if end > begin else 2 * rows, end
    return pieces
