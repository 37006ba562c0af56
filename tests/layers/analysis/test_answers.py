"""Coverage and gaps of a town small enough to be counted in the head."""

import datetime as dt
from typing import Any

import pandas as pd
import pytest
import shapely

from gis.errors import RuleValueError
from layers import Scope, Store, Verb
from layers.analysis import PLACES_OF_WEIGHT, WEIGHTS, run_coverage, run_gaps, verify_run
from layers.errors import AnalysisInputError, ChangesetUnknownError, ScopeError, UnknownKindError
from tests.layers.analysis.asking import GREEN, NEAR, ON, by_unit, figure, rules
from tests.layers.store.town import buildings, frame, write


def test_each_building_counts_once(store: Store, units: dict[str, str]) -> None:
    analysis = run_coverage(store, NEAR, on=ON)
    found = figure(analysis)
    assert (found["covered"], found["uncovered"], found["base"]) == (1, 3, 4)
    assert found["share"] == 0.25
    assert found["excluded"]["no_geometry"] == 1
    assert found["total"] == 5
    places = analysis.coverage.places
    assert places.loc[units["b1"], "green.distance_m"] == pytest.approx(10, abs=1e-3)
    assert places.loc[units["b2"], "green.distance_m"] == pytest.approx(110, abs=1e-3)
    assert places.loc[units["b2"], "green.reason"] == "over_limit"
    assert analysis.run.inputs["building"] == analysis.run.inputs["green_space"] + 1


@pytest.mark.parametrize(
    ("weight", "covered", "base", "total"),
    [("buildings", 1, 4, 5), ("households", 10, 70, 75), ("population", 30, 300, 315)],
)
def test_what_is_counted_is_what_was_asked(
    store: Store, units: dict[str, str], weight: str, covered: float, base: float, total: float
) -> None:
    del units
    analysis = run_coverage(store, NEAR, weight=weight, on=ON)
    found = figure(analysis)
    assert (found["covered"], found["base"]) == (covered, base)
    assert found["total"] >= total
    assert analysis.run.parameters["weight"] == weight


def test_an_unknown_number_of_households_is_excluded_and_not_nought(
    store: Store, units: dict[str, str]
) -> None:
    analysis = run_coverage(store, NEAR, weight="households", on=ON)
    assert analysis.coverage.places.loc[units["b3"], "green.reason"] == "no_weight"
    assert "no_weight" in figure(analysis)["excluded"]


def test_estimated_weights_say_so(store: Store, units: dict[str, str]) -> None:
    del units
    assert figure(run_coverage(store, NEAR, weight="households", on=ON))["estimated_share"] == (
        pytest.approx(10 / 70)
    )
    assert figure(run_coverage(store, NEAR, weight="buildings", on=ON))["estimated_share"] is None


def test_levels_add_up_with_the_row_of_those_in_no_unit(
    store: Store, units: dict[str, str]
) -> None:
    del units
    analysis = run_coverage(store, NEAR, on=ON)
    assert by_unit(analysis, "grid") == {
        "g00": (1, 1, 1), "g10": (0, 1, 1), "g33": (0, 1, 1), None: (0, 1, 2),
    }  # fmt: skip
    assert by_unit(analysis, "community") == {
        "c0": (1, 1, 1), "c1": (0, 1, 1), "c3": (0, 1, 1), None: (0, 1, 2),
    }  # fmt: skip
    assert by_unit(analysis, "street") == {"s0": (1, 2, 2), "s1": (0, 1, 1), None: (0, 1, 2)}
    assert by_unit(analysis, "district") == {"d": (1, 3, 3), None: (0, 1, 2)}
    rows = analysis.run.results["by_unit"]
    for level in ("grid", "community", "street", "district"):
        mine = [row for row in rows if row["level"] == level]
        assert mine[-1]["code"] is mine[-1]["unit"] is mine[-1]["name"] is None
        assert sum(row["total"] for row in mine) == 5


def test_units_are_named(store: Store, units: dict[str, str]) -> None:
    with store.change(author="tester", message="names") as change:
        change.update("grid", pd.DataFrame({"name": "一号网格"}, index=[units["g00"]]))
    rows = run_coverage(store, NEAR, on=ON).run.results["by_unit"]
    (row,) = (row for row in rows if row["code"] == "g00")
    assert (row["unit"], row["name"]) == (units["g00"], "一号网格")
    (other,) = (row for row in rows if row["code"] == "g10")
    assert other["name"] is None


# --------------------------------------------------------------------------------- area


def test_ground_is_cut_along_the_units(store: Store, units: dict[str, str]) -> None:
    """A strip of 200 m by 50 m beside the green: its nearer half is covered."""
    del units
    write(store, "residential_land", frame({"z": shapely.box(50, 0, 250, 50)}))
    analysis = run_coverage(store, NEAR, weight="area", on=ON)
    found = figure(analysis)
    assert found["covered"] == pytest.approx(5_000, rel=1e-3)
    assert found["base"] == pytest.approx(10_000, rel=1e-3)
    assert found["lower"] <= found["covered"] <= found["upper"]
    grids = by_unit(analysis, "grid")
    expected = {"g00": (2_500, 2_500), "g10": (2_500, 5_000), "g20": (0, 2_500)}
    for code, (covered, base) in expected.items():
        assert grids[code][:2] == pytest.approx((covered, base), rel=1e-3, abs=0.5)
    streets = by_unit(analysis, "street")
    assert streets["s0"][:2] == pytest.approx((5_000, 7_500), rel=1e-3)
    for level in ("grid", "community", "street", "district"):
        assert sum(row[1] for row in by_unit(analysis, level).values()) == (
            pytest.approx(found["base"], rel=1e-9)
        )


def test_ground_in_no_unit_keeps_its_row(store: Store, units: dict[str, str]) -> None:
    del units
    zones = {
        "half": shapely.box(350, 0, 450, 10),
        "out": shapely.box(600, 0, 700, 10),
        "none": None,
    }
    write(store, "residential_land", frame(zones))
    analysis = run_coverage(store, NEAR, weight="area", on=ON)
    grids = by_unit(analysis, "grid")
    assert grids["g30"][1] == pytest.approx(500, rel=1e-3)
    assert grids[None][1] == pytest.approx(1_500, rel=1e-3)
    assert figure(analysis)["base"] == pytest.approx(2_000, rel=1e-3)
    assert "no_geometry" in figure(analysis)["excluded"]


def test_ground_is_measured_without_any_units(store: Store) -> None:
    write(store, "green_space", frame({"park": GREEN}))
    write(store, "residential_land", frame({"z": shapely.box(50, 0, 250, 50)}))
    found = figure(run_coverage(store, NEAR, weight="area", on=ON))
    assert found["share"] == pytest.approx(0.5, rel=1e-3)


def test_a_scope_takes_of_a_zone_the_ground_within(store: Store, units: dict[str, str]) -> None:
    zones = {"z": shapely.box(50, 0, 250, 50)}
    write(store, "residential_land", frame(zones))
    for code, covered, base in (("g00", 2_500, 2_500), ("g10", 2_500, 5_000), ("g20", 0, 2_500)):
        mine = Scope(units=frozenset({units[code]}))
        analysis = run_coverage(store, NEAR, weight="area", on=ON, scope=mine)
        assert set(by_unit(analysis, "grid")) == {code, None}
        found = figure(analysis)
        assert (found["covered"], found["base"]) == pytest.approx(
            (covered, base), rel=1e-3, abs=0.5
        )
    nobody = Scope(units=frozenset({units["g33"]}))
    with pytest.raises(AnalysisInputError):
        run_coverage(store, NEAR, weight="area", on=ON, scope=nobody)


# ------------------------------------------------------------------------------- targets


def test_a_lapsed_plot_is_no_green_and_is_named_as_the_reason(store: Store) -> None:
    living = rules("alive", "adoption_plot", 100, alive=True)
    write(store, "adoption_plot", frame({"P1": GREEN}))
    (home,) = write(store, "building", frame(buildings((60, 0)))).values()
    agreement = {
        "code": ["A1"], "plot_code": ["P1"], "state": ["active"], "care_interval_days": [30],
        "agreed_from": [ON], "agreed_to": [ON + dt.timedelta(days=365)],
    }  # fmt: skip
    with store.change(author="tester", message="adopt") as change:
        change.insert("adoption", pd.DataFrame(agreement))
    last_day = ON + dt.timedelta(days=30)
    alive = run_coverage(store, living, on=last_day)
    assert figure(alive)["covered"] == 1
    lapsed = run_coverage(store, living, on=last_day + dt.timedelta(days=1))
    assert figure(lapsed)["covered"] == 0
    assert figure(lapsed)["reasons"]["lapsed"] == 1
    assert lapsed.coverage.places.loc[home, "green.reason"] == "lapsed"
    assert {"adoption", "care_log", "adoption_plot"} <= set(lapsed.run.inputs)
    cared = {"code": ["L1"], "adoption_code": ["A1"], "cared_on": [last_day]}
    with store.change(author="tester", message="water") as change:
        change.insert("care_log", pd.DataFrame(cared))
    assert figure(run_coverage(store, living, on=last_day + dt.timedelta(days=1)))["covered"] == 1
    assert verify_run(store, lapsed.run.id)[1].results == lapsed.run.results


def test_a_tier_may_ask_for_entrances(store: Store, units: dict[str, str]) -> None:
    """b1 is 10 m from the fence and 60 m from the gate on the far side."""
    del units
    gate = frame({"gate": shapely.Point(0, 5)}, green_code="park")
    write(store, "green_entrance", gate)
    distances = {}
    for to in ("edge", "entrance"):
        analysis = run_coverage(store, rules("gates", "green_space", 50, to=to), on=ON)
        distances[to] = (figure(analysis)["covered"], "green_entrance" in analysis.run.inputs)
    # Read for both: a figure to the edge says what it would be to the entrances.
    assert distances == {"edge": (1, True), "entrance": (0, True)}


def test_targets_and_places_are_those_that_are_valid_on_the_day(
    store: Store, units: dict[str, str]
) -> None:
    opened = dt.date(2026, 7, 1)
    with store.change(author="tester", message="opens later") as change:
        change.update("green_space", pd.DataFrame({"valid_from": [opened]}, index=[units["park"]]))
        change.update("building", pd.DataFrame({"valid_to": [opened]}, index=[units["b4"]]))
    before = figure(run_coverage(store, NEAR, on=opened - dt.timedelta(days=1)))
    after = figure(run_coverage(store, NEAR, on=opened))
    assert (before["covered"], before["total"]) == (0, 5)
    assert before["reasons"]["no_target"] == 4
    assert (after["covered"], after["total"]) == (1, 4)


def test_a_scope_limits_the_places_and_not_the_targets(store: Store, units: dict[str, str]) -> None:
    east = Scope(units=frozenset({units["s1"]}))
    found = figure(run_coverage(store, NEAR, on=ON, scope=east))
    assert (found["covered"], found["total"]) == (0, 1)
    grid = Scope(units=frozenset({units["g10"]}), verbs=frozenset({Verb.READ}))
    analysis = run_coverage(store, rules("wider", "green_space", 120), on=ON, scope=grid)
    assert figure(analysis)["covered"] == 1  # the park of the neighbouring grid counts
    assert verify_run(store, analysis.run.id)[1].results == analysis.run.results
    with pytest.raises(ScopeError):
        run_coverage(store, NEAR, on=ON, scope=Scope(kinds=frozenset({"grid"})))


# ------------------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("question", "missing", "reason"),
    [
        ({"weight": "souls"}, "souls", "unknown_weight"),
        ({"places": "road"}, "road", "no_rows"),
        ({"weight": "area"}, "residential_land", "no_rows"),
        ({"weight": "dwellings"}, "building.dwellings", "all_empty"),
        ({"weight": "households", "places": "road"}, "road.households", "no_field"),
        ({"places": "adopter"}, "adopter", "no_field"),
        ({"on": dt.date(1900, 1, 1), "places": "place_name"}, "place_name", "no_rows"),
    ],
)
def test_what_is_missing_is_named(
    store: Store, units: dict[str, str], question: dict[str, Any], missing: str, reason: str
) -> None:
    del units
    with pytest.raises(AnalysisInputError) as refusal:
        run_coverage(store, NEAR, **question)
    assert (refusal.value.values["missing"], refusal.value.values["reason"]) == (missing, reason)
    assert store.runs() == []


def test_unknown_kinds_layers_and_changesets_are_refused(
    store: Store, units: dict[str, str]
) -> None:
    del units
    with pytest.raises(UnknownKindError):
        run_coverage(store, NEAR, places="houses")
    with pytest.raises(ChangesetUnknownError):
        run_coverage(store, NEAR, as_of=99)
    for layer in ("parks", "adopter"):
        with pytest.raises(RuleValueError) as refusal:
            run_coverage(store, rules("odd", layer, 100))
        assert refusal.value.values["found"] == layer
    assert store.runs() == []


def test_every_weight_has_its_places() -> None:
    assert set(WEIGHTS) == set(PLACES_OF_WEIGHT)
    assert {"buildings", "dwellings", "households", "population", "area"} == set(WEIGHTS)


def test_gaps_are_ranked_with_reason_and_distance(store: Store, units: dict[str, str]) -> None:
    del units
    analysis = run_gaps(store, NEAR, weight="population", on=ON)
    assert analysis.gaps is not None
    rows = analysis.run.results["gaps"]
    assert [row["rank"] for row in rows] == list(range(1, len(rows) + 1))
    weights = [row["weight"] for row in rows]
    assert weights == sorted(weights, reverse=True)
    assert sum(weights) == figure(analysis)["uncovered"] == 60 + 90 + 120
    assert {row["reason"] for row in rows} == {"over_limit"}
    assert run_coverage(store, NEAR, on=ON).gaps is None
