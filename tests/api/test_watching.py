"""What is written down and counted of requests, who may read it, and what is refused at the front."""

import json
import logging
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from fastapi import Request
from starlette.testclient import TestClient

from api.metrics import Metrics
from api.serving.logs import JsonLines, Lines, configure_logging, redact, request_id
from api.settings import Settings
from tests.api.guarded import BY, WORD, House

LOCAL = "http://127.0.0.1"
COLLECTOR = "a long word for the collector"


@pytest.fixture
def written() -> Iterator[Callable[[logging.Formatter], list[str]]]:
    """Give everything that was logged since, in the form of a formatter."""
    records: list[tuple[logging.LogRecord, str]] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append((record, request_id.get()))

    def lines(formatter: logging.Formatter) -> list[str]:
        found = []
        for record, named in records:
            token = request_id.set(named)
            found.append(formatter.format(record))
            request_id.reset(token)
        return found

    logger, keeper = logging.getLogger(), Keep()
    ours, level = logging.getLogger("greengrid"), logging.getLogger("greengrid").level
    ours.setLevel(logging.INFO)
    logger.addHandler(keeper)
    yield lines
    logger.removeHandler(keeper)
    ours.setLevel(level)


def from_here(pages: TestClient) -> TestClient:
    """Ask the same service as a program on its machine does."""
    return TestClient(
        pages.app, base_url=LOCAL, client=("127.0.0.1", 5000), raise_server_exceptions=False
    )


Written = Callable[[logging.Formatter], list[str]]


def test_every_request_is_one_line_and_its_secrets_are_in_none(
    house: House, written: Written
) -> None:
    house.accounts.people.add("wang", WORD, by=BY, role="planner")
    token = house.token("wang")["Authorization"].removeprefix("Bearer ")
    page = house.pages.get("/login", headers={"Accept": "text/html"})
    form = re.findall(r'name="(\w+)"[^>]*value="([^"]*)"', page.text)
    signed_in = house.pages.post(
        "/login",
        data={**dict(form), "name": "wang", "password": WORD},
        headers={"Origin": "http://localhost"},
        follow_redirects=False,
    )
    assert signed_in.status_code == 303
    asked = {"Authorization": f"Bearer {token}", "X-Request-Id": "desk-0042.7"}
    house.pages.get("/ogc/collections/building/items?limit=1", headers=asked)
    house.pages.get(f"/ogc?token={token}", headers=asked)
    house.pages.get(f"/nope/{token}%0d%0aforged", headers=asked)
    secrets = [
        token,
        WORD,
        *house.pages.cookies.values(),
        *(value for _, value in form if len(value) > 10),
    ]
    assert len(secrets) > 4
    for formatter in (Lines(), JsonLines()):
        lines = written(formatter)
        assert sum("/login" in line for line in lines) == 2
        assert not [line for line in lines for secret in secrets if secret in line]
        assert not [line for line in lines if "token=" in line or "\n" in line]
    told = [json.loads(line) for line in written(JsonLines())]
    items = next(one for one in told if "items" in one.get("path", ""))
    assert items["request_id"] == "desk-0042.7"
    assert (items["method"], items["status"]) == ("GET", 200)
    assert items["path"] == "/ogc/collections/building/items"
    assert items["route"] == "/ogc/collections/{collection}/items"
    assert items["duration_ms"] > 0
    assert items["bytes"] > 100
    assert "[desk-0042.7]" in next(line for line in written(Lines()) if "items" in line)


def test_a_fault_is_written_down_once_under_the_id_that_is_answered(
    pages: TestClient, monkeypatch: pytest.MonkeyPatch, written: Written
) -> None:
    def broken(**_: object) -> None:
        raise RuntimeError("cannot reach postgresql://planner:hunter2@db/city for gg_0123456789")

    monkeypatch.setattr(pages.app.state.service.store, "counts", broken)  # type: ignore[attr-defined]  # an ASGI app, as TestClient sees it
    pages.app.state.service._results._kept.clear()  # type: ignore[attr-defined]  # as above
    answer = pages.get("/rules", headers={"X-Request-Id": "fault-000001"})
    assert answer.status_code == 500
    assert answer.json()["request_id"] == answer.headers["x-request-id"] == "fault-000001"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    (fault,) = [json.loads(line) for line in written(JsonLines()) if "traceback" in line]
    assert fault["request_id"] == "fault-000001"
    assert fault["level"] == "error"
    assert "RuntimeError" in fault["traceback"]
    assert "hunter2" not in fault["traceback"]
    assert "0123456789" not in fault["traceback"]


def test_lines_are_written_in_the_form_that_is_set(capsys: pytest.CaptureFixture[str]) -> None:
    root, ours = logging.getLogger(), logging.getLogger("greengrid")
    before = (root.handlers[:], root.level, ours.level)
    try:
        configure_logging(Settings(log="json", log_level="warning"))
        ours.info("nobody wants to know")
        ours.warning("the disk of %s is full", "数据库")
        configure_logging(Settings())
        ours.info("ready")
    finally:
        root.handlers[:] = before[0]
        root.setLevel(before[1])
        ours.setLevel(before[2])
    first, second = capsys.readouterr().err.splitlines()
    assert json.loads(first)["message"] == "the disk of 数据库 is full"
    assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d INFO +ready$", second)


def test_a_body_that_is_too_long_is_refused_whatever_it_says_of_its_length(
    city_path: Path, client_of: Callable[..., TestClient]
) -> None:
    pages = client_of(city_path, max_upload_mb=1)
    headers = {"Content-Type": "application/json", "Origin": "http://localhost"}
    for length in ("1000001", "-1", "many"):
        answer = pages.post("/login", content=b"{}", headers={**headers, "Content-Length": length})
        assert (answer.status_code, answer.json()["code"]) == (413, "request_too_large")

    async def weigh(request: Request) -> int:
        return len(await request.body())

    pages.app.post("/weigh")(weigh)  # type: ignore[attr-defined]  # an ASGI app, as TestClient sees it
    parts = (b"x" * 300_000 for _ in range(3))  # sent in chunks, which say nothing
    assert pages.post("/weigh", content=parts, headers=headers).json() == 900_000
    parts = (b"x" * 300_000 for _ in range(4))
    chunked = pages.post("/weigh", content=parts, headers=headers)
    assert (chunked.status_code, chunked.json()["code"]) == (413, "request_too_large")


def test_a_body_that_is_not_what_it_says_is_the_clients_fault(pages: TestClient) -> None:
    form = {"Content-Type": "multipart/form-data", "Origin": "http://localhost"}
    answer = pages.post("/login", content=b"name=x", headers=form)
    assert (answer.status_code, answer.json()["code"]) == (400, "request_malformed")


def test_ready_until_told_to_stop(pages: TestClient) -> None:
    answer = pages.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    assert set(answer.json()["checks"].values()) == {"ok"}
    service = pages.app.state.service  # type: ignore[attr-defined]  # an ASGI app, as TestClient sees it
    service.is_stopping = True
    try:
        stopping = pages.get("/readyz")
    finally:
        service.is_stopping = False
    assert stopping.status_code == 503
    assert stopping.json()["checks"]["stopping"] == "stopping"


def test_not_ready_while_store_or_accounts_cannot_be_used(house: House) -> None:
    assert house.pages.get("/readyz").status_code == 200
    beside = next(house.path.parent.glob("*.accounts.sqlite"))
    for place, table, part in (
        (house.path, "alembic_version", "store"),
        (beside, "gga_alembic_version", "accounts"),
    ):
        with closing(sqlite3.connect(place)) as database, database:
            (head,) = database.execute(f"SELECT version_num FROM {table}").fetchone()
            database.execute(f"UPDATE {table} SET version_num = '9999'")
        answer = house.pages.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["checks"][part] == "store_too_new"
        assert str(house.path.parent) not in answer.text
        with closing(sqlite3.connect(place)) as database, database:
            database.execute(f"UPDATE {table} SET version_num = ?", (head,))
    assert house.pages.get("/readyz").status_code == 200


def test_numbers_are_for_this_machine_the_token_and_administrators(
    city_path: Path, client_of: Callable[..., TestClient], house: House
) -> None:
    house.accounts.people.add("wang", WORD, by=BY, role="viewer")
    absent = house.pages.get("/nope")
    for headers in ({}, house.token("wang"), {"X-Forwarded-For": "10.0.0.7"}):
        asked = house.pages.get("/metrics", headers=headers)
        assert asked.status_code == 404
        assert asked.json()["code"] == absent.json()["code"]
    handed_on = from_here(house.pages).get("/metrics", headers={"X-Forwarded-For": "10.0.0.7"})
    named = from_here(house.pages).get("/metrics", headers={"Host": "city.example"})
    assert (handed_on.status_code, named.status_code) == (404, 404)
    assert from_here(house.pages).get("/metrics").status_code == 200
    chief = next(each.name for each in house.accounts.people.all() if each.name != "wang")
    assert house.pages.get("/metrics", headers=house.token(chief)).status_code == 200
    guarded = client_of(city_path, host="192.0.2.7", metrics_token=COLLECTOR)
    told = {"Authorization": f"Bearer {COLLECTOR}"}
    assert guarded.get("/metrics", headers=told).status_code == 200
    assert guarded.get("/metrics").status_code == 404


def test_requests_are_counted_by_template_and_the_store_is_looked_at(
    city_path: Path, tmp_path: Path, client_of: Callable[..., TestClient]
) -> None:
    place = Path(shutil.copy(city_path, tmp_path / "city.gpkg"))
    pages = from_here(client_of(place))
    for code in ("B0001", "B0002", "B0003"):
        pages.get(f"/ogc/collections/building/items/{code}")
    pages.get("/nope/1")
    pages.get("/static/map.js")
    numbers = pages.get("/metrics").text
    item = 'method="GET",route="/ogc/collections/{collection}/items/{item}"'
    assert f'greengrid_requests_total{{{item},status="404"}} 3.0' in numbers
    assert f"greengrid_request_seconds_count{{{item}}} 3.0" in numbers
    assert 'route="(none)",status="404"} 1.0' in numbers
    assert 'route="/static/…",status="200"} 1.0' in numbers
    assert 'greengrid_up{part="store"} 1.0' in numbers
    assert "greengrid_store_changeset 1.0" in numbers
    assert 'greengrid_jobs{status="accepted"} 0.0' in numbers
    memory = re.search(r"^greengrid_memory_bytes (\S+)", numbers, re.MULTILINE)
    assert memory is not None
    assert float(memory[1]) > 50e6
    assert 'greengrid_cache_entries{cache="pages"}' in numbers
    assert "greengrid_requests_under_way 1.0" in numbers  # this one


def test_strange_methods_are_one(pages: TestClient) -> None:
    metrics = Metrics()
    for method in ("BREW", "PROPFIND"):
        metrics.answered(method, "(none)", "405", 0.1)
    assert 'method="other",route="(none)",status="405"} 2.0' in metrics.text().decode()


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("token gg_abcdefgh1234 was shown", "token gg_*** was shown"),
        ("postgresql://planner:pa55@10.0.0.1/city", "postgresql://planner:***@10.0.0.1/city"),
        ("PASSWORD=pa55&next=1", "PASSWORD=***&next=1"),
        ("Token: abc; pa\u017f\u017fwd = pa55", "Token: ***; pa\u017f\u017fwd = ***"),
        ("/ogc/collections/secretariat?f=json at 09:00:01", None),
        ("GG_ABCDEFGH is none, nor is //planner:pa55@x", None),
    ],
)
def test_what_looks_like_a_secret_is_blacked_out(text: str, instead: str | None) -> None:
    assert redact(text) == (text if instead is None else instead)
