"""Covered shares the slow and obvious way: cells that shapely cuts, measures and finds the
distance of.
"""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import shapely
from geopandas import GeoSeries
from pandas import DataFrame
from shapely import STRtree
from shapely.geometry.base import BaseGeometry

from gis.covering.share import share_covered
from tests.gis import zoo

Shapes = npt.NDArray[np.object_]


def layer(*shapes: object, index: object = None, crs: object = zoo.CRS) -> GeoSeries:
    return GeoSeries(list(shapes), index=index, crs=crs)


def assert_sound(found: DataFrame, max_error: float) -> None:
    measured = found.dropna()
    assert (measured["lower"] >= 0).all()
    assert (measured["upper"] <= 1).all()
    assert (measured["lower"] <= measured["covered_share"]).all()
    assert (measured["covered_share"] <= measured["upper"]).all()
    assert (measured["upper"] - measured["lower"] <= 2 * max_error).all()


def assert_agrees(
    zone: BaseGeometry, targets: Sequence[BaseGeometry], radius_m: float, name: str = ""
) -> None:
    """Compare with cells of the zone that shapely cuts, measures, and finds the distance of.

    A cell whose middle is so far from `radius_m` that no part of it can be on the other side is
    sure; so the true share lies between what is surely covered and what is not surely uncovered.
    """
    surely_m2 = possibly_m2 = 0.0
    for part in shapely.get_parts(zone):
        cells, half_m = cut(part, 60)
        area_m2, middles = shapely.area(cells), shapely.centroid(shapely.envelope(cells))
        distance_m = shapely.distance(middles[:, None], np.array(targets)[None, :]).min(axis=1)
        surely_m2 += area_m2[distance_m <= radius_m - half_m].sum()
        possibly_m2 += area_m2[distance_m <= radius_m + half_m].sum()

    found = share_covered(layer(zone), layer(*targets), radius_m)
    assert_sound(found, 1e-4)
    assert found["upper"].iloc[0] >= surely_m2 / zone.area - 1e-9, name
    assert found["lower"].iloc[0] <= possibly_m2 / zone.area + 1e-9, name


def cut(part: BaseGeometry, count: int) -> tuple[Shapes, float]:
    """Cut an area along `count` by `count` rectangles; give the cells and half their diagonal."""
    west, south, east, north = part.bounds
    x, width = np.linspace(west, east, count, endpoint=False, retstep=True)
    y, height = np.linspace(south, north, count, endpoint=False, retstep=True)
    x, y = (grid.ravel() for grid in np.meshgrid(x, y))
    cells = shapely.intersection(shapely.box(x, y, x + width, y + height), part)
    return cells[shapely.area(cells) > 0], math.hypot(width, height) / 2


def cut_into_squares(zones: GeoSeries, size_m: float) -> tuple[Shapes, npt.NDArray[np.intp], float]:
    """Cut zones along a map grid; give the cells, their zones' positions, half a diagonal."""
    west, south, east, north = np.floor(zones.total_bounds / size_m) * size_m
    columns, rows = np.arange(west, east + size_m, size_m), np.arange(south, north + size_m, size_m)
    x, y = (grid.ravel() for grid in np.meshgrid(columns, rows))
    tree = STRtree(shapely.box(x, y, x + size_m, y + size_m))
    owner, square = tree.query(zones.array, predicate="intersects")
    cells = shapely.intersection(tree.geometries[square], zones.array[owner])
    kept = shapely.area(cells) > 0
    return cells[kept], owner[kept], size_m / math.sqrt(2)
