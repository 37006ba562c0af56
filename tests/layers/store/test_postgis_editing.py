"""Editors, writers and readers of one database: order, history and who waits for whom."""

import threading
import time
from typing import Any

import psycopg
import pytest
from sqlalchemy import event

from layers import Store, open_store
from layers.errors import FilterError, StoreBusyError, StoreForbiddenError, StoreUnreachableError
from layers.store import DIRECT
from layers.store.postgis import Postgis
from tests.layers.store.databases import ask, assert_sound
from tests.layers.store.town import buildings, degrees, frame, territory, write
from tests.postgis import Server

UNADOPTED = "SELECT layer, operation FROM gg_version WHERE changeset IS NULL ORDER BY seq"


def place_of(x: float, y: float) -> str:
    """Write a square building as an editor would."""
    ((_, box),) = buildings((x, y)).items()
    return f"SRID=4490;{degrees([box]).to_wkt().item()}"


def add(url: str, code: str, x: float = 0, y: float = 0) -> None:
    ask(
        url,
        "INSERT INTO building (code, geom) VALUES (%s, ST_Multi(%s::geometry))",
        code,
        place_of(x, y),
    )


def test_edits_by_other_programs_become_a_changeset(store: Store, database: str) -> None:
    units = territory(store)
    uids = write(store, "building", frame(buildings((5, 5), (150, 50)), floors=3))
    add(database, "b3", 350, 350)
    ask(database, "UPDATE building SET floors = floors + 1 WHERE code = 'b1'")
    ask(database, "DELETE FROM building WHERE code = 'b2'")
    assert ask(database, UNADOPTED) == [
        ("building", "insert"), ("building", "update"), ("building", "delete"),
    ]  # fmt: skip
    found = store.read("building").set_index("code")
    assert found.loc["b1", "floors"] == 4
    assert set(found.index) == {"b1", "b3"}
    last = store.changesets()[-1]
    assert (last.author, last.id) == (DIRECT, 3)
    assert last.changes == {"building": {"delete": 1, "insert": 1, "update": 1}}
    (new,) = set(store.read("building").index) - set(uids.values())
    assert store.territory("building").loc[new, "grid"] == units["g33"]
    assert set(store.read("building", as_of=2)["code"]) == {"b1", "b2"}
    assert_sound(database)


@pytest.mark.parametrize("given", [None, "", "DEFAULT"])
def test_a_feature_without_identity_gets_one(
    store: Store, database: str, given: str | None
) -> None:
    value = "DEFAULT" if given == "DEFAULT" else "%s"
    values = [] if given == "DEFAULT" else [given]
    ask(
        database,
        f"INSERT INTO adopter (uid, code) VALUES ({value}, 'a'), ({value}, 'b')",
        *values * 2,
    )
    uids = store.read("adopter").index
    assert uids.is_unique
    assert uids.str.fullmatch(
        "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    ).all()
    assert_sound(database)


def test_the_identity_of_a_feature_never_changes(store: Store, database: str) -> None:
    write(store, "adopter", frame({"a": None}))
    for value in ("other", None, ""):
        with pytest.raises(psycopg.errors.RaiseException, match="identity"):
            ask(database, "UPDATE adopter SET uid = %s", value)


def test_truncating_a_table_loses_nothing(store: Store, database: str) -> None:
    write(store, "building", frame(buildings((0, 0), (50, 0)), name="楼"))
    ask(database, "TRUNCATE building")
    assert store.count("building") == 0
    assert store.changesets()[-1].changes == {"building": {"delete": 2}}
    assert store.read("building", as_of=1)["name"].tolist() == ["楼", "楼"]
    assert_sound(database)


def test_copies_and_upserts_are_recorded_row_by_row(store: Store, database: str) -> None:
    uid = write(store, "building", frame(buildings((0, 0)), floors=1))["b1"]
    with psycopg.connect(database) as connection:
        with connection.cursor().copy("COPY building (code, floors) FROM STDIN") as copy:
            for n in range(50):
                copy.write_row((f"c{n}", n))
        connection.execute(
            "INSERT INTO building (uid, code, floors) VALUES (%s, 'b1', 9), (gen_random_uuid(), 'd', 9)"
            " ON CONFLICT (uid) DO UPDATE SET floors = excluded.floors",
            [uid],
        )
    assert store.count("building") == 52
    assert store.changesets()[-1].changes == {"building": {"insert": 51, "update": 1}}
    assert store.read("building").loc[uid, "floors"] == 9
    assert_sound(database)


def test_an_editor_needs_no_right_on_the_history(
    store: Store, server: Server, database: str, role: str
) -> None:
    ask(database, f"GRANT SELECT, INSERT, UPDATE, DELETE ON building TO {role}")
    ask(database, f"GRANT USAGE ON SEQUENCE building_fid_seq TO {role}")
    theirs = server.url(database.rpartition("/")[2], user=role)
    ask(theirs, "INSERT INTO building (code) VALUES ('b')")
    for statement in ("DELETE FROM gg_version", "ALTER TABLE building DISABLE TRIGGER USER"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask(theirs, statement)
    assert store.read("building")["code"].tolist() == ["b"]
    assert store.changesets()[-1].author == DIRECT
    store.close()
    ask(database, f"DROP OWNED BY {role}")


def test_settings_of_an_editor_do_not_change_what_is_recorded(store: Store, database: str) -> None:
    area = 0.1 + 0.2
    with psycopg.connect(database) as connection:
        connection.execute("SET extra_float_digits = -10")
        connection.execute("SET timezone = 'Asia/Shanghai'")
        connection.execute("SET datestyle = 'German'")
        connection.execute("INSERT INTO bare_land (code, area_m2) VALUES ('x', %s)", [area])
    ask(
        database,
        "INSERT INTO grid_event (code, reported_at) VALUES ('e', '2026-05-01 07:30:00.5+08')",
    )
    today = store.read("grid_event")["reported_at"]
    ask(database, "DELETE FROM bare_land")
    ask(database, "DELETE FROM grid_event")
    assert store.changeset_at() == 2
    assert store.read("bare_land", as_of=1)["area_m2"].tolist() == [area]
    assert store.read("grid_event", as_of=1)["reported_at"].tolist() == today.tolist()


def test_an_editor_waits_while_the_store_writes(store: Store, database: str) -> None:
    write(store, "building", frame(buildings((0, 0))))
    edit = threading.Thread(target=add, args=(database, "direct"))
    with store.change(author="tester", message="long") as change:
        change.insert("building", frame(buildings((50, 0))))
        edit.start()
        edit.join(0.5)
        assert edit.is_alive()
        other = open_store(database)
        assert other.count("building") == 1  # readers never wait
        other.close()
    edit.join(30)
    assert store.count("building") == 3
    assert [each.author for each in store.changesets()] == ["tester", "tester", DIRECT]
    assert_sound(database)


def test_the_store_waits_for_an_editor_and_says_so_in_the_end(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("layers.store.postgis.engine.LOCK_TIMEOUT_MS", 200)
    store = open_store(database)
    with psycopg.connect(database) as editor:
        editor.execute("INSERT INTO adopter (code) VALUES ('a')")
        with pytest.raises(StoreBusyError) as refusal:
            write(store, "building", frame(buildings((0, 0))))
        assert refusal.value.values == {"path": store.place, "waited_s": 0.2}
        assert store.counts(["adopter", "building"]) == {"adopter": 0, "building": 0}
    write(store, "building", frame(buildings((0, 0))))
    assert [each.author for each in store.changesets()] == [DIRECT, "tester"]
    store.close()


def test_a_statement_that_takes_too_long_is_busy_too(database: str) -> None:
    store = open_store(f"{database}?options=-cstatement_timeout%3D100")
    with pytest.raises(StoreBusyError), store._backend.reading() as connection:
        connection.exec_driver_sql("SELECT pg_sleep(5)")
    store.close()


def test_a_connection_that_breaks_is_named_and_made_anew(store: Store, database: str) -> None:
    write(store, "building", frame(buildings((0, 0))))
    others = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"

    def cut_while_writing() -> None:
        with store.change(author="tester", message="cut") as change:
            change.insert("building", frame(buildings((50, 0))))
            ask(database, others)
            change.insert("building", frame(buildings((90, 0))))

    with pytest.raises(StoreUnreachableError) as refusal:
        cut_while_writing()
    assert refusal.value.values["reason"] == "connection_lost"
    assert store.count("building") == 1  # a new connection
    ask(database, others)
    assert store.count("building") == 1  # the idle one was found dead


def test_nothing_can_be_written_within_a_reading(store: Store, database: str) -> None:
    with pytest.raises(StoreForbiddenError), store._backend.reading() as connection:
        connection.exec_driver_sql("DELETE FROM building")


def test_the_window_goes_through_the_index(store: Store, database: str) -> None:
    rows = [(50 * (n % 60), 50 * (n // 60)) for n in range(3000)]
    write(store, "building", frame(buildings(*rows), floors=2))
    ask(database, "ANALYZE building")
    statements: list[str] = []

    def explain(_c: object, cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if "ST_MakeEnvelope" in statement:
            with psycopg.connect(database) as connection:
                plan = connection.execute(f"EXPLAIN {statement}".encode(), parameters)
                statements.append("\n".join(row[0] for row in plan))

    assert isinstance(store._backend, Postgis)
    engine = store._backend._engine
    event.listen(engine, "before_cursor_execute", explain)
    west, south, east, north = degrees([buildings((0, 0))["b1"]]).total_bounds
    found = store.read("building", bbox=(west, south, east, north), where="floors > 0")
    event.remove(engine, "before_cursor_execute", explain)
    assert found["code"].tolist() == ["b1"]
    (plan,) = statements
    assert "Index Scan" in plan or "Bitmap Index Scan" in plan
    assert "ix_building_geom" in plan


def test_many_rows_are_copied_and_changed_at_once(store: Store, database: str) -> None:
    rows = [(50 * (n % 100), 50 * (n // 100)) for n in range(5000)]
    began = time.monotonic()
    uids = write(store, "building", frame(buildings(*rows), floors=2))
    features = store.read("building").assign(floors=7)
    with store.change(author="tester", message="more storeys") as change:
        change.update("building", features)
    with store.change(author="tester", message="pull down") as change:
        change.delete("building", list(uids.values())[:4000])
    assert store.count("building") == 1000
    assert store.read("building", as_of=1)["floors"].eq(2).all()
    assert len(store.read("building", as_of=2)) == 5000
    assert time.monotonic() - began < 60
    assert_sound(database)


def test_a_filter_with_which_the_server_cannot_compute_is_refused(
    store: Store, database: str
) -> None:
    write(store, "building", frame(buildings((0, 0)), floors=2))
    with pytest.raises(FilterError) as refusal:
        store.read("building", where="floors * 1e308 * 1e308 > 0")
    assert refusal.value.values["reason"] == "value_refused"
