"""The content hash: the same for the same content, another for the smallest change of it."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from layers import Store, create_store, open_store
from tests.layers.store import databases
from tests.layers.store.files import raw, scalar
from tests.layers.store.past import inhabit
from tests.layers.store.test_backends_agree import Author, divide, fill
from tests.layers.store.town import METRIC_CRS, frame, write

# What nobody can choose: which store it is, and when a changeset was recorded.
GIVEN = (
    "UPDATE gg_setting SET value = 'the same' WHERE key = 'store_id'",
    "UPDATE gg_changeset SET recorded_at = '2026-05-01T00:00:00.000Z'",
)


def test_the_same_history_has_the_same_hash_on_both_backends(path: Path, database: str) -> None:
    for place in (path, database):
        with closing(open_store(place)) as store:
            divide(store, 2)
            author = Author(2)
            for _ in range(6):
                with store.change(author="tester", message="同样的") as change:
                    author.change(change)
            fill(store)
    for statement in GIVEN:
        databases.ask(database, statement)
        with raw(path) as connection:
            connection.execute(statement)
    with closing(open_store(path)) as one, closing(open_store(database)) as other:
        assert one.content_hash() == other.content_hash()


@pytest.fixture(scope="module")
def inhabited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the file of a store in which there is something of every sort."""
    path = tmp_path_factory.mktemp("inhabited") / "town.gpkg"
    with closing(create_store(path, metric_crs=METRIC_CRS)) as store:
        inhabit(store)
    return path


def tried(path: Path, statement: str) -> tuple[str, str]:
    """Give the hash of a store before and after a statement, which is undone again."""
    whole = path.read_bytes()
    with closing(open_store(path)) as store:
        before = store.content_hash()
        with raw(path) as connection:
            assert connection.execute(statement).rowcount > 0
        after = store.content_hash()
    path.write_bytes(whole)
    return before, after


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE gg_setting SET value = 'another' WHERE key = 'store_id'",
        "UPDATE gg_changeset SET message = message || '.' WHERE id = 3",
        "UPDATE gg_changeset SET recorded_at = '2020-01-01T00:00:00.001Z' WHERE id = 3",
        "UPDATE gg_version SET changeset = 2 WHERE seq = 1",
        "UPDATE gg_version SET operation = 'update' WHERE seq = 1",
        "UPDATE gg_version SET attributes = json_set(attributes, '$.code', 'x') WHERE seq = 1",
        "UPDATE gg_version SET geom = NULL WHERE seq = 1",
        "DELETE FROM gg_version WHERE seq = 1",
        "UPDATE gg_import SET file_name = 'another'",
        "UPDATE gg_origin SET row_number = row_number + 1 WHERE row_number = 2",
        "UPDATE gg_origin SET original_wkb = x'0100' WHERE row_number = 2",
        "UPDATE gg_run SET results = replace(results, '1', '2')",
        "UPDATE gg_run SET seconds = seconds + 0.001",
        "UPDATE gg_kind SET author = 'somebody else' WHERE number = 2",
        "UPDATE bench SET wood = 'beech'",
        "UPDATE building SET floors = 77 WHERE code = 'a'",
        "DELETE FROM building WHERE code = 'a'",
    ],
)
def test_whatever_was_recorded_counts(inhabited: Path, statement: str) -> None:
    before, after = tried(inhabited, statement)
    assert before != after


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE gg_setting SET value = 'another' WHERE key = 'restore_epoch'",
        "DELETE FROM gg_territory",
        "UPDATE gg_version SET seq = seq + 1000000",
        (
            "UPDATE gg_version SET attributes = json_remove(attributes, '$.note')"
            " WHERE json_extract(attributes, '$.note') IS NULL"
        ),
    ],
)
def test_what_nobody_recorded_does_not_count(inhabited: Path, statement: str) -> None:
    before, after = tried(inhabited, statement)
    assert before == after


def test_features_that_lie_in_another_order_are_the_same(store: Store, path: Path) -> None:
    write(store, "adopter", frame({"a": None, "b": None, "c": None}))
    before = store.content_hash()
    with raw(path) as connection:
        connection.execute("CREATE TEMP TABLE kept AS SELECT * FROM adopter")
        triggers = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'adopter'"
        ).fetchall()
        for name, _ in triggers:
            connection.execute(f'DROP TRIGGER "{name}"')
        connection.execute("DELETE FROM adopter")
        connection.execute("UPDATE kept SET fid = 100 - fid")
        connection.execute("INSERT INTO adopter SELECT * FROM kept ORDER BY fid")
        for _, statement in triggers:
            connection.execute(statement)
    assert scalar(path, "SELECT min(fid) FROM adopter") == 97
    assert store.content_hash() == before


def test_it_is_the_same_whenever_and_by_whomever_it_is_asked(
    store: Store, reopened: Callable[[], Store]
) -> None:
    empty = store.content_hash()
    assert len(empty) == 64
    write(store, "adopter", frame({"a": None}))
    assert store.content_hash() == reopened().content_hash() != empty
