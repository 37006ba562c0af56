"""A result is drawn by whoever announces itself, and shown as a table by nobody else."""

from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from geopandas import GeoDataFrame
from shapely import Point

import gis.result
from gis.covering.coverage import CoverageResult, coverage
from gis.errors import RendererMissingError
from gis.rules import RuleSet, Tier


class Draughtsman:
    """A renderer that says what it was asked for."""

    def explore(self, result: CoverageResult) -> str:
        return f"map of {result.ruleset.key}"

    def to_html(self, result: CoverageResult, path: Path | None) -> str:
        return f"page of {result.ruleset.key} in {path}"

    def to_excel(self, result: CoverageResult, path: Path) -> None:
        path.write_text(result.ruleset.key)

    def repr_html(self, result: CoverageResult) -> str:
        return f"<b>{result.ruleset.key}</b>"


class Here:
    """What importlib would find for an installed renderer."""

    name = "a"

    def load(self) -> type[Draughtsman]:
        return Draughtsman


@pytest.fixture
def result() -> CoverageResult:
    homes = GeoDataFrame(geometry=[Point(0, 0)], crs=4551)
    rules = RuleSet("mine", tiers=(Tier("t", "层", ("green",), 9),))
    return coverage(homes, {"green": homes}, rules)


@pytest.fixture
def announced(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Give the list of what is announced; empty until a test fills it."""
    entries: list[Any] = []
    monkeypatch.setattr(gis.result, "entry_points", lambda **_: entries)
    return entries


def test_nobody_can_draw(result: CoverageResult, announced: list[Any], tmp_path: Path) -> None:
    for draw in (result.explore, result.to_html, lambda: result.to_excel(tmp_path / "x")):
        with pytest.raises(RendererMissingError):
            draw()
    assert "<table" in result._repr_html_()
    assert "covered" in result._repr_html_()


def test_the_first_name_draws(result: CoverageResult, announced: list[Any], tmp_path: Path) -> None:
    announced += [EntryPoint("b", "nowhere:Nothing", gis.result.GROUP), Here()]
    assert result.explore() == "map of mine"
    assert result.to_html() == "page of mine in None"
    assert result.to_html("a.html") == "page of mine in a.html"
    assert result._repr_html_() == "<b>mine</b>"
    result.to_excel(str(tmp_path / "x"))
    assert (tmp_path / "x").read_text() == "mine"
