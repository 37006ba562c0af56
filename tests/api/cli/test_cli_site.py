"""`greengrid site`: printed, as a document, as files for people, proved, and refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pyogrio
import pytest
from shapely.geometry import box
from starlette.testclient import TestClient

from layers import open_store
from tests.api.cli.shell import Shell
from tests.api.conftest import HOSTILE, at

USAGE, DATA = 2, 3
RULES = """
title_zh = "见绿"
title_en = "Green near"

[[tier]]
name = "green"
name_zh = "见绿"
layers = ["green_space"]
radius_m = 250
min_area_m2 = 400

[[tier]]
name = "park"
name_zh = "见园"
layers = ["green_space"]
radius_m = 400
min_area_m2 = 1000
area_of = "joined"
"""


@pytest.fixture
def asked(store: Path, tmp_path: Path) -> list[Any]:
    """Lay more plots into the small city: two that touch, a tiny one, one where all is green."""
    shapes = [
        box(1200, 300, 1230, 320),
        box(1230, 300, 1260, 320),
        box(1700, 300, 1710, 310),
        box(400, 300, 440, 340),
        None,
    ]
    rows = at(
        {"code": [f"T{n}" for n in range(5)], "name": [HOSTILE, "乙地", "丙地", None, "戊地"]},
        list(shapes),
    )
    opened = open_store(store)
    with opened.change(author="surveyor", message="摸排") as change:
        change.insert("bare_land", rows)
    opened.close()
    rules = tmp_path / "rules.toml"
    rules.write_text(RULES, encoding="utf-8")
    return [
        "site",
        "--store",
        store,
        "--rules",
        rules,
        "--weight",
        "population",
        "--on",
        "2026-06-01",
    ]


def test_plots_are_chosen_printed_and_kept(
    asked: list[Any], store: Path, greengrid: Shell, client_of: Callable[[Path], TestClient]
) -> None:
    said = greengrid(*asked, "-k", 2, "--rank", lang="zh").out
    for words in (
        "选中的地块",
        "乙地",
        "为何不变",
        "面积不够",
        "附近都已覆盖",
        "已证明最优",
        "每块地的价值",
    ):
        assert words in said
    found = greengrid(
        *asked, "-k", 3, "--tier", "park", "--required", "T1,T0,T3", "--json"
    ).document
    choice = found["choice"]
    assert [row["code"] for row in choice["sites"]] == ["T0", "T1", "T3"]
    assert choice["sites"][2]["name"] is None
    # Each is too small alone; together they are a park.
    assert choice["gain"] == 0
    assert choice["gain_together"] > 0
    assert (
        found["after"]["tiers"][1]["covered"] == choice["covered_before"] + choice["gain_together"]
    )
    joined = greengrid(*asked, "-k", 1, "--tier", "park", "--join", "--json").document
    assert joined["choice"]["sites"][0]["plots"] == ["T0", "T1"]
    assert joined["choice"]["gain"] == choice["gain_together"]
    lacks = found["plots"][-1]["rules"]["park_activity_site_2022"]
    assert (lacks["reason"], round(lacks["area_m2"]), lacks["min_area_m2"]) == (
        "too_small",
        100,
        400,
    )
    for run in (found["run"], joined["run"]):
        assert "equals its recomputation" in greengrid("run", run, "--store", store, "--verify").out
    page = client_of(store).get(f"/runs/{found['run']}", params={"lang": "zh"})
    assert page.status_code == 200


def test_plots_are_written_for_people(asked: list[Any], greengrid: Shell, tmp_path: Path) -> None:
    for ending in ("html", "xlsx", "gpkg", "csv"):
        greengrid(*asked, "-k", 2, "-o", tmp_path / f"plots.{ending}", lang="zh")
    page = (tmp_path / "plots.html").read_text("utf-8")
    assert "5 块地中有" in page
    assert HOSTILE not in page
    book = openpyxl.load_workbook(tmp_path / "plots.xlsx")
    assert book.sheetnames[:2] == ["选中的地块", "每块地的价值"]
    rows = list(book["每块地的价值"].values)
    assert len(rows) == 2 + 5
    assert "100 m²，不足 400 m²" in rows[-1]
    layers = dict(pyogrio.list_layers(tmp_path / "plots.gpkg"))
    assert set(layers) == {"plots", "chosen", "places"}
    assert pyogrio.read_info(tmp_path / "plots.gpkg", layer="plots")["features"] == 5
    assert (tmp_path / "plots.csv").read_text("utf-8-sig").count("\n") == 1 + 5


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (["--required", "T9"], USAGE),
        (["--required", "T4"], USAGE),
        (["--required", "T0", "--excluded", "T0"], USAGE),
        (["-k", "0"], USAGE),
        (["--tier", "meadow"], USAGE),
        (["--plots", "adopter"], DATA),
        (["--plots", "dead_tree"], DATA),
        (["--weight", "area"], DATA),
    ],
)
def test_what_cannot_be_answered_is_refused(
    asked: list[Any], greengrid: Shell, wrong: list[str], code: int
) -> None:
    said = greengrid(*asked, *wrong, code=code, lang="zh")
    assert said.err
    assert "Traceback" not in said.err
