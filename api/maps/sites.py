"""The map of the plots: which are chosen, whom they reach, and why most change nothing."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from geopandas import GeoDataFrame
from pandas import Series

from api import figures, sites
from api.definitions import named_tier, tier_definition
from api.maps.base import Label, Look, MapLayer, OfflineMap
from api.maps.classes import COVERED, NOT_COUNTED, PARTLY, UNCOVERED
from api.maps.coverage import TARGET_LOOK
from api.maps.scene import (
    MapOptions,
    compose,
    credit_lines,
    entry_of,
    ground_layers,
    label_points,
)
from api.texts import Texts
from layers.analysis import Siting

__all__ = ["CHOSEN_LOOK", "LISTED", "OTHER_LOOKS", "site_map"]

CHOSEN_LOOK = Look(PARTLY, "#3d2b00", fill_opacity=0.9, width=2.6)
# Those that gain something by themselves, and those that do not, told apart by outline too.
OTHER_LOOKS = [
    Look(PARTLY, "#7a5200", fill_opacity=0.35, width=1.4),
    Look(NOT_COUNTED, "#56636f", fill_opacity=0.35, width=1.0, dash="3 3"),
]
_PLACES = {
    "covered": Look(COVERED, fill_opacity=0.25, width=0, radius_px=2.5),
    "gained": Look(COVERED, "#00304f", fill_opacity=1.0, width=1.5, radius_px=4),
    "uncovered": Look(UNCOVERED, fill_opacity=1.0, width=0, radius_px=3.5),
}
LISTED = 50


def site_map(made: Siting, ground: Mapping[str, GeoDataFrame], options: MapOptions) -> OfflineMap:
    """Draw plots, places and what counts already.

    Parameters
    ----------
    ground
        Water and roads.
    """
    run, texts = made.run, options.texts
    found = run.results["choice"]
    tier = made.coverage.ruleset.tier(found["tier"])
    worth = {row["uid"]: row for row in run.results["plots"]}
    targets = MapLayer(
        name="targets",
        title=texts("pages.coverage.targets"),
        frame=made.coverage.targets[tier.name],
        looks=[TARGET_LOOK],
    )
    others, chosen = _others(made, worth, texts), _chosen(made, worth, texts)
    layers = [*ground_layers(ground, texts), targets, _places(made, texts), others, chosen]
    view: dict[str, Any] = {
        "title": f"{texts('sites.title')} · {named_tier(tier.name, tier.name_zh, texts)}",
        "figure": _figure(made),
        "lines": sites.choice_lines(run, texts),
        "idle": sites.idle_lines(run, texts),
        "definition": tier_definition(tier, texts, options.kinds),
        "assumed": texts("sites.assumed"),
        "count": len(found["sites"]),
        "sites": [_line(row, worth, made, texts) for row in found["sites"][:LISTED]],
        "entries": [entry_of(one, "area", options) for one in reversed(layers) if one.count],
        "foot": credit_lines(options, run.evaluated_on, run_id=run.id),
    }
    view["figure"]["share_text"] = figures.share(view["figure"]["share"], texts)
    view["figure"]["ratio"] = figures.ratio(*_ratio(made), texts)
    labels = [
        Label(at, str(rank), badge=True)
        for at, rank in zip(label_points(chosen.frame), made.choice.sites["rank"], strict=True)
        if at is not None
    ]
    return compose(options, view["title"], ("panel_sites.html", view), layers, labels)


def _figure(made: Siting) -> dict[str, Any]:
    tier = made.coverage.ruleset.tier(made.run.results["choice"]["tier"])
    return {"share": made.choice.share_after, "required_share": tier.required_share}


def _ratio(made: Siting) -> tuple[float, float, str]:
    choice = made.choice
    covered = choice.covered_before + choice.gain_together
    return covered, choice.base, made.run.parameters["weight"]


def _line(
    row: dict[str, Any], worth: Mapping[str, Any], made: Siting, texts: Texts
) -> dict[str, Any]:
    """Write what one chosen plot says in the list."""
    weight = made.run.parameters["weight"]
    area = f"{worth[row['uid']]['area_m2']:,.0f} m²"
    alone = f"{texts('sites.column.alone')} {figures.quantity(row['alone'], weight, texts)}"
    return {
        "row": row["rank"] - 1,
        "rank": row["rank"],
        "where": row["name"] or row["code"],
        "amount": figures.quantity(row["gain"], weight, texts),
        "detail": f"{area} · {alone}",
    }


def _chosen(made: Siting, worth: Mapping[str, Any], texts: Texts) -> MapLayer:
    frame = made.choice.sites
    return MapLayer(
        name="chosen",
        title=texts("sites.chosen"),
        frame=frame,
        looks=[CHOSEN_LOOK],
        heading=_names(made, frame),
        fields=_fields(made, frame, worth, texts),
    )


def _others(made: Siting, worth: Mapping[str, Any], texts: Texts) -> MapLayer:
    plots = made.worth.plots
    frame = plots[~plots.index.isin(made.choice.sites.index)]
    gains = [f"{tier.name}.gain" for tier in made.coverage.ruleset.tiers]
    idle = ~(frame[gains] > 0).any(axis=1)
    return MapLayer(
        name="others",
        title=texts("sites.others"),
        frame=frame,
        looks=OTHER_LOOKS,
        look_at=idle.astype(int).tolist(),
        heading=_names(made, frame),
        fields=_fields(made, frame, worth, texts),
    )


def _places(made: Siting, texts: Texts) -> MapLayer:
    states = made.choice.demand["state"].replace("gained_together", "gained")
    shown = states.isin(list(_PLACES)).to_numpy()
    places = made.coverage.places[shown]
    codes = [list(_PLACES).index(state) for state in states[shown]]
    return MapLayer(
        name="places",
        title=texts("pages.coverage.places"),
        frame=places,
        looks=list(_PLACES.values()),
        look_at=codes,
        interactive=False,
    )


def _names(made: Siting, frame: GeoDataFrame) -> Series:
    plots = made.plots.loc[frame.index]
    return plots["name"].fillna(plots["code"])


def _fields(
    made: Siting, frame: GeoDataFrame, worth: Mapping[str, Any], texts: Texts
) -> list[tuple[str, Series]]:
    """Write what a click on a plot shows: its gain by each tier, and where it counts."""
    weight = made.run.parameters["weight"]
    rows = [worth[uid] for uid in frame.index]

    def said(values: list[Any]) -> Series:
        return Series(values, index=frame.index, dtype=object)

    fields = [
        (texts("sites.column.code"), said([row["code"] for row in rows])),
        (texts("sites.column.area"), said([f"{row['area_m2']:,.0f}" for row in rows])),
    ]
    for tier in made.coverage.ruleset.tiers:
        told = [
            sites.why(row[f"{tier.name}.why"], texts)
            or figures.quantity(row[f"{tier.name}.gain"], weight, texts)
            for row in rows
        ]
        title = f"{named_tier(tier.name, tier.name_zh, texts)} · {texts('sites.column.gain')}"
        fields.append((title, said(told)))
    each = [
        None
        if row["green_each_m2"] is None or np.isnan(row["green_each_m2"])
        else f"{row['green_each_m2']:,.1f} → {row['green_each_after_m2']:,.1f} m²"
        for row in rows
    ]
    fields.append((texts("sites.column.each_after"), said(each)))
    counted = [sites.counted_lines(row, texts) for row in rows]
    fields += [
        (title, said([lines[number][1] for lines in counted]))
        for number, (title, _) in enumerate(counted[0] if counted else [])
    ]
    return fields
