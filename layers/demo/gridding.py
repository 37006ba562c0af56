"""How cells become grids: the smallest joins its neighbour until as many are left as are wanted."""

from collections.abc import Mapping, Sequence

import numpy as np
import shapely
from shapely import Polygon

_SHORTEST_BORDER_M = 12.0
_SHAPE_WEIGHT = 0.9


def borders(shapes: Mapping[str, Polygon]) -> dict[str, dict[str, float]]:
    """Measure the border that each pair of neighbouring shapes shares, in metres."""
    keys = sorted(shapes)
    outlines = np.array([shapes[key] for key in keys], dtype=object)
    first, second = shapely.STRtree(outlines).query(outlines, predicate="touches")
    lengths = shapely.length(shapely.intersection(outlines[first], outlines[second]))
    shared: dict[str, dict[str, float]] = {key: {} for key in keys}
    for a, b, length in zip(first.tolist(), second.tolist(), lengths.tolist(), strict=True):
        if length >= _SHORTEST_BORDER_M:
            shared[keys[a]][keys[b]] = round(length, 2)
    return shared


def components(keys: Sequence[str], shared: Mapping[str, Mapping[str, float]]) -> list[list[str]]:
    """Find the groups of keys that hang together."""
    left, groups = set(keys), []
    for key in sorted(keys):
        if key not in left:
            continue
        group, front = [], [key]
        left.discard(key)
        while front:
            group.append(here := front.pop())
            fresh = sorted(left.intersection(shared[here]))
            left.difference_update(fresh)
            front += fresh
        groups.append(sorted(group))
    return groups


def merge(
    keys: Sequence[str],
    weights: Mapping[str, float],
    shared: Mapping[str, Mapping[str, float]],
    count: int,
) -> list[list[str]]:
    """Merge cells into about `count` groups of similar weight and compact shape."""
    groups = {key: [key] for key in sorted(keys)}
    weight = {key: weights[key] for key in groups}
    border = {key: {k: m for k, m in shared[key].items() if k in groups} for key in groups}
    stuck: set[str] = set()
    while len(groups) > count and len(stuck) < len(groups):
        smallest = min((key for key in groups if key not in stuck), key=lambda k: (weight[k], k))
        if not border[smallest]:
            stuck.add(smallest)
            continue
        target = _best_neighbour(smallest, weight, border)
        _join(smallest, target, groups, weight, border)
    return [sorted(groups[key]) for key in sorted(groups)]


def _best_neighbour(
    key: str, weight: Mapping[str, float], border: Mapping[str, Mapping[str, float]]
) -> str:
    """Prefer light neighbours, and those with which the border is long."""
    total = sum(border[key].values())
    heaviest = max(weight[other] for other in border[key]) or 1.0
    return min(
        border[key],
        key=lambda other: (
            weight[other] / heaviest - _SHAPE_WEIGHT * border[key][other] / total,
            other,
        ),
    )


def _join(
    source: str,
    target: str,
    groups: dict[str, list[str]],
    weight: dict[str, float],
    border: dict[str, dict[str, float]],
) -> None:
    groups[target] += groups.pop(source)
    weight[target] += weight.pop(source)
    for other, metres in border.pop(source).items():
        border[other].pop(source)
        if other != target:
            border[other][target] = border[other].get(target, 0.0) + metres
            border[target][other] = border[other][target]
