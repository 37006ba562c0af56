"""Layers into files: GeoPackage, GeoJSON, GeoParquet, shapefile, KML, CSV and Excel."""

from layers.exporting.differences import write_differences
from layers.exporting.errors import ExportingError
from layers.exporting.export import FORMATS, export_kind, export_kinds
from layers.exporting.report import ExportReport
from layers.exporting.selecting import ExportOptions, find_unit

__all__ = [
    "FORMATS",
    "ExportOptions",
    "ExportReport",
    "ExportingError",
    "export_kind",
    "export_kinds",
    "find_unit",
    "write_differences",
]
