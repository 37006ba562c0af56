"""A real PostgreSQL with PostGIS of the tests' own: made in a moment, gone afterwards."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg
import pytest

from layers import open_store
from layers.store import copy_store

ABSENT = (
    "POSTGIS ABSENT: tests on PostgreSQL were skipped. Run `make test` as root, or install the "
    "package postgresql-postgis by hand."
)
_DEBIAN = Path("/usr/lib/postgresql")
_SETTINGS = "-c listen_addresses=127.0.0.1 -c max_connections=60"
# Tests want speed; what they lose in a power cut they would not have kept anyway.
_HURRIED = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off -c autovacuum=off"


@dataclass(frozen=True)
class Server:
    """A running cluster; anybody on this machine may be its superuser while it lives."""

    port: int
    numbers: Iterator[int]
    folder: Path
    programs: Path
    settings: str

    def start(self) -> None:
        """Start the server; after a crash it recovers first."""
        options = f"-p {self.port} -k {self.folder} {self.settings}"
        log = self.folder / "log"
        self._control("-l", log, "-w", "-o", options, "start")

    def stop(self) -> None:
        """Stop the server without further ado."""
        self._control("-m", "immediate", "stop")

    def kill(self) -> None:
        """Kill the server and each process that it started, as the system would do it."""
        locks = (
            self.folder / "data/postmaster.pid",
            self.folder / f".s.PGSQL.{self.port}.lock",
        )
        postmaster = int(locks[0].read_text().split()[0])
        os.kill(postmaster, signal.SIGSTOP)  # it starts no more children
        family = [*_children(postmaster), postmaster]  # no child lives to see its parent's end
        for pid in family:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        while any(_is_alive(pid) for pid in family):
            time.sleep(0.01)
        for lock in locks:  # whose owner counts as alive until somebody asks how it ended
            lock.unlink()

    def _control(self, *arguments: str | Path) -> None:
        _as_postgres([self.programs / "pg_ctl", "-D", self.folder / "data", *arguments])

    def url(self, database: str, *, user: str = "postgres") -> str:
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def create(self, *, template: str = "template0", settings: str = "") -> str:
        """Make a database and give its name; a template is copied with all that it holds."""
        name = f"test_{next(self.numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template} {settings}")
        return name

    def holding(self, store: Path) -> str:
        """Copy a store from a file into a database of its own; give the URL."""
        name = self.create()
        self.run("CREATE EXTENSION postgis", database=name)
        with closing(open_store(store)) as origin:
            copy_store(origin, self.url(name))
        return self.url(name)

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
def running_server(*, durable: bool = False) -> Iterator[Server]:
    """Start a cluster in the temporary folder and remove it at the end.

    A durable one keeps PostgreSQL's own defaults of what is safe when. Skips where there is no
    PostgreSQL with PostGIS, but fails where CI says it must be there.
    """
    found = programs()
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(ABSENT)
        pytest.skip(ABSENT)
    folder = Path(tempfile.mkdtemp(prefix="greengrid-postgis-"))
    settings = _SETTINGS if durable else f"{_SETTINGS} {_HURRIED}"
    server = Server(_free_port(), count(1), folder, found, settings)
    try:
        _make_cluster(server)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _make_cluster(server: Server) -> None:
    if os.geteuid() == 0:
        shutil.chown(server.folder, "postgres")
    data = server.folder / "data"
    _as_postgres(
        [server.programs / "initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8",
         "--locale=C.UTF-8", "--no-sync"]
    )  # fmt: skip
    # Whoever is called `secretive` needs a password; everybody else comes in as they are.
    rules = data / "pg_hba.conf"
    rules.write_text(f"host all secretive 127.0.0.1/32 scram-sha-256\n{rules.read_text()}")


def _children(parent: int) -> list[int]:
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            # Behind the name, which may hold anything but ends with the last bracket: state, parent.
            if int(status.read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(status.parent.name))
    return found


def _is_alive(pid: int) -> bool:
    """Tell whether a process runs; one that nobody has asked about since it ended does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


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
