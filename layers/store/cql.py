"""Filters: CQL2 text parsed by `cql2`, its syntax tree compiled to SQLAlchemy.

The same filter therefore gives the same rows on either backend and at any point in time, and no
text of a user ever becomes part of a statement. Attribute operators only; places are asked for
by `bbox`.
"""

from __future__ import annotations

import datetime as dt
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import cql2
from sqlalchemy import (
    BindParameter,
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Float,
    Integer,
    Numeric,
    and_,
    func,
    literal,
    not_,
    or_,
)
from sqlalchemy.exc import DataError
from sqlalchemy.types import TypeDecorator, TypeEngine

from layers.errors import FilterError
from layers.store.column_types import UtcDateTime

MAX_FILTER_LENGTH = 10_000
_MAX_DEPTH = 50

# The parser recurses without bound and, at a fault, tries each parenthesis twice over: what goes
# deeper than this, or has more operators, could end or stop the process.
_MAX_PARENTHESES = 10
_MAX_OPERATORS = 200
_LITERAL = re.compile(r"""'(?:[^']|'')*'|"[^"]*\"""")
_OPERATOR = re.compile(r"[-+*/^%]|[<>=]+|\b(?:not|like|between|in|is|div)\b", re.IGNORECASE)

_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}


def compile_filter(text: str, columns: Mapping[str, ColumnElement[Any]]) -> ColumnElement[bool]:
    """Compile a CQL2 text over `columns`, named as the user names them.

    Raises
    ------
    FilterError
        Reasons: `too_long`, `syntax`, `property_unknown`, `operator_unsupported`,
        `type_mismatch`, `not_a_condition`.
    """
    return _Compiler(text, columns).condition()


@contextmanager
def refusing_values(text: str | None) -> Iterator[None]:
    """Say that a filter is at fault where a database cannot compute with its values.

    Raises
    ------
    FilterError
        Reason `value_refused`; a GeoPackage computes with infinity instead.
    """
    try:
        yield
    except DataError as fault:
        if text is None:
            raise
        found = str(fault.orig).partition("\n")[0]
        raise FilterError(text=text[:200], reason="value_refused", found=found, known=()) from fault


def is_parsable(text: str) -> bool:
    """Tell whether a filter is small enough for the parser, whatever it says."""
    # An escaped quote may be read in two ways: then nothing is taken for a literal.
    bare = text if "\\'" in text else _LITERAL.sub("", text)
    depth = deepest = 0
    for character in bare:
        depth += (character == "(") - (character == ")")
        deepest = max(deepest, depth)
    return (
        len(text) <= MAX_FILTER_LENGTH
        and deepest <= _MAX_PARENTHESES
        and len(_OPERATOR.findall(bare)) <= _MAX_OPERATORS
    )


class _Compiler:
    def __init__(self, text: str, columns: Mapping[str, ColumnElement[Any]]) -> None:
        self.text = text
        self.columns = columns

    def condition(self) -> ColumnElement[bool]:
        if not is_parsable(self.text):
            raise self._refusal("too_long", len(self.text))
        try:
            tree = cql2.parse_text(self.text).to_json()
        except Exception as fault:  # cql2 raises the bare Exception of its Rust side
            raise self._refusal("syntax", str(fault).strip()) from fault
        condition = self._node(tree, 0)
        if not isinstance(condition.type, Boolean):
            raise self._refusal("not_a_condition", self.text)
        return condition

    def _node(self, node: Any, depth: int) -> ColumnElement[Any]:
        if depth > _MAX_DEPTH:
            raise self._refusal("too_long", depth)
        if isinstance(node, bool | str | int | float):
            return literal(node)
        if not isinstance(node, dict):
            raise self._refusal("type_mismatch", node)
        if "property" in node:
            return self._property(node["property"])
        if "date" in node:
            return self._moment(node["date"], dt.date.fromisoformat, Date())
        if "timestamp" in node:
            return self._moment(node["timestamp"], dt.datetime.fromisoformat, UtcDateTime())
        if "op" in node:
            return self._operation(node["op"], node["args"], depth + 1)
        raise self._refusal("operator_unsupported", next(iter(node), "?"))

    def _property(self, name: str) -> ColumnElement[Any]:
        if name not in self.columns:
            raise self._refusal("property_unknown", name)
        return self.columns[name]

    def _moment(
        self, text: str, parse: Callable[[str], dt.date], of: TypeEngine[Any]
    ) -> ColumnElement[Any]:
        try:
            return literal(parse(text), of)
        except ValueError as fault:
            raise self._refusal("type_mismatch", text) from fault

    def _operation(self, name: str, args: list[Any], depth: int) -> ColumnElement[Any]:
        if name in {"and", "or"}:
            parts = [self._boolean(arg, depth) for arg in args]
            return and_(*parts) if name == "and" else or_(*parts)
        if name == "not":
            return _negated(self._boolean(args[0], depth))
        if name == "isNull":
            return self._node(args[0], depth).is_(None)
        if name in _COMPARISONS:
            left, right = self._alike(*(self._node(arg, depth) for arg in args))
            return _COMPARISONS[name](left, right)
        return self._other(name, args, depth)

    def _other(self, name: str, args: list[Any], depth: int) -> ColumnElement[Any]:
        if name == "in":
            needle = self._node(args[0], depth)
            return needle.in_([self._alike(needle, self._node(a, depth))[1] for a in args[1]])
        if name == "between":
            value, low, high = (self._node(arg, depth) for arg in args)
            return and_(value >= self._alike(value, low)[1], value <= self._alike(value, high)[1])
        if name == "like":
            value, pattern = (self._of("text", arg, depth) for arg in args)
            return value.like(pattern, escape="\\")
        if name == "casei":
            return _lowered(self._of("text", args[0], depth))
        if name in _ARITHMETIC:
            return _ARITHMETIC[name](*(self._of("number", arg, depth) for arg in args))
        raise self._refusal("operator_unsupported", name)

    def _of(self, family: str, node: Any, depth: int) -> ColumnElement[Any]:
        value = self._node(node, depth)
        if _family(value.type) != family:
            raise self._refusal("type_mismatch", str(node))
        return value

    def _boolean(self, node: Any, depth: int) -> ColumnElement[bool]:
        condition = self._node(node, depth)
        if not isinstance(condition.type, Boolean):
            raise self._refusal("not_a_condition", str(node))
        return condition

    def _alike(
        self, left: ColumnElement[Any], right: ColumnElement[Any]
    ) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
        if _family(left.type) != _family(right.type):
            raise self._refusal("type_mismatch", f"{left} ~ {right}")
        return left, right

    def _refusal(self, reason: str, found: object) -> FilterError:
        return FilterError(
            text=self.text[:200], reason=reason, found=found, known=tuple(self.columns)
        )


def _lowered(text: ColumnElement[Any]) -> ColumnElement[Any]:
    """Lower the letters A to Z, as the databases do for columns, and no others."""
    if isinstance(text, BindParameter):  # there a server would go by its own language
        return literal(str(text.value).encode().lower().decode())
    return func.lower(text)


def _negated(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    negated = not_(condition)
    negated.type = Boolean()  # SQLAlchemy forgets it where several conditions are negated together
    return negated


def _family(of: TypeEngine[Any]) -> str:
    """Name the sort of values that may be compared with each other."""
    plain = of.impl if isinstance(of, TypeDecorator) else of
    if isinstance(plain, Boolean):
        return "boolean"
    if isinstance(plain, DateTime):
        return "moment"
    if isinstance(plain, Date):
        return "date"
    return "number" if isinstance(plain, Integer | Float | Numeric) else "text"
