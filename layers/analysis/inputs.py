"""What an analysis reads: places, targets and units, all of one moment of the store."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame, GeoSeries

from gis import RuleSet, WalkNetwork
from gis.covering.reach import ENTRANCES
from gis.errors import RuleValueError
from layers.adoption import plots_alive
from layers.analysis.kept import kept_network, kept_territory
from layers.analysis.walking import OnFoot, walk_network, walks
from layers.errors import AnalysisInputError
from layers.store import Scope, Store, Verb
from layers.territory import LEVELS

AREA = "area"

# What is counted, by weight: None counts every place as one.
WEIGHTS: Mapping[str, str | None] = {
    "buildings": None,
    "dwellings": "dwellings",
    "households": "households",
    "population": "population",
    AREA: AREA,
}
# Where the places come from unless somebody says otherwise.
PLACES_OF_WEIGHT: Mapping[str, str] = {
    **dict.fromkeys(WEIGHTS, "building"),
    AREA: "residential_land",
}
# The kind whose features have entrances.
ENTRANCES_OF = "green_space"

# Whether the weight of a place is an estimate, where its kind says so.
_ESTIMATED = {"households": "households_estimated", "population": "population_estimated"}


@dataclass(frozen=True, kw_only=True)
class Question:
    """Say what is asked of a store; every part of it is kept with the run."""

    places: str
    weight: str
    evaluated_on: dt.date
    # The state of the store: a changeset number, so that the answer can be found again.
    as_of: int
    scope: Scope
    # How one walks, where the rules ask for it.
    on_foot: OnFoot | None = None


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """Everything that one coverage reads, in the metric CRS."""

    places: GeoDataFrame
    targets: dict[str, GeoDataFrame]
    # By place, the uid of its unit at each level.
    units: pd.DataFrame
    # By layer, the revision that was read.
    revisions: dict[str, int]
    network: WalkNetwork | None


def read_inputs(store: Store, ruleset: RuleSet, question: Question) -> Inputs:
    """Read what a coverage needs.

    Raises
    ------
    AnalysisInputError
        No places, or none with the weight.
    RuleValueError
        A tier names a layer that is no kind, or a kind that has no places.
    """
    layers = _target_layers(store, ruleset)
    network = None
    if question.on_foot is not None:
        network = _read_network(store, question.on_foot, question, required=walks(ruleset))
    places, units = _read_places(store, question)
    return Inputs(
        places=places,
        targets={layer: _read_targets(store, layer, question) for layer in layers},
        units=units,
        revisions=revisions_read(store, ruleset, question),
        network=network,
    )


def revisions_read(store: Store, ruleset: RuleSet, question: Question) -> dict[str, int]:
    """Give the revisions of all layers that a coverage reads, by layer.

    Raises
    ------
    RuleValueError
    """
    layers = _target_layers(store, ruleset)
    needed = {question.places, *LEVELS, *layers}
    if "adoption_plot" in layers:
        needed |= {"adoption", "care_log"}
    if question.on_foot is not None:
        needed |= set(question.on_foot.kinds)
    return store.revisions(sorted(needed), as_of=question.as_of)


def _target_layers(store: Store, ruleset: RuleSet) -> tuple[str, ...]:
    spatial = tuple(key for key, kind in store.kinds.items() if kind.is_spatial)
    for number, tier in enumerate(ruleset.tiers, 1):
        for position, layer in enumerate(tier.layers, 1):
            if layer not in spatial:
                where = f"tier[{number}].layers[{position}]"
                raise RuleValueError(where=where, found=layer, allowed=spatial)
    layers = dict.fromkeys(layer for tier in ruleset.tiers for layer in tier.layers)
    # Also where the rules measure to edges: what would it be to the entrances?
    if ENTRANCES_OF in layers or any(tier.to == "entrance" for tier in ruleset.tiers):
        layers[ENTRANCES] = None
    return tuple(layers)


def _read_places(store: Store, question: Question) -> tuple[GeoDataFrame, pd.DataFrame]:
    kind = store.kind(question.places)
    fields = {field.key for field in kind.fields}
    column = WEIGHTS[question.weight]
    if not kind.is_spatial or (column not in fields and column not in (None, AREA)):
        missing = f"{question.places}.{column}" if column else question.places
        raise AnalysisInputError(analysis="coverage", missing=missing, reason="no_field")
    scope = question.scope
    if question.weight == AREA:  # a zone may lie partly within: its pieces are looked at below
        scope = scope.with_units(None)
    frame = _read(store, question.places, question, scope=scope)
    if frame.empty:
        raise AnalysisInputError(analysis="coverage", missing=question.places, reason="no_rows")
    # Of whom small counts are hidden from, none are summed: a sum tells of what it is made of.
    is_hidden = column in scope.hidden_fields(question.places)
    if column in fields and (is_hidden or frame[column].isna().all()):
        raise AnalysisInputError(
            analysis="coverage", missing=f"{question.places}.{column}", reason="all_empty"
        )
    estimated = _ESTIMATED.get(question.weight)
    if estimated in fields:
        frame = frame.assign(weight_estimated=frame[estimated].fillna(value=False).astype(bool))
    if question.weight == AREA:
        return _within(question, *_cut_by_units(store, frame, question))
    territory = kept_territory(
        store, question.places, as_of=question.as_of, on=question.evaluated_on
    ).reindex(frame.index)
    return frame, territory[list(LEVELS)]


def _within(
    question: Question, pieces: GeoDataFrame, units: pd.DataFrame
) -> tuple[GeoDataFrame, pd.DataFrame]:
    """Keep the pieces that lie in the units of the scope."""
    allowed = question.scope.units_for(Verb.READ, question.places)
    if allowed is None:
        return pieces, units
    mine = units.isin(allowed).any(axis=1)
    if not mine.any():
        raise AnalysisInputError(analysis="coverage", missing=question.places, reason="no_rows")
    return pieces[mine], units[mine]


def _read_network(
    store: Store, on_foot: OnFoot, question: Question, *, required: bool
) -> WalkNetwork | None:
    def join() -> WalkNetwork | None:
        frames = {key: _read(store, key, question, scope=Scope.all()) for key in on_foot.kinds}
        if not required and all(frame.empty for frame in frames.values()):
            return None
        return walk_network(frames, on_foot)

    return kept_network(store, on_foot, as_of=question.as_of, on=question.evaluated_on, make=join)


def _read_targets(store: Store, layer: str, question: Question) -> GeoDataFrame:
    frame = _read(store, layer, question, scope=Scope.all())
    if layer != "adoption_plot":
        return frame
    adoptions = store.read("adoption", as_of=question.as_of)
    care_logs = store.read("care_log", as_of=question.as_of)
    return frame.assign(alive=plots_alive(frame, adoptions, care_logs, question.evaluated_on))


def read_kind(store: Store, kind: str, question: Question) -> GeoDataFrame:
    """Read all features of a kind at the moment of a question, in metres."""
    return _read(store, kind, question, scope=question.scope)


def _read(store: Store, kind: str, question: Question, *, scope: Scope) -> GeoDataFrame:
    frame = store.read(kind, as_of=question.as_of, on=question.evaluated_on, scope=scope)
    return frame.to_crs(store.settings.metric_crs)


def _cut_by_units(
    store: Store, zones: GeoDataFrame, question: Question
) -> tuple[GeoDataFrame, pd.DataFrame]:
    """Cut zones along the finest units that hold them: each unit answers for its own ground.

    The pieces of one zone share its uid up to a number behind it. Nothing is lost or doubled:
    ground in several units of a level is that of the smallest, what lies in no unit of a level is
    cut along the coarser ones, and what lies in none stays a piece without a unit.
    """
    rest = zones[[zones.geometry.name]].rename_axis("uid").reset_index()
    cut: list[pd.DataFrame] = []
    for number, level in enumerate(LEVELS):
        units = _read(store, level, question, scope=Scope.all())
        if units.empty:
            continue
        inside, rest = _split(rest, without_overlaps(units.geometry))
        parents = store.territory(level, as_of=question.as_of, on=question.evaluated_on)
        cut.append(inside.join(parents[list(LEVELS[number:])], on="unit"))
    if not cut:
        return zones, pd.DataFrame(None, index=zones.index, columns=list(LEVELS), dtype=object)
    pieces = pd.concat([*cut, rest]).sort_values(["uid", "unit"], kind="stable")
    labels = [f"{uid}/{n}" for uid, n in zip(pieces["uid"], _numbering(pieces["uid"]), strict=True)]
    pieces = pieces.set_axis(pd.Index(labels)).reindex(columns=["geometry", *LEVELS])
    places = GeoDataFrame(pieces[["geometry"]], geometry="geometry", crs=zones.crs)
    return places, pieces[list(LEVELS)].astype(object)


def _split(zones: GeoDataFrame, units: GeoSeries) -> tuple[GeoDataFrame, GeoDataFrame]:
    """Part zones into what lies in a unit, piece by piece, and the rest."""
    bare = GeoDataFrame({"unit": units.index}, geometry=units.to_numpy(), crs=units.crs)
    nowhere = zones.geometry.isna() | zones.geometry.is_empty
    if nowhere.all():  # nothing is left to part, of which overlays only warn
        return zones.iloc[:0].assign(unit=None), zones
    inside = gpd.overlay(zones[~nowhere], bare, how="intersection", keep_geom_type=True)
    outside = gpd.overlay(zones[~nowhere], bare, how="difference", keep_geom_type=True)
    return inside, pd.concat([outside, zones[nowhere]])


def without_overlaps(units: GeoSeries) -> GeoSeries:
    """Leave ground that several units claim to the smallest of them, as `locate_in_units` does."""
    order = np.lexsort((units.index.astype(str), units.area))
    shapes = units.to_numpy()[order]
    later, earlier = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    kept = shapes.copy()
    for number in np.unique(later[earlier < later]).tolist():
        first = shapes[earlier[(later == number) & (earlier < number)]]
        claimed = first[shapely.relate_pattern(first, shapes[number], "T********")]
        if len(claimed):
            kept[number] = shapes[number].difference(shapely.union_all(claimed))
    return GeoSeries(kept, index=units.index[order], crs=units.crs)


def _numbering(uids: Iterable[str]) -> Iterable[int]:
    """Count the repetitions of each uid from 1."""
    return (pd.Series(list(uids)).groupby(list(uids)).cumcount() + 1).tolist()
