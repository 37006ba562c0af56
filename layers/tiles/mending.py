"""Areas that are not sound on the whole numbers of a tile, put right by those who know how.

They are few: what lies on itself once it is rounded, what falls apart at the edge of the tile, and
what was unsound when it was written. Cutting and rounding are one step here, after which nothing
crosses anything. (`shapely.clip_by_rect` may fill the whole tile with an unsound area.)
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.tiles._cutting import DRAWN, GONE, UNSOUND, Frame, Pieces
from layers.tiles.shapes import Shapes

__all__ = ["mended"]

_UNIT = 1.0
_SMALLEST = 1.0  # square units


def mended(shapes: Shapes, rows: NDArray[np.int64], frame: Frame, pieces: Pieces) -> Pieces:
    """Draw what `cut` found unsound of `rows`, in its place among the others."""
    broken = np.flatnonzero(pieces.state == UNSOUND)
    if not len(broken):
        return pieces
    whole = _polygons(shapes.taken(rows[broken]), frame)
    unsound = ~shapely.is_valid(whole)
    whole[unsound] = shapely.make_valid(whole[unsound], method="structure", keep_collapsed=False)
    square = shapely.box(frame.low, frame.low, frame.high, frame.high)
    found = shapely.intersection(whole, square, grid_size=_UNIT)
    parts, of = shapely.get_parts(found, return_index=True)
    is_area = (shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & (
        shapely.area(parts) >= _SMALLEST
    )
    return _among(pieces, broken, parts[is_area], of[is_area])


def _polygons(shapes: Shapes, frame: Frame) -> NDArray[np.object_]:
    xy = shapes.xy * frame.scale - (frame.left, frame.top)
    lengths = np.diff(shapes.starts)
    kept = lengths > 3
    rings = shapely.linearrings(
        xy[np.repeat(kept, lengths)],
        indices=np.repeat(np.arange(kept.sum()), lengths[kept]),
    )
    feature = np.repeat(np.arange(len(shapes)), np.diff(shapes.shapes))[kept]
    is_shell = shapes.holes[kept] == 0
    part = np.cumsum(is_shell) - 1
    polygons = shapely.polygons(rings, indices=part)
    out = np.full(len(shapes), shapely.MultiPolygon(), dtype=object)
    if len(polygons):
        shapely.multipolygons(polygons, indices=feature[is_shell], out=out)
    return out


def _among(
    pieces: Pieces, broken: NDArray[np.intp], polygons: NDArray[np.object_], of: NDArray[np.intp]
) -> Pieces:
    """Put the rings of polygons, which are those of the shapes `broken[of]`, among the others."""
    # MVT's y runs down: an area runs from x to y there, which shapely calls counter-clockwise.
    turned = shapely.orient_polygons(polygons, exterior_cw=False)
    rings, part = shapely.get_rings(turned, return_index=True)
    holes = np.ones(len(rings), np.uint8)
    holes[np.unique(part, return_index=True)[1]] = 0
    lengths = shapely.get_num_coordinates(rings)
    corners = shapely.get_coordinates(rings)
    is_last = np.zeros(len(corners), dtype=bool)
    is_last[np.cumsum(lengths) - 1] = True
    # Old rings, then new ones; both in the order of their shapes.
    count = pieces.shapes[-1]
    owner = np.concatenate(
        [np.repeat(np.arange(len(pieces.state)), np.diff(pieces.shapes)), broken[of][part]]
    )
    order = np.argsort(owner, kind="stable")
    xy = np.concatenate([pieces.xy[: pieces.ends[count]], corners[~is_last].astype(np.int32)])
    sizes = np.concatenate([np.diff(pieces.ends[: count + 1]), lengths - 1])
    begins = np.concatenate([[0], np.cumsum(sizes)[:-1]]) if len(sizes) else sizes
    ends = np.concatenate([[0], np.cumsum(sizes[order])]).astype(np.int64)
    moved = np.arange(ends[-1]) + np.repeat(begins[order] - ends[:-1], sizes[order])
    state = pieces.state.copy()
    state[broken] = GONE
    state[broken[of]] = DRAWN
    return Pieces(
        xy=xy[moved],
        ends=ends,
        holes=np.concatenate([pieces.holes[:count], holes])[order],
        shapes=np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=len(state)))]),
        state=state,
    )
