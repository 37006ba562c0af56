"""Areas of grids and compounds, made out of lists of their buildings.

Many registers know which buildings a grid has, and nobody ever drew the grid. An area is made for
every list, so that together they *tile* the ground: no gap, no overlap. Borders follow roads and
water where these part the lists, and elsewhere run midway between the nearest buildings.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame, GeoSeries
from numpy.typing import NDArray
from pandas import DataFrame

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
from gis.ground.growing import grow, without_strays
from gis.ground.nearest_regions import nearest_regions
from gis.ground.subdivision import borders, faces_between, linework
from gis.nearness.distance import label_rank

__all__ = ["AreasResult", "areas_from_buildings"]

# Borders between cells reach this far beyond them, so that they surely cross the cell's own.
_OVERSHOOT_M = 0.1
# Less than this part of a footprint outside its area is rounding.
_WHOLE = 1 - 1e-9
_LEAST_STEP_M = 0.1

Geometries = NDArray[np.object_]
Positions = NDArray[np.intp]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class AreasResult:
    """The areas, and what became of every building.

    Parameters
    ----------
    areas
        Indexed by label, in the order of labels: geometry, `area_m2`, `parts` (more than one
        where the buildings of a list lie apart), `buildings`.
    buildings
        Indexed as the input: `label`; `inside_share`, the part of the footprint that lies in the
        area of its label; `reason` why that is not all, or why it was not used, the first that
        holds of `no_label`, `no_geometry`, `outside` (of the ground), `beyond` (partly outside),
        `overlap` (with a building of another label).
    """

    areas: GeoDataFrame
    buildings: DataFrame


class _Sites(NamedTuple):
    """Footprints in use, in the order of their labels, so that the order of rows is irrelevant."""

    row: Positions
    shape: Geometries
    point: Geometries
    label: Positions


class _Cells(NamedTuple):
    """Ground between barriers, and the regions into which those with several labels are divided.

    `label` is that of all buildings in a cell, -1 where there are none, -2 where there are several.
    """

    shape: Geometries
    label: Positions
    region: Geometries
    region_cell: Positions
    region_label: Positions


_NOBODY = -1
_SEVERAL = -2


def areas_from_buildings(
    buildings: GeoSeries | GeoDataFrame,
    labels: "pd.Series[Any]",
    *,
    barriers: GeoSeries | GeoDataFrame | None = None,
    within: GeoSeries | GeoDataFrame | None = None,
    step_m: float = 4.0,
    simplify_m: float = 1.0,
) -> AreasResult:
    """Make an area for each label, so that the areas tile the ground and hold their buildings.

    Parameters
    ----------
    buildings
        Valid footprints in a metric CRS, uniquely labelled; n rows.
    labels
        The label of each building by its own label, such as the code of its grid; missing for
        buildings that are in no list, which then count for nothing.
    barriers
        Roads, water, railways: lines, or areas, of which the banks count; same CRS.
    within
        The ground that is to be tiled: areas, taken together; same CRS. By default the convex
        hull of the buildings that have a label.
    step_m
        Distance of samples along walls; the smaller, the nearer the border is to the middle.
    simplify_m
        How much borders between buildings are simplified; barriers and walls never are.

    Raises
    ------
    CrsMissingError, CrsNotMetricError, CrsMismatchError, GeometryFamilyError,
    GeometryInvalidError, GeometryNotFiniteError, DuplicateIndexError, IndexMismatchError,
    NumberError

    Notes
    -----
    *Cells.* Barriers cut the ground into cells. A cell whose buildings all have one label is that
    label's; one with several is divided by the nearest building (a Voronoi diagram of the
    footprints, simplified as one coverage).

    *Walls.* Where a footprint reaches into another label's region, across a barrier or onto
    another footprint, its walls cut too, and what is inside is its own; of overlapping footprints
    the smaller takes what they share.

    *Faces.* All these lines are noded together, once: they make a planar subdivision, of which
    every face gets one label. A connected part of a label's faces without any of its buildings is
    given up. Faces without a label are taken, round by round, by the neighbour with the longest
    shared border; those that no round reaches, by the nearest.

    *Proven.* Areas are unions of faces, each in exactly one of them: so they tile the ground
    whatever the input, up to the rounding of crossings (well under 1e-9 of its area), and every
    footprint on the ground that overlaps none of another label lies in its area. *Not proven*
    is that an area is in one part: it is not where its buildings are kept apart by those of others.

    Examples
    --------
    >>> from shapely import box
    >>> houses = GeoSeries([box(0, 0, 10, 10), box(30, 0, 40, 10)], crs=32650)
    >>> ground = GeoSeries([box(-10, -10, 50, 20)], crs=32650)
    >>> result = areas_from_buildings(houses, pd.Series(["w", "e"]), within=ground)
    >>> result.areas["area_m2"].round().tolist()
    [900.0, 900.0]
    """
    footprints = as_geometries("buildings", buildings)
    lines = _optional("barriers", barriers, footprints, ("line", "area"))
    grounds = _optional("within", within, footprints, ("area",))
    _require(footprints, labels, step_m, simplify_m)
    given = labels.reindex(footprints.index)
    names = pd.Index(given.dropna().unique())
    names = names[np.argsort(label_rank(names))]
    code = names.get_indexer(pd.Index(given))
    code[given.isna().to_numpy()] = _NOBODY
    ground = _ground(grounds, footprints, code)
    sites = _sites(footprints, code, ground)
    faces, owner = _divide(ground, sites, _shapes(lines), step_m, simplify_m)
    areas = _dissolved(faces, owner, names, sites, footprints.crs)
    return AreasResult(areas, _account(footprints, given, areas, ground, sites))


def _optional(
    argument: str,
    layer: GeoSeries | GeoDataFrame | None,
    buildings: GeoSeries,
    families: tuple[str, ...],
) -> GeoSeries | None:
    if layer is None:
        return None
    shapes = as_geometries(argument, layer)
    require_metres(buildings=buildings, **{argument: shapes})
    require_family(argument, shapes, families)
    require_finite(argument, shapes)
    require_valid(argument, shapes)
    return shapes


def _require(
    buildings: GeoSeries, labels: "pd.Series[Any]", step_m: float, simplify_m: float
) -> None:
    require_metres(buildings=buildings)
    require_family("buildings", buildings, ["area"])
    require_finite("buildings", buildings)
    require_valid("buildings", buildings)
    require_unique_index(buildings=buildings, labels=labels)
    if len(labels.index.difference(buildings.index)):
        raise IndexMismatchError(argument="labels", other="buildings")
    require_number("step_m", step_m, least=_LEAST_STEP_M)
    require_number("simplify_m", simplify_m, least=0)


def _shapes(layer: GeoSeries | None) -> Geometries:
    if layer is None:
        return np.empty(0, dtype=object)
    return np.asarray(layer.array, dtype=object)[present(layer)]


def _ground(within: GeoSeries | None, buildings: GeoSeries, code: Positions) -> shapely.Geometry:
    if within is not None:
        return shapely.union_all(_shapes(within))
    used = np.asarray(buildings.array, dtype=object)[present(buildings) & (code >= 0)]
    return shapely.convex_hull(shapely.geometrycollections(used))


def _sites(buildings: GeoSeries, code: Positions, ground: shapely.Geometry) -> _Sites:
    shapes = np.asarray(buildings.array, dtype=object)
    row = np.argsort(label_rank(buildings.index))
    row = row[(present(buildings) & (code >= 0))[row]]
    points = shapely.point_on_surface(shapes[row])
    shapely.prepare(ground)
    row = row[shapely.covers(ground, points)]
    return _Sites(row, shapes[row], shapely.point_on_surface(shapes[row]), code[row])


def _divide(
    ground: shapely.Geometry,
    sites: _Sites,
    barriers: Geometries,
    step_m: float,
    simplify_m: float,
) -> tuple[Geometries, Positions]:
    """Cut the ground into faces and give each one the number of a label."""
    if not len(sites.row):
        return np.empty(0, dtype=object), np.empty(0, dtype=np.intp)
    shapely.prepare(ground)
    near = barriers[shapely.intersects(ground, barriers)]
    lines = linework(np.append(near, ground))
    cells, cell = _cells(lines, ground, sites, step_m, simplify_m)
    walled = _needs_walls(sites, cells, cell)
    rims = shapely.intersection(
        shapely.boundary(cells.region),
        shapely.buffer(cells.shape[cells.region_cell], _OVERSHOOT_M),
    )
    faces = faces_between(linework(np.concatenate([lines, rims, sites.shape[walled]])), ground)
    owner = _owners(faces, sites, walled, cells)
    shared = borders(faces)
    site, face = shapely.STRtree(faces).query(sites.point, predicate="intersects")
    home = np.zeros(len(faces), dtype=bool)
    home[face[sites.label[site] == owner[face]]] = True
    return faces, grow(faces, without_strays(owner, home, shared), shared)


def _cells(
    lines: Geometries, ground: shapely.Geometry, sites: _Sites, step_m: float, simplify_m: float
) -> tuple[_Cells, Positions]:
    """Make the cells, and find the one in which each site lies."""
    shapes = faces_between(lines, ground)
    site, found = shapely.STRtree(shapes).query(sites.point, predicate="intersects")
    cell = np.full(len(sites.row), len(shapes))
    np.minimum.at(cell, site, found)  # a point on a barrier is in the first cell beside it
    least, most = np.full(len(shapes), len(sites.row)), np.full(len(shapes), _NOBODY)
    np.minimum.at(least, cell, sites.label)
    np.maximum.at(most, cell, sites.label)
    label = np.where(least < most, _SEVERAL, most)
    divided = np.flatnonzero(label == _SEVERAL)
    parts = [
        nearest_regions(
            shapes[each],
            sites.shape[cell == each],
            sites.label[cell == each],
            step_m=step_m,
            simplify_m=simplify_m,
        )
        for each in divided
    ]
    counts = [len(names) for _, names in parts]
    regions = np.concatenate([np.empty(0, dtype=object), *(shape for shape, _ in parts)])
    owners = np.concatenate([np.empty(0, dtype=np.intp), *(names for _, names in parts)])
    return _Cells(shapes, label, regions, np.repeat(divided, counts), owners), cell


def _needs_walls(sites: _Sites, cells: _Cells, cell: Positions) -> Flags:
    """Mark footprints that are not safely inside what their label gets anyway."""
    shapely.prepare(cells.shape)
    walled = ~shapely.covers(cells.shape[cell], sites.shape)
    divided = cells.label[cell] == _SEVERAL
    site, region = shapely.STRtree(cells.region).query(sites.shape, predicate="covered_by")
    own = (cells.region_cell[region] == cell[site]) & (
        cells.region_label[region] == sites.label[site]
    )
    walled[np.setdiff1d(np.flatnonzero(divided), site[own])] = True
    one, other = shapely.STRtree(sites.shape).query(sites.shape, predicate="intersects")
    walled[one[sites.label[one] != sites.label[other]]] = True
    return walled


def _owners(faces: Geometries, sites: _Sites, walled: Flags, cells: _Cells) -> Positions:
    """Give each face to the footprint around it, or else to the region or the cell it is in."""
    points = shapely.point_on_surface(faces)
    face, found = shapely.STRtree(cells.shape).query(points, predicate="intersects")
    cell = np.zeros(len(faces), dtype=np.intp)
    cell[face] = found
    owner = cells.label[cell]
    face, region = shapely.STRtree(cells.region).query(points, predicate="intersects")
    here = (cells.region_cell[region] == cell[face]) & (owner[face] == _SEVERAL)
    owner[face[here]] = cells.region_label[region[here]]
    owner[owner == _SEVERAL] = _NOBODY
    own = np.flatnonzero(walled)
    face, footprint = shapely.STRtree(sites.shape[own]).query(points, predicate="intersects")
    # The last one written stays: the smallest footprint, of equal ones the first.
    order = np.lexsort((-footprint, -shapely.area(sites.shape[own])[footprint], face))
    owner[face[order]] = sites.label[own][footprint[order]]
    return owner


def _dissolved(
    faces: Geometries, owner: Positions, names: pd.Index, sites: _Sites, crs: Any
) -> GeoDataFrame:
    used = np.unique(owner)
    shapes = [shapely.coverage_union_all(faces[owner == each]) for each in used]
    return GeoDataFrame(
        {
            "area_m2": shapely.area(shapes),
            "parts": shapely.get_num_geometries(shapes),
            "buildings": np.bincount(sites.label, minlength=len(names))[used],
        },
        geometry=shapes,
        index=names[used],
        crs=crs,
    )


def _account(
    buildings: GeoSeries,
    labels: "pd.Series[Any]",
    areas: GeoDataFrame,
    ground: shapely.Geometry,
    sites: _Sites,
) -> DataFrame:
    """Say for each building how much of it lies in its own area, and why not all does."""
    share = np.full(len(buildings), np.nan)
    area = areas.geometry.reindex(labels.iloc[sites.row]).to_numpy()
    share[sites.row] = _share_within(area, sites.shape)
    used = np.zeros(len(buildings), dtype=bool)
    used[sites.row] = True
    beyond = np.zeros(len(buildings), dtype=bool)
    beyond[sites.row] = _share_within(np.full(len(sites.row), ground), sites.shape) < 1
    reasons = {
        "no_label": labels.isna().to_numpy(),
        "no_geometry": ~present(buildings),
        "outside": ~used,
        "beyond": beyond,
        "overlap": share < 1,
    }
    reason = np.select(list(reasons.values()), list(reasons), default="").astype(object)
    reason[reason == ""] = None
    columns = {"label": labels, "inside_share": share, "reason": reason}
    return DataFrame(columns, index=buildings.index)


def _share_within(areas: Geometries, shapes: Geometries) -> NDArray[np.float64]:
    """Give the part of each shape that lies in its area, 1 where all but rounding does."""
    shapely.prepare(areas)
    share = np.ones(len(shapes))
    rest = ~shapely.covers(areas, shapes)
    held = shapely.area(shapely.intersection(areas[rest], shapes[rest]))
    held[shapely.is_missing(areas[rest])] = 0.0  # all of its ground was taken by others
    share[rest] = held / shapely.area(shapes[rest])
    share[share >= _WHOLE] = 1.0
    return share
