"""Which unit every feature belongs to: district, street, community and grid.

Territory is derived, never stored by hand and never versioned. At each level a feature belongs to
the unit that holds its point (an area or line: its representative point), so that nothing counts
twice. Where finer units name their parent, the parent is taken from there, and only where that
says nothing by position: a community's figures are then exactly the sum of its grids'. A feature
that has no place, but names its unit by a code, belongs to that unit.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from geopandas import GeoDataFrame, GeoSeries

from gis import locate_in_units

# From the finest to the coarsest: each is the child of the next.
LEVELS = ("grid", "community", "street", "district")

NAMING_COLUMNS = tuple(f"{level}_code" for level in LEVELS)
"""Fields by which a feature without a place says to which unit it belongs."""

COLUMNS = ["uid", "level", "unit_uid", "rule", "on_boundary", "second_unit_uid"]


def locate(places: GeoSeries, units: Mapping[str, GeoDataFrame]) -> pd.DataFrame:
    """Locate places in the units of every level.

    Parameters
    ----------
    places
        Geometries indexed by uid, in a metric CRS; missing ones belong nowhere.
    units
        By level, the units indexed by uid in the same CRS, with `code` and `parent_code`. One
        that is not an area holds nothing.

    Returns
    -------
    territory
        One row for each place and level that has a unit for it, columns `COLUMNS`; `rule` is
        `position` or `parent`.
    """
    known = places[~(places.isna() | places.is_empty)]
    units = {level: frame[_is_area(frame.geometry)] for level, frame in units.items()}
    found: list[pd.DataFrame] = []
    finer: pd.Series | None = None
    for level in LEVELS:
        if level not in units or units[level].empty:
            continue
        here = _by_position(known, units[level].geometry)
        if finer is not None:
            here = _prefer_parents(here, finer, units, level)
        finer = here["unit_uid"].map(_parent_code(units[level]))
        found.append(here.assign(level=level))
    if not found:
        return pd.DataFrame(columns=COLUMNS)
    rows = pd.concat(found).rename_axis("uid").reset_index()
    return rows.loc[rows["unit_uid"].notna(), COLUMNS].reset_index(drop=True)


def places_or_named_units(features: GeoDataFrame, units: Mapping[str, GeoDataFrame]) -> GeoSeries:
    """Give the place of each feature, or else a point in the finest unit that it names.

    A feature names a unit by its code in `NAMING_COLUMNS`; a code that several units have names
    none of them.
    """
    places = features.geometry.copy()
    for level in LEVELS:
        column = f"{level}_code"
        if column not in features or level not in units or units[level].empty:
            continue
        areas = units[level][_is_area(units[level].geometry)].drop_duplicates("code", keep=False)
        points = areas.set_index("code").geometry.representative_point()
        nowhere = places.isna() | places.is_empty
        named = features.loc[nowhere, column].map(points).dropna()
        if not named.empty:
            places[named.index] = GeoSeries(named.to_numpy(), index=named.index, crs=places.crs)
    return places


def _is_area(units: GeoSeries) -> pd.Series:
    return units.geom_type.isin(("Polygon", "MultiPolygon")) & ~units.is_empty


def _by_position(places: GeoSeries, units: GeoSeries) -> pd.DataFrame:
    located = locate_in_units(places, units)
    return pd.DataFrame(
        {
            "unit_uid": located["unit"],
            "rule": "position",
            "on_boundary": located["on_boundary"].astype(bool),
            "second_unit_uid": located["second_unit"],
        },
        index=places.index,
    )


def _parent_code(units: GeoDataFrame) -> pd.Series:
    return units["parent_code"] if "parent_code" in units else pd.Series(dtype=object)


def _prefer_parents(
    here: pd.DataFrame, parent_codes: pd.Series, units: Mapping[str, GeoDataFrame], level: str
) -> pd.DataFrame:
    """Replace the unit found by position by the parent that the finer unit names.

    Where the two differ at a boundary, the one found by position becomes the second.
    """
    by_code = units[level].reset_index(names="unit_uid").drop_duplicates("code", keep=False)
    named = parent_codes.map(by_code.set_index("code")["unit_uid"])
    from_parent = named.notna()
    result = here.copy()
    swapped = from_parent & (named == here["second_unit_uid"])
    result.loc[swapped, "second_unit_uid"] = here.loc[swapped, "unit_uid"]
    result.loc[from_parent, "unit_uid"] = named[from_parent]
    result.loc[from_parent, "rule"] = "parent"
    return result
