"""The gap map: where uncovered places lie together, ranked by how many people they concern."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from geopandas import GeoDataFrame
from pandas import Series, notna

from api import figures
from api.maps.base import Label, Look, MapLayer, OfflineMap
from api.maps.classes import UNCOVERED
from api.maps.coverage import place_layer, result_view, target_layer, tier_view
from api.maps.scene import MapOptions, Scene, compose, entry_of, ground_layers, label_points
from api.maps.units import unit_names
from api.texts import Texts
from gis import locate_in_units

GAP_LOOK = Look(UNCOVERED, UNCOVERED, fill_opacity=0.14, width=2.0)

# So many gaps can be read as a list; all of them are drawn.
LISTED = 50
_NUMBERED = 30


def gap_map(
    scene: Scene,
    gaps: GeoDataFrame,
    options: MapOptions,
    *,
    extra: Sequence[MapLayer] = (),
) -> OfflineMap:
    """Draw the gaps of one tier, with `extra` layers such as bare land below them."""
    texts = options.texts
    ranked = gaps[gaps["tier"] == scene.tier].sort_values("rank").reset_index(drop=True)
    ranked = ranked.assign(where=_whereabouts(scene, ranked))
    layer = _gap_layer(scene, ranked, texts)
    targets, places = target_layer(scene, texts), replace(place_layer(scene, texts), same_as=None)
    layers = [*ground_layers(scene.ground, texts), targets, *extra, places, layer]
    tier = tier_view(scene, texts)
    view = result_view(scene, options) | {
        "title": f"{texts('pages.gaps.title')} · {tier['title']}",
        "figure": tier["figure"],
        "definition": tier["definition"],
        "count": len(ranked),
        "gaps": [_line(scene, row, texts) for row in ranked.head(LISTED).itertuples()],
        "entries": [entry_of(one, "area", options) for one in reversed(layers) if one.count],
    }
    labels = _rank_labels(ranked)
    panel = ("panel_gaps.html", view)
    return compose(options, view["title"], panel, layers, labels, tier=scene.tier)


def _gap_layer(scene: Scene, ranked: GeoDataFrame, texts: Texts) -> MapLayer:
    lines = [_line(scene, row, texts) for row in ranked.itertuples()]

    def said(key: str) -> Series:
        return Series([line[key] for line in lines], index=ranked.index, dtype=object)

    return MapLayer(
        name="gaps",
        title=texts("pages.gaps.gap"),
        frame=ranked,
        looks=[GAP_LOOK],
        heading=said("where"),
        fields=[
            (texts("pages.column.rank"), said("rank")),
            (texts("pages.gaps.amount"), said("amount")),
            (texts("pages.coverage.reason"), said("reason")),
            (texts("pages.coverage.distance"), said("distance")),
        ],
    )


def _whereabouts(scene: Scene, gaps: GeoDataFrame) -> list[str]:
    """Name the unit in which the middle of each gap lies; empty where there is none."""
    if scene.units is None or gaps.empty:
        return [""] * len(gaps)
    units = scene.units.to_crs(gaps.crs)
    found = locate_in_units(gaps.geometry, units.geometry)["unit"]
    return unit_names(units).reindex(found).fillna("").tolist()


def _line(scene: Scene, row: Any, texts: Texts) -> dict[str, Any]:
    """Write what one gap says in the list."""
    return {
        "row": row.Index,
        "rank": int(row.rank),
        "amount": figures.quantity(row.weight, scene.counted, texts),
        "where": row.where or texts("pages.gaps.rank", rank=int(row.rank)),
        "reason": figures.reason(row.reason, texts),
        "detail": " · ".join([figures.reason(row.reason, texts), *_details(row, texts)[:2]]),
        "distance": " · ".join(_details(row, texts)[1:]),
    }


def _details(row: Any, texts: Texts) -> list[str]:
    parts = [texts("pages.gaps.places", count=int(row.places))]
    for name in ("population", "households"):
        if notna(getattr(row, name, None)):
            parts[0] += f" · {figures.quantity(getattr(row, name), name, texts)}"
            break
    nearest, short = figures.metres(row.nearest_m), figures.metres(row.shortfall_m)
    if nearest is not None:
        named = getattr(row, "nearest_name", None)
        told = nearest if not isinstance(named, str) else f"{nearest} ({named})"
        parts.append(texts("pages.gaps.nearest", distance=told))
    if short is not None and row.shortfall_m > 0:
        parts.append(texts("pages.gaps.shortfall", distance=short))
    return parts


def _rank_labels(ranked: GeoDataFrame) -> list[Label]:
    first = ranked.head(_NUMBERED)
    return [
        Label(at, str(rank), badge=True)
        for at, rank in zip(label_points(first), first["rank"], strict=True)
        if at is not None
    ]
