"""The program as a service: several processes, encrypted, killed, told to stop, kept waiting."""

import asyncio
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from api.errors import CertificateError, FileMissingError, WorkersFailedError
from api.serving import crew as crews
from api.serving import patience
from api.serving.crew import Crew
from api.serving.patience import PatientProtocol
from api.serving.tls import days_left, require_certificate
from api.settings import Settings
from tests.house.tracked import ROOT
from tests.serving import PATIENCE_S, Started, started

PAGE = (ROOT / "docs/operations.md").read_text("utf-8")
HALF_A_FORM = (
    b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\nname="
)
CALM = {"GREENGRID_WARM_UP": "no"}
CURVE = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an authority and a certificate by the commands that the page shows."""
    folder = tmp_path_factory.mktemp("papers")
    (shown,) = re.findall(r"^```sh\n(# the authority.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    assert "192.168.1.20" in shown
    shell(shown.replace("192.168.1.20", "127.0.0.1"), folder)
    return folder


def shell(commands: str, folder: Path) -> None:
    subprocess.run(["sh", "-ec", commands], cwd=folder, check=True, capture_output=True)


def workers_of(server: Started) -> set[int]:
    """Name the processes that serve; Python's own helper is not among them."""
    pid = server.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {
        int(each)
        for each in children
        if b"spawn_main" in Path(f"/proc/{each}/cmdline").read_bytes()
    }


def wait_until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)


# ---------------------------------------------------------------- several processes, encrypted


def test_two_processes_serve_by_a_local_ca_and_outlive_a_kill(papers: Path, city_path: Path, tmp_path: Path) -> None:  # fmt: skip
    place = shutil.copy(city_path, tmp_path / "city.gpkg")
    trusting = ssl.create_default_context(cafile=papers / "ca.pem")
    arguments = ("serve", "--store", place, "--workers", 2, "--tls", papers / "server.pem", papers / "server.key")  # fmt: skip
    with started(*arguments, cwd=tmp_path, settings=CALM) as server:
        assert server.url.startswith("https://127.0.0.1:")

        def ask(path: str) -> str:
            with urllib.request.urlopen(f"{server.url}{path}", context=trusting, timeout=60) as answer:  # fmt: skip
                return str(answer.read().decode())

        def asked() -> set[str]:
            return set(re.findall(r'greengrid_memory_bytes\{pid="(\d+)"', ask("metrics")))

        wait_until(lambda: len(asked()) == 2)
        before = workers_of(server)
        assert {int(pid) for pid in asked()} == before
        first = min(before)
        os.kill(first, signal.SIGKILL)
        for _ in range(20):  # the other answers meanwhile
            assert '"ready"' in ask("readyz")
        wait_until(lambda: len(asked()) == 2 and str(first) not in asked())
        assert '"restore_epoch"' in ask("healthz")
        with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
            urllib.request.urlopen(server.url, timeout=60)
        server.process.send_signal(signal.SIGTERM)
        _, complaints = server.process.communicate(timeout=PATIENCE_S)
    assert server.process.returncode == 0, complaints
    assert re.search(rf"worker {first} ended with code -9\n.*worker \d+ takes its place\n$", complaints)  # fmt: skip
    assert not [pid for pid in before if Path(f"/proc/{pid}").exists()]


def test_what_is_under_way_is_finished_if_it_is_in_time(city_path: Path, tmp_path: Path) -> None:
    place = shutil.copy(city_path, tmp_path / "city.gpkg")
    settings = {**CALM, "GREENGRID_STOP_WITHIN_S": "2"}
    with started("serve", "--store", place, cwd=tmp_path, settings=settings) as server:
        there = urlsplit(server.url)
        address = (there.hostname, there.port)
        with (
            socket.create_connection(address) as slow,
            socket.create_connection(address) as stuck,
            socket.create_connection(address) as idle,
        ):
            for client in (slow, stuck):
                client.sendall(HALF_A_FORM)
            time.sleep(0.5)
            server.process.send_signal(signal.SIGTERM)
            begin = time.monotonic()
            assert idle.recv(100) == b""
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(address)
            slow.sendall(b"planner")
            assert slow.makefile("rb").readline().startswith(b"HTTP/1.1 422")
            assert server.process.poll() is None
            assert stuck.makefile("rb").readline().startswith(b"HTTP/1.1 503")
        _, complaints = server.process.communicate(timeout=PATIENCE_S)
    assert 1.9 < time.monotonic() - begin < 10
    assert (server.process.returncode, "Traceback" in complaints) == (0, False)
    assert "Cancel 1 running task(s)" in complaints


def test_workers_that_cannot_begin_are_not_begun_forever(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(crews, "_FAILURES", 1)  # each takes seconds to begin
    settings = Settings(store=str(tmp_path / "absent.gpkg"), workers=1)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        crew = Crew(settings, listener, announce=pytest.fail)
        with pytest.raises(WorkersFailedError):
            crew.run()


# ---------------------------------------------------------------- certificates


def test_a_certificate_is_tried_out_before_anybody_connects(papers: Path) -> None:
    assert days_left(require_certificate(papers / "server.pem", papers / "server.key")) == 396
    with pytest.raises(FileMissingError):
        require_certificate(papers / "absent.pem", papers / "server.key")


@pytest.mark.parametrize(
    ("reason", "make"),
    [
        ("mismatch", f"openssl req -x509 {CURVE} -keyout /dev/null -out c.pem -subj /CN=x; openssl genpkey -algorithm ec -pkeyopt ec_paramgen_curve:prime256v1 -out c.key"),
        ("not_pem", "echo hello > c.pem; echo hello > c.key"),
        ("encrypted", f"openssl req -x509 {CURVE} -keyout k -out c.pem -subj /CN=x; openssl pkey -in k -aes256 -passout pass:secret -out c.key"),
        ("expired", f"openssl req -x509 {CURVE} -keyout c.key -out c.pem -subj /CN=x -days 1 && openssl x509 -in c.pem -signkey c.key -days -1 -out d.pem && mv d.pem c.pem"),
    ],
)  # fmt: skip
def test_a_certificate_that_serves_nobody_is_refused(
    tmp_path: Path, reason: str, make: str
) -> None:
    shell(make, tmp_path)
    with pytest.raises(CertificateError) as refused:
        require_certificate(tmp_path / "c.pem", tmp_path / "c.key")
    assert refused.value.values["reason"] == reason


# ---------------------------------------------------------------- slow clients


async def answer_at_length(scope: Scope, receive: Receive, send: Send) -> None:
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    length = 30_000_000 if scope["path"] == "/much" else 10
    await send({"type": "http.response.body", "body": b"x" * length})


async def left_after(sent: bytes) -> float:
    """Send something, take nothing, and see when the server lets go."""
    config = uvicorn.Config(answer_at_length, http=PatientProtocol, log_config=None, lifespan="off")
    config.load()
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: PatientProtocol(config, state, {}), "127.0.0.1", 0
    )
    with socket.create_connection(server.sockets[0].getsockname()) as client:
        client.sendall(sent)
        begin = time.monotonic()
        await asyncio.sleep(0.1)
        while state.connections and time.monotonic() < begin + 10:  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.01)
    server.close()
    return time.monotonic() - begin


HEAD = b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"


@pytest.mark.parametrize(
    ("sent", "is_left"),
    [
        (b"", True),
        (b"GET /" + HEAD, True),
        (b"POST /" + HEAD + b"Content-Length: 10\r\n\r\nhalf", True),
        (b"GET /much" + HEAD + b"\r\n", True),
        (b"POST /" + HEAD + b"Content-Length: 4\r\n\r\nbody", False),
    ],
    ids=["nothing", "half a header", "half a body", "takes nothing", "in time"],
)
def test_who_sends_or_takes_nothing_is_left(
    sent: bytes, is_left: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "LOOK_EVERY_S", 0.05)
    for name in ("HEADERS_S", "BODY_S", "TAKING_S"):
        monkeypatch.setattr(patience, name, 0.3)
    with ThreadPoolExecutor(1) as elsewhere:  # a browser of other tests has a loop in this thread
        seconds = elsewhere.submit(lambda: asyncio.run(left_after(sent))).result()
    assert 0.25 < seconds < 5 if is_left else seconds < 0.25
