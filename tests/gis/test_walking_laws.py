"""What holds for walks whatever the streets, on streets drawn at random."""

import itertools
import pickle
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoSeries
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point
from shapely.ops import substring

from gis.nearness.distance import distance_to_nearest
from gis.walks.network import WalkNetwork
from gis.walks.walking import walking_distance
from tests.gis.walk_oracle import Streets, split_at_vertices, walks_to_points

CRS = 4551
FAR_M = 1e6

# Whole metres on a small board: shared ends, loops, parallel lines and ties are frequent.
CORNERS = st.tuples(st.integers(0, 6), st.integers(0, 6)).map(lambda xy: (10 * xy[0], 10 * xy[1]))
LINES = (
    st.lists(CORNERS, min_size=2, max_size=4)
    .filter(lambda corners: all(a != b for a, b in itertools.pairwise(corners)))
    .map(LineString)
    .filter(lambda line: line.is_simple)
)
# Off the board's lines of symmetry, where two streets would be equally near.
SPOTS = st.builds(
    lambda x, y: Point(x + 0.317, y + 0.139), st.integers(-30, 90), st.integers(-30, 90)
)


@dataclass(frozen=True)
class Town:
    lines: tuple[LineString, ...]
    places: tuple[Point, ...]
    targets: tuple[Point, ...]
    max_snap_m: float

    @property
    def network(self) -> WalkNetwork:
        return WalkNetwork.from_lines(GeoSeries(list(self.lines), crs=CRS))


def without_overlaps(lines: list[LineString]) -> list[LineString]:
    """Leave out what runs along another line: which of the two one walks on would be a toss-up."""
    kept: list[LineString] = []
    for line in lines:
        if all(line.intersection(other).length == 0 for other in kept):
            kept.append(line)
    return kept


@st.composite
def towns(draw: st.DrawFn) -> Town:
    lines = draw(st.lists(LINES, min_size=1, max_size=12))
    # A vertex in the middle joins as well: the oracle wants lines that meet at their ends only.
    pieces = {piece.normalize() for line in lines for piece in split_at_vertices(line)}
    streets = Streets(without_overlaps(sorted(pieces, key=lambda piece: list(piece.coords))))
    spots = SPOTS.filter(lambda spot: not streets.is_ambiguous(spot))
    return Town(
        tuple(streets.lines),
        tuple(draw(st.lists(spots, min_size=1, max_size=6))),
        tuple(draw(st.lists(spots, max_size=4))),
        draw(st.sampled_from([5.0, 20.0, 1000.0])),
    )


def series(points: Any) -> GeoSeries:
    return GeoSeries(list(points), crs=CRS)


def walk(town: Town, network: WalkNetwork | None = None, **options: Any) -> pd.DataFrame:
    options = {"limit_m": FAR_M, "max_snap_m": town.max_snap_m} | options
    return walking_distance(
        series(town.places), series(town.targets), network or town.network, **options
    )


def metres(found: pd.DataFrame) -> Any:
    return found["distance_m"].to_numpy()


@given(towns())
@settings(max_examples=150, deadline=None)
def test_it_equals_a_search_from_every_place(town: Town) -> None:
    found = walk(town)
    truth = walks_to_points(town.places, town.targets, town.lines, town.max_snap_m)
    assert found["reason"].fillna("").tolist() == [reason for reason, _ in truth]
    expected = [length for _, length in truth]
    assert np.allclose(metres(found), expected, atol=1e-9, equal_nan=True)
    parts = found["network_m"] + found["snap_m"]
    assert np.allclose(metres(found), parts, atol=1e-9, equal_nan=True)
    assert (found["network_m"].dropna() >= -1e-9).all()


@given(towns())
@settings(max_examples=30, deadline=None)
def test_there_is_as_far_as_back(town: Town) -> None:
    network = town.network
    for place in town.places:
        for target in town.targets:
            there = walking_distance(
                series([place]), series([target]), network, limit_m=FAR_M, max_snap_m=1000
            )
            back = walking_distance(
                series([target]), series([place]), network, limit_m=FAR_M, max_snap_m=1000
            )
            assert np.allclose(metres(there), metres(back), atol=1e-9, equal_nan=True)


@given(towns(), st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_the_order_of_rows_is_irrelevant_to_the_last_digit(town: Town, random: Any) -> None:
    mixed = Town(
        tuple(
            random.choice([line, line.reverse()])
            for line in random.sample(town.lines, len(town.lines))
        ),
        town.places,
        tuple(random.sample(town.targets, len(town.targets))),
        town.max_snap_m,
    )
    pd.testing.assert_frame_equal(walk(mixed), walk(town), check_exact=True)


@given(towns(), st.integers(0, 40))
@settings(max_examples=30, deadline=None)
def test_moving_everything_changes_nothing(town: Town, by: int) -> None:
    dx, dy = 1024.0 * by, -2048.0 * by

    def moved(shapes: Any) -> tuple[Any, ...]:
        return (
            tuple(shapely.transform(list(shapes), lambda xy: xy + np.array([dx, dy])))
            if shapes
            else ()
        )

    there = Town(moved(town.lines), moved(town.places), moved(town.targets), town.max_snap_m)
    assert np.allclose(metres(walk(there)), metres(walk(town)), atol=1e-6, equal_nan=True)


@given(towns(), st.floats(0.1, 0.2))
@settings(max_examples=30, deadline=None)
def test_cutting_edges_changes_nothing(town: Town, first: float) -> None:
    # Each line elsewhere, so that no two are cut where they cross: that would join them.
    cuts = [(first + 0.618034 * number) % 0.8 + 0.1 for number in range(len(town.lines))]
    pieces = [
        substring(line, *part, normalized=True)
        for line, cut in zip(town.lines, cuts, strict=True)
        for part in ((0, cut), (cut, 1))
    ]
    finer = WalkNetwork.from_lines(series(pieces))
    assert finer.report.edges >= town.network.report.edges
    assert np.allclose(metres(walk(town, finer)), metres(walk(town)), atol=1e-9, equal_nan=True)


@given(towns(), st.integers(0, 200))
@settings(max_examples=30, deadline=None)
def test_a_limit_only_cuts_off(town: Town, limit_m: int) -> None:
    far, near = walk(town), walk(town, limit_m=float(limit_m))
    within = metres(far) <= limit_m
    assert np.array_equal(metres(near)[within], metres(far)[within])
    beyond = metres(far) > limit_m
    assert np.isinf(metres(near)[beyond]).all()
    assert (near["reason"][beyond] == "over_limit").all()
    assert near["reason"][~beyond].equals(far["reason"][~beyond])


@given(towns(), SPOTS)
@settings(max_examples=30, deadline=None)
def test_one_more_target_never_makes_it_farther(town: Town, another: Point) -> None:
    more = Town(town.lines, town.places, (*town.targets, another), town.max_snap_m)
    before, after = metres(walk(town)), metres(walk(more))
    known = ~np.isnan(before)
    assert (after[known] <= before[known]).all()


@given(towns())
@settings(max_examples=30, deadline=None)
def test_nobody_walks_less_than_the_straight_line(town: Town) -> None:
    straight = distance_to_nearest(series(town.places), series(town.targets)).to_numpy()
    found = metres(walk(town))
    known = np.isfinite(found)
    assert (found[known] >= straight[known] - 1e-9).all()


@given(towns())
@settings(max_examples=20, deadline=None)
def test_a_network_comes_out_of_a_pickle_as_it_went_in(town: Town) -> None:
    network = town.network
    before = walk(town, network)
    again: WalkNetwork = pickle.loads(pickle.dumps(network))  # noqa: S301 - our own
    pd.testing.assert_frame_equal(walk(town, again), before, check_exact=True)
    assert again.report == network.report
