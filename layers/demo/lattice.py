"""How the valley is cut: strips along it, cells between streets, all sharing their vertices.

Cells are described by stations and shares of their strip, and every boundary is sampled at the
same places from both of its sides: neighbours therefore share identical vertices, and the cells
tile the district without gaps or overlaps whatever the valley's shape.
"""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.random import Generator
from shapely import LineString, Polygon
from shapely.geometry.polygon import orient

from layers.demo.plan import Plan, Strip
from layers.demo.streams import stream
from layers.demo.valley import Numbers, Valley

STEP_M = 20.0
_KEPT_LANE_SHARE = 0.84
# Borders that climb a slope get nodes of their own, so that they bend with the ground.
_SLOPE_NODES = tuple(k / 12 for k in range(13))
_SLOPES = ("L4", "R4")


@dataclass(frozen=True)
class Cell:
    """A piece of ground between two stations and two shares of a strip."""

    strip: str
    row: int
    rows: int
    start: float
    end: float

    @property
    def key(self) -> str:
        """Name the cell within the town; sorting by it follows the valley."""
        return f"{self.strip}-{self.start:04.0f}-{self.row:02d}"

    @property
    def low(self) -> float:
        """Tell at which share of the strip the cell begins."""
        return self.row / self.rows

    @property
    def high(self) -> float:
        """Tell at which share of the strip the cell ends."""
        return (self.row + 1) / self.rows

    @property
    def middle(self) -> tuple[float, float]:
        """Tell the station and share of the cell's middle."""
        return (self.start + self.end) / 2, (self.low + self.high) / 2


@dataclass(frozen=True)
class Lattice:
    """The cells of the town and how to draw what lies between them."""

    valley: Valley
    strips: dict[str, Strip]
    cells: tuple[Cell, ...]

    @cached_property
    def nodes(self) -> dict[tuple[str, float], list[float]]:
        """List the shares at which a cross border has a vertex, by strip and station."""
        found: dict[tuple[str, float], set[float]] = defaultdict(set)
        for cell in self.cells:
            for station in (cell.start, cell.end):
                found[cell.strip, station].update((cell.low, cell.high))
                if cell.strip in _SLOPES:
                    found[cell.strip, station].update(_SLOPE_NODES)
        return {place: sorted(shares) for place, shares in found.items()}

    def offset(self, strip: str, station: Numbers | float, share: Numbers | float) -> Numbers:
        """Tell the offset of a share of a strip."""
        low = self.valley.offset(self.strips[strip].low, station)
        high = self.valley.offset(self.strips[strip].high, station)
        return low * (1.0 - np.asarray(share)) + high * np.asarray(share)

    def locate(self, strip: str, station: Numbers | float, share: Numbers | float) -> Numbers:
        """Find the coordinates of places in a strip."""
        return self.valley.locate(station, self.offset(strip, station, share))

    def along(self, strip: str, share: float, start: float, end: float) -> Numbers:
        """Draw a line along the valley, with a vertex at every step."""
        stations = np.arange(start, end + STEP_M / 2, STEP_M)
        return self.locate(strip, stations, share)

    def across(self, strip: str, station: float, low: float, high: float) -> Numbers:
        """Draw a line across the valley, with a vertex at every node of that station."""
        known = self.nodes.get((strip, station), [])
        shares = [low, *(share for share in known if low < share < high), high]
        return self.locate(strip, station, np.array(shares))

    def outline(self, cell: Cell) -> Polygon:
        """Draw a cell."""
        bottom = self.along(cell.strip, cell.low, cell.start, cell.end)
        right = self.across(cell.strip, cell.end, cell.low, cell.high)
        top = self.along(cell.strip, cell.high, cell.start, cell.end)
        left = self.across(cell.strip, cell.start, cell.low, cell.high)
        ring = np.concatenate([bottom[:-1], right[:-1], top[:0:-1], left[:0:-1]])
        return orient(Polygon(ring))

    def row_line(self, strip: str, share: float, start: float, end: float) -> LineString:
        """Draw a street along the valley."""
        return LineString(self.along(strip, share, start, end))


def cut_lattice(plan: Plan, valley: Valley, seed: int) -> Lattice:
    """Cut the valley into cells."""
    cells: list[Cell] = []
    for strip in plan.strips:
        chance = stream(seed, f"lattice/{strip.key}")
        for start, end in zip(strip.cuts[:-1], strip.cuts[1:], strict=True):
            cells += _cut_segment(strip, start, end, chance)
    return Lattice(valley, {strip.key: strip for strip in plan.strips}, tuple(cells))


def _cut_segment(strip: Strip, start: float, end: float, chance: Generator) -> list[Cell]:
    middle = (start + end) / 2
    rows = next(count for a, b, count in strip.rows if a <= middle < b)
    spacing_m = next((d for a, b, d in strip.lanes if a <= middle < b), 0.0)
    lanes = _lanes(start, end, spacing_m, chance)
    cells = []
    for row in range(rows):
        kept = [lane for lane in lanes if chance.random() < _KEPT_LANE_SHARE]
        stations = [start, *kept, end]
        cells += [Cell(strip.key, row, rows, a, b) for a, b in pairwise(stations)]
    return cells


def _lanes(start: float, end: float, spacing_m: float, chance: Generator) -> list[float]:
    if spacing_m == 0:
        return []
    count = max(1, round((end - start) / spacing_m))
    even = start + (end - start) * np.arange(1, count) / count
    moved = even + chance.uniform(-0.17, 0.17, len(even)) * spacing_m
    return [float(s) for s in np.unique(np.round(moved / STEP_M) * STEP_M)]
