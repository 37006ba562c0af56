"""Who is let in, what each sees, and that what is hidden cannot be told from what is not there."""

import base64
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from starlette.testclient import TestClient

from api.rights.gate import SESSION_COOKIE, is_loopback
from layers import Scope, open_store
from layers.accounts import ROLES, Accounts, By, Passwords, open_accounts
from layers.errors import FilterError
from layers.store import Verb

HTML = {"Accept": "text/html"}
WORD = "correct horse battery"
BY = By(who="tester", origin="here")
QUICK = Passwords(PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),)))
# What names a feature of the city, and nothing else that a page says.
NAMES = re.compile(
    r"\b(?:B\d{4}|G\d{3})\b|\d+号楼|第\d+网格|河口社区|城南社区|东山社区|河滨公园|古塔|主街"
)


@dataclass
class House:
    """A city with accounts, and its pages."""

    pages: TestClient
    accounts: Accounts
    path: Path

    def token(self, name: str) -> dict[str, str]:
        made = self.accounts.tokens.make(self.accounts.people.named(name), by=BY)
        return {"Authorization": f"Bearer {made}"}


@pytest.fixture
def path(city_path: Path, tmp_path: Path) -> Path:
    copied = tmp_path / "guarded.gpkg"
    copied.write_bytes(city_path.read_bytes())
    return copied


@pytest.fixture
def house(path: Path, client_of: Callable[..., TestClient]) -> Iterator[House]:
    accounts = open_accounts(path, passwords=QUICK)
    accounts.people.add("chief", WORD, by=BY, role="administrator")
    yield House(client_of(path), accounts, path)
    accounts.close()


def form_of(page: str) -> str:
    found = re.search(r'name="form" value="(\w+)"', page)
    assert found is not None
    return found[1]


def sign_in(client: TestClient, name: str = "chief", word: str = WORD, **more: str) -> object:
    form = form_of(client.get("/login", headers=HTML).text)
    data = {"name": name, "password": word, "form": form, **more}
    return client.post("/login", data=data, headers=HTML, follow_redirects=False)


def test_without_an_administrator_the_machine_itself_sees_everything_and_nobody_else(
    path: Path, client_of: Callable[..., TestClient]
) -> None:
    here, everywhere = client_of(path), client_of(path, host="0.0.0.0")  # noqa: S104 - nothing listens
    page = here.get("/maps/layers", headers=HTML)
    assert page.status_code == 200
    assert "尚无账户" in page.text
    assert "河滨公园" in page.text
    # A proxy on the machine speaks for others, and so may a name that somebody else gave it.
    handed_on = ({"X-Forwarded-For": "10.0.0.9"}, {"Host": "rebound.example"})
    for client, headers in ((everywhere, {}), *((here, each) for each in handed_on)):
        led = client.get("/maps/layers", headers={**HTML, **headers}, follow_redirects=False)
        assert (led.status_code, led.headers["location"]) == (303, "/setup")
        assert client.get("/maps/layers", headers=headers).status_code == 401
    assert not path.with_name("guarded.accounts.sqlite").exists()


def test_the_first_administrator_is_made_once_by_the_code(
    path: Path, client_of: Callable[..., TestClient]
) -> None:
    client = client_of(path)
    code = client.app.state.service.gate.setup_code  # type: ignore[attr-defined]  # Starlette's app
    page = client.get("/setup", headers=HTML)
    data = {"name": "李规划", "password": WORD, "again": WORD, "form": form_of(page.text)}
    assert client.post("/setup", data={**data, "code": "guess"}).status_code == 403
    differ = {**data, "code": code, "again": "something else"}
    assert client.post("/setup", data=differ).status_code == 422
    made = client.post("/setup", data={**data, "code": code}, follow_redirects=False)
    assert (made.status_code, made.headers["location"]) == (303, "/login")
    assert (
        client.get("/setup").status_code
        == client.post("/setup", data={**data, "code": code}).status_code
        == 404
    )
    led = client.get("/maps/gaps?tier=", headers=HTML, follow_redirects=False)
    assert led.headers["location"] == "/login?to=%2Fmaps%2Fgaps%3Ftier%3D"
    machine = client.get("/maps/gaps")
    assert (machine.status_code, machine.json()["code"]) == (401, "sign_in_needed")
    assert machine.headers["www-authenticate"].startswith("Bearer")


def test_signing_in_and_out(house: House) -> None:
    client = house.pages
    done = sign_in(client, to="/rules?lang=en")
    assert (done.status_code, done.headers["location"]) == (303, "/rules?lang=en")  # type: ignore[attr-defined]  # httpx
    cookie = done.headers["set-cookie"].lower()  # type: ignore[attr-defined]  # as above
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" not in cookie  # there is no TLS here
    page = client.get("/maps/layers", headers=HTML)
    assert "河滨公园" in page.text
    assert page.headers["cache-control"] == "private, no-cache"
    assert "Cookie" in page.headers["vary"]
    account = client.get("/account", headers=HTML)
    assert "管理员" in account.text
    assert account.headers["cache-control"] == "no-store"
    secret = client.cookies[SESSION_COOKIE]
    assert client.post("/logout", data={}).status_code == 403
    client.post("/logout", data={"form": form_of(account.text)})
    client.cookies.set(SESSION_COOKIE, secret)  # whoever kept the cookie has nothing
    assert client.get("/maps/layers").status_code == 401
    client.cookies.clear()


def test_a_password_is_changed_by_whoever_knows_it(house: House) -> None:
    client = house.pages
    sign_in(client)
    form = form_of(client.get("/account", headers=HTML).text)
    data = {"old": WORD, "password": "another long one", "again": "another long one", "form": form}
    assert client.post("/account/password", data={**data, "old": "wrong"}).status_code == 401
    assert client.post("/account/password", data={**data, "again": "x"}).status_code == 422
    assert client.post("/account/password", data={**data, "form": "x"}).status_code == 403
    assert client.post("/account/password", data=data, follow_redirects=False).status_code == 303
    assert client.get("/maps/layers").status_code == 401
    assert sign_in(client).status_code == 401  # type: ignore[attr-defined]  # httpx
    assert sign_in(client, word="another long one").status_code == 303  # type: ignore[attr-defined]  # as above
    client.cookies.clear()


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example", "/\\evil.example", "x"])
def test_signing_in_leads_nowhere_else(house: House, to: str) -> None:
    assert sign_in(house.pages, to=to).headers["location"] == "/"  # type: ignore[attr-defined]  # httpx
    house.pages.cookies.clear()


def test_guessing_takes_too_long_and_says_nothing(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "greengrid"):
        known = [sign_in(house.pages, word=f"guess number {n}") for n in range(6)]
        nobody = sign_in(house.pages, name="nobody", word="guess number 0")
    assert [each.status_code for each in known] == [401] * 5 + [429]  # type: ignore[attr-defined]  # httpx
    assert int(known[-1].headers["retry-after"]) > 0  # type: ignore[attr-defined]  # as above
    strip = re.compile(r'value="\w*"')
    assert strip.sub("", nobody.text) == strip.sub("", known[0].text)  # type: ignore[attr-defined]  # as above
    assert "guess number" not in caplog.text
    assert not any("guess" in str(each) for each in house.accounts.journal.last(50))


def test_programs_show_tokens(house: House) -> None:
    shown = house.token("chief")
    token = shown["Authorization"].removeprefix("Bearer ")
    basic = base64.b64encode(f"anybody:{token}".encode()).decode()
    for headers in (shown, {"Authorization": f"Basic {basic}"}):
        assert house.pages.get("/maps/layers", headers=headers).status_code == 200
    for headers in (
        {"Authorization": "Bearer gg_x_y"},
        {"Authorization": "Basic !"},
        {"Authorization": "Digest x"},
    ):
        refused = house.pages.get("/maps/layers", headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (401, "credentials_refused")
    assert house.pages.get("/maps/layers", params={"token": token}).status_code == 401


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Origin": "http://evil.example"}, 403, "form_stale"),
        ({"Sec-Fetch-Site": "cross-site"}, 403, "form_stale"),
        ({"Sec-Fetch-Site": "same-site"}, 403, "form_stale"),
        ({"Origin": "null"}, 403, "form_stale"),
        ({"Content-Length": "99999999"}, 413, "request_too_large"),
        (
            {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"},
            422,
            "parameter_invalid",
        ),
    ],
)
def test_what_another_site_makes_a_browser_send_is_refused(
    house: House, headers: dict[str, str], status: int, code: str
) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = house.pages.post("/login", content=b"name=x", headers={**form, **headers})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_every_answer_has_its_request_id(house: House) -> None:
    named = house.pages.get("/healthz", headers={"X-Request-Id": "desk-0042.7"})
    assert named.headers["x-request-id"] == "desk-0042.7"
    for strange in ("x", "a b c d e f g h", "x" * 65):
        made = house.pages.get("/nope", headers={"X-Request-Id": strange})
        assert re.fullmatch(r"[0-9a-f]{32}", made.headers["x-request-id"])


def test_somebody_without_grants_is_told_so(house: House) -> None:
    house.accounts.people.add("wang", WORD, by=BY)
    answer = house.pages.get("/maps/layers", headers=house.token("wang"))
    assert (answer.status_code, answer.json()["code"]) == (403, "nothing_granted")


def test_what_is_opened_is_shown_without_counts(house: House) -> None:
    store = open_store(house.path)
    for kind in ("road", "building"):
        house.accounts.openings.open(kind, by=BY)
    found = house.accounts.visitor(store.kinds)
    assert found is not None
    shown = store.read("building", scope=found.scope)
    assert len(shown) == 96
    assert shown[["households", "population", "dwellings"]].isna().all(axis=None)
    assert list(shown.columns) == list(store.read("building").columns)
    with pytest.raises(FilterError):
        store.read("building", where="households = 3", scope=found.scope)
    store.close()
    page = house.pages.get("/maps/layers", headers=HTML).text
    assert "主街" in page
    assert "95号楼" in page
    assert "河滨公园" not in page
    assert "登录" in page
    for weight in ("buildings", "households", "population"):
        assert house.pages.get("/maps/coverage", params={"weight": weight}).status_code == 422


def test_a_hidden_run_is_like_one_that_never_was(house: House) -> None:
    chief, absent = house.token("chief"), "00000000-0000-0000-0000-000000000000"
    page = house.pages.get("/maps/coverage", headers={**HTML, **chief}).text
    run_id = re.findall(r"/runs/([0-9a-f-]{36})", page)[0]
    assert house.pages.get(f"/runs/{run_id}", headers={**HTML, **chief}).status_code == 200
    _grant(house, "li", "viewer", unit="C0")
    mine = house.token("li")
    for accept in (HTML, {}):
        hidden, missing = (
            house.pages.get(f"/runs/{each}", headers={**accept, **mine})
            for each in (run_id, absent)
        )
        assert hidden.status_code == missing.status_code == 404
        assert hidden.content.replace(run_id.encode(), absent.encode()) == missing.content
        assert _plain(hidden.headers) == _plain(missing.headers)
    page = house.pages.get("/maps/coverage", headers={**HTML, **mine}).text
    own = re.findall(r"/runs/([0-9a-f-]{36})", page)[0]
    assert own != run_id
    proof = house.pages.get(f"/runs/{own}", headers={**HTML, **mine})
    assert proof.status_code == 200
    assert str(house.path) not in proof.text
    assert house.pages.get(f"/runs/{own}", headers={**HTML, **chief}).status_code == 200


def test_a_hidden_feature_is_like_one_that_never_was(house: House) -> None:
    store = open_store(house.path)
    homes = store.read("building", columns=["code"])["code"]
    _grant(house, "li", "viewer", unit="C0", kinds={"building"})
    mine, absent = house.token("li"), "00000000-0000-4000-8000-000000000000"
    visitor = house.accounts.visitor(store.kinds, token=mine["Authorization"].split()[1])
    assert visitor is not None
    seen = store.read("building", columns=["code"], scope=visitor.scope).index
    store.close()
    hidden = str(homes.index.difference(seen)[0])
    items = "/ogc/collections/building/items"
    assert house.pages.get(f"{items}/{seen[0]}", headers=mine).status_code == 200
    pairs = [
        (f"{items}/{hidden}", f"{items}/{absent}"),
        ("/ogc/collections/green_space", "/ogc/collections/green_castl"),
        ("/ogc/collections/green_space/items", "/ogc/collections/green_castl/items"),
    ]
    for there, nowhere in pairs:
        for headers in (mine, {**mine, **HTML}, {}):
            found, missing = (house.pages.get(each, headers=headers) for each in (there, nowhere))
            assert found.status_code == missing.status_code == 404
            told = found.content.replace(hidden.encode(), absent.encode())
            assert told.replace(b"green_space", b"green_castl") == missing.content
            assert _plain(found.headers) == _plain(missing.headers)


DOORS = [
    "/",
    "/maps/layers",
    "/maps/coverage?weight=buildings",
    "/maps/gaps?weight=area",
    "/ogc/collections/building/items?f=json&limit=1000",
    "/ogc/collections/building/items?f=csv&filter=code%20LIKE%20'B%25'",
    "/ogc/collections/grid/items?f=html",
    "/ogc/collections/green_space/items?f=json&as-of=1",
    "/ogc/collections/community?f=json",
]
UNITS = [None, "C0", "C2", "G003"]
KINDS = ["building", "grid", "community", "green_space", "road", "scenic_spot", "residential_land"]
GRANTS = st.lists(
    st.tuples(
        st.sampled_from([role for role in ROLES if role != "administrator"]),
        st.sampled_from(UNITS),
        st.none() | st.sets(st.sampled_from(KINDS), min_size=1),
    ),
    min_size=1,
    max_size=2,
)


GRANTED = given(grants=GRANTS, opened=st.sets(st.sampled_from(KINDS), max_size=2))
ONE_HOUSE = [HealthCheck.function_scoped_fixture]


@settings(max_examples=3, deadline=None, suppress_health_check=ONE_HOUSE)
@GRANTED
def test_no_door_names_what_its_visitor_may_not_read(
    house: House, grants: list[tuple[str, str | None, set[str] | None]], opened: set[str]
) -> None:
    assert_nothing_hidden_is_named(house, grants, opened)


@pytest.mark.long
@settings(max_examples=60, deadline=None, suppress_health_check=ONE_HOUSE)
@GRANTED
def test_no_door_ever_names_what_its_visitor_may_not_read(
    house: House, grants: list[tuple[str, str | None, set[str] | None]], opened: set[str]
) -> None:
    assert_nothing_hidden_is_named(house, grants, opened)


def assert_nothing_hidden_is_named(
    house: House, grants: list[tuple[str, str | None, set[str] | None]], opened: set[str]
) -> None:
    name = f"u{len(house.accounts.people.all())}"
    for kind in KINDS:
        (house.accounts.openings.open if kind in opened else house.accounts.openings.close)(
            kind, by=BY
        )
    house.accounts.people.add(name, WORD, by=BY)
    for role, unit, kinds in grants:
        _grant(house, name, role, unit=unit, kinds=kinds)
    for headers in (house.token(name), {}):
        token = headers.get("Authorization", "").removeprefix("Bearer ") or None
        visible = _names(house, token)
        for page in DOORS:
            text = house.pages.get(page, headers={**HTML, **headers}, follow_redirects=False).text
            assert set(NAMES.findall(text)) <= visible, page


def test_whoever_may_see_everything_does(house: House) -> None:
    """Else the test before would prove nothing."""
    headers = {**HTML, **house.token("chief")}
    layers, homes, grids = (
        set(NAMES.findall(house.pages.get(DOORS[number], headers=headers).text))
        for number in (1, 4, 6)
    )
    assert {"B0001", "G001", "河口社区", "河滨公园", "古塔", "主街", "7号楼"} <= layers
    assert {"B0001", "7号楼"} <= homes
    assert {"G001", "第1网格"} <= grids


def test_only_this_machine_is_loopback() -> None:
    assert all(is_loopback(each) for each in ("127.0.0.1", "127.1.2.3", "::1", "localhost"))
    assert not any(is_loopback(each) for each in ("0.0.0.0", "::", "10.0.0.1", "city.example"))  # noqa: S104 - names only


def _grant(
    house: House, name: str, role: str, *, unit: str | None, kinds: set[str] | None = None
) -> None:
    if name not in {each.name for each in house.accounts.people.all()}:
        house.accounts.people.add(name, WORD, by=BY)
    store = open_store(house.path)
    codes = {
        code: uid
        for level in ("grid", "community")
        for uid, code in store.read(level, columns=["code"])["code"].items()
    }
    store.close()
    uid = None if unit is None else codes[unit]
    house.accounts.people.grant(name, role, by=BY, unit_uid=uid, kinds=kinds)


def _names(house: House, token: str | None) -> set[str]:
    """Find every name and code that the store itself gives a visitor."""
    store = open_store(house.path)
    visitor = house.accounts.visitor(store.kinds, token=token)
    scope = Scope.nothing() if visitor is None else visitor.scope
    found: set[str] = set()
    for kind in store.kinds:
        if scope.allows(Verb.READ, kind) and store.count(kind):
            rows = store.read(kind, columns=["code", "name"], scope=scope)
            found |= set(rows["code"].dropna()) | set(rows["name"].dropna())
    store.close()
    return found


def _plain(headers: object) -> dict[str, str]:
    return {k: v for k, v in dict(headers).items() if k != "x-request-id"}  # type: ignore[call-overload]  # httpx's
