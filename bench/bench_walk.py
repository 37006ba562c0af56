"""Walks of all homes to the nearest gate of a park, ours beside what others offer.

    python bench/bench_walk.py [--size S|M|L] [--limit 500] [--peers FOLDER]

Each method runs in a process of its own, on the same arrays: homes and gates in, metres of every
home out, preparation told apart. `node` methods put homes on the nearest junction, as these
libraries do; `edge` methods on the nearest edge. FOLDER is where networkx and pandana are
installed (`pip install --target FOLDER --no-deps networkx pandana`); what is missing is left out.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

from street_city import SIZES, StreetCity, street_city  # noqa: E402 (beside this file)

Floats = NDArray[np.float64]
# Times its preparation, then gives metres by node or edge; run several times.
Query = Callable[[], Floats]

CRS = 32633
RUNS = 5
# Whoever takes longer than this is asked less often.
SLOW_S = 5.0


def ours(city: StreetCity, limit_m: float) -> tuple[Query, str]:
    """Project homes onto edges, search from all gates, and answer."""
    from geopandas import GeoDataFrame, GeoSeries

    from gis import WalkNetwork, walking_distance

    keys = np.arange(len(city.nodes))
    nodes = GeoDataFrame({"id": keys}, geometry=GeoSeries.from_xy(*city.nodes.T), crs=CRS)
    edges = GeoDataFrame(
        {"u": city.ends[:, 0], "v": city.ends[:, 1], "m": city.length_m},
        geometry=[None] * len(city.ends), crs=CRS,
    )  # fmt: skip
    network = WalkNetwork.from_edges(nodes, edges, key="id", length="m")
    _ = network.segments, network.arcs
    homes = GeoSeries.from_xy(*city.homes.T, crs=CRS)
    gates = GeoSeries.from_xy(*city.gates.T, crs=CRS)
    walking_distance(homes[:9], gates[:9], network, limit_m=limit_m)  # loads the machine code

    def ask() -> Floats:
        found = walking_distance(homes, gates, network, limit_m=limit_m, max_snap_m=1000)
        return found["distance_m"].to_numpy()

    return ask, "edge"


def ours_again(city: StreetCity, limit_m: float) -> tuple[Query, str]:
    """Answer for other gates, the homes being on the network already."""
    import shapely
    from geopandas import GeoSeries

    from gis.entering import entries_of
    from gis.walking import starts_of, walks

    ask, _ = ours(city, limit_m)
    cells = ask.__closure__ or ()
    network = next(c.cell_contents for c in cells if hasattr(c.cell_contents, "segments"))
    starts = starts_of(GeoSeries.from_xy(*city.homes.T, crs=CRS), network, 1000.0)
    gates = shapely.points(city.gates)

    def again() -> Floats:
        entries = entries_of(gates, network, 1000.0)
        return walks(starts, entries, network, limit_m).distance_m

    return again, "edge"


def scipy_nodes(city: StreetCity, limit_m: float) -> tuple[Query, str]:
    """Take the nearest junctions by a kd-tree and search with scipy."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import dijkstra
    from scipy.spatial import cKDTree

    count = len(city.nodes)
    graph = coo_array((city.length_m, city.ends.T), shape=(count, count)).tocsr()
    tree = cKDTree(city.nodes)

    def ask() -> Floats:
        leg_m, home = tree.query(city.homes, workers=-1)
        _, gate = tree.query(city.gates)
        metres = dijkstra(
            graph, directed=False, indices=np.unique(gate), min_only=True, limit=limit_m
        )
        return metres[home] + leg_m

    return ask, "node"


def networkx_nodes(city: StreetCity, limit_m: float) -> tuple[Query, str]:
    """Do the same with networkx."""
    import networkx as nx
    from scipy.spatial import cKDTree

    graph = nx.Graph()
    graph.add_weighted_edges_from(zip(*city.ends.T.tolist(), city.length_m.tolist(), strict=True))
    tree = cKDTree(city.nodes)

    def ask() -> Floats:
        leg_m, home = tree.query(city.homes, workers=-1)
        _, gate = tree.query(city.gates)
        found = nx.multi_source_dijkstra_path_length(graph, set(gate.tolist()), cutoff=limit_m)
        metres = np.full(len(city.nodes), np.inf)
        metres[list(found)] = list(found.values())
        return metres[home] + leg_m

    return ask, "node"


def pandana_nodes(city: StreetCity, limit_m: float) -> tuple[Query, str]:
    """Do the same with pandana, whose contraction counts as preparation."""
    import pandas as pd
    from pandana import Network

    x, y = (pd.Series(part) for part in city.nodes.T)
    start, end = (pd.Series(part) for part in city.ends.T)
    network = Network(x, y, start, end, pd.DataFrame({"m": city.length_m}), twoway=True)

    def ask() -> Floats:
        home = network.get_node_ids(*(pd.Series(part) for part in city.homes.T))
        network.set_pois("gate", limit_m, 1, *(pd.Series(part) for part in city.gates.T))
        metres = network.nearest_pois(limit_m, "gate", num_pois=1)[1]
        leg_m = np.hypot(*(city.homes - city.nodes[home.to_numpy()]).T)
        return metres.to_numpy()[home.to_numpy()] + leg_m

    return ask, "node"


METHODS = {
    "ours": ours,
    "ours, homes on the network": ours_again,
    "scipy": scipy_nodes,
    "networkx": networkx_nodes,
    "pandana": pandana_nodes,
}


def measured(method: str, size: str, limit_m: float) -> dict[str, float | str]:
    """Run one method in this process."""
    city = street_city(size)
    begin = time.perf_counter()
    ask, kind = METHODS[method](city, limit_m)
    prepared_s = time.perf_counter() - begin
    walls, cpus = [], []
    while len(walls) < RUNS and sum(walls) < SLOW_S:
        begin, cpu = time.perf_counter(), time.process_time()
        metres = ask()
        walls.append(time.perf_counter() - begin)
        cpus.append(time.process_time() - cpu)
    return {
        "kind": kind,
        "prepared_s": prepared_s,
        "wall_s": float(np.median(walls)),
        "best_s": min(walls),
        "cpu_s": float(np.median(cpus)),
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "within": float((metres <= limit_m).mean()),
    }


def main() -> None:
    """Run every method in a process of its own and print a table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--size", choices=SIZES, default="M")
    asked.add_argument("--limit", type=float, default=500.0)
    asked.add_argument("--peers", default="")
    asked.add_argument("--method", choices=METHODS)
    given = asked.parse_args()
    if given.method:
        print(json.dumps(measured(given.method, given.size, given.limit)))
        return
    print(f"{'method':28}{'snap':>6}{'prepare s':>11}{'wall s':>9}{'best':>9}{'cpu s':>8}"
          f"{'x ours':>8}{'MB':>7}{'within':>9}")  # fmt: skip
    first = None
    paths = [given.peers, os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
    for method in METHODS:
        command = [sys.executable, __file__, "--method", method, "--size", given.size,
                   "--limit", str(given.limit)]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)  # noqa: S603 (ourselves)
        if done.returncode:
            print(f"{method:28}  left out: {done.stderr.strip().splitlines()[-1][:80]}")
            continue
        row = json.loads(done.stdout.splitlines()[-1])
        first = first or row["wall_s"]
        print(f"{method:28}{row['kind']:>6}{row['prepared_s']:11.2f}{row['wall_s']:9.3f}"
              f"{row['best_s']:9.3f}{row['cpu_s']:8.2f}{row['wall_s'] / first:8.2f}"
              f"{row['rss_mb']:7.0f}{row['within']:9.4f}")  # fmt: skip


if __name__ == "__main__":
    main()
