"""Sentences about coverage: what is read, what is refused, and when a sentence holds."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.texts import texts_in
from gis.covering import statement
from gis.covering.statement import parse_claim
from gis.errors import ClaimUnreadableError


def said(text: str) -> tuple[Any, ...]:
    found = parse_claim(text)
    return (
        found.distance, found.radius_m, found.target, found.weight, found.comparison, found.share,
        found.digits,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("500米见园，覆盖率91%", (None, 500, "park", None, "equal", 0.91, 0)),
        ("５００ 米 见园,覆盖率 ９１．５％。", (None, 500, "park", None, "equal", 0.915, 1)),
        ("“三百米见绿”覆盖率达到百分之九十五", (None, 300, "green", None, "at_least", 0.95, 0)),
        ("步行500米见园人口覆盖率不低于90%", ("walk", 500, "park", "population", "at_least", 0.9, 0)),
        ("直线1公里见景，覆盖率超过80%", ("straight", 1000, "scenery", None, "above", 0.8, 0)),
        ("约九成住户300米内见绿", (None, 300, "green", "households", "about", 0.9, -1)),
        ("91%的居民500米见园", (None, 500, "park", "population", "equal", 0.91, 0)),
        ("公园绿地500米服务半径覆盖率为91.74%", (None, 500, "park", None, "equal", 0.9174, 2)),
        ("500m公园居住用地覆盖率≥90%", (None, 500, "park", "area", "at_least", 0.9, 0)),
        ("初步实现300米见绿全覆盖", (None, 300, "green", None, "equal", 1.0, 0)),
        ("1,000米见景覆盖率为80%以上", (None, 1000, "scenery", None, "at_least", 0.8, 0)),
        ("五〇〇米见园楼栋覆盖率九十一点七四%左右", (None, 500, "park", "places", "about", 0.9174, 2)),
        ("一千二百米见园，覆盖率百分之百", (None, 1200, "park", None, "equal", 1.0, 0)),
    ],
)  # fmt: skip
def test_what_is_read(text: str, expected: tuple[Any, ...]) -> None:
    assert said(text) == expected


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("", "radius"), ("覆盖率91%", "radius"), ("500米覆盖率91%", "target"),
        ("基本实现500米见园", "share"), ("500米见园，300米见绿，覆盖率91%", "order"),
        ("500米见园覆盖率91%，300米见绿覆盖率90%", "several"), ("见" * 500, "too_long"),
        ("0米见园，覆盖率91%", "radius_range"), ("500米见园，覆盖率191%", "share_range"),
        ("500米见园，覆盖率0%", "share_range"), ("500米见园，物业覆盖率91%", "order"),
    ],
)  # fmt: skip
def test_what_is_refused_is_told_with_the_grammar(text: str, missing: str) -> None:
    with pytest.raises(ClaimUnreadableError) as refused:
        parse_claim(text)
    assert refused.value.values["missing"] == missing
    for lang in ("zh", "en"):
        told = texts_in(lang).error(refused.value)
        assert "断言   = " in told
        assert texts_in(lang)(f"reasons.claim_unreadable.{missing}") in told


def test_the_printed_grammar_knows_every_word_that_is_read() -> None:
    tables: list[dict[Any, tuple[str, ...]]] = [
        statement._TARGETS, statement._WEIGHTS, statement._COMPARISONS,
    ]  # fmt: skip
    words = [word for table in tables for group in table.values() for word in group]
    words += [*statement._AFTER.values(), *statement._DISTANCES.values()]
    for lang in ("zh", "en"):
        printed = texts_in(lang).entries["errors.claim_unreadable"].template(lang)
        assert not [word for word in words if word not in printed and word != ">="]


def test_the_page_shows_the_grammar_as_it_is_printed() -> None:
    page = (Path(__file__).parents[2] / "docs/claims.md").read_text("utf-8")
    printed = texts_in("zh").entries["errors.claim_unreadable"].zh
    assert printed[printed.index("断言") :] in page


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = parse_claim(text)
    except ClaimUnreadableError:
        return
    assert 0 < found.share <= 1


@given(st.integers(1, 99_999), st.integers(0, 2))
def test_chinese_numbers_are_those_of_arabic_digits(number: int, digits: int) -> None:
    signs = "零一二三四五六七八九"
    spelt = "".join(signs[int(sign)] for sign in str(number))
    tail = "一二三"[:digits]
    arabic = f"{number}" + (f".{'123'[:digits]}" if digits else "")
    chinese = spelt + (f"点{tail}" if tail else "")
    one, other = (parse_claim(f"{text}米见绿，覆盖率9成") for text in (arabic, chinese))
    assert one.radius_m == other.radius_m
    assert re.sub("米.*", "", other.text) == chinese


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("500米见园，覆盖率91%", 0.905, 0.915),
        ("500米见园，覆盖率91.7%", 0.9165, 0.9175),
        ("500米见园，覆盖率约91%", 0.90, 0.92),
        ("500米见园，覆盖率九成", 0.85, 0.95),
        ("500米见园，覆盖率不低于91%", 0.91, 1.0),
    ],
)
def test_when_it_holds(text: str, least: float, most: float) -> None:
    stated = parse_claim(text)
    assert stated.holds(least)
    assert stated.holds(most)
    assert not stated.holds(least - 1e-6)
    assert most == 1 or not stated.holds(most + 1e-6)


def test_more_than_is_not_as_much_as() -> None:
    assert not parse_claim("500米见园，覆盖率超过75%").holds(0.75)
    assert parse_claim("500米见园，覆盖率超过75%").holds(0.7501)
