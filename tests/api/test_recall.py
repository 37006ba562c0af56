"""Answers are given again only to who shows the same, and only while all is as it was."""

import datetime as dt
import re
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest
from shapely.geometry import box
from starlette.testclient import TestClient

import api
from api import recall
from api.recall import NOT_READ, PRESENT
from api.rights import guard
from layers import open_store
from layers.accounts import IDLE, By, journal
from tests.api.conftest import at
from tests.api.guarded import WORD, House, grant
from tests.api.test_freshness import tile_of

BY = By(who="tester", origin="here")
ITEMS = "/ogc/collections/bare_land/items"
TILE = tile_of(box(1500, 100, 1560, 160), 15)
# Of requests that change something, which are never answered from memory.
ONLY_GUARDED = {"sec-fetch-site"}
SENT = {"watch.py": {"x-request-id"}, "protocol.py": {"connection"}}


@pytest.fixture
def path(city_path: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(city_path, tmp_path / "city.gpkg"))


def recalled(client: TestClient) -> int:
    """Say how many answers were given again."""
    text = client.app.state.service.metrics.text().decode()  # type: ignore[attr-defined]  # an ASGI app, as TestClient sees it
    found = re.search(r'cache="answers",result="found"} (\d+)', text)
    return int(found[1]) if found else 0


def again(client: TestClient, address: str, **headers: str) -> bool:
    """Ask, and tell whether the answer was one that had been given before."""
    before = recalled(client)
    assert client.get(address, headers=headers).is_success
    return recalled(client) > before


@pytest.mark.parametrize("address", ["/ogc", "/ogc/collections", ITEMS, TILE])
def test_the_same_is_answered_by_the_same_bytes(
    path: Path, client_of: Callable[..., TestClient], address: str
) -> None:
    client = client_of(path)
    answers = [client.get(address, headers={"X-Request-Id": f"request-{n}"}) for n in range(3)]
    assert recalled(client) == 2
    assert len({answer.content for answer in answers}) == 1
    told = [dict(answer.headers) for answer in answers]
    assert [one.pop("x-request-id") for one in told] == [f"request-{n}" for n in range(3)]
    assert told[0] == told[1] == told[2]
    assert answers[2].headers.get_list("x-content-type-options") == ["nosniff"]
    known = {"If-None-Match": answers[0].headers["etag"]}
    assert [client.get(address, headers=known).status_code for _ in range(2)] == [304, 304]
    assert recalled(client) == 3
    assert [client.head(address).content for _ in range(2)] == [b"", b""]
    numbers = client.app.state.service.metrics.text().decode()  # type: ignore[attr-defined]  # an ASGI app, as TestClient sees it
    template = re.escape(re.sub("bare_land", "{collection}", address.partition("/tiles")[0]))
    assert re.search(
        f'requests_total.method="GET",route="{template}[^"]*",status="200". 3', numbers
    )


def test_what_anybody_commits_is_asked_anew(
    path: Path, client_of: Callable[..., TestClient]
) -> None:
    client = client_of(path)
    assert [again(client, ITEMS) for _ in range(2)] == [False, True]
    plot = at({"code": ["K7"]}, [box(1520, 120, 1540, 140)])
    with closing(open_store(path)) as store, store.change(author="t", message="m") as change:
        change.insert("bare_land", plot)
    assert "K7" in client.get(ITEMS).text
    assert again(client, ITEMS)
    with closing(open_store(path)) as store, store.change(author="t", message="m") as change:
        change.insert("adopter", pd.DataFrame({"code": ["A9"]}))
    assert not again(client, ITEMS)  # another layer, but who knows that


@pytest.mark.parametrize("address", ["/ogc/collections", ITEMS, f"{ITEMS}?limit=1&f=json", TILE])
def test_after_a_commit_the_same_door_answers_with_all_that_an_answer_has(
    path: Path, client_of: Callable[..., TestClient], address: str
) -> None:
    client, fresh = client_of(path), client_of(path)
    client.get(address)
    for number in range(2):
        plot = at({"code": [f"K{number}"]}, [box(1520, 120, 1540, 140)])
        with closing(open_store(path)) as store, store.change(author="t", message="m") as change:
            change.insert("bare_land", plot)
        asked = {"X-Request-Id": "request-1"}
        anew, first = (one.get(address, headers=asked) for one in (client, fresh))
        told = [dict(one.headers) for one in (anew, first)]
        if address is TILE:  # which may say the same in other words
            assert all(one.pop("content-length") for one in told)
        else:
            said = [re.sub(r'"timeStamp":"[^"]*"', "", one.text) for one in (anew, first)]
            assert said[0] == said[1]
        assert anew.status_code == 200
        assert told[0] == told[1]
    template = re.escape(re.sub("bare_land", "{collection}", address.partition("/tiles")[0]))
    numbers = client.app.state.service.metrics.text().decode()  # type: ignore[attr-defined]  # an ASGI app, as TestClient sees it
    template = template.partition(re.escape("?"))[0]
    assert re.search(
        f'requests_total.method="GET",route="{template}[^"]*",status="200". 3', numbers
    )


def test_midnight_ends_what_was_said_of_the_day(
    path: Path, client_of: Callable[..., TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(path)
    begun = dt.datetime(2026, 8, 31, 23, 59, 59, tzinfo=dt.UTC)
    monkeypatch.setattr("layers.clock.here_and_now", lambda: begun)
    assert [again(client, ITEMS) for _ in range(2)] == [False, True]
    monkeypatch.setattr("layers.clock.here_and_now", lambda: begun + dt.timedelta(seconds=1))
    assert [again(client, ITEMS) for _ in range(2)] == [False, True]


def test_nobody_is_given_what_another_was(house: House) -> None:
    grant(house, "cadre", "surveyor", unit="C0")
    chief, cadre = house.token("chief"), house.token("cadre")
    for _ in range(2):  # their use is written down at first
        house.pages.get(ITEMS, headers=chief)
        house.pages.get(ITEMS, headers=cadre)
    assert again(house.pages, ITEMS, **chief)
    assert again(house.pages, ITEMS, **cadre)
    assert house.pages.get(ITEMS, headers=chief).json()["numberMatched"] == 1
    assert house.pages.get(ITEMS, headers=cadre).json()["numberMatched"] == 0
    assert house.pages.get(ITEMS).status_code == 401
    house.accounts.openings.open("bare_land", by=BY)
    assert house.pages.get(ITEMS).json()["numberMatched"] == 1
    assert again(house.pages, ITEMS)
    house.accounts.openings.close("bare_land", by=BY)
    assert house.pages.get(ITEMS).status_code == 401
    (made,) = [one for one in house.accounts.tokens.all() if one.account == "chief"]
    house.accounts.tokens.revoke(made.prefix, by=BY)
    refused = house.pages.get(ITEMS, headers=chief)
    unknown = house.pages.get(ITEMS, headers={"Authorization": "Bearer unknown"})
    assert refused.status_code == 401
    assert refused.json() == unknown.json()  # it is not taken for nobody's


def test_a_session_ends_by_the_clock_alone(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = house.accounts.sessions.begin("chief", WORD, by=BY)
    cookie = {"Cookie": f"greengrid_session={secret}"}
    assert [again(house.pages, ITEMS, **cookie) for _ in range(2)] == [False, True]
    begun = journal.now()
    clock = [begun + dt.timedelta(minutes=2)]
    monkeypatch.setattr("layers.accounts.journal.now", lambda: clock[0])
    assert not again(house.pages, ITEMS, **cookie)  # its use is written down
    assert [again(house.pages, ITEMS, **cookie) for _ in range(2)] == [False, True]
    clock[0] += IDLE
    assert house.pages.get(ITEMS, headers=cookie).status_code == 401


def test_who_is_handed_on_is_not_taken_for_the_machines_own_user(
    path: Path, client_of: Callable[..., TestClient]
) -> None:
    client = client_of(path)
    assert [again(client, ITEMS) for _ in range(2)] == [False, True]
    handed_on = {"X-Forwarded-For": "203.0.113.7"}
    assert client.get(ITEMS, headers=handed_on).status_code == 401
    assert client.get(ITEMS, headers={"Host": "city.example"}).status_code == 401


def test_doors_with_words_of_their_own_are_always_asked(
    path: Path, client_of: Callable[..., TestClient]
) -> None:
    client = client_of(path)
    page = {"Accept": "text/html"}
    assert [again(client, "/ogc/collections", **page) for _ in range(2)] == [False, False]
    assert [again(client, f"{ITEMS}?f=csv") for _ in range(2)] == [False, False]
    assert client.get(f"{ITEMS}/nobody").status_code == 404
    assert client.get(f"{ITEMS}/nobody").status_code == 404
    assert recalled(client) == 0


def test_no_answer_depends_on_a_header_that_is_not_looked_at() -> None:
    assert not (NOT_READ & PRESENT)
    for file in Path(api.__file__).parent.rglob("*.py"):
        if file.name == "recall.py":
            continue
        read = set(re.findall(r'"([a-z][a-z0-9-]+)"', file.read_text(encoding="utf-8").lower()))
        allowed = ONLY_GUARDED if file == Path(guard.__file__) else set()
        # The id goes around what is given again; the others are what we send.
        sent = SENT.get(file.name, {"cache-control"})
        assert not read & NOT_READ - allowed - sent, file


def test_what_is_kept_is_bounded_whatever_is_asked(
    path: Path, client_of: Callable[..., TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recall, "_MOST_BYTES", 480_000)
    client = client_of(path)
    padding = {"X-Padding": "x" * 9_000}  # counts, although the answer is small
    for number in range(40):
        assert not again(client, ITEMS, **padding, **{"X-Number": str(number)})
    assert again(client, ITEMS, **padding, **{"X-Number": "39"})
    assert again(client, ITEMS, **padding, **{"X-Number": "30"})
    assert not again(client, ITEMS, **padding, **{"X-Number": "2"})
    assert not again(client, ITEMS, **{"X-Padding": "x" * 40_000})
    assert not again(client, ITEMS, **{"X-Padding": "x" * 40_000})
