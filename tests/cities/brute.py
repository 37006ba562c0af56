"""Coverage of a city from its original files, without the store and without the measures.

Positions go from the file's degrees to metres in one step; distances are those of shapely between
whole geometries, without an index, a buffer or a box.
"""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path

import geopandas
import numpy as np
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from tests.gis.oracles import joined_areas

RADII_M = (300, 500, 1000)
AREAS_M2 = (0, 400, 2000, 5000)
CLOSED = ("private", "no", "customers")
# joined, only open ones, smallest area
Case = tuple[bool, bool, int]
CASES = list(product([False, True], [False, True], AREAS_M2))
Shapes = NDArray[np.object_]
Metres = NDArray[np.float64]


@dataclass(frozen=True)
class Truth:
    """The files of a city as they are, in metres."""

    files: Path
    crs: int

    def layer(self, name: str) -> GeoDataFrame:
        return geopandas.read_parquet(self.files / f"{name}.parquet").to_crs(self.crs)

    @cached_property
    def green(self) -> GeoDataFrame:
        return self.layer("green")

    @cached_property
    def buildings(self) -> GeoDataFrame:
        return self.layer("buildings")

    @cached_property
    def building_codes(self) -> list[str]:
        parts = zip(self.buildings["osm_type"], self.buildings["osm_id"], strict=True)
        return [f"{kind}/{number}" for kind, number in parts]

    @property
    def targets(self) -> Shapes:
        return np.asarray(self.green.geometry.to_numpy(), dtype=object)

    @cached_property
    def counting(self) -> dict[Case, NDArray[np.bool_]]:
        """Mark, for each case, the greens that count."""
        closed = self.green["access"].isin(CLOSED).to_numpy()
        found: dict[Case, NDArray[np.bool_]] = {}
        for joined, only_open in product([False, True], [False, True]):
            fit = ~(closed & only_open)
            area_m2 = np.full(len(fit), -1.0)
            area_m2[fit] = (
                joined_areas(self.targets[fit]) if joined else shapely.area(self.targets[fit])
            )
            for least in AREAS_M2:
                found[joined, only_open, least] = fit & (area_m2 >= least)
        return found

    def nearest(self, cases: list[Case], rows: NDArray[np.intp]) -> dict[Case, Metres]:
        """Give the distance of some buildings to the nearest green that counts, by case.

        Exact wherever it exceeds the smallest radius; below it some distance that does not.
        """
        places = np.asarray(self.buildings.geometry.to_numpy(), dtype=object)[rows]
        masks = {case: self.counting[case] for case in cases}
        least = {case: np.full(len(places), np.inf) for case in cases}
        for members, targets in _by_membership(masks):
            near = [least[case] <= RADII_M[0] for case in members]
            unsettled = np.flatnonzero(~np.logical_and.reduce(near))
            metres = least_of_matrix(places[unsettled], self.targets[targets])
            for case in members:
                least[case][unsettled] = np.minimum(least[case][unsettled], metres)
        return least


def _by_membership(
    masks: Mapping[Case, NDArray[np.bool_]],
) -> Iterator[tuple[list[Case], NDArray[np.intp]]]:
    """Group targets that count in the same cases, those that count in the most first."""
    table = np.column_stack(list(masks.values()))
    rows, which = np.unique(table, axis=0, return_inverse=True)
    for number in np.argsort(-rows.sum(axis=1), kind="stable"):
        members = [case for case, counts in zip(masks, rows[number], strict=True) if counts]
        if members:
            yield members, np.flatnonzero(which.ravel() == number)


def least_of_matrix(places: Shapes, targets: Shapes) -> Metres:
    """Measure from every place to every target and keep the least."""
    shapely.prepare(targets)
    blocks = np.array_split(places, len(places) // 500 + 1)
    return np.concatenate(
        [shapely.distance(block[:, None], targets).min(axis=1) for block in blocks]
    )


@dataclass(frozen=True)
class Lattice:
    """Points in the cells of a lattice over zones, one in each at random.

    `inside` tells whether a point is in the zone; `rim` whether the zone's border may cross its
    cell; `metres` is its distance to the nearest target, by case (infinite where unasked).
    """

    step_m: float
    inside: NDArray[np.bool_]
    rim: NDArray[np.bool_]
    metres: Mapping[Hashable, Metres]

    def covered_m2(self, case: Hashable, radius_m: float) -> tuple[float, float]:
        """Count the covered ground of all zones; say by how much the count may be off.

        A cell that neither border crosses is counted right. In each other one the error has a
        standard deviation of half a cell at most, and they are independent: four standard
        deviations of the sum.
        """
        metres, cell_m2 = self.metres[case], self.step_m**2
        counted = self.inside & (metres <= radius_m)
        reach_rim = np.abs(metres - radius_m) <= self.step_m * np.sqrt(2)
        crossed = self.rim | (self.inside & reach_rim)
        return float(counted.sum() * cell_m2), float(4 * 0.5 * np.sqrt(crossed.sum()) * cell_m2)


def lattice_of(zones: Shapes, targets: Mapping[Hashable, Shapes], step_m: float) -> Lattice:
    """Lay a lattice over each zone; where zones overlap, the ground counts in both."""
    random = np.random.default_rng(20230221)
    found = [_points_of(zone, step_m, random) for zone in zones]
    points, inside, rim = (np.concatenate(parts) for parts in zip(*found, strict=True))
    metres: dict[Hashable, Metres] = {}
    for case, shapes in targets.items():
        metres[case] = np.full(len(points), np.inf)
        (point, _), reached = shapely.STRtree(shapes).query_nearest(
            points, max_distance=2 * max(RADII_M), return_distance=True, all_matches=False
        )
        metres[case][point] = reached
    return Lattice(step_m, inside, rim, metres)


def _points_of(
    zone: shapely.Geometry, step_m: float, random: np.random.Generator
) -> tuple[Shapes, NDArray[np.bool_], NDArray[np.bool_]]:
    west, south, east, north = zone.bounds
    x, y = np.meshgrid(
        np.arange(west - step_m, east, step_m), np.arange(south - step_m, north, step_m)
    )
    jitter = random.uniform(0, step_m, (2, x.size))
    points = shapely.points(x.ravel() + jitter[0], y.ravel() + jitter[1])
    rim = shapely.dwithin(points, shapely.boundary(zone), step_m * np.sqrt(2))
    shapely.prepare(zone)
    inside = shapely.intersects(points, zone)
    near = rim | inside
    return points[near], inside[near], rim[near]
