"""A scope limits what is read and written: kinds, verbs and subtrees of the territory."""

import datetime as dt

import pandas as pd
import pytest
import shapely

from layers import Cause, Scope, Store, Verb
from layers.errors import ScopeError
from layers.store import PageQuestion
from tests.layers.store.town import buildings, frame, territory, write


@pytest.fixture
def units(store: Store) -> dict[str, str]:
    """Give the units of a town with a building in each of g00, g10 and g33, and one outside."""
    uids = territory(store)
    rows = frame(buildings((50, 50), (150, 50), (350, 350), (900, 900)), floors=1)
    return uids | write(store, "building", rows)


def codes(store: Store, scope: Scope, **question: object) -> list[str]:
    """Give the codes of the buildings that a scope may read."""
    return sorted(store.read("building", scope=scope, **question)["code"])  # type: ignore[arg-type]  # handed on


def test_everything_is_allowed_by_default(store: Store, units: dict[str, str]) -> None:
    del units
    assert codes(store, Scope.all()) == codes(store, Scope()) == ["b1", "b2", "b3", "b4"]
    assert Scope.all() == Scope()


@pytest.mark.parametrize(
    ("codes_of_units", "expected"),
    [
        (["g00"], ["b1"]),
        (["c0"], ["b1"]),
        (["s0"], ["b1", "b2"]),
        (["g10", "s1"], ["b2", "b3"]),
        (["d"], ["b1", "b2", "b3"]),
        ([], []),
    ],
)
def test_reading_stays_within_the_units(
    store: Store, units: dict[str, str], codes_of_units: list[str], expected: list[str]
) -> None:
    scope = Scope(units=frozenset(units[code] for code in codes_of_units))
    assert codes(store, scope) == expected
    assert codes(store, scope, where="floors = 1", on=dt.date(2026, 1, 1)) == expected
    last = store.changeset_at()
    with store.change(author="tester", message="all gone") as change:
        change.delete("building", list(store.read("building").index))
    assert codes(store, scope) == []
    assert codes(store, scope, as_of=last) == expected


def test_kinds_and_verbs(store: Store, units: dict[str, str]) -> None:
    scope = Scope(kinds=frozenset({"building"}), verbs=frozenset({Verb.READ, Verb.UPDATE}))
    assert len(codes(store, scope)) == 4
    with pytest.raises(ScopeError) as refusal:
        store.read("grid", scope=scope)
    assert refusal.value.values == {"verb": "read", "kind": "grid"}
    floors = pd.DataFrame({"floors": 2}, index=[units["b1"]])
    with store.change(author="tester", message="allowed", scope=scope) as change:
        change.update("building", floors)
        with pytest.raises(ScopeError):
            change.insert("building", frame({"x": None}))
        with pytest.raises(ScopeError):
            change.delete("building", [units["b1"]])
        with pytest.raises(ScopeError):
            change.update("grid", floors)
    assert store.changesets()[-1].changes == {"building": {"update": 1}}


def change_in(store: Store, scope: Scope, action: str, argument: object) -> None:
    """Make one change to the buildings within a scope."""
    with store.change(author="grid chief", message="mine", scope=scope) as change:
        getattr(change, action)("building", argument)


def test_writing_within_the_units_is_allowed(store: Store, units: dict[str, str]) -> None:
    mine = Scope(units=frozenset({units["s0"]}))
    change_in(store, mine, "insert", frame(buildings((20, 20))))
    change_in(store, mine, "update", pd.DataFrame({"floors": 3}, index=[units["b1"]]))
    moved = frame({"b1": shapely.box(110, 110, 120, 120)}).set_axis(pd.Index([units["b1"]]))
    change_in(store, mine, "update", moved)
    change_in(store, mine, "delete", [units["b2"]])
    with store.change(author="grid chief", message="all in one", scope=mine) as change:
        (uid,) = change.insert("building", frame(buildings((30, 30))))
        change.update("building", pd.DataFrame({"floors": 3}, index=[uid]))
        change.delete("building", [uid])


@pytest.mark.parametrize(
    ("action", "code"),
    [
        ("insert", "elsewhere"), ("insert", "outside"), ("insert", "nowhere"),
        ("update", "b3"), ("update", "b4"), ("delete", "b3"), ("delete", "b4"),
        ("move out", "b1"), ("move in", "b3"), ("lose the place", "b1"),
    ],
)  # fmt: skip
def test_writing_beyond_the_units_is_refused_and_leaves_nothing(
    store: Store, units: dict[str, str], action: str, code: str
) -> None:
    mine = Scope(units=frozenset({units["s0"]}))
    there, here = shapely.box(310, 310, 320, 320), shapely.box(50, 50, 60, 60)
    places = {"elsewhere": there, "outside": shapely.box(900, 900, 910, 910), "nowhere": None}
    uid = pd.Index([units.get(code)])
    argument: object
    if action == "insert":
        argument = frame({code: places[code]})
    elif action == "delete":
        argument = list(uid)
    elif action == "update":
        argument = pd.DataFrame({"floors": 9}, index=uid)
    else:
        place = {"move out": there, "move in": here, "lose the place": None}[action]
        argument = frame({code: place}).set_axis(uid)
    before, last = store.read("building"), store.changeset_at()
    verb = action if action in {"insert", "delete"} else "update"
    with pytest.raises(ScopeError):
        change_in(store, mine, verb, argument)
    pd.testing.assert_frame_equal(store.read("building"), before)
    assert store.changeset_at() == last


def test_a_scope_follows_a_redivision(store: Store, units: dict[str, str]) -> None:
    """From today on the merged grid counts: the old ones give no right any more."""
    today = dt.datetime.now().astimezone().date()
    merged = frame({"g-new": shapely.box(0, 0, 200, 100)}, parent_code="c0", valid_from=[today])
    with store.change(author="tester", message="merge", cause=Cause.REDIVISION) as change:
        ended = pd.DataFrame({"valid_to": today}, index=[units["g00"], units["g10"]])
        change.update("grid", ended)
        (new,) = change.insert("grid", merged)
    floors = pd.DataFrame({"floors": 3}, index=[units["b1"]])
    with pytest.raises(ScopeError):
        change_in(store, Scope(units=frozenset({units["g00"]})), "update", floors)
    change_in(store, Scope(units=frozenset({new})), "update", floors)
    assert codes(store, Scope(units=frozenset({new})), on=today) == ["b1", "b2"]
    assert codes(store, Scope(units=frozenset({new}))) == ["b1", "b2"]


@pytest.mark.both_backends
def test_a_division_of_tomorrow_gives_rights_tomorrow(
    store: Store, units: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is written at midnight, and yet other units count from then on."""
    today = dt.datetime.now().astimezone().date()
    tomorrow = today + dt.timedelta(days=1)
    merged = frame({"g-new": shapely.box(0, 0, 200, 100)}, parent_code="c0", valid_from=[tomorrow])
    with store.change(author="tester", message="merge", cause=Cause.REDIVISION) as change:
        ended = pd.DataFrame({"valid_to": tomorrow}, index=[units["g00"], units["g10"]])
        change.update("grid", ended)
        (new,) = change.insert("grid", merged)
    old, later = Scope(units=frozenset({units["g00"]})), Scope(units=frozenset({new}))

    def seen(scope: Scope) -> tuple[list[str], list[str], int]:
        page = store.page("building", PageQuestion(), scope=scope).features
        return codes(store, scope), sorted(page["code"]), store.counts(scope=scope)["building"]

    assert seen(old) == (["b1"], ["b1"], 1)
    assert seen(later) == ([], [], 0)
    assert [codes(store, each, on=tomorrow) for each in (old, later)] == [[], ["b1", "b2"]]
    midnight = dt.datetime.combine(tomorrow, dt.time()).astimezone()
    monkeypatch.setattr("layers.clock.here_and_now", lambda: midnight)
    assert seen(old) == ([], [], 0)
    assert seen(later) == (["b1", "b2"], ["b1", "b2"], 2)
    assert [codes(store, each, on=today) for each in (old, later)] == [["b1"], []]
