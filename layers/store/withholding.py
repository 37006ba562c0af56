"""Which counts of homes and people everybody is told: not one to four, nor what gives them away.

One to four households are a family. A row with such a count keeps all its counts to itself, and so
does the next smallest beside it: else the total of their unit, less the others, would tell. A unit
whose count is withheld has one within it that is withheld, too: else these would add up to it.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from geopandas import GeoDataFrame

from layers.store.scope import COUNTS
from layers.territory import LEVELS

SMALLEST_TOLD = 5
"""Counts below it, but for 0, are withheld."""

FIELDS = tuple(sorted(COUNTS))

WITHHELD = "withheld"
"""Under this name the `attrs` of a frame name the features of which something is withheld."""


class Row(NamedTuple):
    """A feature of a kind."""

    kind: str
    uid: str


@dataclass(frozen=True, kw_only=True)
class Family:
    """Rows that add up to another one, or to a total that anybody may know."""

    whole: Row | None
    parts: tuple[Row, ...]


def families(within: Iterable[tuple[Row, Row | None]]) -> list[Family]:
    """Put the rows of a kind that lie in the same unit together, the smallest units first."""
    found: dict[tuple[Row | None, str], list[Row]] = defaultdict(list)
    for row, unit in within:
        found[unit, row.kind].append(row)
    made = [Family(whole=unit, parts=tuple(rows)) for (unit, _), rows in found.items()]
    return sorted(made, key=lambda family: _rank(family.whole))


def _rank(whole: Row | None) -> int:
    if whole is None:
        return len(LEVELS)
    return LEVELS.index(whole.kind) if whole.kind in LEVELS else -1


def withheld(counts: Mapping[Row, Sequence[int]], groups: Iterable[Family]) -> set[Row]:
    """Find the rows whose counts are not told.

    Parameters
    ----------
    counts
        What each row counts, thing by thing; 0 where nothing is known.
    groups
        In the order in which they are looked at: what is near is withheld before what is far.
    """
    search = _Search(counts, list(groups))
    for row in sorted(row for row, found in counts.items() if any(map(is_small, found))):
        search.withhold(row)
    search.settle()
    return search.found


def is_small(count: int) -> bool:
    """Tell whether a count is of so few that they are known."""
    return 0 < count < SMALLEST_TOLD


class _Search:
    """Withhold rows until no total tells of any; each is withheld once, so this ends."""

    def __init__(self, counts: Mapping[Row, Sequence[int]], groups: Sequence[Family]) -> None:
        self.found: set[Row] = set()
        self._counts = counts
        self._groups = groups
        self._of: dict[Row, list[int]] = defaultdict(list)
        self._waiting: list[int] = []
        self._listed: set[int] = set()
        for number, family in enumerate(groups):
            for row in (family.whole, *family.parts):
                if row is not None:
                    self._of[row].append(number)

    def withhold(self, row: Row) -> None:
        if row not in self.found:
            self.found.add(row)
            for number in self._of[row]:
                if number not in self._listed:
                    self._listed.add(number)
                    heapq.heappush(self._waiting, number)

    def settle(self) -> None:
        while self._waiting:
            number = heapq.heappop(self._waiting)
            self._listed.discard(number)
            family = self._groups[number]
            for thing in range(len(FIELDS)):
                self._settle(family, thing)

    def _settle(self, family: Family, thing: int) -> None:
        def count(row: Row | None) -> int:
            return 0 if row is None or row not in self._counts else self._counts[row][thing]

        counted = [row for row in family.parts if count(row)]
        hidden = [row for row in counted if row in self.found]
        open_ones = (row for row in counted if row not in self.found)
        told = sorted(open_ones, key=lambda row: (count(row), row))
        if family.whole in self.found and count(family.whole):
            if told and not hidden:  # all of them would add up to it
                self.withhold(told[0])
            return
        if not hidden:
            return
        # Two, one of which is not small: who knows their sum knows neither.
        while told and (len(hidden) < 2 or is_small(max(map(count, hidden)))):
            hidden.append(told.pop(0))
            self.withhold(hidden[-1])
        if family.whole is not None and len(hidden) < 2:
            self.withhold(family.whole)


def withhold(frame: GeoDataFrame, hidden: frozenset[str], told: Collection[str]) -> None:
    """Empty hidden fields of a frame but where they are told, and say of which features so.

    The `attrs` of the frame name these under `WITHHELD`.
    """
    names = [*hidden.intersection(frame.columns)]
    if not names:
        return
    kept = frame.index.isin(list(told))
    frame.attrs[WITHHELD] = frozenset(frame.index[~kept & frame[names].notna().any(axis=1)])
    for name in names:
        frame[name] = frame[name].where(kept)
