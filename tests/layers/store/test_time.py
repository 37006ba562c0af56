"""Valid time: what holds on a day, alone and together with what was recorded when."""

import datetime as dt

import pandas as pd
import pytest
import shapely

from layers import Cause, Store
from tests.layers.store.town import buildings, frame, territory, write

JAN, FEB, MAR, DEC = (dt.date(2026, month, 1) for month in (1, 2, 3, 12))


def codes(store: Store, **question: object) -> list[str]:
    """Give the codes of the buildings that answer a question."""
    return sorted(store.read("building", **question)["code"])  # type: ignore[arg-type]  # handed on


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (JAN - dt.timedelta(days=1), ["always", "until"]),
        (JAN, ["always", "from", "term", "until"]),
        (FEB, ["always", "from", "term", "until"]),
        (MAR - dt.timedelta(days=1), ["always", "from", "term", "until"]),
        (MAR, ["always", "from"]),
        (DEC, ["always", "from"]),
    ],
)
def test_periods_are_half_open_and_null_is_without_bound(
    store: Store, day: dt.date, expected: list[str]
) -> None:
    rows = frame(
        dict.fromkeys(["always", "from", "until", "term", "never"]),
        valid_from=[None, JAN, None, JAN, FEB],
        valid_to=[None, None, MAR, MAR, FEB],
    )
    write(store, "building", rows)
    assert codes(store, on=day) == expected
    assert codes(store) == ["always", "from", "never", "term", "until"]


def test_both_times_together(store: Store) -> None:
    """Recorded first as open-ended, later corrected to have ended in February."""
    uids = write(store, "building", frame({"b": None}, valid_from=[JAN]))
    with store.change(author="tester", message="it was pulled down") as change:
        change.update("building", pd.DataFrame({"valid_to": [FEB]}, index=[uids["b"]]))
    assert codes(store, on=MAR) == []
    assert codes(store, on=MAR, as_of=1) == ["b"]
    assert codes(store, on=JAN, as_of=2) == ["b"]
    assert codes(store, on=JAN, as_of=0) == []


@pytest.fixture
def redivided(store: Store) -> dict[str, str]:
    """Merge the grids g00 and g01 into one from March on."""
    units = territory(store)
    merged = frame({"g-new": shapely.box(0, 0, 100, 200)}, parent_code="c0", valid_from=[MAR])
    with store.change(author="tester", message="merge", cause=Cause.REDIVISION) as change:
        ended = pd.DataFrame({"valid_to": MAR}, index=[units["g00"], units["g01"]])
        change.update("grid", ended)
        (units["g-new"],) = change.insert("grid", merged)
    return units


def test_territory_is_that_of_the_units_of_the_day(store: Store, redivided: dict[str, str]) -> None:
    (uid,) = write(store, "building", frame(buildings((50, 150)))).values()
    by_day = {day: store.territory("building", on=day).loc[uid] for day in (FEB, MAR)}
    assert by_day[FEB]["grid"] == redivided["g01"]
    assert by_day[MAR]["grid"] == redivided["g-new"]
    assert {day["community"] for day in by_day.values()} == {redivided["c0"]}
    assert store.territory("building").loc[uid, "grid"] == redivided["g-new"]  # today


def test_territory_as_of_an_earlier_record_uses_the_units_of_then(
    store: Store, redivided: dict[str, str]
) -> None:
    del redivided
    (uid,) = write(store, "building", frame(buildings((50, 150)))).values()
    units = store.read("grid")["code"]
    with store.change(author="tester", message="found wrong", cause=Cause.CORRECTION) as change:
        change.delete("grid", [units[units == "g-new"].index[0]])
    assert store.territory("building", on=MAR).loc[uid, "grid"] is None
    then = store.territory("building", on=MAR, as_of=3).loc[uid, "grid"]
    assert units[then] == "g-new"
    assert store.territory("building", as_of=2).empty


def test_units_that_were_simply_redrawn_are_read_as_they_were(store: Store) -> None:
    """No valid dates at all: the recorded time alone keeps the old division."""
    units = territory(store)
    (uid,) = write(store, "building", frame(buildings((50, 50)))).values()
    assert store.territory("building").loc[uid, "grid"] == units["g00"]
    swapped = frame(
        {"g00": shapely.box(100, 0, 200, 100), "g10": shapely.box(0, 0, 100, 100)}
    ).set_axis(pd.Index([units["g00"], units["g10"]]))
    with store.change(author="tester", message="swap") as change:
        change.update("grid", swapped)
    assert store.territory("building").loc[uid, "grid"] == units["g10"]
    assert store.territory("building", as_of=2).loc[uid, "grid"] == units["g00"]
