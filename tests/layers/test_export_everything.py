"""All kinds in all formats, read back by programs that know nothing of ours."""

import csv
import datetime as dt
import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely
from pyproj import Transformer

from layers import Store, create_store
from layers.exporting import ExportOptions, export_kind
from layers.exporting.names import cut_names
from layers.kinds import KINDS, Field, FieldType, GeometryFamily, Kind

TEXTS = (
    "=1+1", "0012", "220605001001001", "1.2E+14", "汉字 𠮷 Ünï", 'a "quoted", b; c', "two\nlines",
    "<b>&amp;]]></b>", "NULL", "'t Harde", "-5", "x" * 300, "绿" * 90, None,
)  # fmt: skip
VALUES: dict[FieldType, tuple[Any, ...]] = {
    FieldType.TEXT: TEXTS,
    FieldType.TEXT_LIST: ("one", "one;two", None),
    FieldType.INTEGER: (0, 1, 2_000_000_000, None),
    FieldType.REAL: (0.0, 0.1, 1234567.891, 1e-6, None),
    FieldType.BOOLEAN: (True, False, None),
    FieldType.DATE: (dt.date(1900, 3, 1), dt.date(2024, 2, 29), dt.date(2999, 12, 31), None),
    FieldType.DATETIME: (pd.Timestamp("2026-05-01T00:30:00Z"), None),
}
SHAPES = {
    GeometryFamily.POINT: shapely.Point(126.123456789, 42.0),
    GeometryFamily.LINE: shapely.MultiLineString([[(126.1, 42.0), (126.2, 42.1), (126.25, 42.1)]]),
    GeometryFamily.AREA: shapely.MultiPolygon(
        [
            shapely.box(126.5, 42.0, 126.6, 42.1) - shapely.box(126.52, 42.02, 126.54, 42.04),
            shapely.box(126.7, 42.0, 126.8, 42.1),
        ]
    ),
}
ROWS = len(TEXTS) + 2
TOLERANCE_DEG = 1e-8  # a millimetre


def awkward(kind: Kind) -> gpd.GeoDataFrame:
    """Make features whose every field goes through all that it may hold."""
    columns = {
        field.key: [
            VALUES[field.type][(row + shift) % len(VALUES[field.type])] for row in range(ROWS)
        ]
        for shift, field in enumerate(kind.fields)
    }
    columns["code"] = [f"c{row}" for row in range(ROWS)]
    shapes: list[Any] = [SHAPES[family] for family in kind.geometry] or [None]
    if not kind.geometry_required:
        shapes.append(None)
    places = [shapes[row % len(shapes)] for row in range(ROWS)]
    return gpd.GeoDataFrame(columns, geometry=places, crs=4490)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path = tmp_path_factory.mktemp("everything") / "city.gpkg"
    made = create_store(path, metric_crs="EPSG:4551")
    with made.change(author="test", message="awkward") as writer:
        for key, kind in KINDS.items():
            writer.insert(key, awkward(kind))
    yield made
    made.close()


def read_gdal(path: Path) -> pd.DataFrame:
    frame = pyogrio.read_dataframe(path)
    return frame.rename(columns={"Name": "name"})  # as GDAL calls it in a KML


def read_csv(path: Path) -> pd.DataFrame:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        frame = pd.DataFrame(list(csv.DictReader(stream)), dtype=object)
    frame = frame.map(lambda cell: re.sub(r"^'(?=[=+\-@\t\r'])", "", cell))  # as people read it
    if "wkt" in frame:
        places = [shapely.from_wkt(text) if text else None for text in frame.pop("wkt")]
        return gpd.GeoDataFrame(frame, geometry=places)
    return frame


def read_xlsx(path: Path, kind: Kind) -> pd.DataFrame:
    sheet = openpyxl.load_workbook(path).worksheets[0]
    header, _, *rows = sheet.iter_rows(values_only=True)  # the second line explains
    keys = {field.title_zh: field.key for field in kind.fields}
    names = [str(name).removeprefix("*") for name in header]
    frame = pd.DataFrame(rows, columns=[keys.get(name, name) for name in names])
    frame = frame.astype(object)
    if not kind.is_spatial:
        return frame
    places: list[shapely.Geometry | None] = [None] * len(frame)
    if "经度" in frame:
        pairs = zip(frame["经度"], frame["纬度"], strict=True)
        places = [None if pd.isna(lon) else shapely.Point(lon, lat) for lon, lat in pairs]
    if "几何（WKT）" in frame:
        texts = frame.pop("几何（WKT）")
        shapes = [None if pd.isna(text) else shapely.from_wkt(text) for text in texts]
        places = [shape or place for shape, place in zip(shapes, places, strict=True)]
    return gpd.GeoDataFrame(frame, geometry=places)


def read_zip(path: Path, folder: Path) -> pd.DataFrame:
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    parts = sorted(folder.glob("*.shp")) or sorted(folder.glob("*.csv"))
    if parts[0].suffix == ".csv":
        return read_csv(parts[0])
    assert all(part.with_suffix(".cpg").read_text() == "UTF-8" for part in parts)
    return pd.concat([read_gdal(part) for part in parts])


def plain(value: object, field: Field, ending: str) -> object:
    """Bring what a format gives for a value to one form; what it cannot hold is nothing."""
    if pd.isna(value) or value == "":  # type: ignore[call-overload]  # of one value
        return None
    if field.type in (FieldType.INTEGER, FieldType.REAL):
        return pytest.approx(float(str(value)), rel=1e-12)
    if field.type is FieldType.BOOLEAN:
        truths = {"true": True, "false": False, "1": True, "0": False, "是": True, "否": False}
        return truths[str(value).lower().removesuffix(".0")]
    if field.type is FieldType.DATE:
        return str(value)[:10]
    if field.type is FieldType.DATETIME:
        return str(value)[:19].replace("T", " ")
    text = str(value)
    return text.encode()[:254].decode("utf-8", "ignore") if ending in (".shp", ".zip") else text


def assert_same(before: gpd.GeoDataFrame, after: pd.DataFrame, kind: Kind, ending: str) -> None:
    cut = cut_names(["uid", *(field.key for field in kind.fields)])
    is_cut = ending in (".shp", ".zip") and kind.is_spatial
    after = after.drop_duplicates().set_index("code").loc[before["code"]]
    for field in kind.fields[1:]:
        column = after[cut[field.key] if is_cut else field.key].tolist()
        found = [plain(value, field, ending) for value in column]
        meant = [worded(value, field, ending) for value in before[field.key].astype(object)]
        assert [plain(value, field, ending) for value in meant] == found, (kind.key, field.key)


def worded(value: object, field: Field, ending: str) -> object:
    """Give a value in the words and the local time of a workbook, where the format has them."""
    if ending == ".xlsx" and isinstance(value, pd.Timestamp):
        return value.tz_convert("Asia/Shanghai")
    if ending == ".xlsx" and field.codes is not None and isinstance(value, str):
        titles = {choice.value: choice.title_zh for choice in field.codes.choices}
        return ";".join(titles.get(part, part) for part in value.split(";"))
    return value


@pytest.mark.parametrize(
    "ending", [".gpkg", ".geojson", ".parquet", ".shp", ".zip", ".csv", ".xlsx", ".kml"]
)
def test_every_value_and_place_of_every_kind(store: Store, tmp_path: Path, ending: str) -> None:
    for key, kind in KINDS.items():
        if ending == ".shp" and not kind.is_spatial:
            continue
        path = tmp_path / f"{key}{ending}"
        report = export_kind(store, key, path)
        before = store.read(key)
        assert report.rows == len(before) == ROWS
        after = read_back(path, kind, sorted(report.files))
        assert len(after) == ROWS, key
        assert_same(before, after, kind, ending)
        if kind.is_spatial:
            found = gpd.GeoSeries(after.set_index("code").geometry)
            assert_places(before.set_index("code").geometry, found, key)


def read_back(path: Path, kind: Kind, parts: Sequence[str]) -> pd.DataFrame:
    match path.suffix:
        case ".csv":
            return read_csv(path)
        case ".xlsx":
            return read_xlsx(path, kind)
        case ".zip":
            return read_zip(path, path.with_suffix(""))
        case ".parquet":
            return gpd.read_parquet(path) if kind.is_spatial else pd.read_parquet(path)
        case _ if parts:
            return pd.concat([read_gdal(path.with_name(part)) for part in parts])
        case _:
            return read_gdal(path)


def assert_places(before: gpd.GeoSeries, after: gpd.GeoSeries, key: str) -> None:
    found = after.reindex(before.index).to_numpy()
    meant = before.to_numpy()
    missing = shapely.is_missing(meant)
    empty = shapely.is_missing(found) | shapely.is_empty(found)
    assert (empty == missing).all(), key
    apart = shapely.hausdorff_distance(meant[~missing], found[~missing])
    assert (apart < TOLERANCE_DEG).all(), key
    assert np.allclose(shapely.area(meant[~missing]), shapely.area(found[~missing]), rtol=1e-7)


@pytest.mark.parametrize("datum", ["GCJ-02", "BD-09"])
@pytest.mark.parametrize("ending", [".gpkg", ".geojson", ".shp", ".kml"])
def test_gdal_sees_shifted_places_and_never_takes_them_for_true_ones(
    store: Store, tmp_path: Path, ending: str, datum: str
) -> None:
    path = tmp_path / f"covers{ending}"
    report = export_kind(store, "manhole_cover", path, ExportOptions(datum=datum))
    assert (report.shifted, report.crs) == (datum, datum)
    after = pyogrio.read_dataframe(path)
    assert set(after["datum"]) == {datum}
    apart = after.geometry.iloc[0].distance(SHAPES[GeometryFamily.POINT])
    assert 0.004 < apart < 0.02
    if ending in (".gpkg", ".shp"):
        assert after.crs.is_engineering
        with pytest.raises(Exception, match=r"(?i)engineering|transform|operation"):
            Transformer.from_crs(after.crs, 4326).transform(126.0, 42.0)
    else:
        assert datum in path.read_text("utf-8")[:3000], "in the file's own head"
