"""Real cities: every building's outcome equals brute force, and the figures are on record."""

from collections.abc import Hashable
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pytest
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from gis.covering.coverage import CoverageResult, coverage
from gis.covering.gaps import rank_gaps
from gis.rules import RuleSet, Tier
from tests.gis.oracles import joined_areas, lattice_share, nearest_by_boxes, nearest_by_matrix

ACCESS = {
    "yes": "public", "permissive": "public",
    "private": "private", "no": "private", "customers": "restricted",
}  # fmt: skip
OPEN = ("public", "unknown")
RADII_M = (300, 500, 1000)
AREAS_M2 = (0, 400, 2000, 5000)
CASES = list(product([False, True], [False, True]))  # joined, only_open

# Covered buildings at 300, 500 and 1000 m, by minimum area; agreed with brute force.
BUILDINGS = {"las_palmas": 22595, "helsinki_core": 446}
COVERED = {
    ("las_palmas", "feature", False): {0: (22090, 22299, 22526), 400: (22037, 22270, 22524), 2000: (21229, 22040, 22483), 5000: (16120, 20466, 22322)},
    ("las_palmas", "feature", True): {0: (22090, 22299, 22526), 400: (22037, 22270, 22524), 2000: (21229, 22040, 22483), 5000: (16120, 20466, 22322)},
    ("las_palmas", "joined", False): {0: (22090, 22299, 22526), 400: (22037, 22270, 22524), 2000: (21531, 22040, 22483), 5000: (16210, 20466, 22322)},
    ("las_palmas", "joined", True): {0: (22090, 22299, 22526), 400: (22037, 22270, 22524), 2000: (21531, 22040, 22483), 5000: (16199, 20466, 22322)},
    ("helsinki_core", "feature", False): {0: (446, 446, 446), 400: (446, 446, 446), 2000: (431, 446, 446), 5000: (426, 446, 446)},
    ("helsinki_core", "feature", True): {0: (446, 446, 446), 400: (446, 446, 446), 2000: (431, 446, 446), 5000: (426, 446, 446)},
    ("helsinki_core", "joined", False): {0: (446, 446, 446), 400: (446, 446, 446), 2000: (431, 446, 446), 5000: (426, 446, 446)},
    ("helsinki_core", "joined", True): {0: (446, 446, 446), 400: (446, 446, 446), 2000: (431, 446, 446), 5000: (426, 446, 446)},
}  # fmt: skip


@dataclass(frozen=True)
class City:
    name: str
    buildings: GeoDataFrame
    green: GeoDataFrame

    @property
    def shapes(self) -> NDArray[np.object_]:
        return np.asarray(self.green.geometry.to_numpy(), dtype=object)

    @property
    def homes(self) -> NDArray[np.object_]:
        return np.asarray(self.buildings.geometry.to_numpy(), dtype=object)

    def masks(self) -> dict[Hashable, NDArray[np.bool_]]:
        """Mark, for each case and minimum area, the targets that count."""
        closed = self.green["access"].isin(["private", "restricted"]).to_numpy()
        masks: dict[Hashable, NDArray[np.bool_]] = {}
        for joined, only_open in CASES:
            fit = ~(closed & only_open)
            shapes = self.shapes[fit]
            area_m2 = np.full(len(fit), -1.0)
            area_m2[fit] = joined_areas(shapes) if joined else shapely.area(shapes)
            for least in AREAS_M2:
                masks[joined, only_open, least] = fit & (area_m2 >= least)
        return masks

    def measure(self, *, joined: bool, only_open: bool, radii_m: tuple[int, ...]) -> CoverageResult:
        tiers = tuple(
            Tier(
                f"{area_m2}/{radius_m}",
                "层",
                ("green_space",),
                radius_m,
                min_area_m2=area_m2,
                area_of="joined" if joined else "feature",
                access=OPEN if only_open else None,
            )
            for area_m2, radius_m in product(AREAS_M2, radii_m)
        )
        rules = RuleSet("city", tiers=tiers)
        return coverage(self.buildings, {"green_space": self.green}, rules)


@pytest.fixture(scope="module", params=[("las_palmas", 32628), ("helsinki_core", 3067)])
def city(request: pytest.FixtureRequest, test_data: Path) -> City:
    name, crs = request.param
    buildings, green = (
        geopandas.read_parquet(test_data / name / f"{layer}.parquet").to_crs(crs)
        for layer in ("buildings", "green")
    )
    return City(name, buildings, green.assign(access=green["access"].map(ACCESS)))


@pytest.fixture(scope="module")
def measured(city: City) -> dict[tuple[bool, bool], CoverageResult]:
    return {
        (joined, only_open): city.measure(joined=joined, only_open=only_open, radii_m=(300,))
        for joined, only_open in CASES
    }


@pytest.mark.long
def test_every_building_agrees_with_brute_force(
    city: City, measured: dict[tuple[bool, bool], CoverageResult]
) -> None:
    """At 300 m; the long run does all radii without any shortcut."""
    least = nearest_by_boxes(city.homes, city.masks(), city.shapes, 300)
    for (case, result), area_m2 in product(measured.items(), AREAS_M2):
        found = result.places[f"{area_m2}/300.covered"].to_numpy(bool)
        assert np.array_equal(found, least[*case, area_m2] <= 300), (case, area_m2)


@pytest.mark.slow
@pytest.mark.long
def test_every_distance_agrees_with_the_full_matrix(city: City) -> None:
    least = nearest_by_matrix(city.homes, city.masks(), city.shapes)
    for joined, only_open in CASES:
        result = city.measure(joined=joined, only_open=only_open, radii_m=RADII_M)
        for area_m2, radius_m in product(AREAS_M2, RADII_M):
            distance_m = result.places[f"{area_m2}/{radius_m}.distance_m"].to_numpy()
            expected_m = least[joined, only_open, area_m2]
            assert np.array_equal(distance_m <= radius_m, expected_m <= radius_m)
            if not joined:
                # Two ways of computing the same metres part in the thirteenth digit.
                np.testing.assert_allclose(distance_m, expected_m, rtol=0, atol=1e-9)


@pytest.mark.parametrize(("joined", "only_open"), CASES)
def test_the_figures_are_those_on_record(
    city: City,
    measured: dict[tuple[bool, bool], CoverageResult],
    joined: bool,
    only_open: bool,
) -> None:
    result = measured[joined, only_open]
    kind = "joined" if joined else "feature"
    for area_m2, covered in COVERED[city.name, kind, only_open].items():
        figure = result.figure(f"{area_m2}/300")
        distance_m = result.places[f"{area_m2}/300.distance_m"]
        assert figure.covered == covered[0]
        assert figure.base == figure.total == BUILDINGS[city.name]
        assert sum(figure.reasons.values()) == figure.uncovered
        assert tuple((distance_m <= radius_m).sum() for radius_m in RADII_M) == covered


def test_the_gaps_hold_all_that_is_uncovered(
    measured: dict[tuple[bool, bool], CoverageResult],
) -> None:
    result = measured[False, True]
    gaps = rank_gaps(result)
    weights = gaps.groupby("tier")["weight"].sum()
    assert all(weights.get(one.tier, 0) == one.uncovered for one in result.figures)
    assert (gaps["shortfall_m"] > 0).all()
    assert gaps.geometry.is_valid.all()
    for _, ranked in gaps.groupby("tier"):
        assert ranked["weight"].is_monotonic_decreasing


@pytest.mark.long
def test_residential_land_agrees_with_a_fine_lattice(test_data: Path) -> None:
    folder = test_data / "las_palmas"
    zones = geopandas.read_parquet(folder / "residential_land.parquet")
    zones = zones[zones.is_valid].to_crs(32628)
    green = geopandas.read_parquet(folder / "green.parquet").to_crs(32628)
    options: dict[str, Any] = {"min_area_m2": 5000}
    rules = RuleSet("r", tiers=(Tier("t", "层", ("green",), 300, **options),))
    result = coverage(zones, {"green": green}, rules, weight="area")
    figure, share = result.figures[0], result.places["t.covered_share"]
    counted = green.geometry[green.area >= 5000].to_numpy()
    for label in zones.index:
        step_m = max(0.5, np.sqrt(zones.area[label] / 40_000))
        counted_share = lattice_share(zones.geometry[label], counted, 300, step_m)
        assert share[label] == pytest.approx(counted_share, abs=5e-3)
    assert figure.base == pytest.approx(zones.area.sum())
    assert figure.lower is not None
    assert figure.upper is not None
    assert figure.lower <= figure.covered <= figure.upper <= figure.lower + 2e-4 * figure.base
