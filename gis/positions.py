"""Positions as two columns of numbers, without a geometry object for each.

A million points are 16 MB of coordinates, and 200 MB more as objects, which take longer to make
than most questions take to answer. Where a measure takes `Positions`, it takes them as they are.
"""

from dataclasses import dataclass, field
from typing import Self

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame, GeoSeries
from numpy.typing import NDArray
from pyproj import CRS

from gis.contracts import Geometries, as_geometries, require_family
from gis.errors import ArgumentTypeError, GeometryNotFiniteError

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

__all__ = ["Positions", "coordinates_of_points"]


@dataclass(frozen=True, eq=False)
class Positions:
    """Where n places are.

    Parameters
    ----------
    coordinates
        (n, 2) float64, east and north, or longitude and latitude; NaN for a place without any.
    crs
        Their reference system; None is not known.
    index
        The labels of the places; numbered from 0 by default.

    Raises
    ------
    ArgumentTypeError

    Examples
    --------
    >>> Positions(np.array([[0.0, 0.0], [9.0, 0.0]]), CRS.from_epsg(32650))
    Positions(2, EPSG:32650)
    """

    coordinates: Floats
    crs: CRS | None
    index: pd.Index = field(default_factory=lambda: pd.RangeIndex(0))

    def __post_init__(self) -> None:
        """Refuse what is not two columns of numbers, and number the rows unless they are named."""
        given = np.asarray(self.coordinates)
        if given.ndim != 2 or given.shape[1] != 2 or given.dtype != np.float64:
            found = f"{given.dtype}{list(given.shape)}"
            raise ArgumentTypeError(argument="coordinates", found=found, allowed="float64[n, 2]")
        if not len(self.index):
            object.__setattr__(self, "index", pd.RangeIndex(len(given)))
        if len(self.index) != len(given):
            found = f"{len(self.index)} labels"
            raise ArgumentTypeError(argument="index", found=found, allowed=f"{len(given)} labels")

    def __len__(self) -> int:
        return len(self.coordinates)

    def __repr__(self) -> str:
        """Say how many there are, and in which system."""
        name = None if self.crs is None else self.crs.to_string()
        return f"Positions({len(self)}, {name})"

    @classmethod
    def of(cls, points: GeoSeries | GeoDataFrame) -> Self:
        """Take the coordinates of points; one without geometry has none.

        Raises
        ------
        ArgumentTypeError, GeometryFamilyError
        """
        series = as_geometries("points", points)
        shapes = np.asarray(series.array, dtype=object)
        if (shapely.get_type_id(shapes) > shapely.GeometryType.POINT).any():
            require_family("points", series, ["point"])
            raise ArgumentTypeError(argument="points", found="MultiPoint", allowed="Point")
        return cls(coordinates_of_points(shapes)[0], series.crs, series.index)

    def known(self, argument: str) -> Mask:
        """Tell which places have a position.

        Raises
        ------
        GeometryNotFiniteError
            One is infinite.
        """
        x, y = self.coordinates.T
        known: Mask = np.isfinite(x) & np.isfinite(y)
        infinite = np.isinf(self.coordinates).any(axis=1) if not known.all() else ~known
        if infinite.any():
            raise GeometryNotFiniteError(
                argument=argument,
                label=self.index[int(infinite.argmax())],
                rows=int(infinite.sum()),
            )
        return known

    def to_series(self) -> GeoSeries:
        """Make a point of each position, and nothing of one that is not known."""
        known = self.known("positions")
        points = np.full(len(self), None, dtype=object)
        points[known] = shapely.points(self.coordinates[known])
        return GeoSeries(points, index=self.index, crs=self.crs)


def coordinates_of_points(shapes: Geometries) -> tuple[Floats, Mask]:
    """Give the coordinates of single points, NaN for others, and tell which shapes those are.

    Examples
    --------
    >>> coordinates, known = coordinates_of_points(np.array([shapely.Point(1, 2), None]))
    >>> coordinates
    array([[ 1.,  2.],
           [nan, nan]])
    >>> known
    array([ True, False])
    """
    found = shapely.get_coordinates(shapes)
    known = shapely.get_type_id(shapes) == shapely.GeometryType.POINT
    if len(found) == len(shapes) and known.all():
        return found, known
    known &= ~shapely.is_empty(shapes)
    coordinates = np.full((len(shapes), 2), np.nan)
    coordinates[known] = shapely.get_coordinates(shapes[known])
    return coordinates, known
