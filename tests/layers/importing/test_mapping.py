from pathlib import Path

import pytest

from layers.importing import How, Mapping, match_columns, parse_mapping, read_mapping
from layers.importing.errors import (
    KeyNotStoredError,
    MappingColumnError,
    MappingFieldError,
    MappingTypeError,
    MappingUnknownKeyError,
    MappingUnreadableError,
    MappingValueError,
    RequiredFieldUnmappedError,
)
from layers.kinds import KINDS

GREEN = KINDS["green_space"]

FULL = """
datum = "GCJ-02"
key = ["a", "b"]
where = "a > 1"
date_order = "dmy"
time_zone = "UTC"
automatic = false
[source]
layer = "parks"
x = "lon"
y = "lat"
[columns]
name = "NAME"
class_code = ["leisure", "landuse"]
[values.access]
no = "private"
"" = "unknown"
[set]
code_system = "osm"
"""


def columns_of(kind: str, *columns: str, **mapping: object) -> dict[str, tuple[str, ...]]:
    matches = match_columns(KINDS[kind], columns, Mapping(**mapping))  # type: ignore[arg-type]
    return {match.field.key: match.columns for match in matches.fields}


def test_a_whole_mapping_file() -> None:
    mapping = parse_mapping(FULL)
    assert mapping.key == ("a", "b")
    assert mapping.columns == {"name": ("NAME",), "class_code": ("leisure", "landuse")}
    assert mapping.words == {"access": {"no": "private", "": "unknown"}}
    assert mapping.fixed == {"code_system": "osm"}
    assert (mapping.datum, mapping.where, mapping.date_order) == ("GCJ-02", "a > 1", "dmy")
    assert (mapping.time_zone, mapping.automatic) == ("UTC", False)
    assert (mapping.source.layer, mapping.source.x, mapping.source.y) == ("parks", "lon", "lat")


def test_an_empty_mapping_file_says_nothing() -> None:
    assert parse_mapping("") == Mapping()


@pytest.mark.parametrize(
    ("text", "where", "found"),
    [("colums = 1", "", "colums"), ("[source]\nlayr = 'a'", "source", "layr")],
)
def test_misspelt_keys_are_errors(text: str, where: str, found: str) -> None:
    with pytest.raises(MappingUnknownKeyError) as error:
        parse_mapping(text)
    assert error.value.values["where"] == where
    assert error.value.values["found"] == found


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("key = 1", "key"), ("columns = 1", "columns"), ("[columns]\nname = 2", "columns.name"),
        ("[values]\naccess = 1", "values.access"), ("[set]\nname = []", "set.name"),
        ("automatic = 'yes'", "automatic"), ("[source]\nlayer = 1", "source.layer"), ("where = 3", "where"),
    ],
)  # fmt: skip
def test_wrong_types_are_errors(text: str, where: str) -> None:
    with pytest.raises(MappingTypeError) as error:
        parse_mapping(text)
    assert error.value.values["where"] == where


@pytest.mark.parametrize("text", ["date_order = 'month first'", "time_zone = 'Mars/Olympus'"])
def test_wrong_values_are_errors(text: str) -> None:
    with pytest.raises(MappingValueError):
        parse_mapping(text)


def test_unreadable_files(tmp_path: Path) -> None:
    with pytest.raises(MappingUnreadableError):
        read_mapping(tmp_path / "nowhere.toml")
    with pytest.raises(MappingUnreadableError):
        parse_mapping("[columns")
    (tmp_path / "latin.toml").write_bytes("[set]\nname='ñ'".encode("latin-1"))
    with pytest.raises(MappingUnreadableError):
        read_mapping(tmp_path / "latin.toml")


def test_the_command_line_wins_over_the_file() -> None:
    mapping = parse_mapping(FULL).extended(
        columns={"code_system": "sys"}, fixed={"name": "x"}, key=["c"], where="b = 2", layer="trees"
    )
    assert mapping.columns == {"class_code": ("leisure", "landuse"), "code_system": ("sys",)}
    assert mapping.fixed == {"name": "x"}
    assert (mapping.key, mapping.where, mapping.source.layer) == (("c",), "b = 2", "trees")


def test_columns_are_found_by_key_title_and_alias_however_they_are_spelt() -> None:
    assert columns_of("green_space", "绿地名称", "LDFLDM", "Counts As Green", "bz", "owner") == {
        "name": ("绿地名称",),
        "class_code": ("LDFLDM",),
        "counts_as_green": ("Counts As Green",),
        "owner_org": ("owner",),
        "note": ("bz",),
    }


def test_the_better_heading_wins() -> None:
    assert columns_of("green_space", "ldmc", "name")["name"] == ("name",)
    assert columns_of("green_space", "natural", "leisure")["class_code"] == ("leisure",)


def test_names_that_a_shapefile_cut_are_found_again() -> None:
    found = columns_of("green_space", "counts_as_", "counts_a_1", "maintainer")
    assert found == {
        "counts_as_green": ("counts_as_",),
        "counts_as_coverage": ("counts_a_1",),
        "maintainer_org": ("maintainer",),
    }


def test_what_is_not_declared_is_not_stored() -> None:
    matches = match_columns(GREEN, ["name", "owner_phone", "colour"], Mapping())
    assert matches.not_stored == ("owner_phone", "colour")


def test_structured_columns_are_stored_only_when_asked() -> None:
    structured = frozenset({"name"})
    assert match_columns(GREEN, ["name"], Mapping(), structured=structured).fields == ()
    asked = Mapping(columns={"name": ("name",)})
    assert match_columns(GREEN, ["name"], asked, structured=structured).field_keys() == ("name",)


def test_automatic_matching_can_be_switched_off() -> None:
    assert columns_of("green_space", "name", "note", automatic=False) == {}


def test_how_each_column_was_matched_is_said() -> None:
    mapping = Mapping(columns={"note": ("c",)}, fixed={"access": "public"}, key=("a", "b"))
    matches = match_columns(GREEN, ["a", "b", "c", "name"], mapping)
    assert {match.field.key: match.how for match in matches.fields} == {
        "code": How.KEY, "name": How.HEADING, "access": How.FIXED, "note": How.DECLARED,
    }  # fmt: skip
    assert matches.key_fields == ("code",)


def test_a_key_that_is_mapped_elsewhere_identifies_by_its_own_fields() -> None:
    mapping = Mapping(columns={"code": ("id",), "name": ("ldmc",)}, key=("ldmc",))
    assert match_columns(GREEN, ["id", "ldmc"], mapping).key_fields == ("name",)
    with pytest.raises(KeyNotStoredError):
        match_columns(GREEN, ["id", "ldmc", "x"], Mapping(columns={"code": ("id",)}, key=("x",)))


def test_names_that_do_not_exist() -> None:
    with pytest.raises(MappingFieldError) as field_error:
        match_columns(GREEN, ["a"], Mapping(columns={"colour": ("a",)}))
    assert field_error.value.values["found"] == "colour"
    with pytest.raises(MappingFieldError):
        match_columns(GREEN, ["a"], Mapping(words={"colour": {}}))
    with pytest.raises(MappingColumnError) as column_error:
        match_columns(GREEN, ["a"], Mapping(columns={"name": ("b",)}))
    assert column_error.value.values == {"where": "columns.name", "found": "b", "allowed": ["a"]}
    with pytest.raises(MappingColumnError):
        match_columns(GREEN, ["a"], Mapping(key=("b",)))


def test_required_fields_need_a_column() -> None:
    with pytest.raises(RequiredFieldUnmappedError) as error:
        match_columns(KINDS["green_entrance"], ["name"], Mapping())
    assert error.value.values["field"] == "green_code"
    match_columns(KINDS["green_entrance"], ["name"], Mapping(fixed={"green_code": "G-1"}))
