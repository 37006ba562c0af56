"""What lies between two recorded states."""

import datetime as dt
import time

import pandas as pd
import pytest
import shapely

from layers import Scope, Store, Verb
from layers.errors import ChangesetUnknownError, ScopeError, UnknownKindError
from layers.store.differences import FieldChange, Happening, KindDiff, StoreDiff
from tests.layers.store.test_history import Replay
from tests.layers.store.town import buildings, frame, territory, write


def by_code(diff: StoreDiff) -> dict[str, Happening]:
    """Say what happened, by code."""
    return {str(change.code): change.happening for change in diff.changes()}


@pytest.fixture
def rebuilt(store: Store) -> dict[str, str]:
    """Record three buildings; then raise one, move one, pull one down and put up a fourth."""
    rows = frame(buildings((0, 0), (50, 0), (100, 0)), name="楼", floors=3)
    uids = write(store, "building", rows)
    with store.change(author="tester", message="rebuild") as change:
        change.update("building", pd.DataFrame({"floors": [9]}, index=[uids["b1"]]))
        moved = frame({"b2": shapely.box(60, 0, 70, 10)}, name="新楼", floors=3)
        change.update("building", moved.set_axis(pd.Index([uids["b2"]])))
        change.delete("building", [uids["b3"]])
        new = frame({"b4": shapely.box(150, 0, 160, 10)}, floors=[1])
        uids["b4"] = change.insert("building", new)[0]
    return uids


def test_what_happened_to_each_feature(store: Store, rebuilt: dict[str, str]) -> None:
    diff = store.diff(1)
    assert (diff.since, diff.until, diff.is_empty) == (1, 2, False)
    assert diff.counts == {"building": {"added": 1, "changed": 2, "removed": 1}}
    found = {change.code: change for change in diff.changes()}
    assert {code: change.uid for code, change in found.items()} == rebuilt
    assert found["b1"].fields == (FieldChange(field="floors", before=3, after=9),)
    assert found["b2"].fields == (FieldChange(field="name", before="楼", after="新楼"),)
    assert [found[code].moved for code in ("b1", "b2", "b3", "b4")] == [False, True, False, False]
    assert found["b1"].geometry_before == found["b1"].geometry_after
    assert found["b2"].geometry_before != found["b2"].geometry_after
    assert (found["b3"].happening, found["b4"].happening) == (Happening.REMOVED, Happening.ADDED)
    assert found["b3"].geometry_after is None
    assert found["b4"].geometry_before is None
    assert found["b4"].fields == (
        FieldChange(field="code", before=None, after="b4"),
        FieldChange(field="floors", before=None, after=1),
    )
    assert (found["b3"].name, found["b4"].name) == ("楼", None)


def test_one_row_a_feature_for_maps_and_tables(store: Store, rebuilt: dict[str, str]) -> None:
    rows = store.diff(1).kinds["building"].frame()
    assert rows.index.name == "uid"
    by_code = rows.reset_index().set_index("code")
    assert by_code["change"].to_dict() == {
        "b1": "changed", "b2": "changed", "b3": "removed", "b4": "added",
    }  # fmt: skip
    assert by_code["changed_fields"].to_dict() == {
        "b1": "floors", "b2": "name", "b3": "code;name;floors", "b4": "code;floors",
    }  # fmt: skip
    assert by_code["floors"].to_dict() == {"b1": 9, "b2": 3, "b3": 3, "b4": 1}
    assert by_code["moved"].to_dict() == {"b1": False, "b2": True, "b3": False, "b4": False}
    assert rows.crs == rows["geometry_before"].crs == "EPSG:4490"
    assert by_code["geometry"].notna().all()
    assert by_code["geometry_before"].notna().to_dict() == {
        "b1": True, "b2": True, "b3": True, "b4": False,
    }  # fmt: skip
    assert rebuilt["b3"] in rows.index


def test_what_came_and_went_between_the_states_is_in_none(store: Store) -> None:
    write(store, "building", frame(buildings((0, 0))))
    uids = write(store, "building", frame({"brief": None}))
    with store.change(author="tester", message="mistake") as change:
        change.delete("building", [uids["brief"]])
    assert store.diff(1).is_empty
    assert by_code(store.diff(1, 2)) == {"brief": Happening.ADDED}
    assert by_code(store.diff(2, 3)) == {"brief": Happening.REMOVED}


def test_what_was_changed_back_does_not_differ(store: Store) -> None:
    uids = write(store, "building", frame(buildings((0, 0)), floors=3))
    for floors in (4, 3):
        with store.change(author="tester", message="") as change:
            change.update("building", pd.DataFrame({"floors": [floors]}, index=[uids["b1"]]))
    assert store.diff(1, 3).is_empty
    assert store.diff(2, 2).is_empty
    assert [change.fields for change in store.diff(2).changes()] == [
        (FieldChange(field="floors", before=4, after=3),)
    ]


def test_states_are_named_by_number_or_time(store: Store) -> None:
    before = dt.datetime.now(dt.UTC)
    time.sleep(0.005)
    write(store, "building", frame(buildings((0, 0))))
    time.sleep(0.005)
    after = dt.datetime.now(dt.UTC)
    time.sleep(0.005)
    write(store, "building", frame({"later": None}))
    diff = store.diff(before, after)
    assert (diff.since, diff.until) == (0, 1)
    assert by_code(diff) == {"b1": Happening.ADDED}
    for moments in ((0, 3), (3, 0), (-1, 1)):
        with pytest.raises(ChangesetUnknownError):
            store.diff(*moments)


def test_layers_are_compared_as_wished(store: Store) -> None:
    write(store, "building", frame(buildings((0, 0))))
    write(store, "adopter", frame({"a": None}))
    assert list(store.diff(0).kinds) == ["building", "adopter"]
    assert list(store.diff(0, kinds=["adopter", "road", "adopter"]).kinds) == ["adopter"]
    assert list(store.diff(1, kinds=["building"]).kinds) == []
    with pytest.raises(UnknownKindError):
        store.diff(0, kinds=["buildings"])


def test_every_type_of_value_is_compared(store: Store) -> None:
    """Text, integer, real, boolean, date and moment; set, changed, emptied and left alone."""
    day, moment = dt.date(2026, 3, 1), dt.datetime(2026, 3, 1, 8, 30, tzinfo=dt.UTC)
    rows = frame(
        {"e": shapely.Point(0, 0)}, name="甲", note=[None], surveyed_on=[day], reported_at=[moment]
    )
    uids = write(store, "grid_event", rows)
    plot = write(store, "bare_land", frame(buildings((0, 0)), is_unmanaged=[True]))
    wall = write(store, "wall_surface", frame({"w": shapely.Point(5, 5)}, area_m2=[0.1]))
    later = moment + dt.timedelta(milliseconds=1)
    with store.change(author="tester", message="") as change:
        event = pd.DataFrame(
            {"name": [None], "note": ["新"], "surveyed_on": [day], "reported_at": [later]},
            index=[uids["e"]],
        )
        change.update("grid_event", event)
        change.update("bare_land", pd.DataFrame({"is_unmanaged": [False]}, index=[plot["b1"]]))
        nearly = 0.1 + 2**-56
        change.update("wall_surface", pd.DataFrame({"area_m2": [nearly]}, index=[wall["w"]]))
    found = {change.kind: change.fields for change in store.diff(3).changes()}
    assert found == {
        "grid_event": (
            FieldChange(field="name", before="甲", after=None),
            FieldChange(field="reported_at", before=moment, after=later),
            FieldChange(field="note", before=None, after="新"),
        ),
        "bare_land": (FieldChange(field="is_unmanaged", before=True, after=False),),
        "wall_surface": (FieldChange(field="area_m2", before=0.1, after=nearly),),
    }


def test_a_scope_shows_what_may_be_read_in_either_state(store: Store) -> None:
    units = territory(store)
    uids = write(store, "building", frame(buildings((10, 10), (110, 10), (310, 10))))
    east = Scope(units=frozenset([units["s1"]]))
    with store.change(author="tester", message="") as change:
        to_the_east = frame({"b1": shapely.box(320, 50, 330, 60)}).set_axis([uids["b1"]])
        change.update("building", to_the_east)
        change.update("building", pd.DataFrame({"floors": [2]}, index=[uids["b2"]]))
        change.delete("building", [uids["b3"]])
    diff = store.diff(2, scope=east)
    assert by_code(diff) == {"b1": Happening.ADDED, "b3": Happening.REMOVED}
    before, after = (store.read("building", as_of=n, scope=east) for n in (2, 3))
    pd.testing.assert_frame_equal(diff.kinds["building"].applied_to(before), after)


def test_a_scope_bounds_the_layers(store: Store) -> None:
    write(store, "building", frame(buildings((0, 0))))
    write(store, "adopter", frame({"a": None}))
    scope = Scope(kinds=frozenset(["adopter"]), verbs=frozenset([Verb.READ]))
    assert list(store.diff(0, scope=scope).kinds) == ["adopter"]
    with pytest.raises(ScopeError):
        store.diff(0, kinds=["building"], scope=scope)


def assert_equal(one: KindDiff | None, other: KindDiff | None) -> None:
    if one is None or other is None:
        assert one is other
        return
    for each in ("before", "after"):
        pd.testing.assert_frame_equal(getattr(one, each), getattr(other, each))


@pytest.mark.parametrize("seed", range(2))
def test_laws_of_differences(store: Store, seed: int) -> None:
    """Of any two states: applied to one it gives the other; the way back is the inverse."""
    replay = Replay(store, seed)
    for _ in range(8):
        replay.step()
    numbers = range(len(replay.states))
    states = [store.read("building", as_of=n) for n in numbers]
    diffs = {(a, b): store.diff(a, b).kinds.get("building") for a in numbers for b in numbers}
    for (a, b), diff in diffs.items():
        if diff is None:
            pd.testing.assert_frame_equal(states[a], states[b])
            continue
        pd.testing.assert_frame_equal(diff.applied_to(states[a]), states[b])
        assert_equal(diff.inverse(), diffs[b, a])
        assert_equal(KindDiff.between(diff.kind, states[a], states[b]), diff)
        assert len(list(diff.changes())) == sum(diff.counts.values()) == len(diff.frame())
