"""Distances of places to the targets of one tier, for many definitions of *near* and *counts*.

A definition asks for a smallest area, for what must be reached (edge, entrance, centroid) and
whether one walks. Definitions share their work. Targets are sorted into bands by the area that
decides about them, and the bands are taken from the largest areas down: what counts from some area
on is what counted from the next larger one and one band more. Only places that had nothing near
enough so far are searched for in the next band, so all smallest areas together cost little more
than one. A distance answers for every radius that will be asked for.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from geopandas import GeoDataFrame, GeoSeries
from numpy.typing import NDArray

from gis.covering.measure_walks import Walking, walked_m
from gis.covering.qualify import Candidates
from gis.covering.reach import reach
from gis.nearness.distance import distance_to_nearest
from gis.rules import Distance, To

__all__ = ["Ladder", "Near"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


class Near(NamedTuple):
    """How far each place is, infinite beyond the limit, and of whom that is not known."""

    distance_m: Floats
    left_out: Mapping[str, Mask]


class Ladder:
    """Distances from places to the targets of a tier, from each of several smallest areas on.

    Parameters
    ----------
    places
        n geometries, in metres.
    found
        The targets of the tier's layers and classes.
    gates
        Entrances, where any are known.
    radii_m
        The least and the greatest radius that will be asked for. A distance is right as far as
        they can tell: what is within the least is not refined, what is beyond the greatest is
        infinite.
    walking
        The network with the places on it, where one walks.
    """

    def __init__(
        self,
        places: GeoSeries,
        found: Candidates,
        gates: GeoDataFrame | None,
        *,
        radii_m: tuple[float, float],
        walking: Walking | None,
    ) -> None:
        self.found = found
        self._places = places
        self._gates = gates
        self._near_m, self._limit_m = radii_m
        self._walking = walking
        self._straight: dict[tuple[To, float], Floats] = {}
        self._walked: dict[tuple[To, float], Near] = {}

    def near(self, distance: Distance, to: To, least_m2: float) -> Near:
        """Give the distance of each place by one definition.

        Of several smallest areas the largest is best asked for first.
        """
        if distance == "straight":
            return Near(self._straight_m(to, least_m2), {})
        return self._on_foot(to, least_m2)

    @property
    def has_areas(self) -> bool:
        """Tell whether every target has an area, so that asking for a smallest one makes sense."""
        return not (self.found.decisive_m2 == 0).any()

    def counted(self, least_m2: float) -> Mask:
        """Tell which targets count from a smallest area on."""
        return self.found.decisive_m2 >= least_m2

    def reached(self, to: To, least_m2: float) -> NDArray[np.object_]:
        """Give the geometries that must be reached."""
        return reach(self.found, self.counted(least_m2), self._gates, to).geometry

    def _straight_m(self, to: To, least_m2: float) -> Floats:
        key = (to, least_m2)
        if key not in self._straight:
            larger = min(
                (area for known, area in self._straight if known == to and area > least_m2),
                default=np.inf,
            )
            area_m2 = self.found.decisive_m2
            band = (area_m2 >= least_m2) & (area_m2 < larger)
            known_m = self._straight.get((to, larger), np.full(len(self._places), np.inf))
            self._straight[key] = self._nearer(known_m, to, band)
        return self._straight[key]

    def _nearer(self, known_m: Floats, to: To, band: Mask) -> Floats:
        """Search for nearer targets in a band, where none is near enough yet."""
        open_rows = np.flatnonzero(known_m > self._near_m)
        shapes = reach(self.found, band, self._gates, to).geometry
        found = distance_to_nearest(
            self._places.iloc[open_rows],
            GeoSeries(shapes, crs=self._places.crs),
            limit_m=self._limit_m,
        )
        nearer_m = known_m.copy()
        nearer_m[open_rows] = np.fmin(known_m[open_rows], found.to_numpy())
        return nearer_m

    def _on_foot(self, to: To, least_m2: float) -> Near:
        assert self._walking is not None  # noqa: S101 (asked for only where there is a network)
        key = (to, least_m2)
        if key not in self._walked:
            counted = self.counted(least_m2)
            found = walked_m(self.found, counted, self._gates, self._walking, to, self._limit_m)
            self._walked[key] = Near(*found)
        return self._walked[key]
