"""Free plots of a store and those who would adopt them, brought together and kept as a run."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame, GeoSeries

from gis import MatchResult, WalkNetwork, match_adopters
from layers.analysis.geopackage import flat, write_layers
from layers.analysis.keeping import Moment, moment_of, named_run, plain
from layers.analysis.kept import kept_network
from layers.analysis.made import Made
from layers.analysis.offers import Offer
from layers.analysis.walking import OnFoot, walk_network
from layers.errors import AnalysisInputError
from layers.kinds import FieldType
from layers.runs import Run
from layers.store import Scope, Store

__all__ = ["Match", "adoptions_of", "match_again", "run_match", "write_match_layers"]

ANALYSIS = "match"
PLOT = "adoption_plot"

# A plot on its way to an adopter, or with one, is not offered.
_TAKEN = ("applied", "confirmed_on_site", "agreed", "active", "renewed")
_NUMBERS = (FieldType.INTEGER, FieldType.REAL)
_DIGITS = 3
# Square metres are compared as people write them: 400.00001 m² are 400 m².
_AREA_DIGITS = 1


@dataclass(frozen=True, kw_only=True)
class Match(Made):
    """A match that was just made: the run, and what cannot be kept in it."""

    found: MatchResult
    plots: GeoDataFrame
    adopters: GeoDataFrame

    def to_frame(self) -> pd.DataFrame:
        """Give the pairs, by code and name."""
        columns = ["plot_code", "plot_name", "adopter_code", "adopter", "distance_m"]
        return pd.DataFrame(self.run.results["pairs"], columns=columns)

    def lines(self) -> GeoDataFrame:
        """Draw a straight line from each adopter to each of its plots, whichever way one goes."""
        pairs = self.found.pairs
        begin = np.asarray(self.adopters.geometry.loc[pairs["adopter"]].array, dtype=object)
        end = np.asarray(self.plots.geometry.loc[pairs["plot"]].array, dtype=object)
        return GeoDataFrame(geometry=shapely.shortest_line(begin, end), crs=self.plots.crs)


@dataclass(frozen=True, kw_only=True)
class _Question:
    """Say what is matched; every part of it is kept with the run."""

    moment: Moment
    offers: tuple[Offer, ...]
    limit_m: float
    by_area: bool
    worth: str | None
    on_foot: OnFoot | None

    def parameters(self) -> dict[str, Any]:
        return {
            "limit_m": self.limit_m,
            "by_area": self.by_area,
            "worth": self.worth,
            "offers": [asdict(offer) for offer in self.offers],
            "on_foot": None if self.on_foot is None else self.on_foot.to_dict(),
            **self.moment.parameters(),
        }


def run_match(  # noqa: PLR0913 - what may be asked is what it is
    store: Store,
    offers: Sequence[Offer],
    *,
    limit_m: float,
    by_area: bool = False,
    worth: str | None = None,
    on_foot: OnFoot | None = None,
    on: dt.date | None = None,
    as_of: int | dt.datetime | None = None,
    scope: Scope = Scope.all(),
) -> Match:
    """Assign the free plots to those who offer to adopt; keep the run.

    Parameters
    ----------
    offers
        Who would adopt, where they are, and how much they can take.
    limit_m
        Metres beyond which nobody takes a plot.
    by_area
        Whether what they can take are square metres; else it is a number of plots.
    worth
        A field of plots that holds numbers; without one every plot is worth the same.
    on_foot
        How one walks; without it distances are straight lines.

    Raises
    ------
    AnalysisInputError, ChangesetUnknownError, RadiusError, ScopeError
    """
    fields = {field.key for field in store.kind(PLOT).fields if field.type in _NUMBERS}
    if worth is not None and worth not in fields:
        raise AnalysisInputError(analysis=ANALYSIS, missing=f"{PLOT}.{worth}", reason="no_field")
    question = _Question(
        moment=Moment.asked(store, on=on, as_of=as_of, scope=scope),
        offers=tuple(offers),
        limit_m=limit_m,
        by_area=by_area,
        worth=worth,
        on_foot=on_foot,
    )
    made = _compute(store, question)
    return replace(made, run=store.save_run(made.run))


def match_again(store: Store, kept: Run) -> Match:
    """Compute a kept run of a match again, without keeping it."""
    asked = kept.parameters
    question = _Question(
        moment=moment_of(kept),
        offers=tuple(Offer(**offer) for offer in asked["offers"]),
        on_foot=OnFoot.from_dict(asked["on_foot"]),
        **{name: asked[name] for name in ("limit_m", "by_area", "worth")},
    )
    return _compute(store, question)


def adoptions_of(made: Match) -> pd.DataFrame:
    """Give the pairs as applications to adopt, by the fields of the kind `adoption`."""
    run, plots = made.run, made.plots
    rows = [
        {
            "code": f"{pair['plot_code']}-{run.evaluated_on:%Y%m%d}",
            "plot_code": pair["plot_code"],
            "adopter_code": pair["adopter_code"],
            "adoption_kind": plots.loc[pair["plot"], "adoption_kind"],
            "state": "applied",
            "applied_on": run.evaluated_on,
        }
        for pair in run.results["pairs"]
    ]
    columns = ["code", "plot_code", "adopter_code", "adoption_kind", "state", "applied_on"]
    return pd.DataFrame(rows, columns=columns)


def write_match_layers(made: Match, path: Path) -> None:
    """Write plots, each with who takes it or why nobody does, and adopters, as layers."""
    run_id, found = made.run.id, made.found
    who = found.plots.assign(adopter=found.plots["adopter"].map(made.adopters["code"]))
    plots = made.plots[["code", "name", made.plots.geometry.name]].join(who)
    adopters = made.adopters[["code", "name", made.adopters.geometry.name]].join(found.adopters)
    layers = [
        ("plots", flat(plots.rename_axis("uid").reset_index(), run_id)),
        ("adopters", flat(adopters, run_id)),
    ]
    write_layers(layers, path)


def _compute(store: Store, question: _Question) -> Match:
    begin = time.perf_counter()
    plots = _free_plots(store, question.moment)
    if plots.empty or not question.offers:
        missing = PLOT if plots.empty else "adopter"
        raise AnalysisInputError(analysis=ANALYSIS, missing=missing, reason="no_rows")
    adopters = _adopters(question.offers, plots.crs)
    inputs, network = [PLOT, "adoption"], None
    if question.on_foot is not None:
        network = _network(store, question.moment, question.on_foot)
        inputs += question.on_foot.kinds
    found = match_adopters(
        adopters,
        plots.assign(need=plots.area.round(_AREA_DIGITS)),
        limit_m=question.limit_m,
        capacity="capacity",
        need="need" if question.by_area else None,
        worth=question.worth,
        network=network,
    )
    run = Run(
        analysis=ANALYSIS,
        rules={},
        inputs=store.revisions(sorted(inputs), as_of=question.moment.as_of),
        evaluated_on=question.moment.evaluated_on,
        parameters=question.parameters(),
        code_version=version("greengrid"),
        seconds=round(time.perf_counter() - begin, 3),
        results=_results(found, plots, adopters),
    )
    named = named_run(store, run)
    return Match(run=named, store=store, found=found, plots=plots, adopters=adopters)


def _network(store: Store, moment: Moment, on_foot: OnFoot) -> WalkNetwork | None:
    """Join all the ways that there are: one walks beyond one's own units, too."""

    def join() -> WalkNetwork:
        everything = replace(moment, scope=Scope.all())
        lines = {key: _read(store, key, everything) for key in on_foot.kinds}
        return walk_network(lines, on_foot)

    return kept_network(store, on_foot, as_of=moment.as_of, on=moment.evaluated_on, make=join)


def _read(store: Store, kind: str, moment: Moment) -> GeoDataFrame:
    frame = store.read(kind, as_of=moment.as_of, on=moment.evaluated_on, scope=moment.scope)
    return frame.to_crs(store.settings.metric_crs)


def _free_plots(store: Store, moment: Moment) -> GeoDataFrame:
    """Read the plots of which no adoption runs or is under way."""
    plots = _read(store, PLOT, moment)
    adoptions = store.read("adoption", as_of=moment.as_of, on=moment.evaluated_on)
    day = pd.Timestamp(moment.evaluated_on)
    over = pd.to_datetime(adoptions["agreed_to"]) <= day
    over |= pd.to_datetime(adoptions["ended_on"]) <= day
    taken = adoptions.loc[adoptions["state"].isin(_TAKEN) & ~over, "plot_code"]
    return plots[plots["code"].notna() & ~plots["code"].isin(taken)]


def _adopters(offers: Sequence[Offer], crs: Any) -> GeoDataFrame:
    places = [
        None if offer.x is None or offer.y is None else shapely.Point(offer.x, offer.y)
        for offer in offers
    ]
    frame = pd.DataFrame([asdict(offer) for offer in offers]).astype({"capacity": "float64"})
    return GeoDataFrame(frame, geometry=GeoSeries(np.array(places, dtype=object), crs=crs))


def _results(found: MatchResult, plots: GeoDataFrame, adopters: GeoDataFrame) -> dict[str, Any]:
    def of_plot(uid: Any) -> dict[str, Any]:
        return {"plot_code": plots.loc[uid, "code"], "plot_name": plots.loc[uid, "name"]}

    def of_adopter(row: Any) -> dict[str, Any]:
        return {"adopter_code": adopters.loc[row, "code"], "adopter": adopters.loc[row, "name"]}

    pairs = [
        {**row, **of_plot(row["plot"]), **of_adopter(row["adopter"])}
        for row in found.pairs.to_dict("records")
    ]
    left = found.plots.loc[found.plots["reason"].notna(), ["in_reach", "nearest_m", "reason"]]
    unmatched = [{**of_plot(uid), **row} for uid, row in left.to_dict("index").items()]
    told: dict[str, Any] = plain(
        {
            "pairs": sorted(pairs, key=lambda row: str(row["plot_code"])),
            "plots": sorted(unmatched, key=lambda row: str(row["plot_code"])),
            "adopters": [
                {**of_adopter(row), **values}
                for row, values in found.adopters.to_dict("index").items()
            ],
            "worth": found.worth,
            "distance_m": round(found.distance_m, _DIGITS),
            "proven": found.proven,
        }
    )
    return told
