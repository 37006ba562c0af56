"""Stores to test on, each a real one of its own: a GeoPackage, and a PostGIS database.

A test that asks for `store`, `place`, `new_place`, `reopened` or `sound` runs on both. One that
asks for `path` as well looks into the file and runs on the GeoPackage alone; one that asks for
`database`, on PostGIS alone. In the short run, tests that run on both take turns, half of them on
each, but for those that are marked `both_backends`; the long run has all on both.
"""

import shutil
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from layers import Store, create_store, open_store
from tests.layers.store import databases, files
from tests.layers.store.town import METRIC_CRS
from tests.postgis import ABSENT, Server, programs, running_server

BACKENDS = ("geopackage", "postgis")
HERE = Path(__file__).parent


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test on the backends that it can run on."""
    if "backend" in metafunc.fixturenames:
        only = {"path": "geopackage", "database": "postgis"}
        chosen = [only[name] for name in metafunc.fixturenames if name in only] or BACKENDS
        metafunc.parametrize("backend", sorted(set(chosen)), scope="session")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave one of each pair to the long run: which one depends on nothing but its name."""
    for item in items:
        call = getattr(item, "callspec", None)
        chosen = None if call is None else call.params.get("backend")
        if chosen is None or HERE not in item.path.parents or item.get_closest_marker("long"):
            continue
        asked = set(getattr(item, "fixturenames", ()))
        if item.get_closest_marker("both_backends") or asked & {"path", "database"}:
            continue
        name = item.nodeid.replace(chosen, "")
        if BACKENDS[zlib.crc32(name.encode()) % 2] != chosen:
            item.add_marker("long")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say once and loudly that half of the tests had no server to run on."""
    if programs() is None:
        terminalreporter.write_line(ABSENT, red=True, bold=True)


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give an empty store's file, to be copied and never changed."""
    path = tmp_path_factory.mktemp("empty") / "empty.gpkg"
    create_store(path, metric_crs=METRIC_CRS).close()
    return path


@pytest.fixture
def path(empty_file: Path, tmp_path: Path) -> Path:
    """Give a new, empty store's file."""
    return Path(shutil.copy(empty_file, tmp_path / "town.gpkg"))


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """Give a PostgreSQL server with PostGIS that nobody else uses."""
    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def bare_database(server: Server) -> str:
    """Name a database with PostGIS and nothing else, to be copied and never changed."""
    name = server.create()
    server.run("CREATE EXTENSION postgis", database=name)
    return name


@pytest.fixture(scope="session")
def empty_database(server: Server, bare_database: str) -> str:
    """Name an empty store's database, to be copied and never changed."""
    name = server.create(template=bare_database)
    create_store(server.url(name), metric_crs=METRIC_CRS).close()
    return name


@pytest.fixture
def database(server: Server, empty_database: str) -> Iterator[str]:
    """Give the URL of a new, empty store's database."""
    name = server.create(template=empty_database)
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def new_database(server: Server, bare_database: str) -> Iterator[str]:
    """Give the URL of a new database with PostGIS in which there is no store yet."""
    name = server.create(template=bare_database)
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def role(server: Server) -> Iterator[str]:
    """Name a new database user that may do nothing yet."""
    name = f"planner_{next(server.numbers)}"
    server.run(f"CREATE ROLE {name} LOGIN")
    yield name
    server.run(f"DROP ROLE {name}")


@pytest.fixture
def place(backend: str, request: pytest.FixtureRequest) -> str | Path:
    """Say where a new, empty store is."""
    found: str | Path = request.getfixturevalue(
        {"geopackage": "path", "postgis": "database"}[backend]
    )
    return found


@pytest.fixture
def new_place(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> str | Path:
    """Say where a store can be created."""
    if backend == "geopackage":
        return tmp_path / "new.gpkg"
    url: str = request.getfixturevalue("new_database")
    return url


@pytest.fixture
def sound(place: str | Path) -> Callable[[], None]:
    """Check the store at `place` from outside, as its backend allows."""
    if isinstance(place, Path):
        return partial(files.assert_sound, place)
    return partial(databases.assert_sound, place)


@pytest.fixture
def store(place: str | Path) -> Iterator[Store]:
    """Open a new, empty store."""
    opened = open_store(place)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def shared_place(
    backend: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str | Path]:
    """Say where a store is that all tests of a module share."""
    if backend == "geopackage":
        empty = request.getfixturevalue("empty_file")
        yield Path(shutil.copy(empty, tmp_path_factory.mktemp("shared") / "town.gpkg"))
        return
    server = request.getfixturevalue("server")
    name = server.create(template=request.getfixturevalue("empty_database"))
    yield server.url(name)
    server.drop(name)


@pytest.fixture(scope="module")
def shared_store(shared_place: str | Path) -> Iterator[Store]:
    """Open a store for all tests of a module: for those that leave it as they found it."""
    opened = open_store(shared_place)
    yield opened
    opened.close()


@pytest.fixture
def reopened(place: str | Path) -> Iterator[Callable[[], Store]]:
    """Open the same store again, as another process would."""
    opened: list[Store] = []

    def another() -> Store:
        opened.append(open_store(place))
        return opened[-1]

    yield another
    for each in opened:
        each.close()
