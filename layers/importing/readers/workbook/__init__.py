"""Excel workbooks, read as a stream: no sheet is ever in memory as XML.

    package  →  the zip: which sheets there are, which styles are dates, the shared texts
    cells    →  one sheet: its filled rows, merged cells, hidden rows
    notes    →  what the sheet 说明 of our own workbooks says to programs

Only values are taken, as the spreadsheet calculated them; formulas are never run.
"""

from layers.importing.readers.workbook.cells import Cells, read_cells
from layers.importing.readers.workbook.notes import OWN_SHEETS, Notes, read_notes
from layers.importing.readers.workbook.package import Package, Sheet, open_package

__all__ = [
    "OWN_SHEETS",
    "Cells",
    "Notes",
    "Package",
    "Sheet",
    "open_package",
    "read_cells",
    "read_notes",
]
