"""Who answers for every piece of ground, duty by duty, kept as a run."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
import shapely
from geopandas import GeoDataFrame, GeoSeries

from gis.ground.holes import SLIVER_M, HolesResult, find_holes
from layers.analysis.duties import Duty, areas_of, by_duty
from layers.analysis.geopackage import flat, write_layers
from layers.analysis.keeping import Moment, moment_of, named_run, plain
from layers.analysis.made import Made
from layers.errors import AnalysisInputError
from layers.progress import tell
from layers.runs import Run
from layers.store import Scope, Store
from layers.territory import LEVELS

__all__ = ["PLANS", "Holes", "holes_again", "run_holes", "write_hole_layers"]

ANALYSIS = "holes"
PLANS = ("normal", "emergency")
RESPONSIBILITY = "responsibility"
BUILDING = "building"

_PLAIN = ("plan", "weight", "ground", "level", "split", "sliver_m")

# What is summed over buildings unless somebody says otherwise: the first that anybody counted.
_WEIGHTS = ("population", "households", "dwellings")


@dataclass(frozen=True, kw_only=True)
class Holes(Made):
    """The holes that were just looked for: the run, and what cannot be kept in it.

    `units` are those by which pieces are placed, with code and name; `left_out` names the
    responsibilities that could not be looked at, with the reason, over all duties.
    """

    found: Mapping[Duty, HolesResult]
    units: GeoDataFrame
    left_out: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """Give the account of every duty."""
        parts = {duty: result.account for duty, result in self.found.items()}
        return pd.concat(parts, names=["role", "level"])


@dataclass(frozen=True, kw_only=True)
class _Question:
    """Say what is looked for; every part of it is kept with the run."""

    moment: Moment
    roles: tuple[str, ...] | None
    plan: str
    weight: str
    ground: str
    level: str
    split: bool
    sliver_m: float

    def parameters(self) -> dict[str, Any]:
        return {
            "roles": None if self.roles is None else list(self.roles),
            "plan": self.plan,
            "weight": self.weight,
            "ground": self.ground,
            "level": self.level,
            "split": self.split,
            "sliver_m": self.sliver_m,
            **self.moment.parameters(),
        }


def run_holes(  # noqa: PLR0913 - what may be asked is what it is
    store: Store,
    *,
    roles: Collection[str] | None = None,
    plan: str = "normal",
    weight: str | None = None,
    split: bool = False,
    sliver_m: float = SLIVER_M,
    on: dt.date | None = None,
    as_of: int | dt.datetime | None = None,
    scope: Scope = Scope.all(),
) -> Holes:
    """Find the ground that nobody answers for, or several, or only an ended post; keep the run.

    Parameters
    ----------
    roles
        Roles to judge; by default those that name units of the territory.
    plan
        `normal` or `emergency`; responsibilities without a plan hold in both.
    weight
        What is summed over buildings; by default the first of people, households and dwellings
        that is known of any.
    split
        Whether every piece lies in one unit of the finest level.
    sliver_m
        Metres of width up to which a piece is a sliver.
    on
        The day it shall hold for; today by default.
    as_of
        The recorded state to read; the last by default.

    Raises
    ------
    AnalysisInputError, ChangesetUnknownError, NumberError, ScopeError
    """
    moment = Moment.asked(store, on=on, as_of=as_of, scope=scope)
    question = _Question(
        moment=moment,
        roles=None if roles is None else tuple(sorted(set(roles))),
        plan=plan,
        weight=weight or _known_weight(store, moment),
        ground=_level(store, moment, LEVELS[::-1]),
        level=_level(store, moment, LEVELS),
        split=split,
        sliver_m=sliver_m,
    )
    made = _compute(store, question)
    return replace(made, run=store.save_run(made.run))


def holes_again(store: Store, kept: Run) -> Holes:
    """Compute a kept run of holes again, without keeping it."""
    asked = kept.parameters
    question = _Question(
        moment=moment_of(kept),
        roles=None if asked["roles"] is None else tuple(asked["roles"]),
        **{name: asked[name] for name in _PLAIN},
    )
    return _compute(store, question)


def _compute(store: Store, question: _Question) -> Holes:
    begin = time.perf_counter()

    def read(kind: str) -> GeoDataFrame:
        return _read(store, kind, question.moment)

    tell(5, "reading")
    rows, reasons = areas_of(_responsibilities(store, question.moment), read)
    duties = by_duty(
        rows, roles=question.roles, plan=question.plan, on=question.moment.evaluated_on
    )
    if not duties:
        raise AnalysisInputError(analysis=ANALYSIS, missing=RESPONSIBILITY, reason="no_rows")
    ground, units, buildings = read(question.ground), read(question.level), read(BUILDING)
    tell(30, "measuring")
    found = {
        duty: find_holes(
            _valid(ground.geometry),
            posts,
            holder="holder_org",
            on=question.moment.evaluated_on,
            units=_valid(units.geometry),
            buildings=buildings,
            weight=None if question.weight == "buildings" else question.weight,
            split=question.split,
            sliver_m=question.sliver_m,
        )
        for duty, posts in duties.items()
    }
    left_out = _left_out(rows, reasons, found)
    inputs = {
        RESPONSIBILITY, BUILDING, question.ground, question.level,
        *(str(kind) for kind in rows["unit_kind"].dropna().unique()),
    }  # fmt: skip
    run = Run(
        analysis=ANALYSIS,
        rules={},
        inputs=store.revisions(sorted(inputs), as_of=question.moment.as_of),
        evaluated_on=question.moment.evaluated_on,
        parameters=question.parameters(),
        code_version=version("greengrid"),
        seconds=round(time.perf_counter() - begin, 3),
        results={
            "duties": [_told(duty, result, units) for duty, result in found.items()],
            "left_out": plain(left_out.to_dict("records")),
        },
    )
    named = named_run(store, run)
    return Holes(run=named, store=store, found=found, units=units, left_out=left_out)


def _responsibilities(store: Store, moment: Moment) -> GeoDataFrame:
    rows = store.read(RESPONSIBILITY, as_of=moment.as_of, scope=moment.scope)
    return rows.to_crs(store.settings.metric_crs)


def _read(store: Store, kind: str, moment: Moment) -> GeoDataFrame:
    frame = store.read(kind, as_of=moment.as_of, on=moment.evaluated_on, scope=moment.scope)
    return frame.to_crs(store.settings.metric_crs)


def _valid(shapes: GeoSeries) -> GeoSeries:
    """Keep what can be measured; `check` tells of the rest."""
    return shapes[shapes.notna() & shapes.is_valid & (shapely.get_dimensions(shapes) == 2)]


def _level(store: Store, moment: Moment, levels: Collection[str]) -> str:
    """Find the first level of which there are areas."""
    for level in levels:
        if len(_valid(_read(store, level, moment).geometry)):
            return level
    raise AnalysisInputError(analysis=ANALYSIS, missing=LEVELS[-1], reason="no_rows")


def _known_weight(store: Store, moment: Moment) -> str:
    rows = store.read(
        BUILDING,
        as_of=moment.as_of,
        on=moment.evaluated_on,
        scope=moment.scope,
        columns=list(_WEIGHTS),
    )
    return next((name for name in _WEIGHTS if rows[name].notna().any()), "buildings")


def _left_out(
    rows: GeoDataFrame, reasons: pd.Series[str], found: Mapping[Duty, HolesResult]
) -> pd.DataFrame:
    """List the responsibilities that were asked for and could not be looked at."""
    told = pd.concat([result.left_out for result in found.values()]).astype(object)
    # Why there is no ground is known better where it was looked for.
    told.update(reasons[reasons.index.intersection(told.index)])
    named = rows.loc[told.index, ["code", "name", "role", "level", "holder_org"]]
    return pd.DataFrame(named).assign(reason=told).sort_values(["reason", "code"])


def _told(duty: Duty, result: HolesResult, units: GeoDataFrame) -> dict[str, Any]:
    """Write what was found of one duty as plain data."""
    places = result.units.assign(
        code=result.units["unit"].map(units["code"]), name=result.units["unit"].map(units["name"])
    )
    pieces = [
        {
            "piece": number,
            **{name: getattr(piece, name) for name in ("state", "area_m2", "buildings", "weight")},
            "holders": list(piece.holders),
            "units": _rows(places, number),
            "neighbours": _rows(result.neighbours, number),
            "ended": _rows(result.ended, number),
        }
        for number, piece in zip(result.pieces.index, result.pieces.itertuples(), strict=True)
    ]
    told: dict[str, Any] = plain(
        {
            **duty._asdict(),
            "territory_m2": result.territory_m2,
            "error_m2": result.error_m2,
            "outside": result.outside,
            "no_weight": result.no_weight,
            "account": result.account.reset_index().to_dict("records"),
            "pieces": pieces,
        }
    )
    return told


def _rows(table: pd.DataFrame, piece: int) -> list[dict[Hashable, Any]]:
    return table[table["piece"] == piece].drop(columns="piece").to_dict("records")


def write_hole_layers(made: Holes, path: Path) -> None:
    """Write the pieces of every duty, and the units, as layers of a GeoPackage."""
    run_id = made.run.id
    pieces = [
        result.pieces.reset_index().assign(
            role=duty.role,
            level=duty.level,
            holders=result.pieces["holders"].map("；".join).to_numpy(),
        )
        for duty, result in made.found.items()
    ]
    units = made.units[["code", "name", made.units.geometry.name]].rename_axis("uid").reset_index()
    together = GeoDataFrame(pd.concat(pieces, ignore_index=True), crs=made.units.crs)
    write_layers([("holes", flat(together, run_id)), ("units", flat(units, run_id))], path)
