"""The real QGIS, in a process of its own, editing a store as planners do."""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import IO, Any, cast

import pytest
from sqlalchemy import make_url

ABSENT = (
    "QGIS ABSENT: tests with QGIS were skipped. Run `make test` as root, or install the package "
    "python3-qgis by hand."
)
_PYTHON = "/usr/bin/python3"  # QGIS's own: its bindings are made for no other
_PATIENCE_S = 60
_DESK = Path(__file__).with_name("qgis_desk.py")


class Desk:
    """QGIS with one layer open; what it can do is written down in `qgis_desk.py`."""

    def __init__(self, process: subprocess.Popen[str], complaints: IO[str]) -> None:
        self._process = process
        self._complaints = complaints
        self._answer()

    def __call__(self, method: str, *arguments: Any) -> Any:
        """Have something done, and give what QGIS answers."""
        _stream(self._process.stdin).write(json.dumps([method, *arguments]) + "\n")
        _stream(self._process.stdin).flush()
        return self._answer()

    def _answer(self) -> Any:
        line = _stream(self._process.stdout).readline()
        if not line:
            pytest.fail(f"QGIS ended: {self.end()}")
        return json.loads(line)

    def end(self) -> str:
        """Close the layer and the program; give what it said meanwhile."""
        _stream(self._process.stdin).close()
        self._process.wait(_PATIENCE_S)
        self._complaints.seek(0)
        return self._complaints.read()


@cache
def is_installed() -> bool:
    """Tell whether the system's Python knows QGIS."""
    if not Path(_PYTHON).exists():
        return False
    asked = [_PYTHON, "-c", "import qgis.core"]
    return (
        subprocess.run(asked, env=_environment(), check=False, capture_output=True).returncode == 0
    )


def require_qgis() -> None:
    """Skip where there is no QGIS, but fail where CI says it must be there."""
    if is_installed():
        return
    if os.environ.get("CI"):
        pytest.fail(ABSENT)
    pytest.skip(ABSENT)


@contextmanager
def opened(place: str | Path, layer: str, *, geometry: bool = True) -> Iterator[Desk]:
    """Open a layer of a store in QGIS, which is closed at the end."""
    with shown(*_source(place, layer, geometry=geometry)) as desk:
        yield desk


@contextmanager
def shown(uri: str, provider: str) -> Iterator[Desk]:
    """Open what QGIS knows under an address of its own."""
    require_qgis()
    with tempfile.TemporaryFile("w+") as complaints:
        process = subprocess.Popen(
            [_PYTHON, str(_DESK), uri, provider],
            env=_environment(), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints,
        )  # fmt: skip
        try:
            desk = Desk(process, complaints)
            yield desk
            said = desk.end()
            assert process.returncode == 0, said
        finally:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                _stream(stream).close()


def _source(place: str | Path, layer: str, *, geometry: bool) -> tuple[str, str]:
    if isinstance(place, Path):
        return f"{place}|layername={layer}", "ogr"
    url = make_url(place)
    column = " (geom)" if geometry else ""
    connection = f"dbname='{url.database}' host={url.host} port={url.port} user='{url.username}'"
    return f'{connection} key=\'fid\' table="public"."{layer}"{column}', "postgres"


def _environment() -> dict[str, str]:
    """Leave out what the tests' own Python was told: QGIS's Python is another one."""
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": os.environ.get("HOME", "/"),
        "LANG": "C.UTF-8",
        "QT_QPA_PLATFORM": "offscreen",
    }


def _stream(stream: IO[str] | None) -> IO[str]:
    return cast("IO[str]", stream)


def draw_tiles(template: str, bounds: tuple[float, ...]) -> dict[str, Any]:
    """Have QGIS draw vector tiles; see `qgis_tiles.py`."""
    require_qgis()
    script = Path(__file__).with_name("qgis_tiles.py")
    done = subprocess.run(
        [_PYTHON, script, template, *map(str, bounds)],
        env=_environment(), capture_output=True, text=True, check=True, timeout=_PATIENCE_S,
    )  # fmt: skip
    return cast("dict[str, Any]", json.loads(done.stdout.splitlines()[-1]))
