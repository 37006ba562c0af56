"""The published rule sets say what was found, and no more."""

import pytest

from gis.errors import PresetUnknownError
from gis.presets import RECOMMENDED, presets
from gis.rules import RuleSet


def test_all_are_there_and_the_recommended_one_is_first() -> None:
    assert list(presets) == [
        "gbt51346_500m",
        "park_activity_site_2022",
        "nantong_2018",
        "who_2016",
        "angst_2010",
        "baishan_slogan_300_500_1000",
    ]
    assert next(iter(presets)) == RECOMMENDED
    assert all(rules.key == key for key, rules in presets.items())


@pytest.mark.parametrize(
    ("key", "yardsticks"),
    [
        ("gbt51346_500m", [(500, 0)]),
        ("park_activity_site_2022", [(500, 5000), (300, 400)]),
        ("nantong_2018", [(300, 2000), (500, 2000)]),
        ("who_2016", [(300, 5000), (300, 10000)]),
        ("angst_2010", [(300, 2e4), (2000, 2e5), (5000, 1e6), (10000, 5e6)]),
        ("baishan_slogan_300_500_1000", [(300, 0), (500, 0), (1000, 0)]),
    ],
)
def test_radii_and_areas_are_those_of_the_source(
    key: str, yardsticks: list[tuple[float, float]]
) -> None:
    assert [(tier.radius_m, tier.min_area_m2) for tier in presets[key].tiers] == yardsticks


def test_what_was_not_found_in_print_is_not_called_verified() -> None:
    unverified = {key for key, rules in presets.items() if not rules.verified}
    assert unverified == {"park_activity_site_2022", "baishan_slogan_300_500_1000"}
    assert "not verified" in presets["park_activity_site_2022"].note_en
    assert "No published definition" in presets["baishan_slogan_300_500_1000"].note_en
    assert "没有公开的定义" in presets["baishan_slogan_300_500_1000"].note_zh


def test_only_the_clause_that_demands_a_share_has_one() -> None:
    demanded = {t.name: t.required_share for r in presets.values() for t in r.tiers}
    assert {name for name, share in demanded.items() if share} == {"park_or_square_500m"}
    assert demanded["park_or_square_500m"] == 0.9


@pytest.mark.parametrize("key", list(presets))
def test_each_explains_itself_in_both_languages_and_survives_a_file(key: str) -> None:
    rules = presets[key]
    assert all([rules.title_zh, rules.title_en, rules.source, rules.note_zh, rules.note_en])
    assert RuleSet.from_toml(rules.to_toml()) == rules


def test_adopted_plots_count_only_while_they_live() -> None:
    tiers = [tier for rules in presets.values() for tier in rules.tiers]
    assert all(tier.alive for tier in tiers if "adoption_plot" in tier.layers)


def test_an_unknown_preset_is_answered_with_the_known_ones() -> None:
    assert presets.get("gb51346") is None
    with pytest.raises(PresetUnknownError) as caught:
        presets["gb51346"]
    assert RECOMMENDED in caught.value.values["presets"]  # type: ignore[operator]
