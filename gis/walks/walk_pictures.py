"""Pictures of how far one walks: for looking at, never for measuring.

A hull around what is reached promises more than is there; the streets that are reached, made wide
enough to be seen, do not. Who is covered is decided by `walking_distance`, not by these outlines.
"""

import numpy as np
import shapely
from geopandas import GeoDataFrame, GeoSeries
from numpy.typing import NDArray
from shapely.ops import substring

from gis.contracts import as_geometries, present, require_finite, require_radius, require_valid
from gis.crs import require_metres
from gis.walks.entering import Entries, entries_of
from gis.walks.network import WalkNetwork
from gis.walks.walking import MAX_SNAP_M, node_distances

__all__ = ["draw_reach"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Corners per quarter circle of what is drawn.
_CORNERS = 4


def draw_reach(
    targets: GeoSeries | GeoDataFrame,
    network: WalkNetwork,
    *,
    limit_m: float,
    width_m: float = 20.0,
    max_snap_m: float = MAX_SNAP_M,
) -> GeoDataFrame:
    """Draw the streets from which a target is within a walk, for a picture only.

    Parameters
    ----------
    targets
        As for `walking_distance`.
    network
        On which one walks.
    limit_m
        Longest walk, metres, with the leg at the target.
    width_m
        How far beside a street the picture reaches, metres.
    max_snap_m
        Longest straight leg between a target and the network, metres.

    Returns
    -------
    picture
        One row, none where nothing is reached: `limit_m`, `for_picture_only`, which is True, and
        the outline.

    Raises
    ------
    CrsMissingError, CrsNotMetricError, CrsMismatchError, GeometryNotFiniteError,
    GeometryInvalidError, RadiusError

    Examples
    --------
    >>> from shapely import LineString
    >>> street = GeoSeries([LineString([(0, 0), (500, 0)])], crs=32650)
    >>> gate = GeoSeries.from_xy([0], [0], crs=32650)
    >>> network = WalkNetwork.from_lines(street)
    >>> picture = draw_reach(gate, network, limit_m=300, width_m=10)
    >>> picture.total_bounds.round().tolist()
    [-10.0, -10.0, 310.0, 10.0]
    """
    targets = as_geometries("targets", targets)
    require_metres(targets=targets, network=GeoSeries(crs=network.crs))
    require_finite("targets", targets)
    require_valid("targets", targets)
    for argument, metres in (
        ("limit_m", limit_m),
        ("width_m", width_m),
        ("max_snap_m", max_snap_m),
    ):
        require_radius(argument, metres)
    shapes = np.asarray(targets.array, dtype=object)[present(targets)]
    entries = entries_of(shapes, network, max_snap_m)
    edge, begin, end = _reached(entries, network, limit_m)
    lines = np.asarray(network.to_frame().geometry.array, dtype=object)[edge]
    per_m = shapely.length(lines) / network.length_m[edge]
    parts = [substring(*part) for part in zip(lines, begin * per_m, end * per_m, strict=True)]
    outline = shapely.union_all(shapely.buffer(parts, width_m, quad_segs=_CORNERS))
    shown = [] if outline.is_empty else [outline]
    columns = {"limit_m": [limit_m] * len(shown), "for_picture_only": [True] * len(shown)}
    return GeoDataFrame(columns, geometry=shown, crs=network.crs)


def _reached(entries: Entries, network: WalkNetwork, limit_m: float) -> tuple[Ints, Floats, Floats]:
    """Give the stretches of edges within the limit: from either end, and around each entry."""
    distance, _ = node_distances(entries, network, limit_m)
    length_m = network.length_m
    left = np.clip(limit_m - distance[network.ends], 0.0, length_m[:, None])
    spare = limit_m - entries.stretch[:, 2]
    around = np.clip(entries.stretch[:, 0] - spare, 0.0, None)
    until = np.minimum(entries.stretch[:, 1] + spare, length_m[entries.edge])
    every = np.arange(len(length_m))
    edge = np.concatenate([every, every, entries.edge])
    begin = np.concatenate([np.zeros(len(every)), length_m - left[:, 1], around])
    end = np.concatenate([left[:, 0], length_m, until])
    some = (end > begin) & np.concatenate([np.ones(2 * len(every), dtype=bool), spare >= 0])
    return edge[some], begin[some], end[some]
