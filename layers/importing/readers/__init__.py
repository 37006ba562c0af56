"""Readers of files, chosen by what they hold; whatever has none of its own goes to GDAL.

table      what every reader hands over
sheets     CSV and Excel: text, workbook, layout, lines, merged, places, degrees
vector     GDAL: shapefile, archive, drivers
parquet    GeoParquet
"""

from __future__ import annotations

from layers.importing.readers.choice import reader_for
from layers.importing.readers.table import (
    NOT_CALCULATED,
    PASSED_OVER,
    REMARKS,
    Axes,
    Fault,
    Remark,
    SheetShape,
    SourceOptions,
    Table,
)

__all__ = [
    "NOT_CALCULATED",
    "PASSED_OVER",
    "REMARKS",
    "Axes",
    "Fault",
    "Remark",
    "SheetShape",
    "SourceOptions",
    "Table",
    "reader_for",
]
