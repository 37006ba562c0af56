"""The choice of sites against all choices that there are, on towns small enough to try them."""

from itertools import combinations
from typing import Any

import numpy as np
import pytest
import shapely
from geopandas import GeoDataFrame
from geopandas.testing import assert_geodataframe_equal
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, box

from gis import SiteChoice, choose_sites, join_plots
from gis.errors import (
    ArgumentTypeError,
    ColumnMissingError,
    LabelContradictionError,
    LabelUnknownError,
    NotSupportedError,
    NumberError,
    WeightError,
)

CRS = "EPSG:32650"
RADIUS_M = 120.0
METHODS = ("greedy", "swap", "exact")


def town(seed: int, *, fractions: bool = False) -> tuple[GeoDataFrame, GeoDataFrame, GeoDataFrame]:
    """Scatter homes, plots and one park over 600 m."""
    rng = np.random.default_rng(seed)
    homes, plots = int(rng.integers(1, 30)), int(rng.integers(1, 9))
    people = rng.random(homes) * 9 if fractions else rng.integers(0, 9, homes)
    x, y = rng.uniform(0, 600, (2, homes))
    footprints = [
        box(a, b, a + 9, b + 9) if n % 2 else Point(a, b)
        for n, (a, b) in enumerate(zip(x, y, strict=True))
    ]
    west, south = rng.uniform(0, 600, (2, plots))
    sides = rng.uniform(5, 60, plots)
    return (
        GeoDataFrame({"people": people}, geometry=footprints, crs=CRS),
        GeoDataFrame(
            index=[f"p{n}" for n in range(plots)],
            geometry=shapely.box(west, south, west + sides, south + sides),
            crs=CRS,
        ),
        GeoDataFrame(geometry=[Point(*rng.uniform(0, 600, 2)).buffer(40)], crs=CRS),
    )


def best_of_all(homes: GeoDataFrame, plots: GeoDataFrame, park: GeoDataFrame, k: int) -> float:
    """Try every choice."""

    def near(targets: GeoDataFrame) -> Any:
        distance = shapely.distance(homes.geometry.to_numpy()[:, None], targets.geometry.to_numpy())
        return distance <= RADIUS_M

    weight = np.where(near(park).any(axis=1), 0, homes["people"])
    reached = near(plots)
    return max(
        weight[reached[:, list(choice)].any(axis=1)].sum()
        for choice in combinations(range(len(plots)), min(k, len(plots)))
    )


def choose(homes: GeoDataFrame, plots: GeoDataFrame, k: int, **asked: Any) -> SiteChoice:
    given: dict[str, Any] = {"radius_m": RADIUS_M, "weight": "people"} | asked
    return choose_sites(homes, plots, k, **given)


def bound_of(choice: SiteChoice) -> float:
    assert choice.certificate.bound is not None
    return choice.certificate.bound


@pytest.mark.parametrize("seed", range(25))
def test_exact_is_the_best_of_all_choices_and_nothing_exceeds_its_bound(seed: int) -> None:
    homes, plots, park = town(seed)
    for k in (1, 2, 3):
        best = best_of_all(homes, plots, park, k)
        for method in METHODS:
            choice = choose(homes, plots, k, existing=park, method=method)
            certificate = choice.certificate
            assert choice.gain == certificate.value <= best <= bound_of(choice)
            assert isinstance(certificate.bound, int)
            assert not certificate.proven or choice.gain == best
            assert choice.sites["gain"].sum() == choice.gain
            assert len(choice.chosen) <= k
            assert choice.gain == sum(choice.explain()["weight"])
        assert certificate.proven
        assert (choice.gain, certificate.gap) == (best, 0.0)


@pytest.mark.parametrize("seed", range(4))
def test_fractions_are_bounded_as_well(seed: int) -> None:
    homes, plots, park = town(seed, fractions=True)
    choice = choose(homes, plots, 2, existing=park, method="exact")
    best = best_of_all(homes, plots, park, 2)
    assert choice.gain == pytest.approx(best, abs=1e-6)
    assert choice.certificate.proven
    assert bound_of(choice) >= best
    assert choice.certificate.bound == pytest.approx(best, abs=1e-6)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), method=st.sampled_from(METHODS), data=st.data())
def test_order_and_place_are_irrelevant(seed: int, method: str, data: st.DataObject) -> None:
    homes, plots, park = town(seed)
    first = choose(homes, plots, 2, existing=park, method=method)
    shuffled = data.draw(st.permutations(range(len(plots))))
    moved = [frame.set_geometry(frame.translate(4096, -8192)) for frame in (homes, plots, park)]
    again = choose(homes[::-1], plots.iloc[shuffled], 2, existing=park, method=method)
    far = choose(moved[0], moved[1], 2, existing=moved[2], method=method)
    for other in (again, far):
        assert other.chosen == first.chosen
        assert other.sites["gain"].tolist() == first.sites["gain"].tolist()
    assert again.demand["state"].sort_index().equals(first.demand["state"])


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), method=st.sampled_from(METHODS), data=st.data())
def test_required_and_excluded_sites(seed: int, method: str, data: st.DataObject) -> None:
    homes, plots, park = town(seed)
    one, *others = data.draw(st.permutations(list(plots.index)))
    free = choose(homes, plots, 2, existing=park, method="exact")
    with_one = choose(homes, plots, 2, existing=park, method=method, required=[one])
    assert with_one.chosen[0] == one
    assert with_one.sites["required"].tolist()[0]
    assert with_one.gain <= free.gain
    assert with_one.gain <= bound_of(with_one)
    without = choose(homes, plots, 2, existing=park, method=method, excluded=[one])
    assert one not in without.chosen
    fewer = choose(homes, plots.loc[others], 2, existing=park, method=method)
    assert (without.chosen, without.gain) == (fewer.chosen, fewer.gain)


def test_sites_that_add_nothing_are_not_chosen() -> None:
    homes = GeoDataFrame({"people": [5]}, geometry=[Point(0, 0)], crs=CRS)
    plots = GeoDataFrame(
        index=list("abc"), geometry=[Point(50, 0), Point(60, 0), Point(9e3, 0)], crs=CRS
    )
    assert choose(homes, plots, 3).chosen == ("a",)
    choice = choose(homes, plots, 3, existing=plots.loc[["b"]])
    assert (choice.chosen, choice.gain, choice.covered_before) == ((), 0, 5)
    assert choice.certificate.proven


def test_empty_and_missing() -> None:
    homes = GeoDataFrame(
        {"people": [5, None, 2, 3]},
        index=list("hijk"),
        geometry=[Point(0, 0), Point(1, 0), None, Point()],
        crs=CRS,
    )
    plots = GeoDataFrame(index=list("ab"), geometry=[None, Point(9, 0)], crs=CRS)
    for method in METHODS:
        choice = choose(homes, plots, 2, method=method)
        assert (choice.chosen, choice.gain, choice.base) == (("b",), 5, 5)
        assert choice.excluded == {"no_geometry": 5, "no_weight": 0}
        assert choice.demand["state"].to_dict() == {
            "h": "gained", "i": "no_weight", "j": "no_geometry", "k": "no_geometry",
        }  # fmt: skip
        assert choose(homes, plots.iloc[:0], 1, method=method).chosen == ()
        assert choose(homes.iloc[:0], plots, 1, method=method).to_dict()["share_after"] is None


def test_plots_that_touch_count_together_and_both_figures_stand() -> None:
    homes = GeoDataFrame({"people": [7, 2]}, geometry=[Point(0, 50), Point(1000, 0)], crs=CRS)
    plots = GeoDataFrame(
        index=["big", "west", "east"],
        geometry=[box(1000, 0, 1030, 30), box(0, 0, 15, 20), box(15, 0, 30, 20)],
        crs=CRS,
    )
    asked: dict[str, Any] = {"min_area_m2": 500, "required": ["east", "west"]}
    apart = choose(homes, plots, 3, **asked)
    assert (apart.gain, apart.gain_together) == (2, 2)
    joined = choose(homes, plots, 3, **asked, area_of="joined")
    assert (joined.gain, joined.gain_together) == (2, 9)
    assert joined.demand["state"].tolist() == ["gained_together", "gained"]
    assert joined.demand["site"].tolist() == ["west", "big"]
    # Offered as one site, the model sees it too.
    sites = join_plots(plots)
    assert sites["plots"].tolist() == [("big",), ("west", "east")]
    assert choose(homes, sites, 2, min_area_m2=500, method="exact").gain == 9


def test_a_plot_lifts_what_it_touches_over_the_smallest_area() -> None:
    homes = GeoDataFrame({"people": [4]}, geometry=[Point(0, 150)], crs=CRS)
    small = GeoDataFrame(geometry=[box(0, 20, 20, 40)], crs=CRS)
    plots = GeoDataFrame(index=["p"], geometry=[box(0, 0, 20, 20)], crs=CRS)
    choice = choose(homes, plots, 1, existing=small, min_area_m2=800, area_of="joined")
    assert (choice.chosen, choice.gain, choice.gain_together) == (("p",), 4, 4)


def test_capacity_serves_everybody_whole_and_nearest_first() -> None:
    homes = GeoDataFrame(
        {"people": [5, 4, 3]},
        index=list("hij"),
        geometry=[Point(x, 0) for x in (0, 10, 20)],
        crs=CRS,
    )
    plots = GeoDataFrame(
        {"room": [8, 4]}, index=["p", "q"], geometry=[Point(0, 5), Point(20, 5)], crs=CRS
    )
    choice = choose(homes, plots, 2, capacity="room")
    assert choice.sites["gain"].to_dict() == {"p": 8, "q": 4}
    assert choice.demand["site"].to_dict() == {"h": "p", "i": "q", "j": "p"}
    assert choice.certificate.bound is None
    assert choice.certificate.gap is None
    assert choose(homes, plots.assign(room=None), 2, capacity="room").chosen == ("p",)
    with pytest.raises(NotSupportedError):
        choose(homes, plots, 2, capacity="room", method="exact")
    with pytest.raises(ColumnMissingError):
        choose(homes, plots, 2, capacity="seats")
    with pytest.raises(WeightError):
        choose(homes, plots.assign(room=-1), 2, capacity="room")


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        ({"required": ["x"]}, LabelUnknownError),
        ({"required": ["p0"], "excluded": ["p0"]}, LabelContradictionError),
        ({"excluded": "p0"}, ArgumentTypeError),
        ({"method": "best"}, ArgumentTypeError),
        ({"area_of": "all"}, ArgumentTypeError),
        ({"time_limit_s": 0}, NumberError),
    ],
)
def test_refusals(asked: dict[str, Any], refusal: type[Exception]) -> None:
    homes, plots, _ = town(1)
    with pytest.raises(refusal):
        choose(homes, plots, 1, **asked)


@pytest.mark.parametrize("k", [0, -1, 1_000_000, float("nan")])
def test_the_number_of_sites_is_bounded(k: float) -> None:
    homes, plots, _ = town(1)
    with pytest.raises(NumberError):
        choose(homes, plots, k)  # type: ignore[arg-type]


def test_inputs_are_not_changed() -> None:
    frames = town(3)
    copies = [frame.copy() for frame in frames]
    choose(frames[0], frames[1], 2, existing=frames[2])
    for frame, copy in zip(frames, copies, strict=True):
        assert_geodataframe_equal(frame, copy)
