"""Rejected rows come back as the file that was sent, with a remark; corrected, they are taken."""

import csv
import datetime as dt
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pytest
import shapely
from openpyxl.comments import Comment
from openpyxl.styles import Font
from openpyxl.worksheet.datavalidation import DataValidation

from layers import open_store
from tests.api.cli.shell import Shell
from tests.api.cli.survey import plots, square

FINDINGS = 1
REMARK = "导入备注"
CODES = ["1001", "1002", "1003", "1004", "1005", "1006"]


def ledger(path: Path) -> Path:
    """Write a ledger as an office lays it out; rows 3, 4 and 6 of it have faults."""
    book = openpyxl.Workbook()
    page: Any = book.active
    page.title = "井盖"
    page.append(["某街道井盖台账"])
    page.append(["编号", "名称", "中心点", None, "普查日期", "完好情况", "备注", "小计"])
    page.append([None, None, "经度", "纬度", None, None, None, None])
    page.append(["必填", "选填", "单位：度", None, "yyyy-mm-dd", "下拉", None, None])
    for at, code in enumerate(CODES):
        day: object = dt.date(2026, 3, at + 1)
        place = [126.5 + at / 1000, 42.0]
        page.append(
            [code, f"井{at}", *place, day, "完好", "同一路段" if at == 2 else None, f"=C{at + 5}*2"]
        )
    page["A7"], page["C8"], page["C10"] = "1.0E+14", "一百二十六度", 200.5
    page["G5"] = "=cmd|'/c calc'!A1"
    page["G5"].data_type = "s"
    for ref in ("A1:H1", "C2:D2", "A2:A3", "B2:B3", "E2:E3", "F2:F3", "G2:G3", "H2:H3", "G7:G10"):
        page.merge_cells(ref)
    page["A1"].font = Font(bold=True, size=16)
    page.column_dimensions["B"].width = 33
    for row in range(5, 11):
        page.cell(row, 5).number_format = "yyyy年m月d日"
    page["B8"].comment = Comment("哪里？", "x")
    choices = DataValidation(type="list", formula1='"完好,破损"')
    choices.add("F5:F100")
    page.add_data_validation(choices)
    page.auto_filter.ref = "A3:H10"
    book.create_sheet("填表说明").append(["请如实填写"])
    book.save(path)
    return path


def typed(
    store: Path, path: Path, *options: object, kind: str = "manhole_cover"
) -> tuple[object, ...]:
    return ("import", kind, path, "--store", store, "--datum", "CGCS2000", *options)


def test_a_workbook_comes_back_as_it_was_laid_out(
    store: Path, tmp_path: Path, greengrid: Shell
) -> None:
    sent, back = ledger(tmp_path / "sent.xlsx"), tmp_path / "back.xlsx"
    said = greengrid(
        *typed(store, sent, "--key", "编号", "--rejected", back), code=FINDINGS, lang="zh"
    )
    assert "拒绝 3" in said.out
    page: Any = openpyxl.load_workbook(back)["井盖"]
    original: Any = openpyxl.load_workbook(sent)["井盖"]
    for row in range(1, 5):
        here = [cell.value for cell in page[row]][:8]
        assert here == [cell.value for cell in original[row]]
    assert page["I2"].value == REMARK
    assert [page.cell(row, 2).value for row in range(5, 9)] == ["井2", "井3", "井5", None]
    assert page["A5"].value == "1.0E+14"
    assert page["E5"].number_format == "yyyy年m月d日"
    assert page["A1"].font.size == 16
    assert page.column_dimensions["B"].width == 33
    merged = {str(each) for each in page.merged_cells.ranges}
    assert merged == {
        "A1:H1",
        "C2:D2",
        "A2:A3",
        "B2:B3",
        "E2:E3",
        "F2:F3",
        "G2:G3",
        "H2:H3",
        "G5:G7",
    }
    assert (
        page.data_validations.dataValidation[0].sqref
        == original.data_validations.dataValidation[0].sqref
    )
    assert not [c for row in page for c in row if c.data_type == "f"]
    remark = page["I5"].value
    assert "原第 7 行" in remark
    assert "编码" in remark
    assert page["I6"].value != remark
    # What was said of the row is no data: corrected, all of them are taken.
    page["A5"], page["C6"], page["C7"] = "1003", 126.503, 126.505
    page.parent.save(back)
    report = greengrid(*typed(store, back, "--key", "编号", "--json")).document
    assert (report["read"], report["added"]) == (3, 3)
    assert REMARK not in report["not_stored"]
    covers = open_store(store).read("manhole_cover").set_index("code")
    assert set(CODES) <= set(covers.index)
    assert covers.loc["1004", "note"] == "同一路段"  # from a merged cell above


def test_a_second_return_has_one_column_of_remarks(
    store: Path, tmp_path: Path, greengrid: Shell
) -> None:
    sent, back = ledger(tmp_path / "sent.xlsx"), tmp_path / "back.xlsx"
    for path, target in ((sent, back), (back, tmp_path / "again.xlsx")):
        greengrid(*typed(store, path, "--dry-run", "--rejected", target), code=FINDINGS, lang="zh")
    page: Any = openpyxl.load_workbook(tmp_path / "again.xlsx")["井盖"]
    assert [cell.value for cell in page[2]].count(REMARK) == 1
    assert "原第 5 行" in page["I5"].value
    with zipfile.ZipFile(tmp_path / "again.xlsx") as package:
        assert package.testzip() is None
        assert not [name for name in package.namelist() if "omment" in name or "calcChain" in name]


@pytest.mark.parametrize(
    ("encoding", "separator"), [("gb18030", ";"), ("utf-8-sig", ","), ("utf-16", "\t")]
)
def test_a_text_comes_back_in_its_own_encoding(
    encoding: str, separator: str, store: Path, tmp_path: Path, greengrid: Shell
) -> None:
    rows = [
        ["台账", "", "", "", ""], ["编号", "名称", "经度", "纬度", "备注"],
        ["1", "井", "126.5", "42.0", ""], ["2", "=1+1", "没有", "42.0", "-5"], ['="03"', "井", "200", "42", "'=x"],
    ]  # fmt: skip
    sent, back = tmp_path / "sent.csv", tmp_path / "back.csv"
    with sent.open("w", encoding=encoding, newline="") as stream:
        csv.writer(stream, delimiter=separator).writerows(rows)
    greengrid(*typed(store, sent, "--rejected", back), code=FINDINGS, lang="zh")
    text = back.read_text(encoding)
    found = list(csv.reader(text.splitlines(), delimiter=separator))
    assert [line[:5] for line in found[:2]] == rows[:2]
    assert found[1][5] == REMARK
    assert [line[:5] for line in found[2:]] == [
        ["2", "'=1+1", "没有", "42.0", "-5"],
        ['="03"', "井", "200", "42", "'=x"],
    ]
    assert "原第 4 行" in found[2][5]
    assert back.read_bytes()[:3] == sent.read_bytes()[:3]
    back.write_text(text.replace("没有", "126.51").replace("200", "126.52"), encoding, newline="")
    assert greengrid(*typed(store, back, "--json")).document["added"] == 2
    covers = open_store(store).read("manhole_cover").set_index("code")
    assert covers.loc["2", ["name", "note"]].tolist() == ["=1+1", "-5"]
    assert covers.loc["03", "note"] == "=x"


def test_features_come_back_with_their_attributes(
    store: Path, tmp_path: Path, greengrid: Shell
) -> None:
    west, south = square(0).bounds[:2]
    bowtie = shapely.Polygon(
        [(west, south), (west + 20, south + 20), (west + 20, south), (west, south + 20)]
    )
    frame = plots(["A", "B", "C"], [square(1), bowtie, None]).assign(
        many=[1, 2, 3], when=dt.date(2026, 1, 2)
    )
    frame.to_file(tmp_path / "sent.gpkg", layer="plots")
    back = tmp_path / "back.gpkg"
    sent = typed(store, tmp_path / "sent.gpkg", kind="bare_land")
    refused = greengrid(*sent, "--rejected", tmp_path / "back.xlsx", code=2, lang="zh").err
    assert ".gpkg" in refused
    greengrid(*sent, "--rejected", back, "--key", "code", code=FINDINGS, lang="zh")
    found = gpd.read_file(back)
    assert found["code"].tolist() == ["B", "C"]
    assert found["many"].tolist() == [2, 3]
    assert found.geometry[0].equals_exact(frame.geometry[1], 0)
    assert found[REMARK].str.contains("原第").all()
    found.geometry = plots(["B", "C"], [square(7), square(8)]).geometry
    found.to_file(back, layer="back")
    report = greengrid(*typed(store, back, "--key", "code", "--json", kind="bare_land")).document
    assert (report["read"], report["added"]) == (2, 2)


def test_where_nothing_is_rejected_there_is_no_file(
    store: Path, tmp_path: Path, greengrid: Shell
) -> None:
    sent = tmp_path / "sent.csv"
    sent.write_text("编号,经度,纬度,普查日期\n1,126.5,42,某天\n", "utf-8")
    back = tmp_path / "back.csv"
    options = ("--dry-run", "--rejected", back)
    greengrid(*typed(store, sent, *options), code=FINDINGS, lang="zh")
    assert not back.exists()
    greengrid(*typed(store, sent, *options, "--with-warned"), code=FINDINGS, lang="zh")
    assert "调查日期" in back.read_text("utf-8")
