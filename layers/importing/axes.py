"""Which of two coordinates is the easting: where only X and Y are written, the datum decides.

Geographers call the easting X, Chinese surveyors the northing. Under a declared datum only one
of the two readings lies where the datum is used, and then it is taken, and said. Many surveyors
also put the number of the zone before the easting: 42 500 123 m is 500 123 m in zone 42.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from layers.importing.datum import Datum, outside_area
from layers.importing.findings import Findings
from layers.importing.readers import Axes

_ZONE_M = 1_000_000.0  # what one zone number adds to the easting
_MOST = 0.5


def fit_axes(
    geometry: NDArray[np.object_], datum: Datum, axes: Axes, findings: Findings
) -> NDArray[np.object_]:
    """Turn coordinates so that the easting comes first, in the form that the datum has.

    What is changed is counted in the notes `axes_of_surveyors` and `zone_prefix_removed` or
    `zone_prefix_added`.
    """
    if not datum.crs.is_projected:
        return geometry
    turned = shapely.transform(geometry, lambda xy: xy[:, ::-1])
    for candidate, note in ((geometry, None), (turned, "axes_of_surveyors")):
        if note is not None and axes is Axes.KNOWN:
            break
        fitted, zone_note = _in_zone(candidate, datum)
        if _share_inside(fitted, datum) > _MOST:
            rows = int((~shapely.is_missing(geometry)).sum())
            for name in (note, zone_note):
                findings.note(name or "", rows if name else 0)
            return fitted
    return geometry


def _in_zone(geometry: NDArray[np.object_], datum: Datum) -> tuple[NDArray[np.object_], str | None]:
    """Take off or put on the zone number where the datum counts without it, or with it."""
    zone, prefixed = _zone_of(datum.crs)
    if zone is None:
        return geometry, None
    x = shapely.bounds(geometry)[:, 0]
    x = x[np.isfinite(x)]
    if not len(x):
        return geometry, None
    found = float(np.floor(np.median(x) / _ZONE_M))
    if prefixed and found == 0:
        shift, note = zone * _ZONE_M, "zone_prefix_added"
    elif not prefixed and found == zone:
        shift, note = -zone * _ZONE_M, "zone_prefix_removed"
    else:
        return geometry, None
    return shapely.transform(geometry, lambda xy: np.add(xy, (shift, 0.0))), note


def _zone_of(crs: CRS) -> tuple[int | None, bool]:
    """Give the zone number of a Gauss-Krüger system, and whether its eastings begin with it."""
    operation = crs.coordinate_operation
    if operation is None or "Transverse Mercator" not in operation.method_name:
        return None, False
    values = {each.name: each.value for each in operation.params}
    easting = float(values.get("False easting", 0.0))
    meridian = float(values.get("Longitude of natural origin", 0.0))
    prefix, rest = divmod(easting, _ZONE_M)
    if prefix:
        return int(prefix), True
    wide = "6-degree" in crs.name
    zone = (meridian + 3) / 6 if wide else meridian / 3
    return (int(zone) if rest == 500_000.0 and zone.is_integer() and zone > 0 else None), False


def _share_inside(geometry: NDArray[np.object_], datum: Datum) -> float:
    present = geometry[~shapely.is_missing(geometry)]
    if not len(present):
        return 0.0
    outside = outside_area(datum.crs, datum.area, shapely.bounds(present))
    return float(1 - outside.mean())
