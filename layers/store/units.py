"""The derived territory of features, kept in step with every changeset.

`layers.territory` knows the rule; this module knows which features a change concerns and where
the answer is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame
from sqlalchemy import Connection, MetaData, Table, bindparam, delete, select

from layers.store.backend import Backend
from layers.store.reading import chunks
from layers.store.schema import GEOMETRY_COLUMN, INFO_TITLE
from layers.territory import COLUMNS, LEVELS, locate

# Reads the features of a kind, all or those of some uids, in the metric CRS.
Reader = Callable[[str, Collection[str] | None], GeoDataFrame]


def refresh(
    connection: Connection,
    backend: Backend,
    metadata: MetaData,
    touched: Mapping[str, Collection[str]],
    units: Mapping[str, GeoDataFrame],
    read: Reader,
) -> None:
    """Bring the territory up to date after `touched` features, by kind, have changed.

    `units` are those of today, by level. When one of them changed, every feature may have moved
    into or out of it: all are located anew.
    """
    table = metadata.tables["gg_territory"]
    is_division = any(touched.get(level) for level in LEVELS)
    for key in _spatial(metadata):
        if not is_division and key not in touched:
            continue
        uids = None if is_division else touched[key]
        rows = territory_rows(key, read(key, uids), units)
        if uids is None:
            kept = stored_rows(connection, metadata, key)
            rows = _drop_what_changed(connection, table, kept, rows)
        else:
            for part in chunks(uids):
                connection.execute(delete(table).where(table.c.uid.in_(part)))
        if not rows.empty:
            known = rows.astype(object).where(rows.notna(), None).assign(layer=key)
            ordered = known.sort_values("uid", kind="stable")  # is written faster so
            backend.insert(connection, table, _records(ordered))


def _spatial(metadata: MetaData) -> list[str]:
    """Name the layers whose features have places."""
    tables = metadata.tables.values()
    return [each.name for each in tables if INFO_TITLE in each.info and GEOMETRY_COLUMN in each.c]


def _drop_what_changed(
    connection: Connection, table: Table, kept: pd.DataFrame, rows: pd.DataFrame
) -> pd.DataFrame:
    """Drop those kept rows that no longer hold; return those that are to be written.

    Most features stay where they are when a unit changes, and comparing is cheaper than writing.
    """
    every = pd.concat([each.astype(object) for each in (kept, rows)])
    every = every.where(every.notna(), None)
    every["is_new"] = np.repeat([False, True], [len(kept), len(rows)])
    differing = every[~every.duplicated(COLUMNS, keep=False)]
    gone = differing.loc[~differing["is_new"], ["uid", "level"]]
    if not gone.empty:
        statement = delete(table).where(
            table.c.uid == bindparam("the_uid"), table.c.level == bindparam("the_level")
        )
        connection.execute(statement, _records(gone.add_prefix("the_")))
    return differing.loc[differing["is_new"], COLUMNS]


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    names = [str(name) for name in frame]
    values = zip(*(frame[name].tolist() for name in names), strict=True)
    return [dict(zip(names, row, strict=True)) for row in values]


def territory_rows(
    key: str, features: GeoDataFrame, units: Mapping[str, GeoDataFrame]
) -> pd.DataFrame:
    """Locate the features of kind `key`; a unit belongs to units of its own level and above."""
    if features.empty:
        return pd.DataFrame(columns=COLUMNS)
    rows = locate(features.geometry, units)
    if key in LEVELS:
        rows = rows[rows["level"].isin(LEVELS[LEVELS.index(key) :])]
    return rows


def stored_rows(connection: Connection, metadata: MetaData, key: str) -> pd.DataFrame:
    """Read the kept territory of a kind."""
    table = metadata.tables["gg_territory"]
    columns = [table.c[name] for name in COLUMNS]
    found = connection.execute(select(*columns).where(table.c.layer == key)).all()
    values = zip(*found, strict=True) if found else ([] for _ in COLUMNS)
    return pd.DataFrame(dict(zip(COLUMNS, values, strict=True)))


def by_level(rows: pd.DataFrame, index: pd.Index) -> pd.DataFrame:
    """Spread territory rows to one row a feature: a column a level, and the boundary case.

    `on_boundary` and `second_unit` are those of the finest level that has a unit there.
    """
    here = rows[rows["uid"].isin(index)]
    by_uid = {level: here[here["level"] == level].set_index("uid") for level in LEVELS}
    wide = pd.DataFrame({level: by_uid[level]["unit_uid"].reindex(index) for level in LEVELS})
    finest = pd.concat([by_uid[level] for level in LEVELS])
    finest = finest[~finest.index.duplicated()].reindex(index)
    second = finest["second_unit_uid"].astype(object)
    return (
        wide.astype(object)
        .where(wide.notna(), None)
        .assign(
            on_boundary=finest["on_boundary"].eq(other=True),
            second_unit=second.where(second.notna(), None),
        )
    )
