"""A hundred thousand rows: all of them taken, within a minute of work and a bounded memory."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tracked import ROOT
from tests.layers.importing.ledger import CHANGED_EVERY, FORMATS, rows_of, write

COUNT = 100_000
SECONDS = 60
PEAK_MB = 1500


@pytest.mark.long
@pytest.mark.parametrize("ending", FORMATS)
def test_many_rows_are_taken_in_a_minute(place: str, tmp_path: Path, ending: str) -> None:
    changed = COUNT // CHANGED_EVERY
    expected = {
        "first": {"read": COUNT, "added": COUNT, "changed": 0, "unchanged": 0, "rejected": 0},
        "again": {
            "read": COUNT, "added": 0, "changed": changed, "unchanged": COUNT - changed, "rejected": 0,
        },
    }  # fmt: skip
    for what, counts in expected.items():
        file = write(rows_of(COUNT, later=what == "again"), tmp_path / f"{what}{ending}")
        done = subprocess.run(
            [sys.executable, ROOT / "bench/bench_import.py", "--one", place, file],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        found = json.loads(done.stdout)
        assert {name: found[name] for name in counts} == counts
        assert found["cpu_s"] < SECONDS  # the wall is shared with whatever else runs
        assert found["peak_mb"] < PEAK_MB
