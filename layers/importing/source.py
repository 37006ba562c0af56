"""The file as it came: rows, columns, geometries and the reference system it claims.

Every reader gives the same `Source`, in which a geometry that cannot be built costs its own row
and no other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from pandas import DataFrame
from pyproj import CRS

from layers.importing.errors import SourceEmptyError
from layers.importing.files import check_shape, check_size, fingerprint
from layers.importing.readers import (
    Axes,
    Fault,
    Remark,
    SheetShape,
    SourceOptions,
    Table,
    reader_for,
)
from layers.importing.reasons import why_unbuildable
from layers.importing.words import RETURNED_HEADINGS
from layers.kinds import fold

__all__ = ["Source", "SourceOptions", "Table", "read_source", "source_of"]


@dataclass(frozen=True, kw_only=True)
class Source:
    """A file read: one position for each row, in the file's order.

    `frame` holds the attributes as Python objects; `geometry` shapely geometries, None where
    there is none or where it could not be built (`faults` says which); `original` their WKB as
    it stood in the file. Both are None for a table without places. `axes` says whether the
    order of two coordinates is known. `row_numbers` count as the file's user does: features from
    1, lines of a sheet with its header. With `dates_from_1904` a bare number that stands for a
    day counts from 1904. `sheet` says how a spreadsheet is laid out, `datum_said` and `versions`
    what a workbook of ours says of itself.
    """

    name: str
    sha256: str
    layer: str | None
    encoding: str | None
    remarks: tuple[Remark, ...]
    structured: frozenset[str]
    crs: CRS | None
    crs_is_default: bool
    frame: DataFrame
    row_numbers: NDArray[np.int64]
    geometry: NDArray[np.object_] | None
    original: NDArray[np.object_] | None
    axes: Axes
    dates_from_1904: bool
    faults: tuple[Fault, ...]
    sheet: SheetShape | None = None
    datum_said: str | None = None
    versions: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.row_numbers)

    @property
    def headings(self) -> tuple[str, ...]:
        """List the headings of all columns, those of places among them where they are columns."""
        return tuple(map(str, self.frame.columns)) if self.sheet is None else self.sheet.headings

    def take(self, mask: NDArray[np.bool_]) -> Source:
        """Keep the rows for which `mask` holds; they keep their numbers."""
        position = np.cumsum(mask) - 1
        return replace(
            self,
            frame=self.frame[mask].reset_index(drop=True),
            row_numbers=self.row_numbers[mask],
            geometry=None if self.geometry is None else self.geometry[mask],
            original=None if self.original is None else self.original[mask],
            faults=tuple(
                (int(position[row]), code, values) for row, code, values in self.faults if mask[row]
            ),
        )


def read_source(path: Path, options: SourceOptions | None = None) -> Source:
    """Read a file, or one layer of it, into memory.

    Raises
    ------
    SourceError
    """
    check_size(path)
    table = reader_for(path)(path, options or SourceOptions())
    if path.with_name(f"~${path.name}").exists():
        said = Remark("open_elsewhere", {"file": path.name})
        table = replace(table, remarks=(said, *table.remarks))
    return source_of(table, name=path.name, sha256=fingerprint(path))


def source_of(table: Table, *, name: str, sha256: str) -> Source:
    """Build the geometries of a table and number its rows.

    Raises
    ------
    SourceEmptyError, SourceTooLargeError
    """
    if table.length == 0:
        raise SourceEmptyError(file=name, layer=table.layer)
    check_shape(name, rows=table.length, columns=len(table.columns))
    geometry, faults = (None, ()) if table.wkb is None else _build(table.wkb)
    ours = [column for column in table.columns if is_returned(column)]
    said = [Remark("returned_remarks", {"column": column}) for column in ours]
    return Source(
        name=name,
        sha256=sha256,
        layer=table.layer,
        encoding=table.encoding,
        remarks=(*table.remarks, *said),
        structured=table.structured,
        crs=table.crs,
        crs_is_default=table.crs_is_default,
        frame=DataFrame(
            {name: cells for name, cells in table.columns.items() if name not in ours},
            index=range(table.length),
            dtype=object,
        ),
        row_numbers=_row_numbers(table),
        geometry=geometry,
        original=table.wkb,
        axes=table.axes,
        dates_from_1904=table.dates_from_1904,
        faults=(*table.faults, *faults),
        sheet=table.sheet,
        datum_said=table.datum_said,
        versions=table.versions,
    )


def is_returned(column: str) -> bool:
    """Tell whether a column holds remarks that came back with rejected rows: it is no data."""
    return fold(column) in RETURNED_HEADINGS


def _row_numbers(table: Table) -> NDArray[np.int64]:
    if table.row_numbers is None:
        return np.arange(1, table.length + 1, dtype=np.int64)
    return np.array(table.row_numbers, dtype=np.int64)


def _build(wkb: NDArray[np.object_]) -> tuple[NDArray[np.object_], tuple[Fault, ...]]:
    geometry = shapely.from_wkb(wkb, on_invalid="ignore")
    lost = np.flatnonzero(shapely.is_missing(geometry) & _is_filled(wkb))
    reasons = [(int(row), why_unbuildable(wkb[row])) for row in lost]
    return geometry, tuple(
        (row, "geometry_unbuildable", {"reason": reason}) for row, reason in reasons
    )


def _is_filled(values: NDArray[np.object_]) -> NDArray[np.bool_]:
    return np.array([value is not None for value in values], dtype=bool)
