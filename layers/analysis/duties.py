"""The ground of responsibilities: drawn, or that of the units they name, sort by sort.

A *duty* is what is judged together: one role at one level, such as heads of grids, or sponsors of
communities. Sponsors of communities and sponsors of grids stand above each other and never compete.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame, GeoSeries
from numpy.typing import NDArray

from gis.contracts import present
from gis.validity import exists_on
from layers.kinds import LIST_SEPARATOR
from layers.territory import LEVELS

__all__ = ["DRAWN", "LEFT_OUT", "Duty", "areas_of", "by_duty"]

DRAWN = "drawn"
"""The level of responsibilities that are drawn and name no units."""

LEFT_OUT = ("no_holder", "no_geometry", "not_begun", "unit_unknown", "unit_no_area", "invalid")
"""Why a responsibility was not looked at."""

_DEPUTY = "B"

# Gives the features of a kind that hold on the day, in metres, with their codes.
Reader = Callable[[str], GeoDataFrame]


class Duty(NamedTuple):
    """One role at one level."""

    role: str
    level: str


def areas_of(rows: GeoDataFrame, read: Reader) -> tuple[GeoDataFrame, pd.Series[str]]:
    """Give every responsibility its ground, and say why some have none.

    Parameters
    ----------
    rows
        Responsibilities in metres.
    read
        Reads the units that they name.

    Returns
    -------
    rows
        With a geometry where there is one; `level` says of what kind the named units are.
    reasons
        By uid, of `LEFT_OUT`, for rows without ground that can be measured.
    """
    level = rows["unit_kind"].where(rows["unit_kind"].notna(), DRAWN).astype(object)
    shapes = rows.geometry.copy()
    drawn = present(shapes)
    reasons = pd.Series("no_geometry", index=rows.index[~drawn], dtype=object)
    lists = rows.loc[~drawn & rows["unit_codes"].notna(), ["unit_kind", "unit_codes"]]
    for kind, named in lists.groupby("unit_kind"):
        found = _grounds(named["unit_codes"], _units(str(kind), read))
        shapes[found.index] = GeoSeries(found["ground"], crs=rows.crs)
        reasons[found.index] = found["reason"]
    there = present(shapes)
    reasons = reasons[~reasons.index.isin(rows.index[there])]
    broken = there & ~shapes.is_valid
    shapes[broken] = None
    reasons = pd.concat([reasons, pd.Series("invalid", index=rows.index[broken], dtype=object)])
    return rows.set_geometry(shapes).assign(level=level), reasons.rename("reason")


def by_duty(
    rows: GeoDataFrame, *, roles: Collection[str] | None, plan: str, on: dt.date
) -> dict[Duty, GeoDataFrame]:
    """Sort responsibilities by duty, for one plan; those without a plan hold in every plan.

    Without `roles` only duties that name units of the territory are taken, which ought to cover
    it; of these roles, what is drawn counts at the finest level. Deputies answer where no first
    post does.
    """
    rows = rows[rows["plan"].isna() | (rows["plan"] == plan)]
    levels = {role: set(part["level"]) for role, part in rows.groupby("role")}
    if roles is None:
        roles = {role for role, found in levels.items() if found & set(LEVELS)}
    found: dict[Duty, GeoDataFrame] = {}
    for role in sorted(roles):
        mine = rows[rows["role"] == role]
        finest = next((each for each in LEVELS if each in levels.get(role, ())), DRAWN)
        mine = mine.assign(level=mine["level"].where(mine["level"] != DRAWN, finest))
        for level, part in mine.groupby("level"):
            found[Duty(role, str(level))] = _standing_back(part, on)
    return found


def _units(kind: str, read: Reader) -> GeoSeries:
    """Give the ground of units by code; a compound without an area is its buildings."""
    units = read(kind)
    units = units[units["code"].notna()]
    shapes = units.geometry
    if kind == "compound":
        lists = units.loc[~present(shapes), "building_codes"].dropna()
        if len(lists):
            made = _grounds(lists, _units("building", read))["ground"].dropna()
            shapes = shapes.copy()
            shapes[made.index] = GeoSeries(made, crs=shapes.crs)
    shapes = shapes.set_axis(pd.Index(units["code"].astype(str)))
    return shapes[~shapes.index.duplicated(keep=False)]


def _grounds(lists: pd.Series[str], units: GeoSeries) -> pd.DataFrame:
    """Unite the ground of the units that each list names, and say what of it is missing."""
    codes = lists.str.split(LIST_SEPARATOR).explode().str.strip()
    at = units.index.get_indexer(pd.Index(codes))
    shapes = np.asarray(units.array, dtype=object)
    shape: NDArray[np.object_] = np.full(len(at), None, dtype=object)
    shape[at >= 0] = shapes[at[at >= 0]]
    shape[~shapely.is_valid(shape)] = None
    lacking = np.where(at < 0, "unit_unknown", "unit_no_area")
    rows = pd.DataFrame({"shape": shape, "reason": lacking}, index=codes.index)
    grouped = rows.groupby(level=0)
    ground = {uid: _united(list(part)) for uid, part in grouped["shape"]}
    reason = grouped["reason"].max()
    return pd.DataFrame({"ground": pd.Series(ground, dtype=object), "reason": reason})


def _united(shapes: list[shapely.Geometry | None]) -> shapely.Geometry | None:
    known = [shape for shape in shapes if shape is not None]
    if len(known) < 2:
        return known[0] if known else None
    return shapely.union_all(known)


def _standing_back(rows: GeoDataFrame, on: dt.date) -> GeoDataFrame:
    """Take from the ground of deputies what somebody answers for in the first place."""
    runs = exists_on(rows, on, argument="responsibilities")
    there = present(rows.geometry)
    deputy = (rows["post_rank"] == _DEPUTY).fillna(value=False).to_numpy(bool)
    first = rows[runs & there & ~deputy]
    if not deputy.any() or first.empty:
        return rows
    shapes = rows.geometry.copy()
    tree = first.sindex
    for uid in rows.index[deputy & there]:
        near = tree.query(shapes[uid], predicate="intersects")
        if len(near):
            rest = shapes[uid].difference(shapely.union_all(first.geometry.array[near]))
            shapes[uid] = _areas_only(rest)
    in_use = ~deputy | ~there | present(shapes)
    return rows.set_geometry(shapes)[in_use]


def _areas_only(shape: shapely.Geometry) -> shapely.Geometry | None:
    parts = shapely.get_parts(shape)
    areas = parts[shapely.get_dimensions(parts) == 2]
    return shapely.union_all(areas) if len(areas) else None
