"""A sentence checked against a store, kept as a run."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
from geopandas import GeoDataFrame

from gis.covering.claims import COLUMNS, ClaimData, ClaimResult, check_claim
from gis.covering.readings import possible, readings_of
from gis.covering.statement import Statement, parse_claim
from layers.analysis.geopackage import flat, write_layers
from layers.analysis.inputs import Question, read_inputs, read_kind
from layers.analysis.keeping import Moment, moment_of, named_run, plain
from layers.analysis.made import Made
from layers.analysis.recipes import unit_names, unit_rows
from layers.analysis.walking import WALKWAYS, OnFoot, require_lines
from layers.progress import tell
from layers.runs import Run
from layers.store import Store

__all__ = [
    "Claimed",
    "claim_again",
    "claim_results",
    "run_claim",
    "weight_of",
    "write_claim_layers",
]

ANALYSIS = "claim"
PLACES = "building"
LAND = "residential_land"

# What a definition is told by, in a run.
_TOLD = (
    "reading", "min_area_m2", "distance", "to", "weight", "literal", "covered", "base", "share",
    "lower", "upper", "verdict", "needed_base", "missing",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Claimed(Made):
    """A sentence that was just checked: the run, and what cannot be kept in it.

    `names` holds code and name of the places, `units` level, code and name by uid.
    """

    result: ClaimResult
    names: pd.DataFrame
    units: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """Give the definitions."""
        return self.result.to_frame()


def run_claim(
    store: Store,
    text: str,
    *,
    on: dt.date | None = None,
    as_of: int | dt.datetime | None = None,
    on_foot: OnFoot | None = None,
) -> Claimed:
    """Check a sentence against every definition that it leaves open, and keep the run.

    Parameters
    ----------
    text
        A sentence of the grammar of `gis.statement`.
    on
        The day it shall hold for; today by default.
    as_of
        The recorded state to read; the last by default.
    on_foot
        How one walks; along the walkways by default, where there are any.

    Raises
    ------
    ClaimUnreadableError, ClaimDataError, AnalysisInputError, ChangesetUnknownError
    """
    statement = parse_claim(text)
    if on_foot is None and store.counts().get(WALKWAYS):
        on_foot = OnFoot()
    if statement.distance == "straight":
        on_foot = None
    if on_foot is not None:
        require_lines(store, on_foot)
    made = _compute(store, statement, Moment.asked(store, on=on, as_of=as_of), on_foot)
    return replace(made, run=store.save_run(made.run))


def claim_again(store: Store, kept: Run) -> Claimed:
    """Compute a kept run of a claim again, without keeping it."""
    statement = parse_claim(kept.parameters["text"])
    on_foot = OnFoot.from_dict(kept.parameters.get("on_foot"))
    return _compute(store, statement, moment_of(kept), on_foot)


def _compute(store: Store, statement: Statement, moment: Moment, on_foot: OnFoot | None) -> Claimed:
    begin = time.perf_counter()
    question = Question(places=PLACES, weight="buildings", on_foot=on_foot, **vars(moment))
    rules = possible(readings_of(statement), store.kinds)
    tell(5, "reading")
    inputs = read_inputs(store, rules, question)
    land = read_kind(store, LAND, question)
    tell(30, "measuring")
    result = check_claim(
        statement.text,
        ClaimData(
            places=inputs.places,
            targets=inputs.targets,
            land=None if land.empty else land,
            network=inputs.network,
            on=moment.evaluated_on,
            by=inputs.units,
            **_legs(on_foot),
        ),
    )
    units = unit_names(store, question)
    run = Run(
        analysis=ANALYSIS,
        rules=result.ruleset.to_dict(),
        inputs=inputs.revisions | store.revisions([LAND], as_of=moment.as_of),
        evaluated_on=moment.evaluated_on,
        parameters={
            "text": statement.text,
            "places": PLACES,
            "weight": weight_of(statement),
            **moment.parameters(),
            **({} if on_foot is None else {"on_foot": on_foot.to_dict()}),
        },
        code_version=version("greengrid"),
        seconds=round(time.perf_counter() - begin, 3),
        results=claim_results(result, units),
    )
    names = pd.DataFrame(inputs.places[["code", "name"]])
    return Claimed(run=named_run(store, run), store=store, result=result, names=names, units=units)


def _legs(on_foot: OnFoot | None) -> dict[str, Any]:
    if on_foot is None:
        return {}
    return {"max_snap_m": on_foot.max_snap_m, "unconnected": on_foot.unconnected}


def weight_of(statement: Statement) -> str:
    """Name what the literal definition counts, in the words of the store."""
    return statement.weight if statement.weight in COLUMNS else "buildings"


def claim_results(result: ClaimResult, units: pd.DataFrame) -> dict[str, Any]:
    """Write statement, definitions, exceptions and units as plain data."""
    statement = result.statement
    rows = unit_rows(result.literal, units)
    for row in rows:
        held = None if row["share"] is None else statement.holds(row["share"])
        row["verdict"] = "no_base" if held is None else "true" if held else "false"
    places = result.places
    asked = places["asked"].max() if len(places) else 0
    found: dict[str, Any] = plain(
        {
            "statement": asdict(statement),
            "definitions": result.definitions[list(_TOLD)].to_dict("records"),
            "exceptions": {
                "places": len(result.literal.places),
                "asked": asked,
                "literal": places["literal"].sum(),
                "always": (places["uncovered_in"] == asked).sum(),
                "some": len(places),
            },
            "by_unit": rows,
        }
    )
    return found


def write_claim_layers(made: Claimed, path: Path) -> None:
    """Write the exceptions, and the targets of the literal definition, as layers."""
    tier = made.result.literal.ruleset.tiers[0].name
    places = made.result.places.join(made.names).rename_axis("place").reset_index()
    layers = [
        ("exceptions", flat(GeoDataFrame(places, crs=made.result.places.crs), made.run.id)),
        ("targets", flat(made.result.literal.targets[tier], made.run.id)),
    ]
    write_layers(layers, path)
