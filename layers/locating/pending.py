"""The rows of a layer that wait for a place, each with what its words name.

The list can be written as a workbook or as GeoJSON, filled in, and read back by `placing`. A
proposal is never taken by itself: somebody says so, row by row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from geopandas import GeoDataFrame, GeoSeries

from layers.clock import today
from layers.exporting import ExportReport
from layers.exporting.errors import ExportFormatError
from layers.exporting.places import LONGITUDE_LATITUDE
from layers.exporting.sheets import write_workbook
from layers.exporting.vector import write_geojson
from layers.kinds import CodeList, Field, FieldType, Kind
from layers.kinds.model import choices
from layers.locating.gazetteer import NAMING, gazetteer
from layers.locating.wording import Gazetteer, How, Match
from layers.store import Scope, Store
from layers.territory import LEVELS

FORMATS = (".xlsx", ".geojson")

_HOW = CodeList(
    key="how",
    title_zh="匹配情况",
    title_en="Match",
    choices=choices(
        (How.EXACT, "就是这个名称", "Is that name"),
        (How.WITHIN, "含有这个名称", "Has that name in it"),
        (How.AMBIGUOUS, "有几处同名，请选定", "Several have that name: choose"),
        (How.NOTHING, "没有认出", "Nothing recognised"),
    ),
)
ACCEPT = Field(
    key="accept", title_zh="采用建议位置", title_en="Take the proposal", type=FieldType.BOOLEAN
)
PROPOSAL_LON = Field(
    key="proposal_lon", title_zh="建议经度", title_en="Proposed lon", type=FieldType.REAL
)
PROPOSAL_LAT = Field(
    key="proposal_lat", title_zh="建议纬度", title_en="Proposed lat", type=FieldType.REAL
)
_FIELDS = (
    Field(key="words", title_zh="位置文字", title_en="Words"),
    Field(key="how", title_zh="匹配情况", title_en="Match", codes=_HOW),
    Field(key="proposal", title_zh="建议位置", title_en="Proposal"),
    Field(key="confidence", title_zh="把握", title_en="Confidence", type=FieldType.REAL),
    PROPOSAL_LON,
    PROPOSAL_LAT,
    ACCEPT,
)
# The finer a place, the better it says where something is; a unit says only who answers for it.
_FINE = ("building", "compound", "place_name", "grid_cell")


@dataclass(frozen=True, kw_only=True)
class PendingList:
    """What waits in a layer.

    `rows` are indexed by uid: `code`, `name`, `words`, `how` they were understood, `proposal` (the
    names of all candidates where there are several), `proposal_kind`, `proposal_uid`,
    `confidence` from 0 to 1, `proposal_lon` and `proposal_lat` in the storage CRS.
    """

    kind: Kind
    rows: pd.DataFrame
    storage_crs: str


def pending(store: Store, kind: str, *, scope: Scope = Scope.all()) -> PendingList:
    """List the features of a kind that have no place, with what their words name.

    Raises
    ------
    UnknownKindError, ScopeError
    """
    declared = store.kind(kind)
    frame = store.read(kind, on=today(), scope=scope)
    if declared.is_spatial:
        frame = frame[frame.geometry.isna() | frame.geometry.is_empty]
    else:
        frame = frame.iloc[:0]
    columns = ["code", "name", "words", *_PROPOSED]
    if frame.empty:
        rows = pd.DataFrame(columns=columns, index=pd.Index([], name="uid", dtype=object))
        return PendingList(kind=declared, rows=rows, storage_crs=store.settings.storage_crs)
    town = gazetteer(store, scope=scope)
    positions, names = _positions(store, scope)
    found: list[dict[str, Any]] = []
    for row in frame.to_dict("records"):
        said = list(_descriptions(declared, row))
        match = understand(town, said, _units_named(declared, row))
        words = "；".join(dict.fromkeys(text for _, text in said))
        found.append({"words": words, **_proposed(match, names, positions)})
    rows = pd.DataFrame(found, index=frame.index)
    rows.insert(0, "code", frame["code"])
    rows.insert(1, "name", frame["name"])
    return PendingList(kind=declared, rows=rows, storage_crs=store.settings.storage_crs)


def write_pending(waiting: PendingList, path: Path, *, lang: str = "zh") -> ExportReport:
    """Write the list as a workbook to fill in, or as GeoJSON for a desktop GIS.

    Raises
    ------
    ExportFormatError, ExportTooLargeError
    """
    if path.suffix.lower() not in FORMATS:
        raise ExportFormatError(suffix=path.suffix, allowed=FORMATS)
    kind = Kind(
        key=waiting.kind.key,
        title_zh=waiting.kind.title_zh,
        title_en=waiting.kind.title_en,
        group=waiting.kind.group,
        geometry=waiting.kind.geometry,
        own_fields=_FIELDS,
    )
    columns = ["code", "name", *(field.key for field in _FIELDS)]
    rows = waiting.rows.assign(accept=None).reindex(columns=columns)
    nowhere = GeoSeries([None] * len(rows), index=rows.index, crs=LONGITUDE_LATITUDE)
    frame = GeoDataFrame(rows, geometry=nowhere)
    if path.suffix.lower() == ".xlsx":
        return write_workbook(kind, frame, path, lang)
    return write_geojson(kind, frame, path)


def understand(
    town: Gazetteer, descriptions: list[tuple[Field, str]], units: frozenset[str]
) -> Match:
    """Find what a row names: the finest place of all its words, else the finest unit.

    A word of several meanings is told only where no other has one.
    """
    found = [town.match(text, units=units) for _, text in descriptions]
    rank = {kind: number for number, kind in enumerate((*_FINE, *LEVELS))}
    sure = [match for match in found if match.place is not None]
    if sure:
        return min(sure, key=lambda match: rank[match.places[0].kind])
    several = [match for match in found if match.how is How.AMBIGUOUS]
    return several[0] if several else Match(how=How.NOTHING)


def _descriptions(kind: Kind, row: dict[Any, Any]) -> Iterator[tuple[Field, str]]:
    """Give the words of a row that say where it is: references, descriptions, its own name."""
    fields = [field for field in kind.fields if field.refers_to in NAMING]
    fields += [field for field in kind.fields if field.key in {"location", "name"}]
    for field in fields:
        value = row.get(field.key)
        if value is not None and not pd.isna(value):
            yield field, str(value)


def _units_named(kind: Kind, row: dict[Any, Any]) -> frozenset[str]:
    named = (row.get(field.key) for field in kind.fields if field.refers_to in LEVELS)
    return frozenset(str(code) for code in named if code is not None and not pd.isna(code))


_PROPOSED = (
    "how",
    "proposal",
    "proposal_kind",
    "proposal_uid",
    "confidence",
    "proposal_lon",
    "proposal_lat",
)


def _proposed(
    match: Match, names: dict[str, str], positions: dict[str, tuple[float, float]]
) -> dict[str, Any]:
    place = match.place
    called = "；".join(sorted(names.get(each.uid, match.name) for each in match.places))
    uid = None if place is None else place.uid
    lon, lat = positions.get(uid or "", (None, None))
    kind = None if place is None else place.kind
    values = (match.how.value, called or None, kind, uid, round(match.confidence, 2), lon, lat)
    return dict(zip(_PROPOSED, values, strict=True))


def _positions(store: Store, scope: Scope) -> tuple[dict[str, tuple[float, float]], dict[str, str]]:
    """Give, by uid of everything that has a name, a position on it and what it is called."""
    positions: dict[str, tuple[float, float]] = {}
    names: dict[str, str] = {}
    for kind in NAMING:
        frame = store.read(kind, columns=["code", "name"], on=today(), scope=scope)
        called = frame["name"].where(frame["name"].notna(), frame["code"]).dropna()
        names |= {str(uid): str(name) for uid, name in called.items()}
        there = frame[frame.geometry.notna() & ~frame.geometry.is_empty]
        points = there.geometry.representative_point()
        positions |= {
            str(uid): (x, y) for uid, x, y in zip(points.index, points.x, points.y, strict=True)
        }
    return positions, names
