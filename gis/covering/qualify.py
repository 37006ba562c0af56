"""Which targets count for a tier, and which would if one condition were dropped.

A target is a candidate when it lies in one of the tier's layers, has a geometry and is of a class
that counts. A candidate counts when its access, its being alive and its area fit too.

* **Access**: no value means `unknown`. Other values than public, restricted, private and unknown
  are refused rather than guessed at.
* **Class**: `class_code` means something only together with `code_system`; a target that lacks
  either is of class `unknown`, and counts only where the tier says so.
* **Alive**: with a column `alive`, only what is true there lives; without one nothing is known to
  have died.
* **Green by the register**: `counts_as_green` = false keeps a target out of tiers that take any
  class. A tier that names classes has said itself what counts: square land need not be green.
* **Area**: column `area_m2`, else that of the geometry. Where a tier joins, targets that fit
  otherwise and overlap or share a border (to the centimetre; a corner is no border) are one, its
  area that of their union, yet never less than that of its largest part.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from gis.columns import flags, numbers, texts
from gis.covering.groups import Pairs, grouped, joined_pairs
from gis.errors import AccessUnknownError, TargetLayerMissingError
from gis.nearness.distance import label_rank
from gis.rules import ACCESS_VALUES, UNKNOWN, Tier

__all__ = ["Candidates", "candidates"]

Mask = NDArray[np.bool_]

# In this order: what is missing least comes first.
_NEAR_MISSES = ("lapsed", "not_public", "too_small")


@dataclass(frozen=True)
class Candidates:
    """Targets of a tier's layers and classes, one row each in all arrays."""

    tier: Tier
    rows: pd.DataFrame
    geometry: NDArray[np.object_]
    area_m2: NDArray[np.float64]
    public: Mask
    living: Mask
    _unions_m2: dict[bytes, float] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def counted(self) -> Mask:
        """Targets that count."""
        return self._fitting(None)

    @cached_property
    def near_misses(self) -> dict[str, Mask]:
        """Targets that would count without one condition, by the reason that names it.

        The reasons come in the order in which a place takes them: a lapsed target needs care
        again, one that is not public needs a gate opened, one too small needs land.
        """
        relaxed = {reason: self._fitting(reason) for reason in _NEAR_MISSES}
        return {reason: mask for reason, mask in relaxed.items() if (mask != self.counted).any()}

    @cached_property
    def eligible(self) -> Mask:
        """Targets that count but for their area."""
        return self.public & self.living

    def counting(self, present: Mask) -> Mask:
        """Tell which targets count if only those `present` were there."""
        return self._fitting(None, present)

    def area_among(self, fits: Mask) -> NDArray[np.float64]:
        """Give the area that decides about each of the targets that fit, of these alone."""
        return self._area_of(fits)

    @cached_property
    def decisive_m2(self) -> NDArray[np.float64]:
        """Give the area that is compared with the smallest one, NaN where another condition fails.

        What counts from some smallest area on is therefore `decisive_m2 >= min_area_m2`.
        """
        area_m2 = np.full(len(self.eligible), np.nan)
        area_m2[self.eligible] = self.area_among(self.eligible)
        return area_m2

    def labels(self, row: NDArray[np.int64]) -> dict[str, NDArray[np.object_]]:
        """Name the layer and the label of candidates by their rows, none for -1."""
        known = row >= 0
        labels = {}
        for column, values in (("nearest_layer", "layer"), ("nearest", "label")):
            labels[column] = np.full(len(row), None, dtype=object)
            labels[column][known] = self.rows[values].to_numpy(dtype=object)[row[known]]
        return labels

    def _fitting(self, without: str | None, present: Mask | None = None) -> Mask:
        fits = np.ones(len(self.geometry), dtype=bool) if present is None else present.copy()
        if without != "not_public":
            fits &= self.public
        if without != "lapsed":
            fits &= self.living
        if without != "too_small" and self.tier.min_area_m2 > 0:
            fits[fits] = self._area_of(fits) >= self.tier.min_area_m2
        return fits

    def _area_of(self, fits: Mask) -> NDArray[np.float64]:
        area_m2 = self.area_m2[fits]
        if self.tier.area_of == "feature":
            return area_m2
        group = self.groups(fits)
        largest = np.zeros(group.max(initial=-1) + 1)
        np.maximum.at(largest, group, area_m2)
        for number in np.flatnonzero(np.bincount(group, minlength=len(largest)) > 1):
            members = np.flatnonzero(fits)[group == number]
            largest[number] = max(largest[number], self.union_m2(members))
        return largest[group]

    def groups(self, counted: Mask) -> NDArray[np.int64]:
        """Give each target that counts the number of the group with which it dissolves."""
        return grouped(self.joins, counted)

    @cached_property
    def joins(self) -> Pairs:
        """Pairs of targets that dissolve into one area."""
        return joined_pairs(self.geometry)

    def union_m2(self, members: NDArray[np.intp]) -> float:
        """Measure what some targets cover together.

        It is kept: the same targets are one group whatever else counts.
        """
        known = members.tobytes()
        if known not in self._unions_m2:
            self._unions_m2[known] = shapely.union_all(self.geometry[members]).area
        return self._unions_m2[known]


def candidates(tier: Tier, targets: Mapping[str, GeoDataFrame]) -> Candidates:
    """Gather the targets of a tier's layers that are of a class that counts.

    Raises
    ------
    TargetLayerMissingError, AccessUnknownError, ArgumentTypeError
    """
    parts = [_part(tier, layer, targets) for layer in tier.layers]
    return Candidates(
        tier=tier,
        rows=pd.concat([part.rows for part in parts], ignore_index=True),
        geometry=np.concatenate([part.geometry for part in parts]),
        area_m2=np.concatenate([part.area_m2 for part in parts]),
        public=np.concatenate([part.public for part in parts]),
        living=np.concatenate([part.living for part in parts]),
    )


def _part(tier: Tier, layer: str, targets: Mapping[str, GeoDataFrame]) -> Candidates:
    if layer not in targets:
        raise TargetLayerMissingError(tier=tier.name, layer=layer, layers=tuple(targets))
    frame = targets[layer]
    located = ~(frame.geometry.isna() | frame.geometry.is_empty).to_numpy()
    frame = frame[located & _in_class(frame, tier) & _green(frame, tier, layer)]
    # By label, so that ties between targets do not depend on the order of the rows.
    frame = frame.iloc[np.argsort(label_rank(frame.index))]
    geometry = frame.geometry.to_numpy()
    code = frame["code"] if "code" in frame else pd.Series(None, frame.index, dtype=object)
    rows = {"layer": layer, "label": list(frame.index), "code": code.to_numpy(dtype=object)}
    return Candidates(
        tier=tier,
        rows=pd.DataFrame(rows, index=range(len(frame)), dtype=object),
        geometry=geometry,
        area_m2=_area(frame, layer),
        public=_public(frame, tier, layer),
        living=flags(frame, "alive", layer, missing=False) | (not tier.alive),
    )


def _in_class(frame: GeoDataFrame, tier: Tier) -> Mask:
    if tier.classes is None:
        return np.ones(len(frame), dtype=bool)
    code, system = texts(frame, "class_code"), texts(frame, "code_system")
    known = (code != "") & (system != "")
    # A sub-class adds digits: G13 and G131 are of G1, but parking is not of park.
    named = "|".join(re.escape(entry) for entry in tier.classes if entry != UNKNOWN)
    fits = (system + ":" + code).str.fullmatch(rf"(?:{named})(?:\d.*)?") & known
    return (fits | (~known & (UNKNOWN in tier.classes))).to_numpy(bool)


def _green(frame: GeoDataFrame, tier: Tier, layer: str) -> Mask:
    if tier.classes is not None:
        return np.ones(len(frame), dtype=bool)
    return flags(frame, "counts_as_green", layer, missing=True)


def _public(frame: GeoDataFrame, tier: Tier, layer: str) -> Mask:
    if tier.access is None:
        return np.ones(len(frame), dtype=bool)
    access = texts(frame, "access").replace("", UNKNOWN)
    wrong = access[~access.isin(ACCESS_VALUES).to_numpy()]
    if len(wrong):
        raise AccessUnknownError(
            layer=layer, found=wrong.iloc[0], label=wrong.index[0], allowed=ACCESS_VALUES
        )
    return access.isin(tier.access).to_numpy()


def _area(frame: GeoDataFrame, layer: str) -> NDArray[np.float64]:
    measured: NDArray[np.float64] = shapely.area(frame.geometry.to_numpy())
    if "area_m2" not in frame:
        return measured
    stated = numbers(frame, "area_m2", layer)
    return np.where(np.isnan(stated), measured, stated)
