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

from gis._compiled import compiled
from gis.nearness._pieces import Curves

__all__ = ["PAD", "EdgeGrid", "build_grid", "crowding", "is_left"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Shorts = npt.NDArray[np.int16]

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


def build_grid(curves: Curves) -> EdgeGrid:
    """Sort the edges of at least one curve into a grid that is not much larger than they are."""
    low, high, length, boxes = _extent(curves)
    count = max(1.0, float(len(curves.vertices)))
    width, height = high[0] - low[0], high[1] - low[1]
    size = max(
        math.sqrt(width * height / max(count * _CELLS_PER_EDGE, _LEAST_CELLS)),
        max(width, height) / max(count * _CELLS_PER_EDGE, _LEAST_CELLS),
        max(width, height) / _MOST,
        length / (_TOUCHED * count),
        math.sqrt(boxes / (_TOUCHED * count)),
        _LEAST_SIZE * float(np.abs(np.concatenate([low, high, [1.0]])).max()),
    )
    # Not on round numbers, where vertices like to be, and with a margin.
    x, y = float(low[0]) - size * 0.3819660113, float(low[1]) - size * 0.3819660113
    plan = _Plan(x, y, size, int((high[0] - x) / size) + 2, int((high[1] - y) / size) + 2)
    first, home = _counted(curves, plan)
    with ThreadPoolExecutor(1) as beside:
        filling = beside.submit(_filled, curves, plan, first, home)
        witness = _witnesses(first, plan)
        corners = _corner_holders(curves, plan, home)
        is_area = curves.is_area if curves.is_area.any() else curves.is_area[:0]
        return EdgeGrid(*plan, first, *filling.result(), witness, *corners, is_area)


def crowding(first: Ints) -> float:
    """Say how many edges share a cell with an edge, on the average."""
    counts = np.diff(first)
    return float((counts.astype(np.float64) ** 2).sum() / max(1, counts.sum()))


class _Plan(NamedTuple):
    """Where the cells of a grid are."""

    x: float
    y: float
    size: float
    columns: int
    rows: int


@compiled
def _extent(curves: Curves) -> tuple[Floats, Floats, float, float]:
    """Give the corners of the box around all, the length of all edges, and the areas' boxes."""
    low, high = np.full(2, math.inf), np.full(2, -math.inf)
    length, boxes = 0.0, 0.0
    for curve in range(len(curves.part)):
        x_min, y_min, x_max, y_max = math.inf, math.inf, -math.inf, -math.inf
        for vertex in range(curves.first[curve], curves.first[curve + 1]):
            x, y = curves.vertices[vertex]
            x_min, y_min, x_max, y_max = min(x_min, x), min(y_min, y), max(x_max, x), max(y_max, y)
            if vertex > curves.first[curve]:
                x0, y0 = curves.vertices[vertex - 1]
                length += math.sqrt((x - x0) ** 2 + (y - y0) ** 2)
        if curves.is_area[curves.part[curve]]:
            boxes += (x_max - x_min) * (y_max - y_min)
        low[0], low[1] = min(low[0], x_min), min(low[1], y_min)
        high[0], high[1] = max(high[0], x_max), max(high[1], y_max)
    return low, high, length, boxes


@compiled
def _edge(curves: Curves, curve: int, number: int) -> tuple[float, float, float, float]:
    """Give an edge of a curve from west to east; a point is an edge without a length."""
    vertex = curves.first[curve] + number
    after = min(vertex + 1, curves.first[curve + 1] - 1)
    x0, y0 = curves.vertices[vertex]
    x1, y1 = curves.vertices[after]
    if x0 > x1 or (x0 == x1 and y0 > y1):
        return x1, y1, x0, y0
    return x0, y0, x1, y1


@compiled
def _edges(curves: Curves, curve: int) -> int:
    return max(1, curves.first[curve + 1] - curves.first[curve] - 1)


@compiled
def _rows_of(plan: _Plan, edge: tuple[float, float, float, float]) -> tuple[int, int]:
    """Give the first and last row of cells that an edge touches."""
    low = (min(edge[1], edge[3]) - plan.y) / plan.size
    high = (max(edge[1], edge[3]) - plan.y) / plan.size
    return max(0, int(low - PAD)), min(plan.rows - 1, int(high + PAD))


@compiled
def _columns_of(plan: _Plan, edge: tuple[float, float, float, float], row: int) -> tuple[int, int]:
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
def _counted(curves: Curves, plan: _Plan) -> tuple[Ints, npt.NDArray[np.int32]]:
    """Count the edges of each cell.

    Returns
    -------
    first
        Where the edges of each cell begin.
    home
        By its first vertex, the cell of an edge that touches just one, else -1.
    """
    first = np.zeros(plan.columns * plan.rows + 1, np.int64)
    home = np.full(len(curves.vertices), -1, np.int32)
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
    return first, home


@compiled
def _inner_cell(curves: Curves, plan: _Plan, vertex: int) -> int:
    """Give the cell that a vertex lies well inside of, -1 on a border."""
    column = (curves.vertices[vertex, 0] - plan.x) / plan.size
    row = (curves.vertices[vertex, 1] - plan.y) / plan.size
    aside, up = column - int(column), row - int(row)
    if min(aside, up) < PAD or max(aside, up) > 1 - PAD:
        return -1
    return int(row) * plan.columns + int(column)


@compiled
def _filled(
    curves: Curves, plan: _Plan, first: Ints, home: npt.NDArray[np.int32]
) -> tuple[Floats, Ints]:
    """Put the edges into their cells."""
    ends, part = np.empty((first[-1], 4)), np.empty(first[-1], np.int64)
    free = first[:-1].copy()
    for curve in range(len(curves.part)):
        for number in range(_edges(curves, curve)):
            edge = _edge(curves, curve, number)
            cell = home[curves.first[curve] + number]
            if cell >= 0:
                _put(ends, part, free, cell, edge, curves.part[curve])
                continue
            low, high = _rows_of(plan, edge)
            for row in range(low, high + 1):
                west, east = _columns_of(plan, edge, row)
                for cell in range(row * plan.columns + west, row * plan.columns + east + 1):
                    _put(ends, part, free, cell, edge, curves.part[curve])
    return ends, part


@compiled
def _put(
    ends: Floats,
    parts: Ints,
    free: Ints,
    cell: int,
    edge: tuple[float, float, float, float],
    part: int,
) -> None:
    place = free[cell]
    free[cell] += 1
    parts[place] = part
    ends[place, 0], ends[place, 1], ends[place, 2], ends[place, 3] = edge


@compiled
def _witnesses(first: Ints, plan: _Plan) -> Shorts:
    """Find the nearest cell that has an edge from each cell: a *distance transform*.

    Up and down every column first; then along each row, where the squared distances are the lower
    envelope of parabolas, one over each cell (Felzenszwalb and Huttenlocher 2012).
    """
    columns, rows = plan.columns, plan.rows
    far = columns + rows
    upright = np.empty((rows, columns), np.int32)
    for row in range(rows):
        for column in range(columns):
            below = upright[row - 1, column] - 1 if row else -far
            cell = row * columns + column
            upright[row, column] = 0 if first[cell + 1] > first[cell] else max(below, -far)
    for row in range(rows - 2, -1, -1):
        for column in range(columns):
            above = upright[row + 1, column] + 1
            if 0 <= above < -upright[row, column]:
                upright[row, column] = above
    witness = np.empty((columns * rows, 2), np.int16)
    peaks, until = np.empty(columns, np.int64), np.empty(columns + 1)
    for row in range(rows):
        _envelope(upright[row], peaks, until)
        peak = 0
        for column in range(columns):
            while until[peak] < column:
                peak += 1
            cell = row * columns + column
            witness[cell, 0] = peaks[peak] - column
            witness[cell, 1] = upright[row, peaks[peak]]
    return witness


@compiled
def _envelope(upright: npt.NDArray[np.int32], peaks: Ints, until: Floats) -> None:
    """Find the parabolas that are lowest somewhere, and until which column each is."""
    kept = 0
    peaks[0] = 0
    for column in range(1, len(upright)):
        height = float(upright[column]) ** 2 + float(column) ** 2
        while True:
            before = peaks[kept]
            lower = float(upright[before]) ** 2 + float(before) ** 2
            meeting = (height - lower) / (2.0 * (column - before))
            if kept == 0 or meeting > until[kept - 1]:
                break
            kept -= 1
        until[kept] = meeting
        kept += 1
        peaks[kept] = column
    until[kept] = math.inf


@compiled
def is_left(ends: Floats, edge: int, x: float, y: float) -> bool:
    """Tell whether `x, y` is left of an edge that runs from west to east, or upward.

    A position on the line of the edge counts as if it were a hair higher, and a much finer hair
    further east: so that every position is on one side.
    """
    dx, dy = ends[edge, 2] - ends[edge, 0], ends[edge, 3] - ends[edge, 1]
    turn = dx * (y - ends[edge, 1]) - dy * (x - ends[edge, 0])
    return turn > 0.0 or (turn == 0.0 and dx > 0.0)


@compiled
def _corner_holders(curves: Curves, plan: _Plan, home: npt.NDArray[np.int32]) -> tuple[Ints, Ints]:
    """List for each cell the areas that hold its lower left corner.

    From far in the west, a line is drawn to the east through the corners of each row; an area
    holds a corner when the line has crossed its rings an odd number of times on the way there.
    """
    count = np.zeros(plan.columns * plan.rows + 1, np.int64)
    found_cell, found_part, found = np.empty(64, np.int64), np.empty(64, np.int64), 0
    curve = 0
    while curve < len(curves.part):
        part, last = curves.part[curve], curve
        while last < len(curves.part) and curves.part[last] == part:
            last += 1
        if curves.is_area[part]:
            low, flips = _flips(curves, plan, home, (curve, last))
            for row in range(flips.shape[0]):
                inside = False
                for column in range(flips.shape[1]):
                    inside ^= flips[row, column]
                    if not inside:
                        continue
                    if found == len(found_cell):
                        found_cell = np.concatenate((found_cell, np.empty_like(found_cell)))
                        found_part = np.concatenate((found_part, np.empty_like(found_part)))
                    cell = (low[1] + row) * plan.columns + low[0] + column
                    found_cell[found], found_part[found] = cell, part
                    count[cell + 1] += 1
                    found += 1
        curve = last
    for cell in range(len(count) - 1):
        count[cell + 1] += count[cell]
    holders, free = np.empty(found, np.int64), count.copy()
    for number in range(found):
        holders[free[found_cell[number]]] = found_part[number]
        free[found_cell[number]] += 1
    return count, holders


@compiled
def _flips(
    curves: Curves, plan: _Plan, home: npt.NDArray[np.int32], span: tuple[int, int]
) -> tuple[tuple[int, int], npt.NDArray[np.bool_]]:
    """Mark before which corners in the box of an area the line through them crosses a ring."""
    column, row, end_column, end_row = _box(curves, plan, span)
    flips = np.zeros((end_row - row + 1, end_column - column + 2), np.bool_)
    ends = np.empty((1, 4))
    for ring in range(span[0], span[1]):
        for number in range(_edges(curves, ring)):
            if home[curves.first[ring] + number] >= 0:
                continue  # within one cell, and crosses no line
            edge = _edge(curves, ring, number)
            ends[0, 0], ends[0, 1], ends[0, 2], ends[0, 3] = edge
            low, high = _rows_of(plan, edge)
            for crossed in range(low, high + 1):
                y = plan.y + crossed * plan.size
                if (edge[1] > y) == (edge[3] > y):
                    continue
                at = edge[0] + (edge[2] - edge[0]) * ((y - edge[1]) / (edge[3] - edge[1]))
                flipped = _first_beyond(ends, plan, int((at - plan.x) / plan.size), y)
                flips[crossed - row, min(max(flipped - column, 0), flips.shape[1] - 1)] ^= True
    return (column, row), flips


@compiled
def _box(curves: Curves, plan: _Plan, span: tuple[int, int]) -> tuple[int, int, int, int]:
    """Give the first and last column and row of the curves in `span`."""
    x_min, y_min, x_max, y_max = math.inf, math.inf, -math.inf, -math.inf
    for vertex in range(curves.first[span[0]], curves.first[span[1]]):
        x, y = curves.vertices[vertex, 0], curves.vertices[vertex, 1]
        x_min, y_min, x_max, y_max = min(x_min, x), min(y_min, y), max(x_max, x), max(y_max, y)
    column, row = int((x_min - plan.x) / plan.size), int((y_min - plan.y) / plan.size)
    return column, row, int((x_max - plan.x) / plan.size), int((y_max - plan.y) / plan.size)


@compiled
def _first_beyond(ends: Floats, plan: _Plan, column: int, y: float) -> int:
    """Find the first corner at height `y` that is east of an edge, at about a column."""
    west = ends[0, 3] > ends[0, 1]  # the west of an edge that rises is left of it
    for candidate in range(column - 1, column + 3):
        if is_left(ends, 0, plan.x + candidate * plan.size, y) != west:
            return candidate
    return column + 3
