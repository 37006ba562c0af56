"""Which things are how near to which others: all pairs within a limit."""

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import STRtree

from gis.contracts import Geometries
from gis.nearness._pieces import edges_of, forward

__all__ = ["Pairs", "pairs_within"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Places that are looked up in the tree at a time: pairs of boxes are many more than pairs.
_BATCH = 4096
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
    there = _There.of(targets)
    found = [
        there.found(places[first : first + _BATCH], limits[first : first + _BATCH])
        for first in range(0, len(places), _BATCH)
    ]
    place = np.concatenate([one.place + number * _BATCH for number, one in enumerate(found)])
    target = np.concatenate([one.target for one in found])
    return Pairs(place, target, np.concatenate([one.distance_m for one in found]))


class _There(NamedTuple):
    """Targets, ready to be found."""

    tree: STRtree
    ends: Floats
    starts: Ints

    @classmethod
    def of(cls, targets: Geometries) -> "_There":
        ends, owner = edges_of(targets)
        starts = np.searchsorted(owner, np.arange(len(targets) + 1))
        return cls(STRtree(targets), forward(ends), starts)

    def found(self, places: Geometries, limits: Floats) -> Pairs:
        from gis.nearness._nearest_search import Outlines  # noqa: PLC0415 (loads the compiler)
        from gis.nearness._pair_search import pair_distances  # noqa: PLC0415

        targets = len(self.starts) - 1
        west, south, east, north = shapely.bounds(places).T
        wider = limits * (1 + _HAIR) + _HAIR
        boxes = shapely.box(west - wider, south - wider, east + wider, north + wider)
        place, target = self.tree.query(boxes)
        order = np.argsort(place * targets + target)
        place, target = place[order], target[order]
        ends, owner = edges_of(places)
        here = Outlines(ends, np.searchsorted(owner, np.arange(len(places) + 1)))
        pairs = np.stack([place, target], axis=1)
        distance_m = pair_distances(
            here, Outlines(self.ends, self.starts), pairs, limits[place].astype(float)
        )
        touching = self.tree.query(places, predicate="intersects")
        met = np.sort(touching[0] * targets + touching[1])
        distance_m[np.searchsorted(place * targets + target, met)] = 0.0
        within = np.isfinite(distance_m)
        return Pairs(place[within], target[within], distance_m[within])
