"""Shapefiles, one for each family of geometries, and zipped: with what their old format cuts.

A shapefile holds one family of geometries, names of ten characters, texts of 254 bytes and no
time of day: moments are written as text. A kind of several families becomes as many files,
`walls_point.shp` beside `walls_area.shp`; what has no place lies in the first of them.
"""

from __future__ import annotations

import tempfile
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyogrio
import shapely
from geopandas import GeoDataFrame
from pandas import DataFrame, Series

from layers.exporting.errors import ExportGeometryError
from layers.exporting.names import cut_names
from layers.exporting.report import ExportReport
from layers.exporting.sheets import write_csv
from layers.exporting.vector import LAYER_TYPES, report_of
from layers.kinds import FieldType, GeometryFamily, Kind

_TEXT_BYTES = 254
_FAMILIES = {
    GeometryFamily.POINT: ("Point", "MultiPoint"),
    GeometryFamily.LINE: ("LineString", "MultiLineString"),
    GeometryFamily.AREA: ("Polygon", "MultiPolygon"),
}


def write_shapefile(kind: Kind, frame: GeoDataFrame, path: Path) -> ExportReport:
    """Write a shapefile in UTF-8, or one for each family of the kind, and say what was cut.

    Raises
    ------
    ExportGeometryError
        The kind has no places.
    """
    if not kind.is_spatial:
        raise ExportGeometryError(format="shp", kind=kind.key)
    content = frame.reset_index()
    for field in kind.fields:
        if field.type is FieldType.DATETIME and field.key in content:
            content[field.key] = content[field.key].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    losses = _too_long(content.drop(columns=[frame.geometry.name]))
    names = cut_names(content.columns.drop(frame.geometry.name))
    content = content.rename(columns=names)
    files: dict[str, int] = {}
    for family, part, rows in _parted(kind, content, path):
        _write(rows, part, family)
        files[part.name] = len(rows)
    cut = {name: short for name, short in names.items() if name != short}
    report = report_of(kind, frame, path, names=cut, losses=losses)
    return replace(report, files=files if len(files) > 1 else {})


def write_zip(layers: Iterable[tuple[Kind, GeoDataFrame]], path: Path) -> list[ExportReport]:
    """Write shapefiles into one archive; a register without places lies in it as CSV."""
    reports: list[ExportReport] = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for kind, frame in layers:
            with tempfile.TemporaryDirectory(dir=path.parent, prefix="part-") as folder:
                suffix, write = (
                    (".shp", write_shapefile) if kind.is_spatial else (".csv", write_csv)
                )
                inner = Path(folder) / f"{kind.key}{suffix}"
                report = write(kind, frame, inner)
                for part in sorted(Path(folder).iterdir()):
                    archive.write(part, part.name)
            files = report.files or {inner.name: report.rows}
            reports.append(replace(report, file=path.name, files=files))
    return reports


def _parted(
    kind: Kind, content: GeoDataFrame, path: Path
) -> Iterator[tuple[GeometryFamily, Path, GeoDataFrame]]:
    if len(kind.geometry) == 1:
        yield kind.geometry[0], path, content
        return
    types = content.geometry.geom_type
    placed = Series(np.asarray(~shapely.is_missing(content.geometry.to_numpy())), content.index)
    for number, family in enumerate(kind.geometry):
        mine = types.isin(_FAMILIES[family]) | (~placed if number == 0 else False)
        part = path.with_name(f"{path.stem}_{family.value}{path.suffix}")
        yield family, part, content[mine]


def _write(content: GeoDataFrame, path: Path, family: GeometryFamily) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of texts cut: they are counted
        pyogrio.write_dataframe(
            content,
            path,
            driver="ESRI Shapefile",
            # A shapefile has no separate type for single lines and polygons.
            geometry_type=LAYER_TYPES[family].removeprefix("Multi"),
            encoding="UTF-8",
            use_arrow=False,
        )


def _too_long(content: DataFrame) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name in map(str, content.select_dtypes("str").columns):
        sizes = content[name].dropna().str.encode("utf-8").str.len()
        counts[name] = int((sizes > _TEXT_BYTES).sum())
    return {name: count for name, count in counts.items() if count}
