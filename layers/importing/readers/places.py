"""Places written in the columns of a table: WKT in one, or coordinates in two."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.importing.errors import MappingColumnError
from layers.importing.readers.table import Fault, SourceOptions
from layers.importing.reasons import why_unreadable
from layers.kinds import fold

# As `fold` spells them.
_WKT_NAMES = ("wkt", "几何(wkt)", "geometry(wkt)", "geometry", "geom", "thegeom", "wktgeom")
_X_NAMES = ("lon", "lng", "long", "longitude", "经度", "x", "pointx")
_Y_NAMES = ("lat", "latitude", "纬度", "y", "pointy")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")


@dataclass(frozen=True, kw_only=True)
class Places:
    """The geometries found (None: the table has no places), and the columns they came from."""

    wkb: NDArray[np.object_] | None = None
    used: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()


def find_places(columns: Mapping[str, Sequence[object]], options: SourceOptions) -> Places:
    """Build geometries from the columns named in `options`, else from well-known names.

    Raises
    ------
    MappingColumnError
    """
    wkt = _find(columns, options.wkt, _WKT_NAMES, "source.wkt")
    if wkt is not None:
        return _from_wkt(wkt, columns[wkt])
    x = _find(columns, options.x, _X_NAMES, "source.x")
    y = _find(columns, options.y, _Y_NAMES, "source.y")
    if x is None or y is None:
        return Places()
    return _from_coordinates((x, y), columns[x], columns[y])


def _find(
    columns: Mapping[str, Sequence[object]], wanted: str | None, usual: Sequence[str], where: str
) -> str | None:
    if wanted is not None:
        if wanted not in columns:
            raise MappingColumnError(where=where, found=wanted, allowed=list(columns))
        return wanted
    by_name = {fold(name): name for name in reversed(list(columns))}
    return next((by_name[name] for name in usual if name in by_name), None)


def _from_wkt(name: str, cells: Sequence[object]) -> Places:
    text = np.array([None if cell is None else str(cell).strip() for cell in cells], dtype=object)
    geometry = shapely.from_wkt(text, on_invalid="ignore")
    lost = [
        row
        for row in np.flatnonzero(shapely.is_missing(geometry)).tolist()
        if text[row] is not None
    ]
    faults: list[Fault] = [
        (row, "geometry_unbuildable", {"reason": why_unreadable(text[row])}) for row in lost
    ]
    return Places(wkb=shapely.to_wkb(geometry), used=(name,), faults=tuple(faults))


def _from_coordinates(names: tuple[str, str], x: Sequence[object], y: Sequence[object]) -> Places:
    xy = np.array([[_number(a), _number(b)] for a, b in zip(x, y, strict=True)], dtype=float)
    complete = np.isfinite(xy).all(axis=1)
    wkb = np.full(len(xy), None, dtype=object)
    wkb[complete] = shapely.to_wkb(shapely.points(xy[complete]))
    faults: list[Fault] = [
        (row, "coordinates_not_a_number", {"found": f"{x[row] or ''}, {y[row] or ''}"})
        for row in np.flatnonzero(~complete).tolist()
        if x[row] is not None or y[row] is not None
    ]
    return Places(wkb=wkb, used=names, faults=tuple(faults))


def _number(cell: object) -> float:
    if isinstance(cell, int | float):
        return float(cell)
    text = unicodedata.normalize("NFKC", str(cell)).strip()
    try:
        return float(text.replace(",", "") if _THOUSANDS.fullmatch(text) else text)
    except ValueError:
        return math.nan
