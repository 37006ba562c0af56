"""Ground divided by the nearest footprint: a *Voronoi diagram of polygons*, label by label.

The exact diagram has parabolic borders. Here footprints are sampled along their walls, the diagram
of the samples is taken, and the cells of one label are dissolved; between two footprints the
border is off by no more than what half the distance of two samples makes.
"""

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.ground.subdivision import linework

__all__ = ["nearest_regions"]

# Walls are sampled this far inside, so that two buildings with a common wall have samples apart.
_INSET_M = 0.05
# Samples of nobody stand around everything, this many times its size away: they close the diagram
# and are nearest to no position on the ground.
_FAR = 4.0
_CORNERS = 8
_NOBODY = -1

Geometries = NDArray[np.object_]
Positions = NDArray[np.intp]
Floats = NDArray[np.float64]


def nearest_regions(
    ground: shapely.Geometry,
    footprints: Geometries,
    label: Positions,
    *,
    step_m: float,
    simplify_m: float,
) -> tuple[Geometries, Positions]:
    """Divide `ground` into regions whose nearest footprint has one label.

    Parameters
    ----------
    ground
        What is to be divided; the regions reach beyond it.
    footprints
        Areas; n rows.
    label
        Number of the label of each footprint. Where two footprints have the same sample, the
        lower number takes it.
    step_m
        Largest distance of two samples along a wall.
    simplify_m
        Borders are simplified by this much, together, so that neither gap nor overlap arises.

    Returns
    -------
    regions, label
        Areas and their numbers; a label has as many as it has separate regions.
    """
    from scipy.spatial import cKDTree  # noqa: PLC0415 (slow to load)

    samples, of = _samples(footprints, label, step_m)
    # Near the origin, where doubles are dense: a diagram is sensitive to rounding.
    origin = np.floor(samples.min(axis=0))
    reach = np.vstack([samples, shapely.get_coordinates(shapely.envelope(ground))]) - origin
    lines = _label_borders(samples - origin, of, reach)
    regions = shapely.get_parts(shapely.polygonize(linework(lines)))
    _, nearest = cKDTree(samples - origin).query(
        shapely.get_coordinates(shapely.point_on_surface(regions))
    )
    if simplify_m > 0:
        regions = shapely.coverage_simplify(regions, simplify_m, simplify_boundary=False)
    moved: Geometries = shapely.transform(regions, lambda positions: positions + origin)
    return moved, of[nearest]


def _label_borders(samples: Floats, of: Positions, reach: Floats) -> Geometries:
    """Give the edges of the diagram between samples of two labels, and around them all."""
    from scipy.spatial import Voronoi  # noqa: PLC0415 (slow to load)

    low, high = reach.min(axis=0), reach.max(axis=0)
    radius_m = _FAR * max(float(np.hypot(*(high - low))), 1.0)
    angle = np.arange(_CORNERS) * 2 * np.pi / _CORNERS
    far = (low + high) / 2 + radius_m * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    diagram = Voronoi(np.vstack([samples, far]))
    of = np.append(of, np.full(_CORNERS, _NOBODY))
    one, other = diagram.ridge_points.T
    corners = np.asarray(diagram.ridge_vertices)
    parting = (of[one] != of[other]) & (corners >= 0).all(axis=1)
    edges: Geometries = shapely.linestrings(diagram.vertices[corners[parting]])
    return edges


def _samples(footprints: Geometries, label: Positions, step_m: float) -> tuple[Floats, Positions]:
    """Give positions along the walls and the label of each, no position twice."""
    inner = shapely.buffer(footprints, -_INSET_M, join_style="mitre")
    walls = shapely.segmentize(np.where(shapely.is_empty(inner), footprints, inner), step_m)
    positions, row = shapely.get_coordinates(walls, return_index=True)
    order = np.lexsort((label[row], positions[:, 1], positions[:, 0]))
    positions, of = positions[order], label[row][order]
    first = np.ones(len(positions), dtype=bool)
    first[1:] = (positions[1:] != positions[:-1]).any(axis=1)
    return positions[first], of[first]
