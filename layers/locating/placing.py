"""An edited list brings places back: positions that somebody filled in, proposals taken."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray
from pyproj import CRS

from layers.importing import Problem, Source, read_source
from layers.importing.cells import Wrong, is_missing, parse_boolean, plain
from layers.importing.datum import check_against_file, parse_datum, to_storage
from layers.importing.errors import MappingColumnError
from layers.importing.findings import Findings
from layers.importing.quantities import parse_real
from layers.importing.shapes import fit_families, fit_forms
from layers.kinds import Field, GeometryFamily, Kind, fold
from layers.locating.pending import ACCEPT, PROPOSAL_LAT, PROPOSAL_LON
from layers.store import Cause, Scope, Store, Verb

_UID = Field(key="uid", title_zh="唯一标识", title_en="Identifier")


@dataclass(frozen=True, kw_only=True)
class Placing:
    """What an edited list would do.

    `places` are indexed by uid, in the storage CRS; `accepted` of them are proposals that were
    taken. `waiting` rows say nothing and go on waiting. read = placed + waiting + rejected.
    """

    kind: str
    file: str
    read: int
    places: GeoDataFrame
    accepted: int
    waiting: int
    problems: tuple[Problem, ...]
    revision: int

    @property
    def rejected(self) -> int:
        """Count the rows with something wrong."""
        return self.read - len(self.places) - self.waiting


def plan_placing(
    store: Store, kind: str, path: Path, *, datum: str | None = None, scope: Scope = Scope.all()
) -> Placing:
    """Read a list that `write_pending` wrote and somebody filled in; write nothing.

    Parameters
    ----------
    datum
        That of the positions that were filled in; needed where there are any. Proposals are in
        the store's own.

    Raises
    ------
    ImportingError, UnknownKindError, ScopeError
    """
    declared = store.kind(kind)
    scope.require(Verb.UPDATE, kind)
    revision = store.revision(kind)
    source = read_source(path)
    findings = Findings(source.row_numbers)
    storage = CRS.from_user_input(store.settings.storage_crs)
    places = _filled_in(source, declared, datum, storage, findings)
    accepted = _take_proposals(source, declared, places, findings)
    uids = _uids(source, store.read(kind, columns=["code"], scope=scope), findings)
    there = ~shapely.is_missing(places)
    good = there & ~findings.rejected
    index = pd.Index([uids[row] for row in np.flatnonzero(good)], name="uid")
    return Placing(
        kind=kind,
        file=source.name,
        read=len(source),
        places=GeoDataFrame(geometry=places[good], index=index, crs=storage),
        accepted=int((accepted & good).sum()),
        waiting=int((~there & ~findings.rejected).sum()),
        problems=findings.problems(),
        revision=revision,
    )


def write_placing(
    store: Store, plan: Placing, *, author: str, message: str = "", scope: Scope = Scope.all()
) -> int | None:
    """Write the places as one changeset and return its number, None where there are none.

    Raises
    ------
    LayerChangedError, ScopeError, StoreBusyError
    """
    with store.change(
        author=author,
        message=message,
        source=plan.file,
        cause=Cause.CORRECTION,
        scope=scope,
        expect={plan.kind: plan.revision},
    ) as change:
        if len(plan.places):
            change.update(plan.kind, plan.places)
    return change.changeset


def _filled_in(
    source: Source, kind: Kind, datum: str | None, storage: CRS, findings: Findings
) -> NDArray[np.object_]:
    """Give the positions that were filled in, in the storage CRS."""
    geometry = fit_families(source, replace(kind, geometry_required=False), findings)
    if shapely.is_missing(geometry).all():
        return geometry
    declared = parse_datum(datum)
    check_against_file(declared, source.crs, geometry, is_default=source.crs_is_default)
    return fit_forms(to_storage(geometry, declared, storage, findings), kind, findings)


def _take_proposals(
    source: Source, kind: Kind, places: NDArray[np.object_], findings: Findings
) -> NDArray[np.bool_]:
    """Put the proposals that somebody took into `places`, where nothing was filled in."""
    taken = np.zeros(len(source), dtype=bool)
    for row, accept in enumerate(_cells(source, ACCEPT)):
        try:
            said = not is_missing(accept) and parse_boolean(accept)
        except Wrong as wrong:
            findings.add(row, wrong.code, ACCEPT.key, **wrong.values)
            continue
        taken[row] = said and places[row] is None
    lon, lat = _cells(source, PROPOSAL_LON), _cells(source, PROPOSAL_LAT)
    for row in np.flatnonzero(taken).tolist():
        if GeometryFamily.POINT not in kind.geometry:
            findings.add(row, "proposal_is_no_area", ACCEPT.key)
        elif is_missing(lon[row]) or is_missing(lat[row]):
            findings.add(row, "proposal_missing", ACCEPT.key)
        else:
            places[row] = _point(row, lon[row], lat[row], findings)
    return taken


def _point(row: int, lon: object, lat: object, findings: Findings) -> shapely.Point | None:
    try:
        return shapely.Point(parse_real(lon), parse_real(lat))
    except Wrong as wrong:
        findings.add(row, wrong.code, PROPOSAL_LON.key, **wrong.values)
        return None


def _uids(source: Source, stored: GeoDataFrame, findings: Findings) -> list[str | None]:
    """Find the feature of each row, rejecting rows whose feature is not there or has a place."""
    _column(source, _UID)
    empty = stored.geometry.isna() | stored.geometry.is_empty
    seen: set[str] = set()
    uids: list[str | None] = []
    for row, cell in enumerate(_cells(source, _UID)):
        uid = None if is_missing(cell) else str(cell)
        if uid not in stored.index:
            findings.add(row, "feature_unknown", _UID.key, found=uid)
        elif not empty[uid]:
            findings.add(row, "feature_has_place", _UID.key, found=uid)
        elif uid in seen:
            findings.add(row, "feature_repeated", _UID.key, found=uid)
        seen.add(uid or "")
        uids.append(uid)
    return uids


def _column(source: Source, field: Field) -> str | None:
    """Find the column of a field by its headings.

    Raises
    ------
    MappingColumnError
        There is none, and it is the one without which nothing can be told.
    """
    by_name = {fold(name): name for name in source.frame.columns}
    found = next((by_name[fold(name)] for name in field.headings if fold(name) in by_name), None)
    if found is None and field is _UID:
        allowed = list(source.frame.columns)
        raise MappingColumnError(where=_UID.key, found=_UID.title_zh, allowed=allowed)
    return found


def _cells(source: Source, field: Field) -> list[Any]:
    column = _column(source, field)
    if column is None:
        return [None] * len(source)
    return [plain(cell) for cell in source.frame[column]]
