"""Who answers for the town of sixteen grids, counted in the head."""

import datetime as dt
from typing import Any

import pyogrio
import pytest
import shapely

from layers import Store
from layers.analysis import Holes, run_holes, verify_run, write_hole_layers
from layers.errors import AnalysisInputError
from tests.layers.store.town import buildings, frame, territory, write

ON = dt.date(2026, 6, 1)
GRIDS = [f"g{column}{row}" for column in range(4) for row in range(4)]
HOLES = {"nobody", "expired", "several"}


@pytest.fixture
def town(store: Store) -> Store:
    territory(store)
    write(store, "building", frame(buildings((10, 10), (110, 10)), population=[4, 9]))
    return store


def duty(store: Store, code: str, shape: shapely.Geometry | None = None, **fields: Any) -> None:
    """Register a responsibility; by default the first post of a grid head."""
    given: dict[str, Any] = {
        "role": "grid_head",
        "post_rank": "A",
        "plan": "normal",
        "unit_kind": "grid",
    }
    given |= {"holder_org": f"org {code}"} | fields
    if shape is not None:
        given["unit_kind"] = None
    columns = {name: [value] for name, value in given.items()}
    write(store, "responsibility", frame({code: shape}, **columns))


def hectares(found: Holes, role: str = "grid_head", level: str = "grid") -> dict[str, float]:
    """Give the area of each state, in grids of one hectare."""
    (told,) = (
        each
        for each in found.run.results["duties"]
        if (each["role"], each["level"]) == (role, level)
    )
    assert told["error_m2"] < 1e-6
    rows = {row["state"]: round(row["area_m2"] / 10_000, 3) for row in told["account"]}
    return {state: area for state, area in rows.items() if area}


def test_lists_of_grids_are_the_ground_that_their_heads_answer_for(town: Store) -> None:
    duty(town, "r1", unit_codes=";".join(GRIDS[:12]))
    duty(town, "r2", unit_codes=";".join(GRIDS[10:13]))
    duty(town, "r3", unit_codes="g31", valid_to=dt.date(2026, 6, 1))
    duty(town, "r4", unit_codes="g99")
    found = run_holes(town, on=ON)
    assert hectares(found) == {"answered": 11, "nobody": 2, "expired": 1, "several": 2}
    (told,) = found.run.results["duties"]
    first = told["pieces"][0]
    assert first["state"] == "nobody"
    assert {unit["code"] for unit in first["units"]} == {"g32", "g33"}
    assert {one["holder"] for one in first["neighbours"]} == {"org r1", "org r2"}
    assert found.left_out[["code", "reason"]].to_numpy().tolist() == [["r4", "unit_unknown"]]


def test_a_run_of_holes_is_proved_to_the_same_digits(town: Store) -> None:
    duty(town, "r1", unit_codes=";".join(GRIDS[:5]))
    made = run_holes(town, roles=["grid_head"], on=ON, split=True)
    duty(town, "r2", unit_codes="g33")
    kept, again = verify_run(town, made.run.id)
    assert (kept.results, kept.inputs) == (again.results, again.inputs)
    assert run_holes(town, roles=["grid_head"], on=ON, split=True).run.id != made.run.id


def test_roles_and_levels_are_judged_apart(town: Store) -> None:
    duty(town, "r1", unit_codes=";".join(GRIDS))
    duty(town, "r2", role="sponsor", unit_kind="community", unit_codes="c0;c1;c2")
    duty(town, "r3", role="sponsor", unit_codes="g00")
    found = run_holes(town, on=ON)
    assert hectares(found) == {"answered": 16}
    assert hectares(found, "sponsor", "community") == {"answered": 12, "nobody": 4}
    assert hectares(found, "sponsor") == {"answered": 1, "nobody": 15}


def test_a_drawn_area_counts_at_the_finest_level_of_its_role(town: Store) -> None:
    duty(town, "r1", unit_codes=";".join(GRIDS[:12]))
    duty(town, "r2", shapely.box(250, 0, 400, 400))
    found = run_holes(town, on=ON)
    assert hectares(found) == {"answered": 14, "several": 2}


def test_deputies_answer_only_where_no_first_post_does(town: Store) -> None:
    duty(town, "r1", unit_codes=";".join(GRIDS[:12]))
    duty(town, "r2", unit_codes=";".join(GRIDS[8:]), post_rank="B")
    duty(town, "r3", unit_codes="g00", post_rank="B")
    found = run_holes(town, on=ON)
    assert hectares(found) == {"answered": 16}
    assert found.left_out.empty


def test_each_plan_has_its_own_duties(town: Store) -> None:
    duty(town, "r1", unit_codes=";".join(GRIDS[:8]))
    duty(town, "r2", unit_codes=";".join(GRIDS[:4]), plan="emergency")
    duty(town, "r3", unit_codes=GRIDS[15], plan=None)
    assert hectares(run_holes(town, on=ON)) == {"answered": 9, "nobody": 7}
    emergency = run_holes(town, plan="emergency", on=ON)
    assert hectares(emergency) == {"answered": 5, "nobody": 11}


def test_people_without_anybody_are_counted(town: Store) -> None:
    duty(town, "r1", unit_codes="g00")
    (told,) = run_holes(town, on=ON).run.results["duties"]
    account = {row["state"]: row for row in told["account"]}
    assert (account["answered"]["weight"], account["nobody"]["weight"]) == (4, 9)
    assert account["nobody"]["buildings"] == 1


def test_a_compound_that_is_a_list_of_buildings_is_their_ground(town: Store) -> None:
    write(town, "compound", frame({"x1": None}, building_codes=["b1;b2"]))
    duty(town, "r1", role="property", unit_kind="compound", unit_codes="x1")
    found = run_holes(town, roles=["property"], on=ON)
    assert hectares(found, "property", "compound")["answered"] == pytest.approx(0.02)


def test_without_any_responsibility_there_is_nothing_to_judge(town: Store) -> None:
    with pytest.raises(AnalysisInputError):
        run_holes(town, on=ON)


def test_holes_are_layers_for_a_desktop_gis(town: Store, tmp_path: Any) -> None:
    duty(town, "r1", unit_codes=";".join(GRIDS[:12]))
    made = run_holes(town, on=ON)
    write_hole_layers(made, tmp_path / "holes.gpkg")
    holes = pyogrio.read_dataframe(tmp_path / "holes.gpkg", layer="holes")
    assert holes[["state", "role", "run"]].to_numpy().tolist() == [
        ["nobody", "grid_head", made.run.id]
    ]
    assert holes.area.sum() == pytest.approx(40_000, rel=1e-6)
