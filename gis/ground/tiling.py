"""Whether units tile the ground: no gap, no overlap, each in its parent.

A *unit* is an area of one level, a *parent* an area of the level above. Neighbours drawn in two
surveys never share every vertex: what is narrower than a tolerance is rounding, and not said. The
*width* of a fault is that of the largest circle in it; a fault narrower than a sliver's width is a
sliver, however long it is and whatever its area.
"""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame, GeoSeries
from numpy.typing import NDArray
from pandas import Series
from shapely import STRtree

from gis.contracts import (
    as_geometries,
    present,
    require_family,
    require_finite,
    require_number,
    require_unique_index,
    require_valid,
)
from gis.crs import require_metres
from gis.errors import IndexMismatchError
from gis.ground.widths import narrow_side, widths
from gis.nearness.distance import label_rank, take_labels

__all__ = ["FAULTS", "shares_in_parents", "tiling_faults"]

Geometries = NDArray[np.object_]
Positions = NDArray[np.intp]

FAULTS = ("gap", "overlap", "bulge")
"""Ground of a parent in no unit; in two units; of a unit outside its parent."""


class _Faults(NamedTuple):
    """Pieces of ground; `unit` and `other` are positions, -1 for none."""

    fault: str
    shapes: Geometries
    unit: Positions
    other: Positions


def tiling_faults(
    units: GeoSeries | GeoDataFrame,
    parents: GeoSeries | GeoDataFrame | None = None,
    parent_of: Series | None = None,
    *,
    tolerance_m: float = 0.1,
    sliver_m: float = 1.0,
) -> GeoDataFrame:
    """Find the gaps and overlaps of units, and where they bulge out of their parents.

    Parameters
    ----------
    units, parents
        Areas in the same metric CRS, valid, uniquely labelled. Without parents a gap is a hole
        that the units enclose.
    parent_of
        For each unit the label of its parent, missing where it has none or is not known: then it
        cannot bulge. Indexed as `units`.
    tolerance_m
        Metres of width up to which a fault is rounding.
    sliver_m
        Metres of width up to which a fault is a sliver.

    Returns
    -------
    GeoDataFrame
        One row for each piece of ground, by fault, unit and place: `fault` (of `FAULTS`), `unit`
        and `other` (labels; a gap has the parent, an overlap the second unit, a bulge the parent
        as `other`), `area_m2`, `width_m`, `is_sliver`.

    Raises
    ------
    CrsMissingError, CrsNotMetricError, CrsMismatchError, GeometryFamilyError,
    GeometryNotFiniteError, GeometryInvalidError, DuplicateIndexError, IndexMismatchError,
    NumberError

    Examples
    --------
    >>> from shapely import box
    >>> grids = GeoSeries([box(0, 0, 10, 10), box(9.5, 0, 18, 10)], index=["w", "e"], crs=32650)
    >>> street = GeoSeries([box(0, 0, 20, 10)], index=["s"], crs=32650)
    >>> found = tiling_faults(grids, street, Series("s", index=grids.index))
    >>> found[["fault", "unit", "other", "area_m2", "width_m", "is_sliver"]]
         fault unit other  area_m2  width_m  is_sliver
    0      gap  NaN     s     20.0      2.0      False
    1  overlap    e     w      5.0      0.5       True
    """
    units = as_geometries("units", units)
    layers = {"units": units}
    if parents is not None:
        layers["parents"] = parents = as_geometries("parents", parents)
    require_metres(**layers)
    for argument, layer in layers.items():
        require_family(argument, layer, ["area"])
        require_finite(argument, layer)
        require_valid(argument, layer)
    require_unique_index(**layers)
    require_number("tolerance_m", tolerance_m, least=0.0)
    require_number("sliver_m", sliver_m, least=tolerance_m)

    shapes = _areas(units)
    found = [_overlaps(shapes, label_rank(units.index))]
    if parents is None:
        found.append(_holes(shapes))
    else:
        found.append(_gaps(shapes, _areas(parents)))
        found.append(_bulges(shapes, _areas(parents), _positions(units, parents, parent_of)))
    labels = parents.index if parents is not None else units.index
    frames = [
        _frame(each, units, labels, tolerance_m=tolerance_m, sliver_m=sliver_m) for each in found
    ]
    return _in_order(GeoDataFrame(pd.concat(frames), crs=units.crs), units.index)


def shares_in_parents(
    units: GeoSeries | GeoDataFrame, parents: GeoSeries | GeoDataFrame
) -> pd.DataFrame:
    """Tell which part of each unit lies in which parents.

    Returns
    -------
    DataFrame
        One row for each pair that has ground in common, by unit in the order of `units`, the
        largest share first: `unit`, `parent` (labels), `share` (0 to 1, of the unit's area).

    Raises
    ------
    CrsMissingError, CrsNotMetricError, CrsMismatchError, GeometryFamilyError, GeometryInvalidError

    Examples
    --------
    >>> from shapely import box
    >>> grids = GeoSeries([box(0, 0, 10, 10)], index=["g"], crs=32650)
    >>> streets = GeoSeries([box(0, 0, 8, 10), box(8, 0, 9, 10)], index=["a", "b"], crs=32650)
    >>> shares_in_parents(grids, streets)
      unit parent  share
    0    g      a    0.8
    1    g      b    0.1
    """
    units, parents = as_geometries("units", units), as_geometries("parents", parents)
    require_metres(units=units, parents=parents)
    for argument, layer in (("units", units), ("parents", parents)):
        require_family(argument, layer, ["area"])
        require_valid(argument, layer)
    shapes, above = _areas(units), _areas(parents)
    parent, unit = STRtree(shapes).query(above, predicate="intersects")
    common_m2 = shapely.area(shapely.intersection(shapes[unit], above[parent]))
    shared = common_m2 > 0
    unit, parent, common_m2 = unit[shared], parent[shared], common_m2[shared]
    order = np.lexsort((label_rank(parents.index)[parent], -common_m2, unit))
    return pd.DataFrame(
        {
            "unit": take_labels(units.index, unit[order]),
            "parent": take_labels(parents.index, parent[order]),
            "share": common_m2[order] / shapely.area(shapes[unit[order]]),
        }
    )


def _areas(layer: GeoSeries) -> Geometries:
    values = np.array(layer.array, dtype=object)
    values[~present(layer)] = None
    return values


def _positions(units: GeoSeries, parents: GeoSeries, parent_of: Series | None) -> Positions:
    """Find the position of each unit's parent, -1 where it has none."""
    if parent_of is None:
        return np.full(len(units), -1, dtype=np.intp)
    if not parent_of.index.equals(units.index):
        raise IndexMismatchError(argument="parent_of", other="units")
    found: Positions = parents.index.get_indexer(parent_of)
    return found


def _overlaps(shapes: Geometries, rank: Positions) -> _Faults:
    """Cut pairs of units; the one with the smaller label comes first."""
    one, two = STRtree(shapes).query(shapes, predicate="intersects")
    first = rank[one] < rank[two]
    one, two = one[first], two[first]
    shapely.prepare(shapes)
    # Neighbours that only share a border are most of the pairs, and are told apart quickly.
    inside = ~shapely.touches(shapes[one], shapes[two])
    one, two = one[inside], two[inside]
    common = shapely.intersection(shapes[one], shapes[two])
    pieces, pair = _pieces(common)
    return _Faults("overlap", pieces, one[pair], two[pair])


def _gaps(shapes: Geometries, parents: Geometries) -> _Faults:
    """Take all units out of each parent: the neighbour's ground is a bulge, no gap."""
    whole = shapely.union_all(shapes)
    pieces, parent = _pieces(shapely.difference(parents, whole))
    return _Faults("gap", pieces, np.full(len(parent), -1), parent)


def _holes(shapes: Geometries) -> _Faults:
    """Find the ground that units enclose without covering it."""
    whole, _ = _pieces(np.array([shapely.union_all(shapes)], dtype=object))
    rings = [ring for part in whole for ring in part.interiors]
    nobody = np.full(len(rings), -1)
    return _Faults("gap", shapely.polygons(rings) if rings else whole[:0], nobody, nobody)


def _bulges(shapes: Geometries, parents: Geometries, parent_of: Positions) -> _Faults:
    has_parent = np.flatnonzero(parent_of >= 0)
    shapely.prepare(parents)
    above = parents[parent_of[has_parent]]
    out = ~shapely.covers(above, shapes[has_parent])
    unit = has_parent[out]
    pieces, which = _pieces(shapely.difference(shapes[unit], above[out]))
    return _Faults("bulge", pieces, unit[which], parent_of[unit[which]])


def _pieces(shapes: Geometries) -> tuple[Geometries, Positions]:
    """Take shapes apart into polygons, leaving out lines and points."""
    parts, row = shapely.get_parts(shapes, return_index=True)
    while (shapely.get_type_id(parts) >= shapely.GeometryType.MULTIPOINT).any():
        parts, inner = shapely.get_parts(parts, return_index=True)
        row = row[inner]
    areas = (shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & ~shapely.is_empty(parts)
    return parts[areas], row[areas]


def _frame(
    found: _Faults,
    units: GeoSeries,
    parents: "pd.Index[Any]",
    *,
    tolerance_m: float,
    sliver_m: float,
) -> GeoDataFrame:
    shapes, unit, other = found.shapes, found.unit, found.other
    # Most pieces are crumbs of rounding, which fit into a narrow box.
    widest_m = narrow_side(shapes)
    kept = widest_m > tolerance_m
    shapes, unit, other, widest_m = shapes[kept], unit[kept], other[kept], widest_m[kept]
    width_m = widths(shapes, widest_m)
    kept = width_m > tolerance_m
    return GeoDataFrame(
        {
            "fault": found.fault,
            "unit": take_labels(units.index, unit[kept]),
            "other": take_labels(units.index if found.fault == "overlap" else parents, other[kept]),
            "area_m2": shapely.area(shapes[kept]),
            "width_m": np.round(width_m[kept], 3),
            "is_sliver": width_m[kept] <= sliver_m,
        },
        geometry=shapes[kept],
        crs=units.crs,
    )


def _in_order(found: GeoDataFrame, labels: "pd.Index[Any]") -> GeoDataFrame:
    """Sort by fault, unit and place, whatever the order of the units was."""
    rank = pd.Series(label_rank(labels), index=labels)
    unit = found["unit"].map(rank).fillna(-1).to_numpy()
    x, y = (np.round(each, 3) for each in shapely.bounds(found.geometry.array)[:, :2].T)
    fault = found["fault"].map(FAULTS.index).to_numpy()
    return found.iloc[np.lexsort((y, x, unit, fault))].reset_index(drop=True)
