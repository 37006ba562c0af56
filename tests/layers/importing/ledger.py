"""A ledger of many manhole covers, of which one in a hundred is corrected by the next delivery."""

import csv
import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from openpyxl import Workbook

CHANGED_EVERY = 100
FORMATS = (".csv", ".xlsx", ".gpkg")
_CONDITIONS = ("完好", "破损", "缺失")


def rows_of(count: int, *, later: bool) -> pd.DataFrame:
    """Make `count` rows of twelve columns; the later delivery differs in one row of a hundred."""
    random = np.random.default_rng(7)
    numbers = np.arange(count)
    first = dt.date(2026, 1, 1)
    rows = pd.DataFrame(
        {
            "编码": [f"22060201{number:08d}" for number in numbers],
            "名称": [f"{number}号井盖" for number in numbers],
            "完好情况": [_CONDITIONS[number % 3] for number in numbers],
            "权属单位": [f"权属单位{number % 40}" for number in numbers],
            "养护单位": [f"养护单位{number % 30}" for number in numbers],
            "位置描述": [f"{number % 900}号楼东侧" for number in numbers],
            "调查日期": [(first + dt.timedelta(days=int(n) % 300)).isoformat() for n in numbers],
            "生效日期": "2026-01-01",
            "数据来源": "摸排",
            "备注": [f"第{number % 1000}段" for number in numbers],
            "经度": (126 + random.random(count) * 0.2).round(7),
            "纬度": (41.9 + random.random(count) * 0.2).round(7),
        }
    )
    if later:
        rows.loc[::CHANGED_EVERY, "备注"] = "已更换"
    return rows


def write(rows: pd.DataFrame, path: Path) -> Path:
    {".csv": _write_csv, ".xlsx": _write_xlsx, ".gpkg": _write_gpkg}[path.suffix](rows, path)
    return path


def _lines(rows: pd.DataFrame) -> Sequence[list[object]]:
    return [list(rows.columns), *rows.astype(object).to_numpy().tolist()]


def _write_csv(rows: pd.DataFrame, path: Path) -> None:
    with path.open("w", encoding="gb18030", newline="") as stream:
        csv.writer(stream).writerows(_lines(rows))


def _write_xlsx(rows: pd.DataFrame, path: Path) -> None:
    book = Workbook(write_only=True)
    page = book.create_sheet("井盖")
    for line in _lines(rows):
        page.append(line)
    book.save(path)


def _write_gpkg(rows: pd.DataFrame, path: Path) -> None:
    points = shapely.points(rows["经度"], rows["纬度"])
    frame = gpd.GeoDataFrame(rows.drop(columns=["经度", "纬度"]), geometry=points, crs=4490)
    pyogrio.write_dataframe(frame, path, layer="covers")
