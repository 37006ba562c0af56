"""Walks of all homes to the nearest gate, and what lies within a walk of each of many sources.

`edge` methods put homes on the nearest edge, `node` methods on the nearest junction, as these
libraries do; what that does to the answer stands in the table. The truth is found with scipy alone:
each home and gate is a node of its own, on an edge that is cut there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import shapely
from measuring import Absent, Ask, Method, Question, Scene
from numpy.typing import NDArray

TITLE = "Walks"

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_LIMIT_M, _SNAP_M = 500.0, 1_000.0
_AREA_M2, _SOURCES = 1_000.0, 5_000
# Networks that are drawn; the real one has no gates.
_DRAWN = ("S", "M", "L")


def _gates(scene: Scene) -> Floats:
    city = scene.city
    return city.gates[(shapely.area(city.greens) >= _AREA_M2)[city.gate_green]]


def _network(scene: Scene) -> Any:
    from geopandas import GeoDataFrame, GeoSeries

    from gis import WalkNetwork

    city = scene.city
    keys = np.arange(len(city.nodes))
    nodes = GeoDataFrame({"id": keys}, geometry=GeoSeries.from_xy(*city.nodes.T, crs=city.crs))
    columns = {"u": city.ends[:, 0], "v": city.ends[:, 1], "m": city.length_m}
    edges = GeoDataFrame(columns, geometry=[None] * len(city.ends), crs=city.crs)
    network = WalkNetwork.from_edges(nodes, edges, key="id", length="m")
    _ = network.segments.grid, network.arcs
    return network


# ------------------------------------------------------------------ walks to the nearest gate


def ours(scene: Scene) -> Ask:
    """Put homes and gates on edges, search from all gates, answer."""
    from geopandas import GeoSeries

    from gis import Positions, walking_distance

    network = _network(scene)
    homes = Positions(scene.city.homes, network.crs)
    gates = GeoSeries.from_xy(*_gates(scene).T, crs=scene.city.crs)

    def ask() -> Floats:
        found = walking_distance(homes, gates, network, limit_m=_LIMIT_M, max_snap_m=_SNAP_M)
        return found["distance_m"].to_numpy()

    ask()  # loads the machine code
    return ask


def ours_kept(scene: Scene) -> Ask:
    """Answer when the homes are on the network already."""
    from gis import Positions
    from gis.walks.entering import entries_of
    from gis.walks.walking import starts_of, walks

    network, gates = _network(scene), shapely.points(_gates(scene))
    starts = starts_of(Positions(scene.city.homes, network.crs), network, _SNAP_M)

    def ask() -> Floats:
        entries = entries_of(gates, network, _SNAP_M)
        return walks(starts, entries, network, _LIMIT_M).distance_m

    ask()
    return ask


def scipy_nodes(scene: Scene) -> Ask:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import dijkstra
    from scipy.spatial import cKDTree

    city, gates = scene.city, _gates(scene)
    graph = coo_array((city.length_m, city.ends.T), shape=(len(city.nodes),) * 2).tocsr()
    tree = cKDTree(city.nodes)

    def ask() -> Floats:
        leg_m, home = tree.query(city.homes, workers=-1)
        onward_m, gate = tree.query(gates)
        metres = _from_nodes(dijkstra, graph, gate, onward_m)
        return metres[home] + leg_m

    return ask


def _from_nodes(dijkstra: Any, graph: Any, gate: Ints, onward_m: Floats) -> Floats:
    """Search from all junctions that have a gate; the legs at the gates are left out."""
    del onward_m
    found: Floats = dijkstra(
        graph, directed=False, indices=np.unique(gate), min_only=True, limit=_LIMIT_M
    )
    return found


def scipy_search(scene: Scene) -> Ask:
    """Search alone, homes and gates being on junctions already."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import dijkstra
    from scipy.spatial import cKDTree

    city = scene.city
    graph = coo_array((city.length_m, city.ends.T), shape=(len(city.nodes),) * 2).tocsr()
    tree = cKDTree(city.nodes)
    (leg_m, home), (onward_m, gate) = tree.query(city.homes), tree.query(_gates(scene))
    return lambda: _from_nodes(dijkstra, graph, gate, onward_m)[home] + leg_m


def networkx_nodes(scene: Scene) -> Ask:
    try:
        import networkx as nx
    except ImportError as missing:
        raise Absent("networkx is not installed") from missing
    from scipy.spatial import cKDTree

    city, gates = scene.city, _gates(scene)
    graph = nx.Graph()
    graph.add_weighted_edges_from(zip(*city.ends.T.tolist(), city.length_m.tolist(), strict=True))
    tree = cKDTree(city.nodes)

    def ask() -> Floats:
        leg_m, home = tree.query(city.homes, workers=-1)
        _, gate = tree.query(gates)
        found = nx.multi_source_dijkstra_path_length(graph, set(gate.tolist()), cutoff=_LIMIT_M)
        metres = np.full(len(city.nodes), np.inf)
        metres[list(found)] = list(found.values())
        return metres[home] + leg_m

    return ask


def _pandana(scene: Scene) -> Any:
    try:
        from pandana import Network
    except ImportError as missing:
        raise Absent("pandana is not installed") from missing
    import pandas as pd

    city = scene.city
    x, y = (pd.Series(part) for part in city.nodes.T)
    start, end = (pd.Series(part) for part in city.ends.T)
    return Network(x, y, start, end, pd.DataFrame({"m": city.length_m}), twoway=True)


def _pandana_answer(scene: Scene, network: Any) -> Floats:
    import pandas as pd

    city, gates = scene.city, _gates(scene)
    home = network.get_node_ids(*(pd.Series(part) for part in city.homes.T)).to_numpy()
    network.set_pois("gate", _LIMIT_M, 1, *(pd.Series(part) for part in gates.T))
    metres = network.nearest_pois(_LIMIT_M, "gate", num_pois=1)[1].to_numpy(dtype=float, copy=True)
    metres[metres >= _LIMIT_M] = np.inf  # what it says of those it did not find
    return metres[home] + np.hypot(*(city.homes - city.nodes[home]).T)


def pandana_warm(scene: Scene) -> Ask:
    network = _pandana(scene)
    return lambda: _pandana_answer(scene, network)


def pandana_built(scene: Scene) -> Ask:
    """Build its hierarchy, too, which each change of a street asks for again."""
    return lambda: _pandana_answer(scene, _pandana(scene))


def truth(scene: Scene) -> Ask:
    """Cut edges at homes and gates, and search with scipy."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import dijkstra

    city, gates = scene.city, _gates(scene)
    lines = shapely.linestrings(city.nodes[city.ends])
    tree = shapely.STRtree(lines)
    spots = np.vstack([gates, city.homes])
    points = shapely.points(spots)
    (_, edge), leg_m = tree.query_nearest(points, all_matches=False, return_distance=True)
    share = shapely.line_locate_point(lines[edge], points, normalized=True)
    count = len(city.nodes)
    rows = np.concatenate([np.arange(len(city.ends)), edge, np.arange(len(city.ends))])
    at = np.concatenate([np.zeros(len(city.ends)), share, np.ones(len(city.ends))])
    name = np.concatenate([city.ends[:, 0], count + np.arange(len(spots)), city.ends[:, 1]])
    order = np.lexsort((at, rows))
    rows, at, name = rows[order], at[order], name[order]
    inner = rows[1:] == rows[:-1]
    # A length of 0 would be no edge at all to scipy.
    metres = np.maximum((at[1:] - at[:-1])[inner] * city.length_m[rows[1:][inner]], 1e-9)
    total = count + len(spots)
    legs = np.maximum(leg_m[: len(gates)], 1e-9)
    start = np.concatenate([name[:-1][inner], np.full(len(gates), total)])
    end = np.concatenate([name[1:][inner], count + np.arange(len(gates))])
    shape = (total + 1, total + 1)
    graph = coo_array((np.concatenate([metres, legs]), (start, end)), shape=shape).tocsr()

    def ask() -> Floats:
        found = dijkstra(graph, directed=False, indices=total, limit=_LIMIT_M)
        walk_m = found[count + len(gates) : total] + leg_m[len(gates) :]
        return np.where(walk_m <= _LIMIT_M, walk_m, np.inf)

    return ask


def _misjudged(answer: Floats, truth_m: Floats) -> str:
    wrong = (answer <= _LIMIT_M) != (truth_m <= _LIMIT_M)
    both = (answer <= _LIMIT_M) & (truth_m <= _LIMIT_M)
    off = np.abs(answer - truth_m)[both]
    return f"{wrong.mean():.2%} misjudged, mean off {off.mean():.1e} m, max {off.max():.1e} m"


# ------------------------------------------------------------------ balls


def _sources(scene: Scene) -> Ints:
    count = len(scene.city.nodes)
    return np.random.default_rng(11).choice(count, min(_SOURCES, count // 2), replace=False)


def our_balls(scene: Scene) -> Ask:
    from gis.walks.balls import nodes_within
    from gis.walks.entering import entries_of

    network = _network(scene)
    entries = entries_of(shapely.points(scene.city.nodes[_sources(scene)]), network, _SNAP_M)
    nodes_within(entries, network, _LIMIT_M)
    return lambda: np.array([len(nodes_within(entries, network, _LIMIT_M).member)])


def our_homes_in_balls(scene: Scene) -> Ask:
    """List the homes instead of the junctions: what siting asks for."""
    from gis.walks.balls import places_within
    from gis.walks.entering import entries_of, snap

    network = _network(scene)
    entries = entries_of(shapely.points(scene.city.nodes[_sources(scene)]), network, _SNAP_M)
    homes = snap(scene.city.homes, network, _SNAP_M)
    places_within(homes, entries, network, _LIMIT_M)
    return lambda: np.array([len(places_within(homes, entries, network, _LIMIT_M).member)])


def pandana_balls(scene: Scene) -> Ask:
    network, sources = _pandana(scene), _sources(scene)
    return lambda: np.array([len(network.nodes_in_range(sources.tolist(), _LIMIT_M))])


def _one_by_one(scene: Scene, ball: Callable[[int], int]) -> Ask:
    sources = _sources(scene).tolist()
    return lambda: np.array([sum(map(ball, sources))])


def scipy_balls(scene: Scene) -> Ask:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import dijkstra

    city = scene.city
    graph = coo_array((city.length_m, city.ends.T), shape=(len(city.nodes),) * 2).tocsr()

    def ball(source: int) -> int:
        metres = dijkstra(graph, directed=False, indices=source, limit=_LIMIT_M)
        return int(np.isfinite(metres).sum())

    return _one_by_one(scene, ball)


def networkx_balls(scene: Scene) -> Ask:
    try:
        import networkx as nx
    except ImportError as missing:
        raise Absent("networkx is not installed") from missing
    city = scene.city
    graph = nx.Graph()
    graph.add_weighted_edges_from(zip(*city.ends.T.tolist(), city.length_m.tolist(), strict=True))
    return _one_by_one(
        scene,
        lambda source: len(
            nx.single_source_dijkstra_path_length(graph, source, cutoff=_LIMIT_M, weight="weight")
        ),
    )


def _pairs(answer: Ints, truth_pairs: Ints) -> str:
    return f"{int(answer[0]):,} pairs of {int(truth_pairs[0]):,}"


def _true_pairs(scene: Scene) -> Ask:
    """Count the pairs with scipy, some hundred sources at a time."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import dijkstra

    city, sources = scene.city, _sources(scene)
    graph = coo_array((city.length_m, city.ends.T), shape=(len(city.nodes),) * 2).tocsr()

    def ask() -> Ints:
        parts = np.array_split(sources, max(1, len(sources) // 100))
        found = (dijkstra(graph, directed=False, indices=one, limit=_LIMIT_M) for one in parts)
        return np.array([sum(int(np.isfinite(metres).sum()) for metres in found)])

    return ask


QUESTIONS = (
    Question(
        "gates",
        "Metres on foot from each home to the nearest gate, up to 500 m",
        (
            Method("ours, edge", ours),
            Method("ours, edge, homes kept on the network", ours_kept),
            Method("scipy, node", scipy_nodes, 2),
            Method("scipy, node, its search alone", scipy_search),
            Method("pandana, node, built before", pandana_warm, 5),
            Method("pandana, node, with building", pandana_built, 120, limit_s=120),
            Method("networkx, node", networkx_nodes, 10),
        ),
        truth,
        _misjudged,
        _DRAWN,
    ),
    Question(
        "balls",
        "Junctions within 500 m on foot of each of 5,000 sources, each for itself",
        (
            Method("ours", our_balls),
            Method("ours, the homes in them", our_homes_in_balls),
            Method("pandana nodes_in_range, built before", pandana_balls, 60),
            Method("scipy, one source at a time", scipy_balls),
            Method("networkx", networkx_balls, 250),
        ),
        _true_pairs,
        _pairs,
        _DRAWN,
    ),
)
