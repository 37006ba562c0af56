"""Geometries taken apart into edges, a tree to find those near a position, and deep rectangles.

An edge, a point and a rectangle are convex, so that the distance to each is a convex function.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from gis.contracts import Geometries

__all__ = [
    "LEAF_SIZE",
    "Curves",
    "PieceTree",
    "curve_position",
    "curves_of",
    "deep_rectangles",
    "edges_of",
    "forward",
    "ordered_tree",
]

Floats = npt.NDArray[np.float64]

# Pieces in a leaf of the tree.
LEAF_SIZE = 8


class Curves(NamedTuple):
    """Points, lines and rings: curve i has the `vertices` from `first[i]` on, and is of `part[i]`.

    Parts ascend. `is_area` tells of each part whether its curves are the rings of an area.
    """

    vertices: Floats
    first: npt.NDArray[np.int64]
    part: npt.NDArray[np.int64]
    is_area: npt.NDArray[np.bool_]


class PieceTree(NamedTuple):
    """Convex pieces in the order of a space-filling curve, under a tree of bounding boxes.

    `ends` has a row `x0, y0, x1, y1` for each of n pieces: the ends of an edge, or opposite
    corners of a rectangle where `is_solid`. `boxes` has a row `x_min, y_min, x_max, y_max` for
    each node: node 1 is the root, 2 i and 2 i + 1 are the children of i, and the last half are
    leaves, the j-th of which holds the pieces from j LEAF_SIZE on. Empty nodes have the box
    inf, inf, -inf, -inf.
    """

    ends: Floats
    is_solid: npt.NDArray[np.bool_]
    boxes: Floats


def edges_of(geometries: Geometries) -> tuple[Floats, npt.NDArray[np.intp]]:
    """Take points, lines and the rings of areas apart; a point is an edge without a length.

    Returns
    -------
    ends, owner
        A row `x0, y0, x1, y1` for each edge, those of one geometry together and in the order of
        the geometries; the position of the geometry that it is of.
    """
    parts, owner = _simple_parts(geometries)
    is_area = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    rings, area = shapely.get_rings(parts[is_area], return_index=True)
    curves = np.concatenate([parts[~is_area], rings])
    owner = np.concatenate([owner[~is_area], owner[is_area][area]])
    is_point = shapely.get_type_id(curves) == shapely.GeometryType.POINT
    ends, curve = _edges(curves[~is_point])
    ends = np.vstack([np.tile(shapely.get_coordinates(curves[is_point]), 2), ends])
    owner = np.concatenate([owner[is_point], owner[~is_point][curve]])
    order = np.argsort(owner, kind="stable")
    return ends[order], owner[order]


def curves_of(geometries: Geometries) -> tuple[Curves, npt.NDArray[np.intp]]:
    """Take points, lines and the rings of areas, with their vertices.

    Returns
    -------
    curves
        Their parts, the points, lines and polygons in `geometries`, are numbered in order.
    owner
        The position of the geometry that each part is of, ascending.
    """
    parts, owner = _simple_parts(geometries)
    is_area = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    # The vertices of an area are those of its rings, one after the other.
    vertices, counts = shapely.get_coordinates(parts), shapely.get_num_coordinates(parts)
    part = np.arange(len(parts))
    holed = shapely.get_num_interior_rings(parts) > 0
    if holed.any():
        rings, area = shapely.get_rings(parts[holed], return_index=True)
        of_ring = shapely.get_num_coordinates(rings)
        part = np.concatenate([part[~holed], part[holed][area]])
        counts = np.concatenate([counts[~holed], of_ring])
        order = np.argsort(part, kind="stable")
        part, counts = part[order], counts[order]
    first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return Curves(vertices, first, part, is_area), owner


def forward(ends: Floats) -> Floats:
    """Turn edges that run backward: a border that two areas share is the same edge then."""
    backward = (ends[:, 0] > ends[:, 2]) | ((ends[:, 0] == ends[:, 2]) & (ends[:, 1] > ends[:, 3]))
    return np.where(backward[:, None], ends[:, [2, 3, 0, 1]], ends)


def ordered_tree(
    ends: Floats, is_solid: npt.NDArray[np.bool_]
) -> tuple[PieceTree, npt.NDArray[np.intp]]:
    """Do the same with pieces as they run, and say in which order the tree has them."""
    order = np.argsort(curve_position(ends[:, :2] + ends[:, 2:]), kind="stable")
    ends, is_solid = ends[order], is_solid[order]
    leaves = 1 << max(0, int(np.ceil(np.log2(max(1, len(ends)) / LEAF_SIZE))))
    return PieceTree(ends, is_solid, _boxes(ends, leaves)), order


def _boxes(ends: Floats, leaves: int) -> Floats:
    """Join the boxes of two pieces, of two pairs, and so on up to the root."""
    nodes = leaves * LEAF_SIZE
    low, high = np.full((nodes, 2), np.inf), np.full((nodes, 2), -np.inf)
    np.minimum(ends[:, :2], ends[:, 2:], out=low[: len(ends)])
    np.maximum(ends[:, :2], ends[:, 2:], out=high[: len(ends)])
    boxes = np.empty((2 * leaves, 4))
    boxes[0] = [np.inf, np.inf, -np.inf, -np.inf]
    while nodes > 1:
        nodes //= 2
        low, high = np.minimum(low[0::2], low[1::2]), np.maximum(high[0::2], high[1::2])
        if nodes <= leaves:
            boxes[nodes : 2 * nodes] = np.hstack([low, high])
    return boxes


def curve_position(positions: Floats) -> npt.NDArray[np.uint64]:
    """Give the place of `positions` on a Z-order curve of 2^32 by 2^32 cells over them all."""
    if not len(positions):
        return np.empty(0, np.uint64)
    low = positions.min(axis=0)
    extent = max(float((positions.max(axis=0) - low).max()), np.finfo(float).tiny)
    cells = ((positions - low) / extent * (2**32 - 1)).astype(np.uint64)
    return _spread_bits(cells[:, 0]) | (_spread_bits(cells[:, 1]) << np.uint64(1))


def _spread_bits(numbers: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Put a zero bit before every one of the 32 low bits."""
    for shift, mask in (
        (16, 0x0000FFFF0000FFFF),
        (8, 0x00FF00FF00FF00FF),
        (4, 0x0F0F0F0F0F0F0F0F),
        (2, 0x3333333333333333),
        (1, 0x5555555555555555),
    ):
        numbers = (numbers | (numbers << np.uint64(shift))) & np.uint64(mask)
    return numbers


def _simple_parts(geometries: Geometries) -> tuple[Geometries, npt.NDArray[np.intp]]:
    """Give the points, lines and polygons in `geometries`, and the position that each is of."""
    parts, owner = geometries, np.arange(len(geometries))
    while (shapely.get_type_id(parts) >= shapely.GeometryType.MULTIPOINT).any():
        parts, whole = shapely.get_parts(parts, return_index=True)
        owner = owner[whole]
    filled = ~shapely.is_empty(parts)
    return parts[filled], owner[filled]


def _edges(lines: Geometries) -> tuple[Floats, npt.NDArray[np.intp]]:
    coordinates, line = shapely.get_coordinates(lines, return_index=True)
    joined = line[1:] == line[:-1]
    return np.hstack([coordinates[:-1][joined], coordinates[1:][joined]]), line[1:][joined]


def deep_rectangles(areas: Geometries, radius_m: float) -> Floats:
    """Cover every position that lies deeper than `radius_m` inside an area with rectangles in it.

    Areas narrower than twice the radius hold no such position. Of the others, made valid where
    they are not, the bounding rectangle is quartered until a part lies in the area, and is kept,
    or is out of it, or has a diagonal of at most `radius_m`. A part of the last kind holds no
    deep position: all of it would be nearer to that position than the boundary is, so that it
    would lie in the area.
    """
    west, south, east, north = shapely.bounds(areas).reshape(-1, 4).T
    owners = areas[np.minimum(east - west, north - south) > 2 * radius_m]
    owners, _ = _simple_parts(shapely.make_valid(owners))
    parts = shapely.bounds(owners).reshape(-1, 4)
    shapely.prepare(owners)
    kept = [np.empty((0, 4))]
    while len(parts):
        rectangles = shapely.box(*parts.T)
        inside = shapely.covers(owners, rectangles)
        kept.append(parts[inside])
        split = ~inside & (np.hypot(*(parts[:, 2:] - parts[:, :2]).T) > radius_m)
        split[split] = shapely.intersects(owners[split], rectangles[split])
        owners, parts = np.repeat(owners[split], 4), _quarters(parts[split])
    return np.vstack(kept)


def _quarters(rectangles: Floats) -> Floats:
    x_min, y_min, x_max, y_max = rectangles.T
    x, y = (x_min + x_max) / 2, (y_min + y_max) / 2
    corners = [x_min, y_min, x, y, x, y_min, x_max, y, x_min, y, x, y_max, x, y, x_max, y_max]
    return np.stack(corners, axis=1).reshape(-1, 4)
