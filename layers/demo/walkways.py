"""The walking network: pavements around every lot, crossings, bridges, paths, steps, trails.

Everything is drawn as loose lines first and then noded, so that edges meet only at their ends.
Some yards stay behind walls: their paths hang together but lead nowhere else.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
import shapely.ops
from shapely import LineString, Point

from layers.demo.frames import Row
from layers.demo.ground import Lot
from layers.demo.town import Town

_PAVEMENT_M = 1.2
_CROSSING_REACH_M = 42.0
_LONGEST_EDGE_M = 120.0
_SNAP_M = 0.05
_WALLED_SHARE = 0.02
_PATH_USES = ("compound", "tower", "old", "hillside", "village", "park", "school")


@dataclass(frozen=True)
class Way:
    """A line on which one walks, before it is noded."""

    line: LineString
    walkway_class: str
    access: str = "public"
    level: int = 0


def walkway_rows(town: Town) -> list[Row]:
    """List the edges of the walking network."""
    ways = draw_ways(town)
    edges = _node([way.line for way in ways])
    tree = shapely.STRtree([way.line for way in ways])
    chance = town.chance("walkways")
    middles = shapely.line_interpolate_point(edges, 0.5, normalized=True)
    sources = tree.nearest(middles).tolist()
    rows = []
    for serial, line in enumerate(edges):
        way = ways[sources[serial]]
        slope = chance.normal(0, 9 if way.walkway_class == "steps" else 2)
        measured = chance.random() < 0.55
        rows.append(
            {
                "code": town.code("BX", serial + 1, 5),
                "class": way.walkway_class,
                "slope_percent": round(float(np.clip(slope, -30, 30)), 1) if measured else None,
                "access": way.access,
                "level": way.level,
                "width_m": _WIDTH_M[way.walkway_class],
                "geometry": line,
            }
        )
    return rows


def draw_ways(town: Town) -> list[Way]:
    """Draw all lines on which one walks, before they are noded."""
    chance = town.chance("walkways/walls")
    walled = {key for key in sorted(town.uses) if _may_be_walled(town, key)}
    walled = {key for key in sorted(walled) if chance.random() < _WALLED_SHARE / 0.4}
    ways: list[Way] = []
    rings: dict[str, LineString] = {}
    for key, lot in town.ground.lots.items():
        inner = lot.land.buffer(-_PAVEMENT_M)
        on_slope = lot.cell.strip in {"L4", "R4"} and town.uses[key].key == "wooded"
        if inner.geom_type != "Polygon" or inner.is_empty or on_slope:
            continue
        if lot.cell.rows == 1 and lot.cell.strip in {"L3", "R3"}:
            continue
        ring = LineString(inner.exterior.simplify(0.4).coords)
        ways += _paths(town, lot, walled)
        if key not in walled:
            rings[key] = ring
            ways.append(Way(ring, "footway" if lot.cell.strip[1] in "012" else "street"))
    ways += _crossings(town, rings)
    ways += _bridges(town, rings)
    return ways + _trails(town, rings)


def _may_be_walled(town: Town, key: str) -> bool:
    return town.uses[key].key in {"compound", "tower", "school"}


def _paths(town: Town, lot: Lot, walled: Iterable[str]) -> list[Way]:
    """Draw paths through a lot: between its rows of buildings, and one across them."""
    use = town.uses[lot.key].key
    if use not in _PATH_USES:
        return []
    cell, lattice = lot.cell, town.ground.lattice
    station, _ = cell.middle
    reach = lot.land.buffer(-_PAVEMENT_M)
    if lot.key in walled:
        reach = lot.land.buffer(-7.0)
    edges = lattice.locate(cell.strip, station, np.array([cell.low, cell.high]))
    depth_m = float(np.hypot(*(edges[1] - edges[0])))
    count = int(np.clip(depth_m / 34.0, 1, 4))
    stations = np.arange(cell.start - 20.0, cell.end + 21.0, 10.0)
    lines = [
        LineString(
            lattice.locate(cell.strip, stations, cell.low + k / count * (cell.high - cell.low))
        )
        for k in range(1, count)
    ] or [LineString(lattice.locate(cell.strip, stations, sum(cell.middle[1:])))]
    shares = np.linspace(cell.low, cell.high, 7)
    for part in (0.35, 0.68):
        across = cell.start + part * (cell.end - cell.start)
        lines.append(LineString(lattice.locate(cell.strip, across, shares)))
    clipped = [
        part
        for line in lines
        for part in shapely.get_parts(line.intersection(reach))
        if part.geom_type == "LineString" and part.length > 15.0
    ]
    clear = town.is_clear(clipped, 0.8).tolist()
    access = "private" if lot.key in walled else "public"
    kind = "steps" if lot.cell.strip in {"L3", "R3"} else "path"
    return [
        Way(line, kind, access) for line, is_clear in zip(clipped, clear, strict=True) if is_clear
    ]


def _crossings(town: Town, rings: dict[str, LineString]) -> list[Way]:
    """Join the pavements that meet at a junction, across each of its streets."""
    junctions: dict[tuple[float, float], set[str]] = defaultdict(set)
    for lot in town.ground.lots.values():
        if lot.key in rings:
            for corner in _corners(town, lot):
                junctions[corner].add(lot.key)
    keys = sorted(rings)
    tree = shapely.STRtree([rings[key] for key in keys])
    water = shapely.union_all([town.ground.river, town.ground.tributary])
    ways = []
    for place in sorted(junctions):
        point = Point(place)
        near = sorted(tree.query(point, predicate="dwithin", distance=_CROSSING_REACH_M).tolist())
        spots = [rings[keys[i]].interpolate(rings[keys[i]].project(point)) for i in near]
        order = sorted(range(len(spots)), key=lambda i: _angle(point, spots[i]))
        ring = [spots[i] for i in order]
        pairs = zip(ring, ring[1:] + ring[:1], strict=True) if len(ring) > 2 else [tuple(ring)]
        lines = [LineString(pair) for pair in pairs if len(pair) == 2]
        ways += [Way(line, "crossing") for line in lines if not line.intersects(water)]
    return ways


def _corners(town: Town, lot: Lot) -> list[tuple[float, float]]:
    cell, lattice = lot.cell, town.ground.lattice
    places = lattice.locate(
        cell.strip,
        np.array([cell.start, cell.start, cell.end, cell.end]),
        np.array([cell.low, cell.high, cell.low, cell.high]),
    )
    return [(float(x), float(y)) for x, y in places]


def _angle(centre: Point, spot: Point) -> float:
    return float(np.arctan2(spot.y - centre.y, spot.x - centre.x))


def _bridges(town: Town, rings: dict[str, LineString]) -> list[Way]:
    """Carry the pavements over the river and its tributary, where a bridge does."""
    ways = []
    for street in town.ground.streets:
        if street.is_bridge:
            beside = street.half_width_m - 1.5
            for side in (beside, -beside):
                line = street.line.offset_curve(side)
                ways += _landed(line, rings, ["L0", "R0", "L1", "R2"])
    tributary = town.ground.tributary
    for street in town.ground.streets:
        if street.street_class in {"main", "secondary"} and street.line.crosses(tributary):
            near = street.line.intersection(tributary.buffer(26.0))
            for part in shapely.get_parts(near):
                if part.geom_type == "LineString" and part.intersects(tributary):
                    ways += _landed(part, rings, ["L1", "L2", "L3"])
    return ways


def _landed(line: LineString, rings: dict[str, LineString], strips: Sequence[str]) -> list[Way]:
    """Join both ends of a bridge to the nearest pavements of these strips."""
    ways = [Way(line, "footway", level=1)]
    keys = [key for key in sorted(rings) if key[:2] in strips]
    lines = np.array([rings[key] for key in keys], dtype=object)
    for end in (Point(line.coords[0]), Point(line.coords[-1])):
        ring = lines[int(np.argmin(shapely.distance(lines, end)))]
        spot = ring.interpolate(ring.project(end))
        if spot.distance(end) > 0.1:
            ways.append(Way(LineString([end, spot]), "crossing"))
    return ways


def _trails(town: Town, rings: dict[str, LineString]) -> list[Way]:
    """Draw the trails up to the scenery; one of them was never joined to the town."""
    lattice = town.ground.lattice
    lines = np.array([rings[key] for key in sorted(rings)], dtype=object)
    ways = []
    for entry in town.plan.part("trail"):
        stations = np.linspace(entry["from"][0], entry["to"][0], 24)
        shares = np.linspace(entry["from"][1], entry["to"][1], 24)
        wind = 22.0 * np.sin(np.linspace(0.0, 9.0, 24)) * np.sin(np.linspace(0.0, np.pi, 24))
        trail = LineString(lattice.locate(entry["strip"], stations + wind, shares))
        ways.append(Way(trail, "path"))
        if entry["joined"]:
            start = Point(trail.coords[0])
            ring = lines[int(np.argmin(shapely.distance(lines, start)))]
            ways.append(Way(LineString([ring.interpolate(ring.project(start)), start]), "path"))
    return ways


def _node(lines: Sequence[LineString]) -> list[LineString]:
    """Cut lines where they meet, join what only passes through, and part what is too long."""
    # Ends that should lie on another line are drawn a little longer, or they would miss it.
    noded = shapely.union_all([_lengthen(line) for line in lines], grid_size=_SNAP_M)
    merged = shapely.get_parts(shapely.line_merge(noded))
    pieces = _without_stubs([line for line in merged.tolist() if line.length > 0])
    joined = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(pieces)))
    edges: list[LineString] = []
    for line in sorted(joined.tolist(), key=lambda item: item.coords[0] + item.coords[-1]):
        edges += _parted(line)
    return edges


def _lengthen(line: LineString, by_m: float = 0.4) -> LineString:
    coords = np.asarray(line.coords)
    if line.is_closed:
        return line
    first = coords[0] - coords[1]
    last = coords[-1] - coords[-2]
    coords = np.vstack(
        [
            coords[0] + first / np.hypot(*first) * by_m,
            coords,
            coords[-1] + last / np.hypot(*last) * by_m,
        ]
    )
    return LineString(coords)


def _without_stubs(lines: Sequence[LineString]) -> list[LineString]:
    """Drop the short loose ends that lengthening left behind."""
    degree = Counter(end for line in lines for end in (line.coords[0], line.coords[-1]))
    return [
        line
        for line in lines
        if line.length > 1.0 or min(degree[line.coords[0]], degree[line.coords[-1]]) > 1
    ]


def _parted(line: LineString) -> list[LineString]:
    count = int(np.ceil(line.length / _LONGEST_EDGE_M))
    if count <= 1:
        return [line]
    cuts = np.linspace(0.0, 1.0, count + 1)
    parts = [shapely.ops.substring(line, a, b, normalized=True) for a, b in pairwise(cuts)]
    return [shapely.set_precision(part, 0.01, mode="pointwise") for part in parts]


_WIDTH_M = {"footway": 2.5, "street": 3.5, "path": 1.8, "steps": 1.6, "crossing": 4.0}
