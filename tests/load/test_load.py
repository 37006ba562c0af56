"""Many clients on one service for minutes, and everybody is killed once: nothing acknowledged is lost.

`LOAD_SECONDS`, `LOAD_CLIENTS`, `LOAD_PAUSE_S` for shorter tries; `LOAD_PUBLISH=1` puts the tables into
docs/benchmarks.md.
"""

import logging
import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from layers import open_store
from layers.accounts import open_accounts
from layers.demo.writing import write_demo
from layers.store import copy_store
from tests.api.guarded import BY, WORD
from tests.layers.store.processes import WRITER, lines_of, running, wait_for
from tests.layers.store.test_kills import Ledger
from tests.load.clients import Diary, Errand, send_out
from tests.load.measured import children_of, percentile_ms, publish, table, watching_memory
from tests.postgis import Server, running_server
from tests.serving import Started, started

_LOG = logging.getLogger(__name__)
SECONDS = float(os.environ.get("LOAD_SECONDS", "300"))
CLIENTS = int(os.environ.get("LOAD_CLIENTS", "32"))
PAUSE_S = float(os.environ.get("LOAD_PAUSE_S", "0.5"))
WORKERS = 2
KILLS = 3


@dataclass
class Place:
    """A store, and the database server that holds it if there is one."""

    store: str | Path
    server: Server | None

    @property
    def name(self) -> str:
        return "GeoPackage" if self.server is None else "PostGIS"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("load") / "demo.gpkg"
    write_demo(path).close()
    return path


@pytest.fixture(params=["GeoPackage", "PostGIS"])
def place(request: pytest.FixtureRequest, demo: Path, tmp_path: Path) -> Iterator[Place]:
    """Give the demo town in a store of its own; PostgreSQL keeps its own defaults of durability."""
    if request.param == "GeoPackage":
        with closing(open_store(demo)) as store:
            copy_store(store, tmp_path / "town.gpkg")
        yield Place(tmp_path / "town.gpkg", None)
        return
    with running_server(durable=True) as server:
        yield Place(server.holding(demo), server)


@pytest.fixture
def errand(place: Place) -> Errand:
    """Give a planner's token, and what there is to ask for."""
    with closing(open_accounts(place.store)) as accounts, closing(open_store(place.store)) as store:
        accounts.people.add("chief", WORD, by=BY, role="administrator")
        accounts.people.add("planner", WORD, by=BY, role="planner")
        accounts.openings.open_writing("dead_tree", by=BY)
        token = accounts.tokens.make(accounts.people.named("planner"), by=BY)
        buildings = store.read("building", columns=["code"])
        bounds = tuple(float(x) for x in buildings.total_bounds)
        uids = tuple(buildings.index[::20])
    return Errand("", str(token), bounds, uids, 0.15, PAUSE_S)  # type: ignore[arg-type]  # four numbers


@contextmanager
def serving(place: Place, folder: Path, errand: Errand) -> Iterator[tuple[Started, Errand]]:
    """Serve by several processes, and wait until all of them do."""
    arguments = ("serve", "--store", place.store, "--workers", WORKERS)
    with started(*arguments, cwd=folder) as server:
        end = time.monotonic() + 120
        while len(children_of(server.process.pid)) < WORKERS and time.monotonic() < end:
            time.sleep(0.1)
        there = replace(errand, url=server.url)
        warm = send_out(replace(there, writing=0.0, pause_s=0.1, seed=9_000), 8, 20)()
        assert not warm.wrong, warm.wrong[:5]
        yield server, there
        server.process.send_signal(signal.SIGTERM)
        _, complaints = server.process.communicate(timeout=120)
        assert server.process.returncode == 0, complaints
        assert "Traceback" not in complaints, complaints


def require_kept(place: Place, diary: Diary) -> None:
    """Find every acknowledged write in the store, as another program sees it."""
    with closing(open_store(place.store)) as store:
        notes = store.read("dead_tree", columns=["note"])["note"].to_dict()
        found = store.changesets()
    assert [each.id for each in found] == list(range(1, len(found) + 1))
    sure = {uid: note for uid, note in diary.kept.items() if uid not in diary.unsure}
    lost = {uid: (note, notes.get(uid)) for uid, note in sure.items() if notes.get(uid) != note}
    assert sure
    assert not lost


@pytest.mark.long
def test_many_clients_at_once(place: Place, errand: Errand, tmp_path: Path) -> None:
    with serving(place, tmp_path, errand) as (server, there):
        with watching_memory(server.process.pid) as memory:
            diary = send_out(replace(there, seed=1), CLIENTS, SECONDS)()
        require_kept(place, diary)
    said = table(diary, memory, store=place.name, clients=CLIENTS, seconds=SECONDS)
    _LOG.info("\n%s", said)
    print(f"\n{said}\n{diary.wrong[:10]}")  # noqa: T201 - it is what one runs it for
    if os.environ.get("LOAD_PUBLISH"):
        publish(place.name, said)
    assert diary.wrong == []
    assert percentile_ms(diary, "read", 99) <= 500
    assert percentile_ms(diary, "write", 99) <= 1000
    assert memory.most_mb <= 2000


@pytest.mark.long
def test_everybody_is_killed_and_nothing_acknowledged_is_lost(
    place: Place, errand: Errand, tmp_path: Path
) -> None:
    """Kill a worker, a program that writes to the store itself, and the database server."""
    seconds = min(SECONDS, 12)
    rng, diary, ledger = random.Random(1), Diary(), Ledger()
    with serving(place, tmp_path, errand) as (server, there):
        for number, victim in enumerate(_victims(place) * KILLS):
            writers = replace(there, writing=0.7, seed=1000 * (number + 1), in_peril=True)
            with running(WRITER, place.store, f"embedded {number}") as embedded:
                wait_for(embedded, "ready")
                home = send_out(writers, 8, seconds)
                time.sleep(rng.uniform(0.5, 0.8) * seconds)
                if victim == "worker":
                    os.kill(rng.choice(children_of(server.process.pid)), signal.SIGKILL)
                elif victim == "server" and place.server is not None:
                    place.server.kill()
                    place.server.start()
                embedded.kill()
                ledger.note(lines_of(embedded))
                diary.add(home())
            require_kept(place, diary)
            _require_noted(place, ledger)
            _LOG.info("killed %s: %d unanswered", victim, diary.unanswered)
        assert diary.wrong == []
        assert diary.unanswered


def _victims(place: Place) -> list[str]:
    return ["worker", "embedded"] if place.server is None else ["worker", "embedded", "server"]


def _require_noted(place: Place, ledger: Ledger) -> None:
    with closing(open_store(place.store)) as store:
        kept = set(store.read("adopter", columns=["name"]).index)
    assert ledger.acknowledged
    assert set(ledger.acknowledged.values()) <= kept
