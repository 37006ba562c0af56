"""Writers of geographic formats: GeoPackage, GeoJSON, GeoParquet; shapefile and KML lie beside.

All of them write features as they come: in which datum these are is decided before (`places`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import pyogrio
from geopandas import GeoDataFrame
from pandas import DataFrame

from layers.exporting.places import LONGITUDE_LATITUDE, crs_name, shifted
from layers.exporting.report import ExportReport
from layers.kinds import GeometryFamily, Kind

LAYER_TYPES = {
    GeometryFamily.POINT: "Point",
    GeometryFamily.LINE: "MultiLineString",
    GeometryFamily.AREA: "MultiPolygon",
}
DECIMALS = 9  # of a degree: a tenth of a millimetre, so that nothing moves on the way back


def write_geopackage(layers: Iterable[tuple[Kind, GeoDataFrame]], path: Path) -> list[ExportReport]:
    """Write a layer for each kind."""
    reports: list[ExportReport] = []
    for kind, frame in layers:
        options = {"IDENTIFIER": kind.title_zh, "DESCRIPTION": shifted(frame) or ""}
        pyogrio.write_dataframe(
            content_of(kind, frame),
            path,
            layer=kind.key,
            driver="GPKG",
            geometry_type=layer_type(kind),
            append=bool(reports),
            layer_options=options,
            use_arrow=True,
        )
        reports.append(report_of(kind, frame, path))
    return reports


def write_geojson(kind: Kind, frame: GeoDataFrame, path: Path) -> ExportReport:
    """Write longitude and latitude as RFC 7946 wants them."""
    datum = shifted(frame)
    content = frame
    if kind.is_spatial and datum is None:
        content = frame = frame.to_crs(LONGITUDE_LATITUDE)
    elif kind.is_spatial:
        # What the format says of every file; the honest label would be refused.
        content = frame.set_crs(LONGITUDE_LATITUDE, allow_override=True)
    pyogrio.write_dataframe(
        content.reset_index(),
        path,
        driver="GeoJSON",
        layer=kind.key if datum is None else f"{kind.key} {datum}",
        layer_options=_geojson_options(datum),
        use_arrow=True,
    )
    return report_of(kind, frame, path)


def _geojson_options(datum: str | None) -> dict[str, object]:
    options: dict[str, object] = {"RFC7946": "YES", "ID_FIELD": "uid", "WRITE_NAME": "NO"}
    if datum is None:
        return {**options, "COORDINATE_PRECISION": DECIMALS}
    # The way back from shifted degrees magnifies what rounding took.
    said = {"WRITE_NAME": "YES", "DESCRIPTION": datum}
    return {**options, **said, "COORDINATE_PRECISION": DECIMALS + 1}


def write_parquet(kind: Kind, frame: GeoDataFrame, path: Path) -> ExportReport:
    """Write GeoParquet; a kind without places becomes a plain Parquet table."""
    content_of(kind, frame).to_parquet(path, index=False)
    return report_of(kind, frame, path)


def report_of(
    kind: Kind,
    frame: GeoDataFrame,
    path: Path,
    *,
    names: Mapping[str, str] | None = None,
    losses: Mapping[str, int] | None = None,
) -> ExportReport:
    """Describe what was written of `frame`."""
    return ExportReport(
        kind=kind.key,
        file=path.name,
        rows=len(frame),
        crs=crs_name(frame) if kind.is_spatial else None,
        shifted=shifted(frame),
        names=names or {},
        losses=losses or {},
    )


def content_of(kind: Kind, frame: GeoDataFrame) -> DataFrame:
    """Give what is written of features: uids as a column, places where the kind has any."""
    content = frame.reset_index()
    return content if kind.is_spatial else DataFrame(content.drop(columns=[frame.geometry.name]))


def layer_type(kind: Kind) -> str | None:
    """Name the type of the geometries of a layer, None for one without."""
    if not kind.is_spatial:
        return None
    return LAYER_TYPES[kind.geometry[0]] if len(kind.geometry) == 1 else "Unknown"
