"""A grid is split in two: what was known, and what was true, keep the units of their time.

Six homes, four of them in the grid `g00`, which becomes `g00-n` and `g00-s`; a green in the south
reaches the southern half only.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pandas as pd
import pytest
import shapely

from gis import RuleSet
from layers import Cause, Scope, Store
from layers.analysis import run_coverage, verify_run
from layers.analysis.recipes import Analysis
from tests.layers.store.town import buildings, frame, territory, write

FEB, MAR, APR = (dt.date(2026, month, 15) for month in (2, 3, 4))
FROM = dt.date(2026, 3, 1)
RULES = RuleSet.from_toml(
    """
    title_zh = "40 米见绿"
    title_en = "Green within 40 m"
    [[tier]]
    name = "green"
    name_zh = "40 米见绿"
    layers = ["green_space"]
    radius_m = 40
    """,
    key="test",
)
OLD = {"g00": (4, 2), "g10": (1, 0), "g33": (1, 0)}
NEW = {"g00-n": (2, 0), "g00-s": (2, 2), "g10": (1, 0), "g33": (1, 0)}
HALVES = {"g00-n": shapely.box(0, 50, 100, 100), "g00-s": shapely.box(0, 0, 100, 50)}


@pytest.fixture
def town(store: Store) -> dict[str, str]:
    """Divide the town, build six homes, plant the green; give the uids of the units by code."""
    units = territory(store)
    homes = buildings((5, 5), (85, 5), (5, 85), (85, 85), (150, 60), (350, 350), size_m=5)
    write(store, "building", frame(homes, households=10))
    write(store, "green_space", frame({"p": shapely.box(20, 0, 80, 10)}))
    return units


def split(store: Store, old: str, *, since: dt.date | None) -> int:
    """Split the grid: from a day on, or without days, as a matter of record only."""
    halves = frame(HALVES, parent_code="c0", valid_from=since)
    with store.change(author="周", message="网格拆分", cause=Cause.REDIVISION) as change:
        if since is None:
            change.delete("grid", [old])
        else:
            change.update("grid", pd.DataFrame({"valid_to": [since]}, index=[old]))
        change.insert("grid", halves)
    assert change.changeset is not None
    return change.changeset


def measured(store: Store, **when: Any) -> Analysis:
    return run_coverage(store, RULES, weight="households", **when)


def by_grid(made: Analysis) -> dict[str, tuple[int, int]]:
    """Give homes and covered homes by grid, leaving out grids without any; check the sums."""
    (tier,) = made.run.results["tiers"]
    rows = made.run.results["by_unit"]
    for level in ("grid", "community", "street", "district"):
        here = [row for row in rows if row["level"] == level]
        for amount in ("base", "covered", "uncovered", "total"):
            assert sum(row[amount] for row in here) == tier[amount]
    assert tier["base"] == 60
    return {
        row["code"]: (round(row["base"] / 10), round(row["covered"] / 10))
        for row in rows
        if row["level"] == "grid" and row["total"]
    }


def grids(store: Store, **when: Any) -> dict[str, str]:
    """Give the code of each home's grid."""
    names = store.read("grid")["code"].to_dict()
    if "as_of" in when:
        names |= store.read("grid", as_of=when["as_of"])["code"].to_dict()
    homes = store.read("building")["code"]
    found = store.territory("building", **when)["grid"].map(names)
    return dict(zip(homes, found.reindex(homes.index), strict=True))


IN_OLD = {"b1": "g00", "b2": "g00", "b3": "g00", "b4": "g00", "b5": "g10", "b6": "g33"}
IN_NEW = IN_OLD | {"b1": "g00-s", "b2": "g00-s", "b3": "g00-n", "b4": "g00-n"}


def test_what_was_known_before_a_redivision_names_the_old_units(
    store: Store, town: dict[str, str]
) -> None:
    before = measured(store, on=FEB)
    assert by_grid(before) == OLD
    number = split(store, town["g00"], since=None)
    assert grids(store) == IN_NEW
    assert grids(store, as_of=number - 1) == IN_OLD
    after = measured(store, on=FEB)
    assert by_grid(after) == NEW
    assert after.run.id != before.run.id
    again = measured(store, on=FEB, as_of=number - 1)
    assert again.run.id == before.run.id
    assert again.run.results == before.run.results
    assert by_grid(again) == OLD
    assert_verified(store, before, after)


def test_what_was_true_before_a_redivision_names_the_old_units(
    store: Store, town: dict[str, str]
) -> None:
    before = measured(store, on=FEB)
    split(store, town["g00"], since=FROM)
    assert grids(store, on=FEB) == IN_OLD
    assert grids(store, on=FROM - dt.timedelta(days=1)) == IN_OLD
    assert grids(store, on=FROM) == grids(store, on=MAR) == IN_NEW
    old, new = measured(store, on=FEB), measured(store, on=MAR)
    assert by_grid(old) == OLD
    assert by_grid(new) == NEW
    assert old.run.results["by_unit"] == before.run.results["by_unit"]
    assert_verified(store, before, old, new)


def test_both_times_together(store: Store, town: dict[str, str]) -> None:
    """Recorded as from March, corrected later to be from April."""
    first = split(store, town["g00"], since=FROM)
    in_march = measured(store, on=MAR)
    units = store.read("grid").reset_index().set_index("code")["uid"]
    with store.change(author="周", message="四月起", cause=Cause.CORRECTION) as change:
        april = dt.date(2026, 4, 1)
        change.update("grid", pd.DataFrame({"valid_to": [april]}, index=[town["g00"]]))
        halves = [units[code] for code in HALVES]
        change.update("grid", pd.DataFrame({"valid_from": [april] * 2}, index=halves))
    answers: Mapping[tuple[dt.date, int], tuple[object, object]] = {
        (FEB, first - 1): (OLD, IN_OLD), (MAR, first - 1): (OLD, IN_OLD),
        (FEB, first): (OLD, IN_OLD), (MAR, first): (NEW, IN_NEW), (APR, first): (NEW, IN_NEW),
        (MAR, first + 1): (OLD, IN_OLD), (APR, first + 1): (NEW, IN_NEW),
    }  # fmt: skip
    for (day, number), (figures, homes) in answers.items():
        made = measured(store, on=day, as_of=number)
        assert by_grid(made) == figures, (day, number)
        assert grids(store, on=day, as_of=number) == homes, (day, number)
    assert_verified(store, in_march)


def test_area_is_cut_along_the_units_of_the_time(store: Store, town: dict[str, str]) -> None:
    """A zone across the grid: its square metres are those of the old grid, then of the halves."""
    write(store, "residential_land", frame({"z": shapely.box(10, 10, 90, 90)}))
    number = split(store, town["g00"], since=None)
    old = run_coverage(store, RULES, weight="area", on=FEB, as_of=number - 1)
    new = run_coverage(store, RULES, weight="area", on=FEB)

    def areas(made: Analysis) -> dict[str, float]:
        rows = made.run.results["by_unit"]
        return {row["code"]: row["base"] for row in rows
                if row["level"] == "grid" and row["base"] > 1}  # fmt: skip

    assert areas(old) == pytest.approx({"g00": 6400}, rel=1e-3)
    assert areas(new) == pytest.approx({"g00-n": 3200, "g00-s": 3200}, rel=1e-3)
    assert_verified(store, old, new)


def test_a_scope_of_an_old_unit_reads_its_time(store: Store, town: dict[str, str]) -> None:
    number = split(store, town["g00"], since=None)
    scope = Scope(units=frozenset([town["g00"]]))
    then = store.read("building", as_of=number - 1, scope=scope)
    assert sorted(then["code"]) == ["b1", "b2", "b3", "b4"]
    assert store.read("building", scope=scope).empty
    lost = store.diff(number - 1, number, kinds=["building"], scope=scope)
    assert lost.counts == {"building": {"removed": 4}}
    assert store.diff(number - 1, number, kinds=["building"]).is_empty


def test_a_redivision_taken_back_is_as_if_it_had_not_been(
    store: Store, town: dict[str, str]
) -> None:
    before = measured(store, on=FEB)
    number = split(store, town["g00"], since=FROM)
    assert store.undo(number, author="周") == number + 1
    assert grids(store) == grids(store, on=MAR) == IN_OLD
    after = measured(store, on=FEB)
    assert after.run.results == before.run.results
    assert_verified(store, before, after)


def assert_verified(store: Store, *made: Analysis) -> None:
    for each in made:
        kept, again = verify_run(store, each.run.id)
        assert (again.rules, again.inputs, again.results) == (
            kept.rules, kept.inputs, kept.results,
        )  # fmt: skip
