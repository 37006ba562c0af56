"""Programs that work on a store in processes of their own, and may be killed at it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

WRITER = """
import json, sys, time
import pandas as pd
from layers import open_store
store = open_store(sys.argv[1])
print("ready", flush=True)
number = 0
while True:
    with store.change(author=sys.argv[2], message="work") as change:
        added = change.insert("adopter", pd.DataFrame({"code": ["a", "b"]}))
        change.update("adopter", pd.DataFrame({"name": "x"}, index=added[:1]))
        change.delete("adopter", added[1:])
    print(json.dumps([change.changeset, added[0]]), flush=True)
"""

IMPORTER = """
import sys
from layers import open_store
from layers.importing import ImportOptions, Mapping
from layers.importing.apply import apply_plan, plan_import
store = open_store(sys.argv[1])
options = ImportOptions(datum="CGCS2000", mapping=Mapping(key=("code",)), author="importer")
print("ready", flush=True)
plan = plan_import(store, "building", sys.argv[2], options)
print("planned", flush=True)
print(apply_plan(store, plan, options), flush=True)
"""


@contextmanager
def running(program: str, *arguments: str | Path) -> Iterator[subprocess.Popen[str]]:
    """Run a program; it is killed at the end of the block if it still runs."""
    process = subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def wait_for(process: subprocess.Popen[str], word: str) -> None:
    """Wait until a program says a word."""
    assert process.stdout is not None
    said = process.stdout.readline().strip()
    if said != word:
        process.kill()
        assert process.stderr is not None
        raise AssertionError(said + process.stderr.read())


def lines_of(process: subprocess.Popen[str]) -> list[str]:
    """Read what a killed program had said; a line that it did not finish was never said."""
    assert process.stdout is not None
    return [line.strip() for line in process.stdout.readlines() if line.endswith("\n")]
