"""What every test may ask for: real data, a browser that stays at home, versions in the header."""

import os
import shutil
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import urlsplit

import hypothesis
import pytest
from playwright.sync_api import Route

from tests.compiling import share_compiling

# Where the real data lie; docs/test-data.md says where each set comes from.
TEST_DATA = Path(
    os.environ.get("GREENGRID_TEST_DATA") or Path(__file__).resolve().parents[1] / "../shared/data"
).resolve()

_VERSIONS_THAT_MATTER = (
    "geopandas", "shapely", "pyproj", "pyogrio", "numpy", "pandas", "sqlalchemy", "folium",
)  # fmt: skip


collect_ignore = ["qgis_desk.py", "qgis_tiles.py"]  # for another Python

# A slow machine is no counterexample; in CI the same examples are tried every time.
hypothesis.settings.register_profile("desk", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "desk")


def pytest_configure() -> None:
    """Forget the settings of whoever runs the tests; programs that tests start inherit none.

    What is compiled for the tests is compiled once for all who run them side by side.
    """
    for name in list(os.environ):
        if name == "DATABASE_URL" or name.upper().startswith("GREENGRID_"):
            del os.environ[name]
    if "PYTEST_XDIST_WORKER" in os.environ:
        share_compiling()


def pytest_report_header() -> list[str]:
    """Name the versions on which results depend, and whether the real data are there."""
    versions = ", ".join(f"{name} {_version(name)}" for name in _VERSIONS_THAT_MATTER)
    return [f"greengrid: {versions}", f"real data: {'found' if TEST_DATA.is_dir() else 'ABSENT'}"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say once and loudly that the real data are missing."""
    if not TEST_DATA.is_dir():
        terminalreporter.write_line(
            "REAL DATA ABSENT: tests on real cities were skipped. Set GREENGRID_TEST_DATA; "
            "docs/test-data.md says where each set comes from.",
            red=True,
            bold=True,
        )


@pytest.fixture(scope="session")
def test_data() -> Path:
    """Give the folder of real data; absent, skip, but fail where CI says it must be there."""
    if TEST_DATA.is_dir():
        return TEST_DATA
    message = "real data absent (GREENGRID_TEST_DATA, see docs/test-data.md)"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    """Start the system's Chromium; never one that a test tool would have to fetch."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    if executable is None:
        message = "Chromium is not installed: run `make test` as root, or install it by hand"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return {
        "executable_path": executable,
        "args": [
            "--no-sandbox",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-quic",
            "--disable-sync",
            "--no-first-run",
        ],
    }


@pytest.fixture(autouse=True)
def _stay_home(request: pytest.FixtureRequest) -> Iterator[None]:
    """Abort, and fail on, every request that a page sends anywhere but to this machine."""
    if "context" not in request.fixturenames:
        yield
        return
    strangers: list[str] = []

    def guard(route: Route) -> None:
        if stays_home(route.request.url):
            route.continue_()
        else:
            strangers.append(route.request.url)
            route.abort()

    request.getfixturevalue("context").route("**/*", guard)
    yield
    assert not strangers, f"requests left this machine: {strangers}"


def stays_home(url: str) -> bool:
    """Tell whether a page that asks for `url` stays on this machine."""
    parts = urlsplit(url)
    return parts.scheme in {"about", "blob", "data", "file"} or parts.hostname == "127.0.0.1"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"
