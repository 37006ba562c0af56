"""What time it is, is asked in one place: a test that moves the clock moves it everywhere."""

import re
from pathlib import Path

from tests.house.tracked import ROOT

CLOCK = ROOT / "layers/clock.py"
ASKING = re.compile(r"\b(?:datetime|date)\.(?:now|today|utcnow)\(|\bCURRENT_(?:DATE|TIMESTAMP)\b")


def asking(path: Path) -> list[str]:
    lines = enumerate(path.read_text("utf-8").splitlines(), start=1)
    return [f"{path.relative_to(ROOT)}:{n}" for n, line in lines if ASKING.search(line)]


def test_nobody_but_the_clock_asks_for_the_time() -> None:
    assert asking(CLOCK)
    modules = [
        path for folder in ("gis", "layers", "api") for path in (ROOT / folder).rglob("*.py")
    ]
    assert [hit for path in modules if path != CLOCK for hit in asking(path)] == []
