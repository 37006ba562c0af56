"""The ground of the town: streets, water, and the lots that lie between them."""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import shapely
from shapely import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from layers.demo.lattice import STEP_M, Cell, Lattice
from layers.demo.plan import Plan

HALF_WIDTH_M = {"main": 13.0, "secondary": 7.5, "branch": 4.5, "lane": 2.6, "bridge": 7.0}
_TRIBUTARY_STATION = 4640.0
_TRIBUTARY_HALF_M = 8.0
_SMALLEST_LOT_M2 = 250.0


@dataclass(frozen=True)
class Street:
    """A piece of street between two wide crossings."""

    line: LineString
    street_class: str
    name: str
    group: str
    is_bridge: bool = False

    @property
    def half_width_m(self) -> float:
        """Tell half the width of the carriageway with its kerbs."""
        return HALF_WIDTH_M[self.street_class]


@dataclass(frozen=True)
class Lot:
    """A cell with the land of it that no street or water takes."""

    cell: Cell
    outline: Polygon
    land: Polygon

    @property
    def key(self) -> str:
        """Name the lot by its cell."""
        return self.cell.key


@dataclass(frozen=True)
class Ground:
    """Streets, water and lots."""

    lattice: Lattice
    streets: tuple[Street, ...]
    river: Polygon
    tributary: Polygon
    lots: dict[str, Lot] = field(default_factory=dict)
    bare_cells: dict[str, Polygon] = field(default_factory=dict)

    @property
    def outlines(self) -> dict[str, Polygon]:
        """List the outline of every cell, with or without a lot in it."""
        return {**{key: lot.outline for key, lot in self.lots.items()}, **self.bare_cells}


def lay_ground(plan: Plan, lattice: Lattice) -> Ground:
    """Lay streets and water, and find the lots between them."""
    streets = (*_long_streets(plan, lattice), *_rows(lattice), *_crossings(plan, lattice))
    river = _river(lattice)
    tributary = _tributary(lattice)
    taken = [street.line.buffer(street.half_width_m, cap_style="square") for street in streets]
    taken += [river.buffer(4.0), tributary.buffer(3.0)]
    tree = shapely.STRtree(taken)
    lots: dict[str, Lot] = {}
    without: dict[str, Polygon] = {}
    for cell in lattice.cells:
        outline = lattice.outline(cell)
        near = shapely.union_all([taken[i] for i in sorted(tree.query(outline))])
        land = _largest(outline.difference(near).buffer(-3.0).buffer(3.0, quad_segs=2))
        if land.area >= _SMALLEST_LOT_M2:
            lots[cell.key] = Lot(cell, outline, shapely.set_precision(land.simplify(0.15), 0.01))
        else:
            without[cell.key] = outline
    return Ground(lattice, streets, river, tributary, lots, without)


def _largest(shape: BaseGeometry) -> Polygon:
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return max(parts, key=lambda part: part.area, default=Polygon())


def _long_streets(plan: Plan, lattice: Lattice) -> list[Street]:
    streets = []
    for entry in plan.part("street"):
        cuts = sorted({entry["start"], entry["end"], *lattice.strips[entry["strip"]].cuts})
        stations = [float(c) for c in cuts if entry["start"] <= c <= entry["end"]]
        for start, end in pairwise(stations):
            line = lattice.row_line(entry["strip"], float(entry["share"]), start, end)
            streets.append(Street(line, entry["class"], entry["name"], entry["name"]))
    return streets


def _rows(lattice: Lattice) -> list[Street]:
    """Lay the streets that part the rows of a strip."""
    pieces: dict[tuple[str, float, float, float], None] = {}
    for cell in lattice.cells:
        if cell.row == 0:
            continue
        cuts = lattice.strips[cell.strip].cuts
        start = max(cut for cut in cuts if cut <= cell.start)
        end = min(cut for cut in cuts if cut >= cell.end)
        if cell.strip != "L4" or cell.row <= 9:
            pieces[cell.strip, cell.low, start, end] = None
    return [
        Street(
            lattice.row_line(strip, share, start, end),
            "lane" if strip in {"L3", "L4", "R3"} else "branch",
            "",
            f"{strip}/{share:.3f}/{start:.0f}",
        )
        for strip, share, start, end in pieces
    ]


def _crossings(plan: Plan, lattice: Lattice) -> list[Street]:
    """Lay the streets across the valley, its bridges, and the lanes up the slopes."""
    named = {(e["strip"], float(e["station"])): e["name"] for e in plan.part("cross_street")}
    sides: dict[tuple[str, float], list[tuple[float, float]]] = {}
    for cell in lattice.cells:
        if cell.strip not in {"L0", "R0"}:
            for station in (cell.start, cell.end):
                sides.setdefault((cell.strip, station), []).append((cell.low, cell.high))
    streets = []
    for (strip, station), spans in sides.items():
        kept = [span for span in spans if _cross_class(plan, lattice, strip, station, span[1])]
        for low, high in _joined(kept):
            chosen = _cross_class(plan, lattice, strip, station, high)
            line = LineString(lattice.across(strip, station, low, high))
            group = f"{strip[0]}{station:.0f}"
            streets.append(Street(line, chosen, named.get((strip, station), ""), group))
    for entry in plan.part("bridge"):
        curves = [lattice.valley.offset(c, entry["station"]) for c in entry["curves"]]
        line = LineString(
            lattice.valley.locate(np.full(len(curves), float(entry["station"])), np.array(curves))
        )
        streets.append(Street(line, entry["class"], entry["name"], entry["name"], is_bridge=True))
    return streets


def _joined(spans: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Join spans that touch or overlap."""
    joined: list[tuple[float, float]] = []
    for low, high in sorted(spans):
        if joined and low <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    return joined


def _cross_class(plan: Plan, lattice: Lattice, strip: str, station: float, high: float) -> str:
    for entry in plan.part("cross_street"):
        if entry["strip"] == strip and entry["station"] == station:
            return str(entry["class"]) if high <= entry["to_share"] + 1e-9 else ""
    if station in {0.0, lattice.valley.length_m} or station == _TRIBUTARY_STATION:
        return ""
    if strip in {"L4", "R4"}:
        return ""
    if strip in {"L3", "R3"}:
        rows = max(
            c.rows for c in lattice.cells if c.strip == strip and station in {c.start, c.end}
        )
        return "lane" if rows > 1 else ""
    return "secondary" if station in lattice.strips[strip].cuts else "branch"


def _river(lattice: Lattice) -> Polygon:
    valley = lattice.valley
    stations = np.arange(0.0, valley.length_m + STEP_M / 2, STEP_M)
    middle = valley.offset("river", stations)
    half = 21.0 + 5.0 * np.sin(stations / 260.0) + 3.0 * np.sin(stations / 97.0)
    left = valley.locate(stations, middle + half)
    right = valley.locate(stations, middle - half)
    return Polygon(np.concatenate([left, right[::-1]]))


def _tributary(lattice: Lattice) -> Polygon:
    valley = lattice.valley
    low = float(valley.offset("river", _TRIBUTARY_STATION))
    high = float(valley.offset("ridge_left", _TRIBUTARY_STATION)) * 0.96
    offsets = np.arange(low, high, 15.0)
    reach = (offsets - low) / (high - low)
    half = _TRIBUTARY_HALF_M * (1.0 - 0.75 * reach)
    middle = _TRIBUTARY_STATION + (4.0 + 9.0 * reach) * np.sin(offsets / 75.0)
    left = valley.locate(middle - half, offsets)
    right = valley.locate(middle + half, offsets)
    return Polygon(np.concatenate([left, right[::-1]]))
