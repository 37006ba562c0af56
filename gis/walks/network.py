"""The network on which one walks: nodes, edges, and what was done to get them.

An *edge* is a line between two *nodes*; lines join in nodes only. Two nodes are in one *component*
when a way leads from one to the other. Walking has no one-way streets.

A network is built once and asked often: it keeps an index of its edges, and can be pickled.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, Self, get_args

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame, GeoSeries
from pyproj import CRS

from gis.columns import numbers
from gis.contracts import (
    Geometries,
    as_geometries,
    present,
    require_family,
    require_finite,
    require_number,
    require_unique_index,
)
from gis.crs import require_metres
from gis.errors import ArgumentTypeError, ColumnMissingError, IndexMismatchError
from gis.walks._arcs import Arcs, arcs_of
from gis.walks._edges import EdgeTable, edge_lengths, tidy
from gis.walks._noding import Polylines, cut_at_nodes, nodes_of, polylines, with_crossings
from gis.walks._segments import Segments
from gis.walks.network_report import NetworkReport, component_table, components_of

__all__ = ["MAX_VERTICES", "TOLERANCE_M", "Noding", "WalkNetwork"]

Floats = np.typing.NDArray[np.float64]
Ints = np.typing.NDArray[np.int64]
Noding = Literal["vertices", "crossings"]

TOLERANCE_M = 0.01
"""Metres within which vertices are one: what reprojecting may make of a common vertex."""

MAX_VERTICES = 20_000_000
"""Largest number of vertices, which keeps the memory of a network below about 4 GB."""


@dataclass(frozen=True, eq=False)
class WalkNetwork:
    """Nodes and edges in metres, in an order that depends on them alone.

    Parameters
    ----------
    crs
        Metric system of the coordinates.
    nodes
        (n, 2) positions, along a space-filling curve.
    ends
        (m, 2) nodes between which each edge runs, the lower number first.
    length_m
        (m,) what walking the edge counts, metres.
    edges
        The course of each edge.
    component
        (n,) component of each node; 0 is the one with most nodes.
    report
        What was read, and what was done to it.
    """

    crs: CRS
    nodes: Floats
    ends: Ints
    length_m: Floats
    edges: Polylines
    component: Ints
    report: NetworkReport

    def __repr__(self) -> str:
        """Say how large the network is."""
        return (
            f"WalkNetwork({len(self.nodes)} nodes, {len(self.ends)} edges,"
            f" {self.length_m.sum() / 1000:.1f} km, {self.report.components} components)"
        )

    @classmethod
    def from_lines(
        cls,
        *layers: GeoSeries | GeoDataFrame,
        noding: Noding = "vertices",
        level: str | None = None,
        tolerance_m: float = TOLERANCE_M,
    ) -> Self:
        """Join lines to a network.

        Parameters
        ----------
        layers
            Lines, one part or several, in one metric CRS: walkways, roads.
        noding
            `vertices` joins lines where they share a vertex, as in data that were cut at their
            junctions; `crossings` joins them also where they cross, touch, or end upon each other.
        level
            Column with the level of a line (a bridge 1, a tunnel -1, missing 0). Lines of
            different levels join only where all lines of one of the levels end.
        tolerance_m
            Vertices within this distance are one; from 0 to 10.

        Raises
        ------
        ArgumentTypeError, ColumnMissingError, NumberError, CrsMissingError, CrsNotMetricError,
        CrsMismatchError, GeometryFamilyError, GeometryNotFiniteError

        Examples
        --------
        >>> from shapely import LineString
        >>> cross = GeoSeries(
        ...     [LineString([(0, 5), (9, 5)]), LineString([(5, 0), (5, 9)])], crs=32650
        ... )
        >>> WalkNetwork.from_lines(cross)
        WalkNetwork(4 nodes, 2 edges, 0.0 km, 2 components)
        >>> WalkNetwork.from_lines(cross, noding="crossings")
        WalkNetwork(5 nodes, 4 edges, 0.0 km, 1 components)
        """
        if noding not in get_args(Noding):
            raise ArgumentTypeError(argument="noding", found=noding, allowed=get_args(Noding))
        require_number("tolerance_m", tolerance_m, least=0.0, most=10.0)
        crs, drawn, levels = _accepted(layers, level)
        there = ~(shapely.is_missing(drawn) | shapely.is_empty(drawn))
        lines = polylines(drawn[there], levels[there])
        _require_bounded(len(lines.vertices))
        report = NetworkReport(lines=len(drawn), no_geometry=int((~there).sum()))
        report = replace(report, parts=len(lines.level), vertices=len(lines.vertices))
        lines = _without_repeats(lines, nodes_of(lines, 0.0))
        if noding == "crossings":
            lines, added = with_crossings(lines, tolerance_m)
            report = replace(report, crossings=added)
            _require_bounded(len(lines.vertices))
        node = nodes_of(lines, tolerance_m)
        moved = _merged(lines.vertices, node)
        lines, node = _once(lines, node)
        report = replace(report, merged_vertices=moved, zero_length=report.parts - len(lines.level))
        edges, start, end = cut_at_nodes(lines, node)
        return cls._of(crs, EdgeTable(edges, start, end, lengths=None), node, lines, report)

    @classmethod
    def from_edges(
        cls,
        nodes: GeoDataFrame,
        edges: GeoDataFrame,
        *,
        key: str,
        start: str = "u",
        end: str = "v",
        length: str | None = None,
    ) -> Self:
        """Take a network whose edges name their nodes.

        Parameters
        ----------
        nodes
            Points with a column `key`.
        edges
            Lines in the same metric CRS with the keys of their nodes in `start` and `end`; one
            without geometry runs straight.
        length
            Column with what each edge counts, metres, at least 0; None takes the drawn length.

        Raises
        ------
        ArgumentTypeError, ColumnMissingError, DuplicateIndexError, IndexMismatchError,
        NumberError, CrsMissingError, CrsNotMetricError, CrsMismatchError, GeometryFamilyError,
        GeometryNotFiniteError
        """
        crs = require_metres(nodes=nodes, edges=edges)
        points, courses = as_geometries("nodes", nodes), as_geometries("edges", edges)
        require_family("nodes", points, ["point"])
        require_family("edges", courses, ["line"])
        for argument, layer in (("nodes", points), ("edges", courses)):
            require_finite(argument, layer)
        ends = _named_ends(nodes, edges, key, (start, end))
        counts = None if length is None else _lengths(edges, length)
        positions = shapely.get_coordinates(shapely.get_geometry(_points_of(points), 0))
        lines = _courses(courses, positions, ends)
        report = NetworkReport(
            lines=len(edges),
            no_geometry=int((~present(courses)).sum()),
            parts=len(edges),
            vertices=len(lines.vertices),
        )
        _require_bounded(len(lines.vertices))
        table = EdgeTable(lines, ends[:, 0], ends[:, 1], lengths=counts)
        return cls._tidied(crs, table, positions, report)

    @cached_property
    def segments(self) -> Segments:
        """The index of the edges."""
        return Segments(self.edges, self.length_m)

    @cached_property
    def arcs(self) -> Arcs:
        """The edges from each node, in both directions."""
        return arcs_of(self.ends, self.length_m, len(self.nodes))

    @property
    def components(self) -> pd.DataFrame:
        """One row per component, most nodes first: nodes, edges, length_m, x, y of its middle."""
        return component_table(self.nodes, self.ends, self.length_m, self.component)

    def to_frame(self) -> GeoDataFrame:
        """Give the edges as lines with length_m and component."""
        lines = shapely.linestrings(self.edges.vertices, indices=self.edges.line)
        columns = {"length_m": self.length_m, "component": self.component[self.ends[:, 0]]}
        return GeoDataFrame(columns, geometry=np.atleast_1d(lines), crs=self.crs)

    def __getstate__(self) -> dict[str, Any]:
        """Leave out the arcs, which are made in no time."""
        return {name: value for name, value in vars(self).items() if name != "arcs"}

    @classmethod
    def _of(
        cls, crs: CRS, table: EdgeTable, node: Ints, lines: Polylines, report: NetworkReport
    ) -> Self:
        """Place each node at the first of its vertices, from west to east."""
        order = np.lexsort((lines.vertices[:, 1], lines.vertices[:, 0], node))
        _, first = np.unique(node[order], return_index=True)
        return cls._tidied(crs, table, lines.vertices[order][first], report)

    @classmethod
    def _tidied(cls, crs: CRS, table: EdgeTable, positions: Floats, report: NetworkReport) -> Self:
        table, positions, done = tidy(table, positions)
        ends = np.stack([table.start, table.end], axis=1)
        component = components_of(len(positions), ends)
        length_m = edge_lengths(table)
        report = replace(
            report,
            **{name: getattr(report, name) + count for name, count in done.items()},
            nodes=len(positions),
            edges=len(ends),
            length_m=float(length_m.sum()),
            components=int(component.max(initial=-1)) + 1,
            largest=int((component == 0).sum()),
        )
        return cls(crs, positions, ends, length_m, table.edges, component, report)


def _accepted(
    layers: Sequence[GeoSeries | GeoDataFrame], level: str | None
) -> tuple[CRS, Geometries, Ints]:
    """Check the layers and put them one after the other, with the level of each line."""
    named = {f"layers[{number}]": layer for number, layer in enumerate(layers, 1)}
    if not named:
        raise ArgumentTypeError(
            argument="layers", found="()", allowed=("GeoSeries", "GeoDataFrame")
        )
    shapes = {name: as_geometries(name, layer) for name, layer in named.items()}
    crs = require_metres(**shapes)
    for name, layer in shapes.items():
        require_family(name, layer, ["line"])
        require_finite(name, layer)
    levels = [_levels(name, layer, level) for name, layer in named.items()]
    drawn = [np.asarray(layer.array, dtype=object) for layer in shapes.values()]
    return crs, np.concatenate(drawn), np.concatenate(levels)


def _levels(name: str, layer: GeoSeries | GeoDataFrame, level: str | None) -> Ints:
    if level is None or isinstance(layer, GeoSeries):
        return np.zeros(len(layer), dtype=np.int64)
    if level not in layer:
        columns = tuple(map(str, layer.columns))
        raise ColumnMissingError(argument=name, column=level, columns=columns)
    return np.nan_to_num(numbers(layer, level, name)).astype(np.int64)


def _require_bounded(vertices: int) -> None:
    require_number("vertices", vertices, least=0, most=MAX_VERTICES)


def _without_repeats(lines: Polylines, node: Ints) -> Polylines:
    """Leave out vertices that are where the one before them is."""
    line = lines.line
    repeats = np.zeros(len(line), dtype=bool)
    repeats[1:] = (line[1:] == line[:-1]) & (node[1:] == node[:-1])
    return lines.keep(~repeats)


def _once(lines: Polylines, node: Ints) -> tuple[Polylines, Ints]:
    """Do the same, and keep the nodes beside."""
    line = lines.line
    kept = np.ones(len(line), dtype=bool)
    kept[1:] = (line[1:] != line[:-1]) | (node[1:] != node[:-1])
    whole = np.bincount(line[kept], minlength=len(lines.level)) >= 2
    return lines.keep(kept), node[kept & whole[line]]


def _merged(vertices: Floats, node: Ints) -> int:
    """Count the positions that were drawn together with another one."""
    packed = np.ascontiguousarray(vertices).view(np.complex128).ravel()
    _, position = np.unique(packed, return_inverse=True)
    places = np.unique(position * (int(node.max(initial=0)) + 1) + node)
    return len(places) - len(np.unique(node))


def _named_ends(
    nodes: GeoDataFrame, edges: GeoDataFrame, key: str, columns: tuple[str, str]
) -> Ints:
    """Find the nodes that the edges name."""
    for argument, frame, column in (
        ("nodes", nodes, key), ("edges", edges, columns[0]), ("edges", edges, columns[1]),
    ):  # fmt: skip
        if column not in frame:
            found = tuple(map(str, frame.columns))
            raise ColumnMissingError(argument=argument, column=column, columns=found)
    keyed = nodes.set_index(key)
    require_unique_index(nodes=keyed)
    ends = np.stack([keyed.index.get_indexer(edges[column]) for column in columns], axis=1)
    if (ends < 0).any():
        wrong = columns[int((ends < 0).any(axis=0).argmax())]
        raise IndexMismatchError(argument=f"edges.{wrong}", other="nodes")
    return ends.astype(np.int64)


def _lengths(edges: GeoDataFrame, column: str) -> Floats:
    if column not in edges:
        found = tuple(map(str, edges.columns))
        raise ColumnMissingError(argument="edges", column=column, columns=found)
    lengths = numbers(edges, column, "edges")
    wrong = ~(np.isfinite(lengths) & (lengths >= 0))
    if wrong.any():
        require_number(f"edges.{column}", float(lengths[wrong.argmax()]), least=0.0)
    return lengths


def _points_of(points: GeoSeries) -> Geometries:
    there = present(points)
    if not there.all():
        label = points.index[int(np.argmin(there))]
        raise ArgumentTypeError(argument=f"nodes[{label}]", found="None", allowed="Point")
    return np.asarray(points.array, dtype=object)


def _courses(courses: GeoSeries, positions: Floats, ends: Ints) -> Polylines:
    """Draw each edge from its first node to its second, straight where nothing is drawn."""
    drawn = np.asarray(courses.array, dtype=object).copy()
    missing = ~present(courses)
    drawn[missing] = shapely.linestrings(positions[ends[missing]]) if missing.any() else None
    lines = polylines(shapely.line_merge(drawn), np.zeros(len(drawn), dtype=np.int64))
    if len(lines.level) > len(drawn):
        row = int(lines.row[np.argmax(np.diff(lines.row) == 0)])
        label = courses.index[row]
        raise ArgumentTypeError(argument=f"edges[{label}]", found="parts", allowed="LineString")
    backward = _is_backward(lines, positions, ends)
    flipped = shapely.reverse(shapely.line_merge(drawn[backward]))
    drawn[backward] = flipped
    return polylines(shapely.line_merge(drawn), np.zeros(len(drawn), dtype=np.int64))


def _is_backward(lines: Polylines, positions: Floats, ends: Ints) -> np.typing.NDArray[np.bool_]:
    """Tell which courses begin nearer to the second node than to the first."""
    begin = lines.vertices[lines.first[:-1]]
    one, other = (np.hypot(*(begin - positions[ends[:, side]]).T) for side in (0, 1))
    backward: np.typing.NDArray[np.bool_] = other < one
    return backward
