"""Edges put in order: one direction each, none twice, none of no length, numbered by position."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gis.nearness._pieces import curve_position
from gis.walks._noding import Polylines, ragged

__all__ = ["EdgeTable", "edge_lengths", "tidy"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


class EdgeTable(NamedTuple):
    """Edges with their nodes; `lengths` is what they count where that is not what is drawn."""

    edges: Polylines
    start: Ints
    end: Ints
    lengths: Floats | None


def edge_lengths(table: EdgeTable) -> Floats:
    """Give what walking each edge counts, metres."""
    return _drawn_lengths(table.edges) if table.lengths is None else table.lengths


def tidy(table: EdgeTable, positions: Floats) -> tuple[EdgeTable, Floats, dict[str, int]]:
    """Order nodes and edges by where they are, so that the order of rows is irrelevant.

    Returns
    -------
    table, positions
        Edges that run from the lower node to the higher, each once; nodes that have an edge.
    done
        How many edges were left out as `zero_length` or `duplicates`, and how many of the rest
        are `self_loops` (from a node to itself) or `parallel` (between nodes that others join).
    """
    table, positions = _numbered(table, positions)
    lengths = edge_lengths(table)
    there = (lengths > 0) & (_drawn_lengths(table.edges) > 0)
    zero_length = int((~there).sum())
    table = _in_order(_forward(_taken(table, np.flatnonzero(there))))
    once = ~_repeats(table)
    table = _taken(table, np.flatnonzero(once))
    table, positions = _numbered(table, positions)
    pairs = np.stack([table.start, table.end], axis=1)
    distinct = len(np.unique(pairs, axis=0)) if len(pairs) else 0
    done = {
        "zero_length": zero_length,
        "duplicates": int((~once).sum()),
        "self_loops": int((table.start == table.end).sum()),
        "parallel": len(pairs) - distinct,
    }
    return table, positions, done


def _drawn_lengths(edges: Polylines) -> Floats:
    steps = np.hypot(*np.diff(edges.vertices, axis=0).T) if len(edges.vertices) else np.empty(0)
    line = edges.line
    inside = line[1:] == line[:-1]
    return np.bincount(line[1:][inside], steps[inside], len(edges.level)).astype(np.float64)


def _numbered(table: EdgeTable, positions: Floats) -> tuple[EdgeTable, Floats]:
    """Keep the nodes that have an edge, number them along a curve, and end edges in them.

    What is near on the ground is then near in memory, which is most of the speed of a search.
    """
    used = np.unique(np.concatenate([table.start, table.end]))
    x, y = positions[used].T
    order = used[np.lexsort((used, y, x, curve_position(positions[used])))]
    number = np.empty(len(positions), dtype=np.int64)
    number[order] = np.arange(len(order))
    start, end, places = number[table.start], number[table.end], positions[order]
    vertices = table.edges.vertices.copy()
    vertices[table.edges.first[:-1]] = places[start]
    vertices[table.edges.first[1:] - 1] = places[end]
    return table._replace(
        edges=table.edges._replace(vertices=vertices), start=start, end=end
    ), places


def _taken(table: EdgeTable, which: Ints) -> EdgeTable:
    edges = table.edges
    counts = np.diff(edges.first)[which]
    first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    vertices = edges.vertices[ragged(edges.first[which], counts)]
    taken = Polylines(vertices, first, edges.level[which], edges.row[which])
    lengths = None if table.lengths is None else table.lengths[which]
    return EdgeTable(taken, table.start[which], table.end[which], lengths)


def _forward(table: EdgeTable) -> EdgeTable:
    """Turn edges around that run from a higher node to a lower; loops by their second vertex."""
    edges = table.edges
    second, before_last = edges.vertices[edges.first[:-1] + 1], edges.vertices[edges.first[1:] - 2]
    later = (second[:, 0] > before_last[:, 0]) | (
        (second[:, 0] == before_last[:, 0]) & (second[:, 1] > before_last[:, 1])
    )
    turned = (table.start > table.end) | ((table.start == table.end) & later)
    counts = np.diff(edges.first)
    along = ragged(np.zeros(len(counts), dtype=np.int64), counts)
    line = edges.line
    vertex = np.where(turned[line], edges.first[line + 1] - 1 - along, edges.first[line] + along)
    return table._replace(
        edges=edges._replace(vertices=edges.vertices[vertex]),
        start=np.minimum(table.start, table.end),
        end=np.maximum(table.start, table.end),
    )


def _in_order(table: EdgeTable) -> EdgeTable:
    second = table.edges.vertices[table.edges.first[:-1] + 1]
    keys = (second[:, 1], second[:, 0], edge_lengths(table), table.end, table.start)
    return _taken(table, np.lexsort(keys))


def _repeats(table: EdgeTable) -> Mask:
    """Tell which edges are what the one before them is."""
    edges, counts = table.edges, np.diff(table.edges.first)
    lengths = edge_lengths(table)
    same = np.zeros(len(counts), dtype=bool)
    same[1:] = (
        (table.start[1:] == table.start[:-1])
        & (table.end[1:] == table.end[:-1])
        & (lengths[1:] == lengths[:-1])
        & (counts[1:] == counts[:-1])
    )
    for edge in np.flatnonzero(same).tolist():
        begin, middle, stop = edges.first[edge - 1 : edge + 2]
        same[edge] = np.array_equal(edges.vertices[begin:middle], edges.vertices[middle:stop])
    return same
