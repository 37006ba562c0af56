"""Backups are taken while others write, and are stores; out of one the store comes back."""

import hashlib
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from layers import Store, open_store, restore_backup
from layers.analysis import verify_run
from layers.errors import (
    BackendUnsupportedError,
    NotAStoreError,
    StoreExistsError,
    StoreMissingError,
    StoreTooNewError,
)
from layers.store import migrating
from tests.layers.store import databases
from tests.layers.store.files import assert_sound, raw
from tests.layers.store.past import assert_same, inhabit
from tests.layers.store.test_backends_agree import content, told
from tests.layers.store.test_concurrency import start
from tests.layers.store.town import buildings, frame, write

WRITER = """
import sys, time
import pandas as pd
from layers import open_store
store = open_store(sys.argv[1])
end = time.monotonic() + float(sys.argv[2])
while time.monotonic() < end:
    with store.change(author=sys.argv[3], message="work") as change:
        added = change.insert("adopter", pd.DataFrame({"code": ["a", "b"]}))
        change.update("adopter", pd.DataFrame({"name": "x"}, index=added[:1]))
        change.delete("adopter", added[1:])
print("done")
"""


def names(folder: Path) -> set[str]:
    """Name the files of a folder, but for the log beside an open store."""
    return {each.name for each in folder.iterdir() if not each.name.endswith(("-wal", "-shm"))}


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_backup_is_a_store(store: Store, tmp_path: Path, place: str | Path) -> None:
    run_id = inhabit(store)
    saved = tmp_path / "saved" / "备份 1.gpkg"
    saved.parent.mkdir()
    copied = store.backup(saved)
    assert copied.place == str(saved)
    assert copied.source_hash == copied.copy_hash == store.content_hash()
    assert names(saved.parent) == {saved.name}
    assert_sound(saved)
    with closing(open_store(saved)) as backup:
        assert_same(store, backup)
        kept, again = verify_run(backup, run_id)
        assert repr(kept.results) == repr(again.results)


def test_a_backup_can_be_read_where_nothing_can_be_written(store: Store, tmp_path: Path) -> None:
    """It is one file without a log, unlike a store that is being served."""
    write(store, "adopter", frame({"a": None}))
    saved = tmp_path / "backup.gpkg"
    store.backup(saved)
    assert saved.read_bytes()[18:20] == b"\x01\x01"  # SQLite's mark of a file without a log
    store.close()


LOOKED_AT = 8


def test_backups_while_two_processes_write(
    store: Store, place: str | Path, tmp_path: Path, sound: Callable[[], None]
) -> None:
    writers = [start(WRITER, place, name) for name in ("first", "second")]
    backups: list[Path] = []
    while any(process.poll() is None for process in writers):
        backups.append(tmp_path / f"backup-{len(backups)}.gpkg")
        store.backup(backups[-1])
    for process in writers:
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    numbers = []
    for saved in backups[:: max(1, len(backups) // LOOKED_AT)]:
        assert_sound(saved)
        with closing(open_store(saved)) as backup:
            number = backup.changeset_at()
            numbers.append(number)
            assert told(backup) == told(store)[:number]
            assert content(backup, "adopter") == content(store, "adopter", as_of=number)
            assert len(backup.read("adopter")) == number
    assert len(set(numbers)) > 1, "no backup was taken while others wrote"
    assert numbers == sorted(numbers)
    sound()


def test_direct_edits_are_adopted_first(store: Store, place: str | Path, tmp_path: Path) -> None:
    write(store, "adopter", frame({"a": None}))
    edit = "UPDATE adopter SET name = 'edited'"
    if isinstance(place, Path):
        with raw(place) as connection:
            connection.execute(edit)
    else:
        databases.ask(place, edit)
    copied = store.backup(tmp_path / "backup.gpkg")
    assert copied.changeset == 2
    with closing(open_store(tmp_path / "backup.gpkg")) as backup:
        assert [each.author for each in backup.changesets()] == ["tester", "direct"]
        assert backup.read("adopter")["name"].tolist() == ["edited"]


def test_a_backup_replaces_nothing(store: Store, tmp_path: Path) -> None:
    there = tmp_path / "mine.gpkg"
    there.write_text("mine")
    with pytest.raises(StoreExistsError):
        store.backup(there)
    assert there.read_text() == "mine"
    with pytest.raises(StoreMissingError):
        store.backup(tmp_path / "no" / "backup.gpkg")
    with pytest.raises(BackendUnsupportedError) as refusal:
        store.backup("postgresql://planner:secret@somewhere/city")
    assert "secret" not in repr(refusal.value)


KILLED = """
import os, signal, sys
from layers import open_store
def die(step, done, total):
    if step == "compare":
        os.kill(os.getpid(), signal.SIGKILL)
open_store(sys.argv[1]).backup(sys.argv[2], progress=die)
"""


def test_a_killed_backup_leaves_no_backup(
    store: Store, place: str | Path, tmp_path: Path, sound: Callable[[], None]
) -> None:
    write(store, "adopter", frame({"a": None}))
    saved = tmp_path / "backup.gpkg"
    killed = subprocess.run([sys.executable, "-c", KILLED, str(place), str(saved)], check=False)
    assert killed.returncode < 0
    assert not saved.exists()
    assert store.backup(saved).copy_hash == store.content_hash()
    sound()


def test_the_store_comes_back_in_a_new_epoch(
    store: Store, new_place: str | Path, tmp_path: Path
) -> None:
    run_id = inhabit(store)
    saved = tmp_path / "backup.gpkg"
    store.backup(saved)
    before = digest(saved)
    write(store, "adopter", frame({"lost": None}))
    copied = restore_backup(saved, new_place)
    assert digest(saved) == before
    with closing(open_store(new_place)) as restored, closing(open_store(saved)) as backup:
        assert restored.content_hash() == copied.copy_hash == backup.content_hash()
        was, now = store.settings, restored.settings
        assert now.restore_epoch != was.restore_epoch == backup.settings.restore_epoch
        assert (now.store_id, now.metric_crs) == (was.store_id, was.metric_crs)
        assert told(restored) == told(store)[:-1]
        kept, again = verify_run(restored, run_id)
        assert repr(kept.results) == repr(again.results)
        write(restored, "building", frame(buildings((7, 7))))
        assert restored.changeset_at() == copied.changeset + 1
    if isinstance(new_place, Path):
        assert names(tmp_path) >= {"backup.gpkg", "new.gpkg"}
        assert not [name for name in names(tmp_path) if name.startswith(".")]
        assert_sound(new_place)
    else:
        databases.assert_sound(new_place)


def test_a_restore_replaces_nothing(store: Store, place: str | Path, tmp_path: Path) -> None:
    saved = tmp_path / "backup.gpkg"
    store.backup(saved)
    write(store, "adopter", frame({"a": None}))
    before = store.content_hash()
    for there in (place, saved):
        with pytest.raises(StoreExistsError):
            restore_backup(saved, there)
    assert store.content_hash() == before


def test_what_is_no_backup_is_refused(tmp_path: Path, new_place: str | Path) -> None:
    text = tmp_path / "text.gpkg"
    text.write_text("mine")
    with pytest.raises(NotAStoreError):
        restore_backup(text, new_place)
    with pytest.raises(StoreMissingError):
        restore_backup(tmp_path / "gone.gpkg", new_place)
    with pytest.raises(BackendUnsupportedError) as refusal:
        restore_backup("postgresql://planner:secret@somewhere/city", new_place)
    assert "secret" not in repr(refusal.value)
    with pytest.raises(StoreMissingError):
        open_store(new_place)
    assert names(tmp_path) == {"text.gpkg"}


def test_a_backup_of_an_older_version_is_brought_up_to_date_in_the_new_store(
    store: Store, path: Path, new_place: Path
) -> None:
    write(store, "adopter", frame({"a": None}))
    metadata, srid = store._metadata, store.settings.srid
    with store._backend.writing() as connection:
        migrating.migrate_down(connection, store._backend, metadata, srid=srid, revision="0001")
    store.close()
    before = digest(path)
    restore_backup(path, new_place)
    assert digest(path) == before
    assert_sound(new_place)
    with closing(open_store(new_place)) as restored:
        assert restored.read("adopter")["code"].tolist() == ["a"]


def test_a_backup_of_a_newer_version_is_refused(store: Store, path: Path, new_place: Path) -> None:
    store.close()
    with raw(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreTooNewError):
        restore_backup(path, new_place)
    assert not new_place.exists()
