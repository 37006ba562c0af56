"""Square cells over a ground, where there are no units to count by."""

import numpy as np
import shapely
from geopandas import GeoDataFrame, GeoSeries

from gis.contracts import as_geometries, present, require_family, require_finite, require_number
from gis.crs import require_metres

__all__ = ["MOST_CELLS", "square_cells"]

MOST_CELLS = 1_000_000
"""More cells than this are refused: a side in the wrong unit."""


def square_cells(ground: GeoSeries | GeoDataFrame, side_m: float) -> GeoDataFrame:
    """Lay squares over the ground, whole ones, wherever they have any of it.

    Cells begin at multiples of `side_m`, so that two grounds in one CRS get the same cells.

    Parameters
    ----------
    ground
        Areas in a metric CRS, taken together.
    side_m
        Metres.

    Returns
    -------
    cells
        Indexed by `x{column}y{row}`, counted from the south-western one: `inside_m2`, the part of
        the cell that is ground; geometry. From west to east, south to north in each column.

    Raises
    ------
    CrsMissingError, CrsNotMetricError, GeometryFamilyError, GeometryNotFiniteError, NumberError

    Examples
    --------
    >>> town = GeoSeries([shapely.box(0, 0, 250, 100)], crs=32650)
    >>> square_cells(town, 100)["inside_m2"].to_dict()
    {'x0y0': 10000.0, 'x1y0': 10000.0, 'x2y0': 5000.0}
    """
    layer = as_geometries("ground", ground)
    require_metres(ground=layer)
    require_family("ground", layer, ["area"])
    require_finite("ground", layer)
    require_number("side_m", side_m, least=0.001)
    whole = shapely.union_all(layer.array[present(layer)])
    if whole.is_empty:
        return GeoDataFrame({"inside_m2": []}, geometry=[], crs=layer.crs)
    low_x, low_y, high_x, high_y = np.asarray(whole.bounds) / side_m
    first = np.floor([low_x, low_y])
    columns, rows = (np.ceil([high_x, high_y]) - first).astype(int).tolist()
    require_number("cells", columns * rows, least=1, most=MOST_CELLS)
    column, row = (each.ravel() for each in np.mgrid[:columns, :rows])
    west, south = (first[0] + column) * side_m, (first[1] + row) * side_m
    squares = shapely.box(west, south, west + side_m, south + side_m)
    shapely.prepare(whole)
    met = np.flatnonzero(shapely.intersects(whole, squares))
    inside = ~shapely.covers(whole, squares[met])
    inside_m2 = np.full(len(met), float(side_m) ** 2)
    inside_m2[inside] = shapely.area(shapely.intersection(squares[met[inside]], whole))
    kept = inside_m2 > 0
    labels = [f"x{c}y{r}" for c, r in zip(column[met], row[met], strict=True)]
    cells = GeoDataFrame(
        {"inside_m2": inside_m2}, index=labels, geometry=squares[met], crs=layer.crs
    )
    return cells[kept]
