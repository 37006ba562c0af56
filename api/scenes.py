"""From an analysis of a store to what a map of it shows."""

from pandas import Series, concat

from api import figures
from api.maps.scene import GROUND_LOOKS, Scene
from layers import Store
from layers.analysis import Analysis
from layers.territory import LEVELS

# The finest level first; a map shows it unless somebody chooses another.
DEFAULT_LEVEL = LEVELS[0]


def scene_of(
    store: Store, made: Analysis, *, tier: str | None = None, level: str | None = None
) -> Scene:
    """Read what a map shows around an analysis: units, names, water and roads of that moment."""
    run, result = made.run, made.coverage
    moment = {"as_of": run.parameters["as_of"], "on": run.evaluated_on}
    shown = level or _finest(made)
    units = None if shown is None else store.read(shown, columns=["code", "name"], **moment)
    ground = {key: store.read(key, columns=["code"], **moment) for key in GROUND_LOOKS}
    places = store.read(run.parameters["places"], columns=["code", "name"], **moment)
    labels = {layer for targets in result.targets.values() for layer in targets["layer"].unique()}
    named = [store.read(key, columns=["code", "name"], **moment) for key in sorted(labels)]
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


def names_of_pieces(names: Series, labels: Series) -> Series:
    """Name places by their uid; a piece `uid/2` of a place has the name of the whole."""
    whole = [str(label).partition("/")[0] for label in labels]
    return names.reindex(whole).set_axis(labels)


def _finest(made: Analysis) -> str | None:
    held = set(made.units["level"]) if len(made.units) else set()
    return next((level for level in LEVELS if level in held), None)
