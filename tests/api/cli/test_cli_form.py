"""`greengrid form`: look at a department's form, map it, fill it, as a user types it."""

from pathlib import Path

import openpyxl

from tests.api.cli.shell import ENGLISH, Shell
from tests.layers.forms.paper import monthly


def test_a_form_is_looked_at_mapped_and_filled(
    store: Path, tmp_path: Path, greengrid: Shell
) -> None:
    form = monthly(tmp_path / "form.xlsx", ["没有的街道"])
    mapping, filled = tmp_path / "m.toml", tmp_path / "filled.xlsx"
    shown = greengrid("form", "look", form, "--store", store, "-o", mapping, lang="zh")
    assert "2 张表" in shown.out
    assert "认养绿地 / 地块数（块）" in shown.out
    assert "待定" in mapping.read_text("utf-8")
    again = greengrid("form", "look", form, "--store", store, "-o", mapping, code=2, lang="zh")
    assert "可能有补全过的对照表" in again.err
    typed = ("form", "fill", form, "--mapping", mapping, "-o", filled, "--store", store)
    said = greengrid(*typed, code=1, lang="zh")
    assert "没有叫“没有的街道”的单元" in said.out
    assert not ENGLISH.search(said.out)
    assert openpyxl.load_workbook(filled).sheetnames[-1] == "填报说明"
    report = greengrid(*typed, "--json", "--on", "2026-01-31", code=1).document
    assert report["on"] == "2026-01-31"
    assert report["reasons"]["unit_unknown"] > 0
    book = openpyxl.load_workbook(form)
    book["汇总表"]["C4"] = "块数"
    book.save(form)
    moved = greengrid(*typed, code=3, lang="zh")
    assert "汇总表!C5" in moved.err
    assert greengrid("form", "look", form, "--store", store, "--json").document["formulas"] == 6
