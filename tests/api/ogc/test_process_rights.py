"""Processes, jobs and scenarios are for whom they are for, and tell nobody else anything."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from shapely.geometry import box
from starlette.testclient import TestClient

from layers import open_store
from layers.jobs import Asked, JobState
from tests.api.conftest import at, fill
from tests.api.guarded import BY, WORD, House, grant
from tests.api.ogc.busy import RULES, RUN_ONLY, WAIT, busy_city, execute
from tests.api.test_rights import sign_in


@pytest.fixture
def people(house: House) -> House:
    grant(house, "limited", "planner", unit="C0")
    grant(house, "reader", "viewer", unit=None)
    grant(house, "other", "viewer", unit=None)
    house.accounts.people.add("nothing", WORD, by=BY)
    return house


def test_nobody_does_what_they_may_not(people: House) -> None:
    pages = people.pages
    said = {name: people.token(name) for name in ("limited", "reader", "other", "chief")}
    asked = {"inputs": RULES, "outputs": RUN_ONLY}
    address = "/ogc/processes/coverage/execution"
    assert pages.post(address, json=asked).status_code == 401
    refused = pages.post("/ogc/processes/indicators/execution", json={}, headers=said["limited"])
    assert (refused.status_code, refused.json()["code"]) == (403, "whole_city")
    file = {"value": base64.b64encode(b"a,b\n1,2\n").decode(), "name": "a.csv"}
    importing = {"inputs": {"kind": "road", "file": file}}
    refused = pages.post("/ogc/processes/import/execution", json=importing, headers=said["reader"])
    assert (refused.status_code, refused.json()["code"]) == (403, "out_of_scope")
    # Figures of a part are those of the part.
    mine, all_of_it = (
        pages.post(address, json=asked, headers={**said[name], **WAIT}).json()["run"]
        for name in ("limited", "reader")
    )
    assert mine["tiers"][0]["total"] < all_of_it["tiers"][0]["total"]
    # A layer that is hidden, and one that nobody has, are refused alike.
    seen = {"building", "green_space", "grid", "community", "street", "district"}
    grant(people, "narrow", "planner", unit=None, kinds=seen)
    tier = {"name": "g", "name_zh": "绿", "radius_m": 300}
    told = [
        pages.post(
            address,
            json={"inputs": {"rules": {"name": "own", "tiers": [{**tier, "layers": [layer]}]}}},
            headers={**people.token("narrow"), **WAIT},
        )
        for layer in ("scenic_spot", "scenic_slop")
    ]
    assert [each.status_code for each in told] == [400, 400]
    assert told[0].text.replace("scenic_spot", "scenic_slop") == told[1].text
    assert "red_square" not in told[0].text
    # A job of somebody else is as absent as one that is not there.
    jobs = pages.get("/ogc/jobs", headers=said["reader"]).json()["jobs"]
    (own,) = [one["jobID"] for one in jobs]
    absent = own[:-4] + ("0000" if own[-4:] != "0000" else "1111")
    for verb in (pages.get, pages.delete):
        for path in ("", "/results", "/results/run")[: 3 if verb == pages.get else 1]:
            hidden, missing = (
                verb(f"/ogc/jobs/{each}{path}", headers=said["limited"]) for each in (own, absent)
            )
            assert (hidden.status_code, missing.status_code) == (404, 404)
            assert hidden.text == missing.text.replace(absent, own)
    # Whoever sees all that a result tells of may see it, but not stop it.
    assert pages.get(f"/ogc/jobs/{own}/results", headers=said["other"]).status_code == 200
    assert pages.delete(f"/ogc/jobs/{own}", headers=said["other"]).status_code == 404
    assert len(pages.get("/ogc/jobs", headers=said["chief"]).json()["jobs"]) == 4
    assert pages.get("/ogc/jobs", headers=said["other"]).json()["jobs"] == []


def test_a_right_that_was_taken_back_stops_a_job_that_waits(people: House) -> None:
    service = people.pages.app.state.service  # type: ignore[attr-defined]  # Starlette's app
    account = people.accounts.people.named("reader")
    held = {"inputs": RULES, "files": {}, "outputs": ["run"], "modes": {}, "lang": "zh"}
    people.accounts.people.disable("reader", by=BY)
    job = service.jobs.submit(Asked(process="gaps", inputs=held, account_id=account.id))
    service.workers.wake()
    ended = service.workers.wait_for(job.id, 30)
    assert (ended.state, ended.problem["code"]) == (JobState.FAILED, "sign_in_needed")
    # With a token that may only read, nothing is written either.
    chief = people.accounts.people.named("chief")
    file = {"kind": "road", "file": {"value": "YQ=="}}
    job = service.jobs.submit(
        Asked(
            process="import", inputs={**held, "inputs": file}, account_id=chief.id, read_only=True
        )
    )
    service.workers.wake()
    ended = service.workers.wait_for(job.id, 30)
    assert (ended.state, ended.problem["code"]) == (JobState.FAILED, "out_of_scope")


def test_another_site_makes_nobody_ask(people: House) -> None:
    sign_in(people.pages, "chief")
    address = "/ogc/processes/coverage/execution"
    foreign = {"Origin": "https://evil.example", "Content-Type": "text/plain"}
    body = json.dumps({"inputs": RULES})
    assert people.pages.post(address, content=body, headers=foreign).status_code == 403


def trial(client: TestClient, *green: str, **more: Any) -> Any:
    asked = {**RULES, "green": list(green), **more.pop("asked", {})}
    return client.post("/ogc/scenarios", json=asked, **more)


def test_a_plot_toggled_answers_as_measuring_anew_does(
    city_path: Path, tmp_path: Path, client_of: Callable[..., TestClient]
) -> None:
    path = tmp_path / "tried.gpkg"
    path.write_bytes(city_path.read_bytes())
    store = open_store(path)
    fill(store, busy_city())
    client = client_of(path)
    trials = client.app.state.service.trials  # type: ignore[attr-defined]  # Starlette's app
    bare = trial(client).json()
    assert (bare["green"], bare["by_unit"], bare["changed"]) == ([], [], None)
    one = trial(client, "K2").json()
    assert (one["green"], one["changed"]["plot"]) == (["K2"], "K2")
    assert one["tiers"] != bare["tiers"]
    both = trial(client, "K1", "K2").json()
    again = trial(client, "K2").json()
    assert (again["changed"]["plot"], again["changed"]["is_green"]) == ("K1", False)
    assert {**again, "changed": None} == {**one, "changed": None}
    assert trial(client).json()["tiers"] == bare["tiers"]
    kept = execute(client, "scenario", {**RULES, "green": ["K1", "K2"]}, outputs=RUN_ONLY).json()
    after = kept["run"]["after"]
    assert (both["tiers"], both["by_unit"]) == (after["tiers"], after["by_unit"])
    assert len(trials) == 1
    # Any write makes it be measured anew, in the next answer.
    with store.change(author="surveyor", message="新公园") as change:
        change.insert("green_space", at({"code": ["P9"], "access": ["public"], "class_code": ["G1"], "code_system": ["cjjt85_2017"]}, [box(1000, 200, 1200, 400)]))  # fmt: skip
    store.close()
    assert trial(client).json()["tiers"] != bare["tiers"]
    assert len(trials) == 1
    assert trial(client, "NONE").json()["code"] == "plot_unknown"
    assert trial(client, asked={"as-of": 1}).status_code == 400


def test_scenarios_are_of_what_one_may_see(people: House) -> None:
    grant(people, "east", "coordinator", unit="C2")
    answers = {name: trial(people.pages, headers=people.token(name)) for name in ("east", "reader")}
    bases = {name: answer.json()["tiers"][0]["base"] for name, answer in answers.items()}
    assert 0 < bases["east"] < bases["reader"]
    # Where one sees no plot there is nothing to try.
    nothing = trial(people.pages, headers=people.token("limited"))
    assert (nothing.status_code, nothing.json()["code"]) == (400, "analysis_input_missing")
    assert trial(people.pages).status_code == 401
    assert trial(people.pages, headers=people.token("nothing")).status_code == 403
