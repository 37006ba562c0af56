"""The map of figures that were brought over: the new units, each with its figures."""

from collections.abc import Mapping
from typing import Any

from geopandas import GeoDataFrame
from pandas import Series

from api import crosswalks, figures
from api.maps.base import Label, Look, MapLayer, OfflineMap
from api.maps.classes import NO_DATA, PARTLY, UNIT_LINE
from api.maps.scene import (
    MapOptions,
    compose,
    credit_lines,
    entry_of,
    ground_layers,
    label_points,
    sizes_of,
)
from api.maps.units import unit_names
from layers.analysis import Crosswalk

__all__ = ["crosswalk_map"]

_LOOKS: Mapping[str, Look] = {
    "known": Look("#cbdeec", UNIT_LINE, fill_opacity=0.8, width=1.0),
    "partly": Look(PARTLY, "#7a5200", fill_opacity=0.5, width=1.2, dash="4 3"),
    "unknown": Look(NO_DATA, UNIT_LINE, fill_opacity=0.8, width=0.8, dash="2 3"),
}
_STATES = tuple(_LOOKS)


def crosswalk_map(
    made: Crosswalk, ground: Mapping[str, GeoDataFrame], options: MapOptions
) -> OfflineMap:
    """Draw the new units with their figures, and how much of each is known.

    Parameters
    ----------
    ground
        Water and roads.
    """
    run, texts, kinds = made.run, options.texts, options.kinds
    titles = crosswalks.figure_titles(run, texts, kinds)
    states, written = _states(made, list(titles)), _written(made, titles)
    layer = MapLayer(
        name="units",
        title=texts("crosswalk.title"),
        frame=made.units,
        looks=list(_LOOKS.values()),
        look_at=[_STATES.index(state) for state in states],
        heading=made.units["name"].fillna(made.units["code"]),
        fields=list(written),
        thin=True,
    )
    first, amounts = written[0]
    view: dict[str, Any] = {
        "title": texts("crosswalk.title"),
        "peek": first,
        "figure": None,
        "lines": crosswalks.remarks(run, texts, kinds),
        "legend": [
            ("area", look, texts(f"crosswalk.map.{state}"), states.count(state))
            for state, look in _LOOKS.items()
        ],
        "listed": (),
        "entries": [entry_of(layer, "area", options)],
        "notes": [texts("crosswalk.map.labels", figure=first), crosswalks.how(run, texts)],
        "foot": credit_lines(options, run.evaluated_on, run_id=run.id),
    }
    layers = [layer, *ground_layers(ground, texts)]
    panel = ("panel_results.html", view)
    return compose(options, view["title"], panel, layers, _labels(made.units, amounts))


def _states(made: Crosswalk, figures_: list[str]) -> list[str]:
    """Say of each unit how much is known of its figures, all of them together."""
    values = made.found.values.reindex(made.units.index)  # noqa: PD011 (a field of the result)
    known = values[[f"{name}.known_share" for name in figures_]].fillna(0.0)
    return [
        "known" if (row >= 1).all() else "partly" if (row > 0).any() else "unknown"
        for row in known.to_numpy(dtype=float)
    ]


def _written(made: Crosswalk, titles: Mapping[str, str]) -> list[tuple[str, Series]]:
    values = made.found.values.reindex(made.units.index)  # noqa: PD011 (a field of the result)
    return [
        (title, Series([figures.amount(value, "") for value in values[name]], values.index))
        for name, title in titles.items()
    ]


def _labels(units: GeoDataFrame, amounts: Series) -> list[Label]:
    places = zip(label_points(units), unit_names(units), amounts, sizes_of(units), strict=True)
    return [
        Label(at, str(name), amount, size=size)
        for at, name, amount, size in places
        if at is not None
    ]
