"""From the numbers of a file to places in the store, row by row in the datum that each is in.

Nearly always all rows are in the declared one. Where a mapping says that some are in another, by
their numbers or in a column, each group is converted by itself.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS

from layers.importing.axes import fit_axes
from layers.importing.datum import (
    DATUMS,
    Datum,
    check_against_file,
    overrules_label,
    parse_datum,
    to_storage,
)
from layers.importing.errors import DatumNotKnownError, MappingColumnError
from layers.importing.findings import Findings
from layers.importing.notation import Notation
from layers.importing.shapes import without
from layers.importing.source import Source


def to_places(
    geometry: NDArray[np.object_],
    source: Source,
    datum: Datum,
    notation: Notation,
    storage_crs: CRS,
    findings: Findings,
) -> NDArray[np.object_]:
    """Give two-dimensional geometries as written their places in the storage system.

    Raises
    ------
    DatumError, MappingColumnError
    """
    geometry = notation.applied(geometry, source.row_numbers)
    _count(notation, source, findings)
    if not notation.ignore_label:
        check_against_file(datum, source.crs, geometry, is_default=source.crs_is_default)
        if overrules_label(datum, source.crs):
            findings.note("label_overruled", len(source))
    placed = np.full(len(source), None, dtype=object)
    for each, rows in _by_datum(source, datum, notation, findings):
        part = without(geometry, ~rows)
        part = fit_axes(part, each, source.axes, findings)
        part = to_storage(part, each, storage_crs, findings)
        placed[rows] = part[rows]
    return without(placed, findings.rejected)


def _by_datum(
    source: Source, datum: Datum, notation: Notation, findings: Findings
) -> Iterator[tuple[Datum, NDArray[np.bool_]]]:
    """Sort the rows by their datum; rows named by number win over a column."""
    chosen: list[tuple[Datum, NDArray[np.bool_]]] = [(datum, np.ones(len(source), dtype=bool))]
    chosen += _of_column(source, notation.datum_column, findings)
    chosen += [
        (parse_datum(name), named.among(source.row_numbers))
        for name, named in notation.datum_rows.items()
    ]
    which = np.zeros(len(source), dtype=np.int64)
    for position, (_, rows) in enumerate(chosen):
        which[rows] = position
    findings.note("rows_of_other_datum", int((which > 0).sum()))
    for position, (each, _) in enumerate(chosen):
        if (which == position).any():
            yield each, which == position


def _of_column(
    source: Source, column: str | None, findings: Findings
) -> Iterator[tuple[Datum, NDArray[np.bool_]]]:
    if column is None:
        return
    if column not in source.frame.columns:
        allowed = list(source.frame.columns)
        raise MappingColumnError(where="coordinates.datum_column", found=column, allowed=allowed)
    words = source.frame[column].dropna().astype(str).str.strip()
    for word, labels in words[words != ""].groupby(words).groups.items():
        rows = np.zeros(len(source), dtype=bool)
        rows[labels.to_numpy(dtype=int)] = True
        try:
            yield parse_datum(str(word)), rows
        except DatumNotKnownError:
            for row in np.flatnonzero(rows).tolist():
                findings.add(row, "datum_of_row_unknown", None, found=word, allowed=list(DATUMS))


def _count(notation: Notation, source: Source, findings: Findings) -> None:
    """Count the rows whose numbers were read otherwise than they stand."""
    swapped = notation.swapped.among(source.row_numbers)
    findings.note("coordinates_swapped", int(swapped.sum()))
    findings.note("coordinates_rewritten", len(source) if notation.steps else 0)
    findings.note("label_ignored", len(source) if notation.ignore_label else 0)
