"""Databases as homes of stores: which are refused, in which words, and never with a secret."""

import threading
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from layers import create_store, open_store
from layers.errors import (
    NotAStoreError,
    PostgisMissingError,
    StoreError,
    StoreExistsError,
    StoreForbiddenError,
    StoreMissingError,
    StoreTooNewError,
    StoreUnreachableError,
)
from layers.store import migrating
from tests.layers.store.databases import ask, assert_sound
from tests.layers.store.town import METRIC_CRS, buildings, frame, write
from tests.postgis import Server

SECRET = "open-sesame"  # noqa: S105 - of a cluster that lives as long as the tests


@pytest.fixture(scope="session")
def secretive(server: Server) -> Iterator[str]:
    """Name a superuser who has to give a password."""
    server.run(f"CREATE ROLE secretive SUPERUSER LOGIN PASSWORD '{SECRET}'")
    yield "secretive"
    server.run("DROP OWNED BY secretive; DROP ROLE secretive")


def create(url: str) -> None:
    create_store(url, metric_crs=METRIC_CRS).close()


def everything_said(fault: BaseException) -> str:
    """Give all that a log could show of an error."""
    return "".join(traceback.format_exception(fault)) + repr(fault)


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg"])
def test_a_database_becomes_a_store(new_database: str, scheme: str) -> None:
    url = new_database.replace("postgresql", scheme, 1)
    made = create_store(url, metric_crs=METRIC_CRS)
    made.close()
    assert (made.settings.storage_crs, made.settings.metric_crs) == ("EPSG:4490", METRIC_CRS)
    opened = open_store(url)
    assert opened.settings == made.settings
    assert opened.changesets() == []
    opened.close()
    assert_sound(new_database)
    titles = ask(new_database, "SELECT obj_description('grid'::regclass)")
    assert titles == [(opened.kinds["grid"].title_zh,)]


def test_a_place_is_named_without_password_and_parameters(server: Server, database: str) -> None:
    bare = f"127.0.0.1:{server.port}/{database.rpartition('/')[2]}"
    for url in (
        f"postgresql://postgres:{SECRET}@{bare}",
        f"postgresql://postgres@{bare}?password={SECRET}",
    ):
        store = open_store(url)
        assert store.place == f"postgresql://postgres@{bare}"
        assert SECRET not in repr(store) + repr(vars(store)) + repr(vars(store._backend))
        store.close()


def test_a_password_opens(secretive: str, database: str, server: Server) -> None:
    url = database.replace("postgres@", f"{secretive}:{SECRET}@")
    open_store(url).close()
    wrong = url.replace(SECRET, "open-barley")
    with pytest.raises(StoreUnreachableError) as refusal:
        open_store(wrong)
    assert refusal.value.values["reason"] == "refused"
    assert "open-barley" not in everything_said(refusal.value)


def test_nobody_answers_where_no_server_is() -> None:
    with pytest.raises(StoreUnreachableError) as refusal:
        open_store(f"postgresql://planner:{SECRET}@127.0.0.1:1/city")
    assert refusal.value.values == {
        "path": "postgresql://planner@127.0.0.1:1/city",
        "reason": "no_answer",
    }
    assert SECRET not in everything_said(refusal.value)


def test_a_database_that_is_not_there_is_refused(server: Server) -> None:
    for use in (open_store, create):
        with pytest.raises(StoreUnreachableError) as refusal:
            use(server.url("nowhere"))
        assert refusal.value.values["reason"] == "refused"


def test_a_database_without_a_store(new_database: str) -> None:
    with pytest.raises(StoreMissingError):
        open_store(new_database)


def test_a_database_with_our_settings_and_nothing_else_is_no_store(new_database: str) -> None:
    ask(new_database, "CREATE TABLE gg_setting (key text, value text)")
    with pytest.raises(NotAStoreError):
        open_store(new_database)


def test_a_store_is_never_replaced(database: str) -> None:
    with pytest.raises(StoreExistsError):
        create(database)
    assert_sound(database)


def test_nobodys_table_is_taken_for_ours(new_database: str) -> None:
    ask(new_database, "CREATE TABLE road (id int)")
    with pytest.raises(StoreExistsError) as refusal:
        create(new_database)
    assert str(refusal.value.values["path"]).endswith(": road")
    tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
    assert ask(new_database, tables) == [("road",), ("spatial_ref_sys",)]


@pytest.mark.parametrize(
    ("settings", "missing"),
    [("", "postgis"), ("ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'", "UTF8")],
)
def test_what_a_database_lacks_is_named(server: Server, settings: str, missing: str) -> None:
    name = server.create(settings=settings)
    with pytest.raises(PostgisMissingError) as refusal:
        create(server.url(name))
    assert refusal.value.values == {"path": server.url(name), "missing": missing}
    server.drop(name)


def test_a_store_of_a_newer_version_is_refused(database: str) -> None:
    ask(database, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreTooNewError) as refusal:
        open_store(database)
    assert refusal.value.values == {"path": database, "found": "9999", "known": migrating.head()}


def test_a_creation_that_fails_leaves_nothing(
    new_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("layers.store.settings.StoreSettings.save", fail)
    with pytest.raises(ZeroDivisionError):
        create(new_database)
    tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    assert ask(new_database, tables) == [("spatial_ref_sys",)]
    assert ask(new_database, "SELECT proname FROM pg_proc WHERE proname LIKE 'gg\\_%'") == []


def test_of_several_that_create_the_same_store_one_wins(new_database: str) -> None:
    said: list[str] = []

    def make() -> None:
        try:
            create(new_database)
            said.append("made")
        except StoreExistsError:
            said.append("exists")

    threads = [threading.Thread(target=make) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["exists", "exists", "made"]
    assert_sound(new_database)


def test_two_stores_live_in_two_schemas_of_one_database(new_database: str) -> None:
    stores = []
    for schema in ("east", "West Side"):
        ask(new_database, f'CREATE SCHEMA "{schema}"')
        path = f'"{schema}",public'.replace(" ", "\\ ")
        url = f"{new_database}?options=-csearch_path%3D{path}"
        stores.append(create_store(url, metric_crs=METRIC_CRS))
    write(stores[0], "building", frame(buildings((0, 0))))
    with stores[1].change(author="tester", message="at the same time") as change:
        change.insert("building", frame(buildings((0, 0), (20, 0))))
        write(stores[0], "building", frame(buildings((50, 0))))
    # An editor knows nothing of our search path.
    ask(new_database, 'INSERT INTO "West Side".building (code) VALUES (%s)', "direct")
    assert [store.count("building") for store in stores] == [2, 3]
    assert [store.changeset_at() for store in stores] == [2, 2]
    for store in stores:
        store.close()


def test_rights_that_are_missing_are_named(server: Server, database: str, role: str) -> None:
    name = database.rpartition("/")[2]
    url = server.url(name, user=role)
    with pytest.raises(StoreForbiddenError):
        open_store(url)
    ask(database, f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
    store = open_store(url)
    assert store.count("building") == 0
    with pytest.raises(StoreForbiddenError):
        write(store, "building", frame(buildings((0, 0))))
    store.close()
    ask(database, f"DROP OWNED BY {role}")


def test_who_may_not_make_tables_is_told(server: Server, new_database: str, role: str) -> None:
    with pytest.raises(StoreForbiddenError):
        create(server.url(new_database.rpartition("/")[2], user=role))


def test_a_missing_driver_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(__import__("sys").modules, "layers.store.postgis", None)
    with pytest.raises(StoreError) as refusal:
        open_store("postgresql://localhost/city")
    assert refusal.value.code == "driver_missing"
