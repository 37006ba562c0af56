"""`greengrid hotspots`, `crosswalk` and `match`: printed, written, proved, and taken back in."""

import datetime as dt
from pathlib import Path

import openpyxl
import pandas as pd
import pyogrio
import pytest
from shapely.geometry import Point, box

from layers import open_store
from layers.importing.readers.sheets import data_sheets
from tests.api.cli.shell import Shell
from tests.api.conftest import at

USAGE, DATA = 2, 3
ON = ("--on", "2026-06-01")


@pytest.fixture
def busy(store: Path) -> Path:
    """Add events in a corner, plots to adopt and somebody to adopt them."""
    moment = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    spots = [Point(150 + 60 * (n % 3), 100 + 60 * (n % 2)) for n in range(60)]
    events = at({"code": [f"E{n}" for n in range(60)]}, list(spots))
    plots = at({"code": ["P1", "P2"], "name": ["一号地", "二号地"]}, [box(0, 0, 20, 20), box(900, 0, 920, 20)])  # fmt: skip
    opened = open_store(store)
    with opened.change(author="surveyor", message="认养") as change:
        change.insert("grid_event", events.assign(state="closed", reported_at=moment))
        change.insert("adoption_plot", plots.assign(adoption_kind="maintain"))
        adopter = {"code": ["U1"], "name": ["园林局"], "adopter_kind": ["department"]}
        change.insert("adopter", pd.DataFrame(adopter))
    opened.close()
    return store


def test_hotspots_are_printed_drawn_and_proved(
    busy: Path, greengrid: Shell, tmp_path: Path
) -> None:
    typed = ("hotspots", "--store", busy, *ON, "--by", "community", "--cells", 100)
    said = greengrid(*typed, "-o", tmp_path / "hot.html", lang="zh").out
    assert "热点" in said
    assert "100 米方格" in said
    assert "错误发现率" in (tmp_path / "hot.html").read_text("utf-8")
    for ending in ("xlsx", "gpkg", "csv"):
        greengrid(*typed, "-o", tmp_path / f"hot.{ending}")
    document = greengrid(*typed, "--json").document
    assert document["labels"]["hot"] > 0
    assert greengrid("run", document["run"], "--store", busy, "--verify").code == 0
    assert "hot" in greengrid("run", document["run"], "--store", busy).out
    greengrid("hotspots", "--store", busy, "--alpha", "2", code=USAGE)
    greengrid("hotspots", "--store", busy, "--kind", "dead_tree", code=DATA)


def test_a_table_is_brought_over(busy: Path, greengrid: Shell, tmp_path: Path) -> None:
    table = tmp_path / "reported.csv"
    table.write_text("网格编码,上报数\nG000,10\nG011,3\n", encoding="gb18030")
    typed = ("crosswalk", "grid", "community", "--store", busy, "--table", table)
    said = greengrid(*typed, "--weight", "buildings", lang="zh").out
    assert "上报数：原有 13" in said
    greengrid(*typed, "-o", tmp_path / "by.xlsx", lang="zh")
    book = openpyxl.load_workbook(tmp_path / "by.xlsx")
    assert book.sheetnames == ["换算到新单元", "总数核对", "无处可分", "说明"]
    for ending in ("csv", "html", "gpkg"):
        greengrid(*typed, "-o", tmp_path / f"by.{ending}", lang="zh")
    assert "只知道一部分" in (tmp_path / "by.html").read_text("utf-8")
    assert {"code", "上报数"} <= set(pyogrio.read_info(tmp_path / "by.gpkg")["fields"])
    document = greengrid(*typed, "--json").document
    (account,) = document["account"]
    assert account["given"] == account["arrived"] + account["in_no_unit"] + account["undealt"]
    shown = greengrid("run", document["run"], "--store", busy, "--verify").out
    assert "equals its recomputation" in shown
    greengrid("crosswalk", "grid", "community", "--store", busy, code=DATA)
    greengrid(*typed[:-1], tmp_path / "none.csv", code=USAGE)


def test_matches_come_back_as_applications(busy: Path, greengrid: Shell, tmp_path: Path) -> None:
    offers = tmp_path / "offers.csv"
    offers.write_text("编码,名称,楼栋编码\nU1,园林局,B0000\n", encoding="utf-8")
    book = tmp_path / "match.xlsx"
    typed = ("match", offers, "--store", busy, *ON, "--limit", 500)
    said = greengrid(*typed, "-o", book, lang="zh").out
    assert "一号地" in said
    assert "太远：附近没有认养主体" in said
    assert "已证明没有更好的配法" in said
    for ending in ("csv", "html", "gpkg"):
        greengrid(*typed, "-o", tmp_path / f"match.{ending}", lang="zh")
    assert "没有配上的地块" in (tmp_path / "match.html").read_text("utf-8")
    assert set(pyogrio.list_layers(tmp_path / "match.gpkg")[:, 0]) == {"plots", "adopters"}
    document = greengrid(*typed, "--json").document
    assert [row["plot_code"] for row in document["pairs"]] == ["P1"]
    assert greengrid("run", document["run"], "--store", busy, "--verify").code == 0
    # The other sheets say that they are for reading, in either language: nothing is left unread.
    for lang, titles in (("zh", ["认养"]), ("en", ["Adoption"])):
        greengrid(*typed, "-o", book, lang=lang)
        assert data_sheets(book) == titles
    greengrid("import-sheets", book, "--store", busy, "--yes")
    opened = open_store(busy)
    (adoption,) = opened.read("adoption").to_dict("records")
    opened.close()
    assert (adoption["plot_code"], adoption["adopter_code"]) == ("P1", "U1")
    assert (adoption["state"], str(adoption["applied_on"])[:10]) == ("applied", "2026-06-01")
    left = greengrid(*typed, "--json").document
    assert left["pairs"] == []
    greengrid(*typed[:-1], -5, code=USAGE)
