"""Repair of invalid areas, only where somebody asked for it, and never in silence.

An outline that crosses itself has no definite inside; a repair decides what was meant. It is taken
only where there is little to decide: where the area as drawn, the repaired area, and what another
way of repair would give differ by at most `MAX_CHANGE`. A bow tie is refused, since nobody can know
which two of its corners were exchanged; a spike or a doubled vertex is mended.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Geod

from layers.importing.findings import Findings
from layers.importing.reasons import why_invalid

MAX_CHANGE = 0.01
"""Share of its area by which a repair may change a geometry."""

_AREAS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
_GEOD = Geod(ellps="GRS80")


def repair(
    geometry: NDArray[np.object_], crs: CRS, findings: Findings, *, asked: bool
) -> NDArray[np.object_]:
    """Repair invalid areas if somebody asked; otherwise count those for which it is offered.

    Each repaired row is written down with its area before and after and the number of its parts;
    one that would change too much is rejected.
    """
    looked_at = ~shapely.is_missing(geometry) & ~findings.rejected
    invalid = np.flatnonzero(looked_at & ~shapely.is_valid(geometry))
    areas = invalid[np.isin(shapely.get_type_id(geometry[invalid]), _AREAS)]
    repaired = geometry.copy()
    offered = 0
    for row in areas.tolist():
        mended, change = _mended(geometry[row])
        if change > MAX_CHANGE:
            if asked:
                _refuse(row, geometry[row], change, findings)
                repaired[row] = None
        elif asked:
            _tell(row, geometry[row], mended, crs, findings)
            repaired[row] = mended
        else:
            offered += 1
    findings.note("repair_offered", offered)
    return repaired


def _mended(drawn: shapely.Geometry) -> tuple[shapely.Geometry, float]:
    """Repair an area, and tell how much of it that changes: 0 nothing, 1 or more everything."""
    mended = _only_areas(shapely.make_valid(drawn, method="structure", keep_collapsed=False))
    otherwise = _only_areas(shapely.make_valid(drawn, method="linework"))
    before, after = drawn.area, mended.area
    largest = max(before, after)
    if not largest:
        return mended, 1.0
    doubtful = shapely.symmetric_difference(mended, otherwise).area
    return mended, max(abs(before - after), doubtful) / largest


def _only_areas(geometry: shapely.Geometry) -> shapely.Geometry:
    """Leave out the lines and points to which parts of an area have collapsed."""
    parts = shapely.get_parts(shapely.get_parts(geometry))
    areas = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    return areas[0] if len(areas) == 1 else shapely.multipolygons(areas)


def _tell(
    row: int,
    drawn: shapely.Geometry,
    mended: shapely.Geometry,
    crs: CRS,
    findings: Findings,
) -> None:
    findings.add(
        row,
        "geometry_repaired",
        None,
        **why_invalid(drawn),
        before_m2=_area_m2(drawn, crs),
        after_m2=_area_m2(mended, crs),
        parts_before=_parts(drawn),
        parts_after=_parts(mended),
    )


def _refuse(row: int, drawn: shapely.Geometry, change: float, findings: Findings) -> None:
    findings.add(
        row,
        "geometry_repair_refused",
        None,
        **why_invalid(drawn),
        percent=round(100 * min(change, 1.0), 1),
        allowed=100 * MAX_CHANGE,
    )


def _parts(geometry: shapely.Geometry) -> int:
    """Count outlines and holes: what a repair may drop."""
    return int(shapely.get_rings(geometry).size)


def _area_m2(geometry: shapely.Geometry, crs: CRS) -> float:
    """Measure the area as drawn: holes count less, and what is drawn backwards counts alike."""
    if not crs.is_geographic:
        return round(geometry.area * crs.axis_info[0].unit_conversion_factor ** 2, 1)
    area_m2 = 0.0
    for part in shapely.get_parts(geometry):
        shell, *holes = shapely.get_rings(part)
        rings = [abs(_GEOD.geometry_area_perimeter(shapely.Polygon(r))[0]) for r in (shell, *holes)]
        area_m2 += rings[0] - sum(rings[1:])
    return round(area_m2, 1)
