"""Offers read from a list, and the free plots of the town that they get."""

import datetime as dt
from pathlib import Path

import pytest
import shapely

from layers import Store
from layers.analysis import Match, Offer, OnFoot, adoptions_of, read_offers, run_match, verify_run
from layers.errors import AnalysisInputError
from tests.layers.store.town import buildings, degrees, frame, territory, write

ON = dt.date(2026, 6, 1)


@pytest.fixture
def town(store: Store) -> Store:
    """Four plots of 400 m² along the south; of the last two one is taken, one free again."""
    territory(store)
    write(store, "building", frame(buildings((0, 0))))
    plots = {f"p{n}": shapely.box(100 * n, 20, 100 * n + 20, 40) for n in range(4)}
    write(store, "adoption_plot", frame(plots, adoption_kind="maintain", area_m2=400.0))
    write(store, "walkway", frame({"w1": shapely.LineString([(0, 10), (400, 10)])}))
    columns = {
        "plot_code": ["p2", "p3"],
        "state": "active",
        "agreed_to": [dt.date(2027, 1, 1), dt.date(2026, 5, 1)],
    }
    write(store, "adoption", frame({"a1": None, "a2": None}, **columns).drop(columns="geometry"))
    return store


def offers(tmp_path: Path, store: Store, *, by_area: bool = False) -> list[Offer]:
    place = degrees([shapely.Point(310, 10)])[0]
    path = tmp_path / "offers.csv"
    path.write_text(
        "编码,单位名称,楼栋编码,网格编码,经度,纬度,可认养地块数,可认养面积\n"
        "u1,园林局,b1,,,,1,400\n"
        f"u2,学校,,,{place.x:.9f},{place.y:.9f},2,300\n"
        "u3,志愿队,,g33,,,1,\n"
        "u4,街道,,g77,,,很多,900\n"
    )
    return read_offers(store, path, by_area=by_area)


def said(found: Match) -> list[tuple[str, str]]:
    return [(row["plot_code"], row["adopter_code"]) for row in found.run.results["pairs"]]


def test_offers_are_placed_by_building_grid_or_coordinates(town: Store, tmp_path: Path) -> None:
    read = offers(tmp_path, town)
    assert [offer.code for offer in read] == ["u1", "u2", "u3", "u4"]
    assert [offer.capacity for offer in read] == [1, 2, 1, None]
    places = [None if each.x is None else (each.x, each.y) for each in read]
    corner = (500_000, 4_650_000)
    assert places[0] == pytest.approx((corner[0] + 5, corner[1] + 5), abs=0.1)
    assert places[1] == pytest.approx((corner[0] + 310, corner[1] + 10), abs=0.1)
    assert places[2] == pytest.approx((corner[0] + 350, corner[1] + 350), abs=0.1)
    assert places[3] is None


def test_free_plots_go_to_those_near(town: Store, tmp_path: Path) -> None:
    found = run_match(town, offers(tmp_path, town), limit_m=150, on=ON)
    assert said(found) == [("p0", "u1"), ("p3", "u2")]
    results = found.run.results
    assert [(row["plot_code"], row["reason"]) for row in results["plots"]] == [
        ("p1", "capacity_used")
    ]
    reasons = {row["adopter_code"]: row["reason"] for row in results["adopters"]}
    assert reasons == {"u1": None, "u2": None, "u3": "too_far", "u4": "no_geometry"}
    kept, again = verify_run(town, found.run.id)
    assert (kept.results, kept.inputs) == (again.results, again.inputs)
    applied = adoptions_of(found)
    assert applied["code"].tolist() == ["p0-20260601", "p3-20260601"]
    assert applied["state"].unique().tolist() == ["applied"]


def test_square_metres_can_be_what_they_take(town: Store, tmp_path: Path) -> None:
    read = offers(tmp_path, town, by_area=True)
    found = run_match(town, read, limit_m=150, by_area=True, worth="area_m2", on=ON)
    assert said(found) == [("p0", "u1")]
    assert {row["plot_code"]: row["reason"] for row in found.run.results["plots"]} == {
        "p1": "capacity_used",
        "p3": "too_large",
    }


def test_one_walks_along_the_walkways(town: Store, tmp_path: Path) -> None:
    found = run_match(town, offers(tmp_path, town)[:2], limit_m=250, on_foot=OnFoot(), on=ON)
    pairs = {row["plot_code"]: row["distance_m"] for row in found.run.results["pairs"]}
    assert pairs["p3"] == pytest.approx(10, abs=0.5)
    assert set(pairs) == {"p0", "p1", "p3"}


def test_without_offers_or_with_a_list_of_nobody_it_is_refused(town: Store, tmp_path: Path) -> None:
    with pytest.raises(AnalysisInputError):
        run_match(town, [], limit_m=100)
    path = tmp_path / "nobody.csv"
    path.write_text("颜色,数量\n红,3\n")
    with pytest.raises(AnalysisInputError):
        read_offers(town, path)
    with pytest.raises(AnalysisInputError):
        run_match(town, offers(tmp_path, town), limit_m=100, worth="name")
