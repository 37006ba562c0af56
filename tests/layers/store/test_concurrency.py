"""Several processes at once: every acknowledged write is there, and nobody sees a lock."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import Engine, column, event, select, table, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from layers import Store
from layers.errors import StoreBusyError
from tests.layers.store.files import raw
from tests.layers.store.town import buildings, frame, territory, write

pytestmark = pytest.mark.both_backends

SECONDS = 4

WRITER = """
import json, sys, time
import pandas as pd
from layers import open_store
store = open_store(sys.argv[1])
acknowledged = []
end = time.monotonic() + float(sys.argv[2])
while time.monotonic() < end:
    with store.change(author=sys.argv[3], message="work") as change:
        added = change.insert("adopter", pd.DataFrame({"code": ["a", "b"]}))
        change.update("adopter", pd.DataFrame({"name": "x"}, index=added[:1]))
        change.delete("adopter", added[1:])
    acknowledged.append((change.changeset, added[0]))
print(json.dumps(acknowledged))
"""

READER = """
import json, sys, time
from layers import open_store
store = open_store(sys.argv[1])
seen, times = 0, 0
end = time.monotonic() + float(sys.argv[2])
while time.monotonic() < end:
    number = store.changeset_at()
    assert number >= seen, "time went backwards"
    seen, times = number, times + 1
    assert len(store.read("adopter", as_of=number)) == number
    assert store.read("adopter", columns=["name"])["name"].notna().all()
print(json.dumps(times))
"""


def start(program: str, place: str | Path, *arguments: str) -> subprocess.Popen[str]:
    """Start a program on a store."""
    return subprocess.Popen(
        [sys.executable, "-c", program, str(place), str(SECONDS), *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_two_writers_and_two_readers(
    store: Store, place: str | Path, sound: Callable[[], None]
) -> None:
    writers = [start(WRITER, place, name) for name in ("first", "second")]
    readers = [start(READER, place) for _ in range(2)]
    said = []
    for process in (*writers, *readers):
        out, err = process.communicate(timeout=SECONDS + 120)
        assert process.returncode == 0, err
        assert "locked" not in err
        said.append(json.loads(out))
    acknowledged = [tuple(each) for each in said[0] + said[1]]
    assert min(len(said[0]), len(said[1])) > 0
    assert min(said[2:]) > 0
    numbers = sorted(number for number, _ in acknowledged)
    assert numbers == list(range(1, len(acknowledged) + 1))
    assert [each.id for each in store.changesets()] == numbers
    assert set(store.read("adopter").index) == {uid for _, uid in acknowledged}
    assert {each.author for each in store.changesets()} == {"first", "second"}
    recorded = [each.recorded_at for each in store.changesets()]
    assert recorded == sorted(recorded)
    sound()


def test_threads_of_one_process_share_a_store(store: Store, sound: Callable[[], None]) -> None:
    territory(store)
    faults: list[BaseException] = []

    def work(n: int) -> None:
        try:
            for m in range(4):
                write(store, "building", frame(buildings((100 * n + 5, 100 * m + 5))))
                store.territory("building")
                store.read("building", bbox=(0, 0, 180, 90))
        except BaseException as fault:  # noqa: BLE001 - told to the main thread below
            faults.append(fault)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert store.count("building") == 16
    assert store.territory("building")["grid"].nunique() == 16
    sound()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for a lock for a tenth of a second only."""
    monkeypatch.setattr("layers.store.geopackage.engine.BUSY_TIMEOUT_MS", 100)


def test_who_waits_too_long_is_told_that_the_store_is_busy(
    impatient: None, reopened: Callable[[], Store], path: Path
) -> None:
    store = reopened()
    with raw(path) as connection:
        connection.execute("BEGIN IMMEDIATE")
        with (
            pytest.raises(StoreBusyError) as refusal,
            store.change(author="tester", message="waits") as change,
        ):
            change.insert("adopter", pd.DataFrame({"code": ["a"]}))
        assert store.count("adopter") == 0  # readers never wait
        connection.execute("ROLLBACK")
    assert refusal.value.values == {"path": str(path), "waited_s": 0.1}
    write(store, "adopter", frame({"a": None}))
    assert store.count("adopter") == 1


def test_a_writer_waits_for_the_one_before(store: Store, path: Path) -> None:
    with raw(path) as connection:
        connection.execute("BEGIN IMMEDIATE")
        thread = threading.Thread(target=lambda: write(store, "adopter", frame({"a": None})))
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()
        connection.execute("COMMIT")
        thread.join(30)
    assert store.count("adopter") == 1


def test_a_reader_keeps_its_state_while_others_write(store: Store) -> None:
    write(store, "adopter", frame({"a": None}))
    with store._reading() as connection:
        query = "SELECT count(*) FROM adopter"
        assert connection.exec_driver_sql(query).scalar() == 1
        write(store, "adopter", frame({"b": None}))
        assert connection.exec_driver_sql(query).scalar() == 1
    assert store.count("adopter") == 2


def test_ctrl_c_in_the_middle_of_a_statement_leaves_nothing_and_says_nothing_else(
    store: Store,
) -> None:
    def press(*told: object) -> None:
        if str(told[2]).startswith("INSERT"):
            raise KeyboardInterrupt

    event.listen(Engine, "after_cursor_execute", press)
    try:
        with (
            pytest.raises(KeyboardInterrupt) as pressed,
            store.change(author="a", message="m") as change,
        ):
            change.insert("adopter", pd.DataFrame({"code": ["a"]}))
    finally:
        event.remove(Engine, "after_cursor_execute", press)
    assert pressed.tb  # as a notebook does, it keeps the cursor, and what that holds
    assert store.read("adopter").empty
    with store.change(author="a", message="m") as change:
        change.insert("adopter", pd.DataFrame({"code": ["a"]}))
    assert len(store.read("adopter")) == 1


def test_a_single_question_that_fails_leaves_no_connection_that_commits_by_itself(
    store: Store,
) -> None:
    nowhere = select(table("nowhere", column("name")))
    with pytest.raises(DBAPIError):
        store._backend.ask(nowhere, {})
    wrong = text("INSERT INTO gg_setting (key, value) VALUES ('k', '\"v\"'), ('k', '1')")
    right = text("INSERT INTO gg_setting (key, value) VALUES ('k', '\"v\"')")
    with suppress(IntegrityError), store._backend.writing() as connection:
        for statement in (right, wrong):
            connection.execute(statement)
    kept = select(store._metadata.tables["gg_setting"].c.key).order_by("key")
    asked = [row[0] for row in store._backend.ask(kept, {})]
    with store._reading() as connection:
        assert asked == connection.scalars(kept).all()
    assert "k" not in asked
    assert len(asked) > 3
