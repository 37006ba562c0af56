"""How everything here is measured: one question, many methods, a process for each.

A *subject* is a module `NAME_cases.py` with a `TITLE` and some `QUESTIONS`. A question has a title
and methods, ours first. A method *begins*, which is not timed: it loads the inputs, imports its
library, connects, loads machine code. It gives what is then asked and timed, several times, in the
same process; the middle time counts.

    def begin(scene: Scene) -> Ask:
        cells = scene.city.cells              # inputs, not timed
        return lambda: measure(cells)         # timed; gives an array

    QUESTIONS = (Question("t1", "Greens from 1,000 m2", (Method("ours", begin), ...)),)

A method that cannot run has a row that says why: whoever misses something raises `Absent`. Started
by `run.py`; as a script this file measures one method and prints a line of JSON.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

import numpy as np  # noqa: E402 (of the environment that the path completes)

if TYPE_CHECKING:
    from test_city import City

PAGE = ROOT / "docs/benchmarks.md"
SIZES = ("S", "M", "L", "palmas")

# A method is asked again until it has taken so long altogether, or so often.
_ENOUGH_S = 4.0
_RUNS = 7

Ask = Callable[[], Any]


class Absent(Exception):  # noqa: N818 (a state of affairs, told in the table)
    """What a method needs is not here."""


@dataclass(frozen=True)
class Scene:
    """What a method finds: the city, a database, and a folder that all methods share."""

    folder: Path
    size: str

    @cached_property
    def city(self) -> City:
        """The city of this size."""
        import test_city

        return test_city.load(self.city_file)

    @property
    def city_file(self) -> Path:
        """Where the city lies."""
        return self.folder / f"city-{self.size}.npz"

    @property
    def postgis(self) -> str:
        """URL of an empty database with PostGIS, of a server with usual settings.

        Raises
        ------
        Absent
        """
        url = os.environ.get("GREENGRID_BENCH_POSTGIS")
        if not url:
            raise Absent("PostgreSQL with PostGIS is not installed")
        return url


@dataclass(frozen=True)
class Method:
    """One way to answer.

    Parameters
    ----------
    name
        What the table calls it.
    begin
        Prepares, and gives what is timed.
    at_least
        How many times as long as ours it should take at size L: our target.
    sizes
        On which cities it is asked; elsewhere its row says that it was not.
    limit_s
        After so long it is stopped.
    """

    name: str
    begin: Callable[[Scene], Ask]
    at_least: float | None = None
    sizes: tuple[str, ...] = SIZES
    limit_s: float = 60.0


@dataclass(frozen=True)
class Question:
    """One table.

    Parameters
    ----------
    key, title
        For the command line, and above the table.
    methods
        Ours is the first.
    truth
        Begins the method whose answer is taken for true; None where answers are not compared.
    compare
        Says how far an answer is from the truth.
    sizes
        On which cities it is asked.
    """

    key: str
    title: str
    methods: tuple[Method, ...]
    truth: Callable[[Scene], Ask] | None = None
    compare: Callable[[Any, Any], str] | None = None
    sizes: tuple[str, ...] = SIZES


@dataclass(frozen=True)
class Measured:
    """What became of one method."""

    method: Method
    why_not: str = ""
    wall_s: float = np.nan
    cpu_s: float = np.nan
    peak_mb: float = np.nan
    more_mb: float = np.nan
    error: str = ""


# ------------------------------------------------------------------ one method, in this process


def measure(question: Question, begin: Callable[[Scene], Ask], scene: Scene) -> dict[str, Any]:
    """Ask some times; give the median times, the peak of memory, and how far off the answer is."""
    ask = begin(scene)
    at_rest_mb = _forget_peak()
    walls, cpus = [], []
    while len(walls) < _RUNS and sum(walls) < _ENOUGH_S:
        cpu, wall = _processor_s(), time.perf_counter()
        answer = ask()
        walls.append(time.perf_counter() - wall)
        cpus.append(_processor_s() - cpu)
    found = peak_mb()
    return {
        "wall_s": median(walls),
        "cpu_s": median(cpus),
        "peak_mb": found,
        "more_mb": found - at_rest_mb,
        "error": _error(question, answer, scene),
    }


def peak_mb() -> float:
    """Read the peak of this program's memory; that of `getrusage` begins with its parent's."""
    return _status_mb("VmHWM")


def _status_mb(name: str) -> float:
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(name))


def _forget_peak() -> float:
    """Have the peak counted from now on; give what is used now."""
    Path("/proc/self/clear_refs").write_text("5", "utf-8")
    return _status_mb("VmRSS")


def _processor_s() -> float:
    """Add up the processor time of this process and of the database, if it has one."""
    postmaster = os.environ.get("GREENGRID_BENCH_POSTMASTER")
    return time.process_time() + (_family_s(int(postmaster)) if postmaster else 0.0)


def _family_s(parent: int) -> float:
    """Add up the processor time of a process and its children, also of those that ended."""
    ticks = 0
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            pid, rest = int(file.parent.name), file.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if parent in {pid, int(rest[1])}:
            ticks += int(rest[11]) + int(rest[12])
            ticks += int(rest[13]) + int(rest[14]) if pid == parent else 0
    return ticks / os.sysconf("SC_CLK_TCK")


def _truth_file(question: Question, scene: Scene) -> Path:
    return scene.folder / f"truth-{question.key}-{scene.size}.npy"


def _error(question: Question, answer: Any, scene: Scene) -> str:
    file = _truth_file(question, scene)
    if question.compare is None or not file.exists():
        return ""
    return question.compare(answer, np.load(file))


# ------------------------------------------------------------------ all methods, one after another


def measure_all(subject: str, question: Question, scene: Scene, only: str = "") -> list[Measured]:
    """Measure each method whose name holds `only` in a process of its own."""
    if question.truth is not None:
        done = _in_a_process(subject, question, -1, scene, 600.0)
        if isinstance(done, str):
            raise SystemExit(f"the truth of {subject} {question.key} was not found: {done}")
    rows = []
    for number, method in enumerate(question.methods):
        if only in method.name or number == 0:
            rows.append(_measured(subject, question, number, scene))
            print(line_of(rows[-1], rows[0], scene.size), flush=True)
    return rows


def _measured(subject: str, question: Question, number: int, scene: Scene) -> Measured:
    method = question.methods[number]
    if scene.size not in method.sizes:
        return Measured(method, f"only asked on {', '.join(method.sizes)}")
    done = _in_a_process(subject, question, number, scene, method.limit_s)
    return Measured(method, done) if isinstance(done, str) else Measured(method, **done)


def _in_a_process(
    subject: str, question: Question, number: int, scene: Scene, limit_s: float
) -> dict[str, Any] | str:
    """Give what was measured, or why nothing was."""
    command = [sys.executable, __file__, subject, question.key, str(number), str(scene.folder),
               scene.size]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'bench'}"}
    try:
        done = subprocess.run(  # noqa: S603 (ourselves)
            command, capture_output=True, text=True, env=environment, check=False, timeout=limit_s
        )
    except subprocess.TimeoutExpired:
        return f"stopped after {limit_s:.0f} s"
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"ended with {done.returncode}"]
        return lines[-1].removeprefix("measuring.").removeprefix("Absent: ")[:160]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


# ------------------------------------------------------------------ tables

_COLUMNS = {
    "method": "---", "wall": "--:", "cpu": "--:", "wall / ours": "--:", "cpu / ours": "--:",
    "peak MB (more)": "--:", "against the truth": "---", "target": "---",
}  # fmt: skip


def table(rows: list[Measured], size: str) -> str:
    """Draw ours, then the others from the quickest to the slowest, then who did not run."""
    ours, others = rows[0], sorted(rows[1:], key=lambda row: (row.why_not != "", row.wall_s))
    lines = [line_of(row, ours, size) for row in (ours, *others)]
    header = [f"| {' | '.join(cells)} |" for cells in (_COLUMNS, _COLUMNS.values())]
    return "\n".join([*header, *lines])


def line_of(row: Measured, ours: Measured, size: str) -> str:
    if row.why_not:
        why = row.why_not.replace("|", "/")
        return f"| {row.method.name} | **not run** | | | | | {why} | |"
    times = row.wall_s / ours.wall_s
    cells = [
        f"**{row.method.name}**" if row is ours else row.method.name,
        seconds(row.wall_s),
        seconds(row.cpu_s),
        _ratio(times),
        _ratio(row.cpu_s / ours.cpu_s) if ours.cpu_s else "",
        f"{row.peak_mb:.0f} ({row.more_mb:.0f})",
        row.error,
        _target(row.method.at_least, times) if size == "L" else "",
    ]
    return f"| {' | '.join(cells)} |"


def _ratio(times: float) -> str:
    return f"{times:.2f}" if times < 1 else f"{times:.1f}" if times < 20 else f"{times:,.0f}"


def _target(at_least: float | None, times: float) -> str:
    if at_least is None or not np.isfinite(times):
        return ""
    return f"≥ {at_least:g}: {'met' if times >= at_least else 'missed'}"


def seconds(value: float) -> str:
    """Say how long in the unit that fits."""
    if value < 1e-4:
        return f"{value * 1e6:.1f} µs"
    if value < 0.0995:
        return f"{value * 1e3:.1f} ms"
    return f"{value:.2f} s" if value < 20 else f"{value:.0f} s"


def machine(*packages: str) -> str:
    """Name the machine, and the versions that matter."""
    info = Path("/proc/cpuinfo").read_text("utf-8") if Path("/proc/cpuinfo").exists() else ""
    models = [line.split(":")[1].strip() for line in info.splitlines() if "model name" in line]
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1024**3
    versions = ", ".join(f"{name} {_version(name)}" for name in packages)
    return (
        f"{models[0] if models else platform.processor()}, {os.cpu_count()} cores, "
        f"{pages:.0f} GB, {platform.system()}; Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}, {versions}."
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"


def write_block(name: str, text: str) -> None:
    """Put `text` between the markers of `name` in docs/benchmarks.md."""
    page = PAGE.read_text("utf-8")
    begin, end = f"<!-- measured: {name}: begin -->", f"<!-- measured: {name}: end -->"
    if page.count(begin) != 1 or page.count(end) != 1:
        raise SystemExit(f"{PAGE.name} needs these lines once: {begin} and {end}")
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(end)
    PAGE.write_text(f"{before}{begin}\n{text.strip()}\n{end}{after}", "utf-8")


# ------------------------------------------------------------------ the process of one method


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure one method; `run.py` starts this.")
    for name in ("subject", "question", "number", "folder", "size"):
        parser.add_argument(name)
    asked = parser.parse_args()
    cases = importlib.import_module(f"{asked.subject}_cases")
    question = next(one for one in cases.QUESTIONS if one.key == asked.question)
    scene = Scene(Path(asked.folder), asked.size)
    if int(asked.number) < 0:
        np.save(_truth_file(question, scene), question.truth(scene)())
        print("{}")
        return
    print(json.dumps(measure(question, question.methods[int(asked.number)].begin, scene)))


if __name__ == "__main__":
    # The cases import this file by its name, and raise and return its classes.
    importlib.import_module("measuring").main()
