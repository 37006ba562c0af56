"""Two servers on one store: one is killed while it works on jobs, the other does them, once."""

import json
import re
import shutil
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from api.cli.main import run_command_line
from tests.api.ogc.busy import RULES
from tests.postgis import running_server
from tests.serving import GREENGRID, clean_environment

PATIENCE_S = 240


def serving(place: str, folder: Path) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [GREENGRID, "serve", "--store", place, "--port", "0"],
        cwd=folder, env={**clean_environment(), "GREENGRID_WARM_UP": "false"},
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    found = re.findall(r"http://\S+", process.stdout.readline())
    return process, str(found[0])


def ask(url: str, body: object = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", "Prefer": "respond-async"}
    with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=60) as answer:
        return json.loads(answer.read())


@pytest.mark.long
@pytest.mark.parametrize("backend", ["geopackage", "postgis"])
def test_jobs_of_a_killed_server_are_done_by_another_once(
    backend: str, city_path: Path, tmp_path: Path
) -> None:
    path = Path(shutil.copy(city_path, tmp_path / "city.gpkg"))
    if backend == "geopackage":
        killed_and_done(str(path), tmp_path)
        return
    with running_server() as server:
        name = server.create()
        server.run("CREATE EXTENSION postgis", database=name)
        assert run_command_line(["copy", str(path), server.url(name)]) == 0
        killed_and_done(server.url(name), tmp_path)


def killed_and_done(place: str, folder: Path) -> None:
    first, address = serving(place, folder)
    second = None
    try:
        # More than are done at a time: some wait, some run when the process is killed.
        asked = [{"inputs": {**RULES, "k": 1, "method": "swap"}} for _ in range(6)]
        jobs = [ask(f"{address}ogc/processes/sites/execution", one)["jobID"] for one in asked]
        while not any(one["status"] == "running" for one in states(address, jobs)):
            time.sleep(0.01)
        first.kill()
        second, address = serving(place, folder)
        end = time.monotonic() + PATIENCE_S
        while (now := states(address, jobs)) and time.monotonic() < end:
            if all(one["status"] == "successful" for one in now):
                break
            time.sleep(0.5)
        assert [one["status"] for one in now] == ["successful"] * len(jobs)
        runs = {ask(f"{address}ogc/jobs/{job}/results")["run"]["run"] for job in jobs}
        assert len(runs) == 1  # the same question has the same answer
    finally:
        for process in (first, second):
            if process is not None:
                process.kill()
                process.communicate()


def states(address: str, jobs: list[str]) -> list[Any]:
    return [ask(f"{address}ogc/jobs/{job}") for job in jobs]
