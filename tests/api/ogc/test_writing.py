"""The abstract tests of OGC API – Features, Part 4: create, replace, update, delete, locking."""

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from layers import Store, open_store
from layers.accounts import open_accounts
from tests.api.conftest import CRS_METRIC, at, pages_of
from tests.api.guarded import BY, WORD, House, grant
from tests.postgis import running_server

ITEMS = "/ogc/collections/bare_land/items"
GEOJSON = {"Content-Type": "application/geo+json"}
PATCH = {"Content-Type": "application/merge-patch+json"}


def square(x: float = 1200, y: float = 200, size: float = 30) -> dict[str, Any]:
    """Draw a square in metres from the city's corner, as GeoJSON."""
    from shapely.geometry import box

    drawn = at({"n": [1]}, [box(x, y, x + size, y + size)])
    return dict(json.loads(drawn.to_json())["features"][0]["geometry"])


def plot(code: str = "K9", **properties: object) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": square(),
        "properties": {"code": code, "name": "河滩地", **properties},
    }


@pytest.fixture(params=["geopackage", "postgis"])
def open_city(
    request: pytest.FixtureRequest, guarded_path: Path
) -> Iterator[tuple[TestClient, Store]]:
    """Serve the city on each backend, with bare land open for writing."""
    if request.param == "geopackage":
        yield from opened(guarded_path)
        return
    with running_server() as server:
        yield from opened(server.holding(guarded_path))


def opened(place: str | Path) -> Iterator[tuple[TestClient, Store]]:
    accounts = open_accounts(place)
    accounts.openings.open_writing("bare_land", by=BY)
    store = open_store(place)
    with pages_of(place) as client:
        yield client, store
    accounts.close()
    store.close()


def test_a_feature_lives_and_goes(open_city: tuple[TestClient, Store]) -> None:
    pages, store = open_city
    before = store.state().changeset
    made = pages.post(ITEMS, json=plot(area_m2=900.5, is_unmanaged=True), headers=GEOJSON)
    assert made.status_code == 201, made.text
    there, tag = made.headers["Location"], made.headers["ETag"]
    assert there.startswith(f"http://localhost{ITEMS}/")
    assert not tag.startswith("W/")
    got = pages.get(there)
    assert got.json() == made.json()
    assert got.headers["ETag"] == tag
    assert got.json()["geometry"]["type"] == "MultiPolygon"
    assert got.json()["properties"]["is_unmanaged"] is True
    assert pages.get(there, headers={"If-None-Match": tag}).status_code == 304
    assert store.read("bare_land").loc[got.json()["id"], "name"] == "河滩地"

    changed = pages.patch(
        there,
        content='{"properties": {"name": null, "note": "看过"}}',
        headers=PATCH | {"If-Match": tag},
    )
    assert changed.status_code == 200, changed.text
    now = changed.json()
    assert (now["properties"]["name"], now["properties"]["note"]) == (None, "看过")
    assert now["geometry"] == got.json()["geometry"]
    assert now["properties"]["area_m2"] == 900.5
    second = changed.headers["ETag"]
    assert second != tag

    stale = pages.put(there, json=plot("K8"), headers=GEOJSON | {"If-Match": tag})
    assert (stale.status_code, stale.json()["code"]) == (412, "version_stale")
    replaced = pages.put(there, json=plot("K8"), headers=GEOJSON | {"If-Match": f"W/{second}"})
    assert replaced.status_code == 200
    told = replaced.json()["properties"]
    assert (told["code"], told["note"], told["area_m2"]) == ("K8", None, None)

    gone = pages.delete(there, headers={"If-Match": replaced.headers["ETag"]})
    assert (gone.status_code, gone.content) == (204, b"")
    assert pages.get(there).status_code == 404
    assert pages.delete(there, headers={"If-Match": "*"}).status_code == 404
    changes = store.changesets()[before:]
    assert [sum(one.changes["bare_land"].values()) for one in changes] == [1, 1, 1, 1]
    assert {one.source for one in changes} == {"ogc"}
    # What was is still there to be read.
    past = pages.get(f"{ITEMS}?code=K8&as-of={changes[-2].id}").json()
    assert past["numberMatched"] == 1


def test_coordinates_come_in_the_system_that_is_named(quick: tuple[TestClient, Store]) -> None:
    pages, store = quick
    plain = pages.post(ITEMS, json=plot("A"), headers=GEOJSON).json()
    for number, system in enumerate(["EPSG/0/4490", f"EPSG/0/{CRS_METRIC[5:]}"]):
        crs = f"http://www.opengis.net/def/crs/{system}"
        shown = pages.get(f"{ITEMS}/{plain['id']}", params={"crs": crs}).json()
        again = plot(f"A{number}") | {"geometry": shown["geometry"]}
        made = pages.post(ITEMS, json=again, headers=GEOJSON | {"Content-Crs": f"<{crs}>"})
        assert made.status_code == 201, made.text
        places = store.read("bare_land").geometry
        apart = places[made.json()["id"]].hausdorff_distance(places[plain["id"]])
        assert apart < 1e-8  # degrees, a millimetre
    refused = pages.post(ITEMS, json=plot("B"), headers=GEOJSON | {"Content-Crs": "<EPSG:1>"})
    assert (refused.status_code, refused.json()["code"]) == (400, "parameter_invalid")
    # Metres that are taken for degrees are nowhere.
    refused = pages.post(ITEMS, json=again, headers=GEOJSON)
    assert faults(refused) == {"geometry": "coordinates_out_of_range"}


def faults(answer: Any) -> dict[str, str]:
    assert answer.status_code == 400, answer.text
    said = answer.json()
    assert said["code"] == "feature_faulty"
    assert all(one["zh"] != one["en"] for one in said["errors"])
    return {one["field"]: one["code"] for one in said["errors"]}


@pytest.fixture
def quick(
    guarded_path: Path, client_of: Callable[..., TestClient]
) -> Iterator[tuple[TestClient, Store]]:
    yield from opened(guarded_path)


def test_everything_that_is_wrong_is_said_at_once(quick: tuple[TestClient, Store]) -> None:
    pages, store = quick
    before = store.state()
    sent = plot(
        colour="red", status="lost", area_m2="wide", is_unmanaged=[1], target_date="2026-02-30",
        valid_from="2026-01-02", valid_to="2026-01-01", grid_code="G999",
    )  # fmt: skip
    found = faults(pages.post(ITEMS, json=sent, headers=GEOJSON))
    assert found.pop("colour") == "field_unknown"
    assert found.pop("status") == "code_unknown"
    assert found.pop("area_m2") == "not_a_number"
    assert found.pop("is_unmanaged") == "value_composite"
    assert found.pop("target_date") == "not_a_date"
    assert found.pop("valid_to") == "valid_to_not_after_valid_from"
    assert not found
    assert faults(pages.post(ITEMS, json=plot(grid_code="G999"), headers=GEOJSON)) == {
        "grid_code": "refers_to_nothing"
    }
    bow = {
        "type": "Polygon",
        "coordinates": [[[126, 42], [126.1, 42.1], [126.1, 42], [126, 42.1], [126, 42]]],
    }
    for place, code in [
        (bow, "geometry_invalid"),
        ({"type": "Point", "coordinates": [126, 42]}, "geometry_family"),
        ({"type": "Polygon", "coordinates": []}, "geometry_missing"),
        ({"type": "Polygon", "coordinates": [[1, "x"]]}, "geometry_unbuildable"),
        (None, "geometry_missing"),
    ]:
        assert faults(pages.post(ITEMS, json=plot() | {"geometry": place}, headers=GEOJSON)) == {
            "geometry": code
        }
    assert faults(pages.post(ITEMS, json=plot("K1"), headers=GEOJSON)) == {"code": "key_exists"}
    known = store.read("bare_land").index[0]
    tag = pages.get(f"{ITEMS}/{known}").headers["ETag"]
    patch = {"properties": {"area_m2": 10**400}}
    assert faults(
        pages.patch(f"{ITEMS}/{known}", json=patch, headers=PATCH | {"If-Match": tag})
    ) == {"area_m2": "not_an_integer"}
    assert store.state() == before


def test_what_is_no_feature_is_refused(quick: tuple[TestClient, Store]) -> None:
    pages, store = quick
    before = store.state()
    for body in [
        "", "[]", "1", "nul", "{}", '{"type":"FeatureCollection","features":[]}',
        '{"type":"Feature","properties":[],"geometry":null}', '{"type":"Feature","geometry":[]}',
        '{"type":"Feature","properties":{"name":"\\ud800"},"geometry":null}',
        '{"type":"Feature","properties":{"area_m2":NaN},"geometry":null}',
        '{"type":"Feature","id":7,"properties":{},"geometry":null}',
        "[" * 20_000, '{"a":' * 20_000, "9" * 5_000,
    ]:  # fmt: skip
        answer = pages.post(ITEMS, content=body.encode(), headers=GEOJSON)
        assert answer.status_code == 400, answer.text
        assert answer.json()["code"] in {"request_malformed", "feature_faulty"}, answer.text
    for media in ("text/plain", "application/x-www-form-urlencoded", ""):
        refused = pages.post(ITEMS, content=json.dumps(plot()), headers={"Content-Type": media})
        assert refused.status_code in {413, 415}
    large = pages.post(ITEMS, content=b" " * 4_000_001, headers=GEOJSON)
    assert (large.status_code, large.json()["code"]) == (413, "request_too_large")
    ring = [[126 + n * 1e-9, 42 + n % 2 * 1e-9] for n in range(100_001)]
    detailed = plot() | {"geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}}
    answer = pages.post(ITEMS, json=detailed, headers=GEOJSON)
    assert (answer.status_code, answer.json()["code"]) == (413, "place_too_detailed")
    assert pages.post(f"{ITEMS}?limit=1", json=plot(), headers=GEOJSON).status_code == 400
    assert store.state() == before


def test_who_changes_says_of_which_version(quick: tuple[TestClient, Store]) -> None:
    pages, store = quick
    uid = store.read("bare_land").index[0]
    there = f"{ITEMS}/{uid}"
    tag = pages.get(there).headers["ETag"]
    before = store.state()
    for method, body in [
        ("PUT", plot()),
        ("PATCH", {"properties": {"name": "x"}}),
        ("DELETE", None),
    ]:
        for given, status in [
            ({}, 428),
            ({"If-Match": '"0"'}, 412),
            ({"If-Match": '"x.1.2"'}, 412),
        ]:
            answer = pages.request(method, there, json=body, headers=GEOJSON | given)
            assert answer.status_code == status, answer.text
        missing = pages.request(
            method, f"{ITEMS}/nobody", json=body, headers=GEOJSON | {"If-Match": tag}
        )
        assert missing.status_code == 404
    assert store.state() == before
    # An edit past the service counts as one.
    with store.change(author="tester", message="renamed") as change:
        change.update("bare_land", store.read("bare_land", columns=["name"]).assign(name="新"))
    answer = pages.patch(
        there, json={"properties": {"name": "x"}}, headers=PATCH | {"If-Match": tag}
    )
    assert answer.status_code == 412
    tags = f'"a.1.b", {pages.get(there).headers["ETag"]}'
    answer = pages.patch(
        there, json={"properties": {"name": "x"}}, headers=PATCH | {"If-Match": tags}
    )
    assert answer.json()["properties"]["name"] == "x"


def test_asking_twice_does_not_make_two(quick: tuple[TestClient, Store]) -> None:
    pages, store = quick
    uid = "0f6b6d4e-7a53-4a9e-9a43-6f4f0a3c5d11"
    first = pages.post(ITEMS, json=plot() | {"id": uid}, headers=GEOJSON)
    assert first.headers["Location"].endswith(uid)
    again = pages.post(ITEMS, json=plot() | {"id": uid}, headers=GEOJSON)
    assert (again.status_code, again.json()["code"]) == (409, "feature_exists")
    assert len(store.read("bare_land", where="code = 'K9'")) == 1
    odd = pages.post(ITEMS, json=plot("K7") | {"id": "seven"}, headers=GEOJSON)
    assert (odd.status_code, odd.json()["code"]) == (400, "feature_rejected")
    other = pages.put(
        f"{ITEMS}/{uid}", json=plot() | {"id": "seven"}, headers=GEOJSON | {"If-Match": "*"}
    )
    assert other.status_code == 400


def test_only_what_was_opened_is_written(quick: tuple[TestClient, Store]) -> None:
    pages, _ = quick
    closed = "/ogc/collections/road/items"
    uid = pages.get(closed).json()["features"][0]["id"]
    for method, path in [
        ("POST", closed),
        ("PUT", f"{closed}/{uid}"),
        ("PATCH", f"{closed}/{uid}"),
        ("DELETE", f"{closed}/{uid}"),
    ]:
        answer = pages.request(method, path, json=plot(), headers=GEOJSON)
        assert answer.status_code == 405
        assert answer.headers["Allow"] == "GET, HEAD"
    assert pages.options(closed).headers["Allow"] == "GET, HEAD, OPTIONS"
    assert pages.options(ITEMS).headers["Allow"] == "GET, HEAD, OPTIONS, POST"
    one = pages.options(f"{ITEMS}/anything").headers["Allow"]
    assert one == "GET, HEAD, OPTIONS, PUT, PATCH, DELETE"
    assert pages.post("/ogc/collections/nothing/items", json=plot()).status_code == 404


def test_everybody_writes_where_they_may(house: House) -> None:
    house.accounts.openings.open_writing("bare_land", by=BY)
    grant(house, "west", "planner", unit="C0")
    grant(house, "east", "planner", unit="C2")
    grant(house, "walker", "surveyor", unit="C2")
    grant(house, "reader", "viewer", unit=None)
    west, east, walker, reader = (house.token(n) for n in ("west", "east", "walker", "reader"))
    pages = house.pages
    made = pages.post(ITEMS, json=plot(), headers=GEOJSON | walker)
    assert made.status_code == 201, made.text
    uid, known = made.json()["id"], {"If-Match": made.headers["ETag"]}
    there = f"{ITEMS}/{uid}"
    store = open_store(house.path)
    assert store.changesets()[-1].author == "walker"
    before = store.state()
    # What one does not see is not there, and answers as what is nowhere.
    hidden = pages.delete(there, headers=west | known)
    absent = pages.delete(there.replace(uid, uid[::-1]), headers=west | known)
    assert hidden.status_code == absent.status_code == 404
    assert hidden.text.replace(uid, "") == absent.text.replace(uid[::-1], "")
    assert pages.post(ITEMS, json=plot("K5"), headers=GEOJSON | west).status_code == 403
    for who, status in [(walker, 403), (reader, 403), ({}, 401)]:
        assert pages.delete(there, headers=who | known).status_code == status
    # Not out of one's own units either.
    away = {"geometry": square(100)}
    tag = {"If-Match": pages.get(there, headers=east).headers["ETag"]}
    assert pages.patch(there, json=away, headers=PATCH | east | tag).status_code == 403
    assert store.state() == before
    near = {"geometry": square(1300)}
    assert pages.patch(there, json=near, headers=PATCH | east | tag).status_code == 200
    tag = {"If-Match": pages.get(there, headers=east).headers["ETag"]}
    assert pages.delete(there, headers=east | tag).status_code == 204
    assert store.changesets()[-1].author == "east"
    store.close()


def test_the_example_of_the_manual_works(house: House) -> None:
    house.accounts.openings.open_writing("bare_land", by=BY)
    grant(house, "west", "planner", unit=None)
    page = (Path(__file__).parents[3] / "docs/ogc.md").read_text("utf-8")
    (example,) = (
        part for part in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "post(" in part
    )
    token = house.token("west")["Authorization"].removeprefix("Bearer ")
    program = (
        example.replace("import requests\n", "")
        .replace("SERVER:8000", "localhost")
        .replace("gg_…", token)
    )
    room = {"requests": house.pages}  # whose methods are those of `requests`
    exec(program, room)  # noqa: S102 - our own manual
    (found,) = house.pages.get(f"{ITEMS}?code=K900", headers=house.token("west")).json()["features"]
    assert found["properties"]["note"] == "已看过"


def test_a_browser_writes_only_from_our_pages(house: House) -> None:
    from api.rights.forms import FORM_HEADER

    house.accounts.openings.open_writing("bare_land", by=BY)
    pages = house.pages
    form = pages.get("/login").text
    token = form.partition('name="form" value="')[2].partition('"')[0]
    signed = pages.post(
        "/login", data={"name": "chief", "password": WORD, "form": token}, follow_redirects=False
    )
    assert signed.status_code == 303, signed.text
    browser = GEOJSON | {"Origin": "http://localhost"}  # as browsers say it themselves
    refused = pages.post(ITEMS, json=plot(), headers=browser)
    assert (refused.status_code, refused.json()["code"]) == (403, "form_stale")
    foreign = pages.post(ITEMS, json=plot(), headers=GEOJSON | {"Origin": "http://evil.example"})
    assert foreign.status_code == 403
    form = pages.get("/account").text
    token = form.partition('name="form" value="')[2].partition('"')[0]
    made = pages.post(ITEMS, json=plot(), headers=browser | {FORM_HEADER: token})
    assert made.status_code == 201, made.text
    pages.cookies.clear()


def test_who_waits_to_write_keeps_nobody_from_reading(
    open_city: tuple[TestClient, Store],
) -> None:
    """More wait than there are threads, for somebody who writes for a while."""
    pages, store = open_city

    def write(number: int) -> int:
        return pages.post(ITEMS, json=plot(f"W{number}"), headers=GEOJSON).status_code

    with ThreadPoolExecutor(24) as others:
        with store.change(author="somebody", message="for a while"):
            written = [others.submit(write, number) for number in range(24)]
            wait(written, timeout=1)
            assert pages.get(f"{ITEMS}?limit=1").status_code == 200
            assert not any(each.done() for each in written)
        assert {each.result() for each in written} == {201}
    assert store.state().changeset == 25
