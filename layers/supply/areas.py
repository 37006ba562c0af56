"""Areas of grids and compounds made from lists of buildings, and kept in their layers.

What is written says so in its `source`. An area that was surveyed is never touched: its ground is
taken out of what is divided.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd
import shapely
from geopandas import GeoDataFrame, GeoSeries

from gis import AreasResult, areas_from_buildings
from layers.clock import today
from layers.errors import AnalysisInputError
from layers.kinds import LIST_SEPARATOR, FieldType, Kind
from layers.store import Cause, Scope, Store, Verb

AREA_SOURCE = "estimated:areas_from_buildings"
"""The `source` of an area that was made here."""

BARRIERS = ("road", "water")
_BUILDING = "building"
_ANALYSIS = "supply_areas"
# What is divided unless somebody says otherwise; the first kind that has areas.
_GROUND = {"grid": ("community", "street", "district"), "compound": ("residential_land",)}


@dataclass(frozen=True, kw_only=True)
class AreasPlan:
    """What would be written: areas of units that are there, and units that are not.

    `made` is what `gis.areas_from_buildings` gave, by code. `changed` gives the uid of the unit
    that gets an area, by code; `added` are codes that no unit has yet; `kept` counts units whose
    surveyed areas stay. `conflicts` are codes of buildings that two lists claim.
    """

    kind: str
    made: AreasResult
    changed: dict[str, str]
    added: tuple[str, ...]
    kept: int
    conflicts: tuple[str, ...]
    revisions: dict[str, int]

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to write."""
        return not self.changed and not self.added


def plan_areas(
    store: Store,
    kind: str,
    *,
    within: str | None = None,
    barriers: Collection[str] = BARRIERS,
    scope: Scope = Scope.all(),
) -> AreasPlan:
    """Make areas for the units of a kind whose buildings are known.

    Parameters
    ----------
    kind
        A kind that buildings name, such as grid (`grid_code`), or that lists its buildings, such
        as compound (`building_codes`).
    within
        The kind whose areas are divided. By default for grids the communities, else streets or
        districts; for compounds the residential land; where there is none, the convex hull.
    barriers
        Kinds along which is cut.

    Raises
    ------
    AnalysisInputError, UnknownKindError, ScopeError
    """
    declared = store.kind(kind)
    scope.require(Verb.UPDATE, kind)
    ground_kind = within or _default_ground(store, kind)
    used = {_BUILDING, kind, *barriers, *([ground_kind] if ground_kind else [])}
    revisions = store.revisions(sorted(used))
    buildings, units = _read(store, _BUILDING, scope), _read(store, kind, scope)
    labels, conflicts = _labels(buildings, units, declared, store.kind(_BUILDING))
    surveyed = units[_has_area(units) & (units["source"] != AREA_SOURCE)]
    labels = labels.where(~labels.isin(surveyed["code"]))
    if labels.isna().all():
        raise AnalysisInputError(analysis=_ANALYSIS, missing=kind, reason="no_lists")
    grounds = None if ground_kind is None else _valid(_read(store, ground_kind, Scope.all()))
    lines = [_valid(_read(store, each, Scope.all())) for each in barriers]
    made = areas_from_buildings(
        buildings.geometry,
        labels,
        barriers=_barriers(lines, grounds, surveyed.geometry, buildings.crs),
        within=_ground(grounds, buildings[labels.notna()], surveyed.geometry),
    )
    by_code = units.reset_index().drop_duplicates("code").set_index("code")["uid"]
    there = made.areas.index.intersection(by_code.index)
    return AreasPlan(
        kind=kind,
        made=made,
        changed={str(code): str(by_code[code]) for code in there},
        added=tuple(map(str, made.areas.index.difference(by_code.index))),
        kept=len(surveyed),
        conflicts=conflicts,
        revisions=revisions,
    )


def write_areas(
    store: Store, plan: AreasPlan, *, author: str, message: str = "", scope: Scope = Scope.all()
) -> int | None:
    """Write a plan as one changeset and return its number.

    Raises
    ------
    LayerChangedError, ScopeError, StoreBusyError
    """
    shapes = plan.made.areas.geometry.to_crs(store.settings.storage_crs)
    with store.change(
        author=author,
        message=message,
        source=f"{_ANALYSIS}:{plan.kind}",
        cause=Cause.CORRECTION,
        scope=scope,
        expect=plan.revisions,
    ) as change:
        if plan.changed:
            index = pd.Index(plan.changed.values(), name="uid")
            change.update(plan.kind, _frame(shapes[list(plan.changed)].set_axis(index)))
        if plan.added:
            added = _frame(shapes[list(plan.added)].reset_index(drop=True))
            change.insert(plan.kind, added.assign(code=list(plan.added)))
    return change.changeset


def _frame(shapes: GeoSeries) -> GeoDataFrame:
    return GeoDataFrame({"source": AREA_SOURCE}, index=shapes.index, geometry=shapes)


def _default_ground(store: Store, kind: str) -> str | None:
    counts = store.counts(_GROUND.get(kind, ()))
    return next((each for each, count in counts.items() if count), None)


def _read(store: Store, kind: str, scope: Scope) -> GeoDataFrame:
    return store.read(kind, on=today(), scope=scope).to_crs(store.settings.metric_crs)


def _has_area(rows: GeoDataFrame) -> pd.Series[bool]:
    return rows.geometry.notna() & ~rows.geometry.is_empty


def _valid(rows: GeoDataFrame) -> GeoSeries:
    """Keep what can be measured; `check` tells of the rest."""
    shapes = rows.geometry[_has_area(rows)]
    return shapes[shapes.is_valid]


def _labels(
    buildings: GeoDataFrame, units: GeoDataFrame, kind: Kind, building: Kind
) -> tuple[pd.Series[str], tuple[str, ...]]:
    """Give the code of the unit that has each building, by its own word or by the unit's list.

    Raises
    ------
    AnalysisInputError
        Neither do buildings name such units, nor the other way round.
    """
    said = [buildings[field.key] for field in building.fields if field.refers_to == kind.key]
    lists = [
        field.key
        for field in kind.fields
        if field.refers_to == building.key and field.type is FieldType.TEXT_LIST
    ]
    if not said and not lists:
        missing = f"{building.key}.{kind.key}_code"
        raise AnalysisInputError(analysis=_ANALYSIS, missing=missing, reason="no_list_field")
    claims = [column.dropna() for column in said]
    claims += [_listed(buildings, units, field) for field in lists]
    every = pd.concat([claim.astype(object) for claim in claims]).rename_axis("uid").rename("unit")
    pairs = every.reset_index().drop_duplicates()
    several = pairs["uid"].duplicated(keep=False)
    conflicts = buildings.loc[pairs.loc[several, "uid"].unique(), "code"]
    labels = pairs[~several].set_index("uid")["unit"].reindex(buildings.index)
    return labels, tuple(sorted(conflicts.dropna().astype(str)))


def _listed(buildings: GeoDataFrame, units: GeoDataFrame, field: str) -> pd.Series[str]:
    """Turn lists of buildings around: by uid of a building, the code of a unit that lists it."""
    lists = units[["code", field]].dropna()
    codes = lists[field].str.split(LIST_SEPARATOR).explode()
    listed = pd.DataFrame({"code": codes.str.strip(), "unit": lists["code"].reindex(codes.index)})
    known = buildings.reset_index().drop_duplicates("code", keep=False)[["uid", "code"]]
    return listed.merge(known, on="code").set_index("uid")["unit"]


def _barriers(
    lines: list[GeoSeries], grounds: GeoSeries | None, surveyed: GeoSeries, crs: object
) -> GeoSeries:
    """Put together along what is cut: a unit of a finer level never crosses one that is divided."""
    parts = [*lines, surveyed[surveyed.is_valid], *([] if grounds is None else [grounds])]
    shapes = [shape for part in parts for shape in part.to_numpy()]
    return GeoSeries(shapes, crs=crs)


def _ground(
    grounds: GeoSeries | None, buildings: GeoDataFrame, surveyed: GeoSeries
) -> GeoSeries | None:
    """Take what is to be divided, less what was surveyed."""
    if grounds is None:
        if surveyed.empty:
            return None
        grounds = gpd.GeoSeries([buildings.union_all().convex_hull], crs=buildings.crs)
    rest = grounds.union_all().difference(surveyed[surveyed.is_valid].union_all())
    areas = [part for part in shapely.get_parts(rest) if part.geom_type.endswith("Polygon")]
    return GeoSeries(areas, crs=grounds.crs)
