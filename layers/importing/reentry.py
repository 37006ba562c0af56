"""Rows that came out of a store and come back: an exported workbook, edited.

Such a row says which feature it is (`uid`) and as of which changeset it was written (`revision`).
Its feature is found even where the code was edited. A cell that still says what was written is
left alone, whatever it is: only edits are read. An edit of something that somebody else has
changed since is refused, as `If-Match` refuses it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray
from pyproj import CRS

from layers.exporting.workbook.cells import written
from layers.exporting.workbook.columns import REVISION, UID
from layers.exporting.workbook.rows import DECIMALS
from layers.exporting.workbook.words import LANGS, Words
from layers.importing.cells import Kept, plain
from layers.importing.datum import from_storage, parse_datum
from layers.importing.findings import Findings
from layers.importing.mapping import Matches
from layers.importing.source import Source
from layers.kinds import Field, FieldType, Kind, fold

_SAME_COORDINATE = 10.0**-DECIMALS


@dataclass(frozen=True, kw_only=True)
class Returning:
    """By position, the feature that a row came from and its revision then; None for new rows.

    `stored` is the layer as it is now. `kept` tells which rows still have the place that was
    written; a row that names no feature of the store is no such row.
    """

    uids: tuple[str | None, ...]
    revisions: tuple[int | None, ...]
    stored: GeoDataFrame
    columns: tuple[str, str]
    kept: NDArray[np.bool_]

    def take(self, mask: NDArray[np.bool_]) -> Returning:
        """Keep the rows for which `mask` holds."""
        chosen = np.flatnonzero(mask).tolist()
        return replace(
            self,
            uids=tuple(self.uids[row] for row in chosen),
            revisions=tuple(self.revisions[row] for row in chosen),
            kept=self.kept[mask],
        )

    @property
    def known(self) -> dict[int, str]:
        """Give the rows whose feature is there, with its uid."""
        return {row: uid for row, uid in enumerate(self.uids) if uid in self.stored.index and uid}

    @property
    def placed(self) -> NDArray[np.bool_]:
        """Tell which rows may do without a place: their feature has one, or is known to wait."""
        placed = np.zeros(len(self.uids), dtype=bool)
        placed[list(self.known)] = True
        return placed


def columns_of_identity(columns: Sequence[str]) -> tuple[str, str] | None:
    """Find the columns that say which feature a row is, and as of when; None without both."""
    by_name = {fold(column): column for column in reversed(columns)}
    found = [
        next((by_name[fold(name)] for name in each.headings if fold(name) in by_name), None)
        for each in (UID, REVISION)
    ]
    uid, revision = found
    return None if uid is None or revision is None else (uid, revision)


def returning_rows(
    source: Source, stored: GeoDataFrame, names: tuple[str, str], *, datum: str | None
) -> Returning:
    """Read which features the rows of a file came from.

    Places of rows are only the same as before in the datum in which they were written: where the
    user declares another `datum`, all of them are read anew.
    """
    uids = [_text(cell) for cell in source.frame[names[0]]]
    revisions = [_number(cell) for cell in source.frame[names[1]]]
    found = Returning(
        uids=tuple(uid and uid.lower() for uid in uids),
        revisions=tuple(revisions),
        stored=stored,
        columns=names,
        kept=np.zeros(len(source), dtype=bool),
    )
    said = source.datum_said
    return replace(found, kept=_kept_places(source, found)) if datum in {None, said} else found


def _text(cell: object) -> str | None:
    value = plain(cell)
    return None if value is None else str(value)


def _number(cell: object) -> int | None:
    text = _text(cell)
    text = text.removesuffix(".0") if text else None
    return int(text) if text and text.isdecimal() else None


# ------------------------------------------------------------------ what was not touched


def _kept_places(source: Source, returning: Returning) -> NDArray[np.bool_]:
    """Tell which rows still have the place that was written."""
    kept = np.zeros(len(source), dtype=bool)
    known = returning.known
    if source.geometry is None or not known or source.datum_said is None:
        return kept
    rows, features = list(known), returning.stored.loc[list(known.values())].geometry
    storage, datum = CRS.from_user_input(returning.stored.crs), parse_datum(source.datum_said)
    was = from_storage(features.to_numpy(), storage, datum)
    kept[rows] = shapely.equals_exact(source.geometry[rows], was, tolerance=_SAME_COORDINATE)
    return kept


def untouched(source: Source, returning: Returning, matches: Matches) -> Source:
    """Mark the cells that still say what was written, so that nobody reads them anew."""
    known = returning.known
    if not known:
        return source
    frame = source.frame.copy()
    stored = returning.stored.loc[list(known.values())]
    for match in matches.fields:
        if len(match.columns) != 1 or match.field.key not in stored:
            continue
        column = frame[match.columns[0]].tolist()
        values = stored[match.field.key]
        said: dict[object, tuple[object, ...]] = {}
        for row, value, absent in zip(
            known, values.tolist(), pd.isna(values).tolist(), strict=True
        ):
            kept = None if absent else value
            if kept not in said:
                said[kept] = _said(match.field, kept)
            if _says(match.field, plain(column[row]), said[kept]):
                column[row] = Kept(kept)
        frame[match.columns[0]] = pd.Series(column, index=frame.index, dtype=object)
    return replace(source, frame=frame)


def _said(field: Field, value: object) -> tuple[object, ...]:
    """Give what is written for a value, in every language in which it is written differently."""
    if value is None:
        return (None,)
    spoken = LANGS if field.codes or field.type is FieldType.BOOLEAN else LANGS[:1]
    return tuple(plain(written(field, value, Words(lang))) for lang in spoken)


def _says(field: Field, cell: object, said: Sequence[object]) -> bool:
    """Tell whether a cell says one of the things that were written."""
    if field.type is FieldType.REAL and None not in {cell, said[0]}:
        return _digits(cell) == _digits(said[0])
    return any(_same(cell, each) for each in said)


def _digits(number: object) -> str | None:
    """Write a number as far as a spreadsheet keeps it."""
    try:
        return f"{float(str(number)):.15g}"
    except ValueError:
        return None


def _same(cell: object, said: object) -> bool:
    if isinstance(cell, str) and isinstance(said, str):
        return _lines(cell) == _lines(said)
    return cell == said and type(cell) is type(said)


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def without_identity(matches: Matches, returning: Returning) -> Matches:
    """Name the two columns of identity no longer among those that are not stored."""
    left = tuple(name for name in matches.not_stored if name not in returning.columns)
    return replace(matches, not_stored=left)


# ------------------------------------------------------------------ who is who


def require_identity(
    returning: Returning, keys: Sequence[tuple[object, ...] | None], kind: Kind, findings: Findings
) -> None:
    """Reject rows whose identity cannot be right.

    A feature that is not there; the same feature twice, as when a row was copied; a code that
    belongs to another feature, as when columns were sorted apart.
    """
    codes = returning.stored[kind.key_field]
    owners: dict[object, set[str]] = defaultdict(set)
    for uid, code in codes.dropna().items():
        owners[code].add(str(uid))
    rows: dict[str, list[int]] = defaultdict(list)
    for row, uid in enumerate(returning.uids):
        if uid is None:
            continue
        rows[uid].append(row)
        if uid not in codes.index:
            findings.add(row, "feature_gone", UID.key, found=uid)
        elif (key := keys[row]) and owners.get(key[0], {uid}) - {uid} and codes[uid] != key[0]:
            findings.add(row, "key_exists", kind.key_field, key=str(key[0]))
    for uid, same in rows.items():
        for row in same if len(same) > 1 else ():
            findings.add(row, "row_copied", UID.key, found=uid)


def own_keys_repeated(
    returning: Returning, repeated: Mapping[tuple[object, ...], list[int]], kind: Kind
) -> dict[tuple[object, ...], list[int]]:
    """Leave out of repeated keys the rows whose feature has that code already: they are right."""
    codes = returning.stored[kind.key_field].to_dict()
    left = {
        key: [row for row in rows if codes.get(returning.uids[row]) != key[0]]
        for key, rows in repeated.items()
    }
    return {key: rows for key, rows in left.items() if rows}


def require_fresh(
    returning: Returning, changed: Mapping[int, str], now: Mapping[str, int], findings: Findings
) -> None:
    """Reject changed rows whose feature somebody else has changed since it was written.

    `now` gives the revision of each feature by uid.
    """
    for row, uid in changed.items():
        seen = returning.revisions[row] if returning.uids[row] == uid else None
        if returning.uids[row] == uid and (seen is None or now[uid] > seen):
            findings.add(row, "row_stale", None, seen=seen, now=now[uid])
