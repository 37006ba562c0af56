"""The wheel alone works: built without node, installed into an empty environment, serving the demo."""

import html
import os
import re
import socket
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin
from urllib.request import urlopen

import pytest

from tests.house.tracked import ROOT

pytestmark = pytest.mark.slow

START_SECONDS = 300


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """Run a command that must succeed; when it does not, show what it said."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("wheel")


@pytest.fixture(scope="module")
def sdist(workshop: Path) -> Path:
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", workshop, cwd=ROOT)
    return next(workshop.glob("*.tar.gz"))


@pytest.fixture(scope="module")
def wheel(workshop: Path, sdist: Path) -> Path:
    """Build from the source distribution, with nothing on the PATH that could be node."""
    with tarfile.open(sdist) as archive:
        archive.extractall(workshop, filter="data")
    source = workshop / sdist.name.removesuffix(".tar.gz")
    command = (sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", workshop)
    run(*command, cwd=source, PATH="")
    return next(workshop.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(workshop: Path, wheel: Path) -> Path:
    """Install the wheel and what it asks for into an empty environment; give its programs."""
    environment = workshop / "venv"
    run(sys.executable, "-m", "venv", environment, cwd=workshop)
    programs = environment / ("Scripts" if os.name == "nt" else "bin")
    pins = ROOT / "requirements/runtime.txt"
    run(
        programs / "python",
        "-m",
        "pip",
        "install",
        "-q",
        "--no-compile",
        "-c",
        pins,
        wheel,
        cwd=workshop,
    )
    return programs


@pytest.fixture(scope="module")
def served(workshop: Path, installed: Path) -> Iterator[str]:
    """Serve the demo town from a folder with nothing in it."""
    folder = workshop / "empty"
    folder.mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = str(installed / "greengrid")
    command = [program, "demo", "--store", "demo.gpkg", "--port", str(port)]
    with (workshop / "demo.log").open("w") as log:
        server = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
        try:
            wait_until_healthy(f"http://127.0.0.1:{port}/", server, workshop / "demo.log")
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.terminate()
            server.wait(timeout=30)


def wait_until_healthy(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and server.poll() is None:
        try:
            with urlopen(f"{address}healthz", timeout=5) as answer:
                assert answer.status == 200
                return
        except OSError:  # refused, or too busy starting to answer in time
            time.sleep(0.2)
    pytest.fail(f"the demo did not answer:\n{log.read_text('utf-8')}")


def test_the_wheel_holds_the_packages_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"gis", "layers", "api"}
    assert "api/static/vendor/leaflet/leaflet.js" in names
    assert "api/static/vendor/leaflet/LICENSE" in names
    assert {f"{package}/py.typed" for package in ("gis", "layers", "api")} <= set(names)
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_wheel_holds_every_file_that_lies_in_the_packages(wheel: Path) -> None:
    """Templates, texts, SQL and rule sets are data that a checkout has and a wheel may forget."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    here = {
        path.relative_to(ROOT).as_posix()
        for package in ("gis", "layers", "api")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert not here - names


def test_the_command_works_where_no_source_is(installed: Path, workshop: Path) -> None:
    assert "greengrid" in run(installed / "greengrid", "--help", cwd=workshop)
    run(installed / "greengrid", "init", "new.gpkg", "--metric-crs", "EPSG:4551", cwd=workshop)
    assert (workshop / "new.gpkg").is_file()


def test_the_demo_serves_pages_whose_scripts_are_there(served: str) -> None:
    front = read(served)
    maps = sorted(set(re.findall(r'href="(/maps/[a-z]+)"', front)))
    assert maps
    scripts = {
        source
        for page in (front, *(read(urljoin(served, m)) for m in maps))
        for source in sources(page)
    }
    assert any("leaflet" in source for source in scripts)
    for source in scripts:
        address = urljoin(served, source)
        assert address.startswith(served), f"{source} lies elsewhere"
        assert read(address)


def read(address: str) -> str:
    with urlopen(address, timeout=START_SECONDS) as answer:
        assert answer.status == 200
        content: bytes = answer.read()
    return content.decode("utf-8", "replace")


def sources(page: str) -> set[str]:
    """List what a page loads: scripts, styles and frames, not links to other pages."""
    loaded = re.findall(r"<(?:script|link|iframe)\b[^>]*\s(?:src|href)=\"([^\"]+)\"", page)
    return {html.unescape(source) for source in loaded if not source.startswith("data:")}
