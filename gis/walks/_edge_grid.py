"""Edges sorted into the square cells of a grid, so that those near a position are found at once.

An edge stands in every cell that it touches. Cells are numbered row by row, and the edges of a
row's cells follow each other: what is near a position is a few runs of edges, one for each row.

Beside its edges a cell knows two things. The way to the nearest cell with an edge, its *witness*,
bounds the distance of everything in the cell from both sides before one edge is looked at. And it
knows the areas that hold its lower left *corner*: which areas hold a position follows from those
and from the edges between corner and position.
"""

import math
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gis._compiled import compiled, inner
from gis.nearness._pieces import Curves
from gis.walks._distance_transform import nearest_occupied

__all__ = ["PAD", "EdgeGrid", "build_grid", "crowding", "is_left"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Shorts = npt.NDArray[np.int16]
Edge = tuple[float, float, float, float]  # x0, y0, x1, y1, from west to east

# Cells for each edge, and the least number of cells.
_CELLS_PER_EDGE, _LEAST_CELLS = 0.5, 64.0
# Cells that an edge, or an area's box, may touch on the average.
_TOUCHED = 4.0
# Most columns or rows, which a short integer can count.
_MOST = 30000.0
# Shares of a coordinate's size below which a cell would be made of rounding errors.
_LEAST_SIZE = 1e-8
# The share of a cell by which an edge may miss a cell and still stand in it.
PAD = 1e-6


class EdgeGrid(NamedTuple):
    """The grid over `curves`: `columns` by `rows` cells of `size` metres from `x, y` on.

    Cell c holds the edges from `first[c]` on, those of one part together and parts ascending:
    `ends` has a row `x0, y0, x1, y1` for each, from west to east, `part` its part. `witness` has a
    row for each cell: how many columns and rows it is to the nearest cell with an edge. The areas
    that hold the corner of cell c are `holders` from `holders_first[c]` on, ascending.
    `is_area` is as in the curves, and empty where no part is an area.
    """

    x: float
    y: float
    size: float
    columns: int
    rows: int
    first: Ints
    ends: Floats
    part: Ints
    witness: Shorts
    holders_first: Ints
    holders: Ints
    is_area: npt.NDArray[np.bool_]


class _Plan(NamedTuple):
    """Where the cells of a grid are."""

    x: float
    y: float
    size: float
    columns: int
    rows: int


def build_grid(curves: Curves) -> EdgeGrid:
    """Sort the edges of at least one curve into a grid that is not much larger than they are."""
    (x_min, y_min, x_max, y_max), length, boxes = _extent(curves)
    count = max(1.0, float(len(curves.vertices)))
    width, height = x_max - x_min, y_max - y_min
    size = max(
        math.sqrt(width * height / max(count * _CELLS_PER_EDGE, _LEAST_CELLS)),
        max(width, height) / max(count * _CELLS_PER_EDGE, _LEAST_CELLS),
        max(width, height) / _MOST,
        length / (_TOUCHED * count),
        math.sqrt(boxes / (_TOUCHED * count)),
        _LEAST_SIZE * max(1.0, -x_min, -y_min, x_max, y_max),
    )
    # Not on round numbers, where vertices like to be, and with a margin.
    x, y = x_min - size * 0.3819660113, y_min - size * 0.3819660113
    plan = _Plan(x, y, size, int((x_max - x) / size) + 2, int((y_max - y) / size) + 2)
    first = np.zeros(plan.columns * plan.rows + 1, np.int64)
    home = np.full(len(curves.vertices), -1, np.int32)
    _count(curves, plan, first, home)
    with ThreadPoolExecutor(1) as beside:
        filling = beside.submit(_filled, curves, plan, first, home)
        witness = nearest_occupied(first, plan.columns, plan.rows)
        corners = _corner_holders(curves, plan, home)
        is_area = curves.is_area if curves.is_area.any() else curves.is_area[:0]
        return EdgeGrid(*plan, first, *filling.result(), witness, *corners, is_area)


def _filled(
    curves: Curves, plan: _Plan, first: Ints, home: npt.NDArray[np.int32]
) -> tuple[Floats, Ints]:
    """Give the edges and parts, cell by cell."""
    ends, part = np.empty((first[-1], 4)), np.empty(first[-1], np.int64)
    _fill(curves, plan, home, first[:-1].copy(), ends, part)
    return ends, part


def _corner_holders(
    curves: Curves, plan: _Plan, home: npt.NDArray[np.int32]
) -> tuple[Ints, Ints]:  # fmt: skip
    """List for each cell the areas that hold its lower left corner."""
    areas = _areas(curves)
    boxes = np.empty((len(areas), 4), np.int64)
    _place_boxes(curves, plan, areas, boxes)
    first = np.zeros(plan.columns * plan.rows + 1, np.int64)
    cells = boxes[:, 2] * boxes[:, 3]
    flips = np.zeros(cells.max(initial=0), np.bool_)
    held = np.empty((cells.sum(), 2), np.int64)
    held = held[: _find_held(curves, plan, home, areas, boxes, flips, held, first)]
    holders = np.empty(len(held), np.int64)
    _sort_held(held, first[:-1].copy(), holders)
    return first, holders


def _areas(curves: Curves) -> Ints:
    """Give the first curve of each area, and the one behind its last."""
    first = np.flatnonzero(np.diff(curves.part, prepend=-1))
    spans = np.column_stack([first, np.append(first[1:], len(curves.part))])
    return spans[curves.is_area[curves.part[first]]].astype(np.int64)


def crowding(first: Ints) -> float:
    """Say how many edges share a cell with an edge, on the average."""
    counts = np.diff(first)
    return float((counts.astype(np.float64) ** 2).sum() / max(1, counts.sum()))


@compiled
def _extent(curves: Curves) -> tuple[Edge, float, float]:
    """Give the box around all, the length of all edges, and the size of the areas' boxes."""
    west, south, east, north = math.inf, math.inf, -math.inf, -math.inf
    length, boxes = 0.0, 0.0
    for curve in range(len(curves.part)):
        x_min, y_min, x_max, y_max = math.inf, math.inf, -math.inf, -math.inf
        x0, y0 = math.nan, math.nan
        for vertex in range(curves.first[curve], curves.first[curve + 1]):
            x, y = curves.vertices[vertex, 0], curves.vertices[vertex, 1]
            x_min, y_min, x_max, y_max = min(x_min, x), min(y_min, y), max(x_max, x), max(y_max, y)
            if vertex > curves.first[curve]:
                length += math.sqrt((x - x0) ** 2 + (y - y0) ** 2)
            x0, y0 = x, y
        if curves.is_area[curves.part[curve]]:
            boxes += (x_max - x_min) * (y_max - y_min)
        west, south, east, north = (
            min(west, x_min), min(south, y_min), max(east, x_max), max(north, y_max),
        )  # fmt: skip
    return (west, south, east, north), length, boxes


@inner
def _edge(curves: Curves, curve: int, number: int) -> Edge:
    """Give an edge of a curve from west to east; a point is an edge without a length."""
    vertex = curves.first[curve] + number
    after = min(vertex + 1, curves.first[curve + 1] - 1)
    x0, y0 = curves.vertices[vertex, 0], curves.vertices[vertex, 1]
    x1, y1 = curves.vertices[after, 0], curves.vertices[after, 1]
    if x0 > x1 or (x0 == x1 and y0 > y1):
        return x1, y1, x0, y0
    return x0, y0, x1, y1


@inner
def _edges(curves: Curves, curve: int) -> int:
    return max(1, curves.first[curve + 1] - curves.first[curve] - 1)


@inner
def _rows_of(plan: _Plan, edge: Edge) -> tuple[int, int]:
    """Give the first and last row of cells that an edge touches."""
    low = (min(edge[1], edge[3]) - plan.y) / plan.size
    high = (max(edge[1], edge[3]) - plan.y) / plan.size
    return max(0, int(low - PAD)), min(plan.rows - 1, int(high + PAD))


@inner
def _columns_of(plan: _Plan, edge: Edge, row: int) -> tuple[int, int]:
    """Give the first and last cell of a row that an edge touches, the edge from west to east."""
    x0, y0, x1, y1 = edge
    west, east = x0, x1
    if y0 != y1:
        # Where the edge enters the row and where it leaves it, a hair outside.
        bottom = plan.y + (row - PAD) * plan.size
        top = plan.y + (row + 1 + PAD) * plan.size
        one = x0 + (x1 - x0) * ((bottom - y0) / (y1 - y0))
        other = x0 + (x1 - x0) * ((top - y0) / (y1 - y0))
        west, east = max(x0, min(one, other)), min(x1, max(one, other))
    low, high = (west - plan.x) / plan.size - PAD, (east - plan.x) / plan.size + PAD
    return max(0, int(low)), min(plan.columns - 1, int(high))


@compiled
def _count(curves: Curves, plan: _Plan, first: Ints, home: npt.NDArray[np.int32]) -> None:
    """Count the edges of each cell.

    Parameters
    ----------
    first
        Gets where the edges of each cell begin; 0 before.
    home
        Gets, by its first vertex, the cell of an edge that touches just one; -1 before.
    """
    for curve in range(len(curves.part)):
        before = _inner_cell(curves, plan, curves.first[curve])
        for number in range(_edges(curves, curve)):
            vertex = curves.first[curve] + number
            after = _inner_cell(curves, plan, min(vertex + 1, curves.first[curve + 1] - 1))
            if before == after and before >= 0:
                home[vertex] = before
                first[before + 1] += 1
            else:
                edge = _edge(curves, curve, number)
                low, high = _rows_of(plan, edge)
                for row in range(low, high + 1):
                    west, east = _columns_of(plan, edge, row)
                    for cell in range(row * plan.columns + west, row * plan.columns + east + 1):
                        first[cell + 1] += 1
            before = after
    for cell in range(len(first) - 1):
        first[cell + 1] += first[cell]


@inner
def _inner_cell(curves: Curves, plan: _Plan, vertex: int) -> int:
    """Give the cell that a vertex lies well inside of, -1 on a border."""
    column = (curves.vertices[vertex, 0] - plan.x) / plan.size
    row = (curves.vertices[vertex, 1] - plan.y) / plan.size
    aside, up = column - int(column), row - int(row)
    if min(aside, up) < PAD or max(aside, up) > 1 - PAD:
        return -1
    return int(row) * plan.columns + int(column)


@compiled
def _fill(
    curves: Curves,
    plan: _Plan,
    home: npt.NDArray[np.int32],
    free: Ints,
    ends: Floats,
    part: Ints,
) -> None:
    """Put the edges into their cells, in each from its first `free` row on."""
    for curve in range(len(curves.part)):
        for number in range(_edges(curves, curve)):
            edge = _edge(curves, curve, number)
            cell = int(np.int64(home[curves.first[curve] + number]))
            if cell >= 0:
                _put(ends, part, free, cell, edge, curves.part[curve])
                continue
            low, high = _rows_of(plan, edge)
            for row in range(low, high + 1):
                west, east = _columns_of(plan, edge, row)
                for cell in range(row * plan.columns + west, row * plan.columns + east + 1):
                    _put(ends, part, free, cell, edge, curves.part[curve])


@inner
def _put(
    ends: Floats,
    parts: Ints,
    free: Ints,
    cell: int,
    edge: Edge,
    part: int,
) -> None:
    place = free[cell]
    free[cell] += 1
    parts[place] = part
    ends[place, 0], ends[place, 1], ends[place, 2], ends[place, 3] = edge


@inner
def is_left(edge: Edge, x: float, y: float) -> bool:
    """Tell whether `x, y` is left of an edge that runs from west to east, or upward.

    A position on the line of the edge counts as if it were a hair higher, and a much finer hair
    further east: so that every position is on one side.
    """
    dx, dy = edge[2] - edge[0], edge[3] - edge[1]
    turn = dx * (y - edge[1]) - dy * (x - edge[0])
    return turn > 0.0 or (turn == 0.0 and dx > 0.0)


@compiled
def _place_boxes(curves: Curves, plan: _Plan, areas: Ints, boxes: Ints) -> None:
    """Write from which column and row on each area lies, and how many it has, and one more."""
    for area in range(len(areas)):
        west, south, east, north = _box(curves, plan, areas[area, 0], areas[area, 1])
        boxes[area, 0], boxes[area, 1] = west, south
        boxes[area, 2], boxes[area, 3] = east - west + 2, north - south + 1


@compiled
def _find_held(  # noqa: PLR0913, PLR0917 (a compiled loop takes arrays)
    curves: Curves,
    plan: _Plan,
    home: npt.NDArray[np.int32],
    areas: Ints,
    boxes: Ints,
    flips: npt.NDArray[np.bool_],
    held: Ints,
    first: Ints,
) -> int:
    """Write cells and the areas that hold their corners as rows of `held`; count them.

    From far in the west, a line is drawn to the east through the corners of each row; an area
    holds a corner when the line has crossed its rings an odd number of times on the way there.
    `first` gets where the areas of each cell begin; before, it is 0, and `flips` is as afterwards.
    """
    found = 0
    for area in range(len(areas)):
        column, row, width = boxes[area, 0], boxes[area, 1], boxes[area, 2]
        for curve in range(areas[area, 0], areas[area, 1]):
            _flip(curves, plan, home, curve, (column, row, width), flips)
        for up in range(boxes[area, 3]):
            inside = False
            for aside in range(width):
                inside ^= flips[up * width + aside]
                flips[up * width + aside] = False
                if inside:
                    cell = (row + up) * plan.columns + column + aside
                    held[found, 0], held[found, 1] = cell, curves.part[areas[area, 0]]
                    first[cell + 1] += 1
                    found += 1
    for cell in range(len(first) - 1):
        first[cell + 1] += first[cell]
    return found


@compiled
def _sort_held(held: Ints, free: Ints, holders: Ints) -> None:
    """Put the areas of each cell together, from the first `free` row of each on."""
    for row in range(len(held)):
        cell = held[row, 0]
        holders[free[cell]] = held[row, 1]
        free[cell] += 1


@inner
def _flip(
    curves: Curves,
    plan: _Plan,
    home: npt.NDArray[np.int32],
    ring: int,
    box: tuple[int, int, int],
    flips: npt.NDArray[np.bool_],
) -> None:
    """Mark before which corners the line through them crosses a ring.

    `box` says from which column and row on, and how many columns, `flips` counts them.
    """
    column, row, width = box
    for number in range(_edges(curves, ring)):
        if home[curves.first[ring] + number] >= 0:
            continue  # within one cell, and crosses no line
        edge = _edge(curves, ring, number)
        low, high = _rows_of(plan, edge)
        for crossed in range(low, high + 1):
            y = plan.y + crossed * plan.size
            if (edge[1] > y) == (edge[3] > y):
                continue
            at = edge[0] + (edge[2] - edge[0]) * ((y - edge[1]) / (edge[3] - edge[1]))
            flipped = _first_beyond(edge, plan, int((at - plan.x) / plan.size), y) - column
            flips[(crossed - row) * width + min(max(flipped, 0), width - 1)] ^= True


@inner
def _box(curves: Curves, plan: _Plan, begin: int, end: int) -> tuple[int, int, int, int]:
    """Give the first and last column and row of the curves from `begin` to before `end`."""
    x_min, y_min, x_max, y_max = math.inf, math.inf, -math.inf, -math.inf
    for vertex in range(curves.first[begin], curves.first[end]):
        x, y = curves.vertices[vertex, 0], curves.vertices[vertex, 1]
        x_min, y_min, x_max, y_max = min(x_min, x), min(y_min, y), max(x_max, x), max(y_max, y)
    column, row = int((x_min - plan.x) / plan.size), int((y_min - plan.y) / plan.size)
    return column, row, int((x_max - plan.x) / plan.size), int((y_max - plan.y) / plan.size)


@inner
def _first_beyond(edge: Edge, plan: _Plan, column: int, y: float) -> int:
    """Find the first corner at height `y` that is east of an edge, at about a column."""
    west = edge[3] > edge[1]  # the west of an edge that rises is left of it
    for candidate in range(column - 1, column + 3):
        if is_left(edge, plan.x + candidate * plan.size, y) != west:
            return candidate
    return column + 3
