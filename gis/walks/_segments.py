"""The straight pieces of a network's edges, and what finds the nearest of them."""

from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.contracts import Geometries
from gis.nearness._pieces import Curves, curve_position
from gis.walks._noding import Polylines

__all__ = ["Segments"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Segments:
    """The straight pieces of all edges, in an order in which neighbours follow each other.

    `ends` has a row `x0, y0, x1, y1` for each of n pieces, in the direction of its edge. Piece i
    is of `edge[i]`, begins `from_m[i]` along it, and each of its metres counts `per_m[i]`.
    """

    def __init__(self, edges: Polylines, length_m: Floats) -> None:
        """Sort the pieces; `length_m` is what each edge counts."""
        line = edges.line
        start = np.flatnonzero(line[1:] == line[:-1])
        ends = np.hstack([edges.vertices[start], edges.vertices[start + 1]])
        drawn_m = np.hypot(*(ends[:, 2:] - ends[:, :2]).T)
        edge = line[start]
        before = np.cumsum(drawn_m) - drawn_m
        before -= before[np.searchsorted(edge, np.arange(len(edges.level)))][edge]
        of_edge = np.bincount(edge, drawn_m, len(edges.level))
        per_m = np.divide(length_m, of_edge, out=np.ones_like(length_m), where=of_edge > 0)
        order = np.argsort(curve_position(ends[:, :2] + ends[:, 2:]), kind="stable")
        self.ends: Floats = ends[order]
        self.edge: Ints = edge[order].astype(np.int64)
        self.per_m: Floats = per_m[edge][order]
        self.from_m: Floats = before[order] * self.per_m

    @cached_property
    def grid(self) -> Any:
        """The pieces in the cells of a grid, for positions."""
        from gis.walks._edge_grid import build_grid  # noqa: PLC0415 (loads the compiler)

        count = len(self.ends)
        first = np.arange(0, 2 * count + 1, 2)
        no_area = np.zeros(count, dtype=bool)
        return build_grid(Curves(self.ends.reshape(-1, 2), first, np.arange(count), no_area))

    @cached_property
    def lines(self) -> Geometries:
        """The pieces as lines."""
        drawn: Geometries = shapely.linestrings(self.ends.reshape(-1, 2, 2))
        return drawn

    @cached_property
    def strtree(self) -> shapely.STRtree:
        """An index of `lines`, for areas and lines."""
        return shapely.STRtree(self.lines)

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what is made on demand."""
        made = {"grid", "lines", "strtree"}
        return {name: value for name, value in vars(self).items() if name not in made}
