"""Was the sentence true? A stated share against every definition that it leaves open.

500米见园，覆盖率91% says how far and how much. It leaves open what a park is, from which size,
whether one walks, to which part of it, and out of what the share is taken. Each open choice is made
in every way that is in use, all together, and each definition gives its own figure and verdict.

The *literal* definition is the plainest one: the first reading, of any size, from the edge, in a
straight line unless the sentence says otherwise. Its uncovered places are the exceptions.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import product
from math import ceil
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame, GeoSeries

from gis.covering.coverage import (
    CoverageResult,
    coverage,
    existing,
    require_coverable,
    require_geometries,
)
from gis.covering.ladder import Ladder
from gis.covering.measure_walks import Unconnected, Walking
from gis.covering.qualify import candidates
from gis.covering.reach import ENTRANCES, entrances_for
from gis.covering.readings import possible, readings_of
from gis.covering.sensitivity import AREAS_M2
from gis.covering.share import share_covered
from gis.covering.statement import Statement, parse_claim
from gis.covering.weights import AREA, PLACES, Number, Weights, total, weigh
from gis.errors import ClaimDataError
from gis.result import Rendered
from gis.rules import Distance, RuleSet, Tier, To
from gis.validity import read_date
from gis.walks.network import WalkNetwork
from gis.walks.walking import MAX_SNAP_M

__all__ = ["COLUMNS", "ClaimData", "ClaimResult", "Verdict", "check_claim"]

Verdict = Literal["true", "false", "undecided", "no_base"]

COLUMNS = ("population", "households", "dwellings")
"""Columns of places of which the share may be taken."""

WEIGHTS = (AREA, *COLUMNS, PLACES)
"""Of what the share may be taken, in the order in which it is most often meant."""

_MAX_ERROR = 1e-3


@dataclass(frozen=True, kw_only=True)
class ClaimData:
    """What a sentence is checked against, all in one metric CRS.

    Parameters
    ----------
    places
        Buildings; weights are taken from their columns `population`, `households`, `dwellings`.
    targets
        Layers as for `coverage`; a layer that a reading names and that is absent leaves that
        reading out. `green_entrance` adds distances to entrances.
    land
        Residential land, of which the national standard takes the share; None leaves that out.
    network
        On which one walks; None leaves walking out.
    on
        The day for which it is asked.
    by
        Units of the places, as for `coverage`.
    max_snap_m, unconnected
        As for `coverage`.
    """

    places: GeoDataFrame
    targets: Mapping[str, GeoDataFrame]
    land: GeoDataFrame | None = None
    network: WalkNetwork | None = None
    on: date | str | None = None
    by: pd.Series | pd.DataFrame | None = None
    max_snap_m: float = MAX_SNAP_M
    unconnected: Unconnected = "excluded"


@dataclass(frozen=True)
class ClaimResult(Rendered):
    """A sentence and what every definition says of it.

    Parameters
    ----------
    statement
        What was read.
    ruleset
        The readings of its words, as tiers.
    definitions
        One row each, the literal ones first: `reading` (a tier), `min_area_m2`, `distance`, `to`,
        `weight`, `literal`, then `covered`, `base`, `share`, `lower` and `upper` (of areas), and
        `verdict`: `true`, `false`, `undecided` where the bounds of an area do not tell, `no_base`.
        `needed_base` is the base of which `covered` would be the stated share; `missing` what
        would have to be covered in addition.
    literal
        Coverage of the places by the literal definition.
    places
        The places that some definition leaves uncovered, the exceptions first: `uncovered_in` of
        `asked` definitions, `literal` (uncovered by the literal one), `distance_m` and `reason` by
        the literal one, geometry.
    """

    statement: Statement
    ruleset: RuleSet
    definitions: pd.DataFrame
    literal: CoverageResult = field(repr=False)
    places: GeoDataFrame = field(repr=False)

    def count(self, verdict: Verdict) -> int:
        """Count the definitions of one verdict."""
        return int((self.definitions["verdict"] == verdict).sum())

    def to_frame(self) -> pd.DataFrame:
        """Give the definitions."""
        return self.definitions


def check_claim(text: str, data: ClaimData) -> ClaimResult:
    """Check a sentence such as 500米见园，覆盖率91% against every definition that it leaves open.

    Parameters
    ----------
    text
        A sentence of the grammar of `gis.statement`.
    data
        What it is checked against.

    Raises
    ------
    ClaimUnreadableError
        The sentence is not of the grammar.
    ClaimDataError
        The data lack what the sentence speaks of.
    And as `coverage`.

    Examples
    --------
    Three of four homes have a park of 900 m² within 500 m:

    >>> from shapely import box
    >>> homes = GeoDataFrame(geometry=GeoSeries.from_xy([0, 90, 400, 900], [0] * 4), crs=32650)
    >>> park = GeoDataFrame(
    ...     {"class_code": ["G1"], "code_system": ["cjjt85_2017"]},
    ...     geometry=[box(-30, 0, 0, 30)],
    ...     crs=32650,
    ... )
    >>> data = ClaimData(places=homes, targets={"green_space": park})
    >>> result = check_claim("500米见园，覆盖率75%", data)
    >>> result.definitions.groupby("min_area_m2")["verdict"].first().to_dict()
    {0.0: 'true', 400.0: 'true', 1000.0: 'false', 2000.0: 'false', 5000.0: 'false'}
    >>> result.places[["distance_m", "reason"]].to_dict("records")[0]
    {'distance_m': 900.0, 'reason': 'over_limit'}
    """
    statement = parse_claim(text)
    ruleset = possible(readings_of(statement), data.targets)
    literal_tier = replace(ruleset, tiers=ruleset.tiers[:1])
    _require(statement, data, ruleset)
    known = _Known.of(statement, data, ruleset)
    rows, uncovered, asked = [], np.zeros(len(known.places), dtype=np.int64), 0
    for one in known.definitions():
        rows.append(one.row)
        if one.within is not None:
            uncovered, asked = uncovered + ~one.within, asked + 1
    literal = coverage(
        data.places,
        data.targets,
        literal_tier,
        weight=statement.weight if statement.weight in COLUMNS else None,
        by=data.by,
        network=data.network,
        on=data.on,
        max_snap_m=data.max_snap_m,
        unconnected=data.unconnected,
    )
    frame = pd.DataFrame(rows).sort_values("literal", ascending=False, kind="stable")
    return ClaimResult(
        statement=statement,
        ruleset=ruleset,
        definitions=frame.reset_index(drop=True),
        literal=literal,
        places=_exceptions(literal, uncovered, asked),
    )


class _Definition(NamedTuple):
    row: dict[str, Any]
    # By place whether it is covered; None where areas are measured.
    within: Any


@dataclass(frozen=True)
class _Known:
    """Everything that the definitions are made from."""

    statement: Statement
    ruleset: RuleSet
    places: GeoDataFrame
    land: GeoDataFrame | None
    layers: Mapping[str, GeoDataFrame]
    walking: Walking | None
    gates: GeoDataFrame | None

    @classmethod
    def of(cls, statement: Statement, data: ClaimData, ruleset: RuleSet) -> "_Known":
        day = read_date(data.on)
        places = existing(data.places, day, "places")
        land = None if data.land is None else existing(data.land, day, "land")
        used = {ENTRANCES, *(layer for tier in ruleset.tiers for layer in tier.layers)}
        layers = {n: existing(data.targets[n], day, n) for n in data.targets if n in used}
        require_geometries(places, layers, None)
        if land is not None:
            require_geometries(land, {}, AREA)
        walking = None
        if data.network is not None and statement.distance != "straight":
            walking = Walking.of(places.geometry, data.network, data.max_snap_m, data.unconnected)
        gates = None
        if ENTRANCES in layers and len(layers[ENTRANCES]):
            gates = entrances_for(replace(ruleset.tiers[0], to="entrance"), layers)
        return cls(statement, ruleset, places, land, layers, walking, gates)

    def definitions(self) -> Iterator[_Definition]:
        """Measure every definition; of smallest areas the largest first, which is cheapest."""
        weights = [
            weigh(self.places, None if name == PLACES else name)
            for name in WEIGHTS
            if self._is_asked(name) and name != AREA and self._has(name)
        ]
        for tier in self.ruleset.tiers:
            ladder = Ladder(
                self.places.geometry,
                candidates(tier, self.layers),
                self.gates,
                radii_m=(tier.radius_m, tier.radius_m),
                walking=self.walking,
            )
            areas_m2 = AREAS_M2[::-1] if ladder.has_areas else (0.0,)
            for least_m2 in areas_m2:
                sized = replace(tier, min_area_m2=least_m2)
                if self.land is not None and self._is_asked(AREA):
                    yield from self._of_land(sized, ladder)
                for distance, to in product(self._distances(), self._manners()):
                    yield from self._of_places(
                        replace(sized, distance=distance, to=to), ladder, weights
                    )

    def _is_asked(self, weight: str) -> bool:
        return self.statement.weight in {None, weight}

    def _has(self, weight: str) -> bool:
        return weight == PLACES or (weight in self.places and self.places[weight].notna().any())

    def _distances(self) -> tuple[Distance, ...]:
        if self.statement.distance is not None:
            return (self.statement.distance,)
        return ("straight",) if self.walking is None else ("straight", "walk")

    def _manners(self) -> tuple[To, ...]:
        return ("edge", "centroid") if self.gates is None else ("edge", "entrance", "centroid")

    def _of_land(self, tier: Tier, ladder: Ladder) -> Iterator[_Definition]:
        """Measure land, from the edge and in a straight line as its standard does."""
        if self.statement.distance == "walk" or self.land is None:
            return
        reached = GeoSeries(ladder.reached("edge", tier.min_area_m2), crs=self.land.crs)
        share = share_covered(self.land, reached, tier.radius_m, max_error=_MAX_ERROR)
        weights = weigh(self.land, AREA)
        amount = weights.where(weights.counted)
        covered, lower, upper = (
            float((share[name].fillna(0.0).to_numpy() * amount).sum())
            for name in ("covered_share", "lower", "upper")
        )
        straight = replace(tier, distance="straight")
        row = self._judged(straight, AREA, covered, total(amount), (lower, upper))
        yield _Definition(row, None)

    def _of_places(
        self, tier: Tier, ladder: Ladder, weights: list[Weights]
    ) -> Iterator[_Definition]:
        near = ladder.near(tier.distance, tier.to, tier.min_area_m2)
        within = near.distance_m <= tier.radius_m
        for number, given in enumerate(weights):
            one = given.without(near.left_out)
            covered = total(one.where(within & one.counted))
            row = self._judged(tier, one.name, covered, total(one.where(one.counted)))
            yield _Definition(row, (within | ~one.counted) if number == 0 else None)

    def _judged(
        self,
        tier: Tier,
        weight: str,
        covered: Number,
        base: Number,
        bounds: tuple[float, float] | None = None,
    ) -> dict[str, Any]:
        least, most = (covered, covered) if bounds is None else bounds
        stated = self.statement.share
        first = self.ruleset.tiers[0]
        literal = (tier.name, tier.to, tier.min_area_m2) == (first.name, first.to, 0)
        return {
            "reading": tier.name,
            "min_area_m2": tier.min_area_m2,
            "distance": tier.distance,
            "to": tier.to,
            "weight": weight,
            "literal": literal and tier.distance == first.distance,
            "covered": covered,
            "base": base,
            "share": covered / base if base else None,
            "lower": least / base if base else None,
            "upper": most / base if base else None,
            "verdict": _verdict(self.statement, least / base, most / base) if base else "no_base",
            "needed_base": covered / stated,
            "missing": _missing(stated * base - covered, whole=weight != AREA),
        }


def _verdict(statement: Statement, lower: float, upper: float) -> Verdict:
    """Judge a share that is known to lie between two bounds.

    The shares for which a sentence holds have no gap, so both ends decide.
    """
    least, most = statement.holds(lower), statement.holds(upper)
    if least and most:
        return "true"
    crossed = lower < statement.share < upper
    return "undecided" if least or most or crossed else "false"


def _missing(amount: float, *, whole: bool) -> Number:
    short = max(amount, 0.0)
    return ceil(round(short, 6)) if whole else short


def _require(statement: Statement, data: ClaimData, ruleset: RuleSet) -> None:
    """Refuse data without what the sentence speaks of.

    Raises
    ------
    ClaimDataError, and as `coverage`.
    """
    if statement.distance == "walk" and data.network is None:
        raise ClaimDataError(missing="network")
    if statement.weight == AREA and (data.land is None or statement.distance == "walk"):
        raise ClaimDataError(missing=AREA)
    if statement.weight in COLUMNS and (
        statement.weight not in data.places or data.places[statement.weight].isna().all()
    ):
        raise ClaimDataError(missing=statement.weight)
    for frame, weight in ((data.places, None), (data.land, AREA)):
        if frame is not None:
            network = data.network if weight is None else None
            straight = replace(
                ruleset, tiers=tuple(replace(t, distance="straight") for t in ruleset.tiers)
            )
            require_coverable(frame, data.targets, straight, weight=weight, network=network)


def _exceptions(literal: CoverageResult, uncovered: Any, asked: int) -> GeoDataFrame:
    """List the places that are uncovered by some definition, those of most definitions first."""
    tier = literal.ruleset.tiers[0].name
    found = literal.places
    frame = GeoDataFrame(
        {
            "literal": ~found[f"{tier}.covered"].fillna(value=True).astype(bool),
            "uncovered_in": uncovered,
            "asked": asked,
            "distance_m": found[f"{tier}.distance_m"],
            "reason": found[f"{tier}.reason"],
        },
        geometry=found.geometry,
        crs=found.crs,
    )
    some = frame[frame["uncovered_in"] > 0]
    return some.sort_values(
        ["literal", "uncovered_in", "distance_m"], ascending=[False, False, False], kind="stable"
    )
