"""What a formula of a form gives, computed here, so that it can be held against the store.

Only what forms add up by: numbers, cells and ranges of the same sheet, `+ - * /`, parentheses,
`SUM` and `ROUND`. Everything else is not checked, and counted as that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from openpyxl.utils import range_boundaries
from openpyxl.worksheet.worksheet import Worksheet

from layers.forms.look import is_formula

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d*)?%?)|(?P<range>\$?[A-Z]{1,3}\$?\d+(?::\$?[A-Z]{1,3}\$?\d+)?)"
    r"(?![A-Za-z(])|(?P<name>[A-Z]+)\s*\(|(?P<sign>[-+*/(),]))"
)
_MAX_LENGTH = 2_000
_MAX_DEPTH = 40
_MAX_CELLS = 20_000


class NotComputedError(Exception):
    """The formula has something in it that is not computed here."""


def compute(sheet: Worksheet, formula: str) -> float | None:
    """Compute a formula over a sheet; None where it has what is not computed here."""
    try:
        return _Computer(sheet).formula(formula, 0)
    except (NotComputedError, ZeroDivisionError, OverflowError):
        return None


class _Computer:
    def __init__(self, sheet: Worksheet) -> None:
        self._sheet = sheet
        self._left = _MAX_CELLS

    def formula(self, text: str, depth: int) -> float:
        if len(text) > _MAX_LENGTH or depth > _MAX_DEPTH:
            raise NotComputedError
        reader = _Reader(_tokens(text.removeprefix("=")), lambda name: self._cells(name, depth))
        value = reader.sum(0)
        if reader.next is not None:
            raise NotComputedError
        return value

    def _cells(self, name: str, depth: int) -> list[float]:
        left, top, right, bottom = (int(edge or 0) for edge in range_boundaries(name))
        self._left -= (right - left + 1) * (bottom - top + 1)
        if self._left < 0:
            raise NotComputedError
        return [
            self._value(self._sheet.cell(row, column).value, depth)
            for row in range(top, bottom + 1)
            for column in range(left, right + 1)
        ]

    def _value(self, value: object, depth: int) -> float:
        if is_formula(value):
            return self.formula(str(value), depth + 1)
        return float(value) if isinstance(value, int | float) else 0.0


class _Reader:
    """Read a sum of products, as precedence has it."""

    def __init__(
        self, tokens: Iterator[tuple[str, str]], cells: Callable[[str], list[float]]
    ) -> None:
        self._tokens = tokens
        self._cells = cells
        self.next = next(tokens, None)

    def sum(self, depth: int) -> float:
        value = self._product(depth)
        while self.next in (("sign", "+"), ("sign", "-")):
            sign = 1 if self._take() == "+" else -1
            value += sign * self._product(depth)
        return value

    def _product(self, depth: int) -> float:
        value = self._one(depth)
        while self.next in (("sign", "*"), ("sign", "/")):
            value = value * self._one(depth) if self._take() == "*" else value / self._one(depth)
        return value

    def _one(self, depth: int) -> float:
        if depth > _MAX_DEPTH or self.next is None:
            raise NotComputedError
        sort, text = self.next
        self._take()
        if sort == "number":
            return float(text.rstrip("%")) / (100 if text.endswith("%") else 1)
        if sort == "range":
            return sum(self._cells(text.replace("$", "")))
        if sort == "name":
            return self._called(text, depth + 1)
        if text == "-":
            return -self._one(depth + 1)
        if text != "(":
            raise NotComputedError
        value = self.sum(depth + 1)
        self._require(")")
        return value

    def _called(self, name: str, depth: int) -> float:
        arguments: list[list[float]] = []
        while True:
            if self.next is not None and self.next[0] == "range" and name != "ROUND":
                arguments.append(self._cells(self._take().replace("$", "")))
            else:
                arguments.append([self.sum(depth)])
            if self.next != ("sign", ","):
                break
            self._take()
        self._require(")")
        flat = [value for values in arguments for value in values]
        if name == "SUM":
            return sum(flat)
        if name == "ROUND" and len(flat) == 2:
            return round(flat[0], int(flat[1]))
        raise NotComputedError

    def _take(self) -> str:
        if self.next is None:
            raise NotComputedError
        text = self.next[1]
        self.next = next(self._tokens, None)
        return text

    def _require(self, text: str) -> None:
        if self._take() != text:
            raise NotComputedError


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    text = text.strip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise NotComputedError
        yield match.lastgroup, match[match.lastgroup]
        at = match.end()
