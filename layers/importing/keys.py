"""Which row is which: keys that are missing, repeated in the file, or met again in the store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence

from pandas import DataFrame

from layers.importing.cells import legible
from layers.importing.findings import Findings
from layers.importing.limits import MAX_ROWS_SHOWN
from layers.importing.mapping import KEY_JOINER, Matches
from layers.importing.reentry import Returning, own_keys_repeated, require_identity
from layers.kinds import Kind

Key = tuple[Hashable, ...]


def identify(
    fields: DataFrame,
    matches: Matches,
    kind: Kind,
    findings: Findings,
    returning: Returning | None = None,
) -> list[Key | None]:
    """Give the key of each row, None where it has none.

    With a declared key every row must have one. Without, rows are told apart by the kind's key
    field where it is filled. All rows of a repeated key are rejected: none of them can be known
    to be the right one. Rows that are `returning` say themselves which feature they are.
    """
    by = matches.key_fields or _own_key(fields, kind)
    keys = keys_of(fields, by)
    if matches.key_fields:
        for row, key in enumerate(keys):
            if key is None and not findings.rejected[row]:
                findings.add(row, "key_missing", by[0], columns=list(matches.key_columns))
    repeated = _repeated(keys)
    if returning is not None:
        require_identity(returning, keys, kind, findings)
        repeated = own_keys_repeated(returning, repeated, kind)
    for key, rows in repeated.items():
        first = findings.row_numbers[rows[:MAX_ROWS_SHOWN]].tolist()
        values = {"key": key_text(key), "count": len(rows), "rows": first}
        for row in rows:
            findings.add(row, "key_repeated", by[0], **values)
    return keys


def keys_of(fields: DataFrame, by: Sequence[str]) -> list[Key | None]:
    """Read the key of each row from the fields `by`; None unless all of them are filled."""
    if not by:
        return [None] * len(fields)
    columns = [fields[name].astype(object).where(fields[name].notna(), None) for name in by]
    return [None if None in row else row for row in zip(*columns, strict=True)]


def key_text(key: Key) -> str:
    """Write a key down for people; other programs may have put anything into a code."""
    return KEY_JOINER.join(legible(part) for part in key)


def _own_key(fields: DataFrame, kind: Kind) -> tuple[str, ...]:
    return (kind.key_field,) if kind.key_field in fields.columns else ()


def _repeated(keys: Sequence[Key | None]) -> dict[Key, list[int]]:
    rows: dict[Key, list[int]] = defaultdict(list)
    for row, key in enumerate(keys):
        if key is not None:
            rows[key].append(row)
    return {key: found for key, found in rows.items() if len(found) > 1}
