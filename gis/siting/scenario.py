"""What if this plot were green, and that one not: figures that follow at once.

A scenario begins with what there is and no plot green. Toggling a plot changes what hangs together
with it and nothing else, so only the places near it are looked at. The figures are those that
`coverage` gives for the targets and the green plots together.
"""

from collections.abc import Hashable, Mapping
from datetime import date
from typing import Any, NamedTuple, Self

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from gis.contracts import present, require_unique_index, require_valid
from gis.covering.coverage import CoverageResult, coverage
from gis.covering.figures import share_of
from gis.covering.weights import AREA, Number
from gis.crs import require_metres
from gis.errors import LabelUnknownError, NotSupportedError
from gis.rules import RuleSet, Tier
from gis.siting._scenario_state import Count, Places, State, Units, Zones
from gis.siting.greening import NEVER, Greening, Ground
from gis.validity import exists_on

__all__ = ["Changed", "Scenario"]

Ints = NDArray[np.int64]


class Changed(NamedTuple):
    """What toggling one plot has changed.

    Parameters
    ----------
    plot, is_green
        Which plot, and what it is now.
    covered
        For each tier what is covered now.
    places
        For each tier the places, by position, whose coverage changed.
    """

    plot: Hashable
    is_green: bool
    covered: Mapping[str, Number]
    places: Mapping[str, Ints]
    scenario: "Scenario"

    def to_frame(self) -> pd.DataFrame:
        """Give the figures of the units in which something changed, as they are in the scenario."""
        return _figures(self.rows())

    def rows(self) -> list[dict[str, Any]]:
        """Give the same as plain rows."""
        return [
            row
            for tier, places in self.places.items()
            for row in self.scenario.unit_rows(tier, places)
        ]


class Scenario:
    """Plots that are green or not, and what is covered with those that are.

    Parameters
    ----------
    places_or_zones, targets, ruleset, weight, by, on
        As for `coverage`. Straight tiers that are reached at their edge only.
    plots
        Areas with unique labels, in the same CRS; column used when present: `area_m2`. Those
        without a geometry change nothing.
    greening
        What a plot is taken to be once it is green.

    Raises
    ------
    NotSupportedError, DuplicateIndexError, GeometryInvalidError, and all that `coverage` raises

    Examples
    --------
    >>> from geopandas import GeoSeries
    >>> from gis.rules import Tier
    >>> homes = GeoDataFrame(
    ...     {"people": [4, 3]}, geometry=GeoSeries.from_xy([0, 90], [0, 0]), crs=32650
    ... )
    >>> nothing = GeoDataFrame(geometry=[], crs=32650)
    >>> plots = GeoDataFrame(
    ...     index=["p", "q"], geometry=GeoSeries.from_xy([0, 95], [9, 0]).to_numpy(), crs=32650
    ... )
    >>> rules = RuleSet("near", tiers=[Tier("green", "见绿", ["green_space"], radius_m=50)])
    >>> scenario = Scenario(homes, {"green_space": nothing}, plots, rules, weight="people")
    >>> scenario.toggle("p").covered, scenario.toggle("q").covered
    ({'green': 4}, {'green': 7})
    >>> scenario.toggle("p").covered, scenario.green
    ({'green': 3}, ('q',))
    """

    def __init__(  # noqa: PLR0913 (as `coverage`)
        self,
        places_or_zones: GeoDataFrame,
        targets: Mapping[str, GeoDataFrame],
        plots: GeoDataFrame,
        ruleset: RuleSet,
        *,
        weight: str | None = None,
        by: pd.Series | pd.DataFrame | None = None,
        on: date | str | None = None,
        greening: Greening = Greening(),  # noqa: B008 (it never changes)
    ) -> None:
        _require_fit(ruleset, plots)
        bare = coverage(places_or_zones, targets, ruleset, weight=weight, by=by, on=on)
        self._begin(bare, targets, plots, by=by, greening=greening)

    @classmethod
    def from_coverage(
        cls,
        bare: CoverageResult,
        targets: Mapping[str, GeoDataFrame],
        plots: GeoDataFrame,
        *,
        by: pd.Series | pd.DataFrame | None = None,
        greening: Greening = Greening(),  # noqa: B008 (it never changes)
    ) -> Self:
        """Begin with a coverage that was measured already, of the same targets, with the same `by`.

        Raises
        ------
        NotSupportedError, DuplicateIndexError, GeometryInvalidError
        """
        _require_fit(bare.ruleset, plots)
        made = cls.__new__(cls)
        made._begin(bare, targets, plots, by=by, greening=greening)  # noqa: SLF001 (of this class)
        return made

    def _begin(
        self,
        bare: CoverageResult,
        targets: Mapping[str, GeoDataFrame],
        plots: GeoDataFrame,
        *,
        by: pd.Series | pd.DataFrame | None,
        greening: Greening,
    ) -> None:
        self.bare, ruleset = bare, bare.ruleset
        require_metres(places=self.bare.places, plots=plots)
        self.plots = plots
        self._on = np.zeros(len(plots), dtype=bool)
        self._position = {label: position for position, label in enumerate(plots.index)}
        self._count = Count.of(self._amount(), is_whole=self._is_whole())
        day = self.bare.evaluated_on
        layers = {
            name: rows if day is None else rows[exists_on(rows, day, argument=name)]
            for name, rows in targets.items()
            if any(name in tier.layers for tier in ruleset.tiers)
        }
        levels = pd.DataFrame(index=self.bare.places.index)
        if by is not None:
            frame = by.to_frame(by.name or "unit") if isinstance(by, pd.Series) else by
            levels = frame.loc[self.bare.places.index]
        self.units = Units(levels)
        self._grounds = {
            tier.name: Ground.of(tier, layers, plots, greening) for tier in ruleset.tiers
        }
        self._states = {tier.name: self._state(tier) for tier in ruleset.tiers}
        self._bases = self.units.sums(self._count.whole(self._amount()))

    @property
    def green(self) -> tuple[Hashable, ...]:
        """Labels of the plots that are green."""
        return tuple(self.plots.index[self._on])

    def toggle(self, plot: Hashable) -> Changed:
        """Make a plot green, or bare again; give what that changes.

        Raises
        ------
        LabelUnknownError
        """
        try:
            position = self._position[plot]
        except (KeyError, TypeError):  # unknown, or nothing that can be a label
            raise LabelUnknownError(argument="plot", label=plot) from None
        before = bool(self._on[position])
        places, covered = {}, {}
        for name, state in self._states.items():
            places[name] = self._toggle(self._grounds[name], state, position)
            covered[name] = self._count.amount(state.sums.item(0))
        self._on[position] = not before
        return Changed(plot, not before, covered, places, self)

    def to_frame(self) -> pd.DataFrame:
        """Give the figures of all tiers as they are now: covered, base, share."""
        return pd.DataFrame(self.tier_rows()).set_index("tier")[["covered", "base", "share"]]

    def tier_rows(self) -> list[dict[str, Any]]:
        """Give the figures of all tiers as `to_frame` does, as plain rows, much sooner."""
        return [row for tier in self._states for row in self._rows(tier, 0, [0])]

    def by_unit(self) -> pd.DataFrame:
        """Give the figures of all units as they are now, columns as of `Changed.to_frame`."""
        return _figures(self.all_unit_rows())

    def all_unit_rows(self) -> list[dict[str, Any]]:
        """Give the figures of all units as plain rows."""
        return [
            row
            for level in range(1, len(self.units.levels))
            for tier in self._states
            for row in self._rows(tier, level, range(len(self.units.names[level])))
        ]

    def places(self, tier: str) -> pd.Series:
        """Give the amount that is covered of each place by a tier.

        Raises
        ------
        TierUnknownError
        """
        name = self.bare.ruleset.tier(tier).name
        return pd.Series(self._states[name].covered(), index=self.bare.places.index)

    def unit_rows(self, tier: str, places: Ints) -> list[dict[str, Any]]:
        """Give the figures of the units that hold some places, by position."""
        return [
            row
            for level in range(len(self.units.levels))
            for row in self._rows(tier, level, np.unique(self.units.codes[level, places]))
        ]

    def _toggle(self, ground: Ground, state: State, plot: int) -> Ints:
        row = ground.alone[plot : plot + 1]
        if row[0] >= 0:
            return state.change(row, -1 if self._on[plot] else 1)
        if row[0] == NEVER:
            return np.empty(0, np.int64)
        on = self._on.copy()
        members, before = ground.counted_near(plot, on)
        on[plot] = not on[plot]
        _, after = ground.counted_near(plot, on)
        turned = [
            state.change(members[mask], step)
            for step, mask in ((1, after & ~before), (-1, before & ~after))
            if mask.any()
        ]
        return np.unique(np.concatenate(turned)) if turned else np.empty(0, np.int64)

    def _rows(self, tier: str, level: int, units: Any) -> list[dict[str, Any]]:
        sums = self._states[tier].sums
        names = self.units.names[level]
        return [
            {
                "level": self.units.levels[level],
                "unit": names[unit],
                "tier": tier,
                "covered": self._count.amount(covered),
                "base": self._count.amount(base),
                "share": share_of(float(covered), float(base)),
            }
            for unit in units
            for covered, base in [(sums[level, unit].item(), self._bases[level, unit].item())]
        ]

    def _state(self, tier: Tier) -> State:
        places, ground = self.bare.places, self._grounds[tier.name]
        if self.bare.weight == AREA:
            share = places[f"{tier.name}.covered_share"].fillna(0.0).to_numpy()
            return Zones(ground, places.geometry, self._amount(), share, self.units, self._count)
        bare = places[f"{tier.name}.covered"].fillna(value=False).to_numpy(bool)
        return Places(ground, places.geometry, self._amount(), bare, self.units, self._count)

    def _amount(self) -> NDArray[np.float64]:
        """Give what each place counts, 0 where it is excluded."""
        here = present(self.bare.places.geometry)
        return np.where(here, self.bare.places["weight"].fillna(0.0).to_numpy(float), 0.0)

    def _is_whole(self) -> bool:
        return self.bare.weight != AREA and isinstance(self.bare.figures[0].base, int)


def _require_fit(ruleset: RuleSet, plots: GeoDataFrame) -> None:
    for tier in ruleset.tiers:
        if tier.distance == "walk" or tier.to != "edge":
            raise NotSupportedError(feature=f"Scenario, distance={tier.distance}, to={tier.to}")
    require_unique_index(plots=plots)
    require_valid("plots", plots.geometry)


def _figures(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Make a table of figures; all places together have neither level nor unit."""
    columns = ["level", "unit", "tier", "covered", "base", "share"]
    table = {name: [row[name] for row in rows] for name in columns}
    texts = {name: pd.Series(table[name], dtype=object) for name in ("level", "unit")}
    return pd.DataFrame(table | texts, columns=columns)
