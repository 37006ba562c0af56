"""Who is let in, what each sees, and that what is hidden cannot be told from what is not there."""

import base64
import logging
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.rights.gate import SESSION_COOKIE, is_loopback
from layers import open_store
from layers.errors import FilterError
from tests.api.guarded import BY, HTML, WORD, House, grant


def form_of(page: str) -> str:
    found = re.search(r'name="form" value="(\w+)"', page)
    assert found is not None
    return found[1]


def sign_in(client: TestClient, name: str = "chief", word: str = WORD, **more: str) -> object:
    form = form_of(client.get("/login", headers=HTML).text)
    data = {"name": name, "password": word, "form": form, **more}
    return client.post("/login", data=data, headers=HTML, follow_redirects=False)


def test_without_an_administrator_the_machine_itself_sees_everything_and_nobody_else(
    guarded_path: Path, client_of: Callable[..., TestClient]
) -> None:
    here, everywhere = client_of(guarded_path), client_of(guarded_path, host="0.0.0.0")  # noqa: S104 - nothing listens
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
    assert not guarded_path.with_name("guarded.accounts.sqlite").exists()


def test_the_first_administrator_is_made_once_by_the_code(
    guarded_path: Path, client_of: Callable[..., TestClient]
) -> None:
    client = client_of(guarded_path)
    code = client.app.state.service.gate.make_setup_code()  # type: ignore[attr-defined]  # Starlette's app
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
    strip = re.compile(r'(?:value="\w*"|nonce="[\w-]*")')
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


def test_what_is_opened_is_shown_without_small_counts(house: House) -> None:
    store = open_store(house.path)
    for kind in ("road", "building"):
        house.accounts.openings.open(kind, by=BY)
    found = house.accounts.visitor(store.kinds)
    assert found is not None
    shown = store.read("building", scope=found.scope)
    assert len(shown) == 96
    # The first that count 4, of nine and nine, and the next beside them in their grids.
    few = store.read("building").query("0 < households < 5").index
    assert shown.loc[few, ["households", "population", "dwellings"]].isna().all(axis=None)
    assert shown["households"].notna().sum() > len(few)
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


def test_only_this_machine_is_loopback() -> None:
    assert all(is_loopback(each) for each in ("127.0.0.1", "127.1.2.3", "::1", "localhost"))
    assert not any(is_loopback(each) for each in ("0.0.0.0", "::", "10.0.0.1", "city.example"))  # noqa: S104 - names only


def test_the_journal_has_what_was_done_and_by_whom(house: House) -> None:
    grant(house, "li", "viewer", unit=None)
    headers = {**house.token("li"), "X-Request-Id": "desk-0042.7"}
    taken = house.pages.get("/ogc/collections/road/items?f=csv", headers=headers)
    assert taken.status_code == 200
    assert house.pages.get("/rules?export=1", headers=headers).status_code == 200
    house.pages.get("/ogc/collections/road/items?f=json", headers=headers)
    house.pages.get("/ogc/collections/castle/items?f=csv", headers=headers)
    house.pages.delete("/ogc/collections/road/items/x", headers=headers)
    house.pages.post("/ogc/collections/road/items", json={})  # by nobody
    found = [(each.deed, each.subject, each.result) for each in house.accounts.journal.last(3)]
    items = "/ogc/collections/road/items"
    assert found == [
        ("deleted", f"{items}/x", "refused"),
        ("exported", "/rules", "done"),
        ("exported", items, "done"),
    ]
    last = house.accounts.journal.last(1)[0]
    assert (last.who, last.request_id) == ("li", "desk-0042.7")


def test_a_session_changes_nothing_for_whom_the_browser_does_not_vouch(house: House) -> None:
    sign_in(house.pages)
    items, ours = "/ogc/collections/road/items", {"Origin": "http://localhost"}
    answers = [
        house.pages.request(method, f"{items}/x", json={}, headers=headers)
        for method in ("POST", "PUT", "PATCH", "DELETE")
        for headers in ({}, {"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"})
    ]
    assert {each.status_code for each in answers} == {403}
    assert {each.json()["code"] for each in answers} == {"form_stale"}
    assert house.pages.delete(f"{items}/x", headers=ours).status_code in {404, 405}
    house.pages.cookies.clear()


def test_no_log_holds_a_secret(
    house: House, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    client = house.pages
    with caplog.at_level(logging.DEBUG):
        token = house.token("chief")["Authorization"].removeprefix("Bearer ")
        sign_in(client)
        secret = client.cookies[SESSION_COOKIE]
        form = client.cookies["greengrid_form"]
        client.get("/account", headers=HTML)
        client.get("/maps/layers", headers={"Authorization": f"Bearer {token}"})
        client.get("/nope", headers={"Authorization": f"Bearer {token}x"})
        client.cookies.clear()
        sign_in(client, word="guessed wrongly")
        sign_in(client, name=WORD, word="chief")
    client.cookies.clear()
    told = caplog.text + "".join(capfd.readouterr())
    told += "".join(map(str, house.accounts.journal.last(100)))
    for each in (WORD, token, secret, form, "guessed wrongly"):
        assert each not in told
