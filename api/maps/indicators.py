"""The map of indicators: units coloured by coverage, each with all of its indicators."""

from collections.abc import Mapping
from typing import Any

from geopandas import GeoDataFrame
from pandas import Series

from api import indicators
from api.listing import printed
from api.maps.base import MapLayer, OfflineMap
from api.maps.classes import SHARE_CLASSES, share_class
from api.maps.scene import MapOptions, compose, credit_lines, entry_of, ground_layers
from api.maps.units import UNIT_LOOKS, lines_of
from api.texts import Texts
from gis.covering.indicators import INDICATORS
from layers.analysis import Indicated

__all__ = ["indicator_map"]


def indicator_map(
    made: Indicated, ground: Mapping[str, GeoDataFrame], options: MapOptions
) -> OfflineMap:
    """Draw the units by the first indicator; each says all of them.

    Parameters
    ----------
    ground
        Water and roads.
    """
    run, texts = made.run, options.texts
    units, classes = _units(made, texts)
    _, asked, _ = printed(indicators.requirement_table(run, texts), texts)
    rows = indicators.verdict_table(run, texts).rows
    whole = [row for row in rows if row[0] == texts("indicators.whole")]
    view: dict[str, Any] = {
        "title": texts("indicators.title"),
        "lead": indicators.lead(run, texts),
        "verdicts": whole,
        "asked": asked,
        "caution": texts("indicators.caution"),
        "remarks": indicators.remarks(run, texts),
        "classes_title": units.title,
        "classes": lines_of(classes, texts),
        "entries": [entry_of(units, "area", options)],
        "foot": credit_lines(options, run.evaluated_on, run_id=run.id),
    }
    layers = [units, *ground_layers(ground, texts)]
    return compose(options, view["title"], ("panel_indicators.html", view), layers)


def _units(made: Indicated, texts: Texts) -> tuple[MapLayer, list[int]]:
    """Draw the units, and give the class of each."""
    values = {(row["unit"], row["indicator"]): row for row in made.run.results["values"]}
    index = made.units.index

    def said(indicator: str) -> Series:
        return Series(
            [indicators.value_text(values[unit, indicator], texts) for unit in index],
            index=index,
            dtype=object,
        )

    numbers = [share_class(values[unit, INDICATORS[0]]["value"]) for unit in index]
    classes = [len(SHARE_CLASSES) if number is None else number for number in numbers]
    layer = MapLayer(
        name="units",
        title=texts(f"indicators.name.{INDICATORS[0]}"),
        frame=made.units,
        looks=UNIT_LOOKS,
        look_at=classes,
        heading=made.units["name"].fillna(made.units["code"]),
        fields=[(texts(f"indicators.name.{name}"), said(name)) for name in INDICATORS],
        thin=True,
    )
    return layer, classes
