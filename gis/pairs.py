"""Which things are how near to which others: all pairs within a limit."""

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import STRtree

from gis._pieces import edges_of, forward
from gis.contracts import Geometries

__all__ = ["Pairs", "pairs_within"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Places that are looked up in the tree at a time.
_BATCH = 65_536
# The boxes are a hair wider than the limit, so that rounding loses no pair.
_HAIR = 1e-9


class Pairs(NamedTuple):
    """Pairs by position, sorted by place and target, with their distances in metres."""

    place: Ints
    target: Ints
    distance_m: Floats


def pairs_within(places: Geometries, targets: Geometries, limit_m: float | Floats) -> Pairs:
    """Find all pairs of place and target not farther apart than a limit, edge to edge.

    The distances are those of `distance_to_nearest`, to the last digit.

    Parameters
    ----------
    places, targets
        Geometries in the same metres, none missing or empty.
    limit_m
        Metres, for all places or for each; a distance equal to it is within.

    Examples
    --------
    >>> homes, parks = shapely.points([0, 9, 50], 0), shapely.points([3, 9], [4, 2])
    >>> pairs_within(homes, parks, 5.0)
    Pairs(place=array([0, 1]), target=array([0, 1]), distance_m=array([5., 2.]))
    """
    limits = np.broadcast_to(np.asarray(limit_m, dtype=float), len(places))
    if not len(places) or not len(targets):
        return Pairs(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    tree = STRtree(targets)
    found = [
        _found(places[first : first + _BATCH], targets, limits[first : first + _BATCH], tree)
        for first in range(0, len(places), _BATCH)
    ]
    place = np.concatenate([one.place + n * _BATCH for n, one in enumerate(found)])
    return Pairs(place, *(np.concatenate(part) for part in list(zip(*found, strict=True))[1:]))


def _found(places: Geometries, targets: Geometries, limits: Floats, tree: STRtree) -> Pairs:
    from gis._nearest_search import Outlines  # noqa: PLC0415 (loads the compiler)
    from gis._pair_search import pair_distances  # noqa: PLC0415

    west, south, east, north = shapely.bounds(places).T
    wider = limits * (1 + _HAIR) + _HAIR
    boxes = shapely.box(west - wider, south - wider, east + wider, north + wider)
    place, target = tree.query(boxes)
    order = np.lexsort((target, place))
    place, target = place[order], target[order]
    ends, owner = edges_of(places)
    one = Outlines(ends, np.searchsorted(owner, np.arange(len(places) + 1)))
    ends, owner = edges_of(targets)
    other = Outlines(forward(ends), np.searchsorted(owner, np.arange(len(targets) + 1)))
    distance_m = pair_distances(one, other, np.stack([place, target], axis=1), limits[place])
    met = np.zeros(len(place), dtype=bool)
    touching = tree.query(places, predicate="intersects")
    rank = place * len(targets) + target
    met[np.searchsorted(rank, np.sort(touching[0] * len(targets) + touching[1]))] = True
    distance_m[met] = 0.0
    within = np.isfinite(distance_m)
    return Pairs(place[within], target[within], distance_m[within])
