"""Points read as numbers: the same bytes as of the ordinary reading, from both backends."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import shapely

from layers import Scope, Store, restore_backup
from layers.cache import ArrayCache
from layers.errors import KindNotPointsError
from layers.store.points import LayerPoints, order_of_uids
from tests.layers.store import town

COVER = "manhole_cover"


def covers(count: int, *, first: int = 0) -> dict[str, shapely.Geometry | None]:
    chance = np.random.default_rng(count)
    return {
        f"m{first + number}": None
        if number % 10 == 3
        else shapely.Point(*chance.uniform(0, 400, 2))
        for number in range(count)
    }


def assert_as_read(store: Store, found: LayerPoints, **options: object) -> None:
    frame = store.read(COVER, **options)  # type: ignore[arg-type]
    assert found.uids.astype(str).tolist() == frame.index.tolist()
    there = frame.geometry.notna().to_numpy()
    expected = shapely.get_coordinates(frame.geometry.to_numpy()[there])
    assert found.coordinates[there].tobytes() == expected.tobytes()
    assert np.isnan(found.coordinates[~there]).all()
    assert found.crs == frame.crs


@pytest.mark.both_backends
def test_points_are_the_same_bytes_now_and_then_and_from_the_cache(
    store: Store, tmp_path: Path
) -> None:
    cache = ArrayCache(tmp_path / "cache")
    uids = town.write(store, COVER, town.frame(covers(60)))
    assert_as_read(store, store.points(COVER))
    with store.change(author="tester", message="end some") as change:
        ended = town.frame(dict(list(covers(60).items())[:20]), valid_to=dt.date(2026, 1, 1))
        change.update(COVER, ended.set_index(ended["code"].map(uids)))
    for options in (
        {},
        {"as_of": 1},
        {"on": dt.date(2026, 6, 1)},
        {"as_of": 1, "on": dt.date(2026, 6, 1)},
    ):
        assert_as_read(store, store.points(COVER, **options), **options)
        first = store.points(COVER, cache=cache, **options)
        assert_as_read(store, first, **options)
        kept = len(list(cache.folder.iterdir()))
        assert_as_read(store, store.points(COVER, cache=cache, **options), **options)
        assert len(list(cache.folder.iterdir())) == kept
    town.write(store, COVER, town.frame(covers(15, first=100)))
    assert_as_read(store, store.points(COVER, cache=cache))
    assert len(store.points(COVER, cache=cache).to_positions()) == 75
    with pytest.raises(KindNotPointsError):
        store.points("building")


def test_points_of_a_territory(store: Store, tmp_path: Path) -> None:
    units = town.territory(store)
    town.write(store, COVER, town.frame(covers(40)))
    scope = Scope(units=frozenset({units["c1"]}))
    cache = ArrayCache(tmp_path / "cache")
    mine = store.points(COVER, scope=scope, cache=cache)
    assert 0 < len(mine) < 40
    assert_as_read(store, mine, scope=scope)
    assert not cache.folder.exists()


def test_a_restored_store_has_other_keys(store: Store, tmp_path: Path) -> None:
    cache = ArrayCache(tmp_path / "cache")
    town.write(store, COVER, town.frame(covers(5)))
    store.backup(tmp_path / "backup.gpkg")
    town.write(store, COVER, town.frame(covers(5, first=50)))
    assert len(store.points(COVER, cache=cache)) == 10
    restore_backup(tmp_path / "backup.gpkg", tmp_path / "again.gpkg")
    from layers import open_store

    again = open_store(tmp_path / "again.gpkg")
    # The same store and the same revision, but not the same features.
    town.write(again, COVER, town.frame(covers(7, first=80)))
    assert again.revision(COVER) == store.revision(COVER)
    assert len(again.points(COVER, cache=cache)) == 12
    again.close()


def test_what_other_programs_write_is_read_as_well(
    path: Path, store: Store, reopened: Callable[[], Store]
) -> None:
    import sqlite3
    from contextlib import closing

    from layers.store.geopackage import blob

    town.write(store, COVER, town.frame(covers(8)))
    shapes = [
        shapely.from_wkt(text)
        for text in ("POINT Z (126 42 9)", "MULTIPOINT (126 42)", "POINT EMPTY")
    ]
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        triggers = raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            raw.execute(f'DROP TRIGGER "{name}"')
        for number, value in enumerate([*blob.encode(shapes, 4490), b"rubbish"], 1):
            raw.execute(f"UPDATE {COVER} SET geom = ? WHERE fid = ?", (value, number))
    found = reopened().points(COVER)
    by_uid = dict(zip(found.uids.astype(str), found.coordinates.tolist(), strict=True))
    order = [row for (row,) in _uids(path)]
    assert by_uid[order[0]] == [126, 42]
    assert np.isnan([by_uid[uid] for uid in order[1:4]]).all()


def _uids(path: Path) -> list[tuple[str]]:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(path)) as raw:
        return raw.execute(f"SELECT uid FROM {COVER} ORDER BY fid").fetchall()


def test_uids_with_the_same_beginning_are_in_order() -> None:
    uids = np.array([f"{n % 3:08x}-{n:04x}" for n in range(50)], dtype="S36")
    chance = np.random.default_rng(1)
    mixed = chance.permutation(uids)
    assert (mixed[order_of_uids(mixed)] == np.sort(uids)).all()
