"""Estimates written into a store: households of buildings, areas of grids and compounds."""

import pandas as pd
import pytest
import shapely
from geopandas import GeoDataFrame
from shapely import box

from layers import Store
from layers.analysis import run_coverage
from layers.errors import AnalysisInputError, LayerChangedError
from layers.supply import (
    AREA_SOURCE,
    plan_areas,
    plan_households,
    write_areas,
    write_households,
)
from tests.layers.analysis.asking import GREEN, NEAR, figure
from tests.layers.store.town import METRIC_CRS, buildings, frame, write

HOMES = ((10, 10), (30, 10), (50, 10), (110, 10))


def homes(store: Store, **columns: object) -> dict[str, str]:
    columns = {"use": "residential", "floors": pd.array([6, 3, None, 2], dtype="Int64")} | columns
    return write(store, "building", frame(buildings(*HOMES), **columns))


def grids(store: Store, *households: int | None, shapes: bool = True) -> dict[str, str]:
    places = {f"g{n}": box(100 * n, 0, 100 * n + 100, 100) if shapes else None for n in range(2)}
    return write(store, "grid", frame(places, households=pd.array(households, dtype="Int64")))


def by_code(store: Store, column: str) -> dict[str, object]:
    rows = store.read("building").set_index("code")[column]
    return {code: None if pd.isna(value) else value for code, value in rows.items()}


def metric(store: Store, kind: str) -> GeoDataFrame:
    return store.read(kind).to_crs(METRIC_CRS).set_index("code")


def test_totals_of_grids_become_estimates_of_buildings(store: Store) -> None:
    homes(store)
    grids(store, 27, 5)
    plan = plan_households(store, "grid")
    assert plan.changes.sort_values("code")["becomes"].tolist() == [12, 6, 9, 5]
    assert store.read("building")["households"].isna().all()
    number = write_households(store, plan, author="tester")
    assert by_code(store, "households") == {"b1": 12, "b2": 6, "b3": 9, "b4": 5}
    assert all(by_code(store, "households_estimated").values())
    (change,) = (each for each in store.changesets() if each.id == number)
    assert (change.cause, change.source) == ("correction", "supply_households:grid")


def test_the_same_again_changes_nothing(store: Store) -> None:
    homes(store)
    grids(store, 27, 5)
    write_households(store, plan_households(store, "grid"), author="tester")
    again = plan_households(store, "grid")
    assert again.is_empty
    assert write_households(store, again, author="tester") is None


def test_what_is_known_stays_and_is_not_estimated(store: Store) -> None:
    homes(store, households=pd.array([None, 7, None, None], dtype="Int64"))
    grids(store, 27, None)
    write_households(store, plan_households(store, "grid"), author="tester")
    assert by_code(store, "households") == {"b1": 11, "b2": 7, "b3": 9, "b4": None}
    assert by_code(store, "households_estimated") == {
        "b1": True,
        "b2": None,
        "b3": True,
        "b4": None,
    }


def test_an_estimate_that_no_longer_holds_goes(store: Store) -> None:
    uids = homes(store)
    grids(store, 28, 5)
    write_households(store, plan_households(store, "grid"), author="tester")
    with store.change(author="tester", message="a shop after all") as change:
        change.update(
            "building",
            pd.DataFrame({"use": "commercial"}, index=pd.Index([uids["b1"]], name="uid")),
        )
    write_households(store, plan_households(store, "grid"), author="tester")
    # Without b1 the floors of b3 are taken from b2 alone.
    assert by_code(store, "households") == {"b1": None, "b2": 14, "b3": 14, "b4": 5}
    marks = by_code(store, "households_estimated")
    assert [name for name, estimated in marks.items() if not estimated] == ["b1"]


def test_compounds_without_an_area_have_the_buildings_that_name_them(store: Store) -> None:
    homes(
        store, compound_code=["k1", "k2", "k1", "k2"], floors=pd.array([1, 1, 1, 1], dtype="Int64")
    )
    write(
        store,
        "compound",
        frame({"k1": None, "k2": None}, households=pd.array([10, 8], dtype="Int64")),
    )
    plan = plan_households(store, "compound")
    write_households(store, plan, author="tester")
    assert by_code(store, "households") == {"b1": 5, "b2": 4, "b3": 5, "b4": 4}
    assert plan.units["name"].isna().all()
    assert sorted(plan.units["code"]) == ["k1", "k2"]


def test_coverage_says_which_part_is_estimated(store: Store) -> None:
    write(store, "green_space", frame({"park": GREEN}, access="public"))
    homes(store, households=pd.array([None, 8, None, None], dtype="Int64"))
    grids(store, 27, 5)
    write_households(store, plan_households(store, "grid"), author="tester")
    found = figure(run_coverage(store, NEAR, weight="households"))
    assert found["base"] == 32
    assert found["estimated_share"] == pytest.approx(24 / 32)


def test_a_change_in_between_is_not_written_over(store: Store) -> None:
    homes(store)
    grids(store, 27, 5)
    plan = plan_households(store, "grid")
    write(store, "building", frame({"b9": box(0, 0, 5, 5)}))
    with pytest.raises(LayerChangedError):
        write_households(store, plan, author="tester")


def test_what_cannot_be_spread_is_refused(store: Store) -> None:
    for kind in ("road", "building", "grid_cell"):
        with pytest.raises(AnalysisInputError) as refused:
            plan_households(store, kind)
        assert refused.value.values["reason"] == "no_households_field"
    with pytest.raises(AnalysisInputError):
        plan_households(store, "grid")
    homes(store)
    grids(store, None, None)
    with pytest.raises(AnalysisInputError) as refused:
        plan_households(store, "grid")
    assert refused.value.values["reason"] == "no_totals"


def test_grids_get_their_areas_from_the_buildings_that_name_them(store: Store) -> None:
    homes(store, grid_code=["g0", "g0", "g1", "g2"])
    write(store, "community", frame({"c": box(0, 0, 150, 40)}))
    write(store, "road", frame({"r": shapely.LineString([(90, -10), (90, 60)])}))
    uids = grids(store, 27, 5, shapes=False)
    plan = plan_areas(store, "grid")
    assert (sorted(plan.changed), plan.added, plan.kept) == (["g0", "g1"], ("g2",), 0)
    write_areas(store, plan, author="tester")
    made = metric(store, "grid")
    assert made.area.sum() == pytest.approx(150 * 40, rel=1e-6)
    assert made.loc["g2"].geometry.area == pytest.approx(60 * 40, rel=1e-6)
    assert (made["source"] == AREA_SOURCE).all()
    assert made.loc["g0", "households"] == 27
    assert set(uids.values()) < set(store.read("grid").index)
    assert shapely.coverage_is_valid(store.read("grid").geometry.to_numpy())
    assert sorted(plan_areas(store, "grid").changed) == ["g0", "g1", "g2"]


def test_surveyed_areas_stay_and_their_ground_is_not_divided(store: Store) -> None:
    homes(store, grid_code=["g0", "g1", "g1", "g1"])
    write(store, "community", frame({"c": box(0, 0, 150, 40)}))
    write(store, "grid", frame({"g0": box(0, 0, 22, 40), "g1": None}))
    plan = plan_areas(store, "grid")
    assert (sorted(plan.changed), plan.kept) == (["g1"], 1)
    write_areas(store, plan, author="tester")
    made = metric(store, "grid").geometry
    assert made["g0"].area == pytest.approx(22 * 40, rel=1e-6)
    assert made["g1"].area == pytest.approx(128 * 40, rel=1e-6)


def test_compounds_are_lists_of_buildings(store: Store) -> None:
    homes(store, compound_code=[None, None, None, "k2"])
    lists = frame({"k1": None, "k2": None}, building_codes=["b1; b2", "b2;b3"])
    write(store, "compound", lists)
    write(store, "residential_land", frame({"d": box(0, 0, 150, 40)}))
    plan = plan_areas(store, "compound")
    assert plan.conflicts == ("b2",)
    write_areas(store, plan, author="tester")
    made = metric(store, "compound").geometry
    assert made.area.sum() == pytest.approx(150 * 40, rel=1e-6)


def test_what_has_no_lists_is_refused(store: Store) -> None:
    homes(store)
    with pytest.raises(AnalysisInputError) as refused:
        plan_areas(store, "community")
    assert refused.value.values["reason"] == "no_list_field"
    with pytest.raises(AnalysisInputError) as refused:
        plan_areas(store, "grid")
    assert refused.value.values["reason"] == "no_lists"
