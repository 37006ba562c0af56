"""Where the gaps are: uncovered places that lie together, most people first.

Uncovered places are one gap when a chain of them leads from each to each with no step longer than
`link_m`. Of zones measured by area, the uncovered pieces are linked in the same way.

A gap's `geometry` is for looking at, not for measuring: an outline drawn around its places, or the
uncovered pieces from circles drawn with corners. What is exact are the weights, which add up to
the uncovered figure of the tier, and `nearest_m`.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame, GeoSeries
from numpy.typing import NDArray

from gis.contracts import require_radius
from gis.covering.coverage import CoverageResult
from gis.covering.figures import REASONS, UNWALKABLE
from gis.covering.groups import linked
from gis.covering.weights import AREA
from gis.errors import IndexMismatchError
from gis.nearness.distance import distance_to_nearest, nearest
from gis.rules import Tier

__all__ = ["LINK_M", "rank_gaps"]

LINK_M = 100.0
"""Metres between footprints within which places belong to one gap: across a street, not a park."""

_COLUMNS = [
    "tier", "rank", "weight", "places", "area_m2", "nearest_m", "nearest_layer", "nearest",
    "shortfall_m", "reason", "units", "geometry",
]  # fmt: skip
# Corners per quarter circle of what is drawn.
_OUTLINE_CORNERS, _PIECE_CORNERS = 4, 32


def rank_gaps(
    result: CoverageResult,
    *,
    tier: str | None = None,
    link_m: float = LINK_M,
    amounts: pd.DataFrame | None = None,
    by: pd.Series | None = None,
) -> GeoDataFrame:
    """Group what is uncovered into gaps and rank them by weight.

    Parameters
    ----------
    result
        As by `coverage`.
    tier
        Name of the tier; None ranks the gaps of each.
    link_m
        Longest step between places of one gap, metres.
    amounts
        What else is to be added up over the places of a gap, such as people and households beside
        buildings: numbers by place, a column each. Zones are added up whole.
    by
        The unit of each place.

    Returns
    -------
    gaps
        One row per gap, tiers in their order, greatest weight first. `weight` in the unit of the
        result; `places` (or zones) it takes part of; `area_m2` of the outline; `nearest_m` from
        the gap to the nearest target that counts, missing where none does; `nearest_layer` and
        `nearest`, which target that is; `shortfall_m`, by how much that exceeds the radius;
        `reason`, the one with most weight in the gap; `units` in which it lies, that with most
        weight first; and the sums of `amounts`, missing where no place has a number.

    Raises
    ------
    TierUnknownError, RadiusError, IndexMismatchError

    Examples
    --------
    >>> from gis.covering.coverage import coverage
    >>> from gis.rules import RuleSet
    >>> homes = GeoDataFrame(
    ...     {"people": [2, 3, 4]}, geometry=GeoSeries.from_xy([0, 300, 350], [0, 0, 0]), crs=32650
    ... )
    >>> park = GeoDataFrame(geometry=GeoSeries.from_xy([900], [0]), crs=32650)
    >>> rules = RuleSet("near", tiers=[Tier("park", "见园", ["green_space"], radius_m=500)])
    >>> gaps = rank_gaps(coverage(homes, {"green_space": park}, rules, weight="people"))
    >>> gaps[["rank", "weight", "places", "nearest_m", "shortfall_m"]]
       rank  weight  places  nearest_m  shortfall_m
    0     1       7       2      550.0         50.0
    1     2       2       1      900.0        400.0
    """
    require_radius("link_m", link_m)
    tiers = result.ruleset.tiers if tier is None else (result.ruleset.tier(tier),)
    known = _known(result, amounts, by)
    parts = [part for one in tiers for part in _gaps(result, one, link_m, known)]
    if not parts:
        empty = pd.DataFrame(columns=[*_COLUMNS[:-1], *known.amounts, "geometry"])
        return GeoDataFrame(empty, geometry="geometry", crs=result.places.crs)
    return pd.concat(parts, ignore_index=True)


class _Known(NamedTuple):
    """What is known of the places besides, in their order."""

    amounts: pd.DataFrame
    unit: NDArray[np.object_]


def _known(result: CoverageResult, amounts: pd.DataFrame | None, by: pd.Series | None) -> _Known:
    places = result.places.index
    for argument, rows in (("amounts", amounts), ("by", by)):
        if rows is not None and (not rows.index.is_unique or len(places.difference(rows.index))):
            raise IndexMismatchError(argument=argument, other="places")
    sums = pd.DataFrame(index=places) if amounts is None else amounts.loc[places]
    unit = pd.Series(None, places, dtype=object) if by is None else by.loc[places].astype(object)
    return _Known(sums.astype("Float64"), unit.to_numpy(dtype=object))


def _gaps(
    result: CoverageResult, tier: Tier, link_m: float, known: _Known
) -> Iterator[GeoDataFrame]:
    uncovered = _zone_pieces(result, tier) if result.weight == AREA else _places(result, tier)
    if uncovered.empty:
        return
    group = linked(uncovered.geometry.to_numpy(), link_m)
    reach_m = 0.0 if result.weight == AREA else link_m / 2
    rows = uncovered.groupby(group)
    gaps = pd.DataFrame(
        {
            "weight": rows["weight"].sum(),
            "places": rows["place"].nunique(),
            "nearest_m": rows["distance_m"].min(),
            "reason": _main_reason(uncovered, group),
            **_nearest(uncovered, group),
            "units": _units(uncovered, group, known.unit),
        }
    )
    gaps = gaps.join(_sums(uncovered, group, known.amounts))
    gaps["geometry"] = _outlines(uncovered.geometry, group, reach_m)
    gaps["area_m2"] = shapely.area(gaps["geometry"].to_numpy())
    gaps["shortfall_m"] = (gaps["nearest_m"] - tier.radius_m).clip(lower=0.0)
    gaps = _ranked(gaps).assign(tier=tier.name)
    columns = [*_COLUMNS[:-1], *known.amounts, "geometry"]
    yield GeoDataFrame(gaps[columns], geometry="geometry", crs=result.places.crs)


def _nearest(uncovered: GeoDataFrame, group: NDArray[np.int64]) -> dict[str, pd.Series]:
    """Name the target that is nearest to each gap; of equally near ones, the first label."""
    rows = pd.DataFrame(
        {name: uncovered[name].to_numpy() for name in ("nearest_layer", "nearest", "distance_m")}
    ).assign(group=group, text=uncovered["nearest"].astype(str).to_numpy())
    first = rows.sort_values(["group", "distance_m", "text"]).drop_duplicates("group")
    first = first.set_index("group")
    return {name: first[name].astype(object) for name in ("nearest_layer", "nearest")}


def _units(
    uncovered: GeoDataFrame, group: NDArray[np.int64], unit: NDArray[np.object_]
) -> pd.Series:
    """List the units of each gap, those with most weight first."""
    rows = pd.DataFrame(
        {"group": group, "unit": unit[uncovered["row"]], "weight": uncovered["weight"].to_numpy()}
    )
    sums = rows.dropna(subset="unit").groupby(["group", "unit"])["weight"].sum().reset_index()
    sums = sums.assign(text=sums["unit"].astype(str))
    order = sums.sort_values(["group", "weight", "text"], ascending=[True, False, True])
    listed = order.groupby("group")["unit"].agg(tuple)
    return pd.Series(
        [listed.get(number, ()) for number in np.unique(group)], np.unique(group), dtype=object
    )


def _sums(uncovered: GeoDataFrame, group: NDArray[np.int64], amounts: pd.DataFrame) -> pd.DataFrame:
    """Add up over the places of each gap, each place once."""
    once = pd.DataFrame({"group": group, "row": uncovered["row"].to_numpy()}).drop_duplicates()
    rows = amounts.iloc[once["row"]].set_axis(once["group"].to_numpy(), axis=0)
    return rows.groupby(level=0).sum(min_count=1)


def _places(result: CoverageResult, tier: Tier) -> GeoDataFrame:
    """Take the uncovered places of a tier."""
    uncovered = ~result.places[f"{tier.name}.covered"].fillna(value=True).to_numpy(bool)
    places = result.places[uncovered]
    columns = {
        "place": np.arange(len(places)),
        "row": np.flatnonzero(uncovered),
        "weight": places["weight"].to_numpy(),
        **{
            name: places[f"{tier.name}.{name}"].to_numpy(
                dtype=object if "nearest" in name else None
            )
            for name in ("distance_m", "nearest_layer", "nearest", "reason")
        },
    }
    return GeoDataFrame(columns, geometry=places.geometry.to_numpy(), crs=places.crs)


def _zone_pieces(result: CoverageResult, tier: Tier) -> GeoDataFrame:
    """Cut the uncovered pieces out of the zones; they share out what the zone lacks."""
    share, reason = (result.places[f"{tier.name}.{name}"] for name in ("covered_share", "reason"))
    some = (share.notna() & reason.notna()).to_numpy(bool)
    zones = result.places[some]
    lacking = (zones["weight"] * (1.0 - share[zones.index])).to_numpy()
    targets = result.reached[tier.name]
    cut = zones.geometry.to_numpy()
    if len(targets):
        near = shapely.buffer(targets.to_numpy(), tier.radius_m, quad_segs=_PIECE_CORNERS)
        cut = shapely.difference(cut, shapely.union_all(near))
    # What the drawing loses still has its weight: a dot of one metre stands for it.
    lost = shapely.is_empty(cut)
    cut[lost] = shapely.buffer(shapely.point_on_surface(zones.geometry.to_numpy()[lost]), 1.0)
    pieces, zone = shapely.get_parts(cut, return_index=True)
    drawn = shapely.area(pieces)
    weight = drawn / np.bincount(zone, weights=drawn)[zone] * lacking[zone]
    outline = GeoSeries(pieces, crs=zones.crs)
    layer, label = _targets_near(result, tier, outline)
    columns = {
        "place": zone,
        "row": np.flatnonzero(some)[zone],
        "weight": weight,
        # The drawn circles have corners; what is uncovered lies beyond the true ones.
        "distance_m": distance_to_nearest(outline, targets).clip(lower=tier.radius_m).to_numpy(),
        "reason": zones[f"{tier.name}.reason"].to_numpy()[zone],
        "nearest_layer": layer,
        "nearest": label,
    }
    return GeoDataFrame(columns, geometry=outline)


def _targets_near(
    result: CoverageResult, tier: Tier, outline: GeoSeries
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Name the nearest target of each piece, where targets are reached at their edge."""
    targets, reached = result.targets[tier.name], result.reached[tier.name]
    names = np.full((2, len(outline)), None, dtype=object)
    if tier.to == "edge" and len(targets):
        row = nearest(outline, reached)["target"].to_numpy(dtype=np.int64)
        names[0] = targets["layer"].to_numpy(dtype=object)[row]
        names[1] = targets["label"].to_numpy(dtype=object)[row]
    return names[0], names[1]


def _main_reason(uncovered: GeoDataFrame, group: NDArray[np.int64]) -> pd.Series:
    """Find the reason with most weight, then with most places, then the first of all."""
    by_reason = uncovered.groupby([group, uncovered["reason"].to_numpy()])
    sums = by_reason["weight"].agg(["sum", "size"]).reset_index(names=["group", "reason"])
    sums["order"] = sums["reason"].map((*REASONS, *UNWALKABLE).index)
    best = sums.sort_values(["group", "sum", "size", "order"], ascending=[True, False, False, True])
    return best.drop_duplicates("group").set_index("group")["reason"]


def _outlines(geometry: GeoSeries, group: NDArray[np.int64], reach_m: float) -> NDArray[np.object_]:
    """Draw around each group: widen every hull, unite, and draw half of that in again."""
    shapes = geometry.to_numpy()
    if reach_m:
        hulls = shapely.convex_hull(shapes)
        shapes = shapely.buffer(hulls, reach_m, quad_segs=_OUTLINE_CORNERS)
    order = np.argsort(group, kind="stable")
    starts = np.unique(group[order], return_index=True)[1][1:]
    unions = np.array(
        [shapely.union_all(members) for members in np.split(shapes[order], starts)], dtype=object
    )
    return shapely.buffer(unions, -reach_m / 2, quad_segs=_OUTLINE_CORNERS) if reach_m else unions


def _ranked(gaps: pd.DataFrame) -> pd.DataFrame:
    """Sort by weight, then places, then from west to east and south to north."""
    corner = shapely.bounds(gaps["geometry"].to_numpy())
    keys = (corner[:, 1], corner[:, 0], -gaps["places"].to_numpy(), -gaps["weight"].to_numpy())
    ranked = gaps.iloc[np.lexsort(keys)]
    return ranked.assign(rank=np.arange(1, len(ranked) + 1))
