"""Processes die in the middle of it: the store stands where the last changeset left it."""

from __future__ import annotations

import json
import logging
import random
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from sqlalchemy import make_url, select

from layers import Changeset, create_store, open_store
from layers.store.postgis.engine import postgis_engine
from tests.layers.store import databases, files
from tests.layers.store.databases import ask
from tests.layers.store.processes import IMPORTER, WRITER, lines_of, running, wait_for
from tests.layers.store.town import METRIC_CRS, STORAGE_CRS, buildings, frame, territory, write
from tests.postgis import Server, running_server

_LOG = logging.getLogger(__name__)

Place = str | Path
# Which of the store's own tables speak of changesets.
_TELLING = ("gg_version", "gg_origin", "gg_import")
_ORPHANS = "SELECT count(*) FROM {} WHERE changeset IS NULL OR changeset NOT IN (SELECT id FROM gg_changeset)"


# ---------------------------------------------------------------- killed imports


@pytest.fixture
def survey(tmp_path: Path) -> Callable[[int], Path]:
    """Write files of so many small buildings side by side in the town's degrees."""

    def make(rows: int) -> Path:
        numbers = np.arange(rows)
        west, south = 126 + numbers % 400 * 1e-5, 42 + numbers // 400 * 1e-5
        places = shapely.multipolygons(shapely.box(west, south, west + 8e-6, south + 8e-6)[:, None])
        rows_of_file = {"code": [f"n{n}" for n in numbers], "name": "楼", "floors": numbers % 30}
        path = tmp_path / "survey.gpkg"
        gpd.GeoDataFrame(rows_of_file, geometry=places, crs=STORAGE_CRS).to_file(path)
        return path

    return make


@dataclass(frozen=True)
class Stages:
    """How long an undisturbed import reads, checks and compares, and how long it then writes."""

    planning_s: float
    writing_s: float


@pytest.fixture
def fresh(
    empty_file: Path,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    backend: str,
) -> Callable[[], Place]:
    """Make a store with a divided town and some buildings, as often as one is wanted."""

    def make() -> Place:
        place: Place = Path(shutil.copy(empty_file, tmp_path / f"{random.getrandbits(60)}.gpkg"))
        if backend == "postgis":
            server: Server = request.getfixturevalue("server")
            place = server.url(server.create(template=request.getfixturevalue("empty_database")))
        store = open_store(place)
        territory(store)
        write(store, "building", frame(buildings((5, 5), (150, 50)), floors=3))
        store.close()
        return place

    return make


def run_import(place: Place, survey: Path) -> Stages:
    """Import undisturbed."""
    with running(IMPORTER, place, survey) as process:
        wait_for(process, "ready")
        begin = time.monotonic()
        wait_for(process, "planned")
        planned = time.monotonic()
        wait_for(process, "3")
        return Stages(planned - begin, time.monotonic() - planned)


def kill_import(place: Place, survey: Path, after: str, wait_s: float) -> list[str]:
    """Kill an import some time after it said a word; give what it said after that."""
    with running(IMPORTER, place, survey) as process:
        wait_for(process, "ready")
        if after == "planned":
            wait_for(process, "planned")
        time.sleep(wait_s)
        process.kill()
        return lines_of(process)


def moments(stages: Stages, kills: int, seed: int) -> Iterator[tuple[str, float]]:
    """Spread random moments over all that an import does: half before, half while it writes."""
    rng = random.Random(seed)
    half = kills // 2
    for n in range(half):
        yield "ready", (n + rng.random()) / half * stages.planning_s
    for n in range(kills - half):
        yield "planned", (n + rng.random()) / (kills - half) * stages.writing_s


def assert_at_a_boundary(place: Place) -> list[Changeset]:
    """Open the store after a crash, look at it from all sides, and give its changesets."""
    _wait_until_gone(place)
    store = open_store(place)
    found = store.changesets()
    assert [each.id for each in found] == list(range(1, len(found) + 1))
    store.close()
    sound = files.assert_sound if isinstance(place, Path) else databases.assert_sound
    sound(place)  # type: ignore[arg-type]  # each its own place
    for table in _TELLING:
        assert _scalar(place, _ORPHANS.format(table)) == 0, table
    assert _scalar(place, "SELECT count(*) FROM gg_open_changeset") == 0
    lost = "SELECT count(*) FROM gg_origin WHERE NOT EXISTS (SELECT 1 FROM gg_version WHERE gg_version.uid = gg_origin.uid)"
    assert _scalar(place, lost) == 0
    return found


def _wait_until_gone(place: Place) -> None:
    """Wait until the server has noticed that its client is dead."""
    if isinstance(place, Path):
        return
    busy = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name = 'greengrid'"
    )
    while _scalar(place, busy):
        time.sleep(0.1)


def _scalar(place: Place, query: str) -> Any:
    if isinstance(place, Path):
        return files.scalar(place, query)
    return ask(place, query)[0][0]


def kill_imports(fresh: Callable[[], Place], survey: Path, rows: int, kills: int) -> None:
    """Kill imports into the same store, over and over, until at last one is let through."""
    stages = run_import(fresh(), survey)
    _LOG.info("an undisturbed import of %d rows: %s", rows, stages)
    place = fresh()
    before = assert_at_a_boundary(place)
    for after, wait_s in moments(stages, kills, seed=rows):
        said = kill_import(place, survey, after, wait_s)
        found = assert_at_a_boundary(place)
        _LOG.info("killed %.2f s after %r, it said %s: %d there", wait_s, after, said, len(found))
        assert found[: len(before)] == before
        if len(found) == len(before):
            assert said in ([], ["planned"])  # nothing was acknowledged
            assert _scalar(place, "SELECT count(*) FROM building") == 2
        else:  # the kill came too late: begin anew
            assert found[len(before)].changes == {"building": {"insert": rows}}
            place = fresh()
            before = assert_at_a_boundary(place)
    run_import(place, survey)
    assert assert_at_a_boundary(place)[-1].changes == {"building": {"insert": rows}}


def test_an_import_that_is_killed_has_never_been(
    fresh: Callable[[], Place], survey: Callable[[int], Path]
) -> None:
    kill_imports(fresh, survey(1500), 1500, kills=1)


@pytest.mark.long
def test_a_large_import_is_killed_at_any_moment(
    fresh: Callable[[], Place], survey: Callable[[int], Path]
) -> None:
    kill_imports(fresh, survey(100_000), 100_000, kills=20)


# ---------------------------------------------------------------- acknowledged changesets


class Ledger:
    """What writers acknowledged before they died."""

    def __init__(self) -> None:
        self.acknowledged: dict[int, str] = {}

    def note(self, lines: list[str]) -> None:
        for line in lines:
            number, uid = json.loads(line)
            assert number not in self.acknowledged, "a number was given twice"
            self.acknowledged[number] = uid

    def assert_kept(self, place: Place) -> None:
        """Find every acknowledged changeset; one more may have been committed unheard."""
        found = assert_at_a_boundary(place)
        assert set(self.acknowledged) <= {each.id for each in found}
        store = open_store(place)
        kept = store.read("adopter").index
        assert set(self.acknowledged.values()) <= set(kept)
        assert len(kept) == len(found)  # each left one behind
        assert (store.read("adopter")["name"] == "x").all()
        store.close()


def kill_writers(place: Place, ledger: Ledger, seconds: float, kill: Callable[[], None]) -> None:
    """Let two writers work for a while, kill, and note what they had acknowledged."""
    with running(WRITER, place, "first") as one, running(WRITER, place, "second") as other:
        for process in (one, other):
            wait_for(process, "ready")
        time.sleep(seconds)
        kill()
        for process in (one, other):
            process.kill()
            ledger.note(lines_of(process))


@pytest.mark.parametrize("kills", [1, pytest.param(20, marks=pytest.mark.long)])
def test_a_killed_writer_loses_nothing_that_it_acknowledged(place: Place, kills: int) -> None:
    rng = random.Random(kills)
    ledger = Ledger()
    for _ in range(kills):
        kill_writers(place, ledger, rng.uniform(0.1, 1.0), lambda: None)
        ledger.assert_kept(place)
    assert ledger.acknowledged


@pytest.fixture(scope="module")
def durable() -> Iterator[Server]:
    """Start a server that writes as safely as PostgreSQL does unless it is told otherwise."""
    with running_server(durable=True) as server:
        yield server


@pytest.mark.parametrize("kills", [1, pytest.param(8, marks=pytest.mark.long)])
def test_a_killed_server_loses_nothing_that_was_acknowledged(durable: Server, kills: int) -> None:
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        assert ask(durable.url("postgres"), f"SHOW {setting}") == [("on",)]
    place = durable.url(durable.create())
    ask(place, "CREATE EXTENSION postgis")
    create_store(place, metric_crs=METRIC_CRS).close()
    rng = random.Random(kills)
    ledger = Ledger()
    for _ in range(kills):
        noted = len(ledger.acknowledged)
        kill_writers(place, ledger, rng.uniform(0.5, 2), durable.kill)
        durable.start()
        ledger.assert_kept(place)
        assert len(ledger.acknowledged) > noted or kills > 1


@pytest.mark.parametrize("end", [Server.kill, Server.stop])
def test_a_server_that_was_restarted_is_no_fault_of_whoever_asks_next(
    durable: Server, end: Callable[[Server], None]
) -> None:
    engine = postgis_engine(make_url(durable.url("postgres")))
    with engine.connect() as one, engine.connect() as other:  # two that the pool keeps
        assert one.scalar(select(1)) == other.scalar(select(1)) == 1
    end(durable)
    durable.start()
    with engine.connect() as one, engine.connect() as other:
        assert one.scalar(select(1)) == other.scalar(select(1)) == 1
    engine.dispose()
