"""Who answers for which ground, in words and tables: from a kept run, as it was found."""

from collections.abc import Sequence
from typing import Any

from api import figures
from api.definitions import level_title
from api.listing import AREA, COUNT, SHARE, column
from api.tables import Column, Table
from api.texts import Texts
from layers import Run
from layers.kinds import KINDS

__all__ = [
    "account_table",
    "duty_title",
    "holders",
    "left_out_table",
    "next_door",
    "piece_table",
    "remarks",
    "run_lines",
    "state_title",
    "unjudged",
    "where",
]

_NAMED = 3
_DRAWN = "drawn"
_ROLE = KINDS["responsibility"].field_named("role")


def duty_title(duty: dict[str, Any], texts: Texts) -> str:
    """Name a role at its level."""
    choice = None if _ROLE.codes is None else _ROLE.codes.find(duty["role"])
    role = duty["role"] if choice is None else texts.title(choice)
    drawn = duty["level"] == _DRAWN
    level = texts("holes.drawn") if drawn else level_title(duty["level"], texts)
    return texts("holes.duty", role=role, level=level)


def state_title(state: str, texts: Texts) -> str:
    """Say who answers."""
    return texts(f"holes.state.{state}")


def account_table(run: Run, texts: Texts, *, brief: bool = False) -> Table:
    """Make one row for each duty and state: they add up to the territory.

    Where it shall be `brief`, states of which there is no ground are left out.
    """
    rows = [
        [
            duty_title(duty, texts),
            state_title(row["state"], texts),
            row["area_m2"] / figures.M2_PER_HA,
            row["share"],
            row["pieces"],
            *_amounts(row, run),
            row["sliver_m2"],
        ]
        for duty in run.results["duties"]
        for row in duty["account"]
        if row["area_m2"] or not brief
    ]
    columns = [
        column("holes", "duty", texts),
        column("holes", "state", texts),
        column("holes", "area", texts, AREA),
        column("holes", "share", texts, SHARE),
        column("holes", "pieces", texts, COUNT),
        *_amount_columns(run, texts),
        column("holes", "sliver", texts, AREA),
    ]
    return Table(texts("holes.account"), columns, rows)


def piece_table(run: Run, texts: Texts, *, limit: int | None = None) -> Table:
    """Make one row for each piece that somebody has to look at."""
    rows = [
        [
            duty_title(duty, texts),
            piece["piece"],
            state_title(piece["state"], texts),
            where(piece, texts, limit=_NAMED if limit else None),
            piece["area_m2"] / figures.M2_PER_HA,
            *_amounts(piece, run),
            holders(piece, texts),
            next_door(piece, texts, limit=1 if limit else _NAMED),
        ]
        for duty in run.results["duties"]
        for piece in duty["pieces"][:limit]
    ]
    columns = [
        column("holes", "duty", texts),
        column("holes", "number", texts, COUNT),
        column("holes", "state", texts),
        column("holes", "where", texts),
        column("holes", "area", texts, AREA),
        *_amount_columns(run, texts),
        column("holes", "holders", texts),
        column("holes", "next_door", texts),
    ]
    return Table(texts("holes.pieces"), columns, rows)


def left_out_table(run: Run, texts: Texts) -> Table:
    """Make one row for each responsibility that could not be looked at."""
    rows = [
        [
            row["code"],
            row["name"],
            duty_title(row, texts),
            row["holder_org"],
            texts(f"holes.reason.{row['reason']}"),
        ]
        for row in run.results["left_out"]
    ]
    names = ("code", "name", "duty", "holder", "reason")
    return Table(texts("holes.left_out"), [column("holes", n, texts) for n in names], rows)


def where(piece: dict[str, Any], texts: Texts, *, limit: int | None = _NAMED) -> str:
    """Name the units in which a piece lies, the largest part first."""
    names = [unit["name"] or unit["code"] or texts("holes.where_none") for unit in piece["units"]]
    return _listed(names, limit, texts)


def holders(piece: dict[str, Any], texts: Texts) -> str:
    """Name who claims a piece, or who held it last and until when."""
    if piece["state"] == "expired":
        unknown = texts("holes.unknown_end")
        return texts.enumerate(
            texts("holes.ended", holder=one["holder"], date=one["ended_on"] or unknown)
            for one in piece["ended"]
        )
    return texts.enumerate(piece["holders"])


def next_door(piece: dict[str, Any], texts: Texts, *, limit: int | None = None) -> str:
    """Name who answers beside a piece, with the length of the border."""
    named = [
        texts("holes.next_door", holder=one["holder"], border=f"{one['border_m']:,.0f}\u00a0m")
        for one in piece["neighbours"]
    ]
    return _listed(named, limit, texts)


def remarks(duty: dict[str, Any], run: Run, texts: Texts) -> list[str]:
    """Say what else there is to know about a duty: slivers, and what could not be counted."""
    holes = [row for row in duty["account"] if row["state"] != "answered"]
    slivers, area_m2 = (sum(row[name] for row in holes) for name in ("slivers", "sliver_m2"))
    said = []
    if slivers:
        width = run.parameters["sliver_m"]
        said.append(
            texts("holes.slivers", count=slivers, width=f"{width:g}", area=f"{area_m2:,.1f}")
        )
    if duty["no_weight"]:
        weight = figures.weight_title(run.parameters["weight"], texts)
        said.append(texts("holes.no_weight", count=duty["no_weight"], weight=weight))
    if duty["outside"]:
        said.append(texts("holes.outside", count=duty["outside"]))
    return said


def unjudged(run: Run, texts: Texts) -> str:
    """Say how many responsibilities could not be looked at, reason by reason; empty for none."""
    reasons: dict[str, int] = {}
    for row in run.results["left_out"]:
        reasons[row["reason"]] = reasons.get(row["reason"], 0) + 1
    listed = texts.enumerate(f"{texts(f'holes.reason.{key}')} {n}" for key, n in reasons.items())
    count = len(run.results["left_out"])
    return texts("holes.unjudged", count=count, listed=listed) if count else ""


def run_lines(run: Run, texts: Texts) -> list[tuple[str, str]]:
    """List what a sheet of notes says of the run."""
    inputs = [f"{layer} {revision}" for layer, revision in run.inputs.items()]
    return [
        (texts("holes.title"), texts("holes.how")),
        *((duty_title(d, texts), " ".join(remarks(d, run, texts))) for d in run.results["duties"]),
        (texts("holes.left_out"), unjudged(run, texts)),
        (texts("pages.run.evaluated_on"), texts.value(run.evaluated_on)),
        (texts("pages.map.run"), run.id),
        (texts("pages.run.inputs"), texts.enumerate(inputs)),
        (texts("pages.run.code_version"), run.code_version),
    ]


def _listed(names: Sequence[str], limit: int | None, texts: Texts) -> str:
    if limit is None or len(names) <= limit:
        return texts.enumerate(names)
    return texts("holes.and_more", listed=texts.enumerate(names[:limit]), count=len(names))


def _amounts(row: dict[str, Any], run: Run) -> list[Any]:
    """Give buildings, and what is summed over them where that is something else."""
    return [row[name] for name in _counted(run)]


def _amount_columns(run: Run, texts: Texts) -> list[Column]:
    weight = run.parameters["weight"]
    heading = f"{figures.weight_title(weight, texts)} ({figures.unit(weight, texts)})"
    columns = {
        "buildings": column("holes", "buildings", texts, COUNT),
        "weight": Column(heading, texts("holes.explained.amount"), COUNT),
    }
    return [columns[name] for name in _counted(run)]


def _counted(run: Run) -> tuple[str, ...]:
    return ("buildings",) if run.parameters["weight"] == "buildings" else ("buildings", "weight")
