"""What was read to make a network, what was done to it, and how it hangs together."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["NetworkReport", "component_table", "components_of"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class NetworkReport:
    """The way from lines to a network, in numbers.

    Parameters
    ----------
    lines, no_geometry, parts, vertices
        Rows that were read, those without a geometry, single lines and their vertices.
    crossings
        Positions without a common vertex where lines cross, touch, or end upon each other.
    merged_vertices
        Positions drawn together with another one within the tolerance.
    zero_length, duplicates
        Left out: what has no length, and edges that were there already.
    self_loops, parallel
        Kept: edges from a node to itself, and edges between two nodes that another one joins.
    nodes, edges, length_m, components
        What came of it.
    largest
        Nodes of the largest component.
    """

    lines: int = 0
    no_geometry: int = 0
    parts: int = 0
    vertices: int = 0
    crossings: int = 0
    merged_vertices: int = 0
    zero_length: int = 0
    duplicates: int = 0
    self_loops: int = 0
    parallel: int = 0
    nodes: int = 0
    edges: int = 0
    length_m: float = 0.0
    components: int = 0
    largest: int = 0

    @property
    def largest_share(self) -> float | None:
        """Part of the nodes that is in the largest component; None without nodes."""
        return self.largest / self.nodes if self.nodes else None

    def to_dict(self) -> dict[str, Any]:
        """Give every number under its name."""
        return asdict(self)


def components_of(nodes: int, ends: Ints) -> Ints:
    """Label each node with its component, the one with most nodes first.

    Examples
    --------
    >>> components_of(5, np.array([[0, 1], [2, 3], [3, 4]])).tolist()
    [1, 1, 0, 0, 0]
    """
    from scipy.sparse import coo_array  # noqa: PLC0415 (slow to load)
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415 (slow to load)

    links = coo_array((np.ones(len(ends), dtype=bool), ends.T), shape=(nodes, nodes))
    count, label = connected_components(links, directed=False)
    size = np.bincount(label, minlength=count)
    # Of equal size, the one with the first node: labels are given in the order of nodes.
    rank = np.empty(count, dtype=np.int64)
    rank[np.argsort(-size, kind="stable")] = np.arange(count)
    return rank[label]


def component_table(nodes: Floats, ends: Ints, length_m: Floats, component: Ints) -> pd.DataFrame:
    """Say of each component how large it is and where."""
    count = int(component.max(initial=-1)) + 1
    of_edge = component[ends[:, 0]]
    size = np.bincount(component, minlength=count)
    return pd.DataFrame(
        {
            "nodes": size,
            "edges": np.bincount(of_edge, minlength=count),
            "length_m": np.bincount(of_edge, length_m, count),
            "x": np.bincount(component, nodes[:, 0], count) / size,
            "y": np.bincount(component, nodes[:, 1], count) / size,
        },
        index=pd.RangeIndex(count, name="component"),
    )
