"""Forms as departments send them: titles, lines to fill in, merged headings, totals by formula."""

from __future__ import annotations

from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.worksheet import Worksheet

SUMMARY, LIST = "汇总表", "裸露土地明细"
HEADER = (3, 5)
FIRST_ROW = 6
_THIN = Border(*(Side(style="thin") for _ in range(4)))


def monthly(path: Path, streets: list[str], *, lines: int = 5) -> Path:
    """Make the form of a green campaign: a table by street with formulas, and a list."""
    book = Workbook()
    summary = book.active
    assert isinstance(summary, Worksheet)
    summary.title = SUMMARY
    _summary(summary, streets)
    _listing(book.create_sheet(LIST), lines)
    book.save(path)
    return path


def _summary(sheet: Worksheet, streets: list[str]) -> None:
    _merged(sheet, "A1:I1", "全域增绿认养工作进展情况统计表（月报）").font = Font(
        size=18, bold=True
    )
    sheet["A2"], sheet["F2"] = "填报单位：", "填报时间："
    for area, text in {
        "A3:A5": "序号", "B3:B5": "街道", "C3:E3": "认养绿地", "C4:C5": "地块数（块）",
        "D4:E4": "面积", "D5": "合计（亩）", "E5": "其中：已认养（亩）", "F3:H3": "裸露土地",
        "F4:F5": "地块数（块）", "G4:G5": "面积（公顷）", "H4:H5": "公顷占比（%）", "I3:I5": "备注",
    }.items():  # fmt: skip
        _merged(sheet, area, text).font = Font(bold=True)
    for number, street in enumerate(streets):
        row = FIRST_ROW + number
        sheet.cell(row, 1, number + 1)
        sheet.cell(row, 2, street)
        sheet.cell(row, 8, f"=G{row}/G${FIRST_ROW + len(streets)}*100")
    last = FIRST_ROW + len(streets)
    _merged(sheet, f"A{last}:B{last}", "合计")
    for letter in "CDEFG":
        sheet[f"{letter}{last}"] = f"=SUM({letter}{FIRST_ROW}:{letter}{last - 1})"
    for row in sheet[f"A3:I{last}"]:
        for cell in row:
            cell.border = _THIN
            cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    for row in range(FIRST_ROW, last + 1):
        for letter, shape in {"C": "0", "D": "0.00", "G": "0.0000", "H": "0.0"}.items():
            sheet[f"{letter}{row}"].number_format = shape
    sheet[f"A{last + 1}"] = "注：面积单位为亩或公顷。"
    sheet[f"A{last + 2}"] = "单位负责人：          填表人：          联系电话："
    sheet.column_dimensions["B"].width = 23.5
    sheet.row_dimensions[1].height = 41
    sheet.print_area = f"A1:I{last + 2}"
    sheet.print_title_rows = "3:5"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9
    sheet.freeze_panes = "C6"
    sheet["I3"].fill = PatternFill("solid", start_color="FFDDEEFF")


def _listing(sheet: Worksheet, lines: int) -> None:
    _merged(sheet, "A1:F1", "裸露土地明细")
    for column, text in enumerate(
        ("序号", "编码", "地块名称", "面积（亩）", "治理状态", "现场照片"), 1
    ):
        sheet.cell(2, column, text).font = Font(bold=True)
    for row in sheet[f"A2:F{2 + lines}"]:
        for cell in row:
            cell.border = _THIN


def _merged(sheet: Worksheet, area: str, text: str) -> Cell:
    if ":" in area:
        sheet.merge_cells(area)
    cell = sheet[area.split(":", maxsplit=1)[0]]
    assert isinstance(cell, Cell)
    cell.value = text
    return cell
