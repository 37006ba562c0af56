"""What every reader hands over, and what it may be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS

from layers.importing.limits import MAX_ROWS_SHOWN

# Position of a row (0-based), code of the problem, its values.
Fault = tuple[int, str, dict[str, object]]

# What stands in a cell whose formula no program has calculated yet.
NOT_CALCULATED = "#NOT_CALCULATED!"

# What a reader may have to say of a file as a whole, and the values that go with it. Lines that
# are `PASSED_OVER` are no rows: with the header and the rows read they make up the whole sheet.
PASSED_OVER: Mapping[str, tuple[str, ...]] = {
    "blank_lines": ("count", "rows"),
    "lines_above_header": ("count", "rows"),
    "explanations": ("count", "rows"),
    "repeated_headers": ("count", "rows"),
    "totals": ("count", "rows"),
    "notes_below": ("count", "rows"),
}
REMARKS: Mapping[str, tuple[str, ...]] = {
    **PASSED_OVER,
    "encoding_detected": ("encoding",),
    "separator": ("separator",),
    "header_row": ("row",),
    "header_of_two_lines": ("rows",),
    "header_like_data": ("row", "found"),
    "merged_cells_filled": ("count", "rows"),
    "merged_numbers": ("count", "rows"),
    "hidden_rows_read": ("count", "rows"),
    "sheets_not_read": ("sheets",),
    "hidden_sheets_not_read": ("sheets",),
    "date_system_1904": (),
    "returned_remarks": ("column",),
    "open_elsewhere": ("file",),
    "datum_said": ("datum",),
    "datum_said_otherwise": ("said", "datum"),
    "made_for_other_fields": ("kind",),
    "other_content": ("found",),
    "links_not_followed": ("names",),
    "attributes_missing": (),
    "projection_missing": (),
    "driver": ("detail",),
    # what a comparison with the store says against the declared datum
    "datum_doubtful": (
        "declared", "better", "fits", "declared_fits", "layers", "distance_m", "direction",
    ),
    "places_shifted": ("distance_m", "direction"),
    "rows_look_odd": ("datum", "rows"),
}  # fmt: skip


@dataclass(frozen=True)
class Remark:
    """One thing that a reader has to say of the file as a whole."""

    code: str
    values: Mapping[str, object] = field(default_factory=dict)

    def to_dict(self) -> dict[str, object]:
        """Give plain values, for JSON."""
        return {"code": self.code, "values": dict(self.values)}


def remark_on_rows(code: str, rows: Sequence[int]) -> tuple[Remark, ...]:
    """Remark on rows by their number, naming the first of them; on none, nothing."""
    if not rows:
        return ()
    return (Remark(code, {"count": len(rows), "rows": list(rows[:MAX_ROWS_SHOWN])}),)


@dataclass(frozen=True, kw_only=True)
class SheetShape:
    """How a sheet is laid out.

    `header` and `first_row` are numbers of lines, the first row's that of the line below the
    header where there is none. `headings` name every column from left to right, those of places
    among them. `merged` are ranges of cells: first line, first column (from 0), last line, last
    column. `separator` stands between the cells of a text.
    """

    header: tuple[int, ...]
    first_row: int
    headings: tuple[str, ...]
    merged: Sequence[tuple[int, int, int, int]] = ()
    separator: str | None = None


class Axes(StrEnum):
    """How far the order of two coordinates is known."""

    KNOWN = "known"
    # Geographers call the easting x and the northing y, surveyors the other way round.
    X_OR_Y = "x_or_y"


@dataclass(frozen=True, kw_only=True)
class SourceOptions:
    """Say how to read a file, where it cannot be known from the file itself.

    `x`, `y` and `wkt` name the columns of a table that hold coordinates. `header` gives the
    number of the line, or of the two lines, that hold the headings. `headings` are what columns
    may be called, folded; they help to find the header. With `every_line` all lines below the
    header are rows, even totals and explanations. `sheets` are the folded titles by which a
    sheet is known among several. With `points_beside_wkt` a row without WKT may have two
    coordinates instead.
    """

    layer: str | None = None
    encoding: str | None = None
    x: str | None = None
    y: str | None = None
    wkt: str | None = None
    header: tuple[int, ...] = ()
    every_line: bool = False
    headings: frozenset[str] = frozenset()
    sheets: frozenset[str] = frozenset()
    points_beside_wkt: bool = False


@dataclass(frozen=True, kw_only=True)
class Table:
    """What a reader hands over.

    `columns` hold Python values, missing ones None. `wkb` is None for a table without places;
    `faults` name rows whose coordinates cannot be read. `crs_is_default` is set where the format
    claims a system whether or not the author did. `row_numbers` are those by which the file's
    user counts, by default from 1. `remarks` are what the reader itself had to say.
    `structured` names columns whose cells are lists or objects: they are never matched unasked.
    `dates_from_1904` is set where a bare number that stands for a day counts from 1904. `sheet`
    is known of spreadsheets and delimited texts.
    `datum_said` is the datum that a workbook of ours names, `versions` by kind what its fields
    were when the workbook was made.
    """

    columns: Mapping[str, list[object]]
    length: int
    layer: str | None = None
    wkb: NDArray[np.object_] | None = None
    axes: Axes = Axes.KNOWN
    crs: CRS | None = None
    crs_is_default: bool = False
    row_numbers: Sequence[int] | None = None
    encoding: str | None = None
    remarks: tuple[Remark, ...] = ()
    structured: frozenset[str] = frozenset()
    faults: tuple[Fault, ...] = ()
    dates_from_1904: bool = False
    sheet: SheetShape | None = None
    datum_said: str | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
