"""Changes worked out ahead, and changes of many rows: the same as one by one, only quicker."""

import shutil
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from sqlalchemy import Connection

from layers import Store, open_store
from layers.errors import FeatureMissingError, FeatureRejectedError
from layers.store import ChangeWriter
from layers.store.geopackage import bulk
from tests.layers.store.files import raw
from tests.layers.store.town import buildings, degrees, frame, territory, write

MANY = 1_200  # more than the triggers are asked to record one by one
LOCK_S = 3


@pytest.fixture
def as_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write as many rows are written, however few there are."""
    monkeypatch.setattr(bulk, "BULK_ROWS", 1)
    monkeypatch.setattr(bulk, "_TREE_ROWS", 1)


def some(count: int, *, west_m: float = 0) -> gpd.GeoDataFrame:
    """Draw buildings all over the town, one of them without a place."""
    numbers = np.arange(count)
    x, y = west_m + numbers * 37 % 390, numbers * 53 % 390
    places = [*shapely.box(x, y, x + 7, y + 7)[:-1], None]
    floors = pd.array([None if n % 5 == 0 else n % 30 for n in numbers], dtype="Int64")
    codes = pd.DataFrame({"code": [f"b{n}" for n in numbers], "floors": floors, "name": "楼"})
    return gpd.GeoDataFrame(codes, geometry=degrees(places))


def recorded(store: Store) -> list[tuple[object, ...]]:
    """Give every version as it is kept, but for the numbers that a table gives by itself."""
    with store._backend.reading() as connection:
        text = "attributes::text" if connection.dialect.name == "postgresql" else "attributes"
        query = f"SELECT layer, uid, operation, changeset, {text}, geom FROM gg_version"
        return sorted(map(tuple, connection.exec_driver_sql(query).all()), key=repr)


def change_all(store: Store, *, ahead: bool) -> None:
    """Insert, change, move and delete many features, worked out ahead or not."""
    uids = [f"00000000-0000-4000-8000-{n:012d}" for n in range(MANY)]
    new = some(MANY).set_axis(pd.Index(uids, name="uid"))
    fewer = pd.DataFrame({"floors": 3}, index=uids[::2])
    moved = some(MANY, west_m=15).set_axis(pd.Index(uids))
    for part in ({"insert": new}, {"update": fewer}, {"update": moved}, {"delete": uids[::3]}):
        prepared = store.prepare("building", **part) if ahead else None
        with store.change(author="tester", message=str(list(part))) as change:
            if prepared is not None:
                change.apply(prepared)
            else:
                [(verb, what)] = part.items()
                getattr(change, verb)("building", what)


@pytest.fixture
def one_by_one(tmp_path: Path, empty_file: Path) -> Iterator[Store]:
    """Open another empty store, a GeoPackage."""
    store = open_store(shutil.copy(empty_file, tmp_path / "other.gpkg"))
    yield store
    store.close()


@pytest.mark.parametrize("ahead", [True, False])
def test_sets_leave_what_the_triggers_leave(
    ahead: bool,
    place: str | Path,
    store: Store,
    sound: Callable[[], None],
    one_by_one: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    units = territory(store)
    change_all(store, ahead=ahead)
    sound()
    other = one_by_one
    monkeypatch.setattr(bulk, "BULK_ROWS", 10**9)
    territory(other)
    change_all(other, ahead=False)
    read, expected = store.read("building"), other.read("building")
    pd.testing.assert_frame_equal(read, expected)
    codes = {uid: code for code, uid in units.items()}
    named = {uid: code for level in ("grid", "community", "street", "district")
             for uid, code in other.read(level)["code"].items()}  # fmt: skip
    lying = store.territory("building").replace(codes)
    pd.testing.assert_frame_equal(lying, other.territory("building").replace(named))
    for number in range(2, 6):
        pd.testing.assert_frame_equal(
            store.read("building", as_of=number), other.read("building", as_of=number)
        )
    if isinstance(place, Path):
        of_buildings = [each for each in recorded(store) if each[0] == "building"]
        assert of_buildings == [each for each in recorded(other) if each[0] == "building"]
    assert store.changesets()[-1].changes == other.changesets()[-1].changes


def schema(path: Path) -> list[tuple[object, ...]]:
    with raw(path) as connection:
        query = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"
        return connection.execute(query).fetchall()


def change_twice(change: ChangeWriter, uids: list[str]) -> None:
    change.delete("building", uids)
    change.delete("building", uids)


def test_the_triggers_are_the_same_afterwards(store: Store, path: Path) -> None:
    before = schema(path)
    change_all(store, ahead=True)
    assert schema(path) == before
    gone = store.read("building").index.tolist()
    with (
        pytest.raises(FeatureMissingError),
        store.change(author="tester", message="fails half-way") as change,
    ):
        change_twice(change, gone)
    assert schema(path) == before
    number = store.changeset_at()
    with raw(path) as connection:
        connection.execute("INSERT INTO building (code) VALUES ('by hand')")
    assert store.changeset_at() == number + 1
    assert store.changesets()[-1].changes == {"building": {"insert": 1}}


def test_triggers_of_others_stay_and_fire(store: Store, path: Path) -> None:
    with raw(path) as connection:
        connection.execute("CREATE TABLE seen (uid TEXT)")
        connection.execute(
            "CREATE TRIGGER theirs AFTER INSERT ON building"
            " BEGIN INSERT INTO seen VALUES (NEW.uid); END"
        )
    change_all(store, ahead=True)
    with raw(path) as connection:
        assert connection.execute("SELECT count(*) FROM seen").fetchone() == (MANY,)


def test_a_refusal_that_is_survived_leaves_nothing(
    as_sets: None, store: Store, sound: Callable[[], None]
) -> None:
    uids = list(write(store, "building", some(5)).values())
    again = some(3).set_axis(pd.Index(uids[:3], name="uid"))
    prepared = store.prepare("building", insert=again)
    with store.change(author="tester", message="survives") as change:
        with pytest.raises(FeatureRejectedError):
            change.apply(prepared)
        change.insert("building", some(4))
    assert store.count("building") == 9
    sound()


def test_a_layer_that_changed_since_is_looked_at_again(
    as_sets: None, store: Store, sound: Callable[[], None]
) -> None:
    territory(store)
    uids = list(write(store, "building", some(20)).values())
    moved = some(20, west_m=9).set_axis(pd.Index(uids))
    prepared = store.prepare("building", insert=some(6), update=moved, delete=[])
    gone = store.prepare("building", delete=uids[:4])
    write(store, "building", frame(buildings((50, 50), (150, 50))))
    with store.change(author="tester", message="late") as change:
        change.apply(prepared)
        change.apply(gone)
    assert store.count("building") == 24
    everywhere = store.read("building").intersects(shapely.box(0, 0, 180, 90)).sum()
    assert len(store.read("building", bbox=(0, 0, 180, 90))) == everywhere
    assert_territory_holds(store)
    sound()
    with (
        pytest.raises(FeatureMissingError),
        store.change(author="tester", message="too late") as change,
    ):
        change.apply(gone)


@pytest.mark.parametrize("together", [True, False])
def test_units_that_changed_since_are_looked_at_again(
    together: bool, as_sets: None, store: Store
) -> None:
    units = territory(store)
    prepared = store.prepare("building", insert=some(20))
    grids = [uid for code, uid in units.items() if code.startswith("g")]
    if not together:
        with store.change(author="tester", message="no grids") as change:
            change.delete("grid", grids)
    with store.change(author="tester", message="late") as change:
        change.apply(prepared)
        if together:
            change.delete("grid", grids)
    assert store.territory("building")["grid"].isna().all()
    assert_territory_holds(store)


def assert_territory_holds(store: Store) -> None:
    """Compare the kept territory with what is found anew as of the last changeset."""
    kept, last = store.territory("building"), store.changeset_at()
    with store.change(author="tester", message="then all goes") as change:
        change.delete("building", store.read("building").index)
    pd.testing.assert_frame_equal(kept, store.territory("building", as_of=last))


@pytest.fixture
def lock_seconds(store: Store, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Note how long each writing transaction of a store lasts."""
    seconds: list[float] = []
    writing = store._backend.writing

    @contextmanager
    def timed() -> Iterator[Connection]:
        with writing() as connection:
            start = time.process_time()
            yield connection
        seconds.append(time.process_time() - start)

    monkeypatch.setattr(store._backend, "writing", timed)
    return seconds


@pytest.mark.parametrize("ahead", [True, False])
def test_a_unit_that_is_named_counts_where_there_is_no_place(
    ahead: bool, as_sets: None, store: Store
) -> None:
    units = territory(store)
    first, second = sorted(code for code in units if code.startswith("g"))[:2]
    [uid] = write(store, "building", some(1).assign(grid_code=first)).values()  # without a place
    assert store.territory("building").loc[uid, "grid"] == units[first]
    for column, value, lies_in in (
        ("floors", 5, first),
        ("grid_code", second, second),
        ("name", "别处", second),
    ):
        update = pd.DataFrame({column: [value]}, index=[uid])
        prepared = store.prepare("building", update=update)
        with store.change(author="tester", message=column) as change:
            change.apply(prepared) if ahead else change.update("building", update)
        assert store.territory("building").loc[uid, "grid"] == units[lies_in]
    assert_territory_holds(store)


@pytest.mark.long
def test_the_lock_is_held_shortly_for_100_000_rows(
    store: Store, path: Path, lock_seconds: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    territory(store)
    uids: list[str] = []
    parts: dict[str, Callable[[], dict[str, object]]] = {
        "insert": lambda: {"insert": some(100_000)},
        "change a field": lambda: {"update": pd.DataFrame({"floors": 3}, index=uids)},
        "move": lambda: {"update": some(100_000, west_m=15).set_axis(pd.Index(uids))},
        "delete": lambda: {"delete": uids},
    }
    for name, part in parts.items():
        prepared = store.prepare("building", **part())  # type: ignore[arg-type]
        uids[:] = prepared.inserted or uids
        with store.change(author="tester", message=name) as change:
            change.apply(prepared)
        with capsys.disabled():
            sys.stdout.write(f"{name}: {lock_seconds[-1]:.2f} s of work under the lock\n")
        assert lock_seconds[-1] < LOCK_S
        with sqlite3.connect(path) as connection:
            answer = connection.execute("SELECT rtreecheck('rtree_building_geom')").fetchone()
        assert answer == ("ok",)
