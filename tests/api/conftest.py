"""A small city with hostile names, its store, and the pages served on loopback."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from geopandas import GeoDataFrame
from shapely.geometry import LineString, MultiPolygon, Point, box
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from layers import Store, create_store
from layers.accounts import open_accounts
from tests.api.guarded import BY, QUICK, WORD, House

# Every way in which a name could break out of the page that shows it.
HOSTILE = "<script>window.pwned=1</script><img src=x onerror=window.pwned=1>\"'`</title>&{{7*7}}"

CRS_METRIC = "EPSG:4551"
WEST, SOUTH, GRID_M = 500_000.0, 4_640_000.0, 300.0


def at(frame: dict[str, list[object]], shapes: list[object]) -> GeoDataFrame:
    """Lay shapes, in metres from the city's corner, where the store keeps them."""
    metric = GeoDataFrame(frame, geometry=shapes, crs=CRS_METRIC)
    metric.geometry = metric.translate(WEST, SOUTH)
    return metric.to_crs("EPSG:4490")


def small_city() -> dict[str, GeoDataFrame]:
    """Twelve grids in three communities, a hundred homes, two parks at the western end."""
    cells = [(column, row) for column in range(6) for row in range(2)]
    grids = at(
        {
            "code": [f"G{n:03d}" for n in range(12)],
            "name": [HOSTILE, *(f"第{n}网格" for n in range(1, 12))],
            "parent_code": [f"C{column // 2}" for column, _ in cells],
        },
        [box(c * GRID_M, r * GRID_M, (c + 1) * GRID_M, (r + 1) * GRID_M) for c, r in cells],
    )
    communities = at(
        {"code": ["C0", "C1", "C2"], "name": ["河口社区", "城南社区", "东山社区"]},
        [box(c * 2 * GRID_M, 0, (c + 1) * 2 * GRID_M, 2 * GRID_M) for c in range(3)],
    )
    corners = [(30 + 18 * n, 40 + 52 * (n % 10)) for n in range(96)]
    homes = at(
        {
            "code": [f"B{n:04d}" for n in range(96)],
            "name": [HOSTILE, *(f"{n}号楼" for n in range(1, 96))],
            "households": [None, None, *(4 + n % 9 for n in range(2, 96))],
            "population": [10 + n % 20 for n in range(96)],
        },
        [box(x, y, x + 14, y + 12) for x, y in corners],
    )
    greens = at(
        {
            "code": ["P1", "P2"],
            "name": [HOSTILE, "河滨公园"],
            "class_code": ["G1", "G1"],
            "code_system": ["cjjt85_2017", "cjjt85_2017"],
            "access": ["public", "public"],
        },
        [
            Point(200, 200).buffer(45).difference(Point(200, 200).buffer(15)),
            MultiPolygon([box(500, 350, 560, 420), box(570, 350, 600, 420)]),
        ],
    )
    return {
        "grid": grids,
        "community": communities,
        "building": homes,
        "green_space": greens,
        "scenic_spot": at({"code": ["S1"], "name": ["古塔"]}, [Point(900, 300)]),
        "road": at({"code": ["R1"], "name": ["主街"]}, [LineString([(0, 300), (1800, 300)])]),
        "water": at({"code": ["W1"]}, [box(0, 130, 1800, 150)]),
        "residential_land": at({"code": ["L1"]}, [box(20, 20, 1780, 580)]),
        "bare_land": at({"code": ["K1"], "name": [HOSTILE]}, [box(1500, 100, 1560, 160)]),
    }


def fill(store: Store, layers: dict[str, GeoDataFrame]) -> None:
    """Put layers into a store, in one change."""
    with store.change(author="surveyor", message="第一次普查", source="test") as change:
        for kind, frame in layers.items():
            change.insert(kind, frame)


@pytest.fixture(scope="session")
def city() -> dict[str, GeoDataFrame]:
    return small_city()


@pytest.fixture(scope="session")
def city_path(tmp_path_factory: pytest.TempPathFactory, city: dict[str, GeoDataFrame]) -> Path:
    """A store that tests only read."""
    path = tmp_path_factory.mktemp("city") / "city.gpkg"
    store = create_store(path, metric_crs=CRS_METRIC)
    fill(store, city)
    store.close()
    return path


@pytest.fixture
def empty_path(tmp_path: Path) -> Path:
    path = tmp_path / "empty.gpkg"
    create_store(path, metric_crs=CRS_METRIC).close()
    return path


@contextmanager
def pages_of(place: str | Path, **settings: Any) -> Iterator[TestClient]:
    """Open the pages of a store, without a network."""
    given = Settings(store=str(place), warm_up=False, **settings)
    app = create_app(given)
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def client_of() -> Iterator[Callable[..., TestClient]]:
    """Open the pages of stores for one test."""
    with ExitStack() as opened:

        def open_pages(place: str | Path, **settings: Any) -> TestClient:
            return opened.enter_context(pages_of(place, **settings))

        yield open_pages


@pytest.fixture(scope="session")
def pages(city_path: Path) -> Iterator[TestClient]:
    with pages_of(city_path) as client:
        yield client


@dataclass
class Served:
    """Pages on loopback, for a browser."""

    url: str


@contextmanager
def serving(path: Path) -> Iterator[Served]:
    """Serve the pages of a store from a thread of this process."""
    settings = Settings(store=str(path), warm_up=False, public_title="测试区")
    config = uvicorn.Config(create_app(settings), host="127.0.0.1", port=0, log_level="error")
    server = uvicorn.Server(config)
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield Served(f"http://127.0.0.1:{listener.getsockname()[1]}")
    server.should_exit = True
    thread.join()
    listener.close()


@pytest.fixture(scope="session")
def served(city_path: Path) -> Iterator[Served]:
    with serving(city_path) as found:
        yield found


@pytest.fixture
def guarded_path(city_path: Path, tmp_path: Path) -> Path:
    """The city's store, for a test that gives it accounts."""
    copied = tmp_path / "guarded.gpkg"
    copied.write_bytes(city_path.read_bytes())
    return copied


@pytest.fixture
def house(guarded_path: Path, client_of: Callable[..., TestClient]) -> Iterator[House]:
    accounts = open_accounts(guarded_path, passwords=QUICK)
    accounts.people.add("chief", WORD, by=BY, role="administrator")
    yield House(client_of(guarded_path), accounts, guarded_path)
    accounts.close()
