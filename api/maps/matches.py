"""The map of a match: plots, adopters, and a line from each plot to who takes it."""

from collections.abc import Mapping
from typing import Any

from geopandas import GeoDataFrame
from pandas import Series

from api import figures, matches
from api.maps.base import Look, MapLayer, OfflineMap
from api.maps.classes import COVERED, GREEN, NOT_COUNTED, UNCOVERED
from api.maps.scene import MapOptions, compose, credit_lines, entry_of, ground_layers
from api.texts import Texts
from layers.analysis import Match

__all__ = ["match_map"]

_PLOTS = [
    Look(GREEN, "#00664b", fill_opacity=0.75, width=1.6),
    Look(UNCOVERED, "#7c3500", fill_opacity=0.35, width=1.4, dash="4 3"),
]
_ADOPTERS = [
    Look(COVERED, "#00304f", fill_opacity=1.0, width=1.5, radius_px=6),
    Look(NOT_COUNTED, "#3f474d", fill_opacity=0.9, width=1.5, radius_px=6),
]
_WAY = Look(None, "#00304f", width=1.6, dash="5 4")
_LISTED = 100


def match_map(made: Match, ground: Mapping[str, GeoDataFrame], options: MapOptions) -> OfflineMap:
    """Draw plots and adopters, with and without the other, and who takes what.

    Parameters
    ----------
    ground
        Water and roads.
    """
    run, texts = made.run, options.texts
    plots, adopters, ways = _plots(made, texts), _adopters(made, texts), _ways(made, texts)
    drawn = [ways, plots, adopters]
    shapes = {"ways": "line", "adopters": "point"}
    counts = [list(layer.look_at or ()).count(look) for layer in drawn[1:] for look in (0, 1)]
    looks = [("area", look) for look in _PLOTS] + [("point", look) for look in _ADOPTERS]
    titles = ("plot_taken", "plot_left", "adopter_busy", "adopter_idle")
    view: dict[str, Any] = {
        "title": texts("match.title"),
        "peek": texts("sites.count", count=len(run.results["pairs"])),
        "figure": None,
        "lines": matches.remarks(run, texts),
        "legend": [
            (shape, look, texts(f"match.map.{title}"), count)
            for (shape, look), title, count in zip(looks, titles, counts, strict=True)
        ],
        "heading": texts("match.title"),
        "focus": "plots",
        "total": len(run.results["pairs"]),
        "listed": _listed(made),
        "entries": [
            entry_of(layer, shapes.get(layer.name, "area"), options)
            for layer in reversed(drawn)
            if layer.count
        ],
        "notes": [texts("match.map.straight")],
        "foot": credit_lines(options, run.evaluated_on, run_id=run.id),
    }
    layers = [*ground_layers(ground, texts), *drawn]
    return compose(options, view["title"], ("panel_results.html", view), layers)


def _listed(made: Match) -> list[dict[str, Any]]:
    rows = {code: number for number, code in enumerate(made.plots["code"])}
    return [
        {
            "row": rows[pair["plot_code"]],
            "rank": number,
            "where": pair["plot_name"] or pair["plot_code"],
            "amount": figures.metres(pair["distance_m"]),
            "detail": pair["adopter"] or pair["adopter_code"],
        }
        for number, pair in enumerate(made.run.results["pairs"][:_LISTED], start=1)
    ]


def _plots(made: Match, texts: Texts) -> MapLayer:
    plots, run = made.plots, made.run
    taken = {pair["plot_code"]: pair for pair in run.results["pairs"]}
    left = {row["plot_code"]: row["reason"] for row in run.results["plots"]}
    who = [
        taken[code]["adopter"] or taken[code]["adopter_code"] if code in taken else None
        for code in plots["code"]
    ]
    why = [
        texts(f"match.plot_reason.{left[code]}") if code in left else None for code in plots["code"]
    ]
    away = [
        figures.metres(taken[code]["distance_m"]) if code in taken else None
        for code in plots["code"]
    ]
    return MapLayer(
        name="plots",
        title=texts("match.map.plots"),
        frame=plots,
        looks=_PLOTS,
        look_at=[0 if code in taken else 1 for code in plots["code"]],
        heading=plots["name"].fillna(plots["code"]),
        fields=[
            (texts("match.column.plot"), plots["code"]),
            (texts("match.column.org"), Series(who, plots.index, dtype=object)),
            (texts("match.column.distance"), Series(away, plots.index, dtype=object)),
            (texts("match.column.reason"), Series(why, plots.index, dtype=object)),
        ],
    )


def _adopters(made: Match, texts: Texts) -> MapLayer:
    adopters = made.adopters
    found = made.found.adopters.reindex(adopters.index)
    why = [
        texts(f"match.adopter_reason.{reason}") if isinstance(reason, str) else None
        for reason in found["reason"]
    ]
    taken = [texts("sites.count", count=int(count)) for count in found["plots"]]
    return MapLayer(
        name="adopters",
        title=texts("match.map.adopters"),
        frame=adopters,
        looks=_ADOPTERS,
        look_at=[0 if count else 1 for count in found["plots"]],
        heading=adopters["name"].fillna(adopters["code"]),
        fields=[
            (texts("match.column.adopter"), adopters["code"]),
            (texts("match.column.count"), Series(taken, adopters.index, dtype=object)),
            (texts("match.column.reason"), Series(why, adopters.index, dtype=object)),
        ],
    )


def _ways(made: Match, texts: Texts) -> MapLayer:
    return MapLayer(
        name="ways",
        title=texts("match.title"),
        frame=made.lines(),
        looks=[_WAY],
        interactive=False,
    )
