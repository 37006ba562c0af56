"""The survey of bare land as a surveyor sends it: a workbook that nobody would call a table."""

import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl
import shapely
from geopandas import GeoDataFrame

TITLE = "青岭区裸露土地摸排台账（2026年春）"
# Two lines of headings; one of them in pinyin, one with a unit that is not ours.
UPPER = ["序号", "地块情况", None, None, "SSWG", "面积（亩）", "调查日期", "位置", None]
LOWER = [None, "地块编码", "地块名称", "权属", None, None, None, "位置描述", "范围WKT"]
EXPLAINED = [
    "栏次",
    "必填",
    "必填",
    "下拉选择",
    "15位网格码",
    "保留三位",
    "年月日",
    "文字说明",
    "经度在前",
]
MERGED = ("A1:I1", "B2:D2", "A2:A3", "E2:E3", "F2:F3", "G2:G3", "H2:I2")
FIRST_ROW = 5
# Of the rows below: their faults are such as one finds in any ledger.
CROSSED, SWAPPED, SPOILT = 10, 20, 30
WORDS_ONLY = "LT-WORDS"
SQUARE_METRES_OF_A_MU = 2000 / 3
_WIDE = str.maketrans("0123456789.", "０１２３４５６７８９．")
_EPOCH = dt.date(1899, 12, 30)
_TENURE = {"state": "国有", "collective": "集体土地", "reserve": "储备", "unknown": "不详"}


def write_survey(plots: GeoDataFrame, path: Path) -> Path:
    """Write the plots of the town, three of them spoilt, and one that only words place."""
    book = openpyxl.Workbook()
    page: Any = book.active
    page.title = "摸排台账"
    for line in ([TITLE], UPPER, LOWER, EXPLAINED):
        page.append(line)
    for number, plot in enumerate(plots.itertuples(), start=1):
        page.append(_row(number, plot))
    word_row = [
        len(plots) + 1,
        WORDS_ONLY,
        "无坐标地块",
        None,
        None,
        None,
        None,
        "青石社区1号楼东侧空地",
    ]
    page.append(word_row)
    page.append(["合计", None, None, None, None, f"=SUM(F{FIRST_ROW}:F{len(plots) + FIRST_ROW})"])
    page.append(["填表人：", None, None, None, None, None, "审核："])
    for cells in MERGED:
        page.merge_cells(cells)
    page.column_dimensions["I"].width = 40
    _spoil(page, plots)
    book.save(path)
    return path


def _row(number: int, plot: Any) -> list[object]:
    mu = f"{plot.area_m2 / SQUARE_METRES_OF_A_MU:.3f}"
    area: object = mu.translate(_WIDE) if number % 3 == 0 else float(mu)
    return [
        number, plot.code, plot.name, _TENURE.get(plot.tenure), plot.grid_code,
        f"约{mu}" if number % 7 == 0 else area, _day(number, plot.surveyed_on), None,
        shapely.to_wkt(plot.geometry, rounding_precision=9),
    ]  # fmt: skip


def _day(number: int, day: dt.date) -> object:
    """Write a day in one of three ways: in words, as a serial number, as a date."""
    words = f"{day.year}年{day.month}月{day.day}日"
    return (words, (day - _EPOCH).days, day)[number % 3]


def _spoil(page: Any, plots: GeoDataFrame) -> None:
    x, y = plots.geometry.iloc[0].centroid.coords[0]
    corners = [(x, y), (x + 1e-3, y + 1e-3), (x + 1e-3, y), (x, y + 1e-3)]
    page.cell(CROSSED, 9).value = shapely.Polygon(corners).wkt
    swapped = shapely.transform(plots.geometry.iloc[SWAPPED - FIRST_ROW], lambda xy: xy[:, ::-1])
    page.cell(SWAPPED, 9).value = swapped.wkt
    page.cell(SPOILT, 5).value = "9.90101E+14"


def correct(path: Path, plots: GeoDataFrame) -> None:
    """Correct the rows that came back, as the surveyor does who has the field book."""
    by_code = plots.set_index("code")
    book = openpyxl.load_workbook(path)
    page: Any = book["摸排台账"]
    for row in page.iter_rows(min_row=FIRST_ROW):
        plot = by_code.loc[row[1].value]
        row[4].value, row[8].value = (
            plot.grid_code,
            shapely.to_wkt(plot.geometry, rounding_precision=9),
        )
    book.save(path)
