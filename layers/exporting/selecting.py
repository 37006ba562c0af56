"""Which features an export takes: by fields and filter, by window, by unit, by time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from difflib import get_close_matches

import shapely
from geopandas import GeoDataFrame
from pyproj import CRS, Transformer

from layers.clock import today
from layers.exporting.errors import (
    ExportNotPlacedError,
    ExportUnitAmbiguousError,
    ExportUnitUnknownError,
)
from layers.exporting.places import LONGITUDE_LATITUDE
from layers.kinds import Kind
from layers.store import Scope, Store, Verb
from layers.territory import LEVELS, NAMING_COLUMNS


@dataclass(frozen=True, kw_only=True)
class ExportOptions:
    """Say which features to write (see `Store.read`), and how.

    `bbox` is west, south, east, north in degrees of longitude and latitude; `unit` the code of a
    unit whose subtree is wanted; `fields` the fields, all by default; `datum` that of the places,
    by default what the format wants. `lang` is the language of headings in a workbook.
    """

    where: str | None = None
    as_of: int | dt.datetime | None = None
    on: dt.date | None = None
    bbox: tuple[float, float, float, float] | None = None
    unit: str | None = None
    fields: tuple[str, ...] | None = None
    datum: str | None = None
    scope: Scope = field(default_factory=Scope.all)
    lang: str = "zh"


def select(store: Store, kind: Kind, options: ExportOptions) -> GeoDataFrame:
    """Read the features of a kind that an export takes, in the storage CRS.

    Raises
    ------
    ExportingError, FilterError, ChangesetUnknownError, ScopeError, UnknownFieldError
    """
    scope = options.scope
    if options.unit is not None:
        scope = _within(store, kind, options)
    frame = store.read(
        kind.key,
        where=options.where,
        as_of=options.as_of,
        on=options.on,
        bbox=_window(store, options.bbox),
        columns=options.fields,
        scope=scope,
    )
    if scope is not options.scope and _is_limited(options.scope, kind):  # inside both
        mine = store.read(kind.key, as_of=options.as_of, columns=[], scope=options.scope)
        frame = frame[frame.index.isin(mine.index)]
    if options.bbox is None or not kind.is_spatial:
        return frame
    # A window in degrees is no window in metres: that one was only wide enough.
    inside = frame.to_crs(LONGITUDE_LATITUDE).intersects(shapely.box(*options.bbox))
    return frame[inside]


def _is_limited(scope: Scope, kind: Kind) -> bool:
    return scope.units_for(Verb.READ, kind.key) is not None


def find_unit(
    store: Store,
    code: str,
    *,
    as_of: int | dt.datetime | None = None,
    on: dt.date | None = None,
) -> str:
    """Find the uid of the one unit of the territory that has a code.

    Raises
    ------
    ExportUnitUnknownError, ExportUnitAmbiguousError
    """
    found: list[tuple[str, str]] = []
    known: list[str] = []
    for level in LEVELS:
        units = store.read(level, as_of=as_of, on=on or today(), columns=["code", "name"])
        known += units["code"].dropna().tolist()
        mine = units[units["code"] == code]
        found += [(uid, f"{level} {name}") for uid, name in mine["name"].items()]
    if not found:
        raise ExportUnitUnknownError(unit=code, close=get_close_matches(code, known))
    if len(found) > 1:
        raise ExportUnitAmbiguousError(unit=code, found=[title for _, title in found])
    return found[0][0]


def _within(store: Store, kind: Kind, options: ExportOptions) -> Scope:
    """Narrow the scope to a unit.

    Features say by their place, or by the code of a unit, where they lie.
    """
    unit = options.unit or ""
    named = any(each.key in NAMING_COLUMNS for each in kind.fields)
    if not kind.is_spatial and not named:
        raise ExportNotPlacedError(kind=kind.key, unit=unit)
    uid = find_unit(store, unit, as_of=options.as_of, on=options.on)
    return options.scope.with_units(frozenset({uid}))


def _window(
    store: Store, bbox: tuple[float, float, float, float] | None
) -> tuple[float, float, float, float] | None:
    if bbox is None:
        return None
    storage = CRS.from_user_input(store.settings.storage_crs)
    if storage.is_geographic:
        return bbox
    way = Transformer.from_crs(LONGITUDE_LATITUDE, storage, always_xy=True)
    west, south, east, north = way.transform_bounds(*bbox)
    return (west, south, east, north)
