"""Each thing that can be wrong with a store is broken, found, and where possible put right."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
import shapely

from layers import Store, open_store
from layers.errors import StoreMissingError
from layers.store import DIRECT, migrating
from layers.store.ailments import AILMENTS, Ailment, Severity
from layers.store.doctor import examine, repair
from layers.store.geopackage.health import share_among
from layers.store.schema import build_metadata
from tests.layers.store.databases import ask
from tests.layers.store.files import raw
from tests.layers.store.town import buildings, frame, territory, write
from tests.postgis import Server

Broken = tuple[str, str, dict[str, Any]]


def break_it(place: str | Path, *statements: str) -> None:
    """Do to a store what should not be done."""
    for statement in statements:
        if isinstance(place, Path):
            with raw(place) as connection:
                connection.execute(statement)
        else:
            ask(place, statement)


def found(place: str | Path, *, deep: bool = False) -> dict[str, dict[str, object]]:
    """Give what is wrong, by code."""
    return {each.code: dict(each.details) for each in examine(place, deep=deep).ailments}


@pytest.fixture
def town(store: Store) -> Store:
    """Give a town with three buildings in its grids."""
    territory(store)
    write(store, "building", frame(buildings((5, 5), (105, 5), (205, 5)), floors=2))
    return store


def test_a_sound_store_is_well(town: Store, place: str | Path) -> None:
    town.close()
    diagnosis = examine(place, deep=True)
    assert diagnosis.ailments == ()
    assert diagnosis.is_well
    about = diagnosis.about
    assert about["backend"] == ("geopackage" if isinstance(place, Path) else "postgis")
    assert (about["changesets"], about["schema"]) == (2, migrating.head())
    assert about["size"] > 0
    assert repair(place) == ()


def test_looking_changes_nothing(town: Store, place: str | Path) -> None:
    break_it(place, "UPDATE building SET floors = 3 WHERE code = 'b1'")
    assert found(place) == {"edits_unadopted": {"count": 1}}
    assert found(place) == {"edits_unadopted": {"count": 1}}
    assert examine(place).is_well
    assert town.read("building")["floors"].sum() == 7
    assert found(place) == {}


def test_there_must_be_a_store(tmp_path: Path) -> None:
    with pytest.raises(StoreMissingError):
        examine(tmp_path / "none.gpkg")


# What is done to a table of each case's own, and what must be found then.
AREAS = (
    "building", "green_space", "bare_land", "residential_land", "grid_cell", "compound",
    "population_cell", "adoption_plot", "water", "scenic_spot", "red_square", "property_area",
)  # fmt: skip
IN_BOTH: list[Broken] = [
    ("DROP INDEX ix_{table}_code", "index_missing", {}),
    ("INSERT INTO gg_open_changeset VALUES (2)", "changeset_left_open", {"changeset": 2}),
    (
        "INSERT INTO gg_territory (layer, uid, place) VALUES ('{table}', 'gone', 'nowhere')",
        "territory_orphaned",
        {"count": 1},
    ),
]
IN_A_FILE: list[Broken] = [
    ("DROP TRIGGER gg_history_{table}_update", "trigger_missing", {}),
    ("DROP TRIGGER rtree_{table}_geom_insert", "trigger_missing", {}),
    ("DROP TRIGGER trigger_insert_feature_count_{table}", "trigger_missing", {}),
    (
        (
            "DROP TRIGGER gg_history_{table}_keep_uid;"
            "CREATE TRIGGER gg_history_{table}_keep_uid AFTER DELETE ON {table} BEGIN SELECT 1; END"
        ),
        "trigger_outdated",
        {},
    ),
    (
        "UPDATE gpkg_ogr_contents SET feature_count = 9 WHERE table_name = '{table}'",
        "count_wrong",
        {"counted": 9, "found": 1},
    ),
    (
        "DELETE FROM gpkg_ogr_contents WHERE table_name = '{table}'",
        "layer_unregistered",
        {"register": "gpkg_ogr_contents"},
    ),
    (
        "DELETE FROM gpkg_extensions WHERE table_name = '{table}'",
        "layer_unregistered",
        {"register": "gpkg_extensions"},
    ),
    ("DELETE FROM rtree_{table}_geom WHERE id = 1", "spatial_index_wrong", {"count": 1}),
    ("INSERT INTO rtree_{table}_geom VALUES (77, 1, 2, 1, 2)", "spatial_index_wrong", {"count": 1}),
]
IN_A_DATABASE: list[Broken] = [
    ("DROP INDEX ix_{table}_geom", "index_missing", {}),
    (
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_{table}_geom'::regclass",
        "index_invalid",
        {},
    ),
    ("DROP TRIGGER gg_history_update ON {table}", "trigger_missing", {}),
    ("ALTER TABLE {table} DISABLE TRIGGER gg_history_delete", "trigger_disabled", {}),
    (
        (
            "DROP TRIGGER gg_history_uid ON {table};"
            "CREATE TRIGGER gg_history_uid AFTER INSERT ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION gg_give_uid()"
        ),
        "trigger_outdated",
        {},
    ),
    (
        (
            "CREATE OR REPLACE FUNCTION gg_give_uid() RETURNS trigger LANGUAGE plpgsql"
            " AS 'BEGIN RETURN NEW; END'"
        ),
        "function_outdated",
        {"function": "gg_give_uid"},
    ),
]


def test_whatever_is_broken_is_found_and_repaired(
    store: Store, place: str | Path, sound: Callable[[], None]
) -> None:
    """One table for each case, so that all can be looked for and repaired at once."""
    is_file = isinstance(place, Path)
    cases = [*IN_BOTH, *(IN_A_FILE if is_file else IN_A_DATABASE)]
    assert len(cases) <= len(AREAS)
    for table in AREAS:
        write(store, table, frame(buildings((5, 5))))
    store.close()
    expected = []
    for table, (statements, code, values) in zip(AREAS, cases, strict=False):
        false = "0" if is_file else "false"
        script = statements.format(table=table, false=false)
        with_table = "table" in AILMENTS[code].names and "{table}" in statements
        expected.append((code, {**values, **({"table": table} if with_table else {})}))
        break_it(place, *(script.split(";CREATE")[:1]))
        if ";CREATE" in script:
            break_it(place, "CREATE" + script.split(";CREATE")[1])
    told = [(each.code, dict(each.details)) for each in examine(place).ailments]
    for code, values in expected:
        assert any(
            code == other and values.items() <= found_values.items() for other, found_values in told
        ), (code, values, told)
        assert AILMENTS[code].is_repairable
    assert {code for code, _ in expected} <= set(repair(place))
    assert found(place, deep=True) == {}
    again = open_store(place)
    for table in AREAS:
        write(again, table, frame({"new": shapely.box(305, 5, 315, 15)}))
        assert again.count(table) == 2
    again.close()
    sound()


def test_a_spatial_index_that_is_gone_is_made_again(
    town: Store, path: Path, sound: Callable[[], None]
) -> None:
    town.close()
    break_it(path, "DROP TABLE rtree_building_geom")
    assert found(path) == {"spatial_index_missing": {"table": "building"}}
    assert repair(path) == ("spatial_index_missing",)
    assert repair(path) == ()
    sound()


def test_a_row_replaced_by_a_statement_is_recorded(
    town: Store, path: Path, sound: Callable[[], None]
) -> None:
    """SQLite deletes what INSERT OR REPLACE replaces without a word to the triggers."""
    (gone,) = town.read("building", where="code = 'b1'").index
    break_it(path, "INSERT OR REPLACE INTO building (fid, code) VALUES (1, 'theirs')")
    assert set(found(path)) == {
        "deletion_unrecorded", "count_wrong", "edits_unadopted", "spatial_index_wrong",
        "territory_orphaned",
    }  # fmt: skip
    assert found(path)["deletion_unrecorded"]["uids"] == (gone,)
    repair(path)
    assert found(path, deep=True) == {}
    assert set(town.read("building")["code"]) == {"b2", "b3", "theirs"}
    assert set(town.read("building", as_of=2)["code"]) == {"b1", "b2", "b3"}
    assert gone not in town.read("building", as_of=town.changeset_at()).index
    assert town.changesets()[-1].author == DIRECT
    sound()


def test_what_happened_while_triggers_were_missing_is_recorded(
    town: Store, place: str | Path, sound: Callable[[], None]
) -> None:
    before = town.read("building")
    with town._backend.writing() as connection:
        town._backend.drop_history_triggers(connection, "building")
    break_it(
        place,
        "UPDATE building SET floors = 30 WHERE code = 'b1'",
        "DELETE FROM building WHERE code = 'b2'",
        "INSERT INTO building (uid, code) VALUES ('00000000-0000-4000-8000-000000000001', 'n')",
        "INSERT INTO building (code) VALUES ('nameless')",
    )
    told = found(place, deep=True)
    assert {
        "trigger_missing", "change_unrecorded", "deletion_unrecorded", "feature_unrecorded",
        "uid_missing",
    } <= set(told)  # fmt: skip
    assert "change_unrecorded" not in found(place)
    repair(place, deep=True)
    assert found(place, deep=True) == {}
    now = town.read("building").set_index("code")
    assert now["floors"].to_dict()["b1"] == 30
    assert set(now.index) == {"b1", "b3", "n", "nameless"}
    assert town.read("building", as_of=2)["floors"].tolist() == before["floors"].tolist()
    last = town.changeset_at()
    assert set(town.read("building", as_of=last)["code"]) == set(now.index)
    sound()


@pytest.mark.parametrize(
    ("statement", "code", "values"),
    [
        ("DELETE FROM gg_changeset WHERE id = 1", "changeset_gap", {"missing": [1], "count": 1}),
        ("DELETE FROM gg_changeset WHERE id = 1", "versions_orphaned", {"changesets": [1]}),
        ("UPDATE gg_changeset SET recorded_at = '{future}' WHERE id = 2", "clock_behind", {}),
        ("INSERT INTO gg_origin VALUES ('gone', 1, 1, NULL)", "origins_orphaned", {"count": 1}),
        ("DROP TABLE gg_import", "table_missing", {"table": "gg_import"}),
    ],
)
def test_what_only_a_person_can_judge_is_named(
    town: Store, place: str | Path, statement: str, code: str, values: dict[str, object]
) -> None:
    town.close()
    future = f"{dt.datetime.now(dt.UTC) + dt.timedelta(days=2):%Y-%m-%dT%H:%M:%S.000Z}"
    break_it(place, statement.format(future=future))
    told = found(place)
    assert values.items() <= told[code].items()
    assert not AILMENTS[code].is_repairable


def test_an_older_schema_is_named_and_brought_up_to_date(store: Store, place: str | Path) -> None:
    with store._backend.writing() as connection:
        metadata = build_metadata(store.kinds.values(), store.settings.srid)
        migrating.migrate_down(
            connection, store._backend, metadata, srid=store.settings.srid, revision="0001"
        )
    store.close()
    assert found(place) == {"migration_pending": {"found": "0001", "head": migrating.head()}}
    repair(place)
    assert found(place) == {}


def test_a_damaged_file_is_named(town: Store, path: Path) -> None:
    town.close()
    with raw(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (root,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'ix_building_code'"
        ).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with path.open("r+b") as file:
        file.seek((root - 1) * size + size - 40)
        file.write(b"\0" * 40)
    assert "file_damaged" in found(path, deep=True)


def test_a_user_without_rights_is_named(
    town: Store, server: Server, database: str, role: str
) -> None:
    town.close()
    ask(database, f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
    theirs = server.url(database.rpartition("/")[2], user=role)
    told = found(theirs)["right_missing"]
    assert told["role"] == role
    assert told["rights"] == ["INSERT", "UPDATE", "DELETE"]
    ask(database, f"DROP OWNED BY {role}")


def test_editors_that_keep_everybody_waiting_are_named(
    town: Store, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("layers.store.postgis.health._LONG_IDLE_S", 0)
    assert town.count("building") == 3
    with psycopg.connect(database) as editor:
        editor.execute("UPDATE building SET floors = 5")
        assert found(database)["session_idle"]["count"] == 1
        editor.rollback()
    assert found(database) == {}


def test_a_network_share_is_known_by_its_mount() -> None:
    mounts = (
        "/dev/sda1 / ext4 rw 0 0\n//nas/gis /mnt/gis cifs rw 0 0\nnas:/x /srv/x nfs4 rw 0 0\n"
        "/dev/sdb1 /mnt/gis/local ext4 rw 0 0\n"
    )
    assert share_among(mounts, "/home/town.gpkg") is None
    assert share_among(mounts, "/mnt/gis/town.gpkg") == "cifs"
    assert share_among(mounts, "/srv/x/town.gpkg") == "nfs4"
    assert share_among(mounts, "/mnt/gis/local/town.gpkg") is None
    assert share_among(mounts, "/mnt/gisement/town.gpkg") is None


def test_little_room_and_a_large_log_are_named(
    town: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("layers.store.geopackage.health._LARGE_LOG", 0)
    monkeypatch.setattr("layers.store.geopackage.health._LITTLE_ROOM", 2**80)
    assert {"log_large", "disk_low"} <= set(found(path))
    town.close()
    assert "log_large" in repair(path) or "log_large" not in found(path)


def test_an_ailment_carries_what_it_declares() -> None:
    with pytest.raises(TypeError, match="log_large takes"):
        Ailment("log_large", {"size": 1})
    assert Ailment("log_large", {"bytes": 1}).severity is Severity.WARNING
    many = Ailment("feature_unrecorded", {"table": "t", "count": 9, "uids": tuple("abcdefghi")})
    assert len(many.to_dict()["values"]["uids"]) == 5  # type: ignore[index]  # plain values
