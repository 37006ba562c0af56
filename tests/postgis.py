"""A real PostgreSQL with PostGIS of the tests' own: made in a moment, gone afterwards."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg
import pytest

ABSENT = (
    "POSTGIS ABSENT: tests on PostgreSQL were skipped. Run `make test` as root, or install the "
    "package postgresql-postgis by hand."
)
_DEBIAN = Path("/usr/lib/postgresql")
# Tests want speed; what they lose in a power cut they would not have kept anyway.
_SETTINGS = (
    "-c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off "
    "-c synchronous_commit=off -c max_connections=60 -c autovacuum=off"
)


@dataclass(frozen=True)
class Server:
    """A running cluster; anybody on this machine may be its superuser while it lives."""

    port: int
    numbers: Iterator[int]

    def url(self, database: str, *, user: str = "postgres") -> str:
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def create(self, *, template: str = "template0", settings: str = "") -> str:
        """Make a database and give its name; a template is copied with all that it holds."""
        name = f"test_{next(self.numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template} {settings}")
        return name

    def drop(self, database: str) -> None:
        self.run(f"DROP DATABASE {database} WITH (FORCE)")

    def run(self, statement: str, *, database: str = "postgres") -> None:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(statement.encode())


def programs() -> Path | None:
    """Find the newest PostgreSQL that has PostGIS, as Debian installs it."""
    for folder in sorted(_DEBIAN.glob("*/bin"), key=_version, reverse=True):
        share = Path("/usr/share/postgresql", folder.parent.name, "extension/postgis.control")
        if (folder / "initdb").exists() and share.exists():
            return folder
    return None


@contextmanager
def running_server() -> Iterator[Server]:
    """Start a cluster in the temporary folder and remove it at the end.

    Skips where there is no PostgreSQL with PostGIS, but fails where CI says it must be there.
    """
    found = programs()
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(ABSENT)
        pytest.skip(ABSENT)
    folder = Path(tempfile.mkdtemp(prefix="greengrid-postgis-"))
    try:
        port = _free_port()
        _control(found, folder, port)
        try:
            yield Server(port, count(1))
        finally:
            _as_postgres([found / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _control(found: Path, folder: Path, port: int) -> None:
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    data = folder / "data"
    _as_postgres(
        [found / "initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8",
         "--locale=C.UTF-8", "--no-sync"]
    )  # fmt: skip
    # Whoever is called `secretive` needs a password; everybody else comes in as they are.
    rules = data / "pg_hba.conf"
    rules.write_text(f"host all secretive 127.0.0.1/32 scram-sha-256\n{rules.read_text()}")
    options = f"-p {port} -k {folder} {_SETTINGS}"
    log = folder / "log"
    _as_postgres([found / "pg_ctl", "-D", data, "-l", log, "-w", "-o", options, "start"])


def _as_postgres(command: list[str | Path]) -> None:
    """Run a program as a user that PostgreSQL agrees to run as, which root is not."""
    user = "postgres" if os.geteuid() == 0 else None
    home = pwd.getpwnam(user).pw_dir if user else str(Path.home())
    subprocess.run(
        command, cwd="/", user=user, group=user, extra_groups=[] if user else None,
        env={"PATH": os.environ["PATH"], "HOME": home, "LC_ALL": "C.UTF-8"},
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _version(folder: Path) -> int:
    return int(folder.parent.name) if folder.parent.name.isdecimal() else 0
