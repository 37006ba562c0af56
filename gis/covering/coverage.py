"""Who has green within reach, by a rule set: figures, units, and every place with its reason.

Places are counted whole: a place is covered when the nearest target that counts lies within the
radius, edge to edge, and then with its full weight. That is right for buildings; a large area
counted so is covered as soon as its edge is. With the weight `area` zones are measured instead:
the part of each zone within the radius counts, with a proven bound. Zones are taken as they come:
where two overlap, the ground counts in both.

Nothing is dropped in silence. Places that cannot be counted are excluded by a named reason;
targets are to reach beyond the boundary of the places by the largest radius, or places near it
seem uncovered. With `on`, rows that do not exist on that day take no part at all: they are neither
in the base nor among the exclusions, nor in the result.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

import pandas as pd
from geopandas import GeoDataFrame, GeoSeries

from gis.contracts import require_family, require_radius, require_unique_index, require_valid
from gis.covering.figures import Outcome, TierFigure, figure
from gis.covering.measure import Indexes, measure_places, measure_zones
from gis.covering.measure_walks import Unconnected, WalkFigure, Walking, measure_walks
from gis.covering.qualify import Candidates, candidates
from gis.covering.reach import ENTRANCES, entrances_for, reach
from gis.covering.rollup import by_unit, read_levels
from gis.covering.weights import AREA, Number, Weights, total, weigh
from gis.crs import require_metres
from gis.errors import (
    ArgumentTypeError,
    NetworkMissingError,
    NotSupportedError,
    TargetLayerMissingError,
)
from gis.result import Rendered
from gis.rules import RuleSet, Tier
from gis.validity import exists_on, read_date
from gis.walks.network import WalkNetwork
from gis.walks.network_report import NetworkReport
from gis.walks.walking import MAX_SNAP_M

__all__ = [
    "CoverageResult",
    "Targets",
    "coverage",
    "existing",
    "require_coverable",
    "require_geometries",
]

Targets = Mapping[str, GeoDataFrame]


@dataclass(frozen=True)
class CoverageResult(Rendered):
    """Coverage of places by a rule set, with all that is needed to check it.

    Parameters
    ----------
    ruleset
        The rules in full.
    weight
        What was counted: `places`, a column, or `area` (square metres).
    evaluated_on
        The day for which it holds; None when nothing was selected by date.
    figures
        One per tier, in the order of the rule set.
    by_unit
        One row per level, tier and unit: level, unit, tier, covered, uncovered, base, share
        (lower and upper for `area`), excluded by reason and in all, total, and numbers of
        places. The last row of a level and tier, without unit, holds the places in none.
    places
        Geometry and index of the input; `weight`; for each tier `{tier}.covered` (missing where
        excluded), `{tier}.distance_m`, `{tier}.nearest_layer` and `{tier}.nearest` (label of the
        nearest target that counts), or for zones `{tier}.covered_share`, `{tier}.lower` and
        `{tier}.upper`; and `{tier}.reason`, why a place is uncovered or excluded.
    targets
        For each tier the targets that counted: layer, label, area_m2, geometry.
    reached
        For each tier what had to be reached of them: edges, entrances or centroids.
    walks
        For each tier that is walked, how its targets are entered.
    network
        What the network was made of, where a tier is walked.
    """

    ruleset: RuleSet
    weight: str
    evaluated_on: date | None
    figures: tuple[TierFigure, ...]
    by_unit: pd.DataFrame
    places: GeoDataFrame = field(repr=False)
    targets: Mapping[str, GeoDataFrame] = field(repr=False)
    reached: Mapping[str, GeoSeries] = field(repr=False)
    walks: Mapping[str, WalkFigure] = field(default_factory=dict)
    network: NetworkReport | None = None

    @property
    def covered_by_any(self) -> Number | None:
        """Amount that at least one tier covers, of the same base; None where areas are measured.

        Rules that grant larger targets a larger radius state one rate over all their tiers.
        """
        if self.weight == AREA:
            return None
        columns = [f"{tier.name}.covered" for tier in self.ruleset.tiers]
        covered = self.places[columns].fillna(value=False).any(axis=1)
        return total(self.places.loc[covered, "weight"].to_numpy())

    def figure(self, tier: str) -> TierFigure:
        """Find the figure of a tier.

        Raises
        ------
        TierUnknownError
        """
        name = self.ruleset.tier(tier).name
        return next(found for found in self.figures if found.tier == name)

    def to_frame(self) -> pd.DataFrame:
        """Give one row per tier: what was asked, and covered, base and share."""
        columns = ["radius_m", "min_area_m2", "weight", "covered", "uncovered", "base", "share"]
        rows = [{name: getattr(found, name) for name in columns} for found in self.figures]
        return pd.DataFrame(rows, index=pd.Index([f.tier for f in self.figures], name="tier"))


def coverage(  # noqa: PLR0913 (the signature is public and fixed)
    places_or_zones: GeoDataFrame,
    targets: Targets,
    ruleset: RuleSet,
    *,
    weight: str | None = None,
    by: pd.Series | pd.DataFrame | None = None,
    network: WalkNetwork | None = None,
    on: date | str | None = None,
    max_snap_m: float = MAX_SNAP_M,
    unconnected: Unconnected = "excluded",
) -> CoverageResult:
    """Measure which places, or which part of zones, the targets cover by each tier.

    Parameters
    ----------
    places_or_zones
        n rows with unique labels, in a metric CRS. Columns used when present: the weight;
        `weight_estimated`, whether the weight of a row is an estimate; `valid_from`, `valid_to`.
    targets
        The layers that the tiers name, in the same CRS; a layer may be empty, not absent. Columns
        used when present: `area_m2`, `access`, `class_code`, `code_system`, `alive`,
        `counts_as_green`, `valid_from`, `valid_to`; for entrances also `code` of the targets and
        `green_code` of a layer `green_entrance`.
    ruleset
        The tiers to measure.
    weight
        None counts every place as one; a column counts what it says (missing: excluded; 0 is a
        weight); `area` measures zones by area, in square metres.
    by
        Units of the places: a Series (one level) or a DataFrame (one column per level), labelled
        as the places, missing for places in no unit. A categorical column lists units that may
        have no places.
    network
        On which one walks; tiers with `distance` = `walk` need it. Places walk from their
        representative point.
    on
        Day for which coverage is asked; None takes all rows whatever their dates.
    max_snap_m
        Longest straight leg between a place or target and the network, metres.
    unconnected
        What becomes of places that are off the network, or in a part of it without a target:
        `excluded`, or counted as `uncovered`.

    Raises
    ------
    TargetLayerMissingError, NetworkMissingError, NotSupportedError, ColumnMissingError,
    ArgumentTypeError, WeightError, RadiusError, DateError, AccessUnknownError,
    DuplicateIndexError, IndexMismatchError, CrsMissingError, CrsNotMetricError,
    CrsMismatchError, GeometryFamilyError, GeometryInvalidError, GeometryNotFiniteError

    Examples
    --------
    >>> from geopandas import GeoSeries
    >>> from gis.rules import Tier
    >>> homes = GeoDataFrame(
    ...     {"people": [4, 3, 2]}, geometry=GeoSeries.from_xy([0, 90, 900], [0, 0, 0]), crs=32650
    ... )
    >>> parks = GeoDataFrame(geometry=GeoSeries.from_xy([30], [40]), crs=32650)
    >>> rules = RuleSet("near", tiers=[Tier("park", "见园", ["green_space"], radius_m=50)])
    >>> result = coverage(homes, {"green_space": parks}, rules, weight="people")
    >>> park = result.figure("park")
    >>> park.covered, park.base, round(park.share, 4), park.reasons["over_limit"]
    (4, 9, 0.4444, 5)
    >>> result.places["park.distance_m"].round(1).tolist()
    [50.0, 72.1, 870.9]
    """
    require_coverable(places_or_zones, targets, ruleset, weight=weight, network=network)
    day = read_date(on)
    places = existing(places_or_zones, day, "places")
    layers = {name: existing(targets[name], day, name) for name in _used(ruleset)}
    require_geometries(places, layers, weight)
    weights = weigh(places, weight)
    levels = read_levels(by, places)
    walking = None
    if network is not None and _walked(ruleset):
        require_radius("max_snap_m", max_snap_m)
        walking = Walking.of(places.geometry, network, max_snap_m, unconnected)
    asked = [(candidates(tier, layers), entrances_for(tier, layers)) for tier in ruleset.tiers]
    indexes = Indexes()
    if weights.name == AREA:
        found = measure_zones(places.geometry, weights, asked)
        measured = [
            _measured(places, *tier, outcome) for tier, outcome in zip(asked, found, strict=True)
        ]
    else:
        measured = [_measure(places, weights, *tier, walking, indexes) for tier in asked]
    outcomes = {tier.name: one.outcome for tier, one in zip(ruleset.tiers, measured, strict=True)}
    return CoverageResult(
        ruleset=ruleset,
        weight=weights.name,
        evaluated_on=day,
        figures=tuple(figure(tier, outcomes[tier.name]) for tier in ruleset.tiers),
        by_unit=by_unit(levels, outcomes),
        places=_places(places, weights, outcomes),
        targets=dict(zip(outcomes, (one.targets for one in measured), strict=True)),
        reached=dict(zip(outcomes, (one.reached for one in measured), strict=True)),
        walks={
            tier: one.walks
            for tier, one in zip(outcomes, measured, strict=True)
            if one.walks is not None
        },
        network=None if walking is None else walking.network.report,
    )


def require_coverable(
    places: GeoDataFrame,
    targets: Targets,
    ruleset: RuleSet,
    *,
    weight: str | None,
    network: WalkNetwork | None,
) -> None:
    """Refuse what cannot be measured whatever its rows say.

    Raises
    ------
    As `coverage`.
    """
    _require_layers(places, targets, ruleset)
    _require_walkable(ruleset, weight, network)
    if network is not None:
        require_metres(places=places, network=GeoSeries(crs=network.crs))


class _Measured(NamedTuple):
    outcome: Outcome
    walks: WalkFigure | None
    targets: GeoDataFrame
    reached: GeoSeries


def _walked(ruleset: RuleSet) -> list[str]:
    return [tier.name for tier in ruleset.tiers if tier.distance == "walk"]


def _require_walkable(ruleset: RuleSet, weight: str | None, network: object | None) -> None:
    if network is not None and not isinstance(network, WalkNetwork):
        found = type(network).__name__
        raise ArgumentTypeError(argument="network", found=found, allowed="WalkNetwork")
    walked = _walked(ruleset)
    if walked and weight == AREA:
        raise NotSupportedError(feature="weight=area, distance=walk")
    if walked and network is None:
        raise NetworkMissingError(tier=walked[0])


def _require_layers(places: GeoDataFrame, targets: Targets, ruleset: RuleSet) -> None:
    """Refuse absent layers, and layers that are not in the metres of the places."""
    if not isinstance(places, GeoDataFrame) or places.active_geometry_name is None:
        found = type(places).__name__
        raise ArgumentTypeError(argument="places", found=found, allowed="GeoDataFrame")
    require_unique_index(places=places)
    for tier in ruleset.tiers:
        for layer in _layers(tier):
            if layer not in targets:
                layers = tuple(targets)
                raise TargetLayerMissingError(tier=tier.name, layer=layer, layers=layers)
    require_metres(places=places)
    for layer in _used(ruleset):
        require_metres(places=places, **{layer: targets[layer]})


def require_geometries(places: GeoDataFrame, layers: Targets, weight: str | None) -> None:
    """Refuse shapes of which no distance or area can be taken.

    Raises
    ------
    GeometryFamilyError, GeometryInvalidError
    """
    if weight == AREA:
        require_family("places", places.geometry, ["area"])
        require_valid("places", places.geometry)
    for name, layer in layers.items():
        require_valid(name, layer.geometry)


def _layers(tier: Tier) -> tuple[str, ...]:
    return (*tier.layers, ENTRANCES) if tier.to == "entrance" else tier.layers


def _used(ruleset: RuleSet) -> list[str]:
    return list(dict.fromkeys(layer for tier in ruleset.tiers for layer in _layers(tier)))


def existing(rows: GeoDataFrame, on: date | None, argument: str) -> GeoDataFrame:
    """Keep the rows that exist on a day; all where none is asked for."""
    return rows if on is None else rows[exists_on(rows, on, argument=argument)]


def _measure(
    places: GeoDataFrame,
    weights: Weights,
    found: Candidates,
    gates: GeoDataFrame | None,
    walking: Walking | None,
    indexes: Indexes,
) -> _Measured:
    if walking is not None and found.tier.distance == "walk":
        outcome, walks = measure_walks(weights, found, gates, walking)
        return _measured(places, found, gates, outcome, walks)
    outcome = measure_places(places.geometry, weights, found, gates, indexes)
    return _measured(places, found, gates, outcome)


def _measured(
    places: GeoDataFrame,
    found: Candidates,
    gates: GeoDataFrame | None,
    outcome: Outcome,
    walks: WalkFigure | None = None,
) -> _Measured:
    rows = found.rows.loc[found.counted, ["layer", "label"]]
    rows = rows.assign(area_m2=found.area_m2[found.counted])
    return _Measured(
        outcome,
        walks,
        GeoDataFrame(rows, geometry=found.geometry[found.counted], crs=places.crs),
        GeoSeries(reach(found, found.counted, gates).geometry, crs=places.crs),
    )


def _places(
    places: GeoDataFrame, weights: Weights, outcomes: Mapping[str, Outcome]
) -> GeoDataFrame:
    columns = {"weight": pd.Series(weights.amount).where(weights.given).to_numpy()}
    for tier, outcome in outcomes.items():
        columns |= {f"{tier}.{name}": values for name, values in outcome.columns.items()}
    frame = pd.DataFrame(columns, index=places.index)
    return GeoDataFrame(frame, geometry=places.geometry.to_numpy(), crs=places.crs)
