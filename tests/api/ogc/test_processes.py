"""OGC API – Processes: what each gives, how jobs go, and who may; after the standard's own tests."""

import ast
import base64
import contextlib
import email
import email.policy
import io
import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from owslib.ogcapi.processes import Processes
from starlette.testclient import TestClient

from api.cli.main import run_command_line
from api.processes import PROCESSES, Performer, explained
from api.processes.desk import Desk
from layers import open_store
from layers.accounts.rules import OWNER
from layers.jobs import Asked, Dismissed, JobState, Steps, Workers
from tests.api.conftest import Served, fill, pages_of
from tests.api.guarded import HTML
from tests.api.ogc.busy import RULES, RUN_ONLY, WAIT, busy_city, execute
from tests.api.test_rights import form_of
from tests.house.tracked import ROOT
from tests.layers.forms.paper import monthly


@pytest.fixture(scope="module")
def path(city_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("busy") / "busy.gpkg"
    path.write_bytes(city_path.read_bytes())
    store = open_store(path)
    fill(store, busy_city())
    store.close()
    return path


@pytest.fixture(scope="module")
def client(path: Path) -> Iterator[TestClient]:
    with pages_of(path) as client:
        yield client


def typed(path: Path, *arguments: str) -> dict[str, Any]:
    """Type a command, and read what it prints for programs."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
        run_command_line([*arguments, "--store", str(path), "--json"])
    found: dict[str, Any] = json.loads(printed.getvalue())
    return found


ASKED: dict[str, tuple[dict[str, Any], list[str]]] = {
    "coverage": (RULES, ["coverage", "--rules", RULES["rules"]]),
    "gaps": (RULES, ["gaps", "--rules", RULES["rules"]]),
    "claim": ({"text": "300米见绿，覆盖率达90%"}, ["claim", "300米见绿，覆盖率达90%"]),
    "sites": ({**RULES, "k": 1}, ["site", "--rules", RULES["rules"], "-k", "1"]),
    "scenario": (
        {**RULES, "green": ["K2"]},
        ["scenario", "--rules", RULES["rules"], "--green", "K2"],
    ),
    "indicators": ({"by": "grid"}, ["indicators", "--by", "grid"]),
    "holes": ({"role": ["sponsor"]}, ["holes", "--role", "sponsor"]),
    "crosswalk": (
        {"source": "grid", "target": "community", "table": None},
        ["crosswalk", "grid", "community"],
    ),
    "hotspots": ({"by": "grid"}, ["hotspots", "--by", "grid"]),
}
_TABLE = "网格编码,户数\nG000,10\nG001,20\n"


@pytest.mark.parametrize("name", ASKED)
def test_each_analysis_gives_what_its_command_gives(
    name: str, client: TestClient, path: Path, tmp_path: Path
) -> None:
    inputs, command = ASKED[name]
    if name == "crosswalk":
        file = tmp_path / "figures.csv"
        file.write_text(_TABLE, "utf-8")
        command = [*command, "--table", str(file)]
        value = base64.b64encode(_TABLE.encode()).decode()
        inputs = {**inputs, "table": {"value": value, "name": "figures.csv"}}
    expected = typed(path, *command)
    answer = execute(client, name, inputs, outputs=RUN_ONLY)
    assert answer.status_code == 200, answer.text
    run = answer.json()["run"]
    assert run["run"] == expected["run"]
    shared = set(run) & set(expected) - {"tiers", "by_unit"}
    assert {key: run[key] for key in shared} == {key: expected[key] for key in shared}
    kept = client.get(f"/runs/{run['run']}", headers=HTML)
    assert kept.status_code == 200


def test_files_of_a_result_can_be_fetched(client: TestClient) -> None:
    answer = execute(client, "sites", {**RULES, "k": 1})
    found = answer.json()
    assert list(found) == ["run", "table", "workbook", "map", "layers"]
    book = client.get(found["workbook"]["href"])
    assert book.headers["content-type"] == found["workbook"]["type"]
    assert "sites-workbook.xlsx" in book.headers["content-disposition"]
    assert openpyxl.load_workbook(io.BytesIO(book.content)).sheetnames[0] == "选中的地块"
    page = client.get(found["map"]["href"])
    # It stands beside pages with sessions, and holds names that others wrote.
    assert page.headers["content-security-policy"].startswith("sandbox allow-scripts ")
    assert "allow-same-origin" not in page.headers["content-security-policy"]
    assert client.get(found["layers"]["href"]).content[:15] == b"SQLite format 3"
    (monitor,) = [part for part in answer.headers["link"].split(",") if "monitor" in part]
    status = client.get(monitor.split(">")[0].strip("< ")).json()
    assert (status["status"], status["progress"]) == ("successful", 100)
    assert client.get(f"/ogc/jobs/{status['jobID']}/results").json() == found
    assert client.get(f"/ogc/jobs/{status['jobID']}/results/rejected").status_code == 404


def test_a_file_is_tried_then_imported_as_one_changeset_and_not_twice(
    city_path: Path, tmp_path: Path, client_of: Callable[..., TestClient]
) -> None:
    path = tmp_path / "imported.gpkg"
    path.write_bytes(city_path.read_bytes())
    client = client_of(path)
    rows = "编码,名称,经度,纬度\nM1,西口,126.4,41.9\nM2,东口,不知道,41.9\n"
    file = {"value": base64.b64encode(rows.encode()).decode(), "name": "..\\<b>井盖.csv"}
    inputs = {"kind": "manhole_cover", "file": file, "datum": "WGS84"}
    before = client.get("/ogc/collections/manhole_cover/items").json()["numberMatched"]
    tried = execute(client, "import", {**inputs, "dry-run": True})
    assert tried.status_code == 200, tried.text
    assert set(tried.json()) == {"report", "rejected", "preview"}
    returned = client.get(tried.json()["rejected"]["href"])
    assert returned.headers["content-type"].startswith("text/csv")
    assert "不知道" in returned.text
    report = tried.json()["report"]
    assert (report["file"], report["added"], report["written"]) == ("<b>井盖.csv", 1, False)
    shown = client.get("/ogc/collections/manhole_cover/items").json()
    assert shown["numberMatched"] == before
    done = execute(client, "import", {**inputs, "message": "补录"}).json()["report"]
    assert (done["added"], done["written"]) == (1, True)
    shown = client.get("/ogc/collections/manhole_cover/items").json()
    assert shown["numberMatched"] == before + 1
    again = execute(client, "import", inputs)
    assert (again.status_code, again.json()["code"]) == (400, "already_imported")
    jobs = client.get("/ogc/jobs").json()["jobs"]
    page = client.get(f"/ogc/jobs/{jobs[0]['jobID']}", headers=HTML).text
    assert "&lt;b&gt;井盖.csv" in page
    assert "<b>井盖" not in page
    log = typed(path, "log")
    newest = log["changesets"][0] if "changesets" in log else log
    assert "补录" in json.dumps(newest, ensure_ascii=False)
    wrong = execute(client, "import", {**inputs, "map": ["名称"]})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "parameter_invalid")


def test_a_form_is_filled(client: TestClient, tmp_path: Path) -> None:
    form = monthly(tmp_path / "form.xlsx", ["没有的街道"])
    mapping = tmp_path / "m.toml"
    run_command_line(
        ["form", "look", str(form), "--store", str(client.app.state.service.store.place), "-o", str(mapping)]  # type: ignore[attr-defined]  # Starlette's app
    )  # fmt: skip
    files = {
        name: {"value": base64.b64encode(each.read_bytes()).decode(), "name": each.name}
        for name, each in (("form", form), ("mapping", mapping))
    }
    answer = execute(client, "report", files)
    assert answer.status_code == 200, answer.text
    assert answer.json()["report"]["reasons"]["unit_unknown"] > 0
    book = client.get(answer.json()["workbook"]["href"])
    assert openpyxl.load_workbook(io.BytesIO(book.content)).sheetnames[-1] == "填报说明"


def test_processes_are_listed_and_described(client: TestClient) -> None:
    listed = client.get("/ogc/processes").json()
    assert {one["id"] for one in listed["processes"]} == set(PROCESSES)
    for one in listed["processes"]:
        assert {"id", "version", "jobControlOptions", "outputTransmission", "links"} <= set(one)
        described = client.get(f"/ogc/processes/{one['id']}").json()
        assert {**one, **described} == described
        for name, given in described["inputs"].items():
            assert given["schema"], name
            assert given["description"], name
        assert described["outputs"]
        assert client.get(f"/ogc/processes/{one['id']}", headers=HTML).status_code == 200
    rules = client.get("/ogc/processes/coverage").json()["inputs"]["rules"]
    assert rules["minOccurs"] == 1
    assert RULES["rules"] in rules["schema"]["oneOf"][0]["enum"]
    names = client.get("/ogc/processes/crosswalk").json()["inputs"]
    assert {"source", "target", "from-as-of", "from-on", "mean"} < set(names)
    landing = client.get("/ogc").json()["links"]
    assert {"processes", "job-list"} <= {link["rel"].rpartition("/")[2] for link in landing}
    assert len(client.get("/ogc/processes", params={"limit": 3}).json()["processes"]) == 3
    assert client.get("/ogc/processes", params={"limit": 0}).status_code == 400
    missing = client.get("/ogc/processes/none")
    assert missing.status_code == 404
    assert missing.json()["type"].endswith("/no-such-process")


def test_what_the_documentation_asks_is_answered(client: TestClient) -> None:
    text = (ROOT / "docs/processes.md").read_text("utf-8")
    (typed_in,) = re.findall(r"-d '(.*)' \\\n\s+http://SERVER:8000(/\S+)", text)
    answer = client.post(typed_in[1], content=typed_in[0], headers=WAIT)
    assert answer.status_code == 200
    assert answer.json()["run"]["parameters"]["weight"] == "households"
    sites = re.findall(r"^asked = (\{.*?^\})", text, re.MULTILINE | re.DOTALL)[0]
    asked = ast.literal_eval(sites)
    answer = client.post("/ogc/processes/sites/execution", json=asked, headers=WAIT)
    assert list(answer.json()) == ["run", "workbook"]


def test_what_means_nothing_is_refused(client: TestClient) -> None:
    address = "/ogc/processes/coverage/execution"
    for body in (
        b"{", b"[]", b'{"inputs": []}', b'{"inputs": {"rules": 1}}', b'{"inputs": {}}',
        b'{"inputs": {"rules": "/etc/passwd"}}', b'{"inputs": {"rules": {"tiers": NaN}}}',
        b'{"inputs": {"rules": {}}}', b'{"inputs": {"rules": "who_2016", "sql": "x"}}',
        b'{"inputs": {"rules": "who_2016"}, "outputs": {"none": {}}}',
        b'{"inputs": {"rules": "who_2016"}, "response": "both"}',
        b'{"inputs": {"rules": "who_2016", "on": "tomorrow"}}',
        b'{"inputs": {"rules": "who_2016", "places": "x\\u0000"}}',
        b"[" * 100_000,
    ):  # fmt: skip
        refused = client.post(address, content=body, headers=WAIT)
        assert refused.status_code == 400, (body[:80], refused.text)
        assert refused.headers["content-type"] == "application/problem+json"
    own = {"name": "own", "tiers": [{"name": "g", "name_zh": "绿", "layers": ["green_space"], "radius_m": 300}]}  # fmt: skip
    assert execute(client, "coverage", {"rules": own}, outputs=RUN_ONLY).status_code in {200, 400}
    files = client.post("/ogc/processes/import/execution", json={"inputs": {"kind": "grid", "file": {"value": "%"}}})  # fmt: skip
    assert files.status_code == 400


def test_inputs_come_by_reference_too_but_nothing_is_fetched(client: TestClient) -> None:
    plain = execute(client, "coverage", RULES, outputs=RUN_ONLY).json()["run"]["run"]
    document = json.dumps(RULES["rules"]).encode()
    for held in (
        f"data:,{RULES['rules']}",
        f"data:application/json,%22{RULES['rules']}%22",
        f"data:application/json;base64,{base64.b64encode(document).decode()}",
    ):
        given = {**RULES, "rules": {"href": held}}
        assert execute(client, "coverage", given, outputs=RUN_ONLY).json()["run"]["run"] == plain
    rows = base64.b64encode("编码,经度,纬度\nM7,126.4,41.9\n".encode()).decode()
    file = {"href": f"data:text/csv;base64,{rows}", "name": "井盖.csv"}
    inputs = {"kind": "manhole_cover", "file": file, "datum": "WGS84", "dry-run": True}
    report = execute(client, "import", inputs, outputs={"report": {}}).json()["report"]
    assert (report["file"], report["added"]) == ("井盖.csv", 1)
    for address in (
        "http://localhost/",
        "file:///etc/passwd",
        "data:x",
        "data:;base64,%",
        5,
        "data:application/json,{",
    ):
        refused = execute(client, "coverage", {**RULES, "rules": {"href": address}})
        assert (refused.status_code, refused.json()["code"]) == (400, "parameter_invalid")


def test_one_output_comes_as_it_is_where_that_is_asked(client: TestClient) -> None:
    table = execute(client, "coverage", RULES, outputs={"table": {}}, response="raw")
    assert (table.status_code, table.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    by_reference = {"table": {"transmissionMode": "reference"}}
    empty = execute(client, "coverage", RULES, outputs=by_reference, response="raw")
    assert (empty.status_code, empty.content) == (204, b"")
    assert 'rel="table"' in empty.headers["link"]
    within = execute(client, "coverage", RULES, outputs={"table": {"transmissionMode": "value"}})
    assert base64.b64decode(within.json()["table"]["value"]) == table.content


def test_several_outputs_come_as_parts_where_that_is_asked(client: TestClient) -> None:
    outputs = {"run": {}, "table": {}, "workbook": {"transmissionMode": "reference"}}
    later = {"Prefer": "respond-async"}
    begun = execute(client, "coverage", RULES, outputs=outputs, response="raw", headers=later)
    answer = execute(client, "coverage", RULES, outputs=outputs, response="raw")
    assert answer.status_code == 200
    assert 'rel="monitor"' in answer.headers["link"]
    while client.get(begun.headers["location"]).json()["status"] != "successful":
        time.sleep(0.05)
    again = client.get(f"{begun.headers['location']}/results")
    for sent in (answer, again):
        media = f"Content-Type: {sent.headers['content-type']}\r\n\r\n".encode()
        told = email.message_from_bytes(media + sent.content, policy=email.policy.HTTP)
        assert told.get_content_type() == "multipart/related"
        run, table, workbook = told.iter_parts()
        assert [one["Content-ID"] for one in (run, table, workbook)] == [
            "<run>",
            "<table>",
            "<workbook>",
        ]
        assert json.loads(run.get_content())["analysis"] == "coverage"
        assert table.get_content_type() == "text/csv"
        assert workbook.get_payload() == ""
        assert client.get(workbook["Content-Location"]).content[:2] == b"PK"
    nowhere = {name: {"transmissionMode": "reference"} for name in ("table", "workbook")}
    linked = execute(client, "coverage", RULES, outputs=nowhere, response="raw")
    assert (linked.status_code, linked.content) == (204, b"")
    assert re.findall(r'rel="(\w+)"', linked.headers["link"]) == ["monitor", "table", "workbook"]


def test_a_job_is_watched_stopped_and_done_away_with(client: TestClient) -> None:
    begun = execute(client, "gaps", RULES, outputs=RUN_ONLY, headers={"Prefer": "respond-async"})
    assert begun.status_code == 201
    assert begun.headers["preference-applied"] == "respond-async"
    address = begun.headers["location"]
    status = begun.json()
    assert address.endswith(status["jobID"])
    seen = [status["progress"]]
    end = time.monotonic() + 60
    while status["status"] in {"accepted", "running"} and time.monotonic() < end:
        early = client.get(f"{address}/results")
        assert early.status_code == 200 or early.json()["type"].endswith("/result-not-ready")
        status = client.get(address).json()
        seen.append(status["progress"])
    assert status["status"] == "successful"
    assert seen == sorted(seen)
    listed = client.get("/ogc/jobs", params={"processID": "gaps", "limit": 5}).json()["jobs"]
    assert status["jobID"] in [one["jobID"] for one in listed]
    assert client.get("/ogc/jobs", params={"status": "asleep"}).status_code == 400
    page = client.get("/ogc/jobs", headers=HTML)
    assert "缺口排序" in page.text
    gone = client.delete(address)
    assert (gone.status_code, gone.json()["status"]) == (200, "dismissed")
    assert client.get(f"{address}/results").status_code == 404


def test_an_analysis_is_left_at_its_next_step(client: TestClient) -> None:
    service = client.app.state.service  # type: ignore[attr-defined]  # Starlette's app
    order = service.desk.read("sites", json.dumps({"inputs": RULES}).encode(), OWNER)
    perform = Performer(service.store, service.gate.accounts, service.jobs)
    idle = Workers(service.jobs, perform, explained, threads=0)
    job = Desk(service.store, service.jobs, idle).submit(order, OWNER, "zh")
    steps = Steps(service.jobs, job)
    steps.give_up()
    with pytest.raises(Dismissed):
        perform(job, steps)
    service.jobs.dismiss(job.id)


def test_a_job_is_stopped_from_its_page(client: TestClient) -> None:
    queue = client.app.state.service.jobs  # type: ignore[attr-defined]  # Starlette's app
    held = {"inputs": {}, "files": {}, "outputs": [], "modes": {}, "lang": "zh"}
    job = queue.submit(Asked(process="claim", inputs=held, account_id=None))
    page = client.get(f"/ogc/jobs/{job.id}", headers=HTML)
    address = f"/jobs/{job.id}/dismiss"
    assert client.post(address, data={"form": "made up"}).status_code == 403
    form = {"form": form_of(page.text)}
    led = client.post(address, data=form, headers=HTML, follow_redirects=False)
    assert (led.status_code, led.headers["location"]) == (303, "/ogc/jobs?f=html")
    assert queue.job(job.id).state in {JobState.DISMISSED, JobState.FAILED}


def test_owslib_asks_and_waits(served: Served) -> None:
    service = Processes(f"{served.url}/ogc/")
    assert {one["id"] for one in service.processes()} == set(PROCESSES)
    assert "rules" in service.process("coverage")["inputs"]
    found = service.execute("coverage", RULES, outputs=RUN_ONLY)
    if "run" not in found:  # it went on as a job
        time.sleep(5)
    else:
        assert found["run"]["analysis"] == "coverage"
