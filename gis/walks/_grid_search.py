"""Searches in a grid of edges from many positions at once, compiled.

Only rows and cells that a circle about the position touches are looked at, and the circle shrinks
with what is found. What can be said of a whole cell is said without looking at an edge.
"""

import math

import numpy as np
import numpy.typing as npt

from gis._compiled import compiled, inner
from gis.walks._edge_grid import PAD, EdgeGrid, is_left

__all__ = ["from_edge2", "nearest_parts", "parts_within", "sorted_by_block"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

# Cells along the side of a block.
_BLOCK = 8
_DIAGONAL = math.sqrt(2.0) * (1 + 4 * PAD)


@compiled
def parts_within(
    grid: EdgeGrid, positions: Floats, radius: float, span: tuple[int, int], within: Mask
) -> None:
    """Tell of each position in `span` whether a part is not farther away than `radius`."""
    # Squared ways to a witness, in cells, from which on a cell is reached or missed as a whole.
    cells = radius / grid.size
    reached2 = max(0.0, cells - _DIAGONAL) ** 2 if cells >= _DIAGONAL else -1.0
    missed2 = (cells + _DIAGONAL) ** 2
    for place in range(span[0], span[1]):
        x, y = positions[place, 0], positions[place, 1]
        within[place] = False
        cell = _cell_of(grid, x, y)
        if cell >= 0:
            aside, up = float(grid.witness[cell, 0]), float(grid.witness[cell, 1])
            way2 = aside * aside + up * up
            if way2 <= reached2:
                within[place] = True
                continue
            if way2 > 0.0 and grid.holders_first[cell + 1] > grid.holders_first[cell]:
                within[place] = True
                continue
            if way2 > missed2:
                continue
        elif not (math.isfinite(x) and math.isfinite(y)):
            continue
        within[place] = _is_within(grid, x, y, cell, radius)


@inner
def _is_within(grid: EdgeGrid, x: float, y: float, cell: int, radius: float) -> bool:
    """Tell whether a part is not farther away than `radius`: by its witness, else by all edges."""
    limit2 = radius * radius * (1 + 1e-12)
    if cell >= 0:
        low, high = _nearest_possible(grid, x, y, cell)
        if high <= radius:
            return True
        if low > radius:
            return False
        other = cell + grid.witness[cell, 1] * grid.columns + grid.witness[cell, 0]
        for edge in range(grid.first[other], grid.first[other + 1]):
            gap2 = from_edge2(grid.ends, edge, x, y)
            if gap2 <= limit2 and math.sqrt(gap2) <= radius:
                return True
        if _holder(grid, cell, x, y) >= 0:
            return True
    return _is_edge_within(grid, x, y, radius, limit2)


@inner
def _nearest_possible(grid: EdgeGrid, x: float, y: float, cell: int) -> tuple[float, float]:
    """Bound the distance of the nearest edge from a position that lies in a cell."""
    row = cell // grid.columns
    size = grid.size
    east = x - grid.x - (cell - row * grid.columns + 0.5) * size
    north = y - grid.y - (row + 0.5) * size
    aside, up = float(grid.witness[cell, 0]), float(grid.witness[cell, 1])
    # No occupied cell has its middle nearer to that of this one than the witness has.
    low = size * (math.hypot(aside, up) - _DIAGONAL / 2) - math.hypot(east, north)
    reach = size * (0.5 + 2 * PAD)
    high = math.hypot(abs(aside * size - east) + reach, abs(up * size - north) + reach)
    return low, high


def sorted_by_block(grid: EdgeGrid, positions: Floats) -> tuple[Ints, Floats]:
    """Sort positions by blocks of cells: what is near on the ground is then near in memory.

    Returns
    -------
    order, sorted
        Which position comes at each turn; the positions in that order.
    """
    blocks = (grid.columns // _BLOCK + 1) * (grid.rows // _BLOCK + 1)
    block, first = np.empty(len(positions), np.int32), np.zeros(blocks + 2, np.int64)
    order, there = np.empty(len(positions), np.int64), np.empty((len(positions), 2))
    _sort_by_block(grid, positions, block, first, order, there)
    return order, there


@compiled
def _sort_by_block(
    grid: EdgeGrid,
    positions: Floats,
    block: npt.NDArray[np.int32],
    first: Ints,
    order: Ints,
    there: Floats,
) -> None:
    """Write order and sorted positions; what is beside the grid has block 0."""
    across = grid.columns // _BLOCK + 1
    for place in range(len(positions)):
        column = (positions[place, 0] - grid.x) / grid.size
        row = (positions[place, 1] - grid.y) / grid.size
        block[place] = 0
        if 0.0 <= column < grid.columns and 0.0 <= row < grid.rows:
            block[place] = int(row) // _BLOCK * across + int(column) // _BLOCK + 1
        first[block[place] + 1] += 1
    for number in range(len(first) - 1):
        first[number + 1] += first[number]
    for place in range(len(positions)):
        turn = first[block[place]]
        first[block[place]] += 1
        order[turn] = place
        there[turn, 0], there[turn, 1] = positions[place, 0], positions[place, 1]


@compiled
def nearest_parts(
    grid: EdgeGrid,
    positions: Floats,
    limit: float,
    span: tuple[int, int],
    distance: Floats,
    part: Ints,
) -> None:
    """Find the nearest part of each position in `span`; of several, the lowest number.

    Writes 0 where a part holds the position, and infinite and -1 where none is within `limit` or
    the position is none.
    """
    for place in range(span[0], span[1]):
        x, y = positions[place, 0], positions[place, 1]
        distance[place], part[place] = math.inf, -1
        if not (math.isfinite(x) and math.isfinite(y)):
            continue
        cell = _cell_of(grid, x, y)
        holder = _holder(grid, cell, x, y)
        bound2 = min(limit * limit, _farthest2(grid, x, y, cell)) if holder < 0 else 0.0
        best2, found = _nearest_edge(grid, x, y, bound2)
        if holder >= 0:
            found = holder if found < 0 else min(found, holder)
        if found >= 0:
            distance[place], part[place] = math.sqrt(best2), found


@inner
def _cell_of(grid: EdgeGrid, x: float, y: float) -> int:
    """Give the cell in which a position lies, -1 beside the grid and for NaN."""
    column, row = (x - grid.x) / grid.size, (y - grid.y) / grid.size
    if 0.0 <= column < grid.columns and 0.0 <= row < grid.rows:
        return int(row) * grid.columns + int(column)
    return -1


@inner
def _farthest2(grid: EdgeGrid, x: float, y: float, cell: int) -> float:
    """Bound the squared distance of the nearest edge from above: by the edges of the witness."""
    if cell < 0:
        # Of the nearest cell, which is a little further.
        column = min(max((x - grid.x) / grid.size, 0.0), grid.columns - 1.0)
        row = min(max((y - grid.y) / grid.size, 0.0), grid.rows - 1.0)
        cell = int(row) * grid.columns + int(column)
    other = cell + grid.witness[cell, 1] * grid.columns + grid.witness[cell, 0]
    best2 = math.inf
    for edge in range(grid.first[other], grid.first[other + 1]):
        best2 = min(best2, from_edge2(grid.ends, edge, x, y))
    return best2


@inner
def _run(grid: EdgeGrid, row: int, x: float, half: float) -> tuple[int, int]:
    """Give the run of edges of a row whose cells are not farther than `half` from x."""
    low = (x - half - grid.x) / grid.size - PAD
    high = (x + half - grid.x) / grid.size + PAD
    if high < 0.0 or low >= grid.columns:
        return 0, 0
    west, east = max(0, int(low)), int(min(high, grid.columns - 1.0))
    return grid.first[row * grid.columns + west], grid.first[row * grid.columns + east + 1]


@inner
def _to_row(grid: EdgeGrid, row: int, y: float) -> float:
    """Give the distance of height y from a row, a hair less."""
    low = grid.y + (row - 2 * PAD) * grid.size
    return max(0.0, low - y, y - low - grid.size * (1 + 4 * PAD))


@inner
def _middle_row(grid: EdgeGrid, y: float) -> int:
    return int(min(max((y - grid.y) / grid.size, 0.0), grid.rows - 1.0))


@inner
def _nearest_edge(grid: EdgeGrid, x: float, y: float, best2: float) -> tuple[float, int]:
    """Find the nearest edge that is not farther than the root of `best2`, and its part."""
    found, middle = -1, _middle_row(grid, y)
    for step in range(2 * grid.rows):
        # The middle row, the one above it, the one below, the second above it, ...
        row = middle + (step + 1) // 2 if step % 2 else middle - step // 2
        if row < 0 or row >= grid.rows:
            if step > 2 * max(middle, grid.rows - 1 - middle):
                break
            continue
        up = _to_row(grid, row, y)
        if up * up > best2:
            if _is_beyond(grid, middle, step, y, best2):
                break
            continue
        first, last = _run(grid, row, x, math.sqrt(best2 - up * up))
        for edge in range(first, last):
            gap2 = from_edge2(grid.ends, edge, x, y)
            if gap2 < best2 or (gap2 == best2 and found < 0):
                best2, found = gap2, grid.part[edge]
            elif gap2 == best2:
                found = min(found, grid.part[edge])
    return best2, found


@inner
def _is_beyond(grid: EdgeGrid, middle: int, step: int, y: float, best2: float) -> bool:
    """Tell whether neither the rows above nor those below can be near enough any more."""
    above = _to_row(grid, middle + (step + 2) // 2, y)
    below = _to_row(grid, middle - (step + 1) // 2, y)
    return above * above > best2 and below * below > best2


@inner
def _is_edge_within(grid: EdgeGrid, x: float, y: float, radius: float, limit2: float) -> bool:
    """Tell whether an edge is not farther than `radius`."""
    middle = _middle_row(grid, y)
    for step in range(2 * grid.rows):
        row = middle + (step + 1) // 2 if step % 2 else middle - step // 2
        if row < 0 or row >= grid.rows:
            if step > 2 * max(middle, grid.rows - 1 - middle):
                break
            continue
        up = _to_row(grid, row, y)
        if up * up > limit2:
            if _is_beyond(grid, middle, step, y, limit2):
                break
            continue
        first, last = _run(grid, row, x, math.sqrt(limit2 - up * up))
        for edge in range(first, last):
            gap2 = from_edge2(grid.ends, edge, x, y)
            if gap2 <= limit2 and math.sqrt(gap2) <= radius:
                return True
    return False


@inner
def _holder(grid: EdgeGrid, cell: int, x: float, y: float) -> int:
    """Give the first area that holds a position, -1 for none.

    From the corner of the position's cell one goes up its left side and then straight to the
    position; whoever holds the corner holds the position, unless the way crosses its rings an
    odd number of times.
    """
    if cell < 0 or not len(grid.is_area):
        return -1
    row = cell // grid.columns
    west, south = grid.x + (cell - row * grid.columns) * grid.size, grid.y + row * grid.size
    holder, last_holder = grid.holders_first[cell], grid.holders_first[cell + 1]
    at, last = grid.first[cell], grid.first[cell + 1]
    while at < last:
        part, crossed = grid.part[at], False
        while at < last and grid.part[at] == part:
            ends = (grid.ends[at, 0], grid.ends[at, 1], grid.ends[at, 2], grid.ends[at, 3])
            at_turn = is_left(ends, west, y)
            if (ends[0] > west) != (ends[2] > west):
                crossed ^= at_turn != is_left(ends, west, south)
            if (ends[1] > y) != (ends[3] > y):
                crossed ^= at_turn != is_left(ends, x, y)
            at += 1
        if not grid.is_area[part]:
            continue
        if holder < last_holder and grid.holders[holder] < part:
            return grid.holders[holder]
        held = holder < last_holder and grid.holders[holder] == part
        if held != crossed:
            return part
        holder += held
    return grid.holders[holder] if holder < last_holder else -1


@inner
def from_edge2(ends: Floats, edge: int, x: float, y: float) -> float:
    """Give the squared distance of the position `x, y` from an edge."""
    x0, y0, x1, y1 = ends[edge, 0] - x, ends[edge, 1] - y, ends[edge, 2] - x, ends[edge, 3] - y
    dx, dy = x1 - x0, y1 - y0
    length2 = dx * dx + dy * dy
    along = -(x0 * dx + y0 * dy)
    if along <= 0.0:
        return x0 * x0 + y0 * y0
    if along >= length2:
        return x1 * x1 + y1 * y1
    across = x0 * dy - y0 * dx
    return across * across / length2
