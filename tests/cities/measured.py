"""What the coverage command says of a city, and whether brute force says the same."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import pyogrio
from numpy.typing import NDArray
from pandas import DataFrame

from layers import open_store
from tests.cities.brute import RADII_M, Case, Lattice, Truth
from tests.cities.rules import rule_file, tier_name
from tests.cities.terminal import Desk

# What a position may be off by from degrees to metres and back, by far.
ROUNDING_M = 1e-6


def measured_buildings(
    desk: Desk, store: str, cases: Sequence[Case]
) -> tuple[dict[str, dict[str, Any]], DataFrame]:
    """Type the command; give the figures by tier, and the places that it wrote, by code."""
    (desk.folder / "steps.toml").write_text(rule_file(cases), encoding="utf-8")
    found = desk.ask(f"coverage --store {store} --rules steps.toml -o steps.gpkg")
    drawn = desk.folder / "steps.gpkg"
    places = pyogrio.read_dataframe(drawn, layer="places", read_geometry=False)
    codes = open_store(desk.folder / store).read("building", columns=["code"])["code"]
    figures = {tier["tier"]: tier for tier in found["tiers"]}
    return figures, places.set_index(places["place"].map(codes))


def assert_buildings_agree(
    desk: Desk,
    store: str,
    truth: Truth,
    cases: Sequence[Case],
    *,
    covered: Mapping[Case, tuple[int, ...]],
    every: int = 1,
) -> dict[Case, int]:
    """Compare buildings one by one, at every radius, with brute force; count those within 300 m.

    All of them with `every` = 1; else every so-manyth, and all within a metre of a radius.
    `covered` are the figures on record.
    """
    figures, places = measured_buildings(desk, store, cases)
    places = places.loc[truth.building_codes]
    looked_at = np.arange(len(places)) % every == 0
    for case, radius_m in product(cases, RADII_M):
        margin_m = np.abs(places[f"{tier_name(case, radius_m)}_distance_m"] - radius_m)
        assert margin_m.min() > ROUNDING_M  # else rounding might decide about a building
        looked_at |= (margin_m < 1).to_numpy()
    rows = np.flatnonzero(looked_at)
    least = truth.nearest(list(cases), rows)
    for case, radius_m in product(cases, RADII_M):
        name = tier_name(case, radius_m)
        found = places[f"{name}_covered"].to_numpy(bool)
        assert np.array_equal(found[rows], least[case] <= radius_m), name
        assert_adds_up(figures[name], found)
        if case in covered:
            assert found.sum() == covered[case][RADII_M.index(radius_m)]
    return {case: figures[tier_name(case, RADII_M[0])]["covered"] for case in cases}


def assert_adds_up(figure: Mapping[str, Any], covered: NDArray[np.bool_]) -> None:
    """Compare a tier's figures with the places one by one."""
    assert (figure["covered"], figure["uncovered"]) == (covered.sum(), (~covered).sum())
    assert figure["base"] == figure["total"] == len(covered)
    assert sum(figure["reasons"].values()) == figure["uncovered"]
    assert not any(figure["excluded"].values())


def assert_land_agrees(
    desk: Desk, store: str, lattice: Lattice, total_m2: float, cases: Sequence[Case]
) -> None:
    """Compare residential land at every radius with the count of lattice points."""
    (desk.folder / "land.toml").write_text(rule_file(cases), encoding="utf-8")
    found = desk.ask(f"coverage --store {store} --rules land.toml --weight area")
    figures = {tier["tier"]: tier for tier in found["tiers"]}
    for case, radius_m in product(cases, RADII_M):
        figure = figures[tier_name(case, radius_m)]
        counted_m2, error_m2 = lattice.covered_m2(case, radius_m)
        assert abs(figure["covered"] - counted_m2) <= error_m2, (case, radius_m)
        assert figure["lower"] <= figure["covered"] <= figure["upper"]
        assert figure["lower"] - error_m2 <= counted_m2 <= figure["upper"] + error_m2
        assert figure["upper"] - figure["lower"] <= 2e-4 * figure["base"]
        assert abs(figure["base"] - total_m2) <= 1e-6 * total_m2
        for level in {row["level"] for row in found["by_unit"]}:
            rows = [row for row in found["by_unit"] if row["level"] == level]
            base_m2 = sum(row["base"] for row in rows if row["tier"] == figure["tier"])
            assert abs(base_m2 - total_m2) <= 1e-6 * total_m2
