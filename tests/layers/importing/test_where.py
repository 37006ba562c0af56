import datetime as dt

import numpy as np
import pytest
from pandas import DataFrame

from layers.importing.errors import WhereColumnError, WhereSyntaxError, WhereUnsupportedError
from layers.importing.where import rows_where

LEDGER = DataFrame(
    {
        "a": ["x", None, "y", "Xa"],
        "n": ["3", "12", None, "b"],
        "d": [dt.date(2020, 1, 1), dt.date(2021, 1, 1), None, dt.date(2022, 1, 1)],
        "b": [True, False, None, True],
        "名称": ["公园", "园", "公", None],
        "addr:street": [None, 1, 2.0, 2.5],
    },
    dtype=object,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = 'x'", [1, 0, 0, 0]), ("a <> 'x'", [0, 0, 1, 1]), ("NOT a = 'x'", [0, 0, 1, 1]),
        ("a IS NULL", [0, 1, 0, 0]), ("a IS NOT NULL AND n > 2", [1, 0, 0, 0]),
        ("n BETWEEN 3 AND 12", [1, 1, 0, 0]), ("n IN (3, 12)", [1, 1, 0, 0]),
        ("a IN ('x', 'y')", [1, 0, 1, 0]), ("a NOT IN ('x')", [0, 0, 1, 1]),
        ("a LIKE '%a'", [0, 0, 0, 1]), ("CASEI(a) LIKE CASEI('x%')", [1, 0, 0, 1]),
        ("CASEI(a) = 'xa'", [0, 0, 0, 1]), ("d > DATE('2020-06-01')", [0, 1, 0, 1]),
        ("b = TRUE", [1, 0, 0, 1]), ("名称 LIKE '公_'", [1, 0, 0, 0]),
        ('"addr:street" = 2', [0, 0, 1, 0]), ("\"addr:street\" = '2'", [0, 0, 1, 0]),
        ("(a = 'x' OR n = 12) AND b = FALSE", [0, 1, 0, 0]), ("TRUE", [1, 1, 1, 1]), ("n = a", [0, 0, 0, 0]),
    ],
)  # fmt: skip
def test_filters(text: str, expected: list[int]) -> None:
    np.testing.assert_array_equal(rows_where(LEDGER, text), np.array(expected, dtype=bool))


def test_what_cannot_be_filtered_by() -> None:
    with pytest.raises(WhereColumnError):
        rows_where(LEDGER, "q = 1")
    for text in ("a =", "a = 'x", "", "(" * 5000, "NOT " * 1900 + "a = 1"):
        with pytest.raises(WhereSyntaxError):
            rows_where(LEDGER, text)
    for text in ("S_INTERSECTS(geom, BBOX(1, 2, 3, 4))", "n + 1 > 2", "a = NULL", "a"):
        with pytest.raises(WhereUnsupportedError):
            rows_where(LEDGER, text)


def test_the_ledger_is_left_alone() -> None:
    before = LEDGER.copy()
    rows_where(LEDGER, "n > 2 OR b = TRUE")
    assert before.equals(LEDGER)
