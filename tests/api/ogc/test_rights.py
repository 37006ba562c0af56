"""What may not be seen is as absent as what is not there."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import load_workbook
from starlette.testclient import TestClient

from api.rights import scope_of
from layers import open_store
from layers.store import Scope, Verb

ITEMS = "/ogc/collections/building/items"
Door = Callable[[Scope], TestClient]


@pytest.fixture
def seen(city_path: Path, client_of: Callable[..., TestClient]) -> Door:
    """Ask as somebody with a scope."""
    client = client_of(city_path)

    def door(scope: Scope) -> TestClient:
        client.app.dependency_overrides[scope_of] = lambda: scope  # type: ignore[attr-defined]  # FastAPI's
        return client

    return door


READ = frozenset({Verb.READ})


def test_hidden_and_absent_are_told_in_the_same_bytes(seen: Door) -> None:
    client = seen(Scope(kinds=frozenset({"building", "grid"}), verbs=READ))
    for path in ("", "/items", "/queryables", "/items/x"):
        answers = [
            client.get(f"/ogc/collections/{key}{path}") for key in ("green_space", "green_spice")
        ]
        hidden, absent = (one.text.replace("green_spice", "green_space") for one in answers)
        assert [one.status_code for one in answers] == [404, 404]
        assert hidden == absent
    listed = client.get("/ogc/collections").json()["collections"]
    assert {one["id"] for one in listed} == {"building", "grid"}
    assert "green_space" not in client.get("/ogc/api").text


def test_a_territory_is_all_that_there_is(seen: Door, city_path: Path) -> None:
    store = open_store(city_path)
    grids = store.read("grid")
    mine = Scope(units=frozenset([grids.index[grids["code"] == "G000"][0]]), verbs=READ)
    expected = store.read("building", scope=mine)
    store.close()
    assert 0 < len(expected) < 96
    everything = seen(Scope.all()).get(ITEMS, params={"limit": 500})
    client = seen(mine)
    found = client.get(ITEMS, params={"limit": 500})
    assert found.headers["etag"] != everything.headers["etag"]
    assert [one["id"] for one in found.json()["features"]] == expected.index.tolist()
    assert found.json()["numberMatched"] == len(expected)
    for form in ("csv", "html"):
        text = client.get(ITEMS, params={"f": form}).text
        assert "B0095" not in text
    others = [one["id"] for one in everything.json()["features"] if one["id"] not in expected.index]
    hidden = client.get(f"{ITEMS}/{others[0]}")
    absent = client.get(f"{ITEMS}/{others[0][::-1]}")
    assert (hidden.status_code, absent.status_code) == (404, 404)
    assert hidden.text.replace(others[0], "") == absent.text.replace(others[0][::-1], "")
    box = client.get("/ogc/collections/building").json()["extent"]["spatial"]["bbox"][0]
    assert box == pytest.approx(list(expected.total_bounds), abs=1e-5)


def test_counts_are_asked_by_nobody_and_small_ones_told_to_nobody(
    seen: Door, city_path: Path
) -> None:
    client = seen(Scope(verbs=READ, without_counts=True))
    for path in ("/queryables", "/sortables"):
        assert '"households"' not in client.get(f"/ogc/collections/building{path}").text
    for query in (
        "households=6",
        "filter=households%3D6",
        "sortby=households",
        "properties=households",
    ):
        assert client.get(f"{ITEMS}?{query}").status_code == 400
    store = open_store(city_path)
    real = store.read("building")["households"]
    store.close()
    found = client.get(ITEMS, params={"limit": 500}).json()
    told = {one["id"]: one["properties"]["households"] for one in found["features"]}
    withheld = set(found["withheld"]["ids"])
    assert "1 至 4 户" in found["withheld"]["reason"]
    assert set(real[real < 5].index) < withheld
    assert 10 < sum(value is not None for value in told.values()) < 90
    for uid, value in told.items():
        assert value is None if uid in withheld or real.isna()[uid] else value == real[uid]
    uid = min(withheld)
    one = client.get(f"{ITEMS}/{uid}").json()
    assert one["properties"]["population"] is None
    assert one["withheld"]["ids"] == [uid]
    page = client.get(f"{ITEMS}/{uid}?f=html").text
    assert page.count("不公开") >= 2
    assert "以免相减得出" in page
    rows = list(csv.DictReader(client.get(f"{ITEMS}?f=csv").text.lstrip("\ufeff").splitlines()))
    assert {row["uid"] for row in rows if row["households"] == "不公开"} == withheld
    book = load_workbook(io.BytesIO(client.get(f"{ITEMS}?f=xlsx&lang=en").content))
    cells = [cell.value for row in book.worksheets[0].iter_rows() for cell in row]
    assert "withheld" in cells
    earlier = client.get(ITEMS, params={"as-of": 0}).json()["features"]
    assert all(one["properties"]["households"] is None for one in earlier)


def test_who_may_see_nothing_is_asked_to_sign_in(seen: Door) -> None:
    client = seen(Scope.nothing())
    answers = [client.get(f"/ogc{path}") for path in ("", "/collections", "/collections/x/items")]
    for answer in answers:
        assert answer.status_code in {401, 403}
        assert answer.headers["content-type"] == "application/problem+json"
    told = {answer.json()["code"] for answer in answers}
    assert len(told) == 1
