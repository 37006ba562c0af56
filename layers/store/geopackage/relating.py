"""How features lie to one geometry, asked by SQLite of the library that everybody asks here.

PostGIS has functions for this. A plain SQLite has none, so each connection of ours brings one; it
looks at the boxes first and decodes only what these leave open.
"""

from __future__ import annotations

from typing import NamedTuple

import shapely

from layers.store.geometries import read_wkb
from layers.store.geopackage.blob import bounds_of, wkb_of

NAME = "gg_relates"
_KEPT = 16  # geometries of filters, for the time of a few statements


class _Known(NamedTuple):
    geometry: shapely.Geometry
    bounds: tuple[float, float, float, float]
    is_box: bool


class Relating:
    """Tell how features lie to geometries; one for each connection, since none is shared."""

    def __init__(self) -> None:
        self._known: dict[bytes, _Known] = {}

    def __call__(self, relation: str, blob: bytes | None, wkb: bytes) -> int | None:
        """Tell whether the feature of `blob` has the relation to `wkb`; None without a place."""
        if blob is None:
            return None
        known = self._geometry(wkb)
        box = bounds_of(blob)
        if box is None or _apart(box, known.bounds):
            return int(relation == "disjoint")
        if known.is_box and relation == "intersects" and _inside(box, known.bounds):
            return 1
        (feature,) = read_wkb([wkb_of(blob)])
        return None if feature is None else _related(relation, feature, known.geometry)

    def _geometry(self, wkb: bytes) -> _Known:
        known = self._known.get(wkb)
        if known is None:
            if len(self._known) >= _KEPT:
                self._known.clear()
            geometry = shapely.from_wkb(wkb)
            shapely.prepare(geometry)
            is_box = bool(shapely.equals(geometry, shapely.box(*geometry.bounds)))
            known = self._known[wkb] = _Known(geometry, geometry.bounds, is_box)
        return known


# The prepared geometry comes first: what a feature is to it is said the other way round.
_CONVERSE = {"within": "contains", "contains": "within"}


def _related(relation: str, feature: shapely.Geometry, geometry: shapely.Geometry) -> int | None:
    ask = getattr(shapely, _CONVERSE.get(relation, relation))
    try:
        return int(ask(geometry, feature))
    except shapely.GEOSException:  # of a shape that another program left in disorder
        return None


def _inside(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return other[0] <= one[0] and other[1] <= one[1] and one[2] <= other[2] and one[3] <= other[3]


def _apart(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[2] < other[0] or other[2] < one[0] or one[3] < other[1] or other[3] < one[1]
