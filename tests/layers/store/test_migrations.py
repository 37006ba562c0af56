"""The schema that migrations make is the one that the declarations describe."""

import json
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import pandas as pd
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from layers import Store
from layers.kinds import KINDS
from layers.store import migrating
from layers.store.geopackage import GeoPackage
from layers.store.geopackage.ddl import rtree_name
from layers.store.schema import build_metadata
from layers.store.snapshot import freeze, thaw
from tests.layers.store.files import raw
from tests.layers.store.town import buildings, frame, territory, write

SRID = 4490
# Tables that migrations after the first one made or changed; autogenerate compares these.
LATER = {"gg_import", "gg_kind", "gg_place", "gg_territory"}


def differences(connection: Connection) -> set[str]:
    """Say in which ways a database differs from the declarations."""
    options = migrating.compare_options(connection.dialect.name)
    context = MigrationContext.configure(connection, opts=options)
    metadata = build_metadata(KINDS.values(), SRID)
    return {str(difference[0]) for difference in compare_metadata(context, metadata)}


def test_autogenerate_finds_nothing_to_do(store: Store) -> None:
    with store._backend.reading() as connection:
        assert differences(connection) == set()


def test_a_column_can_go_and_come_again_with_its_history(
    store: Store, sound: Callable[[], None]
) -> None:
    """What a later migration does; what is missing in between is noticed."""
    before = store.counts()
    with store._backend.writing() as connection:
        store._backend.drop_history_triggers(connection, "road")
        connection.exec_driver_sql("ALTER TABLE road DROP COLUMN lanes")
        connection.exec_driver_sql("DROP INDEX ix_road_code")
        store._backend.create_history_triggers(connection, "road")
        assert differences(connection) == {"add_column", "add_index"}
        number = "INTEGER" if connection.dialect.name == "sqlite" else "BIGINT"
        connection.exec_driver_sql(f"ALTER TABLE road ADD COLUMN lanes {number}")
        connection.exec_driver_sql("CREATE INDEX ix_road_code ON road (code)")
        store._backend.create_history_triggers(connection, "road")
        assert differences(connection) == set()
    assert store.counts() == before
    uids = write(store, "road", frame({"r": None}, lanes=[4]))
    with store.change(author="tester", message="gone") as change:
        change.delete("road", uids.values())
    assert store.read("road", as_of=1)["lanes"].tolist() == [4]
    sound()


def test_the_frozen_tables_are_those_of_the_declarations() -> None:
    """When this fails, a kind was changed after its tables had been written down.

    Stores are out there: write a migration that adds the difference (ADD, RENAME or DROP COLUMN,
    never a batch), call `backend.create_history_triggers` in it, and name the table in `LATER`.
    """
    versions = resources.files("layers.store.migrations.versions")
    frozen = json.loads(versions.joinpath("0001_tables.json").read_text(encoding="utf-8"))
    today = freeze(build_metadata(KINDS.values(), SRID))
    assert [each for each in frozen if each["name"] not in LATER] == [
        each for each in today if each["name"] not in LATER
    ], test_the_frozen_tables_are_those_of_the_declarations.__doc__


def test_what_is_frozen_thaws_to_the_same() -> None:
    frozen = freeze(build_metadata(KINDS.values(), SRID))
    assert freeze(thaw(json.loads(json.dumps(frozen)), SRID)) == frozen


def test_migrating_again_changes_nothing(store: Store, path: Path) -> None:
    write(store, "adopter", frame({"a": None}))
    with raw(path) as connection:
        before = connection.execute("SELECT * FROM sqlite_master").fetchall()
    with store._backend.writing() as connection:
        metadata = build_metadata(KINDS.values(), SRID)
        migrating.migrate(connection, store._backend, metadata, srid=SRID)
    with raw(path) as connection:
        assert connection.execute("SELECT * FROM sqlite_master").fetchall() == before
    assert store.count("adopter") == 1


def test_a_migration_that_fails_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "s.gpkg"
    backend = GeoPackage(path)
    metadata = build_metadata(KINDS.values(), SRID)

    def fail() -> None:
        with backend.writing() as connection:
            migrating.migrate(connection, backend, metadata, srid=SRID)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    backend.close()
    with raw(path) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)


def test_down_drops_everything(store: Store, path: Path) -> None:
    write(store, "adopter", frame({"a": None}))
    metadata = build_metadata(KINDS.values(), SRID)
    with store._backend.writing() as connection:
        migrating.migrate_down(connection, store._backend, metadata, srid=SRID, revision="base")
    with raw(path) as connection:
        left = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
        registered = connection.execute("SELECT count(*) FROM gpkg_contents").fetchone()
    ours = {name for name in left if not name.startswith(("gpkg_", "sqlite_", "alembic_"))}
    assert ours == set()
    assert registered == (0,)


def test_an_older_store_is_brought_up_to_date_when_it_is_opened(
    store: Store, reopened: Callable[[], Store], sound: Callable[[], None]
) -> None:
    uids = write(store, "adopter", frame({"a": None}))
    metadata = build_metadata(KINDS.values(), SRID)
    with store._backend.writing() as connection:
        migrating.migrate_down(connection, store._backend, metadata, srid=SRID, revision="0001")
        assert "add_table" in differences(connection)
    newer = reopened()
    with newer._backend.reading() as connection:
        assert migrating.current_revision(connection) == migrating.head()
        assert differences(connection) == set()
    assert list(newer.read("adopter").index) == list(uids.values())
    sound()


def test_every_kind_has_its_triggers_and_indexes(path: Path) -> None:
    with raw(path) as connection:
        made = {
            kind: {row[0] for row in connection.execute(
                "SELECT name FROM sqlite_master WHERE tbl_name = ? AND type IN ('trigger', 'index')",
                [kind],
            )}
            for kind in KINDS
        }  # fmt: skip
    for kind in KINDS.values():
        history = {f"gg_history_{kind.key}_{event}" for event in ("uid", "insert", "update", "keep_uid", "delete")}  # fmt: skip
        counts = {f"trigger_{event}_feature_count_{kind.key}" for event in ("insert", "delete")}
        events = ("insert", "update2", "update4", "update5", "update6", "update7", "delete")
        spatial = {f"{rtree_name(kind.key)}_{event}" for event in events if kind.is_spatial}
        triggers = {name for name in made[kind.key] if not name.startswith(("ix_", "sqlite_"))}
        assert triggers == history | counts | spatial
        assert f"ix_{kind.key}_{kind.key_field}" in made[kind.key]


def test_territory_goes_down_and_up_again_as_it_was(store: Store) -> None:
    territory(store)
    write(store, "building", frame(buildings((50, 50), (99.5, 50), (900, 900))))
    before = [store.territory(kind) for kind in ("building", "grid", "street")]
    metadata = build_metadata(KINDS.values(), SRID)
    with store._backend.writing() as connection:
        migrating.migrate_down(connection, store._backend, metadata, srid=SRID, revision="0002")
        rows = connection.exec_driver_sql("SELECT uid, level, unit_uid FROM gg_territory").all()
        migrating.migrate(connection, store._backend, metadata, srid=SRID)
        assert differences(connection) == set()
    assert len(set(rows)) == len(rows) == 2 * 4 + 16 * 4 + 4 * 3 + 2 * 2 + 1
    for kind, kept in zip(("building", "grid", "street"), before, strict=True):
        pd.testing.assert_frame_equal(store.territory(kind), kept)


def test_the_package_knows_its_revisions() -> None:
    assert migrating.head() in migrating.known_revisions()
