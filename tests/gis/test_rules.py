"""Tiers and rule sets: what is accepted, what is refused and where it says so."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.errors import (
    RuleError,
    RuleMissingKeyError,
    RuleSyntaxError,
    RuleTypeError,
    RuleUnknownKeyError,
    RuleValueError,
    TierUnknownError,
)
from gis.rules import ACCESS_VALUES, RuleSet, Tier

GREEN = Tier("green", "见绿", ("green_space",), 300)


def file_with(**keys: str) -> str:
    lines = {"name": '"green"', "layers": '["green_space"]', "radius_m": "300"} | keys
    return "[[tier]]\n" + "\n".join(f"{key} = {value}" for key, value in lines.items())


def test_a_tier_has_the_documented_keys_and_defaults() -> None:
    assert GREEN.to_dict() == {
        "name": "green",
        "name_zh": "见绿",
        "layers": ["green_space"],
        "radius_m": 300.0,
        "min_area_m2": 0.0,
        "area_of": "feature",
        "access": None,
        "classes": None,
        "alive": False,
        "distance": "straight",
        "to": "edge",
        "required_share": None,
    }


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("radius_m", 0),
        ("radius_m", -1),
        ("radius_m", math.nan),
        ("radius_m", math.inf),
        ("min_area_m2", -0.1),
        ("min_area_m2", math.inf),
        ("area_of", "sum"),
        ("distance", "drive"),
        ("to", "gate"),
        ("layers", ()),
        ("layers", ("",)),
        ("access", ("open",)),
        ("access", ()),
        ("classes", ("G1",)),
        ("classes", ("cjjt85_2017:",)),
        ("required_share", 0),
        ("required_share", 90),
        ("name", " "),
    ],
)
def test_a_value_outside_its_range_is_refused_by_name(key: str, value: object) -> None:
    values: dict[str, Any] = {"name": "g", "name_zh": "绿", "layers": ["x"], "radius_m": 1}
    with pytest.raises(RuleValueError) as caught:
        Tier(**(values | {key: value}))
    assert str(caught.value.values["where"]).split("[")[0] == key


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("radius_m", "300"),
        ("radius_m", True),
        ("layers", "green_space"),
        ("layers", [1]),
        ("alive", "yes"),
        ("alive", 1),
        ("name", 3),
        ("access", "public"),
        ("required_share", "90%"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_by_name(key: str, value: object) -> None:
    values: dict[str, Any] = {"name": "g", "name_zh": "绿", "layers": ["x"], "radius_m": 1}
    with pytest.raises(RuleTypeError) as caught:
        Tier(**(values | {key: value}))
    assert str(caught.value.values["where"]).split("[")[0] == key


def test_a_file_of_nothing_but_tiers_is_a_rule_set() -> None:
    rules = RuleSet.from_toml(file_with(), key="mine")
    assert (rules.key, rules.title_zh, rules.title_en) == ("mine", "mine", "mine")
    assert rules.tiers == (Tier("green", "green", ("green_space",), 300),)
    assert (rules.verified, rules.source) == (False, "")


def test_the_name_may_be_given_in_two_languages() -> None:
    (tier,) = RuleSet.from_toml(file_with(name='{zh = "见绿", en = "see green"}')).tiers
    assert (tier.name, tier.name_zh) == ("see green", "见绿")
    (tier,) = RuleSet.from_toml(file_with(name='{zh = "见绿"}')).tiers
    assert (tier.name, tier.name_zh) == ("见绿", "见绿")
    (tier,) = RuleSet.from_toml(file_with(name_zh='"见绿"')).tiers
    assert (tier.name, tier.name_zh) == ("green", "见绿")


def test_a_file_may_begin_with_a_byte_order_mark() -> None:
    assert RuleSet.from_toml("\ufeff" + file_with()).tiers == RuleSet.from_toml(file_with()).tiers


@pytest.mark.parametrize(
    ("text", "error", "where"),
    [
        (file_with(radius="1"), RuleUnknownKeyError, "tier[1].radius"),
        (file_with() + "\n" + file_with(Layers="[]"), RuleUnknownKeyError, "tier[2].Layers"),
        ("titel = 'x'\n" + file_with(), RuleUnknownKeyError, "titel"),
        (file_with(name='{cn = "绿"}'), RuleUnknownKeyError, "tier[1].name.cn"),
        ('[[tier]]\nname = "g"\nradius_m = 3', RuleMissingKeyError, "tier[1].layers"),
        ("key = 'x'", RuleMissingKeyError, "tier"),
        ("", RuleMissingKeyError, "tier"),
        ("tier = []", RuleValueError, "tier"),
        ("tier = 3", RuleTypeError, "tier"),
        ("tier = [3]", RuleTypeError, "tier[1]"),
        (file_with(name="{}"), RuleTypeError, "tier[1].name"),
        (file_with(radius_m='"300"'), RuleTypeError, "tier[1].radius_m"),
        (file_with(radius_m="nan"), RuleValueError, "tier[1].radius_m"),
        (file_with(to='"gate"'), RuleValueError, "tier[1].to"),
        (file_with(access='["public", "privat"]'), RuleValueError, "tier[1].access[2]"),
        (file_with() + "\n" + file_with(), RuleValueError, "tier[2].name"),
        ("verified = 'yes'\n" + file_with(), RuleTypeError, "verified"),
        ("key = ''\n" + file_with(), RuleValueError, "key"),
        ("[[tier]\nname = 1", RuleSyntaxError, "1:7"),
        ('name = "', RuleSyntaxError, None),
    ],
)
def test_a_wrong_file_is_refused_with_the_place(
    text: str, error: type[RuleError], where: str | None
) -> None:
    with pytest.raises(error) as caught:
        RuleSet.from_toml(text)
    assert caught.value.code == error.code
    assert where in {None, caught.value.values["where"]}


def test_a_misspelt_key_is_answered_with_the_right_one() -> None:
    with pytest.raises(RuleUnknownKeyError) as caught:
        RuleSet.from_toml(file_with(min_area="400"))
    assert caught.value.values["allowed"] == ("min_area_m2",)
    with pytest.raises(RuleUnknownKeyError) as caught:
        RuleSet.from_toml(file_with(colour='"red"'))
    assert "radius_m" in caught.value.values["allowed"]  # type: ignore[operator]


def test_tiers_are_found_by_name() -> None:
    rules = RuleSet("x", tiers=(GREEN, Tier("park", "见园", ("green_space",), 500)))
    assert rules.tier("park").radius_m == rules.max_radius_m == 500
    with pytest.raises(TierUnknownError):
        rules.tier("scenery")


def test_rule_sets_need_tiers_and_know_them() -> None:
    with pytest.raises(RuleValueError):
        RuleSet("x")
    with pytest.raises(RuleTypeError):
        RuleSet("x", tiers=({"name": "green"},))  # type: ignore[arg-type]
    with pytest.raises(RuleTypeError):
        RuleSet("x", tiers=(GREEN,), source=3)  # type: ignore[arg-type]


WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip)
TIERS = st.builds(
    Tier,
    name=WORDS,
    name_zh=WORDS,
    layers=st.lists(WORDS, min_size=1, max_size=3),
    radius_m=st.floats(0.01, 1e6) | st.integers(1, 99999),
    min_area_m2=st.floats(0, 1e9),
    area_of=st.sampled_from(["feature", "joined"]),
    access=st.none() | st.lists(st.sampled_from(ACCESS_VALUES), min_size=1, max_size=4),
    classes=st.none() | st.lists(st.sampled_from(["unknown", "cjjt85_2017:G1"]), min_size=1),
    alive=st.booleans(),
    distance=st.sampled_from(["straight", "walk"]),
    to=st.sampled_from(["edge", "entrance", "centroid"]),
    required_share=st.none() | st.floats(0.01, 1),
)
RULESETS = st.builds(
    RuleSet,
    key=WORDS,
    title_zh=WORDS,
    title_en=WORDS,
    tiers=st.lists(TIERS, min_size=1, max_size=3, unique_by=lambda tier: tier.name),
    source=WORDS,
    verified=st.booleans(),
    note_zh=st.just("") | WORDS,
)


@given(RULESETS)
def test_what_is_written_is_read_again(rules: RuleSet) -> None:
    assert RuleSet.from_dict(rules.to_dict()) == rules
    assert RuleSet.from_toml(rules.to_toml()) == rules
