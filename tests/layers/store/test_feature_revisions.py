"""Revisions of single features, and writes that insist on them."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import pytest

from layers import Scope, Store
from layers.errors import FeatureMissingError, ScopeError, StaleFeature, StaleFeaturesError
from layers.store import ChangeWriter
from tests.layers.store.test_history import state
from tests.layers.store.test_undo import edit_directly, rename
from tests.layers.store.town import buildings, frame, territory, write

UNKNOWN = "00000000-0000-4000-8000-000000000000"


def test_a_feature_has_the_last_changeset_that_touched_it(store: Store) -> None:
    uids = write(store, "building", frame(buildings((0, 0), (50, 0), (100, 0))))
    rename(store, uids["b1"], "乙")
    with store.change(author="tester", message="") as change:
        change.delete("building", [uids["b2"]])
    edit_directly(store, "UPDATE building SET floors = 2 WHERE uid = :uid", uid=uids["b3"])
    asked = [uids["b3"], UNKNOWN, uids["b2"], uids["b1"]]
    found = store.feature_revisions("building", asked)
    assert found.to_dict() == {uids["b3"]: 4, UNKNOWN: 0, uids["b2"]: 3, uids["b1"]: 2}
    assert (list(found.index), found.name, found.index.name) == (asked, "revision", "uid")
    assert found.dtype == "int64"
    assert store.feature_revisions("building", asked, as_of=1).tolist() == [1, 0, 1, 1]
    assert store.feature_revisions("building", []).empty
    assert store.feature_revisions("adopter", asked).tolist() == [0, 0, 0, 0]
    touched = store.touches("building", list(uids.values()), after=1)
    pairs = {(uids["b1"], 2), (uids["b2"], 3), (uids["b3"], 4)}
    assert set(touched.itertuples(index=False, name=None)) == pairs


Edit = Callable[[ChangeWriter, str, Mapping[str, int] | pd.Series], object]


def update(change: ChangeWriter, uid: str, expect: Mapping[str, int] | pd.Series) -> None:
    change.update("building", pd.DataFrame({"floors": [7]}, index=[uid]), expect=expect)


def delete(change: ChangeWriter, uid: str, expect: Mapping[str, int] | pd.Series) -> None:
    change.delete("building", [uid], expect=expect)


@pytest.mark.parametrize("edit", [update, delete])
def test_a_stale_edit_is_refused_and_a_fresh_one_taken(store: Store, edit: Edit) -> None:
    uids = write(store, "building", frame(buildings((0, 0), (50, 0))))
    seen = store.feature_revisions("building", list(uids.values()))
    rename(store, uids["b1"], "别人改的")
    before = state(store)
    with (
        pytest.raises(StaleFeaturesError) as refusal,
        store.change(author="tester", message="") as change,
    ):
        edit(change, uids["b1"], seen)
    values: Any = refusal.value.values
    stale = StaleFeature(uid=uids["b1"], code="b1", expected=1, found=2)
    assert values == {"kind": "building", "stale": (stale,), "count": 1}
    assert str(stale) == "b1 (1 → 2)"
    assert (state(store), store.changeset_at()) == (before, 2)
    with store.change(author="tester", message="") as change:
        edit(change, uids["b2"], {uids["b2"]: 1})  # the layer moved on, the feature did not
    with store.change(author="tester", message="") as change:
        edit(change, uids["b1"], {uids["b1"]: 2})
    assert store.changeset_at() == 4


def test_what_somebody_deleted_is_stale_too_and_not_merely_missing(store: Store) -> None:
    uids = write(store, "building", frame(buildings((0, 0))))
    with store.change(author="tester", message="") as change:
        change.delete("building", uids.values())
    with store.change(author="tester", message="") as change:
        with pytest.raises(StaleFeaturesError) as refusal:
            update(change, uids["b1"], {uids["b1"]: 1})
        with pytest.raises(FeatureMissingError):
            update(change, uids["b1"], {uids["b1"]: 2})
        with pytest.raises(FeatureMissingError):
            update(change, UNKNOWN, {UNKNOWN: 0})
    values: Any = refusal.value.values
    assert (values["stale"][0].code, values["stale"][0].found) == ("b1", 2)


def test_a_change_is_not_surprised_by_itself(store: Store) -> None:
    uids = write(store, "building", frame(buildings((0, 0))))
    expect = {uids["b1"]: 1}
    with store.change(author="tester", message="") as change:
        for _ in range(2):
            update(change, uids["b1"], expect)
        delete(change, uids["b1"], expect)
    assert store.changesets()[-1].changes == {"building": {"update": 1, "delete": 1}}


def test_the_refusal_names_the_first_and_counts_all(store: Store) -> None:
    uids = write(store, "building", frame(dict.fromkeys(f"b{n}" for n in range(1000))))
    everything = pd.DataFrame({"floors": 2}, index=list(uids.values()))
    expect = store.feature_revisions("building", list(uids.values()))
    with store.change(author="tester", message="") as change:
        change.update("building", everything, expect=expect)
    with (
        store.change(author="tester", message="") as change,
        pytest.raises(StaleFeaturesError) as refusal,
    ):
        change.update("building", everything, expect=expect)
    values: Any = refusal.value.values
    assert (len(values["stale"]), values["count"]) == (20, 1000)


def test_a_stranger_learns_nothing_of_what_others_did(store: Store) -> None:
    units = territory(store)
    uids = write(store, "building", frame(buildings((310, 10))))
    west = Scope(units=frozenset([units["s0"]]))
    with (
        pytest.raises(ScopeError),
        store.change(author="tester", message="", scope=west) as change,
    ):
        update(change, uids["b1"], {uids["b1"]: 1})
