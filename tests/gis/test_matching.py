"""Adopters and plots: by hand, by every possible assignment, and whatever the order of rows."""

from itertools import product
from typing import Any

import numpy as np
import pytest
import shapely
from geopandas import GeoDataFrame, GeoSeries
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString

from gis import MatchResult, WalkNetwork, match_adopters
from gis.errors import (
    ColumnMissingError,
    CrsMismatchError,
    DuplicateIndexError,
    RadiusError,
    WeightError,
)

CRS = 4551


def at(
    east: list[float | None], labels: list[str] | None = None, **columns: object
) -> GeoDataFrame:
    """Place things along a street by their metres east."""
    shapes = [None if x is None else shapely.Point(x, 0) for x in east]
    return GeoDataFrame(columns, geometry=GeoSeries(shapes, crs=CRS, index=labels), index=labels)


def said(found: MatchResult) -> list[tuple[object, object, float]]:
    return [tuple(row) for row in found.pairs[["plot", "adopter", "distance_m"]].to_numpy()]


def test_as_many_plots_as_possible_come_before_few_metres() -> None:
    adopters, plots = at([0, 100], ["a", "b"]), at([90, 190], ["p", "q"])
    assert said(match_adopters(adopters, plots, limit_m=95)) == [("p", "a", 90), ("q", "b", 90)]
    assert said(match_adopters(adopters, plots, limit_m=80)) == [("p", "b", 10)]


def test_worth_comes_before_number() -> None:
    adopters = at([0], ["a"], strength=[100.0])
    plots = at([10, 20, 30], ["p", "q", "r"], area=[90.0, 50.0, 50.0], worth=[9.0, 4.0, 4.0])
    asked: dict[str, Any] = {"limit_m": 50, "capacity": "strength", "need": "area"}
    most = match_adopters(adopters, plots, **asked)
    assert [row[0] for row in said(most)] == ["q", "r"]
    best = match_adopters(adopters, plots, worth="worth", **asked)
    assert [row[0] for row in said(best)] == ["p"]
    assert (best.worth, best.proven) == (9, True)


def test_everybody_left_over_is_told_why() -> None:
    adopters = at(
        [0, 1000, 2000, 3000, 3005, None],
        ["near", "far", "none", "first", "late", "nowhere"],
        plots=[1, 5, 0, 2, 1, 1],
    )
    plots = at([10, 20, 3001, None], ["p", "q", "r", "s"])
    found = match_adopters(adopters, plots, limit_m=100, capacity="plots")
    assert said(found) == [("p", "near", 10), ("r", "first", 1)]
    assert found.plots["reason"].fillna("").to_dict() == {
        "p": "", "q": "capacity_used", "r": "", "s": "no_geometry",
    }  # fmt: skip
    assert found.adopters["reason"].fillna("").to_dict() == {
        "near": "", "far": "too_far", "none": "no_capacity", "first": "", "late": "plots_taken",
        "nowhere": "no_geometry",
    }  # fmt: skip
    assert found.adopters.loc[["first"], ["plots", "used", "capacity"]].to_numpy().tolist() == [
        [1, 1, 2]
    ]


def test_a_plot_too_large_for_all_who_reach_it() -> None:
    adopters = at([0], ["a"], strength=[100.0])
    plots = at([10, 500, 20], ["p", "q", "r"], area=[150.0, 50.0, None])
    found = match_adopters(adopters, plots, limit_m=100, capacity="strength", need="area")
    assert found.plots["reason"].tolist() == ["too_large", "too_far", "no_need"]
    assert found.plots["nearest_m"].tolist() == [10, 500, 20]
    assert found.adopters["reason"].tolist() == ["too_small"]


def test_one_walks_where_there_is_a_network() -> None:
    """Across the stream it is 10 m, over the bridge 210."""
    adopters = GeoDataFrame(geometry=[shapely.Point(0, 0)], index=["a"], crs=CRS)
    plots = GeoDataFrame(geometry=[shapely.Point(0, 10)], index=["p"], crs=CRS)
    lines = [LineString([(0, 0), (100, 0), (100, 10), (0, 10)])]
    network = WalkNetwork.from_lines(GeoDataFrame({"level": [None]}, geometry=lines, crs=CRS))
    assert len(match_adopters(adopters, plots, limit_m=50).pairs) == 1
    assert match_adopters(adopters, plots, limit_m=50, network=network).pairs.empty
    walked = match_adopters(adopters, plots, limit_m=250, network=network)
    assert walked.pairs["distance_m"].tolist() == pytest.approx([210], abs=0.01)


def test_nobody_and_nothing() -> None:
    assert match_adopters(at([]), at([1]), limit_m=10).plots["reason"].tolist() == ["too_far"]
    assert match_adopters(at([1]), at([]), limit_m=10).adopters["reason"].tolist() == ["too_far"]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"limit_m": -1}, RadiusError),
        ({"need": "area"}, ColumnMissingError),
        ({"capacity": "strength"}, WeightError),
        ({"plots": at([1, 2], ["p", "p"])}, DuplicateIndexError),
        ({"plots": at([1]).to_crs(4550)}, CrsMismatchError),
    ],
)
def test_what_cannot_be_matched_is_refused(
    change: dict[str, object], error: type[Exception]
) -> None:
    asked = {"adopters": at([0], strength=[-1.0]), "plots": at([1]), "limit_m": 10}
    with pytest.raises(error):
        match_adopters(**{**asked, **change})


def every_assignment(
    adopters: GeoDataFrame, plots: GeoDataFrame, limit_m: float
) -> tuple[float, int, float]:
    """Try all: the best worth, then number, then metres."""
    reach = shapely.distance(*np.meshgrid(adopters.geometry, plots.geometry, indexing="ij"))
    best = (0.0, 0, 0.0)
    for who in product(range(-1, len(adopters)), repeat=len(plots)):
        pairs = [(a, p) for p, a in enumerate(who) if a >= 0]
        used = np.zeros(len(adopters))
        for a, p in pairs:
            used[a] += plots["area"].iloc[p]
        if any(reach[pair] > limit_m for pair in pairs) or (used > adopters["strength"]).any():
            continue
        worth = sum(plots["worth"].iloc[p] for _, p in pairs)
        best = max(best, (worth, len(pairs), -sum(round(reach[pair], 3) for pair in pairs)))
    return best


whole = st.integers(0, 9)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 60), whole), min_size=1, max_size=3),
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 5), whole), min_size=1, max_size=4),
    st.integers(0, 40),
)
def test_no_assignment_is_better(
    people: list[tuple[int, int]], ground: list[tuple[int, int, int]], limit_m: int
) -> None:
    adopters = at([float(x) for x, _ in people], strength=[float(s) for _, s in people])
    plots = at(
        [float(x) for x, _, _ in ground],
        area=[float(a) for _, a, _ in ground],
        worth=[float(w) for _, _, w in ground],
    )
    asked: dict[str, Any] = {
        "limit_m": limit_m,
        "capacity": "strength",
        "need": "area",
        "worth": "worth",
    }
    found = match_adopters(adopters, plots, **asked)
    assert found.proven
    assert (found.worth, len(found.pairs), -found.distance_m) == every_assignment(
        adopters, plots, limit_m
    )
    backwards = match_adopters(adopters[::-1], plots[::-1], **asked)
    assert said(backwards) == said(found)
