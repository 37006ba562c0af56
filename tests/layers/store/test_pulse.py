"""Whether anything was committed: asked of real databases, after whatever may have committed."""

import itertools
import shutil
import sqlite3
import threading
from collections.abc import Callable, Hashable
from contextlib import closing
from contextvars import copy_context
from pathlib import Path

import psycopg
import pyogrio
import pytest

from layers import Store, create_store
from layers.accounts import Accounts, By
from layers.accounts.database import accounts_database
from layers.kinds import KINDS
from layers.store.pulse import Pulse, Remembered, asked_once
from tests.layers.store.databases import ask
from tests.layers.store.test_accounts import QUICK, WORD
from tests.layers.store.town import METRIC_CRS, buildings, frame, write

BY = By(who="tester", origin="here", request_id="r1")
EDIT = "UPDATE building SET floors = 7"


def edit(place: str | Path, *, commit: bool = True) -> None:
    """Edit behind the service's back, as the database's own programs do."""
    if isinstance(place, Path):
        with closing(sqlite3.connect(place, isolation_level=None)) as file:
            for name in ("ST_IsEmpty", "ST_MinX", "ST_MinY", "ST_MaxX", "ST_MaxY"):
                file.create_function(name, 1, lambda _: 0)
            file.execute("BEGIN")
            file.execute(EDIT)
            file.execute("COMMIT" if commit else "ROLLBACK")
        return
    with psycopg.connect(place) as connection:
        connection.execute(EDIT.encode())
        if not commit:
            connection.rollback()


@pytest.mark.both_backends
def test_it_rises_with_every_commit_and_rests_otherwise(
    store: Store, place: str | Path, reopened: Callable[[], Store]
) -> None:
    write(store, "building", frame(buildings((5, 5))))
    at_rest = store.pulse.beat()
    before = store.state()
    assert (store.counts(), store.state()) == (store.counts(), before)
    assert store.pulse.beat() == at_rest
    ours = _risen(store, at_rest, lambda: write(store, "adopter", frame({"a": None})))
    theirs = _risen(store, ours, lambda: write(reopened(), "adopter", frame({"b": None})))
    _risen(store, theirs, lambda: edit(place))
    assert store.state().changeset == before.changeset + 3  # the edit was adopted
    assert store.sight("building").revision == store.revision("building")
    assert store.revision("building") == store.state().changeset
    seen = store.state()
    edit(place, commit=False)
    assert store.state() == seen


def test_it_rises_when_gdal_in_our_own_process_takes_the_log_away(store: Store, path: Path) -> None:
    write(store, "building", frame(buildings((5, 5))))
    state = store.state()
    beat = store.pulse.beat()
    more = pyogrio.read_dataframe(path, layer="building").drop(columns="uid")
    pyogrio.write_dataframe(more, path, layer="building", append=True)
    beat = _risen(store, beat, lambda: None)
    assert store.state().changeset == state.changeset + 1
    assert store.pulse.beat() > beat  # it was adopted
    beat = store.pulse.beat()
    _risen(store, beat, lambda: write(store, "adopter", frame({"a": None})))


def test_it_rises_when_another_file_takes_the_name(
    store: Store, path: Path, tmp_path: Path
) -> None:
    mine, beat = store.state(), store.pulse.beat()
    create_store(tmp_path / "other.gpkg", metric_crs=METRIC_CRS).close()
    for log in ("-wal", "-shm"):
        path.with_name(path.name + log).unlink()
    (tmp_path / "other.gpkg").replace(path)
    _risen(store, beat, lambda: None)
    assert store.state().store_id != mine.store_id


def test_it_begins_anew_when_the_connection_is_lost(store: Store, database: str) -> None:
    beat = store.pulse.beat()
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    ask(database, f"{others} AND datname = current_database()")
    lost = _risen(store, beat, lambda: None)
    again = _risen(store, lost, lambda: None)
    assert store.pulse.beat() == again
    assert store.state().changeset == 0


def test_a_file_that_does_not_exist_yet_is_waited_for(tmp_path: Path, empty_file: Path) -> None:
    place = tmp_path / "town.gpkg"
    shutil.copy(empty_file, place)
    with closing(Accounts(accounts_database(place), QUICK)) as accounts:
        beat = accounts.pulse.beat()
        assert accounts.pulse.beat() == beat
        assert not accounts.have_administrator()
        assert [one.name for one in tmp_path.iterdir()] == [place.name]  # looking makes nothing
        with closing(Accounts(accounts_database(place), QUICK)) as others:
            others.people.add("chief", WORD, by=BY, role="administrator")
        assert accounts.have_administrator()


@pytest.mark.both_backends
def test_who_comes_again_costs_the_accounts_nothing(
    place: str | Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = accounts_database(place)
    with closing(Accounts(database, QUICK)) as accounts:
        accounts.people.add("chief", WORD, by=BY, role="administrator")
        token = accounts.tokens.make(accounts.people.named("chief"), by=BY)
        first = accounts.visitor(KINDS, token=token)  # its use is written down
        second = accounts.visitor(KINDS, token=token)
        with monkeypatch.context() as patched:
            patched.setattr(type(database), "reading", _untouched)
            patched.setattr(type(database), "writing", _untouched)
            assert accounts.visitor(KINDS, token=token) == second == first
        (made,) = accounts.tokens.all()
        with closing(Accounts(accounts_database(place), QUICK)) as others:
            others.tokens.revoke(made.prefix, by=BY)
        assert accounts.visitor(KINDS, token=token) is None


def _untouched(_database: object) -> None:
    pytest.fail("the accounts were read")


def _risen(store: Store, before: int, deed: Callable[[], object]) -> int:
    deed()
    now = store.pulse.beat()
    assert now > before
    return now


class Counted:
    """A database that has as many commits as somebody says, and counts who looks."""

    def __init__(self) -> None:
        self.commits: Hashable = 0
        self.looks = 0
        self.gate = threading.Event()
        self.gate.set()

    def look(self) -> Hashable:
        self.looks += 1
        found = self.commits
        self.gate.wait()
        return found

    def close(self) -> None:
        pass

    def apart(self) -> None:
        pass


def test_facts_hold_until_something_is_committed() -> None:
    database, numbers = Counted(), itertools.count()
    facts = Remembered(Pulse(database), most=2)
    assert [facts.get("a", numbers.__next__) for _ in range(3)] == [0, 0, 0]
    assert facts.get("a", numbers.__next__, holds=lambda number: number > 0) == 1
    database.commits = 1
    assert facts.get("a", numbers.__next__) == 2
    for key in "bcb":
        facts.get(key, numbers.__next__)
    assert len(facts) == 2
    assert facts.get("a", numbers.__next__) == 5  # was asked for the longest ago

    def commit() -> int:
        database.commits = 2
        facts.get("d", numbers.__next__)
        return 100

    # Found out before the last commit: it is told, but not remembered beside what is newer.
    assert facts.get("e", commit) == 100
    assert facts.get("e", numbers.__next__) == 7


def test_what_was_asked_once_holds_for_a_block_and_its_threads() -> None:
    database, other = Counted(), Counted()
    pulse, elsewhere = Pulse(database), Pulse(other)
    known = pulse.beat()
    with asked_once({pulse: known}):
        database.commits = 1
        assert pulse.beat() == known
        assert copy_context().run(pulse.beat) == known
        before = elsewhere.beat()
        other.commits = 1
        assert elsewhere.beat() > before  # nobody has asked that one
    assert pulse.beat() > known


def test_a_database_that_tells_nothing_makes_nobody_remember() -> None:
    database = Counted()
    facts = Remembered(Pulse(database))
    database.look = lambda: 1 / 0  # type: ignore[method-assign]  # a database that breaks
    numbers = itertools.count()
    assert [facts.get("a", numbers.__next__) for _ in range(3)] == [0, 1, 2]


def test_many_who_ask_at_once_share_looks_but_none_that_began_before_they_asked() -> None:
    database = Counted()
    pulse = Pulse(database)
    first = pulse.beat()
    database.gate.clear()
    found: list[int] = []
    early = threading.Thread(target=pulse.beat)
    early.start()
    while database.looks < 2:
        pass
    database.commits = 1  # after the look that is under way
    late = [threading.Thread(target=lambda: found.append(pulse.beat())) for _ in range(8)]
    for thread in late:
        thread.start()
    database.gate.set()
    for thread in (early, *late):
        thread.join()
    assert set(found) == {first + 1}
    assert database.looks <= 2 + len(late)
