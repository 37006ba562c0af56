"""When an adopted plot is alive: on which days, by which state, term, care and survival."""

import datetime as dt
from typing import Any

import pandas as pd
import pytest

from layers.adoption import adoptions_alive, plots_alive
from layers.kinds import kind

DAY = dt.timedelta(days=1)
BEGIN, END = dt.date(2025, 4, 1), dt.date(2026, 4, 1)
ON = dt.date(2025, 10, 1)
STATES = kind("adoption").field_named("state").codes

ADOPTION: dict[str, Any] = {
    "code": "A1",
    "plot_code": "P1",
    "state": "active",
    "agreed_from": BEGIN,
    "agreed_to": END,
    "ended_on": None,
    "care_interval_days": None,
    "survival_share_required": None,
}


def adoptions(*changed: dict[str, Any]) -> pd.DataFrame:
    """Make adoptions of the plot P1, typed as the store gives them."""
    rows = [{**ADOPTION, **each} for each in changed]
    frame = pd.DataFrame(rows, columns=list(ADOPTION), dtype=object)
    types = {"care_interval_days": "Int64", "survival_share_required": "Float64"}
    return frame.astype(types)


def care(*logged: tuple[dt.date | None, float | None], of: str = "A1") -> pd.DataFrame:
    """Make care logs of an adoption: days and the shares that survived."""
    frame = pd.DataFrame(
        [
            {"code": f"L{n}", "adoption_code": of, "cared_on": day, "survival_share": share}
            for n, (day, share) in enumerate(logged)
        ],
        columns=["code", "adoption_code", "cared_on", "survival_share"],
        dtype=object,
    )
    return frame.astype({"survival_share": "Float64"})


def is_alive(logs: pd.DataFrame, on: dt.date = ON, **changed: Any) -> bool:
    """Tell whether one adoption is alive."""
    (alive,) = adoptions_alive(adoptions(changed), logs, on)
    return bool(alive)


def test_the_states_are_those_of_the_code_list() -> None:
    assert STATES is not None
    runs = {value for value in STATES.values if is_alive(care(), state=value)}
    assert runs == {"active", "renewed"}
    assert len(STATES.values) > len(runs)
    for other in (None, "unheard of"):
        assert not is_alive(care(), state=other)


@pytest.mark.parametrize(
    ("on", "alive"),
    [(BEGIN - DAY, False), (BEGIN, True), (END - DAY, True), (END, False), (END + DAY, False)],
)
def test_the_term_is_half_open(on: dt.date, alive: bool) -> None:
    assert is_alive(care(), on=on) is alive


def test_an_end_before_the_term_counts_from_its_day() -> None:
    ended = {"ended_on": ON}
    assert is_alive(care(), on=ON - DAY, **ended)
    assert not is_alive(care(), on=ON, **ended)


def test_what_is_not_agreed_does_not_let_it_lapse() -> None:
    assert is_alive(care(), on=dt.date(2099, 1, 1), agreed_to=None)
    assert is_alive(care(), on=dt.date(1999, 1, 1), agreed_from=None)
    assert is_alive(care((BEGIN, 0.0)), on=ON)


@pytest.mark.parametrize(("days", "alive"), [(0, True), (30, True), (31, False)])
def test_care_is_due_within_the_interval_from_the_last_care(days: int, alive: bool) -> None:
    logs = care((ON - 200 * DAY, None), (ON - days * DAY, None))
    assert is_alive(logs, care_interval_days=30, agreed_from=ON - 300 * DAY) is alive


@pytest.mark.parametrize(("days", "alive"), [(30, True), (31, False)])
def test_before_the_first_care_the_interval_runs_from_the_beginning(days: int, alive: bool) -> None:
    assert is_alive(care(), on=BEGIN + days * DAY, care_interval_days=30) is alive


def test_care_before_the_term_excuses_nobody_and_blames_nobody() -> None:
    before = care((BEGIN - 5 * DAY, None))
    assert is_alive(before, on=BEGIN + 30 * DAY, care_interval_days=30)
    assert not is_alive(before, on=BEGIN + 31 * DAY, care_interval_days=30)


def test_care_of_later_days_is_not_known_yet() -> None:
    logs = care((ON + DAY, 0.1))
    assert is_alive(logs, survival_share_required=0.9)
    assert not is_alive(logs, care_interval_days=30)
    assert not is_alive(logs, on=ON + DAY, survival_share_required=0.9)


@pytest.mark.parametrize(
    ("counted", "alive"), [(0.95, True), (0.9, True), (0.89, False), (0.0, False), (None, True)]
)
def test_survival_is_not_below_what_was_agreed(counted: float | None, alive: bool) -> None:
    assert is_alive(care((ON - DAY, counted)), survival_share_required=0.9) is alive


def test_the_survival_counted_last_decides() -> None:
    """A later visit that counted nothing does not make the count forgotten."""
    sick = care((ON - 20 * DAY, 0.5), (ON - 10 * DAY, None))
    assert not is_alive(sick, survival_share_required=0.9)
    replanted = care((ON - 20 * DAY, 0.5), (ON - 10 * DAY, 0.95), (ON - DAY, None))
    assert is_alive(replanted, survival_share_required=0.9)


def test_the_order_of_the_logs_is_irrelevant() -> None:
    logs = care((ON - 20 * DAY, 0.5), (ON - 10 * DAY, 0.95), (None, 0.1))
    assert is_alive(logs, survival_share_required=0.9)
    assert is_alive(logs[::-1], survival_share_required=0.9)


def test_the_care_of_others_does_not_count() -> None:
    assert not is_alive(care((ON, 1.0), of="A2"), care_interval_days=30)
    assert not is_alive(care((ON, 1.0), of="A2"), care_interval_days=30, code=None)


def test_a_plot_is_alive_while_any_of_its_adoptions_is() -> None:
    plots = pd.DataFrame({"code": ["P1", "P2", "P3", None]}, index=list("abcd"))
    both = adoptions(
        {"state": "terminated"},
        {"code": "A2"},
        {"code": "A3", "plot_code": "P2", "ended_on": ON},
        {"code": "A4", "plot_code": None},
    )
    alive = plots_alive(plots, both, care(), ON)
    assert alive.to_dict() == {"a": True, "b": False, "c": False, "d": False}
    assert alive.name == "alive"
    assert alive.dtype == bool


@pytest.mark.parametrize("count", [0, 1])
def test_without_rows_nothing_is_alive(count: int) -> None:
    plots = pd.DataFrame({"code": ["P1"][:count]})
    assert plots_alive(plots, adoptions(), care(), ON).tolist() == [False] * count
    assert plots_alive(plots[:0], adoptions({}), care((ON, None)), ON).empty


def test_days_at_the_ends_of_the_calendar() -> None:
    assert is_alive(care(), agreed_to=dt.date(9999, 12, 31))
    assert is_alive(care(), agreed_from=dt.date(1900, 1, 1), care_interval_days=10**6)
