"""The declared kinds: complete, without contradictions, and without a place for personal data."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

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
from layers.kinds.codes import civic, green

# Keys and geometries are public: area, line, point; `?` where a row may wait for its place.
DECLARED = {
    "district": "area", "street": "area", "community": "area", "grid": "area",
    "grid_cell": "area",
    "compound": "area?",
    "building": "area?",
    "residential_land": "area",
    "population_cell": "area",
    "green_space": "area",
    "green_entrance": "point",
    "scenic_spot": "point area",
    "bare_land": "area?",
    "adoption_plot": "area?",
    "manhole_cover": "point?",
    "granite_ball": "point?", "dead_tree": "point?",
    "wall_surface": "line area point?",
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
    assert not (declared.geometry_required and declared.placed_by)
    assert all(declared.field_named(key).type is FieldType.TEXT for key in declared.placed_by)


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
