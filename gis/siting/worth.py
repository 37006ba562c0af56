"""What each plot is worth: what changes the moment it alone is made green.

A plot's worth is a row: how many people it newly covers by each tier, and how many places; how
many metres it saves them; how much green there is for each person around it, before and after;
and by which rules it would count at all. In most cities most plots bring nobody within reach of
green who was not before, and the row says why: there is green near already, nobody lives near, or
the plot would not count.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame, GeoSeries
from numpy.typing import NDArray

from gis.contracts import present, require_radius, require_unique_index, require_valid
from gis.covering.groups import grouped
from gis.covering.weights import AREA, weigh
from gis.crs import require_metres
from gis.errors import NotSupportedError
from gis.labels import label_rank
from gis.nearness.distance import distance_to_nearest
from gis.nearness.pairs import pairs_within
from gis.presets import presets
from gis.result import Rendered
from gis.rules import RuleSet, Tier
from gis.siting.greening import Greening, Ground
from gis.validity import exists_on, read_date

__all__ = ["NEAR_M", "WHY", "PlotWorth", "plot_worth"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

NEAR_M = 300.0
"""Metres around a plot within which people share its green."""

WHY = ("wrong_layer", "wrong_class", "not_public", "too_small", "nobody_near", "already_covered")
"""Why a plot covers nobody in addition, the first that holds first."""

# Corners per quarter circle of the surroundings of a plot: green is measured to a thousandth.
_CORNERS = 64
# Places whose pairs with plots are looked at together.
_BATCH = 16_384


@dataclass(frozen=True)
class PlotWorth(Rendered):
    """What plots are worth, a row each, the best first.

    Parameters
    ----------
    ruleset, weight, evaluated_on, greening
        By what rules, in which unit, for which day, and what a plot is taken to become.
    near_m
        Metres around a plot within which green is shared.
    plots
        Indexed by label, sorted by `rank`: `area_m2`; for each tier `{tier}.gain`, the amount that
        is newly covered, `{tier}.places`, how many places that is, `{tier}.saved_m`, by how much
        the way to the nearest green becomes shorter, summed over the weight (missing where there
        was no green to go to), and `{tier}.why`, one of `WHY` where nothing is gained; `near`, the
        amount within `near_m` of the plot, `green_m2` there, `green_each_m2` and
        `green_each_after_m2` for each unit of it; `geometry`.
    standing
        One row per plot, rule set and tier: `counts`, `reason`, `area_m2` that decides and
        `min_area_m2`.
    """

    ruleset: RuleSet
    weight: str
    evaluated_on: date | None
    greening: Greening
    near_m: float
    plots: GeoDataFrame = field(repr=False)
    standing: pd.DataFrame = field(repr=False)

    def idle(self, tier: str) -> dict[str, int]:
        """Count the plots that cover nobody in addition by a tier, by the reason.

        Raises
        ------
        TierUnknownError
        """
        counts = self.plots[f"{self.ruleset.tier(tier).name}.why"].value_counts()
        return {reason: int(counts[reason]) for reason in WHY if reason in counts}

    @property
    def nothing_gained(self) -> bool:
        """Tell whether no plot covers anybody in addition by any tier."""
        gains = [f"{tier.name}.gain" for tier in self.ruleset.tiers]
        return not (self.plots[gains] > 0).any(axis=None)

    def to_frame(self) -> pd.DataFrame:
        """Give the rows without their geometry."""
        return pd.DataFrame(self.plots.drop(columns=self.plots.geometry.name))

    def to_dict(self) -> dict[str, Any]:
        """Give everything but the geometry, for JSON."""
        return {
            "rules": self.ruleset.to_dict(),
            "weight": self.weight,
            "evaluated_on": None if self.evaluated_on is None else self.evaluated_on.isoformat(),
            "greening": self.greening.to_dict(),
            "near_m": self.near_m,
            "idle": {tier.name: self.idle(tier.name) for tier in self.ruleset.tiers},
            "nothing_gained": self.nothing_gained,
            "plots": self.to_frame().rename_axis("plot").reset_index().to_dict("records"),
            "standing": self.standing.to_dict("records"),
        }

    def explain(self, plot: Any) -> pd.DataFrame:
        """Say of one plot by which rules it would count, and why not by the others."""
        return self.standing[self.standing["plot"] == plot].drop(columns="plot")


def plot_worth(  # noqa: PLR0913 (the signature is public)
    plots: GeoDataFrame,
    places: GeoDataFrame,
    targets: Mapping[str, GeoDataFrame],
    ruleset: RuleSet,
    *,
    weight: str | None = None,
    on: date | str | None = None,
    greening: Greening = Greening(),  # noqa: B008 (it never changes)
    compared: Iterable[RuleSet] | None = None,
    near_m: float = NEAR_M,
) -> PlotWorth:
    """Measure what each plot would change if it alone were made green.

    Plots are ranked by what they gain by the first tier, then by the next one; of equal ones by the
    places gained, the metres saved, the green added for each person, their area, and last of all
    by their label.

    Parameters
    ----------
    plots
        Areas with unique labels, in a metric CRS; column used when present: `area_m2`. Those
        without a geometry are left out.
    places, targets, ruleset, weight, on
        As for `coverage`; places are counted whole. Straight tiers only.
    greening
        What a plot is taken to be once it is green.
    compared
        Rule sets by which the plots shall be looked at; all presets by default.
    near_m
        Metres around a plot within which green is shared.

    Raises
    ------
    NotSupportedError, TargetLayerMissingError, ColumnMissingError, ArgumentTypeError, WeightError,
    RadiusError, DateError, AccessUnknownError, DuplicateIndexError, CrsMissingError,
    CrsNotMetricError, CrsMismatchError, GeometryInvalidError, GeometryNotFiniteError

    Examples
    --------
    >>> from shapely import box
    >>> homes = GeoDataFrame(
    ...     {"people": [4, 3]}, geometry=GeoSeries.from_xy([0, 600], [0, 0]), crs=32650
    ... )
    >>> park = GeoDataFrame(geometry=[box(700, 0, 800, 100)], crs=32650)
    >>> plots = GeoDataFrame(
    ...     index=["a", "b"], geometry=[box(640, 0, 650, 17), box(100, 0, 120, 20)], crs=32650
    ... )
    >>> rules = RuleSet("near", tiers=[Tier("green", "见绿", ["green_space"], radius_m=300)])
    >>> worth = plot_worth(plots, homes, {"green_space": park}, rules, weight="people")
    >>> worth.to_frame()[["rank", "green.gain", "green.saved_m", "green.why"]]
       rank  green.gain  green.saved_m        green.why
    b     1           4         2400.0             None
    a     2           0          420.0  already_covered
    """
    _require(plots, places, targets, ruleset, weight, near_m)
    day = read_date(on)
    plots = plots[present(plots.geometry)]
    plots = plots.iloc[np.argsort(label_rank(plots.index))]
    places, layers = _existing(places, targets, ruleset, day)
    weights = weigh(places, weight)
    counted = places.geometry[weights.counted]
    people = _People(counted, weights.amount[weights.counted])
    grounds = [Ground.of(tier, layers, plots, greening) for tier in ruleset.tiers]
    columns: dict[str, Any] = {"area_m2": shapely.area(plots.geometry.to_numpy())}
    for ground in grounds:
        columns |= _of_tier(plots, people, ground)
    columns |= _green_near(plots, people, grounds, near_m)
    rows = GeoDataFrame(columns, index=plots.index, geometry=plots.geometry, crs=plots.crs)
    ranked = rows.iloc[_best_first(rows, ruleset)]
    ranked.insert(0, "rank", np.arange(1, len(ranked) + 1))
    rules = presets.values() if compared is None else compared
    return PlotWorth(
        ruleset=ruleset,
        weight=weights.name,
        evaluated_on=day,
        greening=greening,
        near_m=near_m,
        plots=ranked,
        standing=_standing(plots, layers, rules, greening),
    )


@dataclass(frozen=True)
class _People:
    """Where the weight is."""

    places: GeoSeries
    amount: NDArray[Any]

    @property
    def geometry(self) -> NDArray[np.object_]:
        return np.asarray(self.places.array, dtype=object)


def _of_tier(plots: GeoDataFrame, people: _People, ground: Ground) -> dict[str, Any]:
    """Measure what plots change by one tier."""
    tier = ground.tier
    plot, row = ground.openings()
    there = GeoSeries(ground.found.geometry[ground.bare], crs=plots.crs)
    before = distance_to_nearest(people.places, there).to_numpy()
    gain = np.zeros(len(plots), dtype=people.amount.dtype)
    gained = np.zeros(len(plots), dtype=np.int64)
    saved_m = np.full(len(plots), np.nan if np.isnan(before).all() else 0.0)
    opened = ground.found.geometry[row]
    for first in range(0, len(before), _BATCH):
        part = slice(first, first + _BATCH)
        limit = np.where(np.isnan(before[part]), tier.radius_m, before[part])
        near = pairs_within(people.geometry[part], opened, limit)
        place, by, metres = _nearest_each(near.place, plot[near.target], near.distance_m)
        amount, was = people.amount[part][place], before[part][place]
        new = (metres <= tier.radius_m) & ~(was <= tier.radius_m)
        np.add.at(gain, by[new], amount[new])
        np.add.at(gained, by[new], 1)
        np.add.at(saved_m, by, amount * (was - metres))
    standing = ground.standing()["reason"].to_numpy(dtype=object)
    return {
        f"{tier.name}.gain": gain,
        f"{tier.name}.places": gained,
        f"{tier.name}.saved_m": saved_m,
        f"{tier.name}.why": pd.Series(
            _why(plots, people, tier, gained, standing), plots.index, dtype=object
        ),
    }


def _nearest_each(
    place: NDArray[np.int64], plot: NDArray[np.int64], metres: Floats
) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Keep of each pair of place and plot the least distance: a plot may open several targets."""
    order = np.lexsort((metres, plot, place))
    place, plot, metres = place[order], plot[order], metres[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (place[1:] != place[:-1]) | (plot[1:] != plot[:-1])
    return place[first], plot[first], metres[first]


def _why(
    plots: GeoDataFrame,
    people: _People,
    tier: Tier,
    gained: NDArray[np.int64],
    standing: NDArray[np.object_],
) -> NDArray[np.object_]:
    """Say why a plot covers nobody in addition."""
    near = distance_to_nearest(plots, people.places, limit_m=tier.radius_m).to_numpy()
    why = np.where(near <= tier.radius_m, "already_covered", "nobody_near").astype(object)
    known = ~np.asarray(pd.isna(standing), dtype=bool)
    why[known] = standing[known]
    why[gained > 0] = None
    return why


def _green_near(
    plots: GeoDataFrame, people: _People, grounds: list[Ground], near_m: float
) -> dict[str, Any]:
    """Measure the green around each plot, and for how many it is."""
    pairs = pairs_within(people.geometry, plots.geometry.to_numpy(), near_m)
    near = np.zeros(len(plots), dtype=people.amount.dtype)
    np.add.at(near, pairs.target, people.amount[pairs.place])
    green = _disjoint(_green(grounds))
    shapes = plots.geometry.to_numpy()
    added_m2 = shapely.area(shapes)
    added_m2 -= _common_m2(shapes, green)
    green_m2 = _common_m2(shapely.buffer(shapes, near_m, quad_segs=_CORNERS), green)
    each = np.where(near > 0, near, np.nan)
    return {
        "near": near,
        "green_m2": green_m2,
        "green_each_m2": green_m2 / each,
        "green_each_after_m2": (green_m2 + added_m2) / each,
    }


def _disjoint(green: NDArray[np.object_]) -> NDArray[np.object_]:
    """Dissolve what overlaps, so that areas can be added up."""
    one, other = shapely.STRtree(green).query(green, predicate="intersects")
    one, other = one[one < other], other[one < other]
    overlap = shapely.relate_pattern(green[one], green[other], "T********")
    group = grouped((one[overlap], other[overlap]), np.ones(len(green), dtype=bool))
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[order])) + 1
    members = np.split(green[order], starts) if len(green) else []
    return np.array([one[0] if len(one) == 1 else shapely.union_all(one) for one in members])


def _common_m2(shapes: NDArray[np.object_], green: NDArray[np.object_]) -> Floats:
    """Give how much of each shape is green."""
    shape, row = shapely.STRtree(green).query(shapes, predicate="intersects")
    common = shapely.area(shapely.intersection(shapes[shape], green[row]))
    return np.bincount(shape, weights=common, minlength=len(shapes)).astype(float)


def _green(grounds: list[Ground]) -> NDArray[np.object_]:
    """Collect what the tiers take for green, whatever its size, each target once."""
    rows = [
        ground.found.rows.assign(geometry=ground.found.geometry)[
            ground.found.eligible & (ground.plot < 0)
        ]
        for ground in grounds
    ]
    every = pd.concat(rows).drop_duplicates(["layer", "label"])
    return every["geometry"].to_numpy(dtype=object)


def _best_first(rows: GeoDataFrame, ruleset: RuleSet) -> NDArray[np.intp]:
    """Sort down the row; what is equal in all of it keeps the order of the labels."""
    names = [
        f"{tier.name}.{name}" for name in ("gain", "places", "saved_m") for tier in ruleset.tiers
    ]
    added = (rows["green_each_after_m2"] - rows["green_each_m2"]).fillna(0.0)
    keys = [*(rows[name].fillna(0.0) for name in names), added, rows["area_m2"]]
    return np.lexsort([-key.to_numpy() for key in reversed(keys)])


def _standing(
    plots: GeoDataFrame,
    layers: Mapping[str, GeoDataFrame],
    rules: Iterable[RuleSet],
    greening: Greening,
) -> pd.DataFrame:
    """Look at each plot by every tier of every rule set."""
    empty = GeoDataFrame(geometry=[], crs=plots.crs)
    parts = []
    for ruleset in rules:
        for tier in ruleset.tiers:
            joins = tier.area_of == "joined"
            there = {name: layers.get(name, empty) if joins else empty for name in tier.layers}
            rows = Ground.of(tier, there, plots, greening).standing()
            rows.insert(0, "plot", plots.index)
            rows.insert(1, "rules", ruleset.key)
            rows.insert(2, "tier", tier.name)
            rows.insert(3, "counts", rows["reason"].isna())
            parts.append(rows.assign(min_area_m2=tier.min_area_m2))
    if not parts:
        columns = ["plot", "rules", "tier", "counts", "reason", "area_m2", "min_area_m2"]
        return pd.DataFrame(columns=columns)
    return pd.concat(parts, ignore_index=True)


def _existing(
    places: GeoDataFrame,
    targets: Mapping[str, GeoDataFrame],
    ruleset: RuleSet,
    day: date | None,
) -> tuple[GeoDataFrame, dict[str, GeoDataFrame]]:
    names = dict.fromkeys(name for tier in ruleset.tiers for name in tier.layers)
    layers = {name: targets[name] for name in names if name in targets}
    if day is None:
        return places, layers
    there = {name: rows[exists_on(rows, day, argument=name)] for name, rows in layers.items()}
    return places[exists_on(places, day, argument="places")], there


def _require(
    plots: GeoDataFrame,
    places: GeoDataFrame,
    targets: Mapping[str, GeoDataFrame],
    ruleset: RuleSet,
    weight: str | None,
    near_m: float,
) -> None:
    for tier in ruleset.tiers:
        if tier.distance == "walk" or tier.to != "edge":
            raise NotSupportedError(feature=f"plot_worth, distance={tier.distance}, to={tier.to}")
    if weight == AREA:
        raise NotSupportedError(feature="plot_worth, weight=area")
    require_unique_index(plots=plots, places=places)
    require_metres(places=places, plots=plots, **targets)
    require_valid("plots", plots.geometry)
    require_radius("near_m", near_m, least=1.0)
