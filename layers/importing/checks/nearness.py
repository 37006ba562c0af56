"""Places among other places: outside the territory, or where another of the kind already is."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame, GeoSeries

from gis.ground.location import distance_outside
from gis.nearness.duplicates import find_duplicates
from layers.importing.checks.rows import Rows, still_valid
from layers.kinds import Kind
from layers.territory import LEVELS

# Units of a level that leave out more than this share of the territory divide it only in part.
_WHOLE_SHARE = 0.99
# A crack between two surveys loses nobody; see `gis.locate_in_units`.
_TOLERANCE_M = 1.0


def may_lie_outside(kind: Kind) -> bool:
    """Tell whether places of `kind` belong into the territory."""
    return kind.is_spatial and kind.key != LEVELS[-1]


def may_repeat(kind: Kind) -> bool:
    """Tell whether two features of `kind` at one place are probably one."""
    return kind.is_spatial and kind.near_m >= 0


def check_territory(rows: Rows) -> None:
    """Say which rows lie outside the territory, or in none of the units that divide it."""
    levels = [level for level in rows.register.levels if _is_above(level, rows.kind)]
    if not levels:
        return
    places = rows.places.where(rows.judged)
    coarsest, finest = levels[0], levels[-1]
    outside_m = distance_outside(places, rows.register.units(coarsest).geometry)
    beyond = outside_m > max(rows.kind.beyond_m, _TOLERANCE_M)
    for row in np.flatnonzero(beyond.to_numpy()).tolist():
        values = {"distance_m": _metres(outside_m.iloc[row]), "level": coarsest}
        rows.findings.add(row, "outside_territory", None, **values)
    if finest == coarsest or not _divides(rows, finest, coarsest):
        return
    within = places.where((outside_m <= _TOLERANCE_M).to_numpy())
    gap_m = distance_outside(within, rows.register.units(finest).geometry)
    for row in np.flatnonzero((gap_m > _TOLERANCE_M).to_numpy()).tolist():
        values = {"distance_m": _metres(gap_m.iloc[row]), "level": finest}
        rows.findings.add(row, "in_no_unit", None, **values)


def _is_above(level: str, kind: Kind) -> bool:
    return kind.key not in LEVELS or LEVELS.index(level) > LEVELS.index(kind.key)


def _divides(rows: Rows, finest: str, coarsest: str) -> bool:
    """Tell whether the finest units cover the coarsest ones nearly whole."""
    areas = [rows.register.units(level).area.sum() for level in (finest, coarsest)]
    return bool(areas[0] >= _WHOLE_SHARE * areas[1])


def check_duplicates(rows: Rows) -> None:
    """Say which rows are where another row, or a feature of the store, already is."""
    here = rows.places[rows.judged & still_valid(rows.fields)]
    there = _others(rows)
    both = pd.concat([here, there]) if len(there) else here
    found = find_duplicates(GeoSeries(both, crs=rows.places.crs), near_m=rows.kind.near_m)
    keys = {} if rows.others is None else rows.others[rows.kind.key_field].to_dict()
    names = ("other", "same", "distance_m", "overlap_share")
    twins = zip(*(found[name].tolist() for name in names), strict=True)
    for label, (other, *how) in zip(found.index.tolist(), twins, strict=True):
        if isinstance(label, str):
            continue  # a feature of the store that nobody asked about
        code, more = _how(rows.kind, *how)
        if isinstance(other, str):
            rows.findings.add(label, f"{code}_in_store", None, key=_key(other, keys), **more)
        else:
            row = int(rows.findings.row_numbers[int(other)])
            rows.findings.add(label, f"{code}_in_file", None, row=row, **more)


def _others(rows: Rows) -> GeoSeries:
    if rows.others is None or rows.others.empty:
        return GeoSeries([], crs=rows.places.crs)
    valid: GeoDataFrame = rows.others[still_valid(rows.others)]
    return rows.register.in_metres(valid.geometry)


def _how(
    kind: Kind, same: object, distance_m: float, share: float
) -> tuple[str, dict[str, object]]:
    """Name what two have in common, and give its measure."""
    if same:
        return "same_place", {}
    if not math.isnan(distance_m):
        return "near", {"distance_m": round(distance_m, 2), "allowed": kind.near_m}
    return "overlaps", {"percent": round(100 * share)}


def _key(uid: str, keys: dict[str, object]) -> str:
    key = keys.get(uid)
    return key if isinstance(key, str) and key else uid


def _metres(distance_m: float) -> float:
    """Round to what people read: decimetres nearby, metres farther off."""
    return round(float(distance_m), 1 if distance_m < 100 else None)
