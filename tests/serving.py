"""The installed program as a process of its own: commands run, pages served, ended by Ctrl+C."""

import os
import re
import select
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

GREENGRID = Path(sys.executable).with_name("greengrid")
PATIENCE_S = 240
_ADDRESS = re.compile(r"https?://\S+")


def clean_environment() -> dict[str, str]:
    ours = ("GREENGRID_", "DATABASE_URL", "LC_", "LANG")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def run(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [GREENGRID, *map(str, arguments)],
        cwd=cwd, env=clean_environment(), capture_output=True, text=True, timeout=PATIENCE_S, check=False,
    )  # fmt: skip


@contextmanager
def served(*arguments: object, cwd: Path, program: Path = GREENGRID) -> Iterator[tuple[str, str]]:
    """Start a server on a free port; give its address and what it said, and end it by Ctrl+C."""
    with started(*arguments, cwd=cwd, program=program) as server:
        yield server.url, server.said
        server.process.send_signal(signal.SIGINT)
        _, complaints = server.process.communicate(timeout=PATIENCE_S)
        assert server.process.returncode == 0, complaints
        assert complaints == ""


class Started(NamedTuple):
    """A server that can be asked, and its first process."""

    process: subprocess.Popen[str]
    url: str
    said: str


@contextmanager
def started(
    *arguments: object,
    cwd: Path,
    program: Path = GREENGRID,
    settings: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Started]:
    """Start a server on a free port and kill it at the end; it tells of what goes wrong only."""
    environment = {**clean_environment(), "GREENGRID_LOG_LEVEL": "warning", **settings}
    process = subprocess.Popen(
        [program, *map(str, arguments), "--port", "0"],
        cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        said = _until_address(process)
        yield Started(process, _ADDRESS.findall(said)[0], said)
    finally:
        process.kill()
        process.communicate()  # closes the pipes


def _until_address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    said, end = "", time.monotonic() + PATIENCE_S
    while not _ADDRESS.search(said) and time.monotonic() < end:
        if select.select([process.stdout], [], [], 0.5)[0]:
            line = process.stdout.readline()
            if not line:
                break
            said += line
    assert _ADDRESS.search(said), process.communicate(timeout=PATIENCE_S)
    return said


def fetch(url: str) -> str:
    with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:
        return str(answer.read().decode())
