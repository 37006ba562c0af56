"""What becomes of a plot that is made green, and whether that counts.

A bare plot has no class, no access and nobody who cares for it. What it would be once it is green
is an assumption, so it is written down: a `Greening`. A plot counts for a tier as any target does,
see `gis.qualify`; where the tier joins, it may count by what it touches, or lift that over the
smallest area together with itself.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from gis.contracts import present
from gis.covering.groups import grouped, joined_pairs
from gis.covering.qualify import Candidates, candidates
from gis.rules import Tier

__all__ = ["NEVER", "PLOTS", "STANDINGS", "TOGETHER", "Greening", "Ground", "join_plots"]

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

PLOTS = "plots"
"""Layer under which plots stand among the targets."""

STANDINGS = ("wrong_layer", "wrong_class", "not_public", "too_small")
"""Why a plot would not count for a tier, the first that holds first."""


NEVER, TOGETHER = -1, -2
"""Instead of a row: the plot never counts, or not by itself alone."""


@dataclass(frozen=True)
class Greening:
    """What a plot is taken to be once it is green.

    Parameters
    ----------
    layer
        The layer of targets that it joins.
    code_system, class_code
        Its class; park green space by default.
    access
        Who may enter.
    """

    layer: str = "green_space"
    code_system: str = "cjjt85_2017"
    class_code: str = "G1"
    access: str = "public"

    def to_dict(self) -> dict[str, Any]:
        """Give every part under its name."""
        return asdict(self)

    def greened(self, plots: GeoDataFrame) -> GeoDataFrame:
        """Make plots targets; those without a geometry are left out."""
        here = plots[present(plots.geometry)]
        columns: dict[str, Any] = {
            "class_code": self.class_code,
            "code_system": self.code_system,
            "access": self.access,
        }
        if "area_m2" in here:
            columns["area_m2"] = here["area_m2"].to_numpy()
        frame = pd.DataFrame(columns, index=here.index)
        return GeoDataFrame(frame, geometry=here.geometry.to_numpy(), crs=plots.crs)


@dataclass(frozen=True)
class Ground:
    """The targets of one tier with n plots among them, each of which may be green or not.

    `plot` gives for each row of `found` the position of the plot that it is, -1 for a target that
    is there anyway. A plot that the tier would not take whatever its size has no row.
    """

    tier: Tier
    found: Candidates
    plot: Ints
    plots: int

    @classmethod
    def of(
        cls, tier: Tier, targets: Mapping[str, GeoDataFrame], plots: GeoDataFrame, made: Greening
    ) -> "Ground":
        """Put plots among the targets of a tier.

        Raises
        ------
        TargetLayerMissingError, AccessUnknownError, ArgumentTypeError
        """
        if made.layer in tier.layers:
            tier = replace(tier, layers=(*tier.layers, PLOTS))
        found = candidates(tier, {**targets, PLOTS: made.greened(plots)})
        plot = np.full(len(found.geometry), -1, dtype=np.int64)
        is_plot = (found.rows["layer"] == PLOTS).to_numpy(bool)
        plot[is_plot] = plots.index.get_indexer(pd.Index(found.rows["label"][is_plot].to_list()))
        return cls(tier, found, plot, len(plots))

    def present(self, on: Mask) -> Mask:
        """Tell which rows are there when the plots `on` are green."""
        # What is no plot is found at -1, where it says that it is there.
        return np.append(on, True)[self.plot]

    def counted(self, on: Mask) -> Mask:
        """Tell which rows count when the plots `on` are green."""
        return self.found.counting(self.present(on))

    @cached_property
    def bare(self) -> Mask:
        """Rows that count when no plot is green."""
        return self.counted(np.zeros(self.plots, dtype=bool))

    def counted_near(self, plot: int, on: Mask) -> tuple[Ints, Mask]:
        """Tell which of the rows that hang together with a plot count when plots `on` are green.

        Nothing else can begin or cease to count when this plot does.
        """
        row = self._row_of_plot[plot]
        if row < 0:
            return np.empty(0, np.int64), np.empty(0, dtype=bool)
        members = self._members[self._component[row]]
        plots = self.plot[members]
        counts = self.found.eligible[members] & ((plots < 0) | on[plots])
        counts[counts] = self._large_among(members[counts])
        return members, counts

    def opened(self, plot: int) -> Ints:
        """List the rows that begin to count when this plot alone is made green."""
        on = np.zeros(self.plots, dtype=bool)
        members, before = self.counted_near(plot, on)
        on[plot] = True
        _, after = self.counted_near(plot, on)
        return members[after & ~before]

    @cached_property
    def alone(self) -> Ints:
        """Give the row that a plot alone decides about; NEVER, or TOGETHER with what it touches."""
        decided = np.full(self.plots, NEVER, dtype=np.int64)
        plot = np.flatnonzero(self._row_of_plot >= 0)
        row = self._row_of_plot[plot]
        counts = self.found.eligible[row] & (self.found.area_m2[row] >= self.tier.min_area_m2)
        members = np.bincount(self._component)[self._component[row]]
        decided[plot] = np.where(members > 1, TOGETHER, np.where(counts, row, NEVER))
        return decided

    @cached_property
    def may_change(self) -> Mask:
        """Rows that the plots may make count: these, and what hangs together with them."""
        with_plots = np.zeros(self._component.max(initial=-1) + 1, dtype=bool)
        with_plots[self._component[self.plot >= 0]] = True
        return with_plots[self._component] & self.found.eligible & ~self.bare

    def _large_among(self, rows: Ints) -> Mask:
        """Tell which rows are large enough, or part of what is, if there are only these.

        What has a part that is large enough is so as well, and need not be dissolved.
        """
        large: Mask = self.found.area_m2[rows] >= self.tier.min_area_m2
        if large.all() or len(rows) == 1:
            return large
        for group in self._groups_among(rows):
            large[group] = large[group].any() or (
                len(group) > 1 and self.found.union_m2(rows[group]) >= self.tier.min_area_m2
            )
        return large

    def _groups_among(self, rows: Ints) -> Iterator[Ints]:
        """Give the positions of those that hang together, if there are only these rows."""
        left = set(rows.tolist())
        while left:
            waiting = [left.pop()]
            group = list(waiting)
            while waiting:
                found = left.intersection(self._neighbours.get(waiting.pop(), ()))
                left -= found
                group += found
                waiting += found
            yield np.searchsorted(rows, np.sort(group))

    @cached_property
    def _neighbours(self) -> dict[int, list[int]]:
        """List for each row those that dissolve into one with it."""
        neighbours: dict[int, list[int]] = {}
        for one, other in zip(*(part.tolist() for part in self.found.joins), strict=True):
            neighbours.setdefault(one, []).append(other)
            neighbours.setdefault(other, []).append(one)
        return neighbours

    def openings(self) -> tuple[Ints, Ints]:
        """Pair plots with the rows that begin to count when the plot alone is made green."""
        row = np.flatnonzero(self.plot >= 0)
        alone = np.array([len(self._members[n]) for n in self._component[row]]) == 1
        counts = self.found.eligible[row] & (self.found.area_m2[row] >= self.tier.min_area_m2)
        single = row[alone & counts]
        joined = [(plot, self.opened(plot)) for plot in self.plot[row[~alone]]]
        plots = [self.plot[single], *(np.full(len(rows), plot) for plot, rows in joined)]
        return np.concatenate(plots), np.concatenate([single, *(rows for _, rows in joined)])

    def standing(self) -> pd.DataFrame:
        """Say of each plot whether it would count if it alone were green.

        Returns
        -------
        rows
            By position of the plot: `reason`, one of `STANDINGS` or None where it would count;
            `area_m2` that decides, missing where size is not what is wrong.
        """
        plot = np.flatnonzero(self._row_of_plot >= 0)
        row = self._row_of_plot[plot]
        area_m2 = np.full(self.plots, np.nan)
        area_m2[plot] = self.found.area_m2[row]
        for one in plot[self.found.eligible[row]]:
            if len(self._members[self._component[self._row_of_plot[one]]]) > 1:
                area_m2[one] = self._area_alone(one)
        outside = "wrong_class" if self.tier.layers[-1] == PLOTS else "wrong_layer"
        reason = np.full(self.plots, outside, dtype=object)
        reason[plot] = None
        reason[area_m2 < self.tier.min_area_m2] = "too_small"
        reason[plot[~self.found.public[row]]] = "not_public"
        return pd.DataFrame({"reason": pd.Series(reason, dtype=object), "area_m2": area_m2})

    def _area_alone(self, plot: int) -> float:
        """Give the area of what a plot is part of when it alone is green."""
        row = self._row_of_plot[plot]
        members = self._members[self._component[row]]
        there = self.found.eligible[members] & ((self.plot[members] < 0) | (members == row))
        among = np.zeros(len(self.plot), dtype=bool)
        among[members[there]] = True
        position = int(among[:row].sum())
        return float(self.found.area_among(among)[position])

    @cached_property
    def _row_of_plot(self) -> Ints:
        row = np.full(self.plots, -1, dtype=np.int64)
        known = self.plot >= 0
        row[self.plot[known]] = np.flatnonzero(known)
        return row

    @cached_property
    def _component(self) -> Ints:
        """Number what hangs together by common borders, where the tier joins."""
        from scipy.sparse import coo_array  # noqa: PLC0415 (slow to load)
        from scipy.sparse.csgraph import connected_components  # noqa: PLC0415 (slow to load)

        rows = len(self.plot)
        if self.tier.area_of == "feature" or not self.tier.min_area_m2:
            return np.arange(rows, dtype=np.int64)
        one, other = self.found.joins
        both = self.found.eligible[one] & self.found.eligible[other]
        links = coo_array((np.ones(both.sum(), dtype=bool), (one[both], other[both])), (rows, rows))
        return np.asarray(connected_components(links, directed=False)[1], dtype=np.int64)

    @cached_property
    def _members(self) -> list[Ints]:
        order = np.argsort(self._component, kind="stable")
        starts = np.flatnonzero(np.diff(self._component[order])) + 1
        return np.split(order, starts)


def join_plots(plots: GeoDataFrame) -> GeoDataFrame:
    """Offer plots that overlap or share a border as one site each.

    Returns
    -------
    sites
        A row for each site, labelled with the first label of its plots, in the order of these;
        `plots` lists the labels, `geometry` is their union. Plots without a geometry are left out.

    Examples
    --------
    >>> from shapely import box
    >>> plots = GeoDataFrame(
    ...     index=["a", "b", "c"],
    ...     geometry=[box(0, 0, 9, 9), box(20, 0, 29, 9), box(9, 0, 12, 9)],
    ...     crs=32650,
    ... )
    >>> join_plots(plots)["plots"].to_dict()
    {'a': ('a', 'c'), 'b': ('b',)}
    """
    here = plots[present(plots.geometry)]
    geometry = here.geometry.to_numpy()
    group = grouped(joined_pairs(geometry), np.ones(len(here), dtype=bool))
    parts = [np.flatnonzero(group == number) for number in pd.unique(group)]
    labels = [tuple(here.index[part]) for part in parts]
    sites = GeoDataFrame(
        {"plots": pd.Series(labels, dtype=object)},
        geometry=[shapely.union_all(geometry[part]) for part in parts],
        crs=plots.crs,
    )
    return sites.set_index(pd.Index([first for first, *_ in labels], name=plots.index.name))
