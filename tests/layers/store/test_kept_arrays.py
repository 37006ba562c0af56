"""What analyses keep in arrays is never that of another state of the store."""

import datetime as dt
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest
from geopandas import GeoDataFrame
from shapely import LineString, Point

import layers.analysis.inputs
from layers import Scope, Store, open_store, restore_backup
from layers.analysis import kept, kept_run, run_coverage, run_hotspots, run_match, verify_run
from layers.analysis.offers import Offer
from layers.analysis.walking import OnFoot
from layers.importing import ImportOptions
from tests.layers.analysis.asking import GREEN, ON, figure, rules
from tests.layers.store import town
from tests.layers.store.town import frame, write

WALK = rules("near", "green_space", 300, distance="walk")
WAYS = {
    "w1": LineString([(0, -5), (120, -5), (200, -5)]),
    "w2": LineString([(200, -5), (300, -5), (300, 350)]),
}
BAR = {"w3": LineString([(0, -5), (0, -60), (120, -60), (120, -5)])}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep everything, however little it is, in a folder of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    monkeypatch.setattr(kept, "WORTH_KEEPING", 0)
    return tmp_path / "caches" / "greengrid" / "arrays"


@pytest.fixture
def streets(store: Store) -> dict[str, str]:
    """Lay ways from a green to three homes, each of a hundred metres more."""
    uids = town.territory(store)
    uids |= write(store, "green_space", frame({"park": GREEN}, access="public"))
    uids |= write(store, "building", frame(town.buildings((60, 0), (160, 0), (280, 0))))
    return uids | write(store, "walkway", frame(WAYS))


def covered(store: Store) -> int:
    """Measure with what is kept; it must be what the store alone says."""
    made = run_coverage(store, WALK, on=ON)
    proved, again = verify_run(store, made.run.id)
    assert (proved.inputs, proved.results) == (again.inputs, again.results)
    assert kept_run(store, "coverage", WALK, on=ON) == proved
    found: int = figure(made)["covered"]
    return found


def refuse(*_: Any, **__: Any) -> None:
    pytest.fail("joined again what is kept")


def execute(place: str | Path, statement: str) -> None:
    """Edit the database as another program does, past our own."""
    if isinstance(place, Path):
        with closing(sqlite3.connect(place)) as raw, raw:
            raw.execute(statement)
        return
    with psycopg.connect(place) as raw_connection:
        raw_connection.execute(statement)


@pytest.mark.both_backends
def test_every_way_of_changing_a_store_gives_the_new_figure(  # noqa: PLR0917 - all are used
    store: Store,
    place: str | Path,
    streets: dict[str, str],
    cache: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    reopened: Callable[[], Store],
) -> None:
    assert covered(store) == 3
    files = set(cache.iterdir())
    assert len(files) == 2  # the network, and the units of the homes
    with monkeypatch.context() as patched:
        patched.setattr(layers.analysis.inputs, "walk_network", refuse)
        patched.setattr(Store, "territory", refuse)
        assert figure(run_coverage(store, WALK, on=ON))["covered"] == 3
        wider = rules("wider", "green_space", 100, distance="walk")
        assert figure(run_coverage(store, wider, on=ON))["covered"] == 1
    assert set(cache.iterdir()) == files
    with store.change(author="tester", message="closed") as change:  # a write
        change.delete("walkway", [streets["w2"]])
    assert kept_run(store, "coverage", WALK, on=ON) is None
    assert covered(store) == 3
    assert run_coverage(store, WALK, on=ON).coverage.network.components == 1  # type: ignore[union-attr]
    execute(place, "DELETE FROM walkway WHERE code = 'w1'")  # a direct edit
    assert store.count("walkway") == 0
    last = store.changeset_at()
    bar: GeoDataFrame = frame(BAR)
    bar.to_file(tmp_path / "bar.geojson")
    options = ImportOptions(datum="CGCS2000", author="tester")
    assert store.import_file("walkway", tmp_path / "bar.geojson", options).added == 1  # an import
    after_import = covered(store)
    store.undo(store.changeset_at(), author="tester")  # an undo
    store.undo(last, author="tester")
    assert covered(store) == 3
    assert after_import != 3
    store.restore(["walkway"], as_of=last + 1, author="tester")  # a restore
    assert covered(store) == after_import
    moved = town.degrees([LineString([(0, -5), (600, -5)])])  # another program's eyes are open too
    other = reopened()
    with other.change(author="other", message="a way") as change:
        change.insert("walkway", GeoDataFrame({"code": ["w9"]}, geometry=moved))
    assert covered(store) == covered(other) == 3


def test_a_restored_backup_has_a_cache_of_its_own(
    store: Store, path: Path, streets: dict[str, str], tmp_path: Path
) -> None:
    del path
    store.backup(tmp_path / "backup.gpkg")
    with store.change(author="tester", message="closed") as change:
        change.delete("walkway", [streets["w2"]])
    assert covered(store) == 3
    restore_backup(tmp_path / "backup.gpkg", tmp_path / "again.gpkg")
    with closing(open_store(tmp_path / "again.gpkg")) as again:
        # The same store and the same revision, and not the same ways.
        with again.change(author="tester", message="closed") as change:
            change.delete("walkway", [streets["w1"]])
        assert again.revision("walkway") == store.revision("walkway")
        assert covered(again) < 3


def test_a_copied_file_goes_on_by_itself(
    store: Store, path: Path, streets: dict[str, str], tmp_path: Path
) -> None:
    """Two copies are one store of one epoch, and soon have the same numbers for other changes."""
    del path
    store.backup(tmp_path / "copy.gpkg")
    with closing(open_store(tmp_path / "copy.gpkg")) as copied:
        for each, way in ((store, "w2"), (copied, "w1")):
            with each.change(author="tester", message="closed") as change:
                change.delete("walkway", [streets[way]])
        assert copied.settings.store_id == store.settings.store_id
        assert copied.revision("walkway") == store.revision("walkway")
        assert covered(store) == 3
        assert covered(copied) < 3


def test_without_a_cache_the_figure_is_right(
    store: Store, path: Path, streets: dict[str, str], cache: Path
) -> None:
    del path, streets
    assert covered(store) == 3
    for file in cache.iterdir():
        file.write_bytes(file.read_bytes()[:-40] + b"\0" * 40)
    assert covered(store) == 3
    for file in cache.iterdir():
        file.unlink()
    cache.rmdir()
    assert covered(store) == 3
    assert len(list(cache.iterdir())) == 2
    for file in cache.iterdir():
        file.unlink()
    cache.rmdir()
    cache.write_text("no folder")
    assert covered(store) == 3


def test_events_are_counted_where_they_are_now(store: Store, path: Path, cache: Path) -> None:
    """Their positions alone are read, and say what the whole events say."""
    del path
    town.territory(store)
    spots = [Point(30 + 7 * (n % 9), 40 + 5 * (n % 13)) for n in range(60)]
    spots += [Point(390, 390), Point(900, 900), None]
    moment = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    places = {f"e{n}": place for n, place in enumerate(spots)}
    write(store, "grid_event", frame(places, state="closed", reported_at=moment))

    def counted(**asked: Any) -> dict[str, Any]:
        return run_hotspots(store, cells_m=50.0, on=ON, **asked).run.results

    for _ in range(2):
        assert counted() == counted(where="code IS NOT NULL")
    assert len(list(cache.iterdir())) == 1
    late = {"late": Point(390, 10)}
    write(store, "grid_event", frame(late, state="closed", reported_at=moment))
    assert counted()["events"] == 64
    assert counted() == counted(where="code IS NOT NULL")


PROGRAM = """
import sys
from layers import open_store
from layers.analysis import kept, run_coverage
from tests.layers.analysis.asking import ON, figure
from tests.layers.store.test_kept_arrays import WALK
kept.WORTH_KEEPING = 0
store = open_store(sys.argv[1])
for way in sys.argv[2:]:
    with store.change(author="other", message="closed") as change:
        change.delete("walkway", [way])
    print(figure(run_coverage(store, WALK, on=ON))["covered"])
"""


def test_two_processes_share_a_store_and_a_cache(
    store: Store, path: Path, streets: dict[str, str], cache: Path
) -> None:
    assert covered(store) == 3
    before = len(list(cache.iterdir()))
    ways = (streets["w2"], streets["w1"])
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(path), ways[0]], stdout=subprocess.PIPE, text=True
    ) as other:
        seen = {covered(store) for _ in range(3)}
        said, _ = other.communicate(timeout=120)
    assert other.returncode == 0
    assert said.split() == ["3"]
    assert seen == {3}
    assert len(list(cache.iterdir())) > before
    assert covered(store) == 3
    assert run_coverage(store, WALK, on=ON).coverage.network.lines == 1  # type: ignore[union-attr]


def test_whoever_asks_walks_on_the_same_ways(
    store: Store, path: Path, streets: dict[str, str]
) -> None:
    """The way runs beyond the border of the units that somebody may see."""
    del path
    plot = frame({"p": town.buildings((190, 0))["b1"]}, adoption_kind="maintain")
    write(store, "adoption_plot", plot)
    x, y = (town.CORNER_M - np.array([0, 5])).tolist()
    offers = [Offer(code="u", name=None, x=x, y=y, capacity=1.0)]
    asked: dict[str, Any] = {"limit_m": 1000.0, "on_foot": OnFoot(), "on": ON}
    for scope in (Scope.all(), Scope(units=frozenset({streets["d"]}))):
        made = run_match(store, offers, scope=scope, **asked)
        (pair,) = made.run.results["pairs"]
        assert pair["distance_m"] == pytest.approx(195, abs=1)
