"""For anybody, at every door: nothing hidden is named, counted or told from what is not there."""

import io
import re
import sqlite3
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from layers import Scope, Store, open_store
from layers.accounts import ROLES, open_accounts
from layers.store import Verb, copy_store
from tests.api.conftest import pages_of
from tests.api.guarded import BY, HTML, QUICK, WORD, House, as_told, grant
from tests.api.test_hidden import KINDS, NAMES, UNITS
from tests.postgis import running_server

Granted = list[tuple[str, str | None, set[str] | None]]
Answer = Any

RULES = "baishan_slogan_300_500_1000"
TILE = "tiles/WebMercatorQuad/6/23/54"  # in which the whole city lies
PAGES = (
    "/", "/maps/layers", "/maps/layers?export=1", "/maps/coverage?weight=buildings", "/rules",
    "/maps/gaps?weight=area", "/account", "/jobs", "/ogc?f=html", "/ogc/api", "/ogc/collections",
    "/ogc/jobs", "/ogc/processes", f"/maps/coverage?weight=households&rules={RULES}&export=1",
)  # fmt: skip
OF_A_LAYER = (
    "", "?f=html", "/items", "/items?f=html", "/items?f=csv", "/items?f=xlsx", "/items?f=gpkg",
    "/items?as-of=1", "/items?filter=code%20LIKE%20'%25'&sortby=-code&limit=3", f"/{TILE}",
    "/items?bbox=-180,-90,180,90&properties=code", "/queryables", "/sortables", "/schema", "/tiles",
)  # fmt: skip
OF_A_FEATURE = ("", "?f=html", "?as-of=1")
ASKED = {
    "coverage": {"rules": RULES, "weight": "buildings", "by": "grid"},
    "gaps": {"rules": RULES, "weight": "buildings"},
    "indicators": {"by": "grid"},
    "hotspots": {"by": "grid"},
    "scenario": {"rules": RULES, "green": ["K1"]},
    "sites": {"rules": RULES, "k": 1},
}
_EXAMPLES = {"G001"}  # of how one asks, in the description of every address
ABSENT = "00000000-0000-4000-8000-000000000000"

GRANTED = given(
    grants=st.lists(
        st.tuples(
            st.sampled_from([role for role in ROLES if role != "administrator"]),
            st.sampled_from(UNITS),
            st.none() | st.sets(st.sampled_from(KINDS), min_size=1),
        ),
        max_size=2,
    ),
    opened=st.sets(st.sampled_from(KINDS), max_size=3),
    number=st.integers(0, 10_000),
)
RUN: dict[str, dict[str, str]] = {"run": {}}
ONCE = (Phase.explicit, Phase.generate)  # a smaller case would be looked for all day
ONE_HOUSE = [HealthCheck.function_scoped_fixture]


@settings(max_examples=2, deadline=None, phases=ONCE, suppress_health_check=ONE_HOUSE)
@GRANTED
def test_no_door_tells_of_what_is_hidden(
    house: House, grants: Granted, opened: set[str], number: int
) -> None:
    assert_nothing_is_told(house, grants, opened, number, few=True)


@pytest.mark.long
@settings(max_examples=60, deadline=None, phases=ONCE, suppress_health_check=ONE_HOUSE)
@GRANTED
def test_no_door_ever_tells_of_what_is_hidden(
    house: House, grants: Granted, opened: set[str], number: int
) -> None:
    assert_nothing_is_told(house, grants, opened, number)


@pytest.mark.long
@settings(max_examples=60, deadline=None, phases=ONCE, suppress_health_check=ONE_HOUSE)
@GRANTED
def test_no_door_of_a_database_tells_of_what_is_hidden(
    database_house: House, grants: Granted, opened: set[str], number: int
) -> None:
    assert_nothing_is_told(database_house, grants, opened, number)


@pytest.fixture
def database_house(guarded_path: Path) -> Iterator[House]:
    with running_server() as server:
        name = server.create()
        server.run("CREATE EXTENSION postgis", database=name)
        url: Any = server.url(name)
        with closing(open_store(guarded_path)) as store:
            copy_store(store, url)
        accounts = open_accounts(url, passwords=QUICK)
        accounts.people.add("chief", WORD, by=BY, role="administrator")
        with pages_of(url) as client:
            yield House(client, accounts, url)
        accounts.close()


def assert_nothing_is_told(
    house: House, grants: Granted, opened: set[str], number: int, *, few: bool = False
) -> None:
    headers = [_somebody(house, grants, opened), {}]
    store = open_store(house.path)
    try:
        for shown in headers:
            visitor = _Visitor(house, store, shown, number, few=few)
            visitor.asks_every_door()
            visitor.cannot_tell_hidden_from_absent()
    finally:
        store.close()


class _Visitor:
    """Somebody, and what the store itself lets them see."""

    def __init__(
        self, house: House, store: Store, shown: dict[str, str], number: int, *, few: bool
    ) -> None:
        self._pages, self._shown, self._number = house.pages, shown, number
        self._few = few
        token = shown.get("Authorization", "").removeprefix("Bearer ") or None
        visitor = house.accounts.visitor(store.kinds, token=token)
        scope = self._scope = Scope.nothing() if visitor is None else visitor.scope
        self._store = store
        self._seen: dict[str, Any] = {
            kind: store.read(kind, columns=["code", "name"], scope=scope)
            for kind in store.kinds
            if scope.allows(Verb.READ, kind) and store.count(kind)
        }
        self._names = {
            text for rows in self._seen.values() for name in ("code", "name") for text in rows[name]
        }

    def asks_every_door(self) -> None:
        of_layers = [f"/ogc/collections/{kind}{path}" for kind in KINDS for path in OF_A_LAYER]
        doors: list[tuple[str, str, Any]] = [
            ("GET", path, None) for path in (*self._some(PAGES, 14), *self._some(of_layers, 12))
        ]
        outputs: tuple[Any, ...] = (RUN, {"table": {"transmissionMode": "value"}})
        for name, inputs in self._some([*ASKED.items()], 2):
            path = f"/ogc/processes/{name}/execution"
            doors.extend(("POST", path, {"inputs": inputs, "outputs": each}) for each in outputs)
        for method, path, body in doors:
            for accept in (HTML,) if self._few else (HTML, {}):
                answer = self._ask(method, path, accept, body)
                assert answer.status_code < 500, (path, answer.text)
                told = set(NAMES.findall(_text(answer))) - _EXAMPLES
                assert told <= self._names, (path, told - self._names, self._scope)
                for found in re.findall(r"/runs/([0-9a-f-]{36})", _text(answer))[:1]:
                    run = self._ask("GET", f"/runs/{found}", HTML)
                    assert set(NAMES.findall(run.text)) <= self._names, path
        for kind in self._some(KINDS, 3):
            found = self._ask("GET", f"/ogc/collections/{kind}/items?limit=1", {})
            if found.status_code == 200:
                assert found.json()["numberMatched"] == len(self._seen[kind])

    def cannot_tell_hidden_from_absent(self) -> None:
        for kind in self._some(KINDS, 2):
            if kind not in self._seen:
                nowhere = f"{kind[:-1]}x"
                for path in OF_A_LAYER:
                    self._same(f"/ogc/collections/{kind}{path}", kind, nowhere)
                for path in OF_A_FEATURE:
                    self._same(f"/ogc/collections/{kind}/items/{ABSENT}{path}", kind, nowhere)
                continue
            everything = self._store.read(kind, columns=[]).index
            hidden = everything.difference(self._seen[kind].index)
            for uid in hidden[:1]:
                items = f"/ogc/collections/{kind}/items"
                for path in OF_A_FEATURE:
                    self._same(f"{items}/{uid}{path}", uid, ABSENT)
                for method in ("PUT", "PATCH", "DELETE"):
                    self._same(f"{items}/{uid}", uid, ABSENT, method, {"properties": {}})
        runs = self._some([run.id for run in self._store.runs()[-6:]] or [ABSENT], 6)
        for run_id in runs:
            answers = [
                self._ask("GET", f"/runs/{each}", HTML) for each in (run_id, str(uuid.UUID(int=7)))
            ]
            if answers[0].status_code == 404:
                other = str(uuid.UUID(int=7))
                assert as_told(answers[0], other, run_id) == as_told(answers[1], other, run_id)

    def _same(
        self, path: str, hidden: str, absent: str, method: str = "GET", body: Any = None
    ) -> None:
        for accept in (HTML, {}):
            there = self._ask(method, path, accept, body)
            nowhere = self._ask(method, path.replace(hidden, absent), accept, body)
            assert there.status_code == nowhere.status_code, (method, path)
            assert there.status_code >= 400 or there.is_redirect, (method, path)
            assert as_told(there, absent, hidden) == as_told(nowhere, absent, hidden), (
                method,
                path,
            )

    def _ask(self, method: str, path: str, accept: dict[str, str], body: Any = None) -> Answer:
        media = {"If-Match": "*"} if method in {"PUT", "PATCH", "DELETE"} else {}
        if method in {"PUT", "PATCH"}:
            sort = "geo" if method == "PUT" else "merge-patch"
            media["Content-Type"] = f"application/{sort}+json"
        headers = {**accept, **self._shown, **media}
        return self._pages.request(method, path, json=body, headers=headers, follow_redirects=False)

    def _some(self, each: Any, count: int) -> list[Any]:
        """Choose some, others for another number."""
        count = max(1, count // 6) if self._few else count
        start = self._number * count % len(each)
        return [each[(start + n) % len(each)] for n in range(min(count, len(each)))]


def _somebody(house: House, grants: Granted, opened: set[str]) -> dict[str, str]:
    openings = house.accounts.openings
    for kind in KINDS:
        (openings.open if kind in opened else openings.close)(kind, by=BY)
        openings.open_writing(kind, by=BY)
    name = f"u{len(house.accounts.people.all())}"
    house.accounts.people.add(name, WORD, by=BY)
    for role, unit, kinds in grants:
        grant(house, name, role, unit=unit, kinds=kinds)
    return house.token(name)


def _text(answer: Answer) -> str:
    content: bytes = answer.content
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            content = b"\n".join(book.read(name) for name in book.namelist())
    if content.startswith(b"SQLite format 3"):
        return _dumped(content)
    return content.decode("utf-8", "ignore")


def _dumped(content: bytes) -> str:
    """Write out every row of a GeoPackage."""
    with closing(sqlite3.connect(":memory:")) as database:
        database.deserialize(content)
        tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        rows = (
            row
            for (table,) in tables
            if not table.startswith("rtree")
            for row in database.execute(f'SELECT * FROM "{table}"')
        )
        return "\n".join(repr(row) for row in rows)
