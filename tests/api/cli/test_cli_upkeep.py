"""`greengrid check` and `greengrid doctor`: what they say, and how they end."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.api.cli.shell import ENGLISH, Shell, fingerprint
from tests.layers.store.files import raw


def edit(store: Path) -> None:
    with raw(store) as database:
        database.execute("UPDATE building SET floors = -2 WHERE fid = 1")


def test_nothing_was_edited(greengrid: Shell, store: Path) -> None:
    said = greengrid("check", "--store", store)
    assert "Nothing was edited directly after changeset 0." in said.out
    assert "0 findings" in said.out


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_edit_is_listed_and_checked(greengrid: Shell, store: Path, lang: str) -> None:
    edit(store)
    said = greengrid("check", "--store", store, code=1, lang=lang)
    assert "below_minimum" in said.out
    assert ":floors: " in said.out
    assert ("changed" if lang == "en" else "修改") in said.out
    if lang == "zh":
        assert not ENGLISH.search(said.out)
    told = greengrid("check", "--store", store, "--json", code=1, lang=lang).document
    (finding,) = told["findings"]
    assert (finding["kind"], finding["field"], finding["code"]) == (
        "building", "floors", "below_minimum",
    )  # fmt: skip
    assert finding["remedy"]
    (done,) = told["edits"]
    assert (done["operation"], done["fields"]) == ("update", ["floors"])
    number = done["changeset"]
    greengrid("check", "--store", store, "--since", number, lang=lang)
    greengrid("check", "--store", store, "--since", number + 1, code=2, lang=lang)
    greengrid("check", "grid", "--store", store, lang=lang)
    greengrid("check", "gird", "--store", store, code=2, lang=lang)


@pytest.mark.parametrize("name", ["todo.gpkg", "todo.csv"])
def test_the_list_is_written(greengrid: Shell, store: Path, tmp_path: Path, name: str) -> None:
    edit(store)
    path = tmp_path / name
    path.write_text("something older", encoding="utf-8")
    greengrid("check", "--store", store, "-o", path, code=1)
    assert b"below_minimum" in path.read_bytes()


@pytest.mark.parametrize("name", ["todo.docx", "absent/todo.csv"])
def test_a_list_that_cannot_be_written_is_refused(
    greengrid: Shell, store: Path, tmp_path: Path, name: str
) -> None:
    greengrid("check", "--store", store, "-o", tmp_path / name, code=2)
    greengrid("check", "--store", store, "-o", store, code=2)


@pytest.mark.parametrize("lang", ["zh", pytest.param("en", marks=pytest.mark.long)])
def test_a_store_is_examined_and_repaired(greengrid: Shell, store: Path, lang: str) -> None:
    before = fingerprint(store)
    said = greengrid("doctor", "--store", store, "--deep", lang=lang)
    assert ("All is well." if lang == "en" else "一切正常。") in said.out
    assert "SQLite" in said.out
    assert fingerprint(store) == before
    with closing(sqlite3.connect(store, isolation_level=None)) as database:
        database.execute("DROP TRIGGER gg_history_building_update")
        database.execute("DROP INDEX ix_grid_code")
    said = greengrid("doctor", "--store", store, code=1, lang=lang)
    assert "trigger_missing" in said.out
    assert "--repair" in said.out
    told = greengrid("doctor", "--store", store, "--json", code=1, lang=lang).document
    assert {each["code"] for each in told["findings"]} == {"trigger_missing", "index_missing"}
    assert all(each["remedy"] and each["message"] for each in told["findings"])
    repaired = greengrid("doctor", "--store", store, "--repair", "--json", lang=lang).document
    assert set(repaired["repaired"]) == {"trigger_missing", "index_missing"}
    assert repaired["is_well"]


def test_no_store_is_no_patient(greengrid: Shell, tmp_path: Path) -> None:
    greengrid("doctor", "--store", tmp_path / "none.gpkg", code=3)
    greengrid("doctor", code=2)
