"""`greengrid kind`: what it prints, what it refuses, in which language."""

from pathlib import Path

import pytest

from api.texts import LANGS, Lang
from layers.kinds import KINDS
from layers.kinds.own import read_declaration
from tests.api.cli.shell import ENGLISH, Shell, fingerprint

EXAMPLE = Path(__file__).resolve().parents[3] / "docs" / "examples" / "fitness_equipment.toml"
USAGE = 2


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("verb", ["add", "list", "show"])
def test_help_is_there_in_one_language(verb: str, lang: Lang, greengrid: Shell) -> None:
    said = greengrid("kind", verb, "--help", lang=lang)
    assert said.out.startswith("用法：" if lang == "zh" else "Usage: ")
    assert "--store" in said.out
    told = said.out.replace(f"greengrid kind {verb}", "")
    assert lang == "en" or not ENGLISH.search(told)


def test_a_kind_is_added_once_and_listed(store: Path, greengrid: Shell) -> None:
    before = fingerprint(store)
    tried = greengrid("kind", "add", EXAMPLE, "--store", store, "--dry-run", "--json")
    assert tried.document == {
        "key": "fitness_equipment",
        "outcome": "added",
        "new_fields": [],
        "dry_run": True,
    }
    assert fingerprint(store) == before
    for outcome in ("added", "unchanged"):
        said = greengrid("kind", "add", EXAMPLE, "--store", store, "--json")
        assert said.document["outcome"] == outcome
    listed = {
        row["key"]: row for row in greengrid("kind", "list", "--store", store, "--json").document
    }
    assert set(listed) == {*KINDS, "fitness_equipment"}
    assert (listed["fitness_equipment"]["origin"], listed["building"]["origin"]) == (
        "own",
        "built_in",
    )
    assert listed["building"]["count"] == 96


def test_without_a_store_the_package_s_kinds_are_told(greengrid: Shell) -> None:
    assert {row["key"] for row in greengrid("kind", "list", "--json").document} == set(KINDS)
    said = greengrid("kind", "show", "manhole_cover", lang="zh")
    assert "井盖小类" in said.out


def test_what_is_shown_as_toml_can_be_declared(store: Path, greengrid: Shell) -> None:
    text = greengrid("kind", "show", "manhole_cover", "--toml").out
    template = text.replace('"manhole_cover"', '"hydrant"').replace('"井盖"', '"消火栓"')
    template = template.replace('"Manhole cover"', '"Hydrant"')
    assert read_declaration(template, name="t").kind.own_fields == KINDS["manhole_cover"].own_fields
    greengrid("kind", "add", EXAMPLE, "--store", store)
    again = greengrid("kind", "show", "fitness_equipment", "--toml", "--store", store).out
    shipped = read_declaration(EXAMPLE.read_text("utf-8"), name="shipped")
    assert read_declaration(again, name="again") == shipped


def test_every_problem_of_a_file_is_printed_and_nothing_written(
    store: Path, tmp_path: Path, greengrid: Shell
) -> None:
    before = fingerprint(store)
    faulty = tmp_path / "faulty.toml"
    faulty.write_text('key = "road"\ntitle_zh = "x"\ncolour = 1\ngroup = "green"\n', "utf-8")
    said = greengrid("kind", "add", faulty, "--store", store, code=USAGE)
    assert "3 reasons" in said.err
    assert "faulty.toml:1: key: “road” is taken by another kind" in said.err
    assert "faulty.toml:3: colour" in said.err
    assert fingerprint(store) == before


def test_a_file_that_is_not_there_is_refused(store: Path, greengrid: Shell) -> None:
    said = greengrid("kind", "add", "nowhere.toml", "--store", store, code=USAGE)
    assert "nowhere.toml" in said.err


def test_an_unknown_kind_is_refused_with_what_was_meant(greengrid: Shell) -> None:
    said = greengrid("kind", "show", "manhole_covers", code=USAGE)
    assert "manhole_cover" in said.err
