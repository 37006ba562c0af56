"""The search along a network that all others are made of: outward from several nodes at once.

Labels are pairs of distance and source, compared in this order, so that of two sources at the same
distance the lower number wins whatever the order of the search. A node whose label got smaller
waits to pass it on to its neighbours; when nobody waits, no label can get smaller, and each is the
least over all ways. That holds in any order. To be quick, those that are near go first: they wait
in *buckets* by their distance, half an arc wide, and in a bucket in the order in which they came.
So nearly every node passes on one label only, and no heap has to be kept in order (Denardo and Fox
1979; delta-stepping). No arc is longer than the buckets reach together: they are used in a ring.
"""

import math

from gis._compiled import inner
from gis.walks._arcs import IDLE, NOBODY, Arcs, Labels, Queue, Seeds

__all__ = ["is_less", "spread"]


@inner
def spread(
    arcs: Arcs, seeds: Seeds, span: tuple[int, int], limit: float, labels: Labels, queue: Queue
) -> int:
    """Label the nodes within `limit` of the seeds in `span`; count them.

    Before, nobody waits and all labels are infinite; afterwards nobody waits.
    """
    mask = len(queue.first) - 1
    count, waiting, lowest = 0, 0, math.inf
    for seed in range(span[0], span[1]):
        node, metres, origin = seeds.node[seed], seeds.metres[seed], seeds.source[seed]
        if metres <= limit and is_less(metres, origin, labels.distance[node], labels.source[node]):
            lowest = min(lowest, metres)
            count += labels.distance[node] == math.inf
            waiting += _label(labels, queue, node, (metres, origin), count)
    bucket = int(lowest * queue.per_m) & mask if waiting else 0
    while waiting:
        node = queue.first[bucket]
        if node == NOBODY:
            bucket = (bucket + 1) & mask
            continue
        _leave(queue, node, bucket)
        waiting -= 1
        metres, origin = labels.distance[node], labels.source[node]
        for arc in range(arcs.first[node], arcs.first[node + 1]):
            other, further = arcs.head[arc], metres + arcs.metres[arc]
            if further <= limit and is_less(
                further, origin, labels.distance[other], labels.source[other]
            ):
                count += labels.distance[other] == math.inf
                waiting += _label(labels, queue, other, (further, origin), count)
    return count


@inner
def is_less(metres: float, source: int, than_m: float, than_source: int) -> bool:
    """Compare two labels."""
    return metres < than_m or (metres == than_m and source < than_source)


@inner
def _label(
    labels: Labels, queue: Queue, node: int, label: tuple[float, int], count: int
) -> int:  # fmt: skip
    """Give a node a smaller label and have it wait; say how many more wait then: 0 or 1.

    If it is reached for the first time, it is the last of `count` nodes.
    """
    mask = len(queue.first) - 1
    metres, before = label[0], labels.distance[node]
    if before == math.inf:
        labels.reached[count - 1] = node
    labels.distance[node], labels.source[node] = label
    bucket = int(metres * queue.per_m) & mask
    if queue.before[node] != IDLE:
        waits_in = int(before * queue.per_m) & mask
        if waits_in == bucket:
            return 0
        _leave(queue, node, waits_in)
        _join(queue, node, bucket)
        return 0
    _join(queue, node, bucket)
    return 1


@inner
def _join(queue: Queue, node: int, bucket: int) -> None:
    """Have a node wait as the last of a bucket."""
    last = queue.last[bucket]
    queue.before[node], queue.after[node] = last, NOBODY
    if last == NOBODY:
        queue.first[bucket] = node
    else:
        queue.after[last] = node
    queue.last[bucket] = node


@inner
def _leave(queue: Queue, node: int, bucket: int) -> None:
    """Have a node wait no longer."""
    before, after = queue.before[node], queue.after[node]
    if before == NOBODY:
        queue.first[bucket] = after
    else:
        queue.after[before] = after
    if after == NOBODY:
        queue.last[bucket] = before
    else:
        queue.before[after] = before
    queue.before[node] = IDLE
