"""What of a target must be reached: its edge, an entrance or its centroid.

A target without a known entrance is taken as open: it is reached at its edge. Targets that a tier
joins are one target here too: they share their entrances and have one centroid.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from gis.covering.qualify import Candidates
from gis.errors import ColumnMissingError, TargetLayerMissingError
from gis.rules import Tier, To

__all__ = ["ENTRANCES", "Reach", "entrances_for", "reach"]

ENTRANCES = "green_entrance"
"""Layer of the entrances; its `green_code` names the `code` of a target."""


class Reach(NamedTuple):
    """Geometries to be reached, and the row of the candidate that each belongs to."""

    geometry: NDArray[np.object_]
    row: NDArray[np.int64]


def entrances_for(tier: Tier, targets: Mapping[str, GeoDataFrame]) -> GeoDataFrame | None:
    """Find the entrances, if the tier asks for them.

    Raises
    ------
    TargetLayerMissingError, ColumnMissingError
    """
    if tier.to != "entrance":
        return None
    if ENTRANCES not in targets:
        raise TargetLayerMissingError(tier=tier.name, layer=ENTRANCES, layers=tuple(targets))
    gates = targets[ENTRANCES]
    if "green_code" not in gates:
        raise ColumnMissingError(
            argument=ENTRANCES, column="green_code", columns=tuple(map(str, gates.columns))
        )
    return gates[~(gates.geometry.isna() | gates.geometry.is_empty).to_numpy()]


def reach(
    found: Candidates,
    counted: NDArray[np.bool_],
    gates: GeoDataFrame | None,
    to: To | None = None,
) -> Reach:
    """Take of each target that counts what must be reached: what the tier says, or `to`."""
    row = np.flatnonzero(counted)
    geometry = found.geometry[row]
    wanted = to or found.tier.to
    if wanted == "edge":
        return Reach(geometry, row)
    if found.tier.area_of == "joined":
        group = found.groups(counted)
    else:
        group = np.arange(len(row), dtype=np.int64)
    if wanted == "centroid" or gates is None:
        return _centroids(found, row, group)
    return _entrances(found, row, group, gates)


def _centroids(found: Candidates, row: NDArray[np.int64], group: NDArray[np.int64]) -> Reach:
    """Take the centroid of each group; it belongs to the largest target of the group."""
    by_size = np.lexsort((-found.area_m2[row], group))
    _, first = np.unique(group[by_size], return_index=True)
    members = np.split(row[by_size], first[1:])
    unions = [shapely.union_all(found.geometry[rows]) for rows in members if len(rows)]
    return Reach(np.asarray(shapely.centroid(unions), dtype=object), row[by_size][first])


def _entrances(
    found: Candidates, row: NDArray[np.int64], group: NDArray[np.int64], gates: GeoDataFrame
) -> Reach:
    """Take the entrances of each group, and all of its targets where it has none."""
    codes = pd.DataFrame({"row": row, "group": group, "code": found.rows["code"].to_numpy()[row]})
    gate = pd.DataFrame({"gate": np.arange(len(gates)), "code": gates["green_code"].to_numpy()})
    known = codes.dropna().astype({"code": str}).merge(gate.dropna().astype({"code": str}))
    open_row = row[~np.isin(group, known["group"])]
    geometry = np.concatenate(
        [gates.geometry.to_numpy()[known["gate"].to_numpy()], found.geometry[open_row]]
    )
    return Reach(geometry, np.concatenate([known["row"].to_numpy(), open_row]))
