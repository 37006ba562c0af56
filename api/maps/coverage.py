"""The coverage map: units by share, covered and uncovered places, and what they are near."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from pandas import Series

from api import bands, figures
from api.definitions import named_tier, rule_note, rule_title, tier_definition
from api.maps.base import Look, MapLayer, OfflineMap
from api.maps.classes import COVERED, GREEN, NOT_COUNTED, PARTLY, UNCOVERED
from api.maps.scene import (
    LayerEntry,
    MapOptions,
    Scene,
    compose,
    credit_lines,
    entry_of,
    ground_layers,
)
from api.maps.units import class_lines, level_text, unit_labels, unit_layer
from api.texts import Texts
from gis import TierFigure

TARGET_LOOK = Look(GREEN, "#00664b", fill_opacity=0.45, width=0.8)
# Without outlines: on a small scale an outline would be all there is to see of a building.
PLACE_LOOKS = [
    Look(COVERED, fill_opacity=0.9, width=0, radius_px=3),
    Look(UNCOVERED, fill_opacity=1.0, width=0, radius_px=3.5),
    Look(NOT_COUNTED, fill_opacity=0.9, width=0, radius_px=3),
    Look(PARTLY, fill_opacity=0.9, width=0, radius_px=3),
]
_IS_COVERED, _IS_UNCOVERED, _IS_EXCLUDED, _IS_PARTLY = range(4)


def coverage_map(scene: Scene, options: MapOptions) -> OfflineMap:
    """Draw the coverage of every tier; `scene.tier` is the one that shows first."""
    texts = options.texts
    scenes = scene.by_tier()
    units = [layer for one in scenes for layer in unit_layer(one, texts)]
    targets = [target_layer(one, texts) for one in scenes]
    places = [place_layer(one, texts) for one in scenes]
    layers = [*units, *ground_layers(scene.ground, texts), *targets, *places]
    view = result_view(scene, options) | {
        "tiers": [tier_view(one, texts) for one in scenes],
        "entries": _entries(scene, layers, options),
    }
    labels = [label for one in scenes for label in unit_labels(one, texts)]
    title = texts("pages.coverage.title")
    panel = ("panel_coverage.html", view)
    return compose(options, title, panel, layers, labels, tier=scene.tier)


def result_view(scene: Scene, options: MapOptions) -> dict[str, Any]:
    """Collect what the panel says about the rule set and the run."""
    texts, result = options.texts, scene.result
    return {
        "tier": scene.tier,
        "rules_title": rule_title(result.ruleset, texts),
        "verified": result.ruleset.verified,
        "controls": options.controls,
        "compare": options.compare,
        "proof": options.proof,
        "places_title": places_title(scene, texts),
        "source": result.ruleset.source,
        "note": rule_note(result.ruleset, texts),
        "foot": credit_lines(options, result.evaluated_on, run_id=scene.run_id),
    }


def tier_view(scene: Scene, texts: Texts) -> dict[str, Any]:
    """Collect what the panel says about the tier in view: figure, bases and definition."""
    tier = scene.result.ruleset.tier(scene.tier)
    found = scene.result.figure(scene.tier)
    return {
        "name": tier.name,
        "title": named_tier(tier.name, tier.name_zh, texts),
        "figure": figure_view(found, scene.counted, texts),
        "places": _place_lines(scene, texts),
        "band": _band_view(scene, texts),
        "reasons": figures.reasons(found.reasons, scene.counted, texts),
        "definition": tier_definition(tier, texts, scene.kinds),
        "classes": class_lines(scene, texts),
        "classes_title": level_text("share_by", scene, texts),
    }


def _band_view(scene: Scene, texts: Texts) -> dict[str, Any] | None:
    """Write what the figure would be with one choice changed."""
    if scene.sensitivity is None:
        return None
    found = asdict(scene.sensitivity.tier(scene.tier))
    return {"range": bands.band(found, texts), "choices": bands.choices(found, texts)}


def figure_view(found: TierFigure, weight: str, texts: Texts) -> dict[str, Any]:
    """Write a figure with its base, its bound, and what it leaves out."""
    remarks = []
    if any(found.excluded_places.values()):
        left_out = {code: n for code, n in found.excluded_places.items() if n}
        listed = [f"{figures.reason(code, texts)} {n:,}" for code, n in left_out.items()]
        count = sum(left_out.values())
        remarks.append(texts("pages.coverage.excluded_places", count=count, reasons=listed))
    if found.estimated_share:
        estimated = figures.share(found.estimated_share, texts)
        remarks.append(texts("pages.coverage.estimated", share=estimated))
    if found.lower is not None:
        lower, upper = (figures.quantity(v, weight, texts) for v in (found.lower, found.upper))
        if lower != upper:
            remarks.append(texts("pages.coverage.bound", lower=lower, upper=upper))
    return {
        "share": found.share,
        "share_text": figures.share(found.share, texts),
        "ratio": figures.ratio(found.covered, found.base, weight, texts),
        "required_share": found.required_share,
        "note": _figure_note(found, weight, texts),
        "remarks": remarks,
    }


def places_title(scene: Scene, texts: Texts) -> str:
    """Name what is drawn as places, with what is counted about them."""
    return texts("pages.coverage.places") + f" · {figures.weight_title(scene.counted, texts)}"


def place_layer(scene: Scene, texts: Texts) -> MapLayer:
    """Draw the places, blue where covered and vermilion where not."""
    places = scene.result.places
    return MapLayer(
        name="places",
        title=texts("pages.coverage.places"),
        frame=places,
        looks=PLACE_LOOKS,
        look_at=place_states(scene),
        heading=None if scene.names is None else scene.names.reindex(places.index),
        fields=_place_fields(scene, texts),
        brief=9,
        tier=scene.tier,
        same_as=None if scene.is_first else f"places-{scene.first}",
    )


def target_layer(scene: Scene, texts: Texts, *, visible: bool = True) -> MapLayer:
    """Draw the targets that counted for the tier."""
    targets = scene.result.targets[scene.tier]
    known = scene.kinds
    kinds = targets["layer"].map(lambda key: texts.title(known[key]) if key in known else str(key))
    sizes = targets["area_m2"].map(lambda size: f"{size:,.0f} m²" if size else None)
    return MapLayer(
        name="targets",
        title=texts("pages.coverage.targets"),
        frame=targets,
        looks=[TARGET_LOOK],
        heading=None
        if scene.target_names is None
        else scene.target_names.reindex(targets["label"]).set_axis(targets.index),
        fields=[(texts("pages.gaps.area"), sizes), (texts("pages.map.layers"), kinds)],
        visible=visible,
        tier=scene.tier,
    )


def place_states(scene: Scene) -> list[int]:
    """Find the number of each place's look: covered, uncovered, not counted, covered in part."""
    places, tier = scene.result.places, scene.tier
    if f"{tier}.covered" in places:
        covered = places[f"{tier}.covered"].astype("boolean")
        codes = covered.map({True: _IS_COVERED, False: _IS_UNCOVERED}).astype("Float64")
        return codes.fillna(_IS_EXCLUDED).astype(int).tolist()
    shares = places[f"{tier}.covered_share"].astype("Float64")
    states = Series(_IS_PARTLY, index=places.index)
    states[(shares >= 1).fillna(value=False)] = _IS_COVERED
    states[(shares <= 0).fillna(value=False)] = _IS_UNCOVERED
    states[shares.isna()] = _IS_EXCLUDED
    return states.tolist()


# ---------------------------------------------------------------- places


def _place_fields(scene: Scene, texts: Texts) -> list[tuple[str, Series]]:
    places, tier = scene.result.places, scene.tier
    words = [texts(f"pages.coverage.{word}") for word in ("covered", "uncovered", "excluded")]
    states = Series(place_states(scene), index=places.index)
    columns = [(texts("pages.coverage.state"), states.map(dict(enumerate(words))))]
    if f"{tier}.covered_share" in places:
        shares = places[f"{tier}.covered_share"].map(lambda one: figures.share(one, texts))
        columns.append((texts("pages.coverage.share"), shares))
    if f"{tier}.distance_m" in places:
        distances = places[f"{tier}.distance_m"].map(figures.metres, na_action="ignore")
        columns.append((texts("pages.coverage.distance"), distances))
    reasons = places[f"{tier}.reason"]
    why = reasons.map(lambda code: figures.reason(code, texts), na_action="ignore")
    columns.append((texts("pages.coverage.reason"), why))
    if scene.counted not in {"places", "buildings"}:
        weights = places["weight"].map(
            lambda value: figures.quantity(value, scene.counted, texts), na_action="ignore"
        )
        columns.append((figures.weight_title(scene.counted, texts), weights))
    return columns


def _place_lines(scene: Scene, texts: Texts) -> list[dict[str, Any]]:
    """List the looks of places with the amounts behind them."""
    found, unit = scene.result.figure(scene.tier), scene.counted
    shape = "area" if f"{scene.tier}.covered" not in scene.result.places else "point"
    excluded = sum(found.excluded_places.values())
    rows = [
        ("covered", PLACE_LOOKS[_IS_COVERED], figures.quantity(found.covered, unit, texts)),
        ("uncovered", PLACE_LOOKS[_IS_UNCOVERED], figures.quantity(found.uncovered, unit, texts)),
    ]
    if excluded:
        left_out = figures.quantity(excluded, "places", texts)
        rows.append(("excluded", PLACE_LOOKS[_IS_EXCLUDED], left_out))
    return [
        {
            "shape": shape,
            "look": look,
            "title": texts(f"pages.coverage.{word}"),
            "count": count,
        }
        for word, look, count in rows
    ]


# ---------------------------------------------------------------- panel


def _entries(scene: Scene, layers: Sequence[MapLayer], options: MapOptions) -> list[LayerEntry]:
    """List the layers, topmost first; of layers that differ by tier, that of the one in view."""
    shapes = {"road": "line"}
    return [
        entry_of(layer, shapes.get(layer.name, "area"), options)
        for layer in reversed(layers)
        if layer.count and layer.tier in {None, scene.tier}
    ]


def _figure_note(found: TierFigure, weight: str, texts: Texts) -> str:
    parts = [figures.weight_title(weight, texts)]
    if found.required_share is not None:
        required = figures.percent(found.required_share)
        parts.append(texts("pages.coverage.required", share=required))
    parts.append(texts("pages.coverage.targets_counted", count=found.targets))
    return " · ".join(parts)
