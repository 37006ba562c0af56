"""The map of a claim: which places are uncovered whatever the definition, and which by some."""

from collections.abc import Mapping
from typing import Any

from geopandas import GeoDataFrame
from pandas import Series, isna

from api import claims, figures
from api.listing import printed
from api.maps.base import Look, MapLayer, OfflineMap
from api.maps.classes import COVERED, PARTLY, UNCOVERED
from api.maps.coverage import TARGET_LOOK
from api.maps.scene import MapOptions, compose, credit_lines, entry_of, ground_layers
from api.texts import Texts
from layers.analysis import Claimed

__all__ = ["claim_map"]

_LOOKS: Mapping[str, Look] = {
    "always": Look("#7a2f00", fill_opacity=1.0, width=0, radius_px=3.5),
    "literal": Look(UNCOVERED, fill_opacity=1.0, width=0, radius_px=3.5),
    "some": Look(PARTLY, fill_opacity=0.9, width=0, radius_px=3),
    "never": Look(COVERED, fill_opacity=0.9, width=0, radius_px=3),
}
_STATES = tuple(_LOOKS)


def claim_map(made: Claimed, ground: Mapping[str, GeoDataFrame], options: MapOptions) -> OfflineMap:
    """Draw the places by how many definitions leave them uncovered, and what they are near.

    Parameters
    ----------
    ground
        Water and roads.
    """
    run, texts = made.run, options.texts
    places, targets = _places(made, texts), _targets(made, texts)
    states = _states(made)
    headings, rows, numbers = printed(claims.summary_table(run, texts), texts)
    title, sizes, marks = claims.size_table(run, texts)
    view: dict[str, Any] = {
        "title": run.results["statement"]["text"],
        "lines": claims.lead(run, texts)[1:],
        "caution": texts("claim.caution"),
        "summary": [list(zip(headings, row, strict=True)) for row in rows],
        "numbers": numbers,
        "sizes": {"title": title, "headings": sizes, "rows": marks},
        "exceptions": texts("claim.exceptions", **run.results["exceptions"]),
        "legend": [
            {"look": _LOOKS[name], "title": texts(f"claim.map.{name}"), "count": states.count(name)}
            for name in _STATES
        ],
        "entries": [entry_of(each, "area", options) for each in (places, targets)],
        "foot": credit_lines(options, run.evaluated_on, run_id=run.id),
    }
    layers = [*ground_layers(ground, texts), targets, places]
    return compose(options, texts("claim.title"), ("panel_claim.html", view), layers)


def _states(made: Claimed) -> list[str]:
    """Name the look of each place of the literal definition."""
    found = made.result.places
    index = made.result.literal.places.index
    uncovered = found["uncovered_in"].reindex(index).fillna(0)
    literal = found["literal"].reindex(index).fillna(value=False)
    most = found["asked"].max() if len(found) else 1
    return [
        "always" if count == most else "literal" if plain else "some" if count else "never"
        for count, plain in zip(uncovered, literal, strict=True)
    ]


def _places(made: Claimed, texts: Texts) -> MapLayer:
    literal = made.result.literal
    tier = literal.ruleset.tiers[0].name
    places = literal.places
    counts = made.result.places["uncovered_in"].reindex(places.index).fillna(0).astype(int)
    names = made.names["name"].fillna(made.names["code"]).reindex(places.index)
    reasons = places[f"{tier}.reason"].map(
        lambda code: figures.reason(code, texts), na_action="ignore"
    )
    return MapLayer(
        name="places",
        title=texts("pages.coverage.places"),
        frame=places,
        looks=list(_LOOKS.values()),
        look_at=[_STATES.index(name) for name in _states(made)],
        heading=names,
        fields=[
            (texts("claim.column.uncovered_in"), counts.astype(str)),
            (
                texts("pages.coverage.distance"),
                places[f"{tier}.distance_m"].map(
                    lambda value: None if isna(value) else figures.metres(value)
                ),
            ),
            (texts("claim.column.reason"), reasons),
        ],
    )


def _targets(made: Claimed, texts: Texts) -> MapLayer:
    literal = made.result.literal
    targets = literal.targets[literal.ruleset.tiers[0].name]
    sizes = targets["area_m2"].map(lambda size: f"{size:,.0f} m²" if size else None)
    return MapLayer(
        name="targets",
        title=texts("pages.coverage.targets"),
        frame=targets,
        looks=[TARGET_LOOK],
        fields=[(texts("pages.gaps.area"), Series(sizes, index=targets.index))],
    )
