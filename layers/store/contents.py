"""The content of a store as one number, the same wherever the store lives.

Everything counts that somebody recorded: features, versions, changesets, where features came from,
runs, declarations, and which store it is. What does not: where the store lives, in which order and
under which numbers its tables keep their rows, what is derived, and the restore epoch.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import shapely
from sqlalchemy import ColumnElement, MetaData, Table

from layers.store.carrying import Batch, Carrier
from layers.store.schema import GEOMETRY_COLUMN, INFO_TITLE
from layers.store.settings import EPOCH

# Of the moment, and derived from features.
_PASSED_OVER = frozenset({"gg_open_changeset", "gg_place", "gg_territory"})
# Within a changeset it is no matter which feature was written first.
_VERSIONS_ORDER = ("layer", "uid", "seq")


def content_hash(
    carrier: Carrier, metadata: MetaData, tell: Callable[[int], None] = lambda _rows: None
) -> str:
    """Hash every row in an order that both backends have; `tell` is told how many are done.

    Returns
    -------
    digest
        SHA-256, as 64 hexadecimal digits.
    """
    digest = hashlib.sha256()
    for table in hashed_tables(metadata):
        for batch in carrier.read(table, _order(table)):
            rows = len(batch)
            digest.update("".join(_lines(table, batch)).encode())
            tell(rows)
    return digest.hexdigest()


def hashed_tables(metadata: MetaData) -> list[Table]:
    """Give the tables whose rows count."""
    return [metadata.tables[name] for name in sorted(metadata.tables) if name not in _PASSED_OVER]


def _order(table: Table) -> list[ColumnElement[Any]]:
    if INFO_TITLE in table.info:
        return [table.c.uid]
    if table.name == "gg_version":
        return [table.c[name] for name in _VERSIONS_ORDER]
    return list(table.primary_key.columns)


def _lines(table: Table, batch: Batch) -> Iterator[str]:
    if GEOMETRY_COLUMN in table.columns:
        places = [row[GEOMETRY_COLUMN] for row in batch]
        written = shapely.to_wkb(np.array(places, dtype=object), hex=True, byte_order=1)
        for row, wkb in zip(batch, written, strict=True):
            row[GEOMETRY_COLUMN] = wkb
    for row in batch:
        if table.name != "gg_setting" or row["key"] != EPOCH:
            yield f"{table.name} {_line(row)}\n"


def _line(row: dict[str, Any]) -> str:
    """Write a row as text; what is empty is left out, as if its column were not there yet."""
    said = _said(row)
    try:
        return _as_text(said)
    except ValueError:  # a number that JSON has no name for; only other programs write one
        return _as_text(_said({name: _finite(value) for name, value in said.items()}))


def _said(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _said(value) if name == "attributes" else value
        for name, value in row.items()
        if value is not None
    }


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(each) for name, each in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _plain(value: Any) -> str:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat(timespec="milliseconds")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(type(value))


_as_text = json.JSONEncoder(
    ensure_ascii=False,
    sort_keys=True,
    separators=(",", ":"),
    allow_nan=False,
    default=_plain,
).encode
