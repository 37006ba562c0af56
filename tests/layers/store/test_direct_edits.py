"""Other programs edit the file: nothing they do is lost, and everything derived follows."""

import os
import shutil
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

from layers import Store
from layers.store import DIRECT
from layers.store.geopackage import blob
from tests.layers.store.files import assert_sound, raw, scalar
from tests.layers.store.town import buildings, degrees, frame, territory, write

pytestmark = pytest.mark.both_backends


def append(path: Path, kind: str, features: gpd.GeoDataFrame) -> None:
    """Add features as a user of GDAL does."""
    multi = features.geometry.map(lambda one: shapely.multipolygons([one]))
    pyogrio.write_dataframe(features.set_geometry(multi), path, layer=kind, append=True)


def test_features_added_by_gdal_become_a_changeset(store: Store, path: Path) -> None:
    units = territory(store)
    append(path, "building", frame(buildings((5, 5), (350, 350)), name=["一", "二"], floors=3))
    found = store.read("building")
    assert set(found["name"]) == {"一", "二"}
    for uid in found.index:
        assert uuid.UUID(uid).version == 4
        assert str(uuid.UUID(uid)) == uid
    last = store.changesets()[-1]
    assert (last.id, last.author) == (2, DIRECT)
    assert last.changes == {"building": {"insert": 2}}
    assert store.revision("building") == 2
    by_code = store.territory("building").set_axis(found["code"])
    assert by_code["grid"].to_dict() == {"b1": units["g00"], "b2": units["g33"]}
    assert_sound(path)


def test_the_service_goes_on_while_the_file_is_edited(store: Store, path: Path) -> None:
    for n in range(3):
        append(path, "building", frame(buildings((20 * n, 0))))
        assert store.count("building") == 2 * n + 1
        write(store, "building", frame(buildings((20 * n, 50))))
    assert [each.author for each in store.changesets()] == [DIRECT, "tester"] * 3
    assert [len(store.read("building", as_of=n)) for n in range(7)] == list(range(7))
    assert_sound(path)


def test_gdal_within_our_own_process_does_not_pull_the_log_away(store: Store, path: Path) -> None:
    """Its SQLite does not see the locks of ours, and removes the log when it closes the file."""
    for n in range(5):
        write(store, "building", frame(buildings((20 * n, 0))))
        assert len(gpd.read_file(path, layer="building")) == n + 1
        assert store.count("building") == n + 1
    assert_sound(path)


APPEND = """
import sys
import geopandas as gpd
import pyogrio
import shapely
place = shapely.multipolygons([shapely.box(126, 42, 126.001, 42.001)])
more = gpd.GeoDataFrame({"code": ["theirs"]}, geometry=[place], crs="EPSG:4490")
pyogrio.write_dataframe(more, sys.argv[1], layer="building", append=True)
"""


def test_gdal_in_a_process_of_its_own(store: Store, path: Path) -> None:
    """The ordinary case: a desktop GIS writes while the service holds the file open."""
    write(store, "building", frame(buildings((0, 0))))
    with store._reading() as connection:  # a reader that began before
        subprocess.run([sys.executable, "-c", APPEND, str(path)], check=True)
        assert connection.exec_driver_sql("SELECT count(*) FROM building").scalar() == 1
    assert set(store.read("building")["code"]) == {"b1", "theirs"}
    assert store.changesets()[-1].author == DIRECT
    assert_sound(path)


def test_attributes_geometry_and_deletion(store: Store, path: Path) -> None:
    territory(store)
    uids = write(store, "building", frame(buildings((5, 5), (105, 5), (205, 5)), floors=2))
    before = store.read("building")
    (place,) = blob.encode(shapely.multipolygons([degrees([shapely.box(305, 5, 315, 15)])]), 4490)
    with raw(path) as connection:
        connection.execute("UPDATE building SET floors = 9 WHERE code = 'b1'")
        connection.execute("UPDATE building SET geom = ? WHERE code = 'b2'", [place])
        connection.execute("DELETE FROM building WHERE code = 'b3'")
    now = store.read("building")
    assert now.loc[uids["b1"], "floors"] == 9
    assert uids["b3"] not in now.index
    grids = store.read("grid")["code"]
    assert grids[store.territory("building").loc[uids["b2"], "grid"]] == "g30"
    assert store.changesets()[-1].changes == {"building": {"update": 2, "delete": 1}}
    pd.testing.assert_frame_equal(store.read("building", as_of=2), before)
    assert_sound(path)


def test_an_edit_of_a_unit_moves_what_lies_in_it(store: Store, path: Path) -> None:
    units = territory(store)
    (uid,) = write(store, "building", frame(buildings((5, 5)))).values()
    with raw(path) as connection:
        connection.execute("DELETE FROM grid WHERE code = 'g00'")
    found = store.territory("building").loc[uid]
    assert found["grid"] is None
    assert found["community"] == units["c0"]


def test_edits_of_several_sittings_before_anybody_looks_are_one_changeset(
    store: Store, path: Path
) -> None:
    uids = write(store, "building", frame(buildings((0, 0)), floors=1))
    for floors in (2, 3):
        with raw(path) as connection:
            connection.execute("UPDATE building SET floors = ?", [floors])
    assert scalar(path, "SELECT count(*) FROM gg_version WHERE changeset IS NULL") == 2
    assert store.read("building").loc[uids["b1"], "floors"] == 3
    assert store.changeset_at() == 2
    assert scalar(path, "SELECT count(*) FROM gg_version") == 3


def test_the_identity_of_a_feature_never_changes(store: Store, path: Path) -> None:
    write(store, "building", frame(buildings((0, 0))))
    with raw(path) as connection:
        for wrong in ("another", "", None):
            with pytest.raises(sqlite3.IntegrityError, match="identity"):
                connection.execute("UPDATE building SET uid = ?", [wrong])
        connection.execute("UPDATE building SET uid = uid, fid = 77")
    assert scalar(path, "SELECT uid FROM building WHERE fid = 77")
    assert_sound(path)


@pytest.mark.parametrize("given", [None, ""])
def test_a_feature_without_identity_gets_one(store: Store, path: Path, given: str | None) -> None:
    with raw(path) as connection:
        connection.execute("INSERT INTO adopter (uid, name) VALUES (?, '班')", [given])
        connection.execute("INSERT INTO adopter (uid, name) VALUES (?, '家庭')", [given])
    for uid in store.read("adopter").index:
        parsed = uuid.UUID(uid)
        assert (parsed.version, parsed.variant) == (4, uuid.RFC_4122)
    assert set(store.changesets()[0].changes["adopter"]) == {"insert"}


def test_many_identities_are_all_different_and_well_formed(store: Store, path: Path) -> None:
    with raw(path) as connection:
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO adopter (code) VALUES (?)", [(n,) for n in range(500)])
        connection.execute("COMMIT")
    uids = store.read("adopter").index
    assert uids.is_unique
    assert {uuid.UUID(uid).version for uid in uids} == {4}
    assert {str(uuid.UUID(uid)) == uid for uid in uids} == {True}


def test_an_upsert_keeps_index_and_history_right(store: Store, path: Path) -> None:
    uids = write(store, "building", frame(buildings((0, 0)), floors=1))
    (place,) = blob.encode(shapely.multipolygons([degrees([shapely.box(305, 5, 315, 15)])]), 4490)
    with raw(path) as connection:
        connection.execute(
            "INSERT INTO building (uid, code, floors, geom) VALUES (?, 'b1', 5, ?)"
            " ON CONFLICT (uid) DO UPDATE SET floors = excluded.floors, geom = excluded.geom",
            [uids["b1"], place],
        )
    assert store.read("building")["floors"].tolist() == [5]
    assert store.changesets()[-1].changes == {"building": {"update": 1}}
    assert_sound(path)


def test_a_direct_edit_is_recorded_even_if_the_change_after_it_fails(
    store: Store, path: Path
) -> None:
    append(path, "building", frame(buildings((0, 0))))

    def fail() -> None:
        with store.change(author="tester", message="fails") as change:
            change.insert("building", frame(buildings((50, 0))))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert scalar(path, "SELECT count(*) FROM gg_version WHERE changeset IS NULL") == 0
    assert [each.author for each in store.changesets()] == [DIRECT]


def test_the_store_can_be_read_within_a_change_after_a_direct_edit(
    store: Store, path: Path
) -> None:
    """Or else the reader would wait for the writer that it is part of."""
    append(path, "building", frame(buildings((0, 0))))
    with store.change(author="tester", message="look first") as change:
        assert store.count("building") == 1
        change.insert("building", frame(buildings((50, 0))))
        assert store.count("building") == 1
    assert store.count("building") == 2


def test_a_reader_sees_direct_edits_only_with_their_changeset(store: Store, path: Path) -> None:
    append(path, "building", frame(buildings((0, 0))))
    assert store.revision("building") == 1
    assert store.counts(["building"]) == {"building": 1}


@pytest.mark.parametrize(
    ("kind", "wkt"),
    [
        ("manhole_cover", "POINT (126 5000)"),
        ("manhole_cover", "POINT (1e300 42)"),
        ("building", "MULTIPOLYGON (((0 95, 1 95, 1 96, 0 95)))"),
        ("grid", "LINESTRING (126 42, 126.1 42)"),
        ("grid", "POINT (126 42)"),
        ("grid", "MULTIPOLYGON EMPTY"),
    ],
)
def test_an_odd_place_written_by_another_program_keeps_nobody_from_reading(
    store: Store, path: Path, kind: str, wkt: str
) -> None:
    territory(store)
    (uid,) = write(store, "dead_tree", frame({"t": shapely.Point(50, 50)})).values()
    (place,) = blob.encode([shapely.from_wkt(wkt)], 4490)
    with raw(path) as connection:
        connection.execute(f"INSERT INTO {kind} (code, geom) VALUES ('odd', ?)", [place])
    odd = store.read(kind, where="code = 'odd'")
    assert len(odd) == 1
    assert len(store.territory(kind)) == store.count(kind)
    assert store.territory("dead_tree").loc[uid, "grid"] is not None


def test_raw_reals_and_infinities_do_not_stop_the_editor(store: Store, path: Path) -> None:
    with raw(path) as connection:
        connection.execute("INSERT INTO bare_land (code, area_m2) VALUES ('x', 9e999), ('y', 2)")
        connection.execute("DELETE FROM bare_land")
        connection.execute("INSERT INTO bare_land (code, area_m2) VALUES ('z', 0.1)")
    assert store.read("bare_land")["area_m2"].tolist() == [0.1]


@pytest.mark.skipif(
    shutil.which("ogrinfo") is None and not os.environ.get("CI"),
    reason="GDAL's programs are not installed (tests/install-system.sh)",
)
@pytest.mark.parametrize(
    ("statement", "changes"),
    [
        ("UPDATE building SET floors = 12 WHERE code = 'b1'", {"update": 1}),
        ("DELETE FROM building WHERE code = 'b1'", {"delete": 1}),
    ],
)
def test_statements_of_ogrinfo(
    store: Store, path: Path, statement: str, changes: dict[str, int]
) -> None:
    write(store, "building", frame(buildings((0, 0), (50, 0)), floors=1))
    subprocess.run(["ogrinfo", "-q", path, "-sql", statement], check=True, capture_output=True)
    assert store.changesets()[-1].changes == {"building": changes}
    assert_sound(path)


def test_two_stores_adopt_one_edit_once(
    store: Store, path: Path, reopened: Callable[[], Store]
) -> None:
    other = reopened()
    append(path, "building", frame(buildings((0, 0))))
    assert [each.count("building") for each in (store, other)] == [1, 1]
    assert [each.changeset_at() for each in (store, other)] == [1, 1]
