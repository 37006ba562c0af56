"""The geometry of each row against the families that a kind may hold.

Nothing is repaired in silence: an invalid polygon is rejected with the reason and the place, for
a repair may move a boundary. Heights and measures are dropped and single parts promoted, both
counted; a mixed collection gives its parts of the right family only if it has no others.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.importing.findings import Findings
from layers.importing.reasons import why_invalid
from layers.importing.source import Source
from layers.kinds import GeometryFamily, Kind

_FAMILY_OF_TYPE = {
    "Point": GeometryFamily.POINT,
    "MultiPoint": GeometryFamily.POINT,
    "LineString": GeometryFamily.LINE,
    "MultiLineString": GeometryFamily.LINE,
    "Polygon": GeometryFamily.AREA,
    "MultiPolygon": GeometryFamily.AREA,
}
_MULTI_OF_FAMILY = {
    GeometryFamily.POINT: shapely.multipoints,
    GeometryFamily.LINE: shapely.multilinestrings,
    GeometryFamily.AREA: shapely.multipolygons,
}
_MULTI_OF_SINGLE = {"LineString": shapely.multilinestrings, "Polygon": shapely.multipolygons}
_COLLECTION = shapely.GeometryType.GEOMETRYCOLLECTION


def fit_families(
    source: Source,
    kind: Kind,
    findings: Findings,
    *,
    placed: NDArray[np.bool_] | None = None,
    kept: NDArray[np.bool_] | None = None,
) -> NDArray[np.object_]:
    """Give each row a two-dimensional geometry of a family that `kind` holds, or None.

    Rows that cannot have one are rejected in `findings`; rows without one only where the kind
    requires it and they are not `placed` already. Those of `kept` rows are not looked at.
    """
    for position, code, values in source.faults:
        findings.add(position, code, None, **values)
    if source.geometry is None or not kind.is_spatial:
        waits = kind.is_spatial and not kind.geometry_required and not kind.placed_by
        findings.note("without_geometry", len(source) if waits else 0)
        return np.full(len(source), None, dtype=object)
    given = source.geometry if kept is None else without(source.geometry, kept)
    geometry = _flat(given, findings)
    missing = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    faulty = {position for position, _, _ in source.faults}
    if placed is not None:
        faulty.update(np.flatnonzero(placed).tolist())
    _report_missing(np.flatnonzero(missing).tolist(), faulty, kind, findings)
    geometry = _unpacked(without(geometry, missing), kind, findings)
    check_families(geometry, kind, findings)
    return without(geometry, findings.rejected)


def fit_forms(geometry: NDArray[np.object_], kind: Kind, findings: Findings) -> NDArray[np.object_]:
    """Reject what is invalid and give the rest the form in which its kind is stored.

    Done after the conversion of the datum, so that what is checked is what is stored.
    """
    check_validity(geometry, findings)
    return _promoted(without(geometry, findings.rejected), kind, findings)


def check_validity(geometry: NDArray[np.object_], findings: Findings) -> None:
    """Reject geometries that are invalid, with the reason and the place."""
    present = ~shapely.is_missing(geometry)
    for row in np.flatnonzero(present & ~shapely.is_valid(geometry)).tolist():
        findings.add(row, "geometry_invalid", None, **why_invalid(geometry[row]))


def without(geometry: NDArray[np.object_], rows: NDArray[np.bool_]) -> NDArray[np.object_]:
    """Copy an array of geometries, leaving out those of `rows`."""
    kept = geometry.copy()
    kept[rows] = None
    return kept


def _flat(geometry: NDArray[np.object_], findings: Findings) -> NDArray[np.object_]:
    deep = shapely.has_z(geometry) | shapely.has_m(geometry)
    findings.note("heights_dropped", int(deep.sum()))
    flat: NDArray[np.object_] = shapely.force_2d(geometry)
    return flat


def _report_missing(rows: list[int], faulty: set[int], kind: Kind, findings: Findings) -> None:
    lacking = [row for row in rows if row not in faulty]
    if kind.placed_by:  # its words decide, which are read later
        return
    if not kind.geometry_required:
        findings.note("without_geometry", len(lacking))
        return
    for row in lacking:
        findings.add(row, "geometry_missing")


def _unpacked(geometry: NDArray[np.object_], kind: Kind, findings: Findings) -> NDArray[np.object_]:
    """Take collections apart; rejected are those that mix families, for nobody said which counts.

    A collection whose parts are all of one family is the multi-part geometry of that family.
    """
    unpacked = geometry.copy()
    for row in np.flatnonzero(shapely.get_type_id(geometry) == _COLLECTION).tolist():
        parts = _leaves(geometry[row])
        families = {_FAMILY_OF_TYPE.get(part.geom_type) for part in parts}
        family = families.pop() if len(families) == 1 else None
        if family is None:
            found = sorted({part.geom_type for part in parts})
            findings.add(row, "geometry_mixed", found=found, allowed=_names(kind))
            unpacked[row] = None
        else:
            unpacked[row] = _MULTI_OF_FAMILY[family](parts)
            findings.note("collections_unpacked", 1)
    return unpacked


def _leaves(geometry: shapely.Geometry) -> list[shapely.Geometry]:
    """List the single parts of a geometry, however deeply packed."""
    if not hasattr(geometry, "geoms"):
        return [] if geometry.is_empty else [geometry]
    return [leaf for part in geometry.geoms for leaf in _leaves(part)]


def check_families(geometry: NDArray[np.object_], kind: Kind, findings: Findings) -> None:
    """Reject geometries of families that `kind` does not hold, and several points for one."""
    wanted = [name for name, family in _FAMILY_OF_TYPE.items() if family in kind.geometry]
    names = _type_names(geometry)
    present = ~shapely.is_missing(geometry)
    for row in np.flatnonzero(present & ~np.isin(names, wanted)).tolist():
        findings.add(row, "geometry_family", found=names[row], allowed=_names(kind))
    several = (names == "MultiPoint") & (shapely.get_num_geometries(geometry) > 1)
    for row in np.flatnonzero(several & ~findings.rejected).tolist():
        findings.add(row, "geometry_several_points", parts=len(geometry[row].geoms))


def _names(kind: Kind) -> list[str]:
    return [family.value for family in kind.geometry]


def _type_names(geometry: NDArray[np.object_]) -> NDArray[np.str_]:
    return np.array([getattr(each, "geom_type", "") for each in geometry], dtype=np.str_)


def _promoted(geometry: NDArray[np.object_], kind: Kind, findings: Findings) -> NDArray[np.object_]:
    promoted = geometry.copy()
    names = _type_names(geometry)
    for row in np.flatnonzero(names == "MultiPoint").tolist():
        promoted[row] = geometry[row].geoms[0]
    if len(kind.geometry) != 1:
        return promoted
    for name, promote in _MULTI_OF_SINGLE.items():
        rows = np.flatnonzero(names == name)
        if len(rows):
            promoted[rows] = promote(geometry[rows], indices=np.arange(len(rows)))
            findings.note("parts_promoted", len(rows))
    return promoted
