"""Lines cut into edges where they join: *noding*.

Lines come as *polylines*: runs of vertices in one array. Where two lines join, each has a vertex;
`with_crossings` sees to that where lines only cross or touch. Vertices at one position are then
one node, and a line is cut at each of its nodes.

Lines of different levels, such as a bridge and what is below it, join only where all lines of one
of the levels end: the ramp joins the street, the deck does not.
"""

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.contracts import Geometries

__all__ = ["Polylines", "cut_at_nodes", "nodes_of", "polylines", "ragged", "with_crossings"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Polylines(NamedTuple):
    """Lines as runs of vertices: line i has the vertices `first[i]` to `first[i + 1]`.

    `vertices` (v, 2) in metres; `level` (n,) of each line; `row` (n,), where it came from.
    """

    vertices: Floats
    first: Ints
    level: Ints
    row: Ints

    @property
    def line(self) -> Ints:
        """The line of each vertex."""
        return np.repeat(np.arange(len(self.level)), np.diff(self.first))

    @property
    def is_end(self) -> Mask:
        """Whether each vertex is the first or the last of its line."""
        ends = np.zeros(len(self.vertices), dtype=bool)
        ends[self.first[:-1]] = ends[self.first[1:] - 1] = True
        return ends

    def keep(self, vertices: Mask) -> "Polylines":
        """Leave vertices out, and the lines that have less than two then."""
        line = self.line[vertices]
        counts = np.bincount(line, minlength=len(self.level))
        whole = counts >= 2
        kept = self.vertices[vertices][whole[line]]
        return Polylines(kept, _starts(counts[whole]), self.level[whole], self.row[whole])


def polylines(geometries: Geometries, level: Ints) -> Polylines:
    """Take lines apart into runs of vertices, several parts into several lines."""
    parts, row = shapely.get_parts(geometries, return_index=True)
    vertices, part = shapely.get_coordinates(parts, return_index=True)
    first = _starts(np.bincount(part, minlength=len(parts)))
    row = row.astype(np.int64)
    return Polylines(vertices, first, level[row], row)


def ragged(start: Ints, count: Ints) -> Ints:
    """List `start[i]`, `start[i]` + 1, … for `count[i]` numbers, one run after the other.

    Examples
    --------
    >>> ragged(np.array([5, 0]), np.array([2, 3])).tolist()
    [5, 6, 0, 1, 2]
    """
    before = np.cumsum(count) - count
    return np.arange(count.sum()) + np.repeat(start - before, count)


def with_crossings(lines: Polylines, tolerance_m: float) -> tuple[Polylines, int]:
    """Give lines of one level a vertex wherever they cross, touch, or end upon each other.

    Returns
    -------
    lines, crossings
        With the new vertices, and at how many positions these are.
    """
    start = _segment_starts(lines)
    ends = np.hstack([lines.vertices[start], lines.vertices[start + 1]])
    one, other = _meeting_pairs(ends, start, lines, tolerance_m)
    here, there, position = _crossings(ends, one, other)
    same = lines.level[lines.line[start]]
    apart = same[here] != same[there]
    here, there, position = here[~apart], there[~apart], position[~apart]
    segment = np.concatenate([here, there])
    position = np.vstack([position, position])
    touched, vertex = _touches(ends, start, lines, np.concatenate([one, other]),
                               np.concatenate([other, one]), tolerance_m)  # fmt: skip
    segment = np.concatenate([segment, touched])
    position = np.vstack([position, lines.vertices[vertex]])
    return _inserted(lines, start, ends, segment, position, tolerance_m)


def nodes_of(lines: Polylines, tolerance_m: float) -> Ints:
    """Label vertices by the node they are: one number for those that join.

    Vertices join when a chain of steps of at most `tolerance_m` links them. Of different levels
    they do where all lines of one of these levels end; else levels pass each other.
    """
    group = _together(lines.vertices, tolerance_m)
    level = lines.level[lines.line]
    if not len(level) or (level == level[0]).all():
        return group
    keys, part = np.unique(np.stack([group, level]), axis=1, return_inverse=True)
    part = part.ravel()
    passing = np.zeros(keys.shape[1], dtype=bool)
    passing[part[~lines.is_end]] = True
    joined = np.zeros(int(group.max()) + 1, dtype=bool)
    joined[keys[0][~passing]] = True
    # A group that joins is named after itself, the others by group and level.
    named = np.where(joined[keys[0]], keys[0], len(joined) + np.arange(keys.shape[1]))
    _, number = np.unique(named, return_inverse=True)
    found: Ints = number.ravel()[part].astype(np.int64)
    return found


def cut_at_nodes(lines: Polylines, node: Ints) -> tuple[Polylines, Ints, Ints]:
    """Cut lines at the nodes where they end, and where they meet others or themselves.

    Returns
    -------
    edges, start, end
        The pieces, and the nodes between which each runs. `row` is that of the line.
    """
    meets = lines.is_end | (np.bincount(node)[node] > 1)
    cut = np.flatnonzero(meets)
    line = lines.line[cut]
    joined = np.flatnonzero(line[1:] == line[:-1])
    begin, stop = cut[joined], cut[joined + 1]
    count = stop - begin + 1
    edges = Polylines(
        lines.vertices[ragged(begin, count)],
        _starts(count),
        lines.level[line[joined]],
        lines.row[line[joined]],
    )
    return edges, node[begin], node[stop]


def _starts(counts: Ints) -> Ints:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def _segment_starts(lines: Polylines) -> Ints:
    """Find the first vertex of each straight piece."""
    line = lines.line
    return np.flatnonzero(line[1:] == line[:-1])


def _meeting_pairs(
    ends: Floats, start: Ints, lines: Polylines, tolerance_m: float
) -> tuple[Ints, Ints]:
    """Pair straight pieces that come within the tolerance, but for neighbours on one line."""
    pieces = shapely.linestrings(ends.reshape(-1, 2, 2))
    tree = shapely.STRtree(pieces)
    one, other = tree.query(pieces, predicate="dwithin", distance=tolerance_m)
    line = lines.line[start]
    neighbours = (line[one] == line[other]) & (np.abs(start[one] - start[other]) <= 1)
    kept = (one < other) & ~neighbours
    return one[kept], other[kept]


def _crossings(ends: Floats, one: Ints, other: Ints) -> tuple[Ints, Ints, Floats]:
    """Find where pairs of straight pieces cross, both ends of each on different sides."""
    a, b = ends[one, :2], ends[one, 2:]
    c, d = ends[other, :2], ends[other, 2:]
    along, across = b - a, d - c
    turn = _cross(along, across)
    parallel = turn == 0
    safe = np.where(parallel, 1.0, turn)
    part, part_other = _cross(c - a, across) / safe, _cross(c - a, along) / safe
    inside = (part >= 0) & (part <= 1) & (part_other >= 0) & (part_other <= 1) & ~parallel
    position = a + part[:, None] * along
    return one[inside], other[inside], position[inside]


def _touches(
    ends: Floats, start: Ints, lines: Polylines, one: Ints, other: Ints, tolerance_m: float
) -> tuple[Ints, Ints]:
    """Find vertices of one piece that lie on another: the piece, and the vertex."""
    level, is_end = lines.level[lines.line], lines.is_end
    found = []
    for vertex in (start[other], start[other] + 1):
        allowed = is_end[vertex] | (level[vertex] == level[start[one]])
        near = allowed & (_distance(lines.vertices[vertex], ends[one]) <= tolerance_m)
        found.append((one[near], vertex[near]))
    segments, vertices = zip(*found, strict=True)
    return np.concatenate(segments), np.concatenate(vertices)


def _inserted(
    lines: Polylines,
    start: Ints,
    ends: Floats,
    segment: Ints,
    position: Floats,
    tolerance_m: float,
) -> tuple[Polylines, int]:
    """Put vertices into straight pieces, but for those at an end of the piece."""
    from_start = np.hypot(*(position - ends[segment, :2]).T)
    to_end = np.hypot(*(position - ends[segment, 2:]).T)
    new = (from_start > tolerance_m) & (to_end > tolerance_m)
    segment, position, from_start = segment[new], position[new], from_start[new]
    vertex = np.concatenate([np.arange(len(lines.vertices)), start[segment]])
    after = np.concatenate([np.zeros(len(lines.vertices)), from_start])
    order = np.lexsort((after, vertex))
    counts = np.bincount(lines.line[vertex], minlength=len(lines.level))
    vertices = np.vstack([lines.vertices, position])[order]
    crossings = int(_together(position, tolerance_m).max(initial=-1)) + 1
    return Polylines(vertices, _starts(counts), lines.level, lines.row), crossings


def _together(positions: Floats, tolerance_m: float) -> Ints:
    """Label positions by groups linked by steps of at most the tolerance."""
    from scipy.sparse import coo_array  # noqa: PLC0415 (slow to load)
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415 (slow to load)
    from scipy.spatial import cKDTree  # noqa: PLC0415 (slow to load)

    packed = np.ascontiguousarray(positions).view(np.complex128).ravel()
    packed, number = np.unique(packed, return_inverse=True)
    places = packed.view(np.float64).reshape(-1, 2)
    if tolerance_m <= 0 or len(places) < 2:
        return number.astype(np.int64)
    pairs = cKDTree(places).query_pairs(tolerance_m, output_type="ndarray")
    links = coo_array((np.ones(len(pairs), dtype=bool), pairs.T), shape=(len(places),) * 2)
    _, group = connected_components(links, directed=False)
    return np.asarray(group, dtype=np.int64)[number]


def _cross(one: Floats, other: Floats) -> Floats:
    return one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]


def _distance(positions: Floats, ends: Floats) -> Floats:
    """Measure from positions to straight pieces, pair by pair."""
    along = ends[:, 2:] - ends[:, :2]
    length2 = np.maximum((along**2).sum(axis=1), np.finfo(float).tiny)
    part = ((positions - ends[:, :2]) * along).sum(axis=1) / length2
    foot = ends[:, :2] + np.clip(part, 0, 1)[:, None] * along
    return np.hypot(*(positions - foot).T)
