"""Las Palmas on foot: its 568 islands, its figures, and what a search from every building says."""

import heapq
from collections import defaultdict
from typing import Any

import geopandas
import numpy as np
import pytest
import shapely
from geopandas import GeoDataFrame

from gis import WalkNetwork, walking_distance
from tests.cities.brute import Truth
from tests.cities.terminal import Desk

pytestmark = pytest.mark.long

STORE = "las_palmas.gpkg"
AREAS_M2 = (0, 400, 2000, 5000)
RADIUS_M = 300
# Buildings within a walk of 300 m of green from these areas on; of the base, which is always that.
COVERED = (21_028, 20_273, 12_814, 6_556)
BASE, OFF_NETWORK, OTHER_COMPONENT = 22_239, 62, 294


def rule_file() -> str:
    tiers = [
        f'[[tier]]\nname = "a{least}"\nlayers = ["green_space"]\nradius_m = {RADIUS_M}\n'
        f'min_area_m2 = {least}\ndistance = "walk"\n'
        for least in AREAS_M2
    ]
    return "\n".join(tiers)


@pytest.fixture(scope="module")
def told(las_palmas: Desk) -> dict[str, Any]:
    (las_palmas.folder / "foot.toml").write_text(rule_file(), encoding="utf-8")
    answer = las_palmas.type(f"coverage --store {STORE} --rules foot.toml --json")
    assert answer.code == 0
    found: dict[str, Any] = answer.json
    return found


def test_the_islands_are_told(told: dict[str, Any]) -> None:
    network = told["network"]
    assert (network["lines"], network["components"], network["self_loops"]) == (26145, 568, 48)
    assert (network["nodes"], network["largest"]) == (20221, 18319)
    assert network["length_m"] == pytest.approx(2_025_111, abs=1)
    assert told["walks"]["a0"]["islands"] == 255


def test_the_figures_on_foot_are_these(told: dict[str, Any]) -> None:
    for tier, covered in zip(told["tiers"], COVERED, strict=True):
        assert (tier["covered"], tier["base"], tier["total"]) == (covered, BASE, 22_595)
        assert tier["excluded"]["off_network"] == OFF_NETWORK
        assert tier["excluded"]["other_component"] == OTHER_COMPONENT
        assert sum(tier["reasons"].values()) == tier["uncovered"]


def test_the_run_is_proved(las_palmas: Desk, told: dict[str, Any]) -> None:
    answer = las_palmas.type(f"run {told['run']} --verify --store {STORE}")
    assert answer.code == 0


def dijkstra(graph: dict[int, dict[int, float]], first: dict[int, float]) -> dict[int, float]:
    """Search from one building, over a dictionary."""
    least: dict[int, float] = {}
    waiting = [(metres, node) for node, metres in first.items()]
    heapq.heapify(waiting)
    while waiting:
        metres, node = heapq.heappop(waiting)
        if node in least or metres > 1000:
            continue
        least[node] = metres
        for other, length in graph[node].items():
            heapq.heappush(waiting, (metres + length, other))
    return least


def test_a_search_from_each_of_some_buildings_agrees(las_palmas_truth: Truth) -> None:
    """Every 150th building to the middle points of parks, by the file's own nodes and edges."""
    edges = las_palmas_truth.layer("walk_edges")
    nodes = las_palmas_truth.layer("walk_nodes")
    number = {key: row for row, key in enumerate(nodes["osm_id"])}
    lines = edges.geometry.to_numpy()
    ends = [(number[u], number[v]) for u, v in zip(edges["u"], edges["v"], strict=True)]
    graph: dict[int, dict[int, float]] = defaultdict(dict)
    for (u, v), metres in zip(ends, shapely.length(lines).tolist(), strict=True):
        for one, other in ((u, v), (v, u)):
            graph[one][other] = min(metres, graph[one].get(other, np.inf))
    buildings = las_palmas_truth.buildings.iloc[::150].representative_point()
    green = las_palmas_truth.green
    gates = green[green.area >= 5000].representative_point().reset_index(drop=True)

    def on_edge(point: Any) -> tuple[int, float, float]:
        metres = shapely.distance(lines, point)
        edge = int(metres.argmin())
        return edge, shapely.line_locate_point(lines[edge], point), float(metres[edge])

    entered = [on_edge(gate) for gate in gates]
    entered = [entry for entry in entered if entry[2] <= 100]
    truth = []
    for point in buildings:
        edge, at_m, leg_m = on_edge(point)
        u, v = ends[edge]
        whole_m = shapely.length(lines[edge])
        least = dijkstra(graph, {v: whole_m - at_m} | {u: at_m}) if u != v else dijkstra(
            graph, {u: min(at_m, whole_m - at_m)}
        )  # fmt: skip
        ways = [np.inf]
        for gate_edge, gate_m, gate_leg_m in entered:
            u, v = ends[gate_edge]
            length_m = shapely.length(lines[gate_edge])
            ways += [least.get(u, np.inf) + gate_m + gate_leg_m]
            ways += [least.get(v, np.inf) + length_m - gate_m + gate_leg_m]
            if gate_edge == edge:
                ways += [abs(gate_m - at_m) + gate_leg_m]
        truth.append(min(ways) + leg_m if leg_m <= 100 else np.inf)
    network = WalkNetwork.from_edges(nodes, GeoDataFrame(edges), key="osm_id")
    assert network.report.components == 568
    found = walking_distance(buildings, gates, network, limit_m=800)["distance_m"].fillna(np.inf)
    expected = np.where(np.array(truth) <= 800, truth, np.inf)
    assert 40 < np.isfinite(expected).sum() < len(expected)
    assert np.allclose(found, expected, atol=1e-6)
    assert isinstance(gates, geopandas.GeoSeries)
