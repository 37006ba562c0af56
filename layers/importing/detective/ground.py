"""What the store holds, in metres, read as far as it is needed and once."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame
from pyproj import CRS, Transformer

from layers.importing.detective.readings import Area
from layers.kinds import Kind
from layers.store import Scope, Store
from layers.territory import LEVELS

_AREA_KINDS = ("building", "road", "residential_land", "compound", "green_space", "place_name")


class Ground:
    """The layers of a store that a file may be compared with."""

    def __init__(self, store: Store, scope: Scope) -> None:
        self._store = store
        self._scope = scope
        self._read: dict[tuple[str, tuple[str, ...]], GeoDataFrame] = {}
        self.crs = CRS.from_user_input(store.settings.metric_crs)
        self.kinds = store.kinds

    @cached_property
    def counts(self) -> dict[str, int]:
        """Count the features of every kind that has places."""
        spatial = [key for key, kind in self._store.kinds.items() if kind.is_spatial]
        return {key: n for key, n in self._store.counts(spatial).items() if n}

    def layer(self, key: str, *columns: str) -> GeoDataFrame:
        """Read the features of a kind that have a place, with their code and name, in metres."""
        kind = self._store.kind(key)
        wanted = tuple(name for name in ("code", "name", *columns) if _has(kind, name))
        if (key, wanted) not in self._read:
            frame = self._store.read(key, columns=wanted, scope=self._scope)
            frame = frame[~(frame.geometry.isna() | frame.geometry.is_empty)].to_crs(self.crs)
            finite = np.isfinite(frame.geometry.bounds.to_numpy()).all(axis=1)
            self._read[key, wanted] = frame[finite]
        return self._read[key, wanted]

    @cached_property
    def levels(self) -> list[str]:
        """Name the levels that have units, the smallest first."""
        return [level for level in LEVELS if self.counts.get(level)]

    @cached_property
    def area(self) -> Area:
        """Find where the store's ground is: its units, else whatever it holds."""
        for key in (*reversed(self.levels), *_AREA_KINDS, *self.counts):
            if self.counts.get(key):
                frame = self.layer(key)
                if not frame.empty:
                    return Area(crs=self.crs, box=tuple(frame.total_bounds.tolist()), known=True)
        return self._area_of_use()

    def _area_of_use(self) -> Area:
        used = self.crs.area_of_use
        west, south, east, north = (used.west, used.south, used.east, used.north) if used else (
            -180.0, -85.0, 180.0, 85.0,
        )  # fmt: skip
        transformer = Transformer.from_crs(4326, self.crs, always_xy=True)
        box = transformer.transform_bounds(west, south, east, north)
        return Area(crs=self.crs, box=box, known=False)


def unique_by(frame: GeoDataFrame, column: str) -> pd.Series:
    """Give the geometries of features by what stands in a column, where only one has it."""
    words = frame[column].dropna()
    words = words[~words.duplicated(keep=False)]
    return pd.Series(frame.geometry.loc[words.index].to_numpy(), index=words.to_numpy())


def outlines(frame: GeoDataFrame) -> np.ndarray:
    """Give the boundaries of areas, and lines and points as they are."""
    geometry = frame.geometry.to_numpy()
    is_area = shapely.get_dimensions(geometry) == 2
    return np.where(is_area, shapely.boundary(geometry), geometry)


def _has(kind: Kind, name: str) -> bool:
    return any(field.key == name for field in kind.fields)
