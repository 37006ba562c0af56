"""Writers of geographic formats: GeoPackage, GeoJSON, GeoParquet, shapefile."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path

import pyogrio
from geopandas import GeoDataFrame
from pandas import DataFrame

from layers.exporting.errors import ExportGeometryError
from layers.exporting.names import cut_names
from layers.exporting.report import ExportReport
from layers.kinds import FieldType, GeometryFamily, Kind

LONGITUDE_LATITUDE = "EPSG:4326"
_LAYER_TYPES = {
    GeometryFamily.POINT: "Point",
    GeometryFamily.LINE: "MultiLineString",
    GeometryFamily.AREA: "MultiPolygon",
}
_DBF_TEXT_BYTES = 254
_DECIMALS = 9  # of a degree: a tenth of a millimetre, so that nothing moves on the way back


def write_geopackage(kind: Kind, frame: GeoDataFrame, path: Path) -> ExportReport:
    """Write one layer, in the store's own reference system."""
    pyogrio.write_dataframe(
        content_of(kind, frame),
        path,
        layer=kind.key,
        driver="GPKG",
        geometry_type=layer_type(kind),
        use_arrow=True,
    )
    return report_of(kind, frame, path)


def write_geojson(kind: Kind, frame: GeoDataFrame, path: Path) -> ExportReport:
    """Write longitude and latitude as RFC 7946 wants them."""
    if kind.is_spatial:
        frame = frame.to_crs(LONGITUDE_LATITUDE)
    pyogrio.write_dataframe(
        frame.reset_index(),
        path,
        driver="GeoJSON",
        layer=kind.key,
        layer_options={"RFC7946": "YES", "ID_FIELD": "uid", "COORDINATE_PRECISION": _DECIMALS},
        use_arrow=True,
    )
    return report_of(kind, frame, path)


def write_parquet(kind: Kind, frame: GeoDataFrame, path: Path) -> ExportReport:
    """Write GeoParquet; a kind without places becomes a plain Parquet table."""
    content_of(kind, frame).to_parquet(path, index=False)
    return report_of(kind, frame, path)


def write_shapefile(kind: Kind, frame: GeoDataFrame, path: Path) -> ExportReport:
    """Write a shapefile in UTF-8 and say what its old format cut.

    Raises
    ------
    ExportGeometryError
    """
    if len(kind.geometry) != 1:
        families = [family.value for family in kind.geometry]
        raise ExportGeometryError(format="shp", kind=kind.key, families=families)
    content = frame.reset_index()
    for field in kind.fields:
        if field.type is FieldType.DATETIME:
            content[field.key] = content[field.key].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    losses = _too_long(content.drop(columns=[frame.geometry.name]))
    names = cut_names(content.columns.drop(frame.geometry.name))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of texts cut: counted above
        pyogrio.write_dataframe(
            content.rename(columns=names),
            path,
            driver="ESRI Shapefile",
            geometry_type=_shape_type(kind),
            encoding="UTF-8",
            use_arrow=False,
        )
    cut = {name: short for name, short in names.items() if name != short}
    return report_of(kind, frame, path, names=cut, losses=losses)


def report_of(
    kind: Kind,
    frame: GeoDataFrame,
    path: Path,
    *,
    names: Mapping[str, str] | None = None,
    losses: Mapping[str, int] | None = None,
) -> ExportReport:
    """Describe what was written of `frame`."""
    crs = frame.crs.to_string() if kind.is_spatial and frame.crs is not None else None
    return ExportReport(
        kind=kind.key,
        file=path.name,
        rows=len(frame),
        crs=crs,
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
    return _LAYER_TYPES[kind.geometry[0]] if len(kind.geometry) == 1 else "Unknown"


def _shape_type(kind: Kind) -> str:
    # A shapefile has no separate type for single lines and polygons.
    return _LAYER_TYPES[kind.geometry[0]].removeprefix("Multi")


def _too_long(content: DataFrame) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name in map(str, content.select_dtypes("str").columns):
        sizes = content[name].dropna().str.encode("utf-8").str.len()
        counts[name] = int((sizes > _DBF_TEXT_BYTES).sum())
    return {name: count for name, count in counts.items() if count}
