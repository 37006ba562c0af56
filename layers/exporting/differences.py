"""A difference between two states as a GeoPackage, for a desktop GIS.

For each layer that differs one layer of its features as they became, of what was removed as they
were, with the column `change`; and beside it, named `..._before`, what was changed or removed as
it was before. The table `summary` counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyogrio
from geopandas import GeoDataFrame

from layers.exporting.vector import content_of, layer_type
from layers.kinds import Kind
from layers.store import KindDiff, StoreDiff

# Columns that come before those of the kind.
_MARKS = ["change", "changed_fields", "moved"]


def write_differences(diff: StoreDiff, path: Path) -> None:
    """Write a difference to a GeoPackage that is not there yet."""
    for name, kind, frame in _layers(diff):
        pyogrio.write_dataframe(
            content_of(kind, frame),
            path,
            layer=name,
            driver="GPKG",
            geometry_type=layer_type(kind),
            append=path.exists(),
            use_arrow=True,  # keeps dates as dates
        )
    pyogrio.write_dataframe(
        _summary(diff), path, layer="summary", driver="GPKG", append=path.exists()
    )


def _layers(diff: StoreDiff) -> Iterator[tuple[str, Kind, GeoDataFrame]]:
    for key, each in diff.kinds.items():
        rows = each.frame().drop(columns="geometry_before")
        yield key, each.kind, _dated(rows, diff)
        if not each.before.empty:
            yield f"{key}_before", each.kind, _dated(_before(each, rows), diff)


def _before(each: KindDiff, rows: GeoDataFrame) -> GeoDataFrame:
    was = each.before.copy()
    for at, name in enumerate(_MARKS):
        was.insert(at, name, rows[name].loc[was.index])
    return was


def _dated(rows: GeoDataFrame, diff: StoreDiff) -> GeoDataFrame:
    """Say on each row between which changesets it is a difference."""
    return rows.assign(since=diff.since, until=diff.until)


def _summary(diff: StoreDiff) -> pd.DataFrame:
    rows = [
        (key, change, count, diff.since, diff.until)
        for key, counts in diff.counts.items()
        for change, count in counts.items()
    ]
    columns = ["layer", "change", "features", "since", "until"]
    return pd.DataFrame(rows, columns=columns).astype(
        {"layer": "str", "change": "str", "features": "int64", "since": "int64", "until": "int64"}
    )
