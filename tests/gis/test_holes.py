"""Who answers for which ground: by hand, by law, and against a lattice that can be counted."""

from datetime import date
from random import Random

import numpy as np
import pytest
import shapely
from geopandas import GeoDataFrame, GeoSeries
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas import DataFrame
from shapely import box
from shapely.affinity import translate

from gis import HolesResult, find_holes
from gis.errors import (
    ColumnMissingError,
    CrsNotMetricError,
    DateError,
    DuplicateIndexError,
    GeometryFamilyError,
    GeometryInvalidError,
)
from tests.gis import zoo

CRS = 4551
TOWN = GeoSeries([box(0, 0, 40, 10)], crs=CRS)
DAY = date(2026, 5, 1)


def posts(*rows: tuple[object, ...]) -> GeoDataFrame:
    """Make responsibilities out of holder, shape, and perhaps begin and end."""
    filled = [(*row, None, None)[:4] for row in rows]
    holder, shape, begin, end = zip(*filled, strict=True) if filled else ((), (), (), ())
    terms = {"valid_from": list(begin), "valid_to": list(end)}
    columns = DataFrame({"holder": list(holder), **terms}, dtype=object)
    return GeoDataFrame(columns, geometry=list(shape), crs=CRS)


def told(found: HolesResult) -> list[tuple[object, ...]]:
    columns = found.pieces[["state", "holders", "area_m2", "buildings", "weight"]]
    return [tuple(row) for row in columns.round(6).itertuples(index=False)]


def area_of(found: HolesResult, state: str) -> float:
    return float(found.account["area_m2"].to_dict()[state])


def test_each_state_has_its_ground_and_they_add_up() -> None:
    found = find_holes(
        TOWN,
        posts(
            ("a", box(0, 0, 10, 10)),
            ("b", box(8, 0, 20, 10)),
            ("c", box(18, 0, 30, 10), None, "2026-05-01"),
            ("d", box(30, 0, 35, 10), "2026-05-02"),
        ),
        on=DAY,
    )
    assert told(found) == [
        ("nobody", (), 100.0, 0, 0.0),
        ("expired", ("c",), 100.0, 0, 0.0),
        ("several", ("a", "b"), 20.0, 0, 0.0),
    ]
    assert found.account["area_m2"].tolist() == pytest.approx([180, 100, 100, 20])
    assert found.account["share"].sum() == pytest.approx(1)
    assert found.error_m2 < 1e-9
    assert found.ended.to_numpy().tolist() == [[2, "c", "2026-05-01"]]
    assert found.left_out.tolist() == ["not_begun"]


def test_a_post_holds_up_to_the_day_before_its_end() -> None:
    duty = posts(("c", box(0, 0, 40, 10), "2026-01-01", "2026-05-01"))
    answered = find_holes(TOWN, duty, on="2026-04-30")
    assert area_of(answered, "answered") == 400
    assert area_of(find_holes(TOWN, duty, on="2026-05-01"), "expired") == 400


def test_two_posts_of_one_holder_are_one_answer() -> None:
    found = find_holes(TOWN, posts(("a", box(0, 0, 30, 10)), ("a", box(20, 0, 40, 10))))
    assert told(found) == []
    assert area_of(found, "answered") == 400


def test_neighbours_are_named_with_the_border_they_share() -> None:
    duties = posts(
        ("west", box(0, 0, 10, 10)),
        ("south", box(10, 0, 40, 4)),
        ("south", box(10, 3, 12, 5)),
    )
    found = find_holes(TOWN, duties)
    assert found.neighbours.to_numpy().tolist() == [[1, "south", 31.0], [1, "west", 5.0]]


def test_buildings_and_people_are_counted_where_they_stand() -> None:
    homes = GeoDataFrame(
        {"people": [5.0, 7.0, None, 11.0, 2.0, 3.0]},
        geometry=[
            box(1, 1, 2, 2),
            box(21, 1, 22, 2),
            box(31, 1, 32, 2),
            box(36, 1, 37, 2),
            box(90, 1, 91, 2),
            None,
        ],
        crs=CRS,
    )
    duties = posts(("a", box(0, 0, 20, 10)), ("b", box(30, 0, 40, 10)), ("c", box(35, 0, 40, 10)))
    found = find_holes(TOWN, duties, buildings=homes, weight="people")
    assert told(found) == [
        ("nobody", (), 100.0, 1, 7.0),
        ("several", ("b", "c"), 50.0, 1, 11.0),
    ]
    assert found.account["buildings"].sum() == 4
    assert found.account["weight"].sum() == 23
    assert (found.outside, found.no_weight) == (2, 1)


def test_people_come_before_area_in_the_rank() -> None:
    homes = GeoDataFrame({"people": [9]}, geometry=[box(36, 1, 37, 2)], crs=CRS)
    found = find_holes(TOWN, posts(("a", box(30, 0, 35, 10))), buildings=homes, weight="people")
    assert found.pieces["area_m2"].tolist() == [50, 300]
    assert found.pieces["weight"].tolist() == [9, 0]


def test_pieces_say_in_which_units_they_lie() -> None:
    grids = GeoSeries([box(0, 0, 15, 10), box(15, 0, 30, 10)], index=["w", "m"], crs=CRS)
    duty = posts(("a", box(0, 0, 10, 10)))
    found = find_holes(TOWN, duty, units=grids)
    assert len(found.pieces) == 1
    assert found.units.fillna("").to_numpy().tolist() == [
        [1, "m", 150.0],
        [1, "", 100.0],
        [1, "w", 50.0],
    ]
    apart = find_holes(TOWN, duty, units=grids, split=True)
    assert apart.pieces["area_m2"].tolist() == [150, 100, 50]
    assert apart.account.loc["nobody", "pieces"] == 3


def test_cracks_between_two_surveys_are_slivers_and_join_nothing() -> None:
    """A crack of 20 cm leads from one hole to the other: they stay two holes."""
    grids = GeoSeries([box(0, 0, 10, 10), box(30, 0, 40, 10)], index=["w", "e"], crs=CRS)
    duty = posts(("a", box(10, 0.2, 30, 10)))
    found = find_holes(TOWN, duty, units=grids)
    assert found.pieces["area_m2"].tolist() == pytest.approx([100, 100])
    nobody = found.account.loc["nobody"]
    assert (nobody["slivers"], nobody["sliver_m2"]) == (1, pytest.approx(4))
    assert nobody["area_m2"] == pytest.approx(204)
    fine = find_holes(TOWN, duty, units=grids, sliver_m=0.1)
    assert fine.pieces["area_m2"].tolist() == pytest.approx([204])


def test_without_a_duty_nobody_answers_for_anything() -> None:
    found = find_holes(TOWN, posts())
    assert told(found) == [("nobody", (), 400.0, 0, 0.0)]
    nowhere = find_holes(GeoSeries([None], crs=CRS), posts(("a", box(0, 0, 1, 1))))
    assert (len(nowhere.pieces), nowhere.territory_m2) == (0, 0)
    assert nowhere.account["share"].isna().all()


def test_rows_that_cannot_be_looked_at_are_named() -> None:
    duties = posts(("a", None), (None, box(0, 0, 40, 10)), ("b", shapely.Polygon()))
    duties.index = ["no ground", "nobody's", "empty"]
    found = find_holes(TOWN, duties)
    assert found.left_out.to_dict() == {
        "no ground": "no_geometry",
        "nobody's": "no_holder",
        "empty": "no_geometry",
    }
    assert area_of(found, "nobody") == 400


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"territory": GeoSeries([shapely.Point(0, 0)], crs=CRS)}, GeometryFamilyError),
        ({"territory": GeoSeries(zoo.INVALID["bow tie"], crs=CRS)}, GeometryInvalidError),
        ({"territory": TOWN.to_crs(4490)}, CrsNotMetricError),
        ({"holder": "post"}, ColumnMissingError),
        ({"on": "today"}, DateError),
        ({"responsibilities": posts(("a", TOWN[0]), ("b", TOWN[0])).set_axis([1, 1])},
         DuplicateIndexError),
    ],
)  # fmt: skip
def test_what_cannot_be_cut_is_refused(change: dict[str, object], error: type[Exception]) -> None:
    asked = {"territory": TOWN, "responsibilities": posts(("a", TOWN[0])), **change}
    with pytest.raises(error):
        find_holes(**asked)


@pytest.mark.parametrize("name", zoo.AREAS)
def test_awkward_territories_are_conserved(name: str) -> None:
    ground = GeoSeries([zoo.AREAS[name]], crs=CRS)
    middle = shapely.centroid(shapely.force_2d(ground[0]))
    found = find_holes(ground, posts(("a", middle.buffer(4)), ("b", middle.buffer(7))))
    assert found.account["area_m2"].sum() == pytest.approx(ground.area[0], rel=1e-9)


SIDE = 6
LATTICE = GeoSeries([box(0, 0, SIDE, SIDE)], crs=CRS)


@st.composite
def duties_on_a_lattice(draw: st.DrawFn) -> GeoDataFrame:
    """Draw rectangles with whole corners, some of them over."""
    cell = st.integers(-1, SIDE + 1)
    rows = []
    for _ in range(draw(st.integers(0, 6))):
        (x0, x1), (y0, y1) = (sorted(draw(st.tuples(cell, cell))) for _ in "xy")
        end = draw(st.sampled_from([None, "2026-01-01", "2027-01-01"]))
        shape = box(x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None
        rows.append((draw(st.sampled_from("abc")), shape, None, end))
    return posts(*rows)


def counted(duties: GeoDataFrame) -> dict[str, int]:
    """Ask each square of the lattice who answers for it."""
    counts = dict.fromkeys(("answered", "nobody", "expired", "several"), 0)
    for x in range(SIDE):
        for y in range(SIDE):
            here = duties[duties.intersects(shapely.Point(x + 0.5, y + 0.5))]
            runs = here[here["valid_to"].isna() | (here["valid_to"] > "2026-05-01")]
            holders = runs["holder"].nunique()
            if holders:
                counts["answered" if holders == 1 else "several"] += 1
            else:
                counts["expired" if len(here) else "nobody"] += 1
    return counts


@settings(max_examples=25, deadline=None)
@given(duties_on_a_lattice())
def test_a_lattice_counts_the_same(duties: GeoDataFrame) -> None:
    found = find_holes(LATTICE, duties, on=DAY, sliver_m=0.0)
    assert found.account["area_m2"].round(6).to_dict() == counted(duties)
    assert found.pieces.area.sum() == pytest.approx(found.account["area_m2"].iloc[1:].sum())
    assert found.pieces.geometry.is_valid.all()


@settings(max_examples=20, deadline=None)
@given(duties_on_a_lattice(), st.randoms(use_true_random=False))
def test_neither_the_order_of_rows_nor_the_place_matters(
    duties: GeoDataFrame, chance: Random
) -> None:
    order = list(range(len(duties)))
    chance.shuffle(order)
    here = find_holes(LATTICE, duties, on=DAY)
    shuffled = find_holes(LATTICE, duties.iloc[order], on=DAY)
    assert told(shuffled) == told(here)
    moved = duties.set_geometry([s and translate(s, 5e5, 4e6) for s in duties.geometry], crs=CRS)
    there = find_holes(LATTICE.translate(5e5, 4e6), moved, on=DAY)
    assert told(there) == told(here)
    assert np.allclose(there.account["area_m2"], here.account["area_m2"])
