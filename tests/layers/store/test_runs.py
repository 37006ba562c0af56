"""What the store keeps beside features: runs, and where imported features came from."""

import datetime as dt
import uuid
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
import sqlalchemy.exc

from layers import Run, Store
from layers.errors import RunUnknownError
from layers.store import ImportSource
from tests.layers.store.town import buildings, frame


def run(**changed: Any) -> Run:
    """Make a run with Chinese text, nulls and awkward numbers in it."""
    made = Run(
        analysis="coverage",
        rules={"tiers": [{"name": "green", "name_zh": "见绿", "radius_m": 300.0}]},
        inputs={"building": 3, "green_space": 1},
        evaluated_on=dt.date(2026, 11, 20),
        parameters={"as_of": 3, "scope": {"units": None}},
        code_version="0.1.0",
        seconds=0.25,
        results={"tiers": [{"share": 0.1 + 0.2, "covered": 5, "upper": None}]},
    )
    return replace(made, **changed)


def test_a_run_comes_back_as_it_was_kept(store: Store) -> None:
    kept = run()
    assert store.save_run(kept) == kept
    found = store.run(kept.id)
    assert replace(found, created_at=kept.created_at) == kept
    assert abs(found.created_at - kept.created_at) < dt.timedelta(milliseconds=1)
    assert store.changesets() == []


def test_a_run_is_found_by_its_first_characters_where_only_one_has_them(store: Store) -> None:
    first, second = (run(id=f"aaaa{n}{str(uuid.uuid4())[5:]}") for n in (1, 2))
    for each in (first, second):
        store.save_run(each)
    assert store.run("aaaa1").id == first.id
    assert store.run(second.id).id == second.id
    for unknown in ("aaaa", "", "b", "%", "aaaa_", "AAAA1", first.id + "0", "' OR 1=1 --"):
        with pytest.raises(RunUnknownError) as refusal:
            store.run(unknown)
        assert refusal.value.values == {"found": unknown}


def test_runs_are_listed_in_the_order_of_their_making(store: Store) -> None:
    now = dt.datetime.now(dt.UTC)
    made = [run(created_at=now + dt.timedelta(seconds=n)) for n in range(3)]
    for each in reversed(made):
        store.save_run(each)
    assert [each.id for each in store.runs()] == [each.id for each in made]


def test_the_same_run_is_kept_once(store: Store) -> None:
    kept = run()
    store.save_run(kept)
    again = store.save_run(replace(kept, seconds=99.0))
    assert again.seconds == kept.seconds
    assert len(store.runs()) == 1


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_is_no_json_is_refused_when_it_is_kept(store: Store, number: float) -> None:
    with pytest.raises((sqlalchemy.exc.StatementError, ValueError)):
        store.save_run(run(results={"share": number}))
    assert store.runs() == []


def test_origins_name_file_and_row_of_imported_features(store: Store) -> None:
    source = ImportSource(
        file_name="普查.xlsx", file_sha256="0" * 64, selection='{"layer": null}', datum="GCJ-02"
    )
    with store.change(author="tester", message="import") as change:
        uids = change.insert("building", frame(buildings((0, 0), (20, 0))))
        rows = pd.DataFrame(
            {"row_number": [2, 3], "original_wkb": [b"wkb", None]}, index=pd.Index(uids, name="uid")
        )
        change.record_import("building", source, rows)
    assert store.imports("building") == [source]
    assert store.imports("road") == []
    found = store.origins(uids).loc[uids]
    assert found["row_number"].tolist() == [2, 3]
    assert found["original_wkb"].tolist() == [b"wkb", None]
    assert set(found["file_name"]) == {"普查.xlsx"}
    assert store.origins([]).empty
    assert store.origins(["unknown"]).empty


def test_the_last_import_of_a_feature_stands_last(store: Store) -> None:
    for n in (1, 2):
        source = ImportSource(
            file_name=f"{n}.gpkg", file_sha256=str(n) * 64, selection="", datum="WGS84"
        )
        with store.change(author="tester", message="import") as change:
            if n == 1:
                uids = change.insert("adopter", pd.DataFrame({"code": ["a"]}))
            else:
                change.update("adopter", pd.DataFrame({"name": ["x"]}, index=uids))
            rows = pd.DataFrame({"row_number": [n], "original_wkb": [None]}, index=uids)
            change.record_import("adopter", source, rows)
    assert store.origins(uids)["file_name"].tolist() == ["1.gpkg", "2.gpkg"]
    assert [each.file_name for each in store.imports("adopter")] == ["1.gpkg", "2.gpkg"]
