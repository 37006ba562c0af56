"""The inner loops of a scenario, compiled.

What is covered is counted in whole units, so that sums do not depend on what was toggled before.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gis._compiled import compiled, inner
from gis.covering._share_kernel import Zones
from gis.covering._target_tree import BLOCK, POINT, TargetTree

__all__ = ["Land", "Reached", "Shares", "begin", "put_away", "switch", "take"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

# Where the vertices of a target are put that does not count: farther than all that is on a map.
_AWAY = 1e30


class Reached(NamedTuple):
    """Which places targets can reach: target i the `places` from `starts[i]` to `starts[i + 1]`."""

    starts: Ints
    places: Ints


class Shares(NamedTuple):
    """What is covered of each zone, its amount in whole units, and room to list zones.

    `is_listed` is false of all of them before and after.
    """

    share: Floats
    amount: Floats
    is_listed: npt.NDArray[np.bool_]
    turned: Ints


class Land(NamedTuple):
    """Zones and the targets around them, of which some count.

    `zones` has rings for the places `ring[place]`. `tree` holds all targets, but those that do not
    count are away; `vertices` and `kinds` are theirs if they did. Target i has the `pieces` from
    `starts[i]` to `starts[i + 1]`.
    """

    reached: Reached
    zones: Zones
    ring: Ints
    tree: TargetTree
    vertices: Floats
    kinds: npt.NDArray[np.uint8]
    starts: Ints
    pieces: Ints


@compiled
def switch(  # noqa: PLR0913, PLR0917 (bundles of arrays are slow to hand over)
    starts: Ints,
    places: Ints,
    targets: Ints,
    step: int,
    times: Ints,
    amount: Ints,
    units: Ints,
    sums: Ints,
    turned: Ints,
) -> int:
    """Let targets begin (step 1) or cease (step -1) to count, and places with them.

    Target i reaches the `places` from `starts[i]` to `starts[i + 1]`. `times` counts how many
    targets reach each place, of which `amount` is covered then. Places that become covered, or
    uncovered, are listed in `turned`.

    Returns
    -------
    int
        How many there are.
    """
    count, edge = 0, 1 if step > 0 else 0
    for target in targets:
        for at in range(starts[target], starts[target + 1]):
            place = places[at]
            times[place] += step
            if times[place] == edge:
                turned[count] = place
                count += 1
                _tell(units, sums, place, step * amount[place])
    return count


@compiled
def begin(land: Land, targets: Ints, step: int, zones: Shares) -> int:
    """Let targets begin (step 1) or cease (step -1) to count, and list the zones around them.

    Listed in `zones.turned` are those whose share may change.

    Returns
    -------
    int
        How many there are.
    """
    for target in targets:
        _move(land, target, step)
    share, _, is_listed, turned = zones
    settled, count = 1.0 if step > 0 else 0.0, 0
    for target in targets:
        for at in range(land.reached.starts[target], land.reached.starts[target + 1]):
            place = land.reached.places[at]
            if share[place] != settled and not is_listed[place]:
                is_listed[place] = True
                turned[count] = place
                count += 1
    for row in range(count):
        is_listed[turned[row]] = False
    return count


@compiled
def take(bounds: Floats, zones: Shares, units: Ints, sums: Ints) -> int:
    """Take the shares that were bounded of the zones that are listed, and list what changed.

    Returns
    -------
    int
        How many changed.
    """
    share, amount, _, turned = zones
    count = 0
    for number in range(len(bounds)):
        place = turned[number]
        found = (_within_all(bounds[number, 0]) + _within_all(bounds[number, 1])) / 2
        if found != share[place]:
            more = round(amount[place] * found) - round(amount[place] * share[place])
            _tell(units, sums, place, int(more))
            share[place] = found
            turned[count] = place
            count += 1
    return count


@compiled
def put_away(land: Land, targets: Ints) -> None:
    """Begin without these targets."""
    for target in targets:
        _move(land, target, -1)


@inner
def _tell(units: Ints, sums: Ints, place: int, amount: int) -> None:
    """Add to the sums of all units that a place is in: a row for each level, in both arrays."""
    for level in range(len(units)):
        sums[level, units[level, place]] += amount


@inner
def _within_all(share: float) -> float:
    return min(max(share, 0.0), 1.0)


@inner
def _move(land: Land, target: int, step: int) -> None:
    """Put the pieces of a target where they belong, or away; draw the boxes above them anew."""
    tree, last = land.tree, -1
    first, end = land.starts[target], land.starts[target + 1]
    for at in range(first, end):
        piece = land.pieces[at]
        if step > 0:
            tree.kinds[piece] = land.kinds[piece]
            tree.vertices[piece, 0] = land.vertices[piece, 0]
            tree.vertices[piece, 1] = land.vertices[piece, 1]
        else:
            tree.kinds[piece] = POINT
            tree.vertices[piece, 0] = tree.vertices[piece, 1] = _AWAY
    for at in range(first, end):
        leaf = len(tree.boxes) // 2 + land.pieces[at] // BLOCK
        if leaf != last:
            _draw_boxes(tree, leaf)
            last = leaf


@inner
def _draw_boxes(tree: TargetTree, leaf: int) -> None:
    """Draw the box around a leaf, and around all that is above it."""
    boxes, node = tree.boxes, leaf
    first = (leaf - len(boxes) // 2) * BLOCK
    boxes[leaf, :2], boxes[leaf, 2:] = np.inf, -np.inf
    for piece in range(first, min(first + BLOCK, len(tree.kinds))):
        if tree.vertices[piece, 0] == _AWAY:
            continue
        for vertex in range(piece, piece + (1 if tree.kinds[piece] == POINT else 2)):
            for axis in range(2):
                boxes[leaf, axis] = min(boxes[leaf, axis], tree.vertices[vertex, axis])
                boxes[leaf, 2 + axis] = max(boxes[leaf, 2 + axis], tree.vertices[vertex, axis])
    while node > 1:
        node //= 2
        for axis in range(2):
            boxes[node, axis] = min(boxes[2 * node, axis], boxes[2 * node + 1, axis])
            boxes[node, 2 + axis] = max(boxes[2 * node, 2 + axis], boxes[2 * node + 1, 2 + axis])
