"""Rows that were not taken, given back as the file that they came in, with a remark on each.

    workbook    the sheet as it was laid out: title, header, widths, formats, merged cells
    delimited   the text in its own encoding, with its own separator
    features    shapes and attributes as a GeoPackage or GeoJSON

What comes back can be corrected and imported: the column of remarks is never read as data.
"""

from layers.importing.returning.returning import (
    RETURN_ENDINGS,
    Returned,
    endings_for,
    return_rows,
)

__all__ = ["RETURN_ENDINGS", "Returned", "endings_for", "return_rows"]
