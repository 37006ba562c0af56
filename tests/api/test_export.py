"""Runs as files: a page, a workbook, a table."""

import csv
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from api.drawings import write_result
from api.texts import texts_in
from gis import presets
from layers import Store, open_store
from layers.analysis import run_coverage, run_gaps

ZH = texts_in("zh")
RULES = presets["baishan_slogan_300_500_1000"]


@pytest.fixture(scope="module")
def store(city_path: Path) -> Iterator[Store]:
    opened = open_store(city_path)
    yield opened
    opened.close()


def test_a_page_holds_every_tier_and_the_run(store: Store, tmp_path: Path) -> None:
    made = run_coverage(store, RULES, weight="households")
    write_result(made, tmp_path / "out.html", ZH)
    html = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert made.run.id in html
    for tier in RULES.tiers:
        assert f'data-gg-choose="{tier.name}"' in html
    assert "<form" not in html
    assert html.count('<details class="gg-band">') == len(RULES.tiers)


def test_a_gap_run_is_drawn_as_gaps(store: Store, tmp_path: Path) -> None:
    made = run_gaps(store, RULES, weight="buildings")
    write_result(made, tmp_path / "gaps.html", ZH)
    assert "data-gg-focus" in (tmp_path / "gaps.html").read_text(encoding="utf-8")


def test_a_workbook_carries_its_run(store: Store, tmp_path: Path) -> None:
    made = run_coverage(store, RULES, weight="households")
    write_result(made, tmp_path / "out.xlsx", ZH)
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    notes = {row[0].value: row[1].value for row in book["说明"].iter_rows(min_row=2)}
    assert notes["计算编号"] == made.run.id
    assert notes["统计对象"] == "数量单位：户"
    units = {row[2].value for row in book["各单元"].iter_rows(min_row=3)}
    assert {"河口社区", "第1网格", "（不在任何单元内）"} <= units
    assert book["明细"]["A3"].value.startswith("B")
    changed = list(book["换条件"].iter_rows(min_row=3, values_only=True))
    assert {row[1] for row in changed} == {"按口径", "量到", "最小面积", "半径", "位置误差"}
    first = made.coverage.figures[0]
    assert changed[0][3:6] == (first.covered, first.base, first.share)


def test_gaps_have_a_sheet_of_their_own(store: Store, tmp_path: Path) -> None:
    made = run_gaps(store, RULES, weight="buildings")
    write_result(made, tmp_path / "gaps.xlsx", ZH)
    sheet = openpyxl.load_workbook(tmp_path / "gaps.xlsx")["缺口"]
    assert made.gaps is not None
    assert sheet.max_row == 2 + len(made.gaps)
    assert sheet["B3"].value == 1


def test_a_table_adds_up_and_opens_in_spreadsheets(store: Store, tmp_path: Path) -> None:
    made = run_coverage(store, RULES, weight="buildings")
    path = tmp_path / "out.csv"
    write_result(made, path, ZH)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.DictReader(opened))
    first = made.coverage.figures[0]
    grids = [row for row in rows if row["级别"] == first.tier_zh and row["层级"] == "网格"]
    assert sum(float(row["已覆盖"]) for row in grids) == first.covered
    assert {row["计算编号"] for row in rows} == {made.run.id}
