"""Creating and opening stores: what is refused and why, and that nothing half-made is left."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import geopandas as gpd
import pytest
from shapely import Point

from layers import Store, create_store, open_store
from layers.errors import (
    BackendUnsupportedError,
    MetricCrsError,
    NotAStoreError,
    StorageCrsError,
    StoreBusyError,
    StoreError,
    StoreExistsError,
    StoreMissingError,
    StoreTooNewError,
)
from layers.store import migrating
from layers.store.geopackage import engine
from tests.layers.store.files import assert_sound, raw
from tests.layers.store.town import METRIC_CRS, buildings, frame, write


def names(folder: Path) -> list[str]:
    """List the files of a folder."""
    return sorted(each.name for each in folder.iterdir())


def test_a_store_knows_what_it_was_created_with(tmp_path: Path) -> None:
    path = tmp_path / "白山 浑江区.gpkg"
    with_default = create_store(path, metric_crs="epsg:4551")
    assert with_default.settings.metric_crs == "EPSG:4551"
    assert with_default.settings.storage_crs == "EPSG:4490"
    with_default.close()
    assert names(tmp_path) == [path.name]
    again = open_store(path)
    assert again.settings == with_default.settings
    again.close()
    assert_sound(path)
    other = create_store(tmp_path / "lp.gpkg", metric_crs="EPSG:32628", storage_crs="EPSG:4326")
    assert (other.settings.storage_crs, other.settings.srid) == ("EPSG:4326", 4326)
    assert other.settings.store_id != again.settings.store_id
    assert other.settings.restore_epoch != again.settings.restore_epoch
    place = gpd.GeoDataFrame({"code": ["p"]}, geometry=[Point(-15.4, 28.1)], crs=4326)
    write(other, "place_name", place)
    assert other.read("place_name").crs == "EPSG:4326"
    other.close()


@pytest.mark.parametrize("form", ["sqlite:///{}", "{}"])
def test_paths_and_urls(tmp_path: Path, form: str) -> None:
    place = form.format(tmp_path / "s.gpkg")
    create_store(place, metric_crs=METRIC_CRS).close()
    open_store(place).close()
    assert names(tmp_path) == ["s.gpkg"]


@pytest.mark.parametrize(
    "crs",
    [
        "EPSG:3857",
        "EPSG:4326",
        "EPSG:4490",
        "EPSG:2263",
        "EPSG:3395",
        "EPSG:4978",
        "EPSG:999999",
        "",
        "nonsense",
    ],
)
def test_what_does_not_count_in_metres_on_the_ground_is_no_metric_crs(
    tmp_path: Path, crs: str
) -> None:
    with pytest.raises(MetricCrsError) as refusal:
        create_store(tmp_path / "s.gpkg", metric_crs=crs)
    assert refusal.value.values == {"found": crs}
    assert names(tmp_path) == []


@pytest.mark.parametrize("crs", ["EPSG:999999", "nonsense", "+proj=longlat +ellps=krass"])
def test_an_unknown_storage_crs_is_refused(tmp_path: Path, crs: str) -> None:
    with pytest.raises(StorageCrsError):
        create_store(tmp_path / "s.gpkg", metric_crs=METRIC_CRS, storage_crs=crs)
    assert names(tmp_path) == []


def test_a_file_that_is_there_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "s.gpkg"
    path.write_text("mine")
    with pytest.raises(StoreExistsError):
        create_store(path, metric_crs=METRIC_CRS)
    assert path.read_text() == "mine"
    assert names(tmp_path) == ["s.gpkg"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreMissingError) as refusal:
        create_store(tmp_path / "no" / "s.gpkg", metric_crs=METRIC_CRS)
    assert refusal.value.values["path"] == str(tmp_path / "no")


def test_a_store_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StoreMissingError):
        open_store(tmp_path / "s.gpkg")
    assert names(tmp_path) == []


def test_files_that_are_no_stores(tmp_path: Path) -> None:
    text = tmp_path / "text.gpkg"
    text.write_text("not a database at all, but long enough to have a header")
    empty = tmp_path / "empty.gpkg"
    empty.touch()
    broken = tmp_path / "broken.gpkg"
    broken.write_bytes(b"SQLite format 3\x00" + bytes(range(256)) * 8)
    other = tmp_path / "other.sqlite"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE t (x)")
    connection.close()
    geopackage = tmp_path / "other.gpkg"
    gpd.GeoDataFrame({"a": [1]}, geometry=[Point(0, 0)], crs=4326).to_file(geopackage)
    found = {}
    for path in (text, empty, broken, other, geopackage, tmp_path):
        with pytest.raises(NotAStoreError) as refusal:
            open_store(path)
        found[path.name] = refusal.value.values["found"]
    assert found == {
        "text.gpkg": "no_database",
        "empty.gpkg": "no_database",
        "broken.gpkg": "no_database",
        "other.sqlite": "other_database",
        "other.gpkg": "other_geopackage",
        tmp_path.name: "folder",
    }


def test_a_database_with_our_settings_and_nothing_else_is_no_store(tmp_path: Path) -> None:
    path = tmp_path / "s.gpkg"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE gg_setting (key, value)")
    connection.close()
    with pytest.raises(NotAStoreError):
        open_store(path)


def test_a_store_of_a_newer_version_is_refused_untouched(path: Path) -> None:
    with raw(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    before = path.read_bytes()
    with pytest.raises(StoreTooNewError) as refusal:
        open_store(path)
    assert refusal.value.values == {
        "path": str(path), "found": "9999", "known": migrating.head(),
    }  # fmt: skip
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("postgresql+psycopg2://u:secret@localhost/city", "postgresql+psycopg2"),
        ("postgresql://u:secret@localhost", "postgresql"),
        ("postgresql://u:secret@localhost:port/city", "postgresql"),
        ("mysql://localhost/city", "mysql"),
        ("sqlite://", "sqlite"),
        ("no-such-thing://u:secret@x", "no-such-thing"),
        ("://", ""),
    ],
)
def test_other_databases_are_refused_by_name_and_without_secrets(url: str, found: str) -> None:
    for use in (open_store, lambda place: create_store(place, metric_crs=METRIC_CRS)):
        with pytest.raises(BackendUnsupportedError) as refusal:
            use(url)
        assert refusal.value.values["found"] == found
        assert "secret" not in str(refusal.value)


def test_every_refusal_is_also_of_the_built_in_sort() -> None:
    assert issubclass(StoreMissingError, FileNotFoundError)
    assert issubclass(StoreExistsError, FileExistsError)
    assert issubclass(StoreBusyError, TimeoutError)
    assert issubclass(StoreTooNewError, StoreError)


def test_a_locked_file_is_busy_and_not_taken_for_something_else(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("layers.store.geopackage.engine", "layers.store.geopackage.file"):
        monkeypatch.setattr(f"{module}.BUSY_TIMEOUT_MS", 50)
    with raw(path) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreBusyError):
            open_store(path)
        connection.execute("ROLLBACK")
    open_store(path).close()


def test_the_journal_that_another_program_set_back_is_set_anew(store: Store, path: Path) -> None:
    """QGIS does so when it is the last to close the file."""
    store.close()
    with raw(path) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    write(store, "building", frame(buildings((0, 0))))
    with raw(path) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert store.count("building") == 1


# ------------------------------------------------------------------------- processes

CREATE = """
import sys
from layers import create_store
from layers.errors import StoreExistsError
print("ready", flush=True)
sys.stdin.readline()
try:
    print(create_store(sys.argv[1], metric_crs="EPSG:4551").settings.store_id)
except StoreExistsError:
    print("exists")
"""


def creator(path: Path) -> subprocess.Popen[str]:
    """Start a process that creates a store when it is told to."""
    process = subprocess.Popen(
        [sys.executable, "-c", CREATE, str(path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_of_several_that_create_the_same_store_one_wins(tmp_path: Path) -> None:
    path = tmp_path / "s.gpkg"
    processes = [creator(path) for _ in range(3)]
    said = []
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        said.append(out.strip())
    assert said.count("exists") == 2
    store = open_store(path)
    assert store.settings.store_id in said
    store.close()
    assert names(tmp_path) == ["s.gpkg"]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no kill -9 here")
@pytest.mark.parametrize(
    "after_s",
    [pytest.param(0.02, marks=pytest.mark.long), 0.1, pytest.param(0.25, marks=pytest.mark.long)],
)
def test_a_killed_creation_leaves_no_half_store_and_blocks_nobody(
    tmp_path: Path, after_s: float
) -> None:
    path = tmp_path / "s.gpkg"
    process = creator(path)
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()
    time.sleep(after_s)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    if path.exists():  # it had finished
        open_store(path).close()
        path.unlink()
    create_store(path, metric_crs=METRIC_CRS).close()
    assert_sound(path)


def test_leftovers_of_a_crash_block_nobody(tmp_path: Path) -> None:
    path = tmp_path / "s.gpkg"
    for suffix in ("new", "new-wal", "new-shm"):
        (tmp_path / f".s.gpkg.{os.getpid()}.{suffix}").write_text("half")
    create_store(path, metric_crs=METRIC_CRS).close()
    open_store(path).close()


def test_a_copy_of_the_file_is_the_store(store: Store, path: Path, tmp_path: Path) -> None:
    write(store, "building", frame(buildings((0, 0))))
    store.close()
    copied = open_store(shutil.copy(path, tmp_path / "copy.gpkg"))
    assert copied.count("building") == 1
    copied.close()
    assert not list(tmp_path.glob("*-wal"))
    assert engine.BUSY_TIMEOUT_MS == 10_000
