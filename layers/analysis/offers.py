"""Offers to adopt, read from a list: who, from where, and how much they can take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoSeries

from layers.errors import AnalysisInputError
from layers.importing.datum import parse_datum, to_storage
from layers.importing.findings import Findings
from layers.importing.source import read_source
from layers.kinds import fold
from layers.store import Store

__all__ = ["Offer", "read_offers"]

_ALIASES: Mapping[str, tuple[str, ...]] = {
    "code": ("认养主体编码", "认养单位编码", "编码", "编号", "adopter_code", "code"),
    "name": ("认养主体", "认养单位", "单位名称", "单位", "名称", "name", "org"),
    "lon": ("经度", "lon", "lng", "longitude"),
    "lat": ("纬度", "lat", "latitude"),
    "building": ("楼栋编码", "所在楼栋", "building_code"),
    "grid": ("网格编码", "所属网格", "所在网格", "grid_code"),
    "community": ("社区编码", "所属社区", "所在社区", "community_code"),
    "plots": ("可认养地块数", "可认养块数", "地块数", "plots"),
    "area_m2": ("可认养面积", "可认养面积（平方米）", "可认养面积（㎡）", "面积", "area_m2"),
}
# Where somebody is who names no coordinates: the finest of these that they name.
_PLACES = ("building", "grid", "community")
_DIGITS = 3


@dataclass(frozen=True, kw_only=True)
class Offer:
    """Somebody who would adopt: place in the metric CRS of the store, None where it is not known.

    `capacity` is a number of plots, or square metres; None where nothing was said that is a number.
    """

    code: str
    name: str | None
    x: float | None
    y: float | None
    capacity: float | None


def read_offers(
    store: Store, path: Path, *, datum: str = "WGS84", by_area: bool = False
) -> list[Offer]:
    """Read a list of offers: a spreadsheet, or a file of points.

    Columns are recognised by their headings: code and name of the adopter; longitude and latitude,
    or the code of a building, grid or community; how many plots (one, where no column says it) or
    square metres they can take.

    Raises
    ------
    AnalysisInputError
        No column holds codes or names, or, `by_area`, square metres.
    SourceError, DatumError
    """
    source = read_source(path)
    columns = _columns(source.frame)
    if "code" not in columns and "name" not in columns:
        raise AnalysisInputError(analysis="match", missing=path.name, reason="no_codes")
    if by_area and "area_m2" not in columns:
        raise AnalysisInputError(analysis="match", missing=path.name, reason="no_capacity")
    places = _named_places(store, columns, len(source))
    given = _given_places(store, source.geometry, columns, datum, len(source))
    places = np.where(shapely.is_missing(given), places, given)
    can = columns.get("area_m2" if by_area else "plots")
    amounts = [1.0] * len(source) if can is None else [_number(cell) for cell in can]
    codes = columns.get("code", columns.get("name", []))
    names = columns.get("name", [None] * len(source))
    return [
        Offer(
            code=_text(code) or f"#{number}",
            name=_text(name) or None,
            x=None if place is None else round(float(place.x), _DIGITS),
            y=None if place is None else round(float(place.y), _DIGITS),
            capacity=amount,
        )
        for number, code, name, place, amount in zip(
            source.row_numbers, codes, names, places, amounts, strict=True
        )
    ]


def _columns(frame: pd.DataFrame) -> dict[str, list[Any]]:
    """Find the columns by their headings, the first alias that there is."""
    headings = {fold(str(name)): name for name in reversed(list(frame.columns))}
    found = {}
    for key, aliases in _ALIASES.items():
        heading = next((headings[fold(each)] for each in aliases if fold(each) in headings), None)
        if heading is not None:
            found[key] = frame[heading].tolist()
    return found


def _given_places(
    store: Store,
    geometry: Any,
    columns: Mapping[str, Sequence[Any]],
    datum: str,
    count: int,
) -> Any:
    """Read coordinates in their datum; None where there are none."""
    if geometry is None and {"lon", "lat"} <= set(columns):
        pairs = zip(map(_number, columns["lon"]), map(_number, columns["lat"]), strict=True)
        points = [None if x is None or y is None else shapely.Point(x, y) for x, y in pairs]
        geometry = np.array(points, dtype=object)
    if geometry is None:
        return np.full(count, None, dtype=object)
    settings = store.settings
    crs = GeoSeries([], crs=settings.storage_crs).crs
    stored = to_storage(geometry, parse_datum(datum), crs, Findings(np.arange(1, count + 1)))
    metric = GeoSeries(stored, crs=crs).to_crs(settings.metric_crs)
    return shapely.centroid(np.array(metric.array, dtype=object))


def _named_places(store: Store, columns: Mapping[str, Sequence[Any]], count: int) -> Any:
    """Give a point in the unit or building that each row names; the finest first."""
    places = np.full(count, None, dtype=object)
    for kind in reversed(_PLACES):
        if kind not in columns:
            continue
        rows = store.read(kind, columns=["code"]).to_crs(store.settings.metric_crs)
        rows = rows[rows["code"].notna()].drop_duplicates("code", keep=False)
        points = pd.Series(rows.representative_point().to_numpy(), index=rows["code"].astype(str))
        found = pd.Series([_text(cell) for cell in columns[kind]]).map(points)
        places = np.where(found.notna(), found, places)
    return places


def _text(cell: Any) -> str:
    return "" if cell is None or cell != cell else str(cell).strip()  # noqa: PLR0124 - not a number


def _number(cell: Any) -> float | None:
    try:
        value = float(str(cell).replace(",", "").strip())
    except ValueError:
        return None
    return value if np.isfinite(value) and value >= 0 else None
