"""Layers into files: GeoPackage, GeoJSON, GeoParquet, shapefile, CSV and Excel."""

from layers.exporting.differences import write_differences
from layers.exporting.errors import ExportingError
from layers.exporting.export import FORMATS, ExportOptions, export_kind
from layers.exporting.report import ExportReport

__all__ = [
    "FORMATS",
    "ExportOptions",
    "ExportReport",
    "ExportingError",
    "export_kind",
    "write_differences",
]
