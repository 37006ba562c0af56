"""The plane cut along lines: faces, and which of them share how much border.

Lines are *noded* once, all together, so that they meet only in common vertices; the faces between
them are then a *planar subdivision*: no two overlap, none leaves a gap, and where two are next to
each other they have the same segments, digit by digit.
"""

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["Borders", "borders", "faces_between", "linework"]

Geometries = NDArray[np.object_]
Positions = NDArray[np.intp]
Floats = NDArray[np.float64]

Borders = tuple[Positions, Positions, Floats]
"""Pairs of faces, each pair once, and the metres of border that they share."""


def linework(shapes: Geometries) -> Geometries:
    """Node lines, and the boundaries of areas, so that they meet only in common vertices.

    The order of `shapes` is irrelevant, to the last digit.
    """
    areas = shapely.get_dimensions(shapes) == 2
    lines = np.where(areas, shapely.boundary(shapes), shapes)
    parts = shapely.get_parts(lines[~shapely.is_missing(lines)])
    # A crossing may be rounded otherwise when the two lines change places.
    parts = parts[np.argsort(shapely.to_wkb(parts, hex=True), kind="stable")]
    noded: Geometries = shapely.get_parts(shapely.union_all(parts))
    return noded


def faces_between(lines: Geometries, ground: shapely.Geometry) -> Geometries:
    """Give the faces between noded `lines` that lie in `ground`, whose boundary is among them.

    Faces come in the order of their positions, from west to east.
    """
    faces = shapely.get_parts(shapely.polygonize(lines))
    points = shapely.point_on_surface(faces)
    shapely.prepare(ground)
    inside = shapely.covers(ground, points)
    faces, points = faces[inside], points[inside]
    order = np.lexsort((shapely.get_y(points), shapely.get_x(points)))
    ordered: Geometries = faces[order]
    return ordered


def borders(faces: Geometries) -> Borders:
    """Measure the borders that faces of one subdivision share.

    Examples
    --------
    >>> one, other, length_m = borders(shapely.box([0, 1], 0, [1, 2], 5))
    >>> one.tolist(), other.tolist(), length_m.tolist()
    ([0], [1], [5.0])
    """
    rings, face = shapely.get_rings(faces, return_index=True)
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    joined = ring[1:] == ring[:-1]
    start, end, face = corners[:-1][joined], corners[1:][joined], face[ring[1:][joined]]
    backwards = (start[:, 0] > end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] > end[:, 1]))
    start[backwards], end[backwards] = end[backwards], start[backwards]
    segments = np.hstack([start, end])
    order = np.lexsort(segments.T)
    segments, face = segments[order], face[order]
    twice = np.flatnonzero((segments[1:] == segments[:-1]).all(axis=1))
    length_m = np.hypot(*(segments[twice, 2:] - segments[twice, :2]).T)
    low, high = np.sort(np.stack([face[twice], face[twice + 1]]), axis=0)
    pair, which = np.unique(low * len(faces) + high, return_inverse=True)
    total = np.bincount(which, length_m, len(pair))
    different = pair // max(len(faces), 1) != pair % max(len(faces), 1)
    pair, total = pair[different], total[different]
    return pair // max(len(faces), 1), pair % max(len(faces), 1), total
