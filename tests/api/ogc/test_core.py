"""The abstract tests of OGC API – Features, Part 1: core, GeoJSON, HTML, OpenAPI 3.0."""

import datetime as dt
import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.ogc.landing import CONFORMS_TO
from layers import create_store
from layers.kinds import KINDS
from layers.store import PageQuestion
from tests.api.conftest import CRS_METRIC, HOSTILE, at
from tests.api.ogc.conformance import TESTS
from tests.house.tracked import ROOT
from tests.layers.store.own import example

HTML = {"Accept": "text/html"}
ITEMS = "/ogc/collections/building/items"
OUTSIDE = re.compile(r"""(?:src|href|action)\s*=\s*["']?(?:https?:)?//(?!localhost/)""")


def test_the_landing_page_leads_to_everything(pages: TestClient) -> None:
    for path in ("/ogc", "/ogc/"):
        landing = pages.get(path).json()
        links = {link["rel"]: link for link in landing["links"]}
        assert {"self", "service-desc", "service-doc", "conformance", "data"} <= set(links)
        for link in landing["links"]:
            answer = pages.get(link["href"])
            assert answer.status_code == 200
            assert answer.headers["content-type"].split(";")[0] == link["type"].split(";")[0]


def test_the_promises_are_those_that_are_tested(pages: TestClient) -> None:
    claimed = pages.get("/ogc/conformance").json()["conformsTo"]
    assert claimed == list(CONFORMS_TO)
    assert len(claimed) == len(set(claimed))
    assert set(claimed) == set(TESTS)
    for name in {name for names in TESTS.values() for name in names}:
        module, _, test = name.partition("::")
        assert f"\ndef {test}(" in (ROOT / "tests" / module).read_text("utf-8"), name


def test_every_layer_is_a_collection(pages: TestClient) -> None:
    listed = pages.get("/ogc/collections").json()
    assert [one["id"] for one in listed["collections"]] == list(KINDS)
    for one in listed["collections"]:
        rels = [link["rel"] for link in one["links"]]
        assert {"self", "items"} <= set(rels)
        assert all(link["type"] for link in one["links"])
    alone = pages.get("/ogc/collections/building").json()
    assert alone == next(one for one in listed["collections"] if one["id"] == "building")
    assert alone["title"] == KINDS["building"].title_zh
    assert pages.get("/ogc/collections/building?lang=en").json()["title"] == "Building"
    (west, south, east, north) = alone["extent"]["spatial"]["bbox"][0]
    assert 126 - 0.1 < west < east < 126.2
    assert 41 < south < north < 43
    assert "spatial" not in pages.get("/ogc/collections/adopter").json()["extent"]


def test_features_are_geojson(pages: TestClient) -> None:
    answer = pages.get(ITEMS, params={"limit": 5})
    assert answer.headers["content-type"] == "application/geo+json"
    found = answer.json()
    assert found["type"] == "FeatureCollection"
    assert (found["numberMatched"], found["numberReturned"]) == (96, 5)
    assert dt.datetime.fromisoformat(found["timeStamp"]).tzinfo is not None
    for feature in found["features"]:
        assert feature["type"] == "Feature"
        assert feature["geometry"]["type"] == "MultiPolygon"
        assert set(feature["properties"]) == {field.key for field in KINDS["building"].fields}
        alone = pages.get(f"{ITEMS}/{feature['id']}").json()
        assert {key: alone[key] for key in feature} == feature
        assert {link["rel"] for link in alone["links"]} >= {"self", "alternate", "collection"}


def test_the_next_links_lead_through_everything_once(pages: TestClient) -> None:
    url: str | None = f"{ITEMS}?limit=31&sortby=-households"
    seen: list[Any] = []
    while url:
        found = pages.get(url).json()
        assert found["numberReturned"] == len(found["features"]) > 0
        assert found["numberMatched"] == 96
        seen += found["features"]
        url = next((link["href"] for link in found["links"] if link["rel"] == "next"), None)
    assert len({one["id"] for one in seen}) == len(seen) == 96
    told = [one["properties"]["households"] for one in seen]
    assert told == sorted(told, key=lambda n: (n is None, -(n or 0)))


def test_no_more_than_the_limit_comes(pages: TestClient) -> None:
    for limit, count in [("1", 1), ("96", 96), ("10000", 96), ("999999999999999999999999", 96)]:
        found = pages.get(ITEMS, params={"limit": limit}).json()
        assert len(found["features"]) == count
    assert "next" not in {link["rel"] for link in found["links"]}


@pytest.mark.parametrize(
    ("bbox", "matched"),
    [
        ((30, 40, 30, 40), 1),
        ((0, 0, 100, 5000), 4),
        ((0, 0, 1, 1), 0),
        ((-9e4, -9e4, 9e4, 9e4), 96),
    ],
)
def test_a_box_holds_what_touches_it(
    pages: TestClient, bbox: tuple[float, ...], matched: int
) -> None:
    west, south, east, north = bbox
    corners = at({"n": [0, 1]}, [_point(west, south), _point(east, north)]).total_bounds
    four = ",".join(map(str, corners))
    six = ",".join(map(str, [*corners[:2], -5, *corners[2:], 5]))
    for text in (four, six):
        found = pages.get(ITEMS, params={"bbox": text, "limit": 500}).json()
        assert found["numberMatched"] == len(found["features"]) == matched


def _point(x: float, y: float) -> object:
    from shapely.geometry import Point

    return Point(x, y)


def test_a_day_holds_what_is_valid_on_it(tmp_path: Path, client_of: Callable[..., Any]) -> None:
    path = tmp_path / "times.gpkg"
    store = create_store(path, metric_crs=CRS_METRIC)
    days = [(None, None), ("2020-01-01", "2021-01-01"), ("2021-01-01", None)]
    made = at({"code": ["a", "b", "c"]}, [_point(n, 0) for n in range(3)])
    made["valid_from"], made["valid_to"] = zip(*days, strict=True)
    with store.change(author="tester", message="times") as change:
        change.insert("dead_tree", made)
    store.close()
    client = client_of(path)
    for text, expected in [
        ("2020-12-31", "ab"),
        ("2021-01-01", "ac"),
        ("2020-06-01T12:00:00Z", "ab"),
        ("2020-06-01T12:00:00+08:00/2021-06-01T00:00:00Z", "abc"),
        ("../2019-01-01", "a"),
        ("2021-01-01/..", "ac"),
        ("/2020-01-01T12:00:00Z", "ab"),
    ]:
        found = client.get("/ogc/collections/dead_tree/items", params={"datetime": text}).json()
        assert "".join(sorted(one["properties"]["code"] for one in found["features"])) == expected
    (described,) = [client.get("/ogc/collections/dead_tree").json()["extent"]["temporal"]]
    assert described == {"interval": [[None, None]]}


def test_a_field_with_a_value_is_a_filter(pages: TestClient) -> None:
    for given, matched in [
        ({"code": "B0003"}, 1),
        ({"households": "6"}, 11),
        ({"households": "6", "population": "12"}, 1),
        ({"name": "无"}, 0),
    ]:
        assert pages.get(ITEMS, params=given).json()["numberMatched"] == matched


@pytest.mark.parametrize(
    "query",
    [
        "foo=1", "limit=0", "limit=-1", "limit=x", "limit=", "limit=1&limit=2", "limit=²",
        "bbox=", "bbox=1,2,3", "bbox=1,2,3,x", "bbox=1,9,3,4", "bbox=1,2,inf,4", "bbox=1,2,3,4,5",
        "bbox=1,2,3,4&bbox-crs=EPSG:4490", "crs=nonsense",
        "datetime=yesterday", "datetime=2021-02-30", "datetime=../..", "datetime=1/2/3",
        "datetime=2022-01-01/2021-01-01", "datetime=0001-01-01T00:00:00Z",
        "as-of=99", "as-of=-1", "as-of=now", "as-of=99999999999999999999",
        "households=many", "households=99999999999999999999999", "valid_from=5",
        "filter=households", "filter=households%3E%3E1", "filter=colour%3D1", "filter-lang=sql",
        "filter=true&filter-lang=cql2-json&filter-crs=x", "f=pdf", "f=", "lang=", "lang=fr",
        "sortby=colour", "sortby=", "sortby=a,b,c,d,e,f", "properties=colour",
        "after=x", "after=x.y", "code=%00", "code=%ED%A0%80", "uid=%00",
    ],
)  # fmt: skip
def test_what_means_nothing_is_a_bad_request(pages: TestClient, query: str) -> None:
    answer = pages.get(f"{ITEMS}?{query}")
    if query == "code=%ED%A0%80":  # bytes that are no text arrive as question marks
        assert answer.status_code == 200
        return
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    said = answer.json()
    assert said["status"] == 400
    assert said["zh"] != said["en"]
    assert said["detail"] == said["zh"]


@pytest.mark.parametrize(
    "path",
    [
        "/ogc/nothing", "/ogc/collections/nothing", "/ogc/collections/nothing/items",
        "/ogc/collections/nothing/queryables", f"{ITEMS}/nothing", f"{ITEMS}/%00",
        "/ogc/collections/building/nothing", "/ogc/collections/gg_setting/items",
    ],
)  # fmt: skip
def test_what_is_not_there_is_not_found(pages: TestClient, path: str) -> None:
    answer = pages.get(path)
    assert answer.status_code == (400 if "%00" in path else 404)
    assert answer.headers["content-type"] == "application/problem+json"
    assert pages.get(path, headers=HTML).headers["content-type"].startswith("text/html")
    assert pages.get(f"{path}?f=json", headers=HTML).json()["status"] in {400, 404}


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/ogc/jobs/x", "GET, HEAD, DELETE"),
        ("/ogc/processes/coverage/execution", "POST"),
        ("/ogc/scenarios", "POST"),
        ("/ogc/collections", "GET, HEAD"),
        ("/login", "GET, POST"),
        ("/static/map.js", "GET, HEAD"),
    ],
)
def test_another_method_is_told_which_there_are(pages: TestClient, path: str, allowed: str) -> None:
    answer = pages.request("BREW", path)
    assert answer.status_code == 405
    assert answer.headers["allow"] == allowed
    assert allowed in answer.json()["en"]


def test_nothing_can_be_written(pages: TestClient) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert pages.request(method, ITEMS).status_code == 405


PAGES = [
    "", "/conformance", "/api", "/collections", "/collections/building",
    "/collections/building/queryables", "/collections/building/items?limit=3",
    "/collections/adopter/items", "/collections/building/tiles", "/tileMatrixSets", "/runs",
    "/collections/building/tiles/WebMercatorQuad", "/tileMatrixSets/WebMercatorQuad",
]  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(("lang", "tag"), [("zh", "zh-CN"), ("en", "en")])
def test_everything_is_a_page_too(pages: TestClient, path: str, lang: str, tag: str) -> None:
    answer = pages.get(f"/ogc{path}", params={"lang": lang}, headers=HTML)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert f'<html lang="{tag}">' in answer.text
    assert answer.headers["content-language"] == tag
    assert not OUTSIDE.search(answer.text)
    assert "unsafe" not in answer.headers["content-security-policy"]


def test_a_page_shows_features_and_leads_on(pages: TestClient) -> None:
    text = pages.get(ITEMS, params={"limit": 3}, headers=HTML).text
    assert text.count('rel="next"') == 2
    assert "leaflet" in text
    assert "<script>window" not in text
    hostile = pages.get(ITEMS, params={"code": "B0000"}, headers=HTML).text
    assert HOSTILE not in hostile
    uid = pages.get(ITEMS, params={"code": "B0000"}).json()["features"][0]["id"]
    alone = pages.get(f"{ITEMS}/{uid}", headers=HTML).text
    assert HOSTILE not in alone
    assert KINDS["building"].field_named("population").title_zh in alone


def test_a_description_may_be_read_by_what_a_client_prefers(pages: TestClient) -> None:
    for accept, media in [
        ("*/*", "application/geo+json"),
        ("application/geo+json", "application/geo+json"),
        ("text/html;q=0.5, application/json", "application/geo+json"),
        ("text/csv", "text/csv"),
        ("nonsense;q=x, text/html", "text/html"),
    ]:
        answer = pages.get(ITEMS, params={"limit": 1}, headers={"Accept": accept})
        assert answer.headers["content-type"].split(";")[0] == media


def test_a_head_has_no_body_and_what_is_known_is_not_sent_again(pages: TestClient) -> None:
    first = pages.get(ITEMS)
    head = pages.head(ITEMS)
    assert head.content == b""
    assert head.headers["etag"] == first.headers["etag"]
    known = {"If-None-Match": f'"other", {first.headers["etag"]}'}
    again = pages.get(ITEMS, headers=known)
    assert (again.status_code, again.content) == (304, b"")
    for other in (f"{ITEMS}?limit=9", f"{ITEMS}?lang=en", f"{ITEMS}?f=csv"):
        assert pages.get(other, headers=known).status_code == 200


def test_what_is_long_is_sent_short(pages: TestClient) -> None:
    plain = pages.get(ITEMS, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    with pages.stream("GET", ITEMS, headers={"Accept-Encoding": "gzip"}) as short:
        assert short.headers["content-encoding"] == "gzip"
        sent = b"".join(short.iter_raw())
    assert len(sent) < len(plain.content) / 3
    assert json.loads(gzip.decompress(sent))["features"] == plain.json()["features"]


def test_a_kind_of_ones_own_is_a_collection_like_any_other(
    tmp_path: Path, client_of: Callable[..., Any]
) -> None:
    path = tmp_path / "own.gpkg"
    store = create_store(path, metric_crs=CRS_METRIC)
    client = client_of(path)
    own = example("fitness_equipment")
    before = client.get(f"/ogc/collections/{own.kind.key}")
    assert before.status_code == 404
    store.add_kind(own, author="tester")  # while the service runs
    listed = client.get("/ogc/collections").json()["collections"]
    assert own.kind.key in [one["id"] for one in listed]
    schema = client.get(f"/ogc/collections/{own.kind.key}/queryables").json()
    assert set(schema["properties"]) >= {field.key for field in own.kind.own_fields}
    assert client.get(f"/ogc/collections/{own.kind.key}/items").json()["numberMatched"] == 0
    assert store.page(own.kind.key, PageQuestion()).matched == 0
    store.close()
