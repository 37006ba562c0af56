"""Households of units spread over their buildings, and kept in the layer of buildings.

What is written is marked `households_estimated`, so that every figure says which part of it is
estimated. What is known of a building is never touched.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from geopandas import GeoDataFrame

from gis import SpreadResult, spread_households
from gis.ground.spreading import RESIDENTIAL
from layers.clock import today
from layers.errors import AnalysisInputError
from layers.kinds import FieldType, GeometryFamily, Kind
from layers.store import Cause, Scope, Store, Verb

BUILDING = "building"
HOUSEHOLDS = "households"
ESTIMATED = "households_estimated"
_ANALYSIS = "supply_households"


@dataclass(frozen=True, kw_only=True)
class HouseholdsPlan:
    """What a spread would write, and the account of every unit.

    `changes` are the buildings whose households change, by uid: `code`, `was` and `becomes`.
    Among them are earlier estimates that no longer hold, which become missing. `units` are
    indexed by uid, with code and name before the account of `gis.SpreadResult`.
    """

    kind: str
    spread: SpreadResult
    units: pd.DataFrame
    changes: pd.DataFrame
    revisions: dict[str, int]

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to write."""
        return self.changes.empty


def plan_households(
    store: Store,
    kind: str,
    *,
    keep_known: bool = True,
    unknown_use: bool = False,
    scope: Scope = Scope.all(),
) -> HouseholdsPlan:
    """Spread the households of the units of a kind over the buildings of today.

    Parameters
    ----------
    kind
        A kind of areas with households: grid, community, compound …
    keep_known
        Whether known households of buildings stay, and are subtracted from the total.
    unknown_use
        Whether buildings of unknown use count as homes.

    Notes
    -----
    Units with an area have the buildings that lie in it; those without, such as compounds that
    are lists, have the buildings that name them.

    Raises
    ------
    AnalysisInputError, UnknownKindError, ScopeError
    """
    declared = _with_households(store.kind(kind))
    scope.require(Verb.UPDATE, BUILDING)
    revisions = store.revisions([BUILDING, kind])
    buildings, units = _read(store, BUILDING, scope), _read(store, kind, scope)
    for key, rows in ((kind, units), (BUILDING, buildings)):
        if rows.empty:
            raise AnalysisInputError(analysis=_ANALYSIS, missing=key, reason="no_rows")
    if units[HOUSEHOLDS].isna().all():
        missing = f"{kind}.{HOUSEHOLDS}"
        raise AnalysisInputError(analysis=_ANALYSIS, missing=missing, reason="no_totals")
    spread = spread_households(
        buildings,
        units,
        residential=(*RESIDENTIAL, None) if unknown_use else RESIDENTIAL,
        unit_of=_named(buildings, units, declared),
        keep_known=keep_known,
    )
    account = spread.units
    for position, column in enumerate(("code", "name")):
        account = account.assign(**{column: units[column]})
        account.insert(position, column, account.pop(column))
    changes = _changes(buildings, spread)
    return HouseholdsPlan(
        kind=kind, spread=spread, units=account, changes=changes, revisions=revisions
    )


def write_households(
    store: Store,
    plan: HouseholdsPlan,
    *,
    author: str,
    message: str = "",
    scope: Scope = Scope.all(),
) -> int | None:
    """Write a plan as one changeset and return its number, None where nothing changes.

    Raises
    ------
    LayerChangedError, ScopeError, StoreBusyError
    """
    becomes = plan.changes["becomes"]
    with store.change(
        author=author,
        message=message,
        source=f"{_ANALYSIS}:{plan.kind}",
        cause=Cause.CORRECTION,
        scope=scope,
        expect=plan.revisions,
    ) as change:
        if not plan.is_empty:
            columns = {HOUSEHOLDS: becomes, ESTIMATED: becomes.notna().astype("boolean")}
            change.update(BUILDING, pd.DataFrame(columns).rename_axis("uid"))
    return change.changeset


def _with_households(kind: Kind) -> Kind:
    """Refuse a kind whose features are no areas with households."""
    fields = {field.key: field for field in kind.fields}
    known = fields.get(HOUSEHOLDS)
    areas = GeometryFamily.AREA in kind.geometry and kind.key != BUILDING
    if not areas or known is None or known.type is not FieldType.INTEGER:
        missing = f"{kind.key}.{HOUSEHOLDS}"
        raise AnalysisInputError(analysis=_ANALYSIS, missing=missing, reason="no_households_field")
    return kind


def _read(store: Store, kind: str, scope: Scope) -> GeoDataFrame:
    return store.read(kind, on=today(), scope=scope).to_crs(store.settings.metric_crs)


def _named(buildings: GeoDataFrame, units: GeoDataFrame, kind: Kind) -> pd.Series[str] | None:
    """Give the uid of the unit that buildings name, where that unit has no area of its own."""
    listed = units[units.geometry.isna() | units.geometry.is_empty]
    by_code = listed.reset_index().drop_duplicates("code", keep=False).set_index("code")["uid"]
    by_code = by_code[by_code.index.notna()]
    field = f"{kind.key}_code"
    if by_code.empty or field not in buildings:
        return None
    return buildings[field].map(by_code)


def _changes(buildings: GeoDataFrame, spread: SpreadResult) -> pd.DataFrame:
    """Compare with what is kept: new estimates, and earlier ones that no longer hold."""
    was = buildings[HOUSEHOLDS].astype("Int64")
    marked = buildings[ESTIMATED].fillna(value=False).astype(bool)
    rows = spread.buildings
    becomes = rows["households"].where(rows["estimated"])
    # A unit's total is dealt out anew: nothing that was dealt before may stay beside it.
    has_total = rows["unit"].map(spread.units["total"]).notna()
    gone = marked & ~rows["estimated"] & has_total
    same = (was == becomes).fillna(value=False).astype(bool) & marked
    concerned = (rows["estimated"] & ~same) | gone
    found = pd.DataFrame({"code": buildings["code"], "was": was, "becomes": becomes})
    return found[concerned]
