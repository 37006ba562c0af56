"""Nothing is lost: every version of every feature, and every state that was ever recorded."""

import datetime as dt
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import shapely

from layers import Cause, Store
from layers.errors import ChangesetUnknownError, FeatureRejectedError, LayerChangedError
from layers.store import ChangeWriter
from tests.layers.store.files import raw
from tests.layers.store.town import buildings, frame, write

pytestmark = pytest.mark.both_backends

State = dict[str, tuple[object, ...]]


def state(store: Store, as_of: int | dt.datetime | None = None) -> State:
    """Give what the store holds of buildings, by uid."""
    found = store.read("building", as_of=as_of)
    geometry = found.geometry.to_wkb().fillna(b"")
    columns = [
        found[name].astype(object).where(found[name].notna(), None)
        for name in ("code", "name", "floors")
    ]
    return dict(zip(found.index, zip(*columns, geometry, strict=True), strict=True))


class Replay:
    """Change a store at random and remember each state by its changeset."""

    def __init__(self, store: Store, seed: int) -> None:
        self.store = store
        self.random = random.Random(seed)
        self.now: State = {}
        self.states: list[State] = [{}]
        self.gone: list[str] = []

    def step(self) -> None:
        steps = [self.insert, self.update, self.delete, self.reinsert]
        with self.store.change(author="tester", message="step") as change:
            for step in self.random.sample(steps, self.random.randint(1, 3)):
                step(change)
        if change.changeset is not None:
            self.states.append(dict(self.now))
            assert change.changeset == len(self.states) - 1

    def _frame(self, count: int) -> pd.DataFrame:
        corners = [(self.random.uniform(0, 400), self.random.uniform(0, 400)) for _ in range(count)]
        names = [self.random.choice(["甲", "乙", None]) for _ in range(count)]
        floors = [self.random.choice([1, 30, None]) for _ in range(count)]
        return frame(buildings(*corners), name=names, floors=pd.array(floors, dtype="Int64"))

    def _remember(self, features: pd.DataFrame) -> None:
        multi = [shapely.multipolygons([each]) for each in features.geometry]
        for uid, row, place in zip(features.index, features.itertuples(), multi, strict=True):
            floors = None if row.floors is pd.NA else row.floors
            name = row.name if isinstance(row.name, str) else None
            self.now[uid] = (row.code, name, floors, place.wkb)

    def insert(self, change: ChangeWriter) -> None:
        features = self._frame(self.random.randint(1, 4))
        features.index = pd.Index(change.insert("building", features))
        self._remember(features)

    def update(self, change: ChangeWriter) -> None:
        uids = self.random.sample(sorted(self.now), min(len(self.now), 2))
        if uids:
            features = self._frame(len(uids)).set_axis(pd.Index(uids))
            change.update("building", features)
            self._remember(features)

    def delete(self, change: ChangeWriter) -> None:
        uids = self.random.sample(sorted(self.now), min(len(self.now), 2))
        change.delete("building", uids)
        for uid in uids:
            del self.now[uid]
        self.gone += uids

    def reinsert(self, change: ChangeWriter) -> None:
        back = [uid for uid in self.gone if uid not in self.now][:1]
        if back:
            features = self._frame(1).set_axis(pd.Index(back, name="uid"))
            change.insert("building", features)
            self._remember(features)


@pytest.mark.parametrize("seed", range(3))
def test_every_recorded_state_can_be_read_for_ever(
    store: Store, sound: Callable[[], None], seed: int
) -> None:
    replay = Replay(store, seed)
    for _ in range(25):
        replay.step()
        number = replay.random.randrange(len(replay.states))
        assert state(store, number) == replay.states[number]
        assert state(store) == replay.now
    for number, remembered in enumerate(replay.states):
        assert state(store, number) == remembered
    numbers = [each.id for each in store.changesets()]
    assert numbers == list(range(1, len(replay.states)))
    sound()


def test_a_state_is_found_by_the_time_at_which_it_stood(store: Store) -> None:
    before = dt.datetime.now(dt.UTC)
    times = []
    for n in range(3):
        write(store, "building", frame(buildings((20 * n, 0))))
        time.sleep(0.01)
        times.append(dt.datetime.now(dt.UTC))
        time.sleep(0.01)
    assert state(store, before) == {}
    assert [len(state(store, each)) for each in times] == [1, 2, 3]
    naive_utc = times[0].replace(tzinfo=None)
    beijing = times[0].astimezone(dt.timezone(dt.timedelta(hours=8)))
    assert state(store, naive_utc) == state(store, beijing) == state(store, 1)
    assert [store.changeset_at(each) for each in (before, *times)] == [0, 1, 2, 3]
    recorded = [each.recorded_at for each in store.changesets()]
    assert [state(store, each) for each in recorded] == [state(store, n) for n in (1, 2, 3)]


def test_a_change_is_recorded_when_it_ends(store: Store) -> None:
    """Else what was read as of a moment within the change would be something else later."""
    with store.change(author="tester", message="slow") as change:
        change.insert("building", frame(buildings((0, 0))))
        time.sleep(0.02)
        within = dt.datetime.now(dt.UTC)
        assert state(store, within) == {}
        time.sleep(0.02)
    assert state(store, within) == {}
    assert store.changeset_at(within) == 0


def test_numbers_that_the_store_has_not_reached_are_refused(store: Store) -> None:
    write(store, "building", frame(buildings((0, 0))))
    for number in (-1, 2):
        with pytest.raises(ChangesetUnknownError) as refusal:
            store.read("building", as_of=number)
        assert refusal.value.values == {"found": number, "last": 1}


def test_an_as_of_reading_answers_like_one_of_today(store: Store) -> None:
    """The same question to the table and to the versions: columns, filter, window, order, types."""
    uids = write(
        store,
        "building",
        frame(buildings((0, 0), (50, 0), (300, 300)), floors=[3, 9, None], name="楼"),
    )
    window = tuple(store.read("building", where="code = 'b2'").total_bounds)
    questions: tuple[dict[str, Any], ...] = (
        {},
        {"where": "floors > 4 OR floors IS NULL"},
        {"bbox": window},
        {"columns": ["floors"], "where": "name LIKE '楼%'"},
        {"on": dt.date(2024, 1, 1)},
    )
    today = [store.read("building", **each) for each in questions]
    with store.change(author="tester", message="pull down") as change:
        change.delete("building", uids.values())
    then = [store.read("building", as_of=1, **each) for each in questions]
    for one, other in zip(today, then, strict=True):
        pd.testing.assert_frame_equal(pd.DataFrame(one), pd.DataFrame(other))
    assert [len(each) for each in then] == [3, 2, 1, 3, 3]


def test_a_changeset_says_who_when_why_and_how_much(store: Store) -> None:
    uids = write(store, "building", frame(buildings((0, 0), (20, 0))))
    since = dt.datetime.now(dt.UTC)
    with store.change(
        author="周", message="re-survey", source="普查.xlsx", cause=Cause.CORRECTION
    ) as change:
        change.insert("building", frame(buildings((40, 0), (60, 0))))
        change.update("building", pd.DataFrame({"floors": 2}, index=[uids["b1"]]))
        change.delete("building", [uids["b2"]])
        change.insert("adopter", pd.DataFrame({"code": ["a"]}))
    first, second = store.changesets()
    assert (first.cause, first.source) == (Cause.CHANGE, "")
    assert (second.id, second.author, second.message, second.source, second.cause) == (
        2, "周", "re-survey", "普查.xlsx", Cause.CORRECTION,
    )  # fmt: skip
    assert second.changes == {
        "building": {"insert": 2, "update": 1, "delete": 1},
        "adopter": {"insert": 1},
    }
    assert second.recorded_at.utcoffset() == dt.timedelta(0)
    slack = dt.timedelta(milliseconds=1)  # moments are kept to the millisecond
    assert since - slack <= second.recorded_at <= dt.datetime.now(dt.UTC)


@pytest.mark.parametrize("cause", [*Cause, "redivision"])
def test_every_cause_is_kept(store: Store, cause: Cause) -> None:
    with store.change(author="tester", message="", cause=cause) as change:
        change.insert("adopter", pd.DataFrame({"code": ["a"]}))
    assert store.changesets()[0].cause == cause


def test_an_unknown_cause_is_refused(store: Store) -> None:
    with (
        pytest.raises(ValueError, match="whim"),
        store.change(author="tester", message="", cause="whim"),  # type: ignore[arg-type]  # meant
    ):
        pass


def test_a_change_that_writes_nothing_takes_no_number(store: Store) -> None:
    nothing = frame({})
    with store.change(author="tester", message="nothing") as change:
        assert change.insert("building", nothing) == []
        assert change.update("building", nothing) == []
        assert change.delete("building", []) == []
    assert change.changeset is None
    assert store.changesets() == []
    write(store, "building", frame(buildings((0, 0))))
    assert store.changeset_at() == 1


def test_a_change_that_fails_leaves_nothing(store: Store, sound: Callable[[], None]) -> None:
    write(store, "building", frame(buildings((0, 0))))
    before = state(store)

    def fail() -> None:
        with store.change(author="tester", message="fails") as change:
            change.insert("building", frame(buildings((50, 0))))
            change.delete("building", list(before))
            change.insert("adopter", pd.DataFrame({"code": ["a"]}))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert state(store) == before
    assert store.changeset_at() == 1
    assert store.count("adopter") == 0
    sound()
    write(store, "building", frame(buildings((50, 0))))
    assert [each.id for each in store.changesets()] == [1, 2]


def test_revisions_move_with_their_own_layer_only(store: Store) -> None:
    assert store.revision("building") == 0
    write(store, "building", frame(buildings((0, 0))))
    write(store, "adopter", frame({"a": None}))
    write(store, "building", frame(buildings((20, 0))))
    assert store.revisions(["building", "adopter", "road"]) == {
        "building": 3, "adopter": 2, "road": 0,
    }  # fmt: skip
    assert store.revisions(["building", "adopter"], as_of=2) == {"building": 1, "adopter": 2}
    assert set(store.revisions()) == set(store.kinds)


def test_a_change_prepared_from_an_older_revision_is_refused(store: Store) -> None:
    write(store, "building", frame(buildings((0, 0))))
    seen = store.revisions(["building"])
    write(store, "building", frame(buildings((20, 0))))
    with (
        pytest.raises(LayerChangedError) as refusal,
        store.change(author="tester", message="stale", expect=seen) as change,
    ):
        change.insert("building", frame(buildings((40, 0))))
    assert refusal.value.values == {"kind": "building", "expected": 1, "found": 2}
    assert store.count("building") == 2
    with store.change(author="tester", message="fresh", expect={"building": 2}) as change:
        change.insert("building", frame(buildings((40, 0))))
    assert store.revision("building") == 3


def test_a_clock_set_back_does_not_reorder_changesets(store: Store, path: Path) -> None:
    write(store, "adopter", frame({"a": None}))
    with raw(path) as connection:  # as if it had been written when the clock was a year ahead
        ahead = "2099-01-01T00:00:00.000Z"
        connection.execute("UPDATE gg_changeset SET recorded_at = ?", [ahead])
    write(store, "adopter", frame({"b": None}))
    first, second = store.changesets()
    assert first.recorded_at <= second.recorded_at


def test_a_refused_frame_can_be_corrected_within_the_same_change(store: Store) -> None:
    with store.change(author="tester", message="second try") as change:
        with pytest.raises(FeatureRejectedError):
            change.insert("building", frame({"x": shapely.Point(0, 0)}))
        change.insert("building", frame(buildings((0, 0))))
    assert store.changesets()[0].changes == {"building": {"insert": 1}}
