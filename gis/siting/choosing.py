"""Which sites to open first, so that most people have one within reach, and how good that is."""

from collections.abc import Collection, Hashable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame

from gis.contracts import require_number
from gis.covering.figures import share_of
from gis.covering.weights import EXCLUSIONS, Number, total
from gis.errors import (
    ArgumentTypeError,
    LabelContradictionError,
    LabelUnknownError,
    NotSupportedError,
)
from gis.nearness.distance import nearest
from gis.result import Rendered
from gis.rules import AreaOf
from gis.siting._problem import Certificate, Mask, Problem, Rule, Solved

__all__ = ["METHODS", "Certificate", "Method", "SiteChoice", "choose_sites"]

Method = Literal["greedy", "swap", "exact"]
METHODS: tuple[str, ...] = get_args(Method)

_MOST_SITES = 10_000


@dataclass(frozen=True)
class SiteChoice(Rendered):
    """Sites that were chosen, what they change, and how good the choice is.

    Parameters
    ----------
    k, radius_m, min_area_m2, area_of, weight
        What was asked.
    base
        Amount of all demand that can be counted; `excluded` by reason what cannot.
    covered_before
        What has something within reach already.
    gain
        What the sites add by the model of the certificate.
    gain_together
        What they add when all of them are there: more than `gain` where sites that touch count
        together though none of them would alone, or lift something over the smallest area.
    certificate
        Of `gain`.
    sites
        The chosen ones in their order: `rank`, `gain` (what each adds to those before it), `alone`
        (what it would add by itself), `required`, `geometry`. Indexed by label.
    demand
        Indexed as the demand: `weight`, `state` (`covered`, `gained`, `gained_together`,
        `uncovered` or the reason why it is excluded) and `site`, the nearest chosen one within
        reach, or the one that serves it where sites have a capacity.
    """

    k: int
    radius_m: float
    min_area_m2: float
    area_of: str
    weight: str
    base: Number
    excluded: dict[str, Number]
    covered_before: Number
    gain: Number
    gain_together: Number
    certificate: Certificate
    sites: GeoDataFrame = field(repr=False)
    demand: pd.DataFrame = field(repr=False)

    @property
    def chosen(self) -> tuple[Hashable, ...]:
        """Labels of the sites, in their order."""
        return tuple(self.sites.index)

    @property
    def share_before(self) -> float | None:
        """Share of the base that was covered."""
        return share_of(self.covered_before, self.base)

    @property
    def share_after(self) -> float | None:
        """Share of the base that is covered with all the sites."""
        return share_of(self.covered_before + self.gain_together, self.base)

    def to_frame(self) -> pd.DataFrame:
        """Give the sites with what each adds."""
        return pd.DataFrame(self.sites.drop(columns=self.sites.geometry.name))

    def to_dict(self) -> dict[str, Any]:
        """Give all figures and the sites, for JSON."""
        names = ("k", "radius_m", "min_area_m2", "area_of", "weight", "base", "excluded")
        figures = ("covered_before", "gain", "gain_together", "share_before", "share_after")
        sites = self.to_frame().rename_axis("site").reset_index().to_dict("records")
        return {
            **{name: getattr(self, name) for name in (*names, *figures)},
            "certificate": asdict(self.certificate) | {"gap": self.certificate.gap},
            "sites": sites,
        }

    def explain(self) -> pd.DataFrame:
        """Say site by site whom it adds: the demands that are nearest to it, and their weight."""
        gained = self.demand[self.demand["state"].isin(["gained", "gained_together"])]
        rows = gained.groupby("site", sort=False)["weight"].agg(["size", "sum"])
        rows = rows.reindex(self.sites.index, fill_value=0)
        return rows.rename(columns={"size": "demands", "sum": "weight"})


def choose_sites(  # noqa: PLR0913 (the signature is public)
    demand: GeoDataFrame,
    candidates: GeoDataFrame,
    k: int,
    *,
    radius_m: float,
    weight: str | None = None,
    existing: GeoDataFrame | None = None,
    method: Method = "greedy",
    required: Collection[Hashable] = (),
    excluded: Collection[Hashable] = (),
    min_area_m2: float = 0.0,
    area_of: AreaOf = "feature",
    capacity: str | None = None,
    time_limit_s: float = 60.0,
) -> SiteChoice:
    """Choose at most k sites that bring most demand within a radius of something that counts.

    Fewer are chosen where more would add nothing. Of sites that add equally much, the one with the
    smallest label is taken, so that the order of the rows is irrelevant.

    Parameters
    ----------
    demand
        n rows with unique labels, in a metric CRS; each is covered whole or not at all.
    candidates
        Sites to choose from, with unique labels, in the same CRS.
    k
        How many sites, those required among them.
    radius_m
        Reach in metres, in a straight line, edge to edge.
    weight
        Column of `demand` to be counted; None counts each row as one.
    existing
        What is there already and stays; also what is too small to count, because a site may lift
        it over `min_area_m2`. Column used when present: `area_m2`.
    method
        `greedy` takes the best site again and again; `swap` then exchanges single sites as long as
        that helps; `exact` goes on to the best choice, as far as the time allows.
    required, excluded
        Labels of candidates that are taken in any case, or not at all.
    min_area_m2, area_of
        Smallest area that counts, and whose: that of each `feature`, or of what is `joined`.
    capacity
        Column of `candidates`: the most weight that a site can serve, missing for no limit; then
        everybody is served by one site, nearest first, and only `greedy` is there.
    time_limit_s
        Seconds after which `exact` gives the best choice known so far, with its bound.

    Raises
    ------
    CrsMissingError, CrsNotMetricError, CrsMismatchError, DuplicateIndexError, RadiusError,
    NumberError, WeightError, ColumnMissingError, LabelUnknownError, LabelContradictionError,
    ArgumentTypeError, GeometryInvalidError, GeometryNotFiniteError

    Examples
    --------
    >>> from geopandas import GeoSeries
    >>> homes = GeoDataFrame(
    ...     {"people": [4, 3, 2]}, geometry=GeoSeries.from_xy([0, 90, 900], [0, 0, 0]), crs=32650
    ... )
    >>> plots = GeoDataFrame(
    ...     index=["p", "q"], geometry=GeoSeries.from_xy([45, 900], [0, 9]).to_numpy(), crs=32650
    ... )
    >>> choice = choose_sites(homes, plots, 1, radius_m=50, weight="people", method="exact")
    >>> choice.chosen, choice.gain, choice.certificate.proven
    (('p',), 7, True)
    """
    _require_known("method", method, METHODS)
    _require_known("area_of", area_of, get_args(AreaOf))
    problem = Problem.of(demand, candidates, existing, weight, Rule(radius_m, min_area_m2, area_of))
    must = _named(problem.labels, required, "required")
    may_not = _named(problem.labels, excluded, "excluded")
    if (must & may_not).any():
        label = problem.labels[int(np.argmax(must & may_not))]
        raise LabelContradictionError(one="required", other="excluded", label=label)
    require_number("k", k, least=max(1, int(must.sum())), most=_MOST_SITES)
    require_number("time_limit_s", time_limit_s, least=0.1)
    if capacity is None:
        solved = problem.solve(int(k), must, may_not, method=method, time_limit_s=time_limit_s)
    elif method == "greedy":
        solved = problem.fill(int(k), must, may_not, capacity)
    else:
        raise NotSupportedError(feature=f"capacity, method={method}")
    return _choice(problem, int(k), solved, must)


def _choice(problem: Problem, k: int, solved: Solved, must: Mask) -> SiteChoice:
    """Say what the chosen sites change, by the model and together."""
    weights, rule = problem.weights, problem.rule
    together = problem.gained_together(solved.chosen) if solved.served_by is None else solved.gained
    sites = problem.candidates.iloc[solved.chosen]
    return SiteChoice(
        k=k,
        radius_m=rule.radius_m,
        min_area_m2=rule.min_area_m2,
        area_of=rule.area_of,
        weight=weights.name,
        base=total(weights.where(weights.counted)),
        excluded={
            reason: total(weights.where(weights.excluded == reason)) for reason in EXCLUSIONS
        },
        covered_before=total(weights.where(problem.covered)),
        gain=total(weights.where(solved.gained)),
        gain_together=total(weights.where(together)),
        certificate=solved.certificate,
        sites=GeoDataFrame(
            {
                "rank": np.arange(1, len(sites) + 1),
                "gain": solved.gains,
                "alone": [problem.alone(site) for site in solved.chosen],
                "required": must[solved.chosen],
            },
            index=sites.index,
            geometry=sites.geometry.to_numpy(),
            crs=sites.crs,
        ),
        demand=_demand(problem, solved, together, sites),
    )


def _demand(problem: Problem, solved: Solved, together: Mask, sites: GeoDataFrame) -> pd.DataFrame:
    """Say of each demand what became of it, and by which site."""
    weights = problem.weights
    state = np.full(len(together), "uncovered", dtype=object)
    for name, mask in (
        ("gained_together", together),
        ("gained", solved.gained),
        ("covered", problem.covered),
    ):
        state[mask] = name
    state[~weights.counted] = weights.excluded[~weights.counted]
    frame = pd.DataFrame({"weight": weights.amount, "state": state}, index=problem.demand.index)
    frame["weight"] = frame["weight"].where(weights.given)
    if solved.served_by is not None:
        known = solved.served_by >= 0
        serves = np.full(len(known), None, dtype=object)
        serves[known] = problem.labels.to_numpy(dtype=object)[solved.served_by[known]]
        return frame.assign(site=serves)
    site = nearest(problem.demand[together], sites)["target"]
    return frame.assign(site=site.reindex(frame.index))


def _named(labels: pd.Index, named: Collection[Hashable], argument: str) -> Mask:
    """Find the sites that are named."""
    if isinstance(named, str):
        raise ArgumentTypeError(argument=argument, found="str", allowed="labels")
    for label in named:
        if label not in labels:
            raise LabelUnknownError(argument=argument, label=label)
    return np.asarray(labels.isin(list(named)))


def _require_known(argument: str, found: str, allowed: tuple[str, ...]) -> None:
    if found not in allowed:
        raise ArgumentTypeError(argument=argument, found=found, allowed=allowed)
