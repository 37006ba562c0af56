"""Where targets are entered from the network.

* A **point** (an entrance, a centroid) is entered from the nearest edge, over a straight leg.
* An **area** or line is entered where edges meet it: the stretches of edges inside it. Who walks
  to it must pass one of their ends, so nothing shorter is missed.
* Where no edge meets a part of it, that part is entered from the nearest edge, over a leg; from
  all along it where the edge runs beside it.

No leg is longer than `max_snap_m`; what is further away is not on the network.
"""

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.batches import in_batches
from gis.contracts import Geometries
from gis.walks.network import WalkNetwork

__all__ = ["MANNERS", "Entries", "Snapped", "entries_of", "snap"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MANNERS = ("point", "meeting", "nearest", "none")
"""How a target is entered: as a point, where edges meet it, from the nearest edge, not at all."""

_POINT, _MEETING, _NEAREST, _NONE = range(len(MANNERS))
# The search is told a limit a little too large; what lies beyond the limit is removed after it.
_SEARCH_MARGIN_M = 0.01
# Positions whose distances differ by less are equally near, whatever rounding made of them.
_TIE_M = 1e-6
# Positions that one thread takes at a time.
_BATCH = 16384


class Snapped(NamedTuple):
    """Positions projected onto the network: the edge (-1: none near), metres along and to it."""

    edge: Ints
    at_m: Floats
    leg_m: Floats


class Entries(NamedTuple):
    """Stretches of edges from which targets are entered, by edge and from its start.

    `stretch` (k, 3): from, to, metres along the edge, and the leg from there to the target.
    `manner` (t,) of each target, a number in `MANNERS`.
    """

    edge: Ints
    stretch: Floats
    target: Ints
    manner: Ints

    def of(self, targets: Ints) -> "Entries":
        """Take the entries of some targets, each named once, and number these anew."""
        number = np.full(len(self.manner), -1, dtype=np.int64)
        number[targets] = np.arange(len(targets))
        kept = number[self.target] >= 0
        return Entries(
            self.edge[kept], self.stretch[kept], number[self.target[kept]], self.manner[targets]
        )

    def followed_by(self, later: "Entries") -> "Entries":
        """Put the entries of more targets beside these; they are numbered after them."""
        edge = np.concatenate([self.edge, later.edge])
        stretch = np.vstack([self.stretch, later.stretch])
        target = np.concatenate([self.target, later.target + len(self.manner)])
        order = np.lexsort((target, *stretch.T[::-1], edge))
        manner = np.concatenate([self.manner, later.manner])
        return Entries(edge[order], stretch[order], target[order], manner)


def snap(positions: Floats, network: WalkNetwork, max_snap_m: float) -> Snapped:
    """Project positions onto the nearest edge, of several the first; NaN is nowhere."""
    from gis.walks._grid_search import nearest_parts, sorted_by_block  # noqa: PLC0415 (loads the compiler)
    from gis.walks._network_search import projected  # noqa: PLC0415 (as above)

    count = len(positions)
    edge, at_m, leg_m = np.full(count, -1), np.zeros(count), np.full(count, np.nan)
    index = network.segments
    if not len(index.edge):
        return Snapped(edge, at_m, leg_m)
    grid, limit_m = index.grid, float(max_snap_m)
    order, there = sorted_by_block(grid, positions)
    piece, gap_m = np.empty(count, dtype=np.int64), np.empty(count)

    def run(first: int, last: int) -> None:
        span = (first, last)
        nearest_parts(grid, there, limit_m + _SEARCH_MARGIN_M, span, gap_m, piece)
        projected(
            index.ends, index.edge, index.from_m, index.per_m, network.length_m,
            there, order, limit_m, span, piece, gap_m, edge, at_m, leg_m,
        )  # fmt: skip

    in_batches(run, count, batch=_BATCH)
    return Snapped(edge, at_m, leg_m)


def entries_of(targets: Geometries, network: WalkNetwork, max_snap_m: float) -> Entries:
    """Find where each target is entered."""
    parts, owner = shapely.get_parts(targets, return_index=True)
    owner = owner.astype(np.int64)
    is_point = shapely.get_type_id(parts) == shapely.GeometryType.POINT
    points = _of_points(parts[is_point], owner[is_point], network, max_snap_m)
    wholes = _of_wholes(parts[~is_point], owner[~is_point], network, max_snap_m)
    manner = np.full(len(targets), _NONE, dtype=np.int64)
    for kind, (_, _, entered) in zip(
        (_NEAREST, _MEETING, _POINT), (*reversed(wholes), points), strict=True
    ):
        manner[entered] = kind
    edge, stretch, target = (
        np.concatenate(columns) for columns in zip(points, *wholes, strict=True)
    )
    order = np.lexsort((target, *stretch.T[::-1], edge))
    return Entries(edge[order], stretch[order], target[order], manner)


_Found = tuple[Ints, Floats, Ints]


def _of_points(points: Geometries, owner: Ints, network: WalkNetwork, max_snap_m: float) -> _Found:
    positions = np.column_stack([shapely.get_x(points), shapely.get_y(points)])
    edge, at_m, leg_m = snap(positions.reshape(-1, 2), network, max_snap_m)
    on = edge >= 0
    return edge[on], np.column_stack([at_m, at_m, leg_m])[on], owner[on]


def _of_wholes(
    parts: Geometries, owner: Ints, network: WalkNetwork, max_snap_m: float
) -> tuple[_Found, _Found]:
    """Find where edges meet areas and lines, and the nearest edges of parts that none meets."""
    empty = np.empty(0, np.int64), np.empty((0, 3)), np.empty(0, np.int64)
    index = network.segments
    if not len(index.edge) or not len(parts):
        return empty, empty
    shapely.prepare(parts)
    part, piece = index.strtree.query(parts, predicate="intersects")
    meeting = _meeting(parts, part, piece, network)
    apart = np.setdiff1d(np.arange(len(parts)), part)
    met = meeting[0], meeting[1], owner[meeting[2]]
    if not len(apart):
        return met, empty
    edge, stretch, near = _nearest(parts[apart], network, max_snap_m)
    return met, (edge, stretch, owner[apart[near]])


def _meeting(parts: Geometries, part: Ints, piece: Ints, network: WalkNetwork) -> _Found:
    """Give the stretches of straight pieces that lie in the parts they meet."""
    lines = network.segments.lines[piece]
    common = shapely.intersection(lines, parts[part])
    # By rounding, what meets may have nothing in common.
    none = shapely.is_empty(common)
    common[none] = shapely.get_point(shapely.shortest_line(lines[none], parts[part[none]]), 0)
    shared, pair = shapely.get_parts(common, return_index=True)
    corners, stretch = shapely.get_coordinates(shared, return_index=True)
    along = _along(corners, piece[pair[stretch]], network)
    from_m, to_m = np.full(len(shared), np.inf), np.full(len(shared), -np.inf)
    np.minimum.at(from_m, stretch, along)
    np.maximum.at(to_m, stretch, along)
    edge = network.segments.edge[piece[pair]]
    return edge, np.column_stack([from_m, to_m, np.zeros(len(shared))]), part[pair]


def _nearest(parts: Geometries, network: WalkNetwork, max_snap_m: float) -> _Found:
    """Give the nearest positions on edges of each part, and the stretches of such positions.

    On a straight piece the distance to a part is least over an end of the piece, or over the foot
    of a corner of the part. Where it is as small in the middle between two such positions that
    follow each other, the street runs along the part there, and is as near all the way.
    """
    pieces = network.segments.strtree
    part, leg_m = pieces.query_nearest(
        parts, max_distance=max_snap_m + _SEARCH_MARGIN_M, all_matches=False, return_distance=True
    )
    part, leg_m = part[0][leg_m <= max_snap_m], leg_m[leg_m <= max_snap_m]
    owner, piece = pieces.query(parts[part], predicate="dwithin", distance=leg_m + _TIE_M)
    part, leg_m = part[owner], leg_m[owner]
    pair, foot = _feet(parts[part], piece, network)
    near = _distance(foot, parts[part[pair]]) <= leg_m[pair] + _TIE_M
    pair, foot = pair[near], foot[near]
    along = _along(foot, piece[pair], network)
    order = np.lexsort((along, pair))
    pair, foot, along = pair[order], foot[order], along[order]
    next_ = np.minimum(np.arange(len(pair)) + 1, max(len(pair) - 1, 0))
    middle = _distance((foot + foot[next_]) / 2, parts[part[pair]])
    flat = (pair == pair[next_]) & (middle <= leg_m[pair] + _TIE_M)
    stretch = np.column_stack([along, np.where(flat, along[next_], along), leg_m[pair]])
    return network.segments.edge[piece[pair]], stretch, part[pair]


def _feet(parts: Geometries, piece: Ints, network: WalkNetwork) -> tuple[Ints, Floats]:
    """Drop the corners of each part onto its straight piece, and add the ends of that."""
    ends = network.segments.ends[piece]
    corners, pair = shapely.get_coordinates(parts, return_index=True)
    start, along = ends[pair, :2], ends[pair, 2:] - ends[pair, :2]
    share = ((corners - start) * along).sum(axis=1) / (along**2).sum(axis=1)
    feet = start + np.clip(share, 0, 1)[:, None] * along
    numbers = np.arange(len(piece))
    return (
        np.concatenate([pair, numbers, numbers]),
        np.concatenate([feet, ends[:, :2], ends[:, 2:]]),
    )


def _distance(positions: Floats, parts: Geometries) -> Floats:
    metres: Floats = shapely.distance(shapely.points(positions), parts)
    return metres


def _along(positions: Floats, piece: Ints, network: WalkNetwork) -> Floats:
    """Say how far along its edge a position on a straight piece is."""
    index = network.segments
    drawn_m = np.hypot(*(positions - index.ends[piece, :2]).T)
    at_m = index.from_m[piece] + index.per_m[piece] * drawn_m
    return np.clip(at_m, 0.0, network.length_m[index.edge[piece]])
