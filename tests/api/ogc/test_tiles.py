"""The abstract tests of OGC API – Tiles, and what any door owes: rights, freshness, no faults."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from api.rights import scope_of
from layers import open_store
from layers.kinds import KINDS
from layers.store import Scope, Verb
from layers.tiles import Tile
from tests.api.conftest import GRID_M, at
from tests.layers.tiles.decoding import decoded, tile_at

SETS = "/ogc/collections/building/tiles"
SET = f"{SETS}/WebMercatorQuad"
MVT = "application/vnd.mapbox-vector-tile"
READ = frozenset({Verb.READ})


def middle() -> tuple[float, float]:
    """Find the middle of the city."""
    from shapely.geometry import Point

    place = at({"n": [0]}, [Point(3 * GRID_M, GRID_M)]).geometry.iloc[0]
    return place.x, place.y


def address(z: int, kind: str = "building") -> tuple[str, Tile]:
    tile = tile_at(z, middle())
    return f"/ogc/collections/{kind}/tiles/WebMercatorQuad/{z}/{tile.y}/{tile.x}", tile


def features(client: TestClient, z: int = 13, kind: str = "building", **asked: str) -> Any:
    path, tile = address(z, kind)
    answer = client.get(path, params=asked)
    assert answer.status_code in (200, 204)
    return decoded(answer.content, tile) if answer.content else None


@pytest.fixture
def seen(city_path: Path, client_of: Callable[..., TestClient]) -> Callable[[Scope], TestClient]:
    client = client_of(city_path)

    def door(scope: Scope) -> TestClient:
        client.app.dependency_overrides[scope_of] = lambda: scope  # type: ignore[attr-defined]  # FastAPI's
        return client

    return door


def test_the_matrix_set_is_that_of_every_web_map(pages: TestClient) -> None:
    (listed,) = pages.get("/ogc/tileMatrixSets").json()["tileMatrixSets"]
    found = pages.get(listed["links"][0]["href"]).json()
    assert found["id"] == listed["id"] == "WebMercatorQuad"
    assert found["crs"].endswith("/EPSG/0/3857")
    levels = found["tileMatrices"]
    assert [level["id"] for level in levels] == [str(z) for z in range(25)]
    assert levels[0]["scaleDenominator"] == pytest.approx(559_082_264.0287178)
    assert levels[18]["cellSize"] == pytest.approx(0.597164283559817)
    assert [levels[3][name] for name in ("matrixWidth", "matrixHeight")] == [8, 8]
    assert pages.get("/ogc/tileMatrixSets/WorldCRS84Quad").status_code == 404


def test_layers_lead_to_their_tiles(pages: TestClient) -> None:
    rels = {link["rel"] for link in pages.get("/ogc").json()["links"]}
    assert "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes" in rels
    for key in ("building", "manhole_cover", "responsibility", "adopter"):
        kind = KINDS[key]
        links = pages.get(f"/ogc/collections/{key}").json()["links"]
        found = [link["href"] for link in links if link["rel"].endswith("/tilesets-vector")]
        assert len(found) == kind.is_spatial
        assert pages.get(f"/ogc/collections/{key}/tiles").status_code == (200 if found else 404)


def test_a_tile_set_says_what_is_in_its_tiles(pages: TestClient) -> None:
    (listed,) = pages.get(SETS).json()["tilesets"]
    assert listed["dataType"] == "vector"
    links = {link["rel"].rpartition("/")[2]: link["href"] for link in listed["links"]}
    assert pages.get(links["tiling-scheme"]).json()["id"] == "WebMercatorQuad"
    found = pages.get(links["self"]).json()
    assert {name: found[name] for name in ("crs", "tileMatrixSetURI")} == {
        name: listed[name] for name in ("crs", "tileMatrixSetURI")
    }
    (layer,) = found["layers"]
    assert (layer["id"], layer["geometryDimension"]) == ("building", 2)
    assert layer["propertiesSchema"]["properties"]["households"]["type"] == "integer"
    (item,) = [link for link in found["links"] if link["rel"] == "item"]
    _, tile = address(13)
    url = item["href"].format(tileMatrix=13, tileRow=tile.y, tileCol=tile.x)
    assert item["templated"]
    assert pages.get(url).headers["content-type"] == item["type"] == MVT


def test_tilejson_is_what_map_libraries_read(pages: TestClient) -> None:
    asked = {"f": "tilejson", "properties": "code,households", "datetime": "2026-05-01"}
    found = pages.get(SET, params=asked).json()
    assert found["tilejson"] == "3.0.0"
    (layer,) = found["vector_layers"]
    assert layer["fields"] == {"code": "String", "households": "Number", "uid": "String"}
    west, south, east, north = found["bounds"]
    x, y = middle()
    assert west < x < east
    assert south < y < north
    _, tile = address(14)
    answer = pages.get(found["tiles"][0].format(z=14, y=tile.y, x=tile.x))
    told = decoded(answer.content, tile)
    assert set(told.columns) - {"geometry", "mvt_id"} == {"code", "households", "uid"}


def test_a_tile_holds_the_features_that_items_give(pages: TestClient) -> None:
    items = pages.get("/ogc/collections/building/items?limit=500").json()["features"]
    told = {one["id"]: one["properties"] for one in items}
    found = features(pages).set_index("uid")
    assert set(found.index) == set(told)
    for uid, row in found.iterrows():
        known = {name: value for name, value in told[uid].items() if value is not None}
        assert {name: row[name] for name in known} == known
    numbers = {int(uid.replace("-", "")[:13], 16) for uid in told}
    assert set(found["mvt_id"]) == numbers


def test_every_feature_is_in_some_tile_of_a_level(pages: TestClient) -> None:
    seen = set()
    first, _ = address(16)
    y, x = map(int, first.split("/")[-2:])
    for row in range(y - 3, y + 4):
        for column in range(x - 3, x + 4):
            answer = pages.get(f"{SET}/16/{row}/{column}")
            if answer.status_code == 200:
                seen |= set(decoded(answer.content, Tile(16, column, row))["uid"])
    assert len(seen) == 96


def test_a_tile_tells_what_it_leaves_out(pages: TestClient) -> None:
    answer = pages.get(f"{SET}/0/0/0")
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["tile-content"] == "drawn=0, of=0, too-small=96, values=?1"
    whole = pages.get(address(13)[0])
    assert whole.headers["tile-content"] == "drawn=96, of=96, too-small=0, values=?1"


def test_a_tile_is_sent_once_and_compressed(pages: TestClient) -> None:
    path, _ = address(13)
    first = pages.get(path)
    assert first.headers["content-encoding"] == "gzip"
    plain = pages.get(path, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == first.content
    assert gzip.compress(plain.content, 1) != plain.content
    again = pages.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert pages.head(path).headers["etag"] == first.headers["etag"]


def test_a_write_is_in_the_next_tile(
    guarded_path: Path, client_of: Callable[..., TestClient], city: dict[str, Any]
) -> None:
    client = client_of(guarded_path)
    path, tile = address(13)
    before = client.get(path)
    assert len(decoded(before.content, tile)) == 96
    writer = open_store(guarded_path)  # as another process would
    grown = city["building"].iloc[:2].assign(code=["X1", "X2"])
    with writer.change(author="a", message="two more") as change:
        change.insert("building", grown)
    after = client.get(path, headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    assert {"X1", "X2"} < set(decoded(after.content, tile)["code"])
    number = writer.changeset_at()
    uids = writer.read("building", where="code = 'X1'").index
    with writer.change(author="a", message="one less") as change:
        change.delete("building", uids)
    assert len(features(client, 13)) == 97
    assert len(features(client, 13, **{"as-of": str(number)})) == 98
    assert len(features(client, 13, **{"as-of": "1"})) == 96
    writer.close()


def test_what_is_not_valid_on_a_day_is_not_drawn(
    guarded_path: Path, client_of: Callable[..., TestClient]
) -> None:
    import datetime as dt

    store = open_store(guarded_path)
    frame = store.read("building", columns=["valid_to"]).iloc[:10]
    frame["valid_to"] = dt.date(2026, 5, 1)
    with store.change(author="a", message="gone in May") as change:
        change.update("building", frame.drop(columns="geometry"))
    store.close()
    client = client_of(guarded_path)
    assert len(features(client)) == 96
    assert len(features(client, datetime="2026-04-30")) == 96
    assert len(features(client, datetime="2026-05-01")) == 86
    assert len(features(client, datetime="2026-04-01/2026-06-01")) == 96


def test_who_sees_a_territory_sees_no_other_tile(
    seen: Callable[[Scope], TestClient], city_path: Path
) -> None:
    store = open_store(city_path)
    grids = store.read("grid")
    mine = Scope(units=frozenset([grids.index[grids["code"] == "G000"][0]]), verbs=READ)
    expected = set(store.read("building", scope=mine).index)
    store.close()
    assert 0 < len(expected) < 96
    whole = seen(Scope.all()).get(address(13)[0])
    part = seen(mine).get(address(13)[0])
    assert part.headers["etag"] != whole.headers["etag"]
    assert set(features(seen(mine))["uid"]) == expected
    assert part.headers["tile-content"].startswith(
        f"drawn={len(expected)}, of={len(expected)}, too-small=0"
    )
    counted = seen(Scope(verbs=READ, without_counts=True))
    assert not {"households", "population"} & set(features(counted).columns)
    assert '"households"' not in counted.get(SET).text
    assert counted.get(address(13)[0], params={"properties": "households"}).status_code == 400


def test_hidden_and_absent_tiles_are_told_in_the_same_bytes(
    seen: Callable[[Scope], TestClient],
) -> None:
    client = seen(Scope(kinds=frozenset({"building"}), verbs=READ))
    for path in (
        "",
        "/WebMercatorQuad",
        "/WebMercatorQuad/13/1/1",
        "/Other/99/x/y",
        "/WebMercatorQuad?f=tilejson",
    ):
        answers = [
            client.get(f"/ogc/collections/{key}/tiles{path}")
            for key in ("green_space", "green_spice")
        ]
        hidden, absent = (one.text.replace("green_spice", "green_space") for one in answers)
        assert [one.status_code for one in answers] == [404, 404]
        assert hidden == absent


@settings(max_examples=60, deadline=None)
@given(
    numbers=st.tuples(*[st.one_of(st.integers(-2, 30), st.integers(), st.text(max_size=12))] * 3),
    query=st.dictionaries(
        st.sampled_from(["datetime", "as-of", "properties", "f", "lang", "x"]),
        st.text(max_size=8),
        max_size=2,
    ),
)
def test_any_numbers_get_a_described_answer(
    pages: TestClient, numbers: tuple[Any, ...], query: dict[str, str]
) -> None:
    from urllib.parse import quote

    path = "/".join(quote(str(number), safe="") or "-" for number in numbers)
    answer = pages.get(f"{SET}/{path}", params=query)
    assert answer.status_code in (200, 204, 400, 404)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("0/0/1", 404), ("1/2/0", 404), ("25/0/0", 404), ("3/8/7", 404), ("3/7/7", 204),
        ("24/16777215/16777215", 204), ("a/0/0", 400), ("1/0.5/0", 400), ("1/-1/0", 400),
        ("1/٣/0", 400), ("0/0/0?f=json", 400), ("0/0/0?limit=1", 400), ("0/0/0?as-of=999", 400),
        ("99999999999999999999999/0/0", 400),
    ],
)  # fmt: skip
def test_tile_numbers_are_read_strictly(pages: TestClient, path: str, status: int) -> None:
    assert pages.get(f"{SET}/{path}").status_code == status


def test_areas_of_a_city_are_sound_on_every_level(pages: TestClient) -> None:
    for kind in ("grid", "green_space", "residential_land", "water"):
        for z in range(8, 19):
            found = features(pages, z, kind)
            if found is not None:
                assert found.geometry.is_valid.all()
                corners = found.geometry.get_coordinates().to_numpy()
                assert (np.round(corners) == corners).all()
