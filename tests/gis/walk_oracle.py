"""Walks reckoned the slow and obvious way.

Every place and target is put into the graph as a node of its own, the edge it is on cut there;
then Dijkstra's algorithm runs from each place over a dictionary. Nothing here uses the code under
test, an index, or a search from several sources.
"""

import heapq
import itertools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from shapely import LineString, Point
from shapely.geometry.base import BaseGeometry

Node = tuple[float, float] | tuple[str, int]


@dataclass
class Streets:
    """Lines that join where they share an end, position by position."""

    lines: Sequence[LineString]
    cuts: dict[int, list[tuple[float, Node]]] = field(default_factory=lambda: defaultdict(list))

    def nearest(self, shape: BaseGeometry) -> tuple[float, list[int]]:
        metres = np.array([line.distance(shape) for line in self.lines])
        return float(metres.min()), np.flatnonzero(metres == metres.min()).tolist()

    def is_ambiguous(self, point: Point) -> bool:
        """Tell whether rounding decides which line is nearest, at two different positions."""
        metres = np.array([line.distance(point) for line in self.lines])
        near = np.flatnonzero(metres <= metres.min() + 1e-6).tolist()
        feet = [self.lines[line].interpolate(self.lines[line].project(point)) for line in near]
        return any(foot.distance(feet[0]) > 1e-6 for foot in feet)

    def put(self, name: Node, at: Point, lines: Sequence[int]) -> None:
        for line in lines:
            self.cuts[line].append((self.lines[line].project(at), name))

    def graph(self) -> dict[Node, dict[Node, float]]:
        found: dict[Node, dict[Node, float]] = defaultdict(dict)
        for number, line in enumerate(self.lines):
            ends = [(0.0, line.coords[0]), (line.length, line.coords[-1])]
            stops = sorted([*ends, *self.cuts[number]], key=lambda stop: stop[0])
            for (here, one), (there, other) in itertools.pairwise(stops):
                if one != other:
                    metres = min(there - here, found[one].get(other, np.inf))
                    found[one][other] = found[other][one] = metres
        return found


def distances_from(graph: dict[Node, dict[Node, float]], source: Node) -> dict[Node, float]:
    least: dict[Node, float] = {}
    waiting: list[tuple[float, int, Node]] = [(0.0, 0, source)]
    serial = 0
    while waiting:
        metres, _, node = heapq.heappop(waiting)
        if node in least:
            continue
        least[node] = metres
        for other, length in graph[node].items():
            serial += 1
            heapq.heappush(waiting, (metres + length, serial, other))
    return least


def walks_to_points(
    places: Sequence[Point],
    targets: Sequence[Point],
    lines: Sequence[LineString],
    max_snap_m: float,
) -> list[tuple[str, float]]:
    """Give for each place what stands in the way, or an empty text and the length of its walk."""
    streets = Streets(lines)
    legs: dict[Node, float] = {}
    for kind, points in (("place", places), ("target", targets)):
        for number, point in enumerate(points):
            leg, nearest = streets.nearest(point)
            if leg <= max_snap_m:
                legs[kind, number] = leg
                streets.put((kind, number), point, nearest)
    graph = streets.graph()
    entered = [name for name in legs if name[0] == "target"]
    found = []
    for number in range(len(places)):
        place: Node = ("place", number)
        if not entered:
            found.append(("no_target", np.nan))
        elif place not in legs:
            found.append(("off_network", np.nan))
        else:
            least = distances_from(graph, place)
            ways = [least[name] + legs[name] for name in entered if name in least]
            reason = "" if ways else "other_component"
            found.append((reason, legs[place] + min(ways, default=np.nan)))
    return found


def split_at_vertices(line: LineString) -> list[LineString]:
    return [LineString(ends) for ends in itertools.pairwise(line.coords)]
