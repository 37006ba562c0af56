"""Rows without a place: kept where words say where they are, to be placed on the map later."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame

from layers.importing.findings import Findings
from layers.importing.mapping import Matches
from layers.kinds import Kind


def may_wait(kind: Kind, matches: Matches) -> bool:
    """Tell whether rows of a file without any places can be of use to `kind`."""
    if kind.geometry_required:
        return False
    return not kind.placed_by or any(key in kind.placed_by for key in matches.field_keys())


def says_where(fields: DataFrame, kind: Kind) -> NDArray[np.bool_]:
    """Tell which rows may do without a place: their words stand in for it, or none is needed."""
    if kind.geometry_required or not kind.placed_by:
        return np.full(len(fields), not kind.geometry_required)
    words = [key for key in kind.placed_by if key in fields]
    said: NDArray[np.bool_] = fields[words].notna().any(axis=1).to_numpy(dtype=bool)
    return said


def require_words(
    fields: DataFrame, unplaced: NDArray[np.bool_], kind: Kind, findings: Findings
) -> None:
    """Reject rows that have neither a place nor a word of where they are; count the others.

    `unplaced` marks the rows without a place; those whose place was faulty are not among them.
    """
    if kind.geometry_required or not kind.placed_by:
        return
    said = says_where(fields, kind)
    for row in np.flatnonzero(unplaced & ~said).tolist():
        findings.add(row, "geometry_missing")
    findings.note("without_geometry", int((unplaced & said & ~findings.rejected).sum()))
