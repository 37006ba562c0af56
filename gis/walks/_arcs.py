"""What a search along a network works on: arcs, seeds, and room for labels and for who waits."""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = [
    "IDLE",
    "NOBODY",
    "Arcs",
    "Labels",
    "Queue",
    "Seeds",
    "arcs_of",
    "new_labels",
    "new_queue",
]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.int32]

# In a queue: nobody, and who does not wait.
NOBODY, IDLE = -1, -2
# Buckets over the mean length of an arc, and the most there are.
_FINENESS, _MOST_BUCKETS = 2.0, 1 << 16


class Arcs(NamedTuple):
    """The edges in both directions: those from node n, from `first[n]` on, lead `metres` to `head`.

    `edge` names the edge of each.
    """

    first: Ints
    head: Numbers
    metres: Floats
    edge: Numbers


class Seeds(NamedTuple):
    """Nodes where a search begins, how far from its source each is, and the source's number."""

    node: Numbers
    metres: Floats
    source: Ints


class Labels(NamedTuple):
    """How far each node is, infinite where it was not reached, and from which source.

    `reached` lists the nodes that were, in no particular order, as many as a search counts.
    """

    distance: Floats
    source: Ints
    reached: Numbers


class Queue(NamedTuple):
    """Who waits: the first and last of each bucket, and by node whom it stands after and before.

    A bucket is 1 / `per_m` metres wide; there are a power of two of them.
    """

    per_m: float
    first: Numbers
    last: Numbers
    before: Numbers
    after: Numbers


def arcs_of(ends: Ints, length_m: Floats, nodes: int) -> Arcs:
    """Sort the arcs of edges by the node that they leave."""
    tail, head = ends.T.ravel(), ends[:, ::-1].T.ravel()
    order = np.argsort(tail, kind="stable")
    first = np.searchsorted(tail[order], np.arange(nodes + 1)).astype(np.int64)
    edge = np.tile(np.arange(len(ends), dtype=np.int32), 2)
    return Arcs(first, head[order].astype(np.int32), np.tile(length_m, 2)[order], edge[order])


def new_labels(nodes: int) -> Labels:
    """Give room for the labels of a search."""
    return Labels(
        np.full(nodes, np.inf), np.full(nodes, -1, dtype=np.int64), np.empty(nodes, dtype=np.int32)
    )


def new_queue(arcs: Arcs, farthest_seed_m: float) -> Queue:
    """Give room for those that wait in a search whose seeds are not farther than that."""
    reach_m = max(1e-9, float(arcs.metres.max(initial=0.0)), farthest_seed_m)
    mean_m = float(arcs.metres.mean()) if len(arcs.metres) else 0.0
    width_m = max(mean_m / _FINENESS, reach_m / (_MOST_BUCKETS // 2))
    buckets = 1 << math.ceil(math.log2(reach_m / width_m + 2))
    nodes = len(arcs.first) - 1
    return Queue(
        1.0 / width_m,
        np.full(buckets, NOBODY, dtype=np.int32),
        np.full(buckets, NOBODY, dtype=np.int32),
        np.full(nodes, IDLE, dtype=np.int32),
        np.empty(nodes, dtype=np.int32),
    )
