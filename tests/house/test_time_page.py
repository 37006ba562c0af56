"""What the page on time shows, done as it is shown."""

import re
import shlex
from pathlib import Path

import pandas as pd
import pytest

from api.cli.main import run_command_line
from layers import create_store
from tests.house.tracked import ROOT

PAGE = (ROOT / "docs/time.md").read_text("utf-8")
METRIC_CRS = "EPSG:4551"


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a store of fifteen changesets where the page has one, and go there."""
    monkeypatch.chdir(tmp_path)
    with_homes = create_store("town.gpkg", metric_crs=METRIC_CRS)
    for number in range(15):
        with with_homes.change(author="planner", message=f"delivery {number}") as change:
            change.insert("building", pd.DataFrame({"code": [f"b{number}"], "floors": [number]}))
    with_homes.close()
    return tmp_path / "town.gpkg"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def test_the_python_that_is_shown_runs(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shown,) = blocks("python")
    values: dict[str, object] = {}
    exec(shown, values)  # noqa: S102 - our own page
    store = values["store"]
    assert store.changeset_at() == 18  # type: ignore[attr-defined]  # undone, restored, counted
    assert store.read("building")["floors"].tolist().count(6) >= 2  # type: ignore[attr-defined]  # as above
    assert "{'building': {'added': 1}}" in capsys.readouterr().out
    assert town.exists()


def test_the_commands_that_are_shown_run(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    assert len(lines) == 10
    for line in lines:
        # The small town has no green to measure with, and one of its days is to come.
        if "coverage" in line or "2026-03-01" in line:
            continue
        code = run_command_line(shlex.split(line)[1:])
        assert code == 0, (line, capsys.readouterr().err)
    assert (town.parent / "then.gpkg").exists()
