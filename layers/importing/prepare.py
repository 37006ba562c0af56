"""A file made ready for its kind: every row typed, placed and identified, or rejected.

What a store already holds is compared in `plan`; only rows that came out of it bring along what
they were.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from pandas import DataFrame
from pyproj import CRS

from layers.importing.checks import replace_former
from layers.importing.datum import Datum, parse_datum
from layers.importing.errors import SourceWithoutPlacesError
from layers.importing.findings import Findings
from layers.importing.keys import Key, identify
from layers.importing.mapping import Mapping, Matches, match_columns
from layers.importing.placing import to_places
from layers.importing.progress import Tell, tell_nobody
from layers.importing.reentry import Returning, untouched, without_identity
from layers.importing.repairing import repair
from layers.importing.saying import said_datum
from layers.importing.shapes import fit_families, fit_forms
from layers.importing.source import Source
from layers.importing.values import convert_columns
from layers.importing.waiting import may_wait, require_words
from layers.importing.where import rows_where
from layers.kinds import Kind


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """The rows of a file that passed the filter, as the kind wants them.

    `fields`, `geometry` (in the storage system) and `keys` have one entry for each row of
    `source`; those of rejected rows mean nothing. `mapping` is what was said of the file;
    `read` counts the rows before the filter.
    """

    kind: Kind
    source: Source
    datum: Datum | None
    where: str | None
    mapping: Mapping
    read: int
    matches: Matches
    fields: DataFrame
    geometry: NDArray[np.object_]
    keys: list[Key | None]
    findings: Findings
    returning: Returning | None = None


def prepare(  # noqa: PLR0913 - a file, what is said of it, and what is known of its rows
    source: Source,
    kind: Kind,
    mapping: Mapping,
    *,
    datum: str | None,
    storage_crs: str,
    tell: Tell = tell_nobody,
    returning: Returning | None = None,
) -> Prepared:
    """Filter, convert and check the rows of a file.

    Raises
    ------
    ImportingError
    """
    read = len(source)
    if mapping.where is not None:
        chosen = rows_where(source.frame, mapping.where)
        source = source.take(chosen)
        returning = returning.take(chosen) if returning else None
    matches = match_columns(kind, list(source.frame.columns), mapping, structured=source.structured)
    findings = Findings(source.row_numbers)
    source, said = said_datum(source, kind, datum or mapping.datum)
    declared = _declared_datum(source, kind, said, matches, returning)
    placed, kept = (returning.placed, returning.kept) if returning else (None, None)
    geometry = fit_families(source, kind, findings, placed=placed, kept=kept)
    if declared is not None and source.geometry is not None:
        storage = CRS.from_user_input(storage_crs)
        geometry = to_places(geometry, source, declared, mapping.notation, storage, findings)
        geometry = repair(geometry, storage, findings, asked=mapping.repair)
        geometry = fit_forms(geometry, kind, findings)
    unplaced = shapely.is_missing(geometry) & ~findings.rejected
    if returning is not None:
        source, matches = (
            untouched(source, returning, matches),
            without_identity(matches, returning),
        )
        unplaced &= ~returning.placed
    fields = convert_columns(
        source.frame,
        matches,
        mapping,
        findings,
        dates_from_1904=source.dates_from_1904,
        tell=tell,
    )
    fields = replace_former(fields, kind, findings, asked=mapping.divisions)
    require_words(fields, unplaced, kind, findings)
    keys = identify(fields, matches, kind, findings, returning)
    return Prepared(
        kind=kind,
        source=source,
        datum=declared,
        where=mapping.where,
        mapping=mapping,
        read=read,
        matches=matches,
        fields=fields,
        geometry=geometry,
        keys=keys,
        findings=findings,
        returning=returning,
    )


def _declared_datum(
    source: Source,
    kind: Kind,
    declared: str | None,
    matches: Matches,
    returning: Returning | None,
) -> Datum | None:
    """Understand the datum; only a file with places needs one."""
    if kind.is_spatial and source.geometry is not None:
        return parse_datum(declared)
    if kind.is_spatial and not may_wait(kind, matches) and returning is None:
        columns = list(source.frame.columns)
        raise SourceWithoutPlacesError(file=source.name, kind=kind.key, columns=columns)
    return parse_datum(declared) if declared else None
