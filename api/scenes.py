"""From an analysis of a store to what a map of it shows."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from geopandas import GeoDataFrame
from pandas import Series, concat

from api import figures
from api.maps.scene import GROUND_LOOKS, Scene
from gis import CoverageResult
from layers import Store
from layers.analysis import Analysis
from layers.store import Scope, Verb
from layers.territory import LEVELS

# The finest level first; a map shows it unless somebody chooses another.
DEFAULT_LEVEL = LEVELS[0]


def scene_of(
    store: Store,
    made: Analysis,
    *,
    tier: str | None = None,
    level: str | None = None,
    scope: Scope = Scope.all(),
) -> Scene:
    """Read what a map shows around an analysis: units, names, water and roads of that moment.

    Of all that is drawn and named nothing lies outside `scope`, even where it was measured with.
    """
    run, result = made.run, made.coverage
    moment = {"as_of": run.parameters["as_of"], "on": run.evaluated_on}
    shown = level or _finest(made)

    def read(kind: str, *columns: str) -> GeoDataFrame:
        return seen(store, scope, kind, columns=columns, **moment)

    units = None if shown is None else read(shown, "code", "name")
    ground = {key: read(key, "code") for key in GROUND_LOOKS}
    places = read(run.parameters["places"], "code", "name")
    labels = {layer for targets in result.targets.values() for layer in targets["layer"].unique()}
    named = [read(key, "code", "name") for key in sorted(labels)]
    if not scope.reads_everything:
        result = _without_hidden_targets(result, named)
    return Scene(
        result=result,
        tier=tier or result.ruleset.tiers[0].name,
        level=shown,
        units=units,
        names=names_of_pieces(places["name"].fillna(places["code"]), result.places.index),
        target_names=concat([one["name"] for one in named]) if named else None,
        ground=ground,
        weight=figures.counted(run.parameters),
        run_id=run.id,
        sensitivity=made.sensitivity,
        kinds=store.kinds,
    )


def seen(store: Store, scope: Scope, kind: str, **asked: Any) -> GeoDataFrame:
    """Read what a scope shows of a kind, which may be nothing."""
    if scope.allows(Verb.READ, kind):
        return store.read(kind, scope=scope, **asked)
    return store.read(kind, **asked).iloc[:0]


def gaps_seen(gaps: GeoDataFrame, scene: Scene) -> GeoDataFrame:
    """Take the names of what a scene does not show away from gaps."""
    if scene.target_names is None:
        return gaps
    known = gaps["nearest"].isin(scene.target_names.index)
    return gaps.assign(nearest_name=gaps["nearest_name"].where(known, None))


def _without_hidden_targets(
    result: CoverageResult, shown: Sequence[GeoDataFrame]
) -> CoverageResult:
    """Leave out the targets that are not shown; they counted nevertheless."""
    uids = {uid for frame in shown for uid in frame.index}
    targets = {tier: found[found["label"].isin(uids)] for tier, found in result.targets.items()}
    return replace(result, targets=targets)


def names_of_pieces(names: Series, labels: Series) -> Series:
    """Name places by their uid; a piece `uid/2` of a place has the name of the whole."""
    whole = [str(label).partition("/")[0] for label in labels]
    return names.reindex(whole).set_axis(labels)


def _finest(made: Analysis) -> str | None:
    held = set(made.units["level"]) if len(made.units) else set()
    return next((level for level in LEVELS if level in held), None)
