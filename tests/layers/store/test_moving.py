"""Stores moved between the backends with their whole past, in every direction."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import shapely

from layers import Store, copy_store, open_store
from layers.analysis import verify_run
from layers.errors import (
    CopyDiffersError,
    FeatureRejectedError,
    StoreExistsError,
    StoreMissingError,
)
from layers.store.postgis import Postgis
from tests.layers.store import databases, files
from tests.layers.store.own import BENCH
from tests.layers.store.past import assert_same, inhabit
from tests.layers.store.town import buildings, frame, write


def assert_sound(place: str | Path) -> None:
    """Check a store from outside."""
    if isinstance(place, Path):
        files.assert_sound(place)
    else:
        databases.assert_sound(place)


def ask(place: str | Path, query: str) -> Any:
    """Ask for one value."""
    return (
        files.scalar(place, query) if isinstance(place, Path) else databases.ask(place, query)[0][0]
    )


@pytest.fixture(params=["geopackage", "postgis"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> str | Path:
    """Say where a store may be moved."""
    if request.param == "geopackage":
        return tmp_path / "moved.gpkg"
    url: str = request.getfixturevalue("new_database")
    return url


def test_a_store_moves_with_its_whole_past(
    store: Store, place: str | Path, target: str | Path, sound: Callable[[], None]
) -> None:
    run_id = inhabit(store)
    said: list[tuple[str, int, int]] = []
    before = store.content_hash()
    copied = copy_store(store, target, progress=lambda *told: said.append(told))
    assert copied.source_hash == copied.copy_hash == before == store.content_hash()
    assert copied.changeset == store.changeset_at()
    last = {step: (done, total) for step, done, total in said}
    assert last.keys() == {"copy", "read", "compare"}
    assert all(done == total > 0 for done, total in last.values())
    sound()
    assert_sound(target)
    with closing(open_store(target)) as moved:
        assert moved.place == copied.place
        assert_same(store, moved)
        kept, again = verify_run(moved, run_id)
        assert repr(kept.results) == repr(again.results)
        assert repr(kept.rules) == repr(again.rules)
        written = write(moved, "building", frame(buildings((7, 7))))
        assert moved.changeset_at() == copied.changeset + 1
        assert moved.territory("building").loc[written["b1"], "grid"] is not None
        assert moved.content_hash() != before
    assert_sound(target)
    assert store.content_hash() == before


@pytest.mark.long
def test_there_and_back_again(store: Store, path: Path, new_database: str, tmp_path: Path) -> None:
    inhabit(store)
    with store.change(author="tester", message="gap") as change:
        change.delete("building", store.read("building").index[:3])
    before = store.content_hash()
    back = tmp_path / "back.gpkg"
    copy_store(store, new_database)
    with closing(open_store(new_database)) as there:
        assert there.content_hash() == before
        copied = copy_store(there, back)
    assert copied.copy_hash == before
    query = "SELECT max(fid) FROM building"
    assert ask(back, query) != ask(path, query)  # which number a row has is no content
    with closing(open_store(back)) as again:
        assert_same(store, again)


def test_a_copy_is_of_one_state_while_others_write(
    store: Store, reopened: Callable[[], Store], target: str | Path
) -> None:
    write(store, "adopter", frame({"a": None}))
    before, other = store.content_hash(), reopened()

    def write_meanwhile(*_: object) -> None:
        write(other, "adopter", frame({"b": None}))

    copied = copy_store(store, target, progress=write_meanwhile)
    assert (copied.changeset, copied.copy_hash) == (1, before)
    assert store.changeset_at() > 1
    assert_sound(target)
    with closing(open_store(target)) as copy:
        assert copy.read("adopter")["code"].tolist() == ["a"]


@pytest.mark.parametrize(
    "at",
    [
        pytest.param("copy", marks=pytest.mark.long),
        "read",
        pytest.param("compare", marks=pytest.mark.long),
    ],
)
def test_an_interrupted_copy_leaves_nothing(
    store: Store, target: str | Path, tmp_path: Path, at: str
) -> None:
    write(store, "adopter", frame({"a": None}))
    there = {each.name for each in tmp_path.iterdir()}

    def interrupt(step: str, *_: int) -> None:
        if step == at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy_store(store, target, progress=interrupt)
    assert {each.name for each in tmp_path.iterdir()} == there
    with pytest.raises(StoreMissingError):
        open_store(target)
    copy_store(store, target)
    assert_sound(target)


def test_a_copy_that_lost_something_is_not_kept(
    store: Store, new_database: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(store, "adopter", frame({"a": None, "b": None}))
    insert = Postgis.insert

    def forget(self: Postgis, connection: Any, table: Any, rows: Any) -> None:
        insert(self, connection, table, rows[1:] if table.name == "gg_version" else rows)

    monkeypatch.setattr(Postgis, "insert", forget)
    with pytest.raises(CopyDiffersError) as refusal:
        copy_store(store, new_database)
    assert refusal.value.values["source"] == store.content_hash()
    with pytest.raises(StoreMissingError):
        open_store(new_database)


def test_a_store_is_never_copied_over_another(store: Store, place: str | Path, path: Path) -> None:
    before = store.content_hash()
    with pytest.raises(StoreExistsError):
        copy_store(store, place)
    assert store.content_hash() == before


def test_nor_over_another_database(store: Store, database: str, empty_file: Path) -> None:
    before = store.content_hash()
    with closing(open_store(empty_file)) as other, pytest.raises(StoreExistsError):
        copy_store(other, database)
    assert store.content_hash() == before


def test_nor_into_anybodys_table(store: Store, new_database: str, path: Path) -> None:
    store.add_kind(BENCH, author="tester")
    databases.ask(new_database, "CREATE TABLE bench (id int)")
    with pytest.raises(StoreExistsError) as refusal:
        copy_store(store, new_database)
    assert str(refusal.value.values["path"]).endswith(": bench")
    assert databases.ask(new_database, "SELECT * FROM bench") == []
    with pytest.raises(StoreMissingError):
        open_store(new_database)


def edit(path: Path, statement: str) -> None:
    """Write into the file as a program does that cares for no types."""
    with files.raw(path) as connection:
        connection.execute(statement)


def test_what_an_editor_wrote_moves_in_the_form_of_its_kind(
    store: Store, path: Path, new_database: str
) -> None:
    write(store, "building", frame(buildings((0, 0))))
    blob = store._backend.encode(
        [shapely.from_wkt("POLYGON Z ((0 0 1, 1 0 1, 1 1 1, 0 0 1))")], 4490
    )
    with files.raw(path) as connection:
        connection.execute("UPDATE building SET geom = ?, floors = 3", blob)
    copied = copy_store(store, new_database)
    assert (copied.changeset, store.changesets()[-1].author) == (2, "direct")
    databases.assert_sound(new_database)
    with closing(open_store(new_database)) as moved:
        assert (
            moved.read("building").geometry.iloc[0].wkt == "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)))"
        )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("valid_from", "'soon'"),
        ("floors", "'many'"),
        ("floors", "1.5"),
        ("name", "char(97, 0, 98)"),
    ],
)
def test_what_a_database_cannot_hold_is_named_and_nothing_moved(
    store: Store, path: Path, new_database: str, tmp_path: Path, field: str, value: str
) -> None:
    write(store, "building", frame(buildings((0, 0))))
    edit(path, f"UPDATE building SET {field} = {value}")
    with pytest.raises(FeatureRejectedError) as refusal:
        copy_store(store, new_database)
    assert (refusal.value.values["kind"], refusal.value.values["field"]) == ("building", field)
    with pytest.raises(StoreMissingError):
        open_store(new_database)
    kept = store.backup(tmp_path / "backup.gpkg")  # which keeps even that
    assert kept.copy_hash == store.content_hash()


def test_editors_moments_and_numbers_move(store: Store, database: str, tmp_path: Path) -> None:
    uids = write(store, "grid_event", frame({"e": None}, reported_at=["2024-01-01T00:00:00Z"]))
    write(store, "bare_land", frame({"p": None}, area_m2=[1.0]))
    for statement in (
        "UPDATE grid_event SET reported_at = '2024-02-29 23:59:59.123456+08'",
        "UPDATE bare_land SET area_m2 = '-0'",
        "UPDATE bare_land SET area_m2 = 'Infinity'",
        "UPDATE bare_land SET area_m2 = 1e23",
    ):
        databases.ask(database, statement)
    moved = tmp_path / "moved.gpkg"
    assert copy_store(store, moved).copy_hash == store.content_hash()
    files.assert_sound(moved)
    with closing(open_store(moved)) as copy:
        found = copy.read("grid_event").loc[uids["e"], "reported_at"]
        assert found == pd.Timestamp("2024-02-29T15:59:59.123Z")
        assert copy.read("bare_land")["area_m2"].tolist() == [1e23]
