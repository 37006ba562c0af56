"""Whole stores by command: backed up, restored, copied; and what is refused leaves nothing."""

from pathlib import Path

import pytest

from api.texts import Lang
from layers import open_store
from tests.api.cli.shell import ENGLISH, Shell, fingerprint, names_in, sentence

USAGE, DATA = 2, 3
SECRET = "open-sesame"  # noqa: S105 - of nobody
URL = f"postgresql://planner:{SECRET}@127.0.0.1:1/city"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_store_is_backed_up_and_restored(
    store: Path, tmp_path: Path, greengrid: Shell, lang: Lang
) -> None:
    saved, back = tmp_path / "saved.gpkg", tmp_path / "back.gpkg"
    opened = open_store(store)
    number, whole = opened.changeset_at(), opened.content_hash()
    opened.close()
    before = fingerprint(store)
    for typed, new in (
        (("backup", saved, "--store", store), saved),
        (("restore-backup", saved, "--store", back), back),
    ):
        said = greengrid(*typed, lang=lang)
        assert said.out.count(whole) == 2, said
        assert str(new) in said.out
        assert str(number) in said.out
        assert said.err == ""
        if lang == "zh":
            assert not ENGLISH.search(said.out), said.out
    assert fingerprint(store) == fingerprint(saved) == before
    assert fingerprint(back) != before  # in the restore epoch
    assert fingerprint(back, besides="gg_setting") == fingerprint(store, besides="gg_setting")
    assert names_in(tmp_path) == {"city.gpkg", "saved.gpkg", "back.gpkg"}


def test_a_copy_is_told_to_machines(store: Path, tmp_path: Path, greengrid: Shell) -> None:
    target = tmp_path / "copy.gpkg"
    told = greengrid("copy", store, target, "--json").document
    assert told.keys() == {"source", "place", "changeset", "source_hash", "copy_hash"}
    assert (told["source"], told["place"]) == (str(store), str(target))
    assert told["source_hash"] == told["copy_hash"]
    assert fingerprint(target) == fingerprint(store)


@pytest.fixture
def desk(store: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in the folder of a store, beside a file that is none."""
    monkeypatch.chdir(store.parent)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    (store.parent / "text.gpkg").write_text("mine")
    return store.parent


@pytest.mark.parametrize(
    ("typed", "code", "exit_code", "named"),
    [
        (("backup", "city.gpkg", "--store", "city.gpkg"), "store_exists", USAGE, "city.gpkg"),
        (("backup", "no/new.gpkg", "--store", "city.gpkg"), "folder_missing", USAGE, "no"),
        (("backup", URL, "--store", "city.gpkg"), "backend_unsupported", USAGE, "postgresql"),
        (("backup", "new.gpkg", "--store", "gone.gpkg"), "store_missing", DATA, "gone.gpkg"),
        (("restore-backup", "gone.gpkg", "--store", "new.gpkg"), "store_missing", DATA, "gone.gpkg"),
        (("restore-backup", "text.gpkg", "--store", "new.gpkg"), "not_a_store", DATA, "text.gpkg"),
        (("restore-backup", "city.gpkg", "--store", "text.gpkg"), "store_exists", USAGE, "text.gpkg"),
        (("restore-backup", URL, "--store", "new.gpkg"), "backend_unsupported", USAGE, "postgresql"),
        (("restore-backup", "city.gpkg"), "store_not_chosen", USAGE, "DATABASE_URL"),
        (("copy", "city.gpkg", "text.gpkg"), "store_exists", USAGE, "text.gpkg"),
        (("copy", "city.gpkg", "no/new.gpkg"), "folder_missing", USAGE, "no"),
        (("copy", "city.gpkg", URL), "store_unreachable", DATA, "planner@127.0.0.1"),
        (("copy", URL, "new.gpkg"), "store_unreachable", DATA, "planner@127.0.0.1"),
    ],
)  # fmt: skip
def test_what_cannot_be_copied_is_said_and_nothing_made(
    typed: tuple[str, ...], code: str, exit_code: int, named: str, desk: Path, greengrid: Shell
) -> None:
    before = fingerprint(desk / "city.gpkg")
    said = greengrid(*typed, code=exit_code)
    assert sentence(f"errors.{code}", "en").fullmatch(said.err), said.err
    assert named in said.err
    assert SECRET not in said.err + said.out
    assert (desk / "text.gpkg").read_text() == "mine"
    assert names_in(desk) == {"city.gpkg", "text.gpkg"}
    assert fingerprint(desk / "city.gpkg") == before
