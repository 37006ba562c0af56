"""`greengrid template`: an empty workbook is filled in and imported."""

from pathlib import Path

import openpyxl

from tests.api.cli.shell import Shell


def filled(path: Path, sheet: str, rows: list[list[object]], datum: str | None = None) -> None:
    book = openpyxl.load_workbook(path)
    for row in rows:
        book[sheet].append(row)
    if datum:
        book["说明"]["B3"] = datum
    book.save(path)


def test_from_template_to_store(greengrid: Shell, empty_store: Path, tmp_path: Path) -> None:
    path = tmp_path / "井盖.xlsx"
    said = greengrid("template", "manhole_cover", "-o", path, lang="zh")
    assert "井盖" in said.out
    book = openpyxl.load_workbook(path)
    sheet = book["井盖"]
    assert sheet.column_dimensions["A"].number_format == "@", "a code must not become 2.2E+14"
    header = [cell.value for cell in sheet[1]]
    row: list[object] = [None] * len(header)
    values = {"编码": "001", "名称": "东门", "状况": "缺失", "经度": 126.5, "纬度": 41.9}
    for heading, value in values.items():
        row[header.index(heading)] = value
    filled(path, "井盖", [row])
    asked = ("import", "manhole_cover", path, "--store", empty_store, "--dry-run")
    refused = greengrid(*asked, code=2)
    assert "datum" in refused.err, "nobody has said the datum"
    filled(path, "井盖", [], datum="GCJ-02")
    report = greengrid(*asked, "--json").document
    assert (report["read"], report["added"], report["datum"]) == (1, 1, "GCJ-02")
    assert [remark["code"] for remark in report["remarks"]] == ["explanations", "datum_said"]
    report = greengrid(*asked, "--json", "--datum", "WGS84").document
    assert report["datum"] == "WGS84"
    assert "datum_said_otherwise" in [remark["code"] for remark in report["remarks"]]


def test_codes_of_the_store_are_offered(greengrid: Shell, store: Path, tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    greengrid("template", "compound", "building", "-o", path, "--store", store, lang="zh")
    book = openpyxl.load_workbook(path)
    assert book.sheetnames[:3] == ["小区", "楼栋", "说明"]
    assert book["代码表"].sheet_state == "hidden"
    assert "编码对照" in book.sheetnames
    greengrid("template", "compund", "-o", path, code=2)
    greengrid("template", "compound", "-o", tmp_path / "t.doc", code=2)
