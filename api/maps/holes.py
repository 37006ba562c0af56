"""The map of who answers for what: holes and overlaps, duty by duty, worst first."""

from collections.abc import Mapping
from typing import Any

from geopandas import GeoDataFrame
from pandas import Series

from api import figures, holes
from api.maps.base import Label, Look, MapLayer, OfflineMap
from api.maps.classes import PARTLY, UNCOVERED
from api.maps.scene import (
    MapOptions,
    compose,
    credit_lines,
    entry_of,
    ground_layers,
    kind_look,
    label_points,
)
from api.texts import Texts
from layers import Run
from layers.analysis import Holes
from layers.kinds import KINDS

__all__ = ["holes_map"]

# Told apart by outline as well as by colour, for those who print without one.
_LOOKS: Mapping[str, Look] = {
    "nobody": Look(UNCOVERED, UNCOVERED, fill_opacity=0.5, width=2.4),
    "expired": Look(PARTLY, "#7a5200", fill_opacity=0.5, width=2.2, dash="7 4"),
    "several": Look("#CC79A7", "#8a3c68", fill_opacity=0.5, width=2.2, dash="2 3"),
}
_STATES = tuple(_LOOKS)
_LISTED = 50
_NUMBERED = 30


def holes_map(made: Holes, ground: Mapping[str, GeoDataFrame], options: MapOptions) -> OfflineMap:
    """Draw the pieces of every duty upon the units; one duty shows at a time.

    Parameters
    ----------
    ground
        Water and roads.
    """
    run, texts = made.run, options.texts
    told = [{**duty, "key": f"{duty['role']}-{duty['level']}"} for duty in run.results["duties"]]
    frames = [result.pieces for result in made.found.values()]
    layers = [_layer(d, f, run, texts) for d, f in zip(told, frames, strict=True)]
    labels = [each for d, f in zip(told, frames, strict=True) for each in _labels(d["key"], f)]
    units = _units(made, run.parameters["level"], texts)
    first = _first(told)
    view: dict[str, Any] = {
        "title": texts("holes.title"),
        "tier": first,
        "tiers": [_tier(duty, run, texts) for duty in told],
        "lead": _lead(run, texts),
        "how": texts("holes.how"),
        "unjudged": holes.unjudged(run, texts),
        "entries": [entry_of(layer, "area", options) for layer in (layers[0], units)],
        "foot": credit_lines(options, run.evaluated_on, run_id=run.id),
    }
    drawn = [*ground_layers(ground, texts), units, *layers]
    panel = ("panel_holes.html", view)
    return compose(options, view["title"], panel, drawn, labels, tier=first)


def _first(told: list[dict[str, Any]]) -> str:
    """Show first the duty that leaves most people without anybody, then most ground."""

    def lacking(duty: dict[str, Any]) -> tuple[float, float]:
        rows = [row for row in duty["account"] if row["state"] in {"nobody", "expired"}]
        return sum(row["weight"] for row in rows), sum(row["area_m2"] for row in rows)

    return str(max(told, key=lacking)["key"])


def _lead(run: Run, texts: Texts) -> str:
    plan = next(choice for choice in _plans() if choice.value == run.parameters["plan"])
    return texts("holes.lead", plan=texts.title(plan), date=run.evaluated_on)


def _plans() -> Any:
    codes = KINDS["responsibility"].field_named("plan").codes
    return () if codes is None else codes.choices


def _tier(duty: dict[str, Any], run: Run, texts: Texts) -> dict[str, Any]:
    """Write what the panel says of one duty."""
    account = {row["state"]: row for row in duty["account"]}
    answered = account["answered"]
    share = answered["share"]
    return {
        "name": duty["key"],
        "title": holes.duty_title(duty, texts),
        "count": len(duty["pieces"]),
        "figure": {
            "share": share,
            "share_text": figures.share(share, texts),
            "ratio": figures.ratio(answered["area_m2"], duty["territory_m2"], "area", texts),
            "required_share": None,
        },
        "states": [
            {
                "look": _LOOKS[state],
                "title": holes.state_title(state, texts),
                "count": texts("holes.count", count=account[state]["pieces"]),
                "amount": _amount(account[state], run, texts),
            }
            for state in _STATES
        ],
        "pieces": [_line(row, piece, run, texts) for row, piece in enumerate(duty["pieces"])][
            :_LISTED
        ],
        "remarks": holes.remarks(duty, run, texts),
    }


def _amount(row: dict[str, Any], run: Run, texts: Texts) -> str:
    return " · ".join(
        [
            figures.quantity(row["area_m2"], "area", texts),
            figures.quantity(row["weight"], run.parameters["weight"], texts),
        ]
    )


def _line(row: int, piece: dict[str, Any], run: Run, texts: Texts) -> dict[str, Any]:
    """Write what one piece says in the list."""
    beside = holes.next_door(piece, texts, limit=1)
    who = holes.holders(piece, texts) or (beside and texts("holes.beside", listed=beside))
    return {
        "row": row,
        "rank": piece["piece"],
        "where": holes.where(piece, texts),
        "amount": figures.quantity(piece["weight"], run.parameters["weight"], texts),
        "detail": " · ".join(
            part
            for part in (
                holes.state_title(piece["state"], texts),
                figures.quantity(piece["area_m2"], "area", texts),
                who,
            )
            if part
        ),
    }


def _layer(duty: dict[str, Any], pieces: GeoDataFrame, run: Run, texts: Texts) -> MapLayer:
    told = duty["pieces"]

    def said(values: list[str]) -> Series:
        return Series(values, index=pieces.index, dtype=object)

    amount = [_amount(piece, run, texts) for piece in told]
    return MapLayer(
        name="holes",
        title=texts("holes.pieces"),
        frame=pieces,
        looks=list(_LOOKS.values()),
        look_at=[_STATES.index(piece["state"]) for piece in told],
        heading=said([holes.where(piece, texts) for piece in told]),
        fields=[
            (
                texts("holes.column.state"),
                said([holes.state_title(piece["state"], texts) for piece in told]),
            ),
            (texts("pages.gaps.amount"), said(amount)),
            (texts("holes.column.holders"), said([holes.holders(piece, texts) for piece in told])),
            (
                texts("holes.column.next_door"),
                said([holes.next_door(piece, texts) for piece in told]),
            ),
        ],
        tier=duty["key"],
    )


def _labels(tier: str, pieces: GeoDataFrame) -> list[Label]:
    first = pieces.head(_NUMBERED)
    return [
        Label(at, str(number), badge=True, tier=tier)
        for at, number in zip(label_points(first), first.index, strict=True)
        if at is not None
    ]


def _units(made: Holes, level: str, texts: Texts) -> MapLayer:
    return MapLayer(
        name="units",
        title=texts.title(KINDS[level]),
        frame=made.units,
        looks=[kind_look(KINDS[level])],
        interactive=False,
        thin=True,
    )
