"""What anybody writes is in the next answer of every door, of every process."""

import json
import math
import re
import shutil
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import psycopg
import pyogrio
import pytest
from shapely.geometry import box
from shapely.geometry.base import BaseGeometry

from layers import open_store
from layers.accounts import open_accounts
from layers.importing import ImportOptions
from tests.api.conftest import at
from tests.api.guarded import BY
from tests.postgis import running_server
from tests.serving import PATIENCE_S, started


def tile_of(shape: BaseGeometry, level: int) -> str:
    """Give the address of the vector tile in which a shape of the small city lies."""
    (lon, lat), *_ = at({}, [shape.centroid]).to_crs("EPSG:4326").get_coordinates().to_numpy()
    column = int((lon + 180) / 360 * 2**level)
    row = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**level)
    return f"/ogc/collections/bare_land/tiles/WebMercatorQuad/{level}/{row}/{column}?f=mvt"


ITEMS = "/ogc/collections/bare_land/items"
OVERVIEW = "/"
PLOT = box(1520, 120, 1540, 140)
TILE = tile_of(PLOT, 15)
DOORS = [
    "/maps/layers",
    "/maps/gaps?weight=buildings",
    f"{ITEMS}?f=json",
    f"{ITEMS}?f=html",
    f"{ITEMS}?f=csv",
    f"{ITEMS}?filter=code%20LIKE%20%27N%25%27",
    TILE,
    OVERVIEW,
]


@pytest.fixture(params=["geopackage", pytest.param("postgis", marks=pytest.mark.long)])
def place(request: pytest.FixtureRequest, city_path: Path, tmp_path: Path) -> Iterator[str | Path]:
    """Give a copy of the small city, in which bare land may be written over HTTP."""
    with ExitStack() as stack:
        found: str | Path = Path(shutil.copy(city_path, tmp_path / "city.gpkg"))
        if request.param == "postgis":
            found = stack.enter_context(running_server()).holding(city_path)
        with closing(open_accounts(found)) as accounts:
            accounts.openings.open_writing("bare_land", by=BY)
        yield found


def ask(url: str, path: str, body: object = None) -> str:
    content = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(f"{url.rstrip('/')}{path}", content)
    asked.add_header("Accept", "text/html,*/*;q=0.5" if path.startswith("/maps") else "*/*")
    if content is not None:
        asked.add_header("Content-Type", "application/geo+json")
    with urllib.request.urlopen(asked, timeout=PATIENCE_S) as answer:
        page = answer.read().decode("utf-8", "replace")
    return re.sub(r'nonce="[^"]*"', "", page)


def plot(code: str) -> dict[str, list[object]]:
    return {"code": [code], "name": [f"plot {code}"]}


def writers(place: str | Path, url: str, folder: Path) -> dict[str, Callable[[str], object]]:
    """Name everybody who writes, and how each adds a plot."""
    drawn = at(plot("N"), [PLOT])

    def an_import(code: str) -> None:
        path = folder / f"{code}.geojson"
        drawn.assign(**plot(code)).to_crs("EPSG:4326").to_file(path)
        with closing(open_store(place)) as store:
            options = ImportOptions(datum="WGS84", author="importer")
            assert store.import_file("bare_land", path, options).added == 1

    def another_program(code: str) -> None:
        with (
            closing(open_store(place)) as store,
            store.change(author="importer", message="more") as change,
        ):
            change.insert("bare_land", drawn.assign(**plot(code)))

    def desktop(code: str) -> None:
        if isinstance(place, Path):
            multi = drawn.assign(**plot(code)).to_crs("EPSG:4490")
            pyogrio.write_dataframe(
                multi, place, layer="bare_land", append=True, promote_to_multi=True
            )
            return
        wkt = drawn.geometry.iloc[0].wkt
        with psycopg.connect(str(place)) as connection:
            connection.execute(
                "INSERT INTO bare_land (code, name, geom) VALUES (%s, %s,"
                " ST_Multi(ST_GeomFromText(%s, 4490)))",
                (code, f"plot {code}", wkt),
            )

    def over_http(code: str) -> None:
        (feature,) = json.loads(drawn.assign(**plot(code)).to_json())["features"]
        del feature["id"]
        ask(url, ITEMS, feature)

    return {
        "program": another_program,
        "import": an_import,
        "desktop": desktop,
        "http": over_http,
    }


def test_what_anybody_writes_is_in_the_next_answer_of_each_process(
    place: str | Path, tmp_path: Path
) -> None:
    settings = {"GREENGRID_WARM_UP": "no"}
    with ExitStack() as stack:
        urls = [
            stack.enter_context(
                started("serve", "--store", place, cwd=tmp_path, settings=settings)
            ).url
            for _ in range(2)
        ]

        def is_stale(url: str, door: str, code: str) -> bool:
            now = ask(url, door)
            return now == before[url, door] if door == OVERVIEW else code not in now

        for number, (who, write) in enumerate(writers(place, urls[0], tmp_path).items()):
            code = f"N{number}"
            before = {(url, door): ask(url, door) for url in urls for door in DOORS}
            assert not [where for where, body in before.items() if code in body]
            write(code)
            stale = [(url, door) for url, door in before if is_stale(url, door, code)]
            assert not stale, who
