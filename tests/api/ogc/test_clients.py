"""Real clients: GDAL, geopandas, OWSLib, QGIS, each as its users use it, on a server of its own."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import geopandas
import pyogrio
import pytest
import shapely
from owslib.ogcapi.features import Features

from layers import Store, open_store
from tests import desktop
from tests.serving import clean_environment, served

Served = tuple[str, Store]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, city_path: Path) -> Iterator[Served]:
    """Serve the small city from another process; give the address, and the store as we open it."""
    folder = tmp_path_factory.mktemp("served")
    path = Path(shutil.copy(city_path, folder / "city.gpkg"))
    with served("serve", "--store", path, cwd=folder) as (address, _):
        store = open_store(path)
        yield f"{address}ogc", store
        store.close()


def run(*command: object) -> str:
    return subprocess.run(
        [str(part) for part in command],
        capture_output=True, text=True, check=True, timeout=120, env=clean_environment(),
    ).stdout  # fmt: skip


def test_gdal_lists_filters_and_copies(town: Served, tmp_path: Path) -> None:
    address, store = town
    listed = run("ogrinfo", "-q", f"OAPIF:{address}")
    assert {line.split()[1] for line in listed.splitlines()} == set(store.kinds)
    homes = store.read("building")
    west, south, east, north = homes[homes["code"] < "B0012"].total_bounds
    told = run("ogrinfo", "-so", "-spat", west, south, east, north, f"OAPIF:{address}", "building")
    inside = len(store.read("building", bbox=(west, south, east, north)))
    assert f"Feature Count: {inside}" in told
    copy = tmp_path / "copy.gpkg"
    run("ogr2ogr", copy, f"OAPIF:{address}", "building", "-oo", "PAGE_SIZE=30")  # four pages
    copied = pyogrio.read_dataframe(copy, layer="building").set_index("id")
    assert sorted(copied.index) == sorted(homes.index)
    there = copied.reindex(homes.index)
    assert there["code"].tolist() == homes["code"].tolist()
    apart = shapely.hausdorff_distance(there.geometry.to_numpy(), homes.geometry.to_numpy())
    assert apart.max() < 1e-8  # degrees, a millimetre


def test_geopandas_reads_an_address(town: Served) -> None:
    address, store = town
    found = geopandas.read_file(f"{address}/collections/grid/items?sortby=-code&filter=code>'G003'")
    mine = store.read("grid", where="code > 'G003'").sort_values("code", ascending=False)
    assert found["id"].tolist() == mine.index.tolist()
    assert found.crs == "EPSG:4326"
    assert found["name"].tolist() == mine["name"].tolist()


def test_owslib_asks_as_its_users_do(town: Served) -> None:
    address, store = town
    service = Features(address)
    assert service.conformance()["conformsTo"]
    assert set(service.feature_collections()) == set(store.kinds)
    assert "floors" in service.collection_queryables("building")["properties"]
    asked = "households > 8 AND CASEI(name) LIKE CASEI('%号楼')"
    found = service.collection_items("building", limit=7, filter=asked)
    matched = len(store.read("building", where=asked))
    assert (found["numberMatched"], found["numberReturned"]) == (matched, 7)
    alone = service.collection_item("building", found["features"][0]["id"])
    assert alone["properties"] == found["features"][0]["properties"]
    assert service.api()["openapi"].startswith("3.0")


def test_qgis_shows_a_layer_and_what_was_just_written(town: Served) -> None:
    address, store = town
    before = store.read("building")
    with desktop.shown(f"url='{address}' typename='building'", "OAPIF") as desk:
        shown = desk("describe")
        assert "Polygon" in shown["geometry"]
        assert {field.key for field in store.kinds["building"].fields} <= set(shown["fields"])
        assert {row["code"] for row in desk("rows")} == set(before["code"])
        with store.change(author="tester", message="one less") as change:
            change.delete("building", [before.index[0]])
        after = {row["code"] for row in desk("rows")}
    assert after == set(before["code"].iloc[1:])


def test_qgis_draws_vector_tiles(town: Served) -> None:
    address, store = town
    described = run("curl", "-s", f"{address}/collections/grid/tiles/WebMercatorQuad?f=tilejson")
    template = json.loads(described)["tiles"][0]
    bounds = store.read("grid").total_bounds
    found = desktop.draw_tiles(template, tuple(bounds))
    assert found["valid"]
    # Grids cover the city, which is three times as wide as the picture lets it be high.
    assert found["drawn"] == pytest.approx(1 / 3, abs=0.03)


def test_a_write_of_another_process_is_in_the_next_answer(town: Served) -> None:
    address, store = town
    url = f"{address}/collections/scenic_spot/items"
    head, _, body = run("curl", "-si", url).partition("\n\n")
    tag = next(line for line in head.splitlines() if line.lower().startswith("etag"))[6:]
    known = ("-H", f"If-None-Match: {tag}")
    assert run("curl", "-si", *known, url).startswith("HTTP/1.1 304")
    assert json.loads(body)["features"][0]["properties"]["name"] == "古塔"
    with store.change(author="tester", message="renamed") as change:
        change.update("scenic_spot", store.read("scenic_spot").assign(name="新塔"))
    head, _, body = run("curl", "-si", *known, url).partition("\n\n")
    assert head.startswith("HTTP/1.1 200")
    assert json.loads(body)["features"][0]["properties"]["name"] == "新塔"
    past = json.loads(run("curl", "-s", f"{url}?as-of=1"))
    assert past["features"][0]["properties"]["name"] == "古塔"
