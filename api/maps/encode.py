"""Features as compact JSON: whole millionths of a degree, each as the step from the one before.

A millionth of a degree is about 0.1 m. Thinning happens here and only for the screen: no number
shown anywhere comes from a thinned geometry.
"""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from geopandas import GeoSeries
from numpy.typing import NDArray
from pandas import Series, isna

# The map's own system: longitude and latitude, which CGCS2000 shares to within centimetres.
MAP_CRS = 4326

_STEPS_PER_DEGREE = 1_000_000
# Corners go whose triangle is smaller than a square of this side, about 2 m.
_TOLERANCE_DEG = 2e-5


@dataclass(frozen=True)
class Encoded:
    """Geometries as the page's script reads them.

    `shape` is `point`, `line` or `area`; `parts` holds for each feature its parts, for each part
    its rings (a line or point has one), for each ring a flat list of steps: x, y, dx, dy, ...
    `rows` are the positions of these features in the frame they came from; `as_points` says that
    shapes were too many to be drawn as such.
    """

    shape: str
    parts: list[list[list[list[int]]]]
    rows: NDArray[np.intp]
    as_points: bool = False


def encode(geometry: GeoSeries, *, max_shapes: int, thin: bool = False) -> list[Encoded]:
    """Encode geometries of any family, one result for each family that occurs.

    Missing and empty geometries are left out. More than `max_shapes` lines or areas are drawn as
    points on their surface.
    """
    placed = on_map(geometry.reset_index(drop=True))
    placed = placed[~(placed.is_empty | placed.isna())]
    families = placed.geom_type.map(_FAMILIES)
    return [
        _encode_family(placed[families == family], family, max_shapes, thin=thin)
        for family in ("area", "line", "point")
        if (families == family).any()
    ]


def on_map(geometry: GeoSeries) -> GeoSeries:
    """Bring geometries to longitude and latitude; those without a system are taken as such."""
    return geometry if geometry.crs is None else geometry.to_crs(MAP_CRS)


def box_of(geometry: GeoSeries) -> tuple[float, float, float, float] | None:
    """Find west, south, east and north of geometries on the map; None where there are none."""
    west, south, east, north = on_map(geometry).total_bounds.tolist()
    return (west, south, east, north) if np.isfinite([west, south, east, north]).all() else None


def column(values: Series) -> dict[str, list[Any]]:
    """Encode a column of texts: the different ones, and for each row which one (-1 for none)."""
    known: dict[str, int] = {}
    missing = values.isna().tolist()
    at = [
        -1 if is_missing else known.setdefault(str(value), len(known))
        for value, is_missing in zip(values.tolist(), missing, strict=True)
    ]
    return {"texts": list(known), "at": at}


def to_json(data: object) -> str:
    """Write JSON that is inert inside a page, whatever the texts in it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def is_missing(value: Any) -> bool:
    """Tell whether a cell holds nothing."""
    return not isinstance(value, list | tuple | dict) and bool(isna(value))


_FAMILIES = {
    "Point": "point",
    "MultiPoint": "point",
    "LineString": "line",
    "LinearRing": "line",
    "MultiLineString": "line",
    "Polygon": "area",
    "MultiPolygon": "area",
    "GeometryCollection": "point",
}


def _encode_family(geometry: GeoSeries, family: str, max_shapes: int, *, thin: bool) -> Encoded:
    too_many = family != "point" and len(geometry) > max_shapes
    mixed = geometry.geom_type == "GeometryCollection"
    if too_many or mixed.any():
        geometry = geometry.where(~(mixed | too_many), geometry.representative_point())
        family = "point"
    elif thin and family != "point":
        geometry = _thinned(geometry, family)
    rows = geometry.index.to_numpy(dtype=np.intp)
    if (geometry.geom_type == "Point").all():
        whole = np.rint(geometry.get_coordinates().to_numpy() * _STEPS_PER_DEGREE).astype(np.int64)
        return Encoded(family, [[[at]] for at in whole.tolist()], rows, as_points=too_many)
    parts = geometry.reset_index(drop=True).explode(index_parts=False)
    rings = [*_outer_rings(parts, family), *_holes(parts, family)]
    return Encoded(family, _by_feature(rings, len(rows)), rows, as_points=too_many)


def _thinned(geometry: GeoSeries, family: str) -> GeoSeries:
    # Neighbouring areas are thinned together, so that no gaps open along shared borders.
    if family == "area":
        return geometry.simplify_coverage(_TOLERANCE_DEG)
    return geometry.simplify(_TOLERANCE_DEG)


_Ring = tuple[int, int, list[int]]


def _outer_rings(parts: GeoSeries, family: str) -> list[_Ring]:
    rings = parts.exterior if family == "area" else parts
    return _steps(rings, np.arange(len(parts)), parts.index.to_numpy())


def _holes(parts: GeoSeries, family: str) -> list[_Ring]:
    if family != "area":
        return []
    counts = parts.count_interior_rings().to_numpy()
    part = np.repeat(np.arange(len(parts)), counts)
    if not len(part):
        return []
    holes = [hole for row in parts[counts > 0].interiors for hole in row]
    return _steps(GeoSeries(holes, crs=parts.crs), part, parts.index.to_numpy()[part])


def _steps(rings: GeoSeries, part: NDArray[np.intp], feature: NDArray[np.intp]) -> list[_Ring]:
    """Cut the coordinates of all rings into one list of steps for each."""
    coordinates = rings.reset_index(drop=True).get_coordinates()
    whole = np.rint(coordinates.to_numpy() * _STEPS_PER_DEGREE).astype(np.int64)
    starts = np.flatnonzero(np.diff(coordinates.index.to_numpy(), prepend=-1))
    steps = np.diff(whole, axis=0, prepend=0)
    steps[starts] = whole[starts]
    pieces = np.split(steps, starts[1:])
    return [
        (int(feature[n]), int(part[n]), piece.ravel().tolist()) for n, piece in enumerate(pieces)
    ]


def _by_feature(rings: list[_Ring], count: int) -> list[list[list[list[int]]]]:
    parts: list[dict[int, list[list[int]]]] = [{} for _ in range(count)]
    for feature, part, steps in rings:
        parts[feature].setdefault(part, []).append(steps)
    return [list(found.values()) for found in parts]
