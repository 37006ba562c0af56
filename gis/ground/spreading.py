"""Totals of units spread over the buildings in which they live.

Registers count households by compound or grid, measures ask for them by building. Between the two
lies an estimate: floor area. Geographers call it *dasymetric disaggregation*, footprint times
floors being the ancillary variable; whole households are dealt out by the *largest remainder*
(Hamilton's apportionment), so that every total survives to the last household.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame
from numpy.typing import NDArray
from pandas import DataFrame

from gis.columns import flags, numbers, texts
from gis.contracts import present, require_family, require_finite, require_unique_index
from gis.crs import require_metres
from gis.errors import ColumnMissingError, IndexMismatchError, NumberError, WeightError
from gis.ground.apportionment import deal, deal_whole
from gis.ground.location import locate_in_units
from gis.nearness.distance import label_rank, take_labels

__all__ = ["RESIDENTIAL", "SpreadResult", "spread_households"]

RESIDENTIAL = ("residential", "mixed")
"""Uses of buildings in which households live."""

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Positions = NDArray[np.intp]


@dataclass(frozen=True)
class SpreadResult:
    """What became of every total and of every building.

    Parameters
    ----------
    buildings
        Indexed as the input: `unit`, the unit it was counted in; `households`, known or estimated,
        missing where there is no answer; `estimated`; `floors` that were counted and
        `floors_assumed`; `reason` why nothing was estimated for it, the first that holds of
        `known`, `no_geometry`, `no_use`, `not_residential`, `no_unit`, `no_total`.
    units
        Indexed as the input: `total`; `kept`, known beforehand in its buildings; `spread`;
        `unplaced`, for which there is no building; `surplus`, by which what is known exceeds the
        total; `buildings` that were estimated, and those with `floors_assumed`; `reason`, missing
        or the first that holds of `no_total`, `known_exceed_total`, `no_residential`. In every
        row with a total `total + surplus = kept + spread + unplaced`.
    """

    buildings: DataFrame
    units: DataFrame


def spread_households(  # noqa: PLR0913 - names of columns, and the rules of the estimate
    buildings: GeoDataFrame,
    units: GeoDataFrame,
    *,
    households: str = "households",
    estimated: str = "households_estimated",
    floors: str | None = "floors",
    use: str | None = "use",
    residential: Collection[str | None] = RESIDENTIAL,
    unit_of: "pd.Series[Any] | None" = None,
    keep_known: bool = True,
    whole: bool = True,
) -> SpreadResult:
    """Spread the totals of units over their residential buildings, by footprint times floors.

    Parameters
    ----------
    buildings
        Footprints in a metric CRS, uniquely labelled; n rows.
    units
        Areas in the same CRS that do not overlap, uniquely labelled by their index. A building
        across a boundary belongs to the unit of its representative point.
    households
        Column of totals in `units`, missing where nobody knows; in `buildings`, where it is
        there, of what is known.
    estimated
        Column of `buildings`, where it is there, that marks what an earlier spread estimated:
        that is not known, but estimated anew.
    floors
        Column of floors; None counts footprints alone. Where floors are missing, or not above 0,
        the median of the residential buildings in the same unit is assumed, or else of all, or
        else 1; each such building is marked.
    use
        Column of uses; None means that all buildings are residential.
    residential
        Uses that count; None among them lets buildings of unknown use count.
    unit_of
        The units of some buildings by label, where a register says so; it overrules the place.
    keep_known
        Whether what is known stays, and is subtracted from the total; otherwise all is estimated.
    whole
        Whether households are dealt out whole; then totals must be whole too.

    Raises
    ------
    CrsMissingError, CrsNotMetricError, CrsMismatchError, GeometryFamilyError,
    GeometryNotFiniteError, DuplicateIndexError, IndexMismatchError, ColumnMissingError,
    ArgumentTypeError, WeightError, NumberError

    Notes
    -----
    Equal remainders are dealt by label, so that neither the order of rows nor a shift of the map
    changes anything. As floats a total is conserved up to rounding; whole, it is exact.

    Examples
    --------
    >>> from shapely import box
    >>> grid = GeoDataFrame({"households": [10]}, geometry=[box(0, 0, 100, 100)], crs=32650)
    >>> homes = GeoDataFrame(
    ...     {"floors": [6, 3], "use": "residential"},
    ...     geometry=[box(0, 0, 10, 10), box(20, 0, 30, 10)],
    ...     crs=32650,
    ... )
    >>> spread_households(homes, grid).buildings["households"].tolist()
    [7, 3]
    """
    _require(buildings, units, households=households, floors=floors, use=use)
    total = _amounts(units, households, "units", whole=whole)
    known = np.full(len(buildings), np.nan)
    if keep_known:
        known = _known(buildings, households, estimated, whole=whole)
    unit = _positions_of_units(buildings, units, unit_of)
    homes, unknown = _is_residential(buildings, use, residential)
    reason = _first(
        known=np.isfinite(known),
        no_geometry=~present(buildings.geometry),
        no_use=unknown,
        not_residential=~homes,
        no_unit=unit < 0,
        no_total=np.isnan(np.append(total, np.nan)[unit]),
    )
    dealt = pd.isna(reason)
    storeys, assumed = _storeys(buildings, floors, unit, homes)
    account = _account(total, known, unit, dealt)
    floor_area = buildings.geometry.area.to_numpy()[dealt] * storeys[dealt]
    parts = account["spread"].to_numpy(), floor_area, unit[dealt]
    amount = known.copy()
    amount[dealt] = (
        deal_whole(*parts, label_rank(buildings.index)[dealt]) if whole else deal(*parts)
    )
    rows = DataFrame(
        {
            "unit": take_labels(units.index, unit),
            "households": _as_amounts(amount, whole=whole),
            "estimated": dealt,
            "floors": storeys,
            "floors_assumed": assumed & dealt,
            "reason": reason,
        },
        index=buildings.index,
    )
    account.insert(6, "floors_assumed", np.bincount(unit[assumed & dealt], minlength=len(units)))
    for name in ("total", "kept", "spread", "unplaced", "surplus"):
        account[name] = _as_amounts(account[name].to_numpy(), whole=whole)
    return SpreadResult(rows, account.set_index(units.index))


def _require(buildings: GeoDataFrame, units: GeoDataFrame, **columns: str | None) -> None:
    require_metres(buildings=buildings, units=units)
    require_family("buildings", buildings.geometry, ["area"])
    require_family("units", units.geometry, ["area"])
    require_finite("buildings", buildings.geometry)
    require_finite("units", units.geometry)
    require_unique_index(buildings=buildings, units=units)
    for argument, table, column in (
        ("units", units, columns["households"]),
        ("buildings", buildings, columns["floors"]),
        ("buildings", buildings, columns["use"]),
    ):
        if column is not None and column not in table:
            names = tuple(map(str, table.columns))
            raise ColumnMissingError(argument=argument, column=column, columns=names)


def _amounts(rows: DataFrame, column: str, argument: str, *, whole: bool) -> Floats:
    """Read amounts, NaN where missing."""
    values = numbers(rows, column, argument)
    given = ~np.isnan(values)
    wrong = given & ~((values >= 0) & np.isfinite(values))
    if wrong.any():
        row = int(wrong.argmax())
        raise WeightError(column=f"{argument}.{column}", found=values[row], label=rows.index[row])
    broken = given & (values != np.floor(values))
    if whole and broken.any():
        found = values[broken][0].item()
        raise NumberError(argument=f"{argument}.{column}", found=found, allowed="ℕ")
    return values


def _known(buildings: GeoDataFrame, households: str, estimated: str, *, whole: bool) -> Floats:
    if households not in buildings:
        return np.full(len(buildings), np.nan)
    known = _amounts(buildings, households, "buildings", whole=whole)
    if estimated in buildings:
        known[flags(buildings, estimated, "buildings", missing=False)] = np.nan
    return known


def _positions_of_units(
    buildings: GeoDataFrame, units: GeoDataFrame, unit_of: "pd.Series[Any] | None"
) -> Positions:
    """Give the position of each building's unit, -1 for none.

    Raises
    ------
    IndexMismatchError
        `unit_of` names a building or a unit that is not there.
    """
    # By rank, not by label: numbers with missing ones among them would turn into floats.
    rank = label_rank(units.index)
    located = locate_in_units(buildings, units.geometry.set_axis(rank))["unit"]
    found = np.append(np.argsort(rank), -1)[located.fillna(-1).to_numpy(dtype=np.intp)]
    if unit_of is None:
        return found
    said = unit_of[unit_of.notna()]
    rows = buildings.index.get_indexer(said.index)
    named = units.index.get_indexer(pd.Index(said))
    if (rows < 0).any():
        raise IndexMismatchError(argument="unit_of", other="buildings")
    if (named < 0).any():
        raise IndexMismatchError(argument="unit_of", other="units")
    found[rows] = named
    return found


def _is_residential(
    buildings: GeoDataFrame, use: str | None, residential: Collection[str | None]
) -> tuple[Flags, Flags]:
    """Tell which buildings count as homes, and of which nobody knows."""
    if use is None:
        return np.ones(len(buildings), dtype=bool), np.zeros(len(buildings), dtype=bool)
    words = texts(buildings, use)
    unknown = words.eq("").to_numpy(bool)
    homes = words.isin([word for word in residential if word]).to_numpy(bool)
    if None in residential:
        return homes | unknown, np.zeros(len(buildings), dtype=bool)
    return homes, unknown


def _storeys(
    buildings: GeoDataFrame, floors: str | None, unit: Positions, homes: Flags
) -> tuple[Floats, Flags]:
    """Give the floors of each building, and tell where they are assumed."""
    if floors is None:
        return np.ones(len(buildings)), np.zeros(len(buildings), dtype=bool)
    given = numbers(buildings, floors, "buildings")
    missing = ~(np.isfinite(given) & (given > 0))
    known = pd.Series(given).where(homes & ~missing)
    of_unit = known.groupby(unit).transform("median").to_numpy(dtype=float, copy=True)
    of_unit[unit < 0] = np.nan
    of_all = known.median()
    typical = np.where(np.isnan(of_unit), 1.0 if np.isnan(of_all) else of_all, of_unit)
    return np.where(missing, typical, given), missing


def _account(total: Floats, known: Floats, unit: Positions, dealt: Flags) -> DataFrame:
    """Say for each unit what is kept, to be spread, unplaced, and too much."""
    given = np.isfinite(total)
    counted = (unit >= 0) & np.isfinite(known)
    kept = np.bincount(unit[counted], known[counted], len(total))
    left = np.where(given, total - kept, 0.0)
    homes = np.bincount(unit[dealt], minlength=len(total))
    rest = np.maximum(left, 0.0)
    return DataFrame(
        {
            "total": total,
            "kept": kept,
            "spread": np.where(homes > 0, rest, 0.0),
            "unplaced": np.where(homes > 0, 0.0, rest),
            "surplus": np.maximum(-left, 0.0),
            "buildings": homes,
            "reason": _first(
                no_total=~given,
                known_exceed_total=left < 0,
                no_residential=(rest > 0) & (homes == 0),
            ),
        }
    )


def _first(**reasons: Flags) -> NDArray[np.object_]:
    """Name the first reason that holds, None where none does."""
    named = np.select(list(reasons.values()), list(reasons), default="").astype(object)
    named[named == ""] = None
    return named


def _as_amounts(values: Floats, *, whole: bool) -> Any:
    """Give amounts with missing ones, as integers where they are whole."""
    missing = np.isnan(values)
    if whole:
        return pd.arrays.IntegerArray(np.where(missing, 0, values).astype(np.int64), missing)
    return pd.arrays.FloatingArray(values.astype(np.float64), missing)
