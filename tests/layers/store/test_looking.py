"""Whether anything was committed, asked by an event loop of a real server that hangs and breaks."""

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from itertools import count
from typing import Any

import pytest
from sqlalchemy import make_url

from api import looking
from api.looking import Looks
from layers.store.postgis.engine import postgis_engine
from layers.store.postgis.vital import ServerVital
from layers.store.pulse import Pulse
from tests.layers.store.databases import ask

Loop = Callable[[], asyncio.AbstractEventLoop]
LOOKING = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'SELECT pg_current_snapshot%'"
LOOKING += " ORDER BY backend_start"
_numbers = count()


@pytest.fixture
def looks(new_database: str) -> Iterator[Looks]:
    engine = postgis_engine(make_url(new_database))
    with closing(Pulse(ServerVital(engine))) as pulse, closing(Looks([pulse])) as looks:
        pulse.beat()  # has a connection of its own, which is counted
        yield looks
    engine.dispose()


@pytest.fixture(params=["asyncio", "uvloop"])
def loop(request: pytest.FixtureRequest) -> Loop:
    make: Loop = pytest.importorskip(request.param).new_event_loop
    return make


@contextmanager
def hanging(url: str) -> Iterator[int]:
    """Stop the server's process that answers us."""
    (*_, (pid,)) = ask(url, LOOKING)
    os.kill(pid, signal.SIGSTOP)
    try:
        yield pid
    finally:
        os.kill(pid, signal.SIGCONT)


def run(loop: Loop, talk: Coroutine[Any, Any, None]) -> None:
    async def in_time() -> None:
        await asyncio.wait_for(talk, 20)

    def with_runner() -> None:
        with asyncio.Runner(loop_factory=loop) as runner:
            runner.run(in_time())

    with ThreadPoolExecutor(1) as elsewhere:  # a browser of other tests has a loop in this thread
        elsewhere.submit(with_runner).result()


async def write(url: str) -> None:
    await asyncio.to_thread(ask, url, f"CREATE TABLE written_{next(_numbers)} (a int)")


def test_it_changes_with_every_commit_and_rests_otherwise(
    looks: Looks, new_database: str, loop: Loop
) -> None:
    async def talk() -> None:
        found = [await looks.beats() for _ in range(3)]
        await write(new_database)
        found += [await looks.beats() for _ in range(2)]
        await write(new_database)
        found += [await looks.beats()]
        assert found[0] == found[1] == found[2] < found[3] == found[4] < found[5]
        assert (looks.pulses[0].beat(),) == found[5] == await looks.beats()  # by two connections

    run(loop, talk())
    run(loop, talk())  # the loop is another one, the connection is not


def test_a_server_that_hangs_is_waited_for_together_and_holds_up_nobody(
    looks: Looks, new_database: str, loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = count()
    ask_server = ServerVital.ask
    monkeypatch.setattr(ServerVital, "ask", lambda it: (next(asked), ask_server(it))[1])

    async def talk() -> None:
        first = await looks.beats()
        with hanging(new_database):
            early = asyncio.create_task(looks.beats())
            await asyncio.sleep(0.01)  # the loop goes on
            await write(new_database)
            late = [asyncio.create_task(looks.beats()) for _ in range(20)]
            await asyncio.sleep(0.01)
            late[0].cancel()  # who leaves does not take the others along
            early.cancel()
            assert not any(each.done() for each in late[1:])
        (found,) = set(await asyncio.gather(*late[1:]))
        assert found != first
        assert next(asked) == 3

    run(loop, talk())


@pytest.mark.parametrize("is_asked", [True, False])
def test_it_begins_anew_when_the_connection_breaks(
    looks: Looks, new_database: str, loop: Loop, is_asked: bool
) -> None:
    async def talk() -> None:
        first = await looks.beats()
        with hanging(new_database) as pid:
            under_way = [asyncio.create_task(looks.beats()) for _ in range(3)] if is_asked else []
            await asyncio.sleep(0.01)
            ask(new_database, "SELECT pg_terminate_backend(%s)", pid)
        lost = await asyncio.gather(*under_way)
        assert first not in lost
        ended = "SELECT count(*) FROM pg_stat_activity WHERE pid = %s"
        while ask(new_database, ended, pid) != [(0,)]:
            pass
        again = [await looks.beats() for _ in range(4)]
        assert first not in again
        assert again[-1] == again[-2]

    run(loop, talk())


def test_who_cannot_watch_a_socket_has_a_thread_wait(
    looks: Looks, new_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "_LOOPS_WATCH_SOCKETS", False)

    async def talk() -> None:
        first = await looks.beats()
        with hanging(new_database):
            late = [asyncio.create_task(looks.beats()) for _ in range(9)]
            await asyncio.sleep(0.01)
            await write(new_database)
        found = await asyncio.gather(*late)
        assert await looks.beats() == found[-1] != first

    run(asyncio.new_event_loop, talk())


def test_two_loops_at_once_have_one_answer_each(looks: Looks, loop: Loop) -> None:
    async def talk() -> None:
        first = await looks.beats()
        await asyncio.to_thread(run, asyncio.new_event_loop, other())
        assert await looks.beats() == first

    async def other() -> None:
        assert await looks.beats() == await looks.beats()

    run(loop, talk())
