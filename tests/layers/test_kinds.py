"""The declared kinds: complete, without contradictions, and without a place for personal data."""

import csv
import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest

from layers.kinds import (
    KINDS,
    THEMES,
    CodeList,
    Field,
    FieldType,
    Kind,
    Theme,
    UnknownKindError,
    fold,
    kind,
)
from layers.kinds.codes import campaign, civic, components, divisions, events, green
from layers.kinds.codes.land import LAND_SEA_USE

# Keys and geometries are public: area, line, point; `?` where a row may wait for its place.
DECLARED = {
    "district": "area", "street": "area", "community": "area", "grid": "area",
    "grid_cell": "area",
    "compound": "area?",
    "building": "area",
    "residential_land": "area",
    "population_cell": "area",
    "green_space": "area",
    "green_entrance": "point",
    "scenic_spot": "point area",
    "bare_land": "area",
    "adoption_plot": "area",
    "manhole_cover": "point",
    "granite_ball": "point", "dead_tree": "point",
    "wall_surface": "line area point",
    "red_square": "area point",
    "square_facility": "point area",
    "service_station": "point",
    "property_area": "area?",
    "responsibility": "area?",
    "grid_event": "point?",
    "road": "line", "walkway": "line",
    "water": "area line",
    "place_name": "point",
    "adopter": "", "adoption": "", "care_log": "",
    "painting": "", "rating": "", "photo": "",
}  # fmt: skip

NOTABLE = {
    "district": "parent_code households population",
    "street": "parent_code households population",
    "community": "parent_code households population",
    "grid": "parent_code grid_type households population",
    "compound": "community_code households property_org building_codes",
    "building": "use floors dwellings households population",
    "residential_land": "class_code code_system",
    "population_cell": "population",
    "green_space": "class_code code_system access counts_as_green counts_as_coverage",
    "green_entrance": "green_code",
    "bare_land": "tenure is_unmanaged site_condition treatment target_date status owner_org "
    "responsible_org",
    "adoption_plot": "planting_type adoption_kind bare_land_code",
    "manhole_cover": "component_code code_system minor_class owner_org maintainer_org condition",
    "granite_ball": "condition",
    "dead_tree": "condition",
    "wall_surface": "area_m2 condition",
    "square_facility": "facility_type red_square_code condition",
    "service_station": "functions_normal functions_emergency",
    "property_area": "property_org star list",
    "responsibility": "role holder_org post post_rank plan unit_codes",
    "grid_event": "class_code code_system state reported_at closed_at unit_code",
    "road": "class",
    "walkway": "class slope_percent",
}

SURVEY_KINDS = (
    "bare_land", "adoption_plot", "green_space", "manhole_cover", "granite_ball", "dead_tree",
    "wall_surface", "red_square", "square_facility",
)  # fmt: skip

# Headings under which ledgers keep what is no business of this register.
PERSONAL = re.compile(
    r"phone|mobile|\btel|email|id_?card|passport|birth|gender|resident_?name|person|surveyor|creator"
    r"|姓名|名字|电话|手机|联系|身份证|证件|出生|性别|微信|邮箱|联系人|负责人|户主|业主姓名",
    re.IGNORECASE,
)

EACH_KIND = pytest.mark.parametrize("declared", KINDS.values(), ids=KINDS)


def code_lists() -> Iterator[CodeList]:
    for each in (known for declared in KINDS.values() for known in declared.fields):
        yield from each.code_systems
        if each.codes:
            yield each.codes


UNIQUE_LISTS = {id(codes): codes for codes in code_lists()}
EACH_LIST = pytest.mark.parametrize(
    "codes", UNIQUE_LISTS.values(), ids=[codes.key for codes in UNIQUE_LISTS.values()]
)


def meanings(words: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    found = defaultdict(set)
    for word, meaning in words:
        found[fold(word)].add(meaning)
    return found


def test_the_kinds_are_those_of_the_table_in_its_order() -> None:
    assert list(KINDS) == list(DECLARED)
    assert all(key == declared.key for key, declared in KINDS.items())


@EACH_KIND
def test_a_kind_holds_the_geometries_of_the_table(declared: Kind) -> None:
    families = DECLARED[declared.key]
    assert set(declared.geometry) == set(families.removesuffix("?").split())
    assert declared.is_spatial == bool(families)
    if declared.is_spatial:
        assert declared.geometry_required != families.endswith("?")


@EACH_KIND
def test_a_kind_has_its_notable_and_common_fields(declared: Kind) -> None:
    keys = [each.key for each in declared.fields]
    common = "code name valid_from valid_to source surveyed_on note"
    assert set(f"{common} {NOTABLE.get(declared.key, '')}".split()) <= set(keys)
    assert len(keys) == len(set(keys))
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", key) for key in keys)
    assert declared.field_named(declared.key_field).key == declared.key_field


@EACH_KIND
def test_a_heading_names_one_field_only(declared: Kind) -> None:
    headings = ((word, each.key) for each in declared.fields for word in each.headings)
    assert not {word: keys for word, keys in meanings(headings).items() if len(keys) > 1}
    for each in declared.fields:
        assert {declared.field_headed(word) for word in each.headings} == {each}


@EACH_LIST
def test_a_word_names_one_value_only(codes: CodeList) -> None:
    words = ((word, choice.value) for choice in codes.choices for word in choice.words)
    assert not {word: values for word, values in meanings(words).items() if len(values) > 1}
    for choice in codes.choices:
        assert {codes.find(word) for word in choice.words} == {choice}


@EACH_LIST
def test_a_list_says_where_it_comes_from(codes: CodeList) -> None:
    assert codes.choices
    assert codes.source
    assert all(text.strip() == text != "" for choice in codes.choices for text in choice.words)


def test_a_key_of_a_list_is_used_once() -> None:
    keys = [codes.key for codes in UNIQUE_LISTS.values()]
    assert len(keys) == len(set(keys))


@EACH_KIND
def test_texts_are_there_in_both_languages(declared: Kind) -> None:
    titled: tuple[Kind | Field | Theme, ...] = (
        declared,
        *declared.fields,
        THEMES[declared.group],
    )
    for named in titled:
        assert re.search(r"[\u4e00-\u9fff]", named.title_zh)
        assert re.search(r"[A-Za-z]", named.title_en)
        assert not re.search(r"[\u4e00-\u9fff]", named.title_en)
    units = {each.unit for each in declared.fields}
    assert units <= {"", "m", "m²", "%", "d"}


@EACH_KIND
def test_references_lead_to_kinds_and_fields(declared: Kind) -> None:
    for each in declared.fields:
        assert each.refers_to is None or each.refers_to in KINDS
        assert each.refers_by is None or declared.field_named(each.refers_by)
        assert not (each.refers_to and each.refers_by)
        assert not each.code_systems or declared.field_named("code_system").codes


@EACH_KIND
def test_code_systems_are_offered_where_they_are_chosen(declared: Kind) -> None:
    for each in declared.fields:
        for codes in each.code_systems:
            offered = declared.field_named("code_system").codes
            assert offered is not None
            assert offered.find(codes.key)
            assert each.codes_in(codes.key) is codes


@EACH_KIND
def test_bounds_belong_to_numbers(declared: Kind) -> None:
    for each in declared.fields:
        bounded = each.minimum is not None or each.maximum is not None
        assert not bounded or each.type in {FieldType.INTEGER, FieldType.REAL}
        assert not each.codes or each.type in {FieldType.TEXT, FieldType.TEXT_LIST}


@pytest.mark.parametrize("codes", [civic.UNIT_KIND, civic.RATED_KIND, civic.PAINTED_KIND])
def test_lists_of_kinds_hold_kinds(codes: CodeList) -> None:
    assert set(codes.values) <= set(KINDS)


@EACH_KIND
def test_no_field_is_about_a_person(declared: Kind) -> None:
    texts = [word for each in declared.fields for word in each.headings]
    assert not [text for text in texts if PERSONAL.search(text)]


@pytest.mark.parametrize("heading", ["姓名", "联系电话", "Creator", "contact_phone", "身份证号"])
def test_personal_headings_match_nothing(heading: str) -> None:
    assert PERSONAL.search(heading)
    assert not [key for key, declared in KINDS.items() if declared.field_headed(heading)]


@pytest.mark.parametrize("key", SURVEY_KINDS)
def test_a_survey_does_not_hold_what_is_derived(key: str) -> None:
    derived = re.compile(r"adopter|adopted|agreed|term|paint|photo|cared")
    assert not [each.key for each in kind(key).fields if derived.search(each.key)]


def test_an_unknown_kind_is_refused_with_what_was_meant() -> None:
    with pytest.raises(UnknownKindError) as refused:
        kind("manhole_covers")
    assert refused.value.code == "unknown_kind"
    assert refused.value.values["close"] == ("manhole_cover",)


@pytest.mark.parametrize(
    ("found", "same"),
    [
        ("System_Type", "system type"),
        ("面积（㎡）", "面积(m2)"),
        ("ＯＢＪ－ＩＤ", "objid"),
        (" building:levels ", "Building:Levels"),
    ],
)
def test_spellings_fold(found: str, same: str) -> None:
    assert fold(found) == fold(same)


def test_nothing_is_no_word() -> None:
    assert green.ACCESS.find("") is None
    assert green.ACCESS.find(" - ") is None


# --- what the codes mean ---------------------------------------------------------------------


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


# --- how they are drawn ----------------------------------------------------------------------


@EACH_KIND
def test_a_style_can_be_drawn(declared: Kind) -> None:
    style = declared.style
    assert re.fullmatch(r"#[0-9a-f]{6}", style.fill)
    assert re.fullmatch(r"#[0-9a-f]{6}", style.stroke)
    assert 0 <= style.fill_opacity <= 1
    assert style.stroke_width > 0
    assert style.radius_px > 0
    assert re.fullmatch(r"(\d+ \d+)?", style.dash)


def test_every_kind_has_a_style_of_its_own() -> None:
    looks = {(each.style.fill, each.style.stroke, each.style.dash) for each in KINDS.values()}
    assert len(looks) == len(KINDS)


def test_only_red_squares_are_red() -> None:
    def is_red(colour: str) -> bool:
        red, greenish, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
        return red > 150 and max(greenish, blue) < red / 2 and abs(greenish - blue) < 40

    assert [key for key, each in KINDS.items() if is_red(each.style.fill)] == ["red_square"]


# Machado, Oliveira & Fernandes 2009, severity 1.0: linear RGB as the colour-blind see it.
VISION = {
    "all colours": np.eye(3),
    "no green": np.array([[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]]),
    "no red": np.array([[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]]),
}


def lab(colour: str, vision: np.ndarray) -> np.ndarray:
    """Place a colour in CIE L*a*b* (D65), as seen by `vision`."""
    channels = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array(
        [[0.4125, 0.3576, 0.1804], [0.2127, 0.7152, 0.0722], [0.0193, 0.1192, 0.9503]]
    )
    xyz = to_xyz @ np.clip(vision @ linear, 0, 1) / np.array([0.9505, 1.0, 1.0888])
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("vision", VISION.values(), ids=VISION)
def test_filled_layers_that_show_at_first_are_told_apart(vision: np.ndarray) -> None:
    shown = [each.style for each in KINDS.values() if each.is_spatial and each.style.visible]
    fills = [style.fill for style in shown if style.fill_opacity > 0.3]
    seen = [lab(fill, vision) for fill in fills]
    assert len(fills) >= 8
    closest = min(np.linalg.norm(one - other) for one, other in itertools.combinations(seen, 2))
    assert closest > 10  # 2.3 is the least that the eye sees side by side


# --- words of real ledgers -------------------------------------------------------------------


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
