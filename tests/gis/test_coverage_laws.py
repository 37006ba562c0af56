"""What holds for coverage whatever the town, on towns drawn at random."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.affinity import translate
from shapely.geometry.base import BaseGeometry

from gis.covering.coverage import CoverageResult, coverage
from gis.rules import RuleSet, Tier
from tests.gis.oracles import Target, Yardstick, judge

CRS = 4551
ACCESS = ["public", "restricted", "private", "unknown"]

# Whole metres, so that touching, and distances equal to the radius, are frequent.
SPOTS = st.tuples(st.integers(0, 60), st.integers(0, 60))
BOXES = st.builds(
    lambda at, width, height: shapely.box(*at, at[0] + width, at[1] + height),
    SPOTS, st.integers(1, 12), st.integers(1, 12),
)  # fmt: skip
DIAMONDS = st.builds(
    lambda at, r: shapely.Point(at).buffer(r, quad_segs=1), SPOTS, st.integers(1, 6)
)
SHAPES = st.builds(shapely.Point, SPOTS) | BOXES | DIAMONDS
TARGETS = st.lists(st.builds(Target, SHAPES, st.sampled_from(ACCESS), st.booleans()), max_size=8)
RULES = st.builds(
    Yardstick,
    radius_m=st.integers(1, 30).map(float),
    min_area_m2=st.sampled_from([0.0, 20.0, 60.0, 120.0]),
    joined=st.booleans(),
    access=st.none() | st.just(("public",)) | st.just(("public", "unknown")),
    alive=st.booleans(),
)


@dataclass(frozen=True)
class Town:
    homes: GeoDataFrame
    targets: tuple[Target, ...]
    rule: Yardstick


@st.composite
def towns(draw: st.DrawFn) -> Town:
    rows = draw(
        st.lists(
            st.tuples(
                st.none() | SHAPES,
                st.none() | st.integers(0, 9),
                st.sampled_from(["g1", "g2", "g3", None]),
            ),
            min_size=1,
            max_size=12,
        )
    )
    shapes, people, grids = zip(*rows, strict=True)
    homes = GeoDataFrame(
        {"people": pd.array(people, dtype="Int64"), "grid": pd.Series(grids, dtype=object)},
        geometry=list(shapes),
        crs=CRS,
    )
    homes.index = pd.Index([f"b{number}" for number in range(len(homes))])
    return Town(homes, tuple(draw(TARGETS)), draw(RULES))


def measure(town: Town, **options: Any) -> CoverageResult:
    rule = town.rule
    tier = Tier(
        "t",
        "层",
        ("green",),
        rule.radius_m,
        min_area_m2=rule.min_area_m2,
        area_of="joined" if rule.joined else "feature",
        access=rule.access,
        alive=rule.alive,
    )
    green = GeoDataFrame(
        {
            "access": pd.Series([target.access for target in town.targets], dtype=object),
            "alive": pd.Series([target.alive for target in town.targets], dtype=bool),
        },
        geometry=[target.shape for target in town.targets],
        crs=CRS,
    )
    return coverage(town.homes, {"green": green}, RuleSet("r", tiers=(tier,)), **options)


def whole(result: CoverageResult) -> pd.Series:
    """Give each place's outcome: covered, or the reason."""
    return result.places["t.reason"].fillna("covered")


@given(towns())
@settings(max_examples=200, deadline=None)
def test_it_equals_two_loops_and_a_comparison(town: Town) -> None:
    found = whole(measure(town))
    for label, place in town.homes.geometry.items():
        expected = "no_geometry" if place is None else judge(place, town.targets, town.rule)
        assert found[label] == expected


@given(towns())
@settings(max_examples=50, deadline=None)
def test_everything_adds_up(town: Town) -> None:
    result = measure(town, weight="people", by=town.homes["grid"])
    figure, rows = result.figures[0], result.by_unit
    assert figure.covered + figure.uncovered == figure.base
    assert figure.base + sum(figure.excluded.values()) == figure.total
    assert figure.total == town.homes["people"].sum()
    assert sum(figure.reasons.values()) == figure.uncovered
    for column in ("covered", "uncovered", "base", "total", "places"):
        assert rows[column].sum() == getattr(figure, column)
    for reason, amount in figure.excluded.items():
        assert rows[f"excluded_{reason}"].sum() == amount
    assert rows["excluded_places"].sum() == sum(figure.excluded_places.values())
    assert (rows["base"] + rows["excluded"] == rows["total"]).all()
    assert rows["unit"].isna().tolist() == [False] * (len(rows) - 1) + [True]


@given(towns(), st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_the_order_of_rows_is_irrelevant(town: Town, random: Any) -> None:
    result = measure(town, weight="people", by=town.homes["grid"])
    order = random.sample(range(len(town.homes)), len(town.homes))
    targets = random.sample(town.targets, len(town.targets))
    shuffled = measure(
        replace(town, homes=town.homes.iloc[order], targets=tuple(targets)),
        weight="people",
        by=town.homes["grid"],
    )
    assert shuffled.places.index.tolist() == town.homes.index[order].tolist()
    assert whole(shuffled).reindex(town.homes.index).equals(whole(result))
    assert replace(shuffled.figures[0]) == result.figures[0]
    assert shuffled.by_unit.equals(result.by_unit)


def moved(shape: BaseGeometry | None) -> BaseGeometry | None:
    return None if shape is None else translate(shape, 1024, -2048)


@given(towns())
@settings(max_examples=50, deadline=None)
def test_moving_the_whole_town_changes_nothing(town: Town) -> None:
    homes = town.homes.set_geometry([moved(shape) for shape in town.homes.geometry], crs=CRS)
    targets = tuple(replace(target, shape=moved(target.shape)) for target in town.targets)
    there = measure(replace(town, homes=homes, targets=targets))
    here = measure(town)
    assert np.allclose(
        there.places["t.distance_m"], here.places["t.distance_m"], atol=1e-9, equal_nan=True
    )


@given(towns(), st.integers(0, 20), st.sampled_from([0.0, 20.0, 60.0]))
@settings(max_examples=50, deadline=None)
def test_a_laxer_rule_never_covers_less(town: Town, more_m: int, area_m2: float) -> None:
    strict = town.rule
    base = measure(town).figures[0].covered
    laxer = [
        replace(strict, radius_m=strict.radius_m + more_m),
        replace(strict, min_area_m2=min(strict.min_area_m2, area_m2)),
        replace(strict, access=None),
        replace(strict, alive=False),
        replace(strict, joined=True),
    ]
    for rule in laxer:
        assert measure(replace(town, rule=rule)).figures[0].covered >= base


@given(towns())
@settings(max_examples=50, deadline=None)
def test_zones_of_no_extent_agree_with_places(town: Town) -> None:
    """Where a tiny zone is well inside or well outside the reach, it is all or nothing."""
    spots = [
        None if s is None else s.centroid.buffer(1e-3, quad_segs=1) for s in town.homes.geometry
    ]
    zones = replace(town, homes=town.homes.set_geometry(spots, crs=CRS))
    by_area = measure(zones, weight="area").places
    distance_m = measure(zones).places["t.distance_m"]
    sure = (distance_m - town.rule.radius_m).abs() > 0.01
    share = by_area["t.covered_share"][sure & distance_m.notna()]
    assert (share == (distance_m[share.index] <= town.rule.radius_m)).all()
