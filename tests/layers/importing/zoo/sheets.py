"""Makers of awkward sheets: each writes one file as offices hand them over."""

import csv
import datetime as dt
from collections.abc import Callable, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

Lines = Sequence[Sequence[object]]
Edit = Callable[[Worksheet], object]

HEADER = ["编号", "名称", "经度", "纬度"]
ROWS = [["A1", "一号井", 126.5, 42.0], ["A2", "二号井", 126.6, 42.1]]


def write_csv(
    path: Path, lines: Lines, *, encoding: str = "utf-8", delimiter: str = ",", mark: bytes = b""
) -> Path:
    text = StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(lines)
    path.write_bytes(mark + text.getvalue().encode(encoding))
    return path


def write_workbook(path: Path, lines: Lines, *edits: Edit, sheet: str = "台账") -> Path:
    """Write lines to a sheet and let `edits` spoil it."""
    book = openpyxl.Workbook()
    page: Any = book.active
    page.title = sheet
    for line in lines:
        page.append(list(line))
    for edit in edits:
        edit(page)
    book.save(path)
    return path


def merging(*ranges: str) -> Edit:
    def edit(page: Worksheet) -> None:
        for each in ranges:
            page.merge_cells(each)

    return edit


def hiding_rows(*rows: int) -> Edit:
    def edit(page: Worksheet) -> None:
        for row in rows:
            page.row_dimensions[row].hidden = True

    return edit


def with_sheet(name: str, lines: Lines, *, hidden: bool = False) -> Edit:
    def edit(page: Worksheet) -> None:
        other = page.parent.create_sheet(name)
        other.sheet_state = "hidden" if hidden else "visible"
        for line in lines:
            other.append(list(line))

    return edit


def counting_from_1904(page: Worksheet) -> None:
    page.parent.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904


def formal_ledger() -> tuple[list[list[object]], Edit]:
    """Lay out a ledger as forms are: title, note, header of two lines, units, page, total, signature."""
    lines: list[list[object]] = [
        ["江源区景点台账", None, None, None, None, None, None],
        ["填报单位：示范街道", None, None, None, None, "2026年3月", None],
        ["编号", "名称", "中心点", None, "面积", "调查日期", "备注"],
        [None, None, "经度", "纬度", None, None, None],
        ["必填", "不超过50字", "度", "度", "㎡", "如：2026-03-05", None],
        ["B1", "北坡", "126°35′26.16″", "41°54′00″", "1,200㎡", "2026年3月5日", None],
        ["B2", "东坡", 126.6, 41.91, "约3.5亩", dt.date(2026, 3, 6), None],
        [None] * 7,
        ["编号", "名称", "中心点", None, "面积", "调查日期", "备注"],
        ["B3", "河滩", "１２６.６１", "41.92", 800, 46086, "待核"],
        ["合计", None, None, None, 4333.3, None, None],
        ["填表人：甲", None, "审核：乙", None, None, None, None],
    ]
    merged = merging("A1:G1", "C3:D3", "A3:A4", "B3:B4", "E3:E4", "F3:F4", "G3:G4")
    return lines, merged
