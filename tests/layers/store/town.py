"""A town on squared paper: metres east and north of a corner, kept as degrees."""

from collections.abc import Iterable, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame
from shapely import Geometry

from layers import Store

METRIC_CRS = "EPSG:4551"
STORAGE_CRS = "EPSG:4490"
# The corner of the paper in the metric CRS: on the central meridian, at about 42 degrees north.
CORNER_M = np.array([500_000.0, 4_650_000.0])


def degrees(geometries: Iterable[Geometry | None]) -> gpd.GeoSeries:
    """Put geometries drawn in metres from the corner where they lie on the globe."""
    moved = [
        None if each is None else shapely.transform(each, lambda xy: xy + CORNER_M)
        for each in geometries
    ]
    return gpd.GeoSeries(moved, crs=METRIC_CRS).to_crs(STORAGE_CRS)


def frame(rows: Mapping[str, Geometry | None], **columns: Any) -> GeoDataFrame:
    """Make features with the codes and places of `rows`, and further columns."""
    fields = pd.DataFrame({"code": list(rows), **columns})
    return GeoDataFrame(fields, geometry=degrees(rows.values()))


def write(store: Store, kind: str, features: pd.DataFrame) -> dict[str, str]:
    """Insert features in one changeset; give their uids by code."""
    with store.change(author="tester", message=f"add {kind}") as change:
        uids = change.insert(kind, features)
    return dict(zip(features["code"], uids, strict=True))


def buildings(*corners_m: tuple[float, float], size_m: float = 10) -> dict[str, Geometry]:
    """Draw square buildings, called b1, b2 and so on, at their south-west corners."""
    return {
        f"b{n}": shapely.box(x, y, x + size_m, y + size_m)
        for n, (x, y) in enumerate(corners_m, start=1)
    }


def units() -> dict[str, GeoDataFrame]:
    """Divide 400 m by 400 m: a district, two streets, two communities in each, four grids in each.

    Grids are squares of 100 m called g00 to g33 by column and row, communities the halves of a
    street called c0 to c3 from west to east by column, streets s0 (west) and s1 (east).
    """
    grids = {
        f"g{column}{row}": shapely.box(100 * column, 100 * row, 100 * column + 100, 100 * row + 100)
        for column in range(4)
        for row in range(4)
    }
    strips = {f"c{n}": shapely.box(100 * n, 0, 100 * n + 100, 400) for n in range(4)}
    halves = {f"s{n}": shapely.box(200 * n, 0, 200 * n + 200, 400) for n in range(2)}
    return {
        "district": frame({"d": shapely.box(0, 0, 400, 400)}, parent_code=None),
        "street": frame(halves, parent_code="d"),
        "community": frame(strips, parent_code=["s0", "s0", "s1", "s1"]),
        "grid": frame(grids, parent_code=[f"c{code[1]}" for code in grids]),
    }


def territory(store: Store) -> dict[str, str]:
    """Divide the town; give the uids of its units by code."""
    uids: dict[str, str] = {}
    with store.change(author="tester", message="divide") as change:
        for level, drawn in units().items():
            uids |= dict(zip(drawn["code"], change.insert(level, drawn), strict=True))
    return uids
