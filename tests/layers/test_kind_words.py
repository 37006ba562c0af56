"""What the codes mean, and the words by which real ledgers say it."""

import csv
import re
from pathlib import Path

import pytest

from layers.kinds import Field, kind
from layers.kinds.codes import campaign, components, divisions, events, green
from layers.kinds.codes.land import LAND_SEA_USE


def test_g3_means_different_things_in_two_systems() -> None:
    class_code = kind("green_space").field_named("class_code")
    of_2017, of_2002 = class_code.codes_in("cjjt85_2017"), class_code.codes_in("cjjt85_2002")
    assert of_2017 is not None
    assert of_2002 is not None
    assert {of_2017.find("G3").title_zh, of_2002.find("G3").title_zh} == {"广场用地", "防护绿地"}  # type: ignore[union-attr]
    assert of_2017.find("防护绿地").value == "G2"  # type: ignore[union-attr]
    assert class_code.codes_in(None) is None
    assert class_code.codes_in("elsewhere") is None


def test_codes_from_memory_are_marked() -> None:
    known = {choice.value for choice in green.CJJT85_2017.choices if choice.verified}
    assert known == {"G1", "G2", "G3", "XG"}
    heating = components.COVER_CLASS.find("热力井盖")
    assert heating is not None
    assert not heating.verified
    assert components.COVER_CLASS.find("0110") is None
    assert not campaign.ADOPTION_STATE.verified


def test_land_use_codes() -> None:
    titles = {code: LAND_SEA_USE.find(code).title_zh for code in ("0701", "1401", "1402", "1403")}  # type: ignore[union-attr]
    assert list(titles.values()) == ["城镇住宅用地", "公园绿地", "防护绿地", "广场用地"]


@pytest.mark.parametrize(
    ("word", "access"),
    [
        ("yes", "public"), ("permissive", "public"), ("对外开放", "public"),
        ("customers", "restricted"), ("no", "private"), ("private", "private"),
        ("Unknown", "unknown"),
    ],
)  # fmt: skip
def test_words_of_access(word: str, access: str) -> None:
    found = green.ACCESS.find(word)
    assert found is not None
    assert found.value == access


def test_a_component_code_splits_two_ways() -> None:
    digits = components.COMPONENT_CODE_DIGITS
    assert {sum(parts) for parts in digits.values()} == {16}
    assert len(set(digits.values())) == len(digits) == 2
    assert set(digits) <= set(components.COMPONENT_CODE_SYSTEM.values)


def test_event_codes_diverge_between_cities() -> None:
    titles = {codes.find("05").title_zh for codes in (events.EVENTS_SHORT, events.EVENTS_LONG)}  # type: ignore[union-attr]
    assert titles == {"水域不洁", "绿地保洁"}


def test_every_event_state_is_projected() -> None:
    assert tuple(events.STATE_STEPS) == events.EVENT_STATE.values
    assert {step.open311 for step in events.STATE_STEPS.values()} == {"open", "closed"}
    assert {step.five_step for step in events.STATE_STEPS.values()} == set(range(1, 6))
    assert {step.seven_link for step in events.STATE_STEPS.values()} == set(range(1, 8))


def test_former_divisions_lead_to_present_ones() -> None:
    by_spelling = {
        spelling: alias.code
        for alias in divisions.DIVISION_ALIASES
        for spelling in (alias.found_code, alias.found_name)
        if spelling
    }
    assert set(by_spelling.values()) <= set(divisions.BAISHAN)
    assert by_spelling["220604"] == by_spelling["220625"] == "220605"
    assert divisions.BAISHAN[by_spelling["八道江区"]] == "浑江区"
    assert not set(by_spelling) & {*divisions.BAISHAN, *divisions.BAISHAN.values()}


def test_columns_of_chinese_ledgers_are_known() -> None:
    expected = {
        ("green_space", "ldmc"): "name", ("green_space", "ldfldm"): "class_code",
        ("green_space", "sfjrld"): "counts_as_green",
        ("green_space", "sfjrlhfg"): "counts_as_coverage",
        ("green_space", "kd"): "width_m", ("green_space", "bz"): "note",
        ("district", "xzqmc"): "name", ("manhole_cover", "JCJBH"): "code",
        ("manhole_cover", "JGCZ"): "material", ("manhole_cover", "JGQK"): "condition",
        ("manhole_cover", "SZDL"): "road_name", ("manhole_cover", "BGID"): "grid_cell_code",
        ("manhole_cover", "ObjName"): "name", ("manhole_cover", "ObjState"): "condition",
        ("manhole_cover", "LocateDSC"): "location", ("manhole_cover", "AtBlindPth"): "on_tactile_paving",
        ("manhole_cover", "DataSource"): "source", ("grid_cell", "BGID"): "code",
        ("bare_land", "是否三不管"): "is_unmanaged", ("bare_land", "面积（㎡）"): "area_m2",
        ("building", "building:levels"): "floors", ("road", "highway"): "class",
        ("grid_event", "Created Date"): "reported_at", ("adoption", "协议编号"): "code",
    }  # fmt: skip
    found = {(key, heading): kind(key).field_headed(heading) for key, heading in expected}
    assert {place: each and each.key for place, each in found.items()} == expected


def test_synonyms_of_the_towns_are_known(test_data: Path) -> None:
    with (test_data / "manholes_vermont/column_synonyms.csv").open(encoding="utf-8") as file:
        synonyms = [row for row in csv.DictReader(file) if row["layer"][0] in "23"]
    expected = {"SystemType": "system_type", "Notes": "note", "CreateDate": "surveyed_on"}
    cover = kind("manhole_cover")
    for row in synonyms:
        if row["canonical_column"] in expected:
            known: Field | None = cover.field_headed(row["found_column"])
            assert known is not None, row
            assert known.key == expected[row["canonical_column"]]


def test_values_of_the_towns_are_known(test_data: Path) -> None:
    with (test_data / "manholes_vermont/value_codes.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    statuses = [row["found_value"] for row in rows if "Status Domain" in row["table"]]
    assert all(components.ASSET_STATUS.find(status) for status in statuses)
    types = {
        row["found_value"]: row["code_or_canonical"] for row in rows if "Point" in row["table"]
    }
    manholes = [
        word for word in types if re.search(r"manhole|catchbasin|^CB ", word, re.IGNORECASE)
    ]
    assert len(manholes) >= 8
    assert all(components.COVER_CLASS.find(word) for word in manholes)
    assert components.COVER_CLASS.find("Sanitary Manhole") == components.COVER_CLASS.find(
        "污水井盖"
    )
