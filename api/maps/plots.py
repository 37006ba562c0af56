"""Maps of plots that were measured without a store: what each is worth, which are chosen."""

from typing import Any

from geopandas import GeoDataFrame
from pandas import Series

from api import figures, sites
from api.maps.base import Label, MapLayer, OfflineMap
from api.maps.scene import MapOptions, compose, credit_lines, entry_of, label_points
from api.maps.sites import CHOSEN_LOOK, LISTED, OTHER_LOOKS
from api.texts import Texts
from api.unkept import Plots, Sites

__all__ = ["choice_map", "worth_map"]

_NUMBERED = 30


def worth_map(made: Plots, options: MapOptions) -> OfflineMap:
    """Draw all plots: those that gain something by any tier, and those that do not."""
    run, texts, worth = made.run, options.texts, made.worth
    frame, rows = worth.plots, run.results["plots"]
    gains = [f"{tier.name}.gain" for tier in worth.ruleset.tiers]
    idle = ~(frame[gains] > 0).any(axis=1)
    layer = MapLayer(
        name="plots",
        title=texts("sites.worth"),
        frame=frame,
        looks=OTHER_LOOKS,
        look_at=idle.astype(int).tolist(),
        heading=_said(frame, [row["name"] or row["code"] for row in rows]),
        fields=_fields(frame, made, texts),
    )
    listed = [_line(n, row, gains[0], worth.weight, texts) for n, row in enumerate(rows[:LISTED])]
    view: dict[str, Any] = {
        "title": texts("sites.worth"),
        "peek": texts("sites.count", count=len(rows)),
        "figure": None,
        "lines": sites.idle_lines(run, texts),
        "legend": [
            ("area", OTHER_LOOKS[0], texts("sites.gaining"), int((~idle).sum())),
            ("area", OTHER_LOOKS[1], texts("sites.idle_plots"), int(idle.sum())),
        ],
        "heading": texts("sites.worth"),
        "focus": "plots",
        "total": len(rows),
        "listed": listed,
        "entries": [entry_of(layer, "area", options)],
        "notes": [texts("sites.assumed"), sites.each_line(run, texts)],
        "foot": credit_lines(options, worth.evaluated_on),
    }
    panel = ("panel_results.html", view)
    return compose(options, view["title"], panel, [layer], _badges(frame[~idle], frame["rank"]))


def choice_map(made: Sites, options: MapOptions) -> OfflineMap:
    """Draw the chosen sites in their order."""
    run, texts, choice = made.run, options.texts, made.choice
    frame, rows = choice.sites, run.results["choice"]["sites"]
    amounts = {
        name: _said(frame, [figures.quantity(row[name], choice.weight, texts) for row in rows])
        for name in ("gain", "alone")
    }
    layer = MapLayer(
        name="chosen",
        title=texts("sites.chosen"),
        frame=frame,
        looks=[CHOSEN_LOOK],
        heading=_said(frame, [str(row["code"]) for row in rows]),
        fields=[(texts(f"sites.column.{name}"), said) for name, said in amounts.items()],
    )
    covered = choice.covered_before + choice.gain_together
    view: dict[str, Any] = {
        "title": texts("sites.title"),
        "peek": texts("sites.count", count=len(rows)),
        "figure": {
            "share": choice.share_after,
            "required_share": None,
            "share_text": figures.share(choice.share_after, texts),
            "ratio": figures.ratio(covered, choice.base, choice.weight, texts),
        },
        "lines": sites.choice_lines(run, texts),
        "legend": [("area", CHOSEN_LOOK, texts("sites.chosen"), len(rows))],
        "heading": texts("sites.chosen"),
        "focus": "chosen",
        "total": len(rows),
        "listed": [
            _line(n, row, "gain", choice.weight, texts) for n, row in enumerate(rows[:LISTED])
        ],
        "entries": [entry_of(layer, "area", options)],
        "notes": [],
        "foot": credit_lines(options, None),
    }
    panel = ("panel_results.html", view)
    return compose(options, view["title"], panel, [layer], _badges(frame, frame["rank"]))


def _said(frame: GeoDataFrame, values: list[Any]) -> Series:
    return Series(values, index=frame.index, dtype=object)


def _badges(frame: GeoDataFrame, rank: Series) -> list[Label]:
    first = frame.head(_NUMBERED)
    numbers = rank.reindex(first.index)
    return [
        Label(at, str(number), badge=True)
        for at, number in zip(label_points(first), numbers, strict=True)
        if at is not None
    ]


def _line(number: int, row: dict[str, Any], gain: str, weight: str, texts: Texts) -> dict[str, Any]:
    """Write what one plot says in the list."""
    if "area_m2" in row:
        detail = f"{row['area_m2']:,.0f} m²"
    else:
        alone = figures.quantity(row["alone"], weight, texts)
        detail = f"{texts('sites.column.alone')} {alone}"
    return {
        "row": number,
        "rank": row["rank"],
        "where": row["name"] or row["code"],
        "amount": figures.quantity(row[gain], weight, texts),
        "detail": detail,
    }


def _fields(frame: GeoDataFrame, made: Plots, texts: Texts) -> list[tuple[str, Series]]:
    """Write what a click on a plot shows: area, gain by each tier or why not, where it counts."""
    rows, weight = made.run.results["plots"], made.worth.weight
    fields = [
        (texts("sites.column.area"), _said(frame, [f"{row['area_m2']:,.0f}" for row in rows]))
    ]
    for tier, title in sites.tier_titles(made.run, texts).items():
        told = [
            sites.why(row[f"{tier}.why"], texts)
            or figures.quantity(row[f"{tier}.gain"], weight, texts)
            for row in rows
        ]
        fields.append((f"{title} · {texts('sites.column.gain')}", _said(frame, told)))
    counted = [sites.counted_lines(row, texts) for row in rows]
    fields += [
        (title, _said(frame, [lines[number][1] for lines in counted]))
        for number, (title, _) in enumerate(counted[0] if counted else [])
    ]
    return fields
