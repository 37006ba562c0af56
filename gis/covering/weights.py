"""How much each place counts, and which places cannot be counted.

A place is excluded, and named as such, when it has no geometry (`no_geometry`) or when its weight
is missing (`no_weight`). A weight of 0 is a weight. Excluded amounts are in the unit of the
weight, so a place without weight adds nothing to them; the number of places tells of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from gis.columns import flags, numbers
from gis.errors import ColumnMissingError, WeightError

__all__ = ["AREA", "EXCLUSIONS", "PLACES", "Number", "Weights", "total", "weigh"]

AREA = "area"
"""The weight that measures zones by the part of their area that is covered."""

PLACES = "places"
"""Name of the weight that counts every place as one."""

EXCLUSIONS = ("no_geometry", "no_weight")
"""Reasons to exclude, the first that holds first."""

Number = int | float
Amounts = NDArray[np.int64] | NDArray[np.float64]


@dataclass(frozen=True)
class Weights:
    """What each place counts.

    `amount` is 0 where the weight is missing, and whole where every weight is; `given` says
    where there is one; `excluded` holds the reason or None; `estimated` marks estimated weights,
    or is None when nothing is known about that.
    """

    name: str
    amount: Amounts
    given: NDArray[np.bool_]
    excluded: NDArray[np.object_]
    estimated: NDArray[np.bool_] | None

    @property
    def counted(self) -> NDArray[np.bool_]:
        """Places in the base."""
        return np.asarray(pd.isna(self.excluded), dtype=bool)

    def where(self, mask: NDArray[np.bool_]) -> Amounts:
        """Keep the amounts where `mask` is true, 0 elsewhere."""
        return np.where(mask, self.amount, self.amount.dtype.type(0))

    def without(self, masks: Mapping[str, NDArray[np.bool_]]) -> Self:
        """Exclude more places, by the reason; those excluded already keep theirs."""
        excluded = self.excluded.copy()
        for reason, mask in masks.items():
            excluded[mask & pd.isna(excluded)] = reason
        return replace(self, excluded=excluded)

    def flagged(self, mask: NDArray[np.bool_]) -> pd.arrays.BooleanArray:
        """Give `mask` with missing values where places are excluded."""
        return pd.arrays.BooleanArray(mask, ~self.counted)


def weigh(places: GeoDataFrame, weight: str | None) -> Weights:
    """Take weights from a column, from the area, or count every place as one.

    Raises
    ------
    ColumnMissingError, ArgumentTypeError, WeightError

    Examples
    --------
    >>> from shapely import Point
    >>> homes = GeoDataFrame({"people": [4, 0, None]}, geometry=[Point(0, 0), None, Point(9, 0)])
    >>> weigh(homes, "people").amount.tolist()
    [4, 0, 0]
    >>> weigh(homes, "people").excluded.tolist()
    [None, 'no_geometry', 'no_weight']
    """
    located = ~(places.geometry.isna() | places.geometry.is_empty).to_numpy()
    amount, given = _amounts(places, weight)
    excluded = np.select([~located, ~given], list(EXCLUSIONS), default="").astype(object)
    excluded[excluded == ""] = None
    name = PLACES if weight is None else weight
    return Weights(name, amount, given, excluded, _estimated(places))


def total(amounts: Amounts) -> Number:
    """Add up; an integer where the amounts are.

    Examples
    --------
    >>> total(np.array([1, 2])), total(np.array([0.5, 0.25]))
    (3, 0.75)
    """
    result: Number = amounts.sum().item()
    return result


def _amounts(places: GeoDataFrame, weight: str | None) -> tuple[Amounts, NDArray[np.bool_]]:
    everywhere = np.ones(len(places), dtype=bool)
    if weight is None:
        return np.ones(len(places), dtype=np.int64), everywhere
    if weight == AREA:
        return places.geometry.area.fillna(0.0).to_numpy(dtype=float), everywhere
    if weight not in places:
        columns = tuple(map(str, places.columns))
        raise ColumnMissingError(argument="places", column=weight, columns=columns)
    return _column(places, weight)


def _column(places: GeoDataFrame, name: str) -> tuple[Amounts, NDArray[np.bool_]]:
    values = numbers(places, name, "places")
    given = ~np.isnan(values)
    wrong = given & ~((values >= 0) & np.isfinite(values))
    if wrong.any():
        first = wrong.argmax()
        raise WeightError(column=name, found=values[first].item(), label=places.index[first])
    amount = np.where(given, values, 0.0)
    if (amount == np.floor(amount)).all():
        return amount.astype(np.int64), given
    return amount, given


def _estimated(places: GeoDataFrame) -> NDArray[np.bool_] | None:
    if "weight_estimated" not in places:
        return None
    return flags(places, "weight_estimated", "places", missing=False)
