"""Declarations of kinds as TOML: read strictly, written plainly, every problem told at once."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.dialects.postgresql.base import RESERVED_WORDS
from sqlalchemy.dialects.sqlite.base import SQLiteIdentifierPreparer

from api.texts import texts_in
from layers.kinds import KINDS, CodeList, Kind, Style
from layers.kinds.own import KindFileError, read_declaration, read_kind_file, write_declaration
from layers.kinds.own.limits import MAX_FIELDS, MAX_FILE_BYTES, RESERVED

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
HEAD = (
    'key = "bench"\ntitle_zh = "长椅"\ntitle_en = "Bench"\ngroup = "green"\ngeometry = ["point"]\n'
)
FIELD = '[[field]]\nkey = "seats"\ntitle_zh = "座位"\ntitle_en = "Seats"\n'
LIST = '[[code_list]]\nkey = "wood"\ntitle_zh = "木"\ntitle_en = "Wood"\n'
OAK = '{ value = "oak", title_zh = "橡木", title_en = "Oak" }'


def problems(text: str) -> list[tuple[str, str]]:
    """Say what is wrong with a text: codes and places."""
    with pytest.raises(KindFileError) as refused:
        read_declaration(text, name="f.toml")
    assert refused.value.values["count"] == len(refused.value.details)
    return [(each.code, str(each.values["at"])) for each in refused.value.details]


def with_own_lists(kind: Kind) -> Kind:
    """Give a kind whose code lists are its own."""

    def own(codes: CodeList) -> CodeList:
        return replace(codes, key=f"own_{codes.key}")

    fields = [
        replace(
            field,
            codes=field.codes and own(field.codes),
            code_systems=tuple(map(own, field.code_systems)),
        )
        for field in kind.own_fields
    ]
    return replace(kind, own_fields=tuple(fields))


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("own_lists", [False, True])
def test_every_kind_there_is_can_begin_another(kind: Kind, own_lists: bool) -> None:
    """What is written is read as the same kind, and written again as the same text."""
    other = replace(kind, key=f"own_{kind.key}", title_zh=f"新{kind.title_zh}", title_en="Own")
    other = with_own_lists(other) if own_lists else other
    text = write_declaration(other, None, built_in=KINDS.code_lists())
    assert ("[[code_list]]" in text) == (own_lists and 'codes = "' in text)
    read = read_declaration(text, name="own.toml").kind
    assert read == other
    assert write_declaration(read, None, built_in=KINDS.code_lists()) == text


def test_words_that_stand_in_for_a_place_are_fields() -> None:
    own = replace(KINDS["bare_land"], key="own", title_zh="新", title_en="Own")
    text = write_declaration(own, None, built_in=KINDS.code_lists())
    found = problems(text.replace('"location"]', '"nowhere"]'))
    assert [code for code, *_ in found] == ["kind_value"]


@pytest.mark.parametrize("name", ["fitness_equipment", "parking_place"])
def test_the_examples_are_sound_and_survive_writing(name: str) -> None:
    declared = read_kind_file(EXAMPLES / f"{name}.toml")
    text = write_declaration(declared.kind, declared.theme, built_in=KINDS.code_lists())
    assert read_declaration(text, name=name) == declared
    looks = {(each.style.fill, each.style.stroke, each.style.dash) for each in KINDS.values()}
    assert (declared.kind.style.fill, declared.kind.style.stroke, "") not in looks


def test_what_is_left_out_is_as_in_the_model() -> None:
    kind = read_declaration(HEAD, name="f.toml").kind
    assert kind == Kind(
        key="bench", title_zh="长椅", title_en="Bench", group="green", geometry=kind.geometry
    )
    assert kind.style == Style(fill="#888888", stroke="#555555")


FAULTY = {
    "unknown_key": (HEAD + "colour = 1", [("kind_key_unknown", "f.toml:6: colour")]),
    "unknown_in_field": (FIELD + "typ = 1", [("kind_key_unknown", "f.toml:10: field[1].typ")]),
    "missing": (
        FIELD.replace('title_zh = "座位"\n', ""),
        [("kind_key_missing", "f.toml:6: field[1]")],
    ),
    "type": (FIELD + 'required = "yes"', [("kind_type", "f.toml:10: field[1].required")]),
    "truth_is_no_number": (
        FIELD + 'type = "real"\nminimum = true',
        [("kind_type", "f.toml:11: field[1].minimum")],
    ),
    "infinite": (
        FIELD + 'type = "real"\nminimum = inf',
        [("kind_value", "f.toml:11: field[1].minimum")],
    ),
    "field_type": (FIELD + 'type = "string"', [("kind_value", "f.toml:10: field[1].type")]),
    "bounds": (
        FIELD + 'type = "integer"\nminimum = 2\nmaximum = 1',
        [("kind_value", "f.toml:11: field[1].minimum")],
    ),
    "bounds_of_text": (FIELD + "maximum = 1", [("kind_type", "f.toml:10: field[1].maximum")]),
    "no_list": (FIELD + 'codes = "wood"', [("kind_value", "f.toml:10: field[1].codes")]),
    "codes_of_number": (
        FIELD + 'type = "real"\ncodes = "access"',
        [("kind_type", "f.toml:11: field[1].codes")],
    ),
    "unused_list": (LIST + f"choices = [{OAK}]", [("kind_value", "f.toml:7: code_list[1].key")]),
    "refers": (FIELD + 'refers_to = "grd"', [("kind_value", "f.toml:10: field[1].refers_to")]),
    "refers_by": (FIELD + 'refers_by = "x"', [("kind_value", "f.toml:10: field[1].refers_by")]),
    "twice": (FIELD + FIELD, [("kind_taken", "f.toml:11: field[2].key")]),
    "common": (
        FIELD.replace("seats", "note").replace("Seats", "S"),
        [("kind_taken", "f.toml:7: field[1].key")],
    ),
    "heading": (FIELD + 'aliases = ["备 注"]', [("kind_word", "f.toml:6: field[1]")]),
    "colour": ('[style]\nfill = "red"', [("kind_value", "f.toml:7: style.fill")]),
    "opacity": ("[style]\nfill_opacity = 1.5", [("kind_value", "f.toml:7: style.fill_opacity")]),
    "order": ("[style]\norder = 1.5", [("kind_value", "f.toml:7: style.order")]),
    "two_lines": (FIELD + 'unit = "a\\nb"', [("kind_value", "f.toml:10: field[1].unit")]),
    "word": (
        FIELD
        + 'codes = "wood"\n'
        + LIST
        + f"choices = [\n  {OAK},\n  {OAK.replace('oak', 'ash', 1)},\n]",
        [("kind_word", "f.toml:10: field[1].codes")] * 2,
    ),
    "choice": (
        FIELD + 'codes = "wood"\n' + LIST + 'choices = [\n  { value = "a", title_zh = "甲" },\n]',
        [("kind_key_missing", "f.toml:16: code_list[1].choices[1]")],
    ),
    "own_theme": ('[theme]\nkey = "green"\ntitle_zh = "绿"\ntitle_en = "G"', None),
}


@pytest.mark.parametrize("name", FAULTY)
def test_a_fault_is_told_with_its_line(name: str) -> None:
    text, expected = FAULTY[name]
    found = problems(text if text.startswith(HEAD) else HEAD + text)
    assert found == (expected or [("kind_taken", "f.toml:7: theme.key")])


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("Bench", "kind_name"),
        ("1bench", "kind_name"),
        ("长椅", "kind_name"),
        ("b" * 42, "kind_name"),
        ("select", "kind_name"),
        ("gg_bench", "kind_name"),
        ("gpkg_bench", "kind_name"),
        ("rtree_bench", "kind_name"),
        ("bench; drop table road", "kind_name"),
        ("road", "kind_taken"),
    ],
)
def test_a_key_names_a_table_and_nothing_else(key: str, code: str) -> None:
    assert [each for each, _ in problems(HEAD.replace('"bench"', f'"{key}"'))] == [code]


@pytest.mark.parametrize("key", ["fid", "uid", "geom", "geometry", "rowid", "order", "xmin"])
def test_a_field_is_no_column_of_the_system(key: str) -> None:
    assert [each for each, _ in problems(HEAD + FIELD.replace("seats", key))] == ["kind_name"]


@pytest.mark.parametrize(
    ("title", "code"),
    [("道路", "kind_taken"), ("长" * 32, "kind_size"), ("停车位/场", "kind_value")],
)
def test_a_title_names_a_sheet_and_a_layer(title: str, code: str) -> None:
    assert [each for each, _ in problems(HEAD.replace("长椅", title))] == [code]


def test_there_are_limits(tmp_path: Path) -> None:
    fields = [
        FIELD.replace("seats", f"f{n}").replace("座位", f"座{n}").replace("Seats", f"S{n}")
        for n in range(MAX_FIELDS + 1)
    ]
    assert [each for each, _ in problems(HEAD + "".join(fields))] == ["kind_size"]
    assert len(read_declaration(HEAD + "".join(fields[1:]), name="f").kind.own_fields) == MAX_FIELDS
    large = tmp_path / "large.toml"
    large.write_text("#" * (MAX_FILE_BYTES + 1), "utf-8")
    with pytest.raises(KindFileError):
        read_kind_file(large)


@pytest.mark.parametrize("content", [b"key = ", b"key = \xff", b"\x00"])
def test_what_is_no_toml_is_refused_in_words(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "f.toml"
    path.write_bytes(content)
    with pytest.raises(KindFileError) as refused:
        read_kind_file(path)
    assert [each.code for each in refused.value.details] == ["kind_syntax"]


def test_a_file_of_windows_editors_is_read(tmp_path: Path) -> None:
    path = tmp_path / "f.toml"
    path.write_text(HEAD.replace("\n", "\r\n"), "utf-8-sig", newline="")
    assert read_kind_file(path).kind.title_zh == "长椅"


def test_each_problem_has_a_line_in_either_language() -> None:
    with pytest.raises(KindFileError) as refused:
        read_declaration(HEAD + "a = 1\nb = 2\n", name="f.toml")
    for lang in ("zh", "en"):
        head, *lines = texts_in(lang).error(refused.value).splitlines()
        assert "f.toml" in head
        assert [line.split(": ")[0].strip() for line in lines] == ["f.toml:6", "f.toml:7"]


def test_words_that_databases_reserve_are_reserved() -> None:
    reserved = RESERVED_WORDS | set(SQLiteIdentifierPreparer.reserved_words)
    assert reserved - RESERVED == {"plan"}  # a field has it, and both databases take it
