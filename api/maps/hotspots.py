"""The map of hotspots: units or squares by their label, the hottest listed first."""

from collections.abc import Mapping
from typing import Any

from geopandas import GeoDataFrame
from pandas import Series

from api import figures, hotspots
from api.maps.base import Label, Look, MapLayer, OfflineMap
from api.maps.classes import COVERED, NO_DATA, UNCOVERED, UNIT_LINE
from api.maps.scene import MapOptions, compose, credit_lines, ground_layers, label_points
from api.texts import Texts
from layers import Run
from layers.analysis import Hotspots

__all__ = ["hotspots_map"]

_LOOKS: Mapping[str, Look] = {
    "hot": Look(UNCOVERED, "#7c3500", fill_opacity=0.75, width=1.6),
    "cold": Look(COVERED, "#00466e", fill_opacity=0.6, width=1.6, dash="4 3"),
    "even": Look("#f4f6f8", UNIT_LINE, fill_opacity=0.6, width=0.7),
    "unjudged": Look(NO_DATA, UNIT_LINE, fill_opacity=0.8, width=0.7, dash="2 3"),
}
_LABELS = tuple(_LOOKS)
_LISTED = 50
_NUMBERED = 30


def hotspots_map(
    made: Hotspots, ground: Mapping[str, GeoDataFrame], options: MapOptions
) -> OfflineMap:
    """Draw units or squares by their label; `ground` holds water and roads."""
    run, texts = made.run, options.texts
    # As the kept rows stand: the hottest first.
    rows = run.results["units"]
    shapes = made.found.units.loc[[row["unit"] for row in rows]]
    hot = [row for row in rows if row["label"] == "hot"]
    counts = run.results["labels"]
    view: dict[str, Any] = {
        "title": texts("hotspots.title"),
        "count": len(hot),
        "lead": hotspots.lead(run, options.kinds, texts),
        "how": hotspots.how(run, texts),
        "remarks": hotspots.remarks(run, texts),
        "labels": [
            (look, texts(f"hotspots.label.{name}"), counts.get(name, 0))
            for name, look in _LOOKS.items()
        ],
        "hot": [_line(n, row, texts) for n, row in enumerate(rows) if row["label"] == "hot"][
            :_LISTED
        ],
        "foot": credit_lines(options, run.evaluated_on, run_id=run.id),
    }
    layers = [*ground_layers(ground, texts), _layer(shapes, run, texts)]
    badges = shapes.head(min(len(hot), _NUMBERED))
    labels = [
        Label(at, str(rank), badge=True)
        for rank, at in enumerate(label_points(badges), start=1)
        if at is not None
    ]
    return compose(options, view["title"], ("panel_hotspots.html", view), layers, labels)


def _line(number: int, row: dict[str, Any], texts: Texts) -> dict[str, Any]:
    return {
        "row": number,
        "rank": number + 1,
        "where": row["name"] or row["code"],
        "amount": _amount(row, texts),
        "detail": f"z {row['z']:.2f} · q {row['q']:.4f}",
    }


def _amount(row: dict[str, Any], texts: Texts) -> str:
    expected = figures.amount(None if row["expected"] is None else round(row["expected"], 1), "")
    return texts("hotspots.expected", count=row["events"], expected=expected)


def _layer(shapes: GeoDataFrame, run: Run, texts: Texts) -> MapLayer:
    rows = run.results["units"]

    def said(values: list[str]) -> Series:
        return Series(values, index=shapes.index, dtype=object)

    labels = [row["label"] or "unjudged" for row in rows]
    reasons = [f" · {texts('hotspots.reason.' + r['reason'])}" if r["reason"] else "" for r in rows]
    titles = [
        texts(f"hotspots.label.{label}") + reason
        for label, reason in zip(labels, reasons, strict=True)
    ]
    scores = [texts("pages.value.none") if r["z"] is None else f"{r['z']:.2f}" for r in rows]
    return MapLayer(
        name="hotspots",
        title=texts("hotspots.title"),
        frame=shapes,
        looks=list(_LOOKS.values()),
        look_at=[_LABELS.index(label) for label in labels],
        heading=said([row["name"] or row["code"] for row in rows]),
        fields=[
            (texts("hotspots.column.label"), said(titles)),
            (texts("hotspots.column.events"), said([_amount(row, texts) for row in rows])),
            (texts("hotspots.column.z"), said(scores)),
        ],
        thin=True,
    )
