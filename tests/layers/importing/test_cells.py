import datetime as dt

import pytest

from layers.importing.cells import (
    Wrong,
    is_missing,
    parse_boolean,
    parse_identifier,
    parse_text,
    plain,
)
from layers.importing.dates import parse_date, parse_moment
from layers.importing.quantities import parse_integer, parse_real

DAY = dt.date(2024, 5, 6)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("  公园 ", "公园"), ("\u3000公园\u3000", "公园"), ("", None), ("   ", None), (None, None),
        (float("nan"), None), (3.0, 3.0), ([1, 2], "[1, 2]"), ({"a": "公"}, '{"a": "公"}'),
    ],
)  # fmt: skip
def test_plain(cell: object, expected: object) -> None:
    assert plain(cell) == expected


@pytest.mark.parametrize("word", ["NULL", "null", "None", "NaN", "n/a", "#N/A", "-", "—", "/"])
def test_words_for_nothing(word: str) -> None:
    assert is_missing(word)


@pytest.mark.parametrize("word", ["0", "无名", "a", "否"])
def test_words_for_something(word: str) -> None:
    assert not is_missing(word)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (220605001001, "220605001001"), (220605001001.0, "220605001001"), (1.5, "1.5"),
        ("（空）", "（空）"), (dt.date(2024, 5, 6), "2024-05-06"), (dt.datetime.fromisoformat("2024-05-06"), "2024-05-06"),
    ],
)  # fmt: skip
def test_text(cell: object, expected: str) -> None:
    assert parse_text(cell) == expected


def test_text_keeps_wide_punctuation_but_codes_lose_wide_digits() -> None:
    assert parse_text("１号楼，东侧") == "１号楼，东侧"
    assert parse_identifier("２２０６０５") == "220605"


@pytest.mark.parametrize("cell", ["1.2E+14", "2.20605E+14", "1e14"])
def test_codes_that_a_spreadsheet_spoilt(cell: str) -> None:
    with pytest.raises(Wrong, match="code_in_scientific_notation"):
        parse_identifier(cell)


def test_text_of_monstrous_length_and_with_control_characters() -> None:
    with pytest.raises(Wrong, match="text_too_long"):
        parse_text("x" * 10_001)
    with pytest.raises(Wrong, match="text_with_control_characters"):
        parse_text("a\x00b")
    assert parse_text("two\nlines\tand a tab") == "two\nlines\tand a tab"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (12, 12),
        (12.0, 12),
        ("12", 12),
        ("12.0", 12),
        ("1,234", 1234),
        ("１２", 12),
        ("-3", -3),
        (" 7 户", 7),
    ],
)
def test_integer(cell: object, expected: int) -> None:
    assert parse_integer(cell, unit="户") == expected


@pytest.mark.parametrize(
    "cell", [12.5, "12.5", "sótano", "1,23", "12,34,567", True, "1 2", float("inf")]
)
def test_no_integer(cell: object) -> None:
    with pytest.raises(Wrong, match="not_an_integer"):
        parse_integer(cell)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (1.5, 1.5),
        ("1,234.5", 1234.5),
        ("１.５", 1.5),
        ("95 m²", 95.0),
        ("95㎡", 95.0),
        ("1e3", 1000.0),
    ],
)
def test_real(cell: object, expected: float) -> None:
    assert parse_real(cell, unit="m²") == expected


@pytest.mark.parametrize("cell", ["1,5", "inf", "nan", "many", True])
def test_no_real(cell: object) -> None:
    with pytest.raises(Wrong, match="not_a_number"):
        parse_real(cell)


@pytest.mark.parametrize("cell", ["是", "有", "Yes", "TRUE", "1", 1, 1.0, True, "√"])
def test_true(cell: object) -> None:
    assert parse_boolean(cell) is True


@pytest.mark.parametrize("cell", ["否", "无", "no", "False", "0", 0, 0.0, False, "×"])
def test_false(cell: object) -> None:
    assert parse_boolean(cell) is False


def test_neither_true_nor_false() -> None:
    with pytest.raises(Wrong, match="not_a_boolean"):
        parse_boolean("maybe")


@pytest.mark.parametrize(
    "cell",
    [
        DAY, dt.datetime.fromisoformat("2024-05-06T23:59"), "2024-05-06", "2024/5/6", "2024.5.6", "2024年5月6日",
        "20240506", "２０２４-05-06", "2024-05-06 12:30", "2024-05-06T12:30:00Z", "May 6, 2024",
        "6 May 2024", "Mon, 06 May 2024 00:00:00 GMT", 45418, "45418", 45418.0,
    ],
)  # fmt: skip
def test_date(cell: object) -> None:
    assert parse_date(cell) == DAY


@pytest.mark.parametrize(
    "cell", ["2024-13-06", "2024-02-30", "2024-05", "2024", "soon", "99999999", 3]
)
def test_no_date(cell: object) -> None:
    with pytest.raises(Wrong, match="not_a_date"):
        parse_date(cell)


def test_order_of_day_and_month_is_never_guessed() -> None:
    for cell in ("5/6/2024", "28/4/2020", "4/28/2020"):
        with pytest.raises(Wrong, match="date_order_unknown"):
            parse_date(cell)
    assert parse_date("5/6/2024", "mdy") == DAY
    assert parse_date("6.5.2024", "dmy") == DAY
    with pytest.raises(Wrong, match="not_a_date"):
        parse_date("28/4/2020", "mdy")


@pytest.mark.parametrize(
    ("cell", "hour"),
    [
        ("2024-05-06 08:30", 0), ("2024-05-06 08:30:00Z", 8), ("2024-05-06T08:30:00+02:00", 6),
        ("2024-05-06 08:30 PM", 12), (dt.datetime.fromisoformat("2024-05-06T08:30"), 0),
        (dt.datetime(2024, 5, 6, 8, 30, tzinfo=dt.UTC), 8),
    ],
)  # fmt: skip
def test_moment(cell: object, hour: int) -> None:
    expected = dt.datetime(2024, 5, 6, hour, 30, tzinfo=dt.UTC)
    assert parse_moment(cell, zone="Asia/Shanghai") == expected


def test_moment_of_a_new_york_ledger() -> None:
    moment = parse_moment("06/26/2018 12:05:09 AM", "mdy", "America/New_York")
    assert moment == dt.datetime(2018, 6, 26, 4, 5, 9, tzinfo=dt.UTC)
