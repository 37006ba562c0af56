"""Taking a TOML table apart, key by key, and listing everything that is wrong with it.

Nothing here stops at the first problem: a value that cannot be used is replaced by one that can,
so that whoever wrote the file sees all of its problems at once.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches
from re import Pattern
from typing import Any

from layers.kinds.own.errors import (
    KindKeyMissingError,
    KindKeyUnknownError,
    KindNameError,
    KindProblemError,
    KindSizeError,
    KindTypeError,
    KindValueError,
)
from layers.kinds.own.limits import MAX_TITLE, MAX_WORDS, NAME, RESERVED
from layers.kinds.own.lines import line_of

_TYPE_NAMES = {bool: "boolean", int: "number", float: "number", str: "string", list: "list"}
_SHOWN = 60


class Findings:
    """The problems of one file, each with its place."""

    def __init__(self, file: str, lines: Mapping[str, int]) -> None:
        self._found: list[tuple[int, KindProblemError]] = []
        self._file = file
        self._lines = lines

    def add(
        self, kind_of: type[KindProblemError], where: str, found: object, allowed: object = None
    ) -> None:
        """Write a problem down."""
        shown = found if isinstance(found, int) else str(found)[:_SHOWN]
        line = line_of(where, self._lines)
        place = self._file if line is None else f"{self._file}:{line}"
        at = f"{place}: {where}" if where else place
        self._found.append((line or 0, kind_of(at=at, found=shown, allowed=allowed)))

    @property
    def problems(self) -> tuple[KindProblemError, ...]:
        """List the problems in the order of the file."""
        return tuple(problem for _, problem in sorted(self._found, key=lambda found: found[0]))


class Table:
    """One table: each key is taken once, and what nobody asked for is unknown."""

    def __init__(self, findings: Findings, where: str, content: Mapping[str, Any]) -> None:
        self.findings = findings
        self.where = where
        self._content = content
        self._known: list[str] = []

    def at(self, key: str) -> str:
        """Give the path of a key."""
        return f"{self.where}.{key}" if self.where else key

    def text(self, key: str, *, required: bool = False, longest: int = MAX_TITLE) -> str:
        """Take one line of text."""
        value = self._take(key, str, required=required)
        if value is None or (value == "" and not required):
            return ""
        return self._line(self.at(key), value, longest)

    def words(self, key: str, *, most: int = MAX_WORDS) -> tuple[str, ...]:
        """Take a list of texts."""
        items = self._list(key, most)
        lines = [self._word(f"{self.at(key)}[{n}]", item) for n, item in enumerate(items, 1)]
        return tuple(line for line in lines if line)

    def truth(self, key: str, *, default: bool) -> bool:
        """Take true or false."""
        value = self._take(key, bool)
        return default if value is None else bool(value)

    def number(
        self, key: str, bounds: tuple[float, float] | None = None, *, default: float | None = None
    ) -> float | None:
        """Take a number within `bounds`, inclusive."""
        value = self._take(key, float)
        if value is None:
            return default
        low, high = bounds or (-math.inf, math.inf)
        if not math.isfinite(value) or not low <= value <= high:
            allowed = f"{low:g} … {high:g}" if bounds else "finite"
            self.findings.add(KindValueError, self.at(key), value, allowed)
            return default
        return float(value)

    def whole(self, key: str, bounds: tuple[int, int], *, default: int) -> int:
        """Take a whole number within `bounds`, inclusive."""
        value = self.number(key, bounds, default=default)
        if value is not None and value == int(value):
            return int(value)
        self.findings.add(KindValueError, self.at(key), value, f"{bounds[0]} … {bounds[1]}")
        return default

    def name(self, key: str, forbidden: Collection[str] = ()) -> str:
        """Take what names a table, a column or a code list."""
        value = self.text(key, required=True)
        if value and (NAME.fullmatch(value) is None or value in RESERVED or value in forbidden):
            self.findings.add(KindNameError, self.at(key), value, NAME.pattern)
        return value

    def one_of(self, key: str, allowed: Iterable[str], default: str) -> str:
        """Take one of several words."""
        known = tuple(allowed)
        value = self.text(key)
        if not value or value in known:
            return value or default
        self.findings.add(KindValueError, self.at(key), value, known)
        return default

    def shaped(self, key: str, pattern: Pattern[str], allowed: str, default: str) -> str:
        """Take a text of a certain form."""
        value = self.text(key)
        if not value or pattern.fullmatch(value):
            return value or default
        self.findings.add(KindValueError, self.at(key), value, allowed)
        return default

    def table(self, key: str) -> Table | None:
        """Take a table within this one; None where there is none."""
        value = self._take(key, dict)
        return None if value is None else Table(self.findings, self.at(key), value)

    def tables(self, key: str, *, most: int, required: bool = False) -> list[Table]:
        """Take a list of tables."""
        found: list[Table] = []
        items = self._list(key, most, required=required)
        for number, item in enumerate(items, 1):
            where = f"{self.at(key)}[{number}]"
            if isinstance(item, Mapping):
                found.append(Table(self.findings, where, item))
            else:
                self.findings.add(KindTypeError, where, _type_of(item), "table")
        return found

    def has(self, key: str) -> bool:
        """Tell whether the key is there."""
        return key in self._content

    def done(self) -> None:
        """Refuse the keys that nobody asked for."""
        for key in self._content:
            if key not in self._known:
                self.findings.add(KindKeyUnknownError, self.at(key), key, _near(key, self._known))

    def _take(self, key: str, wanted: type, *, required: bool = False) -> Any:
        self._known.append(key)
        if key not in self._content:
            if required:
                self.findings.add(KindKeyMissingError, self.where or key, key)
            return None
        value = self._content[key]
        if _is_a(value, wanted):
            return value
        allowed = _TYPE_NAMES.get(wanted, "table")
        self.findings.add(KindTypeError, self.at(key), _type_of(value), allowed)
        return None

    def _list(self, key: str, most: int, *, required: bool = False) -> Sequence[Any]:
        items: list[Any] = self._take(key, list, required=required) or []
        if len(items) > most:
            self.findings.add(KindSizeError, self.at(key), len(items), most)
        return items[:most]

    def _word(self, where: str, item: object) -> str:
        if isinstance(item, str):
            return self._line(where, item, MAX_TITLE)
        self.findings.add(KindTypeError, where, _type_of(item), "string")
        return ""

    def _line(self, where: str, value: str, longest: int) -> str:
        line = value.strip()
        if not line or not line.isprintable():
            self.findings.add(KindValueError, where, value, "one_line")
            return ""
        if len(line) > longest:
            self.findings.add(KindSizeError, where, len(line), longest)
        return line


def _is_a(value: object, wanted: type) -> bool:
    if wanted is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, wanted)


def _type_of(value: object) -> str:
    return _TYPE_NAMES.get(type(value), "table" if isinstance(value, Mapping) else "date")


def _near(word: str, known: Sequence[str]) -> tuple[str, ...]:
    return tuple(get_close_matches(word, known, n=3)) or tuple(known)
