"""Which unit of the territory a row of a form is about, by its name or its code."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from layers.forms.look import FoundRow
from layers.kinds import fold
from layers.store import Store
from layers.territory import LEVELS


@dataclass(frozen=True, kw_only=True)
class Named:
    """The units of a row, or the `reason` for which there are none."""

    units: frozenset[str] | None = None
    level: str = ""
    reason: str | None = None
    found: str = ""


class Names:
    """The names and codes of all units at one time."""

    def __init__(self, store: Store, *, as_of: int, on: dt.date) -> None:
        """Read the units that there are."""
        self._by_word: dict[str, list[tuple[str, str]]] = {}
        self._title: dict[str, str] = {}
        self._above: dict[str, frozenset[str]] = {}
        for level in LEVELS:
            units = store.read(level, as_of=as_of, on=on, columns=["code", "name"])
            territory = store.territory(level, as_of=as_of, on=on)[list(LEVELS)]
            for uid, code, name in zip(units.index, units["code"], units["name"], strict=True):
                words = {fold(str(word)) for word in (code, name) if not pd.isna(word)}
                self._title[uid] = " ".join(str(each) for each in (name, code) if not pd.isna(each))
                above = territory.loc[uid] if uid in territory.index else pd.Series(dtype=object)
                self._above[uid] = frozenset(above.dropna()) - {uid}
                for word in words:
                    self._by_word.setdefault(word, []).append((uid, level))

    def find(self, row: FoundRow, level: str | None) -> Named:
        """Find the unit of a row: of its last name, inside those of the names before it."""
        if not row.names:
            return Named(reason="unit_unnamed")
        *wider, name = row.names
        candidates = self._by_word.get(fold(name), [])
        if level is not None and not row.is_total:
            candidates = [each for each in candidates if each[1] == level]
        for other in wider:
            around = {uid for uid, _ in self._by_word.get(fold(other), [])}
            if around:
                candidates = [each for each in candidates if self._above[each[0]] & around]
        if not candidates:
            return Named(reason="unit_unknown", found=" / ".join(row.names))
        if len(candidates) > 1:
            found = "; ".join(sorted(self._title[uid] for uid, _ in candidates))
            return Named(reason="unit_ambiguous", found=found)
        uid, at = candidates[0]
        return Named(units=frozenset({uid}), level=at)

    def called(self, word: str) -> Named:
        """Find the unit of a code or a name."""
        return self.find(FoundRow(0, (word,), is_total=False), None)

    def level_of(self, rows: list[FoundRow]) -> str | None:
        """Find the level whose units most rows name; None where none does."""
        counts = dict.fromkeys(LEVELS, 0)
        for row in rows:
            if row.names and not row.is_total:
                for level in {at for _, at in self._by_word.get(fold(row.names[-1]), [])}:
                    counts[level] += 1
        best = max(counts, key=lambda level: counts[level])
        return best if counts[best] else None
