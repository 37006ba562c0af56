"""Places and zones against the targets of one tier."""

from collections.abc import Sequence
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame, GeoSeries
from numpy.typing import NDArray
from pyproj import CRS

from gis.covering.figures import REASONS, Outcome
from gis.covering.qualify import Candidates
from gis.covering.reach import Reach, reach
from gis.covering.share import shares_covered
from gis.covering.weights import Amounts, Weights
from gis.nearness.nearest_index import NearestIndex

__all__ = ["Indexes", "measure_places", "measure_zones"]

_BOUNDS = ("lower", "upper")


class Indexes:
    """Indexes of what must be reached, for tiers that measure to the same geometries again.

    Geometries are known again as the same objects, which are kept so that no others take their
    places.
    """

    def __init__(self) -> None:
        self._kept: dict[bytes, tuple[NDArray[np.object_], NearestIndex]] = {}

    def of(self, geometry: NDArray[np.object_], crs: CRS) -> NearestIndex:
        """Give the index of geometries in a system."""
        key = np.array([id(shape) for shape in geometry], dtype=np.int64).tobytes()
        if key not in self._kept:
            self._kept[key] = geometry, NearestIndex(GeoSeries(geometry, crs=crs))
        return self._kept[key][1]


def measure_places(
    places: GeoSeries,
    weights: Weights,
    found: Candidates,
    gates: GeoDataFrame | None,
    indexes: Indexes,
) -> Outcome:
    """Count the places whose nearest target that counts lies within the radius."""
    counted = found.counted
    reached = reach(found, counted, gates)
    near = indexes.of(reached.geometry, places.crs).nearest(places)
    distance_m = near["distance_m"].to_numpy()
    within = (distance_m <= found.tier.radius_m) & weights.counted
    uncovered = ~within & weights.counted
    reason = _reasons(places, uncovered, found, gates, indexes)
    columns: dict[str, Any] = {
        "distance_m": distance_m,
        "covered": weights.flagged(within),
        "reason": np.where(weights.counted, reason, weights.excluded),
        **found.labels(_rows_of(near["target"], reached)),
    }
    return Outcome(
        weights=weights,
        covered=weights.where(within),
        lower=None,
        upper=None,
        reasons={name: weights.where(uncovered & (reason == name)) for name in REASONS},
        columns=columns,
        targets=int(counted.sum()),
    )


def measure_zones(
    zones: GeoSeries, weights: Weights, tiers: Sequence[tuple[Candidates, GeoDataFrame | None]]
) -> list[Outcome]:
    """Measure the area of each zone that lies within the radius of a target that counts.

    `tiers` has the candidates of each tier, and its entrances where it asks for them. What counts,
    and what would count besides if a condition were dropped, is measured of all tiers together.
    """
    asked = [(found, _ladder(found, gates)) for found, gates in tiers]
    layers = [
        (GeoSeries(reached, crs=zones.crs), found.tier.radius_m)
        for found, ladder in asked
        for reached in ladder
    ]
    shares = iter(shares_covered(zones, layers))
    return [
        _zone_outcome(weights, found, list(islice(shares, len(ladder)))) for found, ladder in asked
    ]


def _ladder(found: Candidates, gates: GeoDataFrame | None) -> list[NDArray[np.object_]]:
    """List what counts, and then with each reason dropped in turn what counts besides."""
    masks = [found.counted, *found.near_misses.values()]
    steps = [reach(found, mask, gates).geometry for mask in masks]
    return [np.concatenate(steps[: number + 1]) for number in range(len(steps))]


def _zone_outcome(weights: Weights, found: Candidates, shares: list[pd.DataFrame]) -> Outcome:
    share, *more = shares
    amount = {name: share[name].fillna(0.0).to_numpy() * weights.amount for name in _BOUNDS}
    covered = weights.where(weights.counted) * share["covered_share"].fillna(0.0).to_numpy()
    reasons = _zone_reasons(weights, covered, found, more)
    return Outcome(
        weights=weights,
        covered=covered,
        lower=amount["lower"],
        upper=amount["upper"],
        reasons=reasons,
        columns={
            **{name: share[name].to_numpy() for name in ("covered_share", *_BOUNDS)},
            "reason": _largest(reasons, weights),
        },
        targets=int(found.counted.sum()),
    )


def _reasons(
    places: GeoSeries,
    uncovered: NDArray[np.bool_],
    found: Candidates,
    gates: GeoDataFrame | None,
    indexes: Indexes,
) -> NDArray[np.object_]:
    """Find why places are uncovered: the first condition whose dropping would cover them."""
    reason = np.full(len(places), None, dtype=object)
    reason[uncovered] = "over_limit" if found.counted.any() else "no_target"
    radius_m = found.tier.radius_m
    # The reason that comes first is written last.
    for name, mask in reversed(found.near_misses.items()):
        reached = indexes.of(reach(found, mask, gates).geometry, places.crs)
        within = reached.within(places[uncovered], radius_m)
        reason[np.flatnonzero(uncovered)[within.to_numpy()]] = name
    return reason


def _zone_reasons(
    weights: Weights, covered: Amounts, found: Candidates, shares: list[pd.DataFrame]
) -> dict[str, Amounts]:
    """Divide what is uncovered: each reason takes what its targets would cover in addition."""
    reasons: dict[str, Amounts] = {name: np.zeros(len(covered)) for name in REASONS}
    so_far: Amounts = covered
    for name, share in zip(found.near_misses, shares, strict=True):
        besides = share["covered_share"].fillna(0.0).to_numpy()
        more = np.maximum(weights.amount * besides, so_far)
        reasons[name], so_far = more - so_far, more
    rest = "over_limit" if found.counted.any() else "no_target"
    reasons[rest] = np.maximum(weights.where(weights.counted) - so_far, 0.0)
    return reasons


def _largest(reasons: dict[str, Amounts], weights: Weights) -> NDArray[np.object_]:
    """Name for each zone the reason that takes most of what is uncovered."""
    amounts = np.column_stack(list(reasons.values()))
    names = np.array(list(reasons), dtype=object)[amounts.argmax(axis=1)]
    names[amounts.max(axis=1) == 0] = None
    return np.where(weights.counted, names, weights.excluded)


def _rows_of(target: pd.Series, reached: Reach) -> NDArray[np.int64]:
    """Give the row of the candidate that each place is nearest to, -1 for none."""
    known = target.notna().to_numpy()
    row = np.full(len(target), -1, dtype=np.int64)
    row[known] = reached.row[target[known].to_numpy(dtype=np.int64)]
    return row
