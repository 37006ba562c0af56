"""The wheel alone works: built without node, installed into an empty environment, serving the demo."""

import html
import json
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from urllib.parse import urljoin

import pytest

from tests.api.cli.shell import names_in
from tests.house.tracked import ROOT
from tests.serving import fetch, served

pytestmark = pytest.mark.slow


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


def test_the_demo_is_built_once_with_pages_whose_scripts_are_there(
    installed: Path, workshop: Path
) -> None:
    """From a folder with nothing in it; the second start finds what the first one built."""
    folder, program = workshop / "empty", installed / "greengrid"
    folder.mkdir()
    with served("demo", "--lang", "en", cwd=folder, program=program) as (url, said):
        assert "The demo town is ready: demo.gpkg" in said
        assert_scripts_are_there(url)
    assert names_in(folder) == {"demo.gpkg", "demo.accounts.sqlite"}
    written = (folder / "demo.gpkg").stat().st_mtime_ns
    with served("demo", "--lang", "en", cwd=folder, program=program) as (url, said):
        assert "Using demo.gpkg" in said
        assert fetch(f"{url}healthz")
    assert (folder / "demo.gpkg").stat().st_mtime_ns == written
    changes = json.loads(run(program, "log", "--store", "demo.gpkg", "--json", cwd=folder))
    assert {change["author"] for change in changes} == {"demo"}


def assert_scripts_are_there(url: str) -> None:
    front = fetch(url)
    maps = sorted(set(re.findall(r'href="(/maps/[a-z]+)"', front)))
    assert maps
    pages = (front, *(fetch(urljoin(url, address)) for address in maps))
    scripts = {source for page in pages for source in sources(page)}
    assert any("leaflet" in source for source in scripts)
    for source in scripts:
        address = urljoin(url, source)
        assert address.startswith(url), f"{source} lies elsewhere"
        assert fetch(address)


def sources(page: str) -> set[str]:
    """List what a page loads: scripts, styles and frames, not links to other pages."""
    loaded = re.findall(r"<(?:script|link|iframe)\b[^>]*\s(?:src|href)=\"([^\"]+)\"", page)
    return {html.unescape(source) for source in loaded if not source.startswith("data:")}
