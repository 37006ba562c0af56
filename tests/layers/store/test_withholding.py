"""What everybody is told of homes and people, and that nobody can work out the rest."""

import datetime as dt
from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from layers import Scope, Store, Verb
from layers.clock import today
from layers.errors import FilterError
from layers.store import PageQuestion
from layers.store.withholding import WITHHELD, Row, families, is_small, withheld
from tests.layers.store.town import buildings, frame, territory, write

PUBLIC = Scope(verbs=frozenset({Verb.READ}), without_counts=True)


def told(*counts: int, whole: int | None = None) -> list[int | None]:
    """Give what is told of rows of one unit that count one thing."""
    rows = {Row("building", f"b{n}"): (count, 0, 0) for n, count in enumerate(counts)}
    unit = Row("grid", "g")
    units = {} if whole is None else {unit: (whole, 0, 0)}
    hidden = withheld(rows | units, families((row, unit) for row in rows))
    return [None if row in hidden else found[0] for row, found in rows.items()]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((8, 12, 5), [8, 12, 5]),
        ((8, 3, 12), [None, None, 12]),
        ((3, 4, 12, 9), [None, None, 12, None]),  # the sum of two small ones is small
        ((0, 3, 12, 0), [0, None, None, 0]),
        ((3, 0), [None, 0]),
        ((1, 5, 5, 6), [None, None, 5, 6]),
        ((), []),
    ],
)
def test_with_a_small_count_goes_the_next_beside_it(
    counts: tuple[int, ...], expected: list[int | None]
) -> None:
    assert told(*counts) == expected


def test_a_unit_that_is_withheld_is_not_the_sum_of_what_is_told() -> None:
    within = {"a": "g0", "b": "g1", "c": "g1", "d": "g2"}
    counts = {"a": 3, "b": 6, "c": 7, "d": 40}
    units = {"g0": 3, "g1": 13, "g2": 40}
    rows = {Row("building", k): (v, 0, 0) for k, v in counts.items()}
    rows |= {Row("grid", k): (v, 0, 0) for k, v in units.items()}
    pairs = [(Row("building", b), Row("grid", g)) for b, g in within.items()]
    pairs += [(Row("grid", g), Row("community", "c")) for g in units]
    hidden = {row.uid for row in withheld(rows, families(pairs))}
    assert hidden == {"a", "g0", "g1", "b"}


TOWNS = st.lists(  # communities of grids of buildings, each of which counts two things
    st.lists(
        st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=5),
        min_size=1,
        max_size=4,
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=40, deadline=None)
@given(town=TOWNS)
def test_nobody_can_work_out_what_is_withheld(
    town: list[list[list[tuple[int, int]]]],
) -> None:
    assert_nothing_follows(town)


@pytest.mark.long
@settings(max_examples=1500, deadline=None)
@given(town=TOWNS)
def test_nobody_can_ever_work_out_what_is_withheld(
    town: list[list[list[tuple[int, int]]]],
) -> None:
    assert_nothing_follows(town)


def assert_nothing_follows(town: list[list[list[tuple[int, int]]]]) -> None:
    """Solve for every withheld count by all that is told, as a patient reader would."""
    counts: dict[Row, tuple[int, ...]] = {}
    parts: dict[Row, list[Row]] = {}
    pairs: list[tuple[Row, Row | None]] = []
    for c, grids in enumerate(town):
        community = Row("community", f"c{c}")
        parts[community] = []
        for g, homes in enumerate(grids):
            grid = Row("grid", f"c{c}g{g}")
            rows = [Row("building", f"c{c}g{g}b{b}") for b in range(len(homes))]
            counts |= {row: (*home, 0) for row, home in zip(rows, homes, strict=True)}
            counts[grid] = (
                (*(sum(one) for one in zip(*homes, strict=True)), 0) if homes else (0,) * 3
            )
            parts[grid] = rows
            parts[community].append(grid)
            pairs += [(row, unit) for row in rows for unit in (grid, community, None)]
            pairs += [(grid, community), (grid, None)]
        sums = zip(*(counts[grid] for grid in parts[community]), strict=True)
        counts[community] = tuple(map(sum, sums))
        pairs.append((community, None))
    hidden = withheld(counts, families(pairs))
    assert {row for row, found in counts.items() if any(0 < one < 5 for one in found)} <= hidden
    for thing in (0, 1):
        _assert_open({row: found[thing] for row, found in counts.items()}, parts, hidden)


def _assert_open(
    counts: Mapping[Row, int], parts: Mapping[Row, list[Row]], hidden: set[Row]
) -> None:
    unknown = sorted(row for row in hidden if counts[row])
    number = {row: n for n, row in enumerate(unknown)}
    if not unknown:
        return
    total = [row for row in counts if row.kind == "community"]
    equations: list[tuple[list[Row], Row | None, int]] = [
        ([*rows], whole, counts[whole]) for whole, rows in parts.items()
    ]
    if sum(counts[row] > 0 for row in total) > 1:  # the city's own figure, where it is one
        equations.append((total, None, sum(counts[row] for row in total)))
    matrix, right = [], []
    for rows, whole, value in equations:
        line = np.zeros(len(unknown))
        known = 0 if whole in number else value
        for row in rows:
            if row in number:
                line[number[row]] += 1
            else:
                known -= counts[row]
        if whole in number:
            line[number[whole]] -= 1
        matrix.append(line)
        right.append(known)
    for row in (each for each in unknown if is_small(counts[each])):
        cost = np.zeros(len(unknown))
        cost[number[row]] = 1
        least, most = (
            linprog(sign * cost, A_eq=np.array(matrix), b_eq=right, bounds=(0, None))
            for sign in (1, -1)
        )
        assert most.status == 3 or -most.fun - least.fun > 0.5, (row, counts, hidden)


@pytest.mark.both_backends
def test_what_everybody_reads_of_a_store(store: Store) -> None:
    territory(store)
    homes = frame(
        buildings((20, 20), (50, 20), (20, 60), (150, 20), (150, 60), (900, 900)),
        households=[3, 6, 40, 7, None, 9],
        population=[8, 14, 90, 12, 5, 20],
    )
    uids = write(store, "building", homes)
    first = store.changeset_at()

    everything = store.read("building")
    assert WITHHELD not in everything.attrs
    assert everything["households"].sum() == 65
    found = store.read("building", scope=PUBLIC)
    shown = found.loc[found["households"].notna(), "code"]
    assert set(shown) == {"b3", "b4", "b6"}
    assert found.attrs[WITHHELD] == {uids[code] for code in HIDDEN}
    page = store.page("building", PageQuestion(limit=2), scope=PUBLIC)
    assert page.features["population"].isna().tolist() == [
        uid in {uids[code] for code in HIDDEN} for uid in page.features.index
    ]
    with pytest.raises(FilterError):
        store.read("building", where="households < 5", scope=PUBLIC)
    yesterday = today() - dt.timedelta(days=1)
    with store.change(author="tester", message="fell") as change:
        change.update("building", pd.DataFrame({"valid_to": yesterday}, index=[uids["b2"]]))
    later = store.read("building", scope=PUBLIC)["households"]
    # What is no more tells of nobody; b3 is now the next beside b1.
    assert set(later.index[later.notna()]) == {uids["b4"], uids["b6"]}
    earlier = store.page("building", PageQuestion(as_of=first), scope=PUBLIC).features
    assert earlier["households"].isna().all()
    assert store.diff(0, scope=PUBLIC).kinds["building"].after["households"].isna().all()


HIDDEN = ("b1", "b2")
