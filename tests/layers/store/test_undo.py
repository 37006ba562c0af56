"""Taking changes back: one changeset, or whole layers."""

import datetime as dt
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import shapely
from sqlalchemy import text

from layers import Cause, Scope, Store, Verb
from layers.errors import (
    ChangesetUnknownError,
    LaterChange,
    LayerChangedError,
    ScopeError,
    StaleFeaturesError,
    UndoRefusedError,
    UnknownKindError,
)
from layers.store import DIRECT, undoing
from tests.layers.store.test_history import Replay, state
from tests.layers.store.town import buildings, frame, territory, write


def rename(store: Store, uid: str, name: str) -> int:
    """Give a building another name; return the changeset."""
    with store.change(author="tester", message="rename") as change:
        change.update("building", pd.DataFrame({"name": [name]}, index=[uid]))
    assert change.changeset is not None
    return change.changeset


def name_of(store: Store, uid: str) -> object:
    return store.read("building", columns=["name"]).loc[uid, "name"]


def test_one_changeset_is_taken_back_and_the_others_stay(
    store: Store, sound: Callable[[], None]
) -> None:
    uids = write(store, "building", frame(buildings((0, 0), (50, 0), (100, 0)), name="楼"))
    with store.change(author="tester", message="wrong") as change:
        change.insert("building", frame({"b4": None}))
        change.update("building", pd.DataFrame({"name": ["错"]}, index=[uids["b1"]]))
        change.delete("building", [uids["b2"]])
    before = state(store, 1)
    rename(store, uids["b3"], "他楼")
    number = store.undo(2, author="周", message="填错了")
    assert number == 4
    last = store.changesets()[-1]
    assert (last.author, last.message, last.cause) == ("周", "填错了", Cause.CORRECTION)
    assert last.changes == {"building": {"insert": 1, "update": 1, "delete": 1}}
    found = state(store)
    assert {uid: row for uid, row in found.items() if uid != uids["b3"]} == {
        uid: row for uid, row in before.items() if uid != uids["b3"]
    }
    assert name_of(store, uids["b3"]) == "他楼"
    sound()


@pytest.mark.parametrize("seed", range(3))
def test_undo_of_the_last_changeset_is_the_identity_and_undoing_that_too(
    store: Store, sound: Callable[[], None], seed: int
) -> None:
    replay = Replay(store, seed)
    for _ in range(6):
        replay.step()
        before, done = replay.states[-2], dict(replay.now)
        last = store.changeset_at()
        undone = store.undo(last, author="tester")
        assert undone == last + 1
        assert state(store) == before
        assert store.diff(last - 1).is_empty
        redone = store.undo(undone, author="tester")
        assert redone == undone + 1
        assert state(store) == done
        assert store.diff(last).is_empty
        replay.states += [before, done]
    sound()


def test_several_changesets_are_undone_one_after_the_other(store: Store) -> None:
    """What was itself undone is no obstacle."""
    uids = write(store, "building", frame(buildings((0, 0)), name="甲"))
    rename(store, uids["b1"], "乙")
    rename(store, uids["b1"], "丙")
    assert [store.undo(3, author="tester"), name_of(store, uids["b1"])] == [4, "乙"]
    assert [store.undo(2, author="tester"), name_of(store, uids["b1"])] == [5, "甲"]
    store.undo(1, author="tester")
    assert store.count("building") == 0


def test_what_later_changesets_built_upon_is_not_undone(store: Store) -> None:
    uids = write(store, "building", frame(buildings((0, 0), (50, 0), (100, 0)), name="甲"))
    rename(store, uids["b1"], "乙")
    rename(store, uids["b1"], "丙")
    with store.change(author="tester", message="") as change:
        change.delete("building", [uids["b2"]])
    before = state(store)
    for ask in (partial_undo(store, 1), lambda: store.preview_undo(1)):
        with pytest.raises(UndoRefusedError) as refusal:
            ask()
        values: Any = refusal.value.values
        later = values["later"]
        assert (values["number"], values["count"]) == (1, 2)
        assert sorted(later, key=lambda each: each.code) == [
            LaterChange(kind="building", uid=uids["b1"], code="b1", changesets=(2, 3)),
            LaterChange(kind="building", uid=uids["b2"], code="b2", changesets=(4,)),
        ]
    assert [str(each) for each in later if each.code == "b1"] == ["building b1 (#2, #3)"]
    assert state(store) == before
    assert store.changeset_at() == 4


def partial_undo(store: Store, number: int) -> Callable[[], object]:
    return lambda: store.undo(number, author="tester")


def test_the_refusal_names_the_first_and_counts_all(store: Store) -> None:
    uids = write(store, "building", frame(dict.fromkeys(f"b{n}" for n in range(50))))
    with store.change(author="tester", message="") as change:
        change.update("building", pd.DataFrame({"floors": 2}, index=list(uids.values())))
    with pytest.raises(UndoRefusedError) as refusal:
        store.undo(1, author="tester")
    values: Any = refusal.value.values
    assert (len(values["later"]), values["count"]) == (20, 50)


def test_a_preview_is_the_difference_that_the_undo_makes(store: Store) -> None:
    uids = write(store, "building", frame(buildings((0, 0)), name="甲"))
    rename(store, uids["b1"], "乙")
    planned = store.preview_undo(2)
    assert store.changeset_at() == 2
    store.undo(2, author="tester")
    assert list(planned.changes()) == list(store.diff(2, 3).changes())


def test_nothing_to_take_back_makes_no_changeset(store: Store) -> None:
    uids = write(store, "building", frame(buildings((0, 0)), name="甲"))
    rename(store, uids["b1"], "甲")
    assert store.undo(2, author="tester") is None
    assert store.restore(["building", "road"], as_of=1, author="tester") is None
    assert store.changeset_at() == 2


def test_only_what_the_store_has_reached_can_be_undone(store: Store) -> None:
    write(store, "building", frame(buildings((0, 0))))
    for number in (-1, 0, 2):
        with pytest.raises(ChangesetUnknownError):
            store.undo(number, author="tester")


def edit_directly(store: Store, statement: str, **values: object) -> None:
    """Write as another program does: past the store, no changeset open."""
    with store._backend.writing() as connection:
        connection.execute(text(statement), values)


def test_a_direct_edit_is_taken_back(store: Store, sound: Callable[[], None]) -> None:
    uids = write(store, "building", frame(buildings((0, 0), (50, 0)), name="楼", floors=3))
    before = state(store)
    edit_directly(store, "DELETE FROM building WHERE uid = :uid", uid=uids["b1"])
    edit_directly(store, "UPDATE building SET floors = 99 WHERE uid = :uid", uid=uids["b2"])
    edited = state(store)
    assert store.changesets()[-1].author == DIRECT
    assert store.undo(2, author="tester") == 3
    assert state(store) == before
    assert store.undo(3, author="tester") == 4
    assert state(store) == edited
    sound()


def test_a_direct_edit_that_nobody_has_looked_at_yet_is_not_lost(store: Store) -> None:
    uids = write(store, "building", frame(buildings((0, 0)), name="楼", floors=3))
    edit_directly(store, "UPDATE building SET floors = 99 WHERE uid = :uid", uid=uids["b1"])
    with pytest.raises(UndoRefusedError):
        store.undo(1, author="tester")
    assert store.undo(2, author="tester") == 3
    assert store.read("building").loc[uids["b1"], "floors"] == 3


def test_what_others_stored_otherwise_comes_back_to_the_last_bit(store: Store, path: Path) -> None:
    """A single polygon with heights: no import would take it, but it was there."""
    del path
    uids = write(store, "building", frame(buildings((0, 0))))
    odd = shapely.Polygon([(126, 42, 1.5), (126.001, 42, 2), (126.001, 42.001, 0.1 + 0.2)])
    (blob,) = store._backend.encode([odd], 4490)
    edit_directly(store, "UPDATE building SET geom = :geom WHERE uid = :uid",
                  geom=blob, uid=uids["b1"])  # fmt: skip
    with store.change(author="tester", message="") as change:
        change.delete("building", uids.values())
    store.undo(3, author="tester")
    found = store.read("building").geometry.iloc[0]
    assert found.wkb == odd.wkb
    assert store.diff(2).is_empty


def test_restoring_brings_a_deleted_layer_back(store: Store, sound: Callable[[], None]) -> None:
    units = territory(store)
    write(store, "building", frame(buildings(*((20.0 * n, 0.0) for n in range(10))), floors=2))
    before, belongs = state(store), store.territory("building")
    time.sleep(0.005)
    moment = dt.datetime.now(dt.UTC)
    time.sleep(0.005)
    with store.change(author="tester", message="clear") as change:
        change.delete("building", list(before))
    stays = write(store, "adopter", frame({"a": None}))
    assert store.restore(["building"], as_of=moment, author="周", message="误删") == 5
    assert state(store) == before
    pd.testing.assert_frame_equal(store.territory("building"), belongs)
    assert list(store.read("adopter").index) == list(stays.values())
    last = store.changesets()[-1]
    assert last.changes == {"building": {"insert": 10}}
    assert (last.author, last.message, last.cause) == ("周", "误删", Cause.CORRECTION)
    assert set(belongs["grid"]) == {units["g00"], units["g10"]}
    sound()


@pytest.mark.parametrize("seed", range(2))
def test_restoring_any_state_touches_only_what_differs(store: Store, seed: int) -> None:
    replay = Replay(store, seed)
    for _ in range(8):
        replay.step()
    chosen = random.Random(seed)
    for _ in range(4):
        back_to = chosen.randrange(len(replay.states))
        planned = store.diff(store.changeset_at(), back_to)
        number = store.restore(["building"], as_of=back_to, author="tester")
        assert state(store) == state(store, back_to) == replay.states[back_to]
        assert (number is None) == planned.is_empty
        if number is not None:
            replay.states.append(replay.states[back_to])
            touched = store.changesets()[-1].changes["building"]
            words = {"insert": "added", "update": "changed", "delete": "removed"}
            named = {words[name]: count for name, count in touched.items()}
            assert named == planned.counts["building"]


def test_unknown_layers_and_states_are_refused(store: Store) -> None:
    with pytest.raises(UnknownKindError):
        store.restore(["buildings"], as_of=0, author="tester")
    with pytest.raises(ChangesetUnknownError):
        store.restore(["building"], as_of=1, author="tester")


def test_a_scope_holds_for_undoing_and_restoring(store: Store) -> None:
    units = territory(store)
    uids = write(store, "building", frame(buildings((10, 10), (310, 10)), name="楼"))
    west = Scope(units=frozenset([units["s0"]]))
    number = rename(store, uids["b2"], "东楼")
    for ask in (
        lambda: store.undo(number, author="tester", scope=west),
        lambda: store.preview_undo(number, scope=west),
    ):
        with pytest.raises(ScopeError):
            ask()
    readers = Scope(verbs=frozenset([Verb.READ]))
    with pytest.raises(ScopeError):
        store.undo(number, author="tester", scope=readers)
    assert not store.preview_undo(number, scope=readers).is_empty
    mine = rename(store, uids["b1"], "西楼")
    with pytest.raises(ScopeError):
        store.undo(mine, author="tester", scope=Scope(kinds=frozenset(["road"])))
    assert store.undo(mine, author="tester", scope=west) == mine + 1
    assert name_of(store, uids["b1"]) == "楼"
    with store.change(author="tester", message="") as change:
        change.delete("building", uids.values())
    store.restore(["building"], as_of=2, author="tester", scope=west)
    assert set(store.read("building").index) == {uids["b1"]}


def test_somebody_else_in_between_is_noticed(
    store: Store, reopened: Callable[[], Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The difference is made before the lock is taken; what it rests on must still hold then."""
    uids = write(store, "building", frame(buildings((0, 0), (50, 0)), name="甲"))
    number = rename(store, uids["b1"], "乙")
    other, way_back = reopened(), undoing._way_back

    def slow(*arguments: Any) -> Any:
        back = way_back(*arguments)
        rename(other, uids["b1"], "别人改的")
        return back

    with monkeypatch.context() as patched:
        patched.setattr(undoing, "_way_back", slow)
        with pytest.raises(StaleFeaturesError) as refusal:
            store.undo(number, author="tester")
    values: Any = refusal.value.values
    (stale,) = values["stale"]
    assert (stale.code, stale.expected, stale.found) == ("b1", 2, 3)
    assert name_of(store, uids["b1"]) == "别人改的"

    diff = store.diff

    def slow_diff(*arguments: Any, **named: Any) -> Any:
        made = diff(*arguments, **named)
        rename(other, uids["b2"], "别人改的")
        return made

    monkeypatch.setattr(store, "diff", slow_diff)
    with pytest.raises(LayerChangedError):
        store.restore(["building"], as_of=1, author="tester")
