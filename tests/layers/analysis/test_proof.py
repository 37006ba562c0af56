"""A kept run is plain data, and gives the same digits when it is computed again."""

import datetime as dt
import json
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
import shapely

from gis import RuleSet, presets
from layers import Scope, Store
from layers.analysis import WEIGHTS, run_coverage, run_gaps, verify_run
from tests.layers.analysis.asking import NEAR, ON
from tests.layers.store.town import frame, write


def shake(store: Store, uids: dict[str, str]) -> None:
    """Change everything that a run read: the park goes, people move, grids are redrawn."""
    with store.change(author="tester", message="shake") as change:
        change.delete("green_space", [uids["park"]])
        change.update("building", pd.DataFrame({"households": 1}, index=[uids["b1"], uids["b3"]]))
        change.update("grid", pd.DataFrame({"name": "改名"}, index=[uids["g00"]]))
        change.delete("grid", [uids["g33"]])
        moved = frame({"b2": shapely.box(5, 60, 15, 70)}).set_axis(pd.Index([uids["b2"]]))
        change.update("building", moved)


@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize("run", [run_coverage, run_gaps])
def test_a_run_is_computed_again_to_the_same_digits(
    store: Store, units: dict[str, str], weight: str, run: Any
) -> None:
    write(store, "residential_land", frame({"z": shapely.box(50, 0, 255.3, 51.7)}))
    with store.change(author="tester", message="dwellings") as change:
        change.update("building", pd.DataFrame({"dwellings": 7}, index=[units["b1"]]))
    analysis = run(store, NEAR, weight=weight, on=ON)
    kept, again = verify_run(store, analysis.run.id)
    assert (kept.rules, kept.inputs, kept.results) == (again.rules, again.inputs, again.results)
    assert kept.results == analysis.run.results
    shake(store, units)
    kept, again = verify_run(store, analysis.run.id[:13])
    assert (kept.rules, kept.inputs, kept.results) == (again.rules, again.inputs, again.results)
    now = run(store, NEAR, weight=weight, on=ON)
    assert now.run.inputs != kept.inputs
    assert now.run.results != kept.results
    then = run(store, NEAR, weight=weight, on=ON, as_of=kept.parameters["as_of"])
    assert then.run.results == kept.results
    assert then.run.id == kept.id


@pytest.mark.parametrize("preset", presets)
def test_runs_of_every_preset_are_plain_data(
    store: Store, units: dict[str, str], preset: str
) -> None:
    del units
    write(store, "scenic_spot", frame({"view": shapely.Point(200, 200)}))
    for run in (run_coverage, run_gaps):
        made = run(store, presets[preset], on=ON).run
        text = json.dumps([made.rules, made.inputs, made.parameters, made.results], allow_nan=False)
        found = store.run(made.id)
        assert json.loads(text) == [found.rules, found.inputs, found.parameters, found.results]
        assert found.analysis == run.__name__.removeprefix("run_")
        assert RuleSet.from_dict(found.rules) == presets[preset]


def test_the_same_question_twice_is_one_run(store: Store, units: dict[str, str]) -> None:
    first = run_coverage(store, NEAR, on=ON).run
    write(store, "adopter", frame({"a": None}))  # no input of this run
    assert run_coverage(store, NEAR, on=ON).run.id == first.id
    others = [
        run_coverage(store, NEAR, on=ON + dt.timedelta(days=1)),
        run_coverage(store, NEAR, on=ON, weight="households"),
        run_coverage(store, NEAR, on=ON, scope=Scope(units=frozenset({units["s0"]}))),
        run_gaps(store, NEAR, on=ON),
        run_coverage(store, replace(NEAR, key="other"), on=ON),
    ]
    assert len({first.id, *(each.run.id for each in others)}) == 6
    assert len(store.runs()) == 6
