"""Which unit every feature belongs to: district, street, community and grid.

Territory is derived, never stored by hand and never versioned. At each level a feature belongs to
the unit that holds its point (an area or line: its representative point), so that nothing counts
twice. Where finer units name their parent, the parent is taken from there, and only where that
says nothing by position: a community's figures are then exactly the sum of its grids'. A feature
that has no place, but names its unit by a code, belongs to that unit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame, GeoSeries
from numpy.typing import NDArray

from gis import locate_in_units
from gis.ground.location import PreparedUnits

# From the finest to the coarsest: each is the child of the next.
LEVELS = ("grid", "community", "street", "district")

NAMING_COLUMNS = tuple(f"{level}_code" for level in LEVELS)
"""Fields by which a feature without a place says to which unit it belongs."""

COLUMNS = ["uid", "level", "unit_uid", "rule", "on_boundary", "second_unit_uid"]

RULES = ("position", "parent", "named")
"""By what a feature belongs to a unit."""

_POSITION, _PARENT, _NAMED = range(len(RULES))
_NONE = -1
# So few places are looked up in units that were made ready once; more are looked up all at once.
_FEW = 20

Positions = NDArray[np.intp]
# What is said of a place at one level: the level, then the values of the other columns.
Said = tuple[str, str, str, bool, str | None]


@dataclass(frozen=True)
class Belonging:
    """To which units places belong, as numbers: a row a place, a column a level.

    `unit` and `second` are positions among the units of the level, -1 for none; `rule` is one
    among `RULES`.
    """

    uids: NDArray[np.object_]
    levels: Sequence[_Level]
    unit: Positions
    second: Positions
    rule: Positions
    on_boundary: NDArray[np.bool_]

    def above(self, levels: Sequence[str]) -> Belonging:
        """Take some of the levels."""
        kept = [n for n, level in enumerate(self.levels) if level.name in levels]
        return replace(
            self,
            levels=[self.levels[n] for n in kept],
            unit=self.unit[:, kept],
            second=self.second[:, kept],
            rule=self.rule[:, kept],
            on_boundary=self.on_boundary[:, kept],
        )

    def rows(self) -> pd.DataFrame:
        """Give a row for each place and level that has a unit for it, columns `COLUMNS`."""
        frames = []
        for n, level in enumerate(self.levels):
            there = self.unit[:, n] != _NONE
            values = {
                "uid": self.uids[there],
                "level": level.name,
                "unit_uid": level.names(self.unit[there, n]),
                "rule": np.array(RULES, dtype=object)[self.rule[there, n]],
                "on_boundary": self.on_boundary[there, n],
                "second_unit_uid": level.names(self.second[there, n]),
            }
            frames.append(pd.DataFrame(values, columns=COLUMNS))
        return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=COLUMNS)

    def answers(self) -> Iterator[tuple[list[Said], list[str]]]:
        """Give each answer that there is once, and the places that belong so."""
        inside = (self.unit != _NONE).any(axis=1)
        if not inside.any():
            return
        numbers = np.hstack([self.unit, self.second, self.rule, self.on_boundary])[inside]
        combined, which = np.unique(numbers, axis=0, return_inverse=True)
        which = which.reshape(-1)
        together = self.uids[inside][np.argsort(which, kind="stable")]
        uids = np.split(together, np.cumsum(np.bincount(which))[:-1])
        for row, there in zip(combined, uids, strict=True):
            yield self._said(row.tolist()), there.tolist()

    def _said(self, row: list[int]) -> list[Said]:
        count = len(self.levels)
        unit, second, rule, near = (row[n * count : (n + 1) * count] for n in range(4))
        return [
            (
                level.name,
                level.uids[unit[n]],
                RULES[rule[n]],
                bool(near[n]),
                None if second[n] == _NONE else level.uids[second[n]],
            )
            for n, level in enumerate(self.levels)
            if unit[n] != _NONE
        ]


class Division:
    """The units of one day, prepared to tell which places belong to them."""

    def __init__(self, units: Mapping[str, GeoDataFrame]) -> None:
        """Take the units by level, indexed by uid, with `code` and `parent_code`, in metres.

        A unit that is not an area holds nothing.
        """
        levels = (_level(name, units[name]) for name in LEVELS if name in units)
        self._levels = [level for level in levels if len(level.uids)]
        pairs = zip(self._levels, self._levels[1:], strict=False)
        self._parents = [finer.parents_among(coarser) for finer, coarser in pairs]

    def locate(self, places: GeoSeries) -> Belonging:
        """Locate places in the units of every level.

        Parameters
        ----------
        places
            Geometries indexed by uid, in the metric CRS of the units; missing ones belong nowhere.
        """
        known = places[~(places.isna() | places.is_empty)]
        return self.locate_points(known.index.to_numpy(dtype=object), known.to_numpy())

    def locate_points(self, uids: NDArray[np.object_], known: NDArray[np.object_]) -> Belonging:
        """Locate places of which none is missing or empty."""
        shape = len(known), len(self._levels)
        unit, second, rule = (np.full(shape, fill) for fill in (_NONE, _NONE, _POSITION))
        on_boundary = np.zeros(shape, dtype=bool)
        for n, level in enumerate(self._levels):
            unit[:, n], second[:, n], on_boundary[:, n] = level.locate(known)
            if n:
                self._prefer_parent(n, unit, second, rule)
        unlocated = unit == _NONE
        second[unlocated], rule[unlocated], on_boundary[unlocated] = _NONE, _POSITION, False
        return Belonging(uids, self._levels, unit, second, rule, on_boundary)

    def locate_features(self, features: GeoDataFrame) -> Belonging:
        """Locate features; one without a place belongs to the finest unit that it names."""
        shapes = features.geometry
        nowhere = (shapes.isna() | shapes.is_empty).to_numpy()
        if not nowhere.any():
            return self.locate(shapes)
        found = self.locate(self._places_or_named_units(features, nowhere))
        named = np.isin(found.uids, features.index[nowhere])
        there = named[:, None] & (found.unit != _NONE)
        found.rule[there], found.second[there], found.on_boundary[there] = _NAMED, _NONE, False
        return found

    def _prefer_parent(self, n: int, unit: Positions, second: Positions, rule: Positions) -> None:
        """Replace the unit found by position by the parent that the finer unit names.

        Where the two differ at a boundary, the one found by position becomes the second.
        """
        finer = unit[:, n - 1]
        named = np.where(finer == _NONE, _NONE, self._parents[n - 1][finer])
        says = named != _NONE
        swapped = says & (named == second[:, n])
        second[swapped, n] = unit[swapped, n]
        unit[says, n] = named[says]
        rule[says, n] = _PARENT

    def _places_or_named_units(
        self, features: GeoDataFrame, nowhere: NDArray[np.bool_]
    ) -> GeoSeries:
        """Give the place of each feature, or else a point in the finest unit that it names.

        A feature names a unit by its code in `NAMING_COLUMNS`; a code that several units have
        names none of them.
        """
        places = features.geometry.copy()
        for level in self._levels:
            column = f"{level.name}_code"
            if column not in features or not nowhere.any():
                continue
            named = level.coded(features.loc[nowhere, column])
            rows = np.flatnonzero(nowhere)[named != _NONE]
            points = level.areas.iloc[named[named != _NONE]].representative_point()
            places.iloc[rows] = points.to_numpy()
            nowhere = nowhere.copy()
            nowhere[rows] = False
        return places


@dataclass(frozen=True)
class _Level:
    """The units of one level in the order of their uids, by which ties are settled."""

    name: str
    uids: NDArray[np.object_]
    areas: GeoSeries
    codes: pd.Index
    parent_codes: pd.Series

    def names(self, positions: Positions) -> NDArray[np.object_]:
        """Give the uids at positions; None for -1."""
        return np.array([*self.uids, None], dtype=object)[positions]

    def locate(self, places: NDArray[np.object_]) -> tuple[Positions, Positions, NDArray[np.bool_]]:
        if len(places) <= _FEW:
            return self._prepared.locate(places)
        found = locate_in_units(GeoSeries(places, crs=self.areas.crs), self.areas)
        first, second = (
            found[name].fillna(_NONE).to_numpy(dtype=np.intp) for name in ("unit", "second_unit")
        )
        return first, second, found["on_boundary"].to_numpy(dtype=bool)

    @cached_property
    def _prepared(self) -> PreparedUnits:
        return PreparedUnits(self.areas)

    def coded(self, codes: pd.Series) -> Positions:
        """Find the units that bear codes; -1 for a code that none bears, or several."""
        alone = ~(self.codes.duplicated(keep=False) | np.asarray(self.codes.isna()))
        found = self.codes[alone].get_indexer(pd.Index(codes, dtype=object))
        return np.append(np.flatnonzero(alone), _NONE)[found]

    def parents_among(self, coarser: _Level) -> Positions:
        """Find the unit above that each unit names; -1 where it names none."""
        return coarser.coded(self.parent_codes)


def _level(name: str, units: GeoDataFrame) -> _Level:
    shapes = units.geometry
    is_area = shapes.geom_type.isin(("Polygon", "MultiPolygon")) & ~shapes.is_empty
    held = units[is_area].sort_index()
    none = pd.Series(None, index=held.index, dtype=object)
    return _Level(
        name=name,
        uids=held.index.to_numpy(dtype=object),
        areas=held.geometry.reset_index(drop=True),
        codes=pd.Index(held["code"], dtype=object),
        parent_codes=held.get("parent_code", none),
    )
