"""Coverage on foot from a store: the network of a kept run, and its proof."""

from typing import Any

import pandas as pd
import pytest
import shapely
from shapely import LineString

from gis.errors import NotSupportedError
from layers import Store
from layers.analysis import OnFoot, run_coverage, run_gaps, verify_run
from layers.errors import AnalysisInputError, UnknownKindError
from tests.layers.analysis.asking import NEAR, ON, figure, rules
from tests.layers.store.town import frame, write

WALK = rules("near", "green_space", 100, distance="walk")
# Past the green to the first two buildings; a bridge over it; a road that nobody walks on.
WAYS = {
    "w1": LineString([(0, -5), (200, -5)]),
    "w2": LineString([(120, -50), (120, 50)]),
    "w3": LineString([(300, 300), (400, 300)]),
}


@pytest.fixture
def streets(store: Store, units: dict[str, str]) -> dict[str, str]:
    levels = pd.array([None, 1, None], dtype="Int64")
    uids = write(store, "walkway", frame(WAYS, level=levels, access="public"))
    roads = {"r1": LineString([(200, -5), (300, 300)]), "r2": LineString([(0, 0), (0, 900)])}
    return units | uids | write(store, "road", frame(roads, **{"class": ["local", "motorway"]}))


def reasons(analysis: Any, uids: dict[str, str]) -> list[str]:
    found = analysis.coverage.places["green.reason"]
    return [found.fillna("covered")[uids[code]] for code in ("b1", "b2", "b3", "b4", "b5")]


def test_one_walks_along_the_walkways(store: Store, streets: dict[str, str]) -> None:
    made = run_coverage(store, WALK, on=ON)
    assert reasons(made, streets) == [
        "covered", "over_limit", "other_component", "off_network", "no_geometry",
    ]  # fmt: skip
    found = figure(made)
    assert (found["covered"], found["base"], found["total"]) == (1, 2, 5)
    assert found["excluded"]["other_component"] == found["excluded"]["off_network"] == 1
    assert made.run.parameters["on_foot"] == OnFoot().to_dict()
    assert {"walkway", "building", "green_space"} <= set(made.run.inputs)
    assert made.run.results["walks"]["green"]["entered"]["nearest"] == 1
    assert made.run.results["network"]["components"] == 3


def test_roads_and_crossings_join_what_walkways_leave_apart(
    store: Store, streets: dict[str, str]
) -> None:
    roads = OnFoot(kinds=("walkway", "road"), noding="crossings")
    made = run_coverage(store, WALK, on=ON, on_foot=roads)
    # The bridge crosses the first walkway a level higher; the motorway is no way for feet.
    assert made.run.results["network"]["components"] == 2
    assert made.run.results["network"]["lines"] == 4
    assert reasons(made, streets)[2] == "over_limit"
    uncovered = run_coverage(
        store, WALK, on=ON, on_foot=OnFoot(max_snap_m=6, unconnected="uncovered")
    )
    assert reasons(uncovered, streets)[3] == "off_network"
    assert figure(uncovered)["base"] == 4


def test_a_walk_is_proved_and_depends_on_the_walkways(
    store: Store, streets: dict[str, str]
) -> None:
    made = run_gaps(store, WALK, on=ON, on_foot=OnFoot(max_snap_m=60))
    with store.change(author="tester", message="closed") as change:
        change.delete("walkway", [streets["w1"]])
    kept, again = verify_run(store, made.run.id)
    assert (kept.rules, kept.inputs, kept.results) == (again.rules, again.inputs, again.results)
    now = run_gaps(store, WALK, on=ON, on_foot=OnFoot(max_snap_m=60)).run
    assert now.id != kept.id
    assert now.inputs["walkway"] != kept.inputs["walkway"]
    assert now.results != kept.results


def test_who_does_not_walk_does_not_depend_on_it(store: Store, streets: dict[str, str]) -> None:
    before = run_gaps(store, NEAR, on=ON).run
    assert "on_foot" not in before.parameters
    assert "network" not in before.results
    assert "excluded_off_network" not in before.results["by_unit"][0]
    with store.change(author="tester", message="closed") as change:
        change.delete("walkway", [streets["w1"]])
    assert run_gaps(store, NEAR, on=ON, on_foot=OnFoot(kinds=("road",))).run.id == before.id


def test_a_straight_figure_says_what_it_would_be_on_foot(
    store: Store, streets: dict[str, str]
) -> None:
    """By the walkways if there are any, else by what is named; nothing walks over areas."""
    made, walked = (run_coverage(store, rule, on=ON) for rule in (NEAR, WALK))
    (on_foot,) = sensitivity_of(made, "distance")
    assert (on_foot["value"], on_foot["covered"], on_foot["base"]) == ("walk", 1, 2)
    (straight,) = sensitivity_of(walked, "distance")
    assert (straight["value"], straight["covered"]) == ("straight", figure(made)["covered"])
    assert "excluded_off_network" not in made.run.results["by_unit"][0]
    kept, again = verify_run(store, made.run.id)
    assert kept.results == again.results
    with store.change(author="tester", message="closed") as change:
        change.delete("walkway", [streets[code] for code in WAYS])
    assert not sensitivity_of(run_coverage(store, NEAR, on=ON), "distance")
    roads = run_coverage(store, NEAR, on=ON, on_foot=OnFoot(kinds=("road",)))
    assert roads.run.parameters["on_foot"]["kinds"] == ["road"]
    assert sensitivity_of(roads, "distance")


def sensitivity_of(analysis: Any, aspect: str) -> list[dict[str, Any]]:
    (found,) = analysis.run.results["sensitivity"]
    return [one for one in found["variants"] if one["aspect"] == aspect]


def test_what_cannot_be_walked_on_is_refused(store: Store, units: dict[str, str]) -> None:
    del units
    for kinds, missing in ((("walkway",), "walkway"), (("building",), "building")):
        with pytest.raises(AnalysisInputError) as refused:
            run_coverage(store, WALK, on=ON, on_foot=OnFoot(kinds=kinds))
        assert refused.value.values["missing"] == missing
    with pytest.raises(UnknownKindError):
        run_coverage(store, WALK, on=ON, on_foot=OnFoot(kinds=("path",)))
    write(store, "residential_land", frame({"z": shapely.box(0, 0, 9, 9)}))
    with pytest.raises(NotSupportedError):
        run_coverage(store, WALK, on=ON, weight="area")
